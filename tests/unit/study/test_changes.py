"""Factors of changes from times that were made up, the share of captions read, and time ratios by hand."""

import json
import math
from statistics import NormalDist

import numpy as np
import pytest

from explorer.spec import RunSpec, override
from explorer.study.changes import CHANGES, share_read, time_changes
from explorer.study.compare import pooled_sigma, time_ratio
from explorer.study.intervals import Times
from explorer.study.rows import Row
from explorer.world.counter_rng import Stream
from explorer.world.grammar import write_captions
from explorer.world.plan import make_plan
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS

FACTORS = {"density": 0.5, "kinds": 4.0, "objects": 2.0, "completeness": 1.0, "saliency": 0.8, "hard-negatives": 0.6,
           "masking": 1.0, "constant-rate": 0.9, "batch": 1.5, "unread": 5.0}  # fmt: skip


def specs() -> list[RunSpec]:
    kinds = ("color", "pattern", "tilt")
    data = [
        {"attribute_density": float(density), "attribute_kinds": kinds[:count], "objects_in_image": objects,
         "caption_completeness": share, "saliency_bias": bias}
        for density, count in ((1, 1), (0.5, 1), (1, 2), (2, 2), (1, 3))
        for objects, share in ((2, 1.0), (4, 0.5), (4, 0.25))
        for bias in (0.0, 1.0)
    ]  # fmt: skip
    trains: list[dict[str, object]] = [
        {}, {"hard_negatives": 1.0}, {"mask_false_negatives": True}, {"learning_rate_schedule": "constant"},
        {"batch_size": 1024},
    ]  # fmt: skip
    return [override(RunSpec(), each | train) for each in data for train in trains]


def rows(sigma: float = 0.2) -> list[Row]:
    """Three seeds of every spec, with the time that the factors say, and noise; unbound beyond the budget."""
    rng, found = np.random.default_rng(0), []
    for spec in specs():
        for seed in range(3):
            here = override(spec, {"seed": seed})
            row: Row = {"spec": json.dumps(here.as_dict()), "seed": seed, "is_point": True, "sweep": "toy"}
            size, pairs = here.train.batch_size, 200_000
            row |= {"pairs": pairs, "evaluation.count": 4000, "evaluation.seed": 10_000 + seed}
            for form in ("own", "canonical"):
                terms = {name: change.term(here) for name, change in CHANGES.items() if change.form in ("", form)}
                log = math.log(10_000) + sum(math.log(FACTORS[name]) * value for name, value in terms.items())
                time = math.exp(log + sigma * rng.standard_normal())
                row[f"bound.{form}.step"] = round(time / size) if time < pairs else None
            found.append(row)
    return found


def test_factors_are_found_again() -> None:
    found = time_changes(rows())
    for name, multiplier in found.changes.items():
        for form, span in (("own", multiplier.own), ("canonical", multiplier.canonical)):
            if span is None:
                assert (name, form) == ("unread", "own")
                continue
            assert span.low < span.value < span.high and span.value == pytest.approx(FACTORS[name], rel=0.15)
    assert found.trainings == 3 * len(specs()) and found.sigma["own"] == pytest.approx(0.2, rel=0.15)


def test_other_trainings_are_left_out() -> None:
    few = rows()[:30]
    others = [{"world": "digits"}, {"model": "small-conv"}, {"objects_in_image": 1, "caption_completeness": 1.0}]
    strange = [few[0] | {"spec": json.dumps(override(RunSpec(), each).as_dict())} for each in others]
    assert time_changes([*rows(), *strange, few[1] | {"is_point": False}]) == time_changes(rows())


@pytest.mark.parametrize(
    ("changes", "share"),
    [
        ({}, 1.0),
        ({"attribute_density": 0.5}, 0.25),
        ({"objects_in_image": 4, "caption_completeness": 0.55, "caption_lengths": "mixed"}, None),
        ({"objects_in_image": 4, "caption_completeness": 0.4}, 0.6),
        ({"attribute_kinds": ("color", "pattern")}, 0.25),
        ({"attribute_kinds": ("color", "pattern"), "attribute_density": 2.0}, 0.0),
        ({"attribute_kinds": ("pattern",)}, 0.0),
    ],
)
def test_the_share_read_is_that_of_the_captions(changes: dict[str, object], share: float | None) -> None:
    data = override(RunSpec(), changes).data
    plan, stream = make_plan(data, WORLDS["things"], seed=0), Stream(seed=0, name="train", index=np.arange(20_000))
    said = write_captions(plan, draw_scenes(plan, stream), stream)
    told = said.values >= 0
    is_color = told[:, :, 0] & (told.sum(axis=2) == 1)
    counted = ((said.count == 2) & (is_color.sum(axis=1) == 2)).mean()
    assert counted == pytest.approx(share_read(data), abs=0.01)
    assert share is None or share_read(data) == pytest.approx(share)


def times(*values: float | None) -> Times:
    return Times(by_seed=dict(enumerate(values)))


def test_a_ratio_by_hand() -> None:
    """Geometric means 0.2 and 0.4, two seeds each: log 2 has the error sigma, so z = 0.693 / 0.5."""
    found = time_ratio(times(0.4, 0.4), times(0.1, 0.4), 0.5)
    assert found.span is not None and found.span.value == pytest.approx(0.5, rel=1e-4)
    assert found.span.low == pytest.approx(0.5 * math.exp(-1.96 * 0.5), rel=1e-3)
    assert found.p == pytest.approx(2 * NormalDist().cdf(-math.log(2) / 0.5), rel=1e-3)


def test_a_side_that_never_binds_has_no_ratio_but_a_p_value() -> None:
    found = time_ratio(times(None, None, None), times(0.2, 0.3, 0.25), 0.3)
    assert found.span is None and found.p is not None and found.p < 1e-4
    assert time_ratio(times(None), times(None), 0.3).p is None
    with pytest.raises(ValueError, match="needs a seed|need a seed"):
        time_ratio(times(), times(0.5), 0.3)


def test_the_pooled_spread_of_uncensored_times_is_the_pooled_deviation() -> None:
    found = pooled_sigma([times(0.2, 0.4), times(0.1, 0.1, 0.1), times(None, None), times(0.3)])
    # Squares: 2 (log 2 / 2)² and 0, over 5 - 2 degrees of freedom.
    assert found == pytest.approx(math.sqrt(2 * (math.log(2) / 2) ** 2 / 3), rel=1e-3)
