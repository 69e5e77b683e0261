"""What a knowledge base learnt from its askers: parameters of its own, near the given ones, kept if they are better.

Only suggestions that were shown are ever judged. So learning may take one back that is not as sure as it was said to
be; but nothing is shown on its account that is less sure than the least sure one that was judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from kbuilder import resources
from kbuilder.errors import ModelError
from kbuilder.ranking.fitting import WANTED, Cases, adjusted, bars
from kbuilder.ranking.model import Logistic, Ranker, Table
from kbuilder.records import FORMAT, digest
from kbuilder.text import N_

FILE = "models/learnt.json"
FEWEST, FEWEST_VOICES = 50, 30
"""Verdicts, and of how many askers, from which on something is learnt."""
FOLDS = 10
CONFIDENCE = 0.95
"""With which the learnt parameters must be better on verdicts that they have not seen."""


class Learnt(Table):
    """``models/learnt.json``: the parameters of one kind of evidence, and what they correct."""

    format: int = FORMAT
    kind: str
    """``lexical`` or ``dense``."""
    model: str
    """Id of the model that questions were read with; ``""``: none."""
    base: str
    """Digest of the parameters that they correct."""
    parameters: Logistic
    verdicts: int
    voices: int
    since: str
    until: str
    """The days of the first and last verdict."""

    def fits(self, ranker: Ranker, model: str) -> bool:
        """Whether they correct this ranker, and questions are read as they were then."""
        return self.model == model and self.base == base(ranker.model(self.kind))

    def on(self, ranker: Ranker, model: str) -> Ranker:
        """The ranker with what was learnt; as it is where that is of another one."""
        return ranker.model_copy(update={self.kind: self.parameters}) if self.fits(ranker, model) else ranker


@dataclass(frozen=True)
class Learning:
    """What verdicts teach, and whether it holds."""

    parameters: Logistic
    before: np.ndarray
    """The probability of each verdict's suggestion by the given parameters."""
    after: np.ndarray
    """By learnt ones that have not seen what its voice said."""
    gain: float
    """How much less the learnt ones are surprised by a voice that they have not heard: nats, on average."""
    low: float
    """The lower bound of that, with :data:`CONFIDENCE`."""

    @property
    def better(self) -> bool:
        """Whether they are, for sure."""
        return self.low > 0


def base(parameters: Logistic) -> str:
    """By which parameters are known again."""
    return digest(parameters.model_dump_json())[:16]


def learn(given: Logistic, cases: Cases, voices: Sequence[str]) -> Learning:
    """Fit parameters to verdicts, near the given ones, and see on others how good they are.

    Args:
        cases: of one row at least; the columns as ``given.names`` has them.
        voices: who judged each. What one voice said is never used to foretell what it says elsewhere.
    """
    fold = np.array([int(digest(voice)[:8], 16) % FOLDS for voice in voices])
    before = given.chances(cases.table)
    after = before.copy()
    for number in np.unique(fold):
        held = fold == number
        rest = Cases(cases.table[~held], cases.right[~held])
        after[held] = adjusted(given, rest).chances(cases.table[held])
    gain, low = _gain(_surprise(before, cases.right) - _surprise(after, cases.right), voices)
    return Learning(_with_bars(adjusted(given, cases), cases, after), before, after, gain, low)


def _surprise(chances: np.ndarray, right: np.ndarray) -> np.ndarray:
    kept = np.clip(chances, 1e-6, 1 - 1e-6)
    found: np.ndarray = -np.log(np.where(right > 0, kept, 1 - kept))
    return found


def _gain(gains: np.ndarray, voices: Sequence[str]) -> tuple[float, float]:
    """The mean over voices, and its lower bound by Student's t."""
    from scipy.stats import t

    _, owner = np.unique(np.array(voices), return_inverse=True)
    by_voice = np.bincount(owner, gains) / np.bincount(owner)
    mean, count = float(by_voice.mean()), len(by_voice)
    if count < 2:
        return mean, -np.inf
    return mean, mean - float(t.ppf(CONFIDENCE, count - 1) * by_voice.std(ddof=1) / np.sqrt(count))


def _with_bars(fitted: Logistic, cases: Cases, unseen: np.ndarray) -> Logistic:
    """Parameters with a bar for each precision.

    None lies below the least sure suggestion that was judged. One may lie below its precision: it was measured here
    that all that are surer are right in that share. Where nothing is sure, it is the precision itself, or what was
    seen to keep it.
    """
    least = float(np.floor(fitted.chances(cases.table).min() * 1e4) / 1e4)
    seen = {wanted: max(wanted, _seen(unseen, cases.right, wanted)) for wanted in WANTED}
    found = {**seen, **dict(bars(unseen, cases.right))}
    return fitted.model_copy(update={"bars": tuple((wanted, max(bar, least)) for wanted, bar in found.items())})


def _seen(chances: np.ndarray, right: np.ndarray, precision: float) -> float:
    """The lowest probability from which on so many cases were right; 0 where none is."""
    order = np.argsort(-chances, kind="stable")
    precise = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    kept = np.flatnonzero(precise >= precision)
    return float(chances[order[kept[-1]]]) if len(kept) else 0.0


def read(tree: resources.Tree) -> Learnt | None:
    """What a knowledge base has learnt; ``None``: nothing.

    Raises:
        ModelError: ``models/learnt.json`` is no such file.
    """
    data = tree.read(FILE)
    if data is None:
        return None
    try:
        return Learnt.model_validate_json(data)
    except ValidationError as error:
        raise ModelError(
            N_("{file} is not what kbuilder learn writes: {error}"),
            N_("Remove {file}; kbuilder learn writes it anew."),
            file=FILE,
            error="; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()),
        ) from None
