"""Open questions that are judged: what is audited, what a forgery costs, rows of their own, verdicts once."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.replication.agreement import Result
from explorer.replication.ledger import Ledger
from explorer.replication.outcomes import read_outcomes
from explorer.replication.questions import ListEntry, OpenList, read_open_list
from research.judge_open import JudgedQuestion, freeze_judged, judge_answered, retrain
from research.rows import read_rows
from tests.unit.replication.conftest import LIST, person, result_for

SEEDS = 12
TEXT = LIST.replace("seeds = 3", f"seeds = {SEEDS}").replace("steps = 40", "steps = 400")
HONEST = (0.5, 0.5, 0.5, 0.9)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    file = tmp_path / "open.toml"
    file.write_text(TEXT, encoding="utf-8")
    return Ledger(tmp_path / "state", read_open_list(file))


def honest(listed: OpenList, entry: ListEntry) -> Result:
    ledger = Ledger(Path("nowhere"), listed)
    return result_for(ledger, entry.name, shares=HONEST)


def answer(ledger: Ledger, forged: dict[str, Result]) -> None:
    """Two people confirm each training, of the named ones with what they forged."""
    for number in range(2 * len(ledger.listed.entries)):
        lease = ledger.take(person(number))
        result = forged.get(lease.entry) or honest(ledger.listed, ledger.listed.entry(lease.entry))
        ledger.give(person(number), lease.token, result)


def judge_one(ledger: Ledger, *, seed: int = 1) -> JudgedQuestion:
    return judge_answered(ledger, train=honest, rng=random.Random(seed), jobs=2, tell=lambda _: None)[0]


def test_a_tenth_is_trained_once_more_and_an_honest_list_stays(ledger: Ledger) -> None:
    answer(ledger, {})
    judged = judge_one(ledger)
    assert len(judged.audited) == 2 and judged.refuted == frozenset()
    assert judged.audited != judge_one(ledger, seed=2).audited, "drawn when it is judged"
    assert judged.verdict.rival == "soon" and len(judged.verdict.outcomes) == SEEDS


def test_what_lies_apart_is_always_trained_and_then_all_of_it_counts_anew(ledger: Ledger) -> None:
    entries = ledger.listed.entries
    forged = {entries[0].name: result_for(ledger, entries[0].name, bits="f", shares=(0.5, 0.5))}
    answer(ledger, forged)
    judged = judge_one(ledger)
    assert judged.refuted == {entries[0].name} and judged.audited == {each.name for each in entries}
    assert judged.results[entries[0].name] == honest(ledger.listed, entries[0])


@pytest.mark.slow
def test_a_training_to_which_somebody_sent_other_bits_is_always_trained(ledger: Ledger) -> None:
    lease = ledger.take(person(900))
    ledger.give(person(900), lease.token, result_for(ledger, lease.entry, bits="e", shares=HONEST))
    answer(ledger, {})
    for number in range(2 * SEEDS, 4 * SEEDS):
        if ledger.is_answered("half"):
            break
        further = ledger.take(person(number))
        ledger.give(person(number), further.token, honest(ledger.listed, ledger.listed.entry(further.entry)))
    for seed in range(5):
        assert lease.entry in judge_one(ledger, seed=seed).audited


def test_what_could_change_the_verdict_by_itself_is_always_trained(tmp_path: Path) -> None:
    file = tmp_path / "short.toml"
    file.write_text(TEXT.replace(f"seeds = {SEEDS}", "seeds = 1"), encoding="utf-8")
    short = Ledger(tmp_path / "short", read_open_list(file))
    answer(short, {})
    assert len(judge_one(short).audited) == 1


def test_nothing_is_taken_in_before_it_is_answered_and_nothing_twice(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="half lacks 12 of 12"):
        judge_one(ledger)
    answer(ledger, {})
    judged = judge_one(ledger)
    frozen = tmp_path / "frozen"
    frozen.mkdir()
    freeze_judged(ledger.listed, [judged], frozen)
    verdict = read_outcomes(ledger.listed, frozen / "open-outcomes.json")["half"]
    assert verdict == judged.verdict
    other = replace(ledger.listed, digest="0" * 64)
    assert read_outcomes(other, frozen / "open-outcomes.json") == {}


def test_a_verdict_is_not_written_twice(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(ledger, {})
    verdict = judge_one(ledger).verdict
    monkeypatch.setattr("research.judge_open.read_outcomes", lambda _: {"half": verdict})
    with pytest.raises(UserError, match="all were judged before"):
        judge_one(ledger)


def test_rows_are_a_stratum_of_their_own_that_anybody_can_repeat(ledger: Ledger, tmp_path: Path) -> None:
    answer(ledger, {})
    judged = judge_one(ledger)
    (file,) = freeze_judged(ledger.listed, [judged], tmp_path)
    rows, about = read_rows(Path(file))
    assert len(rows) == SEEDS and about["stratum"] == "visitors" and about["list"] == ledger.listed.digest
    assert {row["stratum"] for row in rows} == {"visitors"} and sum(row["audited"] for row in rows) == 2
    for row, entry in zip(rows, ledger.listed.entries, strict=True):
        assert row["seed"] == entry.spec.train.seed and json.loads(row["spec"]) == entry.spec.to_json()
        assert row["digest"] == json.loads(row["digests"])[-1][1] == judged.results[entry.name].digests[-1]
        assert (row["results"], row["mismatches"]) == (2, 0)
    said = Path(file).read_bytes()
    assert person(1).address.encode() not in said and b"key" not in {*rows[0]}


@pytest.mark.slow
@pytest.mark.timeout(1800)  # it gives way to whatever else the computer does
def test_an_entry_trained_in_node_is_a_possible_result_and_equal_each_time(tmp_path: Path) -> None:
    file = tmp_path / "open.toml"
    file.write_text(TEXT.replace("steps = 400", "steps = 2"), encoding="utf-8")
    ledger = Ledger(tmp_path / "state", read_open_list(file))
    for number in (1, 2):
        lease = ledger.take(person(number))
        result = retrain(ledger.listed, ledger.listed.entry(lease.entry))
        standing = ledger.give(person(number), lease.token, result)
    assert standing.state == "confirmed" and standing.curve == result.curve
