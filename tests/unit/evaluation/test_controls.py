"""Controls: scorers that cannot bind are at chance on every set, and find a leak where there is one."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from explorer.clip.clip import Clip
from explorer.evaluation import sets
from explorer.evaluation.readouts import (
    GRAY_LEVEL,
    CaptionCounts,
    caption_only_control,
    count_captions,
    damaged_image_controls,
    untrained_control,
)
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import EvaluationSet
from explorer.spec import DataSpec
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from tests.unit.evaluation.oracles import FORMS, SPECS, set_of
from tests.unit.toys import tiny_clip
from tests.unit.world.worlds import GRAMMAR, draw, objects_of, plan_of, stream_of, texts_of

TRAINED = {
    **SPECS,
    "one noun one color": DataSpec(attribute_object_correlation=1.0),
    "half of the pairs": DataSpec(held_out_pairs=0.5),
    "salient, two named": DataSpec(
        objects_in_image=4, attribute_kinds=("color", "size"), caption_completeness=0.5, saliency_bias=1.0
    ),
}
COUNT = 2000


@cache
def caption_counts(data: DataSpec) -> CaptionCounts:
    return count_captions(make_plan(data, GRAMMAR.world, seed=0), GRAMMAR, seed=0)


def caption_only_on(form: str, data: DataSpec) -> Estimate:
    """The control as `evaluate` takes it: training captions of `data`, the set of one form."""
    return caption_only_control(set_of(form, data, count=COUNT), GRAMMAR, caption_counts(data))


def is_at_chance(estimate: Estimate) -> bool:
    assert estimate.value is not None and estimate.chance == 0.5
    return abs(estimate.value - 0.5) < 3 * 0.5 / np.sqrt(estimate.n)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
@pytest.mark.parametrize("form", FORMS)
def test_captions_alone_tell_nothing(form: str, name: str) -> None:
    estimate = caption_only_on(form, TRAINED[name])
    assert estimate.n > 300 and is_at_chance(estimate)


@pytest.mark.slow
def test_captions_alone_find_what_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A known leak, and why the control is shown: the one object named is the larger one, so "large" is right."""
    size = DataSpec(attribute_kinds=("size",), caption_completeness=0.5, saliency_bias=1.0)
    with_color = replace(size, attribute_kinds=("color", "size"))
    alone, beside = caption_only_on("own", size).value, caption_only_on("own", with_color).value
    assert alone is not None and alone > 0.99
    assert beside is not None and 0.6 < beside < 0.75
    assert is_at_chance(caption_only_on("complete", with_color)), "only where one object is named"
    assert is_at_chance(caption_only_on("own", replace(with_color, saliency_bias=0.0))), "only where salience chooses"
    monkeypatch.setattr(sets, "form_data", lambda form, data, world: data)
    estimate = caption_only_on("own", DataSpec(attribute_object_correlation=0.9))
    assert estimate.value is not None and estimate.value > 0.85, "a set whose values go with nouns"


def test_counts_are_those_of_the_words_and_pairs_of_training() -> None:
    plan = plan_of(attribute_kinds=("color", "size"), caption_completeness=0.5, attribute_density=1.5, seed=3)
    counts = count_captions(plan, GRAMMAR, seed=3)
    batch = draw(plan, stream_of(20_000, seed=3))
    words = [word for text in batch.texts for word in text.split()]
    for word in ("a", "and", "red", "large", plan.world.nouns[4].word):
        assert counts.words[GRAMMAR.words.index(word)] == words.count(word)
    noun = plan.world.nouns[4].word
    reds = sum("red" in values for text in batch.texts for captions, values in objects_of(text) if captions == noun)
    assert counts.pairs[4, 0, [value.word for value in plan.world.kinds[0].values].index("red")] == reds > 50
    assert counts.pairs.sum() == sum(len(values) for text in batch.texts for _, values in objects_of(text))


