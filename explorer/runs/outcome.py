"""Outcome of a run, a shipped model or a recorded training for the Workbench, read from files without torch.

state = outcome_state(store, "web-like-0c4f9a12e6b7")          # or "things-web", or the recording "incomplete"
state.curve[-1].binding, state.bound_at, state.checkpoints[-1].cosines
state.as_dict()                                                # the JSON that the page's scripts take
outcome_state(store, run, compared_with="things-bound").differs

A training of 10,000 steps has megabytes of records. About 24 of them hold an evaluation; others are not parsed, and a
file is read on from the last position.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from explorer.clip.card import FILE as CARD
from explorer.clip.card import PAIRS
from explorer.clip.names import shipped_names
from explorer.codec import decode, encode
from explorer.errors import UserError
from explorer.evaluation import results
from explorer.evaluation.results import Estimate, Metrics, PairAnswers, Report, binding_step, lower_bounds, read_report
from explorer.evaluation.sets import binding_pairs
from explorer.presets import PRESETS
from explorer.resources import ASSETS, CHECKPOINTS
from explorer.runs.files import read_json
from explorer.runs.queue import describe
from explorer.runs.specs import Difference, differences, label, recipe_words
from explorer.runs.store import RunFolder, RunStatus, RunStore, is_of_tab
from explorer.spec import RunSpec
from explorer.world.worlds import WORLDS

RECORDINGS = ASSETS / "recordings"
_MARK = b'"evaluation"'
_MOST_FILES = 200
OTHER_SHAPE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""Errors of reading a file that another program wrote, or that was damaged."""
SHIPPED_HAS_NO_STEPS = "A shipped model comes without the steps of its training; it answers as it ended."
TRAINED_BEFORE = (
    "This run saved no answers on its way, as runs do now: its curve is shown, and its final model answers."
)
NO_MODEL = "This run saved no answers on its way, as runs do now, and no model that could answer: its curve is shown."
Kind = Literal["run", "shipped", "recording"]
FORM = "canonical"
"""Form of the captions of all scores of a state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePoint:
    """A quick evaluation in the canonical form: shares, and the 95 % interval of binding on n scenes."""

    step: int
    pairs: int
    binding: float
    low: float
    high: float
    n: int
    recognition: float | None

    @classmethod
    def of(cls, step: int, evaluation: Any, batch_size: int) -> "CurvePoint":
        """Return the point of a record; raise ValueError, LookupError or TypeError for one of another shape."""
        binding, recognition = (evaluation[FORM][f"{name}_accuracy"] for name in ("binding", "recognition"))
        return cls(
            step=int(step),
            pairs=int(step) * batch_size,
            binding=float(binding["value"]),
            low=float(binding["low"]),
            high=float(binding["high"]),
            n=int(binding["n"]),
            recognition=None if recognition["value"] is None else float(recognition["value"]),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Final:
    """The full evaluation at the end, in the canonical form."""

    binding: Estimate
    recognition: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeState:
    """State of a run, a shipped model or a recording.

    `phase` is waiting, training, evaluating, or None after the end; `phase_done` is its finished share. `place` is 0
    for an active run and 1 for the next in the queue; `eta_s` are the seconds until its end, or, while it waits, until
    its start. `bound_at` is the step at which it binds by the rule of `evaluation.run_report`, `own_bound_at` that in
    captions like its own. `reason` says why a run broke off, `why_no_checkpoints` why none can be replayed.
    """

    name: str
    label: str
    kind: Kind
    status: str
    step: int
    steps: int
    pairs_seen: int
    pairs_per_s: float | None
    eta_s: float | None
    phase: str | None
    phase_done: float | None
    place: int | None
    curve: tuple[CurvePoint, ...]
    bound_at: int | None
    checkpoints: tuple[PairAnswers, ...]
    final: Final | None
    seed: int
    spec: RunSpec
    device: str | None
    seconds: float | None
    reason: str | None = None
    why_no_checkpoints: str | None = None
    own_bound_at: int | None = None
    differs: tuple[Difference, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON; `checkpoints` without the fields that all of them share."""
        checkpoints = encode(self.checkpoints)
        final = encode(self.final)
        plain = {name: getattr(self, name) for name in _PLAIN}
        return plain | {
            "own_bound_at": self.own_bound_at,
            "asked": self.checkpoints[0].asked if self.checkpoints else None,
            "curve": [asdict(point) for point in self.curve],
            "checkpoints": [{name: each[name] for name in each if name != "asked"} for each in checkpoints],
            "final": final,
            "spec": self.spec.as_dict(),
            "differs": None if self.differs is None else [asdict(each) for each in self.differs],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "OutcomeState":
        """Invert `as_dict`; raise ValueError, LookupError or TypeError for a record of another shape."""
        asked = {"asked": record["asked"]}
        final, differs = record["final"], record["differs"]
        return cls(
            **{name: record[name] for name in _PLAIN},
            own_bound_at=record.get("own_bound_at"),  # earlier recordings lack it
            curve=tuple(CurvePoint(**point) for point in record["curve"]),
            checkpoints=tuple(decode(PairAnswers, each | asked) for each in record["checkpoints"]),
            final=final and Final(**{name: Estimate(**final[name]) for name in ("binding", "recognition")}),
            spec=RunSpec.from_dict(record["spec"]),
            differs=None if differs is None else tuple(Difference(**each) for each in differs),
        )


_PLAIN = (
    *("name", "label", "kind", "status", "step", "steps", "pairs_seen", "pairs_per_s", "eta_s", "phase", "phase_done"),
    *("place", "bound_at", "seed", "device", "seconds", "reason", "why_no_checkpoints"),
)
"""Fields that are plain JSON."""


def title(state: OutcomeState) -> str:
    """Return the title of a training: recipe, and seed; a run that a page trained says so."""
    if state.kind != "run":
        return recipe_words(state.spec)
    where = ", trained in a tab" if is_of_tab(state.device) else ""
    return f"{recipe_words(state.spec)}, seed {state.seed}{where}"


@contextmanager
def readable(folder: RunFolder, file: str) -> Iterator[None]:
    """Turn the errors of reading a file of another shape into a `UserError` that names the run and the file."""
    try:
        yield
    except UserError:
        raise
    except OTHER_SHAPE:
        raise UserError(
            "run", folder.run, f"its {file} cannot be read; delete the run or import it again", longest=80
        ) from None


def spec_of(folder: RunFolder) -> RunSpec:
    """Return the spec of a run; `UserError` if its file is broken."""
    with readable(folder, "spec.json"):
        return _spec(folder.path)


def is_readable(folder: RunFolder) -> bool:
    """Return True if the spec can be read, without which nothing can be shown of a run."""
    try:
        spec_of(folder)
    except UserError:
        return False
    return True


@lru_cache(maxsize=1000)
def _spec(path: Path) -> RunSpec:
    # It never changes once it is written.
    return RunSpec.from_dict(RunFolder(path).spec_record())


def outcome_state(store: RunStore, name: Any, *, compared_with: str | None = None) -> OutcomeState:
    """Return the state of the run, shipped model or recording of that name; raise `UserError` for any other.

    A run comes first. With `compared_with`, the name of another, `differs` lists the fields in which their specs
    differ.
    """
    state = _state(store, name)
    if not compared_with:
        return state
    return replace(state, differs=differences(state.spec, _state(store, compared_with).spec))


def _state(store: RunStore, name: Any) -> OutcomeState:
    folder = store.find(name)
    if folder is not None:
        return run_state(store, folder)
    if name in shipped_names():
        return _shipped(name, (CHECKPOINTS / name / CARD).stat().st_mtime_ns)
    if name in recording_names():
        return recording(name)
    raise UserError("run", name, "there is no such run, shipped model or recording here", longest=80)


def run_state(store: RunStore, folder: RunFolder) -> OutcomeState:
    """Return the state of a run; an ended one is cached while its files stay the same."""
    if not folder.status().has_ended:
        return _run(store, folder)
    files = ("status.json", "metrics.jsonl", "pairs.jsonl", "report.json", "model")
    return _ended(store, folder, tuple(_time(folder.path / name) for name in files))


@lru_cache(maxsize=256)
def _ended(store: RunStore, folder: RunFolder, _times: tuple[int, ...]) -> OutcomeState:
    return _run(store, folder)


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _run(store: RunStore, folder: RunFolder) -> OutcomeState:
    try:
        spec = RunSpec.from_dict(folder.spec_record())
    except (OSError, ValueError):
        raise UserError("run", folder.run, "its spec.json cannot be read, so nothing is known of it") from None
    status, told = folder.status(), describe(store, folder)
    points = (*_start(status, spec), *read_curve(folder, batch_size=spec.train.batch_size))
    checkpoints, why = _checkpoints(folder, spec, is_over=status.has_ended and status.step > 0)
    phase, phase_done = _phase(status)
    report = report_of(folder) if status.has_ended else None
    return OutcomeState(
        name=folder.run,
        label=label(spec),
        kind="run",
        status=status.status,
        step=status.step,
        steps=spec.train.steps,
        pairs_seen=status.step * spec.train.batch_size,
        pairs_per_s=status.rate,
        eta_s=told.wait_s if told.place else told.eta_s,
        phase=phase,
        phase_done=phase_done,
        place=told.place,
        curve=points,
        bound_at=_bound_at(points, has_ended=status.has_ended),
        own_bound_at=_own_bound_at(folder, has_ended=status.has_ended),
        checkpoints=checkpoints,
        final=_final(report),
        seed=spec.train.seed,
        spec=spec,
        device=status.device,
        seconds=report.budget.seconds if report and report.budget else None,
        reason=status.reason,
        why_no_checkpoints=why,
    )


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
    with _undamaged(folder):
        return tuple(CurvePoint.of(each["step"], each["evaluation"], batch_size) for each in _evaluations(folder))


def quick_scores(folder: RunFolder) -> dict[int, dict[str, Metrics]]:
    """Return the estimates of each evaluation during the training by step and form, that before the first step too."""
    start = folder.status().start_evaluation
    with _undamaged(folder):
        evaluations = [{"step": 0, "evaluation": start or {}}, *_evaluations(folder)]
        return {int(each["step"]): decode(dict[str, Metrics], each["evaluation"]) for each in evaluations}


def _evaluations(folder: RunFolder) -> list[dict[str, Any]]:
    """Return the records with an evaluation so far; raise as JSON does for damaged ones."""
    try:
        with _lock:
            return list(_read_on(folder.path / "metrics.jsonl"))
    except FileNotFoundError:
        return []


@contextmanager
def _undamaged(folder: RunFolder) -> Iterator[None]:
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError):
        raise UserError("run", folder.run, "its metrics.jsonl is damaged; delete the run or import it again") from None


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


