"""Declared sweeps are legal, and specs follow the budgets, and rows are found by the keys of jobs."""

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.clip.configs import config_names
from explorer.errors import UserError
from explorer.evaluation_scenes import DEFAULT_SCENES, EvaluationScenes
from explorer.presets import PRESETS
from explorer.resources import FROZEN_FOLDER
from explorer.runs.store import RunStore
from explorer.spec import KnownNames, RunSpec, override, validate
from explorer.study.kappa import kappa
from explorer.study.keys import spec_key
from explorer.world.counter_rng import Stream
from explorer.world.grammar import write_captions
from explorer.world.plan import make_plan
from explorer.world.scenes import draw_scenes
from explorer.world.things import THINGS
from explorer.world.worlds import kind_names
from research.claims import CLAIMS, MAX_DIRECTIONS
from research.frozen_law import is_plain
from research.rows import frozen_rows
from research.sweep_runner import estimate_cost
from research.sweeps import (
    ALL_SWEEPS,
    BUDGET_PAIRS,
    FIRST_SCENE_SEED,
    LATER_EDITIONS,
    SECOND_EDITION,
    THIRD_EDITION,
    SweepJob,
    get_runnable,
    lowest_loss_factor,
    result_jobs,
    search_jobs,
)
from research.tests.toy_sweep import toy_sweep

NAMES = KnownNames(worlds=kind_names(), models=config_names())


def results(name: str) -> list[SweepJob]:
    sweep = ALL_SWEEPS[name]
    factors = {condition.label: sweep.factors_of(condition)[-1] for condition in sweep.conditions}
    return result_jobs(sweep, sweep.conditions, factors, sweep.seeds)


def spec(name: str, label: str) -> RunSpec:
    (condition,) = ALL_SWEEPS[name].select([label])
    return ALL_SWEEPS[name].spec(condition, seed=0, factor=1.0)


def budget(name: str, label: str) -> float:
    train = spec(name, label).train
    return train.steps * train.batch_size / BUDGET_PAIRS


def test_every_run_is_legal_and_stands_once_in_its_series() -> None:
    for name, sweep in ALL_SWEEPS.items():
        assert sweep.name == name and sweep.claim[-1] in ".?" and sweep.paper.endswith(".") and sweep.axis
        assert bool(sweep.conditions) != bool(sweep.lacks)
        jobs, is_fresh = results(name), sweep.edition > 1
        for job in [*jobs, *search_jobs(sweep, sweep.conditions)]:
            assert validate(job.spec, NAMES) is job.spec and job.spec.train.seed == job.seed
            fresh = EvaluationScenes(seed=FIRST_SCENE_SEED + job.seed, count=4000)
            assert job.scenes == (fresh if is_fresh else DEFAULT_SCENES)
        assert len({condition.label for condition in sweep.conditions}) == len(sweep.conditions)
        keys = [(job.condition.series, job.run_key) for job in jobs]
        assert len(set(keys)) == len(keys), "two conditions of a series are the same runs"


@pytest.mark.slow
def test_seeds_of_pilots_searches_and_later_editions_are_those_of_no_earlier_result() -> None:
    seeds = {name: {job.seed for job in results(name)} for name in LATER_EDITIONS}
    second = set().union(*(seeds[name] for name in SECOND_EDITION if name not in ("pilot", "repairs-longer")))
    third = set().union(*(seeds[name] for name in THIRD_EDITION))
    assert second == set(range(8)) and third == set(range(20, 25))
    assert not second & (seeds["pilot"] | seeds["repairs-longer"] | {900})
    assert not third & {row["seed"] for row in frozen_rows()}


def test_budgets_are_what_names_and_labels_say() -> None:
    base = PRESETS["web-like"].spec.train
    for batch in (32, 128, 256, 1024):
        train = spec("batch-size", f"equal samples: {batch}").train
        assert train.steps * batch == pytest.approx(base.steps * base.batch_size, abs=batch / 2)
        assert spec("batch-size", f"equal steps: {batch}").train.steps == base.steps
    assert budget("slower-or-never", "incomplete: 8") == 8 and budget("with-headroom", "web-like: none") == 4
    assert budget("told-values", "two objects: 0.125") == 4 and budget("told-values-longer", "two objects: 0.125") == 16
    assert budget("web-like-32", "web-like: 32") == 32 and budget("kinds-at-half", "web-like: two objects") == 16


def test_only_times_of_plain_trainings_are_compared() -> None:
    for sweep in THIRD_EDITION.values():
        about = sweep.experiment
        assert about is not None and bool(about.why) == (about.compares != "times")
        specs = [sweep.spec(each, seed=0, factor=1.0) for each in sweep.conditions]
        known = [spec for spec in specs if not spec.data.untold_kinds]
        assert all(map(is_plain, specs)) if about.compares == "times" else all(kappa(spec.data) for spec in known)


@pytest.mark.parametrize(("objects", "share"), [(2, 0.01), (2, 1.0), (4, 0.0), (4, 0.25)])
def test_the_cliff_names_two_objects_in_the_share_that_it_says(objects: int, share: float) -> None:
    """Counted in the captions themselves."""
    data = spec("naming-cliff", f"{objects} objects: {share:.0%}").data
    plan, stream = make_plan(data, THINGS, seed=0), Stream(seed=0, name="train", index=np.arange(20_000))
    count = write_captions(plan, draw_scenes(plan, stream), stream).count
    assert set(count.tolist()) <= {1, 2}
    assert (count == 2).mean() == pytest.approx(share, abs=0.008)


