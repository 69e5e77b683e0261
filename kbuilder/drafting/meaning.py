"""What threads of one candidate have in common by meaning: by the vectors of their questions and of their answers.

Where everyone writes about one subject, answers to different problems are as alike as answers to one problem are
elsewhere. So the similarity of two threads is lowered by what each has in common with its nearest strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kbuilder.markup import plain
from kbuilder.records import Post, Thread

_QUESTION_WORDS, _ANSWER_WORDS = 80, 120
"""Together about what a small model reads."""
_NEAR = 0.16
"""Mean similarity of questions and answers above the background, from which on two threads can be one problem."""
_TOLD = 0.8
"""Cosine of two answers that say the same in other words."""
_REACH = 10
"""Strangers that are looked at: the nearest."""
_BLOCK = 1000
"""Threads that are compared with all others at once."""
_BELIEF, _USUAL = 3, 0.4
"""Few threads cannot tell: what is usual weighs as much as so many strangers."""


def texts(thread: Thread) -> list[str]:
    """What is compared of a thread: its question, and each answer."""
    return [_question(thread), *map(_answer, thread.answers)]


def _question(thread: Thread) -> str:
    return f"{thread.title}\n{_beginning(thread.question.body, _QUESTION_WORDS)}"


def _answer(post: Post) -> str:
    return _beginning(post.body, _ANSWER_WORDS)


def _beginning(body: str, count: int) -> str:
    return " ".join(plain(body).split()[:count])


@dataclass(frozen=True)
class Meaning:
    """What was found for all candidates of several threads."""

    vectors: Mapping[str, np.ndarray]
    """By text."""
    alike: Mapping[tuple[str, str], float]
    """How near pairs of threads of one candidate are, above the background; each both ways, those that are far not."""

    def is_told(self, answer: Post, told: Sequence[Post]) -> bool:
        """Whether one of some answers says the same in other words."""
        own = self.vectors[_answer(answer)]
        return any(float(own @ self.vectors[_answer(each)]) >= _TOLD for each in told)

    def of(self, members: Sequence[str]) -> list[str]:
        """The pairs of some threads, as text: what a draft rests on."""
        pairs = ((one, other) for one in members for other in members if (one, other) in self.alike)
        return sorted(f"{one} {other} {self.alike[one, other]}" for one, other in pairs)


def find(groups: Sequence[Sequence[Thread]], encode: Callable[[Sequence[str]], np.ndarray | None]) -> Meaning | None:
    """What the threads of each group have in common; ``None`` without a model.

    Args:
        groups: threads of one language, each with its answers; a group's are held for one problem.
        encode: unit vectors of texts, (n, d).
    """
    threads = [thread for group in groups for thread in group if thread.solved]
    wanted = sorted({text for thread in threads for text in texts(thread)})
    found = encode(wanted)
    if found is None:
        return None
    vectors = dict(zip(wanted, found, strict=True))
    if not threads:
        return Meaning(vectors, {})
    asked = np.stack([vectors[_question(thread)] for thread in threads]).astype(np.float64)
    solved = np.stack([vectors[_answer(thread.solutions[0])] for thread in threads]).astype(np.float64)
    owners = {thread.id: number for number, group in enumerate(groups) for thread in group}
    home = np.array([owners[thread.id] for thread in threads])
    background = _background(asked, solved, home)
    alike: dict[tuple[str, str], float] = {}
    for number in np.unique(home):
        rows = np.flatnonzero(home == number)
        above = _near(asked[rows], solved[rows], asked[rows], solved[rows])
        above -= (background[rows][:, None] + background[rows]) / 2
        for one, other in zip(*np.nonzero(above >= _NEAR), strict=True):
            if one != other:
                alike[threads[rows[one]].id, threads[rows[other]].id] = round(float(above[one, other]), 4)
    return Meaning(vectors, alike)


def _near(asked: np.ndarray, solved: np.ndarray, others_asked: np.ndarray, others_solved: np.ndarray) -> np.ndarray:
    """Mean similarity of questions and answers, to six digits: more would differ between machines."""
    found: np.ndarray = np.round((asked @ others_asked.T + solved @ others_solved.T) / 2, 6)
    return found


def _background(asked: np.ndarray, solved: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Each thread's mean similarity to its nearest strangers: (n,); block by block, for all pairs take much memory."""
    found = np.zeros(len(home))
    for start in range(0, len(home), _BLOCK):
        rows = slice(start, start + _BLOCK)
        near = _near(asked[rows], solved[rows], asked, solved)
        strange = np.sort(np.where(home[rows, None] == home, -np.inf, near), axis=1)[:, -_REACH:]
        seen = np.isfinite(strange)
        found[rows] = (np.where(seen, strange, 0).sum(1) + _BELIEF * _USUAL) / (seen.sum(1) + _BELIEF)
    return found
