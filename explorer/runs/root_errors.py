"""Sentences about a folder of runs that cannot be used; strangers on a shared server are not told where it is.

told(root)                              # the folder in a sentence
unusable(root, "written", error)        # the `UserError` to raise
"""

import os
from pathlib import Path

from explorer.errors import UserError
from explorer.runs.files import is_full
from explorer.settings import settings_for


def unusable(root: Path, done: str, error: OSError) -> UserError:
    """Why the folder of runs cannot be read or written, and what helps."""
    advice = "" if _is_shared() else "; name a folder that can"
    if is_full(error):
        advice = "; delete runs to make room"
    return UserError("runs", told(root), f"cannot be {done} ({error.strerror or error}){advice}", longest=200)


def told(root: Path) -> str:
    """The folder in a sentence, which strangers may read: on a server for many they are not told where it is."""
    return "the server's folder" if _is_shared() else str(root)


def _is_shared() -> bool:
    return settings_for(os.environ.get("HOST"), os.environ).is_shared
