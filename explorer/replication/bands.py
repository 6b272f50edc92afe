"""Predictions of rivals as the page draws them: bands in which 19 of 20 trainings would fall, and who fell in them.

band = band_of(prediction, budget=92_160)
band.low, band.middle, band.high, band.is_beyond     # 8300, 15800, 30000, False
band.holds(outcome)                                  # whether a training fell in it
count_inside(question, outcomes)                     # {"soon": 9, "late": 3}: trainings in the bands of each rival
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from explorer.contract import CONTRACT
from explorer.replication.questions import CellOutcome, Question, RivalPrediction


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """An interval in which a share of `confidence` of the trainings would fall, in pairs, cut off where they end.

    Attributes:
        low: Its lower end, None if nothing of it lies before the end of the training.
        middle: The median, None if it lies behind the end.
        high: Its upper end, None if it lies behind the end.
        is_beyond: True if a training that is not bound at its end falls in the band too.
    """

    low: int | None
    middle: int | None
    high: int | None
    is_beyond: bool

    def holds(self, outcome: CellOutcome) -> bool:
        """Return whether a training fell in the band."""
        if outcome.bound_at is None:
            return self.is_beyond
        return self.low is not None and self.low <= outcome.bound_at and (self.high or math.inf) >= outcome.bound_at


def band_of(prediction: RivalPrediction, *, budget: int) -> Band:
    """Return the band of a prediction for trainings that read `budget` pairs at most."""
    tail = (1 - CONTRACT.confidence) / 2
    low, middle, high = (_quantile(prediction, share, budget) for share in (tail, 0.5, 1 - tail))
    return Band(low=low, middle=middle, high=high, is_beyond=high is None)


def count_inside(question: Question, outcomes: Sequence[CellOutcome]) -> Mapping[str, int]:
    """Return how many trainings of a question fell in the bands of each rival."""
    return {
        rival.name: sum(
            band_of(prediction, budget=outcome.budget).holds(outcome)
            for outcome in outcomes
            for prediction in rival.predictions
            if prediction.cell == outcome.cell
        )
        for rival in question.rivals
    }


def _quantile(prediction: RivalPrediction, share: float, budget: int) -> int | None:
    """Return the pairs after which a share of the trainings is bound, None if that is not within the budget."""
    if prediction.pairs is None or share >= 1 - prediction.never:
        return None
    times = NormalDist(math.log(prediction.pairs), math.log(prediction.spread))
    pairs = math.exp(times.inv_cdf(share / (1 - prediction.never)))
    return round(pairs) if pairs <= budget else None
