"""The first question of Probe, and its answer by the shipped models, stored in a file next to this one.

    uris()                  # two pictures as data URIs: a yellow submarine and a blue bus, and the colors exchanged
    files()                 # the same as bytes by their names
    answers()               # ScoredPictures per shipped model; () if the file is out of date

    python -m explorer.pages.probe.example          # writes the file again, after a shipped model has changed

The file gives the tab an answer before torch is loaded. It names the weights that it was computed with and is not shown
with others. A test computes it again.
"""

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from explorer.clip.names import shipped_names
from explorer.codec import decode, encode
from explorer.evaluation.sets import canonical_data
from explorer.evaluation.user_probe import ScoredPictures
from explorer.resources import CHECKPOINTS
from explorer.service.endpoints import data_uri
from explorer.service.probing import from_data_uri, score_pictures
from explorer.service.service import Service
from explorer.world.counter_rng import Stream
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes, exchange_values, sides
from explorer.world.worlds import WORLDS

FILE = Path(__file__).with_suffix(".json")
CAPTIONS = ("a yellow submarine and a blue bus", "a blue submarine and a yellow bus")
NOUNS, COLORS = ("submarine", "bus"), ("yellow", "blue")
PIXELS = 192


@lru_cache(maxsize=1)
def uris() -> tuple[str, ...]:
    """Return the two pictures as data URIs."""
    return tuple(map(data_uri, pictures()))


def files() -> dict[str, bytes]:
    """Return the two pictures as files."""
    return {f"example-{number}.png": from_data_uri(uri, "example") for number, uri in enumerate(uris(), start=1)}


def pictures() -> np.ndarray:
    """Render uint8 (2, 3, PIXELS, PIXELS): the scene of each caption."""
    world = WORLDS["things"]
    plan = make_plan(canonical_data(world), world, seed=0)
    scene = draw_scenes(plan, Stream(seed=0, name="evaluation", index=np.arange(1)))
    words = [noun.word for noun in world.nouns], [value.word for value in world.kinds[0].values]
    values = scene.values.copy()
    values[0, :, 0] = [words[1].index(color) for color in COLORS]
    nouns = np.array([[words[0].index(noun) for noun in NOUNS]])
    first = replace(
        scene,
        nouns=nouns,
        values=values,
        side=sides(plan, values, scene.level),
        cell=np.array([[0, 3]]),  # one above on the left, the other below on the right
        offset=np.full_like(scene.offset, 2**15),
    )
    color = np.zeros((1, len(world.kinds)), dtype=bool)
    color[0, 0] = True
    other = exchange_values(plan, first, np.array([0]), np.array([1]), color)
    renderer = Renderer(plan, size=PIXELS)
    return np.concatenate([renderer.images(first), renderer.images(other)])


@lru_cache(maxsize=1)
def answers() -> tuple[ScoredPictures, ...]:
    """Return the answers of the file, none if its weights, pictures or captions differ from the current ones."""
    try:
        found = json.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(decode(ScoredPictures, each) for each in found["documents"]) if found["of"] == _asked() else ()


def compute() -> tuple[ScoredPictures, ...]:
    """Compute the answers; imports torch and takes a few seconds."""
    store, shown = Service.here().store, files()
    return tuple(
        score_pictures(
            name, list(shown), shown, CAPTIONS, store=store, only_safe=True, hide_folder=True, mapped=len(CAPTIONS)
        )
        for name in shipped_names()
    )


def _asked() -> dict[str, object]:
    """Return all that the answers depend on."""
    weights = {name: digest(path) for name in shipped_names() for path in CHECKPOINTS.glob(f"{name}/*.safetensors")}
    shown = hashlib.sha256(pictures().tobytes()).hexdigest()
    return {"captions": list(CAPTIONS), "pictures": shown, "weights": weights}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    content = {"of": _asked(), "documents": encode(compute())}
    FILE.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
