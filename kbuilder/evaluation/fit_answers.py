"""Fits the parameters that choose answers, and says how they do on forums that they did not see.

``python -m kbuilder.evaluation.fit_answers DATA MODELS`` reads the dumps below ``DATA/stackexchange`` and writes
``answers.json`` and its card ``answers.md`` into ``MODELS``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kbuilder import importers
from kbuilder.config import Source
from kbuilder.drafting import inferring
from kbuilder.drafting.inferring import PLAIN, SURE, TALK, VOTED, Model, Score, Seen
from kbuilder.importers.report import Report
from kbuilder.records import Post, Thread
from kbuilder.text import words

PENALTY = 5.0
PLACE = -0.8
"""Of a post's place in a conversation: later ones answer less. Dumps of questions and answers cannot tell it."""
_SHORT = 100
"""Words up to which an answer is comparable with a comment."""
_COMMENTS = 12
_TALK_PENALTY, _SURE_PENALTY = 10.0, 1.0


@dataclass(frozen=True)
class Forum:
    """A dump, read."""

    threads: tuple[Thread, ...]
    seen: Seen

    @property
    def several(self) -> list[Thread]:
        """Threads whose accepted answer is one of several."""
        return [each for each in self.threads if len(each.answers) > 1 and _accepted(each) is not None]


def read(path: Path) -> Forum:
    name = "".join(char for char in path.name if char.isalnum())
    threads = tuple(importers.read(path, Source(name=name, format="stackexchange"), Report()))
    return Forum(threads, inferring.seen(map(inferring.unmarked, threads)))


def fit(forums: Sequence[Forum]) -> Model:
    """The parameters, such that no forum dominates."""
    voted = _choosing(forums, VOTED, hidden=False)
    plain = _choosing(forums, PLAIN, hidden=True)
    model = Model(voted=voted, plain=plain, talk=_talk(forums), sure=Score(weights=dict.fromkeys(SURE, 0.0)))
    return model.model_copy(update={"sure": _sure(forums, model)})


def _accepted(thread: Thread) -> int | None:
    return next((number for number, post in enumerate(thread.answers) if post.accepted), None)


def _hidden(thread: Thread) -> Thread:
    return replace(thread, answers=tuple(replace(each, score=0) for each in thread.answers))


def _choosing(forums: Sequence[Forum], names: Sequence[str], hidden: bool) -> Score:
    """A conditional logit: the accepted answer among those of its thread."""
    from scipy.optimize import minimize

    tables, right, weights = [], [], []
    for forum in forums:
        cases = forum.several
        for thread in cases:
            rows = inferring.features(_hidden(thread) if hidden else thread, forum.seen)
            tables.append(np.array([[row[name] for name in names] for row in rows]))
            right.append(_accepted(thread))
            weights.append(1 / len(cases))
    most = max(map(len, tables))
    present = np.array([[number < len(table) for number in range(most)] for table in tables])
    whole = np.concatenate(tables)
    scale = np.where(whole.std(0) > 0, whole.std(0), 1)
    filled = np.zeros((len(tables), most, len(names)))
    for number, table in enumerate(tables):
        filled[number, : len(table)] = (table - whole.mean(0)) / scale
    each, chosen = np.arange(len(tables)), np.array(right)
    shares = np.array(weights) * len(tables) / len(forums)

    def loss(vector: np.ndarray) -> tuple[float, np.ndarray]:
        scores = np.where(present, filled @ vector, -np.inf)
        chances = np.exp(scores - scores.max(1, keepdims=True))
        chances /= chances.sum(1, keepdims=True)
        missed = filled[each, chosen] - (chances[..., None] * filled).sum(1)
        value = PENALTY / 2 * vector @ vector - shares @ np.log(chances[each, chosen] + 1e-300)
        return float(value), PENALTY * vector - shares @ missed

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return Score(weights=_rounded(names, found / scale))


def _talk(forums: Sequence[Forum]) -> Score:
    """What tells answers from comments: a conversation mixes the two."""
    names = [name for name in TALK if name != "place"]
    rows, right, weights = [], [], []
    for forum in forums:
        posts = [case for thread in forum.threads for case in _said(thread)]
        count = {answer: sum(each is answer for _, _, each in posts) for answer in (True, False)}
        for thread, post, answer in posts:
            row = inferring.talk_features(replace(thread, answers=(post,)))[0]
            rows.append([row[name] for name in names])
            right.append(answer)
            weights.append(1 / count[answer])
    found = _logistic(names, rows, right, weights, _TALK_PENALTY)
    return found.model_copy(update={"weights": {**found.weights, "place": PLACE}})