def _start(status: RunStatus, spec: RunSpec) -> tuple[CurvePoint, ...]:
    """Return the evaluation before the first step, which older runs lack."""
    try:
        return (CurvePoint.of(0, status.start_evaluation, spec.train.batch_size),)
    except OTHER_SHAPE:
        return ()


def _bound_at(points: tuple[CurvePoint, ...], *, has_ended: bool) -> int | None:
    """Return the step at which it binds, by the rule of the study.

    The evaluation before the first step does not count.
    """
    return binding_step([(point.step, point.low) for point in points if point.step], has_ended=has_ended)


def _own_bound_at(folder: RunFolder, *, has_ended: bool) -> int | None:
    """Return the step at which it binds in captions like its own, None if it has not or they were not asked."""
    try:
        return binding_step(lower_bounds(_evaluations(folder), "own"), has_ended=has_ended)
    except OTHER_SHAPE:
        return None


def _phase(status: RunStatus) -> tuple[str | None, float | None]:
    """Return (phase, its finished share) of a run."""
    if status.has_ended:
        return None, None
    if status.status == "queued":
        return "waiting", None
    if status.is_evaluating:
        return "evaluating", (status.phase_done or 0) / (status.phase_parts or 1)
    return "training", status.step / status.steps


def report_of(folder: RunFolder) -> Report | None:
    """Return the report of a run, None as long as there is none, and for an imported one of another shape."""
    try:
        return _report(folder.path, (folder.path / "report.json").stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=200)
