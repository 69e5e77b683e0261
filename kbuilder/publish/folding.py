"""Templates whose texts are translated once, when a template is compiled, and not again for each page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from kbuilder.texts import Translate

_CALL = ["name", "lparen", "string", "rparen"]


class Folding(Extension):
    """Takes ``_("a text")`` for its translation: an environment's global ``_`` never changes."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """A template's tokens, with texts in the place of calls that have nothing but a text."""
        say = cast("Translate", self.environment.globals["_"])
        tokens, at = list(stream), 0
        while at < len(tokens):
            token, call = tokens[at], tokens[at : at + len(_CALL)]
            if token.value == "_" and [each.type for each in call] == _CALL:
                yield Token(token.lineno, "string", say(call[2].value))
                at += len(_CALL)
            else:
                yield token
                at += 1
