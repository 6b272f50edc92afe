"""A folder of Transformers' `CLIPModel` or `SiglipModel`, converted in memory to open_clip's towers.

    parts = read_folder(Path("clip-vit-base-patch32"))
    parts.model.encode_image(pixels)        # as transformers' get_image_features, within 1e-4
    parts.notes                             # ("The folder has no preprocessor file, ...",)

    dict(_clip_weights({"visual_projection.weight": ...}))      # {"visual.proj": ...}, transposed
    dict(_siglip_weights({"vision_model.head.probe": ...}))     # {"visual.trunk.attn_pool.latent": ...}

Weights are read from safetensors, or as tensors alone, and become float32; no code of the folder runs. A weight with
an unknown name keeps it, so that loading reports it. Raises `ModelFileError`, which says what to do next.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.clip import checked_files
from explorer.clip.checked_files import ModelFileError, check_named_tokenizer
from explorer.clip.configs import ModelConfig
from explorer.clip.names import TRANSFORMERS_CONFIG_FILE, TRANSFORMERS_KINDS, find_weights
from explorer.clip.open_clip_import import open_clip
from explorer.clip.weights import check_file_size, check_safe, read_weights

ATTENTION_PROJECTIONS = ("q_proj", "k_proj", "v_proj")
_CLIP = {
    "visual_projection.weight": "visual.proj",
    "text_projection.weight": "text_projection",
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.patch_embedding.": "visual.conv1.",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "vision_model.pre_layrnorm.": "visual.ln_pre.",
    "vision_model.post_layernorm.": "visual.ln_post.",
    "vision_model.encoder.layers.": "visual.transformer.resblocks.",
    "text_model.embeddings.token_embedding.": "token_embedding.",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm.": "ln_final.",
    "text_model.encoder.layers.": "transformer.resblocks.",
}
_SIGLIP = {
    "vision_model.embeddings.patch_embedding.": "visual.trunk.patch_embed.proj.",
    "vision_model.embeddings.position_embedding.weight": "visual.trunk.pos_embed",
    "vision_model.post_layernorm.": "visual.trunk.norm.",
    "vision_model.encoder.layers.": "visual.trunk.blocks.",
    "vision_model.head.probe": "visual.trunk.attn_pool.latent",
    "vision_model.head.attention.out_proj.": "visual.trunk.attn_pool.proj.",
    "vision_model.head.layernorm.": "visual.trunk.attn_pool.norm.",
    "vision_model.head.mlp.": "visual.trunk.attn_pool.mlp.",
    **{theirs: f"text.{ours}" for theirs, ours in _CLIP.items() if theirs.startswith("text_model.")},
    "text_model.head.": "text.text_projection.",
}
_OPEN_CLIP_BLOCK = {
    ".layer_norm1.": ".ln_1.", ".layer_norm2.": ".ln_2.", ".mlp.fc1.": ".mlp.c_fc.", ".mlp.fc2.": ".mlp.c_proj.",
    ".self_attn.": ".attn.",
}  # fmt: skip
_TIMM_BLOCK = {
    ".layer_norm1.": ".norm1.", ".layer_norm2.": ".norm2.", ".self_attn.out_proj.": ".attn.proj.",
    ".self_attn.in_proj_": ".attn.qkv.",
}  # fmt: skip


def _clip_weights(hub_weights: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield the weights of a CLIPModel under the names of open_clip, projections transposed."""
    for name, weights in _join_projections(hub_weights):
        ours = _rename(name, _CLIP, _OPEN_CLIP_BLOCK)
        yield ours, weights.T.contiguous() if ours in ("visual.proj", "text_projection") else weights