def test_pairs_named_as_often_tie_and_articles_say_nothing() -> None:
    plan, counts = plan_of(), count_captions(plan_of(), GRAMMAR, seed=0)
    evenly = replace(counts, pairs=np.full(plan.allowed.shape, 7))
    assert caption_only_control(set_of("canonical", DataSpec(), count=200), GRAMMAR, evenly).value == 0.5
    words = np.zeros_like(counts.words)
    words[GRAMMAR.words.index("a")] = 1000
    evaluation_set = set_of("own", DataSpec(attribute_kinds=("outline",), caption_completeness=0.5), count=200)
    assert {text.split()[0] for text in texts_of(evaluation_set.caption)} == {"a", "an"}
    assert (
        caption_only_control(
            evaluation_set, GRAMMAR, replace(counts, words=words, pairs=np.zeros_like(counts.pairs))
        ).value
        == 0.5
    )


class Eye(torch.nn.Module):
    """A model that remembers the pictures that it was shown and finds all captions alike."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seen: list[torch.Tensor] = []

    def encode_image(self, pixels: torch.Tensor) -> torch.Tensor:
        self.seen.append(pixels)
        return pixels.mean(dim=(2, 3)) + self.weight

    def encode_text(self, ids: torch.Tensor) -> torch.Tensor:
        return torch.ones(len(ids), 3) + self.weight


def damaged_pictures(
    evaluation_set: EvaluationSet, *, seed: int = 0, size: int = 32
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """uint8 (N, 3, S, S) three times: the pictures, and what a model is shown as shuffled and as boxes."""
    eye = Eye()
    as_they_are = {"size": [size, size], "mean": [0.0] * 3, "std": [1 / 255] * 3}
    clip = Clip(
        name="eye", model=eye, config=None, preprocess=as_they_are, words=GRAMMAR.words, tokenizer=torch.as_tensor
    )
    estimates = damaged_image_controls(clip, GRAMMAR, evaluation_set, seed=seed)
    assert {name: estimate.value for name, estimate in estimates.items()} == {"shuffled_pixels": 0.5, "grey_boxes": 0.5}
    shuffled, boxed = np.split(torch.cat(eye.seen).numpy().round().astype(np.uint8), 2)
    return Renderer(evaluation_set.plan, size=size).images(evaluation_set.scenes), shuffled, boxed


def test_shuffled_pictures_keep_their_pixels_and_gray_boxes_their_places() -> None:
    evaluation_set = set_of("own", SPECS["rich"], count=30)
    images, shuffled, boxed = damaged_pictures(evaluation_set)
    for image, other in zip(images, shuffled, strict=True):
        pixels, moved = (sorted(map(tuple, array.reshape(3, -1).T.tolist())) for array in (image, other))
        assert pixels == moved and (image != other).any()
    assert (damaged_pictures(evaluation_set, seed=1)[1] != shuffled).any()
    background = evaluation_set.plan.world.background
    assert set(np.unique(boxed)) == {GRAY_LEVEL, background} and background != GRAY_LEVEL
    painted = (images != background).any(axis=1)
    gray = (boxed == GRAY_LEVEL).all(axis=1)
    assert not (painted & ~gray).any(), "no object looks out of its box"
    # A box is the square of its object: three of at most 14 by 14 pixels, none of the whole picture.
    assert (gray.sum(axis=(1, 2)) <= 3 * 14 * 14).all() and (gray.sum(axis=(1, 2)) > painted.sum(axis=(1, 2))).all()


def test_an_untrained_model_is_at_chance_and_has_nothing_of_the_trained_one() -> None:
    clip, evaluation_set = tiny_clip(), set_of("canonical", DataSpec(), count=400)
    fresh = untrained_control(clip, GRAMMAR, evaluation_set, seed=1)
    assert fresh is not None and fresh.n == evaluation_set.swapped.exists.sum()
    assert fresh.value is not None and 0.35 < fresh.value < 0.65
    with torch.no_grad():
        for weight in clip.model.parameters():
            weight.zero_()
    assert untrained_control(clip, GRAMMAR, evaluation_set, seed=1) == fresh
    for missing in ("config", "words"):
        foreign = replace(tiny_clip(), **{missing: None})
        assert untrained_control(foreign, GRAMMAR, set_of("canonical", DataSpec(), count=2), seed=1) is None
