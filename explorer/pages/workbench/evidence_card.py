"""What training on the dialed data gave, as HTML: a sentence, a row for each measured point, a chart along each dial.

    measured_html(spec)                       # from the frozen evidence
    measured_html(spec, grid)                 # from another grid

No number here is computed: each is a mean over seeds that a sweep froze, and where the dials stand between two points
both are shown. A chart follows the dial that was moved last; the browser remembers which.
"""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from explorer.figures.style import percent
from explorer.pages.shared.values import value_text
from explorer.pages.workbench.dose_chart import SERIES, chart
from explorer.spec.dials import DIALS
from explorer.spec.run_spec import RunSpec
from explorer.study.grid import Found, Point, Score, along, frozen_grid, is_complete, look_up, value_at

ALONG = ("attribute_density", "caption_completeness", "saliency_bias", "objects_in_image")
"""The dials of the study, each with a chart; the first that has two points is shown before one was moved."""
NOTHING = "<p><b>Nothing is measured yet.</b> Train it yourself: the button above.</p>"
NO_EVIDENCE = "A scorer that reads these captions without the picture gets {share}, so this is no evidence of binding."

# The dial moved last chooses the chart; new values of the component bring new charts.
FOLLOW = """
let chosen = '';
const follow = () => {
  const card = element.querySelector('.measured');
  const dial = chosen || card?.dataset.dial;
  for (const chart of element.querySelectorAll('[data-chart]')) chart.hidden = chart.dataset.chart !== dial;
  for (const tab of element.querySelectorAll('[data-along]')) {
    tab.setAttribute('aria-pressed', String(tab.dataset.along === dial));
  }
};
const choose = (dial) => {
  if (!element.querySelector(`[data-along="${dial}"]`)) return;
  chosen = dial;
  follow();
};
element.addEventListener('click', (event) => {
  const tab = event.target.closest('[data-along]');
  if (tab) choose(tab.dataset.along);
});
document.addEventListener('input', (event) => {
  const block = event.target.closest?.('[id^="dial-"]');
  if (block) choose(block.id.slice('dial-'.length));
});
watch('value', () => requestAnimationFrame(follow));
follow();
"""


def measured_html(spec: RunSpec, grid: Sequence[Point] | None = None) -> str:
    """The card of a spec."""
    return _frozen(RunSpec(data=spec.data, train=spec.train)) if grid is None else _card(spec, grid)


@lru_cache(maxsize=512)
def _frozen(spec: RunSpec) -> str:
    """A class that plays with the same presets asks for the same cards."""
    return _card(spec, frozen_grid())


def _card(spec: RunSpec, grid: Sequence[Point]) -> str:
    found = look_up(spec, grid)
    if found.kind == "nothing":
        return f"<section class='measured' data-kind='nothing'>{_head()}{NOTHING}</section>"
    lines = {dial: along(spec, dial, grid) for dial in ALONG}
    first = found.dial if found.dial in lines else _longest(lines)
    tabs = "".join(
        f"<button type='button' data-along='{dial}' aria-pressed='{str(dial == first).lower()}'>"
        f"{escape(_short(dial))}</button>"
        for dial in ALONG
    )
    charts = "".join(
        f"<div data-chart='{dial}'{'' if dial == first else ' hidden'}>{chart(spec, dial, line)}</div>"
        for dial, line in lines.items()
    )
    return (
        f"<section class='measured' data-kind='{found.kind}' data-dial='{first}'>{_head()}"
        f"<p class='how'>{_sentence(spec, found)}</p>{_table(found)}"
        f"<div class='along' role='group' aria-label='Measured along which dial'><span>Along</span>{tabs}</div>{charts}"
        f"{_small(found)}</section>"
    )


def _head() -> str:
    return "<h2>What training on such data gave</h2>"


def _longest(lines: dict[str, tuple[Point, ...]]) -> str:
    return max(lines, key=lambda dial: len(lines[dial]))


def _short(dial: str) -> str:
    """The last word that tells one dial of the study from another."""
    return {"objects_in_image": "objects"}.get(dial, DIALS[dial].label.lower().split()[-1].replace("bias", "saliency"))


def _sentence(spec: RunSpec, found: Found) -> str:
    """How what is shown belongs to the dials, in words."""
    if found.kind == "measured":
        said = "<b>Measured</b> at these dials."
        untested = found.points[0].not_tested
        return f"{said} {escape(untested.capitalize())}." if untested else said + _resting(spec)
    if found.kind == "between":
        label = escape(DIALS[found.dial or ""].label.lower())
        here = value_text(value_at(spec, found.dial or ""))
        return f"<b>Between measured points</b> of {label}: here {here}, measured on either side."
    there = found.points[0].spec
    parts = [
        f"{escape(DIALS[name].label.lower())} {value_text(value_at(there, name))}"
        f" (here {value_text(value_at(spec, name))})"
        for name in found.differs
    ]
    return f"<b>Not measured.</b> Nearest measured: {', '.join(parts)}."


def _resting(spec: RunSpec) -> str:
    """A word on a dial that does nothing here."""
    if is_complete(spec.data) and spec.data.saliency_bias:
        return " Saliency bias changes nothing while every object is named."
    return ""


def _table(found: Found) -> str:
    """A row for each point, a column for each form."""
    head = "".join(f"<th scope='col'>{words}</th>" for words, _ in SERIES.values())
    rows = "".join(
        f"<tr><th scope='row'>{_row_name(found, point)}</th>"
        + "".join(f"<td>{_cell(point.scores.get(form))}</td>" for form in SERIES)
        + "</tr>"
        for point in found.points
    )
    return (
        "<table><caption>Binding accuracy, mean over seeds; chance 50 %</caption>"
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row_name(found: Found, point: Point) -> str:
    if found.kind == "between" and found.dial:
        return f"{escape(_short(found.dial))} {value_text(value_at(point.spec, found.dial))}"
    return "here" if found.kind == "measured" else "nearest"


def _cell(score: Score | None) -> str:
    """A mean with its interval, marked where it is no evidence."""
    if score is None:
        return "<span class='quiet'>not asked</span>"
    mean = score.mean
    span = "one seed" if mean.low is None else f"{percent(mean.low).removesuffix(' %')} to {percent(mean.high)}"
    said = f"<b>{percent(mean.value)}</b> <small>{span}</small>"
    if score.leak is None:
        return said
    return f"{said} <small class='leak' title='{NO_EVIDENCE.format(share=percent(score.leak))}'>no evidence</small>"


def _small(found: Found) -> str:
    """What a number needs beside it: seeds, interval, budget, device, sweep; and what the forms ask."""
    lines = "".join(f"<li>{_provenance(point)}</li>" for point in found.points)
    leaks = [score.leak for point in found.points for score in point.scores.values() if score.leak is not None]
    warned = f"<p>{NO_EVIDENCE.format(share=percent(max(leaks)))}</p>" if leaks else ""
    return (
        "<details class='how-made'><summary>How this was measured</summary>"
        "<p>Binding accuracy: the share of images nearer to their caption than to the same caption with values"
        " exchanged, fresh scenes. Captions like its own follow the dials; two objects, both named with their color,"
        f" are one set for all.</p>{warned}<ul>{lines}</ul></details>"
    )


def _provenance(point: Point) -> str:
    train = point.spec.train
    return (
        f"Sweep {escape(point.sweep)}, {escape(point.label)}: {point.num_seeds} seeds, {escape(point.interval)};"
        f" {train.steps:,} steps of {train.batch_size:,} pairs, learning rate {train.learning_rate:.3g},"
        f" {escape(point.devices)}."
    )
