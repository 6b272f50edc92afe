"""Files of models from outside, checked before anything is built from them, and weights in half precision.

    tensors = read_header(folder / "open_clip_model.safetensors")
    tensors["visual.proj"]                # Tensor(dtype="F32", shape=(128, 128))
    count(tensors)                        # numbers in all of them
    packed = half_weights(folder / "open_clip_model.safetensors")      # bytes of a safetensors file

    check_config({"embed_dim": 512, "vision_cfg": {"patch_size": 0}, "text_cfg": {}})
    # WeightsError: its config says patch_size=0, give a whole number from 1 to 200000
    check_plain_config({"model_cfg": {"embed_dim": 128, "vision_cfg": {...}, "text_cfg": {...}}})
    check_transformers_config({"text_config": {"hidden_size": 512, "num_attention_heads": 8}})
    check_pixels({"size": (224, 224), "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)})

All raise `WeightsError`, a sentence without the model's name, which the caller adds. No torch here: lists, imports of
runs and the page read these files.

open_clip builds towers of timm and transformers from the names in a config, and downloads what these name. An imported
run is read only if its model has towers of open_clip's own: a transformer of text, and of images a transformer or
OpenAI's ResNet, whose `layers` are the blocks of its four stages.
"""

import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from explorer.errors import quote_value

MOST_HEADER = 16_000_000
MOST_TENSORS = 50_000
MOST_SIDES = 8
MOST_BYTES = 24 * 10**9
"""Largest file: the largest CLIP of open_clip has 5e9 numbers in 16 or 32 bits."""
READ = ("F32", "F16", "F64", "I64", "I32", "I16", "I8", "U8", "BOOL")
"""Kinds of numbers that numpy holds; of these only floats are converted."""
DTYPES = {*READ, "BF16", "F8_E4M3", "F8_E5M2", "U64", "U32", "U16"}
_FAULTS = {
    "incomplete metadata": "its weights are cut off or too long",
    "invalid offset": "the tensors of its weights overlap or leave gaps",
    "invalid JSON": "the header of its weights is no JSON object of tensors",
}
"""Sentences by what safetensors says of a file."""


class WeightsError(ValueError):
    """Impossible weights or config; the text gives the reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensor:
    """Header entry of one tensor."""

    dtype: str
    shape: tuple[int, ...]


def check_bytes(path: Path) -> None:
    """Refuse a file that is larger than any CLIP, or an archive that unpacks to more."""
    size = path.stat().st_size
    if path.suffix != ".safetensors" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = max(size, sum(each.file_size for each in archive.infolist()))
    if size > MOST_BYTES:
        raise WeightsError(f"its weights are {size} bytes, the most is {MOST_BYTES}")


def read_header(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a safetensors file; their byte ranges must fill the file exactly.

    Raises:
        WeightsError: the file is none, is damaged, or is larger than any CLIP.
    """
    check_bytes(path)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(MOST_HEADER, path.stat().st_size - 8):
        raise WeightsError(f"its weights are no safetensors file, or cut off: a header of {length} bytes")
    try:
        with safe_open(path, "numpy") as opened:
            names = opened.keys()
            if not 0 < len(names) <= MOST_TENSORS:
                raise WeightsError(f"its weights hold {len(names)} tensors, from 1 to {MOST_TENSORS} can be read")
            parts = {name: opened.get_slice(name) for name in names}
            header = {
                name: Tensor(dtype=each.get_dtype(), shape=tuple(each.get_shape())) for name, each in parts.items()
            }
    except SafetensorError as error:
        fault = next((words for start, words in _FAULTS.items() if start in str(error)), "")
        raise WeightsError(fault or "the header of its weights does not fit a tensor") from None
    for name, tensor in header.items():
        if tensor.dtype not in DTYPES or len(tensor.shape) > MOST_SIDES:
            raise WeightsError(f"the header of its weights does not fit the tensor {name[:60]}")
    return header


def count(tensors: Mapping[str, Tensor]) -> int:
    """Count the elements of all tensors."""
    return sum(math.prod(tensor.shape) for tensor in tensors.values())


MOST_NUMBERS = 100_000_000
"""Largest number of weights of a model for a browser; they take about 400 MB there."""


