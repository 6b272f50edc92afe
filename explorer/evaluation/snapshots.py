"""Answers of a model on the scenes that a page shows: snapshots, its answers to the pairs, cosines of a typed caption.

SnapshotTaker(clip, world, data).take(step)      # features and scores of the inspected scenes
PairScorer(clip, pairs).score(step)              # of `binding_pairs`
"""

import numpy as np

from explorer.clip.clip import EDGE_TOKENS, Clip
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation import metrics
from explorer.evaluation.binding_pairs import BindingPairs
from explorer.evaluation.embed import embed_captions, embed_images, embed_texts
from explorer.evaluation.inspection import FormFeatures, Snapshot, inspected_forms, inspection_set
from explorer.evaluation.pair_answers import PairAnswers
from explorer.spec import DataSpec
from explorer.world.grammar import Grammar
from explorer.world.things import World


class SnapshotTaker:
    """Takes snapshots of one model, which may train between them."""

    def __init__(self, clip: Clip, world: World, data: DataSpec) -> None:
        self._clip, self._grammar = clip, Grammar(world, data)
        self._sets = {form: inspection_set(form, data, world) for form in inspected_forms(data)}
        self._images = np.concatenate([each.images(clip.image_size) for each in self._sets.values()])
        self._captions = [
            sentence for each in self._sets.values() for sentence in (each.caption, each.swapped.captions)
        ]

    def take(self, step: int) -> Snapshot:
        """Return the snapshot after `step` steps; the model's training mode is restored."""
        images = np.split(_normalize_rows(embed_images(self._clip, self._images)), len(self._sets))
        captions = _normalize_rows(embed_captions(self._clip, self._grammar, self._captions))
        forms = {
            form: FormFeatures(images=shown, captions=right, swapped=wrong)
            for form, shown, right, wrong in zip(self._sets, images, captions[0::2], captions[1::2], strict=True)
        }
        return Snapshot(step=step, logit_scale=self._clip.logit_scale, forms=forms)


class PairScorer:
    """Scores one model, which may train in between, on the binding pairs of a world."""

    def __init__(self, clip: Clip, pairs: BindingPairs) -> None:
        self._clip, self._pairs, self._grammar = clip, pairs, Grammar(pairs.plan.world)
        self._images = pairs.images(clip.image_size)

    def score(self, step: int) -> PairAnswers:
        """Return the answers after `step` steps; the model's training mode is restored."""
        (captions,) = embed_captions(self._clip, self._grammar, [self._pairs.caption])
        own_and_other = np.stack([captions, captions[self._pairs.others]], axis=1)
        cosines = metrics.cosine(embed_images(self._clip, self._images), own_and_other)
        rows = tuple((float(own), float(other)) for own, other in cosines)
        return PairAnswers(
            question_digest=self._pairs.digest, step=step, logit_scale=self._clip.logit_scale, cosines=rows
        )


def _normalize_rows(features: np.ndarray) -> np.ndarray:
    return metrics.normalize(features).astype(np.float32)


def score_caption(clip: Clip, text: str, images: np.ndarray) -> np.ndarray:
    """Return (N,) cosines of `text` with uint8 images (N, 3, S, S); raise `UserError` if it cannot be read."""
    words = text.split()
    if not words:
        raise UserError(
            "caption", repr(text[:40]), "give a text of 1 to {most} characters", most=CONTRACT.question.caption_length
        )
    most = (clip.context_length or len(words) + EDGE_TOKENS) - EDGE_TOKENS
    if clip.words is not None and len(words) > most:
        raise UserError(
            "caption", repr(text[:40]), "has {found} words, the model reads at most {most}", found=len(words), most=most
        )
    return metrics.cosine(embed_images(clip, images), embed_texts(clip, [text]))[:, 0]
