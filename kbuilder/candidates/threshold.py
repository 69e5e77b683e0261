"""Where the tree of average linkage is cut, without labels: at the height on which the evidence agrees with itself.

The evidence, dimensions of the vectors and n-grams alike, is parted into two halves by chance, and each half groups
the texts alone. Where the tree is cut at chance the halves disagree; where groups are there, both find them
(stability, after Ben-Hur, Elisseeff and Guyon 2002, with halves of the columns instead of samples of the rows). The
agreement is the adjusted mutual information, which is 0 for groupings by chance, whatever their number; that of
neighbouring heights is taken together, so that a few new texts move the cut little.

A few texts tell little, and nearly equal texts agree at any height. So an expectation helps out: where half of the
texts or fewer have company even at a strict height, they ask problems of their own, and only near texts are
duplicates; where most have company, groups are large, and texts of one group are less alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kbuilder.candidates import background, company
from kbuilder.candidates.similarity import DIGITS, Features
from kbuilder.records import digest

SAMPLE = 2000
"""Texts that are looked at: of more, a part that does not depend on their order."""
FEWEST = 30
"""Texts below which halves are not compared: the expectation alone counts."""
_DEALS, _DEALT = 4, 2400
"""How often the evidence is dealt, at most, and how many texts are looked at in all of these together: the
fewer they are, the more of what the halves agree on is luck, and the cheaper it is to deal once more."""
_HEIGHTS = np.arange(2, 27) / 20
"""Cuts that are compared, as parts of the strict one."""
_NOISE = 0.5
"""Agreement that the halves show by luck where one text has company; less with the root of their number."""
_PULL = 1.5
"""What a cut costs that lies off the expected one, by the square of the distance, for many texts; distances are those
of vectors and n-grams, that neighbours in common make wider."""
_TEXTS = 300
"""Texts as many as which the expectation weighs twice."""
_WIDTH = 0.7
"""Standard deviation of the weights of neighbouring heights, in steps."""
_CLOSE = 0.3
"""Cuts whose merit differs by this part of that luck count about alike: a few texts more move the choice little."""
_ROUGH = 0.53, 0.22
"""Of a single vector's cosine and n-grams' likeness: from here on texts are taken as no strangers at first."""
_ABOVE = 0.2
"""Texts that are no strangers lie above the mean of all pairs by this part of what is left."""
_STRICT = 0.46, 0.20
"""Above the background: what duplicates in forums reach."""
_USUAL = 0.32, 0.11
_COMPANY = 0.37, 0.16
"""What sharing all nearest neighbours adds to a similarity."""
_SHARED = 0.7, 0.1
"""Parts of them that duplicates share: where few texts have company, and where nearly all have, in large groups."""
_LONELY, _CROWDED = 0.5, 0.8
"""Share of texts with company from which, and up to which, the expected cut falls."""
_EXPECTED = 0.9, 0.4
"""Parts of the strict height: the expected cut where few texts have company, and where nearly all have."""


@dataclass(frozen=True)
class Height:
    """A cut that was looked at."""

    cut: float
    agreement: float | None
    """Of the two halves, at most 1; ``None``: they were not compared."""
    merit: float
    """Agreement, less what luck and distance from the expectation cost."""
    groups: int
    """Of the sample, single texts included."""
    together: int
    """Texts of the sample that have company."""


@dataclass(frozen=True)
class Choice:
    """A cut and why it lies there."""

    cut: float
    """Mean similarity above the background from which on groups are joined."""
    expected: float
    """Where it would lie without a look at the halves."""
    company: float
    """Share of texts that have company at the strict height."""
    texts: int
    """That were looked at."""
    heights: tuple[Height, ...] = ()


def rough(features: Features) -> float:
    """The similarity, background included, from which on texts are no strangers; more where all are alike."""
    return _rough(features, float(features.to_others().mean()) if features.size > 1 else 0.0)


def _rough(features: Features, alike: float) -> float:
    return round(max(_mixed(features, _ROUGH), alike + _ABOVE * (1 - alike)), DIGITS)


def usual(features: Features) -> float:
    """The similarity to strangers where nothing is known."""
    return _mixed(features, _USUAL)


def strict(features: Features) -> float:
    """The similarity above the background that duplicates in forums reach, neighbours in common included."""
    return _strict(features, features.weight)


def _strict(features: Features, weight: float) -> float:
    return round(_mixed(features, _STRICT) + _SHARED[0] * weight, DIGITS)


def company_weight(features: Features, texts: int) -> float:
    """What sharing all nearest neighbours adds among so many texts: the fewer of them are looked at, the less."""
    return round(_mixed(features, _COMPANY) * (company.count(texts) - 1) / (company.NEIGHBOURS - 1), DIGITS)


def complete(features: Features, known: company.Neighbours, labels: np.ndarray, others: np.ndarray) -> Features:
    """Vectors and n-grams with all that counts besides: neighbours in common, and the background that is taken off.

    Args:
        labels: (features.size,) the group of each row, of which none is a stranger to it.
        others: rows among which strangers are looked for.
    """
    return replace(
        features,
        background=background.of(features, labels, others, usual(features)),
        company=known.company,
        weight=company_weight(features, len(known.firsts)),
    )


def among(cut: float, features: Features, texts: int) -> float:
    """A cut of some texts for so many others, whose neighbours say more or less: as part of the strict height."""
    here, there = (_strict(features, company_weight(features, size)) for size in (features.size, texts))
    return round(cut * there / here, DIGITS)


def sides(similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the two groups that average linkage joins last: of two rows or more."""
    from scipy.cluster.hierarchy import cut_tree

    labels = np.asarray(cut_tree(_average(similarity), np.array([2]))).ravel()
    return np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)


