"""The time model: kappa by hand, known parameters found in censored data, and scores, changes and ratios by hand."""

import json
import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.spec import DataSpec, RunSpec, override
from explorer.study.kappa import kappa, told_share
from research.changes import CHANGES, time_changes
from research.frozen_law import Prediction
from research.rows import Row
from research.seed_statistics import BindingTimes
from research.time_model import (
    MODEL_FORMS,
    Likelihood,
    ModelForm,
    TimedTraining,
    fit_model,
    log_density,
    score_predictions,
)
from research.time_ratios import pooled_sigma, time_ratio

KINDS = ("color", "pattern", "tilt")
SPECS = [
    DataSpec(
        objects_in_image=objects,
        attribute_kinds=KINDS[:kinds],
        attribute_density=density,
        caption_completeness=1.0 if objects == 3 else 0.5,
        saliency_bias=float(kinds == 2),
    )
    for objects in (2, 3, 4)
    for kinds in (1, 2, 3)
    for density in (0.25, 0.5, 1.0)
]
LAW = MODEL_FORMS["law"]


def training(time: float, budget: int = 1000, *, data: DataSpec = DataSpec(), condition: str = "a") -> TimedTraining:
    bound = None if time > budget else round(time)
    return TimedTraining(data=data, pairs=budget, bound_at=bound, condition=condition, edition=1)


def simulate(
    form: ModelForm, weights: list[float], sigma: float, *, budget: int, seeds: int = 40
) -> list[TimedTraining]:
    rng = np.random.default_rng(3)
    trainings = []
    for index, data in enumerate(SPECS):
        mean = float(np.dot(form.row(data, budget), weights)) + form.fixed(data)
        times = np.exp(mean + sigma * rng.normal(size=seeds))
        trainings += [training(time, budget, data=data, condition=str(index)) for time in times]
    return trainings


@pytest.mark.parametrize(
    ("preset", "value"),
    [("incomplete", 1 / 2), ("low-density", 0.25 / 2), ("two-kinds", 1 / (2 * 4)), ("too-many-attributes", 2 / (2 * 4)),
     ("web-like", 0.5 / (4 * 9))],
)  # fmt: skip
def test_kappa_of_presets_by_hand(preset: str, value: float) -> None:
    data = PRESETS[preset].spec.data
    assert kappa(data) == pytest.approx(value)
    assert told_share(data) == pytest.approx(data.attribute_density / len(data.attribute_kinds))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"objects_in_image": 1}, "objects_in_image"),
        ({"attribute_kinds": (), "attribute_density": 0.0}, "attribute_kinds"),
        ({"attribute_density": 0.0}, "attribute_density"),
    ],
)
def test_kappa_is_refused_where_nothing_can_be_bound(changes: dict[str, object], field: str) -> None:
    with pytest.raises(UserError) as caught:
        kappa(replace(DataSpec(), **changes))
    assert caught.value.field == field


@pytest.mark.parametrize("budget", [10**9, 30_000])
def test_known_parameters_lie_in_the_intervals_also_with_most_seeds_censored(budget: int) -> None:
    model = fit_model(LAW, data := simulate(LAW, [9.0, -0.9], 0.3, budget=budget))
    assert (sum(each.is_bound for each in data) < len(data) / 2) == (budget < 10**9)
    for estimate, true in ((model.intercept, 9.0), (model.terms["log kappa"], -0.9), (model.sigma, 0.3)):
        assert estimate.low < true < estimate.high and estimate.high - estimate.low < 0.3
    if budget == 10**9:  # without censoring it is least squares
        design = np.array([LAW.row(each.data, each.pairs) for each in data])
        weights, rest, *_ = np.linalg.lstsq(design, np.log([each.time for each in data]))
        assert model.intercept.value == pytest.approx(weights[0], abs=1e-5)
        assert model.sigma.value == pytest.approx(math.sqrt(rest[0] / len(data)), abs=1e-5)


def test_an_interval_is_that_of_the_likelihood_ratio() -> None:
    """Of n seeds with variance v the profile of a mean m is n / 2 log(1 + (m - mean)^2 / v)."""
    data = [training(math.exp(value), 10**9) for value in (9.0, 9.2, 9.4, 9.6)]
    values, intercept = np.log([each.time for each in data]), fit_model(MODEL_FORMS["constant"], data).intercept
    reach = math.sqrt(values.var() * math.expm1(norm.ppf(0.975) ** 2 / len(values)))
    assert intercept.value == pytest.approx(values.mean(), abs=1e-5)
    assert (intercept.low, intercept.high) == pytest.approx((values.mean() - reach, values.mean() + reach), abs=1e-3)


