"""Run folders: their files, and the functions that write them.

    store = RunStore(Path("runs"))
    folder = store.create(spec)              # runs/<id>/spec.json, status.json; world.json of a world of one's own
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
    running -> finished, stopped, failed, interrupted     the executing process, or `end_abandoned` where that is gone
    stopped, failed, interrupted -> queued   `request_resume`

Fields that an older file lacks are None, and so are values of another type. Fields of newer files are left out here;
they stay in the file, because `RunFolder.set_status` changes single fields of it.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PlainValidator, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from explorer.codec import decode, encode
from explorer.errors import BusyError, DamagedFileError, MissingFileError, UserError
from explorer.evaluation.results import Report, read_report
from explorer.runs import run_lock
from explorer.runs.files import (
    cache_by_file_time,
    drop_torn_line,
    is_disk_full,
    parse_json,
    read_json,
    replace_even_if_full,
    replace_file,
    sweep_leftovers,
    to_json_bytes,
    write_json,
)
from explorer.sentences import Sentence
from explorer.spec import FIXED_SCENES, OWN_WORLD, PROTOCOL_VERSION, EvaluationScenes, RunSpec
from explorer.world.own import read_world, world_document
from explorer.world.worlds import find_world, keep_world

ACTIVE_STATUSES = ("queued", "running", "stopping")
ENDED_STATUSES = ("stopped", "finished", "failed", "interrupted")
BROWSER_TAB = "browser tab"
"""How the device of a run begins that a page trained in its tab and handed over."""


def is_of_tab(device: str | None) -> bool:
    """Return True if a page trained the run of this device."""
    return (device or "").startswith(BROWSER_TAB)


def _none_if_invalid(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Return a value that pydantic reads, None for one of another type, which an older or a strange file may hold."""
    try:
        return read(value)
    except ValidationError:
        return None


_NUMBER_RANGE = Field(strict=True, gt=-1e15, lt=1e15)
TextOrNone = Annotated[str | None, WrapValidator(_none_if_invalid)]
IntegerOrNone = Annotated[Annotated[int, _NUMBER_RANGE] | None, WrapValidator(_none_if_invalid)]
FloatOrNone = Annotated[Annotated[float, _NUMBER_RANGE] | None, WrapValidator(_none_if_invalid)]


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedDigest:
    """SHA-256 of all weights behind a saved step, as 64 hex digits."""

    step: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineRecord:
    """What a page tells of a training in its tab: the version of its engine, and the digests of the saved steps."""

    version: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    digests: Annotated[tuple[SavedDigest, ...], Field(min_length=1, max_length=300)]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStatus:
    """Progress, place and pace of a run; times are seconds since 1970.

    `status` is one of `ACTIVE_STATUSES` or `ENDED_STATUSES`. `step_s` are seconds per step, `rate` pairs per second,
    and `tail_s` seconds from the last step to the report. `start_evaluation` is JSON: the metrics by form before the
    first step. `imported` is when it came as a file, so that nobody here saw it train, and `evaluated` when its model
    was evaluated here after that. `engine` is there for a run that a page trained.
    """

    status: str = "failed"
    step: Annotated[int, _NUMBER_RANGE] = 0
    steps: Annotated[int, _NUMBER_RANGE] = 0
    created: FloatOrNone = None
    queued: FloatOrNone = None
    heartbeat: FloatOrNone = None
    preset: TextOrNone = None
    reason: TextOrNone = None
    model: TextOrNone = None
    batch_size: IntegerOrNone = None
    recipe: IntegerOrNone = None
    started: FloatOrNone = None
    finished: FloatOrNone = None
    host: TextOrNone = None
    pid: IntegerOrNone = None
    process_start: FloatOrNone = None
    phase: TextOrNone = None
    phase_done: IntegerOrNone = None
    phase_parts: IntegerOrNone = None
    evaluating_since: FloatOrNone = None
    device: TextOrNone = None
    rate: FloatOrNone = None
    step_s: FloatOrNone = None
    tail_s: FloatOrNone = None
    start_evaluation: Annotated[dict[str, Any] | None, WrapValidator(_none_if_invalid)] = None
    imported: FloatOrNone = None
    evaluated: FloatOrNone = None
    engine: Annotated[EngineRecord | None, WrapValidator(_none_if_invalid)] = None
    scenes: Annotated[EvaluationScenes, PlainValidator(lambda record: EvaluationScenes.of_status(record))] = (
        FIXED_SCENES
    )

    @classmethod
    def of_new(cls, spec: RunSpec, scenes: EvaluationScenes) -> "RunStatus":
        """Make the status of a new run, with what lists and estimates need of its spec: they read one file per run."""
        now, train = time.time(), spec.train
        return cls(
            status="queued",
            steps=train.steps,
            created=now,
            queued=now,
            heartbeat=now,
            preset=spec.preset,
            model=train.model if train.init == "scratch" else train.init,
            batch_size=train.batch_size,
            recipe=spec.recipe,
            scenes=scenes,
        )

    @property
    def origin(self) -> str:
        """Return "here", "tab" for a run that a page trained and handed over, "file" for one that came as a file."""
        return "tab" if is_of_tab(self.device) else "file" if self.imported is not None else "here"

    @property
    def is_active(self) -> bool:
        """Return True if the run waits for its turn or executes."""
        return self.status in ACTIVE_STATUSES

    @property
    def has_ended(self) -> bool:
        """Return True if no process will go on with the run by itself."""
        return self.status in ENDED_STATUSES

    @property
    def is_executing(self) -> bool:
        """Return True if a process has the run, also after a request to stop."""
        return self.status in ("running", "stopping")

    @property
    def is_evaluating(self) -> bool:
        """Return True if the run has made its last step and is evaluated."""
        return self.is_executing and self.phase == "evaluating"

    def to_json(self) -> dict[str, Any]:
        """Convert to the content of a new `status.json`; fields that are None are left out."""
        values = {name: encode(getattr(self, name)) for name in STATUS_FIELDS}
        known = {name: value for name, value in values.items() if value is not None or name in ("preset", "reason")}
        return known | self.scenes.as_status()

    @classmethod
    def from_json(cls, record: Any) -> "RunStatus":
        """Parse the content of a `status.json` of any age.

        Raises:
            UserError: it is no object, or its status or its steps are of another type.
        """
        if not isinstance(record, Mapping):
            raise UserError("status", record, "give an object")
        return decode(cls, {**record, "scenes": record})


