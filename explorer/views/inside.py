"""Views of a model at its saved steps, on the inspected scenes: cosines, margins, a map of its embeddings.

inspect(service, "things-web").binding_accuracy.value
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from explorer.clip.card import CARD_FILE, SHIPPED, SNAPSHOT_FILE
from explorer.clip.loading import no_progress
from explorer.clip.names import shipped_names
from explorer.clip.pixels import webp_uri
from explorer.codec import Json
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.inspection import (
    FEATURE_PARTS,
    NUM_INSPECTED,
    SEEN_PIXELS,
    Inspection,
    Snapshot,
    describe_inspected,
    forms_with_same_captions,
    inspected_forms,
    inspection_scenes,
    pair_verdict,
    score_snapshot_file,
)
from explorer.evaluation.results import (
    EVERY_FORM,
    FOLLOWED_METRICS,
    Estimate,
    FollowedForm,
    Metrics,
    Report,
    read_report,
)
from explorer.figures.models import (
    breakdown_chart,
    cosine_heatmap,
    forms_chart,
    margin_histogram,
    projection_map,
)
from explorer.resources import SHIPPED_FOLDER
from explorer.runs.file_names import REPORT_FILE
from explorer.runs.files import read_json
from explorer.runs.folder import RunFolder
from explorer.runs.specs import changes_from_preset, known_names
from explorer.runs.state import TrainingState, read_evaluations, read_run
from explorer.runs.store import RunStore
from explorer.sentences import Sentence
from explorer.spec import DataSpec, RunSpec, saved_steps, validate
from explorer.views.asked_models import PUNCTUATION, check_model
from explorer.views.permitted_models import load_permitted
from explorer.views.registry import JobProgress, JobSteps, TellProgress, follow_work, in_range, job, view
from explorer.views.service import Service
from explorer.views.starts import shipped_title
from explorer.world.worlds import get_world


@dataclass(frozen=True, kw_only=True, slots=True)
class InspectedModel:
    """A name with its saved steps and its training data; `folder` is None for a shipped model."""

    name: str
    steps: tuple[int, ...]
    data: DataSpec
    folder: RunFolder | None

    def score_step(self, form: str, step: int) -> tuple[Snapshot, Inspection]:
        """Return the snapshot of a step, and its scores in a form; raise `UserError` if a file is damaged."""
        path = self.folder.snapshot_path(step) if self.folder else _shipped_snapshot(self.name)
        return score_snapshot_file(path, form, self.data)

    def form_for(self, form: str) -> str:
        """Return the form of caption to look at, for one that is asked for."""
        return form if form in inspected_forms(self.data) else "canonical"

    def nearest_step(self, step: int | None) -> int:
        """Return the saved step that is nearest, the newest without one."""
        return self.steps[-1] if step is None else min(self.steps, key=lambda saved: abs(saved - step))

    @property
    def has_model(self) -> bool:
        """True if it can score a typed caption."""
        return self.folder is None or self.folder.has_model


def find_inspected_model(store: RunStore, name: Any) -> InspectedModel | None:
    """Return the run or shipped model of that name; raise `UserError` if the run's spec has no scenes to draw."""
    folder = store.find(name)
    if folder is not None:
        data = folder.spec().data
        try:
            get_world(data.world)
        except UserError:
            reason = "its world is not here, so its scenes cannot be drawn"
            raise UserError("name", folder.run, reason, longest=80) from None
        validate(replace(RunSpec(), data=data), known_names())  # a file of the disk says anything
        return InspectedModel(name=folder.run, steps=folder.snapshot_steps(), data=data, folder=folder)
    if name not in shipped_names():
        return None
    data = SHIPPED[name].spec().data if name in SHIPPED else DataSpec()
    return InspectedModel(name=name, steps=(0,) if _shipped_snapshot(name).exists() else (), data=data, folder=None)


def _shipped_snapshot(name: str) -> Path:
    return SHIPPED_FOLDER / name / SNAPSHOT_FILE


@dataclass(frozen=True, kw_only=True)
class InspectedStep:
    """A saved step of a model on the inspected scenes: margins, binding accuracy, and the map of its embeddings.

    `pairs` are the scenes: captions, the margin of the right one, and a sentence on it.
    `cosines` (N, 2N) are those of image i with caption j and, from N on, with swapped caption j. `points` (N, 2) are
    images, captions and swapped captions on two principal directions, `explained` their shares, `gap` the modality gap.
    """

    name: str
    form: str
    forms: tuple[str, ...]
    step: int
    steps: tuple[int, ...]
    binding_accuracy: Estimate
    pairs: tuple[Json, ...]
    cosines: list[list[float]]
    points: dict[str, list[list[float]]]
    explained: list[float]
    gap: Estimate


