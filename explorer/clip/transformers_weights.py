"""Names of the weights of Transformers' CLIP and SigLIP in open_clip's towers.

dict(clip_weights({"visual_projection.weight": ...}))      # {"visual.proj": ...}, transposed
dict(siglip_weights({"vision_model.head.probe": ...}))     # {"visual.trunk.attn_pool.latent": ...}

A name that is unknown stays as it is, so that loading reports it. All weights become float32.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

ATTENTION = ("q_proj", "k_proj", "v_proj")
_OPEN_CLIP_BLOCK = {
    "layer_norm1.": "ln_1.",
    "layer_norm2.": "ln_2.",
    "mlp.fc1.": "mlp.c_fc.",
    "mlp.fc2.": "mlp.c_proj.",
    "self_attn.out_proj.": "attn.out_proj.",
    "self_attn.in_proj_": "attn.in_proj_",
}
_TIMM_BLOCK = {
    "layer_norm1.": "norm1.",
    "layer_norm2.": "norm2.",
    "mlp.": "mlp.",
    "self_attn.out_proj.": "attn.proj.",
    "self_attn.in_proj_": "attn.qkv.",
}


def clip_weights(held: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield the weights of a CLIPModel under open_clip's names."""
    names = {
        "logit_scale": "logit_scale",
        "visual_projection.weight": "visual.proj",
        "text_projection.weight": "text_projection",
        "vision_model.embeddings.class_embedding": "visual.class_embedding",
        "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
        "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
    }
    norms = {"pre_layrnorm": "visual.ln_pre", "post_layernorm": "visual.ln_post", "final_layer_norm": "ln_final"}
    blocks = {
        "vision_model.encoder.layers.": "visual.transformer.resblocks.",
        "text_model.encoder.layers.": "transformer.resblocks.",
    }
    for name, weights in _joined(held):
        if name in ("visual_projection.weight", "text_projection.weight"):
            weights = weights.T.contiguous()
        if name == "logit_scale":
            weights = weights.reshape(())
        tower, _, rest = name.partition(".")
        norm, _, part = rest.partition(".")
        if name not in names and tower.endswith("_model") and norm in norms:
            yield f"{norms[norm]}.{part}", weights
        else:
            yield names.get(name) or _block(name, blocks), weights


def siglip_weights(held: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield the weights of a SiglipModel under the names of open_clip's text tower and timm's image tower."""
    head, pool = "vision_model.head.", "visual.trunk.attn_pool."
    names = {
        "logit_scale": "logit_scale",
        "logit_bias": "logit_bias",
        "text_model.embeddings.token_embedding.weight": "text.token_embedding.weight",
        "text_model.embeddings.position_embedding.weight": "text.positional_embedding",
        "vision_model.embeddings.patch_embedding.weight": "visual.trunk.patch_embed.proj.weight",
        "vision_model.embeddings.patch_embedding.bias": "visual.trunk.patch_embed.proj.bias",
        "vision_model.embeddings.position_embedding.weight": "visual.trunk.pos_embed",
        f"{head}probe": f"{pool}latent",
    }
    starts = {
        "text_model.final_layer_norm.": "text.ln_final.",
        "text_model.head.": "text.text_projection.",
        "vision_model.post_layernorm.": "visual.trunk.norm.",
        f"{head}attention.out_proj.": f"{pool}proj.",
        f"{head}layernorm.": f"{pool}norm.",
        f"{head}mlp.": f"{pool}mlp.",
    }
    blocks = {"text_model.encoder.layers.": "text.transformer.resblocks."}
    timm = {"vision_model.encoder.layers.": "visual.trunk.blocks."}
    for name, weights in _joined(held):
        start = next((each for each in starts if name.startswith(each)), None)
        if name.startswith(f"{head}attention.in_proj_"):
            ending, width = name.rpartition("_")[2], len(weights) // 3
            yield f"{pool}q.{ending}", weights[:width]
            yield f"{pool}kv.{ending}", weights[width:]
        elif start is not None:
            yield starts[start] + name.removeprefix(start), weights
        elif name.startswith(tuple(timm)):
            yield _block(name, timm, _TIMM_BLOCK), weights
        elif name in ("logit_scale", "logit_bias"):
            yield name, weights.reshape(())
        else:
            found = names.get(name) or _block(name, blocks)
            yield found, weights[None] if found == "visual.trunk.pos_embed" else weights


def _joined(held: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield float32 weights with the projections to queries, keys and values as one; indices are left out."""
    for name, weights in held.items():
        first, middle, last = name.rpartition(".q_proj.")
        if name.endswith("position_ids") or any(f".{each}." in name for each in ATTENTION[1:]):
            continue
        if middle:
            parts = [held[f"{first}.{each}.{last}"] for each in ATTENTION if f"{first}.{each}.{last}" in held]
            yield f"{first}.in_proj_{last}", torch.cat(parts).float()
        else:
            yield name, weights.float()


def _block(name: str, towers: Mapping[str, str], parts: Mapping[str, str] = _OPEN_CLIP_BLOCK) -> str:
    """Return the name of a weight of a block; one that is unknown stays as it is, and is refused later."""
    for start, ours in towers.items():
        number, _, rest = name.removeprefix(start).partition(".")
        for theirs, part in parts.items() if name.startswith(start) else ():
            if rest.startswith(theirs):
                return f"{ours}{number}.{part}{rest.removeprefix(theirs)}"
    return name
