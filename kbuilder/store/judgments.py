"""``models/judged.jsonl``: what editors said of suggestions for questions of the archive, one line each.

No word of a question or an answer is in it: ids, a digest, figures, and who judged when.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from kbuilder import resources
from kbuilder.errors import ConfigError
from kbuilder.records import FORMAT, dumps, loads
from kbuilder.text import N_

FILE = "models/judged.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """An editor's word on the first suggestion for a question of the archive."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    question: str
    """The thread's id."""
    asked: str
    """Digest of the question's words: other words are another question."""
    target: str
    """The thread that was suggested."""
    right: bool
    """Whether it answers the question."""
    model: str
    """Id of the model that the question was read with; ``""``: none."""
    figures: Mapping[str, float]
    """What the probability was made of."""
    editor: str
    time: str
    format: int = FORMAT

    @property
    def case(self) -> tuple[str, str, str]:
        """What was judged, whatever model found it."""
        return self.question, self.asked, self.target


def read(tree: resources.Tree) -> list[Judgment]:
    """All judgments that stand, the oldest first: of the same case the last one counts.

    Raises:
        ConfigError: a line is none. What was judged must not be forgotten, so nothing goes on without it.
    """
    from pydantic import ValidationError

    found: dict[tuple[str, str, str], Judgment] = {}
    for number, line in enumerate((tree.read(FILE) or b"").splitlines(), 1):
        try:
            judgment = loads(Judgment, line)
        except ValidationError:
            raise ConfigError(
                N_("{file}:{line}: not what kbuilder evaluate judge writes"),
                N_("Take the line back with git, or remove it: the question is asked again then."),
                file=FILE,
                line=number,
            ) from None
        found.pop(judgment.case, None)
        found[judgment.case] = judgment
    return [*found.values()]


def added(tree: resources.Tree, judgment: Judgment) -> bytes:
    """The file with one more line."""
    return (tree.read(FILE) or b"") + dumps(judgment) + b"\n"


def without(tree: resources.Tree, threads: Collection[str]) -> bytes | None:
    """The file without what was said of some threads; ``None``: nothing is left."""
    return written(each for each in read(tree) if not {each.question, each.target} & {*threads}) or None


def written(judgments: Iterable[Judgment]) -> bytes:
    """A line for each."""
    return b"".join(dumps(each) + b"\n" for each in judgments)
