"""`visitors`: the open questions with 2,000 simulated visitors: when they are settled, what is lost, load and disk.

The ledger of results is the real one on this disk, with a clock of its own; only the trainings are made up. Visitors
come over a day, or within ten minutes (the figures of `burst`), each behind an address of their own or, as in a school,
twenty behind one. Devices go from a phone to eight cores. A tenth of the trainings is left midway without a word, a
twentieth of the visitors sends what they did not train, half of them from two keys at one address, and one device in a
thousand has a core that computes wrongly.

- settled_h: hours of the simulated day until each question is answered; wrong: trainings that were confirmed with bits
  that no honest device has;
- trainings, needed: those that were begun, and two for each place of the list; left, forged, faulty, turned_away: of
  them, and visitors for whom nothing was left; lost: results that were sent and are not kept, without a refusal;
- act_p50_ms, act_p95_ms: seconds of the clock for a take, keep or give, with the write to the disk; core_p50_ms,
  core_p95_ms: seconds of a core, which other work on the computer does not stretch; acts: how many there were, and
  most_per_s in the busiest second of the simulated clock;
- disk_kb: of the folder at the end; largest_kb: at its largest, with names;
- audit: how often the audit of `judge-open` finds two colluding people, and how often it does not although they have
  changed the verdict, by the number of trainings of a question that they made up in favor of one rival.
"""

import hashlib
import heapq
import math
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from explorer.errors import UserError
from explorer.replication.agreement import Result, asked_steps
from explorer.replication.ledger import Lease, Ledger, Person
from explorer.replication.questions import OPEN_LIST, ListEntry, OpenList, Rival, judge, read_open_list
from research.judge_open import outcomes_of_results, trainings_to_audit
from tests.benchmarks.machine import percentile, show_rows

KEYS = (
    "visitors", "settled_h", "wrong", "trainings", "needed", "left", "forged", "faulty", "turned_away", "lost",
    "act_p50_ms", "act_p95_ms", "core_p50_ms", "core_p95_ms", "acts", "most_per_s", "disk_kb", "largest_kb", "burst",
    "audit",
)  # fmt: skip
VISITORS, QUICK_VISITORS = 2_000, 300
DAY_S, BURST_S = 24 * 3600.0, 600.0
DEVICES = ((700.0, 0.45), (1_800.0, 0.3), (3_300.0, 0.15), (8_000.0, 0.1))
"""Pairs a second of a phone and of one, two and eight cores, and their shares among the visitors."""
LEAVE, FORGE, FAULTY = 0.1, 0.05, 0.001
AGAIN = 0.4
"""Who has sent a result runs one more with this probability."""
IN_SCHOOLS, SCHOOL = 0.1, 20
"""Share of visitors behind an address that so many have."""
NEWS_S = 120.0
SCENES = 400
DRAWS, QUICK_DRAWS = 100, 5
COLLUDED = (1, 2, 4, 8)


