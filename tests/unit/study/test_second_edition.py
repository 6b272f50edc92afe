"""The sweeps of the second edition are legal, fresh in scenes, disjoint in seeds, and what their labels say."""

from typing import Any

import pytest

from explorer.clip.names import config_names
from explorer.spec import Names, RunSpec, TrainSpec, validate
from explorer.study.claims import CLAIMS, MOST_DIRECTIONS
from explorer.study.sweeps import (
    FIXED_SCENES,
    SCENES_FROM,
    SECOND_EDITION,
    SWEEPS,
    Job,
    result_jobs,
    runnable,
    search_jobs,
)
from explorer.world.worlds import kind_names

NAMES = Names(worlds=kind_names(), models=config_names())
PAIRS = 46_080


def jobs_of(name: str, seeds: int | None = None) -> list[Job]:
    sweep = SECOND_EDITION[name]
    factors = {condition.label: 1.0 for condition in sweep.conditions}
    return result_jobs(sweep, sweep.conditions, factors, seeds or sweep.seeds)


def spec(name: str, label: str) -> RunSpec:
    return next(job.spec for job in jobs_of(name) if job.condition.label == label)


@pytest.mark.parametrize("name", SECOND_EDITION)
def test_every_run_is_legal_and_scored_on_scenes_of_its_seed(name: str) -> None:
    sweep = runnable(name)
    jobs = [*search_jobs(sweep, sweep.conditions), *jobs_of(name)]
    for job in jobs:
        assert validate(job.spec, NAMES) is job.spec
        assert job.scenes.seed == SCENES_FROM + job.seed == SCENES_FROM + job.spec.train.seed
        assert job.scenes.count == 4000 and job.scenes != FIXED_SCENES
    labels = [condition.label for condition in sweep.conditions]
    assert len(set(labels)) == len(labels)
    keys = [job.key for job in jobs_of(name)]
    assert len(set(keys)) == len(keys), "no condition stands twice"


def test_names_are_those_of_no_first_edition() -> None:
    assert not SECOND_EDITION.keys() & SWEEPS.keys()


@pytest.mark.parametrize(
    ("name", "conditions", "seeds", "budget"),
    [
        ("with-headroom", 14, 8, 4),
        ("repairs-given-time", 12, 5, 4),
        ("naming-cliff", 16, 5, 1),
        ("density-forms", 12, 5, 1),
        ("density-forms-longer", 6, 3, 4),
        ("objects-named", 10, 5, 1),
        ("objects-named-longer", 2, 3, 8),
        ("strength-of-salience", 9, 5, 1),
    ],
)
def test_sizes_are_those_that_were_planned(name: str, conditions: int, seeds: int, budget: int) -> None:
    jobs = jobs_of(name)
    assert len(jobs) == conditions * seeds
    by_pairs = {job.spec.train.steps * job.spec.train.batch_size for job in jobs if job.condition.equal == "samples"}
    assert by_pairs == {budget * PAIRS}


def test_seeds_of_pilots_searches_and_choices_are_those_of_no_result() -> None:
    seeds = {name: {job.seed for job in jobs_of(name)} for name in SECOND_EDITION}
    results = set().union(*(each for name, each in seeds.items() if name not in ("pilot", "repairs-longer")))
    assert results == set(range(8))
    assert not results & (seeds["pilot"] | seeds["repairs-longer"] | {900})


def test_only_other_batch_sizes_are_searched_and_by_one_budget() -> None:
    sweep = SECOND_EDITION["with-headroom"]
    search = search_jobs(sweep, sweep.conditions)
    assert {job.condition.label for job in search} == {
        "three named: none", "three named: batch 1024, equal pairs", "three named: batch 1024, equal steps",
        "too many: batch 1024, equal pairs",
    }  # fmt: skip
    assert {job.spec.train.steps * job.spec.train.batch_size for job in search} == {4 * PAIRS}
    # The search of equal steps is that of equal pairs.
    assert len({job.key for job in search}) == 9
    equal = spec("with-headroom", "three named: batch 1024, equal steps").train
    assert (equal.steps, equal.batch_size) == (720, 1024)


