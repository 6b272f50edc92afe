"""Results of the fourth edition as records: a line of a file is a training with all its phases, read and appended.

    results = read_results(folder, "map")             # [EngineResult(condition="named 0.5, told 1", seed=40, ...), ...]
    results[0].end("canonical")                       # Score(value=0.98, low=0.96, n=346), at the last evaluation
    results[0].phases[-1].spec.train.batch_size       # 256
    with open_results(folder, "map") as append: ...   # append(result)

In JSON a score is a list of its three numbers, as is a saved step of its two; a record's fields are its other keys.
"""

import fcntl
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field

from explorer.codec import Json, decode, encode
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import binding_step, is_above_level
from explorer.spec import RunSpec

T = TypeVar("T")


class Score(NamedTuple):
    """A share of scenes with the lower end of its 95 % interval, and the number of scenes.

    The engine writes 1 and not 1.0; whole numbers stay so, as a file that is frozen again must be the same.
    """

    value: int | float
    low: int | float
    n: int

    @property
    def is_bound(self) -> bool:
        """True if the interval lies above the level of binding."""
        return is_above_level(self.low)


FormScores = Mapping[str, Score]
"""Scores of a form by name, empty where nothing is asked."""


class SavedStep(NamedTuple):
    """A step whose weights have a digest of 64 hex digits."""

    step: int
    digest: str


class CanonicalPoint(NamedTuple):
    """Scores in canonical captions after a step."""

    step: int
    scores: FormScores


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """Scores after a step, by form."""

    step: int
    forms: Mapping[str, FormScores]

    def binding(self, form: str) -> Score | None:
        """Return binding in a form, None where nothing is asked in it."""
        return self.forms.get(form, {}).get("binding_accuracy")


def binding_scores(curve: Iterable[Evaluation], form: str) -> list[tuple[int, Score]]:
    """Return (step, binding) of the evaluations that ask in a form."""
    return [(each.step, binding) for each in curve if (binding := each.binding(form))]


def bound_pairs(curve: Sequence[Evaluation], batch_size: int) -> dict[str, int | None]:
    """Return the pairs at which a phase was bound in each form, None for one in which it was not, by the usual rule."""
    pairs = {}
    for form in curve[-1].forms:
        lows = [(step, binding.low) for step, binding in binding_scores(curve, form)]
        step = binding_step(lows, has_ended=True) if lows else None
        pairs[form] = None if step is None else step * batch_size
    return pairs


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseResult:
    """A phase of a training: its spec as it was written, and the digest of its weights at each saved step."""

    spec_record: Annotated[Json, Field(alias="spec")]
    digests: tuple[SavedStep, ...]

    @property
    def spec(self) -> RunSpec:
        return RunSpec.from_json(self.spec_record)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedPhase(PhaseResult):
    """A phase with the digest of its final weights, the mean loss of its last tenth, and the seconds of a core."""

    digest: str
    loss: float
    core_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineResult:
    """A training with all its phases, as a frozen row keeps it.

    Attributes:
        condition: Label of the cell.
        key: Of the chain of phases, its scenes and the engine, see `chain_key`.
        digest: Of the final weights.
        pairs: Those of the last phase.
        bound: Pairs of the last phase until it was bound in a form, None for one in which it was not.
        read: Share of training captions in a form, the greatest of all phases.
        curve: Evaluations of the last phase.
        curves_before: Those of each phase before it.
    """

    sweep: str
    condition: str
    seed: int
    key: str
    engine: int
    date: str
    digest: str
    pairs: int
    bound: Mapping[str, int | None]
    read: Mapping[str, float]
    phases: tuple[PhaseResult, ...]
    curve: tuple[Evaluation, ...]
    curves_before: tuple[tuple[CanonicalPoint, ...], ...]

    @property
    def all_pairs(self) -> int:
        """The pairs that all phases have read together."""
        return sum(phase.spec.train.pairs for phase in self.phases)

    @property
    def batch_size(self) -> int:
        """The pairs of a step of the last phase."""
        return self.phases[-1].spec.train.batch_size

    def time(self, form: str) -> float:
        """Return the pairs of the last phase until it was bound in a form, infinity if it was not."""
        pairs = self.bound.get(form)
        return math.inf if pairs is None else float(pairs)

    def start(self, form: str) -> Score | None:
        """Return binding before the last phase, None where nothing is asked in a form."""
        return self.curve[0].binding(form)

    def end(self, form: str) -> Score | None:
        """Return binding at the last evaluation, None where nothing is asked in a form."""
        return self.curve[-1].binding(form)

    def end_share(self, form: str) -> float:
        """Return binding at the last evaluation as a share, 0 where nothing is asked in a form."""
        end = self.end(form)
        return 0.0 if end is None else float(end.value)

    def is_bound_at_end(self, form: str) -> bool:
        """Return True if the interval of the last evaluation in a form lies above the level of binding."""
        end = self.end(form)
        return end is not None and end.is_bound

    def curve_by_pairs(self, form: str) -> list[tuple[int, Score]]:
        """Return (pairs read in the last phase, binding) at each evaluation that asks in a form."""
        batch_size = self.batch_size
        return [(step * batch_size, binding) for step, binding in binding_scores(self.curve, form)]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedResult(EngineResult):
    """A line of a file of results, whose phases tell more than a frozen row keeps."""

    phases: tuple[TrainedPhase, ...]


# ---- Files of results, one a line


def results_file(folder: Path, sweep: str) -> Path:
    return folder / f"{sweep}.jsonl"


def read_results(folder: Path, sweep: str) -> list[TrainedResult]:
    """Return the results of a sweep; see `read_lines`."""
    return read_lines(results_file(folder, sweep), TrainedResult)


def read_lines(path: Path, kind: type[T]) -> list[T]:
    """Return the records of a file, none without the file; a last line that was cut off is left out.

    Raises:
        UserError: A line is no JSON or another record; it names file, line and field.
    """
    if not path.is_file():
        return []
    *lines, _ = path.read_text(encoding="utf-8").split("\n")
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(decode(kind, json.loads(line)))
        except json.JSONDecodeError:
            raise UserError(f"{path.name}[{number}]", NO_VALUE, "this line is no JSON") from None
        except UserError as error:
            raise error.in_field(f"{path.name}[{number}].{error.field}") from None
    return records


@contextmanager
def open_results(folder: Path, sweep: str) -> Iterator[Callable[[object], None]]:
    """Hold the file of a sweep for one process; give a function that appends a record and sees it to the disk.

    Raises:
        UserError: Another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, lock = results_file(folder, sweep), Lock()
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError("out", folder, f"another run of {sweep} is under way there") from None
        file.seek(0)
        whole = file.read()
        file.truncate(whole.rfind(b"\n") + 1)  # what a killed process left of a line

        def append(record: object) -> None:
            with lock:
                file.write((json.dumps(encode(record), separators=(",", ":")) + "\n").encode())
                file.flush()
                os.fsync(file.fileno())

        yield append
