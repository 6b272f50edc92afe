"""The towers of open_clip's plain CLIP, run for the one token of each sequence that is pooled.

    encode_images(model, pixels)      # float (N, 3, S, S) to (N, D), what model.encode_image gives
    encode_ids(model, ids)            # int64 (N, C) to (N, D), what model.encode_text gives

Only the pooled token's output leaves a tower. So its last block asks from that token alone, and the text tower reads no
further than the longest caption of the batch: under a causal mask with pooling at EOS both change nothing but the order
of sums. The stock methods compute all of it.
"""

from typing import Any

import open_clip
import torch
import torch.nn.functional as F
from open_clip.transformer import ResidualAttentionBlock, VisionTransformer
from torch import Tensor, nn


def is_plain_image_tower(model: Any) -> bool:
    """Whether `encode_images` is exact: open_clip's transformer, pooled at the class token, without extras."""
    tower: Any = getattr(model, "visual", None)
    return (
        type(model) is open_clip.CLIP
        and type(tower) is VisionTransformer
        and (tower.attn_pool, tower.pool_type, tower.output_tokens) == (None, "tok", False)
        and isinstance(tower.patch_dropout, nn.Identity)
        and _has_plain_blocks(tower.transformer)
    )


def is_plain_text_tower(model: Any) -> bool:
    """Whether `encode_ids` is exact: causal, pooled at EOS or at the highest id, without extras."""
    return (
        type(model) is open_clip.CLIP
        and model.attn_mask is not None
        and model.text_pool_type in ("eos", "argmax")
        and _has_plain_blocks(model.transformer)
    )


def _has_plain_blocks(transformer: Any) -> bool:
    is_checkpointed = transformer.grad_checkpointing
    return transformer.batch_first and not is_checkpointed and type(transformer.resblocks[-1]) is ResidualAttentionBlock


def encode_images(model: Any, pixels: Tensor) -> Tensor:
    """Normalised pixels (N, 3, S, S) to image_features (N, D)."""
    tower = model.visual
    patches = _patches(tower, pixels)
    start = tower.class_embedding.to(patches.dtype).expand(len(patches), 1, -1)
    hidden = tower.ln_pre(torch.cat([start, patches], dim=1) + tower.positional_embedding.to(patches.dtype))
    for block in tower.transformer.resblocks[:-1]:
        hidden = block(hidden)
    pooled = tower.ln_post(_ask(tower.transformer.resblocks[-1], hidden[:, :1], hidden, None))
    return pooled if tower.proj is None else pooled @ tower.proj


def encode_ids(model: Any, ids: Tensor) -> Tensor:
    """Token ids (N, C) to text_features (N, D)."""
    if not len(ids):
        return model.encode_text(ids)
    # Up to the last id that is no padding: in open_clip's own vocabulary 0 is also the token of "!".
    places = torch.arange(ids.shape[1], device=ids.device)
    length = max(1, int(((ids != 0) * (places + 1)).max()))
    ids, places = ids[:, :length], places[:length]
    dtype = model.transformer.get_cast_dtype()
    hidden = model.token_embedding(ids).to(dtype) + model.positional_embedding[:length].to(dtype)
    for block in model.transformer.resblocks[:-1]:
        hidden = block(hidden, attn_mask=model.attn_mask[:length, :length])
    is_eos = model.text_pool_type == "eos"
    end = (ids == model.text_eos_id).int().argmax(dim=-1) if is_eos else ids.argmax(dim=-1)
    last = hidden[torch.arange(len(ids), device=ids.device), end][:, None]
    pooled = model.ln_final(_ask(model.transformer.resblocks[-1], last, hidden, places > end[:, None]))
    projection = model.text_projection
    if projection is None:
        return pooled
    return projection(pooled) if isinstance(projection, nn.Linear) else pooled @ projection


def _patches(tower: Any, pixels: Tensor) -> Tensor:
    """The tower's convolution as one product, (N, patches, W); on a CPU the convolution's gradient is far slower."""
    (high, wide), (rows, columns) = tower.patch_size, tower.grid_size
    cut = pixels.reshape(len(pixels), 3, rows, high, columns, wide).permute(0, 2, 4, 1, 3, 5)
    return F.linear(cut.reshape(len(pixels), rows * columns, -1), tower.conv1.weight.flatten(1))


def _ask(block: Any, asking: Tensor, hidden: Tensor, unseen: Tensor | None) -> Tensor:
    """What `block` makes of one token (N, 1, W) among all (N, L, W), less those `unseen` (N, L): (N, W)."""
    keys = block.ln_1(hidden)
    # Masks of floats, as the weights are: torch warns of two kinds of mask, and bool is slower on a CPU.
    mask = None if unseen is None else torch.zeros_like(unseen, dtype=keys.dtype).masked_fill_(unseen, float("-inf"))
    found = block.attn(block.ln_1(asking), keys, keys, key_padding_mask=mask, need_weights=False)[0]
    asking = asking + block.ls_1(found)
    return (asking + block.ls_2(block.mlp(block.ln_2(asking))))[:, 0]