@pytest.mark.parametrize("name", CLAIMS)
def test_directions_name_conditions_of_one_budget_and_few_enough(name: str) -> None:
    claim = CLAIMS[name]
    assert 1 <= len(claim.directions) <= MAX_DIRECTIONS and claim.sentence.endswith(".")
    friendly = spec("repairs-given-time", "all together").data
    for each in claim.directions:
        assert each.start != each.control or each.expected in ("later", "lower")
        start, end, control = (spec(place.sweep, place.label) for place in (each.start, each.end, each.control))
        assert start != end
        if "equal steps" in each.end.label:
            assert start.train.steps == end.train.steps
        else:
            assert len({spec.train.steps * spec.train.batch_size for spec in (start, end, control)}) == 1
        if name in ("hard-negatives", "repairs"):
            assert control.data != friendly, "no control is a host with every flaw repaired"


def test_the_search_shares_its_winner_with_the_results() -> None:
    sweep = toy_sweep()
    search = search_jobs(sweep, sweep.conditions)
    results = result_jobs(sweep, sweep.conditions, {"complete": 0.5, "half": 1.0}, 2)
    assert [(job.condition.label, job.factor) for job in search] == [
        ("complete", 0.5), ("complete", 1.0), ("half", 0.5), ("half", 1.0),
    ]  # fmt: skip
    assert {job.run_key for job in search} & {job.run_key for job in results} == {search[0].run_key, search[3].run_key}
    short = toy_sweep(search_share=0.5)
    assert search_jobs(short, short.conditions)[0].spec.train.steps == 2


def test_a_key_forgets_the_name_of_the_preset_alone_and_older_specs_keep_theirs() -> None:
    """Rows of the first edition were filed before some fields existed."""
    record = PRESETS["web-like"].spec.to_json()
    assert spec_key(record) == spec_key(record | {"preset": None})
    assert spec_key(record) != spec_key(record | {"train": record["train"] | {"seed": 1}})
    assert spec_key(override(RunSpec(), {"hard_negative_check": "false-of-image"}).to_json()) != spec_key(
        RunSpec().to_json()
    )
    rows = frozen_rows(FROZEN_FOLDER, sweeps=["repairs"])
    assert rows and all(spec_key(json.loads(row["spec"])) == row["key"] for row in rows)
    assert all(spec_key(RunSpec.from_json(json.loads(row["spec"])).to_json()) == row["key"] for row in rows)


def test_an_unknown_sweep_is_refused_with_those_of_every_edition_that_can_be_run() -> None:
    with pytest.raises(UserError, match="^sweep=nope: choose ") as refused:
        get_runnable("nope")
    named = set(refused.value.reason.removeprefix("choose ").split(", "))
    assert named == {name for name, sweep in ALL_SWEEPS.items() if sweep.conditions} and named >= {*SECOND_EDITION}


def declared_keys() -> set[str]:
    """The key of each job that a sweep can ask for, of every learning rate that may win its search."""
    keys: set[str] = set()
    for sweep in ALL_SWEEPS.values():
        for condition in sweep.conditions:
            jobs = search_jobs(sweep, [condition])
            for factor in {1.0} if condition.keeps_rate else sweep.factors_of(condition):
                jobs += result_jobs(sweep, [condition], {condition.label: factor}, sweep.seeds)
            keys |= {job.run_key for job in jobs}
    return keys


@pytest.mark.slow
def test_rows_that_are_frozen_are_found_by_the_keys_of_todays_jobs() -> None:
    """Two seeds of a sweep were added by hand to the first edition, and no sweep asks for them."""
    rows = [row for name in ALL_SWEEPS for row in frozen_rows(FROZEN_FOLDER, sweeps=[name])]
    keys = declared_keys()
    strange = {(row["sweep"], row["seed"]) for row in rows if row["key"] not in keys}
    assert len(rows) > 700 and strange == {("saliency", 3), ("saliency", 4)}


def test_the_learning_rate_is_chosen_by_the_loss_alone() -> None:
    assert lowest_loss_factor({0.4: 2.0, 1.0: 1.5, 2.5: None}) == 1.0
    assert lowest_loss_factor({0.4: 1.0, 1.0: 1.5, 2.5: 0.9}) == 2.5
    assert lowest_loss_factor({0.4: None, 1.0: None}) == 0.4


def test_costs_count_equal_specs_once(tmp_path: Path) -> None:
    store, sweep = RunStore(tmp_path), toy_sweep()
    cost = estimate_cost(store, [sweep], seeds=3)
    # Two conditions: two learning rates and two further seeds each, of 64 pairs.
    assert (cost.runs, cost.pairs) == (8, 512) and "a guess" in cost.basis
    assert estimate_cost(store, [sweep, sweep], seeds=3) == cost
    halved = estimate_cost(store, [sweep], seeds=3, workers=2)
    assert (halved.low_s, halved.high_s) == (cost.low_s / 2, cost.high_s / 2)
    assert estimate_cost(store, [sweep], seeds=3, only=sweep.conditions[:1]).runs == 4
