"""Checkpoints in one file: of open_clip's trainer for a named architecture, and OpenAI's format, which names its own.

    parts = read_checkpoint("ViT-B-32", Path("logs/run/checkpoints/epoch_3.pt"))
    parts = read_checkpoint("", Path("ViT-B-32.pt"))         # OpenAI's: the shapes of its weights are the architecture

Files are read from safetensors or with `weights_only`; of a TorchScript archive, as OpenAI's are, only the tensors are
used. Raises `WeightsError`, which says what to do next.
"""

import json
import pickle
import zipfile
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.factory import convert_state_dict
from open_clip.model import convert_to_custom_text_state_dict, resize_pos_embed, resize_text_pos_embed
from torch import Tensor

from explorer.clip.catalog import architectures
from explorer.clip.checked_files import WeightsError
from explorer.clip.configs import ModelConfig
from explorer.clip.transformers_folder import OPENAI_VOCABULARY, Parts, openai_tokenizer

OPENAI_ONLY = ("input_resolution", "context_length", "vocab_size")
INSIDE = ("state_dict", "model_state_dict", "model")
"""Keys under which trainers save the weights."""
WRAPPERS = ("module.", "_orig_mod.", "model.")
"""Prefixes of DistributedDataParallel, torch.compile and Lightning."""
MOST_NAMED = 4


def read_checkpoint(architecture: str, file: Path, *, device: str | torch.device = "cpu") -> Parts:
    """Build the architecture with the weights of the file; an empty name takes it from a file in OpenAI's format."""
    weights, is_openai = _read(file)
    if not architecture and not is_openai:
        raise WeightsError(f"it names no architecture; add it, as in ARCH:{file.name}.{_fitting(weights)}")
    if not architecture:
        return _openai(weights, device)
    config = open_clip.get_model_config(architecture)
    if config is None:
        near = get_close_matches(architecture, open_clip.list_models(), n=MOST_NAMED, cutoff=0.4)
        similar = f"similar ones are {', '.join(near)}" if near else "see open_clip.list_models()"
        raise WeightsError(f"open_clip has no architecture {architecture}; {similar}")
    quick = bool(config.get("quick_gelu")) or is_openai
    model = open_clip.create_model(
        architecture, load_weights=False, pretrained_text=False, device=device, force_quick_gelu=quick
    )
    _load(model, weights, architecture)
    tokenizer = open_clip.get_tokenizer(architecture, **_no_code(config))
    notes = () if quick else _activation_note(architecture)
    return Parts(model=model, config=config | {"quick_gelu": quick}, tokenizer=tokenizer, notes=notes)


def _no_code(config: Mapping[str, Any]) -> dict[str, bool]:
    return {"trust_remote_code": False} if config["text_cfg"].get("hf_tokenizer_name") else {}


def _activation_note(architecture: str) -> tuple[str, ...]:
    other = f"{architecture}-quickgelu"
    if other not in open_clip.list_models():
        return ()
    return (f"The file does not say its activation: GELU is used. Give {other} if training began from OpenAI's model.",)


def _read(file: Path) -> tuple[dict[str, Tensor], bool]:
    """Return the weights of a file without wrappers, and True if they are in OpenAI's format."""
    held = _tensors(file)
    # Trainers save step numbers and optimizers next to the weights.
    weights = {name: each for name, each in held.items() if isinstance(each, Tensor)}
    if not weights:
        kinds = ", ".join(INSIDE)
        raise WeightsError(f"its file holds no weights, neither at its top nor under {kinds}; save model.state_dict()")
    for prefix in (*WRAPPERS, *WRAPPERS):
        if all(name.startswith(prefix) for name in weights):
            weights = {name.removeprefix(prefix): each for name, each in weights.items()}
    if any(name.startswith("vision_model.") for name in weights):
        raise WeightsError("its weights are those of a Transformers model; give the folder with its config.json")
    is_openai = all(name in weights for name in OPENAI_ONLY)
    return {name: each for name, each in weights.items() if name not in OPENAI_ONLY}, is_openai


def _tensors(file: Path) -> Mapping[str, Any]:
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(file)
    if _is_torchscript(file):
        return dict(torch.jit.load(str(file), map_location="cpu").state_dict())
    try:
        found = torch.load(file, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError):
        raise WeightsError(
            "it is no checkpoint, is damaged, or holds more than tensors, and no code of a file is run; save only"
            " the weights, with torch.save({'state_dict': model.state_dict()}, FILE)"
        ) from None
    inside = next((found[key] for key in INSIDE if isinstance(found.get(key), Mapping)), found) if _is(found) else {}
    return {str(name): each for name, each in inside.items()}


def _is(found: Any) -> bool:
    return isinstance(found, Mapping)


def _is_torchscript(file: Path) -> bool:
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return any("/code/" in name for name in archive.namelist())


