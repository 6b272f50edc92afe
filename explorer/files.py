"""Files that are read whole: their digest, and what was made of one is kept until another takes its place.

@cache_by_file_time(16)
def read_title(path: Path) -> str: ...                  # called with a path, as a Path or as text
digest_of_file(path)                                    # 64 hex digits
file_sign(path)                                         # (bytes, time): another one if the content is another one
read_written(path)                                      # bytes of a file that a person named

A path as plain text is quicker: joining a thousand of pathlib's takes as long as reading the files.
"""

import errno
import hashlib
import os
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Further = TypeVarTuple("Further")
_TICK_NS = 100_000_000
"""Resolution of file times: two files written within it have the same time, so one that young is read again."""


def cache_by_file_time(
    most: int,
) -> Callable[[Callable[[Path, *Further], T]], Callable[[str | Path, *Further], T]]:
    """Decorate a reader of one file: its answer to the same further arguments is kept while the file is the same.

    A file is the same while inode, time and size are. `most` answers are kept, of each file only that to its newest
    content; further arguments are hashable.
    """

    def decorate(read: Callable[[Path, *Further], T]) -> Callable[[str | Path, *Further], T]:
        @lru_cache(maxsize=most)
        def place(_path: str, *_further: *Further) -> list[tuple[tuple[int, int, int], T]]:
            """Make an empty place for the answer, which stands there with what identifies its file."""
            return []

        def reader(path: str | Path, *further: *Further) -> T:
            stat = os.stat(path)
            if time.time_ns() - stat.st_mtime_ns <= _TICK_NS:
                return read(Path(path), *further)
            kept, file = place(os.fspath(path), *further), (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            last = kept[0] if kept else None
            if last is None or last[0] != file:
                last = file, read(Path(path), *further)
                kept[:] = [last]
            return last[1]

        return reader

    return decorate


MAX_WRITTEN_BYTES = 10_000_000
"""Bytes of a file that a person writes, such as one that names the models of a board."""


def read_written(path: Path) -> bytes:
    """Return the content of a file that a person named, which may be a device without an end.

    Raises:
        OSError: It cannot be read, or has more bytes than a person writes.
    """
    with path.open("rb") as file:
        content = file.read(MAX_WRITTEN_BYTES + 1)
    if len(content) > MAX_WRITTEN_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


FileSign = tuple[int, int]
"""Bytes of a file, and when it was written, in nanoseconds."""


def file_sign(path: Path) -> FileSign | None:
    """Return what differs once a file has another content under its name; None where it cannot be read."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of the bytes in the file as 64 hex digits; raise OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