def test_the_derivatives_are_those_of_the_likelihood() -> None:
    data = simulate(LAW, [9.0, -0.9], 0.3, budget=30_000, seeds=2)
    likelihood = Likelihood(
        design=np.array([LAW.row(each.data, each.pairs) for each in data]),
        log_times=np.log([each.time for each in data]),
        is_bound=np.array([each.is_bound for each in data]),
    )
    at = np.array([9.1, -0.8, -0.9])
    for index, step in enumerate(np.eye(3) * 1e-5):
        slope = (likelihood.value(at + step) - likelihood.value(at - step)) / 2e-5
        assert likelihood.gradient(at)[index] == pytest.approx(slope, rel=1e-5)
        curve = (likelihood.gradient(at + step) - likelihood.gradient(at - step)) / 2e-5
        assert likelihood.hessian(at)[index] == pytest.approx(curve, rel=1e-4, abs=1e-4)


def test_below_a_wall_only_exceptions_bind() -> None:
    low, high = DataSpec(attribute_density=0.25), DataSpec(attribute_density=1.0)
    above = [training(time, 10**6, data=high) for time in (900, 1000, 1100)]
    below = [training(10**9, 10**6, data=low) for _ in range(9)]
    model = fit_model(replace(MODEL_FORMS["threshold"], terms={}), above + below)
    assert model.exceptions == pytest.approx(0.5 / 10)
    assert model.predict(high, pairs=100).never == 0 and model.predict(low, pairs=100).never == pytest.approx(0.95)
    assert model.predict(low, pairs=100).share_bound(10**9) == pytest.approx(0.05)


@settings(max_examples=30)
@given(st.floats(10, 1e6), st.floats(0.05, 2), st.floats(0, 0.99), st.integers(1, 10**7))
def test_a_prediction_is_a_distribution(pairs: float, spread: float, never: float, budget: int) -> None:
    prediction = Prediction(pairs=pairs, spread=spread, never=never)
    assert 0 <= prediction.share_bound(budget) <= prediction.share_bound(budget * 2) <= 1 - never + 1e-12
    late = log_density(prediction, training(math.inf, budget))
    assert math.isfinite(late) and math.exp(late) == pytest.approx(1 - prediction.share_bound(budget), abs=1e-9)
    assert prediction.share_bound(pairs) == pytest.approx((1 - never) / 2)
    assert prediction.low < pairs < prediction.high


def test_scores_by_hand() -> None:
    """Bound at its median: the density of log time there is 1 / (0.5 sqrt(2 pi)); unbound at the median: a half."""
    at_median, far = Prediction(pairs=100, spread=0.5), Prediction(pairs=1000, spread=0.5)
    seeds = [training(100, condition="a"), training(math.inf, condition="b")]
    score = score_predictions([at_median, far], seeds)
    assert score.log_score == pytest.approx((math.log(1 / (0.5 * math.sqrt(2 * math.pi))) + math.log(0.5)) / 2)
    assert (score.concordance, score.called_right, score.num_conditions) == (1, 1, 2)
    assert (
        score_predictions([far, at_median], seeds).concordance == 0
        and score_predictions([at_median] * 2, seeds).concordance == 0.5
    )
    # A seed that is censored at 50 may bind before or after 100, so the order of the two is unknown.
    assert score_predictions([at_median, far], [training(100), training(math.inf, 50)]).concordance is None
    most = [training(100), training(200), training(math.inf)]
    assert score_predictions([at_median] * 3, most).called_right == 1, "a condition is called right by its majority"
    assert score_predictions([Prediction(pairs=10**6, spread=0.5)] * 3, most).called_right == 0


def test_the_budget_is_a_term_where_a_form_has_it() -> None:
    form, data = MODEL_FORMS["law and budget"], []
    for budget in (10**7, 10**8):
        data += simulate(form, [9.0, -0.9, 0.2], 0.3, budget=budget, seeds=10)
    model, law = fit_model(form, data), fit_model(LAW, data)
    assert model.terms["log budget"].low < 0.2 < model.terms["log budget"].high
    at = [model.predict(DataSpec(), pairs=pairs).pairs for pairs in (46_080, 4 * 46_080)]
    assert at[1] / at[0] == pytest.approx(4 ** model.terms["log budget"].value)
    assert law.predict(DataSpec(), pairs=46_080) == law.predict(DataSpec(), pairs=10**7)


# ---- Changes

