"""What one person tries alone, to confirm a training that nobody else has trained.

Each case is an attack on a new ledger. Afterwards nothing is confirmed, each refusal was a sentence, and two people who
do not know each other still confirm the training with what they have computed.
"""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.replication.agreement import Result, Standing
from explorer.replication.ledger import Ledger, Person
from explorer.replication.questions import OpenList
from tests.unit.replication.conftest import Clock, result_for

HOUR, DAY = 3600.0, 86_400.0
LEASE_S = 600.0
HOME, SITE = "5.5.5.5", "2606:4700:aaaa::"
"""The one address, or the one network, that the attacker has."""
FORGED, HONEST = "f", "a"


def somebody(name: str, address: str = HOME, *, has_own_address: bool = True) -> Person:
    return Person(owner_key=name.encode().hex().ljust(32, "0")[:32], address=address, has_own_address=has_own_address)


ME, MY_OTHER_KEY, ON_THE_PHONE = somebody("me"), somebody("myself"), somebody("phone")
VICTIM = somebody("victim", "7.7.7.7")
ADA, BEN = somebody("Ada", "9.9.9.1"), somebody("Ben", "9.9.10.2")


class Stage:
    """A server with one training that people try to settle; what it refuses is kept in `refused`."""

    def __init__(self, folder: Path, listed: OpenList, clock: Clock) -> None:
        self.folder, self.listed, self.clock = folder, listed, clock
        self.ledger = self.another()
        self.entry, self.other_entry = (entry.name for entry in listed.entries[:2])
        self.refused: list[str] = []

    def another(self) -> Ledger:
        """A second server on the same folder, or this one after a restart."""
        return Ledger(self.folder, self.listed, clock=self.clock)

    def restart(self) -> None:
        self.ledger = self.another()

    def ask(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except UserError as error:
            self.refused.append(str(error))
            return None

    def take(self, who: Person) -> str:
        """Take trainings until the attacked one is among them; its token, or nothing."""
        for _ in self.listed.entries:
            lease = self.ask(lambda: self.ledger.take(who))
            if lease is None or lease.entry == self.entry:
                return lease.token if lease else ""
            if not who.has_own_address:  # is given what has fewest results, so the others come before
                self.ask(partial(self.ledger.give, who, lease.token, result_for(self.ledger, lease.entry, bits=FORGED)))
        return ""

    def result(self, bits: str = FORGED, **changes: Any) -> Result:
        return replace(result_for(self.ledger, self.entry, bits=bits), **changes)

    def give(self, who: Person, token: str, bits: str = FORGED, **changes: Any) -> None:
        self.ask(lambda: self.ledger.give(who, token, self.result(bits, **changes)))

    def send(self, who: Person, bits: str = FORGED, **changes: Any) -> str:
        token = self.take(who)
        self.give(who, token, bits, **changes)
        return token

    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    def at_once(self, *acts: Callable[[], Any]) -> None:
        with ThreadPoolExecutor(len(acts)) as pool:
            list(pool.map(self.ask, acts))

    @property
    def standing(self) -> Standing:
        return self.another().standings()[self.entry]


@pytest.fixture
def stage(tmp_path: Path, listed: OpenList, clock: Clock) -> Stage:
    return Stage(tmp_path / "state", listed, clock)


def holds(stage: Stage, attack: Callable[[Stage], Any]) -> None:
    attack(stage)
    assert not any(standing.state == "confirmed" for standing in stage.another().standings().values())
    assert all(re.fullmatch(r"[^\n]{15,240}", sentence) for sentence in stage.refused), stage.refused
    stage.wait(3 * LEASE_S)
    stage.restart()
    for who in (ADA, BEN):
        stage.send(who, HONEST)
    if stage.standing.state != "confirmed":  # as many have forged it as there are honest people yet
        stage.send(somebody("Cleo", "9.9.11.3"), HONEST)
    assert stage.standing.state == "confirmed"
    kept = [line for line in stage.another().results()[stage.entry] if line.result.digests[0].startswith(HONEST)]
    assert len(kept) >= 2


def test_two_people_confirm_what_they_have_in_common(stage: Stage) -> None:
    stage.send(VICTIM, FORGED)
    assert stage.standing.state == "one"
    stage.send(ME, FORGED)
    assert stage.standing.state == "confirmed" and not stage.refused


# ---- The same result once more, and what others have sent.


def after_victim(attack: Callable[[Stage, str], Any]) -> Callable[[Stage], Any]:
    """The attack after the victim has sent what it computed, with the token of its lease."""

    def play(stage: Stage) -> None:
        attack(stage, stage.send(VICTIM, HONEST))
        assert stage.standing.state == "one"
        assert stage.standing.digest is None and stage.standing.curve is None

    return play


def nowhere(who: Person) -> Person:
    return replace(who, has_own_address=False)


REPLAYS: dict[str, Callable[[Stage, str], Any]] = {
    "again": lambda s, token: s.give(VICTIM, token, HONEST),
    "a hundred times": lambda s, token: [s.give(VICTIM, token, HONEST) for _ in range(100)],
    "after the lease": lambda s, token: (s.wait(2 * LEASE_S), s.give(VICTIM, token, HONEST)),
    "on the next day": lambda s, token: (s.wait(DAY), s.give(VICTIM, token, HONEST)),
    "a year later": lambda s, token: (s.wait(366 * DAY), s.give(VICTIM, token, HONEST)),
    "after a restart": lambda s, token: (s.restart(), s.give(VICTIM, token, HONEST)),
    "to another server": lambda s, token: s.ask(lambda: s.another().give(VICTIM, token, s.result(HONEST))),
    "to two servers at once": lambda s, token: s.at_once(
        *(partial(s.another().give, VICTIM, token, s.result(HONEST)) for _ in range(4))
    ),
    "with a new lease": lambda s, token: s.send(VICTIM, HONEST),
    "with a new lease, on the next day": lambda s, token: (s.wait(DAY), s.send(VICTIM, HONEST)),
    "of another browser": lambda s, token: s.give(VICTIM, token, HONEST, browser="Firefox"),
    "of another architecture": lambda s, token: s.give(VICTIM, token, HONEST, architecture="arm"),
    "with a new key": lambda s, token: s.send(replace(VICTIM, owner_key=ME.owner_key), HONEST),
    "with a new key and the old token": lambda s, token: s.give(replace(VICTIM, owner_key=ME.owner_key), token, HONEST),
    "with a new key, on the next day": lambda s, token: (
        s.wait(DAY),
        s.send(replace(VICTIM, owner_key=ME.owner_key), HONEST),
    ),
    "with twenty new keys": lambda s, token: [
        s.send(replace(VICTIM, owner_key=somebody(f"key {n}").owner_key), HONEST) for n in range(20)
    ],
    "from another address": lambda s, token: s.give(replace(VICTIM, address=HOME), token, HONEST),
    "from another address, with a new lease": lambda s, token: s.send(replace(VICTIM, address=HOME), HONEST),
    "from another address, on the next day": lambda s, token: (
        s.wait(DAY), s.send(replace(VICTIM, address=HOME), HONEST)),
    "from twenty addresses": lambda s, token: [
        s.give(replace(VICTIM, address=f"6.6.{n}.6"), token, HONEST) for n in range(20)
    ],
    "from an address of IPv6": lambda s, token: s.give(replace(VICTIM, address=SITE), token, HONEST),
    "from nowhere": lambda s, token: s.send(nowhere(VICTIM), HONEST),
    "with a new key from nowhere": lambda s, token: s.send(nowhere(ME), HONEST),
    "with thirty keys from nowhere": lambda s, token: [
        s.send(somebody(f"key {n}", f"6.6.{n}.6", has_own_address=False), HONEST) for n in range(30)
    ],
    "with the token of the victim": lambda s, token: s.give(ME, token, HONEST),
    "with the token in capitals": lambda s, token: s.give(ME, token.upper(), HONEST),
    "with half of the token": lambda s, token: s.give(ME, token[:16], HONEST),
    "with no token": lambda s, token: s.give(ME, "", HONEST),
    "with the key in capitals": lambda s, token: s.send(replace(VICTIM, owner_key=VICTIM.owner_key.upper()), HONEST),
    "as another training": lambda s, token: s.ask(
        lambda: s.ledger.give(VICTIM, token, s.result(HONEST, entry=s.other_entry))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPLAYS)
def test_replayed(stage: Stage, name: str) -> None:
    holds(stage, after_victim(REPLAYS[name]))


# ---- One person with several keys, and with time.

WAITS = {
    "at once": 0.0, "a second later": 1.0, "at the end of the lease": LEASE_S, "after the lease": LEASE_S + 1,
    "an hour later": HOUR, "half a day later": DAY / 2, "a second before a day": DAY - 1, "a day later": DAY,
    "a week later": 7 * DAY, "forty days later": 40 * DAY, "a year later": 365 * DAY, "with a clock put back": -DAY,
}  # fmt: skip
COMEBACKS: dict[str, Callable[[Stage], Any]] = {
    "a new key": lambda s: s.send(MY_OTHER_KEY),
    "two new keys": lambda s: (s.send(MY_OTHER_KEY), s.send(ON_THE_PHONE)),
    "a new key after a restart": lambda s: (s.restart(), s.send(MY_OTHER_KEY)),
    "the same key at a new address": lambda s: s.send(replace(ME, address="6.6.6.6")),
}


@pytest.mark.parametrize("comeback", COMEBACKS)
@pytest.mark.parametrize("wait", WAITS)
def test_one_person_comes_back(stage: Stage, wait: str, comeback: str) -> None:
    def attack(stage: Stage) -> None:
        stage.send(ME)
        stage.wait(WAITS[wait])
        COMEBACKS[comeback](stage)
        assert stage.standing.num_results == 1

    holds(stage, attack)


# ---- Leases: raced for, expired, of others.


def both_take(s: Stage) -> tuple[str, str]:
    """Leases of two keys at one address, the second one after the first has run out."""
    first = s.take(ME)
    s.wait(LEASE_S + 1)
    return first, s.take(MY_OTHER_KEY)


def given_late(s: Stage) -> None:
    first, second = both_take(s)
    s.give(ME, first)
    s.give(MY_OTHER_KEY, second)


def swapped(s: Stage) -> None:
    first, second = both_take(s)
    s.give(ME, second)
    s.give(MY_OTHER_KEY, first)


def at_once(s: Stage) -> None:
    first, second = both_take(s)
    s.at_once(lambda: s.ledger.give(ME, first, s.result()), lambda: s.ledger.give(MY_OTHER_KEY, second, s.result()))


def at_once_on_two_servers(s: Stage) -> None:
    first, second = both_take(s)
    one, two = s.another(), s.another()
    s.at_once(lambda: one.give(ME, first, s.result()), lambda: two.give(MY_OTHER_KEY, second, s.result()))


def moved(s: Stage) -> None:
    token = s.take(ME)
    s.at_once(
        *(partial(s.another().give, replace(ME, address=f"6.6.{n}.6"), token, s.result()) for n in range(6)),
    )


def taken_over(s: Stage) -> None:
    token = s.take(VICTIM)
    s.give(ME, token)
    s.give(MY_OTHER_KEY, token)


def ended_by_another(s: Stage) -> None:
    token = s.take(VICTIM)
    s.ask(lambda: s.ledger.give_back(ME, s.entry, token))
    s.send(ME)
    s.send(MY_OTHER_KEY)


def many_at_once(s: Stage) -> None:
    keys = [somebody(f"key {number}") for number in range(12)]
    s.at_once(*(partial(s.another().take, who) for who in keys))
    for who in keys:
        s.send(who)


def kept_for_ever(s: Stage) -> None:
    token = s.take(ME)
    for _ in range(20):
        s.wait(LEASE_S - 1)
        s.ask(lambda: s.ledger.keep(ME, s.entry, token))
    s.give(ME, token)
    s.give(MY_OTHER_KEY, token)


def given_after(act: Callable[[Stage, str], Any]) -> Callable[[Stage], None]:
    """Sent by two keys of one address with one lease, after something happened to it."""

    def play(s: Stage) -> None:
        token = s.take(ME)
        s.ask(lambda: act(s, token))
        s.give(ME, token)
        s.give(MY_OTHER_KEY, token)
        s.send(ON_THE_PHONE)

    return play


def invented(token: str) -> Callable[[Stage], None]:
    """A token that nobody was given, from as many keys and addresses as one likes."""

    def play(s: Stage) -> None:
        for number in range(3):
            s.give(somebody(f"key {number}", f"6.6.{number}.6"), token)
        assert s.standing.num_results == 0 and len(s.refused) == 3

    return play


LEASES: dict[str, Callable[[Stage], Any]] = {
    "two late results": given_late,
    "two late results, with each other's token": swapped,
    "two results at once": at_once,
    "two results at once, to two servers": at_once_on_two_servers,
    "one lease at six addresses at once": moved,
    "the lease of another": taken_over,
    "the lease of another, given back": ended_by_another,
    "twelve keys at once": many_at_once,
    "a lease kept for hours": kept_for_ever,
    "after it was given back": given_after(lambda s, token: s.ledger.give_back(ME, s.entry, token)),
    "after it was given back twice": given_after(
        lambda s, token: [s.ledger.give_back(ME, s.entry, token) for _ in range(2)]
    ),
    "after it was given back by the other key": given_after(
        lambda s, token: s.ledger.give_back(MY_OTHER_KEY, s.entry, token)
    ),
    "after the other key kept it": given_after(lambda s, token: s.ledger.keep(MY_OTHER_KEY, s.entry, token)),
    "after somebody else kept it": given_after(lambda s, token: s.ledger.keep(VICTIM, s.entry, token)),
    "kept when it had run out": given_after(
        lambda s, token: (s.wait(2 * LEASE_S), s.ledger.keep(ME, s.entry, token))
    ),
    "kept a year later": given_after(lambda s, token: (s.wait(365 * DAY), s.ledger.keep(ME, s.entry, token))),
    "kept for another training": given_after(lambda s, token: s.ledger.keep(ME, s.other_entry, token)),
    "kept for no training": given_after(lambda s, token: s.ledger.keep(ME, "no/such/1", token)),
    "given back for no training": given_after(lambda s, token: s.ledger.give_back(ME, "../../etc", token)),
    "after a restart": given_after(lambda s, token: s.restart()),
    "at the second of its end": given_after(lambda s, token: s.wait(LEASE_S)),
    "a second after its end": given_after(lambda s, token: s.wait(LEASE_S + 1)),
    "a week after its end": given_after(lambda s, token: s.wait(7 * DAY)),
    "with a clock put back": given_after(lambda s, token: s.wait(-DAY)),
    "after somebody else took it": given_after(lambda s, token: (s.wait(2 * LEASE_S), s.ledger.take(VICTIM))),
    "no token": invented(""),
    "a token of zeros": invented("0" * 32),
    "a long token": invented("a" * 100_000),
    "a token that is a path": invented("../../../../etc/passwd"),
    "a token of two lines": invented("a\nb"),
    "a token of no characters": invented("\ud800\0"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEASES)
def test_leases(stage: Stage, name: str) -> None:
    holds(stage, LEASES[name])


# ---- Hindrances: what one person does lest honest people confirm a training.


def kept_by_many_keys(s: Stage) -> None:
    """Keys that took a training at one address, one after another, and hold it together."""
    keys = [somebody(f"key {number}") for number in range(6)]
    tokens = []
    for who in keys:
        tokens.append(s.take(who))
        s.ledger.give_back(who, s.entry, tokens[-1])
    for who, token in zip(keys, tokens, strict=True):
        s.ledger.keep(who, s.entry, token)
    [leases] = s.folder.rglob("leases.json")
    assert len(json.loads(leases.read_bytes())["leases"]) == 1
    s.ledger.give_back(keys[0], s.entry, tokens[0])  # the one that was first


def kept_after_it_was_sent(s: Stage) -> None:
    token = s.send(ME)
    assert not s.ledger.keep(ME, s.entry, token).is_taken


def sent_as_another(s: Stage, *, who: Person = ME) -> None:
    """The digests that honest people will send, computed by the attacker, as those of another training."""
    s.send(who)
    lease = s.ledger.take(who)
    assert lease.entry == s.other_entry
    s.ledger.give(who, lease.token, s.result(HONEST, entry=s.other_entry))


HINDRANCES: dict[str, Callable[[Stage], Any]] = {
    "six keys of one address that keep it": kept_by_many_keys,
    "kept after it was sent": kept_after_it_was_sent,
    "the honest digests as those of another training": sent_as_another,
    "the honest digests as those of another training, from nowhere": lambda s: sent_as_another(s, who=nowhere(ME)),
    "the address of somebody else, from nowhere": lambda s: s.send(nowhere(replace(ME, address=ADA.address))),
    "the address of somebody else, ten times": lambda s: [
        s.send(somebody(f"key {n}", ADA.address, has_own_address=False)) for n in range(10)
    ],
    "leases from nowhere": lambda s: [
        s.take(somebody(f"key {n}", f"6.6.{n}.6", has_own_address=False)) for n in range(20)
    ],
    "forged first": lambda s: s.send(ME),
    "a curve of its own beside the honest digests": lambda s: s.send(
        ME, HONEST, curve=tuple(share / 2 for share in s.result().curve)
    ),
    "another number of scenes beside the honest digests": lambda s: s.send(ME, HONEST, scenes=200),
    "the honest start and a forged end": lambda s: s.send(
        ME, digests=(*s.result(HONEST).digests[:-1], s.result().digests[-1])
    ),
}


@pytest.mark.parametrize("name", HINDRANCES)
def test_honest_people_confirm_it_at_once(stage: Stage, name: str) -> None:
    HINDRANCES[name](stage)
    stage.refused.clear()
    for who in (ADA, BEN):
        stage.send(who, HONEST)
    honest = stage.result(HONEST)
    assert (stage.standing.digest, stage.standing.curve) == (honest.digests[-1], honest.curve) and not stage.refused


# ---- Floods, of people who are one person and of results that nobody can compute twice.


def flood(
    count: int, *, keys: bool = True, addresses: bool = False, has_own_address: bool = True, bits: bool = False,
    then: Callable[[Stage], Any] = lambda s: None, together: bool = False,
) -> Callable[[Stage], None]:  # fmt: skip
    """`count` results: of a key each, of an address each, with bits of their own each, several servers at once."""

    def play(s: Stage) -> None:
        def send(number: int) -> None:
            who = somebody(
                f"key {number}" if keys else "me",
                f"6.{number // 250}.{number % 250}.6" if addresses else HOME,
                has_own_address=has_own_address,
            )
            s.send(who, "0123456789bcdef"[number % 15] if bits else FORGED)

        if together:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(send, range(count)))
        else:
            for number in range(count):
                send(number)
        then(s)

    return play


def few_kept(most: int) -> Callable[[Stage], None]:
    def check(s: Stage) -> None:
        results = s.another().results()
        assert len(results[s.entry]) <= most
        kept = sum(map(len, results.values()))
        assert sum(file.stat().st_size for file in s.folder.rglob("*") if file.is_file()) < 5_000 * (kept + 4)

    return check


FLOODS: dict[str, Callable[[Stage], Any]] = {
    **{f"{n} keys at one address": flood(n, then=few_kept(1)) for n in (2, 5, 60)},
    **{f"{n} keys at one address, each with other bits": flood(n, bits=True, then=few_kept(1)) for n in (2, 5, 60)},
    **{f"{n} times one key at one address": flood(n, keys=False, then=few_kept(1)) for n in (2, 5, 60)},
    **{f"{n} addresses with one key": flood(n, keys=False, addresses=True, then=few_kept(1)) for n in (2, 5, 60)},
    **{f"{n} keys from nowhere": flood(n, has_own_address=False, then=few_kept(10)) for n in (2, 5)},
    **{f"{n} keys and addresses from nowhere": flood(n, addresses=True, has_own_address=False, then=few_kept(10))
       for n in (2, 9, 10, 11, 60)},
    **{f"{n} keys and addresses from nowhere, each with other bits":
       flood(n, addresses=True, has_own_address=False, bits=True, then=few_kept(10)) for n in (2, 10, 60)},
    **{f"{n} keys at one address, four at once": flood(n, together=True, then=few_kept(1)) for n in (4, 16)},
    **{f"{n} keys from nowhere, four at once":
       flood(n, addresses=True, has_own_address=False, together=True, then=few_kept(10)) for n in (4, 30)},
    "four addresses that take everything": lambda s: [
        s.take(somebody(f"key {n}", f"6.6.{n}.6")) for n in range(4) for _ in range(5)
    ],
    "sixty addresses that take and never give": lambda s: [
        s.take(somebody(f"key {n}", f"6.6.{n}.6")) for n in range(60)
    ],
    "one address that takes with sixty keys": lambda s: [s.take(somebody(f"key {n}")) for n in range(60)],
    "results without leases": lambda s: [s.give(somebody(f"key {n}", f"6.6.{n}.6"), "0" * 32) for n in range(60)],
    "taken and given back": lambda s: [
        s.ask(partial(s.ledger.give_back, ME, s.entry, s.take(ME))) for _ in range(60)
    ],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOODS)
def test_floods(stage: Stage, name: str) -> None:
    holds(stage, FLOODS[name])


# ---- Other engines, other lists.

VERSIONS: dict[str, dict[str, Any]] = {
    **{f"engine {version}": {"engine_version": version}
       for version in (-1, 0, 2, 3, 10, 11, 100, -(10**9), 2**31, 2**63, 2**64, 10**30)},
    **{f"list {name}": {"list_digest": digest} for name, digest in {
        "of nothing": "", "of zeros": "0" * 64, "one letter too short": "1" * 63, "one letter too long": "1" * 65,
        "of a path": "../state", "of two lines": "a\nb", "of spaces": " " * 64, "of no character": "\ud800" * 64,
        "very long": "a" * 100_000, "of the file": "assets/study/open.toml",
    }.items()},
    **{f"training {name}": {"entry": entry} for name, entry in {
        "of nothing": "", "of a path": "../../half/half/1", "of no cell": "half/other/1",
        "of no question": "other/half/1",
        "number 0": "half/half/0", "number -1": "half/half/-1", "number 4": "half/half/4", "number 01": "half/half/01",
        "in capitals": "HALF/HALF/1", "with a space": "half/half/1 ", "with an end of line": "half/half/1\n",
        "very long": "half/half/" + "1" * 100_000,
    }.items()},
}  # fmt: skip


@pytest.mark.parametrize("name", VERSIONS)
def test_other_versions(stage: Stage, name: str) -> None:
    def attack(stage: Stage) -> None:
        for who in (ME, VICTIM):  # of two people, so that it would be confirmed if it were taken
            stage.send(who, **VERSIONS[name])
        assert stage.standing.num_results == 0 and len(stage.refused) == 2

    holds(stage, attack)


@pytest.mark.parametrize("change", ["the digest in capitals", "the digest of the first list"])
def test_results_of_another_list(tmp_path: Path, listed: OpenList, stage: Stage, change: str) -> None:
    stage.send(VICTIM, FORGED)
    old = listed.digest
    renewed = replace(listed, digest="1" * 64)
    later = Stage(stage.folder, renewed, stage.clock)

    def attack(stage: Stage) -> None:
        digest = old if change == "the digest of the first list" else stage.listed.digest.replace("1", "A")
        stage.send(ME, list_digest=digest)
        assert stage.standing.num_results == 0 and stage.refused

    holds(later, attack)
