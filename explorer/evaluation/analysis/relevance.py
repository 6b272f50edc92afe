"""Relevance maps: the contribution of each patch of a picture to its cosine with a caption.

    relevance_maps(clip, pixels, texts)      # (I, C, rows, columns): shares that add up to 1 in each map
    why_not(clip.model)                      # one sentence if the image tower is not a tested one, else ""

pixels (I, 3, S, S) floats normalized for the model, texts (I, C, D) the features of each picture's captions. The
method is that of Chefer, Gur and Wolf for self-attention (Generic Attention-model Explainability, ICCV 2021, arXiv
2103.15679): the attention A of each block is weighted by its gradient, R <- R + mean over heads of (dA * A)+ @ R from
the first block to the last, beginning with the identity; the map is the class token's row over the patches.
The gradient is that of the logit, cosine times logit_scale, as in the authors' script for CLIP. That script keeps
only the last block; the paper uses all blocks, as here. A map without positive entries is all zeros.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
import open_clip
import torch
import torch.nn.functional as F
from open_clip.transformer import ResidualAttentionBlock
from torch import Tensor

from explorer.clip.clip import Clip
from explorer.clip.towers import is_plain_image_tower

METHOD = (
    "Attention weighted by its gradient through all blocks (Chefer, Gur and Wolf, ICCV 2021, arXiv 2103.15679): shares "
    "of what speaks for the caption, by patch. It says where, not why, and a patch may speak for a caption by mistake."
)
MOST_NUMBERS = 50_000_000
"""Bound on the attention entries in memory: each takes four bytes a few times over."""
CLOSE = 1e-3
"""Tolerance of the cosine between the recomputed and the model's own output."""


def why_not(model: Any) -> str:
    """Return the reason why this model has no map, "" if it has one."""
    tower: Any = getattr(model, "visual", None)
    if type(model) is not open_clip.CLIP:
        return f"No map: it was tested on open_clip's plain CLIP alone, and this model is a {type(model).__name__}."
    if not is_plain_image_tower(model) or not _are_plain(tower.transformer.resblocks):
        tested = "it was tested on vision transformers with a plain class token alone"
        return f"No map: {tested}, and this image tower, a {type(tower).__name__}, is none of those."
    return ""


def relevance_maps(clip: Clip, pixels: Tensor, texts: np.ndarray) -> np.ndarray:
    """Return (I, C, rows, columns) float64; raise ValueError if the recomputed tower disagrees with the model."""
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
    """Return how many pictures have MOST_NUMBERS numbers of attention in all blocks, at least one."""
    blocks, length = tower.transformer.resblocks, tower.positional_embedding.shape[0]
    return max(1, MOST_NUMBERS // (len(blocks) * blocks[0].attn.num_heads * length**2))


def _maps(model: Any, pixels: Tensor, texts: np.ndarray) -> np.ndarray:
    """Return (I, C, patches) of pictures that fit in memory at once."""
    with torch.no_grad():
        expected = model.encode_image(pixels)
    with torch.enable_grad():
        images, attentions = encode_images(model.visual, pixels)
        if float(F.cosine_similarity(images.detach(), expected).min()) < 1 - CLOSE:
            raise ValueError("the attention that was recomputed is not that of the model")
        captions = F.normalize(torch.from_numpy(np.array(texts)).to(images), dim=-1)
        logits = model.logit_scale.detach().exp() * (F.normalize(images, dim=-1)[:, None] * captions).sum(-1)
        maps = [_map(logits[:, column].sum(), attentions) for column in range(logits.shape[1])]
    return np.asarray(torch.stack(maps, dim=1).double().cpu().numpy())


def encode_images(tower: Any, pixels: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Return the tower's output (I, D) for pixels (I, 3, S, S), and the attention (I, heads, L, L) of each block."""
    patches = tower.conv1(pixels).flatten(2).transpose(1, 2)
    start = tower.class_embedding.to(patches.dtype).expand(len(patches), 1, -1)
    hidden = tower.ln_pre(torch.cat([start, patches], dim=1) + tower.positional_embedding.to(patches.dtype))
    attentions = []
    for block in tower.transformer.resblocks:
        hidden, attention = attend(block, hidden)
        attentions.append(attention)
    pooled = tower.ln_post(hidden[:, 0])
    return (pooled if tower.proj is None else pooled @ tower.proj), attentions


def attend(block: Any, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Return a block's output for hidden (I, L, W), and its attention, which the block does not expose."""
    attn, (count, length, width) = block.attn, hidden.shape
    projected = F.linear(block.ln_1(hidden), attn.in_proj_weight, attn.in_proj_bias)
    query, key, value = projected.reshape(count, length, 3, attn.num_heads, -1).permute(2, 0, 3, 1, 4)
    attention = (query @ key.transpose(-2, -1) / sqrt(query.shape[-1])).softmax(dim=-1)
    if not attention.requires_grad:  # the first block of a model whose weights are frozen
        attention.requires_grad_()
    found = attn.out_proj((attention @ value).transpose(1, 2).reshape(count, length, width))
    hidden = hidden + block.ls_1(found)
    return hidden + block.ls_2(block.mlp(block.ln_2(hidden))), attention


def propagate(attentions: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
    """Reduce attentions and their gradients, each (I, heads, L, L), to shares of the patches (I, L - 1)."""
    first = attentions[0]
    relevance = torch.eye(first.shape[-1], device=first.device, dtype=first.dtype).expand(len(first), -1, -1)
    for attention, gradient in zip(attentions, gradients, strict=True):
        relevance = relevance + (attention.detach() * gradient).clamp(min=0).mean(dim=1) @ relevance
    found = relevance[:, 0, 1:]
    total = found.sum(dim=1, keepdim=True)
    return torch.where(total > 0, found / total.clamp(min=torch.finfo(found.dtype).tiny), torch.zeros_like(found))


def _map(logit: Tensor, attentions: Sequence[Tensor]) -> Tensor:
    # The graph is kept: the next caption of the same pictures asks it again.
    return propagate(attentions, torch.autograd.grad(logit, list(attentions), retain_graph=True))


def _are_plain(blocks: Any) -> bool:
    return all(type(block) is ResidualAttentionBlock and block.attn.in_proj_weight is not None for block in blocks)
