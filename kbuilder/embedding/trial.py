"""Whether a model that was trained on an archive finds its threads better than the general one.

A sentence of an answer is a question in other words than the title's. It must find its own thread by title and body,
with words and meaning mixed as an index mixes them: what is measured is what an asker would notice, not a cosine. And
since training parts what is alike, near-duplicates must still find one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from kbuilder.index import Entry, asked_of, tried

if TYPE_CHECKING:
    import numpy as np

    from kbuilder.embedding.encoder import Encoder

ALIKE = 0.8
"""A cosine of titles from which on two threads are held to ask the same."""
LOSS = 0.1
"""How much of what is alike may come apart, at most."""
_COMPARED = 2000
"""Threads among which they must be found, at most."""
_PROBES, _FEWEST_PROBES = 400, 30
"""Questions that are asked, at most; and sentences of answers below which half titles are asked instead."""
_SURE = 1.645
"""Standard errors that a gain must exceed: of what brings nothing, one in twenty would seem to."""


@dataclass(frozen=True)
class Check:
    """How well threads are found by a model that has not seen them: mean reciprocal ranks, in [0, 1]."""

    own: float
    """By sentences of their answers, or by half of their titles where they have none; words and meaning mixed as an
    index would mix them."""
    general: float
    """Near-duplicates by one another, among threads that are none; 1 where there are none."""


@dataclass(frozen=True)
class Found:
    """How well each probe found what it was made of."""

    ranks: np.ndarray
    """Reciprocal ranks, by probe."""
    rows: np.ndarray
    """The thread of each probe."""
    general: float

    @property
    def check(self) -> Check:
        return Check(float(self.ranks.mean()) if len(self.ranks) else 0.0, self.general)

    def surely_better(self, before: Found) -> bool:
        """Whether the gain, thread by thread, is above what chance would give in one of twenty cases; and what is
        alike stayed together."""
        import numpy as np

        threads, places = np.unique(self.rows, return_inverse=True)
        gains = np.bincount(places, self.ranks - before.ranks) / np.bincount(places)
        sure = len(threads) > 1 and gains.mean() > _SURE * gains.std(ddof=1) / len(threads) ** 0.5
        return bool(sure) and self.general >= before.general - LOSS


@dataclass(frozen=True)
class Trial:
    """What models are measured with."""

    entries: tuple[Entry, ...]
    rows: np.ndarray
    """The thread of each probe."""
    texts: tuple[str, ...]
    right: np.ndarray
    """(probes, entries): the thread itself, and those that look like near-duplicates."""
    alike: np.ndarray
    """(pairs, 2): threads with their nearest other, where that is a near-duplicate."""
    strange: np.ndarray
    """(pairs, entries): those that are none of the first one's near-duplicates."""

    @classmethod
    def of(cls, encoder: Encoder, ordered: Sequence[Entry]) -> Self:
        import numpy as np

        entries = tuple(ordered[:_COMPARED])
        probes = [(row, text) for row, entry in enumerate(entries) for text in asked_of(entry)]
        if len(probes) < _FEWEST_PROBES:
            probes = [(row, text) for row, entry in enumerate(entries) for text in _half(entry.title)]
        rows = np.array([row for row, _ in probes[:_PROBES]], np.int64)
        titles = encoder.encode([entry.title for entry in entries])
        cosines = titles @ titles.T
        near = np.array([*range(min(len(entries), _PROBES))])
        right = cosines[rows] >= ALIKE
        right[np.arange(len(rows)), rows] = True
        np.fill_diagonal(cosines, -1)
        alike = [(row, int(cosines[row].argmax())) for row in near if cosines[row].max() >= ALIKE]
        texts = tuple(text for _, text in probes[:_PROBES])
        pairs = np.array(alike, np.int64).reshape(-1, 2)
        strange = cosines[pairs[:, 0]] < ALIKE
        strange[np.arange(len(pairs)), pairs[:, 0]] = False
        return cls(entries, rows, texts, right, pairs, strange)

    def ranks(self, models: Sequence[Encoder]) -> Found:
        """What two models find, each asked for the threads that it has not learnt from."""
        import numpy as np

        from kbuilder.index.fusion import learnt

        found = [self._legs(encoder, half) for half, encoder in enumerate(models)]
        legs, rows, right, alike = (np.concatenate(parts) for parts in zip(*found, strict=True))
        scores = legs @ learnt(legs, rows)
        best = np.where(right, scores, -np.inf).max(1)
        ranks = 1 / (1 + (np.where(right, -np.inf, scores) >= best[:, None]).sum(1))
        return Found(ranks, rows, float(alike.mean()) if len(alike) else 1.0)

    def _legs(self, encoder: Encoder, half: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of the threads of one half: what the legs say on each probe, its thread, what is right, near-duplicates."""
        import numpy as np

        titles = [entry.title for entry in self.entries]
        asking = [f"{entry.title}\n{entry.body}".strip() for entry in self.entries]
        title = encoder.encode(titles)
        body = title if asking == titles else encoder.encode(asking)
        its = np.flatnonzero(self.rows % 2 == half)
        texts = [self.texts[number] for number in its]
        legs = tried(self.entries, title, body, texts, encoder.encode(texts))
        asked = self.alike[:, 0] % 2 == half
        pairs, strange = self.alike[asked], self.strange[asked]
        near = title[pairs[:, 0]] @ title.T
        mine = near[np.arange(len(pairs)), pairs[:, 1]]
        # Of many that are alike any may be the nearest: apart they come where something else steps between them.
        return legs, self.rows[its], self.right[its], 1 / (1 + ((near > mine[:, None]) & strange).sum(1))


def _half(title: str) -> list[str]:
    found = title.split()
    return [" ".join(found[::2])] if len(found) > 2 else []
