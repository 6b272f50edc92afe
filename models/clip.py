"""A CLIP ready to use: the model, how it takes pixels, and how it takes words.

    clip = new_clip(config, words=grammar.words, seed=0)      # untrained
    clip.encode_images(uint8 (N, 3, S, S))                    # (N, D)
    clip.encode_ids(int64 (N, C))                             # (N, D) from its own token ids
    clip.ids(["a red bus"])                                   # (1, C) by its own tokenizer

`encode_ids` cuts the text tower to the longest caption of the batch where that changes nothing (causal mask, pooling at
EOS): stock `encode_text` always runs the whole context.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.transformer import text_global_pool

from models.configs import preprocess_config
from models.words import fixed_length


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """How plain open_clip has the same model, and what a person should know of how it was loaded."""

    architecture: str
    """What `open_clip.create_model` takes: a name that it knows, or local-dir:PATH."""
    tag: str | None = None
    weights: Path | None = None
    """The file, where the model came from a folder."""
    repository: str | None = None
    revision: str | None = None
    quick_gelu: bool = False
    """Whether QuickGELU was switched on although the config does not say so."""
    named_tokenizer: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Clip:
    """A model with its preprocessing and tokenizer; `words` is its vocabulary where a word is one token, else None."""

    name: str
    model: Any
    config: dict[str, Any] | None
    preprocess: dict[str, Any]
    words: tuple[str, ...] | None
    tokenizer: Callable[[Sequence[str]], torch.Tensor]
    origin: Origin | None = None

    @property
    def image_size(self) -> int:
        """Pixels on a side that the model takes."""
        size = self.preprocess["size"]
        return int(size if isinstance(size, int) else size[0])

    @property
    def context_length(self) -> int | None:
        """The most tokens that it reads, where the model says so."""
        return getattr(self.model, "context_length", None)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.model.parameters()).device

    def pixels(self, images: torch.Tensor) -> torch.Tensor:
        """uint8 (N, 3, S, S) as the normalised floats that the model was trained on."""
        mean, std = (
            torch.tensor(self.preprocess[key], device=images.device).view(1, 3, 1, 1) for key in ("mean", "std")
        )
        # In place on one copy: at training's batch sizes each further one costs as much as a layer.
        return images.to(torch.float32, copy=True).mul_(1 / (255 * std)).sub_(mean / std)

    def encode_images(self, images: torch.Tensor) -> torch.Tensor:
        """uint8 (N, 3, S, S) to image_features (N, D), not normalised."""
        features: torch.Tensor = self.model.encode_image(self.pixels(images.to(self.device)))
        return features

    def encode_ids(self, ids: torch.Tensor) -> torch.Tensor:
        """Token ids (N, C) to text_features (N, D), not normalised."""
        ids = ids.to(self.device)
        if _can_cut(self.model):
            return _encode_cut(self.model, ids)
        features: torch.Tensor = self.model.encode_text(ids)
        return features

    def ids(self, texts: Sequence[str]) -> torch.Tensor:
        """(N, C) token ids of texts."""
        return self.tokenizer(list(texts))

    def own_ids(
        self, ids: torch.Tensor, words: tuple[str, ...], read: Callable[[torch.Tensor], list[str]]
    ) -> torch.Tensor:
        """Ids (N, C) of the vocabulary `words` unchanged where it is the model's, else its own of what they `read`."""
        return ids if self.words == words else self.ids(read(ids.cpu())).to(ids.device)


def new_clip(config: dict[str, Any], *, words: Sequence[str], seed: int, name: str = "untrained") -> Clip:
    """A model with fresh weights, a function of the seed alone, whose tokens are `words`."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = open_clip.CLIP(**config)
    size = config["vision_cfg"]["image_size"]
    length = config["text_cfg"]["context_length"]
    return Clip(
        name=name,
        model=model,
        config=config,
        preprocess=preprocess_config(size),
        words=tuple(words),
        tokenizer=fixed_length(words, length),
    )


def _can_cut(model: Any) -> bool:
    """Whether the text tower is open_clip's plain one with a causal mask and pooling at EOS or at the highest id."""
    return type(model) is open_clip.CLIP and model.attn_mask is not None and model.text_pool_type in ("eos", "argmax")


def _encode_cut(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """open_clip's `encode_text` with positions and mask cut to the longest caption of the batch."""
    # Up to the last id that is no padding: in open_clip's own vocabulary 0 is also the token of "!".
    places = torch.arange(1, ids.shape[1] + 1, device=ids.device)
    length = max(1, int(((ids != 0) * places).max())) if len(ids) else 1
    ids = ids[:, :length]
    dtype = model.transformer.get_cast_dtype()
    hidden = model.token_embedding(ids).to(dtype) + model.positional_embedding[:length].to(dtype)
    hidden = model.transformer(hidden, attn_mask=model.attn_mask[:length, :length])
    pooled = text_global_pool(model.ln_final(hidden), ids, model.text_pool_type, eos_token_id=model.text_eos_id)
    projection = model.text_projection
    if projection is None:
        return pooled
    features: torch.Tensor = projection(pooled) if isinstance(projection, torch.nn.Linear) else pooled @ projection
    return features
