"""Formulas within Markdown: where they stand, what they are written in, and what browsers show of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape as escape_html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


_FORMULA = re.compile(
    r"""
    (?<!\\)\$\$(?P<display>(?:\\.|\$(?!\$)|[^$\\])+?)\$\$
    | (?<![\\$])\$(?!\$)(?P<inline>(?>\\(?:text\w*|mbox)\{[^{}]*\}|\\.|[^$\\])+?)\$(?!\$)
    | (?P<bare>\\begin\{(?P<name>(?:equation|align|alignat|gather|multline|eqnarray)\*?)\}.+?\\end\{(?P=name)\})
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMAND = re.compile(r"\\[A-Za-z]|\\[%,;!{}|]")
_PROSE = re.compile(r"[^\W\d_]{3,},? [^\W\d_]{2,}")
_SIGNS = "-+*/=<>|≤≥≠≈±×·−∈→"
_BARE_SIGN = re.compile(r"[-+*=<>≤≥≠≈±×·−∈→†°]+")
_SYMBOL = re.compile(r"[^\W\d_]|[\d.,]+%?")
_SPACED = re.compile(r"\s*(?:[^\W\d_]|[(\[][\w, ()\[\]]+[)\]]|[^,;:]*[=<>≤≥][^,;:]*)\s*")
_SHORT = re.compile(r"[^\s\"“”`?@#&%](?:[^\"“”`?@#&%]{0,58}[^\s\"“”`?@#&%])?")
_AMOUNT = re.compile(rf"\d[\d.,]*\s[^{_SIGNS}]*")


def formula_at(text: str, position: int) -> re.Match[str] | None:
    """The formula that begins at a character, if one does; money such as ``$5 and $6`` is none."""
    found = _FORMULA.match(text, position)
    if found is None or "\n\n" in found[0]:
        return None
    if found["inline"] is None or _is_formula(
        found["inline"], text[position - 1 : position], text[found.end() :][:4]
    ):
        return found
    return None


def _is_formula(tex: str, before: str, after: str) -> bool:
    """Whether what stands between two dollar signs is mathematics, given the characters beside it.

    TeX's commands decide; without any, it must look neither like an amount, a sentence nor a variable of a shell.
    """
    if re.match(r"[^{]*(?<!\\)\}", tex):
        return False
    if _COMMAND.search(tex) or _BARE_SIGN.fullmatch(tex) or (_SYMBOL.fullmatch(tex) and not after[:1].isdigit()):
        return True
    if _PROSE.search(tex) or re.match(r"[A-Z_]{2}|\{", after):
        return False
    glued = bool(re.match(r"(?!(?:th|s|nd|st|rd)\b)[A-Za-z0-9_]", after))
    if re.search(r"[\^_{}]", tex):
        return not (glued and re.search(r"[\s,(]$", tex))
    if before.isalnum() or glued:
        return False
    return bool(_SPACED.fullmatch(tex)) or (bool(_SHORT.fullmatch(tex)) and not _AMOUNT.fullmatch(tex))


def formulas_in(text: str) -> Iterator[re.Match[str]]:
    """All formulas of a text, in order."""
    position = 0
    while candidate := _FORMULA.search(text, position):
        found = formula_at(text, candidate.start())
        if found:
            yield found
        position = found.end() if found else candidate.start() + 1


def tex_of(formula: re.Match[str]) -> str:
    """What a formula says, without the signs that begin and end it."""
    return (formula["inline"] or formula["display"] or formula["bare"]).strip()


def dollars(formula: re.Match[str]) -> str:
    """A formula as Markdown writes it: verbatim, on one line, always between dollar signs."""
    source = " ".join(formula[0].split())
    return f"$${source}$$" if formula["bare"] else source


_MACRO = re.compile(r"\\(?:re)?newcommand\*?\s*\{?\s*(\\[A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?\s*|\\def\s*(\\[A-Za-z]+)\s*")
_ARGUMENT = re.compile(r"\s*(?:\{((?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.|\{[^{}]*\})*\})*)\}|(\\[A-Za-z]+|[^\s{}\\]))")
_MACRO_ROUNDS = 4
_MACRO_LIMIT = 20_000


def without_macros(markdown: str) -> str:
    """Formulas in which what their writer defined (``\\newcommand``) is written out, so that each stands alone."""
    macros: dict[str, tuple[int, str]] = {}
    parts, position = [], 0
    for formula in formulas_in(markdown):
        bare = _defined(formula[0], macros)
        parts += [markdown[position : formula.start()], "" if bare.strip("$ ") == "" else _expanded(bare, macros)]
        position = formula.end()
    return "".join([*parts, markdown[position:]])