FACTORS = {"density": 0.5, "kinds": 4.0, "objects": 2.0, "completeness": 1.0, "saliency": 0.8, "hard-negatives": 0.6,
           "masking": 1.0, "constant-rate": 0.9, "batch": 1.5, "unread": 5.0}  # fmt: skip
SIGMA = 0.2


def made_row(spec: RunSpec, rng: np.random.Generator) -> Row:
    """Return a row with the times that the factors say, and noise; unbound beyond the budget."""
    row: Row = {"spec": json.dumps(spec.to_json()), "seed": spec.train.seed, "is_point": True, "sweep": "toy"}
    row |= {"pairs": 200_000, "evaluation.count": 4000, "evaluation.seed": 10_000 + spec.train.seed}
    for form in ("own", "canonical"):
        terms = {name: change.term(spec) for name, change in CHANGES.items() if change.form in ("", form)}
        log = math.log(10_000) + sum(math.log(FACTORS[name]) * value for name, value in terms.items())
        time = math.exp(log + SIGMA * rng.standard_normal())
        row[f"bound.{form}.step"] = round(time / spec.train.batch_size) if time < row["pairs"] else None
    return row


def test_factors_of_changes_are_found_again_and_other_trainings_left_out() -> None:
    data = [
        {"attribute_density": float(density), "attribute_kinds": KINDS[:count], "objects_in_image": objects,
         "caption_completeness": share, "saliency_bias": bias}
        for density, count in ((1, 1), (0.5, 1), (1, 2), (2, 2), (1, 3))
        for objects, share in ((2, 1.0), (4, 0.5), (4, 0.25))
        for bias in (0.0, 1.0)
    ]  # fmt: skip
    trains: list[dict[str, object]] = [
        {}, {"hard_negatives": 1.0}, {"mask_false_negatives": True}, {"learning_rate_schedule": "constant"},
        {"batch_size": 1024},
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    specs = [
        override(RunSpec(), {**each, **train, "seed": seed}) for each in data for train in trains for seed in range(3)
    ]
    rows = [made_row(spec, rng) for spec in specs]
    changes = time_changes(rows)
    spans = {
        (name, form): getattr(each, form) for name, each in changes.changes.items() for form in ("own", "canonical")
    }
    assert spans.pop(("unread", "own")) is None
    for (name, _), span in spans.items():
        assert span.low < span.value < span.high and span.value == pytest.approx(FACTORS[name], rel=0.15)
    assert changes.trainings == len(specs) and changes.sigma["own"] == pytest.approx(SIGMA, rel=0.15)
    others = [{"world": "digits"}, {"model": "small-conv"}, {"objects_in_image": 1, "caption_completeness": 1.0}]
    strange = [rows[0] | {"spec": json.dumps(override(RunSpec(), each).to_json())} for each in others]
    assert time_changes([*rows, *strange, rows[1] | {"is_point": False}]) == changes


# ---- Ratios of times


def times(*values: float | None) -> BindingTimes:
    return BindingTimes(by_seed=dict(enumerate(values)))


def test_a_ratio_by_hand() -> None:
    """Geometric means 0.2 and 0.4, two seeds each: log 2 has the error sigma, so z = 0.693 / 0.5."""
    ratio = time_ratio(times(0.4, 0.4), times(0.1, 0.4), 0.5)
    assert ratio.span is not None and ratio.span.value == pytest.approx(0.5, rel=1e-4)
    assert ratio.span.low == pytest.approx(0.5 * math.exp(-1.96 * 0.5), rel=1e-3)
    assert ratio.p == pytest.approx(2 * NormalDist().cdf(-math.log(2) / 0.5), rel=1e-3)


def test_a_side_that_never_binds_has_no_ratio_but_a_p_value() -> None:
    ratio = time_ratio(times(None, None, None), times(0.2, 0.3, 0.25), 0.3)
    assert ratio.span is None and ratio.p is not None and ratio.p < 1e-4
    assert time_ratio(times(None), times(None), 0.3).p is None
    with pytest.raises(ValueError, match="need a seed"):
        time_ratio(times(), times(0.5), 0.3)


@pytest.mark.slow
def test_the_pooled_spread_of_uncensored_times_is_the_pooled_deviation() -> None:
    sigma = pooled_sigma([times(0.2, 0.4), times(0.1, 0.1, 0.1), times(None, None), times(0.3)])
    # Squares: 2 (log 2 / 2)² and 0, over 5 - 2 degrees of freedom.
    assert sigma == pytest.approx(math.sqrt(2 * (math.log(2) / 2) ** 2 / 3), rel=1e-3)
