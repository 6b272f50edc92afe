"""The question that the page opens with, and its answer by two shipped models, which stands in a file beside this.

    document()["pairs"][0]          # {"captions": [one, other], "pictures": [data URI, data URI]}
    document()["models"][0]         # {"model", "title", "answers": one a pair, "binding": its estimate, "trained": ...}

    python -m explorer.pages.workbench.quiz_pairs          # writes the file anew, after a shipped model has changed

The first pair is that of the Probe tab; the others are the first scenes of the canonical set, on which binding accuracy
is measured, each beside its twin with the values exchanged. Nothing was picked. The file names the weights that it was
computed with and is not shown with others; a test computes part of it again.
"""

import base64
import io
import json
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np

from explorer.evaluation.sets import FORMS, make_set
from explorer.evaluation.user_probe.probe_verdict import verdicts
from explorer.pages.probe import example
from explorer.pages.shared.values import value_text
from explorer.resources import CHECKPOINTS
from explorer.runs.store import RunStore, default_root
from explorer.service.endpoints import data_uri
from explorer.service.pictures import from_data_uri
from explorer.service.probing import score_pictures
from explorer.spec.dials import DataSpec
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer
from explorer.world.worlds import WORLDS

MODELS = {"things-web": "Captions like the web’s", "things-bound": "Dense, complete captions"}
"""The shipped models that stand side by side, and what is said above each; the guess is about the first."""
FILE = Path(__file__).with_suffix(".json")
NUM_PAIRS, SEED, SCENES = 12, 0, 1000
_LOOKED_AT = 40
"""Scenes of the canonical set among which enough have a swap."""


@lru_cache(maxsize=1)
def document() -> dict[str, Any] | None:
    """What the file holds, None where it was computed with other weights than are here."""
    try:
        found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
        return found if found["weights"] == _weights() else None
    except (OSError, ValueError, LookupError):
        return None


def pairs() -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """Captions and pictures uint8 (2, 3, S, S) of each pair: the first caption is that of the first picture."""
    yield example.CAPTIONS, example.pictures()
    world = WORLDS["things"]
    grammar = Grammar(world)
    found = make_set("canonical", DataSpec(), world, seed=SEED, count=_LOOKED_AT)
    renderer = Renderer(found.plan, size=example.PIXELS)
    right, wrong = (grammar.texts(grammar.ids(said)) for said in (found.caption, found.swapped.said))
    images, twins = renderer.images(found.scenes), renderer.images(found.twins)
    for place in np.flatnonzero(found.swapped.exists)[: NUM_PAIRS - 1]:
        yield (right[place], wrong[place]), np.stack([images[place], twins[place]])


def compute() -> dict[str, Any]:
    """What the file holds; takes torch and a few seconds."""
    asked = list(pairs())
    shown = [{"captions": list(captions), "pictures": list(map(_small_uri, images))} for captions, images in asked]
    models = [_model(name, title, asked) for name, title in MODELS.items()]
    return {"weights": _weights(), "pairs": shown, "models": models}


def answer(name: str, captions: tuple[str, str], images: np.ndarray) -> dict[str, Any]:
    """Cosines (picture x caption) of one pair by one model, and how the margin of each picture is to be read."""
    files = {f"picture {number}": from_data_uri(data_uri(image), "picture") for number, image in enumerate(images)}
    found = score_pictures(name, list(files), files, captions, store=_store(), only_safe=True, hide_folder=True)
    cosine = [[round(value, 6) for value in row] for row in found["cosine"]]
    return {"cosine": cosine, "kinds": verdicts(found, own=True)}


def _model(name: str, title: str, asked: list[tuple[tuple[str, str], np.ndarray]]) -> dict[str, Any]:
    """The answers of a model, and what its card tells of its accuracy and of its training."""
    card = json.loads((CHECKPOINTS / name / "card.json").read_text(encoding="utf-8"))
    train = card["spec"]["train"]
    changes = "".join(f", {field} {unescape(value_text(value))}" for field, value in card["changes"].items())
    return {
        "model": name,
        "title": title,
        "answers": [answer(name, captions, images) for captions, images in asked],
        "binding": card["metrics"]["binding_accuracy"],
        "form": FORMS["canonical"],
        "scenes": SCENES,
        "device": card["device"],
        "trained": f"{card['preset']}{changes}, seed {card['seed']}, {card['budget']['steps']:,} steps of"
        f" {train['batch_size']:,} pairs, learning rate {train['learning_rate']:g}, recipe {card['spec']['recipe']}",
    }


def _weights() -> dict[str, str]:
    paths = {name: CHECKPOINTS / name / "open_clip_model.safetensors" for name in MODELS}
    return {name: example.digest(path) for name, path in paths.items()}


def _store() -> RunStore:
    return RunStore(default_root())


def _small_uri(image: np.ndarray) -> str:
    """uint8 (3, S, S) as WebP without loss: a third of the same PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, "WEBP", lossless=True)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


if __name__ == "__main__":
    FILE.write_text(json.dumps(compute(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
