"""Towers of open_clip's plain CLIP, restricted to the computations that reach their output; both on two threads.

    encode_patches(model, cut_patches(model, pixels))     # float (N, 3, S, S) to (N, D), equal to model.encode_image
    encode_ids(model, ids)                                # int64 (N, C) to (N, D), equal to model.encode_text

    work = ParallelTowers(device)
    with work.halve_threads():                           # for the calling thread, during a step
        image, text = work.run([encode_images, encode_ids])

Only the pooled token's output leaves a tower, so the last block queries from that token only. Under a causal mask a
token sees only those before it: nothing after EOS is computed, and common beginnings of captions are computed once.
Patches of even background are embedded once. These change only the order of sums.

The operations of a small model are too short to be split over cores: dispatch costs as much as it saves. The two towers
are long, and of similar length. On two cores each operation has one thread, so the numbers equal those of one core bit
for bit. On a GPU, or with one thread, jobs run sequentially.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.clip.open_clip_import import open_clip

T = TypeVar("T")


def run_in_turn(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Run the jobs one after another, and return their results."""
    return [job() for job in jobs]


class ParallelTowers:
    """Two threads, or one if a second would not help."""

    def __init__(self, device: torch.device) -> None:
        threads = torch.get_num_threads()
        self._threads = max(1, threads // 2)
        self._second: ThreadPoolExecutor | None = None
        if device.type == "cpu" and threads > 1:
            # torch keeps the number of threads per calling thread.
            self._second = ThreadPoolExecutor(1, "side", initializer=torch.set_num_threads, initargs=(self._threads,))

    @contextmanager
    def halve_threads(self) -> Iterator[None]:
        """Halve torch's threads of the calling thread, as a context manager."""
        threads = torch.get_num_threads()
        if self._second is not None:
            torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            if self._second is not None:
                torch.set_num_threads(threads)

    def start_on_second(self, job: Callable[[], T]) -> Callable[[], T]:
        """Start `job` on the second thread, if there is one.

        The returned function waits for its result, or computes it.
        """
        return job if self._second is None else self._second.submit(job).result

    def run(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Return the results of `jobs` in their order; the caller runs the first, the third and so on."""
        if self._second is None:
            return run_in_turn(jobs)
        others = [self._second.submit(job) for job in jobs[1::2]]
        own: list[T] = []
        try:
            own = run_in_turn(jobs[::2])
        finally:
            # Whatever fails, nothing goes on behind the caller's back.
            second = [other.result() for other in others]
        return [second[i // 2] if i % 2 else own[i // 2] for i in range(len(jobs))]


def is_plain_image_tower(model: Any) -> bool:
    """Return True if `encode_images` is exact: open_clip's transformer, pooled at the class token, without extras."""
    tower: Any = getattr(model, "visual", None)
    return (
        type(model) is open_clip.CLIP
        and type(tower) is open_clip.transformer.VisionTransformer
        and (tower.attn_pool, tower.pool_type, tower.output_tokens) == (None, "tok", False)
        and isinstance(tower.patch_dropout, nn.Identity)
        and _has_plain_blocks(tower.transformer)
    )


def is_plain_text_tower(model: Any) -> bool:
    """Return True if `encode_ids` is exact: causal, pooled at EOS or at the highest id, without extras."""
    return (
        type(model) is open_clip.CLIP
        and model.attn_mask is not None
        and model.text_pool_type in ("eos", "argmax")
        and _has_plain_blocks(model.transformer)
    )


def _has_plain_blocks(transformer: Any) -> bool:
    is_checkpointed = transformer.grad_checkpointing
    return (
        transformer.batch_first
        and not is_checkpointed
        and type(transformer.resblocks[-1]) is open_clip.transformer.ResidualAttentionBlock
    )


def cut_patches(model: Any, images: Tensor) -> Tensor:
    """Cut images (N, 3, S, S) into the patches of the tower, (N, P, 3, height, width), of the same type."""
    (high, wide), (rows, columns) = model.visual.patch_size, model.visual.grid_size
    grid = images.reshape(len(images), 3, rows, high, columns, wide).permute(0, 2, 4, 1, 3, 5)
    return grid.reshape(len(images), rows * columns, 3, high, wide)


def deduplicate_patches(patches: Tensor) -> tuple[Tensor, Tensor]:
    """Return uint8 patches (N, P, ...) with the even background once, as (R, ...), and the index (N, P) of each.

    Empty positions make up most of a small scene; a photograph has none.
    """
    flat = patches.flatten(0, 1)
    words = flat.flatten(1)
    low, high = (words.view(torch.int32) if words.shape[1] % 4 == 0 else words).aminmax(dim=1)
    is_even = low == high
    one = is_even.int().argmax()
    is_repeated = is_even & (low == low[one])
    is_repeated[one] = False
    number = (~is_repeated).cumsum(0) - 1
    return flat[~is_repeated], torch.where(is_repeated, number[one], number).view(patches.shape[:2])


def encode_patches(model: Any, patches: Tensor, number: Tensor | None = None) -> Tensor:
    """Encode normalized patches (N, P, 3, height, width) to image_features (N, D).

    If `number` (N, P) is given, `patches` (R, 3, height, width) holds each different patch once, and `number` its row.
    """
    tower = model.visual
    # On a CPU the gradient of the tower's convolution is far slower than that of a product.
    embedded = F.linear(patches.flatten(-3), tower.conv1.weight.flatten(1))
    if number is not None:
        embedded = F.embedding(number, embedded)
    start = tower.class_embedding.to(embedded.dtype).expand(len(embedded), 1, -1)
    hidden = tower.ln_pre(torch.cat([start, embedded], dim=1) + tower.positional_embedding.to(embedded.dtype))
    for block in tower.transformer.resblocks[:-1]:
        hidden = _apply_block(block, hidden, hidden)
    pooled = tower.ln_post(_apply_block(tower.transformer.resblocks[-1], hidden[:, :1], hidden)[:, 0])
    return pooled if tower.proj is None else pooled @ tower.proj


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Prefixes:
    """Distinct beginnings of M captions of L tokens, T in all."""

    number: Tensor
    """(M, L): the beginning that ends at this token; any one after the end of the caption."""
    token: Tensor
    """(T,): a token at which each ends, as an index into the M L tokens."""


def _find_prefixes(ids: Tensor, end: Tensor) -> _Prefixes:
    """Return the beginnings of captions (M, L) in lexicographic order, up to the place `end` (M,) of each."""
    is_new = torch.ones_like(ids, dtype=torch.bool)
    is_new[1:] = (ids[1:] != ids[:-1]).cumsum(1) > 0
    is_new &= torch.arange(ids.shape[1]) <= end[:, None]
    number = (is_new.flatten().cumsum(0) - 1).view_as(ids)
    # In this order captions that begin alike stand together, the new one on top.
    return _Prefixes(number=number.where(is_new, 0).cummax(0).values, token=is_new.flatten().nonzero()[:, 0])


def encode_ids(model: Any, ids: Tensor) -> Tensor:
    """Encode token ids (N, C) to text_features (N, D)."""
    if not len(ids):
        return model.encode_text(ids)
    if ids.device.type != "cpu":  # on which sizes that depend on values cost nothing
        return _encode_captions(model, ids, is_sorted=False)
    captions, caption = ids.unique(dim=0, return_inverse=True)
    return F.embedding(caption, _encode_captions(model, captions, is_sorted=True))


def _encode_captions(model: Any, ids: Tensor, *, is_sorted: bool) -> Tensor:
    is_eos = model.text_pool_type == "eos"
    end = (ids == model.text_eos_id).int().argmax(dim=-1) if is_eos else ids.argmax(dim=-1)
    length = int(end.max()) + 1
    ids, positions = ids[:, :length], torch.arange(length, device=ids.device)
    prefixes = _find_prefixes(ids, end) if is_sorted else None
    tokens = ids if prefixes is None else ids.flatten()[prefixes.token]
    at = positions if prefixes is None else prefixes.token % length
    dtype = model.transformer.get_cast_dtype()
    hidden = model.token_embedding(tokens).to(dtype) + F.embedding(at, model.positional_embedding).to(dtype)
    for block in model.transformer.resblocks[:-1]:
        hidden = _apply_block(block, hidden, hidden, prefixes, model.attn_mask[:length, :length])
    rows = torch.arange(len(ids), device=ids.device)
    last = hidden[rows, end] if prefixes is None else hidden[prefixes.number[rows, end]]
    unseen = torch.zeros(len(ids), 1, 1, length, dtype=dtype, device=ids.device)
    unseen.masked_fill_(positions > end[:, None, None, None], float("-inf"))
    block = model.transformer.resblocks[-1]
    pooled = model.ln_final(_apply_block(block, last[:, None], hidden, prefixes, unseen)[:, 0])
    projection = model.text_projection
    if projection is None:
        return pooled
    return projection(pooled) if isinstance(projection, nn.Linear) else pooled @ projection


def _apply_block(
    block: Any, queried: Tensor, hidden: Tensor, prefixes: _Prefixes | None = None, mask: Tensor | None = None
) -> Tensor:
    """Apply `block` to the tokens `queried` (N, Q, W) among all (N, L, W), or (T, W) of prefixes.

    `mask` is added to the logits of attention, (N, heads, Q, L).
    """
    keys = block.ln_1(hidden)
    queries = keys if queried is hidden else block.ln_1(queried)
    attended = _attend(block.attn, queries, keys, prefixes, mask)
    queried = queried + block.ls_1(attended)
    return queried + block.ls_2(block.mlp(block.ln_2(queried)))


def _attend(attn: Any, queries: Tensor, keys: Tensor, prefixes: _Prefixes | None, mask: Tensor | None) -> Tensor:
    """Compute attention from `queries` to `keys`, which may be the same, shaped as in `_apply_block`."""
    is_self = queries is keys
    if type(attn) is nn.MultiheadAttention:
        q, k, v = _project(attn, queries, keys, prefixes)
        q, k, v = (each.unflatten(-1, (attn.num_heads, -1)).transpose(1, 2) for each in (q, k, v))
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)
        if is_self and prefixes is not None:
            attended = F.embedding(prefixes.token, attended.flatten(0, 1))
        return F.linear(attended, attn.out_proj.weight, attn.out_proj.bias)
    # An adapter stands around it, whose weights are its own business.
    keys = _expand(keys, prefixes)
    queries = keys if is_self else queries
    if mask is not None and mask.ndim == 4:
        mask = mask.expand(-1, attn.num_heads, -1, -1).flatten(0, 1)
    attended = attn(queries, keys, keys, attn_mask=mask, need_weights=False)[0]
    return F.embedding(prefixes.token, attended.flatten(0, 1)) if is_self and prefixes is not None else attended


def _expand(rows: Tensor, prefixes: _Prefixes | None) -> Tensor:
    """Expand rows of prefixes (T, W) to those of tokens (N, L, W)."""
    return rows if prefixes is None else F.embedding(prefixes.number, rows)


def _project(attn: Any, queries: Tensor, keys: Tensor, prefixes: _Prefixes | None) -> tuple[Tensor, ...]:
    """Return (N, Q, W), (N, L, W), (N, L, W): `attn`'s queries, keys and values."""
    weight, bias, width = attn.in_proj_weight, attn.in_proj_bias, attn.embed_dim
    if queries is keys:
        return _expand(F.linear(keys, weight, bias), prefixes).chunk(3, dim=-1)
    pairs = _expand(F.linear(keys, weight[width:], bias[width:]), prefixes)
    return F.linear(queries, weight[:width], bias[:width]), *pairs.chunk(2, dim=-1)
