"""Configs of models from outside, checked before anything is built from their numbers.

    check_config({"embed_dim": 512, "vision_cfg": {"patch_size": 0}, "text_cfg": {}})
    # WeightsError: its config says patch_size=0, give a whole number from 1 to 200000
    check_plain_config({"model_cfg": {"embed_dim": 128, "vision_cfg": {...}, "text_cfg": {...}}})
    check_transformers_config({"text_config": {"hidden_size": 512, "num_attention_heads": 8}})
    check_pixels({"size": (224, 224), "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)})

Raises `WeightsError`, a sentence without the model's name, which the caller adds.

open_clip builds towers of timm and transformers from the names in a config, and downloads what these name. An imported
run is read only if its model has towers of open_clip's own: a transformer of text, and of images a transformer or
OpenAI's ResNet, whose `layers` are the blocks of its four stages. No torch here: imports of runs read configs too.
"""

from collections.abc import Mapping
from typing import Any

from explorer.clip.checked_files import WeightsError
from explorer.errors import quote_value

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
