"""Weights in one file, checks that the parts of a model belong together, and the description of a loaded model.

    parts = read_checkpoint("ViT-B-32", Path("logs/run/checkpoints/epoch_3.pt"))     # of open_clip's trainer
    parts = read_checkpoint("", Path("ViT-B-32.pt"))    # OpenAI's: the shapes of its weights are the architecture

    origin = with_activation(name, origin, config)  # QuickGELU if the weights were trained with it
    check_loaded(clip)                              # ["The folder says no mean and std, ..."]

    description = describe_model(clip)
    description.preprocessing.size, description.activation     # (224, 224), "QuickGELU"
    write_snippet(clip, ["bus.png"], ["a red bus"])            # plain open_clip that computes the same cosines

Raises `ModelFileError`, which says what to do next. open_clip logs or ignores most conflicts of weights,
activation, tokenizer and pixels, and computes numbers that look like those of a weak model: here they are refused or
noted.
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer.clip import checked_files
from explorer.clip.checked_files import ModelFileError
from explorer.clip.clip import Clip, Origin
from explorer.clip.configs import ModelConfig, Preprocessing
from explorer.clip.names import CONFIG_FILE, model_error, uses_quick_gelu
from explorer.clip.open_clip_import import open_clip
from explorer.clip.transformers_folder import OPENAI_VOCABULARY_SIZE, ModelParts, openai_tokenizer
from explorer.clip.weights import CHECKPOINT_KEYS, check_file_size, read_weights

OPENAI_ENTRIES = ("input_resolution", "context_length", "vocab_size")
WRAPPER_PREFIXES = ("module.", "_orig_mod.", "model.")
"""Prefixes of DistributedDataParallel, torch.compile and Lightning."""
MAX_NAMED_ARCHITECTURES = 4


def read_checkpoint(architecture: str, file: Path, *, device: str | torch.device = "cpu") -> ModelParts:
    """Build the architecture with the weights of the file; an empty name takes it from a file in OpenAI's format."""
    weights, is_openai = _read_unwrapped(file)
    if not architecture and not is_openai:
        raise ModelFileError(f"it names no architecture; add it, as in ARCH:{file.name}.{_fitting_sentence(weights)}")
    if not architecture:
        return _build_openai(file, weights, device)
    config = open_clip.get_model_config(architecture)
    if config is None:
        near = get_close_matches(architecture, open_clip.list_models(), n=MAX_NAMED_ARCHITECTURES, cutoff=0.4)
        similar = f"similar ones are {', '.join(near)}" if near else "see open_clip.list_models()"
        raise ModelFileError(f"open_clip has no architecture {architecture}; {similar}")
    quick = bool(config.get("quick_gelu")) or is_openai
    model = open_clip.create_model(
        architecture, load_weights=False, pretrained_text=False, device=device, force_quick_gelu=quick
    )
    _load_strictly(model, weights, architecture)
    no_code = {"trust_remote_code": False} if config["text_cfg"].get("hf_tokenizer_name") else {}
    tokenizer = open_clip.get_tokenizer(architecture, **no_code)
    notes: tuple[str, ...] = ()
    if not quick and (other := f"{architecture}-quickgelu") in open_clip.list_models():
        words = "The file does not say its activation: GELU is used."
        notes = (f"{words} Give {other} if training began from OpenAI's model.",)
    return ModelParts(model=model, config=config | {"quick_gelu": quick}, tokenizer=tokenizer, notes=notes)


def _read_unwrapped(file: Path) -> tuple[dict[str, Tensor], bool]:
    """Return the weights of a file without wrappers, and True if they are in OpenAI's format."""
    # Trainers save step numbers and optimizers next to the weights; OpenAI's archives hold masks of attention.
    weights = {
        name: each
        for name, each in read_weights(file).items()
        if isinstance(each, Tensor) and not name.endswith("attn_mask")
    }
    if not weights:
        kinds = ", ".join(CHECKPOINT_KEYS)
        raise ModelFileError(
            f"its file holds no weights, neither at its top nor under {kinds}; save model.state_dict()"
        )
    # One wrapper may stand inside another, in either order.
    for prefix in (*WRAPPER_PREFIXES, *WRAPPER_PREFIXES):
        if all(name.startswith(prefix) for name in weights):
            weights = {name.removeprefix(prefix): each for name, each in weights.items()}
    if any(name.startswith("vision_model.") for name in weights):
        raise ModelFileError("its weights are those of a Transformers model; give the folder with its config.json")
    is_openai = all(name in weights for name in OPENAI_ENTRIES)
    return {name: each for name, each in weights.items() if name not in OPENAI_ENTRIES}, is_openai


