"""Paths of the files that ship with the package: models and assets.

An installed wheel holds them as `explorer/_data`; a checkout has `models/` and `assets/` next to `explorer/`.
"""

from functools import lru_cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_data"

CHECKOUT = _PACKAGE.parent
"""The folder that holds the package: the root of a checkout, or site-packages."""

IS_INSTALLED = _INSTALLED.is_dir()
PROGRAM = "clip-binding" if IS_INSTALLED else "python -m explorer"
"""Name of the command: the console script of an installed wheel, or the module in a checkout."""

DATA_FOLDER = _INSTALLED if IS_INSTALLED else CHECKOUT
ASSETS = DATA_FOLDER / "assets"
FROZEN_FOLDER = ASSETS / "study"
"""Frozen evidence of the study, its open questions, and what came of them."""
CONFIGS = DATA_FOLDER / "models" / "configs"
SHIPPED_FOLDER = DATA_FOLDER / "models" / "checkpoints"
PRETRAINED = DATA_FOLDER / "models" / "pretrained.json"
"""open_clip's pretrained models, written by `explorer.tools.pretrained`."""


@lru_cache
def asset_text(name: str) -> str:
    """Return the text of a file in `assets`, read once."""
    return (ASSETS / name).read_text(encoding="utf-8")