STATUS_FIELDS = tuple(field.name for field in fields(RunStatus) if field.name != "scenes")
"""Names of the fields in a status.json; those of the evaluation scenes come with `EvaluationScenes.as_status`."""
WORLD_FILE = "world.json"
"""Document of a world of one's own, beside the spec that names its digest."""
_NEW, NEW_FOLDER_S = ".new-", 3600.0
"""How the hidden folder of a new run begins, and the seconds after which nobody makes it any more."""
RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")
_SNAPSHOT_NAME = re.compile(r"(\d{7})\.npz")
READING_ERRORS = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""Errors of reading a file that another program wrote, or that was damaged."""
_UNREADABLE_STATUS = RunStatus(status="failed", reason="its status.json cannot be read")


@dataclass(frozen=True)
class RunFolder:
    """One run on disk."""

    path: Path

    @property
    def run(self) -> str:
        return self.path.name

    @property
    def model(self) -> Path:
        """Folder of its trained model, as open_clip's local-dir."""
        return self.path / "model"

    @property
    def checkpoint(self) -> Path:
        """Folder of its checkpoint, see `training.loop`."""
        return self.path / "checkpoint"

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
        reason = Sentence("file.unreadable", "its {file} cannot be read; delete the run or import it again", file=file)
        return DamagedFileError("run", self.run, reason, longest=80)

    def spec_record(self) -> dict[str, Any]:
        """Read `spec.json` as it is."""
        return read_json(self.path / "spec.json")

    def spec(self) -> RunSpec:
        """Read `spec.json`, without a check of its names and ranges, and the world of one's own that it names."""
        with self.reading("spec.json"):
            spec = _spec_at(os.path.join(self.path, "spec.json"))
        self.keep_world(spec)
        return spec

    def keep_world(self, spec: RunSpec) -> None:
        """Give the world of one's own that the spec names to `find_world`; nothing to do for a built-in one.

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
        """Return True if the spec can be read, without which nothing can be shown of a run."""
        return _succeeds(self.spec)

    @property
    def has_model(self) -> bool:
        return (self.model / "open_clip_config.json").exists()

    def status(self) -> RunStatus:
        """Read `status.json`; a run with a request to stop has the status stopping."""
        try:
            status = _status_at(os.path.join(self.path, "status.json"))
        except FileNotFoundError:
            raise self._missing_error() from None
        except ValueError:
            return _UNREADABLE_STATUS
        return replace(status, status="stopping") if status.status == "running" and self.has_stop_request() else status

    def _missing_error(self) -> MissingFileError:
        return MissingFileError("run", self.run, "there is no such run here any more")

    def set_status(self, **changes: Any) -> None:
        """Change fields of `status.json`, for the holder of the claim; the heartbeat is set to now.

        `changes` are fields of `RunStatus` with JSON values. What else the file holds stays as it is.
        """
        replace_file(self.path / "status.json", self._status_bytes(changes))

    def end(self, status: str, reason: str) -> None:
        """Write the last status of a run that broke off, for the holder of the claim; works on a full disk."""
        self.clear_stop_request()
        changes = {"status": status, "step": len(self._lines()), "reason": reason, "finished": time.time()}
        replace_even_if_full(self.path / "status.json", self._status_bytes(changes))

    def end_abandoned(self, status: str, reason: str, *, waiting: str = "") -> None:
        """Write the last status of a run that no process executes any more; do nothing for any other.

        `waiting` is the reason for one that still waits for its turn; without it, such a run goes on waiting.
        """
        reasons = {"running": reason, "stopping": reason, "queued": waiting}
        with suppress(MissingFileError):  # it was deleted
            if not reasons.get(self.status().status):
                return
            with run_lock.hold_claim(self.path) as mine:
                if mine and (sentence := reasons.get(self.status().status)):
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
        if strange := changes.keys() - set(STATUS_FIELDS):
            raise TypeError(f"a status has no {min(strange)}")
        path = self.path / "status.json"
        before = read_json(path) if path.exists() else {}
        return to_json_bytes({**before, **changes, "heartbeat": time.time()})

    def is_owner(self, key: str) -> bool:
        """Return True if the run was made with `key`; a run without a key has no owner."""
        expected = self.owner().get("sha256")
        # Of a damaged file the text may be one that cannot be compared.
        is_digest = isinstance(expected, str) and expected.isascii()
        return is_digest and hmac.compare_digest(key_digest(key), str(expected))

    def owner(self) -> Mapping[str, Any]:
        """Return the record of its owner, empty if it has none."""
        try:
            return _owner_at(os.path.join(self.path, "owner.json"))
        except (OSError, ValueError):
            return {}

    @property
    def has_owner(self) -> bool:
        """Return True if it was made with a key; runs of the command line have none."""
        return (self.path / "owner.json").exists()

    def set_owner(self, key: str) -> None:
        """Make the holder of `key` the owner, for an imported run."""
        write_json(self.path / "owner.json", {"sha256": key_digest(key)})

    def has_stop_request(self) -> bool:
        """Return True if a stop was requested and not taken back."""
        return (self.path / "stop").exists()

    def clear_stop_request(self) -> None:
        """Take back a request to stop."""
        (self.path / "stop").unlink(missing_ok=True)

    def request_stop(self) -> str:
        """Request a stop and return the new status: a waiting run stops at once, a running one after its step."""
        status = self.status()
        if not status.is_active:
            reason = f"only a waiting or running run can be stopped, its status is {status.status}"
            raise UserError("run", self.run, reason)
        try:
            (self.path / "stop").touch()
        except FileNotFoundError:
            raise self._missing_error() from None
        with run_lock.hold_claim(self.path) as mine:
            if mine and self.status().status == "queued":
                self.set_status(status="stopped", finished=time.time(), reason="stopped while it waited for its turn")
                self.clear_stop_request()
        return self.status().status

    def request_resume(self) -> None:
        """Queue an ended run again, to resume from its checkpoint."""
        with run_lock.hold_claim(self.path) as mine:
            if not mine:
                raise BusyError("run", self.run, "cannot be resumed, another process executes it now")
            self.check_resumable()
            self.clear_stop_request()
            self.set_status(status="queued", queued=time.time(), finished=None, reason=None)

    def check_resumable(self) -> None:
        """Raise `UserError` if there is no checkpoint to resume from."""
        status = self.status()
        if status.is_active or status.status == "finished":
            reason = f"only an ended, unfinished run can be resumed, its status is {status.status}"
            raise UserError("run", self.run, reason)
        untouched = status.status == "interrupted" or (status.status == "stopped" and status.step == 0)
        if not untouched and not self.checkpoint.is_dir():
            raise UserError("run", self.run, f"has no checkpoint to go on from ({status.reason or status.status})")
        self.check_recipe()

    @property
    def is_resumable(self) -> bool:
        return _succeeds(self.check_resumable)

    def check_recipe(self) -> None:
        """Raise `UserError` if the run began with another protocol version."""
        recipe = self.spec_record().get("recipe", 1)
        if recipe != PROTOCOL_VERSION:
            versions = f"was begun by protocol version {recipe}, training is now version {PROTOCOL_VERSION}"
            raise UserError("run", self.run, f"{versions}; start a new run")

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one line to `metrics.jsonl`."""
        line = json.dumps(dict(record), allow_nan=False) + "\n"
        with (self.path / "metrics.jsonl").open("a+b") as file:
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
        path = self.path / "metrics.jsonl"
        return path.read_bytes().split(b"\n")[:-1] if path.exists() else []

    def _record(self, lines: list[bytes], number: int) -> dict[str, Any]:
        """Parse line `number`, from 1, of metrics.jsonl."""
        try:
            record: dict[str, Any] = parse_json(lines[number - 1])
            if record["step"] < 0:
                raise ValueError("steps count from 0")
        except (ValueError, TypeError, KeyError):
            raise DamagedFileError("run", self.run, f"line {number} of metrics.jsonl is damaged") from None
        return record

    def drop_after(self, step: int) -> None:
        """Remove the records and snapshots of steps after `step`; a resumed run makes them again."""
        lines = "".join(json.dumps(record) + "\n" for record in self.records() if record["step"] <= step)
        replace_file(self.path / "metrics.jsonl", lines.encode())
        for later in (each for each in self.snapshot_steps() if each > step):
            self.snapshot_path(later).unlink()

    def snapshot_steps(self) -> tuple[int, ...]:
        """Return the steps with a snapshot, ascending."""
        folder = self.path / "snapshots"
        names = map(_SNAPSHOT_NAME.fullmatch, os.listdir(folder) if folder.is_dir() else [])
        return tuple(sorted(int(name[1]) for name in names if name))

    def snapshot_path(self, step: int) -> Path:
        """Return the file of the snapshot after `step` steps."""
        return self.path / "snapshots" / f"{step:07}.npz"

    def report(self) -> Report:
        """Read `report.json`, the last file of a run; raise `UserError` if there is none, or one of another shape."""
        with self._reporting():
            return _report_at(os.path.join(self.path, "report.json"))

    def report_if_any(self) -> Report | None:
        """Return the report; None as long as there is none, and for an imported one of another shape."""
        try:
            return self.report()
        except (OSError, ValueError):
            return None

    def report_json(self) -> dict[str, Any]:
        """Read `report.json` as it is, to hand it on; raise `UserError` if it holds no object."""
        with self.reading("report.json"), self._reporting():
            return read_json(self.path / "report.json")

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise UserError("run", self.run, f"has no report, its status is {self.status().status}") from None

    @property
    def awaits_report(self) -> bool:
        """True for a run that a tab has trained and handed over with its model: nobody here has evaluated it."""
        status = self.status()
        is_over = status.status in ("finished", "stopped") and is_of_tab(status.device) and self.model.is_dir()
        return is_over and not (self.path / "report.json").exists()

    def write_report(self, report: Report) -> None:
        write_json(self.path / "report.json", encode(report))