def _report(path: Path, _time: int) -> Report:
    return RunFolder(path).report()


def _final(report: Report | None) -> Final | None:
    metrics = report.scores.canonical if report else {}
    binding, recognition = (metrics.get(f"{name}_accuracy") for name in ("binding", "recognition"))
    return Final(binding=binding, recognition=recognition) if binding and recognition else None


def _checkpoints(folder: RunFolder, spec: RunSpec, *, is_over: bool) -> tuple[tuple[PairAnswers, ...], str | None]:
    """Return its answers to the current pairs, and the reason if there are none."""
    asked, why = _asked(spec.data.world)
    if asked is None:
        return (), why
    found = results.read(folder.pairs, asked=asked)
    is_whole = len(found) > 1 or any(answers.step == 0 for answers in found)
    if is_whole or not is_over:
        return found, None
    return found, TRAINED_BEFORE if has_model(folder) else NO_MODEL


def has_model(folder: RunFolder) -> bool:
    """Return True if the run has saved a model."""
    return (folder.model / "open_clip_config.json").exists()


@lru_cache(maxsize=8)
def _asked(world: str) -> tuple[str | None, str | None]:
    """Return the digest of the pairs of a world, or the reason why it has none."""
    try:
        return binding_pairs(WORLDS[world]).asked, None
    except KeyError:
        return None, f"The world {world} is not here, so its scenes cannot be drawn."
    except UserError as error:
        return None, str(error)


