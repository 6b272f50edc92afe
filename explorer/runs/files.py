"""JSON files, replaced atomically: a temporary file is renamed, so a reader never sees a partial file.

    write_json(path, {"status": "queued"}); read_json(path)
    with path.open("a+b") as file: drop_torn_line(file)     # before a further line is added
    replace_even_if_full(path, content)                     # works on a full disk too
    default_root(environ)                                   # EXPLORER_RUNS, else the folder of runs of this computer
    try_folder(folder)                                      # "" if runs can be kept in it, else a sentence

A Space's disk is emptied at each restart. A storage bucket is mounted as a folder, and not every mount supports all
operations of a disk, so each is tried once: a claim, an appended line, a replaced file, a renamed folder.
"""

import errno
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from platformdirs import user_data_path

from explorer.runs.file_names import CLAIM_FILE, METRICS_FILE, STATUS_FILE
from explorer.settings import is_space

MB = 1_000_000
DISK_FULL = "the disk is full: make room, then resume it or start it again"
"""Reason of a run whose files could not be written."""
NO_ROOM = "is full; delete runs to make room, then try again"
"""Reason of the error `disk` of a request that would have to write."""
MIN_DISK_BYTES = 2**16
"""Free bytes below which a disk counts as full."""


MAX_JSON_DEPTH = 100
"""Lists and objects within each other in a file: what is nested deeper could be read, and not answered to a page."""


def parse_json(text: str | bytes, **options: Any) -> Any:
    """Parse JSON as `json.loads` does; raise ValueError for none, or for one nested deeper than `MAX_JSON_DEPTH`."""
    too_deep = ValueError(f"its JSON is nested deeper than {MAX_JSON_DEPTH} times")
    try:
        content = json.loads(text, **options)
    except RecursionError:
        raise too_deep from None
    layer = [content]
    for _ in range(MAX_JSON_DEPTH):
        parts = (each.values() if isinstance(each, dict) else each for each in layer if isinstance(each, dict | list))
        layer = list(chain.from_iterable(parts))
    if layer:
        raise too_deep
    return content


def read_json(path: Path) -> dict[str, Any]:
    """Read the object in the file; raise OSError or ValueError if there is none."""
    record = parse_json(path.read_text(encoding="utf-8"))
    if not isinstance(record, dict):
        raise ValueError(f"{path.name} holds no object")
    return record


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write the record as JSON, atomically instead of what is in the file; raise `ValueError` for NaN and infinity."""
    replace_file(path, to_json_bytes(record))


def to_json_bytes(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(dict(record), indent=2, allow_nan=False) + "\n").encode()


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` beside the file and rename it over the file, so that no reader sees a part of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def replace_named_file(path: Path, content: bytes) -> None:
    """Replace the file that a person named: where a link leads, and in place if it is no file, as a device."""
    target = Path(os.path.realpath(path))
    if os.path.exists(target) and not os.path.isfile(target):
        target.write_bytes(content)
    else:
        replace_file(target, content)


def replace_even_if_full(path: Path, content: bytes) -> None:
    """Replace the file by `content`; on a full disk in place, which needs no room but is not atomic."""
    try:
        replace_file(path, content)
    except OSError as error:
        if not is_disk_full(error):
            raise
        with path.open("r+b") as file:
            file.write(content)
            file.truncate()


LEFTOVER_S = 60.0
"""Age in seconds of a temporary file that nobody writes any more: they live for a moment."""


def sweep_leftovers(folder: Path, pattern: str, *, older_s: float = LEFTOVER_S) -> None:
    """Remove the files and folders of a pattern in `folder` that a killed process has left there half written."""
    for path in folder.glob(pattern):
        with suppress(OSError):  # another process has renamed or removed it meanwhile
            if time.time() - path.stat().st_mtime > older_s:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()


def free_bytes(folder: Path) -> int:
    """Return the bytes that are free where `folder` is, or will be once it is made."""
    return shutil.disk_usage(next((each for each in (folder, *folder.parents) if each.is_dir()), ".")).free


def is_disk_full(error: BaseException, folder: Path | None = None) -> bool:
    """Return True if `error` came from a full disk or quota; for a library's own error, check the room in `folder`."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    if folder is None or not folder.is_dir() or not isinstance(error, Exception):
        return False
    return "No space left" in str(error) or free_bytes(folder) < MIN_DISK_BYTES


def drop_torn_line(file: BinaryIO) -> None:
    """Cut off an incomplete last line, which a killed writer left and no reader counted."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if file.read(1) not in (b"", b"\n"):
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


# ---- The folder of runs

SPACE_VOLUME = Path("/data")
"""Mount point in the documentation of Spaces; EXPLORER_RUNS names another one."""


def default_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Return EXPLORER_RUNS, else on a Space its volume, else `runs` in the platform's folder for user data."""
    if named := environ.get("EXPLORER_RUNS"):
        return Path(named)
    if is_space(environ) and _is_usable(SPACE_VOLUME):
        return SPACE_VOLUME / "runs"
    return user_data_path("clip-binding-explorer") / "runs"


@cache
def _is_usable(volume: Path) -> bool:
    """Return True if the trial succeeds, tried once per process: the folder must not change while the server runs."""
    return volume.is_dir() and not try_folder(volume)


def try_folder(folder: Path) -> str:
    """Try the operations of a run in `folder`; return the failure as a sentence, or nothing.

    A full disk is no failure: who deletes runs makes room, and needs the server for that.
    """
    built, named = (folder / f".{word}-{secrets.token_hex(6)}" for word in ("trial", "tried"))
    try:
        built.mkdir(parents=True)
        os.close(os.open(built / CLAIM_FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        for line in (b"1\n", b"2\n"):
            with (built / METRICS_FILE).open("a+b") as file:
                file.write(line)
            replace_file(built / STATUS_FILE, line)
        os.rename(built, named)
        if (named / METRICS_FILE).read_bytes() + (named / STATUS_FILE).read_bytes() != b"1\n2\n2\n":
            return "a run that was written there reads otherwise"
        return ""
    except OSError as error:
        return "" if is_disk_full(error) else f"runs cannot be kept there ({error.strerror or error})"
    finally:
        for leftover in (built, named):
            shutil.rmtree(leftover, ignore_errors=True)
