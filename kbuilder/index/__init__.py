"""What questions are matched against: lexical and dense legs over articles or solved threads."""

from kbuilder.index.entries import Entry
from kbuilder.index.folder import FIELDS, FORMAT, Index, Question, build, open, texts_to_embed  # noqa: A004 - read as index.open
from kbuilder.index.learning import Probe, asked_of, learn, probes, taught, tried
from kbuilder.index.spelling import mended

__all__ = [
    "FIELDS",
    "FORMAT",
    "Entry",
    "Index",
    "Probe",
    "Question",
    "asked_of",
    "build",
    "learn",
    "mended",
    "open",
    "probes",
    "taught",
    "texts_to_embed",
    "tried",
]
