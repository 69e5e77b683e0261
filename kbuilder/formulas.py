"""A formula on one line of plain text, for where nothing can draw it: names of windows, feeds, search results."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree as ET

_LOW = dict(zip("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_HIGH = dict(zip("0123456789+-=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_HIGH |= {sign: sign for sign in "†‡*∗⊗⊕′″"}
_OVER = {"^": "\u0302", "~": "\u0303", "¯": "\u0304", "―": "\u0304", "→": "\u20d7", "˙": "\u0307", "¨": "\u0308"}
"""Signs over a letter, as signs that join the letter before them."""
_RELATIONS = frozenset("=<>≤≥≠≈∼≡→⇒↔⇔∈⊂⊆±")

_SCRIPTS = {
    **dict.fromkeys(("msub", "munder"), ("low",)),
    **dict.fromkeys(("msup", "mover"), ("high",)),
    **dict.fromkeys(("msubsup", "munderover"), ("low", "high")),
}
"""What follows the letter itself."""


def linear(mathml: str) -> str:
    """What a formula says, on one line.

    >>> linear("<math><msub><mi>Ψ</mi><mn>0</mn></msub><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac></math>")
    'Ψ₀ = 1/2'
    """
    return " ".join(_said(ET.fromstring(mathml)).split())  # noqa: S314 - our own converter wrote it


def _said(node: ET.Element) -> str:
    name, text = node.tag.rpartition("}")[2], node.text or ""
    parts = [_said(child) for child in node]
    match name:
        case "mfrac":
            return "/".join(map(_grouped, parts))
        case "msqrt" | "mroot":
            degree = "".join(_script(each, _HIGH, "^") for each in parts[1:]) if name == "mroot" else ""
            return f"{degree}√{_grouped(parts[0] if degree else ''.join(parts))}"
        case "mtable" | "mtr":
            return ("; " if name == "mtable" else ", ").join(parts)
        case "mo" if text in _RELATIONS:
            return f" {text} "
        case "mspace":
            return " "
    return _scripted(name, parts) if name in _SCRIPTS else text + "".join(parts)


def _scripted(name: str, parts: list[str]) -> str:
    """A letter with what stands below it, above it or over it."""
    base, *scripts = parts or [""]
    if name == "mover" and len(base) == 1 and scripts and scripts[0] in _OVER:
        return unicodedata.normalize("NFC", base + _OVER[scripts[0]])
    return base + "".join(
        _script(each, _LOW, "_") if side == "low" else _script(each, _HIGH, "^")
        for side, each in zip(_SCRIPTS[name], scripts, strict=False)
    )


def _script(text: str, signs: dict[str, str], mark: str) -> str:
    """A text below or above the line, where there are such letters; else behind a mark."""
    bare = "".join(text.split())
    if all(each in signs for each in bare):
        return "".join(signs[each] for each in bare)
    return mark + (bare if len(bare) == 1 else f"({text.strip()})")


def _grouped(text: str) -> str:
    return text if text.isalnum() else f"({text.strip()})"