def _siglip_weights(hub_weights: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield the weights of a SiglipModel under the names of open_clip's text tower and timm's image tower."""
    for name, weights in _join_projections(hub_weights):
        if name.startswith("vision_model.head.attention.in_proj_"):
            ending, width = name.rpartition("_")[2], len(weights) // 3
            yield f"visual.trunk.attn_pool.q.{ending}", weights[:width]
            yield f"visual.trunk.attn_pool.kv.{ending}", weights[width:]
        else:
            ours = _rename(name, _SIGLIP, _TIMM_BLOCK if name.startswith("vision") else _OPEN_CLIP_BLOCK)
            yield ours, weights[None] if ours == "visual.trunk.pos_embed" else weights


def _join_projections(hub_weights: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield float32 weights with the projections to queries, keys and values as one; indices are left out."""
    for name, weights in hub_weights.items():
        first, middle, last = name.rpartition(".q_proj.")
        if name.endswith("position_ids") or any(f".{each}." in name for each in ATTENTION_PROJECTIONS[1:]):
            continue
        if middle:
            parts = [
                hub_weights[f"{first}.{each}.{last}"]
                for each in ATTENTION_PROJECTIONS
                if f"{first}.{each}.{last}" in hub_weights
            ]
            yield f"{first}.in_proj_{last}", torch.cat(parts).float()
        else:
            yield name, weights.float().reshape(()) if name in ("logit_scale", "logit_bias") else weights.float()


def _rename(name: str, starts: Mapping[str, str], block: Mapping[str, str]) -> str:
    """Return open_clip's name of a weight; one that is unknown stays as it is, and is refused later."""
    start = next((each for each in starts if name.startswith(each)), "")
    rest = name.removeprefix(start)
    for theirs, ours in block.items() if start.endswith(".layers.") else ():
        rest = rest.replace(theirs, ours)
    return starts.get(start, "") + rest


OPENAI_VOCABULARY_SIZE = 49_408
PREPROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json")
FOREIGN_TOKENIZER_FILES = ("tokenizer.json", "vocab.json", "spiece.model", "vocab.txt")
RESAMPLING = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}
SIGLIP_MEAN, SIGLIP_STD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ModelParts:
    """A model with what belongs to it; `config` has the form of open_clip's `model_cfg`."""

    model: Any
    config: ModelConfig
    tokenizer: Any
    notes: tuple[str, ...]


class _SiglipImageTower(nn.Module):
    """timm's vision transformer with attention pooling, of any width, as the image tower of an open_clip model."""

    def __init__(self, vision: Any) -> None:
        super().__init__()
        from timm.models.vision_transformer import VisionTransformer

        self.image_size = (vision.image_size, vision.image_size)
        self.trunk = VisionTransformer(
            img_size=vision.image_size, patch_size=vision.patch_size, num_classes=0, global_pool="map",
            class_token=False, embed_dim=vision.hidden_size, depth=vision.num_hidden_layers,
            num_heads=vision.num_attention_heads, mlp_ratio=vision.intermediate_size / vision.hidden_size,
            act_layer=partial(nn.GELU, approximate="tanh"),
            norm_layer=partial(nn.LayerNorm, eps=vision.layer_norm_eps),
        )  # fmt: skip

    def forward(self, pixels: Tensor) -> Tensor:
        """Encode normalized pixels (N, 3, S, S) to (N, D)."""
        features: Tensor = self.trunk(pixels)
        return features


def read_folder(folder: Path, *, is_safe_only: bool = False) -> ModelParts:
    """Convert the folder; `is_safe_only` refuses pickles and compares the config with the weights before it builds."""
    document = _read_json(folder / TRANSFORMERS_CONFIG_FILE)
    kind = str(document.get("model_type"))
    if kind not in TRANSFORMERS_KINDS:
        kinds = " and ".join(TRANSFORMERS_KINDS)
        words = f"its config.json is of a {kind[:40]} model; {kinds} can be read"
        raise ModelFileError(f"{words}, others after an export to open_clip's format")
    checked_files.check_transformers_config(document)
    hub_config = _read_config(folder, kind)
    config = _clip_config(hub_config) if kind == "clip" else _siglip_config(hub_config)
    checked_files.check_config(config)
    files = _weight_files(folder)
    build = partial(open_clip.CLIP, **config) if kind == "clip" else partial(_build_siglip, config, hub_config)
    (check_safe if is_safe_only else check_file_size)(files, build)
    model = build()
    weights = {name: each for file in files for name, each in read_weights(file).items()}
    missing, surplus = model.load_state_dict(
        dict(_clip_weights(weights) if kind == "clip" else _siglip_weights(weights)), strict=False
    )
    if missing or surplus:
        raise ModelFileError(
            f"its weights are not those of the {kind} model in its config.json: {len(missing)} missing and"
            f" {len(surplus)} unknown ({', '.join([*missing, *surplus][:3])}); save it anew with save_pretrained"
        )
    pixels, notes = _read_preprocessing(folder, hub_config.vision_config.image_size, kind)
    open_clip.set_model_preprocess_cfg(model.visual, pixels)
    open_clip.set_model_preprocess_cfg(model, pixels)
    tokenizer, more = _read_tokenizer(folder, config["text_cfg"], kind)
    return ModelParts(model=model, config=config, tokenizer=tokenizer, notes=(*notes, *more))


