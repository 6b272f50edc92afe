"""Relevance of the words of a caption: which of them the gradient of its logit asks for.

    word_relevance(clip, images, "a red bus and a blue car", "a blue bus and a red car")

The method is that of `relevance`, on the text tower: attention weighted by its gradient, from the first block to the
last; the row of the token at which the tower is pooled, over the tokens of the words. A word of several tokens has
their sum. Two captions share no attention, so what speaks for the first caption in their difference is what speaks for
it alone; `against` is what in the other one lowers its own logit.

It is computed in text towers of open_clip's own blocks: those of its plain CLIP, and of models with a text tower of
their own such as SigLIP, EVA and MobileCLIP. Folders of Transformers are read into the same towers. CoCa, and towers
of the Hub's language models such as XLM-RoBERTa, have none, and say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.clip.clip import Clip
from explorer.clip.open_clip_import import open_clip
from explorer.evaluation import metrics
from explorer.evaluation.answers.relevance import apply_block, check_recomputed, relevance_of_tokens, shares_of
from explorer.evaluation.answers.which_words import MAX_WORDS, NoWordRelevance, Word, WordRelevance, label_words
from explorer.sentences import Sentence

WORD_METHOD: str = metrics.MEASURE_WORDS["notes"]["word_relevance"]
ROUNDED = 5
ONE_MORE_WORD = "a"
"""A word that tells where the caption before it ends; any word does."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _TextTower:
    """A text tower of open_clip; `parts` has its weights, `pool` says from which token its output comes."""

    parts: Any
    pool: str
    eos: int

    @property
    def is_causal(self) -> bool:
        return self.parts.attn_mask is not None

    def pooled_position(self, ids: Tensor) -> int:
        """Return the place of the token of ids (L,) whose output leaves the tower."""
        match self.pool:
            case "eos":
                return int((ids == self.eos).int().argmax())
            case "argmax":
                return int(ids.argmax())
            case "last":
                return len(ids) - 1
            case _:
                return 0


def _find_tower(model: Any) -> _TextTower | None:
    """Return the text tower of a model, None if its attention cannot be recomputed."""
    parts: Any = model if type(model) is open_clip.CLIP else getattr(model, "text", None)
    if parts is model:
        tower = _TextTower(parts=model, pool=model.text_pool_type, eos=model.text_eos_id)
    elif type(parts) is open_clip.transformer.TextTransformer and parts.cls_emb is None and not parts.use_pad_mask:
        tower = _TextTower(parts=parts, pool=parts.pool_type, eos=parts.eos_id)
    else:
        return None
    is_plain = tower.pool in ("eos", "argmax", "last", "first") and all(
        type(block) is open_clip.transformer.ResidualAttentionBlock
        and getattr(block.attn, "in_proj_weight", None) is not None
        for block in parts.transformer.resblocks
    )
    return tower if is_plain else None


def _why_no_words(model: Any) -> str:
    """Return the reason why a model without such a tower tells no relevance of words."""
    tower = type(getattr(model, "text", model)).__name__
    english = "It is computed in text towers of open_clip's own blocks, and that of this model, a {kind}, is none."
    return Sentence("words.other-tower", english, kind=tower)


def word_relevance(
    clip: Clip, images: np.ndarray, caption: str, other: str | None = None
) -> WordRelevance | NoWordRelevance:
    """Return the relevance of the words of one or two captions for pictures with the features `images` (I, D)."""
    tower = _find_tower(clip.model)
    if tower is None:
        return NoWordRelevance(why=_why_no_words(clip.model))
    try:
        words = _shares(clip, tower, images, caption, sign=1)
        against = _shares(clip, tower, images, other, sign=-1) if other is not None else ()
    except ValueError as error:
        return NoWordRelevance(why=f"{error}.")
    return WordRelevance(method=WORD_METHOD, words=words, against=against)


def _shares(clip: Clip, tower: _TextTower, images: np.ndarray, caption: str, *, sign: int) -> tuple[Word, ...]:
    """Return the words of a caption with the shares of what raises `sign` times its logit."""
    words, model = tuple(caption.split()[:MAX_WORDS]), clip.model
    ids, spans = clip.ids([" ".join(words)]).to(clip.device), word_tokens(clip, words)
    pooled = tower.pooled_position(ids[0])
    was_training = model.training
    model.eval()
    try:
        with torch.enable_grad():
            # Under a causal mask nothing behind the pooled token reaches it.
            features, attentions = _encode_tokens(tower, ids[:, : pooled + 1] if tower.is_causal else ids, pooled)
            with torch.no_grad():
                expected = clip.encode_ids(ids)
            check_recomputed(features, expected)
            pictures = F.normalize(torch.from_numpy(np.array(images)).to(features), dim=-1)
            logits = sign * model.logit_scale.detach().exp() * (F.normalize(features, dim=-1) @ pictures.T)[0]
            gradients = [torch.autograd.grad(logit, attentions, retain_graph=True) for logit in logits]
    finally:
        model.train(was_training)
    rows = torch.cat([relevance_of_tokens(attentions, each)[:, pooled] for each in gradients])
    by_word = shares_of(torch.stack([rows[:, span].sum(dim=1) for span in spans], dim=1)).double().cpu().numpy()
    return label_words(words, by_word.round(ROUNDED))


def word_tokens(clip: Clip, words: Sequence[str]) -> list[slice]:
    """Return the places of the tokens of each word in the ids of all of them.

    A word begins where the ids of the caption up to it differ from those of the caption before it, so no special token
    of any tokenizer has to be known. Raises ValueError if the model does not read the caption to its end.
    """
    beginnings = [" ".join(words[:count]) for count in range(len(words) + 1)]
    rows = clip.ids([*beginnings, f"{beginnings[-1]} {ONE_MORE_WORD}"])
    starts = (rows[1:] != rows[:-1]).int().argmax(dim=1).tolist()
    if any(after <= before for before, after in pairwise(starts)):
        raise ValueError("The model does not read the caption to its end")
    return [slice(*ends) for ends in pairwise(starts)]


def _encode_tokens(tower: _TextTower, ids: Tensor, pooled: int) -> tuple[Tensor, list[Tensor]]:
    """Return the tower's output (N, D) for ids (N, L) from the token `pooled`, and attentions (N, heads, L, L)."""
    parts, length = tower.parts, ids.shape[1]
    dtype = parts.transformer.get_cast_dtype()
    hidden = parts.token_embedding(ids).to(dtype) + parts.positional_embedding[:length].to(dtype)
    mask = parts.attn_mask[:length, :length] if tower.is_causal else None
    attentions = []
    for block in parts.transformer.resblocks:
        hidden, attention = apply_block(block, hidden, mask)
        attentions.append(attention)
    output, projection = parts.ln_final(hidden)[:, pooled], parts.text_projection
    if projection is None:
        return output, attentions
    return (projection(output) if isinstance(projection, torch.nn.Linear) else output @ projection), attentions
