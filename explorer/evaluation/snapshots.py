"""Snapshots of the current weights on the inspected scenes and on the binding pairs, and scores of typed captions.

taker = SnapshotTaker(clip, world, data)              # draws the scenes once
taker.take(40).save(folder.snapshot_path(40))         # embeds them with the current weights
scorer = PairScorer(clip, binding_pairs(world))       # draws the pictures once
scorer.score(40).cosines                              # own and twin caption of each picture
score_caption(clip, "a red bus", images)              # (N,) cosines with uint8 images (N, 3, S, S)
unknown_words(clip, "a red zebra")                    # ("zebra",)
"""

import numpy as np

from explorer.clip.clip import Clip
from explorer.errors import UserError
from explorer.evaluation import metrics
from explorer.evaluation.binding_pairs import BindingPairs
from explorer.evaluation.embed import embed_ids, embed_images, embed_texts
from explorer.evaluation.inspection import FormFeatures, Snapshot, inspected_forms, inspection_set
from explorer.evaluation.pair_answers import PairAnswers
from explorer.evaluation.sets import EvaluationSet
from explorer.spec.dials import DataSpec
from explorer.world.appearance import World
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer

LONGEST_CAPTION = 300
"""Largest number of characters of a typed caption."""
EDGES = 2
"""Tokens around the words of a caption, if a word is a token."""


class SnapshotTaker:
    """Takes snapshots of one model, which may train between them."""

    def __init__(self, clip: Clip, world: World, data: DataSpec) -> None:
        self._clip, self._grammar = clip, Grammar(world)
        self._sets = {form: inspection_set(form, data, world) for form in inspected_forms(data)}
        self._images = np.concatenate([_drawn(each, clip.image_size) for each in self._sets.values()])
        said = [sentence for each in self._sets.values() for sentence in (each.caption, each.swapped.said)]
        self._ids = np.concatenate([self._grammar.ids(sentence) for sentence in said])

    def take(self, step: int) -> Snapshot:
        """Return the snapshot after `step` steps; the model's training mode is restored."""
        images = np.split(_unit(embed_images(self._clip, self._images)), len(self._sets))
        said = np.split(_unit(embed_ids(self._clip, self._grammar, self._ids)), 2 * len(self._sets))
        forms = {
            form: FormFeatures(images=shown, captions=right, swapped=wrong)
            for form, shown, right, wrong in zip(self._sets, images, said[0::2], said[1::2], strict=True)
        }
        return Snapshot(step=step, logit_scale=_scale(self._clip), forms=forms)


class PairScorer:
    """Scores one model, which may train in between, on the binding pairs of a world."""

    def __init__(self, clip: Clip, pairs: BindingPairs) -> None:
        self._clip, self._grammar, self._pairs = clip, Grammar(pairs.plan.world), pairs
        self._images, self._ids = pairs.images(clip.image_size), self._grammar.ids(pairs.caption)

    def score(self, step: int) -> PairAnswers:
        """Return the answers after `step` steps; the model's training mode is restored."""
        images, captions = embed_images(self._clip, self._images), embed_ids(self._clip, self._grammar, self._ids)
        said = np.stack([captions, captions[self._pairs.others]], axis=1)
        cosines = tuple((float(own), float(other)) for own, other in metrics.cosine(images, said))
        return PairAnswers(asked=self._pairs.asked, step=step, logit_scale=_scale(self._clip), cosines=cosines)


def _scale(clip: Clip) -> float:
    return float(clip.model.logit_scale.detach().exp())


def _drawn(evaluation_set: EvaluationSet, size: int) -> np.ndarray:
    return Renderer(evaluation_set.plan, size=size).images(evaluation_set.scenes)


def _unit(features: np.ndarray) -> np.ndarray:
    return metrics.normalize(features).astype(np.float32)


def score_caption(clip: Clip, text: str, images: np.ndarray) -> np.ndarray:
    """Return (N,) cosines of `text` with uint8 images (N, 3, S, S); raise `UserError` if it cannot be read."""
    words = text.split()
    if not words or len(text) > LONGEST_CAPTION:
        raise UserError("caption", repr(text[:40]), f"give a text of 1 to {LONGEST_CAPTION} characters")
    most = (clip.context_length or len(words) + EDGES) - EDGES
    if clip.words is not None and len(words) > most:
        raise UserError("caption", repr(text[:40]), f"has {len(words)} words, the model reads at most {most}")
    caption = embed_texts(clip, [text])
    each = np.broadcast_to(caption, (len(images), *caption.shape))
    return metrics.cosine(embed_images(clip, images), each)[:, 0]


def unknown_words(clip: Clip, text: str) -> tuple[str, ...]:
    """Return the words of `text` outside of the model's vocabulary, each once.

    None if its tokens are parts of words.
    """
    if clip.words is None:
        return ()
    known = set(clip.words)
    return tuple(dict.fromkeys(word for word in text.lower().split() if word not in known))
