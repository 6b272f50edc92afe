"""Findings at other levels of the rule, runs that were known before, and readings that fit one outcome only."""

import json
from dataclasses import replace
from typing import Any

import pytest

from explorer.evaluation.results import BINDING_LEVEL
from explorer.study.claims import CLAIMS, Reading
from explorer.study.compare import LEVELS, at_level, seen_before, share_seen
from explorer.study.evidence_store import FROZEN, load_claims
from explorer.study.rows import Row, rows_by_sweep
from explorer.study.sweeps import SECOND_EDITION
from explorer.study.words import reading


def made(condition: str, seed: int, lows: list[float], **train: Any) -> Row:
    """A row whose quick evaluations, a tenth of the steps apart, have these lower bounds."""
    curve = [{"step": 10 * (place + 1), "canonical": low, "canonical.low": low} for place, low in enumerate(lows)]
    spec = {"data": {}, "train": {"seed": seed, **train}}
    return {
        "condition": condition, "seed": seed, "stage": "result", "is_point": True, "status": "finished",
        "curve": json.dumps(curve), "spec": json.dumps(spec), "bound.canonical.step": None,
        "evaluation.seed": 10_000 + seed, "evaluation.count": 4000,
    }  # fmt: skip


def test_another_level_gives_another_time_by_hand() -> None:
    """Three in a row above .6 begin at step 20, above .7 at step 30, above .8 only the last one, above .9 none."""
    row = made("host", 0, [0.5, 0.65, 0.75, 0.75, 0.85])
    found = [at_level({"toy": [row]}, level)["toy"][0]["bound.canonical.step"] for level in LEVELS]
    assert found == [20, 30, 50, None]
    assert row["bound.canonical.step"] is None


def test_the_accuracy_itself_exceeds_the_level_before_its_bound_does() -> None:
    row = made("host", 0, [0.7, 0.8, 0.8, 0.85])
    row["curve"] = json.dumps([each | {"canonical.low": each["canonical"] - 0.06} for each in json.loads(row["curve"])])
    by_bound, by_accuracy = (at_level({"toy": [row]}, BINDING_LEVEL, of)["toy"][0] for of in (".low", ""))
    assert (by_bound["bound.canonical.step"], by_accuracy["bound.canonical.step"]) == (40, 20)


def test_at_its_own_level_the_frozen_times_stay() -> None:
    sweeps = rows_by_sweep(FROZEN, SECOND_EDITION, "result")
    moved = at_level(sweeps, 0.75)
    for name, rows in sweeps.items():
        for form in ("canonical", "own"):
            times = [row[f"bound.{form}.step"] for row in rows]
            assert [row[f"bound.{form}.step"] for row in moved[name]] == times
    assert any(row["bound.canonical.step"] is not None for row in moved["naming-cliff"])


def test_a_run_is_seen_if_spec_and_seed_are_those_of_the_first_edition() -> None:
    first = {"old": [made("one", seed, [0.5], steps=180) for seed in (0, 1)]}
    second = {"new": [made("host", seed, [0.5], steps=180) for seed in (0, 1, 2)], "more": [made("end", 0, [0.5])]}
    found = seen_before(second, first)
    assert found == {"runs": 2, "of": 4, "seeds": {"new": {"host": [0, 1]}}}
    places = [{"sweep": "new", "label": "host"}, {"sweep": "more", "label": "end"}]
    assert share_seen(found, places, 4) == pytest.approx(0.5) and share_seen(found, places, 0) == 0.0


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if claim.reading])
def test_a_reading_is_shown_only_for_its_outcome(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_claims()
    assert found is not None and name in CLAIMS
    text = reading(name, found)
    assert text is not None, "the outcome of the claim is another one: write its reading anew"
    assert "{" not in text and any(letter.isdigit() for letter in text)
    monkeypatch.setitem(CLAIMS, name, replace(CLAIMS[name], reading=Reading(words=("as stated",) * 9, text=text)))
    assert reading(name, found) is None
