"""Leaderboard of several models on one question: one row per model, best binding first.

    rows = [leaderboard_row(name, question, store=store, count=400, seed=0, only_safe=True) for name in names]
    ranked(rows)[0].binding.value                           # sorted, each with size, scenes, biases and the question
    document(rows, question, count=400, seed=0)             # the document of the command `leaderboard`

The question, a user's pictures and captions, is optional. The canonical scenes are always scored, drawn at each model's
own resolution. A model that is not on this disk is listed and not downloaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.clip.catalog import is_on_disk, known_parameters
from explorer.clip.loading import ProgressCallback, no_progress
from explorer.codec import encode
from explorer.errors import UserError
from explorer.evaluation.results import Defined, Environment, Estimate, with_definitions
from explorer.evaluation.user_probe import ProbeAnswer, margin_of, right_caption, summary
from explorer.evaluation.verdict import of_binding
from explorer.runs.store import RunStore
from explorer.views.questions import load_model, score_pictures
from explorer.world.imagefolder import check_size
from explorer.world.worlds import WORLDS

MOST_MODELS = 12
NOT_HERE = "not on this disk, and not fetched for a ladder; ask it by itself first"
CONDITIONS = (
    "Canonical scenes: two objects, both named with their color, drawn at each model's resolution; intervals are 95 % "
    "Wilson intervals over scenes."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaderboardQuestion:
    """Encoded pictures by the field for errors, their names for the user, and captions, the right first."""

    files: dict[str, bytes]
    names: tuple[str, ...]
    captions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionScore:
    """Mean margin of the right captions over `n` pictures, None for a single caption, with its verdict in words."""

    margin: float | None
    n: int
    verdict: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaderboardRow:
    """Results of one model; `why` is the reason if it could not be scored, and parts that are not known are None."""

    model: str
    parameters: int | None = None
    pixels: int | None = None
    on_disk: bool = True
    why: str | None = None
    scenes: Defined | None = None
    verdict: str | None = None
    question: QuestionScore | None = None
    environment: Environment | None = None

    @property
    def binding(self) -> Estimate | None:
        """Binding accuracy on the canonical scenes."""
        return self.scenes["binding_accuracy"] if self.scenes else None

    @property
    def device(self) -> str:
        """Device of the measurement, "" if the model was not loaded."""
        return self.environment.device if self.environment else ""

    def to_json(self) -> dict[str, Any]:
        """Convert to a row of the document."""
        return {
            "model": self.model,
            "parameters": self.parameters,
            "pixels": self.pixels,
            "on_disk": self.on_disk,
            "why": self.why,
            "scenes": encode(self.scenes),
            "verdict": self.verdict,
            "question": encode(self.question),
            **(encode(self.environment) or {}),
        }


def leaderboard_row(
    model: str,
    question: LeaderboardQuestion | None,
    *,
    store: RunStore,
    count: int,
    seed: int,
    only_safe: bool,
    tell: ProgressCallback = no_progress,
) -> LeaderboardRow:
    """Return the row of one model; if it cannot be scored, `why` gives the reason."""
    row = LeaderboardRow(model=model)
    try:
        if not is_on_disk(model, find_run=store.find_model):
            return replace(row, on_disk=False, why=NOT_HERE, parameters=known_parameters(model))
        clip = load_model(model, store=store, only_safe=only_safe, tell=tell)
        from explorer.evaluation.embed import environment

        parameters = sum(parameter.numel() for parameter in clip.model.parameters())
        row = replace(row, parameters=parameters, pixels=clip.image_size, environment=environment(clip.device))
        if question is not None:
            row = replace(row, question=_question(model, question, store, only_safe))
        scenes = _scenes(clip, count, seed)
        return replace(row, scenes=scenes, verdict=of_binding(scenes["binding_accuracy"]))
    except UserError as error:
        return replace(row, why=str(error))


def scenes_of(clip: Any) -> Any:
    """Return the world if scenes can be drawn at the model's resolution; else raise `UserError`."""
    size = clip.preprocess["size"]
    try:
        if not isinstance(size, int) and size[0] != size[-1]:
            raise UserError("size", f"{size[0]} x {size[-1]}", "must be a square")
        check_size(clip.image_size)
    except UserError as error:
        raise UserError("model", clip.name, f"our scenes cannot be drawn for it, {error}") from None
    return next(iter(WORLDS.values()))


def _scenes(clip: Any, count: int, seed: int) -> Defined:
    from explorer.evaluation.analyses import BIAS_DEFINITIONS, measure_scenes

    return with_definitions(measure_scenes(clip, scenes_of(clip), seed=seed, count=count), BIAS_DEFINITIONS)


def _question(model: str, question: LeaderboardQuestion, store: RunStore, only_safe: bool) -> QuestionScore:
    scored = score_pictures(model, question.names, question.files, question.captions, store=store, only_safe=only_safe)
    answer = scored.answer
    own = answer.picture_count == len(answer.captions)
    margins = [each for each in right_margins(answer, own=own) if each is not None]
    return QuestionScore(
        margin=float(np.mean(margins)) if margins else None,
        n=answer.picture_count,
        verdict=summary(answer, own=own),
        warnings=answer.warnings,
    )


def right_margins(answer: ProbeAnswer, *, own: bool) -> list[float | None]:
    """Return the margin of each picture's right caption over the best of the others."""
    return [margin_of(each, right_caption(answer, row, own=own)) for row, each in enumerate(answer.cosine)]


def ranked(rows: Sequence[LeaderboardRow]) -> list[LeaderboardRow]:
    """Sort from the highest binding accuracy down; models without a number last, in the given order."""
    return sorted(rows, key=lambda row: -_binding(row))


def document(
    rows: Sequence[LeaderboardRow], question: LeaderboardQuestion | None, *, count: int, seed: int
) -> dict[str, Any]:
    """Return the document of the command `leaderboard`."""
    return {
        "rows": [row.to_json() for row in ranked(rows)],
        "captions": list(question.captions) if question else [],
        "images": list(question.names) if question else [],
        "scenes": count,
        "seed": seed,
        "conditions": CONDITIONS,
    }


def _binding(row: LeaderboardRow) -> float:
    return row.binding.value if row.binding and row.binding.value is not None else -1.0
