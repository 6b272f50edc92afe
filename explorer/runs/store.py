"""Run folders: what is on disk, and the only ways to write it.

    store = RunStore(Path("runs"))
    folder = store.create(spec)              # runs/<id>/spec.json, status.json
    folder.append({"step": 1, "loss": 5.5})  # metrics.jsonl, one line a record
    folder.set_status(status="running", step=1)
    folder.records(since_step=0)             # a torn last line is left out
    store.find("binding-friendly-0c4f9a12e6b7")

A status or a report is replaced whole (written beside, then renamed), so a reader never sees half of one.
"""

import json
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from platformdirs import user_data_path

from explorer.spec import RunSpec, SpecError

STATUSES = ("queued", "running", "stopping", "stopped", "finished", "failed", "interrupted")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


@dataclass(frozen=True)
class RunFolder:
    """One run on disk."""

    path: Path

    @property
    def run(self) -> str:
        """The run's id, the folder's name."""
        return self.path.name

    @property
    def model(self) -> Path:
        """Where its trained model is, as open_clip's local-dir."""
        return self.path / "model"

    def spec_record(self) -> dict[str, Any]:
        """`spec.json`, as written; `RunSpec.from_dict` reads it."""
        return _read_json(self.path / "spec.json")

    def status(self) -> dict[str, Any]:
        """`status.json`."""
        return _read_json(self.path / "status.json")

    def set_status(self, **changes: Any) -> None:
        """Change fields of `status.json`; the heartbeat is set to now."""
        path = self.path / "status.json"
        before = self.status() if path.exists() else {}
        _write_json(path, before | changes | {"heartbeat": time.time()})

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one line to `metrics.jsonl`."""
        line = json.dumps(dict(record), allow_nan=False) + "\n"
        with (self.path / "metrics.jsonl").open("a+b") as file:
            _drop_torn_line(file)
            file.write(line.encode())

    def records(self, since_step: int = 0) -> Iterator[dict[str, Any]]:
        """The records of steps after `since_step`, in order; a last line that is torn is left out, no other."""
        path = self.path / "metrics.jsonl"
        if not path.exists():
            return
        for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
            try:
                record = json.loads(line)
                is_new = record["step"] > since_step
            except (ValueError, TypeError, KeyError):
                raise SpecError(f"run={self.run}: line {number} of metrics.jsonl is damaged") from None
            if is_new:
                yield record

    def report(self) -> dict[str, Any]:
        """`report.json`, the last file of a run."""
        path = self.path / "report.json"
        if not path.exists():
            raise SpecError(f"run={self.run}: has no report, its status is {self.status().get('status')}")
        return _read_json(path)

    def write_report(self, report: Mapping[str, Any]) -> None:
        """Write `report.json`."""
        _write_json(self.path / "report.json", report)


@dataclass(frozen=True)
class RunStore:
    """All runs under one folder."""

    root: Path

    def create(self, spec: RunSpec) -> RunFolder:
        """A new run folder with `spec.json` and a status of queued."""
        name = f"{spec.preset or 'run'}-{secrets.token_hex(6)}"
        # A spec that somebody brought may have any text as its preset.
        path = self.root / (name if _ID.fullmatch(name) else f"run-{secrets.token_hex(6)}")
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise SpecError(f"runs={self.root}: cannot be written ({error.strerror}); name a folder that can") from None
        _write_json(path / "spec.json", spec.as_dict())
        folder = RunFolder(path)
        folder.set_status(status="queued", step=0, steps=spec.train.steps)
        return folder

    def find(self, run: str) -> RunFolder | None:
        """The run with that id, None where there is none; an id is never a path."""
        if not _ID.fullmatch(run):
            return None
        path = self.root / run
        return RunFolder(path) if (path / "spec.json").exists() else None

    def find_model(self, run: str) -> Path | None:
        """The model folder of a run, for the zoo."""
        folder = self.find(run)
        return folder.model if folder else None


def default_root() -> Path:
    """EXPLORER_RUNS, else `runs` in the platform's folder for user data."""
    return Path(os.environ.get("EXPLORER_RUNS") or user_data_path("clip-binding-explorer") / "runs")


def _drop_torn_line(file: BinaryIO) -> None:
    """Cut off a last line without its end, which a writer that was killed left and no reader counted."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if file.read(1) not in (b"", b"\n"):
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


def _read_json(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def _write_json(path: Path, record: Mapping[str, Any]) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    beside.write_text(json.dumps(dict(record), indent=2, allow_nan=False) + "\n")
    os.replace(beside, path)
