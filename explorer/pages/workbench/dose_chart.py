"""Measured points along one dial as a small SVG, with its legend and the same numbers as a table.

    chart(spec, "saliency_bias", along(spec, "saliency_bias", grid))

The axis of binding is always 0 to 100 %, chance is dashed, the place where the dial stands is a band. Forms differ by
shape and filling besides color. Drawn here rather than by Plotly, so that a moved dial costs no script.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from explorer.figures.style import interval_words, percent
from explorer.pages.shared.values import value_text
from explorer.spec.dials import DIALS
from explorer.spec.run_spec import RunSpec
from explorer.study.grid import Point, Score, value_at

WIDTH, HEIGHT = 420, 136  # px of the drawing, which scales with its place
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 8, 24
SERIES = {"own": ("captions like its own", -4), "canonical": ("two objects, both named", 4)}
"""The forms that are drawn: their words, and how many pixels beside the value they stand."""
CHANCE = 0.5
APART = 30
"""Pixels that the label of a value needs."""


def chart(spec: RunSpec, dial: str, points: Sequence[Point]) -> str:
    """The drawing with its title, legend and table; a sentence where nothing was measured along the dial."""
    label = escape(DIALS[dial].label)
    if not points:
        return f"<p class='quiet empty'>Nothing was measured along {label.lower()} from here.</p>"
    values = [value_at(point.spec, dial) for point in points]
    here = value_at(spec, dial)
    place = _Places(min([*values, here]), max([*values, here]))
    parts = [*_frame(), _band(place.x(here)), *_labels(place, values, here)]
    for form, (_, shift) in SERIES.items():
        scores = [(place.x(value) + shift, point.scores.get(form)) for value, point in zip(values, points, strict=True)]
        parts += _series(form, [(x, score) for x, score in scores if score is not None])
    return (
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{_sentence(dial, values, points, here)}'>"
        f"{''.join(parts)}</svg>{_legend()}"
        f"<details class='twin'><summary>Table of {label.lower()}</summary>{_table(dial, values, points)}</details>"
    )


class _Places:
    """Values of a dial to pixels across; a single value stands in the middle."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._span = low, high - low

    def x(self, value: float) -> float:
        share = (value - self._low) / self._span if self._span else 0.5
        return LEFT + 14 + share * (WIDTH - LEFT - RIGHT - 28)


def _y(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


def _frame() -> Iterator[str]:
    for share, words in ((1.0, "100 %"), (CHANCE, "chance"), (0.0, "0 %")):
        kind = "chance" if share == CHANCE else "rule"
        yield f"<line class='{kind}' x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{_y(share):.1f}' y2='{_y(share):.1f}'/>"
        yield f"<text x='{LEFT - 6}' y='{_y(share) + 4:.1f}' text-anchor='end'>{words}</text>"


def _band(x: float) -> str:
    return f"<rect class='here' x='{x - 13:.1f}' y='{TOP}' width='26' height='{HEIGHT - TOP - BOTTOM}' rx='4'/>"


def _labels(place: _Places, values: Sequence[float], here: float) -> Iterator[str]:
    """The present value in bold, then the measured ones that have room."""
    taken: list[float] = []
    for value in [here, *values]:
        x = place.x(value)
        if all(abs(x - other) >= APART for other in taken):
            weight = " class='now'" if value == here else ""
            yield f"<text{weight} x='{x:.1f}' y='{HEIGHT - 8}' text-anchor='middle'>{value_text(value)}</text>"
            taken.append(x)


def _series(form: str, scores: Sequence[tuple[float, Score]]) -> Iterator[str]:
    """A line through the means, their intervals, a ring for each seed."""
    means = [(x, score.mean.value, score) for x, score in scores if score.mean.value is not None]
    path = " ".join(f"{x:.1f},{_y(value):.1f}" for x, value, _ in means)
    yield f"<polyline class='{form} line' points='{path}'/>"
    for x, value, score in means:
        low, high = score.mean.low, score.mean.high
        if low is not None and high is not None:
            yield f"<line class='{form}' x1='{x:.1f}' x2='{x:.1f}' y1='{_y(low):.1f}' y2='{_y(high):.1f}'/>"
        for _, seed in score.seeds:
            yield f"<circle class='seed' cx='{x:.1f}' cy='{_y(seed):.1f}' r='2'/>"
        yield _mark(form, x, _y(value))


def _mark(form: str, x: float, y: float) -> str:
    if form == "own":
        return f"<circle class='own mark' cx='{x:.1f}' cy='{y:.1f}' r='4.5'/>"
    return f"<path class='canonical mark' d='M{x - 5:.1f} {y:.1f}l5 -5 5 5 -5 5z'/>"


def _legend() -> str:
    marks = "".join(
        f"<span><svg viewBox='0 0 14 14' aria-hidden='true'>{_mark(form, 7, 7)}</svg>{words}</span>"
        for form, (words, _) in SERIES.items()
    )
    return f"<p class='legend'>{marks}<span class='here-key'>where the dial stands</span></p>"


def _sentence(dial: str, values: Sequence[Any], points: Sequence[Point], here: Any) -> str:
    """The drawing in words."""
    parts = []
    for value, point in zip(values, points, strict=True):
        said = [f"{percent(point.scores[form].mean.value)} in {words}" for form, (words, _) in SERIES.items()
                if form in point.scores]  # fmt: skip
        parts.append(f"{value_text(value)}: {', '.join(said)}")
    return escape(
        f"Binding accuracy along {DIALS[dial].label.lower()}. {'; '.join(parts)}. Chance is 50 %. The dial stands at "
        f"{value_text(here)}."
    )


def _table(dial: str, values: Sequence[Any], points: Sequence[Point]) -> str:
    heads = "".join(f"<th scope='col'>{words}</th>" for words, _ in SERIES.values())
    rows = "".join(
        f"<tr><th scope='row'>{value_text(value)}</th>"
        + "".join(f"<td>{_words(point.scores.get(form))}</td>" for form in SERIES)
        + f"<td>{point.pairs:,}</td></tr>"
        for value, point in zip(values, points, strict=True)
    )
    head = f"<tr><th scope='col'>{escape(DIALS[dial].label)}</th>{heads}<th scope='col'>pairs</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _words(score: Score | None) -> str:
    """The mean over seeds with interval, then each seed."""
    if score is None:
        return "not asked"
    return f"{interval_words(score.mean)}; seeds {', '.join(percent(value) for _, value in score.seeds)}"