def _said(thread: Thread) -> list[tuple[Thread, Post, bool]]:
    answers = [(thread, post, True) for post in thread.answers if len(words(post.body)) <= _SHORT]
    return answers + [(thread, post, False) for post in thread.comments[:_COMMENTS]]


def _sure(forums: Sequence[Forum], model: Model) -> Score:
    """Whether the first choice is the accepted one, over all threads with answers, with votes and without."""
    rows, right, weights = [], [], []
    for forum in forums:
        cases = [each for thread in forum.threads if thread.answers for each in (thread, _hidden(thread))]
        for thread in cases:
            first = inferring.ranked(thread, forum.seen, model)[0]
            row = inferring.sureness(thread, forum.seen, thread.answers.index(first.post), first.share)
            rows.append([row[name] for name in SURE])
            right.append(first.post.accepted)
            weights.append(1 / len(cases))
    return _logistic(SURE, rows, right, weights, _SURE_PENALTY)


def _logistic(
    names: Sequence[str],
    rows: Sequence[Sequence[float]],
    right: Sequence[bool],
    weights: Sequence[float],
    penalty: float,
) -> Score:
    from sklearn.linear_model import LogisticRegression

    table = np.array(rows)
    scale = np.where(table.std(0) > 0, table.std(0), 1)
    share = np.array(weights) * len(weights) / sum(weights)
    model = LogisticRegression(C=1 / penalty, max_iter=2000).fit(table / scale, right, sample_weight=share)
    return Score(weights=_rounded(names, model.coef_[0] / scale), intercept=round(float(model.intercept_[0]), 4))


def _rounded(names: Sequence[str], values: np.ndarray) -> dict[str, float]:
    """Four digits: more would differ between machines."""
    return {name: float(f"{value:.4g}") for name, value in zip(names, values, strict=True)}


# The card


def held_out(forums: Mapping[str, Forum]) -> list[dict[str, Any]]:
    """How the parameters fitted on all others do on each forum."""
    found = []
    for name, forum in forums.items():
        model, own = fit([other for key, other in forums.items() if key != name]), fit([forum])
        cases = forum.several
        found.append(
            {
                "forum": name,
                "threads": len(cases),
                "votes kept": _accuracy(cases, forum.seen, model),
                "most votes": float(
                    np.mean([max(each.answers, key=lambda post: post.score).accepted for each in cases])
                ),
                "fitted on itself": _accuracy(cases, forum.seen, own),
                "votes hidden": _accuracy([_hidden(each) for each in cases], forum.seen, model),
                "chance": float(np.mean([1 / len(each.answers) for each in cases])),
            }
        )
    return found


def _accuracy(cases: Sequence[Thread], seen: Seen, model: Model) -> float:
    return float(np.mean([inferring.ranked(each, seen, model)[0].post.accepted for each in cases]))


CARD = """# answers.json

Which answer solved a thread where nobody marked one. Plain JSON; every number was written by
`python -m kbuilder.evaluation.fit_answers`.

Fitted on complete dumps of Stack Exchange sites (CC BY-SA), each of the same weight:
{names}. Nothing of their texts is in the parameters.

- `voted`, `plain`: a conditional logit over the answers of a thread; the accepted one is the right one.
- `talk`: for threads in which people talk. It was learnt from what tells answers from comments; `place` is fixed.
- `sure`: the probability that the first choice is accepted, over all threads that have answers.

## On a site that the parameters did not see

Threads with two answers or more; the share in which the accepted one came first. "Fitted on itself" has seen the very
marks that it is asked for: these features can hardly reach more.

| site | threads | votes kept | most votes alone | votes kept, fitted on itself | votes hidden | chance |
|---|---|---|---|---|---|---|
{rows}

How an author's other answers did (`record`; by their votes alone here) counts where there are votes, what an answer
shares with another one (`agreed`) where there are none: the other way round each did nothing or hurt.
"""


def card(found: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        "| "
        + " | ".join(f"{value:.3f}" if isinstance(value, float) else str(value) for value in each.values())
        + " |"
        for each in found
    ]
    return CARD.format(names=", ".join(each["forum"] for each in found), rows="\n".join(rows))


def main(data: Path, models: Path) -> None:
    """Fit on the dumps below ``data``; write the parameters and their card into ``models``."""
    forums = {path.name: read(path) for path in sorted((data / "stackexchange").iterdir())}
    (models / "answers.json").write_text(fit([*forums.values()]).model_dump_json(indent=1) + "\n", encoding="utf-8")
    (models / "answers.md").write_text(card(held_out(forums)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
