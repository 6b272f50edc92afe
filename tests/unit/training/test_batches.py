"""A batch's pixels, ids and mask against the same scenes and captions read as plain text."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.clip.clip import Clip
from explorer.spec import DataSpec, TrainSpec
from explorer.training.loop import Batch, Batches, TorchRenderer
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from tests.unit.toys import GRAMMAR, tiny_clip
from tests.unit.world.worlds import bag_of, draw, objects_of, stream_of, text_is_true

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


@pytest.mark.parametrize("step", [0, 1, 7])
def test_a_step_holds_its_own_scenes_of_the_train_stream(step: int) -> None:
    batch, truth = batches_of(RICH, seed=5).draw(step), truth_of(RICH, step=step, seed=5)
    assert texts_of(batch) == truth.texts
    assert np.array_equal(batch.images.numpy(), Renderer(truth.plan, size=32).images(truth.scenes))
    assert batch.images.dtype == torch.uint8 and batch.images.shape == (16, 3, 32, 32)


def test_twice_the_batch_holds_the_scenes_of_two_steps() -> None:
    small, large = batches_of(RICH), batches_of(RICH, batch_size=32)
    assert torch.equal(torch.cat([small.draw(4).images, small.draw(5).images]), large.draw(2).images)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_hard_negatives_join_behind_the_captions(share: float) -> None:
    batch = batches_of(RICH, batch_size=256, hard_negatives=share).draw(0)
    said, hard = texts_of(batch)[:256], texts_of(batch)[256:]
    possible = [can_swap(text) for text in said]
    assert said == truth_of(RICH, size=256).texts
    assert 0 < sum(possible) < 256
    assert batch.rates["hard_negatives"] == len(hard) / 256
    # Half of those that can be swapped, within four standard errors; none and all exactly.
    spread = 4 * (sum(possible) * share * (1 - share)) ** 0.5
    assert abs(len(hard) - share * sum(possible)) <= spread
    sources = [text for text, can in zip(said, possible, strict=True) if can]
    assert all(any(is_swap(text, wrong) for text in sources) for wrong in hard)
    if share == 1:
        assert all(is_swap(text, wrong) for text, wrong in zip(sources, hard, strict=True))


def can_swap(text: str) -> bool:
    """Return True if two objects are named with different values."""
    named = [set(values) for _, values in objects_of(text)]
    return len(named) == 2 and named[0] != named[1]


def is_swap(text: str, wrong: str) -> bool:
    """Return True if two named objects exchanged their values, and all else stayed."""
    (first, a), (second, b) = objects_of(text) if len(objects_of(text)) == 2 else ((None, ()), (None, ()))
    return bag_of(text) == bag_of(wrong) and objects_of(wrong) == [(first, b), (second, a)]


@pytest.mark.parametrize("data", [FRIENDLY, ONE_NAMED, RICH], ids=["friendly", "one named", "rich"])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_mask_is_what_is_true_of_an_image(data: DataSpec, share: float) -> None:
    choices = {"batch_size": 64, "hard_negatives": share}
    batch = batches_of(data, mask_false_negatives=True, **choices).draw(3)
    facts = truth_of(data, step=3, size=64).facts
    true = np.array([[text_is_true(text, shown) for text in texts_of(batch)] for shown in facts])
    expected = true & ~np.eye(*true.shape, dtype=bool)
    assert true.diagonal().all()
    assert batch.ignore is not None and np.array_equal(batch.ignore.numpy(), expected)
    assert expected.any() or data is FRIENDLY
    plain = batches_of(data, **choices).draw(3)
    assert plain.ignore is None
    assert torch.equal(plain.ids, batch.ids) and torch.equal(plain.images, batch.images)
    assert plain.rates == batch.rates
    assert batch.rates["false_negatives"] == pytest.approx(expected[:, :64].sum() / (64 * 63))
    if share == 1:
        owners = owners_of(texts_of(batch))
        own = [true[owner, 64 + hard] for hard, owner in enumerate(owners)]
        assert batch.rates["hard_negatives_true"] == pytest.approx(np.mean(own) if own else 0.0)


def owners_of(texts: list[str]) -> list[int]:
    """Return the source of each further caption among the first 64; each with a swap got one, in order."""
    words = [sorted(set(text.split()) - {"a", "an"}) for text in texts]
    owners: list[int] = []
    for hard in words[64:]:
        owners.append(words.index(hard, owners[-1] + 1 if owners else 0, 64))
    return owners


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
    assert batch.ignore is not None
    assert batch.ignore.float().mean().item() == pytest.approx(batch.rates["false_negatives"] * 255 / 256)


def test_hard_negatives_that_are_true_of_their_image_are_left_out_where_the_spec_says_so() -> None:
    data, choices = DataSpec(attribute_density=0.5), {"batch_size": 128, "hard_negatives": 1.0}
    plain = batches_of(data, **choices).draw(1)
    checked = batches_of(data, hard_negative_check="false-of-image", **choices).draw(1)
    assert checked.rates["hard_negatives_true"] == 0 < plain.rates["hard_negatives_true"]
    assert 128 < len(checked.ids) < len(plain.ids) and torch.equal(checked.images, plain.images)


def as_on_a_device(batches: Batches, plan: Any, device: str) -> Batches:
    """The same batches, drawn as they are drawn away from the CPU."""
    batches._on_cpu = False
    batches._renderer = TorchRenderer(plan, size=32, device=device)
    return batches


@pytest.mark.parametrize("data", [ONE_NAMED, RICH], ids=["one named", "rich"])
def test_torch_draws_what_numpy_draws(data: DataSpec) -> None:
    choices = {"hard_negatives": 0.5, "mask_false_negatives": True}
    plan = make_plan(data, GRAMMAR.world, seed=0)
    ours = batches_of(data, **choices).draw(2)
    theirs = as_on_a_device(batches_of(data, **choices), plan, "cpu").draw(2)
    assert_same(ours, theirs)
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


def test_our_own_vocabulary_does_not_go_through_text() -> None:
    clip = replace(CLIP, tokenizer=lambda texts: pytest.fail("the tokenizer was asked"))
    batches_of(RICH, clip=clip).draw(0)


def test_images_have_the_size_that_the_model_takes() -> None:
    clip = replace(CLIP, preprocess=CLIP.preprocess | {"size": [48, 48]})
    assert batches_of(FRIENDLY, clip=clip).draw(0).images.shape == (16, 3, 48, 48)
