"""Articles told in another language: beside their originals, and behind them once these are changed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from at_desk import Browser, Desk
from httpx import Response

from kbuilder.errors import Conflict
from kbuilder.records import Article
from kbuilder.workspace import translating, writing
from kbuilder.workspace.workspace import Workspace


@pytest.fixture
def desk(kb: Workspace, tmp_path: Path) -> Desk:
    made = Desk(kb.root, tmp_path / "kb")
    now = ["2099-01-01T08:00:00Z"]
    made.kb.parts.clock = lambda: now[0]
    made.now = now  # type: ignore[attr-defined]
    return made


def later(desk: Desk, hours: int) -> None:
    desk.now[0] = f"2099-01-01T{8 + hours:02}:00:00Z"  # type: ignore[attr-defined]


def one(desk: Desk, language: str = "en") -> Article:
    """An article with sources."""
    return next(each for each in desk.kb.articles() if each.language == language and each.sources)


def translated(client: Browser, article: Article, **given: str) -> Response:
    values = {"translates": article.id, "language": "de", "title": "Auf Deutsch", "body": "So geht es.[^p1]", **given}
    return client.submit("/desk/articles", values)


def again(desk: Desk, article: Article) -> Article:
    return next(each for each in desk.kb.articles() if each.id == article.id)


def test_an_article_is_told_in_another_language(desk: Desk) -> None:
    """From its page, beside its text; both name each other, and the original's own text and day stay."""
    article, client = one(desk), desk.client("editor")
    assert (
        f"/desk/articles/new?translates={article.id}&amp;language=de"
        in client.get(f"/desk/articles/{article.id}").text
    )
    form = client.get(f"/desk/articles/new?translates={article.id}&language=de").text
    assert "The original (English)" in form
    assert "[^p1]" not in form.partition("<textarea")[2].partition("</textarea>")[0]
    later(desk, 1)
    answer = translated(client, article)
    made = next(each for each in desk.kb.articles() if each.title == "Auf Deutsch")
    assert answer.headers["location"] == f"/desk/articles/{made.id}?done=saved"
    assert (made.language, made.body, dict(made.sources), made.kind) == ("de", "So geht es.", {}, article.kind)
    assert (made.tags, made.product, made.audience) == (article.tags, article.product, article.audience)
    assert (made.lineage, made.phrasings, made.redirects) == ("", (), ())
    now = again(desk, article)
    assert (made.translations, now.translations) == ({"en": article.id}, {"de": made.id})
    assert (now.body, now.updated, now.sources) == (article.body, article.updated, article.sources)
    assert f">German:</span> {made.title}" in client.get(f"/desk/articles/{article.id}").text
    log = subprocess.run(
        ["git", "-C", str(desk.kb.root), "log", "-1", "--format=%s", "--name-status"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert log.startswith(f"Translate “{article.title}” into de")  # one verdict, one commit
    changed = sorted(line.split("/")[0] for line in log.splitlines() if "\t" in line)
    assert changed == ["A\tarticles", "A\tdecisions", "M\tarticles"]
    before = len([*desk.kb.parts.repository.history()])
    client.submit(f"/desk/articles/{made.id}/undo")
    assert again(desk, article).translations == {}
    assert len([*desk.kb.parts.repository.history()]) == before + 1


def test_once_the_original_is_changed_it_is_behind(desk: Desk) -> None:
    """The list says so first, its page too, until it is changed or found still right."""
    article, client = one(desk), desk.client("editor")
    later(desk, 1)
    translated(client, article)
    made = next(each for each in desk.kb.articles() if each.title == "Auf Deutsch")
    listed = client.get("/desk/translations").text
    assert "Auf Deutsch" in listed
    assert "Behind its original" not in listed
    later(desk, 2)
    desk.kb.edit(article.id, editor="Ada", title="Another title")
    assert [each.behind for each in translating.pairs(desk.kb.articles())] == [True]
    listed = client.get("/desk/translations").text
    assert "Behind its original" in listed
    assert f"/desk/articles/{made.id}/edit" in listed
    assert "Its original was changed after it." in client.get(f"/desk/articles/{made.id}").text
    beside = client.get(f"/desk/articles/{made.id}/edit").text
    assert "Another title" in beside.partition("The original (English)")[2][:200]
    later(desk, 3)
    client.submit(f"/desk/articles/{made.id}/still-right", {"until": ""})
    assert [each.behind for each in translating.pairs(desk.kb.articles())] == [False]


def test_three_languages_name_one_another(desk: Desk) -> None:
    """A translation of a translation has the same original; a language that is there already is refused."""
    article = one(desk)
    later(desk, 1)
    first = translating.translate(desk.kb.parts, article.id, replaced(article, "de", "Zwei"), "Ada")
    later(desk, 2)
    second = translating.translate(desk.kb.parts, first.id, replaced(article, "fr", "Trois"), "Ada")
    assert second.translations == {"de": first.id, "en": article.id}
    assert again(desk, first).translations == {"en": article.id, "fr": second.id}
    assert again(desk, article).translations == {"de": first.id, "fr": second.id}
    assert {each.original.id for each in translating.pairs(desk.kb.articles())} == {article.id}
    with pytest.raises(Conflict, match="is told in fr already"):
        translating.translate(desk.kb.parts, article.id, replaced(article, "fr", "Quatre"), "Ada")


def replaced(article: Article, language: str, title: str) -> Article:
    return Article(id="", slug="", title=title, language=language, body="x y", created="", updated="")


def test_what_may_not_be_translated(desk: Desk) -> None:
    """Into the same language, one that the site has not, one out of reach, or without words: nothing is made."""
    article, client, before = one(desk), desk.client("editor"), len(desk.kb.articles())
    assert translated(client, article, language="en").status_code == 422
    assert translated(client, article, language="xx").status_code == 422
    assert "An article needs a title and a text." in translated(client, article, title=" ", body="x").text
    german = desk.client("author", roles=("editor",), languages=("de",))
    assert translated(german, article).status_code == 404
    english = desk.client("agent", roles=("editor",), languages=("en",))
    assert translated(english, article).status_code == 422
    assert len(desk.kb.articles()) == before


def test_an_author_hands_a_translation_in(desk: Desk) -> None:
    """It waits with what it translates; an editor finds both side by side, and saves it."""
    article, author = one(desk), desk.client("author")
    handed = {"translates": article.id, "language": "de", "title": "Eingereicht", "body": "So.", "target": "new-abc"}
    assert author.submit("/desk/work/hand-in", handed).status_code == 303
    editor = desk.client("editor")
    (link,) = [
        part.partition('"')[0] for part in editor.get("/desk").text.split('href="') if "translates=" in part[:200]
    ]
    form = editor.get(link.replace("&amp;", "&")).text
    assert "The original (English)" in form
    assert "Eingereicht" in form
    later(desk, 1)
    carried = dict(re.findall(r'name="(target|by|handed)" value="([^"]+)"', form))
    saved = translated(editor, article, title="Eingereicht", **carried)
    assert saved.status_code == 303
    assert desk.kb.parts.people.works() == []
    assert writing.find(desk.kb.parts, "eingereicht").translations == {"en": article.id}
