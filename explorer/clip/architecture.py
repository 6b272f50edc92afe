"""Parameter counts of a plain CLIP from its config, without building it.

    count_parameters({"embed_dim": 512, "vision_cfg": {"layers": 12, "width": 768, ...}, "text_cfg": {...}})
    # 151_277_313: ViT-B-32

The image tower is a transformer or OpenAI's ResNet. None for towers of timm and transformers, which only their
libraries can build, and for the rarer parts of open_clip.
"""

from collections.abc import Mapping
from typing import Any

_UNUSUAL = frozenset(
    "timm_model_name hf_model_name attentional_pool attn_pooler_queries qk_norm scaled_cosine scale_heads scale_attn "
    "scale_attn_inner scale_fc ls_init_value proj_bias embed_cls block_type pos_embed_type input_patchnorm no_ln_pre "
    "final_ln_after_pool norm_kwargs".split()
)


def count_parameters(config: Mapping[str, Any]) -> int | None:
    """Count the parameters of a CLIP of two plain transformers with its logit_scale and logit_bias.

    None for any other.
    """
    vision, text = config.get("vision_cfg", {}), config.get("text_cfg", {})
    usual = not any(tower.get(key) for tower in (vision, text) for key in _UNUSUAL) and "multimodal_cfg" not in config
    if not usual or text.get("proj_type", "linear") != "linear":
        return None
    embed = int(config["embed_dim"])
    tower = _resnet if isinstance(vision.get("layers"), list) else _vision
    scale_and_bias = 1 + ("init_logit_bias" in config)
    return tower(vision, embed) + _text(text, embed) + scale_and_bias


def _vision(vision: Mapping[str, Any], embed: int) -> int:
    width, patch, size = vision.get("width", 768), vision.get("patch_size", 16), vision.get("image_size", 224)
    height, breadth = (size, size) if isinstance(size, int) else size
    places = (height // patch) * (breadth // patch) + 1
    stem = 3 * patch * patch * width + width + places * width
    blocks = _blocks(width, vision.get("layers", 12), vision.get("mlp_ratio", 4.0))
    return int(stem + blocks + 2 * 2 * width + width * embed)


def _resnet(vision: Mapping[str, Any], embed: int) -> int:
    """Count a stem of three convolutions, four stages of bottlenecks, and the attention pool."""
    width, size = vision.get("width", 64), vision.get("image_size", 224)
    half = width // 2
    numbers = _convolution(3, half, 3) + _convolution(half, half, 3) + _convolution(half, width, 3)
    inside = width
    for stage, blocks in enumerate(vision["layers"]):
        narrow, wide = width * 2**stage, 4 * width * 2**stage
        for block in range(blocks):
            numbers += _convolution(inside, narrow, 1) + _convolution(narrow, narrow, 3)
            numbers += _convolution(narrow, wide, 1) + (_convolution(inside, wide, 1) if block == 0 else 0)
            inside = wide
    places = (size // 32) ** 2 + 1
    attention = places * inside + 3 * (inside * inside + inside) + inside * embed + embed
    return int(numbers + attention)


def _convolution(inside: int, out: int, side: int) -> int:
    """Count a convolution without bias and the norm after it."""
    return inside * out * side * side + 2 * out


def _text(text: Mapping[str, Any], embed: int) -> int:
    width = text.get("width", 512)
    tables = (text.get("vocab_size", 49408) + text.get("context_length", 77)) * width
    return int(tables + _blocks(width, text.get("layers", 12), text.get("mlp_ratio", 4.0)) + 2 * width + width * embed)


def _blocks(width: int, layers: int, mlp_ratio: float) -> int:
    """Count attention, the two layers after it and two norms, with their biases."""
    hidden = int(width * mlp_ratio)
    attention = 4 * width * width + 4 * width
    return layers * (attention + 2 * width * hidden + hidden + width + 4 * width)
