"""SVG picture of a sweep's evidence: a row per condition, a panel per form of caption, a dot per seed.

    picture(evidence)       # "<svg ...>", 0 to 100 % in every panel, chance dashed, mean and interval over seeds

The SVG is written directly, because a plotting library would need a browser. Colors work on white and on dark pages.
"""

from collections.abc import Iterable, Sequence
from html import escape

from explorer.evaluation.sweep_evidence import Condition, Evidence, SeedScores

LABELS, PANEL, GAP, ROW, HEAD, FOOT = 250, 170, 46, 22, 44, 54
INK, QUIET, GRID, MEAN, PAPER = "#18181b", "#52525b", "#e4e4e7", "#0b63b5", "#ffffff"
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def picture(evidence: Evidence) -> str:
    """Return the figure as one SVG text with a title and a description."""
    forms, metric = evidence.forms, evidence.metric
    lines = list(_lines(evidence.conditions))
    width = LABELS + len(forms) * (PANEL + GAP) + 8
    height = HEAD + ROW * len(lines) + FOOT
    parts = [f'<rect width="{width}" height="{height}" fill="{PAPER}"/>']
    for number, (heading, condition) in enumerate(lines):
        middle = HEAD + ROW * number + ROW / 2
        parts.append(_label(heading, condition, middle))
    for number, form in enumerate(forms):
        left = LABELS + number * (PANEL + GAP)
        parts += _panel(form, metric, lines, left)
    title = f"{metric.replace('_', ' ').capitalize()} by {evidence.axis}"
    words = f"Ring: a seed. Diamond and bar: mean and {evidence.interval}. Dashed: chance."
    parts.append(text(LABELS, height - 8, words, color=QUIET))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" font-family="system-ui, sans-serif" font-size="12">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(words)}</desc>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _lines(conditions: Iterable[Condition]) -> Iterable[tuple[str | None, Condition | None]]:
    """Return (heading, None) for each series with a name, (None, condition) for each condition."""
    series = ""
    for condition in conditions:
        if condition.series != series:
            series = condition.series
            yield series, None
        yield None, condition


Lines = Sequence[tuple[str | None, Condition | None]]


def _label(heading: str | None, condition: Condition | None, y: float) -> str:
    if condition is None:
        return text(4, y + 4, str(heading), weight="600")
    note = " (not tested)" if condition.not_tested else ""
    return text(16 if condition.series else 4, y + 4, f"{condition.x}{note}")


def _panel(form: str, metric: str, lines: Lines, left: float) -> list[str]:
    """Draw one form: its grid, then each condition's seeds, mean and interval."""
    bottom = HEAD + ROW * len(lines)
    parts = [text(left, 18, f"{form} captions", weight="600")]
    for tick in TICKS:
        x = left + tick * PANEL
        parts.append(line(x, HEAD - 8, x, bottom, GRID))
        parts.append(text(x, bottom + 16, f"{tick:.0%}".replace("%", " %"), color=QUIET, anchor="middle"))
    found = [condition.score(form, metric) if condition else None for _, condition in lines]
    chance = next((score.mean.chance for score in found if score and score.mean.chance is not None), None)
    if chance is not None:
        x = left + chance * PANEL
        parts.append(line(x, HEAD - 8, x, bottom, QUIET, dash="4 3"))
    for number, ((_, condition), score) in enumerate(zip(lines, found, strict=True)):
        y = HEAD + ROW * number + ROW / 2
        if condition is not None:
            parts += _marks(score, condition, left, y)
    return parts


def _marks(score: SeedScores | None, condition: Condition, left: float, y: float) -> list[str]:
    """Draw the mean as a diamond on its interval, seeds as rings below it; text if there is no point."""
    if score is None:
        words = "no form of this kind" if condition.forms else "failed to train"
        return [text(left + 4, y + 4, words, color=QUIET)]
    mean = score.mean
    parts, rings = [], []
    if mean.low is not None and mean.high is not None:
        parts.append(line(left + mean.low * PANEL, y - 3, left + mean.high * PANEL, y - 3, MEAN, width=2.5))
    for point in score.points:
        x = left + (point.estimate.value or 0.0) * PANEL
        rings.append(f'<circle cx="{x:.1f}" cy="{y + 5:.1f}" r="2.6" fill="none" stroke="{INK}"/>')
    x = left + (mean.value or 0.0) * PANEL
    parts.append(f'<path d="M{x - 4.5:.1f} {y - 3:.1f}l4.5 -4.5 4.5 4.5 -4.5 4.5z" fill="{MEAN}"/>')
    return parts + rings


def line(x0: float, y0: float, x1: float, y1: float, color: str, *, dash: str = "", width: float = 1) -> str:
    """Return a straight line of an SVG."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"'
    return f'<line {ends} stroke="{color}" stroke-width="{width}"{dashed}/>'


def text(x: float, y: float, words: str, *, color: str = INK, anchor: str = "start", weight: str = "400") -> str:
    """Return escaped text of an SVG, its baseline at y."""
    look = f'fill="{color}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'
