"""The question of a claim: about its first comparison that says something, with the answer of the interval alone."""

from dataclasses import replace

import pytest

from explorer.evaluation.results import Estimate
from explorer.evaluation.sweep_evidence import Trend
from explorer.study.claims import LEADS
from explorer.study.question import question
from explorer.study.table import SWEEPS
from tests.unit.study.toy_evidence import comparison, made

HIGH, LOW = [0.98, 0.99, 0.97], [0.52, 0.50, 0.51]
WIDE = ([0.9, 0.5, 0.7], [0.5, 0.9, 0.7])


@pytest.mark.parametrize(
    ("complete", "half", "answer"),
    [(HIGH, LOW, "falls"), (LOW, HIGH, "rises"), (HIGH, HIGH, "stays"), (*WIDE, None)],
)
def test_the_answer_is_that_of_the_interval(complete: list[float], half: list[float], answer: str | None) -> None:
    asked = question(made(complete, half))
    assert asked is not None and asked.answer == answer
    ends = "Going from “complete” to “half” (completeness)"
    assert asked.text == f"{ends}, does binding accuracy in two-object captions rise, fall or stay?"


def test_the_dial_of_every_claim_is_explained_before_its_question() -> None:
    assert LEADS.keys() == {sweep.name for sweep in SWEEPS.values() if sweep.conditions}
    asked = question(made(HIGH, LOW, name="hard-negatives", axis="hard negatives (share of images)"))
    assert asked is not None and asked.lead == LEADS["hard-negatives"]
    assert "to “half” (hard negatives), does" in asked.text
    unknown = question(made(HIGH, LOW))
    assert unknown is not None and unknown.lead == ""


def test_a_reply_says_whether_the_guess_was_right_and_what_was_measured() -> None:
    asked = question(made(HIGH, LOW))
    assert asked is not None
    measured = "it falls: 98 % (96 to 100) to 51 % (47 to 55), −47 points (−50 to −44)."
    assert asked.reply("falls") == f"Right, {measured}"
    assert asked.reply("rises") == f"You said that it rises, but {measured}"
    assert asked.reply(None) == asked.reply("shown") == f"Measured: {measured}"


def test_what_is_not_decided_calls_no_guess_right() -> None:
    asked = question(made(*WIDE))
    assert asked is not None
    assert {asked.reply(guess) for guess in ("rises", "stays", None)} == {asked.reply("falls")}
    assert asked.reply("stays").startswith("Not decided: ") and " 0 points" in asked.reply("stays")


def test_a_form_that_is_no_evidence_is_not_asked_about() -> None:
    found = made(HIGH, LOW)
    canonical, *others = found.contrasts
    asked = question(replace(found, contrasts=(replace(canonical, word="no evidence"), *others)))
    assert asked is not None and "in training-like captions" in asked.text


def test_what_the_paper_says_something_of_is_asked_about_first() -> None:
    found = made(HIGH, LOW)
    complete, half = found.conditions
    ours = [replace(each, direction="ours") for each in found.contrasts]
    asked = question(replace(found, contrasts=(*ours, comparison(half, complete, "own", direction="rises"))))
    assert asked is not None and asked.answer == "rises" and "from “half” to “complete”" in asked.text


def test_one_seed_asks_nothing() -> None:
    assert question(made([0.98], [0.5])) is None


def test_a_claim_about_long_runs_asks_of_the_last_third() -> None:
    slope = Estimate(value=0.08, n=15, low=0.07, high=0.09, chance=0.0)
    trend = {"canonical": Trend(word="still rising", slope=slope, end=Estimate.unmeasured())}
    found = made(LOW, LOW)
    long = replace(found.conditions[1], steps=12, series="half", trend=trend)
    asked = question(replace(found, conditions=(long,), contrasts=()))
    assert asked is not None and asked.answer == "rises"
    assert asked.text.startswith("Over the last third of the 12 steps of “half”, does binding accuracy in two-object")
    assert "it rises: +8 points" in asked.reply("rises")
