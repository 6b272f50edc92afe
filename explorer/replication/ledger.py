"""The results of open trainings on disk: who repeats which one, what came back, and what is confirmed.

    ledger = Ledger(root / ".replication", listed)
    lease = ledger.take(who)                       # the next training that nobody works on, for an hour
    ledger.give(who, lease.token, result)          # kept, and confirmed once a stranger has the same bits
    ledger.standing(entry)                         # what everybody may know: how it ended, and if it is confirmed

A result counts once two people agree on all digests: two keys at two addresses. Whoever has trained an entry is never
given it again. If two results differ, a third decides, and the differing one stays on record.

What stands on disk: one appended line a result, each with a digest of its own, so that a torn or damaged line is left
out; and the leases, which may be lost. Addresses are written as salted hashes; the salt lies beside them and is deleted
with them by `forget` when the list is answered. A file lock makes two servers on one folder take turns.
"""

import hashlib
import json
import math
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from filelock import FileLock
from pydantic import Field

from explorer.codec import decode, encode
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import binding_step
from explorer.replication.questions import ListEntry, OpenList
from explorer.runs.files import read_json, replace_file, to_json_bytes
from explorer.runs.folder import key_digest
from explorer.spec import evaluated_steps, saved_steps
from explorer.stats import wilson_interval