class Clock:
    """Seconds of the simulated day."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Visitor:
    """One visitor; a forger sends made-up bits, alone or with a second key at the same address."""

    person: Person
    pairs_per_s: float
    is_forger: bool
    is_faulty: bool
    second: Person | None = None


@dataclass
class Day:
    """The simulated day: what is to happen, when, and what came of it."""

    ledger: Ledger
    clock: Clock
    rng: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    took_ms: list[float] = field(default_factory=list)
    core_ms: list[float] = field(default_factory=list)
    seconds: Counter[int] = field(default_factory=Counter)
    sent: int = 0
    settled: dict[str, float] = field(default_factory=dict)
    largest: int = 0
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _number: Any = field(default_factory=count)

    def at(self, seconds: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (seconds, next(self._number), what))

    def live(self) -> None:
        """Let everything happen that was planned, and what follows from it."""
        while self._queue:
            self.clock.now, _, what = heapq.heappop(self._queue)
            what()

    def act(self, what: Callable[..., Any], *values: Any) -> Any:
        """Ask the ledger, and note how long it took."""
        start, core_start = time.perf_counter(), time.thread_time()
        try:
            return what(*values)
        finally:
            self.took_ms.append(1000 * (time.perf_counter() - start))
            self.core_ms.append(1000 * (time.thread_time() - core_start))
            self.seconds[int(self.clock.now)] += 1

    def arrive(self, visitor: Visitor) -> None:
        try:
            lease = self.act(self.ledger.take, visitor.person)
        except UserError:
            self.counts["turned_away"] += 1
            return
        self.counts["trainings"] += 1
        entry = self.ledger.listed.entry(lease.entry)
        seconds = 5.0 if visitor.is_forger else entry.pairs / visitor.pairs_per_s
        if not visitor.is_forger and self.rng.random() < LEAVE:
            self.counts["left"] += 1
            seconds, is_left = seconds * self.rng.random(), True
        else:
            is_left = False
        start = self.clock.now
        for news in range(1, int(seconds / NEWS_S) + 1):
            self.at(start + news * NEWS_S, lambda: self.keep(visitor, lease))
        if not is_left:
            self.at(start + seconds, lambda: self.give(visitor, lease, entry))

    def keep(self, visitor: Visitor, lease: Lease) -> None:
        try:
            self.act(self.ledger.keep, visitor.person, lease.entry, lease.token)
        except UserError:
            self.counts["answered meanwhile"] += 1

    def give(self, visitor: Visitor, lease: Lease, entry: ListEntry) -> None:
        result = made_up(self.ledger.listed, entry)
        if visitor.is_forger or visitor.is_faulty:
            self.counts["forged" if visitor.is_forger else "faulty"] += 1
            result = made_up(self.ledger.listed, entry, bits=visitor.person.address)
        self._send(visitor.person, lease, result)
        if visitor.second is not None:  # comes once more, to confirm itself
            other, visitor.second = replace(visitor, person=visitor.second, second=None), None
            self.at(self.clock.now + 5.0, lambda: self.arrive(other))
        if self.rng.random() < AGAIN:
            self.at(self.clock.now + 20.0, lambda: self.arrive(visitor))

    def _send(self, person: Person, lease: Lease, result: Result) -> None:
        try:
            self.act(self.ledger.give, person, lease.token, result)
        except UserError as error:
            self.counts["answered meanwhile" if "answered" in str(error) else "refused"] += 1
            return
        self.sent += 1
        for question in self.ledger.listed.questions:
            if self.ledger.is_answered(question.name):
                self.settled.setdefault(question.name, self.clock.now)
        self.largest = max(self.largest, folder_bytes(self.ledger.folder))


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def made_up(listed: OpenList, entry: ListEntry, *, bits: str = "", bound_step: int | None = None) -> Result:
    """A result that is the same for equal `bits`; it is bound from the step on, of honest ones at a quarter."""
    saved, evaluated = asked_steps(entry.spec)
    bound = entry.spec.train.steps // 4 if bound_step is None else bound_step
    return Result(
        entry=entry.name,
        list_digest=listed.digest,
        engine_version=listed.document.engine_version,
        digests=tuple(hashlib.sha256(f"{entry.name} {bits} {step}".encode()).hexdigest() for step in saved),
        curve=tuple(0.5 if step < bound or step == 0 else 0.95 for step in evaluated),
        scenes=SCENES,
        browser="Chromium",
        architecture="x86",
    )


def make_visitors(number: int, rng: random.Random) -> list[Visitor]:
    """Visitors with keys, addresses and devices, and what some of them have in mind."""
    visitors = []
    for place in range(number):
        at = place // SCHOOL if rng.random() < IN_SCHOOLS else number + place
        address = f"11.{at // 65536}.{at // 256 % 256}.{at % 256}"
        person = Person(owner_key=f"{rng.getrandbits(128):032x}", address=address, has_own_address=True)
        is_forger = rng.random() < FORGE
        second = Person(owner_key=f"{rng.getrandbits(128):032x}", address=address, has_own_address=True)
        pace = rng.choices([pace for pace, _ in DEVICES], [share for _, share in DEVICES])[0]
        visitors.append(
            Visitor(
                person=person,
                pairs_per_s=pace * rng.uniform(0.7, 1.3),
                is_forger=is_forger,
                is_faulty=rng.random() < FAULTY,
                second=second if is_forger and rng.random() < 0.5 else None,
            )
        )
    return visitors


def simulate(number: int, span_s: float, folder: Path, rng: random.Random) -> dict[str, Any]:
    """Let so many visitors come within a time; return the figures."""
    clock = Clock()
    ledger = Ledger(folder, read_open_list(OPEN_LIST), clock=clock)
    day, start = Day(ledger, clock, rng), clock.now
    for visitor in make_visitors(number, rng):
        day.at(start + rng.uniform(0, span_s), partial(day.arrive, visitor))
    day.live()
    standings = ledger.standings()
    honest = {entry.name: made_up(ledger.listed, entry).digests[-1] for entry in ledger.listed.entries}
    names = ("trainings", "left", "forged", "faulty", "turned_away", "refused", "answered meanwhile")
    return {
        "visitors": number,
        "settled_h": {name: round((at - start) / 3600, 2) for name, at in day.settled.items()},
        "confirmed": sum(each.state == "confirmed" for each in standings.values()),
        "wrong": sum(each.digest not in (None, honest[name]) for name, each in standings.items()),
        "mismatches": sum(each.num_mismatches for each in standings.values()),
        "needed": 2 * len(ledger.listed.entries),
        **{name: day.counts[name] for name in names},
        "lost": day.sent - sum(each.num_results for each in standings.values()),
        "act_p50_ms": round(percentile(day.took_ms, 0.5), 2),
        "act_p95_ms": round(percentile(day.took_ms, 0.95), 2),
        "core_p50_ms": round(percentile(day.core_ms, 0.5), 2),
        "core_p95_ms": round(percentile(day.core_ms, 0.95), 2),
        "acts": len(day.took_ms),
        "most_per_s": max(day.seconds.values()),
        "disk_kb": round(folder_bytes(ledger.folder) / 1000),
        "largest_kb": round(day.largest / 1000),
    }


# ---- Two who work together


def audit_draws(listed: OpenList, forged: int, draws: int, rng: random.Random) -> dict[str, float]:
    """How often the audit finds two people who made up so many trainings in favor of a rival: it trains one of theirs.

    `deceived` is how often it does not, and the verdict is another one than without them.
    """
    found = deceived = 0
    for _ in range(draws):
        question = rng.choice(listed.questions)
        truth, favored = rng.sample(question.rivals, 2)
        entries = [entry for entry in listed.entries if entry.question == question.name]
        chosen = {entry.name for entry in rng.sample(entries, forged)}
        honest = {entry.name: result_of_rival(listed, entry, truth, rng) for entry in entries}
        made = {name: result_of_rival(listed, listed.entry(name), favored, rng) for name in chosen}
        audited = trainings_to_audit(listed, question, honest | made, {name: () for name in honest}, rng)
        is_found = bool(chosen & set(audited))
        rivals = [
            judge(question, outcomes_of_results(listed, each), odds=listed.document.odds).rival
            for each in (honest, honest | made)
        ]
        found += is_found
        deceived += not is_found and rivals[0] != rivals[1]
    return {"found": found / draws, "deceived": deceived / draws}


def result_of_rival(listed: OpenList, entry: ListEntry, rival: Rival, rng: random.Random) -> Result:
    """A result whose time is drawn from a rival's prediction."""
    prediction = next(each for each in rival.predictions if each.cell == entry.cell)
    steps, batch = entry.spec.train.steps, entry.spec.train.batch_size
    if prediction.pairs is None or rng.random() < prediction.never:
        return made_up(listed, entry, bound_step=steps + 1)
    pairs = rng.lognormvariate(math.log(prediction.pairs), math.log(prediction.spread))
    return made_up(listed, entry, bound_step=max(1, round(pairs / batch)))


def run(quick: bool) -> dict[str, Any]:
    """Simulate the day and the audit; print what came of them."""
    rng = random.Random(11)
    number = QUICK_VISITORS if quick else VISITORS
    with TemporaryDirectory() as folder:
        figures = simulate(number, DAY_S, Path(folder) / "day", rng)
        figures["burst"] = simulate(number, BURST_S, Path(folder) / "burst", rng)
    listed, rng = read_open_list(OPEN_LIST), random.Random(12)
    draws = QUICK_DRAWS if quick else DRAWS
    figures["audit"] = {str(number): audit_draws(listed, number, draws, rng) for number in COLLUDED}
    show_rows(f"{figures['visitors']} visitors in a day", figures)
    return figures
