"""Points of a curve from the quick evaluations of a run, read from the last position in its file.

    read_curve(folder, batch_size=256)        # (CurvePoint(step=8, ...), ...), the steps rising

A training of 10,000 steps has megabytes of records. About 24 of them hold an evaluation; others are not parsed.
"""

import json
import os
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from explorer.errors import UserError
from explorer.runs.store import RunFolder
from explorer.service.outcome_types import CurvePoint

FORM = "canonical"
_MARK = b'"evaluation"'
_MOST_FILES = 200


@dataclass(kw_only=True, slots=True)
class _Progress:
    """Position in one file; `inode` distinguishes it from a later one of its name."""

    inode: int
    offset: int = 0
    evaluations: list[dict[str, Any]] = field(default_factory=list)


_progress: OrderedDict[Path, _Progress] = OrderedDict()
_lock = Lock()


def read_curve(folder: RunFolder, *, batch_size: int) -> tuple[CurvePoint, ...]:
    """Return the points of the run's evaluations so far; raise `UserError` if its metrics are damaged."""
    path = folder.path / "metrics.jsonl"
    try:
        with _lock:
            evaluations = list(_read_on(path))
        return tuple(curve_point(each["step"], each["evaluation"], batch_size) for each in evaluations)
    except FileNotFoundError:
        return ()
    except (ValueError, LookupError, TypeError, AttributeError):
        raise UserError("run", folder.run, "its metrics.jsonl is damaged") from None


def _read_on(path: Path) -> list[dict[str, Any]]:
    """Return the records of `path` with an evaluation; an incomplete last line is read later."""
    with path.open("rb") as file:
        stat = os.fstat(file.fileno())
        found = _progress.get(path)
        if found is None or found.inode != stat.st_ino or stat.st_size < found.offset:
            found = _Progress(inode=stat.st_ino)
        file.seek(found.offset)
        text = file.read()
    whole = text[: text.rfind(b"\n") + 1]
    found.evaluations += [json.loads(line) for line in whole.split(b"\n") if _MARK in line]
    found.offset += len(whole)
    _progress[path] = found
    _progress.move_to_end(path)
    while len(_progress) > _MOST_FILES:
        _progress.popitem(last=False)
    return found.evaluations


def curve_point(step: int, evaluation: Any, batch_size: int) -> CurvePoint:
    """Return the point of one quick evaluation."""
    binding, recognition = (evaluation[FORM][f"{name}_accuracy"] for name in ("binding", "recognition"))
    return CurvePoint(
        step=int(step),
        pairs=int(step) * batch_size,
        binding=float(binding["value"]),
        low=float(binding["low"]),
        high=float(binding["high"]),
        n=int(binding["n"]),
        recognition=None if recognition["value"] is None else float(recognition["value"]),
    )
