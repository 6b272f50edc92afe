"""Status of a run: the content of its `status.json`, parsed once where the file is read.

    status = RunStatus.from_json(read_json(folder.path / "status.json"))
    status.step, status.has_ended, status.is_evaluating, status.scenes.seed
    RunStatus.of_new(spec, FIXED_SCENES).to_json()

Fields that an older file lacks are None, and so are values of another type. Fields of newer files are left out here;
they stay in the file, because `RunFolder.set_status` changes single fields of it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from explorer.spec.run_spec import FIXED_SCENES, EvaluationScenes, RunSpec

ACTIVE = ("queued", "running", "stopping")
ENDED = ("stopped", "finished", "failed", "interrupted")
_LARGEST = 1e15
_ALWAYS_WRITTEN = ("preset", "reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStatus:
    """Progress, place and pace of a run; times are seconds since 1970.

    `status` is one of `ACTIVE` or `ENDED`. `step_s` are seconds per step, `rate` pairs per second, and `tail_s`
    seconds from the last step to the report. `start_evaluation` is JSON: the metrics by form before the first step.
    """

    status: str
    step: int = 0
    steps: int = 0
    created: float | None = None
    queued: float | None = None
    heartbeat: float | None = None
    preset: str | None = None
    reason: str | None = None
    model: str | None = None
    batch_size: int | None = None
    recipe: int | None = None
    started: float | None = None
    finished: float | None = None
    host: str | None = None
    pid: int | None = None
    process_start: float | None = None
    phase: str | None = None
    phase_done: int | None = None
    phase_parts: int | None = None
    evaluating_since: float | None = None
    device: str | None = None
    rate: float | None = None
    step_s: float | None = None
    tail_s: float | None = None
    start_evaluation: Mapping[str, Any] | None = None
    scenes: EvaluationScenes = FIXED_SCENES

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
    def is_active(self) -> bool:
        """Return True if the run waits for its turn or executes."""
        return self.status in ACTIVE

    @property
    def has_ended(self) -> bool:
        """Return True if no process will go on with the run by itself."""
        return self.status in ENDED

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
        found = {name: getattr(self, name) for name in FIELDS}
        known = {name: value for name, value in found.items() if value is not None or name in _ALWAYS_WRITTEN}
        return known | self.scenes.as_status()

    @classmethod
    def from_json(cls, record: Any) -> "RunStatus":
        """Parse the content of a `status.json` of any age.

        Raises:
            ValueError: it is no object, or its status or its steps are of another type.
        """
        if not isinstance(record, Mapping):
            raise ValueError("the status is no object")
        known = {name: record[name] for name in FIELDS if name in record and _is_of_its_type(name, record[name])}
        if wrong := next((name for name in ("status", "step", "steps") if name in record and name not in known), None):
            raise ValueError(f"the {wrong} of the status is of another type")
        return cls(**{"status": "failed", **known}, scenes=EvaluationScenes.of_status(record))


FIELDS = tuple(field.name for field in fields(RunStatus) if field.name != "scenes")
"""Names of the fields in a status.json; those of the evaluation scenes come with `EvaluationScenes.as_status`."""
_TEXTS = ("status", "preset", "reason", "model", "host", "phase", "device")
_WHOLE = ("step", "steps", "batch_size", "recipe", "pid", "phase_done", "phase_parts")


def _is_of_its_type(name: str, value: Any) -> bool:
    if name in _TEXTS:
        return isinstance(value, str)
    if name == "start_evaluation":
        return isinstance(value, Mapping)
    is_number = isinstance(value, int if name in _WHOLE else int | float) and not isinstance(value, bool)
    return is_number and abs(value) < _LARGEST
