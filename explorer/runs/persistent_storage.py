"""Folder of runs on a Space: its mounted volume if that supports the operations of runs, else its disk.

    lasting(environ)       # Path("/data/runs") on a Space with a usable volume there, else None
    trial(folder)          # "" if runs can be kept in it, else a sentence

A Space's disk is emptied at each restart. A storage bucket is mounted as a folder, and not every mount supports all
operations of a disk, so each is tried once: a claim, an appended line, a replaced file, a renamed folder.
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from explorer.runs.files import replace_file
from explorer.settings import is_space

VOLUME = Path("/data")
"""Mount point in the documentation of Spaces; EXPLORER_RUNS names another one."""


def lasting(environ: Mapping[str, str]) -> Path | None:
    """Return the folder for runs on the volume of a Space; None anywhere else and for an unusable volume."""
    return VOLUME / "runs" if is_space(environ) and _is_usable(VOLUME) else None


@cache
def _is_usable(volume: Path) -> bool:
    """Return True if the trial succeeds, tried once per process: the folder must not change while the server runs."""
    return volume.is_dir() and not trial(volume)


def trial(folder: Path) -> str:
    """Try the operations of a run in `folder`; return the failure as a sentence, or nothing."""
    built, named = (folder / f".{word}-{secrets.token_hex(6)}" for word in ("trial", "tried"))
    try:
        built.mkdir(parents=True)
        os.close(os.open(built / "claim", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        for line in (b"1\n", b"2\n"):
            with (built / "metrics.jsonl").open("a+b") as file:
                file.write(line)
            replace_file(built / "status.json", line)
        os.rename(built, named)
        if (named / "metrics.jsonl").read_bytes() + (named / "status.json").read_bytes() != b"1\n2\n2\n":
            return "a run that was written there reads otherwise"
        return ""
    except OSError as error:
        return f"runs cannot be kept there ({error.strerror or error})"
    finally:
        for made in (built, named):
            shutil.rmtree(made, ignore_errors=True)
