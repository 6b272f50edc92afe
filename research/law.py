"""The law that is frozen for the product: fitted to the first two editions, known where all of them say.

law_document(trainings)  # the content of assets/study/time-law.json
"""

from collections.abc import Iterable, Sequence
from typing import Any

from explorer.study.kappa import kappa, told_share
from research.grouping import group_by, round_floats
from research.time_model import MODEL_FORMS, TimedTraining, condition_of, fit_model, is_mostly_bound

LAW_DIGITS = 5
REFUTING_RATIO = 2.0
"""Multiple of the predicted median at which a condition whose seeds are mostly unbound speaks against the law."""
Naming = tuple[float, float]
"""Told values per kind, and the mean number of objects that a caption names."""


def law_document(trainings: Sequence[TimedTraining]) -> dict[str, Any]:
    """Return the law of the first two editions, and where it is known by all of these trainings.

    Those of the third edition test its forecasts, so they do not move it. It is known among the conditions of which
    most seeds bound, and not where it called a condition wrong, or no more is told of as many named objects: most seeds
    were unbound at more than `REFUTING_RATIO` times its time.
    """
    fitted = [each for each in trainings if each.is_fitted]
    law = fit_model(MODEL_FORMS["law"], fitted)
    conditions = group_by(trainings, condition_of).values()
    bound = [seeds[0].data for seeds in conditions if is_mostly_bound(seeds)]
    late = [
        (told_share(data), data.objects_in_image * data.caption_completeness)
        for data, seeds in ((seeds[0].data, seeds) for seeds in conditions)
        if not is_mostly_bound(seeds)
        and seeds[0].pairs > REFUTING_RATIO * law.predict(data, pairs=seeds[0].pairs).pairs
    ]
    wrong = {(round(told, LAW_DIGITS), round(named, LAW_DIGITS)) for told, named in late}
    numbers = law.as_numbers(LAW_DIGITS)
    slope = law.clustered_intervals(fitted)["log kappa"]
    numbers["estimates"]["log kappa"] = round_floats([slope.value, slope.low, slope.high], LAW_DIGITS)
    domain = {
        "covariance": law.covariance.tolist(),
        "trainings": len(fitted),
        "conditions": len(set(map(condition_of, fitted))),
        "kappa": [end(map(kappa, bound)) for end in (min, max)],
        "told_share": min(map(told_share, bound)),
        "wrong": [list(one) for one in sorted(wrong) if not _covering_namings(one, wrong - {one})],
    }
    return {**numbers, **round_floats(domain, LAW_DIGITS)}


def _covering_namings(naming: Naming, namings: Iterable[Naming]) -> list[Naming]:
    """Return the namings in which no less is told of as many named objects as here; their numbers are rounded."""
    told, named = naming
    return [(most, least) for most, least in namings if told <= most * (1 + 1e-4) and named >= least * (1 - 1e-4)]