def _load(model: Any, weights: dict[str, Tensor], architecture: str) -> None:
    """Load the weights as open_clip does, with none missing or left over."""
    held = dict(convert_state_dict(model, weights))
    if "positional_embedding" in held and not hasattr(model, "positional_embedding"):
        held = convert_to_custom_text_state_dict(held)
    for name in ("logit_scale", "logit_bias"):
        if name in held and getattr(model, name, None) is not None:
            held[name] = held[name].reshape(getattr(model, name).shape)
    try:
        resize_pos_embed(held, model)
        resize_text_pos_embed(held, model)
        model.load_state_dict(held)
    except (RuntimeError, AssertionError):
        shapes = _fitting(weights) or " Its shapes fit no architecture of open_clip."
        raise WeightsError(f"its weights are not those of {architecture}.{shapes}") from None


def _fitting(weights: Mapping[str, Tensor]) -> str:
    """Return a sentence that names the architectures of open_clip with the shapes of the weights; "" for none."""
    try:
        sizes = _sizes(weights)
    except (KeyError, ValueError, IndexError):
        return ""
    found = [name for name, config in architectures().items() if _is_plain(config) and _shape_of(config) == sizes]
    return f" The shapes of its weights fit {', '.join(found[:MOST_NAMED])}." if found else ""


def _is_plain(config: Mapping[str, Any]) -> bool:
    """Return True if both towers are of open_clip's own, whose shapes the config says."""
    return not (config.get("vision_cfg", {}).get("timm_model_name") or config.get("text_cfg", {}).get("hf_model_name"))


def _shape_of(config: Mapping[str, Any]) -> tuple[Any, ...]:
    vision, text = config.get("vision_cfg", {}), config.get("text_cfg", {})
    layers = vision.get("layers")
    return (
        config.get("embed_dim"),
        (tuple(layers) if isinstance(layers, list) else layers, vision.get("width", 768), vision.get("image_size")),
        0 if isinstance(layers, list) else vision.get("patch_size"),
        (text.get("layers", 12), text.get("width", 512)),
        (text.get("context_length", 77), text.get("vocab_size", OPENAI_VOCABULARY)),
    )


def _sizes(weights: Mapping[str, Tensor]) -> tuple[Any, ...]:
    """Return the sizes of a plain CLIP by the shapes of its weights, as `_shape_of` does by a config."""
    vision, patch = _image_sizes(weights)
    inside = "text." if "text.positional_embedding" in weights else ""
    layers = len(
        {name for name in weights if name.startswith(f"{inside}transformer.") and name.endswith("ln_1.weight")}
    )
    context, width = weights[f"{inside}positional_embedding"].shape
    embed = weights[f"{inside}text_projection"].shape[1]
    vocabulary = weights[f"{inside}token_embedding.weight"].shape[0]
    return embed, vision, patch, (layers, width), (context, vocabulary)


def _image_sizes(weights: Mapping[str, Tensor]) -> tuple[tuple[Any, int, int], int]:
    """Return (layers, width, size of the image in pixels) and the side of a patch, 0 of a ResNet."""
    if "visual.proj" in weights:
        kernel = weights["visual.conv1.weight"]
        layers = len([name for name in weights if name.startswith("visual.") and name.endswith(".attn.in_proj_weight")])
        side = round((weights["visual.positional_embedding"].shape[0] - 1) ** 0.5)
        return (layers, kernel.shape[0], side * kernel.shape[-1]), kernel.shape[-1]
    stages = tuple(
        len({name.split(".")[2] for name in weights if name.startswith(f"visual.layer{stage}.")})
        for stage in range(1, 5)
    )
    side = round((weights["visual.attnpool.positional_embedding"].shape[0] - 1) ** 0.5)
    return (stages, weights["visual.layer1.0.conv1.weight"].shape[0], side * 32), 0


def _openai(weights: dict[str, Tensor], device: str | torch.device) -> Parts:
    """Build the model that the shapes of OpenAI's weights describe; it has QuickGELU and heads of 64."""
    embed, (layers, width, size), patch, (depth, text_width), (context, vocabulary) = _sizes(weights)
    vision = {"image_size": size, "width": width, "layers": list(layers) if isinstance(layers, tuple) else layers}
    config: ModelConfig = {
        "embed_dim": embed,
        "quick_gelu": True,
        "vision_cfg": vision | ({"patch_size": patch} if patch else {}),
        "text_cfg": {"context_length": context, "vocab_size": vocabulary, "width": text_width}
        | {"heads": max(1, text_width // 64), "layers": depth},
    }
    if not isinstance(layers, tuple) and width % 64:
        config["vision_cfg"]["head_width"] = width
    model = open_clip.CLIP(**json.loads(json.dumps(config))).to(device)
    open_clip.model.set_model_preprocess_cfg(model, open_clip.transform.PreprocessCfg(size=size).__dict__)
    _load(model, weights, "the architecture that their shapes describe")
    tokenizer, _ = openai_tokenizer(vocabulary, context, "beside it")
    note = "The file is in OpenAI's format: the architecture comes from the shapes of its weights, with QuickGELU."
    return Parts(model=model, config=config, tokenizer=tokenizer, notes=(note,))