LEASE_S = 600.0
"""Seconds without news after which a training is given back."""
LOCK_TIMEOUT_S = 20.0
MAX_LINE_BYTES = 5_000
MAX_RESULTS_PER_KEY = 40
MAX_RESULTS_PER_ADDRESS = 120
"""Results of one address on one list: a school behind one router has many keys."""
MAX_LEASES_PER_ADDRESS = 40
DIGEST = re.compile(r"[0-9a-f]{64}")
MAX_BROWSER_LETTERS = 60
"""Letters of what a browser says of itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who sends: the key of a browser, and the address, None where a server does not know it."""

    key: str
    address: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a device sends: a digest of all weights at each saved step, and the binding at each evaluated one."""

    entry: str
    list_digest: str
    engine_version: int
    digests: Annotated[tuple[str, ...], Field(max_length=64)]
    curve: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(max_length=256)]
    scenes: Annotated[int, Field(ge=1, le=100_000)]
    browser: Annotated[str, Field(max_length=MAX_BROWSER_LETTERS)] = ""
    architecture: Annotated[str, Field(max_length=MAX_BROWSER_LETTERS)] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A result as it is kept: with hashes of its key and its address, and the day on which it came."""

    result: Result
    key: str
    address: str | None
    day: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """A training that somebody works on, until `until`."""

    token: str
    entry: str
    key: str
    address: str | None
    until: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What everybody may know of an entry: how it ended, never the digests of what is not confirmed.

    `bound_at` is in pairs, None if it did not bind; both are None before the first result. Of results that differ
    `mismatches` counts those that agree with no other.
    """

    state: Literal["open", "one", "differs", "confirmed"]
    is_taken: bool
    results: int
    mismatches: int
    bound_at: int | None
    has_ended: bool
    digest: str | None


class Ledger:
    """The folder of one list; safe for threads and for several processes."""

    def __init__(self, folder: Path, listed: OpenList, *, clock: Callable[[], float] = time.time) -> None:
        self.listed = listed
        self.folder = folder / listed.digest[:16]
        self._clock = clock

    # ---- Acts

    def take(self, who: Person) -> tuple[Lease, ListEntry]:
        """Lease the next training to a person; raise `UserError` if none is left for this one.

        Entries with one result come first, so that what has begun is confirmed; then the order of the list.
        """
        with self._locked():
            lines, leases = self._lines(), self._leases()
            key, address = self._hashes(who)
            held = [each for each in leases if each.address == address]
            if len(held) >= MAX_LEASES_PER_ADDRESS:
                raise UserError("lease", NO_VALUE, "too many trainings of your address are under way; finish one first")
            leases = [each for each in leases if each.key != key]  # one at a time: an earlier one is given back
            taken = {each.entry for each in leases}
            mine = {each.result.entry for each in lines if each.key == key or (address and each.address == address)}
            free = [entry for entry in self.listed.entries if entry.name not in taken | mine]
            waiting = [entry for entry in free if self._standing(entry, lines, leases).state != "confirmed"]
            if not waiting:
                raise UserError("lease", NO_VALUE, "every training of the list is done or under way; come back later")
            entry = min(waiting, key=lambda each: (self._standing(each, lines, leases).results == 0, each.place))
            lease = Lease(
                token=secrets.token_hex(16), entry=entry.name, key=key, address=address, until=self._clock() + LEASE_S
            )
            self._write_leases([*leases, lease])
            return lease, entry

    def keep(self, token: str) -> Lease:
        """Lengthen a lease; raise `UserError` if it has expired."""
        with self._locked():
            leases = self._leases()
            found = self._lease(leases, token)
            kept = replace(found, until=self._clock() + LEASE_S)
            self._write_leases([kept if each is found else each for each in leases])
            return kept

    def give_back(self, token: str) -> None:
        """End a lease without a result."""
        with self._locked():
            self._write_leases([each for each in self._leases() if each.token != token])

    def give(self, who: Person, token: str, result: Result) -> Standing:
        """Keep a result; raise `UserError` for one that cannot be, or that this person or address has sent before.

        A result whose lease has expired counts like any other, as long as the same key asked for this training.
        """
        entry = self.check(result)
        with self._locked():
            lines, leases = self._lines(), self._leases()
            key, address = self._hashes(who)
            lease = next((each for each in leases if each.token == token), None)
            if lease is None or lease.key != key or lease.entry != entry.name:
                raise UserError("lease", NO_VALUE, "this training was not given to this browser, or too long ago")
            mine = [each for each in lines if each.key == key]
            there = [each for each in lines if address is not None and each.address == address]
            if any(each.result.entry == entry.name for each in (*mine, *there)):
                raise UserError("entry", entry.name, "you or your address have sent this training before")
            if len(mine) >= MAX_RESULTS_PER_KEY or len(there) >= MAX_RESULTS_PER_ADDRESS:
                raise UserError("result", NO_VALUE, "as many results as one browser or one address may send are here")
            day = time.strftime("%Y-%m-%d", time.gmtime(self._clock()))
            line = Line(result=result, key=key, address=address, day=day)
            self._append(line)
            self._write_leases([each for each in leases if each.token != token])
            return self._standing(entry, [*lines, line], leases)

    def forget(self) -> None:
        """Delete what tells of people, once the list is answered: salt, hashes and what was not confirmed."""
        with self._locked():
            lines, leases = self._lines(), self._leases()
            standings = {entry.name: self._standing(entry, lines, leases) for entry in self.listed.entries}
            nameless = [
                _line_bytes(replace(line, key=str(number), address=str(number)))
                for number, line in enumerate(lines)
                if standings[line.result.entry].state == "confirmed"
            ]
            replace_file(self._file, b"".join(nameless))
            (self.folder / "salt").unlink(missing_ok=True)
            (self.folder / "leases.json").unlink(missing_ok=True)

    # ---- Views

    def standing(self, entry: ListEntry) -> Standing:
        """Return what everybody may know of an entry."""
        return self._standing(entry, self._lines(), self._leases())

    def standings(self) -> dict[str, Standing]:
        """Return what everybody may know, by entry."""
        lines, leases = self._lines(), self._leases()
        return {entry.name: self._standing(entry, lines, leases) for entry in self.listed.entries}

    def check(self, result: Result) -> ListEntry:
        """Return the entry of a result; raise `UserError` for one that no training of it can have."""
        entry = self.listed.entry(result.entry)
        if result.list_digest != self.listed.digest:
            raise UserError("list_digest", result.list_digest, "this list has changed; load the page anew", longest=20)
        if result.engine_version != CONTRACT.engine_version:
            wanted = "give a result of version {version} of the engine; load the page anew"
            raise UserError("engine_version", result.engine_version, wanted, version=CONTRACT.engine_version)
        train = entry.spec.train
        saved, evaluated = {0, *saved_steps(train.steps)}, {0, *evaluated_steps(train.steps)}
        if len(result.digests) != len(saved):
            raise UserError("digests", len(result.digests), "give {needed}, one for each saved step", needed=len(saved))
        if not all(map(DIGEST.fullmatch, result.digests)) or len(set(result.digests)) < len(result.digests):
            raise UserError("digests", NO_VALUE, "give different ones of 64 hexadecimal digits")
        if len(result.curve) != len(evaluated):
            raise UserError(
                "curve", len(result.curve), "give {needed} shares, one for each evaluation", needed=len(evaluated)
            )
        if not all(
            math.isclose(share * result.scenes, round(share * result.scenes), abs_tol=0.26) for share in result.curve
        ):
            raise UserError("curve", NO_VALUE, "give shares of {scenes} scenes", scenes=result.scenes)
        return entry

    # ---- Who agrees with whom

    def _standing(self, entry: ListEntry, lines: Sequence[Line], leases: Sequence[Lease]) -> Standing:
        mine = [line for line in lines if line.result.entry == entry.name]
        agreed = _confirmed(mine)
        shown = agreed or (mine[0].result if mine else None)
        mismatches = 0 if agreed is None else sum(line.result.digests != agreed.digests for line in mine)
        different = {line.result.digests for line in mine}
        return Standing(
            state="confirmed" if agreed else "open" if not mine else "one" if len(different) == 1 else "differs",
            is_taken=any(lease.entry == entry.name for lease in leases),
            results=len(mine),
            mismatches=mismatches if agreed else max(0, len(different) - 1),
            bound_at=None if shown is None else bound_at(entry, shown),
            has_ended=shown is not None,
            digest=agreed.digests[-1] if agreed else None,
        )

    def _hashes(self, who: Person) -> tuple[str, str | None]:
        address = None if who.address is None else hashlib.sha256(self._salt() + who.address.encode()).hexdigest()
        return key_digest(who.key), address

    # ---- Files

    @property
    def _file(self) -> Path:
        return self.folder / "results.jsonl"

    def _salt(self) -> bytes:
        path = self.folder / "salt"
        if not path.exists():
            replace_file(path, secrets.token_bytes(32))
        return path.read_bytes()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / "lock", timeout=LOCK_TIMEOUT_S):
            yield

    def _lines(self) -> list[Line]:
        """Return the results in their order; a line that is torn, damaged or of no training of the list is left out."""
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return []
        return [line for text in content.split(b"\n") if (line := self._read_line(text)) is not None]

    def _read_line(self, text: bytes) -> Line | None:
        digest, _, body = text.partition(b" ")
        if hashlib.sha256(body).hexdigest()[:16].encode() != digest:
            return None
        try:
            line = decode(Line, json.loads(body))
            self.check(line.result)
        except (ValueError, UserError):
            return None
        return line

    def _append(self, line: Line) -> None:
        content = _line_bytes(line)
        if len(content) > MAX_LINE_BYTES:
            raise UserError("result", NO_VALUE, "give at most {most} bytes", most=f"{MAX_LINE_BYTES:,}")
        with self._file.open("ab") as file:
            end = file.tell()
            try:
                if end and self._ends_torn():  # of a server that was killed: the next line begins on a line of its own
                    file.write(b"\n")
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except OSError:  # a full disk: half a line is none
                file.truncate(end)
                raise

    def _ends_torn(self) -> bool:
        with self._file.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"

    def _leases(self) -> list[Lease]:
        try:
            leases = decode(tuple[Lease, ...], read_json(self.folder / "leases.json")["leases"])
        except (OSError, ValueError, KeyError, UserError):
            return []
        now = self._clock()
        return [lease for lease in leases if lease.until > now]

    def _write_leases(self, leases: Sequence[Lease]) -> None:
        replace_file(self.folder / "leases.json", to_json_bytes({"leases": encode(list(leases))}))

    def _lease(self, leases: Sequence[Lease], token: str) -> Lease:
        found = next((each for each in leases if each.token == token), None)
        if found is None:
            raise UserError("lease", NO_VALUE, "this training was given back to the list, as nothing was heard of it")
        return found


def _line_bytes(line: Line) -> bytes:
    body = json.dumps(encode(line), separators=(",", ":")).encode()
    return hashlib.sha256(body).hexdigest()[:16].encode() + b" " + body + b"\n"


def _confirmed(lines: Sequence[Line]) -> Result | None:
    """Return the result on which two unrelated people agree: other keys, at other and known addresses."""
    for place, one in enumerate(lines):
        for other in lines[place + 1 :]:
            are_two = one.key != other.key and None not in (one.address, other.address) and one.address != other.address
            if are_two and one.result.digests == other.result.digests and one.result.curve == other.result.curve:
                return one.result
    return None


def bound_at(entry: ListEntry, result: Result) -> int | None:
    """Return the pairs after which a training bound, by the rule of the contract; None if it did not."""
    steps = sorted({0, *evaluated_steps(entry.spec.train.steps)})
    bounds = [
        (step, wilson_interval(share * result.scenes, result.scenes)[0])
        for step, share in zip(steps, result.curve, strict=True)
    ]
    step = binding_step(bounds, has_ended=True)
    return None if step is None else step * entry.spec.train.batch_size


def public_document(ledger: Ledger) -> Mapping[str, Any]:
    """Return what the page shows of a list: questions with rivals, and the standing of each training."""
    standings = ledger.standings()
    return {
        "digest": ledger.listed.digest,
        "engine_version": CONTRACT.engine_version,
        "questions": encode(ledger.listed.questions),
        "entries": [
            {"name": entry.name, "question": entry.question, "cell": entry.cell, "pairs": entry.pairs}
            | dict(encode(standings[entry.name]))
            for entry in ledger.listed.entries
        ],
    }
