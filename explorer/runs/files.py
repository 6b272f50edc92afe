"""JSON on disk, replaced whole: written beside, then renamed, so a reader never sees half of a file.

write_json(path, {"status": "queued"}); read_json(path)
with path.open("a+b") as file: drop_torn_line(file)      # before a further line is added
replace_anyway(path, content)                            # a full disk is no hindrance
"""

import errno
import json
import os
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

FULL = "the disk is full: make room, then resume it or start it anew"
"""Why a run ended whose files could not be written."""
NO_ROOM = "disk: is full; delete runs to make room, then try again"
"""What is said to whoever asks for something that would have to be written."""
ROOM = 2**16
"""Bytes; where fewer are free a disk counts as full."""


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file; OSError or ValueError where there is none."""
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Replace the file by `record`."""
    replace_file(path, as_json(record))


def as_json(record: Mapping[str, Any]) -> bytes:
    """The content of a file of `record`."""
    return (json.dumps(dict(record), indent=2, allow_nan=False) + "\n").encode()


def replace_file(path: Path, content: bytes) -> None:
    """Replace the file by `content` in one go."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def replace_anyway(path: Path, content: bytes) -> None:
    """Replace the file by `content`; on a full disk in its old place, which takes no room but can be seen torn."""
    try:
        replace_file(path, content)
    except OSError as error:
        if not is_full(error):
            raise
        with path.open("r+b") as file:
            file.write(content)
            file.truncate()


def is_full(error: BaseException, folder: Path | None = None) -> bool:
    """Whether `error` came from a full disk or quota; of a library's own error the room in `folder` is the judge."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    is_librarys = folder is not None and folder.is_dir() and isinstance(error, Exception)
    return is_librarys and ("No space left" in str(error) or shutil.disk_usage(str(folder)).free < ROOM)


def drop_torn_line(file: BinaryIO) -> None:
    """Cut off a last line without its end, which a writer that was killed left and no reader counted."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if file.read(1) not in (b"", b"\n"):
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
