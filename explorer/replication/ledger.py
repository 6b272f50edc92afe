"""The results of open trainings on disk: who repeats which one, what came back, and what is confirmed.

    ledger = Ledger(root / ".open", listed)
    lease = ledger.take(person)                    # the next training of the list for this person
    ledger.give(person, lease.token, result)       # kept, and confirmed once a stranger has the same bits
    ledger.give_saved(person, result)              # of a file, which no token proves to be this person's
    ledger.standings()["filler/plain/1"]        # what everybody may know: how it ended, and if it is confirmed

Who counts as two people, and what of results that differ, says `agreement`. Whoever has trained an entry, or shares an
address with somebody who has, is not given it again.

On disk a question has one file with an appended line a result, each line with a digest of its own, so that a torn or
damaged one is left out. Keys and addresses are written as salted hashes. The salt lies beside them and goes with them
as soon as all trainings of the question are confirmed: its file is then written anew, under another name. A file lock
makes two servers on one folder take turns. Leases only share the work: a result counts without one, by its token, which
only the server could make for this key and this training. So leases may be lost, and a result may come late.
"""

import hashlib
import hmac
import json
import logging
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from errno import EINVAL, ENOSPC
from itertools import chain
from pathlib import Path

from filelock import FileLock, Timeout

from explorer.codec import decode, encode
from explorer.errors import NO_VALUE, BusyError, UserError
from explorer.replication.agreement import (
    NEEDED_PEOPLE,
    KeptResult,
    Result,
    Standing,
    check_result,
    confirmed_result,
    standing_of,
)
from explorer.replication.questions import ListEntry, OpenList
from explorer.runs.files import read_json, replace_file, to_json_bytes

LEASE_S = 600.0
"""Seconds without news after which a training is given back."""
MAX_LEASES = 4
"""Leases of one training at a time, each of another address: one that is held back blocks nobody."""
MAX_RESULTS, MAX_UNKNOWN, MAX_SAVED = 100, 10, 10
"""Results of one training that are kept; fewer of addresses that the server cannot tell and of those from files, as the
first confirm nothing, and the others are one person's."""
LOCK_TIMEOUT_S = 20.0
SALT_BYTES = 32
NOTHING_LEFT = "every training that you could do is done or under way; come back later"
CANNOT_READ = "the results of its question cannot be read here now; send it again later"
ANSWERED = "its question is answered; thank you all the same"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who sends: the key of a browser, the address as the server sees it, and if it is surely the person's own."""

    owner_key: str
    address: str
    has_own_address: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """A training that somebody works on, until `until` in seconds since 1970; hashes as in a `KeptResult`."""

    token: str
    entry: str
    key: str
    address: str
    until: float


