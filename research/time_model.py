"""Models of the time until a training binds in captions of its own form: the law, its rivals, their fit and scores.

    law = fit_model(MODEL_FORMS["law"], trainings)
    law.terms["log kappa"].value                       # -0.91, with .low and .high
    prediction = law.predict(DataSpec(), pairs=46_080)
    prediction.pairs, prediction.low, prediction.high  # median and central 95 % of the pairs until a seed binds
    score_predictions([prediction, ...], trainings) # PredictionScore(log_score=..., concordance=..., ...)

The time of a seed is lognormal: log time = intercept + terms + noise. A seed that is not bound at its budget is
right-censored there. Intervals of the parameters are those of the profile likelihood, which takes seeds of one
condition as independent; those of `clustered_intervals` do not. A prediction adds the variance of its mean to that
of the noise.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from statistics import fmean
from typing import Any

import numpy as np

from explorer.spec import DataSpec
from explorer.stats import Z
from explorer.study.kappa import kappa, told_share
from research.frozen_law import Interval, Prediction
from research.grouping import group_by, round_floats

# ---- Trainings


@dataclass(frozen=True, kw_only=True, slots=True)
class TimedTraining:
    """A training as the model reads it: its budget in pairs, and the pairs at which it was bound, None if it was not.

    `condition` is what seeds of one condition share.
    """

    data: DataSpec
    pairs: int
    bound_at: int | None
    condition: str
    edition: int

    @property
    def is_fitted(self) -> bool:
        """True for the first two editions, to which the law is fitted; those of the third test its forecasts."""
        return self.edition < 3

    @property
    def is_bound(self) -> bool:
        return self.bound_at is not None

    @property
    def time(self) -> int:
        """The pairs at which it was bound, or its budget if it was not."""
        return self.pairs if self.bound_at is None else self.bound_at


condition_of: Callable[[TimedTraining], str] = attrgetter("condition")


def is_mostly_bound(seeds: Sequence[TimedTraining]) -> bool:
    """Return True if more than half of the seeds are bound."""
    return sum(each.is_bound for each in seeds) > len(seeds) / 2


# ---- Forms of the model

WALL_TOLD_SHARE = 0.3
"""Share of told values per kind below which the rival `threshold` lets no model bind; all but one bound seed of the
first two editions lie above it."""
STEEP_EXPONENT = -1.5
"""Exponent of told values per kind in the rival `steep`."""
USUAL_BUDGET = 46_080
DataTerm = Callable[[DataSpec, int], float]
"""A number of the data and of the budget in pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelForm:
    """A form of the model: terms whose coefficients are estimated, `fixed` with coefficient 1, perhaps a wall.

    Below the `wall` of told values per kind a seed binds only with the share of exceptions that was seen there. `begun`
    names the sweeps of which runs had ended when the form was added, so that it is no forecast of them.
    """

    name: str
    words: str
    terms: Mapping[str, DataTerm]
    fixed: Callable[[DataSpec], float] = field(default=lambda _: 0.0)
    wall: float = 0.0
    begun: tuple[str, ...] = ()

    def row(self, data: DataSpec, pairs: int) -> list[float]:
        """Return 1 and the values of the terms for a budget of these pairs."""
        return [1.0, *(term(data, pairs) for term in self.terms.values())]


LAW_TERMS: dict[str, DataTerm] = {"log kappa": lambda data, _: math.log(kappa(data))}
MODEL_FORMS: dict[str, ModelForm] = {
    form.name: form
    for form in (
        ModelForm(name="law", words="Time is a power of kappa.", terms=LAW_TERMS),
        ModelForm(
            name="steep",
            words="Time rises with told values per kind to the power -1.5, and with objects times kinds.",
            terms={"log (objects * kinds)": lambda data, _: math.log(told_share(data) / kappa(data))},
            fixed=lambda data: STEEP_EXPONENT * math.log(told_share(data)),
        ),
        ModelForm(
            name="threshold",
            words="The law holds from 0.3 told values per kind on; below, models do not bind.",
            terms=LAW_TERMS,
            wall=WALL_TOLD_SHARE,
        ),
        ModelForm(
            name="told values",
            words="Time is a power of told values per kind: attribute density / kinds.",
            terms={"log told values": lambda data, _: math.log(told_share(data))},
        ),
        ModelForm(
            name="paper",
            words="Time follows the three properties that the paper names.",
            terms={
                "log attribute density": lambda data, _: math.log(data.attribute_density),
                "log caption completeness": lambda data, _: math.log(data.caption_completeness),
                "saliency bias": lambda data, _: data.saliency_bias,
            },
        ),
        ModelForm(name="constant", words="All data take the same time.", terms={}),
        ModelForm(
            name="law and budget",
            words="Time is a power of kappa and of the budget.",
            # The learning rate falls over the whole budget, so later in a longer one.
            terms=LAW_TERMS | {"log budget": lambda _, pairs: math.log(pairs / USUAL_BUDGET)},
            begun=("told-values",),
        ),
    )
}


