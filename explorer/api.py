"""What pages, the command line and notebooks ask for, as plain functions: JSON in and out, errors as sentences.

    spec = resolve("web-like", {"saliency_bias": "0.5"})
    scenes("web-like", {}, count=3, seed=0, size=64)       # [{"image": "data:image/png;base64,...", "caption": ...}]

No torch is imported here before a model is needed.
"""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.presets import preset as find_preset
from explorer.spec import DIALS, Names, RunSpec, SpecError, override, validate
from explorer.world.counter import Stream
from explorer.world.export import SIZES, check_size, records
from explorer.world.grammar import Grammar
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS, kind_names
from models.configs import config_names

MOST_SCENES = 100
LARGEST_SEED = int(DIALS["seed"].high or 0)


def resolve(preset: str, overrides: Mapping[str, Any]) -> RunSpec:
    """The preset with fields overridden, checked as a whole."""
    names = Names(worlds=kind_names(), models=config_names())
    return validate(override(find_preset(preset).spec, overrides), names)


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """`value` as a whole number within range; else `SpecError`."""
    try:
        # JSON from a page may write 12 as 12.0.
        number = int(value) if isinstance(value, float) and value.is_integer() else int(str(value))
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise SpecError(f"{name}={str(value)[:40]}: give a whole number from {low} to {high}")
    return number


def scenes(
    preset: str, overrides: Mapping[str, Any], count: int = 12, seed: int = 0, size: int = 96
) -> list[dict[str, Any]]:
    """The first scenes of a data set with their captions, each picture a PNG data URI."""
    spec = resolve(preset, overrides)
    count, size = whole_number("count", count, 1, MOST_SCENES), whole_number("size", size, *SIZES)
    seed = whole_number("seed", seed, 0, LARGEST_SEED)
    check_size(size)
    world = WORLDS[spec.data.world]
    plan = make_plan(spec.data, world, seed=seed)
    stream = Stream(seed=seed, name="train", index=np.arange(count))
    drawn = draw_scenes(plan, stream)
    renderer = Renderer(plan, size=size)
    described = records(plan, drawn, stream, Grammar(world), renderer.atlas)
    pictures = [{"image": data_uri(image)} for image in renderer.images(drawn)]
    return [picture | record for picture, record in zip(pictures, described, strict=True)]


def data_uri(image: np.ndarray) -> str:
    """uint8 (3, S, S) as a PNG data URI."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