class Ledger:
    """The folder of one list; safe for threads and for several processes."""

    def __init__(self, folder: Path, listed: OpenList, *, clock: Callable[[], float] = time.time) -> None:
        self.listed = listed
        self.folder = folder / listed.digest[:16]
        self._clock = clock
        self._entries = {entry.name: entry for entry in listed.entries}
        self._salts: dict[str, bytes] = {}
        self._unreadable: set[str] = set()
        self._parsed: dict[bytes, KeptResult | None] = {}
        """Results by their bytes: a file is read whole each time, and each of its lines is parsed once."""

    # ---- Acts

    def take(self, person: Person, *, max_pairs: int | None = None) -> Lease:
        """Lease the next training to a person; raise `UserError` if none is left for this one.

        What has begun comes first, so that it is confirmed, then the order of the list. Where enough people are at
        each, further ones are sent after those who may not come back. `max_pairs` leaves out what a slow device cannot
        do.
        """
        with self._lock():
            results, leases = self.results(), self._leases()
            leases = [  # one at a time
                each
                for each in leases
                if each.entry not in results or each.key != self._hash(each.entry, person.owner_key)
            ]
            ranks = [
                rank
                for entry in self.listed.entries
                if entry.name in results and (max_pairs is None or entry.pairs <= max_pairs)
                if self._may_train(person, entry, results[entry.name])
                if (rank := self._rank(person, entry, results[entry.name], leases)) is not None
            ]
            if not ranks:
                raise UserError("entry", NO_VALUE, NOTHING_LEFT)
            *_, index = min(ranks)
            lease = self._lease(person, self.listed.entries[index])
            if person.has_own_address:  # whoever confirms nothing keeps no training from others
                self._write_leases([*leases, lease])
            return lease

    def keep(self, person: Person, name: str, token: str) -> Standing:
        """Lengthen a lease, also one that was lost; return the standing, which says if the result is still needed.

        Nobody holds by it what `take` would not lease: a training that this person or address has sent, or more leases
        than one for each address.
        """
        with self._lock():
            entry, results = self._check_lease(person, name, token)
            leases = [each for each in self._leases() if each.token != token]
            if (
                person.has_own_address
                and self._may_train(person, entry, results)
                and self._may_lease(person, entry, leases)
            ):
                leases.append(self._lease(person, entry))
                self._write_leases(leases)
            return self._standing(entry, results, leases)

    def give_back(self, person: Person, name: str, token: str) -> None:
        """End a lease without a result."""
        with self._lock():
            self._check_lease(person, name, token)
            self._write_leases([each for each in self._leases() if each.token != token])

    def give(self, person: Person, token: str, result: Result) -> Standing:
        """Keep a result, however late it comes; the same one sent again is answered like the first time.

        Raises:
            UserError: It cannot be, was not given to this key, or this person or address has sent another one before.
        """
        check_result(self.listed, result)
        with self._lock():
            entry, results = self._check_lease(person, result.entry, token)
            results = self._keep_result(person, entry, results, result)
            leases = [each for each in self._leases() if each.token != token]
            with suppress(OSError):  # the result is kept, and leases may be lost
                self._write_leases(leases)
            standing = self._standing(entry, results, leases)
            if standing.state == "confirmed":
                self._forget_answered()
            return standing

    def give_saved(self, person: Person, result: Result) -> Standing:
        """Keep a result from a file of a page without a server; sent again it is answered like the first time.

        Raises:
            UserError: It cannot be, its question is answered, or this person or address has sent another one before.
        """
        check_result(self.listed, result)
        with self._lock():
            entry = self.listed.entry(result.entry)
            results = self._results_of(entry)
            if self.is_answered(entry.question):
                raise UserError("entry", entry.name, ANSWERED, longest=80)
            results = self._keep_result(person, entry, results, result, is_saved=True)
            standing = self._standing(entry, results, self._leases())
            if standing.state == "confirmed":
                self._forget_answered()
            return standing

    def forget_answered(self) -> None:
        """Delete what tells of people from the questions whose trainings are all confirmed."""
        with self._lock():
            self._forget_answered()

    # ---- Views

    def standings(self) -> dict[str, Standing]:
        """Return what everybody may know, by training, without those of a question whose files cannot be read."""
        results, leases = self.results(), self._leases()
        return {name: self._standing(self._entries[name], each, leases) for name, each in results.items()}

    def results(self) -> dict[str, list[KeptResult]]:
        """Return the results of each training in the order in which they came, without lines that are torn or damaged.

        The trainings of a question whose files cannot be read are missing.
        """
        read = {question.name: self._read(question.name) for question in self.listed.questions}
        results: dict[str, list[KeptResult]] = {
            name: [] for name, entry in self._entries.items() if read[entry.question] is not None
        }
        for each in chain.from_iterable(filter(None, read.values())):
            if each.result.entry in results:
                results[each.result.entry].append(each)
        return results

    def is_answered(self, question: str) -> bool:
        """Return True if all trainings of a question were confirmed, and what tells of people has been deleted."""
        file = self._answered_file(question)
        with suppress(OSError):
            return file.is_file() and file.stat().st_size > 0
        return False

    # ---- Who may train what

    def _may_train(self, person: Person, entry: ListEntry, results: Sequence[KeptResult]) -> bool:
        """Return True if neither the person nor, where it is known, the address has sent this training.

        Who is at an unknown address may write that of somebody else.
        """
        if self.is_answered(entry.question):
            return False
        key, address = self._hash(entry.name, person.owner_key), self._hash_address(entry.name, person)
        return not any(
            each.key == key or (person.has_own_address and each.has_own_address and each.address == address)
            for each in results
        )

    def _may_lease(self, person: Person, entry: ListEntry, leases: Sequence[Lease]) -> bool:
        """Return True if a training can be leased to this address beside those who are at it."""
        address = self._hash_address(entry.name, person)
        others = [lease.address for lease in leases if lease.entry == entry.name]
        return len(others) < MAX_LEASES and address not in others

    def _rank(
        self, person: Person, entry: ListEntry, results: Sequence[KeptResult], leases: Sequence[Lease]
    ) -> tuple[bool, int, int] | None:
        """Return what sorts trainings for a person, the first one first; None for one that takes no result now."""
        if confirmed_result(results) is not None or len(results) >= MAX_RESULTS:
            return None
        known = [each for each in results if each.has_own_address]
        if not person.has_own_address:
            return None if len(results) - len(known) >= MAX_UNKNOWN else (False, len(results), entry.index)
        if not self._may_lease(person, entry, leases):
            return None
        at_it = sum(lease.entry == entry.name for lease in leases)
        is_covered = at_it >= max(1, NEEDED_PEOPLE - len(known))
        return is_covered, at_it if is_covered else -len(known), entry.index

    def _standing(self, entry: ListEntry, results: Sequence[KeptResult], leases: Sequence[Lease]) -> Standing:
        return standing_of(entry, results, leased=sum(lease.entry == entry.name for lease in leases))

    def _check_lease(self, person: Person, name: str, token: str) -> tuple[ListEntry, list[KeptResult]]:
        """Return the training that the token proves to have been given to this key, and its results.

        Raises:
            UserError: It was given to another key or to nobody, or its question is answered.
            BusyError: The files of its question cannot be read.
        """
        entry = self.listed.entry(name)
        if self.is_answered(entry.question):
            raise UserError("entry", name, ANSWERED, longest=80)
        results = self._results_of(entry)
        if not hmac.compare_digest(self._token(person, entry).encode(), token.encode("utf-8", "replace")):
            raise UserError("lease", NO_VALUE, "this training was not given to this browser")
        return entry, results

    def _keep_result(
        self, person: Person, entry: ListEntry, results: Sequence[KeptResult], result: Result, *, is_saved: bool = False
    ) -> list[KeptResult]:
        """Return the results of a training with this one, which is there already if it was sent before."""
        key = self._hash(entry.name, person.owner_key)
        if any(each.key == key and each.result.computed == result.computed for each in results):
            return list(results)
        return [*results, self._add(person, entry, results, result, is_saved=is_saved)]

    def _add(
        self, person: Person, entry: ListEntry, results: Sequence[KeptResult], result: Result, *, is_saved: bool
    ) -> KeptResult:
        """Append a result that nobody of this key or address has sent before."""
        if not self._may_train(person, entry, results):
            raise UserError("entry", entry.name, "you or your address have sent this training before", longest=80)
        # The last digest of a confirmed training is public, so two strangers may copy the same one. Earlier digests are
        # told to nobody, and cost few steps: whoever confirmed them as those of another training would shut this one.
        confirmed = [confirmed_result(each) for name, each in self.results().items() if name != entry.name]
        if result.digests[-1] in {each.digests[-1] for each in confirmed if each is not None}:
            raise UserError("digests", NO_VALUE, "give those of this training; the last one is of another training")
        is_full = (
            len(results) >= MAX_RESULTS
            or (not person.has_own_address and sum(not each.has_own_address for each in results) >= MAX_UNKNOWN)
            or (is_saved and sum(each.is_saved for each in results) >= MAX_SAVED)
        )
        if is_full:
            raise UserError("entry", entry.name, "the list keeps no more results of it", longest=80)
        added = KeptResult(
            result=result,
            key=self._hash(entry.name, person.owner_key),
            address=self._hash_address(entry.name, person),
            has_own_address=person.has_own_address,
            day=time.strftime("%Y-%m-%d", time.gmtime(self._clock())),
            is_saved=is_saved,
        )
        append_line(self._file(entry.question), _line_bytes(added))
        return added

    # ---- Salted hashes

    def _hash(self, entry: str, text: str) -> str:
        """Return a salted hash of a key or an address, with the name of the salt of its question before it."""
        salt = self._salt(self._entries[entry].question)
        return f"{hashlib.sha256(salt).hexdigest()[:8]}.{hmac.new(salt, text.encode(), 'sha256').hexdigest()[:32]}"

    def _hash_address(self, entry: str, person: Person) -> str:
        """Return the hash of an address, with its kind: a home often has one of each, so the two tell nobody apart."""
        return f"{'IPv6' if ':' in person.address else 'IPv4'}-{self._hash(entry, person.address)}"

    def _token(self, person: Person, entry: ListEntry) -> str:
        message = f"{entry.name} {person.owner_key}".encode()
        return hmac.new(self._salt(entry.question), message, "sha256").hexdigest()[:32]

    def _salt(self, question: str) -> bytes:
        """Return the salt of a question, a new one where there is none; only in the lock."""
        if question not in self._salts:
            path = self._salt_file(question)
            if not path.exists() or path.stat().st_size != SALT_BYTES:
                replace_file(path, secrets.token_bytes(SALT_BYTES))
            self._salts[question] = path.read_bytes()
        return self._salts[question]

    def _forget_answered(self) -> None:
        results = self.results()
        for question in self.listed.questions:
            entries = [entry for entry in self.listed.entries if entry.question == question.name]
            if any(entry.name not in results for entry in entries):
                continue
            if not self.is_answered(question.name):
                if any(confirmed_result(results[entry.name]) is None for entry in entries):
                    continue
                nameless = [each for entry in entries for each in _without_names(results[entry.name])]
                replace_file(self._answered_file(question.name), b"".join(map(_line_bytes, nameless)))
            self._file(question.name).unlink(missing_ok=True)
            self._salt_file(question.name).unlink(missing_ok=True)
            self._salts.pop(question.name, None)

    # ---- Files

    def _file(self, question: str) -> Path:
        return self.folder / f"{question}.jsonl"

    def _answered_file(self, question: str) -> Path:
        return self.folder / f"{question}.answered.jsonl"

    def _salt_file(self, question: str) -> Path:
        return self.folder / f"{question}.salt"

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.folder / "lock", timeout=LOCK_TIMEOUT_S):
                yield
        except Timeout:
            raise BusyError("list", NO_VALUE, "is in use by another server; try again in a minute") from None

    def _results_of(self, entry: ListEntry) -> list[KeptResult]:
        """Return the results of a training; raise `BusyError` as long as the files of its question cannot be read."""
        results = self.results()
        if entry.name not in results:
            raise BusyError("entry", entry.name, CANNOT_READ, longest=80)
        return results[entry.name]

    def _read(self, question: str) -> list[KeptResult] | None:
        """Return the results of a question; None if its files cannot be read, of which the log tells once."""
        try:
            content = self._content(question)
        except OSError as error:
            if question not in self._unreadable:
                _log.warning("the results of %s cannot be read: %s", question, error)
            self._unreadable.add(question)
            return None
        self._unreadable.discard(question)
        for written in filter(None, content.split(b"\n")):
            if written not in self._parsed:
                self._parsed[written] = self._parse(written)
                if self._parsed[written] is None:
                    _log.warning("a line of %s cannot be read and is left out", question)
        parsed = (self._parsed[written] for written in filter(None, content.split(b"\n")))
        return [result for result in parsed if result is not None]

    def _content(self, question: str) -> bytes:
        """Return the results of a question as they are on disk, those of an answered one without names."""
        answered, file = self._answered_file(question), self._file(question)
        for path in (answered, file, self._salt_file(question)):
            with suppress(FileNotFoundError):
                if not stat.S_ISREG(path.stat().st_mode):  # a pipe would never end
                    raise OSError(EINVAL, "is no file", str(path))
        # Who reads without the lock may meet a question that is being answered: its results change the file.
        for path in (answered, file, answered):
            with suppress(FileNotFoundError):
                if content := path.read_bytes():
                    return content
        return b""

    def _parse(self, written: bytes) -> KeptResult | None:
        digest, _, body = written.partition(b" ")
        if _digest_of(body) != digest:
            return None
        try:
            parsed = decode(KeptResult, json.loads(body))
            check_result(self.listed, parsed.result)
        except (ValueError, RecursionError):
            return None
        return parsed

    def _lease(self, person: Person, entry: ListEntry) -> Lease:
        return Lease(
            token=self._token(person, entry),
            entry=entry.name,
            key=self._hash(entry.name, person.owner_key),
            address=self._hash_address(entry.name, person),
            until=self._clock() + LEASE_S,
        )

    def _leases(self) -> list[Lease]:
        try:
            leases = decode(tuple[Lease, ...], read_json(self.folder / "leases.json")["leases"])
        except (OSError, ValueError, KeyError):
            return []
        now = self._clock()
        return [
            each
            for each in leases
            if now < each.until <= now + LEASE_S and each.entry in self._entries  # none of a clock that was set back
            if not self.is_answered(self._entries[each.entry].question)
        ]

    def _write_leases(self, leases: Sequence[Lease]) -> None:
        replace_file(self.folder / "leases.json", to_json_bytes({"leases": encode(list(leases))}))


def append_line(file: Path, line: bytes) -> None:
    """Append a line and see it to the disk; raise OSError where there is no room, and leave no half of it."""
    with file.open("a+b", buffering=0) as out:
        end = out.seek(0, os.SEEK_END)
        try:
            out.seek(max(0, end - 1))
            if out.read(1) not in (b"", b"\n"):  # of a server that was killed: the next line begins on one of its own
                line = b"\n" + line
            if out.write(line) != len(line):
                raise OSError(ENOSPC, os.strerror(ENOSPC))
            os.fsync(out.fileno())
        except OSError:
            out.truncate(end)
            raise


def _line_bytes(result: KeptResult) -> bytes:
    body = json.dumps(encode(result), separators=(",", ":")).encode()
    return _digest_of(body) + b" " + body + b"\n"


def _digest_of(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:16].encode()


def _without_names(results: Sequence[KeptResult]) -> list[KeptResult]:
    """Return the results of a training with numbers in place of hashes: who was one person stays one."""
    numbers: dict[str, str] = {}

    def number(hashed: str) -> str:
        return numbers.setdefault(hashed, f"{hashed.partition('.')[0]}.{len(numbers)}")

    return [replace(each, key=number(each.key), address=number(each.address)) for each in results]
