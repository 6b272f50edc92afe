"""The losses of training, and what each is for a model that scores every pair alike.

    clip_loss(image, text, scale, hard=hard)                  # H more captions that each image must not prefer
    clip_loss(image, text, scale, hard=hard, ignore=ignore)   # ignore (B, B + H): no negative for that image
    chance_loss(256, 0, None)                                 # ln(256)

image (B, D) and text (B, D) are normalized and row i of one belongs to row i of the other; hard (H, D). Without hard
negatives `clip_loss` is open_clip's ClipLoss.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def clip_loss(
    image: Tensor, text: Tensor, scale: Tensor, *, hard: Tensor | None = None, ignore: Tensor | None = None
) -> Tensor:
    """Return the mean of image-to-text cross-entropy over B + H captions and text-to-image cross-entropy over B images.

    The form of NegCLIP (Yuksekgonul et al., When and Why Vision-Language Models Behave like Bags-of-Words, 2023):
    hard negatives are candidates for every image, and have no image of their own.
    """
    logits = _logits(image, text, scale, hard)
    if ignore is not None:
        logits = logits.masked_fill(ignore, float("-inf"))
    own = torch.arange(len(image), device=image.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits[:, : len(text)].T, own)) / 2


def siglip_loss(
    image: Tensor,
    text: Tensor,
    scale: Tensor,
    bias: Tensor,
    *,
    hard: Tensor | None = None,
    ignore: Tensor | None = None,
) -> Tensor:
    """Return the sigmoid loss summed over all pairs, divided by B.

    Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023.
    """
    logits = _logits(image, text, scale, hard) + bias
    sign = torch.full_like(logits, -1.0)
    sign.fill_diagonal_(1.0)
    losses = -F.logsigmoid(sign * logits)
    if ignore is not None:
        losses = losses.masked_fill(ignore, 0.0)
    return losses.sum() / len(image)


def chance_loss(num_images: int, num_hard: int, ignore: Tensor | None) -> float:
    """Return `clip_loss` of a model that scores every pair alike: ln(batch) without hard negatives and masking."""
    if ignore is None:
        ignore = torch.zeros(num_images, num_images + num_hard, dtype=torch.bool)
    rows = (~ignore).sum(dim=1).float().log().mean()
    columns = (~ignore[:, :num_images]).sum(dim=0).float().log().mean()
    return float((rows + columns) / 2)


def siglip_chance_loss(num_images: int, num_hard: int, ignore: Tensor | None) -> float:
    """Return the least `siglip_loss` of a model with one score for every pair, that of the share of positives."""
    pairs = num_images * (num_images + num_hard) if ignore is None else int((~ignore).sum())
    negatives = pairs - num_images
    if negatives == 0:
        return 0.0
    return -math.log(num_images / pairs) - negatives / num_images * math.log(negatives / pairs)


def _logits(image: Tensor, text: Tensor, scale: Tensor, hard: Tensor | None) -> Tensor:
    captions = text if hard is None else torch.cat([text, hard])
    return scale * image @ captions.T
