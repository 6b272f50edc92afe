"""A list of two small questions, and people who train."""

import hashlib
from pathlib import Path

import pytest

from explorer.replication.ledger import Lease, Ledger, Person, Result
from explorer.replication.questions import OpenList, read_open_list
from explorer.spec import evaluated_steps, saved_steps

LIST = """
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


def person(number: int) -> Person:
    return Person(key=hashlib.sha256(bytes([number])).hexdigest()[:32], address=f"198.51.100.{number}")


def result_for(ledger: Ledger, entry: str, *, bits: str = "a", shares: tuple[float, ...] = (0.5, 0.9)) -> Result:
    """A possible result; equal `bits` are equal digests."""
    steps = ledger.listed.entry(entry).spec.train.steps
    saved, evaluated = len({0, *saved_steps(steps)}), len({0, *evaluated_steps(steps)})
    return Result(
        entry=entry,
        list_digest=ledger.listed.digest,
        engine_version=1,
        digests=tuple(f"{bits}{number:063x}" for number in range(saved)),
        curve=tuple(shares[min(number, len(shares) - 1)] for number in range(evaluated)),
        scenes=100,
    )


def train(ledger: Ledger, number: int, *, entry: str = "", bits: str = "a") -> tuple[Lease, Result]:
    """Take the next training, or take until it is this one, and send a result."""
    lease, found = ledger.take(person(number))
    result = result_for(ledger, found.name, bits=bits)
    assert not entry or found.name == entry
    ledger.give(person(number), lease.token, result)
    return lease, result
