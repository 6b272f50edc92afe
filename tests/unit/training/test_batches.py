"""A batch's pixels, ids and mask against the same scenes and captions read as plain text."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.clip.clip import Clip
from explorer.spec import DataSpec, TrainSpec
from explorer.training.batches import Batch, Batches, TorchRenderer
from explorer.world.pairs import draw_pairs
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from tests.unit.toys import GRAMMAR, tiny_clip
from tests.unit.world.worlds import draw, stream_of

FRIENDLY = DataSpec()
ONE_NAMED = DataSpec(caption_completeness=0.5)
RICH = DataSpec(
    objects_in_image=3, attribute_kinds=("color", "size"), attribute_density=1.0, caption_completeness=2 / 3
)
CLIP = tiny_clip()


def batches_of(data: DataSpec, *, clip: Clip = CLIP, seed: int = 0, **train: Any) -> Batches:
    spec = TrainSpec(seed=seed, **({"batch_size": 16} | train))
    return Batches(make_plan(data, GRAMMAR.world, seed=seed), spec, GRAMMAR, clip)


def texts_of(batch: Batch) -> list[str]:
    return GRAMMAR.texts(batch.ids)


def truth_of(data: DataSpec, *, step: int = 0, size: int = 16, seed: int = 0) -> Any:
    """Return the scenes and captions of a step as text."""
    return draw(make_plan(data, GRAMMAR.world, seed=seed), stream_of(size, seed=seed, first=step * size))


@pytest.mark.parametrize("step", [0, 7])
def test_a_step_holds_its_own_scenes_of_the_train_stream(step: int) -> None:
    batch, truth = batches_of(RICH, seed=5).draw(step), truth_of(RICH, step=step, seed=5)
    assert texts_of(batch) == truth.texts
    assert np.array_equal(batch.images.numpy(), Renderer(truth.plan, size=32).images(truth.scenes))
    assert batch.images.dtype == torch.uint8 and batch.images.shape == (16, 3, 32, 32)


@pytest.mark.parametrize(
    ("data", "share", "check"), [(ONE_NAMED, 0.0, "none"), (RICH, 0.5, "none"), (RICH, 1.0, "false-of-image")]
)
def test_a_batch_is_the_pairs_of_its_stream(data: DataSpec, share: float, check: str) -> None:
    """What pairs are is tested where they are drawn; here, that a spec's choices come to them."""
    choices = {"batch_size": 64, "hard_negatives": share, "hard_negative_check": check}
    batch = batches_of(data, mask_false_negatives=True, **choices).draw(3)
    plan, stream = make_plan(data, GRAMMAR.world, seed=0), stream_of(64, first=3 * 64)
    pairs = draw_pairs(plan, stream, GRAMMAR, hard_negatives=share, check=check)
    assert np.array_equal(batch.ids.numpy(), pairs.ids) and batch.rates == pairs.rates()
    assert (len(batch.ids) > 64) == (share > 0)
    assert batch.ignore is not None and np.array_equal(
        batch.ignore.numpy(), pairs.truths & ~np.eye(*pairs.truths.shape, dtype=bool)
    )
    assert batch.ignore.any()
    plain = batches_of(data, **choices).draw(3)
    assert plain.ignore is None and plain.rates == batch.rates
    assert torch.equal(plain.ids, batch.ids) and torch.equal(plain.images, batch.images)


def test_one_kind_in_one_object_by_hand() -> None:
    """With one noun named and no value, a caption is one of the nouns: many repeat, and each is true of many images."""
    data = DataSpec(objects_in_image=2, caption_completeness=0.5, attribute_density=0)
    batch = batches_of(data, batch_size=256, hard_negatives=1.0, mask_false_negatives=True).draw(0)
    texts, nouns = texts_of(batch), len(GRAMMAR.world.nouns)
    assert len(set(texts)) == nouns and len(texts) == 256
    assert batch.rates["duplicate_captions"] == (256 - nouns) / 256
    assert batch.rates["hard_negatives"] == batch.rates["hard_negatives_true"] == 0
    # A caption is true of an image that shows its noun, as 2 in `nouns` do.
    assert batch.rates["false_negatives"] == pytest.approx(2 / nouns, abs=0.03)


@pytest.mark.parametrize("data", [ONE_NAMED, RICH], ids=["one named", "rich"])
def test_torch_draws_what_numpy_draws(data: DataSpec) -> None:
    choices = {"hard_negatives": 0.5, "mask_false_negatives": True}
    ours, there = batches_of(data, **choices).draw(2), batches_of(data, **choices)
    there._is_on_cpu = False
    there._renderer = TorchRenderer(make_plan(data, GRAMMAR.world, seed=0), size=32, device="cpu")
    assert_same(ours, there.draw(2))
    assert len(ours.ids) > 16 or data is ONE_NAMED


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_device_draws_what_numpy_draws() -> None:
    choices = {"hard_negatives": 0.5, "mask_false_negatives": True}
    clip = replace(CLIP, model=tiny_clip().model.to("cuda"))
    there = batches_of(RICH, clip=clip, **choices).draw(2)
    assert there.images.device.type == there.ids.device.type == "cuda"
    assert_same(batches_of(RICH, **choices).draw(2), there)


def assert_same(first: Batch, second: Batch) -> None:
    assert first.images.dtype == second.images.dtype
    assert first.ids.dtype == second.ids.dtype
    assert torch.equal(first.images, second.images.cpu())
    assert torch.equal(first.ids, second.ids.cpu())
    assert first.ignore is not None and second.ignore is not None
    assert torch.equal(first.ignore, second.ignore.cpu())
    assert first.rates == pytest.approx(second.rates)


def test_another_vocabulary_goes_through_its_own_tokenizer() -> None:
    """A pretrained model reads the same captions as text, hard negatives too."""
    words = (*GRAMMAR.words[:4], *reversed(GRAMMAR.words[4:]))
    clip = tiny_clip(words=words)
    ours = batches_of(RICH, hard_negatives=1.0).draw(1)
    theirs = batches_of(RICH, clip=clip, hard_negatives=1.0).draw(1)
    assert not torch.equal(ours.ids, theirs.ids)
    assert [" ".join(words[i] for i in row if i > 3) for row in theirs.ids.tolist()] == texts_of(ours)
    assert ours.rates == theirs.rates


def test_images_have_the_size_that_the_model_takes() -> None:
    clip = replace(
        CLIP,
        tokenizer=lambda texts: pytest.fail("the tokenizer was asked"),
        preprocess=CLIP.preprocess | {"size": [48, 48]},
    )
    assert batches_of(FRIENDLY, clip=clip).draw(0).images.shape == (16, 3, 48, 48)
