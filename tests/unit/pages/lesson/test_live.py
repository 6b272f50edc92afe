"""The card of a run says in each status what a person waits for, and lets no text be HTML."""

from dataclasses import replace
from typing import Any

import pytest

from explorer.pages.lesson.routes import WORDS, card
from explorer.runs.queue import RunDescription
from explorer.runs.store import ACTIVE, ENDED, RunStatus

EVIL = "<script>alert('x')</script>"


def run(
    *,
    run: str = "a-run-0123",
    place: int | None = None,
    wait_s: float | None = None,
    eta_s: float | None = None,
    **status: Any,
) -> RunDescription:
    known = {"status": "running", "step": 30, "steps": 120} | status
    return RunDescription(run=run, status=RunStatus(**known), place=place, wait_s=wait_s, eta_s=eta_s)


def test_there_are_words_for_each_status() -> None:
    assert set(WORDS) == {*ACTIVE, *ENDED} and not set(ACTIVE) & set(ENDED)


@pytest.mark.parametrize("status", [*ACTIVE, *ENDED])
def test_a_card_shows_status_progress_and_run(status: str) -> None:
    html = card(run(status=status))
    assert WORDS[status] in html and f"data-status='{status}' data-step='30' data-run='a-run-0123'" in html
    assert "width:25.0%" in html and "aria-valuenow='30'" in html and "aria-valuemax='120'" in html
    assert "step 30 of 120" in html
    assert ("href='runs/a-run-0123.zip'" in html) == (status in ENDED)


def test_no_run_says_how_to_get_one() -> None:
    assert "Press Start" in card(None) and "data-status" not in card(None)


def test_a_waiting_run_tells_its_place_and_when_it_starts() -> None:
    waiting = run(status="queued", step=0)
    assert "next in the queue" in card(replace(waiting, place=1, wait_s=0.0))
    third = card(replace(waiting, place=3, wait_s=200.0))
    assert "place 3 in the queue" in third and "starts in about 3 min" in third
    assert "in the queue" not in card(replace(waiting, place=0, wait_s=None)), "its turn has come"


def test_a_running_one_tells_rate_time_left_and_device() -> None:
    html = card(run(rate=1234.4, eta_s=80.0, device="cpu (a chip, 2 threads)"))
    assert "<span>1,234 pairs/s</span><span>about 80 s left</span><span>cpu (a chip, 2 threads)</span>" in html
    assert "left" not in card(run(eta_s=None)) and "pairs/s" not in card(run(rate=None))
    assert "left" not in card(run(status="stopping", eta_s=80.0)), "how long the evaluation takes is not known"


def test_an_evaluation_tells_its_parts_and_time_left() -> None:
    evaluating = {"phase": "evaluating", "phase_done": 2, "phase_parts": 7, "step": 120, "eta_s": 8.0}
    for status in ("running", "stopping"):
        html = card(run(**evaluating, status=status))
        assert "Evaluating: 2 of 7 forms and controls" in html and "about 8 s left" in html
        assert "width:28.6%" in html and "aria-valuenow='2'" in html and "aria-valuemax='7'" in html
        assert "step 120 of 120" in html
    assert "Saving the model" in card(run(**evaluating | {"phase_done": 0, "phase_parts": None}))
    assert "nearly done" in card(run(**evaluating | {"eta_s": 0.2}))
    assert "Evaluating" not in card(run(**evaluating, status="interrupted")), "it broke off there"


def test_reason_and_verdict_are_told_where_there_are_any() -> None:
    html = card(run(status="failed", reason="learning_rate=1: the loss is not a number"))
    assert "<p>learning_rate=1: the loss is not a number.</p>" in html and "data-verdict" not in html
    assert "data-verdict>Binds.</p>" in card(run(status="finished"), verdict="Binds.")
    assert "None" not in card(run(status="finished"))


@pytest.mark.parametrize("field", ["run", "reason", "device"])
def test_texts_are_escaped(field: str) -> None:
    html = card(run(status="failed", **{field: EVIL}), verdict=EVIL)
    assert "<script" not in html and "&lt;script&gt;" in html and "alert('" not in html


def test_a_run_without_steps_divides_by_nothing() -> None:
    assert "width:0.0%" in card(run(step=0, steps=0))