def check_for_browser(path: Path) -> None:
    """Refuse weights that a browser cannot take, by their header only.

    Raises:
        WeightsError: the file is damaged, too large, or holds numbers of a kind that is not converted.
    """
    header = read_header(path)
    if count(header) > MOST_NUMBERS:
        raise WeightsError(f"it has {count(header):,} numbers, a browser takes {MOST_NUMBERS:,} at most")
    other = next((tensor.dtype for tensor in header.values() if tensor.dtype not in READ), None)
    if other is not None:
        raise WeightsError(f"its weights are stored as {other}, a browser takes {', '.join(READ)}")


def half_weights(path: Path) -> bytes:
    """Return the file for a browser, every tensor as float16 but scalars: logit_scale multiplies every answer.

    Raises:
        WeightsError: as `check_for_browser`, or a weight is too large for 16 bits.
    """
    check_for_browser(path)
    tensors = load(path.read_bytes())
    with np.errstate(over="ignore"):
        halves = {name: _half(tensor) for name, tensor in tensors.items()}
    unfit = next((name for name, half in halves.items() if not np.isfinite(half).all()), None)
    if unfit is not None:
        raise WeightsError(f"its weights {unfit[:60]} do not fit 16 bits")
    return save(halves)


def _half(tensor: np.ndarray) -> np.ndarray:
    if not np.issubdtype(tensor.dtype, np.floating):
        return tensor
    return tensor.astype(np.float32 if tensor.ndim == 0 else np.float16)


Kinds = Mapping[str, type | tuple[type, ...]]

_NUMBER = (int, float)
_MODEL: Kinds = {
    "embed_dim": int, "vision_cfg": dict, "text_cfg": dict, "init_logit_scale": _NUMBER, "init_logit_bias": _NUMBER,
    "quick_gelu": bool,
}  # fmt: skip
_VISION: Kinds = {
    "image_size": int, "patch_size": int, "width": int, "layers": (int, list), "head_width": int, "mlp_ratio": _NUMBER,
}  # fmt: skip
_TEXT: Kinds = {
    "context_length": int, "vocab_size": int, "width": int, "heads": int, "layers": int, "mlp_ratio": _NUMBER,
    "pool_type": str, "eos_id": int, "pad_id": int, "hf_tokenizer_name": str,
}  # fmt: skip
_NEEDED = {"model_cfg": ("embed_dim", "vision_cfg", "text_cfg")}
STAGES = 4
"""Of OpenAI's ResNet."""
MOST_IN_CONFIG = {"layers": 256, "image_size": 4096, "size": 4096, "context_length": 32_768, "vocab_size": 2_000_000}
MOST_IN_CONFIG |= {"max_position_embeddings": 32_768, "num_hidden_layers": 256}
MOST_OTHER = 200_000
"""Bound on any other number in a config: widths, heads, patches."""
COUNTS = {
    "embed_dim", "image_size", "size", "patch_size", "width", "layers", "head_width", "heads", "context_length",
    "vocab_size", "attn_pooler_heads", "n_queries", "dim_head", "hidden_size", "num_attention_heads",
    "num_hidden_layers", "intermediate_size", "max_position_embeddings", "projection_dim", "projection_size",
}  # fmt: skip
"""Fields that count or measure something, so that they are whole numbers from 1."""
FACTORS = ("mlp_ratio",)
POSITIONS = ("eos_id", "pad_id")
MOST_PIXEL = 1000.0
"""Bound on mean and deviation of pixels, which are of the order of 1."""


def check_plain_config(document: Any) -> None:
    """Check the document of an open_clip_config.json; `WeightsError` names the first field that is not a plain CLIP's.

    With `hf_tokenizer_name`, open_clip reads the tokenizer of the folder itself, so any text is taken.
    """
    config = _checked(document.get("model_cfg") if isinstance(document, Mapping) else None, _MODEL, "model_cfg")
    vision = _checked(config["vision_cfg"], _VISION, "vision_cfg")
    stages = vision.get("layers")
    if isinstance(stages, list) and not (len(stages) == STAGES and all(type(blocks) is int for blocks in stages)):
        raise WeightsError(f"its config has other vision_cfg.layers than {STAGES} whole numbers")
    _checked(config["text_cfg"], _TEXT, "text_cfg")
    check_config(config)
    pixels = document.get("preprocess_cfg")
    if isinstance(pixels, Mapping):
        check_pixels(pixels)


