"""An evaluation as one page: figures, precision against coverage, reliability, and the worst misses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import cycle

import numpy as np
from jinja2 import Environment, FunctionLoader, StrictUndefined

from kbuilder import resources
from kbuilder.evaluation.measures import Answered, Figure, Scored, bins, curve, right
from kbuilder.evaluation.suggesting import Evaluation
from kbuilder.text import squeeze
from kbuilder.texts import Translate, percent

FOLDER = "site/templates/evaluation"
WORST = 25
_LEFT, _TOP, _SIDE = 50.0, 20.0, 260.0
"""Where a chart's square lies within its picture."""
_POINTS = 200
_LONG = 200
_TELLING = 10
"""Questions of one probability that say something on how often it comes true."""
_STROKES = (("#0b6e62", "none"), ("#9a4a06", "8 3"), ("#3b4cc0", "2 2"), ("#a21caf", "10 3 2 3"), ("#334155", "5 5"))
"""Colours and dashes of lines: each is told from the others without its colour."""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    r: float
    count: int


def report(name: str, evaluation: Evaluation, language: str, translate: Translate) -> str:
    """A page of HTML that needs nothing beside itself."""
    scored = evaluation.scored
    return rendered(
        "report.html",
        language,
        translate,
        name=name,
        questions=len(scored),
        share=percent(scored.has.mean(), language) if len(scored) else "–",
        figures=[{"name": key, **_written(figure)} for key, figure in evaluation.figures.items()],
        curve=_points(_curve(scored)),
        dots=_dots(scored),
        misses=[_miss(each, evaluation) for each in misses(evaluation)],
    )


def rendered(template: str, language: str, translate: Translate, **values: object) -> str:
    """A page out of a template of ours, in a language."""
    environment = Environment(
        loader=FunctionLoader(lambda file: resources.read(f"{FOLDER}/{file}").decode()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ticks = [{"x": x(share), "y": y(share), "label": f"{share:.2f}"} for share in (0, 0.25, 0.5, 0.75, 1)]
    return environment.get_template(template).render(
        _=translate,
        language=language,
        ticks=ticks,
        percent=lambda share: percent(share, language),
        **values,
    )


def misses(evaluation: Evaluation) -> list[Answered]:
    """The questions whose first result was wrong, those that were surest first."""
    wrong = [each for each, first in zip(evaluation.run, evaluation.scored.first, strict=True) if not first]
    found = [each for each in wrong if each.results]
    return sorted(found, key=lambda each: (-each.probability, each.id))[:WORST]


def _written(figure: Figure) -> dict[str, str]:
    return {key: "–" if np.isnan(value) else f"{value:.3f}" for key, value in asdict(figure).items()}


def x(share: float) -> float:
    """Where a share lies from left to right in a chart."""
    return round(_LEFT + _SIDE * float(share), 1)


def y(share: float) -> float:
    """Where it lies from top to bottom."""
    return round(_TOP + _SIDE * (1 - float(share)), 1)


def curves(sets: Mapping[str, Scored]) -> str:
    """Precision against coverage and reliability of several sets, as one picture (SVG)."""
    lines = []
    for (name, scored), (colour, dashes) in zip(sets.items(), cycle(_STROKES)):
        told = _points((dot.x, dot.y) for dot in _dots(scored) if dot.count >= _TELLING)
        line = {"name": name, "curve": _points(_curve(scored)), "said": told, "colour": colour, "dashes": dashes}
        lines.append(line)
    return rendered("curves.svg", "en", str, lines=lines).lstrip()


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{across},{down}" for across, down in places)


def _curve(scored: Scored) -> Iterator[tuple[float, float]]:
    precise, passed = curve(scored.first, scored.sure)
    for row in np.unique(np.linspace(0, len(precise) - 1, _POINTS).astype(int)) if len(precise) else ():
        yield x(passed[row]), y(precise[row])


def _dots(scored: Scored) -> list[Dot]:
    found = bins(scored.first, scored.sure)
    most = max(int(found.counts.max()), 1)
    rows = zip(found.said, found.came, found.counts.tolist(), strict=True)
    return [Dot(x(said), y(came), round(3 + 11 * (n / most) ** 0.5, 1), n) for said, came, n in rows if n]


def _miss(each: Answered, evaluation: Evaluation) -> dict[str, str]:
    answers = sorted(right(evaluation.judgments, each.id))
    return {
        "probability": f"{each.probability:.2f}",
        "question": shortened(evaluation.questions[each.id]),
        "found": shortened(evaluation.titles[each.results[0][0]]),
        "right": shortened(" · ".join(evaluation.titles.get(entry, entry) for entry in answers)),
    }


def shortened(text: str) -> str:
    """The beginning of a text, on one line."""
    bare = squeeze(text)
    return bare if len(bare) <= _LONG else bare[:_LONG] + " …"
