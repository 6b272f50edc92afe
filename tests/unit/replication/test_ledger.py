"""The ledger of open trainings: two strangers confirm, nothing is lost or counted twice, nothing forged counts."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.codec import decode, encode
from explorer.errors import BusyError, UserError
from explorer.replication import ledger as module
from explorer.replication.agreement import Result, Standing, asked_steps
from explorer.replication.ledger import (
    LEASE_S,
    MAX_LEASES,
    MAX_RESULTS,
    MAX_SAVED,
    MAX_UNKNOWN,
    Ledger,
    Person,
    append_line,
)
from explorer.replication.questions import OPEN_LIST, OpenList, read_open_list
from tests.unit.replication.conftest import LIST, Clock, person, result_for, train


def standing(ledger: Ledger, entry: str) -> Standing:
    return ledger.standings()[entry]


def question_file(ledger: Ledger) -> Path:
    return ledger.folder / "half.jsonl"


def test_two_strangers_with_the_same_bits_confirm_and_one_does_not(ledger: Ledger) -> None:
    entry = train(ledger, 1)[0].entry
    alone = standing(ledger, entry)
    assert (alone.state, alone.num_results, alone.digest, alone.curve, alone.lows) == (
        "one",
        1,
        None,
        None,
        None,
    ) and alone.has_ended
    train(ledger, 2, entry=entry)
    both = standing(ledger, entry)
    assert (both.state, both.num_results, both.num_mismatches) == ("confirmed", 2, 0) and both.digest and both.curve
    assert both.lows and all(low < share for low, share in zip(both.lows, both.curve, strict=True))
    assert both.bound_at == alone.bound_at


def test_different_bits_go_to_a_third_and_stay_on_record(ledger: Ledger) -> None:
    entry = train(ledger, 1)[0].entry
    train(ledger, 2, entry=entry, bits="b")
    assert standing(ledger, entry).state == "differs"
    train(ledger, 3, entry=entry)
    decided = standing(ledger, entry)
    assert (decided.state, decided.num_mismatches) == ("confirmed", 1)


def test_equal_digests_with_another_curve_are_no_agreement(ledger: Ledger) -> None:
    lease, result = train(ledger, 1)
    other = ledger.take(person(2))
    assert ledger.give(person(2), other.token, replace(result, curve=(*result.curve[:-1], 0.5))).state == "differs"
    assert train(ledger, 3, entry=lease.entry) and standing(ledger, lease.entry).state == "confirmed"


def test_as_many_against_as_many_is_no_confirmation_until_one_more_decides(ledger: Ledger) -> None:
    entry = ledger.listed.entries[0].name
    leases = {number: ledger.take(person(number)) for number in range(1, 11)}
    at_it = [number for number, lease in leases.items() if lease.entry == entry][:4]
    assert len(at_it) == MAX_LEASES
    states = [
        ledger.give(person(number), leases[number].token, result_for(ledger, entry, bits=bits)).state
        for number, bits in zip(at_it, "aabb", strict=True)
    ]
    assert states == ["one", "confirmed", "confirmed", "differs"]
    train(ledger, 20, entry=entry, bits="b")
    assert (decided := standing(ledger, entry)).state == "confirmed" and decided.num_mismatches == 2
    assert decided.digest is not None and decided.digest.startswith("b")


def test_a_training_is_given_to_as_many_as_it_needs_and_back_without_news(ledger: Ledger, clock: Clock) -> None:
    names = [entry.name for entry in ledger.listed.entries]
    first, second = ledger.take(person(1)), ledger.take(person(2))
    assert first.entry == second.entry == names[0], "two people are needed"
    assert ledger.take(person(3)).entry == names[1]
    clock.now += LEASE_S - 1
    ledger.keep(person(1), first.entry, first.token)
    clock.now += 2
    assert standing(ledger, names[0]).is_taken and not standing(ledger, names[1]).is_taken
    ledger.give_back(person(1), first.entry, first.token)
    assert not standing(ledger, names[0]).is_taken


def test_a_lease_of_a_clock_that_was_ahead_ends_when_it_is_set_back(ledger: Ledger, clock: Clock) -> None:
    lease = ledger.take(person(1))
    assert standing(ledger, lease.entry).is_taken
    clock.now -= 24 * 3600
    assert not standing(ledger, lease.entry).is_taken


def test_who_holds_every_training_back_keeps_nobody_from_them(ledger: Ledger) -> None:
    needed = 2 * len(ledger.listed.entries)
    for number in range(needed):
        ledger.take(person(number))
    assert ledger.take(person(needed)).entry == ledger.listed.entries[0].name


def test_one_address_holds_a_training_once(ledger: Ledger) -> None:
    for number in range(len(ledger.listed.entries)):
        ledger.take(person(number, address="8.8.8.8"))
    with pytest.raises(UserError, match="done or under way"):
        ledger.take(person(99, address="8.8.8.8"))


def test_a_person_has_one_lease(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.take(person(1))
    assert sum(each.is_taken for each in ledger.standings().values()) == 1


def test_nobody_is_given_what_they_or_their_address_have_trained(ledger: Ledger) -> None:
    seen = {train(ledger, 1)[0].entry for _ in ledger.listed.entries}
    assert len(seen) == len(ledger.listed.entries)
    for who in (person(1), person(2, address=person(1).address), person(1, address="8.8.4.4")):
        with pytest.raises(UserError, match="done or under way"):
            ledger.take(who)


def test_what_has_begun_is_confirmed_first(ledger: Ledger) -> None:
    names = [entry.name for entry in ledger.listed.entries]
    ledger.take(person(8)), ledger.take(person(9))
    train(ledger, 1, entry=names[1])
    assert ledger.take(person(2)).entry == names[1]


def test_a_slow_device_is_given_what_it_can_do(ledger: Ledger) -> None:
    pairs = ledger.listed.entries[0].pairs
    assert ledger.take(person(1), max_pairs=pairs)
    with pytest.raises(UserError, match="entry"):
        ledger.take(person(1), max_pairs=pairs - 1)


def test_without_a_known_address_results_are_kept_and_nothing_is_confirmed(ledger: Ledger) -> None:
    for number in range(6):
        who = person(number, address="10.0.0.1", has_own_address=False)
        lease = ledger.take(who)
        ledger.give(who, lease.token, result_for(ledger, lease.entry))
    kept = ledger.standings().values()
    assert [each.num_results for each in kept] == [each.num_unknown for each in kept] == [2, 2, 2]
    assert {each.state for each in kept} == {"open"} and not any(each.is_taken for each in kept)
    entry = train(ledger, 20)[0].entry
    assert standing(ledger, entry).state == "one", "and the first one whose address is known is the first of two"
    assert train(ledger, 21, entry=entry) and standing(ledger, entry).state == "confirmed"


# ---- What is forged counts for nothing


@pytest.mark.parametrize("days", [0, 24])
def test_one_person_with_two_keys_at_one_address_confirms_nothing(ledger: Ledger, clock: Clock, days: int) -> None:
    second = person(100, address=person(1).address)
    early = ledger.take(second)
    lease, result = train(ledger, 1)
    clock.now += days * 24 * 3600.0
    later = ledger.take(second)
    assert lease.entry not in (early.entry, later.entry)
    for token in (lease.token, early.token, later.token):
        with pytest.raises(UserError):
            ledger.give(second, token, result)
    assert standing(ledger, lease.entry).state == "one"


CHANGES: list[tuple[dict[str, object], str]] = [
    ({"engine_version": 2}, "engine_version"), ({"engine_version": 0}, "engine_version"),
    ({"list_digest": "0" * 64}, "list_digest"), ({"list_digest": ""}, "list_digest"),
    ({"digests": ()}, "digests"), ({"digests": ("a" * 64,)}, "digests"), ({"digests": ("a" * 64,) * 9}, "digests"),
    ({"curve": ()}, "curve"), ({"curve": (0.5,)}, "curve"), ({"curve": (0.123,) * 11}, "curve"),
    ({"curve": (0.95,) * 11}, "curve"), ({"entry": "half/half/9"}, "entry"), ({"entry": "../../etc"}, "entry"),
    ({"entry": ""}, "entry"), ({"scenes": 7}, "curve"),
]  # fmt: skip


@pytest.mark.parametrize("other", ["9.9.9.9", "2606:4700:1::/48"])
def test_a_home_with_addresses_of_both_kinds_is_one_person(ledger: Ledger, other: str) -> None:
    one, two = person(1, address="2606:4700:2::/48" if other == "9.9.9.9" else "8.8.8.8"), person(2, address=other)
    lease, again = ledger.take(one), ledger.take(two)
    assert lease.entry == again.entry
    result = result_for(ledger, lease.entry)
    assert ledger.give(one, lease.token, result).state == ledger.give(two, again.token, result).state == "one"
    third = ledger.take(person(3))
    assert third.entry == lease.entry
    assert ledger.give(person(3), third.token, result).state == "confirmed"


@pytest.mark.parametrize("name", ["digests", "curve"])
def test_a_wrong_count_is_refused_with_the_right_one(ledger: Ledger, name: str) -> None:
    lease = ledger.take(person(1))
    result = result_for(ledger, lease.entry)
    with pytest.raises(UserError, match=rf"^{name}=1: give {len(getattr(result, name))}\b"):
        ledger.give(person(1), lease.token, replace(result, **{name: getattr(result, name)[:1]}))


def test_digests_of_another_training_are_refused(ledger: Ledger) -> None:
    _, result = train(ledger, 1)
    train(ledger, 2, entry=result.entry)
    other, who = ledger.take(person(3)), person(3)
    own = result_for(ledger, other.entry)
    for digests in (result.digests, (*own.digests[:-1], result.digests[-1])):
        with pytest.raises(UserError, match="of another training"):
            ledger.give(who, other.token, replace(own, digests=digests))
    assert ledger.give(who, other.token, own).state == "one"


def test_two_who_confirm_the_first_digests_of_another_training_do_not_shut_it(ledger: Ledger) -> None:
    one, two, honest = person(1), person(2), person(3)
    lease, again = ledger.take(one), ledger.take(two)
    forged = result_for(ledger, lease.entry)
    [name] = {entry.name for entry in ledger.listed.entries if entry.name != lease.entry and entry.index < 2}
    own = result_for(ledger, name)
    forged = replace(forged, digests=(*own.digests[:-1], forged.digests[-1]))
    ledger.give(one, lease.token, forged)
    assert ledger.give(two, again.token, forged).state == "confirmed"
    other = ledger.take(honest)
    assert other.entry == name and ledger.give(honest, other.token, own).state == "one"


@pytest.mark.parametrize(("change", "field"), CHANGES)
def test_a_result_that_cannot_be_is_refused_and_not_kept(ledger: Ledger, change: dict[str, object], field: str) -> None:
    lease = ledger.take(person(1))
    result = result_for(ledger, lease.entry, shares=(0.5, 0.91))
    with pytest.raises(UserError) as refused:
        ledger.give(person(1), lease.token, replace(result, **change))  # type: ignore[arg-type]
    assert field in refused.value.field and standing(ledger, lease.entry).num_results == 0


def test_a_tie_counts_as_half(ledger: Ledger) -> None:
    lease = ledger.take(person(1))
    assert ledger.give(person(1), lease.token, result_for(ledger, lease.entry, shares=(0.495, 0.905)))


def test_a_lease_of_somebody_else_or_of_another_training_sends_nothing(ledger: Ledger) -> None:
    lease, other = ledger.take(person(1)), ledger.take(person(3))
    further = ledger.take(person(2))
    assert further.entry != lease.entry
    for who, token, name in (
        (person(2), lease.token, lease.entry), (person(3), lease.token, lease.entry),
        (person(1), other.token, lease.entry), (person(1), lease.token, further.entry),
        (person(1), "", lease.entry), (person(1), "0" * 32, lease.entry), (person(1), "\ud800ä", lease.entry),
    ):  # fmt: skip
        with pytest.raises(UserError, match="lease"):
            ledger.give(who, token, result_for(ledger, name))
        with pytest.raises(UserError, match="lease"):
            ledger.keep(who, name, token)
    assert all(each.num_results == 0 for each in ledger.standings().values())


def test_the_same_result_sent_again_is_answered_and_counts_once(ledger: Ledger) -> None:
    lease, result = train(ledger, 1)
    again = ledger.give(person(1), lease.token, result)
    assert (again.state, again.num_results) == ("one", 1)
    with pytest.raises(UserError, match="before"):
        ledger.give(person(1), lease.token, result_for(ledger, lease.entry, bits="b"))
    elsewhere = person(1, address="8.8.8.8")
    assert ledger.give(elsewhere, lease.token, result).num_results == 1, "from another network, too"


def test_a_result_that_comes_late_counts_as_others_do(ledger: Ledger, clock: Clock) -> None:
    lease = ledger.take(person(1))
    clock.now += 3 * 24 * 3600
    (ledger.folder / "leases.json").unlink()
    assert ledger.give(person(1), lease.token, result_for(ledger, lease.entry)).state == "one"


def test_as_many_results_are_kept_as_decide(ledger: Ledger) -> None:
    entry = ledger.take(person(0)).entry

    def send(number: int, *, has_own_address: bool) -> None:
        who = person(number, has_own_address=has_own_address)
        token = ledger._token(who, ledger.listed.entry(entry))
        ledger.give(who, token, result_for(ledger, entry, bits=f"{number:05x}"[:1]))

    for number in range(MAX_UNKNOWN):
        send(number, has_own_address=False)
    with pytest.raises(UserError, match="keeps no more results"):
        send(400, has_own_address=False)
    assert standing(ledger, entry).num_results == MAX_UNKNOWN < MAX_RESULTS


def test_nobody_trains_what_would_not_be_kept(ledger: Ledger) -> None:
    entry = ledger.take(person(0)).entry
    for number in range(MAX_RESULTS):
        who = person(number)
        ledger.give(
            who, ledger._token(who, ledger.listed.entry(entry)), result_for(ledger, entry, bits="ab"[number % 2])
        )
    assert standing(ledger, entry).state == "differs"
    assert entry not in {ledger.take(person(number)).entry for number in (500, 501)}


def test_results_from_files_are_one_person_however_many_hold_a_copy(ledger: Ledger) -> None:
    entry = ledger.listed.entries[0].name
    copy = result_for(ledger, entry)
    for number in (1, 2, 3):
        assert ledger.give_saved(person(number), copy).state == "one"
    assert ledger.give_saved(person(1), copy).num_results == 3, "the same one sent again counts once"
    with pytest.raises(UserError, match="before"):
        ledger.give_saved(person(1, address="8.8.8.8"), result_for(ledger, entry, bits="b"))
    assert ledger.take(person(2)).entry != entry, "whoever has sent it is not its second computer"
    train(ledger, 9, entry=entry)
    assert standing(ledger, entry).state == "confirmed"
    assert Ledger(ledger.folder.parent, ledger.listed).standings()[entry].state == "confirmed"


def test_forged_files_outvote_nobody(ledger: Ledger) -> None:
    entry = ledger.listed.entries[0].name
    for number in range(MAX_SAVED):
        ledger.give_saved(person(number), result_for(ledger, entry, bits="b"))
    with pytest.raises(UserError, match="keeps no more results"):
        ledger.give_saved(person(50), result_for(ledger, entry, bits="b"))
    train(ledger, 100, entry=entry)
    assert standing(ledger, entry).state == "differs"
    train(ledger, 101, entry=entry)
    assert (decided := standing(ledger, entry)).state == "confirmed" and decided.num_mismatches == MAX_SAVED


@pytest.mark.parametrize(("change", "field"), CHANGES)
def test_a_file_is_checked_as_a_result_is(ledger: Ledger, change: dict[str, object], field: str) -> None:
    result = result_for(ledger, ledger.listed.entries[0].name, shares=(0.5, 0.91))
    with pytest.raises(UserError) as refused:
        ledger.give_saved(person(1), replace(result, **change))  # type: ignore[arg-type]
    assert field in refused.value.field and not any(each.num_results for each in ledger.standings().values())


def test_a_file_comes_too_late_for_a_question_that_is_answered(ledger: Ledger) -> None:
    copies = [result_for(ledger, entry.name) for entry in ledger.listed.entries]
    for copy in copies:
        assert ledger.give_saved(person(1), copy).state == "one"
    for number, copy in enumerate(copies):
        train(ledger, 10 + number, entry=copy.entry)
    assert ledger.is_answered("half")
    with pytest.raises(UserError, match="is answered"):
        ledger.give_saved(person(2), copies[0])


def test_digests_of_what_is_not_confirmed_are_told_to_nobody(ledger: Ledger) -> None:
    _, result = train(ledger, 1)
    said = json.dumps(encode(ledger.standings()))
    assert not any(digest in said for digest in result.digests)
    assert person(1).owner_key not in said and person(1).address not in said


def test_keys_and_addresses_are_on_disk_as_hashes_and_go_once_a_question_is_answered(
    ledger: Ledger, listed: OpenList
) -> None:
    for number in range(2 * len(listed.entries) - 1):
        train(ledger, number)

    def content() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(ledger.folder.iterdir()))

    name = listed.entries[0].name
    hashed = [ledger._hash(name, person(1).owner_key), ledger._hash_address(name, person(1))]
    assert not any(each in content() for each in (person(1).owner_key.encode(), person(1).address.encode()))
    assert all(each.encode() in content() for each in hashed) and (ledger.folder / "half.salt").exists()
    lease, result = train(ledger, 200)
    before = ledger.standings()
    assert {each.state for each in before.values()} == {"confirmed"} and ledger.is_answered("half")
    assert not (ledger.folder / "half.salt").exists() and not question_file(ledger).exists()
    assert not any(each.encode() in content() for each in hashed)
    for act in (
        lambda: ledger.take(person(300)),
        lambda: ledger.keep(person(200), lease.entry, lease.token),
        lambda: ledger.give(person(200), lease.token, result),
    ):
        with pytest.raises(UserError, match="entry"):
            act()
    assert Ledger(ledger.folder.parent, listed).standings() == before


def test_what_confirmed_nothing_does_not_begin_to_when_names_are_forgotten(ledger: Ledger) -> None:
    """Results of unknown addresses come first and agree with each other; those of two strangers stay the confirmed."""
    entries = [entry.name for entry in ledger.listed.entries]
    for number in range(2 * len(entries)):
        who = person(number, address="10.0.0.1", has_own_address=False)
        lease = ledger.take(who)
        ledger.give(who, lease.token, result_for(ledger, lease.entry, bits="f"))
    for number in range(10, 10 + 2 * len(entries)):
        train(ledger, number)
    assert ledger.is_answered("half")
    digests = [each.digest for each in ledger.standings().values()]
    assert all(digest is not None and digest.startswith("a") for digest in digests)


# ---- Nothing is lost, nothing counts twice


def test_another_process_on_the_folder_sees_the_same(ledger: Ledger, listed: OpenList, clock: Clock) -> None:
    lease, _ = train(ledger, 1)
    second = Ledger(ledger.folder.parent, listed, clock=clock)
    train(second, 2, entry=lease.entry)
    assert standing(ledger, lease.entry).state == "confirmed"


def test_a_question_that_is_answered_while_it_is_read_keeps_its_results(
    ledger: Ledger, listed: OpenList, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2 * len(listed.entries) - 1):
        train(ledger, number)
    read, met = Path.read_bytes, list[Path]()

    def read_late(path: Path) -> bytes:
        if path == question_file(ledger) and not met:
            met.append(path)
            train(Ledger(ledger.folder.parent, listed), 200)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_late)
    assert {each.state for each in ledger.standings().values()} == {"confirmed"} and met


def test_a_server_that_was_killed_while_it_forgot_goes_on(ledger: Ledger, listed: OpenList) -> None:
    for number in range(2 * len(listed.entries) - 1):
        train(ledger, number)
    before = {path: path.read_bytes() for path in ledger.folder.iterdir() if path.suffix in (".jsonl", ".salt")}
    train(ledger, 200)
    for path, content in before.items():  # killed after the first of three files
        path.write_bytes(content)
    again = Ledger(ledger.folder.parent, listed)
    assert again.is_answered("half")
    again.forget_answered()
    assert not any(path.exists() for path in before)


def test_a_lost_salt_loses_no_result_and_makes_nobody_two_people(ledger: Ledger, listed: OpenList) -> None:
    lease, result = train(ledger, 1)
    (ledger.folder / "half.salt").write_bytes(b"")
    after = Ledger(ledger.folder.parent, listed)
    token = after.take(person(1)).token
    assert after.give(person(1), token, result).state == "one" and standing(after, lease.entry).num_results == 2
    train(after, 2, entry=lease.entry)
    assert standing(after, lease.entry).state == "confirmed", "two people under the new salt"


def test_many_at_once_on_two_servers_lose_no_result(tmp_path: Path, listed: OpenList) -> None:
    servers = [Ledger(tmp_path / "many", listed) for _ in range(2)]

    def one(number: int) -> str:
        mine = servers[number % 2]
        lease = mine.take(person(number))
        mine.give(person(number), lease.token, result_for(mine, lease.entry))
        return lease.entry

    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(one, range(6)))
    counts = {name: each.num_results for name, each in servers[0].standings().items()}
    assert counts == {name: given.count(name) for name in counts} and sum(counts.values()) == 6


def test_a_folder_that_another_server_holds_is_one_sentence(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_TIMEOUT_S", 0.05)
    with ledger._lock(), ThreadPoolExecutor(1) as pool, pytest.raises(BusyError, match="another server"):
        pool.submit(ledger.take, person(1)).result()


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_torn_line_is_left_out_and_the_next_one_is_whole(ledger: Ledger, cut: int) -> None:
    entry = train(ledger, 1)[0].entry
    train(ledger, 2, entry=entry)
    file = question_file(ledger)
    file.write_bytes(file.read_bytes()[:-cut])
    assert standing(ledger, entry).num_results == (2 if cut == 1 else 1)
    train(ledger, 3)
    assert sum(each.num_results for each in ledger.standings().values()) == (3 if cut == 1 else 2)


@pytest.mark.parametrize(
    "damage", [b"{}\n", b"\xff\xfe\n", b"0123456789abcdef {}\n", b"\n\n", b"[" * 3000 + b"\n", b"\x00" * 4096 + b"\n"]
)
def test_a_damaged_line_costs_no_other(ledger: Ledger, damage: bytes) -> None:
    entry = train(ledger, 1)[0].entry
    file = question_file(ledger)
    file.write_bytes(damage + file.read_bytes() + damage)
    train(ledger, 2, entry=entry)
    assert standing(ledger, entry).state == "confirmed"


def test_a_changed_line_is_none(ledger: Ledger) -> None:
    entry = train(ledger, 1)[0].entry
    train(ledger, 2, entry=entry, bits="b")
    file = question_file(ledger)
    file.write_bytes(file.read_bytes().replace(b'"b0', b'"a0'))
    assert (standing(ledger, entry).state, standing(ledger, entry).num_results) == ("one", 1)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"leases": 3}', '{"leases": [{"token": "x"}]}'])
def test_damaged_leases_cost_no_result(ledger: Ledger, damage: str) -> None:
    lease = ledger.take(person(1))
    (ledger.folder / "leases.json").write_text(damage)
    assert ledger.keep(person(1), lease.entry, lease.token).is_taken
    (ledger.folder / "leases.json").write_text(damage)
    assert ledger.give(person(1), lease.token, result_for(ledger, lease.entry)).num_results == 1


class _ShortWrites:
    """A file on a disk with room for half of what is written."""

    def __init__(self, file: object) -> None:
        self._file = file

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def __enter__(self) -> "_ShortWrites":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()  # type: ignore[attr-defined]

    def write(self, content: bytes) -> int:
        return int(self._file.write(content[: len(content) // 2]))  # type: ignore[attr-defined]


@pytest.fixture
def fill_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Fill the disk, once it is called."""

    def full(path: Path, *values: object, **named: object) -> _ShortWrites:
        return _ShortWrites(open(path, *values, **named))  # type: ignore[call-overload]

    return lambda: monkeypatch.setattr(Path, "open", full)


