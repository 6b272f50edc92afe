"""The time model: kappa by hand, known parameters recovered from censored data, and scores by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.spec import DataSpec
from explorer.study.time_model import FORMS, Form, Prediction, Training, fit, kappa, score, told_share

SPECS = [
    DataSpec(
        objects_in_image=objects,
        attribute_kinds=("color", "pattern", "tilt")[:kinds],
        attribute_density=density,
        caption_completeness=1.0 if objects == 3 else 0.5,
        saliency_bias=float(kinds == 2),
    )
    for objects in (2, 3, 4)
    for kinds in (1, 2, 3)
    for density in (0.25, 0.5, 1.0)
]


def training(time: float, budget: int = 1000, *, data: DataSpec = DataSpec(), condition: str = "a") -> Training:
    bound = None if time > budget else round(time)
    return Training(data=data, pairs=budget, bound_at=bound, condition=condition, edition=1)


def simulated(form: Form, weights: list[float], sigma: float, *, budget: int, seeds: int = 40) -> list[Training]:
    rng = np.random.default_rng(3)
    found = []
    for place, data in enumerate(SPECS):
        mean = float(np.dot(form.row(data, budget), weights)) + form.fixed(data)
        times = np.exp(mean + sigma * rng.normal(size=seeds))
        found += [training(time, budget, data=data, condition=str(place)) for time in times]
    return found


@pytest.mark.parametrize(
    ("preset", "value"),
    [
        ("binding-friendly", 1 / 2),
        ("incomplete", 1 / 2),
        ("low-density", 0.25 / 2),
        ("two-kinds", 1 / (2 * 4)),
        ("too-many-attributes", 2 / (2 * 4)),
        ("web-like", 0.5 / (4 * 9)),
        ("web-like-one-value", 1 / (4 * 9)),
    ],
)
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
    found = fit(FORMS["law"], data := simulated(FORMS["law"], [9.0, -0.9], 0.3, budget=budget))
    assert (sum(each.is_bound for each in data) < len(data) / 2) == (budget < 10**9)
    for estimate, true in ((found.intercept, 9.0), (found.terms["log kappa"], -0.9), (found.sigma, 0.3)):
        assert estimate.low < true < estimate.high and estimate.high - estimate.low < 0.3


def test_a_form_without_censoring_is_least_squares() -> None:
    data = simulated(FORMS["law"], [9.0, -0.9], 0.3, budget=10**9)
    design = np.array([FORMS["law"].row(each.data, each.pairs) for each in data])
    times = np.log([each.time for each in data])
    weights, rest, *_ = np.linalg.lstsq(design, times)
    found = fit(FORMS["law"], data)
    assert found.intercept.value == pytest.approx(weights[0], abs=1e-5)
    assert found.sigma.value == pytest.approx(math.sqrt(rest[0] / len(data)), abs=1e-5)


def test_an_interval_is_that_of_the_likelihood_ratio() -> None:
    """Of n seeds with variance v the profile of a mean m is n / 2 log(1 + (m - mean)^2 / v)."""
    data = [training(math.exp(value), 10**9) for value in (9.0, 9.2, 9.4, 9.6)]
    found = fit(FORMS["constant"], data)
    values = np.log([each.time for each in data])
    variance = values.var()
    reach = math.sqrt(variance * math.expm1(norm.ppf(0.975) ** 2 / len(values)))
    assert found.intercept.value == pytest.approx(values.mean(), abs=1e-5)
    assert found.intercept.high == pytest.approx(values.mean() + reach, abs=1e-3)
    assert found.intercept.low == pytest.approx(values.mean() - reach, abs=1e-3)


def test_the_derivatives_are_those_of_the_likelihood() -> None:
    from explorer.study.time_model import Likelihood

    data = simulated(FORMS["law"], [9.0, -0.9], 0.3, budget=30_000, seeds=2)
    of = Likelihood(
        design=np.array([FORMS["law"].row(each.data, each.pairs) for each in data]),
        log_times=np.log([each.time for each in data]),
        is_bound=np.array([each.is_bound for each in data]),
    )
    at = np.array([9.1, -0.8, -0.9])
    for place, step in enumerate(np.eye(3) * 1e-5):
        slope = (of.value(at + step) - of.value(at - step)) / 2e-5
        assert of.gradient(at)[place] == pytest.approx(slope, rel=1e-5)
        curve = (of.gradient(at + step) - of.gradient(at - step)) / 2e-5
        assert of.hessian(at)[place] == pytest.approx(curve, rel=1e-4, abs=1e-4)


def test_below_a_wall_only_exceptions_bind() -> None:
    low, high = DataSpec(attribute_density=0.25), DataSpec(attribute_density=1.0)
    above = [training(time, 10**6, data=high) for time in (900, 1000, 1100)]
    below = [training(10**9, 10**6, data=low) for _ in range(9)]
    form = replace(FORMS["threshold"], terms={})
    found = fit(form, above + below)
    assert found.exceptions == pytest.approx(0.5 / 10)
    assert found.predict(high, pairs=100).never == 0 and found.predict(low, pairs=100).never == pytest.approx(0.95)
    assert found.predict(low, pairs=100).share_bound(10**9) == pytest.approx(0.05)


@settings(max_examples=30)
@given(st.floats(10, 1e6), st.floats(0.05, 2), st.floats(0, 0.99), st.integers(1, 10**7))
def test_a_prediction_is_a_distribution(pairs: float, spread: float, never: float, budget: int) -> None:
    found = Prediction(pairs=pairs, spread=spread, never=never)
    assert 0 <= found.share_bound(budget) <= found.share_bound(budget * 2) <= 1 - never + 1e-12
    late = found.log_density(training(math.inf, budget))
    assert math.isfinite(late) and math.exp(late) == pytest.approx(1 - found.share_bound(budget), abs=1e-9)
    assert found.share_bound(pairs) == pytest.approx((1 - never) / 2)
    assert found.low < pairs < found.high


def test_scores_by_hand() -> None:
    """Bound at its median: the density of log time there is 1 / (0.5 sqrt(2 pi)); unbound at the median: a half."""
    at_median, far = Prediction(pairs=100, spread=0.5), Prediction(pairs=1000, spread=0.5)
    seeds = [training(100, condition="a"), training(math.inf, condition="b")]
    found = score([at_median, far], seeds)
    assert found.log_score == pytest.approx((math.log(1 / (0.5 * math.sqrt(2 * math.pi))) + math.log(0.5)) / 2)
    assert (found.concordance, found.called_right, found.num_conditions) == (1, 1, 2)
    assert score([far, at_median], seeds).concordance == 0
    assert score([at_median, at_median], seeds).concordance == 0.5
    assert score([at_median], [training(math.inf)]).concordance is None


def test_concordance_counts_no_pair_whose_order_is_unknown() -> None:
    """A seed that is censored at 50 may bind before or after 100."""
    early, late = Prediction(pairs=10, spread=1), Prediction(pairs=20, spread=1)
    seeds = [training(100, 1000), training(math.inf, 50)]
    assert score([early, late], seeds).concordance is None
    assert score([early, late], [training(100, 1000), training(math.inf, 100)]).concordance == 1


def test_a_condition_is_called_right_by_its_majority() -> None:
    likely, unlikely = Prediction(pairs=100, spread=0.5), Prediction(pairs=10**6, spread=0.5)
    most = [training(100), training(200), training(math.inf)]
    assert score([likely] * 3, most).called_right == 1
    assert score([unlikely] * 3, most).called_right == 0


def test_the_budget_is_a_term_where_a_form_has_it() -> None:
    form, data = FORMS["law and budget"], []
    for budget in (10**7, 10**8):
        data += simulated(form, [9.0, -0.9, 0.2], 0.3, budget=budget, seeds=10)
    found = fit(form, data)
    assert found.terms["log budget"].low < 0.2 < found.terms["log budget"].high
    at = [found.predict(DataSpec(), pairs=pairs).pairs for pairs in (46_080, 4 * 46_080)]
    assert at[1] / at[0] == pytest.approx(4 ** found.terms["log budget"].value)
    law = fit(FORMS["law"], data)
    assert law.predict(DataSpec(), pairs=46_080) == law.predict(DataSpec(), pairs=10**7)
