"""Runs as a table, and what differs between their specs.

    rows(store, folders)      # one row of text for each run, under COLUMNS
    difference_html([...])    # the fields in which the specs are not all equal

A report is read once: it never changes while its file's time stays the same.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from explorer.pages.address import changed, values_of
from explorer.pages.live import duration
from explorer.pages.values import value_text
from explorer.runs.store import RunFolder
from explorer.spec import DIALS, RunSpec, SpecError

COLUMNS = {
    "Run": "230px",
    "Preset": "160px",
    "Changed": "200px",
    "Status": "100px",
    "Steps": "90px",
    "Binding, canonical": "180px",
    "Binding, own": "180px",
    "Recognition": "190px",
    "Age": "90px",
}
"""The headings of the table, with their widths."""
_OF_ANOTHER_SHAPE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What reading a file raises that another program wrote, or that was damaged."""


def rows(folders: Iterable[RunFolder]) -> list[list[str]]:
    """One row a run; a folder that cannot be read is left out."""
    found = []
    for folder in folders:
        try:
            found.append(_row(folder))
        except (SpecError, OSError, ValueError, KeyError):
            continue
    return found


@contextmanager
def readable(folder: RunFolder, file: str) -> Iterator[None]:
    """Turn what a file of another shape than ours raises inside into a `SpecError` that names the run and the file."""
    try:
        yield
    except SpecError:
        raise
    except _OF_ANOTHER_SHAPE:
        raise SpecError(f"run={folder.run}: its {file} cannot be read; delete the run or bring it anew") from None


def _row(folder: RunFolder) -> list[str]:
    spec, status = spec_of(folder), folder.status()
    return [
        folder.run,
        spec.preset or "",
        ", ".join(f"{name}={value_text(value)}" for name, value in changed(spec).items()),
        status["status"],
        f"{status['step']}/{spec.train.steps}",
        *_shares(folder),
        duration(max(0.0, time.time() - (status.get("created") or status["heartbeat"]))),
    ]


def _shares(folder: RunFolder) -> list[str]:
    """Canonical, own and recognition accuracy; empty where they are not known."""
    try:
        with readable(folder, "report.json"):
            report = report_of(folder) or {}
            own, metrics = (report.get("forms") or {}).get("own") or {}, report.get("metrics") or {}
            found = (metrics.get("binding_accuracy"), own.get("binding_accuracy"), metrics.get("recognition_accuracy"))
            return [_share(estimate) for estimate in found]
    except SpecError:
        return ["", "", ""]


def spec_of(folder: RunFolder) -> RunSpec:
    """The spec of a run; `SpecError` where its file is broken."""
    with readable(folder, "spec.json"):
        return _spec(folder.path)


def is_readable(folder: RunFolder) -> bool:
    """Whether a run has a spec that can be read, without which nothing can be shown of it."""
    try:
        spec_of(folder)
    except SpecError:
        return False
    return True


@lru_cache(maxsize=1000)
def _spec(path: Path) -> RunSpec:
    # It never changes once it is written.
    return RunSpec.from_dict(RunFolder(path).spec_record())


def report_of(folder: RunFolder) -> dict[str, Any] | None:
    """The report of a run, None while there is none."""
    path = folder.path / "report.json"
    try:
        return _report(folder.path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=200)
def _report(path: Path, _time: int) -> dict[str, Any]:
    return RunFolder(path).report()


def _share(estimate: Mapping[str, Any] | None) -> str:
    """An estimate as percent with its interval."""
    if not estimate or estimate["value"] is None:
        return ""
    return f"{estimate['value']:.1%} ({estimate['low']:.1%} to {estimate['high']:.1%})"


def difference_html(folders: Sequence[RunFolder]) -> str:
    """The fields in which the specs of two or more runs differ, as a table."""
    if len(folders) < 2:
        return ""
    specs = [values_of(spec_of(folder)) for folder in folders]
    names = [name for name in DIALS if any(spec[name] != specs[0][name] for spec in specs)]
    if not names:
        return "<p class='quiet'>These runs have the same spec.</p>"
    head = "".join(f"<th>{escape(folder.run)}</th>" for folder in folders)
    lines = "".join(_line(DIALS[name].label, [spec[name] for spec in specs]) for name in names)
    table = f"<table><tr><th>field</th>{head}</tr>{lines}</table>"
    return f"<div class='plain facts'><h3>What differs</h3>{table}</div>"


def _line(label: str, values: Sequence[Any]) -> str:
    cells = "".join(f"<td>{value_text(value)}</td>" for value in values)
    return f"<tr><td>{escape(label)}</td>{cells}</tr>"