def test_a_full_disk_keeps_what_is_there_and_takes_the_result_once_there_is_room(
    ledger: Ledger, fill_disk: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = train(ledger, 1)[0].entry
    lease, before = ledger.take(person(2)), question_file(ledger).read_bytes()
    result = result_for(ledger, lease.entry)
    fill_disk()
    with pytest.raises(OSError, match="No space"):
        ledger.give(person(2), lease.token, result)
    monkeypatch.undo()
    assert question_file(ledger).read_bytes() == before
    assert ledger.give(person(2), lease.token, result).state == "confirmed" and lease.entry == entry


def test_a_result_is_kept_where_only_leases_find_no_room(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = ledger.take(person(1))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "replace_file", full)
    assert ledger.give(person(1), lease.token, result_for(ledger, lease.entry)).state == "one"


def test_a_line_has_at_most_5_kb(tmp_path: Path) -> None:
    """The longest numbers that a device sends, for every training of the shipped list."""
    ledger = Ledger(tmp_path, read_open_list(OPEN_LIST))
    who = Person(owner_key="f" * 32, address="2606:4700:4700::/48", has_own_address=True)
    lease = ledger.take(who)
    result = replace(result_for(ledger, lease.entry, shares=(1 / 3, 2 / 3)), scenes=3)
    ledger.give(who, lease.token, replace(result, browser="x" * 40, architecture="x" * 40))
    (file,) = ledger.folder.glob("*.jsonl")
    assert 1_500 < file.stat().st_size < 5_000
    assert max(len(steps) for each in ledger.listed.entries for steps in asked_steps(each.spec)) == len(result.curve)


def test_an_empty_file_of_answers_hides_no_result(ledger: Ledger) -> None:
    train(ledger, 1)
    before = ledger.standings()
    (ledger.folder / "half.answered.jsonl").touch()
    assert not ledger.is_answered("half") and ledger.standings() == before
    assert any(each.num_results for each in before.values())


TWO = LIST + LIST[LIST.index("[[questions]]") :].replace("half", "other")
"""The list with a second question."""
IN_PLACE: dict[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.skipif(os.name != "posix", reason="makes a pipe")
@pytest.mark.parametrize("name", ["half.jsonl", "half.answered.jsonl", "half.salt"])
@pytest.mark.parametrize("made", IN_PLACE)
def test_what_is_no_file_in_place_of_one_stops_its_question_alone(
    tmp_path: Path, name: str, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "two.toml").write_text(TWO)
    logged: list[str] = []
    monkeypatch.setattr(module._log, "warning", lambda text, *values: logged.append(text % values))
    listed = read_open_list(tmp_path / "two.toml")
    ledger = Ledger(tmp_path / "state", listed)
    halves = {entry.name for entry in listed.entries if entry.question == "half"}
    lent = [ledger.take(person(number)) for number in range(6)]
    half = next(number for number, lease in enumerate(lent) if lease.entry in halves)
    result = result_for(ledger, lent[half].entry)
    before = [path for path in ledger.folder.iterdir() if path.name == name]
    for path in before:
        path.rename(tmp_path / "kept")
    ledger = Ledger(tmp_path / "state", listed)
    IN_PLACE[made](ledger.folder / name)
    for _ in range(2):
        assert ledger.standings().keys() == {entry.name for entry in listed.entries} - halves
    assert len(logged) == 1 and name in logged[0]
    ledger.forget_answered()
    assert not ledger.is_answered("half") and {
        ledger.take(person(90 + number)).entry for number in range(3)
    }.isdisjoint(halves)
    for act in (
        lambda: ledger.give(person(half), lent[half].token, result),
        lambda: ledger.give_saved(person(half), result),
        lambda: ledger.keep(person(half), lent[half].entry, lent[half].token),
    ):
        with pytest.raises(BusyError, match="cannot be read here now"):
            act()
    other = next(number for number, lease in enumerate(lent) if lease.entry not in halves)
    assert ledger.give(person(other), lent[other].token, result_for(ledger, lent[other].entry)).num_results == 1
    # Once it is mended, nothing is lost.
    (ledger.folder / name).rename(tmp_path / "wrong")
    for path in before:
        (tmp_path / "kept").rename(path)
    assert ledger.give(person(half), lent[half].token, result).num_results == 1


def test_a_line_begins_on_a_line_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"torn")
    append_line(file, b"one\n")
    append_line(file, b"two\n")
    assert file.read_bytes() == b"torn\none\ntwo\n"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("curve", ["0.5"]), ("curve", [True]), ("curve", [1.5]), ("curve", [float("nan")]), ("curve", "0.5"),
        ("curve", [0.5] * 300), ("digests", ["A" * 64]), ("digests", ["a" * 63]), ("digests", ["a" * 64 + "\n"]),
        ("digests", [5]), ("digests", ["a" * 64] * 65), ("scenes", "100"), ("scenes", 0), ("scenes", 100.5),
        ("scenes", 10**9), ("scenes", True), ("engine_version", "1"), ("browser", "<b>"), ("browser", "x" * 41),
        ("architecture", None), ("entry", 3), ("list_digest", None),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_refused_by_its_name(ledger: Ledger, field: str, value: object) -> None:
    document = encode(result_for(ledger, ledger.listed.entries[0].name))
    assert decode(Result, document)
    with pytest.raises(UserError) as refused:
        decode(Result, {**document, field: value})
    assert field in refused.value.field
