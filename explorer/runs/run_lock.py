"""Lock of a run folder: one process holds its claim and may write its status.

    take_claim(path, Process.here())        # True: the run is ours; False: a live process has it
    release_claim(path, Process.here())
    with hold_claim(path) as is_held: ...   # for a moment

A claim names host, pid and start of its holder. It is stale, and may be stolen, if that process is gone; a process of
another host is judged only by the age of the run's files.
"""

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import psutil
from pydantic import Field

from explorer.codec import decode, encode
from explorer.runs.file_names import CLAIM_FILE, STATUS_FILE
from explorer.runs.files import read_json, replace_even_if_full

FOREIGN_STALE_S = 300.0
"""Seconds without a heartbeat after which a process of another host counts as gone."""
UNREADABLE_YOUNG_S = 10.0
"""An unreadable claim is being written, unless it is older than this."""
START_TOLERANCE_S = 2.0
BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")
"""Linux names each start of the computer here. It moves the starts of processes along when the clock is set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A process, identified by more than its pid, which the system may reuse.

    Attributes:
        process_start: Seconds since 1970.
        boot: The start of the computer under which it runs, where that has a name; empty in claims of version 1.0.
        since_boot: Seconds from then to its own start, which no clock changes.
    """

    host: str
    pid: Annotated[int, Field(gt=0, lt=2**31)]
    process_start: float
    boot: str = ""
    since_boot: float = 0.0

    @classmethod
    def of(cls, pid: int) -> "Process":
        """Return the process of this host with that pid; raise psutil.Error if there is none."""
        start = psutil.Process(pid).create_time()
        boot = ""
        with suppress(OSError):
            boot = BOOT_FILE.read_text(encoding="ascii").strip()
        return cls(host=platform.node(), pid=pid, process_start=start, boot=boot, since_boot=start - psutil.boot_time())

    @classmethod
    def here(cls) -> "Process":
        return cls.of(os.getpid())

    def is_same(self, other: "Process") -> bool:
        """Return True if both are one process; if starts of the computer have names, a clock may be set in between."""
        if (self.host, self.pid) != (other.host, other.pid):
            return False
        if self.boot and other.boot:
            return self.boot == other.boot and abs(self.since_boot - other.since_boot) < START_TOLERANCE_S
        return abs(self.process_start - other.process_start) < START_TOLERANCE_S

    def is_alive(self) -> bool:
        """Return True if it runs on this host; a zombie does not."""
        try:
            return Process.of(self.pid).is_same(self) and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def take_claim(path: Path, who: Process) -> bool:
    """Claim the run folder `path`; return False if any process has it, this one included."""
    try:
        file = os.open(path / CLAIM_FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return is_stale(path) and _steal(path, who)
    except FileNotFoundError:
        return False
    try:
        with os.fdopen(file, "wb") as claim:
            claim.write(_claim_text(who))
    except OSError:  # an empty claim would keep everybody off for a while
        (path / CLAIM_FILE).unlink(missing_ok=True)
        raise
    return True


def release_claim(path: Path, who: Process) -> None:
    """Release the claim, if `who` holds it."""
    if holds_claim(path, who):
        (path / CLAIM_FILE).unlink(missing_ok=True)


def holds_claim(path: Path, who: Process) -> bool:
    holder = claim_holder(path)
    return holder is not None and holder.is_same(who)


@contextmanager
def hold_claim(path: Path) -> Iterator[bool]:
    """Hold the claim for a moment, as a context manager; yields True if that worked."""
    me = Process.here()
    is_held = take_claim(path, me)
    try:
        yield is_held
    finally:
        if is_held:
            release_claim(path, me)


def claim_holder(path: Path) -> Process | None:
    """Return the holder of the claim, alive or not; None if there is none or the claim is unreadable."""
    try:
        return decode(Process, read_json(path / CLAIM_FILE))
    except (OSError, ValueError):
        return None


def is_claimed(path: Path) -> bool:
    """Return True if a live process holds the claim."""
    return (path / CLAIM_FILE).exists() and not is_stale(path)


def is_stale(path: Path) -> bool:
    """Return True if there is a claim and its holder is gone."""
    holder = claim_holder(path)
    try:
        if holder is None:
            return _age_s(path / CLAIM_FILE) > UNREADABLE_YOUNG_S
        if holder.host != platform.node():
            return min(_age_s(path / CLAIM_FILE), _age_s(path / STATUS_FILE)) > FOREIGN_STALE_S
    except FileNotFoundError:
        return False
    return not holder.is_alive()


def _steal(path: Path, who: Process) -> bool:
    """Replace a stale claim; a second lock file serializes concurrent attempts."""
    lock = path / f"{CLAIM_FILE}.steal"
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        with suppress(FileNotFoundError):  # the thief has just finished
            if _age_s(lock) > UNREADABLE_YOUNG_S:  # or it died
                lock.unlink(missing_ok=True)
        return False
    try:
        if not is_stale(path):
            return False
        replace_even_if_full(path / CLAIM_FILE, _claim_text(who))
        return True
    finally:
        lock.unlink(missing_ok=True)


def _claim_text(who: Process) -> bytes:
    return json.dumps(encode(who)).encode()


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime
