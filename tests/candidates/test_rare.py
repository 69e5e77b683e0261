"""Neighbours by n-grams that rare ones propose, against all pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from candidates.test_company import cloud
from scipy.sparse import csr_matrix

from kbuilder.candidates import graph, rare
from kbuilder.candidates.similarity import Features

NAMES = ("router", "tracker", "printer", "camera", "speaker", "doorbell", "thermostat", "dishwasher")
FAULTS = ("loses its connection", "does not start", "makes a noise", "shows a red light", "forgets the time")
ALL = [f"My {name} {fault} since the update of {month}" for name in NAMES for fault in FAULTS for month in "abcdefgh"]
NOBODY = np.zeros((len(ALL), 0), np.int64)


def nearest(k: int) -> tuple[np.ndarray, np.ndarray]:
    """The similarity of all pairs, and the k-th highest of each row."""
    lexical = Features.of(ALL, None, 1.0).lexical
    near = (lexical @ lexical.T).toarray()  # type: ignore[union-attr]
    np.fill_diagonal(near, -1)
    return near, np.sort(near, 1)[:, -k]


def test_nearly_all_of_the_nearest_are_found() -> None:
    """Of 320 texts that have most words in common, thirty are proposed to each."""
    near, last = nearest(5)
    found = rare.neighbours(Features.of(ALL, None, 1.0).lexical, 5, NOBODY, proposed=30)
    assert found.shape == (len(ALL), 5)
    assert (np.take_along_axis(near, found, 1) >= last[:, None] - 1e-6).mean() > 0.9
    assert all(len({*row}) == 5 and number not in row for number, row in enumerate(found.tolist()))


def test_who_is_near_in_another_way_is_compared_too() -> None:
    """Where n-grams propose one alone, all that the other way proposes counts by its n-grams."""
    near, last = nearest(5)
    everybody = np.tile(np.arange(len(ALL)), (len(ALL), 1))
    found = rare.neighbours(Features.of(ALL, None, 1.0).lexical, 5, everybody, proposed=1)
    assert (np.take_along_axis(near, found, 1) >= last[:, None] - 1e-6).all()


def test_texts_without_company_are_their_own() -> None:
    """An empty one shares nothing with anybody."""
    found = rare.neighbours(
        Features.of(["thermostat light", "", "thermostat lamp"], None, 1.0).lexical, 2, np.zeros((3, 0), np.int64)
    )
    assert found.tolist() == [[2, 0], [1, 1], [0, 2]]


def test_many_texts_are_compared_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the number up to which all are compared: nearly the same edges, by meaning and by words."""
    features = Features.of(ALL, cloud(0, len(ALL)), 0.5)
    exact = graph.build(features, 5)
    monkeypatch.setattr(graph, "EXACT", 100)
    found = graph.build(features, 5)
    pairs = [set(zip(each.left.tolist(), each.right.tolist(), strict=True)) for each in (exact, found)]
    assert len(pairs[0] & pairs[1]) > 0.9 * len(pairs[0])
    assert all(left != right for left, right in pairs[1])


def test_neighbours_propose_theirs() -> None:
    """The first and the third text share but what all have; the second is near to both."""
    has = [[0, 8], [0, 4, 8], [4, 8], *([8, 12 + 4 * row] for row in range(6))]
    rows = np.repeat(np.arange(len(has)), [len(each) for each in has])
    matrix = csr_matrix((np.full(len(rows), 0.5, np.float32), (rows, np.concatenate(has))), (len(has), 64))
    found = rare.neighbours(matrix, 2, np.zeros((len(has), 0), np.int64), looked_at=2)
    assert found[:3].tolist() == [[1, 2], [0, 2], [1, 0]]
    assert (found[3:] == np.arange(3, len(has))[:, None]).all()


def test_whom_a_text_finds_finds_it() -> None:
    """The first has just found the second, so the second hears of it; of what was known before nothing is told."""
    known, fresh = np.array([[1], [1], [2]]), np.array([[True], [False], [False]])
    (pairs,) = rare._by_neighbours(known, fresh, np.zeros((3, 0), np.int64))
    assert {(int(pair) // 3, int(pair) % 3) for pair in pairs} == {(0, 1), (1, 0)}


def test_what_is_fresh_is_all_that_needs_telling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tells all in each round compares more, and finds the same."""
    told: list[int] = []
    by_neighbours = rare._by_neighbours

    def counted(known: np.ndarray, fresh: np.ndarray, near: np.ndarray) -> Iterator[np.ndarray]:
        for pairs in by_neighbours(known, fresh, near):
            told.append(len(pairs))
            yield pairs

    lexical, near = Features.of(ALL, None, 1.0).lexical, np.random.default_rng(0).integers(0, len(ALL), (len(ALL), 3))
    monkeypatch.setattr(rare, "_by_neighbours", counted)
    found, few = rare.neighbours(lexical, 5, near, proposed=10), sum(told)
    told.clear()
    monkeypatch.setattr(rare, "_by_neighbours", lambda known, fresh, near: counted(known, np.ones_like(fresh), near))
    assert (rare.neighbours(lexical, 5, near, proposed=10) == found).all()
    assert few < sum(told) / 2


def test_the_work_grows_as_the_texts_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many have an n-gram: no text is scored against more than it may look at."""
    texts = [f"printer number{row % 7} stopped after month{row % 5}" for row in range(300)]
    compared: list[int] = []
    first = rare._first
    monkeypatch.setattr(rare, "_first", lambda scores, *rest: (compared.append(len(scores)), first(scores, *rest))[1])
    rare.neighbours(Features.of(texts, None, 1.0).lexical, 5, np.zeros((300, 0), np.int64), looked_at=90)
    assert len(compared) == 300
    assert 40 < max(compared) <= 91
