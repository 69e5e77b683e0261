"""Templates whose texts are translated once, when a template is compiled, and not again for each page."""

from __future__ import annotations

from typing import cast

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

from kbuilder.texts import Translate


class Folding(Environment):
    """An environment that takes ``_("a text")`` for its translation: its global ``_`` never changes."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _Texts(cast("Translate", self.globals["_"])).visit(tree)
        return tree


class _Texts(NodeTransformer):
    def __init__(self, say: Translate) -> None:
        self.say = say

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=str() as text)], kwargs=[]):
                return nodes.Const(self.say(text), lineno=node.lineno)
        return node
