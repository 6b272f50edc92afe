"""Snapshot of a model on a few fixed scenes at one step, saved with a run and read by a page without torch.

The scenes are the first `NUM_INSPECTED` of the evaluation stream, so they are part of the report's scenes.
"""

import math
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from explorer.clip.pixels import webp_uri
from explorer.contract import CONTRACT
from explorer.errors import FaultError, UserError
from explorer.evaluation import metrics
from explorer.evaluation.results import EVERY_FORM, FOLLOWED_FORMS, Estimate
from explorer.evaluation.sets import EvaluationSet, has_same_captions, make_set
from explorer.evaluation_scenes import DEFAULT_SCENES
from explorer.files import cache_by_file_time
from explorer.sentences import Sentence
from explorer.spec import DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.imagefolder import SceneRecord, describe_scenes
from explorer.world.render import Renderer
from explorer.world.swaps import MarkedWord, mark_words, why_no_swap
from explorer.world.things import World
from explorer.world.worlds import color_words, get_world

NUM_INSPECTED = CONTRACT.num_inspected
"""Scenes per form."""
FEATURE_PARTS = ("images", "captions", "swapped")
SEEN_PIXELS, PICTURE_PIXELS = 64, 192
"""Pixels on a side of a scene for models, and for people."""
MAX_SNAPSHOT_BYTES = 4 * 2**20
"""Largest file: both forms with features of more than 3,000 numbers."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FormFeatures:
    """Features (N, D): row i is scene i, its caption, and its swapped caption, not to be scored if there is no swap."""

    images: np.ndarray
    captions: np.ndarray
    swapped: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Snapshot:
    """Features of the inspected scenes after `step` steps, float32 of length 1; `logit_scale` multiplies cosines."""

    step: int
    logit_scale: float
    forms: Mapping[str, FormFeatures]

    def save(self, path: Path) -> None:
        """Write the file atomically: a reader finds all or nothing.

        Numbers stay float32: in half precision, margins near 0 would get another verdict than in the report.
        """
        arrays = {
            f"{form}_{part}": getattr(features, part) for form, features in self.forms.items() for part in FEATURE_PARTS
        }
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with beside.open("wb") as file:
            np.savez(file, step=np.int64(self.step), logit_scale=np.float64(self.logit_scale), **arrays)
        os.replace(beside, path)

    @classmethod
    def load(cls, path: Path) -> "Snapshot":
        """Read an untrusted file; raise `UserError` if it is not a snapshot."""
        try:
            return _check_snapshot(_read_arrays(path))
        except FaultError as error:
            fault = error
        except OSError as error:
            fault = FaultError("cannot be read ({problem})", problem=error.strerror or error)
        except Exception:  # numpy's reader raises a dozen types on bytes that are not its own
            fault = FaultError("is not a snapshot file")
        raise UserError("snapshot", path.name, fault, longest=80)


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays by name; nothing is unpacked or unpickled, so none takes more room than the file."""
    if path.stat().st_size > MAX_SNAPSHOT_BYTES:
        raise FaultError("has more than {most} bytes", most=MAX_SNAPSHOT_BYTES)
    with zipfile.ZipFile(path) as file:
        members = file.infolist()
    most = 2 + len(FOLLOWED_FORMS) * len(FEATURE_PARTS)
    if len(members) > most or any(m.compress_type != zipfile.ZIP_STORED for m in members):
        raise FaultError("is packed or holds more than a snapshot does")
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _check_snapshot(arrays: dict[str, np.ndarray]) -> Snapshot:
    """Check the arrays: known names, one number each for step and scale, rows of length 1 or 0."""
    forms = [form for form in FOLLOWED_FORMS if f"{form}_images" in arrays]
    rows = [f"{form}_{part}" for form in forms for part in FEATURE_PARTS]
    if set(arrays) != {"step", "logit_scale", *rows} or not forms:
        raise FaultError(
            "holds other arrays than step, logit_scale and {parts} of {forms}",
            parts=", ".join(FEATURE_PARTS),
            forms=" and ".join(FOLLOWED_FORMS),
        )
    step, scale = arrays["step"], arrays["logit_scale"]
    if step.shape != () or step.dtype != np.int64 or not 0 <= step < 2**31:
        raise FaultError("its step is not a whole number from 0")
    if scale.shape != () or scale.dtype != np.float64 or not 0 < scale < 1e6:
        raise FaultError("its logit_scale is not a number above 0")
    shape = (NUM_INSPECTED, *arrays[f"{forms[0]}_images"].shape[-1:])
    for name in rows:
        features = arrays[name]
        if features.dtype != np.float32 or features.shape != shape or len(shape) != 2 or shape[1] < 2:
            wanted = "its {name} are not {rows} rows of equally many float32 numbers"
            raise FaultError(wanted, name=name, rows=NUM_INSPECTED)
        lengths = np.linalg.norm(features.astype(np.float64), axis=1)
        if not (np.isclose(lengths, 1, atol=1e-3) | (lengths == 0)).all():
            raise FaultError("its {name} are not of length 1", name=name)
    features_of = {form: FormFeatures(**{part: arrays[f"{form}_{part}"] for part in FEATURE_PARTS}) for form in forms}
    return Snapshot(step=int(step), logit_scale=float(scale), forms=features_of)