# ---- Predictions


def log_density(prediction: Prediction, training: TimedTraining) -> float:
    """Return the log density of the log time of a bound seed, or the log probability to be unbound at the end."""
    from scipy.special import log_ndtr

    z = math.log(training.time / prediction.pairs) / prediction.spread
    if training.is_bound:
        return math.log1p(-prediction.never) - z * z / 2 - math.log(prediction.spread * math.sqrt(2 * math.pi))
    late = math.log1p(-prediction.never) + float(log_ndtr(-z))
    return float(np.logaddexp(late, math.log(prediction.never))) if prediction.never else late


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeModel:
    """A form with its estimates; `covariance` is that of intercept and terms, `exceptions` the share below a wall."""

    form: ModelForm
    intercept: Interval
    terms: Mapping[str, Interval]
    sigma: Interval
    log_likelihood: float
    covariance: np.ndarray
    exceptions: float

    def predict(self, data: DataSpec, *, pairs: int) -> Prediction:
        """Predict the time of a seed on these data at this budget; raise `UserError` where a term is not defined."""
        row = np.array(self.form.row(data, pairs))
        weights = [self.intercept.value, *(each.value for each in self.terms.values())]
        mean = float(row @ np.array(weights)) + self.form.fixed(data)
        spread = math.sqrt(self.sigma.value**2 + float(row @ self.covariance @ row))
        never = 1 - self.exceptions if told_share(data) < self.form.wall else 0.0
        return Prediction(pairs=math.exp(mean), spread=spread, never=never)

    def clustered_intervals(self, trainings: Sequence[TimedTraining]) -> dict[str, Interval]:
        """Return the terms with intervals that allow for conditions, see `Likelihood.clustered_errors`.

        Args:
            trainings: Those to which the model was fitted; its form has no wall.
        """
        estimates = [self.intercept.value, *(each.value for each in self.terms.values())]
        at = np.array([*estimates, math.log(self.sigma.value)])
        errors = _likelihood(self.form, trainings).clustered_errors(at, [each.condition for each in trainings])
        return {
            name: Interval(value=term.value, low=term.value - Z * error, high=term.value + Z * error)
            for (name, term), error in zip(self.terms.items(), errors[1:-1].tolist(), strict=True)
        }

    def as_numbers(self, digits: int = 5) -> dict[str, Any]:
        """Convert the estimates to plain JSON, rounded to significant digits."""
        named = {"intercept": self.intercept, **self.terms, "sigma": self.sigma}
        numbers = {
            "words": self.form.words,
            "estimates": {name: [each.value, each.low, each.high] for name, each in named.items()},
            "wall": self.form.wall,
            "exceptions": self.exceptions,
            "log_likelihood": self.log_likelihood,
        }
        return dict(round_floats(numbers, digits))


# ---- The fit


def fit_model(form: ModelForm, trainings: Sequence[TimedTraining]) -> TimeModel:
    """Fit a form by maximum likelihood; trainings below its wall only tell the share of exceptions."""
    below = [each for each in trainings if told_share(each.data) < form.wall]
    used = [each for each in trainings if told_share(each.data) >= form.wall]
    likelihood = _likelihood(form, used)
    best = likelihood.maximize()
    intercept, *terms, log_sigma = (_profile_interval(likelihood, best, index) for index in range(len(best)))
    # Half a seed more on both sides: a share of none or all of a few seeds is no certainty.
    exceptions = (sum(each.is_bound for each in below) + 0.5) / (len(below) + 1)
    return TimeModel(
        form=form,
        intercept=intercept,
        terms=dict(zip(form.terms, terms, strict=True)),
        sigma=Interval(value=math.exp(log_sigma.value), low=math.exp(log_sigma.low), high=math.exp(log_sigma.high)),
        log_likelihood=-likelihood.value(best),
        covariance=np.linalg.inv(likelihood.hessian(best))[:-1, :-1],
        exceptions=exceptions if form.wall else 0.0,
    )


