"""A line chart as SVG: readable in light and dark, by a browser or in a document, without a library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kbuilder.cli.language import percent

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 860, 400, 60, 40, 180, 60
_COLOURS = ("#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed", "#475569")
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 3", "12 4")
"""Lines differ by more than colour."""


@dataclass(frozen=True)
class Line:
    """A named line of points ``(x, y)``, with ``y`` a share in [0, 1]."""

    name: str
    points: Sequence[tuple[float, float]]


def plot(title: str, x_label: str, lines: Sequence[Line], marks: Mapping[str, float]) -> str:
    """An SVG with shares from 0 to 100 % over ``x``.

    Args:
        marks: names and places of vertical lines.
    """
    from xml.sax.saxutils import escape  # brings urllib.request along, which no other command needs

    places = [x for line in lines for x, _ in line.points] + [*marks.values()]
    low, high = min([0.0, *places]), max([*places, 1e-9])

    def at(x: float, y: float) -> str:
        right, down = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return f"{_LEFT + right * (x - low) / (high - low):.1f},{_TOP + down * (1 - min(max(y, 0.0), 1.0)):.1f}"

    parts = [f'<text x="{_LEFT}" y="24" font-size="15">{escape(title)}</text>']
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(_line([at(low, share), at(high, share)], "#94a3b8", "", 0.5))
        x, y = at(low, share).split(",")
        parts.append(f'<text x="{float(x) - 8}" y="{float(y) + 4}" text-anchor="end">{percent(share)}</text>')
    for place in _ticks(low, high):
        x, y = at(place, 0).split(",")
        parts.append(f'<text x="{x}" y="{float(y) + 18}" text-anchor="middle">{place:g}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) // 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 24}" text-anchor="middle">{escape(x_label)}</text>')
    for number, line in enumerate(lines):
        style = number % len(_COLOURS)
        parts.append(_line([at(*point) for point in line.points], _COLOURS[style], _DASHES[style], 2))
        beside, down = _WIDTH - _RIGHT + 12, _TOP + 16 * (number + 1)  # where no line runs through the names
        parts.append(_line([f"{beside},{down - 4}", f"{beside + 30},{down - 4}"], _COLOURS[style], _DASHES[style], 2))
        parts.append(f'<text x="{beside + 36}" y="{down}">{escape(line.name)}</text>')
    for number, (name, place) in enumerate(marks.items()):
        parts.append(_line([at(place, 0), at(place, 1)], "#dc2626", "4 4", 1.5))
        x = at(place, 0).split(",")[0]
        parts.append(f'<text x="{float(x) + 4}" y="{_HEIGHT - _BOTTOM - 6 - 14 * number}">{escape(name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img"><title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>'
        + "".join(parts)
        + "</svg>\n"
    )


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from ``low`` to ``high``, some five of them.

    >>> _ticks(0, 113), _ticks(0, 0.51)
    ([0.0, 20.0, 40.0, 60.0, 80.0, 100.0], [0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    """
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((power * each for each in (1, 2, 5, 10)), key=lambda each: abs(each - rough))
    return [round(step * n, 12) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _line(points: Sequence[str], colour: str, dash: str, width: float) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}/>'
