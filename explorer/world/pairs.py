"""Batches of training pairs: scenes with captions, hard negatives, what is true of what, and the rates of a batch.

    pairs = draw_pairs(plan, Stream(seed=0, name="train", index=np.arange(256)), grammar, hard_negatives=0.5)
    pairs.scenes, pairs.captions     # B scenes with a caption each
    pairs.ids                        # (B + H, C) token ids: the captions, then the H hard negatives
    pairs.truths                     # (B, B + H) bool: true if the caption is true of the scene
    pairs.rates()                    # {"hard_negatives": ..., "duplicate_captions": ..., "false_negatives": ..., ...}

All arrays are numpy or all torch. The swaps of the captions serve as hard negatives.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from explorer.world.counter_rng import Stream, mix
from explorer.world.grammar import AN, UNK, A, CaptionBatch, Grammar, write_captions
from explorer.world.plan import ScenePlan
from explorer.world.scenes import Scenes, draw_scenes, table_like
from explorer.world.swaps import ChangedCaptions, is_true, swap


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pairs:
    """B scenes and the input of a loss (see the module).

    `swapped` are the swaps of all captions, and `has_hard_negative` (B,) bool marks the images that get theirs.
    """

    scenes: Scenes
    captions: CaptionBatch
    swapped: ChangedCaptions
    has_hard_negative: Any
    ids: Any
    truths: Any

    def rates(self) -> dict[str, float]:
        """Return the shares that each step of training logs.

        Shares of images with a hard negative, of hard negatives true of their own image, of captions that repeat
        another; and, among pairs of an image with the caption of another, of those that are true (false negatives), and
        of those that are false but have the words of the image's own caption (implicit hard negatives).
        """
        xp, size = array_namespace(self.truths), len(self.captions)
        others = max(1, size * (size - 1))
        square, own_hard = self.truths[:, :size], self.truths[self.has_hard_negative, size:].diagonal()
        bags = word_bags(self.ids[:size])
        implicit = (bags[:, None] == bags[None, :]) & ~square
        # An own caption is of no other image, and may be false.
        false, hard = (int(xp.count_nonzero(each) - xp.count_nonzero(each.diagonal())) for each in (square, implicit))
        return {
            "hard_negatives": (len(self.ids) - size) / size,
            "hard_negatives_true": float(xp.mean(xp.astype(own_hard, xp.float32))) if len(own_hard) else 0.0,
            "duplicate_captions": duplicate_share(self.ids[:size]),
            "false_negatives": false / others,
            "implicit_hard_negatives": hard / others,
        }


def draw_pairs(
    plan: ScenePlan, stream: Stream, grammar: Grammar, *, hard_negatives: float, check: str = "none"
) -> Pairs:
    """Draw the pairs of `stream`; `hard_negatives` is the share of images that get a swapped caption if one exists.

    Swaps are made from the captions only, as in practice, so some are true of their image; with the `check`
    "false-of-image" those are left out.
    """
    scenes = draw_scenes(plan, stream)
    captions = write_captions(plan, scenes, stream)
    swapped = swap(captions, stream)
    has_hard_negative = swapped.exists & stream.chance("hard_negative", hard_negatives, 1)[:, 0]
    if check == "false-of-image":
        has_hard_negative = has_hard_negative & ~is_true(swapped.captions, scenes)
    both = captions.join(swapped.captions.rows(has_hard_negative))
    return Pairs(
        scenes=scenes,
        captions=captions,
        swapped=swapped,
        has_hard_negative=has_hard_negative,
        ids=grammar.ids(both),
        truths=truth_matrix(plan, both, scenes),
    )


def truth_matrix(plan: ScenePlan, captions: CaptionBatch, scenes: Scenes) -> Any:
    """Return (N, M) bool: caption m of `captions` is true of scene n of `scenes`."""
    xp = array_namespace(captions.nouns)
    shown, claimed = _facts(plan, scenes.nouns, scenes.values), _facts(plan, captions.nouns, captions.values)
    return shown @ claimed.T >= xp.sum(claimed, axis=1)[None, :] - 0.5


def _facts(plan: ScenePlan, nouns: Any, values: Any) -> Any:
    """Return (N, facts) float32, 1 where a noun is there or has a value, for scenes and captions alike."""
    xp = array_namespace(nouns)
    width = 1 + int(plan.num_values.sum())
    offsets = table_like(1 + np.cumsum([0, *plan.num_values[:-1]]), nouns)
    inside = xp.where(values >= 0, values + offsets, 0)
    parts = xp.concat([xp.zeros_like(nouns)[:, :, None], inside], axis=2)
    spare = len(plan.world.nouns) * width
    columns = xp.where(nouns[:, :, None] >= 0, nouns[:, :, None] * width + parts, spare)
    facts = xp.zeros((nouns.shape[0], spare + 1), dtype=xp.float32, device=device(nouns))
    rows = xp.arange(nouns.shape[0], device=device(nouns))[:, None]
    facts[rows, xp.reshape(columns, (nouns.shape[0], columns.shape[1] * columns.shape[2]))] = 1.0
    return facts[:, :spare]


def duplicate_share(ids: Any) -> float:
    """Return the share of captions (rows of token ids) that repeat another one."""
    xp = array_namespace(ids)
    position = xp.arange(ids.shape[1], device=device(ids))
    # A random linear form distinguishes rows: two different rows collide with probability 2**-63 or so.
    weights = (position + 1) * 0x2545F4914F6CDD1D ^ 0x1B873593CC9E2D51
    distinct = xp.unique_values((ids * (weights * weights)).sum(-1)).shape[0]
    return float(ids.shape[0] - distinct) / max(1, ids.shape[0])


def word_bags(ids: Any) -> Any:
    """Hash token ids (N, C) to (N,) int64, equal exactly if two captions have the same words except "a" and "an".

    The hash is a sum of one random number per word, so different bags collide with probability 2**-63 or so.
    """
    counted = (ids > UNK) & (ids != A) & (ids != AN)
    # The finalizer of SplitMix64 on the token id; the sum wraps, which keeps it a hash.
    return array_namespace(ids).sum(mix(ids + 1) * counted, axis=1)
