"""Confusion: a caption against those in which both objects of its swap have the values of one of them.

    "a red bus and a blue submarine"  against  "a red bus and a red submarine", "a blue bus and a blue submarine"

    found = confusions(evaluation_set)
    found.valid                                             # (N, 2) the ones that are false of their image
    scores, chances = confusion_scores(clip, grammar, images, features, found)

A scorer that compares the set of values with the image can pass it without binding; one that fails it does not
even tell which values are there. Distractors with repeated attributes: Auto-Comp, arXiv 2602.02043.
"""

from dataclasses import dataclass

import numpy as np

from explorer.clip.clip import Clip
from explorer.evaluation import metrics
from explorer.evaluation.embed import embed_ids
from explorer.evaluation.sets import EvaluationSet
from explorer.world.grammar import Grammar, Sentence
from explorer.world.swaps import confuse, is_true


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Confusions:
    """Two changed captions of N scenes; `valid` (N, 2) marks those that exist and are false of their image."""

    said: tuple[Sentence, Sentence]
    valid: np.ndarray


def confusions(found: EvaluationSet) -> Confusions:
    """Return the confusions of the two objects that the swap of each caption exchanges."""
    said = confuse(found.caption, found.swapped)
    both_named = found.swapped.exists & (found.caption.count > 1)
    valid = [both_named & ~is_true(each, found.scenes) for each in said]
    return Confusions(said=said, valid=np.stack(valid, axis=1))


def confusion_scores(
    clip: Clip, grammar: Grammar, images: np.ndarray, captions: np.ndarray, found: Confusions
) -> tuple[np.ndarray, np.ndarray]:
    """Return (N,) 1 if an image (N, D) is nearest to its caption (N, D), ties in expectation, and the chances (N,).

    Both are NaN if a scene has no confusion.
    """
    others = [embed_ids(clip, grammar, grammar.ids(each)) for each in found.said]
    cosines = metrics.cosine(images, np.stack([captions, *others], axis=1))
    compared = np.concatenate([np.ones((len(images), 1), dtype=bool), found.valid], axis=1)
    there = found.valid.any(axis=1)
    scores = np.where(there, metrics.first_of(cosines, compared), np.nan)
    return scores, np.where(there, 1 / compared.sum(axis=1), np.nan)
