"""Figures of a benchmark's items and of their groups: scores with intervals, ties, margins, ceilings, blind baselines.

    # Part of what `benchmark` items.
    encode(compute_figures(items, AuthorsRule(rule="..."), rng=bootstrap_rng()))
    audit_items(index, AuthorsRule(rule="..."), rng=bootstrap_rng())      # what needs neither a model nor a picture

Items of one picture are not independent. So an interval comes from a bootstrap that draws pictures, with all their
items, 1,000 times; 95 % of the means lie in it. If all pictures have the same score, no draw differs: then it is
Wilson's interval of as many draws as there are pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.codec import encode
from explorer.evaluation.benchmarks.index import Index
from explorer.evaluation.benchmarks.scoring import (
    AuthorsRule,
    ItemCosines,
    bag_of_words_cosines,
    binomials,
    score_items,
)
from explorer.evaluation.metrics import MEASURE_WORDS, METRICS, estimate_mean, estimate_share
from explorer.evaluation.results import Estimate, add_definitions
from explorer.stats import CONFIDENCE, wilson_interval

BLIND_BASELINES = {
    "mean_picture": "`mean_picture`, which sees no picture,",
    "shorter_caption": "a scorer that takes the shorter caption",
    "longer_caption": "a scorer that takes the longer caption",
}
BOOTSTRAP_DRAWS = 1000
NUMBERS_AT_ONCE = 20_000_000
Figures = dict[str, Any]
"""Figures of some items, with estimates where a document has objects."""


def compute_figures(items: ItemCosines, authors_rule: AuthorsRule | None, *, rng: np.random.Generator) -> Figures:
    """Return the figures of all items and of each group; items with a missing picture are left out of both."""
    is_present, has_two = items.has_pictures(), items.cosines.shape[1] == 2
    present = items.select(is_present)
    of_all = _compute_group_figures(present, authors_rule, rng)
    return of_all | {
        "missing": int((~is_present).sum()),
        "rule": str(MEASURE_WORDS["rules"]["two_pictures" if has_two else "one_picture"]),
        "blind": add_definitions(of_all["blind"], MEASURE_WORDS["blind_to_two" if has_two else "blind"]),
        "theirs": authors_rule and authors_rule.figure(present),
        "groups": [
            {"group": name} | _compute_group_figures(present.select(chosen), authors_rule, rng)
            for name, chosen in present.index.by_group()
        ],
    }


def compute_cell_figures(
    items: ItemCosines, cells: Sequence[str | None], names: Sequence[str], *, rng: np.random.Generator
) -> dict[str, Figures]:
    """Return the figures of the items of each cell; items with a missing picture are left out."""
    is_present, of_item = items.has_pictures(), np.array(cells, dtype=object)
    return {name: _compute_group_figures(items.select(is_present & (of_item == name)), None, rng) for name in names}


def audit_items(index: Index, authors_rule: AuthorsRule | None, *, rng: np.random.Generator) -> dict[str, Any]:
    """Return what needs neither a model nor a picture: chance, ceiling, and baselines of length, per group too."""
    shape = (len(index.captions), index.pictures.shape[1], index.captions.shape[1])
    nothing = np.broadcast_to(np.where(index.captions >= 0, 0.0, np.nan)[:, None], shape)
    items = ItemCosines(index=index, cosines=nothing, of_mean_picture=nothing)
    figures = compute_figures(items, authors_rule, rng=rng)
    groups = [{"group": each["group"]} | _audit_figures(each) for each in figures["groups"]]
    return {**_audit_figures(figures), "rule": figures["rule"], "groups": groups}


def _audit_figures(figures: Figures) -> dict[str, Any]:
    chance, blind = figures["chance"], {name: each for name, each in figures["blind"].items() if name != "mean_picture"}
    best = _best_blind_baseline(blind, chance or 0.0)
    sentence = best and f"{best[1]} reaches {best[0]:.3f} without a picture or a model; chance is {chance:.3f}."
    return {
        **{name: figures[name] for name in ("n", "pictures", "chance", "ceiling")},
        "blind": encode(blind),
        "blind_sentence": sentence and sentence[0].upper() + sentence[1:],
    }


def _compute_group_figures(items: ItemCosines, authors_rule: AuthorsRule | None, rng: np.random.Generator) -> Figures:
    """Compute accuracy with its interval, ties, margin, ceiling, further scores and blind baselines of some items.

    "accuracy" is the headline: that of items of one picture, else the group score. "ceiling" is the score of a perfect
    scorer without word order, by our rule and by theirs, and the number of items whose captions it cannot tell apart.
    """
    index, bag_of_words = items.index, bag_of_words_cosines(items)
    outcome, bag_outcome = (score_items(each.cosines, index.right) for each in (items, bag_of_words))
    chance_of_one = 1 / binomials((index.words >= 0).sum(axis=1), index.right)  # of an item of one picture
    chance = {name: METRICS[name].chance if name in METRICS else chance_of_one for name in outcome.scores}
    blind_scores = _blind_scores(items)
    values = {
        **outcome.scores,
        "margin": outcome.margin,
        **{f"blind {name}": each for name, each in blind_scores.items()},
    }
    intervals = bootstrap_intervals(values, index.pictures[:, 0], rng=rng)
    num_pictures = len(np.unique(index.pictures[:, 0]))
    estimates = {
        name: _estimate_by_picture(each, chance[name], intervals.get(name), num_pictures)
        for name, each in outcome.scores.items()
    }
    last, headline = list(estimates.items())[-1]
    blind = {
        name: _estimate_by_picture(each, chance[last], intervals.get(f"blind {name}"), num_pictures)
        for name, each in blind_scores.items()
    }
    ceiling = {
        "value": estimate_share(bag_outcome.headline, None).value,
        "theirs": authors_rule.figure(bag_of_words).value if authors_rule is not None else None,
        "same_words": int(bag_outcome.tie.sum()),
    }
    return {
        "accuracy": headline.value,
        **{name: getattr(headline, name) for name in ("n", "low", "high", "chance")},
        "pictures": num_pictures,
        "ties": int(outcome.tie.sum()),
        "blind_sentence": _blind_sentence(headline, blind),
        "ceiling": ceiling,
        "margin": _replace_interval(estimate_mean(outcome.margin, 0.0), intervals.get("margin")),
        "blind": blind,
        **(estimates if len(estimates) > 1 else {}),
    }


def _blind_scores(items: ItemCosines) -> dict[str, np.ndarray]:
    """Return the headline (N,) of scorers that do not see the picture; NaN if there is only one picture."""
    cosines = {"mean_picture": items.of_mean_picture}
    # With two pictures each caption is the right one once, so length is no cue.
    if items.cosines.shape[1] == 1:
        words = np.where(items.index.words >= 0, items.index.words, np.nan)[:, None]
        cosines |= {"shorter_caption": -words, "longer_caption": words}
    return {name: score_items(each, items.index.right).headline for name, each in cosines.items()}


def _blind_sentence(accuracy: Estimate, blind: Mapping[str, Estimate]) -> str | None:
    """Return a sentence if an image-blind baseline is above chance, None if none is."""
    chance = accuracy.chance or 0.0
    best = _best_blind_baseline(blind, chance)
    if best is None or accuracy.value is None:
        return None
    reach, scorer = best
    if accuracy.low is None or reach >= accuracy.low:
        return f"{accuracy.value:.3f} is not evidence of seeing: {scorer} reaches {reach:.3f}."
    return f"Of {accuracy.value:.3f}, {reach:.3f} is no evidence of seeing: {scorer} reaches it (chance {chance:.3f})."


def _best_blind_baseline(blind: Mapping[str, Estimate], chance: float) -> tuple[float, str] | None:
    """Return the best image-blind baseline above chance, its score and its description; None if none is."""
    reached = (_baseline_score(name, each.value, chance) for name, each in blind.items() if each.is_off_chance)
    return max((each for each in reached if each[0] > chance), default=None)


def _baseline_score(name: str, value: float | None, chance: float) -> tuple[float, str]:
    """Return the score of a baseline with its description; of a pair of captions the opposite choice counts too."""
    value = value or 0.0
    if name == "mean_picture" and value < chance == 1 / 2:
        return 1 - value, f"a scorer that decides against {BLIND_BASELINES[name]}"
    return value, BLIND_BASELINES[name]


def bootstrap_rng() -> np.random.Generator:
    """Return the generator of all intervals: the same in every call, so that a resumed run ends alike."""
    return np.random.default_rng(0)


def bootstrap_intervals(
    values: Mapping[str, np.ndarray], pictures: np.ndarray, *, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """Return the bootstrap interval of the mean of each (N,) by picture (N,); NaN is left out, and nothing has none."""
    _, picture = np.unique(pictures, return_inverse=True)
    count = int(picture.max()) + 1 if len(picture) else 0
    if not count:
        return {}
    is_known = {name: ~np.isnan(each) for name, each in values.items()}
    sums = np.stack([np.bincount(picture, np.nan_to_num(each), count) for each in values.values()], axis=1)
    sizes = np.stack([np.bincount(picture, is_known[name], count) for name in values], axis=1)
    means, at_once = [], max(1, NUMBERS_AT_ONCE // count)
    for start in range(0, BOOTSTRAP_DRAWS, at_once):
        chances, draws = np.full(count, 1 / count), min(at_once, BOOTSTRAP_DRAWS - start)
        weights = rng.multinomial(count, chances, size=draws).astype(np.float64)
        with np.errstate(invalid="ignore"):
            means.append(weights @ sums / (weights @ sizes))
    intervals = {}
    for name, of_draws, size in zip(values, np.concatenate(means).T, sizes.T, strict=True):
        known = of_draws[~np.isnan(of_draws)]
        if size.sum() > 1 and len(known):
            low, high = np.quantile(known, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)).tolist()
            intervals[name] = (low, high)
    return intervals


def _estimate_by_picture(
    values: np.ndarray, chance: float | np.ndarray | None, interval: tuple[float, float] | None, num_pictures: int
) -> Estimate:
    is_known = ~np.isnan(values)
    estimate = estimate_share(values[is_known], chance[is_known] if isinstance(chance, np.ndarray) else chance)
    if estimate.value is None:
        # Chance is that of a pair if there is no item to tell it.
        return replace(estimate, chance=estimate.chance if estimate.chance is not None else 1 / 2)
    if interval is None or interval[0] == interval[1]:
        interval = wilson_interval(estimate.value * num_pictures, num_pictures)
    return _replace_interval(estimate, interval)


def _replace_interval(estimate: Estimate, interval: tuple[float, float] | None) -> Estimate:
    """Replace the interval, which holds the value even if rounding says otherwise."""
    if estimate.value is None or interval is None:
        return replace(estimate, low=None, high=None)
    return replace(estimate, low=min(estimate.value, interval[0]), high=max(estimate.value, interval[1]))
