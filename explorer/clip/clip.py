"""A CLIP ready to use: model, preprocessing and tokenizer.

    clip = new_clip(config, words=grammar.words, seed=0)      # untrained
    clip.encode_images(uint8 (N, 3, S, S))                    # (N, D)
    clip.encode_ids(int64 (N, C))                             # (N, D) from its own token ids
    clip.ids(["a red bus"])                                   # (1, C) by its own tokenizer

For open_clip's plain model the towers compute only what reaches their output; see `towers`.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import open_clip
import torch

from explorer.clip import towers
from explorer.clip.configs import preprocess_config
from explorer.clip.word_tokenizer import fixed_length


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Source of a model for plain open_clip, and notes on how it was loaded."""

    architecture: str
    """Argument of `open_clip.create_model`: a known name, or local-dir:PATH."""
    tag: str | None = None
    weights: Path | None = None
    """The weight file, if the model came from a folder."""
    repository: str | None = None
    revision: str | None = None
    quick_gelu: bool = False
    """True if QuickGELU was switched on although the config does not ask for it."""
    named_tokenizer: str | None = None
    layout: Literal["open_clip", "transformers", "checkpoint", "openai"] = "open_clip"
    """Form of the files; of a checkpoint in one file, `weights` is that file."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Clip:
    """A model with its preprocessing and tokenizer; `words` is its vocabulary if a word is one token, else None."""

    name: str
    model: Any
    config: dict[str, Any] | None
    preprocess: dict[str, Any]
    words: tuple[str, ...] | None
    tokenizer: Callable[[Sequence[str]], torch.Tensor]
    origin: Origin | None = None

    @property
    def image_size(self) -> int:
        """Side of the model's input in pixels."""
        size = self.preprocess["size"]
        return int(size if isinstance(size, int) else size[0])

    @property
    def context_length(self) -> int | None:
        """Largest number of tokens, if the model states it."""
        return getattr(self.model, "context_length", None)

    @property
    def device(self) -> torch.device:
        """Device of the weights."""
        return next(self.model.parameters()).device

    def pixels(self, images: torch.Tensor) -> torch.Tensor:
        """Normalize uint8 (N, 3, S, S) to the floats that the model was trained on."""
        mean, std = (
            torch.tensor(self.preprocess[key], device=images.device).view(1, 3, 1, 1) for key in ("mean", "std")
        )
        # In place on one copy: at training's batch sizes each further one costs as much as a layer.
        return images.to(torch.float32, copy=True).mul_(1 / (255 * std)).sub_(mean / std)

    def encode_images(self, images: torch.Tensor) -> torch.Tensor:
        """Encode uint8 (N, 3, S, S) to image_features (N, D), not normalized."""
        images = images.to(self.device)
        if not towers.is_plain_image_tower(self.model):
            return self.encode_pixels(self.pixels(images))
        patches = towers.cut(self.model, images)
        if images.device.type != "cpu":  # where one would wait for the number of distinct ones
            return towers.encode_patches(self.model, self.pixels(patches.flatten(0, 1)).view(patches.shape))
        few, number = towers.distinct(patches)
        return towers.encode_patches(self.model, self.pixels(few), number)

    def encode_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        """Encode normalized floats (N, 3, S, S) to image_features (N, D), not normalized."""
        pixels = pixels.to(self.device)
        if towers.is_plain_image_tower(self.model):
            return towers.encode_patches(self.model, towers.cut(self.model, pixels))
        features: torch.Tensor = self.model.encode_image(pixels)
        return features

    def encode_ids(self, ids: torch.Tensor) -> torch.Tensor:
        """Encode token ids (N, C) to text_features (N, D), not normalized."""
        ids = ids.to(self.device)
        if towers.is_plain_text_tower(self.model):
            return towers.encode_ids(self.model, ids)
        features: torch.Tensor = self.model.encode_text(ids)
        return features

    def ids(self, texts: Sequence[str]) -> torch.Tensor:
        """Tokenize texts to (N, C) token ids."""
        return self.tokenizer(list(texts))

    def own_ids(
        self, ids: torch.Tensor, words: tuple[str, ...], read: Callable[[torch.Tensor], list[str]]
    ) -> torch.Tensor:
        """Return ids (N, C) in the model's own vocabulary.

        Ids of the vocabulary `words` are returned unchanged if it is the model's, else the texts of `read` are
        tokenized.
        """
        return ids if self.words == words else self.ids(read(ids.cpu())).to(ids.device)


def new_clip(config: dict[str, Any], *, words: Sequence[str], seed: int, name: str = "untrained") -> Clip:
    """Make a model with fresh weights, a function of the seed only, with `words` as tokens."""
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


def weights_digest(clip: Clip) -> str:
    """Return sixteen hex digits of SHA-256 over the names and bytes of all weights; equal models have equal digests."""
    digest = hashlib.sha256()
    for name, weights in sorted(clip.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
