"""What questions are matched against: lexical and dense legs over articles or solved threads."""

from kbuilder.index.entries import Entry
from kbuilder.index.folder import Index, Question, build, open, texts_to_embed  # noqa: A004 - read as index.open

__all__ = ["Entry", "Index", "Question", "build", "open", "texts_to_embed"]
