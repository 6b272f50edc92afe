"""State of a run, a shipped model or a recorded training, read from files without torch.

run = read_run(store, "web-like-0c4f9a12e6b7")          # or "things-web", or the recording "incomplete"
run.curve[-1].binding, run.bound_at, run.answers[-1].cosines
encode(run)                                             # the JSON that a page takes
read_run(store, name, compared_with="things-bound").differs
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer

from explorer.clip.card import CARD_FILE, PAIRS_FILE
from explorer.clip.names import shipped_names
from explorer.codec import decode, encode
from explorer.errors import UserError
from explorer.evaluation import pair_answers
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.pair_answers import PairAnswers
from explorer.evaluation.results import Estimate, Metrics, Report, SpecJson, binding_step, lower_bounds, read_report
from explorer.files import cache_by_file_time
from explorer.presets import PRESETS
from explorer.resources import ASSETS, SHIPPED_FOLDER
from explorer.runs.file_names import METRICS_FILE
from explorer.runs.files import parse_json, read_json
from explorer.runs.folder import READING_ERRORS, RunFolder
from explorer.runs.queue import describe_run
from explorer.runs.run_status import EngineRecord, RunStatus
from explorer.runs.specs import Difference, differences
from explorer.runs.store import RunStore
from explorer.runs.titles import recipe_title, run_title
from explorer.spec import RunSpec
from explorer.world.things import World
from explorer.world.worlds import get_world

RECORDINGS = ASSETS / "recordings"
SHIPPED_HAS_NO_STEPS = "A shipped model comes without the steps of its training; it answers as it ended."
TRAINED_BEFORE = (
    "Unlike newer runs, this one saved no answers on its way. Its curve is shown, and its final model answers."
)
NO_MODEL = (
    "Unlike newer runs, this one saved no answers on its way, and no model that could answer. Its curve is shown."
)
TrainingKind = Literal["run", "shipped", "recording"]
Evaluations = Mapping[int, Mapping[str, Metrics]]
"""Estimates of the evaluations during a training, by step and form."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalScores:
    """The full evaluation at the end, in the canonical form."""

    binding: Estimate
    recognition: Estimate


def _without_digest(answers: tuple[PairAnswers, ...]) -> list[dict[str, Any]]:
    """Convert to JSON without the digest, which all of them share."""
    return [{name: value for name, value in each.items() if name != "asked"} for each in encode(answers)]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingState:
    """State of a run, a shipped model or a recording; but for `own_bound_at`, its scores are of the canonical form.

    Attributes:
        name: The id of a run, which is `run` where only a run is meant, or the name of a shipped model or a recording.
        title: For people: of a run its recipe and seed, and who saw it train if that was not this server; else its
            recipe.
        phase: Waiting, training, evaluating, or None after the end; `phase_done` is its finished share.
        place: 0 while it is executed, 1 for the next in the queue.
        left_s: Seconds until its end, or, while it waits, until its start.
        bound_at: Step at which it binds by the rule of `results.binding_step`; `own_bound_at` in captions like its own.
        reason: Why a run broke off.
        why_no_answers: Why no step of it can be replayed.
        question_digest: Of the pairs that it answers; its key in JSON is `asked`.
        answers: Its answers at each saved step; their key in JSON is `checkpoints`, as pages and recordings have it.
        engine: What a page told of a run that it trained.
    """

    name: str
    title: str
    kind: TrainingKind
    status: str
    step: int
    steps: int
    pairs_seen: int
    pairs_per_s: float | None = None
    left_s: float | None = None
    phase: str | None = None
    phase_done: float | None = None
    place: int | None = None
    bound_at: int | None = None
    seed: int
    device: str | None
    seconds: float | None
    reason: str | None = None
    origin: str = "here"
    evaluated: float | None = None
    why_no_answers: Annotated[str | None, Field(alias="why_no_checkpoints")] = None
    own_bound_at: int | None = None
    question_digest: Annotated[str | None, Field(alias="asked")] = None
    curve: tuple[CurvePoint, ...] = ()
    answers: Annotated[tuple[PairAnswers, ...], Field(alias="checkpoints"), PlainSerializer(_without_digest)]
    final: FinalScores | None
    spec: SpecJson
    differs: tuple[Difference, ...] | None = None
    engine: EngineRecord | None = None


