"""Vector search: one contract for both engines, each compared with sorting all cosines in float64."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.index import vectors
from kbuilder.index.vectors import Coded, Exact, Field, Vectors, mapped

Of = Callable[[np.ndarray], Vectors]
ROUNDED = 1e-5
"""How far sums in float32 may be from those in float64."""
ENGINES = pytest.mark.parametrize("kind", [Exact, Coded])


def unit(rows: int, seed: int = 0, dimension: int = 24) -> np.ndarray:
    """Random vectors of length 1."""
    found = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def topics(rows: int, seed: int = 0, dimension: int = 96) -> np.ndarray:
    """Vectors as threads have them: about one mean, in small groups of fifteen."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(-(-rows // 15), dimension)) + chance.normal(size=dimension)
    found = centres[np.arange(rows) % len(centres)] + 0.7 * chance.normal(size=(rows, dimension))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def oracle(matrix: np.ndarray, query: np.ndarray) -> np.ndarray:
    """All cosines, in float64."""
    return matrix.astype(np.float64) @ query.astype(np.float64)


def error(kind: type[Vectors], matrix: np.ndarray, query: np.ndarray) -> np.ndarray:
    """How far an engine's score of each row may be from its cosine: (rows,).

    A byte is at most half a step of its row from the number that it stands for, and each number of the question
    counts that error once.
    """
    if kind is Exact:
        return np.full(len(matrix), ROUNDED)
    steps = np.abs(matrix.astype(np.float64)).max(1, initial=0) / 127
    found: np.ndarray = steps / 2 * np.abs(query).sum() + ROUNDED
    return found


@ENGINES
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(1, 50), st.integers(0, 3), st.sampled_from([8, 24, 30]))
def test_search_finds_what_sorting_finds(kind: type[Vectors], rows: int, k: int, seed: int, dimension: int) -> None:
    """As many as there are, ``k`` above their number or not, nearest first, each once, with its cosine."""
    matrix, queries = unit(rows, seed, dimension), unit(3, seed + 100, dimension)
    scores, found = kind.of(matrix).search(queries, k)  # type: ignore[attr-defined]
    assert scores.shape == found.shape == (3, min(k, rows))
    assert (scores.dtype, found.dtype) == (np.float32, np.int64)
    for query, its, rows_found in zip(queries, scores, found, strict=True):
        exact, far = oracle(matrix, query), error(kind, matrix, query)
        assert its == pytest.approx(np.sort(exact)[::-1][:k], abs=far.max(initial=0))
        assert (np.abs(exact[rows_found] - its) <= far[rows_found]).all()
        assert list(its) == sorted(its, reverse=True)
        assert len({*rows_found.tolist()}) == len(rows_found)


@ENGINES
@pytest.mark.parametrize(("rows", "queries"), [(0, 2), (3, 0), (0, 0)])
def test_nothing_to_search_or_to_ask_gives_nothing(kind: type[Vectors], rows: int, queries: int) -> None:
    """Empty arrays of the right shape."""
    scores, found = kind.of(unit(rows)).search(unit(queries), 5)  # type: ignore[attr-defined]
    assert scores.shape == found.shape == (queries, min(rows, 5))


@ENGINES
def test_a_score_has_one_meaning(kind: type[Vectors]) -> None:
    """1 for the same, 0 for unrelated, -1 for the opposite; higher is nearer."""
    matrix = np.eye(3, 24, dtype=np.float32)
    matrix[2] = -matrix[0]
    scores, found = kind.of(matrix).search(matrix[:1], 3)  # type: ignore[attr-defined]
    assert found[0].tolist() == [0, 1, 2]
    assert scores[0] == pytest.approx([1, 0, -1], abs=error(kind, matrix, matrix[0]).max())


@ENGINES
def test_equal_cosines_stand_in_the_order_of_rows(kind: type[Vectors]) -> None:
    """Duplicates do not change places, and the first of too many are taken."""
    held = kind.of(np.repeat(unit(2), 1000, axis=0))  # type: ignore[attr-defined]
    assert held.search(unit(2)[:1], 6)[1][0].tolist() == [0, 1, 2, 3, 4, 5]
    assert held.search(unit(2)[1:], 3)[1][0].tolist() == [1000, 1001, 1002]


@ENGINES
def test_a_zero_vector_is_like_nothing(kind: type[Vectors]) -> None:
    """Its cosine is 0, whether it is held or asked for, among others or alone."""
    mixed = np.concatenate([np.zeros((2, 24), np.float32), unit(3)])
    assert kind.of(mixed[:2]).search(unit(1), 2)[0].tolist() == [[0, 0]]  # type: ignore[attr-defined]
    assert kind.of(mixed).scores(unit(1)[0], np.array([0, 1])).tolist() == [0, 0]  # type: ignore[attr-defined]
    assert kind.of(mixed).search(mixed[:1], 5)[0].tolist() == [[0] * 5]  # type: ignore[attr-defined]


