"""The ledger of open trainings: two strangers confirm, nothing is lost or counted twice, nothing forged counts."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.codec import encode
from explorer.errors import UserError
from explorer.replication.ledger import LEASE_S, MAX_LEASES_PER_ADDRESS, Ledger, Person, bound_at, public_document
from explorer.replication.questions import OpenList
from tests.unit.replication.conftest import Clock, person, result_for, train


def test_two_strangers_with_the_same_bits_confirm_and_one_does_not(ledger: Ledger) -> None:
    lease, _ = train(ledger, 1)
    entry = ledger.listed.entry(lease.entry)
    alone = ledger.standing(entry)
    assert (alone.state, alone.results, alone.digest) == ("one", 1, None) and alone.has_ended
    train(ledger, 2, entry=lease.entry)
    both = ledger.standing(entry)
    assert (both.state, both.results, both.mismatches) == ("confirmed", 2, 0) and both.digest is not None
    assert both.bound_at == alone.bound_at


def test_different_bits_go_to_a_third_and_stay_on_record(ledger: Ledger) -> None:
    lease, _ = train(ledger, 1)
    train(ledger, 2, entry=lease.entry, bits="b")
    entry = ledger.listed.entry(lease.entry)
    assert ledger.standing(entry).state == "differs"
    train(ledger, 3, entry=lease.entry)
    decided = ledger.standing(entry)
    assert (decided.state, decided.mismatches) == ("confirmed", 1)


def test_a_training_is_with_one_person_at_a_time_and_given_back_without_news(ledger: Ledger, clock: Clock) -> None:
    first, entry = ledger.take(person(1))
    second, other = ledger.take(person(2))
    assert entry.name != other.name and ledger.standing(entry).is_taken
    clock.now += LEASE_S - 1
    ledger.keep(first.token)
    clock.now += 2
    assert ledger.standing(entry).is_taken and not ledger.standing(other).is_taken
    with pytest.raises(UserError, match="given back"):
        ledger.keep(second.token)
    ledger.give_back(first.token)
    assert ledger.take(person(3))[1].name == entry.name


def test_nobody_is_given_what_they_have_trained(ledger: Ledger) -> None:
    seen = {train(ledger, 1)[0].entry for _ in ledger.listed.entries}
    assert len(seen) == len(ledger.listed.entries)
    with pytest.raises(UserError, match="done or under way"):
        ledger.take(person(1))
    with pytest.raises(UserError, match="done or under way"):
        ledger.take(Person(key="f" * 32, address=person(1).address))


def test_what_has_begun_is_confirmed_first(ledger: Ledger) -> None:
    entries = [entry.name for entry in ledger.listed.entries]
    ledger.take(person(9))
    train(ledger, 1, entry=entries[1])
    assert ledger.take(person(2))[1].name == entries[1]


def test_without_a_known_address_nothing_is_confirmed(ledger: Ledger) -> None:
    entry = ledger.listed.entries[0]
    for number in (1, 2, 3):
        who = Person(key=f"{number:032x}", address=None)
        lease, found = ledger.take(who)
        assert found.name == entry.name
        ledger.give(who, lease.token, result_for(ledger, entry.name))
    assert ledger.standing(entry).state == "one"


def test_when_it_bound_is_the_rule_of_every_run(ledger: Ledger) -> None:
    entry = ledger.listed.entries[0]
    low = result_for(ledger, entry.name, shares=(0.5, 0.6))
    assert bound_at(entry, low) is None
    high = result_for(ledger, entry.name, shares=(0.5, 0.6, 0.95))
    steps = bound_at(entry, high)
    assert steps is not None and steps > 0 and steps % entry.spec.train.batch_size == 0


# ---- What is forged counts for nothing


@pytest.mark.parametrize("number", range(25))
def test_one_person_with_two_keys_at_one_address_confirms_nothing(ledger: Ledger, number: int) -> None:
    lease, entry = ledger.take(person(1))
    ledger.give(person(1), lease.token, result_for(ledger, entry.name))
    second = Person(key=f"{number + 100:032x}", address=person(1).address)
    lease, other = ledger.take(second)
    assert other.name != entry.name
    with pytest.raises(UserError):
        ledger.give(second, lease.token, result_for(ledger, entry.name))
    assert ledger.standing(entry).state == "one"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"engine_version": 2}, "engine_version"), ({"engine_version": 0}, "engine_version"),
        ({"list_digest": "0" * 64}, "list_digest"), ({"list_digest": ""}, "list_digest"),
        ({"digests": ()}, "digests"), ({"digests": ("a" * 64,)}, "digests"), ({"digests": ("a" * 64,) * 60}, "digests"),
        ({"digests": None}, "digests"), ({"curve": ()}, "curve"), ({"curve": (0.5,)}, "curve"),
        ({"curve": (0.123,) * 11}, "curve"), ({"entry": "half/half/9"}, "entry"), ({"entry": "../../etc"}, "entry"),
        ({"entry": ""}, "entry"), ({"scenes": 7}, "curve"),
    ],
)  # fmt: skip
def test_a_result_that_cannot_be_is_refused_and_not_kept(ledger: Ledger, change: dict[str, object], field: str) -> None:
    lease, entry = ledger.take(person(1))
    result = result_for(ledger, entry.name, shares=(0.5, 0.91))
    if change.get("digests", 0) is None:
        change = {"digests": (*result.digests[:-1], "Z" * 64)}
    with pytest.raises(UserError) as refused:
        ledger.give(person(1), lease.token, replace(result, **change))  # type: ignore[arg-type]
    assert field in refused.value.field and ledger.standing(entry).results == 0


def test_a_lease_of_somebody_else_or_of_another_training_sends_nothing(ledger: Ledger) -> None:
    lease, entry = ledger.take(person(1))
    other, found = ledger.take(person(2))
    for who, token, name in (
        (person(2), lease.token, entry.name), (person(1), other.token, found.name),
        (person(1), lease.token, found.name),
        (person(1), "", entry.name), (person(1), "0" * 32, entry.name),
    ):  # fmt: skip
        with pytest.raises(UserError, match="lease"):
            ledger.give(who, token, result_for(ledger, name))
    assert ledger.standing(entry).results == ledger.standing(found).results == 0


def test_a_replayed_result_is_refused(ledger: Ledger) -> None:
    lease, result = train(ledger, 1)
    with pytest.raises(UserError, match="lease"):
        ledger.give(person(1), lease.token, result)
    later, entry = ledger.take(person(1))
    assert entry.name != lease.entry
    with pytest.raises(UserError, match="lease"):
        ledger.give(person(1), later.token, result)


def test_an_address_holds_so_many_trainings_at_once(ledger: Ledger, listed: OpenList) -> None:
    # There are three trainings; the limit is asked before they run out.
    for number in range(len(listed.entries)):
        ledger.take(Person(key=f"{number:032x}", address="198.51.100.1"))
    with pytest.raises(UserError):
        ledger.take(Person(key="e" * 32, address="198.51.100.1"))
    assert MAX_LEASES_PER_ADDRESS >= 30, "a school behind one router"


def test_digests_of_what_is_not_confirmed_are_told_to_nobody(ledger: Ledger) -> None:
    _, result = train(ledger, 1)
    said = json.dumps(encode(public_document(ledger)))
    assert not any(digest in said for digest in result.digests)
    assert person(1).key not in said and "198.51.100" not in said


def test_addresses_and_keys_are_on_disk_as_hashes_alone_and_forgotten_at_the_end(ledger: Ledger) -> None:
    lease, _ = train(ledger, 1)
    train(ledger, 2)
    content = b"".join(path.read_bytes() for path in ledger.folder.rglob("*") if path.is_file())
    assert b"198.51.100" not in content and person(1).key.encode() not in content
    before = ledger.standings()
    ledger.forget()
    assert not (ledger.folder / "salt").exists()
    after = ledger.standings()
    entry = lease.entry
    assert (before[entry].state, after[entry].state) == ("confirmed", "confirmed")


# ---- Nothing is lost, nothing counts twice


def test_another_process_on_the_folder_sees_the_same(ledger: Ledger, listed: OpenList, clock: Clock) -> None:
    lease, _ = train(ledger, 1)
    second = Ledger(ledger.folder.parent, listed, clock=clock)
    train(second, 2, entry=lease.entry)
    assert ledger.standing(listed.entry(lease.entry)).state == "confirmed"


def test_many_at_once_get_different_trainings_and_every_result_stays(tmp_path: Path, listed: OpenList) -> None:
    def one(number: int) -> str | None:
        mine = Ledger(tmp_path / "many", listed)
        try:
            lease, entry = mine.take(person(number))
        except UserError:
            return None
        mine.give(person(number), lease.token, result_for(mine, entry.name))
        return entry.name

    with ThreadPoolExecutor(8) as pool:
        given = [name for name in pool.map(one, range(1, 9)) if name]
    ledger = Ledger(tmp_path / "many", listed)
    assert sum(each.results for each in ledger.standings().values()) == len(given)


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_torn_line_is_left_out_and_the_next_one_is_whole(ledger: Ledger, cut: int) -> None:
    first, _ = train(ledger, 1)
    file = ledger.folder / "results.jsonl"
    content = file.read_bytes()
    train(ledger, 2, entry=first.entry)
    file.write_bytes(content + file.read_bytes()[len(content) : -cut])
    entry = ledger.listed.entry(first.entry)
    assert ledger.standing(entry).results == (2 if cut == 1 else 1)
    train(ledger, 3)
    assert ledger.standing(entry).state == "confirmed"


@pytest.mark.parametrize("damage", [b"{}\n", b"\xff\xfe\n", b"0123456789abcdef {}\n", b"\n\n", b"[" * 3000 + b"\n"])
def test_a_damaged_line_costs_no_other(ledger: Ledger, damage: bytes) -> None:
    lease, _ = train(ledger, 1)
    file = ledger.folder / "results.jsonl"
    file.write_bytes(damage + file.read_bytes() + damage)
    train(ledger, 2, entry=lease.entry)
    assert ledger.standing(ledger.listed.entry(lease.entry)).state == "confirmed"


def test_a_changed_line_is_none(ledger: Ledger) -> None:
    lease, _ = train(ledger, 1)
    train(ledger, 2, entry=lease.entry, bits="b")
    file = ledger.folder / "results.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"b0', b'"a0'))
    standing = ledger.standing(ledger.listed.entry(lease.entry))
    assert (standing.state, standing.results) == ("one", 1)


def test_a_full_disk_keeps_what_is_there(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = train(ledger, 1)
    lease, entry = ledger.take(person(2))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("explorer.replication.ledger.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        ledger.give(person(2), lease.token, result_for(ledger, entry.name))
    monkeypatch.undo()
    assert ledger.standing(entry).results == 1
    ledger.give(person(2), lease.token, result_for(ledger, entry.name))
    assert ledger.standing(ledger.listed.entry(first.entry)).state == "confirmed"