def read_run(store: RunStore, name: Any, *, compared_with: str | None = None) -> TrainingState:
    """Return the state of the run, shipped model or recording of that name; raise `UserError` for any other.

    A run comes first. With `compared_with`, the name of another, `differs` lists the fields in which their specs
    differ; it is None where the other one is gone or damaged.
    """
    if compared_with:
        run = read_run(store, name)
        with suppress(UserError):
            return replace(run, differs=differences(run.spec, read_run(store, compared_with).spec))
        return run
    if (folder := store.find(name)) is not None:
        return run_state(store, folder)
    if name in shipped_names():
        return _read_shipped(str(SHIPPED_FOLDER / name / CARD_FILE))
    if name in recording_names():
        return read_recording(name)
    raise UserError("run", name, "there is no such run, shipped model or recording here", longest=80)


def run_state(store: RunStore, folder: RunFolder) -> TrainingState:
    """Return the state of a run from the files of its folder; raise `UserError` for one that is damaged.

    The report counts only once the run has ended, because a resumed run has the one of before.
    """
    spec, status, description = folder.spec(), folder.status(), describe_run(store, folder)
    evaluations, batch = read_evaluations(folder), spec.train.batch_size
    answers, why = _read_answers(folder, spec, status)
    phase, phase_done = _phase(status)
    report = folder.report_if_any() if status.has_ended else None
    return TrainingState(
        name=folder.run,
        title=run_title(spec, status.origin),
        kind="run",
        status=status.status,
        step=status.step,
        steps=spec.train.steps,
        pairs_seen=status.step * batch,
        pairs_per_s=status.rate,
        left_s=description.left_s,
        phase=phase,
        phase_done=phase_done,
        place=description.place,
        curve=_make_curve(folder, evaluations, batch),
        bound_at=binding_step(lower_bounds(evaluations, "canonical"), has_ended=status.has_ended),
        own_bound_at=binding_step(lower_bounds(evaluations, "own"), has_ended=status.has_ended),
        question_digest=answers[0].question_digest if answers else None,
        answers=answers,
        final=_final_scores(report),
        seed=spec.train.seed,
        spec=spec,
        device=status.device,
        seconds=report.budget.seconds if report and report.budget else None,
        reason=status.reason,
        origin=status.origin,
        evaluated=status.evaluated,
        why_no_answers=why,
        engine=status.engine,
    )


def read_evaluations(folder: RunFolder) -> Evaluations:
    """Return the estimates of each evaluation so far, also that before the first step, which older runs lack.

    Raises:
        DamagedFileError: the metrics are damaged.
    """
    try:
        first = {0: decode(dict[str, Metrics], folder.status().start_evaluation)}
    except UserError:
        first = {}
    try:
        return first | _read_evaluations_file(os.path.join(folder.path, METRICS_FILE))
    except FileNotFoundError:
        return first
    except READING_ERRORS:
        raise folder.damaged_error(METRICS_FILE) from None


@cache_by_file_time(200)
def _read_evaluations_file(path: Path) -> dict[int, Mapping[str, Metrics]]:
    """Parse the lines with an evaluation, about 24 of a run's thousands; an incomplete last one comes later."""
    lines = path.read_bytes().split(b"\n")[:-1]
    records = [parse_json(line) for line in lines if b'"evaluation"' in line]
    return {int(record["step"]): decode(dict[str, Metrics], record["evaluation"]) for record in records}


def _make_curve(folder: RunFolder, evaluations: Evaluations, batch_size: int) -> tuple[CurvePoint, ...]:
    points = []
    for step, forms in evaluations.items():
        with suppress(LookupError) if step == 0 else folder.reading(METRICS_FILE):
            points.append(_curve_point(step, forms["canonical"], batch_size))
    return tuple(points)


