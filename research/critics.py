"""Losses of the best possible critics of a spec, and the share of a bag of words that a training has learned.

    losses = critic_losses(spec)  # CriticLosses(binder=0.94, bag=1.31, nouns=1.63, chance=5.55)
    share_learned(1.8, losses)    # (nouns - loss) / (nouns - bag) = -0.5

A critic scores an image and a caption by the log of p(caption | what it knows of the image) / p(caption), which is the
score that minimizes the contrastive loss (Poole et al., On Variational Bounds of Mutual Information, ICML 2019).
`binder` knows every object with its values; `bag` knows nouns, sizes, and the values of each kind without their owners;
`nouns` knows nouns and sizes. The probabilities follow from the caption's dials, so no critic is estimated.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.errors import UserError
from explorer.spec import DataSpec, RunSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import CaptionBatch, write_captions
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.worlds import get_world

CRITIC_SEED = 7000
"""Seed of the scenes on which losses are computed; no training uses it."""
MIN_PAIRS = 2048
"""Fewest pairs behind a loss."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticLosses:
    """Contrastive losses in nats of the best critics, and of one that knows nothing."""

    binder: float
    bag: float
    nouns: float
    chance: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticScores:
    """Scores (B, C) of B images and C captions by each critic; -inf where the caption is impossible."""

    binder: np.ndarray
    bag: np.ndarray
    nouns: np.ndarray


def critic_losses(spec: RunSpec) -> CriticLosses:
    """Return the losses on batches of the spec's own size.

    Raises:
        UserError: The data or the loss are some for which the probabilities are not known in closed form.
    """
    _check(spec)
    return _cached_losses(spec.data, spec.train.batch_size)


@lru_cache(maxsize=256)
def _cached_losses(data: DataSpec, size: int) -> CriticLosses:
    plan = make_plan(data, get_world(data.world), seed=CRITIC_SEED)
    losses = []
    for first in range(0, max(MIN_PAIRS, size), size):
        stream = Stream(seed=CRITIC_SEED, name="train", index=np.arange(first, first + size))
        scenes = draw_scenes(plan, stream)
        exact = critic_scores(plan, scenes, write_captions(plan, scenes, stream))
        losses.append([contrastive_loss(scores) for scores in (exact.binder, exact.bag, exact.nouns)])
    binder, bag, nouns = np.mean(losses, axis=0).tolist()
    return CriticLosses(binder=binder, bag=bag, nouns=nouns, chance=math.log(size))


def _check(spec: RunSpec) -> None:
    data, train = spec.data, spec.train
    if train.loss != "clip":
        raise UserError("loss", train.loss, "best critics are known of the loss clip")
    for name in ("hard_negatives", "mask_false_negatives"):
        if value := getattr(train, name):
            raise UserError(name, value, "changes the captions of the loss; best critics are known without it")
    for name in ("attribute_object_correlation", "held_out_pairs"):
        if value := getattr(data, name):
            raise UserError(name, value, "makes values depend on nouns; best critics are known where they do not")
    if data.saliency_bias and _changes_size(data):
        raise UserError("attribute_kinds", "size", "tells what is large; best critics are known without saliency bias")


def _changes_size(data: DataSpec) -> bool:
    """Return True if a kind that varies changes the size of objects, and so the ones that salience names."""
    plan = make_plan(data, get_world(data.world), seed=CRITIC_SEED)
    return any(
        plan.looks[value * plan.radix[kind]].scale != 1
        for kind in np.flatnonzero(plan.varies)
        for value in range(plan.num_values[kind])
    )


def critic_scores(plan: ScenePlan, scenes: Scenes, captions: CaptionBatch) -> CriticScores:
    """Return the scores of every pair of a scene (B) and a caption (C) by the three critics."""
    object_of = _named_objects(scenes, captions)
    nouns = _log_named(plan, scenes, captions, object_of) + _log_choices(len(plan.world.nouns))[captions.count][None, :]
    binder, bag = nouns.copy(), nouns.copy()
    for kind in np.flatnonzero(plan.told):
        size = int(plan.num_values[kind])
        told = captions.values[:, :, kind]
        rarity = (told >= 0).sum(axis=1) * math.log(size)
        binder += np.where(_agrees(scenes.values[:, :, kind], told, object_of), rarity, -np.inf)
        bag += _log_reassigned(_counts(scenes.values[:, :, kind], size), _counts(told, size)) + rarity
    return CriticScores(binder=binder, bag=bag, nouns=nouns)