def _read_config(folder: Path, kind: str) -> Any:
    """Return transformers' config with its defaults, which a file may leave out."""
    from transformers import CLIPConfig, SiglipConfig

    config: Any = (CLIPConfig if kind == "clip" else SiglipConfig).from_pretrained(str(folder), local_files_only=True)
    text, vision = config.text_config, config.vision_config
    if text.hidden_act != vision.hidden_act:
        raise ModelFileError(f"its towers have the activations {text.hidden_act} and {vision.hidden_act}; one is read")
    known = ("quick_gelu", "gelu") if kind == "clip" else ("gelu_pytorch_tanh",)
    if text.hidden_act not in known:
        raise ModelFileError(f"its activation is {str(text.hidden_act)[:40]}, and {' or '.join(known)} can be read")
    return config


def _clip_config(hub_config: Any) -> ModelConfig:
    text, vision = hub_config.text_config, hub_config.vision_config
    # Transformers pools at the highest token of configs that have the end of text wrong, as those of OpenAI.
    pool = {"pool_type": "argmax"} if text.eos_token_id == 2 else {"pool_type": "eos", "eos_id": text.eos_token_id}
    return {
        "embed_dim": hub_config.projection_dim,
        "quick_gelu": text.hidden_act == "quick_gelu",
        "vision_cfg": _vision_config(vision)
        | {
            "head_width": vision.hidden_size // vision.num_attention_heads,
            "mlp_ratio": vision.intermediate_size / vision.hidden_size,
            "norm_kwargs": {"eps": vision.layer_norm_eps},
        },
        "text_cfg": _text_config(text) | pool,
    }


def _siglip_config(hub_config: Any) -> ModelConfig:
    text, vision = hub_config.text_config, hub_config.vision_config
    if not getattr(vision, "vision_use_head", True):
        raise ModelFileError("its image tower has no pooling head (vision_use_head), so there is no image embedding")
    width = getattr(text, "projection_size", text.hidden_size)
    if width != vision.hidden_size:
        raise ModelFileError(f"its towers end in {vision.hidden_size} and {width} numbers, which cannot be compared")
    pool = {"no_causal_mask": True, "pool_type": "last", "proj_bias": True, "act_kwargs": {"approximate": "tanh"}}
    return {
        "embed_dim": width,
        # Values are in the weights; a bias here says that they must hold one.
        "init_logit_bias": -10.0,
        "vision_cfg": _vision_config(vision) | {"timm_model_name": "SigLIP, of the sizes here"},
        "text_cfg": _text_config(text) | pool,
    }


def _vision_config(vision: Any) -> dict[str, Any]:
    sizes = {"image_size": vision.image_size, "patch_size": vision.patch_size}
    return sizes | {"width": vision.hidden_size, "layers": vision.num_hidden_layers}


def _text_config(text: Any) -> dict[str, Any]:
    return {
        "context_length": text.max_position_embeddings,
        "vocab_size": text.vocab_size,
        "width": text.hidden_size,
        "heads": text.num_attention_heads,
        "layers": text.num_hidden_layers,
        "mlp_ratio": text.intermediate_size / text.hidden_size,
        "norm_kwargs": {"eps": text.layer_norm_eps},
    }


def _build_siglip(config: ModelConfig, hub_config: Any) -> Any:
    # The image tower is built for its place only: open_clip would take one of timm's fixed sizes.
    placeholder = {"image_size": 8, "patch_size": 8, "width": 8, "head_width": 8, "layers": 1}
    model = open_clip.CustomTextCLIP(**{**config, "vision_cfg": placeholder})
    model.visual = _SiglipImageTower(hub_config.vision_config)
    return model


