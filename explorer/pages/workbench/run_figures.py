"""Curves of runs for the sheet: binding, recognition and loss of the open run, with others drawn over it.

    figures = run_figures(store, run, overlay)
    figures.loss                            # a Drawing, None if there is no such run

A class that looks at one run reads its records once per step, not once per browser.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explorer.figures.curves import Curve, binding_curves, loss_curves, recognition_curves
from explorer.figures.style import Drawing
from explorer.runs.store import RunFolder, RunStore
from explorer.service.run_list import readable, spec_of

MOST_OVERLAID = 5


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
    with readable(folders[0], "metrics.jsonl"):
        curves = [curve(folder) for folder in folders]
        return RunFigures(
            binding=binding_curves(curves), recognition=recognition_curves(curves), loss=loss_curves(curves)
        )


def curve(folder: RunFolder) -> Curve:
    """Return the records of a run for figures."""
    train, path = spec_of(folder).train, folder.path / "metrics.jsonl"
    stat = path.stat() if path.exists() else None
    records = _records(folder, stat.st_size, stat.st_mtime_ns) if stat else []
    return Curve(name=short(folder.run), records=records, batch_size=train.batch_size, steps=train.steps)


@lru_cache(maxsize=32)
def _records(folder: RunFolder, _size: int, _time: int) -> list[dict[str, Any]]:
    return list(folder.records())


def short(run: str) -> str:
    """Shorten a run's id to four of its twelve digits, for a legend with several runs."""
    return f"{run[:-12]}{run[-4:]}"


def overlaid(names: Any) -> list[str]:
    """Return the runs that a browser asks to draw over the open one."""
    return [name for name in names if isinstance(name, str)][:MOST_OVERLAID] if isinstance(names, list) else []