def _named_objects(scenes: Scenes, captions: CaptionBatch) -> np.ndarray:
    """Return (B, C, P) the object of the scene that each noun of the caption names, -1 for none."""
    object_of = np.full((len(scenes.nouns), *captions.nouns.shape), -1)
    for number in reversed(range(scenes.nouns.shape[1])):  # the first object of a noun comes last, and stays
        object_of[captions.nouns[None] == scenes.nouns[:, number, None, None]] = number
    return object_of


def _log_named(plan: ScenePlan, scenes: Scenes, captions: CaptionBatch, object_of: np.ndarray) -> np.ndarray:
    """Return (B, C) the log probability that the caption names these objects of the scene, given their number.

    With the probability of the saliency bias these are the largest, ties at random, else any. `object_of` is that of
    `_named_objects`.
    """
    is_named = np.zeros((*object_of.shape[:2], plan.num_objects), dtype=bool)
    for named in np.moveaxis(object_of, 2, 0):
        is_named |= named[:, :, None] == np.arange(plan.num_objects)
    is_shown = is_named.sum(axis=2) == captions.count[None, :]
    any_of_them = np.exp(-_log_choices(plan.num_objects)[captions.count])[None, :]
    bias = plan.data.saliency_bias
    chance = (1 - bias) * any_of_them + bias * _largest(scenes.areas, is_named) if bias else any_of_them
    with np.errstate(divide="ignore"):
        return np.where(is_shown, np.log(chance), -np.inf)


def _largest(areas: np.ndarray, is_named: np.ndarray) -> np.ndarray:
    """Return (B, C) the probability that the objects named are the largest ones if ties are broken at random."""
    area = np.broadcast_to(areas[:, None, :], is_named.shape)
    smallest = np.where(is_named, area, np.iinfo(area.dtype).max).min(axis=2)
    rest = np.where(is_named, -1, area).max(axis=2)
    tied = area == smallest[:, :, None]
    inside, outside = (tied & is_named).sum(axis=2), (tied & ~is_named).sum(axis=2)
    ways = np.array([[math.comb(a + b, a) for b in range(5)] for a in range(5)])[inside, outside]
    return np.where(smallest > rest, 1.0, np.where(smallest < rest, 0.0, 1 / ways))


def _log_choices(count: int) -> np.ndarray:
    """Return the logs of the ways to choose 0 .. min(count, 4) of `count`."""
    return np.log([math.comb(count, k) for k in range(min(count, 4) + 1)])


def _agrees(values: np.ndarray, told: np.ndarray, object_of: np.ndarray) -> np.ndarray:
    """Return (B, C) bool: each value told of an object is the object's own."""
    own = np.take_along_axis(values[:, None, :], object_of.clip(0), axis=2)
    return ((told[None] < 0) | (own == told[None])).all(axis=2)


def _counts(values: np.ndarray, size: int) -> np.ndarray:
    """Return (N, size) how often each value occurs in a row of `values`; -1 is none."""
    return (values[:, :, None] == np.arange(size)).sum(axis=1)


def _log_reassigned(shown: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Return (B, C) the log probability that the values told fall on their objects if the image deals its own anew.

    Of n objects with `shown` values, m have a value told: the product of falling factorials of the counts, over n's.
    """
    fall = np.array([[math.perm(a, b) for b in range(5)] for a in range(5)], dtype=float)
    ways = fall[shown[:, None, :], told[None, :, :]].prod(axis=2)
    with np.errstate(divide="ignore"):
        return np.log(ways / fall[shown.sum(axis=1)[:, None], told.sum(axis=1)[None, :]])


def contrastive_loss(scores: np.ndarray) -> float:
    """Return the mean cross entropy of the own captions (B, B), over captions and over images, in nats."""
    own = np.diag(scores)
    return float(np.mean([_log_sum(scores) - own, _log_sum(scores.T) - own]))


def _log_sum(scores: np.ndarray) -> Any:
    top = scores.max(axis=1)
    return top + np.log(np.exp(scores - top[:, None]).sum(axis=1))


def share_learned(loss: float, critics: CriticLosses) -> float | None:
    """Return the share of the bag of words that a training loss shows: 0 at the nouns, 1 at the bag.

    Below 0 not even the nouns are learned, above 1 also binding. None if bag and nouns lie within a hundredth of a nat.
    """
    reach = critics.nouns - critics.bag
    return (critics.nouns - loss) / reach if reach > 0.01 else None