@dataclass(frozen=True)
class RunStore:
    """All runs under one folder; errors of a store that is shared with strangers do not reveal its path."""

    root: Path
    is_shared: bool = False

    @property
    def _name(self) -> str:
        return "the server's folder" if self.is_shared else str(self.root)

    def _unusable(self, done: str, error: OSError) -> UserError:
        """Make the error for a folder of runs that cannot be read or written, with a remedy."""
        advice = "" if self.is_shared else "; name a folder that can"
        if is_disk_full(error):
            advice = "; delete runs to make room"
        return UserError("runs", self._name, f"cannot be {done} ({error.strerror or error}){advice}", longest=200)

    def create(
        self,
        spec: RunSpec,
        owner_key: str | None = None,
        *,
        person: str = "",
        claimed: bool = False,
        scenes: EvaluationScenes = FIXED_SCENES,
    ) -> RunFolder:
        """Create a queued run; with `claimed` this process executes it and no supervisor takes it.

        `person` is the identity for fair order if there is no key; `scenes` are the evaluation scenes of the run.
        """
        name = new_id(spec.preset)
        status = RunStatus.of_new(spec, scenes)
        try:
            with self.new_folder() as folder:
                write_json(folder.path / "spec.json", spec.to_json())
                if OWN_WORLD.fullmatch(spec.data.world):
                    (folder.path / WORLD_FILE).write_bytes(world_document(find_world(spec.data.world)))
                write_json(folder.path / "status.json", status.to_json())
                if owner_key is not None:
                    named = {"person": person} if person else {}
                    write_json(folder.path / "owner.json", {"sha256": key_digest(owner_key), **named})
                if claimed:
                    (folder.path / "claim").write_text(json.dumps(asdict(run_lock.Process.here())))
                return self.publish(folder, name)
        except OSError as error:
            raise self._unusable("written", error) from None

    def sweep(self) -> None:
        """Remove the folders of runs that a killed process was making or taking out of a zip."""
        sweep_leftovers(self.root, f"{_NEW}*", older_s=NEW_FOLDER_S)

    @contextmanager
    def new_folder(self) -> Iterator[RunFolder]:
        """Hold a hidden folder for the content of a new run, which is removed unless `publish` renames it."""
        path = self.root / f"{_NEW}{secrets.token_hex(6)}"
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise self._unusable("written", error) from None
        try:
            yield RunFolder(path)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, folder: RunFolder, name: str) -> RunFolder:
        """Rename a built folder to its final name, by which readers find it."""
        final = RunFolder(self.root / name)
        os.rename(folder.path, final.path)
        return final

    def find(self, run: Any) -> RunFolder | None:
        """Return the run with that id, None if there is none; an id is never a path, and only text is an id."""
        if not isinstance(run, str) or not RUN_ID.fullmatch(run):
            return None
        path = self.root / run
        is_whole = (path / "spec.json").exists() and (path / "status.json").exists()
        return RunFolder(path) if is_whole else None

    def get(self, run: str) -> RunFolder:
        """Return the run with that id; raise `UserError` if there is none."""
        if (folder := self.find(run)) is None:
            raise UserError("run", run, f"there is no such run in {self._name}", longest=90)
        return folder

    def all(self) -> list[RunFolder]:
        return [folder for folder, _ in self.statuses()]

    def statuses(self) -> list[tuple[RunFolder, RunStatus]]:
        """Return every run with its status, the newest first.

        Runs without a status or deleted meanwhile are left out.
        """
        try:
            names = os.listdir(self.root)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable("read", error) from None
        statuses = []
        for folder in (RunFolder(self.root / name) for name in names if RUN_ID.fullmatch(name)):
            with suppress(OSError):
                statuses.append((folder, folder.status()))
        return sorted(statuses, key=lambda each: (each[1].created or 0.0, each[0].run), reverse=True)

    def delete(self, run: str) -> None:
        """Remove a run from the disk; an executing one must be stopped first."""
        folder = self.get(run)
        gone = self.root / f".deleted-{secrets.token_hex(6)}"
        try:
            with run_lock.hold_claim(folder.path) as mine:
                if not mine:
                    raise UserError("run", run, "it is running, stop it first")
                os.rename(folder.path, gone)
        except OSError as error:
            # A full disk has no room for a claim, so no process can take the run now; and deletion makes room.
            if not is_disk_full(error) or run_lock.is_claimed(folder.path):
                raise
            os.rename(folder.path, gone)
        shutil.rmtree(gone, ignore_errors=True)

    def find_model(self, run: str) -> Path | None:
        """Return the model folder of a run, for the zoo."""
        return folder.model if (folder := self.find(run)) else None


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
_report_at = cache_by_file_time(200)(lambda path: read_report(read_json(path), name=f"{path.parent.name}/report.json"))


def new_id(preset: str | None) -> str:
    """Return a fresh id that begins with the preset's name, which an imported spec may set to any text."""
    name = f"{preset or 'run'}-{secrets.token_hex(6)}"
    return name if RUN_ID.fullmatch(name) else f"run-{secrets.token_hex(6)}"


def key_digest(key: str) -> str:
    """Return the SHA-256 of a secret key, which itself is not stored."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