def _load_strictly(model: Any, weights: dict[str, Tensor], architecture: str) -> None:
    """Load the weights as open_clip does, with none missing or left over."""
    converted = dict(open_clip.factory.convert_state_dict(model, weights))
    if "positional_embedding" in converted and not hasattr(model, "positional_embedding"):
        converted = open_clip.model.convert_to_custom_text_state_dict(converted)
    for name in ("logit_scale", "logit_bias"):
        if name in converted and getattr(model, name, None) is not None:
            converted[name] = converted[name].reshape(getattr(model, name).shape)
    try:
        open_clip.model.resize_pos_embed(converted, model)
        open_clip.model.resize_text_pos_embed(converted, model)
        model.load_state_dict(converted)
    except (RuntimeError, AssertionError):
        shapes = _fitting_sentence(weights) or " Its shapes fit no architecture of open_clip."
        raise ModelFileError(f"its weights are not those of {architecture}.{shapes}") from None


def _fitting_sentence(weights: Mapping[str, Tensor]) -> str:
    """Return a sentence that names the architectures of open_clip with the shapes of the weights; "" for none."""
    try:
        shapes = _config_of(weights)
    except (KeyError, ValueError, IndexError):
        return ""
    defaults: dict[str, dict[str, Any]] = {
        "vision_cfg": {"width": 768},
        "text_cfg": {"layers": 12, "width": 512, "context_length": 77, "vocab_size": OPENAI_VOCABULARY_SIZE},
    }
    fitting = []
    for name in open_clip.list_models():
        config = open_clip.get_model_config(name)
        towers = {part: defaults[part] | config.get(part, {}) for part in defaults}
        is_foreign = towers["vision_cfg"].get("timm_model_name") or towers["text_cfg"].get("hf_model_name")
        if not is_foreign and config.get("embed_dim") == shapes["embed_dim"] and all(
            towers[part].items() >= shapes[part].items() for part in ("vision_cfg", "text_cfg")
        ):  # fmt: skip
            fitting.append(name)
    return f" The shapes of its weights fit {', '.join(fitting[:MAX_NAMED_ARCHITECTURES])}." if fitting else ""


def _config_of(weights: Mapping[str, Tensor]) -> ModelConfig:
    """Return the sizes of a plain CLIP by the shapes of its weights; `KeyError` or the like for another kind."""
    inside = "text." if "text.positional_embedding" in weights else ""

    def count(start: str, end: str) -> int:
        return sum(name.startswith(start) and name.endswith(end) for name in weights)

    context, width = weights[f"{inside}positional_embedding"].shape
    text = {
        "context_length": context, "vocab_size": weights[f"{inside}token_embedding.weight"].shape[0], "width": width,
        "layers": count(f"{inside}transformer.", "ln_1.weight"),
    }  # fmt: skip
    if "visual.proj" in weights:
        width, _, patch, _ = weights["visual.conv1.weight"].shape
        side = round((weights["visual.positional_embedding"].shape[0] - 1) ** 0.5)
        layers = count("visual.", ".attn.in_proj_weight")
        vision = {"image_size": side * patch, "patch_size": patch, "width": width, "layers": layers}
    else:
        stages = [count(f"visual.layer{stage}.", ".conv1.weight") for stage in range(1, 5)]
        side = round((weights["visual.attnpool.positional_embedding"].shape[0] - 1) ** 0.5)
        width = weights["visual.layer1.0.conv1.weight"].shape[0]
        vision = {"image_size": side * 32, "width": width, "layers": stages}
    return {"embed_dim": weights[f"{inside}text_projection"].shape[1], "vision_cfg": vision, "text_cfg": text}


