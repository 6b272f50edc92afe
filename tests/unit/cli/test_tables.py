"""Tables for a terminal: every figure is where its heading says, and what could not be measured is a dash."""

from typing import Any

import pytest

from explorer.cli.options import show_measures, show_report

NOTHING = {"value": None, "n": 0, "low": None, "high": None, "chance": 0.5}


def estimate(value: float, *, chance: float | None = 0.5, n: int = 1000) -> dict[str, Any]:
    return {"value": value, "n": n, "low": value - 0.01, "high": value + 0.02, "chance": chance}


def report(**changes: Any) -> dict[str, Any]:
    """A finished run's report, in the parts that tables show."""
    metrics = {"binding_accuracy": estimate(0.75), "modality_gap": estimate(1.25, chance=None)}
    return {
        "status": "finished",
        "model": "runs/a/model",
        "metrics": metrics | {"probe_accuracy": estimate(0.9, chance=0.5625, n=800)},
        "forms": {"own": {"binding_accuracy": estimate(0.55)}, "complete": metrics, "bundle": None},
        "controls": {"permuted_images": {"canonical": estimate(0.5), "own": NOTHING}},
        "rates": {"hard_negatives": 0.25},
        "failed_to_train": False,
        "budget": {"steps": 200, "pairs": 51200, "seconds": 61.5},
        "device": "cpu (x86_64, 2 threads)",
        **changes,
    }


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.splitlines()]


def test_a_report_shows_each_metric_of_each_form_with_its_interval() -> None:
    found = rows(show_report(report()))
    assert found[0] == ["metric", "form", "value", "95", "%", "interval", "chance", "n"]
    assert ["binding_accuracy", "canonical", "0.750", "0.740", "to", "0.770", "0.500", "1000"] in found
    assert ["probe_accuracy", "canonical", "0.900", "0.890", "to", "0.920", "0.562", "800"] in found
    assert ["modality_gap", "canonical", "1.250", "1.240", "to", "1.270", "1000"] in found, "a metric without chance"
    assert ["binding_accuracy", "own", "0.550", "0.540", "to", "0.570", "0.500", "1000"] in found
    assert ["control:", "permuted_images", "canonical", "0.500", "0.490", "to", "0.520", "0.500", "1000"] in found


def test_columns_stand_under_their_headings() -> None:
    head, *lines = [line for line in show_report(report()).splitlines() if " canonical  " in line or "metric" in line]
    assert len(lines) == 4 and "control: permuted_images" in lines[-1]
    assert {line.index("canonical") for line in lines} == {head.index("form")}
    assert {len(line) for line in lines} == {len(head)}


def test_what_could_not_be_measured_is_a_dash() -> None:
    found = rows(show_report(report(metrics={"binding_accuracy": NOTHING})))
    assert ["binding_accuracy", "canonical", "-", "0.500", "0"] in found
    assert ["control:", "permuted_images", "own", "-", "0.500", "0"] in found


def test_forms_that_are_the_same_or_not_asked_take_a_line() -> None:
    lines = show_report(report()).splitlines()
    assert "complete: the same captions as canonical" in lines and "bundle: not asked" in lines
    assert not any("own:" in line for line in lines)


def test_a_run_shows_rates_and_budget() -> None:
    lines = show_report(report()).splitlines()
    assert "rates: hard_negatives 0.2500" in lines
    assert "budget: 200 steps, 51200 pairs, 61.5 s" in lines
    assert lines[-2:] == ["model: runs/a/model", "device: cpu (x86_64, 2 threads)"]
    assert "FAILED" not in show_report(report())


def test_a_fine_tuned_run_shows_what_its_start_knew_and_what_is_left() -> None:
    asked = {"data": {}, "before": {"binding_accuracy": estimate(0.6)}, "after": {"binding_accuracy": estimate(0.5)}}
    found = rows(show_report(report(forgetting=asked)))
    for when, value, low, high in (("before", "0.600", "0.590", "0.620"), ("after", "0.500", "0.490", "0.520")):
        assert ["start:", "binding", when, value, low, "to", high, "0.500", "1000"] in found


def test_a_run_that_failed_to_train_says_so() -> None:
    assert "FAILED TO TRAIN" in show_report(report(failed_to_train=True))


def test_an_evaluated_model_has_neither_rates_nor_budget() -> None:
    table = show_report(report(budget={}, rates={}, failed_to_train=None, forms=dict.fromkeys(("own", "complete"))))
    assert "budget" not in table and "rates" not in table and "own: not asked" in table


@pytest.mark.parametrize(
    ("measured", "shown"),
    [
        ({"value": 0.25, "n": 40, "low": 0.2, "high": 0.3125}, ["0.2500", "0.200", "to", "0.312", "40"]),
        ({"value": "things", "n": 40, "low": None, "high": None}, ["things", "40"]),
        ({"value": ["color", "size"], "n": 40, "low": None, "high": None}, ["color,size", "40"]),
        ({"value": [], "n": 40, "low": None, "high": None}, ["none", "40"]),
        (None, ["-"]),
    ],
)
def test_measures_show_numbers_words_and_nothing(measured: Any, shown: list[str]) -> None:
    table = rows(show_measures({"saliency_bias": measured, "objects_in_image": None}))
    assert table[0] == ["dial", "value", "95", "%", "interval", "n"]
    assert table[1] == ["saliency_bias", *shown] and table[2] == ["objects_in_image", "-"]


def test_a_long_value_moves_the_whole_column() -> None:
    kinds = {"value": ["color", "size", "pattern", "outline", "tilt"], "n": 9, "low": None, "high": None}
    density = {"value": 1.5, "n": 9, "low": 1.0, "high": 2.0}
    head, first, second = show_measures({"attribute_kinds": kinds, "attribute_density": density}).splitlines()
    assert (
        head.index("value") + len("value") == first.index("tilt") + len("tilt") == second.index("1.5") + len("1.5000")
    )
    assert len(head) == len(first) == len(second)
