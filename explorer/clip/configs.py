"""The architectures that are trained here, and open_clip's config of a model and of its pixels; without torch.

    model_config("small", words=grammar.words, context_length=33, eos_id=EOS)
    # {"embed_dim": 128, "vision_cfg": {...}, "text_cfg": {..., "vocab_size": 40, "context_length": 33}}

Architectures are the JSON files of `models/configs/` in open_clip's own form, completed with the vocabulary of a world.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from explorer.resources import CONFIGS


class ModelConfig(TypedDict, total=False):
    """open_clip's `model_cfg`; the towers have open_clip's own fields."""

    embed_dim: int
    quick_gelu: bool
    init_logit_scale: float
    init_logit_bias: float
    vision_cfg: dict[str, Any]
    text_cfg: dict[str, Any]


PIXEL_MEAN = (0.5, 0.5, 0.5)
PIXEL_STD = (0.25, 0.25, 0.25)
SIGLIP_START: ModelConfig = {"init_logit_scale": math.log(10), "init_logit_bias": -10.0}
"""Initial scale and bias of Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023."""


def config_names() -> tuple[str, ...]:
    """List the architectures that can be trained from scratch, the default first."""
    names = sorted(path.stem for path in CONFIGS.glob("*.json"))
    return tuple(sorted(names, key=lambda name: name != "small"))


def model_config(
    name: str, *, words: Sequence[str], context_length: int, eos_id: int, is_siglip: bool = False
) -> ModelConfig:
    """Return open_clip's `model_cfg` of the architecture `name` for a vocabulary of `words`."""
    config: ModelConfig = json.loads((CONFIGS / f"{name}.json").read_text())
    config["text_cfg"] |= {
        "vocab_size": len(words),
        "context_length": context_length,
        "pool_type": "eos",
        "eos_id": eos_id,
        "pad_id": 0,
        "hf_tokenizer_name": "word-level",  # any name works: local-dir reads the tokenizer next to the config
    }
    return {**config, **SIGLIP_START} if is_siglip else config


@dataclass(frozen=True, kw_only=True, slots=True)
class Preprocessing:
    """Resizing and normalization of pictures; `size` is height and width in pixels."""

    size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize_mode: str
    interpolation: str

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Preprocessing":
        """Parse open_clip's `preprocess_cfg`; missing fields have open_clip's defaults."""
        size = record["size"]
        return cls(
            size=(size, size) if isinstance(size, int) else (size[0], size[-1]),
            mean=tuple(float(each) for each in record["mean"]),
            std=tuple(float(each) for each in record["std"]),
            resize_mode=str(record.get("resize_mode", "shortest")),
            interpolation=str(record.get("interpolation", "bicubic")),
        )


def preprocess_config(image_size: int) -> dict[str, Any]:
    """Return open_clip's `preprocess_cfg` of training pixels."""
    return {
        "size": [image_size, image_size],
        "mean": list(PIXEL_MEAN),
        "std": list(PIXEL_STD),
        "interpolation": "bicubic",
        "resize_mode": "squash",
    }