@view(limits={"scenes": NUM_INSPECTED})
def inspect(service: Service, name: str, form: FollowedForm = "canonical", step: int | None = None) -> InspectedStep:
    """Look inside a run or a shipped model at a saved step: return cosines and margins of {scenes} scenes, and a map.

    Args:
        name: id of a run, or a shipped model
        form: form of the captions
        step: the nearest saved step is taken; without it, the newest
    """
    model = _require_steps(service.store, name)
    shown_form, nearest = model.form_for(form), model.nearest_step(step)
    snapshot, inspection = model.score_step(shown_form, nearest)
    described = inspection_scenes(shown_form, model.data, get_world(model.data.world), SEEN_PIXELS)
    return InspectedStep(
        name=model.name,
        form=shown_form,
        forms=inspected_forms(model.data),
        step=nearest,
        steps=model.steps,
        binding_accuracy=inspection.binding_accuracy,
        pairs=tuple(
            {
                "caption": scene.record.caption,
                "swapped_caption": scene.record.swapped_caption,
                "margin": float(margin) if exists else None,
                "correct": float(correct) if exists else None,
                "verdict": pair_verdict(float(margin), snapshot.logit_scale) if exists else "",
            }
            for scene, margin, correct, exists in zip(
                described, inspection.margins, inspection.correct, inspection.exists, strict=True
            )
        ),
        cosines=inspection.cosines.tolist(),
        points={name: getattr(inspection.projection, name).tolist() for name in FEATURE_PARTS},
        explained=inspection.projection.explained.tolist(),
        gap=inspection.projection.gap,
    )


NUM_MANY = 1000
"""Scenes of `inspect_thousand`."""


@job(is_of_page=True, counts_as="questions")
def inspect_thousand(service: Service, name: str, first: Annotated[int, in_range(0, 1_000_000)] = 0) -> JobSteps:
    """Ask the model of a run about a thousand canonical scenes, for a page whose browser cannot run it.

    Answers {"odds": [...]}, per scene the logarithm of the odds of its own caption, null where it has no swap.

    Args:
        name: id of a run, or a shipped model
        first: place of the first scene in the stream of evaluations
    """
    check_model(service.store, name, any_start=service.settings.any_start)
    world = get_world(_require_model(service.store, name).data.world)

    def ask(tell: TellProgress) -> dict[str, Any]:
        from explorer.evaluation.analyses import scene_odds

        clip = load_permitted(service, name, no_progress)
        odds = scene_odds(
            clip, world, first=first, count=NUM_MANY, tell=lambda share: tell(JobProgress(text="asking", done=share))
        )
        return {"odds": [None if math.isnan(each) else each for each in odds.tolist()]}

    return follow_work(ask)


# ---- All saved steps, for a page

SAVED_DIGITS = 7
"""Digits of a cosine: float32 has no more, and a margin near 0 keeps its sign."""


@dataclass(frozen=True, kw_only=True)
class InspectedSteps:
    """Every saved step of a run or a shipped model, from `first` on; `scenes` only with the first one.

    Attributes:
        planned: Steps that a run saves, none of a shipped model.
        trained: Steps of the whole training.
        place: As in `TrainingState`, like `left_s`.
        values: Values of the dials in which the spec differs from its preset.
        forms: Of each form its name, the earlier one with the same captions, if any, and whether its scenes can be
            looked at.
        width: Dimensions of the features, of which the map shows two directions; None without a new step.
        first: Number of the first of `steps`, as a page gets those that it lacks.
        steps: Of each step the cosines of each image with its `own` caption and the `swapped` one, None without a
            swap; `points` of the map as in `InspectedStep`; in `scores` binding and recognition by form, those that
            were measured.
        scenes: Of each scene its `picture` for people and as it is `seen` by the model, its captions as colored words,
            and in `no_swap` the reason why it has no swapped caption.
    """

    name: str
    title: str
    kind: str
    status: str
    step: int
    planned: tuple[int, ...]
    trained: int
    place: int | None
    left_s: float | None
    reason: str | None
    preset: str | None
    values: Mapping[str, Any]
    has_model: bool
    has_report: bool
    form: str
    forms: tuple[Json, ...]
    width: int | None
    first: int
    steps: tuple[Json, ...]
    scenes: tuple[Json, ...] | None


