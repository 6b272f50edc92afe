"""Curves of the sheet are those of the records, each run once, at most so many, and damage is a sentence."""

import json

import pytest

from explorer.errors import UserError
from explorer.pages.workbench.sheet import MOST_OVERLAID, overlaid, run_figures
from explorer.runs.store import RunFolder, RunStore
from explorer.service.run_list import spec_of
from explorer.views.runs import short


def names(drawing: object) -> str:
    return json.dumps(drawing.as_dict())  # type: ignore[attr-defined]


def test_curves_are_those_of_the_records(store: RunStore, done: RunFolder) -> None:
    found = run_figures(store, done.run, [])
    loss = found.loss.as_dict() if found.loss else {}
    records = list(done.records())
    assert [row[2] for row in loss["rows"]] == pytest.approx([record["loss"] for record in records], abs=1e-4)
    assert found.binding and found.recognition


def test_runs_are_drawn_over_each_other_once(store: RunStore, done: RunFolder) -> None:
    other = store.create(spec_of(done))
    found = run_figures(store, done.run, [other.run, done.run, other.run, "gone"])
    assert short(other.run) in names(found.loss) and short(done.run) in names(found.loss)
    assert run_figures(store, "gone", [done.run]).loss is None


def test_an_overlay_is_at_most_so_many_names() -> None:
    assert overlaid([f"run-{number}" for number in range(9)]) == [f"run-{number}" for number in range(MOST_OVERLAID)]
    for strange in (None, "a", 7, [None, 7, ["x"]], {"a": 1}):
        assert overlaid(strange) == []


@pytest.mark.parametrize("text", ['{"step": 1, "loss": "high", "evaluation": 7}\n', "[1]\n", '{"loss": 1}\n'])
def test_damaged_records_are_a_sentence(text: str, store: RunStore, done: RunFolder) -> None:
    (done.path / "metrics.jsonl").write_text(text)
    with pytest.raises(UserError, match="metrics.jsonl"):
        run_figures(store, done.run, [])
