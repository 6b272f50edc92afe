"""Contents of the sheet of runs: its table, the dials in which runs differ, their curves and paired differences.

    table_html(search(rows, "salient"), run)        # one row for each run, under COLUMNS; the open one is marked
    difference_html(folders)                        # the dials in which the specs are not all equal
    run_figures(store, run, overlay).loss           # a Drawing, None if there is no such run
    compared(store, run, overlay, "binding_accuracy", "own")      # a Drawing, None if there is no other run

A class that looks at one run reads its records once per step, not once per browser.

A difference is that of two runs at the same steps and on the same scenes, the open run minus the other one. Binding
comes from the snapshots, which keep the embeddings of 48 scenes, so each difference has a paired interval. Recognition
comes from the evaluations on the way, which keep means only, and so does binding without snapshots.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from explorer.evaluation.results import FOLLOWED_FORMS, Estimate, same_forms
from explorer.figures.curves import (
    difference_curves,
    loss_curves,
    share_curves,
)
from explorer.figures.style import Drawing
from explorer.pages.shared.dial_values import plain_name, value_text
from explorer.pages.shared.url_state import values_of
from explorer.pages.workbench.view import rendered
from explorer.runs.store import RunFolder, RunStore
from explorer.service.outcome import report_of
from explorer.service.run_list import RunRow, readable, spec_of
from explorer.spec import DIALS
from explorer.views.runs import METRICS, curve, pairing, short
from explorer.wording import duration, share

COLUMNS = ("Run", "Recipe", "Changed", "Status", "Steps", "Binding", "In its own captions", "Recognition", "Age")
MOST_OVERLAID = 5


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A row for the template; `cells` are those behind the name."""

    run: str
    cells: tuple[str, ...]


def table_html(rows: Sequence[tuple[RunRow, RunFolder]], run: str, *, is_searched: bool = False) -> str:
    """Return the runs as a table with the one of `run` marked as open; a phone shows each row as a card."""
    lines = [_Line(run=row.run, cells=_cells(row, folder)) for row, folder in rows]
    return rendered("runs", rows=lines, run=run, columns=COLUMNS, is_searched=is_searched)


def _cells(row: RunRow, folder: RunFolder) -> tuple[str, ...]:
    """Return the texts behind the name of a run."""
    changes = (f"{plain_name(each.field).lower()} {value_text(each.other)}" for each in row.changed)
    return (
        row.label,
        ", ".join(changes),
        row.status,
        f"{row.step}/{row.steps}",
        _share(row.binding),
        _own(row, folder),
        _share(row.recognition),
        duration(max(0.0, time.time() - row.created)),
    )


def _own(row: RunRow, folder: RunFolder) -> str:
    """Return the share in the run's own captions, or that they are those of another form."""
    if row.own is None:
        return ""
    report = report_of(folder)
    is_same = report is not None and "own" in same_forms(report.scores)
    return "the same captions" if is_same else _share(row.own)


def _share(estimate: Estimate | None) -> str:
    """Format an estimate with its interval; an empty cell without a value."""
    return "" if estimate is None or estimate.value is None else share(estimate, unit=False)


@dataclass(frozen=True, kw_only=True)
class _Dial:
    """A dial for the template, with its value in each run."""

    name: str
    values: tuple[str, ...]


def difference_html(folders: Sequence[RunFolder]) -> str:
    """Return the dials in which the specs of two or more runs differ, as a table; nothing for one run."""
    if len(folders) < 2:
        return ""
    specs = [values_of(spec_of(folder)) for folder in folders]
    names = [name for name in DIALS if any(spec[name] != specs[0][name] for spec in specs)]
    rows = [_Dial(name=plain_name(name), values=tuple(value_text(spec[name]) for spec in specs)) for name in names]
    return rendered("differences", rows=rows, runs=[folder.run for folder in folders])


@dataclass(frozen=True, kw_only=True)
class RunFigures:
    """Drawings of the metrics of a run over its steps."""

    binding: Drawing | None = None
    recognition: Drawing | None = None
    loss: Drawing | None = None


def run_figures(store: RunStore, run: Any, overlay: Sequence[str]) -> RunFigures:
    """Return the curves of a run and of those drawn over it; raise `UserError` if records are damaged."""
    folders = [folder for name in dict.fromkeys([run, *overlay]) if (folder := store.find(name))]
    if store.find(run) is None:
        return RunFigures()
    curves = [curve(folder) for folder in folders]
    with readable(folders[0], "metrics.jsonl"):
        return RunFigures(
            binding=share_curves(curves),
            recognition=share_curves(curves, "recognition_accuracy"),
            loss=loss_curves(curves),
        )


def overlaid(names: Any) -> list[str]:
    """Return the runs that a browser asks to draw over the open one."""
    return [name for name in names if isinstance(name, str)][:MOST_OVERLAID] if isinstance(names, list) else []


def compared(store: RunStore, run: Any, overlay: Sequence[str], metric: Any, form: Any) -> Drawing | None:
    """Return the differences of the open run from the others; None if there is no other.

    An unknown metric or form is the first one.
    """
    folder = store.find(run)
    others = [other for name in dict.fromkeys(overlay) if name != run and (other := store.find(name))]
    if folder is None or not others:
        return None
    metric = metric if metric in METRICS.values() else "binding_accuracy"
    return drawing(folder, others, metric, form if form in FOLLOWED_FORMS else FOLLOWED_FORMS[0])


def drawing(folder: RunFolder, others: Sequence[RunFolder], metric: str, form: str) -> Drawing:
    """Return the differences of one run from others; raise `UserError` if files of a run are damaged."""
    steps = max(spec_of(each).train.steps for each in (folder, *others))
    pairings = [pairing(folder, other, metric, form) for other in others]
    return difference_curves(short(folder.run), pairings, metric=metric, form=form, steps=steps)
