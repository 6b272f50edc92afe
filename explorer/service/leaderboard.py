"""Leaderboard of several models on one question: one row per model, best binding first.

    rows = [leaderboard_row(name, question, store=store, count=400, seed=0, only_safe=True) for name in names]
    document(rows, question, count=400, seed=0)["rows"]     # sorted, each with size, scenes, biases and the question

The question, a user's pictures and captions, is optional. The canonical scenes are always scored, drawn at each model's
own resolution. A model that is not on this disk is listed and not downloaded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.clip.catalog import is_on_disk, known_parameters
from explorer.clip.loading import ProgressCallback, no_progress
from explorer.errors import UserError
from explorer.evaluation.user_probe.probe_verdict import margin_of, of_binding, right_caption, summary
from explorer.runs.store import RunStore
from explorer.service.probing import load_model, score_pictures
from explorer.world.imagefolder import check_size
from explorer.world.worlds import WORLDS

MOST_MODELS = 12
NOT_HERE = "not on this disk, and not fetched for a ladder; ask it by itself first"
CONDITIONS = (
    "Canonical scenes: two objects, both named with their color, drawn at each model's resolution; intervals are 95 % "
    "Wilson intervals over scenes."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Encoded pictures by the field for errors, their names for the user, and captions, the right first."""

    files: dict[str, bytes]
    names: tuple[str, ...]
    captions: tuple[str, ...]


def leaderboard_row(
    model: str,
    asked: Asked | None,
    *,
    store: RunStore,
    count: int,
    seed: int,
    only_safe: bool,
    tell: ProgressCallback = no_progress,
) -> dict[str, Any]:
    """Return the row of one model; if it cannot be scored, "why" gives the reason and its numbers are None."""
    row: dict[str, Any] = {"model": model, "parameters": None, "pixels": None, "on_disk": True, "why": None}
    row |= {"scenes": None, "verdict": None, "question": None}
    try:
        if not is_on_disk(model, find_run=store.find_model):
            return row | {"on_disk": False, "why": NOT_HERE, "parameters": known_parameters(model)}
        clip = load_model(model, store=store, only_safe=only_safe, tell=tell)
        from explorer.evaluation.embed import environment

        row["parameters"] = sum(parameter.numel() for parameter in clip.model.parameters())
        row |= {"pixels": clip.image_size, **environment(clip.device)}
        if asked is not None:
            row["question"] = _question(model, asked, store, only_safe)
        return row | _scenes(clip, count, seed)
    except UserError as error:
        return row | {"why": str(error)}


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


def _scenes(clip: Any, count: int, seed: int) -> dict[str, Any]:
    from explorer.evaluation.analysis.preference_bias import as_document, measure_scenes

    found = as_document(measure_scenes(clip, scenes_of(clip), seed=seed, count=count))
    return {"scenes": found, "verdict": of_binding(found["binding_accuracy"])}


def _question(model: str, asked: Asked, store: RunStore, only_safe: bool) -> dict[str, Any]:
    """Return the mean margin of the pictures with its verdict in words."""
    found = score_pictures(model, asked.names, asked.files, asked.captions, store=store, only_safe=only_safe)
    own = found["n"]["images"] == found["n"]["captions"]
    margins = [each for each in right_margins(found, own=own) if each is not None]
    return {
        "margin": float(np.mean(margins)) if margins else None,
        "n": found["n"]["images"],
        "verdict": summary(found, own=own),
        "warnings": found["warnings"],
    }


def right_margins(found: Mapping[str, Any], *, own: bool) -> list[float | None]:
    """Return the margin of each picture's right caption over the best of the others."""
    return [margin_of(each, right_caption(found, row, own=own)) for row, each in enumerate(found["cosine"])]


def ranked(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort from the highest binding accuracy down; models without a number last, in the given order."""
    return sorted(rows, key=lambda row: -_binding(row))


def document(rows: Sequence[dict[str, Any]], asked: Asked | None, *, count: int, seed: int) -> dict[str, Any]:
    """Return the document of the command `ladder`."""
    return {
        "rows": ranked(rows),
        "captions": list(asked.captions) if asked else [],
        "images": list(asked.names) if asked else [],
        "scenes": count,
        "seed": seed,
        "conditions": CONDITIONS,
    }


def _binding(row: Mapping[str, Any]) -> float:
    return float(row["scenes"]["binding_accuracy"]["value"]) if row["scenes"] else -1.0