def _checked(given: Any, kinds: Kinds, name: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise WeightsError(f"its config has no object {name}")
    for key, value in given.items():
        kind = kinds.get(key)
        if kind is None:
            raise WeightsError(f"its config has {name}.{str(key)[:40]}, which no plain CLIP has")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise WeightsError(f"its config has another kind of value in {name}.{key} than a plain CLIP")
    missing = [key for key in _NEEDED.get(name, ()) if key not in given]
    if missing:
        raise WeightsError(f"its config has no {name}.{missing[0]}")
    return given


def check_config(config: Mapping[str, Any]) -> None:
    """Refuse impossible numbers in a `model_cfg`, and sizes that do not divide, before anything is built from them."""
    _check_value(config, "model_cfg")
    vision, text = (config.get(name) for name in ("vision_cfg", "text_cfg"))
    if isinstance(vision, Mapping) and not vision.get("timm_model_name"):
        _check_image_tower(vision)
    if isinstance(text, Mapping) and not text.get("hf_model_name"):
        _check_heads("width", text.get("width") or 512, "heads", text.get("heads") or 8)


def check_transformers_config(config: Mapping[str, Any]) -> None:
    """Refuse impossible sizes in the config.json of a Transformers CLIP; what it leaves out is a default."""
    for name in ("projection_dim", "text_config", "vision_config"):
        found = config.get(name)
        if not isinstance(found, Mapping):
            _check_value(found, name)
            continue
        for field in COUNTS & found.keys():
            _check_value(found[field], field)
        width, heads = found.get("hidden_size"), found.get("num_attention_heads")
        if width and heads:
            _check_heads("hidden_size", width, "num_attention_heads", heads)


def _check_heads(width_name: str, width: int, heads_name: str, heads: int) -> None:
    """Refuse a number of heads that does not divide the width."""
    if width % heads:
        raise _impossible(heads_name, heads, f"give a divisor of {width_name}={width}")


def check_pixels(pixels: Mapping[str, Any]) -> None:
    """Refuse a `preprocess_cfg` with an impossible size, mean or deviation; what it leaves out is open_clip's."""
    if pixels.get("size") is not None:
        _check_value(pixels["size"], "size")
    for name, low in (("mean", -MOST_PIXEL), ("std", 0.0)):
        values = pixels.get(name)
        if values is None:
            continue
        each = list(values) if isinstance(values, list | tuple) else [values]
        if not all(_is_number(value) and low < value <= MOST_PIXEL for value in each) or len(each) not in (1, 3):
            words = f"above 0 to {MOST_PIXEL:g}" if name == "std" else f"from -{MOST_PIXEL:g} to {MOST_PIXEL:g}"
            raise _impossible(name, values, f"give three numbers {words}")


def _check_image_tower(vision: Mapping[str, Any]) -> None:
    """Check that the image holds a patch, and that the heads divide the width."""
    size, patch = vision.get("image_size") or 224, vision.get("patch_size") or 16
    width, head = vision.get("width") or 768, vision.get("head_width") or 64
    if isinstance(vision.get("layers"), list):
        return  # a ResNet has no patches; its width and heads are of another kind
    least = min(size) if isinstance(size, list | tuple) else size
    if (max(patch) if isinstance(patch, list | tuple) else patch) > least:
        raise _impossible("patch_size", patch, f"give a whole number from 1 to image_size={least}")
    if head > width or width % (width // head):
        raise _impossible("head_width", head, f"give a divisor of width={width}")


def _check_value(value: Any, name: str) -> None:
    """Check a value of a config by its field's name, inside objects and lists too."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_value(inner, str(key))
    elif isinstance(value, list | tuple) and value:
        for inner in value:
            _check_value(inner, name)
    elif value is None:
        return  # open_clip writes null for its own default
    elif name in COUNTS:
        most = MOST_IN_CONFIG.get(name, MOST_OTHER)
        if type(value) is not int or not 1 <= value <= most:
            raise _impossible(name, value, f"give a whole number from 1 to {most}")
    elif _is_number(value):
        low = 0 if name in (*FACTORS, *POSITIONS) else -MOST_OTHER
        if not low <= value <= MOST_OTHER or (name in FACTORS and value == 0):
            words = f"above 0 to {MOST_OTHER}" if name in FACTORS else f"from {low} to {MOST_OTHER}"
            raise _impossible(name, value, f"give a number {words}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _impossible(name: str, value: Any, allowed: str) -> WeightsError:
    return WeightsError(f"its config says {quote_value(name)}={quote_value(value, 20)}, {allowed}")