def _build_openai(file: Path, weights: dict[str, Tensor], device: str | torch.device) -> ModelParts:
    """Build the model that the shapes of OpenAI's weights describe; it has QuickGELU and heads of 64."""
    config: ModelConfig = {**_config_of(weights), "quick_gelu": True}
    vision, text = config["vision_cfg"], config["text_cfg"]
    text["heads"] = max(1, text["width"] // 64)
    if "patch_size" in vision and vision["width"] % 64:
        vision["head_width"] = vision["width"]
    check_file_size([file], lambda: open_clip.CLIP(**deepcopy(config)))
    model = open_clip.CLIP(**deepcopy(config)).to(device)
    pixels = open_clip.transform.PreprocessCfg(size=vision["image_size"])
    open_clip.set_model_preprocess_cfg(model, pixels.__dict__)
    _load_strictly(model, weights, "the architecture that their shapes describe")
    tokenizer, _ = openai_tokenizer(text["vocab_size"], text["context_length"], "beside it")
    note = "The file is in OpenAI's format: the architecture comes from the shapes of its weights, with QuickGELU."
    return ModelParts(model=model, config=config, tokenizer=tokenizer, notes=(note,))


def with_activation(name: str, origin: Origin, config: ModelConfig) -> Origin:
    """Return the origin with QuickGELU on if the weights were trained with it, and set it in `config` too."""
    if config.get("quick_gelu"):
        return origin
    entry = open_clip.get_pretrained_cfg(origin.architecture, origin.tag) if origin.tag else {}
    # A file in the Hub's cache: models--ORG--REPO/snapshots/COMMIT/FILE.
    parts = origin.weights.parts if origin.weights else ()
    cached = [part.removeprefix("models--").replace("--", "/", 1) for part in parts if part.startswith("models--")]
    repository = origin.repository or "".join(cached[:1])
    if entry.get("quick_gelu") or (repository and uses_quick_gelu(repository)):
        config["quick_gelu"] = True
        note = "These weights were trained with QuickGELU, which their config does not say: it was switched on."
        return replace(origin, quick_gelu=True, notes=(*origin.notes, note))
    # A folder may tell only the name that its author gave it.
    if origin.weights is not None and "openai" in f"{name} {origin.weights.parent.name}".lower():
        note = "OpenAI's weights were trained with QuickGELU; if these are theirs, set quick_gelu in the config."
        return replace(origin, notes=(*origin.notes, note))
    return origin


def check_loaded(clip: Clip) -> list[str]:
    """Return notes for the user; raise `ModelError` if the parts do not belong together."""
    checked_files.check_preprocessing(clip.preprocess)
    # A truncated file or a diverged training would score every caption alike. No look at the attention mask and other
    # buffers, in which infinity has a meaning.
    for name, weights in clip.model.named_parameters():
        if not bool(weights.isfinite().all()):
            raise model_error(
                clip.name, "could not be loaded: its weights {weights} hold what is no number", weights=name
            )
    notes, origin = _tokenizer_notes(clip), clip.origin
    if origin is not None and origin.layout != "open_clip":
        return notes  # weights of other layouts are loaded without gaps
    # open_clip fills in a zero if the bias is missing, and training never leaves one at zero.
    bias = getattr(clip.model, "logit_bias", None)
    if bias is not None and not bias.detach().any() and (clip.config or {}).get("init_logit_bias"):
        raise model_error(clip.name, "could not be loaded: its config is of a sigmoid model, its weights have no bias")
    if origin is not None and origin.weights is not None:
        notes += [*_pixel_notes(origin.weights.parent / CONFIG_FILE), *_stretch_notes(clip.model, origin.weights)]
    return notes


def _tokenizer_notes(clip: Clip) -> list[str]:
    """Tokenize a text and compare it with the text tower; return notes on what may be wrong, raise what must be.

    A tower embeds ids it has rows for, reads so many tokens, and pools at a token that a text must have; a tokenizer
    that breaks one of these is of another model.
    """
    ids = clip.ids(["a"])[0]
    rows, length = getattr(clip.model, "vocab_size", None), clip.context_length
    size = _vocabulary_size(clip.tokenizer)
    needed = max(size or 0, int(ids.max()) + 1)  # special tokens may stand behind the vocabulary
    if rows and needed > rows:
        raise model_error(
            clip.name,
            "its tokenizer needs {needed} tokens, but its text tower has only {rows}; the two do not belong together",
            needed=needed,
            rows=rows,
        )
    if length and len(ids) > length:
        raise model_error(
            clip.name,
            "its tokenizer makes texts of {found} tokens, but its text tower reads texts of {length}",
            found=len(ids),
            length=length,
        )
    tower = getattr(clip.model, "text", clip.model)
    pool = getattr(clip.model, "text_pool_type", None) or getattr(tower, "pool_type", None)
    end = getattr(clip.model, "text_eos_id", None) or getattr(tower, "eos_id", None)
    if pool == "eos" and end is not None and not (ids == end).any():
        raise model_error(
            clip.name,
            "its text tower looks for the token {end} at the end of a text, but its tokenizer does not put it there",
            end=end,
        )
    notes = []
    if pool == "argmax" and len(set(ids[int(ids.argmax()) + 1 :].tolist())) > 1:
        notes.append("The text tower pools at the highest token, and this tokenizer does not end a text with it.")
    if rows and size and 2 * size < rows:
        notes.append(f"The tokenizer knows {size} of the {rows} tokens that the text tower has.")
    return notes


def _vocabulary_size(tokenizer: Any) -> int | None:
    """Return the tokens of open_clip's tokenizers, without added ones; None if it is unknown."""
    size = getattr(getattr(tokenizer, "tokenizer", tokenizer), "vocab_size", None)
    return int(size) if isinstance(size, int) else None


def _pixel_notes(config_file: Path) -> list[str]:
    said = json.loads(config_file.read_text()).get("preprocess_cfg") or {}
    missing = ", ".join(key for key in ("mean", "std", "interpolation", "resize_mode") if said.get(key) is None)
    note = f"The folder says no {missing} of pixels, so open_clip's defaults, those of OpenAI's CLIP, are used."
    return [note] if missing else []


def _stretch_notes(model: Any, weights: Path) -> list[str]:
    """Return a note per position embedding that open_clip stretched to another size of image or text."""
    if weights.suffix != ".safetensors":
        return []
    header, notes = checked_files.read_header(weights), []
    for key, what in (("visual.positional_embedding", "an image"), ("positional_embedding", "a text")):
        stored, built = header.get(key), model.state_dict().get(key)
        if stored is not None and built is not None and stored.shape[0] != built.shape[0]:
            places = f"{stored.shape[0]} places for {what} and the config {built.shape[0]}"
            notes.append(f"The weights have {places}: their position embedding was stretched.")
    return notes


_ACTIVATIONS = ("QuickGELU", "GELU", "GELUTanh", "SiLU", "ReLU")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelDescription:
    """Properties of a model and of its preprocessing."""

    model: str
    parameters: int
    preprocessing: Preprocessing
    activation: str
    context_length: int | None
    vocabulary: int | None
    logit_scale: float
    """Factor of the cosines, already exponentiated."""
    logit_bias: float | None
    """Only for models trained with the sigmoid loss."""
    notes: tuple[str, ...]


def describe_model(clip: Clip) -> ModelDescription:
    """Describe a loaded model from its modules and its origin."""
    bias = getattr(clip.model, "logit_bias", None)
    kinds = {type(module).__name__ for module in clip.model.modules()}
    return ModelDescription(
        model=clip.name,
        parameters=clip.num_parameters,
        preprocessing=Preprocessing.from_json(clip.preprocess),
        activation=" and ".join(name for name in _ACTIVATIONS if name in kinds) or "unknown",
        context_length=clip.context_length,
        vocabulary=len(clip.words) if clip.words is not None else _vocabulary_size(clip.tokenizer),
        logit_scale=clip.logit_scale,
        logit_bias=None if bias is None else float(bias.detach()),
        notes=clip.origin.notes if clip.origin else (),
    )


def write_snippet(clip: Clip, images: Sequence[str], captions: Sequence[str], *, hides_folder: bool = False) -> str:
    """Return a script of plain open_clip that prints the cosines and probabilities of pictures, by path, and captions.

    A converted folder has a script of plain Transformers. `hides_folder` writes FOLDER for a folder of a public server:
    a visitor needs a local copy of the model.
    """
    origin = clip.origin or Origin(architecture="local-dir:FOLDER")
    is_sigmoid = getattr(clip.model, "logit_bias", None) is not None
    if origin.layout == "transformers":
        name = "FOLDER" if hides_folder and not origin.repository else origin.architecture
        source = repr(name) + (f", revision={origin.revision!r}" if origin.revision else "")
        length = f'padding="max_length", max_length={clip.context_length}, truncation=True'
        return f"""import torch
from PIL import Image
from transformers import AutoModel, AutoProcessor

model = AutoModel.from_pretrained({source}).eval()
processor = AutoProcessor.from_pretrained({source})
images = [Image.open(path).convert("RGB") for path in {list(images)!r}]
captions = {list(captions)!r}
inputs = processor(images=images, text=captions, return_tensors="pt", {length})
with torch.no_grad():
    found = model(**inputs)
print((found.image_embeds @ found.text_embeds.T).tolist())
print(found.logits_per_image.{"sigmoid()" if is_sigmoid else "softmax(dim=-1)"}.tolist())
"""
    if hides_folder and origin.weights is not None:
        origin = replace(origin, architecture="local-dir:FOLDER", weights=Path("FOLDER") / origin.weights.name)
    make, tokenizer = _creation_lines(origin)
    activation = " + model.logit_bias).sigmoid()" if is_sigmoid else ").softmax(dim=-1)"
    return f"""import open_clip
import torch
from PIL import Image

{make}
tokenizer = {tokenizer}
model.eval()
images = {list(images)!r}
captions = {list(captions)!r}
with torch.no_grad():
    pixels = torch.stack([preprocess(Image.open(path)) for path in images])
    image_features = model.encode_image(pixels, normalize=True)
    text_features = model.encode_text(tokenizer(captions), normalize=True)
    cosine = image_features @ text_features.T
    probabilities = (model.logit_scale.exp() * cosine{activation}
print(cosine.tolist())
print(probabilities.tolist())
"""


def _creation_lines(origin: Origin) -> tuple[str, str]:
    weights = repr(str(origin.weights))
    if origin.layout == "openai":
        make = f"model = open_clip.load_openai_model({weights}, precision='fp32', device='cpu')\n"
        make += "preprocess = open_clip.image_transform(model.visual.image_size, is_train=False)"
        return make, "open_clip.SimpleTokenizer(context_length=model.context_length)"
    first, name, last = "", repr(origin.architecture), ""
    options = f", pretrained={origin.tag!r}" if origin.tag else ""
    options += ", force_quick_gelu=True" if origin.quick_gelu else ""
    if origin.layout == "checkpoint":
        options = f", pretrained={weights}"
    elif origin.repository and origin.revision:
        call = f"snapshot_download({origin.repository!r}, revision={origin.revision!r})"
        first, name = f"from huggingface_hub import snapshot_download\nfolder = {call}\n", 'f"local-dir:{folder}"'
    elif origin.repository:
        name = repr(f"hf-hub:{origin.repository}")
    if origin.layout == "open_clip" and origin.weights is not None and origin.weights.suffix == ".pt":
        # open_clip reads a .pt, but does not look for one in a folder.
        options, last = f"{options}, load_weights=False", f"\nopen_clip.load_checkpoint(model, {weights})"
    make = f"{first}model, _, preprocess = open_clip.create_model_and_transforms({name}{options}){last}"
    if origin.named_tokenizer:
        return make, f"open_clip.tokenizer.HFTokenizer({origin.named_tokenizer!r}, context_length=model.context_length)"
    return make, f"open_clip.get_tokenizer({name})"
