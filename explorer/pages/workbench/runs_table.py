"""Table of runs, and the differences between their specs.

    table = runs_view()                        # inside gr.Blocks; a click on a row triggers select with {"run"}
    table_html(rows(folders), run)             # its value: one row for each run, under COLUMNS; the open one is marked
    difference_html([...])                     # the fields in which the specs are not all equal

A report is cached: it never changes while its file's time stays the same.
"""

import time
from collections.abc import Iterable, Sequence
from html import escape, unescape
from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.evaluation.duplicate_forms import same_forms, same_words
from explorer.evaluation.results import Estimate
from explorer.pages.shared.url_state import changed, values_of
from explorer.pages.shared.values import duration, value_text
from explorer.runs.store import RunFolder
from explorer.service.outcome import report_of
from explorer.service.run_list import is_readable as is_readable
from explorer.service.run_list import readable as readable
from explorer.service.run_list import spec_of as spec_of
from explorer.spec.dials import DIALS

COLUMNS = ("Run", "Preset", "Changed", "Status", "Steps", "Binding, canonical", "Binding, own", "Recognition", "Age")


def short(run: str) -> str:
    """Shorten a run's id to four of its twelve digits, for a legend with several runs."""
    return f"{run[:-12]}{run[-4:]}"


# The table is sent whole when a run comes or ends. Its box stays, and so does where it is scrolled to; the button that
# had the focus is another one then, or stands in the row of another run.
_CHOOSE = """
let focused = null;
element.addEventListener('focusin', (event) => { focused = event.target.dataset.run || null; });
document.addEventListener('pointerdown', (event) => { if (!element.contains(event.target)) focused = null; });
new MutationObserver(() => {
  const active = document.activeElement;
  if (!focused || active.dataset.run === focused || (active !== document.body && !element.contains(active))) return;
  const again = [...element.querySelectorAll('button')].find((button) => button.dataset.run === focused);
  if (again) again.focus({preventScroll: true});
}).observe(element, {childList: true, subtree: true, attributeFilter: ['data-run']});
element.addEventListener('click', (event) => {
  const row = event.target.closest('tr[data-run]');
  if (row && !window.getSelection().toString()) trigger('select', {run: row.dataset.run});
});
"""


def runs_view(elem_id: str = "runs") -> gr.HTML:
    """Build the component of the table, empty."""
    return gr.HTML("", elem_id=elem_id, js_on_load=_CHOOSE)


def table_html(found: Sequence[Sequence[str]], run: str, *, searched: bool = False) -> str:
    """Return rows as a table, with the one of `run` marked as open; a phone shows each row as a card."""
    if not found:
        if searched:
            return "<p class='quiet'>No run holds these words.</p>"
        return "<p class='quiet no-run'>No run yet: press Start training.</p>"
    head = "".join(f"<th scope='col'>{name}</th>" for name in COLUMNS)
    body = "".join(_tr(row, run) for row in found)
    return f"<table class='runs'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _tr(row: Sequence[str], run: str) -> str:
    name = escape(row[0])
    is_open = " aria-current='true'" if row[0] == run else ""
    cells = "".join(
        f"<td data-label='{label}'>{escape(cell)}</td>" for label, cell in zip(COLUMNS[1:], row[1:], strict=True)
    )
    button = f"<button type='button' data-run='{name}'>{name}</button>"
    return f"<tr data-run='{name}'{is_open}><th scope='row'>{button}</th>{cells}</tr>"


def rows(folders: Iterable[RunFolder]) -> list[list[str]]:
    """Return one row per run; an unreadable folder is left out."""
    found = []
    for folder in folders:
        try:
            found.append(_row(folder))
        except (UserError, OSError, ValueError, KeyError):
            continue
    return found


def _row(folder: RunFolder) -> list[str]:
    spec, status = spec_of(folder), folder.status()
    return [
        folder.run,
        spec.preset or "",
        unescape(", ".join(f"{name}={value_text(value)}" for name, value in changed(spec).items())),
        status["status"],
        f"{status['step']}/{spec.train.steps}",
        *_shares(folder),
        duration(max(0.0, time.time() - (status.get("created") or status["heartbeat"]))),
    ]


def _shares(folder: RunFolder) -> list[str]:
    """Return canonical, own and recognition accuracy; empty if they are not known."""
    report = report_of(folder)
    if report is None:
        return ["", "", ""]
    metrics, forms = report.scores.canonical, report.scores.of("own")
    found = (metrics.get("binding_accuracy"), forms.get("binding_accuracy"), metrics.get("recognition_accuracy"))
    canonical, own, recognition = (_share(estimate) for estimate in found)
    same = same_forms(report.scores).get("own")
    return [canonical, same_words(same) if same else own, recognition]


def _share(estimate: Estimate | None) -> str:
    """Format an estimate as percent with its interval."""
    if estimate is None or estimate.value is None:
        return ""
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"


def difference_html(folders: Sequence[RunFolder]) -> str:
    """Return the fields in which the specs of two or more runs differ, as a table."""
    if len(folders) < 2:
        return ""
    specs = [values_of(spec_of(folder)) for folder in folders]
    names = [name for name in DIALS if any(spec[name] != specs[0][name] for spec in specs)]
    if not names:
        same = ", ".join(escape(folder.run) for folder in folders)
        return f"<p class='quiet'>These runs have the same spec: {same}.</p>"
    head = "".join(f"<th>{escape(folder.run)}</th>" for folder in folders)
    lines = "".join(_line(DIALS[name].label, [spec[name] for spec in specs]) for name in names)
    table = f"<table><tr><th>field</th>{head}</tr>{lines}</table>"
    return f"<div class='plain facts'><h3>What differs</h3>{table}</div>"


def _line(label: str, values: Sequence[Any]) -> str:
    cells = "".join(f"<td>{value_text(value)}</td>" for value in values)
    return f"<tr><td>{escape(label)}</td>{cells}</tr>"
