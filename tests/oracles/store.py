"""A store of runs in every state, under a stopped clock.

    runs = fill_store(Path("runs"))          # the same bytes each time; the folder must not exist
    with stopped_clock():                    # time.time() is CLOCK
        ...

All runs are copies of one that was really trained, `trained.zip`, as "export as zip" of this version wrote it. Only
files are written here and nothing of the product is used, so the store is also a run folder of an earlier version.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

CLOCK = 1_767_225_600.0
"""The first second of 2026 (UTC)."""
KEY = "0123456789abcdef" * 2
"""Key of the owner of all runs that have one."""
STATES = (
    "finished", "another-seed", "running", "evaluating", "stopping", "queued", "fine-tuning-shipped", "failed",
    "stopped", "interrupted", "resumed", "imported", "old-recipe", "torn-record",
    "damaged-record", "damaged-status", "damaged-report", "damaged-spec",
)  # fmt: skip
"""Ids of the runs, the newest first."""
_TRAINED = Path(__file__).with_name("trained.zip")
_STEPS = 12
_UNDER_WAY = {"finished": None, "tail_s": None, "phase_done": None, "phase_parts": None, "evaluating_since": None}


def fill_store(root: Path) -> Path:
    """Write a run of each of `STATES` under `root`, and return it."""
    root.mkdir(parents=True)
    for place, name in enumerate(STATES):
        write_run(root / name, name, created=CLOCK - 600 * (place + 1))
    for path in sorted(root.rglob("*"), reverse=True):
        os.utime(path, (CLOCK, CLOCK))
    return root


@contextmanager
def stopped_clock() -> Iterator[None]:
    """Make `time.time()` return `CLOCK`, which is also the age of every file of the store."""
    with mock.patch("time.time", return_value=CLOCK):
        yield


def write_run(run: Path, name: str, *, created: float) -> None:
    with zipfile.ZipFile(_TRAINED) as trained:
        trained.extractall(run)
    status = {"created": created, "queued": created, "started": created + 5, "finished": created + 25}
    change(run / "status.json", **status, heartbeat=CLOCK, rate=1600.0, step_s=0.02, tail_s=10.0)
    if name != "imported":
        change(run / "status.json", host="elsewhere", pid=4242, process_start=created)
        owner = {"sha256": hashlib.sha256(KEY.encode()).hexdigest()}
        (run / "owner.json").write_text(json.dumps(owner))
    _CHANGES.get(name, lambda run: None)(run)


def change(path: Path, part: str | None = None, **values: Any) -> None:
    """Replace fields of the object in a JSON file, or of the object under its key `part`; None removes one."""
    record = json.loads(path.read_text())
    changed = record[part] if part else record
    changed |= values
    for field in [field for field, value in values.items() if value is None]:
        del changed[field]
    path.write_text(json.dumps(record, indent=2) + "\n")


def _back_to(run: Path, step: int, status: str, **fields: Any) -> None:
    """Turn a finished run into one that has come as far as `step`."""
    for later in ("report.json", "model"):
        shutil.rmtree(run / later) if (run / later).is_dir() else (run / later).unlink()
    for name in ("metrics.jsonl", "pairs.jsonl"):
        lines = (run / name).read_text().splitlines(keepends=True)
        (run / name).write_text("".join(line for line in lines if json.loads(line)["step"] <= step))
    for snapshot in (run / "snapshots").iterdir():
        if int(snapshot.stem) > step:
            snapshot.unlink()
    change(run / "status.json", **_UNDER_WAY | {"status": status, "step": step, "phase": None} | fields)


def hold_run(run: Path, step: int, **fields: Any) -> None:
    """Let a process of another computer hold the run; by its heartbeat it lives."""
    _back_to(run, step, "running", **{"phase": "training"} | fields)
    (run / "claim").write_text(json.dumps({"host": "elsewhere", "pid": 4242, "process_start": CLOCK - 600}))


def _waiting(run: Path) -> None:
    _back_to(run, 0, "queued")
    never = ("started", "host", "pid", "process_start", "device", "rate", "step_s", "start_evaluation")
    change(run / "status.json", **dict.fromkeys(never))
    for name in ("metrics.jsonl", "pairs.jsonl"):
        (run / name).unlink()
    shutil.rmtree(run / "snapshots")


def _fine_tuning(run: Path) -> None:
    _waiting(run)
    change(run / "spec.json", "train", init="things-bound")
    change(run / "status.json", model="things-bound")


def _broken_off(run: Path, status: str, reason: str | None, *, has_checkpoint: bool = True) -> None:
    _back_to(run, 9, status, finished=CLOCK - 30, reason=reason)
    if has_checkpoint:
        (run / "checkpoint").mkdir()
        (run / "checkpoint" / "step.json").write_text('{"step": 9}')


def _stopped(run: Path) -> None:
    report = json.loads((run / "report.json").read_text())
    _broken_off(run, "stopped", "stopped by its owner")
    (run / "report.json").write_text(json.dumps(report | {"status": "stopped", "step": 9}, indent=2))


def _resumed(run: Path) -> None:
    _broken_off(run, "queued", None)
    change(run / "status.json", finished=None, queued=CLOCK - 10)


def _stopping(run: Path) -> None:
    hold_run(run, 5)
    (run / "stop").touch()


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def _damage_record(run: Path) -> None:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    lines[3] = lines[3][: len(lines[3]) // 2]
    (run / "metrics.jsonl").write_text("\n".join(lines) + "\n")


_CHANGES: dict[str, Callable[[Path], object]] = {
    "another-seed": lambda run: change(run / "spec.json", "train", seed=1),
    "running": lambda run: hold_run(run, 5),
    "evaluating": lambda run: hold_run(
        run, _STEPS, phase="evaluating", phase_done=2, phase_parts=6, evaluating_since=CLOCK - 4
    ),
    "stopping": _stopping,
    "queued": _waiting,
    "fine-tuning-shipped": _fine_tuning,
    "failed": lambda run: _broken_off(run, "failed", "the loss is not finite at step 10", has_checkpoint=False),
    "stopped": _stopped,
    "interrupted": lambda run: _broken_off(run, "interrupted", "the computer was turned off"),
    "resumed": _resumed,
    "old-recipe": lambda run: change(run / "spec.json", recipe=1),
    "torn-record": lambda run: _append(run / "metrics.jsonl", '{"step": 13, "loss": 2.3'),
    "damaged-record": _damage_record,
    "damaged-status": lambda run: _append(run / "status.json", "}"),
    "damaged-report": lambda run: (run / "report.json").write_text('{"metrics": []}'),
    "damaged-spec": lambda run: (run / "spec.json").write_text("{"),
}