def _defined(tex: str, macros: dict[str, tuple[int, str]]) -> str:
    """A formula without its definitions, which are added to ``macros``: name to number of arguments and text."""
    while found := _MACRO.search(tex):
        body = _ARGUMENT.match(tex, found.end())
        if body is None:
            break
        macros[found[1] or found[3]] = (int(found[2] or 0), body[1] if body[2] is None else body[2])
        tex = tex[: found.start()] + tex[body.end() :]
    return tex


def _expanded(tex: str, macros: dict[str, tuple[int, str]]) -> str:
    for _ in range(_MACRO_ROUNDS):
        before = tex
        for name, (count, body) in macros.items():
            tex = _applied(tex, name, count, body)
        if tex == before or len(tex) > _MACRO_LIMIT:
            break
    return tex


def _applied(tex: str, name: str, count: int, body: str) -> str:
    """Every use of one macro written out."""
    parts, position = [], 0
    for found in re.finditer(re.escape(name) + r"(?![A-Za-z])", tex):
        if found.start() < position:
            continue
        end, filled = found.end(), body
        for number in range(1, count + 1):
            argument = _ARGUMENT.match(tex, end)
            if argument is None:
                return tex
            end = argument.end()
            given = argument[1] if argument[2] is None else argument[2]
            gap = " " if given[:1].isalpha() else ""
            filled = re.sub(rf"(\\[A-Za-z]+)#{number}", rf"\1{gap}#{number}", filled).replace(f"#{number}", given)
        parts += [tex[position : found.start()], f"{{{filled}}}"]
        position = end
    return "".join([*parts, tex[position:]])


_LIKE_ALIGN = re.compile(r"\{(?:eqnarray|aligned|split|gathered|gather|multline)\*?\}")
"""Environments of lines that the converter does not know, but for which it knows another."""
_BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\}"
_WORDS_WITHIN = re.compile(rf"\\(text\w*|mbox)\{{((?:[^{{}}$]|{_BRACED})*+\$(?:[^{{}}]|{_BRACED})*+)\}}")
"""Words within a formula that hold formulas in their turn."""
_ATOMS = re.compile(r"(?<=[A-Za-z)])\d+")
_CHEMISTRY = re.compile(rf"\\require\{{\\?\w+\}}|\\ce({_BRACED})")


def _words_and_formulas(found: re.Match[str]) -> str:
    r"""Words of a formula and the formulas within them, side by side: the converter knows none within words.

    >>> _WORDS_WITHIN.sub(_words_and_formulas, r"\text{if $x>0$ or so}")
    '\\text{if }x>0\\text{ or so}'
    """
    pieces = found[2].split("$")
    if len(pieces) % 2 == 0:
        return found[0]
    return "".join(each if at % 2 else f"\\{found[1]}{{{each}}}" for at, each in enumerate(pieces) if each)


def _chemistry(found: re.Match[str]) -> str:
    r"""What chemists write as upright letters, numbers of atoms below the line; what loads their signs is nothing.

    >>> _CHEMISTRY.sub(_chemistry, r"\require{mhchem}\ce{H2SO4} \ce{^{40}Ca^+}")
    '\\mathrm{H_{2}SO_{4}} \\mathrm{^{40}Ca^+}'
    """
    return "\\mathrm" + _ATOMS.sub(r"_{\g<0>}", found[1]) if found[1] else ""


_UPRIGHT = re.compile(r'<mo(?: stretchy="false")?>(?=&#x0007C;</mo>)')
"""A bar that is a letter to TeX, as in a ket: browsers would set it apart like a sign between two numbers."""
_ROUND = re.compile(r"<mo>(?=&#x00028;</mo>(?!<mtable))|(?<!</mtable>)<mo>(?=&#x00029;</mo>)")
"""A parenthesis of ``\\pmod``, which would grow with what stands before it; those of a matrix have to."""


@lru_cache(maxsize=4096)
def mathml(tex: str, display: bool) -> str:
    """A formula as MathML; as its source where it is not understood."""
    from latex2mathml.converter import convert

    inner = re.sub(r"\\(begin|end)\{equation\*?\}", "", tex)
    inner = _CHEMISTRY.sub(_chemistry, _WORDS_WITHIN.sub(_words_and_formulas, inner))
    inner = _LIKE_ALIGN.sub("{align*}", inner)
    if not inner.strip():
        return ""
    if display and r"\\" in inner and r"\begin" not in inner:  # lines of their own, which browsers do not break
        inner = rf"\begin{{align*}}{inner}\end{{align*}}"
    try:
        made = str(convert(inner, display="block" if display else "inline"))
    except Exception:  # the converter raises whatever its parser stumbles over, RecursionError and IndexError too
        return f'<code class="formula">{escape_html(tex)}</code>'
    return _ROUND.sub('<mo stretchy="false">', _UPRIGHT.sub('<mo stretchy="false" lspace="0" rspace="0">', made))


def tag_names(listed: str) -> frozenset[str]:
    """Names between blanks."""
    return frozenset(listed.split())