def sample(ids: Sequence[str], firsts: np.ndarray) -> np.ndarray:
    """Rows that stand for all: the same for any order, and nearly the same when few texts come or go.

    Args:
        firsts: the first row of each text; its copies are with it wherever the cut lies, and say nothing of it.
    """
    rows = sorted(firsts.tolist(), key=lambda row: digest(ids[row]))[:SAMPLE]
    return np.array(sorted(rows), np.int64)


def choose(features: Features, whole: int) -> Choice:
    """The cut for some texts, one row each, without a background.

    Args:
        whole: how many texts they stand for.
    """
    weight, near = company_weight(features, whole), features.matrix()
    strict_ = _strict(features, weight)
    tree, plain = _Tree(features, near, whole), _mixed(features, _STRICT)
    accompanied = _together(_Tree(features, near, 0).labels(plain)) / max(features.size, 1)
    crowd = min(max((accompanied - _LONELY) / (_CROWDED - _LONELY), 0.0), 1.0)
    levels = ((plain, _EXPECTED), (weight, _SHARED))
    expected = round(sum(each * (start + (end - start) * crowd) for each, (start, end) in levels), DIGITS)
    cuts = np.round(strict_ * _HEIGHTS, DIGITS)
    few = features.size < FEWEST
    agreement, paired = (np.full(len(cuts), np.nan),) * 2 if few else _compared(features, cuts, whole)
    pull = _PULL * (1 + _TEXTS / max(features.size, 1)) * ((cuts - expected) * plain / strict_) ** 2
    luck = _NOISE / np.sqrt(np.fmax(paired, 1))
    merit = np.nan_to_num(agreement - luck) - pull
    weights = np.exp((merit - merit.max()) / (_CLOSE * luck[merit.argmax()]))
    found = expected if few else float(weights @ cuts / weights.sum())
    heights = tuple(_height(*each, tree.labels(each[0])) for each in zip(cuts, agreement, merit, strict=True))
    return Choice(round(found, 3), expected, round(accompanied, 4), features.size, heights)


def _height(cut: float, agreement: float, merit: float, labels: np.ndarray) -> Height:
    groups = len(np.unique(labels))
    agreed = None if np.isnan(agreement) else round(float(agreement), 4)
    return Height(float(cut), agreed, round(float(merit), 4), groups, _together(labels))


def _compared(features: Features, cuts: np.ndarray, whole: int) -> tuple[np.ndarray, np.ndarray]:
    """At each cut the halves' agreement, and the texts with company in a half: means over all halvings."""
    from sklearn.metrics import adjusted_mutual_info_score as agreement

    found, paired = [], []
    for halves in features.halvings(min(max(_DEALT // features.size, 1), _DEALS)):
        one, other = (_Tree(features, half, whole) for half in halves)
        labels = [(one.labels(cut), other.labels(cut)) for cut in cuts]
        found.append([agreement(*pair) for pair in labels])
        paired.append([(_together(left) + _together(right)) / 2 for left, right in labels])
    return np.round(_smooth(np.array(found).mean(0)), DIGITS), np.array(paired).mean(0)


def _smooth(values: np.ndarray) -> np.ndarray:
    """Each value as a mean of those around it, the nearer the more."""
    far = np.subtract.outer(np.arange(len(values)), np.arange(len(values)))
    weights = np.exp(-((far / _WIDTH) ** 2) / 2)
    return np.asarray(weights @ values / weights.sum(1))


def _together(labels: np.ndarray) -> int:
    """How many have company."""
    counts = np.unique(labels, return_counts=True)[1]
    return int(counts[counts > 1].sum())


class _Tree:
    """All groupings of some texts by average linkage above the background, from the loosest to the strictest.

    With neighbours in common, of texts that stand for some others; without where they stand for none.
    """

    def __init__(self, features: Features, near: np.ndarray, whole: int) -> None:
        self.size = features.size
        alike = (near.sum() - near.trace()) / (self.size * (self.size - 1)) if self.size > 1 else 0.0
        labels = _cut(_linked(near), _rough(features, float(alike)), self.size)
        strangers = background.between(near, labels, labels, usual(features))
        above = near - strangers[:, None] - strangers
        if whole:
            above += company_weight(features, whole) * company.shared(near, whole)
        self.tree = _linked(above)

    def labels(self, cut: float) -> np.ndarray:
        """The group of each row: (n,)."""
        return _cut(self.tree, cut, self.size)


def _linked(similarity: np.ndarray) -> np.ndarray | None:
    return _average(similarity) if len(similarity) > 1 else None


def _average(similarity: np.ndarray) -> np.ndarray:
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    far = _FARTHEST - similarity
    np.fill_diagonal(far, 0)
    return np.asarray(linkage(squareform(far, checks=False), "average"))


_FARTHEST = 2.0
"""More than any similarity: distances must not be negative."""


def _cut(tree: np.ndarray | None, cut: float, size: int) -> np.ndarray:
    from scipy.cluster.hierarchy import fcluster

    return np.zeros(size, np.int64) if tree is None else np.asarray(fcluster(tree, _FARTHEST - cut, "distance"))


def _mixed(features: Features, levels: tuple[float, float]) -> float:
    dense, lexical = levels
    share = 1.0 if features.dense is None else features.share
    return round((1 - share) * dense + share * lexical, DIGITS)
