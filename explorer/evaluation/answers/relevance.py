"""Relevance maps: the contribution of each patch of a picture to its cosine with a caption.

The method is that of Chefer, Gur and Wolf for self-attention (Generic Attention-model Explainability, ICCV 2021, arXiv
2103.15679): the attention A of each block is weighted by its gradient, R <- R + mean over heads of (dA * A)+ @ R from
the first block to the last, beginning with the identity; the map is the class token's row over the patches.
The gradient is that of the logit, cosine times logit_scale, as in the authors' script for CLIP. That script keeps
only the last block; the paper uses all blocks, as here. A map without positive entries is all zeros.

Where a box is compared with a map, a patch counts by the part of it that the box covers, so evenly spread relevance
gives each object its share of the area, which is chance. Boxes are left, top, width, height in pixels.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.clip.clip import Clip
from explorer.clip.open_clip_import import open_clip
from explorer.clip.towers import is_plain_image_tower
from explorer.evaluation import metrics
from explorer.evaluation.analyses import captions_at_positions
from explorer.evaluation.embed import embed_captions
from explorer.evaluation.results import Estimate
from explorer.evaluation.sets import make_canonical_set
from explorer.sentences import Sentence
from explorer.world.grammar import Grammar
from explorer.world.render import Renderer
from explorer.world.things import World

RELEVANCE_METHOD: str = metrics.MEASURE_WORDS["notes"]["relevance"]
RELEVANCE_DEFINITIONS: dict[str, str] = metrics.MEASURE_WORDS["relevance"]
MAX_ATTENTION_NUMBERS = 50_000_000
"""Bound on the attention entries in memory: each takes four bytes a few times over."""
COSINE_TOLERANCE = 1e-3
"""Tolerance of the cosine between the recomputed and the model's own output."""
MAPPED_SCENES_AT_ONCE = 50


def why_no_map(model: Any) -> str:
    """Return the reason why this model has no map, "" if it has one."""
    tower: Any = getattr(model, "visual", None)
    if type(model) is not open_clip.CLIP:
        english = "No map: it was tested on open_clip's plain CLIP alone, and this model is a {kind}."
        return Sentence("maps.other-model", english, kind=type(model).__name__)
    is_plain = is_plain_image_tower(model) and all(
        type(block) is open_clip.transformer.ResidualAttentionBlock and block.attn.in_proj_weight is not None
        for block in tower.transformer.resblocks
    )
    if not is_plain:
        return Sentence(
            "maps.other-tower",
            "No map: it was tested on vision transformers with a plain class token alone, and this image tower, a"
            " {kind}, is none of those.",
            kind=type(tower).__name__,
        )
    return ""


def relevance_maps(clip: Clip, pixels: Tensor, texts: np.ndarray) -> np.ndarray:
    """Return (I, C, rows, columns) float64, shares that add up to 1 in each map.

    pixels (I, 3, S, S) normalized for the model, texts (I, C, D) the features of each picture's captions.
    Raises ValueError if the recomputed tower disagrees with the model.
    """
    model, was_training = clip.model, clip.model.training
    size = pictures_at_once(model.visual)
    model.eval()
    try:
        parts = [
            _maps(model, pixels[start : start + size].to(clip.device), texts[start : start + size])
            for start in range(0, len(pixels), size)
        ]
    finally:
        model.train(was_training)
    shares = np.concatenate(parts)
    return shares.reshape(*shares.shape[:2], *model.visual.grid_size)


