"""A CLIP ready to use: model, preprocessing and tokenizer; and its export to files that stock open_clip reads.

    clip = new_clip(config, words=grammar.words, seed=0)     # untrained
    clip.encode_images(uint8 (N, 3, S, S))                   # (N, D)
    clip.encode_ids(int64 (N, C))                            # (N, D) from its own token ids
    clip.ids(["a red bus"])                                  # (1, C) by its own tokenizer
    are_truncated(clip, ["a " * 100])                        # [True]: more tokens than the model reads

    make_word_tokenizer(words).encode("a red bus").ids     # [BOS] a red bus [EOS], a token per word
    _make_id_function(words, 33)(["a red bus"])             # (1, 33) int64, 0 after [EOS]

    export(clip, folder)      # config, weights, tokenizer and its config
    open_clip.create_model_and_transforms("local-dir:FOLDER"); open_clip.get_tokenizer("local-dir:FOLDER")

For open_clip's plain model the towers compute only what reaches their output; see `towers`.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing

from explorer.clip import towers
from explorer.clip.configs import ModelConfig, preprocess_config
from explorer.clip.names import CONFIG_FILE, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, model_error
from explorer.clip.open_clip_import import open_clip
from explorer.special_tokens import BOS_TOKEN, EOS_TOKEN, PAD_TOKEN, UNKNOWN_TOKEN


def make_word_tokenizer(words: Sequence[str]) -> Tokenizer:
    """Make a `tokenizers` tokenizer in which each of `words` is one token and [BOS] and [EOS] enclose a text."""
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token=UNKNOWN_TOKEN))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.post_processor = TemplateProcessing(
        single=f"{BOS_TOKEN} $A {EOS_TOKEN}", special_tokens=[(edge, numbers[edge]) for edge in (BOS_TOKEN, EOS_TOKEN)]
    )
    return tokenizer


def _make_id_function(words: Sequence[str], length: int) -> Callable[[Sequence[str]], torch.Tensor]:
    """Make a function from texts to token ids (N, length); a longer text is cut before [EOS]."""
    tokenizer = make_word_tokenizer(words)
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(length=length, pad_id=words.index(PAD_TOKEN), pad_token=PAD_TOKEN)

    def tokenize(texts: Sequence[str]) -> torch.Tensor:
        rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
        return torch.tensor(rows, dtype=torch.int64).reshape(len(rows), length)

    return tokenize


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
    config: ModelConfig | None
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
    def num_parameters(self) -> int:
        """Numbers that its weights hold."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    @property
    def logit_scale(self) -> float:
        """Factor of the cosines, already exponentiated."""
        return float(self.model.logit_scale.detach().exp())

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return the words of `text` outside of the vocabulary, each once; none if tokens are parts of words."""
        if self.words is None:
            return ()
        known = set(self.words)
        return tuple(dict.fromkeys(word for word in text.lower().split() if word not in known))

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
        patches = towers.cut_patches(self.model, images)
        if images.device.type != "cpu":  # where one would wait for the number of distinct ones
            return towers.encode_patches(self.model, self.pixels(patches.flatten(0, 1)).view(patches.shape))
        distinct, row = towers.deduplicate_patches(patches)
        return towers.encode_patches(self.model, self.pixels(distinct), row)

    def encode_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        """Encode normalized floats (N, 3, S, S) to image_features (N, D), not normalized."""
        pixels = pixels.to(self.device)
        if towers.is_plain_image_tower(self.model):
            return towers.encode_patches(self.model, towers.cut_patches(self.model, pixels))
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
        """Tokenize texts to ids (N, C); raise `ModelError` if a damaged tokenizer panics."""
        try:
            return self.tokenizer(list(texts))
        except BaseException as error:
            # A panic of the library's Rust code is no Exception, and would end the thread of a queue.
            if type(error).__name__ != "PanicException":
                raise
            raise model_error(self.name, "its tokenizer fails on this text ({problem})", problem=error) from None

    def own_ids(
        self, ids: torch.Tensor, words: tuple[str, ...], read: Callable[[torch.Tensor], list[str]]
    ) -> torch.Tensor:
        """Return ids (N, C) in the model's own vocabulary.

        Ids of the vocabulary `words` are returned unchanged if it is the model's, else the texts of `read` are
        tokenized.
        """
        return ids if self.words == words else self.ids(read(ids.cpu())).to(ids.device)


def new_clip(config: ModelConfig, *, words: Sequence[str], seed: int, name: str = "untrained") -> Clip:
    """Make a model with fresh weights, a function of the seed only, with `words` as tokens."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = open_clip.CLIP(**config)
    return Clip(
        name=name,
        model=model,
        config=config,
        preprocess=preprocess_config(config["vision_cfg"]["image_size"]),
        words=tuple(words),
        tokenizer=_make_id_function(words, config["text_cfg"]["context_length"]),
    )


def weights_digest(clip: Clip) -> str:
    """Return sixteen hex digits of SHA-256 over the names and bytes of all weights; equal models have equal digests."""
    digest = hashlib.sha256()
    for name, weights in sorted(clip.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]


EDGE_TOKENS = 2
"""Tokens around the words of a caption, if a word is a token."""
PADDED_POSITIONS = 64
"""Positions beyond four per byte, at which any caption ends with padding."""


def are_truncated(clip: Clip, texts: Sequence[str]) -> list[bool]:
    """Return per text if the model truncates it."""
    length = clip.context_length
    if length is None:
        return [False] * len(texts)
    if clip.words is not None:
        return [len(text.split()) + EDGE_TOKENS > length for text in texts]
    wide = length + PADDED_POSITIONS + 4 * max((len(text.encode()) for text in texts), default=0)
    tokenizer: Any = clip.tokenizer
    rows = tokenizer(list(texts), context_length=wide)
    # Whatever a tokenizer pads with stands at the end of so wide a row.
    return [bool((row[length:] != row[-1]).any()) for row in rows]


def export(clip: Clip, folder: Path) -> None:
    """Write `clip` to `folder`; a model with another tokenizer keeps that one's files."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in clip.model.state_dict().items()}
    save_file(weights, folder / WEIGHTS_FILE)
    if clip.config is not None:
        _write_json(folder / CONFIG_FILE, {"model_cfg": clip.config, "preprocess_cfg": clip.preprocess})
    if clip.words is not None and clip.config is not None:
        make_word_tokenizer(clip.words).save(str(folder / TOKENIZER_FILE))
        kind = {"tokenizer_class": "PreTrainedTokenizerFast"}
        special = {
            "pad_token": PAD_TOKEN,
            "unk_token": UNKNOWN_TOKEN,
            "bos_token": BOS_TOKEN,
            "eos_token": EOS_TOKEN,
        }
        length = {"model_max_length": clip.config["text_cfg"]["context_length"]}
        _write_json(folder / TOKENIZER_CONFIG_FILE, kind | special | length)
    elif hasattr(clip.tokenizer, "tokenizer") and hasattr(clip.tokenizer.tokenizer, "save_pretrained"):
        clip.tokenizer.tokenizer.save_pretrained(folder)


def _write_json(path: Path, record: Mapping[str, object]) -> None:
    path.write_text(json.dumps(record, indent=2) + "\n")
