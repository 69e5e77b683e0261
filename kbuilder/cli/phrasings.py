"""Whether articles are found by other words than their own."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from kbuilder.cli.app import AsJson, print_json, say, workspace
from kbuilder.cli.evaluating import evaluate
from kbuilder.cli.language import _, percent

if TYPE_CHECKING:
    from kbuilder.evaluation.phrasings import Asked


@evaluate.command(
    "phrasings",
    help=_("Ask your articles' phrasings of an index that was not told them: is each article found by other words?"),
)
def evaluate_phrasings(context: typer.Context, as_json: AsJson = False) -> None:
    from kbuilder.evaluation.phrasings import evaluate_phrasings as ask_each
    from kbuilder.evaluation.phrasings import figures

    asked = ask_each(workspace(context).parts)
    if as_json:
        print_json({"asked": len(asked), **figures(asked), "missed": [asdict(each) for each in _missed(asked)]})
    else:
        _print(asked, figures(asked))


def _missed(asked: list[Asked]) -> list[Asked]:
    return [each for each in asked if not each.place]


def _print(asked: list[Asked], shares: dict[str, float]) -> None:
    if not asked:
        say(_("No article has other phrasings than its title."))
        return
    articles = len({each.article for each in asked})
    say(_("{count} phrasings of {articles} articles, each asked where nobody told it").format(
        count=len(asked), articles=articles
    ))  # fmt: skip
    say(_("Its article comes first: {first} · is among those shown: {among} · nothing is shown: {silent}").format(
        **{name: percent(share) for name, share in shares.items()}
    ))  # fmt: skip
    for each in _missed(asked):
        say()
        say(f"  {each.phrasing}")
        say(f"    → {each.title}")
        instead = _("Shown instead: {titles}").format(titles=" · ".join(each.shown))
        say("    " + (instead if each.shown else _("Nothing is shown.")))
