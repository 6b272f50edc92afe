"""JSON files, replaced atomically: a temporary file is renamed, so a reader never sees a partial file.

write_json(path, {"status": "queued"}); read_json(path)
with path.open("a+b") as file: drop_torn_line(file)      # before a further line is added
replace_anyway(path, content)                            # works on a full disk too
"""

import errno
import json
import os
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

FULL = "the disk is full: make room, then resume it or start it again"
"""Reason of a run whose files could not be written."""
NO_ROOM = "disk: is full; delete runs to make room, then try again"
"""Message for a request that would have to write."""
ROOM = 2**16
"""Free bytes below which a disk counts as full."""


def read_json(path: Path) -> dict[str, Any]:
    """Read the object in the file; raise OSError or ValueError if there is none."""
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Replace the file by `record`."""
    replace_file(path, as_json(record))


def as_json(record: Mapping[str, Any]) -> bytes:
    """Return the file content for `record`."""
    return (json.dumps(dict(record), indent=2, allow_nan=False) + "\n").encode()


def replace_file(path: Path, content: bytes) -> None:
    """Replace the file by `content` atomically."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def replace_anyway(path: Path, content: bytes) -> None:
    """Replace the file by `content`; on a full disk in place, which needs no room but is not atomic."""
    try:
        replace_file(path, content)
    except OSError as error:
        if not is_full(error):
            raise
        with path.open("r+b") as file:
            file.write(content)
            file.truncate()


def is_full(error: BaseException, folder: Path | None = None) -> bool:
    """Return True if `error` came from a full disk or quota; for a library's own error, check the room in `folder`."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    is_librarys = folder is not None and folder.is_dir() and isinstance(error, Exception)
    return is_librarys and ("No space left" in str(error) or shutil.disk_usage(str(folder)).free < ROOM)


def drop_torn_line(file: BinaryIO) -> None:
    """Cut off an incomplete last line, which a killed writer left and no reader counted."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if file.read(1) not in (b"", b"\n"):
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
