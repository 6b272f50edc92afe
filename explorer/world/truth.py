"""Truth of each caption of a batch for each image, and the share of repeated captions.

    true = truth_matrix(plan, said, scenes)     # (scenes, captions) bool; the diagonal is true of honest captions
    duplicate_share(ids)                        # 1 - distinct / all, 0 for none
    word_bags(ids)                              # (captions,) equal if two captions have the same words

A caption is a set of atoms (this noun; this noun with this value) and so is a scene. The caption is true if all its
atoms are in the scene, which one matrix product counts.
"""

from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from explorer.world.counter_rng import mixed
from explorer.world.grammar import AN, UNK, A
from explorer.world.plan import Plan
from explorer.world.scenes import Scenes, table
from explorer.world.sentences import Sentence


def truth_matrix(plan: Plan, said: Sentence, scenes: Scenes) -> Any:
    """Return (N, M) bool: caption m of `said` is true of scene n of `scenes`."""
    xp = array_namespace(said.nouns)
    shown, claimed = _atoms(plan, scenes.nouns, scenes.values), _atoms(plan, said.nouns, said.values)
    return shown @ claimed.T >= xp.sum(claimed, axis=1)[None, :] - 0.5


def _atoms(plan: Plan, nouns: Any, values: Any) -> Any:
    """Return (N, atoms) float32 of zeros and ones."""
    xp = array_namespace(nouns)
    width = 1 + int(plan.num_values.sum())
    offsets = table(1 + np.cumsum([0, *plan.num_values[:-1]]), nouns)
    inside = xp.where(values >= 0, values + offsets, 0)
    parts = xp.concat([xp.zeros_like(nouns)[:, :, None], inside], axis=2)
    spare = len(plan.world.nouns) * width
    columns = xp.where(nouns[:, :, None] >= 0, nouns[:, :, None] * width + parts, spare)
    atoms = xp.zeros((nouns.shape[0], spare + 1), dtype=xp.float32, device=device(nouns))
    rows = xp.arange(nouns.shape[0], device=device(nouns))[:, None]
    atoms[rows, xp.reshape(columns, (nouns.shape[0], columns.shape[1] * columns.shape[2]))] = 1.0
    return atoms[:, :spare]


def duplicate_share(ids: Any) -> float:
    """Return the share of captions (rows of token ids) that repeat another one."""
    xp = array_namespace(ids)
    place = xp.arange(ids.shape[1], device=device(ids))
    # A random linear form distinguishes rows: two different rows collide with probability 2**-63 or so.
    weights = (place + 1) * 0x2545F4914F6CDD1D ^ 0x1B873593CC9E2D51
    distinct = xp.unique_values((ids * (weights * weights)).sum(-1)).shape[0]
    return float(ids.shape[0] - distinct) / max(1, ids.shape[0])


def word_bags(ids: Any) -> Any:
    """Hash token ids (N, C) to (N,) int64, equal exactly if two captions have the same words except "a" and "an".

    The hash is a sum of one random number per word, so different bags collide with probability 2**-63 or so.
    """
    counted = (ids > UNK) & (ids != A) & (ids != AN)
    # The finalizer of SplitMix64 on the token id; the sum wraps, which keeps it a hash.
    return array_namespace(ids).sum(mixed(ids + 1) * counted, axis=1)
