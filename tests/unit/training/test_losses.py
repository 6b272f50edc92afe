"""The losses against arithmetic done by hand, against open_clip's, and against what knowing nothing costs."""

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.clip.open_clip_import import open_clip
from explorer.training.losses import chance_loss, clip_loss, siglip_chance_loss, siglip_loss

LN2 = math.log(2)

# Images along the two axes. Caption 0 is its image, caption 1 is halfway between the axes but for its length, so that
# the logits at scale ln 2 are  [[1, 0], [0, 1]] ln 2  and all exponentials are 1 or 2.
IMAGE = torch.eye(2)
TEXT = torch.eye(2)


def softplus(x: float) -> float:
    return math.log(1 + math.exp(x))


def units(count: int, *, width: int = 8, seed: int = 0) -> Tensor:
    """(count, width) directions at random."""
    return F.normalize(torch.randn(count, width, generator=torch.Generator().manual_seed(seed)), dim=-1)


HARD = torch.tensor([[1.0, 0.0]])
LN32 = math.log(3 / 2)
BY_HAND: dict[str, tuple[dict[str, Any], float]] = {
    # Each image: own 2, other 1, so p = 2/3. Each caption likewise.
    "two pairs": ({}, LN32),
    # Logits [[ln 2, ln 2], [0, 0]]. Images: 2/(2+2) and 1/(1+1). Captions: the first 2/(2+1), the second 1/(2+1).
    "captions alike": ({"text": torch.tensor([[1.0, 0.0], [1.0, 0.0]])}, (LN2 + (LN32 + math.log(3)) / 2) / 2),
    # A candidate for both images: image 0 has 2, 1, 2, so 2/5; image 1 has 1, 2, 1, so 2/4. Captions as before.
    "a hard negative": ({"hard": HARD}, ((math.log(5 / 2) + LN2) / 2 + LN32) / 2),
    # Caption 1 is true of image 0: image 0 chooses among one caption (0), caption 1 among image 1 alone (0).
    "ignoring": ({"ignore": torch.tensor([[False, True], [False, False]])}, LN32 / 2),
    # The hard negative is true of image 0: image 0 is back at 2/3, image 1 at 2/4.
    "both": (
        {"hard": HARD, "ignore": torch.tensor([[False, False, True], [False, False, False]])},
        ((LN32 + LN2) / 2 + LN32) / 2,
    ),
}
SIGMOID_BY_HAND: dict[str, tuple[dict[str, Any], float]] = {
    # Scale 2, bias -1: own 1, other -1, so each of four pairs costs ln(1 + e^-1); over two images.
    "two pairs": ({}, 4 * softplus(-1) / 2),
    # Logits of (1, 0): 1 for image 0, a negative, so ln(1 + e); -1 for image 1, so ln(1 + e^-1).
    "a hard negative": ({"hard": HARD}, (5 * softplus(-1) + softplus(1)) / 2),
    # The hard negative is true of image 0 and drops out there, as does caption 0 for image 1.
    "ignoring": (
        {"hard": HARD, "ignore": torch.tensor([[False, False, True], [True, False, False]])},
        4 * softplus(-1) / 2,
    ),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_the_loss_by_hand(case: str) -> None:
    extras, expected = BY_HAND[case]
    loss = clip_loss(IMAGE, scale=torch.tensor(LN2), **{"text": TEXT, **extras})
    assert loss.item() == pytest.approx(expected)


@pytest.mark.parametrize("case", SIGMOID_BY_HAND)
def test_the_sigmoid_loss_by_hand(case: str) -> None:
    extras, expected = SIGMOID_BY_HAND[case]
    assert siglip_loss(IMAGE, TEXT, torch.tensor(2.0), torch.tensor(-1.0), **extras).item() == pytest.approx(expected)


def test_chance_by_hand() -> None:
    assert chance_loss(16, 0, None) == pytest.approx(math.log(16), rel=1e-6)
    # Images choose among 16 + 8 captions, captions among 16 images.
    assert chance_loss(16, 8, None) == pytest.approx((math.log(24) + math.log(16)) / 2, rel=1e-6)
    # Two images, one hard negative. Image 0: 1 of 3 left (0), image 1: 3 left. Caption 0: 2 images, caption 1: 1.
    ignore = torch.tensor([[False, True, True], [False, False, False]])
    assert chance_loss(2, 1, ignore) == pytest.approx((math.log(3) / 2 + math.log(2) / 2) / 2, rel=1e-6)
    # Of 2 x 2 pairs a half are positive: each of four pairs costs ln 2, over two images.
    assert siglip_chance_loss(2, 0, None) == pytest.approx(2 * LN2)
    # All negatives ignored: a constant of plus infinity is right everywhere.
    assert siglip_chance_loss(2, 0, ~torch.eye(2, dtype=torch.bool)) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_without_extras_it_is_open_clips_loss(seed: int) -> None:
    image, text, scale = units(6, seed=seed), units(6, seed=seed + 100), torch.tensor(14.0)
    assert clip_loss(image, text, scale).item() == pytest.approx(
        open_clip.ClipLoss()(image, text, scale).item(), rel=1e-6
    )
    bias = torch.tensor(-3.0)
    expected = open_clip.loss.SigLipLoss()(image, text, scale, bias).item()
    assert siglip_loss(image, text, scale, bias).item() == pytest.approx(expected, rel=1e-6)


def losses(image: Tensor, text: Tensor, **extras: Any) -> list[Tensor]:
    """Both losses at a scale of 5."""
    return [
        clip_loss(image, text, torch.tensor(5.0), **extras),
        siglip_loss(image, text, torch.tensor(5.0), torch.tensor(-2.0), **extras),
    ]


@pytest.mark.parametrize("which", [0, 1], ids=["clip", "siglip"])
def test_an_ignored_pair_has_no_say(which: int) -> None:
    """The logit of image 0 with caption 2 and with hard negative 1 may be anything."""
    image, text, hard = torch.eye(4, 9), units(4, width=9, seed=1), units(2, width=9, seed=2)
    ignore = torch.zeros(4, 6, dtype=torch.bool)
    ignore[0, 2] = ignore[0, 5] = True
    before = losses(image, text, hard=hard, ignore=ignore)[which].item()
    text[2, 0], hard[1, 0] = 7.0, -7.0  # the captions' products with image 0 alone, as the images are the axes
    assert losses(image, text, hard=hard, ignore=ignore)[which].item() == before
    assert losses(image, text, hard=hard)[which].item() != pytest.approx(before)


@pytest.mark.parametrize("which", [0, 1], ids=["clip", "siglip"])
def test_the_gradient_pulls_own_pairs_together_and_hard_negatives_apart(which: int) -> None:
    image, text, hard = torch.eye(3, 5), units(3, width=5, seed=1), units(3, width=5, seed=2)
    text.requires_grad_(), hard.requires_grad_()
    losses(image, text, hard=hard)[which].backward()
    assert text.grad is not None and hard.grad is not None
    assert (text.grad.diagonal() < 0).all() and (hard.grad[:, :3] > 0).all()


def random_mask(images: int, captions: int) -> Tensor:
    mask = torch.rand(images, captions, generator=torch.Generator().manual_seed(3)) < 0.3
    return mask.fill_diagonal_(False)


@pytest.mark.parametrize("num_hard", [0, 3])
@pytest.mark.parametrize("is_masked", [False, True])
def test_chance_is_what_a_model_pays_that_scores_all_alike(num_hard: int, is_masked: bool) -> None:
    """Of the sigmoid loss, the best of all constants."""
    same = F.normalize(torch.ones(1, 8), dim=-1)
    image, text, hard = same.expand(6, 8), same.expand(6, 8), same.expand(num_hard, 8) if num_hard else None
    ignore = random_mask(6, 6 + num_hard) if is_masked else None
    paid = clip_loss(image, text, torch.tensor(100.0), hard=hard, ignore=ignore).item()
    assert chance_loss(6, num_hard, ignore) == pytest.approx(paid, rel=1e-5)
    biases = torch.linspace(-8, 4, 2001)
    least = min(siglip_loss(image, text, torch.tensor(0.0), bias, hard=hard, ignore=ignore).item() for bias in biases)
    assert siglip_chance_loss(6, num_hard, ignore) == pytest.approx(least, abs=1e-4)
