"""The fitted map aligns features that hold who is what in another basis, and cannot make up what they do not hold."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.evaluation.analyses import Pairs, binding, fit, fit_text_map
from explorer.world.things import THINGS
from tests.unit.toys import tiny_clip

D = 16


def pairs(count: int, seed: int, *, turned: bool = False, holds: bool = True) -> Pairs:
    """Half of the features is the bag, alike for a caption and its swap; the sign of the other half is who is what."""
    rng = np.random.default_rng(seed)
    words, who = rng.normal(size=(count, D // 2)), rng.normal(size=(count, D // 2)) * holds
    images = np.concatenate([words, who], axis=1)
    captions, swapped = np.concatenate([words, who], axis=1), np.concatenate([words, -who], axis=1)
    if not turned:
        return Pairs(images=images, captions=captions, swapped=swapped)
    # Texts hold it with the opposite sign in half of the places: at chance, and a linear map away from the images.
    flip = np.diag([1.0] * (D // 2) + [-1.0, 1.0] * (D // 4))
    return Pairs(images=images, captions=captions @ flip, swapped=swapped @ flip)


def test_binding_by_hand() -> None:
    found = Pairs(
        images=np.eye(2), captions=np.array([[2.0, 1.0], [1.0, 1.0]]), swapped=np.array([[1.0, 2.0], [0.0, 1.0]])
    )
    assert binding(found, np.eye(2)).value == 0.5
    assert binding(found, np.array([[0.0, 1.0], [1.0, 0.0]])).value == 0.5
    assert binding(replace(found, swapped=np.array([[1.0, 2.0], [1.0, 0.0]])), np.eye(2)).value == 1.0


def test_what_only_lacks_alignment_is_aligned() -> None:
    test = pairs(400, 1, turned=True)
    before = binding(test, np.eye(D))
    assert before.value is not None and before.value == pytest.approx(0.5, abs=0.08)
    after = binding(test, fit(pairs(800, 0, turned=True), generator=torch.Generator().manual_seed(0)))
    assert after.value is not None and after.value > 0.95


def test_what_is_not_there_is_not_made_up() -> None:
    test = pairs(400, 1, holds=False)
    assert binding(test, fit(pairs(800, 0, holds=False), generator=torch.Generator().manual_seed(0))).value == 0.5


def test_no_step_is_the_identity_and_a_seed_gives_the_same_map() -> None:
    fitted = pairs(50, 0)
    assert np.array_equal(fit(fitted, generator=torch.Generator(), steps=0), np.eye(D))
    one, same, other = (fit(fitted, generator=torch.Generator().manual_seed(s), steps=3) for s in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_a_model_before_and_after() -> None:
    clip = tiny_clip()
    kept = [parameter.clone() for parameter in clip.model.parameters()]
    found = fit_text_map(clip, THINGS, seed=0, fitted=200, tested=100)
    assert found.weights.shape == (16, 16) and found.before.n == found.after.n > 80
    assert found.before.chance == 0.5 and not np.array_equal(found.weights, np.eye(16))
    assert all(torch.equal(a, b) for a, b in zip(kept, clip.model.parameters(), strict=True))
