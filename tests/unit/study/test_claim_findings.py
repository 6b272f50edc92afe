"""Findings from rows that were made up: words follow from estimates, and nothing is said where nothing can show."""

import json
from dataclasses import replace
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.study.claims import Claim, ConditionRef, Direction, Expected
from explorer.study.compare import Finding, as_record, read_claim, sentence
from explorer.study.rows import Row

STEPS = 720


def made(label: str, steps: list[int | None], final: float = 0.9, **changes: Any) -> list[Row]:
    """A row for each seed, bound at these steps."""
    rows = []
    for seed, step in enumerate(steps):
        row: Row = {"condition": label, "seed": seed, "is_point": True, "steps": STEPS, "stage": "result"}
        row |= {"evaluation.seed": 10_000 + seed, "evaluation.count": 4000}
        row |= {"bound.canonical.step": step, "bound.own.step": step}
        for part, value in (("value", final + 0.001 * seed), ("n", 4000), ("low", 0.0), ("high", 1.0), ("chance", 0.5)):
            row |= {f"canonical.binding_accuracy.{part}": value, f"complete.parts_accuracy.{part}": value}
        rows.append(row | changes)
    return rows


def claim(*expected: Expected, metric: str | None = None) -> Claim:
    ref = {name: ConditionRef(sweep="toy", label=name) for name in ("start", "end", "control")}
    return Claim(
        name="toy",
        sentence="Toys bind.",
        directions=tuple(
            Direction(form="canonical", expected=each, source="a test", metric=metric, **ref) for each in expected
        ),
    )


def read(*expected: Expected, metric: str | None = None, **rows: list[Row]) -> list[Finding]:
    conditions = {"control": made("control", [100] * 5)} | rows
    return read_claim(claim(*expected, metric=metric), {"toy": [row for each in conditions.values() for row in each]})


NEVER: list[int | None] = [None] * 8
LATE: list[int | None] = [400, 420, 440, 460, 480, 500, 520, 540]
EARLY: list[int | None] = [200, 210, 220, 230, 240, 250, 260, 270]


@pytest.mark.parametrize(
    ("expected", "start", "end", "word"),
    [
        ("sooner", LATE, EARLY, "as stated"),
        ("later", LATE, EARLY, "the reverse"),
        ("sooner", EARLY, LATE, "the reverse"),
        ("ours", LATE, EARLY, "sooner"),
        ("ours", EARLY, NEVER, "later"),
        ("no difference", NEVER, NEVER, "neither binds"),
        ("ours", NEVER, NEVER, "neither binds"),
        ("no difference", NEVER, [700] * 8, "sooner"),
        ("no difference", LATE, LATE, "none seen"),
        ("no difference", LATE, EARLY, "sooner"),
        ("sooner", LATE, LATE, "not decided"),
        ("sooner", NEVER, [None] * 7 + [700], "not decided"),
        # Bound by a quarter of the budget in every seed: nothing can come sooner.
        ("sooner", [100] * 8, [50] * 8, "no headroom"),
        ("later", [100] * 8, LATE, "as stated"),
    ],
)
def test_the_word(expected: Expected, start: list[int | None], end: list[int | None], word: str) -> None:
    (found,) = read(expected, start=made("start", start), end=made("end", end))
    assert found.word == word
    assert found.start.bound.n == found.end.bound.n == 8


def test_a_control_that_does_not_bind_makes_a_direction_untestable() -> None:
    control = made("control", [100, 100, None, None, None])
    (found,) = read("sooner", start=made("start", NEVER), end=made("end", NEVER), control=control)
    assert found.word == "untestable here" and found.p is None and found.control.value == 0.4
    (found,) = read(
        "sooner", start=made("start", NEVER), end=made("end", EARLY), control=made("control", [100] * 2 + NEVER[:2])
    )
    assert found.word == "as stated"


def test_what_was_not_run_says_so() -> None:
    (found,) = read("sooner", start=made("start", LATE))
    assert found.word == "not run" and sentence(found).endswith("not run yet.")
    json.dumps(as_record(found), allow_nan=False)


def test_holm_counts_the_stated_directions_of_the_claim() -> None:
    start, end = made("start", LATE), made("end", EARLY)
    one, other = read("sooner", "ours", start=start, end=end)
    assert one.p == other.p and one.p is not None
    assert one.p_holm == other.p_holm == pytest.approx(2 * one.p)
    (alone,) = read("sooner", start=start, end=end)
    assert alone.p_holm == alone.p == one.p
    stated = claim("sooner", "ours")
    unrun = replace(stated.directions[1], end=ConditionRef(sweep="toy", label="another"))
    rows = {"toy": [*start, *end, *made("control", [100] * 5)]}
    first, second = read_claim(replace(stated, directions=(stated.directions[0], unrun)), rows)
    assert second.word == "not run" and first.p_holm == pytest.approx(2 * one.p)


def test_runs_that_failed_are_counted_and_are_no_seeds() -> None:
    start = [*made("start", LATE), *made("start", NEVER[:2], is_point=False)]
    (found,) = read("sooner", start=start, end=made("end", EARLY))
    assert (found.start.num_failed, found.start.times.num_seeds) == (2, 8)


def test_rows_of_other_scenes_are_never_paired_and_never_pooled() -> None:
    elsewhere = [row | {"evaluation.seed": row["evaluation.seed"] + 1} for row in made("end", EARLY)]
    (found,) = read("sooner", start=made("start", LATE), end=elsewhere)
    assert found.spared.value is None and found.word == "not decided"
    mixed = [*made("end", EARLY), *(row | {"evaluation.count": 1000, "seed": 9} for row in made("end", EARLY[:1]))]
    with pytest.raises(UserError, match="end was scored on \\[1000, 4000\\] scenes"):
        read("sooner", start=made("start", LATE), end=mixed)


def test_a_metric_is_read_at_the_end_and_by_pairs() -> None:
    start, end = made("start", EARLY, final=0.95), made("end", EARLY, final=0.6)
    for row in end:
        row["complete.parts_accuracy.value"] += 0.01 * (row["seed"] % 2)
    lower, higher = (
        read(expected, metric="complete.parts_accuracy", start=start, end=end)[0] for expected in ("lower", "higher")
    )
    assert (lower.word, higher.word) == ("as stated", "the reverse")
    change = lower.final["complete.parts_accuracy"]
    assert change.value == pytest.approx(-0.345) and change.high is not None and change.high < 0
    assert "complete.parts_accuracy changes by -3" in sentence(lower)


def test_the_record_holds_every_seed() -> None:
    (found,) = read("sooner", start=made("start", [None, 360]), end=made("end", [180, 180]))
    record = json.loads(json.dumps(as_record(found), allow_nan=False))
    start, end = record["sides"]
    assert [(run["seed"], run["time"]) for run in start["runs"]] == [(0, None), (1, 0.5)]
    assert start["bound"]["value"] == 0.5 and end["curve"] == [{"time": 0.25, "share": 1.0, "low": None, "high": None}]
    assert record["spared"]["value"] == pytest.approx(0.5) and record["word"] == found.word


def test_none_seen_says_what_so_few_seeds_do_not_exclude() -> None:
    (found,) = read("no difference", start=made("start", NEVER), end=made("end", NEVER))
    assert found.p is None and (found.spared.value, found.spared.low, found.spared.high) == (0, None, None)
    # Newcombe: none of 8 against none of 8 leaves up to 32 points either way.
    assert "+0 points (-32 to +32) of seeds bound" in sentence(found)
