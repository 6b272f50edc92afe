"""The declared sweeps are legal as a whole, and specs follow the budgets."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.clip.names import config_names
from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.runs.store import RunStore
from explorer.spec import Names, RunSpec, override, validate
from explorer.study.evidence_store import FROZEN
from explorer.study.rows import read_rows
from explorer.study.sweep_runner import cost
from explorer.study.sweeps import SWEEPS, Condition, choose_factor, find, result_jobs, runnable, search_jobs, spec_key
from explorer.world.worlds import kind_names
from tests.unit.study.toy_sweep import toy_sweep

NAMES = Names(worlds=kind_names(), models=config_names())
RUNNABLE = [name for name, sweep in SWEEPS.items() if sweep.conditions]


def conditions(name: str) -> dict[str, Condition]:
    return {condition.label: condition for condition in SWEEPS[name].conditions}


def spec(name: str, label: str) -> RunSpec:
    return SWEEPS[name].spec(conditions(name)[label], seed=0, factor=1.0)


@pytest.mark.parametrize("name", RUNNABLE)
def test_every_run_is_legal_and_stands_once(name: str) -> None:
    sweep = SWEEPS[name]
    labels = [condition.label for condition in sweep.conditions]
    assert len(set(labels)) == len(labels)
    factors = {label: sweep.factors[-1] for label in labels}
    for job in [*search_jobs(sweep, sweep.conditions), *result_jobs(sweep, sweep.conditions, factors, 2)]:
        validate(job.spec, NAMES)
    specs = [(each.series, spec_key(sweep.spec(each, seed=0, factor=1.0).as_dict())) for each in sweep.conditions]
    assert len(set(specs)) == len(specs), "two conditions of a series are the same runs"


def test_words_are_there() -> None:
    for name, sweep in SWEEPS.items():
        assert sweep.name == name and sweep.claim.endswith(".") and sweep.paper.endswith(".") and sweep.axis
        assert bool(sweep.conditions) != bool(sweep.lacks)
        assert sweep.tier == 2 or sweep.seeds >= 3


def test_equal_samples_and_equal_steps() -> None:
    base = PRESETS["web-like"].spec.train
    pairs = base.steps * base.batch_size
    for batch in (32, 128, 256, 1024):
        train = spec("batch-size", f"equal samples: {batch}").train
        assert (train.batch_size, train.steps * batch) == (batch, pytest.approx(pairs, abs=batch / 2))
        assert spec("batch-size", f"equal steps: {batch}").train.steps == base.steps
    assert spec("slower-or-never", "incomplete: 8").train.steps == 8 * base.steps


def test_fine_tuning_differs_in_the_start_and_in_what_trains() -> None:
    fresh = spec("fine-tuning", "from scratch")
    for tune in ("all", "text", "lora", "text-map"):
        tuned = spec("fine-tuning", f"things-web, {tune}")
        assert tuned.data == fresh.data
        assert tuned.train == replace(fresh.train, init="things-web", tune=tune)


def test_equal_named_values_are_more_images() -> None:
    whole, half = (spec("completeness", f"4 objects{words}") for words in (": 1", ", equal named values: 0.5"))
    assert half.train.steps == 2 * whole.train.steps and half.data.caption_completeness == 0.5


def test_a_series_differs_from_its_first_in_one_thing() -> None:
    plain, masked, mixed = (
        spec("completeness", f"4 objects{words}: 0.5").as_dict() for words in ("", ", masked", ", mixed lengths")
    )
    assert masked["data"] == plain["data"] and masked["train"] == plain["train"] | {"mask_false_negatives": True}
    assert mixed["train"] == plain["train"] and mixed["data"] == plain["data"] | {"caption_lengths": "mixed"}


def test_the_search_shares_its_winner_with_the_results() -> None:
    sweep = toy_sweep()
    search = search_jobs(sweep, sweep.conditions)
    results = result_jobs(sweep, sweep.conditions, {"complete": 0.5, "half": 1.0}, 2)
    assert [(job.condition.label, job.factor) for job in search] == [
        ("complete", 0.5), ("complete", 1.0), ("half", 0.5), ("half", 1.0),
    ]  # fmt: skip
    assert {job.key for job in search} & {job.key for job in results} == {search[0].key, search[3].key}
    short = toy_sweep(search_share=0.5)
    assert search_jobs(short, short.conditions)[0].spec.train.steps == 2


def test_a_key_forgets_the_name_of_the_preset_alone() -> None:
    record = PRESETS["web-like"].spec.as_dict()
    assert spec_key(record) == spec_key(record | {"preset": None})
    assert spec_key(record) != spec_key(record | {"train": record["train"] | {"seed": 1}})


def test_older_specs_keep_their_key() -> None:
    """Rows of the first edition were filed before some fields existed."""
    rows, _ = read_rows(FROZEN / "repairs.parquet")
    assert rows and all(spec_key(json.loads(row["spec"])) == row["key"] for row in rows)
    assert all(spec_key(RunSpec.from_dict(json.loads(row["spec"])).as_dict()) == row["key"] for row in rows)
    changed = override(RunSpec(), {"hard_negative_check": "false-of-image"})
    assert spec_key(changed.as_dict()) != spec_key(RunSpec().as_dict())


def test_the_learning_rate_is_chosen_by_the_loss_alone() -> None:
    assert choose_factor({0.4: 2.0, 1.0: 1.5, 2.5: None}) == 1.0
    assert choose_factor({0.4: 1.0, 1.0: 1.5, 2.5: 0.9}) == 2.5
    assert choose_factor({0.4: None, 1.0: None}) == 0.4


def test_costs_count_equal_specs_once(tmp_path: Path) -> None:
    store, sweep = RunStore(tmp_path), toy_sweep()
    found = cost(store, [sweep], seeds=3)
    # Two conditions: two learning rates and two further seeds each, of 64 pairs.
    assert (found.runs, found.pairs) == (8, 512) and "a guess" in found.basis
    assert cost(store, [sweep, sweep], seeds=3) == found
    halved = cost(store, [sweep], seeds=3, workers=2)
    assert (halved.low_s, halved.high_s) == (found.low_s / 2, found.high_s / 2)
    assert cost(store, [sweep], seeds=3, only=sweep.conditions[:1]).runs == 4


def test_names_and_labels_that_are_not_there() -> None:
    with pytest.raises(UserError, match="sweep=nope: choose single-flaws"):
        find("nope")
    with pytest.raises(UserError, match="needs a dial"):
        runnable("always-named")
    with pytest.raises(UserError, match="only=x: the conditions of toy are complete, half"):
        toy_sweep().chosen(["x"])
    assert [each.label for each in toy_sweep().chosen(["half"])] == ["half"]