def _weight_files(folder: Path) -> list[Path]:
    """Return the file of the weights, or the parts of a model in several files."""
    parts = sorted(folder.glob("model-*-of-*.safetensors"))
    whole = find_weights(folder)
    if whole is None:
        raise ModelFileError("the folder has no weights; put model.safetensors beside its config.json")
    return parts if parts and whole in parts else [whole]


def _read_preprocessing(folder: Path, size: int, kind: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return open_clip's `preprocess_cfg` from the folder's preprocessor file, and a note if it has none."""
    siglip = kind == "siglip"
    mean = SIGLIP_MEAN if siglip else open_clip.OPENAI_DATASET_MEAN
    std = SIGLIP_STD if siglip else open_clip.OPENAI_DATASET_STD
    preprocess = {"size": (size, size), "mean": mean, "std": std, "interpolation": "bicubic", "fill_color": 0}
    preprocess["mode"], preprocess["resize_mode"] = "RGB", "squash" if siglip else "shortest"
    file = next((folder / name for name in PREPROCESSOR_FILES if (folder / name).is_file()), None)
    if file is None:
        whose = "SigLIP's 0.5 and 0.5" if siglip else "those of OpenAI's CLIP"
        return preprocess, (f"The folder has no preprocessor file, so mean and deviation of pixels are {whose}.",)
    record = _read_json(file)
    record = record.get("image_processor", record)
    resize = record.get("size")
    is_box = isinstance(resize, Mapping) and "height" in resize and not record.get("do_center_crop")
    preprocess["resize_mode"] = "squash" if is_box else "shortest"
    preprocess["interpolation"] = RESAMPLING.get(record.get("resample", 3), "bicubic")
    for name in ("mean", "std"):
        values = record.get(f"image_{name}")
        if isinstance(values, list) and len(values) == 3 and all(isinstance(each, int | float) for each in values):
            preprocess[name] = tuple(float(each) for each in values)
    edge = resize.get("shortest_edge") if isinstance(resize, Mapping) else resize
    if not isinstance(edge, int) or edge == size or not record.get("crop_size"):
        return preprocess, ()
    note = f"The folder resizes pictures to {edge} pixels and crops {size}; here they are resized to {size}."
    return preprocess, (note,)


def _read_tokenizer(folder: Path, text: Mapping[str, Any], kind: str) -> tuple[Any, tuple[str, ...]]:
    """Return the tokenizer of the folder, else OpenAI's if the vocabulary has its size."""
    check_named_tokenizer(folder)
    length = text["context_length"]
    if any((folder / name).is_file() for name in FOREIGN_TOKENIZER_FILES):
        clean = "canonicalize" if kind == "siglip" else "whitespace"
        tokenizer = open_clip.tokenizer.HFTokenizer(
            str(folder), context_length=length, clean=clean, local_files_only=True, trust_remote_code=False
        )
        return tokenizer, ()
    return openai_tokenizer(text["vocab_size"], length, "beside config.json")


def openai_tokenizer(vocabulary: int, length: int, place: str) -> tuple[Any, tuple[str, ...]]:
    """Return OpenAI's BPE with a note, if a text tower without tokenizer files has as many tokens."""
    if vocabulary != OPENAI_VOCABULARY_SIZE:
        raise ModelFileError(
            f"the folder has no tokenizer, and its {vocabulary:,} tokens are not the "
            f"{OPENAI_VOCABULARY_SIZE:,} of OpenAI's; put tokenizer.json {place}"
        )
    note = f"The folder has no tokenizer; as it has {vocabulary:,} tokens, captions are read by OpenAI's BPE."
    return open_clip.SimpleTokenizer(context_length=length), (note,)


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"), parse_int=_bounded_integer)
    except (OSError, ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ModelFileError(f"its {file.name} is no JSON object")
    return content


def _bounded_integer(digits: str) -> float:
    # Python raises for thousands of digits; infinity is refused under the name of its field.
    return int(digits) if len(digits) < 1000 else float(digits)
