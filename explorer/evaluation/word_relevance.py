"""Relevance of the words of a caption: which of them the gradient of its logit asks for.

    word_relevance(clip, images, "a red bus and a blue car", "a blue bus and a red car")

The method is that of `relevance`, on the text tower: attention weighted by its gradient, from the first block to the
last; the row of the token at which the tower is pooled, over the tokens of the words. A word of several tokens has
their sum. Two captions share no attention, so what speaks for the first caption in their difference is what speaks for
it alone; `against` is what in the other one lowers its own logit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import open_clip
import torch
import torch.nn.functional as F
from open_clip.transformer import ResidualAttentionBlock
from torch import Tensor

from explorer.clip.clip import Clip
from explorer.clip.towers import is_plain_text_tower
from explorer.evaluation import metrics
from explorer.evaluation.relevance import COSINE_TOLERANCE, apply_block, relevance_of_tokens, shares_of
from explorer.evaluation.which_words import MAX_WORDS, NoWordRelevance, Word, WordRelevance, label_words

WORD_METHOD: str = metrics.MEASURE_WORDS["notes"]["word_relevance"]
ROUNDED = 5


def why_no_words(model: Any) -> str:
    """Return the reason why this model tells no relevance of words, "" if it does."""
    if type(model) is not open_clip.CLIP:
        return f"It was tested on open_clip's plain CLIP alone, and this model is a {type(model).__name__}."
    is_plain = is_plain_text_tower(model) and all(
        type(block) is ResidualAttentionBlock and block.attn.in_proj_weight is not None
        for block in model.transformer.resblocks
    )
    return "" if is_plain else "It was tested on causal text towers that are pooled at one token, and this is none."


def word_relevance(
    clip: Clip, images: np.ndarray, caption: str, other: str | None = None
) -> WordRelevance | NoWordRelevance:
    """Return the relevance of the words of one or two captions for pictures with the features `images` (I, D)."""
    if why := why_no_words(clip.model):
        return NoWordRelevance(why=why)
    try:
        words = _shares(clip, images, caption, sign=1)
        against = _shares(clip, images, other, sign=-1) if other is not None else ()
    except ValueError as error:
        return NoWordRelevance(why=f"{error}.")
    return WordRelevance(method=WORD_METHOD, words=words, against=against)


def _shares(clip: Clip, images: np.ndarray, caption: str, *, sign: int) -> tuple[Word, ...]:
    """Return the words of a caption with the shares of what raises `sign` times its logit."""
    words, model = tuple(caption.split()[:MAX_WORDS]), clip.model
    ids = clip.ids([" ".join(words)]).to(clip.device)
    end, owners = _end_of(model, ids[0]), token_owners(clip, words)
    if end < 1 + len(owners):
        raise ValueError("The model does not read the caption to its end")
    was_training = model.training
    model.eval()
    try:
        with torch.enable_grad():
            features, attentions = encode_tokens(model, ids[:, : end + 1], end)
            with torch.no_grad():
                expected = clip.encode_ids(ids)
            if float(F.cosine_similarity(features.detach(), expected).min()) < 1 - COSINE_TOLERANCE:
                raise ValueError("The attention that was recomputed is not that of the model")
            pictures = F.normalize(torch.from_numpy(np.array(images)).to(features), dim=-1)
            logits = sign * model.logit_scale.detach().exp() * (F.normalize(features, dim=-1) @ pictures.T)[0]
            gradients = [torch.autograd.grad(logit, attentions, retain_graph=True) for logit in logits]
    finally:
        model.train(was_training)
    rows = torch.cat([relevance_of_tokens(attentions, each)[:, end, 1 : 1 + len(owners)] for each in gradients])
    by_token = shares_of(rows).double().cpu().numpy()
    by_word = np.stack([by_token[:, np.array(owners) == place].sum(axis=1) for place in range(len(words))], axis=1)
    return label_words(words, by_word.round(ROUNDED))


def _end_of(model: Any, ids: Tensor) -> int:
    """Return the place of the token at which the tower is pooled."""
    is_eos = model.text_pool_type == "eos"
    return int((ids == model.text_eos_id).int().argmax() if is_eos else ids.argmax())


def token_owners(clip: Clip, words: Sequence[str]) -> list[int]:
    """Return for each token of a caption, but the first and the last, the place of the word that it is a part of."""
    beginnings = [" ".join(words[: count + 1]) for count in range(len(words))]
    counts = [0, *(_end_of(clip.model, row) - 1 for row in clip.ids(beginnings))]
    return [place for place in range(len(words)) for _ in range(counts[place], counts[place + 1])]


def encode_tokens(model: Any, ids: Tensor, end: int) -> tuple[Tensor, list[Tensor]]:
    """Return the tower's output (N, D) for ids (N, L) pooled at `end`, and the attention (N, heads, L, L) by block."""
    length, dtype = ids.shape[1], model.transformer.get_cast_dtype()
    hidden = model.token_embedding(ids).to(dtype) + model.positional_embedding[:length].to(dtype)
    attentions = []
    for block in model.transformer.resblocks:
        hidden, attention = apply_block(block, hidden, model.attn_mask[:length, :length])
        attentions.append(attention)
    pooled, projection = model.ln_final(hidden)[:, end], model.text_projection
    if projection is None:
        return pooled, attentions
    return (projection(pooled) if isinstance(projection, torch.nn.Linear) else pooled @ projection), attentions
