"""Readers of files from users, with one sentence for each possible fault.

read_json(path)                                  # UserError if it is not JSON or too large
text(record, "caption", "line 3 of pairs.csv")   # a caption; UserError if it is missing or empty
picture_name(record, "filename", where)          # a name that stays below its folder
find_file(path, ("test.json", "data/test.json")) # the file itself, or the first of them in the folder
"""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer.errors import NO_VALUE, UserError, shown

MOST_JSON_BYTES = 512 * 2**20
MOST_LETTERS = 10_000


def fault(where: str, what: str) -> UserError:
    """Make the error for a fault in a file."""
    return UserError(where, NO_VALUE, what)


def label(path: Path) -> str:
    """Name a file for a sentence."""
    return shown(str(path), 100)


def find_file(path: Path, names: Sequence[str]) -> Path:
    """Return `path` if it is a file, else the first of `names` in it."""
    found = find_files(path, names)
    return found[0]


def find_files(path: Path, names: Sequence[str]) -> list[Path]:
    """Return `path` if it is a file, else all of `names` in it; raise `UserError` if there is none."""
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise UserError("PATH", label(path), "there is no such file or folder")
    found = [path / name for name in names if os.path.isfile(path / name)]
    if not found:
        raise UserError("PATH", label(path), f"the folder holds none of {', '.join(names)}")
    return found


def first_folder(*folders: Path) -> Path:
    """Return the first that exists, else the last."""
    return next((folder for folder in folders if os.path.isdir(folder)), folders[-1])


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    try:
        if path.stat().st_size > MOST_JSON_BYTES:
            raise fault(label(path), f"the file has more than {MOST_JSON_BYTES // 2**20} MB")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise fault(label(path), f"cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise fault(label(path), "is not JSON in UTF-8, or is cut short") from None


def record_of(value: Any, where: str) -> Mapping[str, Any]:
    """Return `value` if it is an object with names."""
    if not isinstance(value, Mapping):
        raise fault(where, f"an object with fields is needed here, not {shown(value)}")
    return value


def text(record: Mapping[str, Any], key: str, where: str) -> str:
    """Return the text in a field."""
    value = _field(record, key, where)
    if not isinstance(value, str) or not value.strip():
        raise fault(where, f"{key} has to be text, not {shown(value) if value != '' else 'empty'}")
    if len(value) > MOST_LETTERS:
        raise fault(where, f"{key} has more than {MOST_LETTERS:,} letters")
    return value


def number(record: Mapping[str, Any], key: str, where: str) -> float:
    """Return the number in a field."""
    value = _field(record, key, where)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise fault(where, f"{key} has to be a number, not {shown(value)}")
    return float(value)


def picture_name(record: Mapping[str, Any], key: str, where: str) -> str:
    """Return the name of a picture in a field; it must stay below the folder of pictures."""
    name = text(record, key, where)
    parts = name.replace("\\", "/").split("/")
    if not parts[0] or ".." in parts or ":" in parts[0] or "\0" in name:
        raise fault(where, f"{key} {shown(name, 80)} has to be a name below the folder of images, without .. in it")
    return name


def _field(record: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in record:
        raise fault(where, f"there is no {key}; the fields here are {shown(', '.join(map(str, record)), 200)}")
    return record[key]
