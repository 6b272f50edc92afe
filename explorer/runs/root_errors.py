"""Sentences about an unusable folder of runs; a public server does not reveal its path.

told(root)                              # the folder in a sentence
unusable(root, "written", error)        # the `UserError` to raise
"""

import os
from pathlib import Path

from explorer.errors import UserError
from explorer.runs.files import is_full
from explorer.settings import settings_for


def unusable(root: Path, done: str, error: OSError) -> UserError:
    """Make the error for a folder of runs that cannot be read or written, with a remedy."""
    advice = "" if _is_shared() else "; name a folder that can"
    if is_full(error):
        advice = "; delete runs to make room"
    return UserError("runs", told(root), f"cannot be {done} ({error.strerror or error}){advice}", longest=200)


def told(root: Path) -> str:
    """Name the folder in a sentence; a public server does not reveal the path."""
    return "the server's folder" if _is_shared() else str(root)


def _is_shared() -> bool:
    return settings_for(os.environ.get("HOST"), os.environ).is_shared
