"""Status of a run: what its status.json says, and what follows from it.

    status = RunStatus.from_json(files.read_json(folder / "status.json"))
    status.is_active, status.has_ended, status.origin

Fields that an older file lacks are None, and so are values of another type. Fields of newer files are left out here;
they stay in the file, because `RunFolder.set_status` changes single fields of it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any

from pydantic import Field, PlainValidator, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from explorer.codec import Digest, decode, encode
from explorer.errors import UserError
from explorer.evaluation_scenes import DEFAULT_SCENES, EvaluationScenes
from explorer.sentences import read_sentence
from explorer.spec import RunSpec

ACTIVE_STATUSES = ("queued", "running", "stopping")
ENDED_STATUSES = ("stopped", "finished", "failed", "interrupted")
BROWSER_TAB = "browser tab"
"""Beginning of the device of a run that a page trained in its tab and handed over."""


def is_of_tab(device: str | None) -> bool:
    """Return True if a page trained the run of this device."""
    return (device or "").startswith(BROWSER_TAB)


def _none_if_invalid(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Return a value that pydantic reads, None for one of another type, which an older or a strange file may hold."""
    try:
        return read(value)
    except ValidationError:
        return None


def _read_reason(value: Any) -> str | None:
    """Return a reason, a text or the JSON of a sentence; None for anything else."""
    try:
        reason = read_sentence(value)
    except ValueError:
        return None
    return reason if isinstance(reason, str) else None


_NUMBER_RANGE = Field(strict=True, gt=-1e15, lt=1e15)
TextOrNone = Annotated[str | None, WrapValidator(_none_if_invalid)]
IntegerOrNone = Annotated[Annotated[int, _NUMBER_RANGE] | None, WrapValidator(_none_if_invalid)]
FloatOrNone = Annotated[Annotated[float, _NUMBER_RANGE] | None, WrapValidator(_none_if_invalid)]


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedDigest:
    """SHA-256 of all weights behind a saved step, as 64 hex digits."""

    step: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    digest: Digest


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineRecord:
    """The proof of a training in a tab: the version of its engine, and the digests of the saved steps."""

    version: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    digests: Annotated[tuple[SavedDigest, ...], Field(min_length=1, max_length=300)]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStatus:
    """Progress, place and pace of a run; times are seconds since 1970.

    `status` is one of `ACTIVE_STATUSES` or `ENDED_STATUSES`. `step_s` are seconds per step, `rate` pairs per second,
    and `tail_s` seconds from the last step to the report. `start_evaluation` is JSON: the metrics by form before the
    first step. `reason` is a `Sentence` if it has values: `status.json` holds its key, so that a page says it in its
    language, while a zip and files of version 1.0 hold the English. `imported` is when it came as a file, so that
    nobody here saw it train, and `evaluated` when its model was evaluated here after that. `engine` is there for a run
    that a page trained.
    """

    status: str = "failed"
    step: Annotated[int, _NUMBER_RANGE] = 0
    steps: Annotated[int, _NUMBER_RANGE] = 0
    created: FloatOrNone = None
    queued: FloatOrNone = None
    heartbeat: FloatOrNone = None
    preset: TextOrNone = None
    reason: Annotated[str | None, PlainValidator(_read_reason)] = None
    model: TextOrNone = None
    batch_size: IntegerOrNone = None
    protocol: Annotated[IntegerOrNone, Field(alias="recipe")] = None
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
    # Keys of their own, see `to_json`.
    scenes: Annotated[
        EvaluationScenes, PlainValidator(lambda record: EvaluationScenes.of_status(record)), Field(exclude=True)
    ] = DEFAULT_SCENES

    @classmethod
    def of_new(cls, spec: RunSpec, scenes: EvaluationScenes) -> "RunStatus":
        """Make the status of a new run."""
        now = time.time()
        return cls(
            **status_of_spec(spec),
            status="queued",
            created=now,
            queued=now,
            heartbeat=now,
            protocol=spec.protocol,
            scenes=scenes,
        )

    @property
    def origin(self) -> str:
        """Where it was made: "here", "tab" if a page trained it and handed it over, "file" if it came as a file."""
        return "tab" if is_of_tab(self.device) else "file" if self.imported is not None else "here"

    @property
    def is_active(self) -> bool:
        """True if the run waits for its turn or executes."""
        return self.status in ACTIVE_STATUSES

    @property
    def has_ended(self) -> bool:
        """True if no process will go on with the run by itself."""
        return self.status in ENDED_STATUSES

    @property
    def is_executing(self) -> bool:
        """True if a process has the run, also after a request to stop."""
        return self.status in ("running", "stopping")

    @property
    def is_evaluating(self) -> bool:
        """True if the run has made its last step and is evaluated."""
        return self.is_executing and self.phase == "evaluating"

    def to_json(self) -> dict[str, Any]:
        """Convert to the content of a new `status.json`; fields that are None are left out."""
        record = {
            name: value for name, value in encode(self).items() if value is not None or name in ("preset", "reason")
        }
        return record | self.scenes.as_status()

    @classmethod
    def from_json(cls, record: Any) -> "RunStatus":
        """Parse the content of a `status.json` of any age.

        Raises:
            UserError: it is no object, or its status or its steps are of another type.
        """
        if not isinstance(record, Mapping):
            raise UserError("status", record, "give an object")
        return decode(cls, {**record, "scenes": record})


def status_of_spec(spec: RunSpec) -> dict[str, Any]:
    """Return the fields that lists and estimates need of a spec: they read one file of each run."""
    train = spec.train
    return {
        "preset": spec.preset,
        "steps": train.steps,
        "batch_size": train.batch_size,
        "model": train.base_model,
    }


CHANGING_FIELDS = tuple(field.name for field in fields(RunStatus) if field.name not in ("protocol", "scenes"))
"""Names of the fields that may change. Protocol version and evaluation scenes are those with which the run began."""
NO_PHASE = dict.fromkeys(("phase", "phase_done", "phase_parts", "evaluating_since"))
"""Changes of a run that begins or goes on: its last turn may have ended in the middle of an evaluation."""