@ENGINES
def test_scores_of_rows_are_those_of_the_search(kind: type[Vectors]) -> None:
    """In the order asked for; repeated rows, rows as often as one likes, or none."""
    matrix, query = topics(300), topics(1, 5)[0]
    held = kind.of(matrix)  # type: ignore[attr-defined]
    rows = np.array([7, 299, 7, 0])
    assert (np.abs(held.scores(query, rows) - oracle(matrix, query)[rows]) <= error(kind, matrix, query)[rows]).all()
    assert held.scores(query, rows)[0] == held.scores(query, rows)[2]
    assert held.scores(query, np.zeros(0, np.int64)).shape == (0,)
    near, found = held.search(query[None], 20)
    assert held.scores(query, found[0]) == pytest.approx(near[0], abs=1e-6)


@ENGINES
def test_ten_nearest_of_thousands_are_found(kind: type[Vectors]) -> None:
    """More vectors than the sign bits propose: at least 98 of 100 true neighbours are among those found."""
    matrix, queries = np.split(topics(20_050), [20_000])
    _, found = kind.of(matrix).search(queries, 10)  # type: ignore[attr-defined]
    exact = np.argsort(-(queries @ matrix.T), axis=1)[:, :10]
    assert np.mean([len({*a} & {*b}) for a, b in zip(found.tolist(), exact.tolist(), strict=True)]) >= 9.8


@ENGINES
def test_a_query_does_not_depend_on_the_others(kind: type[Vectors]) -> None:
    """Asked alone or among others it gets the same rows."""
    held, queries = kind.of(topics(3000)), topics(4, 9)  # type: ignore[attr-defined]
    together = held.search(queries, 10)[1]
    assert [held.search(query[None], 10)[1][0].tolist() for query in queries] == together.tolist()


@ENGINES
def test_saved_is_what_was_made(kind: type[Vectors], tmp_path: Path) -> None:
    """An engine that is opened answers with the same bits, and is the same bytes when it is saved again."""
    matrix, queries = topics(2000), topics(3, 9)
    for folder, held in (("one", kind.of(matrix)), ("two", kind.of(matrix.copy(order="F")))):  # type: ignore[attr-defined]
        (tmp_path / folder).mkdir()
        held.save(tmp_path / folder, "body")
    opened = kind.open(tmp_path / "one", "body")  # type: ignore[attr-defined]
    assert len(opened) == 2000
    for before, after in zip(kind.of(matrix).search(queries, 7), opened.search(queries, 7), strict=True):  # type: ignore[attr-defined]
        assert before.tobytes() == after.tobytes()
    (tmp_path / "again").mkdir()
    opened.save(tmp_path / "again", "body")
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert files
    for file in files:
        assert len({(tmp_path / folder / file).read_bytes() for folder in ("one", "two", "again")}) == 1


@ENGINES
def test_an_empty_engine_is_saved_too(kind: type[Vectors], tmp_path: Path) -> None:
    """A knowledge base may have no vector at all."""
    kind.of(unit(0)).save(tmp_path, "body")  # type: ignore[attr-defined]
    assert kind.open(tmp_path, "body").search(unit(1), 3)[0].shape == (1, 0)  # type: ignore[attr-defined]


def test_codes_take_less_than_a_third(tmp_path: Path) -> None:
    """Of the memory of float32."""
    matrix = unit(1000, dimension=384)
    sizes = []
    for held in (Exact.of(matrix), Coded.of(matrix)):
        (tmp_path / type(held).__name__).mkdir()
        held.save(tmp_path / type(held).__name__, "body")
        sizes.append(sum(file.stat().st_size for file in (tmp_path / type(held).__name__).iterdir()))
    assert sizes[1] < sizes[0] / 3


@pytest.mark.parametrize(("limit", "kind"), [(vectors.EXACT, Exact), (4, Coded)])
def test_an_entry_is_as_near_as_its_nearest_vector(
    limit: int, kind: type[Vectors], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several vectors the best counts; an entry without any has 0, is never nearest; opened as it was saved."""
    monkeypatch.setattr(vectors, "EXACT", limit)
    matrix = unit(5)
    Field.of(matrix, [2, 0, 3]).save(tmp_path, "answers")
    exact = matrix @ matrix[3]
    for field in (Field.of(matrix, [2, 0, 3]), Field.open(tmp_path, "answers")):
        assert type(field.vectors) is kind
        found = field.best(matrix[3], np.array([0, 1, 2]))
        far = error(kind, matrix, matrix[3]).max()
        assert found == pytest.approx([max(exact[:2].max(), 0), 0, 1], abs=far)
        assert field.best(matrix[3], np.array([2, 0]))[0] == pytest.approx(1, abs=far)
        assert field.nearest(matrix[3], 1).tolist() == [2]
        assert field.nearest(matrix[3], 9).tolist() == [0, 2]
        assert field.nearest(matrix[3], 3).tolist() in ([2], [0, 2])


def test_arrays_are_opened_by_several_threads_while_garbage_is_collected(tmp_path: Path) -> None:
    """Python 3.11 and 3.12 fail where two threads parse a file's head and the collector lets one of them go."""
    np.save(tmp_path / "some.npy", unit(3))
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()

    def lets_go(_phase: str, _info: dict[str, int]) -> None:
        sum(range(300))

    gc.callbacks.append(lets_go)
    gc.set_threshold(30)
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            opened = [pool.submit(mapped, tmp_path, "some") for _ in range(5_000)]
        assert all(each.result().shape == (3, 24) for each in opened)
    finally:
        gc.callbacks.remove(lets_go)
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)
