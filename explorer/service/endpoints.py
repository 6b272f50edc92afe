"""Checks that all requests share, and pictures as data URIs; errors are sentences.

    spec = resolve("web-like", {"saliency_bias": "0.5"})
    whole_number("count", "12", 1, 100)
    may_change(folder, key, settings)

`service.Service` has the store of runs, `explorer.views` the requests.
"""

import base64
import io
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.clip.names import config_names
from explorer.errors import UserError
from explorer.presets import preset as find_preset
from explorer.runs.store import RunFolder
from explorer.settings import Settings
from explorer.spec import DIALS, Names, RunSpec, override, validate
from explorer.world.worlds import kind_names

KEY = re.compile(r"[0-9a-f]{32}")
LARGEST_SEED = int(DIALS["seed"].high or 0)


def resolve(preset: str, overrides: Mapping[str, Any]) -> RunSpec:
    """Return the preset with fields overridden, validated as a whole."""
    if not isinstance(overrides, Mapping):
        raise UserError("overrides", overrides, "give an object of fields and values, or none")
    names = Names(worlds=kind_names(), models=config_names())
    return validate(override(find_preset(preset).spec, overrides), names)


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """Return `value` as a whole number within range; else raise `UserError`."""
    try:
        # JSON from a page may write 12 as 12.0.
        number = int(value) if isinstance(value, float) and value.is_integer() else int(str(value))
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise UserError(name, value, f"give a whole number from {low} to {high}")
    return number


def data_uri(image: np.ndarray) -> str:
    """Encode uint8 (3, S, S) as a PNG data URI."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def small_uri(image: np.ndarray) -> str:
    """uint8 (3, S, S) as a WebP data URI without loss: a third of the same PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, "WEBP", lossless=True)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


def may_change(folder: RunFolder, key: str, settings: Settings) -> bool:
    """Return True if the holder of `key` may stop, resume and delete the run; locally also runs of the CLI."""
    return folder.is_owner(key) or (not settings.is_shared and not folder.has_owner)


def is_resumable(folder: RunFolder) -> bool:
    """Return True if there is a checkpoint to resume from."""
    try:
        folder.check_resumable()
    except UserError:
        return False
    return True