def inspected_forms(data: DataSpec) -> tuple[str, ...]:
    """Return the forms to inspect: own only if its captions can differ in values."""
    return FOLLOWED_FORMS if data.attribute_kinds else ("canonical",)


def inspection_set(form: str, data: DataSpec, world: World) -> EvaluationSet:
    """Draw the scenes that every snapshot is scored on, in one form."""
    return make_set(form, data, world, seed=DEFAULT_SCENES.seed, count=NUM_INSPECTED)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class InspectedScene:
    """A scene, its image (3, S, S) uint8, and the words of `swaps.mark_words`; those of its swap may be None."""

    image: np.ndarray
    record: SceneRecord
    words: list[MarkedWord]
    swapped_words: list[MarkedWord] | None


def inspection_scenes(form: str, data: DataSpec, world: World, size: int) -> list[InspectedScene]:
    """Return the inspected scenes for a page, with pictures of `size` pixels; needs no model."""
    evaluation_set = inspection_set(form, data, world)
    renderer, grammar = Renderer(evaluation_set.plan, size=size), Grammar(world, evaluation_set.plan.data)
    stream = Stream(seed=DEFAULT_SCENES.seed, name="evaluation", index=np.arange(NUM_INSPECTED))
    described = describe_scenes(evaluation_set.plan, evaluation_set.scenes, stream, grammar, renderer.atlas)
    words = mark_words(evaluation_set.caption, evaluation_set.swapped, grammar)
    images = renderer.images(evaluation_set.scenes)
    return [
        InspectedScene(image=image, record=record, words=own, swapped_words=swapped)
        for image, (own, swapped), record in zip(images, words, described, strict=True)
    ]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Projection:
    """Points (N, 2) on the first two principal directions of the features; `explained` (2,) their shares.

    `swapped` is NaN if there is no swap. `gap` is the modality gap of images and captions.
    """

    images: np.ndarray
    captions: np.ndarray
    swapped: np.ndarray
    explained: np.ndarray
    gap: Estimate


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Inspection:
    """Scores of N scenes.

    `cosines` (N, 2N) of image i with caption j and, from column N, with swapped caption j; `margins` (N,) right minus
    swapped; `correct` (N,) 1, 0.5 for a tie, 0. All three are NaN if `exists` (N,) is false: there is no swap.
    """

    exists: np.ndarray
    cosines: np.ndarray
    margins: np.ndarray
    correct: np.ndarray
    binding_accuracy: Estimate
    projection: Projection


def score_snapshot(snapshot: Snapshot, form: str, exists: np.ndarray) -> Inspection:
    """Score one form of the snapshot; `exists` (N,) bool marks the scenes with a swap."""
    if form not in snapshot.forms:
        raise UserError("form", form, "this snapshot has {forms}", forms=" and ".join(snapshot.forms))
    features, count = snapshot.forms[form], len(exists)
    cosines = metrics.cosine(features.images, np.concatenate([features.captions, features.swapped]))
    cosines[:, count:][:, ~exists] = np.nan
    own = np.arange(count)
    right, wrong = cosines[own, own], cosines[own, count + own]
    correct = metrics.pairwise(right, wrong)
    return Inspection(
        exists=exists,
        cosines=cosines,
        margins=metrics.margin(right, wrong),
        correct=correct,
        binding_accuracy=metrics.estimate_share(correct[exists], metrics.METRICS["binding_accuracy"].chance),
        projection=project_features(features, exists),
    )


