"""A question in, existing answers out, or silence."""

from kbuilder.suggest.answering import suggest
from kbuilder.suggest.finding import Results, find, less

__all__ = ["Results", "find", "less", "suggest"]
