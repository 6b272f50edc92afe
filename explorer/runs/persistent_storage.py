"""Folder of runs: on a Space its mounted volume if that supports the operations of runs, else its disk; its errors.

    default_root(environ)  # EXPLORER_RUNS, else Path("/data/runs") on a Space with a usable volume there, ...
    trial(folder)          # "" if runs can be kept in it, else a sentence

A Space's disk is emptied at each restart. A storage bucket is mounted as a folder, and not every mount supports all
operations of a disk, so each is tried once: a claim, an appended line, a replaced file, a renamed folder.

    told(root, is_shared=True)              # the folder in a sentence; a public server does not reveal its path
    unusable(root, "written", error, is_shared=False)       # the `UserError` to raise
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from platformdirs import user_data_path

from explorer.errors import UserError
from explorer.runs.files import is_full, replace_file
from explorer.settings import is_space

VOLUME = Path("/data")
"""Mount point in the documentation of Spaces; EXPLORER_RUNS names another one."""


def default_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Return EXPLORER_RUNS, else on a Space its volume, else `runs` in the platform's folder for user data."""
    named = environ.get("EXPLORER_RUNS")
    return Path(named) if named else _lasting(environ) or user_data_path("clip-binding-explorer") / "runs"


def _lasting(environ: Mapping[str, str]) -> Path | None:
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


def unusable(root: Path, done: str, error: OSError, *, is_shared: bool) -> UserError:
    """Make the error for a folder of runs that cannot be read or written, with a remedy."""
    advice = "" if is_shared else "; name a folder that can"
    if is_full(error):
        advice = "; delete runs to make room"
    sentence = f"cannot be {done} ({error.strerror or error}){advice}"
    return UserError("runs", told(root, is_shared=is_shared), sentence, longest=200)


def told(root: Path, *, is_shared: bool) -> str:
    """Name the folder in a sentence; a public server does not reveal the path."""
    return "the server's folder" if is_shared else str(root)
