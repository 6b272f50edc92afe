"""The numbers of a plain CLIP counted from its config, without building it.

    count_parameters({"embed_dim": 512, "vision_cfg": {"layers": 12, "width": 768, ...}, "text_cfg": {...}})
    # 151_277_313: ViT-B-32

None for towers of timm, of transformers and for ResNets, which only their libraries can build.
"""

from collections.abc import Mapping
from typing import Any

_UNUSUAL = frozenset(
    "timm_model_name hf_model_name attentional_pool attn_pooler_queries qk_norm scaled_cosine scale_heads scale_attn "
    "scale_attn_inner scale_fc ls_init_value proj_bias embed_cls block_type pos_embed_type input_patchnorm no_ln_pre "
    "final_ln_after_pool norm_kwargs".split()
)


def count_parameters(config: Mapping[str, Any]) -> int | None:
    """The numbers of a CLIP of two plain transformers with its logit_scale and logit_bias; None for any other."""
    vision, text = config.get("vision_cfg", {}), config.get("text_cfg", {})
    usual = not any(tower.get(key) for tower in (vision, text) for key in _UNUSUAL) and "multimodal_cfg" not in config
    layers = vision.get("layers", 12)
    if not usual or not isinstance(layers, int) or text.get("proj_type", "linear") != "linear":
        return None
    embed = int(config["embed_dim"])
    scale_and_bias = 1 + ("init_logit_bias" in config)
    return _vision(vision, layers, embed) + _text(text, embed) + scale_and_bias


def _vision(vision: Mapping[str, Any], layers: int, embed: int) -> int:
    width, patch, size = vision.get("width", 768), vision.get("patch_size", 16), vision.get("image_size", 224)
    height, breadth = (size, size) if isinstance(size, int) else size
    places = (height // patch) * (breadth // patch) + 1
    stem = 3 * patch * patch * width + width + places * width
    return int(stem + _blocks(width, layers, vision.get("mlp_ratio", 4.0)) + 2 * 2 * width + width * embed)


def _text(text: Mapping[str, Any], embed: int) -> int:
    width = text.get("width", 512)
    tables = (text.get("vocab_size", 49408) + text.get("context_length", 77)) * width
    return int(tables + _blocks(width, text.get("layers", 12), text.get("mlp_ratio", 4.0)) + 2 * width + width * embed)


def _blocks(width: int, layers: int, mlp_ratio: float) -> int:
    """Attention, the two layers behind it and two norms, with their biases."""
    hidden = int(width * mlp_ratio)
    attention = 4 * width * width + 4 * width
    return layers * (attention + 2 * width * hidden + hidden + width + 4 * width)