@view()
def inspect_steps(
    service: Service,
    name: str,
    form: FollowedForm = "canonical",
    have: Annotated[int, in_range(0, 10_000)] = 0,
) -> InspectedSteps:
    """Return all saved steps of a run or a shipped model on the inspected scenes.

    Args:
        name: id of a run, or a shipped model
        form: form of the captions
        have: how many steps the asker already has; with 0 the scenes come too
    """
    model, state = _require_model(service.store, name), read_run(service.store, name)
    shown_form, steps, report = model.form_for(form), model.steps, _report(model)
    scores = _metrics_by_step(model, state, report)
    new = [model.score_step(shown_form, step) for step in steps[have:]]
    return InspectedSteps(
        name=model.name,
        title=state.title if state.kind == "run" else shipped_title(model.name),
        kind=state.kind,
        status=state.status,
        step=state.step,
        planned=(0, *sorted(saved_steps(state.spec.train.steps))) if model.folder else (),
        trained=state.spec.train.steps,
        place=state.place,
        left_s=state.left_s,
        reason=state.reason,
        preset=state.spec.preset,
        values={each.field: each.other for each in changes_from_preset(state.spec)},
        has_model=model.has_model,
        has_report=report is not None,
        form=shown_form,
        forms=tuple(
            {
                "name": each,
                "same_as": forms_with_same_captions(model.data).get(each),
                "is_inspected": model.form_for(each) == each,
            }
            for each in EVERY_FORM
        ),
        width=new[0][0].forms[shown_form].images.shape[1] if new else None,
        first=min(have, len(steps)),
        steps=tuple(_step_record(step, *inspected, scores) for step, inspected in zip(steps[have:], new, strict=True)),
        scenes=None if have else describe_inspected(shown_form, model.data),
    )


def _require_model(store: RunStore, name: str) -> InspectedModel:
    model = find_inspected_model(store, name)
    if model is None:
        raise UserError("name", name, "there is no run or shipped model of this name", longest=80)
    return model


def _require_steps(store: RunStore, name: str) -> InspectedModel:
    """Return the model; raise `UserError` if there is none, or none of its steps is saved."""
    model = _require_model(store, name)
    if not model.steps:
        raise UserError("name", name, "has saved no step yet", longest=80)
    return model


def _step_record(
    step: int, snapshot: Snapshot, inspection: Inspection, scores: Mapping[int, Mapping[str, Metrics]]
) -> Json:
    own, other = inspection.cosines.diagonal(), inspection.cosines[:, len(inspection.exists) :].diagonal()
    swapped = (float(each) if is_there else None for each, is_there in zip(other, inspection.exists, strict=True))
    return {
        "step": step,
        "logit_scale": snapshot.logit_scale,
        "own": [round(float(each), SAVED_DIGITS) for each in own],
        "swapped": [None if each is None else round(each, SAVED_DIGITS) for each in swapped],
        "points": {part: getattr(inspection.projection, part).round(4).tolist() for part in FEATURE_PARTS},
        "explained": inspection.projection.explained.tolist(),
        "scores": {
            form: {each: metrics[each] for each in FOLLOWED_METRICS if each in metrics}
            for form, metrics in scores.get(step, {}).items()
        },
    }


def _metrics_by_step(
    model: InspectedModel, state: TrainingState, report: Report | None
) -> dict[int, Mapping[str, Metrics]]:
    """Return the scores of each form by step: the quick ones on the way, those of the report at the end."""
    folder = model.folder
    metrics_by_step: dict[int, Mapping[str, Metrics]] = {} if folder is None else dict(read_evaluations(folder))
    if report is not None and report.scores.canonical:
        last = 0 if folder is None else state.step
        metrics_by_step[last] = {form: metrics for form in EVERY_FORM if (metrics := report.scores.of(form))}
    return metrics_by_step


def _report(model: InspectedModel) -> Report | None:
    if model.folder is None:  # the card of a shipped model has no breakdown
        path = SHIPPED_FOLDER / model.name / CARD_FILE
        return read_report(read_json(path), name=CARD_FILE) if path.exists() else None
    return model.folder.report_if_any() if model.folder.status().has_ended else None


@dataclass(frozen=True, kw_only=True)
class InspectedFigures:
    """Figures of one saved step and of the report, by name; `why` says why those of the report are missing."""

    step: int
    figures: Mapping[str, Json]
    why: str