def _curve_point(step: int, metrics: Metrics, batch_size: int) -> CurvePoint:
    binding, recognition = (metrics[f"{name}_accuracy"] for name in ("binding", "recognition"))
    if binding.value is None or binding.low is None or binding.high is None:
        raise LookupError("nothing was measured")
    return CurvePoint(
        step=step,
        pairs=step * batch_size,
        binding=binding.value,
        low=binding.low,
        high=binding.high,
        n=binding.n,
        recognition=recognition.value,
    )


def _phase(status: RunStatus) -> tuple[str | None, float | None]:
    """Return (phase, its finished share) of a run."""
    if status.has_ended:
        return None, None
    if status.status == "queued":
        return "waiting", None
    if status.is_evaluating:
        return "evaluating", (status.phase_done or 0) / (status.phase_parts or 1)
    return "training", status.step / max(1, status.steps)


def _final_scores(report: Report | None) -> FinalScores | None:
    metrics = report.scores.canonical if report else {}
    binding, recognition = (metrics.get(f"{name}_accuracy") for name in ("binding", "recognition"))
    return FinalScores(binding=binding, recognition=recognition) if binding and recognition else None


def _read_answers(folder: RunFolder, spec: RunSpec, status: RunStatus) -> tuple[tuple[PairAnswers, ...], str | None]:
    """Return its answers to the current pairs, and the reason if there are none."""
    digest, why = _question_digest(spec.data.world)
    if digest is None:
        return (), why
    answers = pair_answers.read_answers(folder.pairs, question_digest=digest)
    is_whole = len(answers) > 1 or any(each.step == 0 for each in answers)
    if is_whole or not status.has_ended or status.step == 0:
        return answers, None
    return answers, TRAINED_BEFORE if folder.has_model else NO_MODEL


def _question_digest(name: str) -> tuple[str | None, str | None]:
    """Return the digest of the pairs of a world, or the reason why it has none."""
    try:
        return _digest_of_pairs(get_world(name)), None
    except UserError as error:
        return None, str(error)


@lru_cache(maxsize=8)
def _digest_of_pairs(world: World) -> str:
    return binding_pairs(world).digest


# ---- Shipped models and recordings


@cache_by_file_time(16)
def _read_shipped(path: Path) -> TrainingState:
    card, pairs = read_json(path), path.parent / PAIRS_FILE
    spec, budget = RunSpec.from_json(card["spec"]), card["budget"]
    digest, why = _question_digest(spec.data.world)
    shipped = decode(PairAnswers, read_json(pairs)) if pairs.exists() else None
    answers = (shipped,) if shipped is not None and shipped.question_digest == digest else ()
    return TrainingState(
        name=path.parent.name,
        title=recipe_title(spec),
        kind="shipped",
        status="finished",
        step=int(budget["steps"]),
        steps=int(budget["steps"]),
        pairs_seen=int(budget["pairs"]),
        question_digest=digest if answers else None,
        answers=answers,
        final=_final_scores(read_report(card, name=CARD_FILE)),
        seed=int(card["seed"]),
        spec=spec,
        device=card["device"],
        seconds=float(budget["seconds"]),
        why_no_answers=why or SHIPPED_HAS_NO_STEPS,
    )


def recording_names() -> tuple[str, ...]:
    """Return the existing recorded trainings in the order of the presets."""
    return tuple(name for name in PRESETS if (RECORDINGS / f"{name}.json").is_file())


def read_recording(name: str, folder: Path = RECORDINGS) -> TrainingState:
    """Return a recorded training; raise `UserError` if its file is of another shape."""
    try:
        return _parse_recording(str(folder / f"{name}.json"))
    except READING_ERRORS:
        raise UserError("recording", name, "its file cannot be read; `ship --recording` writes it again") from None


@cache_by_file_time(16)
def _parse_recording(path: Path) -> TrainingState:
    record = read_json(path)
    answers = [each | {"asked": record["asked"]} for each in record["checkpoints"]]
    state = decode(TrainingState, record | {"checkpoints": answers, "title": ""})
    return replace(state, title=recipe_title(state.spec))