@lru_cache(maxsize=16)
def _shipped(name: str, _time: int) -> OutcomeState:
    folder = CHECKPOINTS / name
    card = read_json(folder / CARD)
    spec, budget = RunSpec.from_dict(card["spec"]), card["budget"]
    asked, why = _asked(spec.data.world)
    answers = decode(PairAnswers, read_json(folder / PAIRS)) if (folder / PAIRS).exists() else None
    return OutcomeState(
        name=name,
        label=label(spec),
        kind="shipped",
        status="finished",
        step=int(budget["steps"]),
        steps=int(budget["steps"]),
        pairs_seen=int(budget["pairs"]),
        pairs_per_s=None,
        eta_s=None,
        phase=None,
        phase_done=None,
        place=None,
        curve=(),
        bound_at=None,
        checkpoints=(answers,) if answers is not None and answers.asked == asked else (),
        final=_final(read_report(card, name=CARD)),
        seed=int(card["seed"]),
        spec=spec,
        device=card["device"],
        seconds=float(budget["seconds"]),
        why_no_checkpoints=why or SHIPPED_HAS_NO_STEPS,
    )


def recording_names(folder: Path = RECORDINGS) -> tuple[str, ...]:
    """Return the existing recorded trainings in the order of the presets."""
    return tuple(name for name in PRESETS if (folder / f"{name}.json").is_file())


def recording(name: str, folder: Path = RECORDINGS) -> OutcomeState:
    """Return a recorded training; raise `UserError` if its file is of another shape."""
    path = folder / f"{name}.json"
    return _recording(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _recording(path: Path, _time: int) -> OutcomeState:
    try:
        return OutcomeState.from_dict(read_json(path))
    except OTHER_SHAPE:
        raise UserError("recording", path.stem, "its file cannot be read; `ship --recording` writes it again") from None
