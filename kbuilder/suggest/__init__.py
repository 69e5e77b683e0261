"""A question in, existing answers out, or silence."""

from kbuilder.suggest.answering import question_of, suggest, without_slips
from kbuilder.suggest.finding import Results, find, worded

__all__ = ["Results", "find", "question_of", "suggest", "without_slips", "worded"]