def test_conditions_differ_from_their_host_in_what_their_label_says() -> None:
    def changed(label: str, host: str) -> dict[str, Any]:
        one, other = (spec("with-headroom", each).as_dict() for each in (label, host))
        flat = [{**each["data"], **each["train"]} for each in (one, other)]
        return {name: value for name, value in flat[0].items() if value != flat[1][name]}

    host = "three named: none"
    assert changed("three named: hard negatives", host) == {"hard_negatives": 1.0}
    assert changed("three named: checked hard negatives", "three named: hard negatives") == {
        "hard_negative_check": "false-of-image"
    }
    assert changed("three named: batch 1024, equal pairs", host) == {"batch_size": 1024, "steps": 180}
    constant = "three named: constant rate"
    assert changed(constant, host) == {"learning_rate_schedule": "constant"}
    assert changed(f"{constant}, hard negatives", constant) == {"hard_negatives": 1.0}
    assert changed("web-like: masked, hard negatives", "web-like: masked") == {"hard_negatives": 1.0}
    assert spec("with-headroom", host).train == TrainSpec(steps=720)


def test_repairs_take_one_flaw_away_or_leave_one() -> None:
    every, web = (spec("repairs-given-time", label).data for label in ("all together", "web-like"))
    one_kind = spec("repairs-given-time", "one kind").data
    assert one_kind.attribute_kinds == ("color",) and one_kind.objects_in_image == 4
    left = spec("repairs-given-time", "all but two objects").data
    assert left.objects_in_image == web.objects_in_image == 4 and left.attribute_kinds == every.attribute_kinds
    named = spec("repairs-given-time", "the three named").data
    assert (named.caption_completeness, named.attribute_density, named.saliency_bias) == (1.0, 1.0, 0.0)
    assert spec("with-headroom", "three named: none").data == named


@pytest.mark.parametrize("share", [0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("objects", [2, 4])
def test_the_cliff_names_two_objects_in_the_share_that_it_says(objects: int, share: float) -> None:
    """Counted in the captions themselves."""
    import numpy as np

    from explorer.world.counter_rng import Stream
    from explorer.world.grammar import write_captions
    from explorer.world.plan import make_plan
    from explorer.world.scenes import draw_scenes
    from explorer.world.things import THINGS

    data = spec("naming-cliff", f"{objects} objects: {share:.0%}").data
    plan, stream = make_plan(data, THINGS, seed=0), Stream(seed=0, name="train", index=np.arange(20_000))
    count = write_captions(plan, draw_scenes(plan, stream), stream).count
    assert set(count.tolist()) <= {1, 2}
    assert (count == 2).mean() == pytest.approx(share, abs=0.008)


@pytest.mark.parametrize("name", CLAIMS)
def test_directions_name_conditions_of_one_budget_and_few_enough(name: str) -> None:
    claim = CLAIMS[name]
    assert 1 <= len(claim.directions) <= MOST_DIRECTIONS and claim.sentence.endswith(".")
    for each in claim.directions:
        start, end, control = (spec(place.sweep, place.label) for place in (each.start, each.end, each.control))
        pairs = [found.train.steps * found.train.batch_size for found in (start, end, control)]
        if "equal steps" in each.end.label:
            assert start.train.steps == end.train.steps
        else:
            assert len(set(pairs)) == 1, "only equal budgets are compared"
        assert start != end and (each.start != each.control or each.expected in ("later", "lower"))


def test_no_control_is_a_host_with_every_flaw_repaired() -> None:
    friendly = spec("repairs-given-time", "all together").data
    controls = {each.control for name in ("hard-negatives", "repairs") for each in CLAIMS[name].directions}
    assert all(spec(place.sweep, place.label).data != friendly for place in controls)
