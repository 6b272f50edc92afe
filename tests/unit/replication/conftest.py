"""A list of two small questions, and people who train."""

import hashlib
from pathlib import Path

import pytest

from explorer.replication.agreement import Result, asked_steps
from explorer.replication.ledger import Lease, Ledger, Person
from explorer.replication.questions import OpenList, read_open_list

LIST = """
engine_version = 1
scoring = "by density"
stopping = "when all are confirmed"
odds = 3
[[questions]]
name = "half"
title = "Half told"
sentence = "Does a model bind when half of the colors are told?"
verdicts = { soon = "It binds soon.", late = "It does not bind.", none = "Neither held." }
[[questions.cells]]
name = "half"
sentence = "half of the colors told"
recipe = "binding-friendly"
values = { attribute_density = 0.5, steps = 40, batch_size = 64 }
seeds = 3
[[questions.rivals]]
name = "soon"
sentence = "It takes 1,000 pairs."
predictions = [{ cell = "half", never = 0.1, pairs = 1000 }]
[[questions.rivals]]
name = "late"
sentence = "It never binds."
predictions = [{ cell = "half", never = 1.0 }]
"""


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def listed(tmp_path: Path) -> OpenList:
    file = tmp_path / "open.toml"
    file.write_text(LIST, encoding="utf-8")
    return read_open_list(file)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, listed: OpenList, clock: Clock) -> Ledger:
    return Ledger(tmp_path / "state", listed, clock=clock)


def person(number: int, *, address: str = "", has_own_address: bool = True) -> Person:
    key = hashlib.sha256(number.to_bytes(4)).hexdigest()[:32]
    return Person(
        owner_key=key, address=address or f"9.9.{number // 256}.{number % 256}", has_own_address=has_own_address
    )


def result_for(ledger: Ledger, entry: str, *, bits: str = "a", shares: tuple[float, ...] = (0.5, 0.9)) -> Result:
    """A possible result; equal `bits` are equal digests."""
    saved, evaluated = map(len, asked_steps(ledger.listed.entry(entry).spec))
    return Result(
        entry=entry,
        list_digest=ledger.listed.digest,
        engine_version=1,
        digests=tuple(bits + hashlib.sha256(f"{entry} {number}".encode()).hexdigest()[1:] for number in range(saved)),
        curve=tuple(shares[min(number, len(shares) - 1)] for number in range(evaluated)),
        scenes=100,
    )


def train(ledger: Ledger, number: int, *, entry: str = "", bits: str = "a") -> tuple[Lease, Result]:
    """Take the next training, which must be `entry` if that is given, and send a result."""
    lease = ledger.take(person(number))
    result = result_for(ledger, lease.entry, bits=bits)
    assert not entry or lease.entry == entry
    ledger.give(person(number), lease.token, result)
    return lease, result
