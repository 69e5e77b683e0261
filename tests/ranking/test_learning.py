"""What is learnt from askers is kept only where it is better, and shows nothing that nobody has judged."""

from __future__ import annotations

import numpy as np
import pytest

from kbuilder import ranking
from kbuilder.errors import ModelError
from kbuilder.ranking import Cases, Learning, Learnt, Logistic, learning

MODEL = ranking.load().lexical
COUNT = 300


class Files:
    """A tree that holds one file."""

    id = "tree"

    def __init__(self, data: bytes | None) -> None:
        self.data = data

    def read(self, path: str) -> bytes | None:
        return self.data if path == learning.FILE else None

    def list(self, folder: str) -> list[str]:
        return []


def shown(count: int, chance: np.random.Generator, least: float) -> np.ndarray:
    """Features of suggestions that were sure enough to be shown."""
    drawn = chance.normal(size=(count * 20, len(MODEL.names))) * MODEL.scales + np.array(MODEL.means)
    return drawn[MODEL.chances(drawn) >= least][:count]


def judged(shift: float, seed: int, count: int = COUNT, least: float = 0.9) -> Cases:
    """Suggestions that are right as often as they say, but for a shift of the logit."""
    chance = np.random.default_rng(seed)
    table = shown(count, chance, least)
    sure = MODEL.chances(table)
    truth = 1 / (1 + np.exp(-(np.log(sure / (1 - sure)) + shift)))
    return Cases(table, (chance.random(len(table)) < truth).astype(float))


def taught(shift: float, seed: int) -> Learning:
    cases = judged(shift, seed)
    return ranking.learn(MODEL, cases, [f"v{number}" for number in range(len(cases))])


def surprise(model: Logistic, cases: Cases) -> float:
    chances = model.chances(cases.table)
    return float(-np.log(np.where(cases.right > 0, chances, 1 - chances)).mean())


def test_what_is_right_already_stays() -> None:
    """Verdicts that agree with what was said prove nothing better, whatever their noise."""
    assert [taught(0.0, seed).better for seed in range(5)] == [False] * 5


def test_what_was_too_sure_is_learnt() -> None:
    """And it holds on verdicts that were not there."""
    for seed in range(3):
        found = taught(-2.0, seed)
        assert found.better
        unseen = judged(-2.0, seed + 100)
        assert surprise(found.parameters, unseen) < surprise(MODEL, unseen) - 0.1
        assert found.parameters.chances(unseen.table).mean() < MODEL.chances(unseen.table).mean()


def test_nothing_less_sure_than_what_was_judged_is_shown() -> None:
    """Whatever precision is wanted, and however right all verdicts were."""
    for shift in (2.0, -2.0):
        cases = judged(shift, 7)
        found = ranking.learn(MODEL, cases, [f"v{number}" for number in range(COUNT)]).parameters
        ranker = ranking.load().model_copy(update={"lexical": found})
        least = found.chances(cases.table).min()
        for precision in (0.5, 0.8, 0.9, 0.95, 0.99):
            assert ranker.bar("lexical", precision) >= least - 1e-4


def test_a_bar_may_lie_below_its_precision() -> None:
    """What lies above it keeps the precision all the same, on verdicts that were not there."""
    found = ranking.learn(MODEL, judged(1.5, 7, least=0.2), [f"v{number}" for number in range(COUNT)]).parameters
    bar = ranking.load().model_copy(update={"lexical": found}).bar("lexical", 0.8)
    unseen = judged(1.5, 107, least=0.2)
    assert bar < 0.8
    assert unseen.right[found.chances(unseen.table) >= bar].mean() >= 0.8


def test_a_voice_is_one_however_often_it_speaks() -> None:
    """Two hundred verdicts of one are not two hundred: on others nothing is known to be better."""
    cases = judged(-2.0, 3)
    assert not ranking.learn(MODEL, cases, ["one"] * COUNT).better
    assert not ranking.learn(MODEL, cases, ["one"] * (COUNT - 2) + ["two", "three"]).better


def learnt(**other: str) -> Learnt:
    told = {"kind": "lexical", "model": "m", "base": learning.base(MODEL), **other}
    changed = MODEL.model_copy(update={"intercept": -9.0})
    more = {"verdicts": 60, "voices": 40, "since": "2026-01-01", "until": "2026-02-01"}
    return Learnt(**told, parameters=changed, **more)  # type: ignore[arg-type]


def test_it_counts_for_what_it_was_learnt_on_alone() -> None:
    """Another model reads questions differently, and another ranker is another start."""
    ranker = ranking.load()
    assert learnt().on(ranker, "m").lexical.intercept == -9.0
    assert learnt().on(ranker, "m").dense == ranker.dense
    for other, model in ((learnt(), "other"), (learnt(base="other"), "m")):
        assert not other.fits(ranker, model)
        assert other.on(ranker, model) == ranker


def test_the_file_is_read_as_it_was_written() -> None:
    """None is nothing; a damaged one is named, with what to do."""
    assert learning.read(Files(None)) is None
    assert learning.read(Files(learnt().model_dump_json().encode())) == learnt()
    with pytest.raises(ModelError) as told:
        learning.read(Files(b'{"format": 1}'))
    assert learning.FILE in str(told.value)
