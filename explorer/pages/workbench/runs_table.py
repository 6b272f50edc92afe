"""Table of runs in the sheet, and the table of the dials in which runs differ.

table_html(search(rows, "salient"), run)   # one row for each run, under COLUMNS; the open one is marked
difference_html(folders)                   # the dials in which the specs are not all equal
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from explorer.evaluation.results import Estimate
from explorer.evaluation.run_report import same_forms
from explorer.figures.style import percent
from explorer.pages.shared.dial_values import duration, plain_name, value_text
from explorer.pages.shared.url_state import values_of
from explorer.pages.workbench.view import rendered
from explorer.runs.store import RunFolder
from explorer.service.outcome import report_of
from explorer.service.run_list import RunRow, spec_of
from explorer.spec.dials import DIALS

COLUMNS = ("Run", "Recipe", "Changed", "Status", "Steps", "Binding", "In its own captions", "Recognition", "Age")


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
    changes = (f"{plain_name(each.field).lower()} {_text(each.other)}" for each in row.changed)
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
    """Format an estimate as percent with its interval."""
    if estimate is None or estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{percent(estimate.value)} ({_bare(estimate.low)} to {_bare(estimate.high)})"


def _bare(share: float) -> str:
    return percent(share).removesuffix(" %")


def _text(value: Any) -> str:
    """Return the value of a dial; the template escapes it."""
    return unescape(value_text(value))


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
    rows = [_Dial(name=plain_name(name), values=tuple(_text(spec[name]) for spec in specs)) for name in names]
    return rendered("differences", rows=rows, runs=[folder.run for folder in folders])
