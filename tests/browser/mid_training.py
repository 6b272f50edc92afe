"""Runs of a store whose training stands still at a step and goes on when a test says so; no process trains them."""

import json
import time
import zipfile
from pathlib import Path
from typing import Any

from explorer.runs.store import RunFolder, RunStore
from tests.oracles.store import KEY

TRAINED = Path(__file__).parents[1] / "oracles" / "trained.zip"
"""A training of 12 steps, saved at 0, 2, 5, 9 and 12."""


def trained(runs: Path, name: str, **spec: Any) -> RunFolder:
    """A finished run of the holder of `KEY`, with changes of its training."""
    folder = runs / name
    with zipfile.ZipFile(TRAINED) as file:
        file.extractall(folder)
    record = json.loads((folder / "spec.json").read_text())
    record["train"] |= spec
    (folder / "spec.json").write_text(json.dumps(record))
    _status(folder, created=time.time(), heartbeat=time.time())
    found = RunStore(runs).get(name)
    found.give_to(KEY)
    return found


def under_way(runs: Path, name: str, step: int) -> RunFolder:
    """The same, held by a process of another computer that lives, at a step of its training."""
    hidden = runs.parent / f"{name}-whole"
    with zipfile.ZipFile(TRAINED) as file:
        file.extractall(hidden)
    folder = trained(runs.parent / "made", name).path
    (folder / "report.json").unlink()
    for path in sorted((folder / "model").rglob("*"), reverse=True):
        path.unlink()
    (folder / "model").rmdir()
    _until(folder, hidden, step)
    (folder / "claim").write_text(json.dumps({"host": "elsewhere", "pid": 4242, "process_start": time.time() - 60}))
    folder.rename(runs / name)
    return RunStore(runs).get(name)


def goes_on(run: RunFolder, step: int) -> None:
    """Let it train to a later step."""
    _until(run.path, run.path.parent.parent / f"{run.run}-whole", step)


def _until(folder: Path, whole: Path, step: int) -> None:
    for name in ("metrics.jsonl", "pairs.jsonl"):
        lines = (whole / name).read_text().splitlines(keepends=True)
        (folder / name).write_text("".join(line for line in lines if json.loads(line)["step"] <= step))
    for saved in (folder / "snapshots").glob("*"):
        saved.unlink()
    for saved in (whole / "snapshots").iterdir():
        if int(saved.stem) <= step:
            (folder / "snapshots" / saved.name).write_bytes(saved.read_bytes())
    _status(folder, status="running", step=step, phase="training", heartbeat=time.time(), host="elsewhere", pid=4242)


def _status(folder: Path, **changes: Any) -> None:
    record = json.loads((folder / "status.json").read_text()) | changes
    if changes.get("status") == "running":
        record = {name: value for name, value in record.items() if name not in ("finished", "tail_s")}
    beside = folder / ".status"
    beside.write_text(json.dumps(record))
    beside.replace(folder / "status.json")