def _likelihood(form: ModelForm, trainings: Sequence[TimedTraining]) -> "Likelihood":
    return Likelihood(
        design=np.array([form.row(each.data, each.pairs) for each in trainings]),
        log_times=np.array([math.log(each.time) - form.fixed(each.data) for each in trainings]),
        is_bound=np.array([each.is_bound for each in trainings]),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Likelihood:
    """Negative log likelihood of (coefficients, log sigma) of right-censored normal log times, with derivatives.

    Attributes:
        design: Shape [seeds, terms + 1]; its first column is 1, for the intercept.
        log_times: Log of the pairs until a seed was bound or its budget ended, shape [seeds].
        is_bound: Shape [seeds], bool; False is censored.
    """

    design: np.ndarray
    log_times: np.ndarray
    is_bound: np.ndarray

    def _parts(self, parameters: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        """Return sigma, the residuals z, and first and second derivative of each row's term by z."""
        from scipy.special import log_ndtr

        sigma = math.exp(parameters[-1])
        z = (self.log_times - self.design @ parameters[:-1]) / sigma
        hazard = np.exp(-z * z / 2 - math.log(math.sqrt(2 * math.pi)) - log_ndtr(-z))
        slope = np.where(self.is_bound, z, hazard)
        return sigma, z, slope, np.where(self.is_bound, 1.0, hazard * (hazard - z))

    def value(self, parameters: np.ndarray) -> float:
        """Return the negative log likelihood at the parameters (coefficients, log sigma), shape [terms + 2]."""
        from scipy.special import log_ndtr

        sigma, z, _, _ = self._parts(parameters)
        density = z * z / 2 + math.log(sigma * math.sqrt(2 * math.pi))
        return float(np.where(self.is_bound, density, -log_ndtr(-z)).sum())

    def gradient(self, parameters: np.ndarray) -> np.ndarray:
        """Return its gradient at the parameters, shape [terms + 2]."""
        sigma, z, slope, _ = self._parts(parameters)
        return np.append(-self.design.T @ slope / sigma, self.is_bound.sum() - slope @ z)

    def hessian(self, parameters: np.ndarray) -> np.ndarray:
        """Return its matrix of second derivatives at the parameters, shape [terms + 2, terms + 2]."""
        sigma, z, slope, curvature = self._parts(parameters)
        mixed = slope + z * curvature
        inner = (self.design * curvature[:, None]).T @ self.design / sigma**2
        edge = self.design.T @ mixed / sigma
        return np.block([[inner, edge[:, None]], [edge[None, :], np.array([[z @ mixed]])]])

    def clustered_errors(self, parameters: np.ndarray, conditions: Sequence[str]) -> np.ndarray:
        """Return standard errors that allow for what the terms do not say of a condition.

        The scores of the seeds of a condition are summed before their spread is taken.

        Source: Lin and Wei, JASA 84, 1989.
        """
        parts = (
            Likelihood(design=self.design[cluster], log_times=self.log_times[cluster], is_bound=self.is_bound[cluster])
            for cluster in group_by(range(len(conditions)), lambda index: conditions[index]).values()
        )
        scores = np.array([each.gradient(parameters) for each in parts])
        inverse = np.linalg.inv(self.hessian(parameters))
        spread = scores.T @ scores * len(scores) / (len(scores) - 1)
        return np.sqrt(np.diag(inverse @ spread @ inverse))

    def maximize(self, start: np.ndarray | None = None, *, held: int | None = None) -> np.ndarray:
        """Return the parameters of the maximum, with the one at index `held` kept at its value in `start`."""
        from scipy.optimize import minimize

        if start is None:
            start = np.append(np.linalg.lstsq(self.design, self.log_times)[0], 0.0)
        free = np.array([index for index in range(len(start)) if index != held], dtype=int)

        def whole(part: np.ndarray) -> np.ndarray:
            at = start.copy()
            at[free] = part
            return at

        optimum = minimize(
            lambda part: self.value(whole(part)),
            start[free],
            jac=lambda part: self.gradient(whole(part))[free],
            hess=lambda part: self.hessian(whole(part))[np.ix_(free, free)],
            method="trust-exact",
            options={"gtol": 1e-7},
        )
        return whole(optimum.x)


def _profile_interval(likelihood: Likelihood, best: np.ndarray, index: int) -> Interval:
    """Return one parameter of the maximum with the interval of its profile likelihood."""
    from scipy.optimize import brentq

    least = likelihood.value(best)
    error = math.sqrt(np.linalg.inv(likelihood.hessian(best))[index, index])

    def excess(shift: float) -> float:
        start = best.copy()
        start[index] += shift
        return likelihood.value(likelihood.maximize(start, held=index)) - least - Z * Z / 2

    def end(sign: int) -> float:
        reach = 2 * error
        while excess(sign * reach) < 0:
            reach *= 2
        return float(brentq(excess, 0, sign * reach, xtol=error * 1e-4))

    value = float(best[index])
    return Interval(value=value, low=value + end(-1), high=value + end(+1))


# ---- Scores of predictions


@dataclass(frozen=True, kw_only=True, slots=True)
class PredictionScore:
    """Scores of predictions that met trainings: higher is better everywhere.

    Attributes:
        log_score: Mean log density of a seed's log time, or log probability of being unbound at the end.
        concordance: Share of comparable pairs of seeds in the predicted order, ties half; None without such pairs.
        called_right: Share of conditions with most seeds bound exactly where that was the likelier outcome.
    """

    log_score: float
    concordance: float | None
    called_right: float
    num_runs: int
    num_conditions: int


def score_predictions(predictions: Sequence[Prediction], trainings: Sequence[TimedTraining]) -> PredictionScore:
    """Score one prediction per training; at least one is needed.

    Source: concordance of Harrell, Califf, Pryor, Lee and Rosati, JAMA 247, 1982.
    """
    pairs = list(zip(predictions, trainings, strict=True))
    conditions = group_by(pairs, lambda each: each[1].condition).values()
    return PredictionScore(
        log_score=sum(log_density(prediction, training) for prediction, training in pairs) / len(pairs),
        concordance=_concordance(pairs),
        called_right=fmean(map(_is_called_right, conditions)),
        num_runs=len(pairs),
        num_conditions=len(conditions),
    )


def _is_called_right(seeds: Sequence[tuple[Prediction, TimedTraining]]) -> bool:
    expected = sum(prediction.share_bound(training.pairs) for prediction, training in seeds) / len(seeds)
    return (expected > 0.5) == is_mostly_bound([training for _, training in seeds])


def _concordance(pairs: Sequence[tuple[Prediction, TimedTraining]]) -> float | None:
    """Return Harrell's C; a seed that probably never binds is predicted after all others."""
    predicted = np.array([math.inf if prediction.never > 0.5 else prediction.pairs for prediction, _ in pairs])
    times = np.array([training.time for _, training in pairs])
    bound = np.array([training.is_bound for _, training in pairs])
    is_sooner = bound[:, None] & ((times[:, None] < times) | ((times[:, None] == times) & ~bound))
    in_order = (predicted[:, None] < predicted) + 0.5 * (predicted[:, None] == predicted)
    count = int(is_sooner.sum())
    return float(in_order[is_sooner].sum() / count) if count else None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutOfSample:
    """Trainings of the second edition on data and budgets that the first did not have, and what the first tells."""

    trainings: tuple[TimedTraining, ...]
    predictions: tuple[Prediction, ...]

    @property
    def score(self) -> PredictionScore:
        """The score of the predictions against the trainings."""
        return score_predictions(self.predictions, self.trainings)

    @property
    def most_bind(self) -> float:
        """The share of conditions of which most seeds bound: what "yes" to all calls right."""
        return fmean(map(is_mostly_bound, group_by(self.trainings, condition_of).values()))


def predict_second_edition(trainings: Sequence[TimedTraining]) -> OutOfSample | None:
    """Return what the law of the first edition tells of what is new in the second; None without one of them.

    Only data and budget make a condition new: the second edition repeats some on other scenes.
    """
    first = [each for each in trainings if each.edition == 1]
    first_data = {(each.data, each.pairs) for each in first}
    new = tuple(each for each in trainings if each.edition == 2 and (each.data, each.pairs) not in first_data)
    if not any(each.is_bound for each in first) or not new:
        return None
    law = fit_model(MODEL_FORMS["law"], first)
    return OutOfSample(trainings=new, predictions=tuple(law.predict(each.data, pairs=each.pairs) for each in new))
