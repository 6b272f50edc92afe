"""The folder of a run: its files, and the functions that write them.

    folder.append({"step": 1, "loss": 5.5})  # metrics.jsonl, one line per record
    folder.set_status(status="running", step=1)
    folder.records(since_step=0)             # a torn last line is left out
    folder.request_stop()                    # the executing process stops after the step
    folder.status().has_ended                # status.json, parsed once where the file is read

`status.json` has one writer at a time, the process that holds the claim (see `run_lock`). Others leave requests. The
changes of a status are these, each by the holder of the claim:

    queued -> running                        `claim`, then the executing process
    running -> queued                        a turn on a lent GPU is over
    queued -> stopped                        `request_stop`; a running one is asked to, and then says stopping
    queued -> failed, interrupted            `end_abandoned`, if no process will execute it any more
    running -> finished, stopped, failed, interrupted     the executing process, or `end_abandoned` where that is gone
    stopped, failed, interrupted -> queued   `request_resume`
"""

import hashlib
import hmac
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.clip.names import CONFIG_FILE
from explorer.codec import encode
from explorer.errors import BusyError, DamagedFileError, MissingFileError, UserError
from explorer.evaluation.results import Report, read_report
from explorer.files import cache_by_file_time
from explorer.runs import run_lock
from explorer.runs.file_names import METRICS_FILE, OWNER_FILE, REPORT_FILE, SPEC_FILE, STATUS_FILE, WORLD_FILE
from explorer.runs.files import (
    drop_torn_line,
    parse_json,
    read_json,
    replace_even_if_full,
    replace_file,
    to_json_bytes,
    write_json,
)
from explorer.runs.run_status import CHANGING_FIELDS, NO_PHASE, RunStatus, is_of_tab
from explorer.sentences import key_sentence
from explorer.spec import OWN_WORLD, PROTOCOL_VERSION, RunSpec
from explorer.world.own import read_world
from explorer.world.worlds import keep_world

RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")
_SNAPSHOT_NAME = re.compile(r"(\d{7})\.npz")
READING_ERRORS = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""Errors of reading a file that another program wrote, or that was damaged."""
_UNREADABLE_STATUS = RunStatus(status="failed", reason="its status.json cannot be read")


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run: its files by name, what they hold, and what may be done with it."""

    path: Path

    @property
    def run(self) -> str:
        return self.path.name

    @property
    def model(self) -> Path:
        """Folder of its trained model, as open_clip's local-dir."""
        return self.path / "model"

    @property
    def unfinished_model(self) -> Path:
        """Folder in which a model is written before it replaces the last one."""
        return self.path / ".model"

    @property
    def checkpoint(self) -> Path:
        """Folder of its checkpoint, see `training.checkpoint`."""
        return self.path / "checkpoint"

    @property
    def metrics(self) -> Path:
        """File of its records, a line per step."""
        return self.path / METRICS_FILE

    @property
    def snapshots(self) -> Path:
        """Folder of its snapshots, the features of the inspected scenes."""
        return self.path / "snapshots"

    @property
    def log(self) -> Path:
        """File with all output of the processes that executed or evaluated it."""
        return self.path / "worker.log"

    @property
    def _stop_request(self) -> Path:
        """File that is there while a stop is requested."""
        return self.path / "stop"

    @property
    def has_report(self) -> bool:
        return (self.path / REPORT_FILE).exists()

    @property
    def pairs(self) -> Path:
        """File of its `PairAnswers` to the binding pairs, a line per snapshot."""
        return self.path / "pairs.jsonl"

    @contextmanager
    def reading(self, file: str) -> Iterator[None]:
        """Turn the errors of reading a file of another shape into a `DamagedFileError` that names run and file."""
        try:
            yield
        except UserError:
            raise
        except READING_ERRORS:
            raise self.damaged_error(file) from None

    def damaged_error(self, file: str) -> DamagedFileError:
        """Make the error for a file of the run that cannot be read."""
        wanted = "its {file} cannot be read; delete the run or import it again"
        return DamagedFileError("run", self.run, wanted, longest=80, file=file)

    def spec_record(self) -> dict[str, Any]:
        """Return the object in `spec.json`, of any version and with nothing checked."""
        return read_json(self.path / SPEC_FILE)

    def spec(self) -> RunSpec:
        """Read `spec.json`, without a check of its names and ranges, and the world of one's own that it names."""
        with self.reading(SPEC_FILE):
            spec = _spec_at(os.path.join(self.path, SPEC_FILE))
        self.keep_world(spec)
        return spec

    def keep_world(self, spec: RunSpec) -> None:
        """Give the world of one's own that the spec names to `get_world`; nothing to do for a built-in one.

        Raises:
            DamagedFileError: `world.json` is missing or damaged, or is the document of another world.
        """
        if not OWN_WORLD.fullmatch(spec.data.world):
            return
        try:
            world = _world_at(os.path.join(self.path, WORLD_FILE))
        except (OSError, ValueError):
            raise self.damaged_error(WORLD_FILE) from None
        if world.name != spec.data.world:
            raise self.damaged_error(WORLD_FILE)
        keep_world(world)

    @property
    def is_readable(self) -> bool:
        """True if the spec can be read, without which nothing can be shown of a run."""
        return _succeeds(self.spec)

    @property
    def has_model(self) -> bool:
        return (self.model / CONFIG_FILE).exists()

    def status(self) -> RunStatus:
        """Read `status.json`; a run with a request to stop has the status stopping."""
        try:
            status = _status_at(os.path.join(self.path, STATUS_FILE))
        except FileNotFoundError:
            raise self._missing_error() from None
        except ValueError:
            return _UNREADABLE_STATUS
        return replace(status, status="stopping") if status.status == "running" and self.has_stop_request else status

    def _missing_error(self) -> MissingFileError:
        return MissingFileError("run", self.run, "there is no such run here any more")

    def set_status(self, **changes: Any) -> None:
        """Change fields of `status.json`, for the holder of the claim; the heartbeat is set to now.

        `changes` are fields of `RunStatus` with JSON values, or with a sentence, whose key is written. What else the
        file holds stays as it is.
        """
        replace_file(self.path / STATUS_FILE, self._status_bytes(changes))

    def end(self, status: str, reason: str) -> None:
        """Write the last status of a run that broke off, for the holder of the claim; works on a full disk."""
        self.clear_stop_request()
        changes = {"status": status, "step": len(self._lines()), "reason": reason, "finished": time.time()}
        replace_even_if_full(self.path / STATUS_FILE, self._status_bytes(changes))

    def end_abandoned(self, status: str, reason: str, *, waiting: str = "") -> None:
        """Write the last status of a run that no process executes any more; do nothing for any other.

        `waiting` is the reason for one that still waits for its turn; without it, such a run goes on waiting.
        """
        reasons = {"running": reason, "stopping": reason, "queued": waiting}
        with suppress(MissingFileError):  # it was deleted
            if not reasons.get(self.status().status):
                return
            with run_lock.hold_claim(self.path) as is_held:
                if is_held and (sentence := reasons.get(self.status().status)):
                    self.end(status, sentence)

    def claim(self, who: run_lock.Process) -> bool:
        """Claim a queued run for a process; return False if it does not wait, or another process has it."""
        if not run_lock.take_claim(self.path, who):
            return False
        if self.status().status == "queued":
            return True
        run_lock.release_claim(self.path, who)
        return False

    def _status_bytes(self, changes: Mapping[str, Any]) -> bytes:
        if strange := changes.keys() - set(CHANGING_FIELDS):
            raise TypeError(f"a status has no {min(strange)}")
        path = self.path / STATUS_FILE
        before = read_json(path) if path.exists() else {}
        keyed = {name: key_sentence(each) for name, each in changes.items()}
        return to_json_bytes({**before, **keyed, "heartbeat": time.time()})

    def is_owner(self, owner_key: str) -> bool:
        """Return True if the run was made with `owner_key`; a run without a key has no owner."""
        expected = self.owner().get("sha256")
        # Of a damaged file the text may be one that cannot be compared.
        is_digest = isinstance(expected, str) and expected.isascii()
        return is_digest and hmac.compare_digest(key_digest(owner_key), str(expected))

    def owner(self) -> Mapping[str, Any]:
        """Return the record of its owner, empty if it has none."""
        try:
            return _owner_at(os.path.join(self.path, OWNER_FILE))
        except (OSError, ValueError):
            return {}

    @property
    def has_owner(self) -> bool:
        """True if it was made with a key; runs of the command line have none."""
        return (self.path / OWNER_FILE).exists()

    def set_owner(self, owner_key: str, identity: str = "") -> None:
        """Make the holder of `owner_key` the owner; with an `identity`, that one has the run in the fair order."""
        write_json(
            self.path / OWNER_FILE, {"sha256": key_digest(owner_key)} | ({"person": identity} if identity else {})
        )

    @property
    def has_stop_request(self) -> bool:
        """True if a stop was requested and not taken back."""
        return self._stop_request.exists()

    def clear_stop_request(self) -> None:
        self._stop_request.unlink(missing_ok=True)

    def request_stop(self) -> str:
        """Request a stop and return the new status: a waiting run stops at once, a running one after its step."""
        status = self.status()
        if not status.is_active:
            wanted = "only a waiting or running run can be stopped, its status is {status}"
            raise UserError("run", self.run, wanted, status=status.status)
        try:
            self._stop_request.touch()
        except FileNotFoundError:
            raise self._missing_error() from None
        with run_lock.hold_claim(self.path) as is_held:
            if is_held and self.status().status == "queued":
                self.set_status(status="stopped", finished=time.time(), reason="stopped while it waited for its turn")
                self.clear_stop_request()
        return self.status().status

    def request_resume(self) -> None:
        """Queue an ended run again, to resume from its checkpoint."""
        with run_lock.hold_claim(self.path) as is_held:
            if not is_held:
                raise BusyError("run", self.run, "cannot be resumed, another process executes it now")
            self.check_resumable()
            self.clear_stop_request()
            self.set_status(status="queued", queued=time.time(), finished=None, reason=None, **NO_PHASE)

    def check_resumable(self) -> None:
        """Raise `UserError` if there is no checkpoint to resume from."""
        status = self.status()
        if status.is_active or status.status == "finished":
            wanted = "only an ended, unfinished run can be resumed, its status is {status}"
            raise UserError("run", self.run, wanted, status=status.status)
        begins_anew = status.status == "interrupted" or (status.status == "stopped" and status.step == 0)
        if not (begins_anew or self.checkpoint.is_dir()):
            raise UserError(
                "run", self.run, "has no checkpoint to go on from ({status})", status=status.reason or status.status
            )
        self.check_protocol()

    @property
    def is_resumable(self) -> bool:
        return _succeeds(self.check_resumable)

    def check_protocol(self) -> None:
        """Raise `UserError` if the run began with another protocol version."""
        began = self.spec_record().get("recipe", 1)
        if began != PROTOCOL_VERSION:
            wanted = "was begun by protocol version {began}, training is now version {now}; start a new run"
            raise UserError("run", self.run, wanted, began=began, now=PROTOCOL_VERSION)

    def append(self, record: Mapping[str, Any]) -> None:
        """Add the record of a step to `metrics.jsonl`; a last line that was torn off is dropped before."""
        line = json.dumps(dict(record), allow_nan=False) + "\n"
        with self.metrics.open("a+b") as file:
            drop_torn_line(file)
            file.write(line.encode())

    def records(self, since_step: int = 0) -> Iterator[dict[str, Any]]:
        """Yield the records of steps after `since_step`, in order; only a torn last line is left out."""
        lines = self._lines()
        # Who follows a long run asks for its last records once a second, and the steps only rise: back from the end.
        first = len(lines) if since_step else 0
        while first and since_step and self._record(lines, first)["step"] > since_step:
            first -= 1
        yield from (self._record(lines, number) for number in range(first + 1, len(lines) + 1))

    def _lines(self) -> list[bytes]:
        """Return the complete lines of `metrics.jsonl`, one per step; the status of a broken run can lack the last."""
        return self.metrics.read_bytes().split(b"\n")[:-1] if self.metrics.exists() else []

    def _record(self, lines: list[bytes], number: int) -> dict[str, Any]:
        """Parse line `number`, from 1, of metrics.jsonl."""
        try:
            record: dict[str, Any] = parse_json(lines[number - 1])
            if record["step"] < 0:
                raise ValueError("steps count from 0")
        except (ValueError, TypeError, KeyError):
            raise DamagedFileError("run", self.run, "line {line} of metrics.jsonl is damaged", line=number) from None
        return record

    def drop_after(self, step: int) -> None:
        """Remove the records and snapshots of steps after `step`; a resumed run makes them again."""
        lines = "".join(json.dumps(record) + "\n" for record in self.records() if record["step"] <= step)
        replace_file(self.metrics, lines.encode())
        for later in (each for each in self.snapshot_steps() if each > step):
            self.snapshot_path(later).unlink()

    def snapshot_steps(self) -> tuple[int, ...]:
        """Return the steps with a snapshot, ascending."""
        names = map(_SNAPSHOT_NAME.fullmatch, os.listdir(self.snapshots) if self.snapshots.is_dir() else [])
        return tuple(sorted(int(name[1]) for name in names if name))

    def snapshot_path(self, step: int) -> Path:
        """Return where the features of the inspected scenes are kept after `step` steps; the file may be missing."""
        return self.snapshots / f"{step:07}.npz"

    def report(self) -> Report:
        """Read `report.json`, the last file of a run; raise `UserError` if there is none, or one of another shape."""
        with self._reporting():
            return _report_at(os.path.join(self.path, REPORT_FILE))

    def report_if_any(self) -> Report | None:
        """Return the report; None as long as there is none, and for an imported one of another shape."""
        try:
            return self.report()
        except (OSError, ValueError):
            return None

    def report_json(self) -> dict[str, Any]:
        """Read `report.json` as it is, to hand it on; raise `UserError` if it holds no object."""
        with self.reading(REPORT_FILE), self._reporting():
            return read_json(self.path / REPORT_FILE)

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise UserError(
                "run", self.run, "has no report, its status is {status}", status=self.status().status
            ) from None

    @property
    def awaits_report(self) -> bool:
        """True for a run that a tab has trained and handed over with its model: nobody here has evaluated it."""
        status = self.status()
        is_over = status.status in ("finished", "stopped") and is_of_tab(status.device) and self.model.is_dir()
        return is_over and not self.has_report

    def write_report(self, report: Report) -> None:
        write_json(self.path / REPORT_FILE, encode(report))


def _succeeds(check: Callable[[], object]) -> bool:
    try:
        check()
    except UserError:
        return False
    return True


_status_at = cache_by_file_time(4096)(lambda path: RunStatus.from_json(read_json(path)))
_owner_at = cache_by_file_time(4096)(read_json)
_world_at = cache_by_file_time(64)(read_world)
_spec_at = cache_by_file_time(1000)(lambda path: RunSpec.from_json(read_json(path)))
_report_at = cache_by_file_time(200)(
    lambda path: read_report(read_json(path), name=f"{path.parent.name}/{REPORT_FILE}")
)


def key_digest(key: str) -> str:
    """Return the SHA-256 of a secret key, which itself is not stored."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
