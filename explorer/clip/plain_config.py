"""Accept only configs of plain CLIPs, which name no library, repository or file outside their folder.

    check_plain_config({"model_cfg": {"embed_dim": 128, "vision_cfg": {...}, "text_cfg": {...}}})

open_clip builds towers of timm and transformers from the names in a config, and downloads what these name. An imported
run is read only if its model has towers of open_clip's own: a transformer of text, and of images a transformer or
OpenAI's ResNet, whose `layers` are the blocks of its four stages. No torch here.
"""

from collections.abc import Mapping
from typing import Any

from explorer.clip.safetensors_header import WeightsError, check_config

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
STAGES = 4
"""Of OpenAI's ResNet."""
_NEEDED = {"model_cfg": ("embed_dim", "vision_cfg", "text_cfg")}


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
