"""Pictures and captions of a person to what a model takes, exactly as plain open_clip does it.

pixels = prepare(clip, pictures)                # (N, 3, H, W) floats, by open_clip's own transform
features = encode_pictures(clip, pictures)      # (N, D), not normalised
is_cut(clip, ["a " * 100])                      # [True]: more tokens than the model reads
"""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from open_clip.transform import PreprocessCfg, image_transform_v2, merge_preprocess_dict

from models.clip import Clip

EDGES = 2
"""Tokens that stand around the words of a caption, where a word is a token."""
WIDE = 64
"""Places beyond four a byte, in which any caption ends with padding."""


def prepare(clip: Clip, pictures: Iterable[Any]) -> torch.Tensor:
    """PIL pictures of any size as the model takes them; one is held at its full size at a time."""
    known = merge_preprocess_dict(PreprocessCfg(), clip.preprocess)
    transform = image_transform_v2(PreprocessCfg(**known), is_train=False)
    return torch.stack([transform(picture) for picture in pictures])


def encode_pictures(clip: Clip, pictures: Iterable[Any]) -> torch.Tensor:
    """PIL pictures to image_features (N, D) float32 on the CPU, not normalised."""
    with torch.inference_mode():
        features: torch.Tensor = clip.model.encode_image(prepare(clip, pictures).to(clip.device))
    return features.float().cpu()


def is_cut(clip: Clip, texts: Sequence[str]) -> list[bool]:
    """Whether the model reads less than the whole of each text."""
    length = clip.context_length
    if length is None:
        return [False] * len(texts)
    if clip.words is not None:
        return [len(text.split()) + EDGES > length for text in texts]
    wide = length + WIDE + 4 * max((len(text.encode()) for text in texts), default=0)
    tokenizer: Any = clip.tokenizer
    rows = tokenizer(list(texts), context_length=wide)
    # Whatever a tokenizer pads with stands at the end of so wide a row.
    return [bool((row[length:] != row[-1]).any()) for row in rows]