@view()
def inspect_figures(
    service: Service,
    name: str,
    form: FollowedForm = "canonical",
    step: int | None = None,
    scene: Annotated[int, in_range(1, NUM_INSPECTED)] = 1,
) -> InspectedFigures:
    """Return the figures of a saved step: cosines, margins and map, and from the report its forms and breakdown.

    Args:
        name: id of a run, or a shipped model
        form: form of the captions
        step: the nearest saved step is taken; without it, the newest
        scene: the scene that is marked among the cosines, from 1
    """
    model = _require_steps(service.store, name)
    shown_form, nearest = model.form_for(form), model.nearest_step(step)
    report = _report(model)
    figures = _step_figures(model, shown_form, nearest, scene - 1)
    if report is None or not report.scores.canonical:
        return InspectedFigures(step=nearest, figures=figures, why=_why_no_report(model))
    figures["forms"] = forms_chart(report).for_page()
    if report.scores.breakdown:
        figures["breakdown"] = breakdown_chart(report.scores.breakdown, shown_form).for_page()
    return InspectedFigures(step=nearest, figures=figures, why="")


def _step_figures(model: InspectedModel, form: str, step: int, marked_scene: int) -> dict[str, Mapping[str, Any]]:
    inspection = model.score_step(form, step)[1]
    scenes = inspection_scenes(form, model.data, get_world(model.data.world), SEEN_PIXELS)
    captions, swapped = ([getattr(each.record, part) for each in scenes] for part in ("caption", "swapped_caption"))
    points = inspection.projection
    map_of = {part: getattr(points, part) for part in FEATURE_PARTS}
    pictures = [webp_uri(each.image) for each in scenes]
    drawings = {
        "cosines": cosine_heatmap(inspection.cosines, captions, swapped, chosen=marked_scene),
        "margins": margin_histogram(inspection.margins.tolist()),
        "map": projection_map(map_of, captions, points.explained.tolist(), points.gap.value or 0.0, pictures, swapped),
    }
    return {name: drawing.for_page() for name, drawing in drawings.items()}


def _why_no_report(model: InspectedModel) -> str:
    """Return the reason why there is no report, and how to get one."""
    if model.folder is None:
        return ""
    if model.folder.has_report:
        return model.folder.damaged_error(REPORT_FILE).sentence
    if (status := model.folder.status()).is_active:
        return "Forms of captions and breakdown are drawn here as soon as this run has been evaluated."
    english = "Forms of captions and breakdown come from a report, and there is none: this run {ended}."
    return Sentence("inside.no-report", english, ended=ENDED_WORDS[status.status])


ENDED_WORDS = {"stopped": "was stopped", "failed": "failed", "interrupted": "was interrupted", "finished": "ended"}


@dataclass(frozen=True, kw_only=True)
class TypedCaption:
    """Cosines of a typed caption and of a scene's own ones by the model as saved last, and the words it never read."""

    cosine: float
    own: float
    swapped: float | None
    unknown: tuple[str, ...]


@view(counts_as="questions")
def inspect_caption(
    service: Service,
    name: str,
    scene: Annotated[int, in_range(1, NUM_INSPECTED)],
    caption: str,
    form: FollowedForm = "canonical",
) -> TypedCaption:
    """Score a typed caption on one of the inspected scenes, by the saved model of a run or by a shipped one.

    Args:
        name: id of a run, or a shipped model
        scene: number of the scene, from 1
        caption: in English, at most {caption_length} characters
        form: form of the scene and of its own captions
    """
    model, text = _require_model(service.store, name), caption.strip()
    if not model.has_model:
        raise UserError("name", name, "has saved no model yet; it does when it ends or is stopped", longest=80)
    if not text or len(text) > CONTRACT.question.caption_length:
        raise UserError(
            "caption", NO_VALUE, "give a text of 1 to {most} characters", most=CONTRACT.question.caption_length
        )
    clip = load_permitted(service, model.name, no_progress)
    from explorer.evaluation.snapshots import score_caption

    world = get_world(model.data.world)
    inspected = inspection_scenes(model.form_for(form), model.data, world, clip.image_size)[scene - 1]
    swapped = inspected.record.swapped_caption
    if clip.words is not None:  # a word is a token, and none has a comma in it
        text = text.translate(PUNCTUATION)

    def cosine(words: str) -> float:
        return float(score_caption(clip, words, inspected.image[None])[0])

    return TypedCaption(
        cosine=cosine(text),
        own=cosine(inspected.record.caption),
        swapped=cosine(swapped) if swapped else None,
        unknown=clip.unknown_words(text),
    )