def pictures_at_once(tower: Any) -> int:
    """Return how many pictures have `MAX_ATTENTION_NUMBERS` numbers of attention in all blocks, at least one."""
    blocks, length = tower.transformer.resblocks, tower.positional_embedding.shape[0]
    return max(1, MAX_ATTENTION_NUMBERS // (len(blocks) * blocks[0].attn.num_heads * length**2))


def _maps(model: Any, pixels: Tensor, texts: np.ndarray) -> np.ndarray:
    """Return (I, C, patches) of pictures that fit in memory at once."""
    with torch.no_grad():
        expected = model.encode_image(pixels)
    with torch.enable_grad():
        images, attentions = encode_images(model.visual, pixels)
        check_recomputed(images, expected)
        captions = F.normalize(torch.from_numpy(np.array(texts)).to(images), dim=-1)
        logits = model.logit_scale.detach().exp() * (F.normalize(images, dim=-1)[:, None] * captions).sum(-1)
        # The graph is kept: the next caption of the same pictures asks it again.
        gradients = (torch.autograd.grad(logit.sum(), attentions, retain_graph=True) for logit in logits.T)
        maps = [propagate_relevance(attentions, each) for each in gradients]
    return np.asarray(torch.stack(maps, dim=1).double().cpu().numpy())


def check_recomputed(features: Tensor, expected: Tensor) -> None:
    """Raise ValueError if features (N, D) with recomputed attention are not the model's own."""
    if float(F.cosine_similarity(features.detach(), expected).min()) < 1 - COSINE_TOLERANCE:
        raise ValueError("The attention that was recomputed is not that of the model")


def encode_images(tower: Any, pixels: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Return the tower's output (I, D) for pixels (I, 3, S, S), and the attention (I, heads, L, L) of each block."""
    patches = tower.conv1(pixels).flatten(2).transpose(1, 2)
    start = tower.class_embedding.to(patches.dtype).expand(len(patches), 1, -1)
    hidden = tower.ln_pre(torch.cat([start, patches], dim=1) + tower.positional_embedding.to(patches.dtype))
    attentions = []
    for block in tower.transformer.resblocks:
        hidden, attention = apply_block(block, hidden)
        attentions.append(attention)
    pooled = tower.ln_post(hidden[:, 0])
    return (pooled if tower.proj is None else pooled @ tower.proj), attentions


def apply_block(block: Any, hidden: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return a block's output for hidden (I, L, W), and its attention, which the block does not expose.

    `mask` (L, L) is added to the logits of attention.
    """
    attn, (count, length, width) = block.attn, hidden.shape
    projected = F.linear(block.ln_1(hidden), attn.in_proj_weight, attn.in_proj_bias)
    query, key, value = projected.reshape(count, length, 3, attn.num_heads, -1).permute(2, 0, 3, 1, 4)
    logits = query @ key.transpose(-2, -1) / sqrt(query.shape[-1])
    attention = (logits if mask is None else logits + mask).softmax(dim=-1)
    if not attention.requires_grad:  # the first block of a model whose weights are frozen
        attention.requires_grad_()
    attended = attn.out_proj((attention @ value).transpose(1, 2).reshape(count, length, width))
    hidden = hidden + block.ls_1(attended)
    return hidden + block.ls_2(block.mlp(block.ln_2(hidden))), attention


def propagate_relevance(attentions: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
    """Reduce attentions and their gradients, each (I, heads, L, L), to shares of the patches (I, L - 1)."""
    return shares_of(relevance_of_tokens(attentions, gradients)[:, 0, 1:])


def relevance_of_tokens(attentions: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
    """Return the relevance (I, L, L) of each token (column) for each token's output (row)."""
    first = attentions[0]
    relevance = torch.eye(first.shape[-1], device=first.device, dtype=first.dtype).expand(len(first), -1, -1)
    for attention, gradient in zip(attentions, gradients, strict=True):
        relevance = relevance + (attention.detach() * gradient).clamp(min=0).mean(dim=1) @ relevance
    return relevance


def shares_of(rows: Tensor) -> Tensor:
    """Divide each row (I, L) by its sum; a row without a positive entry is all zeros."""
    total = rows.sum(dim=1, keepdim=True)
    return torch.where(total > 0, rows / total.clamp(min=torch.finfo(rows.dtype).tiny), torch.zeros_like(rows))


def measure_relevance(clip: Clip, world: World, *, seed: int, count: int) -> dict[str, Estimate]:
    """Measure the estimates of `RELEVANCE_DEFINITIONS` on the canonical scenes, with captions of one object each."""
    evaluation_set = make_canonical_set(world, seed=seed, count=count)
    renderer = Renderer(evaluation_set.plan, size=clip.image_size)
    each_alone = [captions_at_positions(evaluation_set.caption, np.full((count, 1), position)) for position in (0, 1)]
    texts = embed_captions(clip, Grammar(world), each_alone).transpose(1, 0, 2)
    images, boxes = renderer.images(evaluation_set.scenes), renderer.atlas.boxes(evaluation_set.scenes)
    parts = [slice(start, start + MAPPED_SCENES_AT_ONCE) for start in range(0, count, MAPPED_SCENES_AT_ONCE)]
    maps = np.concatenate(
        [relevance_maps(clip, clip.pixels(torch.from_numpy(images[part])), texts[part]) for part in parts]
    )
    named = (evaluation_set.scenes.nouns == evaluation_set.caption.nouns[:, :1]).argmax(axis=1)
    rows = np.arange(count)
    return summarize_maps(maps, boxes[rows, named], boxes[rows, 1 - named], size=clip.image_size)


def summarize_maps(maps: np.ndarray, named: np.ndarray, other: np.ndarray, *, size: int) -> dict[str, Estimate]:
    """Summarize maps (N, 2, rows, columns) of captions of the object `named` and of the `other`; boxes are (N, 4)."""
    inside = np.stack(
        [[mass_in_boxes(maps[:, caption], boxes, size=size) for boxes in (named, other)] for caption in (0, 1)]
    )  # caption, box, scene
    known = (inside.sum(axis=1) > 0).all(axis=0)
    shares = inside[:, 0, known] / inside[:, :, known].sum(axis=1)
    areas = np.stack([boxes[known, 2] * boxes[known, 3] for boxes in (named, other)]).astype(np.float64)
    return {
        "named_share": metrics.estimate_mean(shares[0], areas[0] / areas.sum(axis=0)),
        "follows": metrics.estimate_mean(shares[0] - shares[1], 0.0),
    }


def mass_in_boxes(maps: np.ndarray, boxes: np.ndarray, *, size: int) -> np.ndarray:
    """Return (N,) the sum of each map inside its box, on a picture of `size` pixels per side."""
    down, across = (
        _covered_shares(boxes[:, side], boxes[:, side + 2], count, size)
        for side, count in zip((1, 0), maps.shape[1:], strict=True)
    )
    return np.asarray(np.einsum("nrc,nr,nc->n", maps, down, across))


def mass_in_quarters(maps: np.ndarray) -> np.ndarray:
    """Return (N, 4) the sum in each quarter of the picture: top left, top right, bottom left, bottom right."""
    boxes = np.array([[left, top, 0.5, 0.5] for top in (0, 0.5) for left in (0, 0.5)])
    return np.stack([mass_in_boxes(maps, np.broadcast_to(box, (len(maps), 4)), size=1) for box in boxes], axis=1)


def _covered_shares(start: np.ndarray, length: np.ndarray, count: int, size: int) -> np.ndarray:
    """Return (N, count) the part of each of `count` equal stretches of `size` within [start, start + length)."""
    edges = np.arange(count + 1) * (size / count)
    low, high = np.maximum(start[:, None], edges[:-1]), np.minimum((start + length)[:, None], edges[1:])
    return np.maximum(high - low, 0) / (size / count)
