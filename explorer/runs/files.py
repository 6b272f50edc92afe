"""JSON on disk, replaced whole: written beside, then renamed, so a reader never sees half of a file.

write_json(path, {"status": "queued"}); read_json(path)
with path.open("a+b") as file: drop_torn_line(file)      # before a further line is added
"""

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file; OSError or ValueError where there is none."""
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Replace the file by `record`."""
    replace_file(path, (json.dumps(dict(record), indent=2, allow_nan=False) + "\n").encode())


def replace_file(path: Path, content: bytes) -> None:
    """Replace the file by `content` in one go."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    beside.write_bytes(content)
    os.replace(beside, path)


def drop_torn_line(file: BinaryIO) -> None:
    """Cut off a last line without its end, which a writer that was killed left and no reader counted."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if file.read(1) not in (b"", b"\n"):
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