@cache_by_file_time(256)
def score_snapshot_file(path: Path, form: str, data: DataSpec) -> tuple[Snapshot, Inspection]:
    """Return a saved snapshot and its scores in a form, cached until the file changes; see `Snapshot.load`."""
    snapshot = Snapshot.load(path)
    return snapshot, score_snapshot(snapshot, form, inspection_set(form, data, get_world(data.world)).swapped.exists)


def project_features(features: FormFeatures, exists: np.ndarray) -> Projection:
    """Project images and captions on their first two principal components, captions right of images and above."""
    parts = [metrics.normalize(rows) for rows in (features.images, features.captions, features.swapped[exists])]
    stacked = np.concatenate(parts)
    center = stacked.mean(axis=0)
    _, spreads, axes = np.linalg.svd(stacked - center, full_matrices=False)
    axes, squares = axes[:2], spreads**2
    lean = axes @ (parts[1].mean(axis=0) - parts[0].mean(axis=0))
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)[:, 0]
    axes = axes * np.where(np.where(lean == 0, largest, lean) < 0, -1.0, 1.0)[:, None]
    images, captions, swapped = ((part - center) @ axes.T for part in parts)
    everywhere = np.full(images.shape, np.nan)
    everywhere[exists] = swapped
    return Projection(
        images=images,
        captions=captions,
        swapped=everywhere,
        explained=squares[:2] / max(float(squares.sum()), np.finfo(float).tiny),
        gap=metrics.modality_gap(features.images, features.captions),
    )


PAIR_VERDICTS = (
    "{which}, barely: {more} to {less}, practically a coin toss.",
    "{which}: it leans to {chosen}, {more} to {less}.",
    "{which}: it is fairly sure of {chosen}, {more} to {less}.",
    "{which}: it is sure of {chosen}, {more} to {less}.",
)
"""The result of a pair by degree of sureness; each is its own key."""


def pair_verdict(margin: float, logit_scale: float) -> str:
    """Word the result of one pair: right, wrong or a tie, and how sure the model is.

    `margin` in cosine, NaN if there is no swap. Sureness is the softmax over only the caption and its swap.
    """
    if math.isnan(margin):
        return "Nothing to decide: this caption has no swap that is false of the image."
    if margin == 0:
        return "A tie: the caption and its swap are equally near, and a coin would decide."
    share = 1 / (1 + math.exp(-min(abs(margin) * logit_scale, 700)))
    more, is_right = min(99, round(100 * share)), margin > 0
    english = PAIR_VERDICTS[CONTRACT.sureness.degree(share)]
    return Sentence(
        english,
        english,
        which="Right" if is_right else "Wrong",
        chosen="the caption" if is_right else "the swapped caption",
        more=more,
        less=100 - more,
    )


@lru_cache(maxsize=64)
def forms_with_same_captions(data: DataSpec) -> dict[str, str]:
    """Return each form with the scenes and captions of an earlier one, with that one's name."""
    sets = {form: inspection_set(form, data, get_world(data.world)) for form in EVERY_FORM}
    twins = {
        form: next((name for name in EVERY_FORM[:index] if has_same_captions(sets[name], sets[form])), None)
        for index, form in enumerate(EVERY_FORM)
    }
    return {form: twin for form, twin in twins.items() if twin}


@lru_cache(maxsize=16)
def describe_inspected(form: str, data: DataSpec) -> tuple[Mapping[str, Any], ...]:
    """Return the inspected scenes for a page: both pictures, captions as colored words, and why there is no swap."""
    world = get_world(data.world)
    evaluation_set = inspection_set(form, data, world)
    reasons = why_no_swap(evaluation_set.caption, evaluation_set.swapped, evaluation_set.scenes)
    small, large = (inspection_scenes(form, data, world, size) for size in (SEEN_PIXELS, PICTURE_PIXELS))
    return tuple(
        {
            "picture": webp_uri(scene.image),
            "seen": webp_uri(seen.image),
            "words": color_words(scene.words),
            "swapped": None if scene.swapped_words is None else color_words(scene.swapped_words),
            "no_swap": reason,
        }
        for scene, seen, reason in zip(large, small, reasons, strict=True)
    )
