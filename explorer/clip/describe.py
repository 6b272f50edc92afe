"""Description of a loaded model, and a script of plain open_clip that computes the same scores.

description = describe(clip)
description.preprocessing.size, description.activation      # (224, 224), "QuickGELU"
description.notes                                           # unusual facts of how it was loaded
snippet(clip, ["bus.png"], ["a red bus"])                   # plain open_clip that computes the same cosines
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.clip.clip import Clip, Origin
from explorer.clip.compatibility import vocabulary_size
from explorer.clip.configs import Preprocessing

_ACTIVATIONS = ("QuickGELU", "GELU", "GELUTanh", "SiLU", "ReLU")


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
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


def describe(clip: Clip) -> Description:
    """Describe a loaded model."""
    bias = getattr(clip.model, "logit_bias", None)
    return Description(
        model=clip.name,
        parameters=sum(parameter.numel() for parameter in clip.model.parameters()),
        preprocessing=Preprocessing.from_json(clip.preprocess),
        activation=_activation(clip.model),
        context_length=clip.context_length,
        vocabulary=len(clip.words) if clip.words is not None else vocabulary_size(clip.tokenizer),
        logit_scale=float(clip.model.logit_scale.detach().exp()),
        logit_bias=None if bias is None else float(bias.detach()),
        notes=clip.origin.notes if clip.origin else (),
    )


def _activation(model: Any) -> str:
    found = {type(module).__name__ for module in model.modules()}
    return " and ".join(name for name in _ACTIVATIONS if name in found) or "unknown"


def snippet(clip: Clip, images: Sequence[str], captions: Sequence[str], *, hide_folder: bool = False) -> str:
    """Return a script of plain open_clip that prints the cosines and probabilities of pictures, by path, and captions.

    `hide_folder` writes FOLDER for a folder of a public server: a visitor needs a local copy of the model.
    """
    origin = clip.origin or Origin(architecture="local-dir:FOLDER")
    if origin.layout == "transformers":
        return _transformers_snippet(clip, origin, images, captions, hide_folder)
    if hide_folder and origin.weights is not None:
        origin = replace(origin, architecture="local-dir:FOLDER", weights=Path("FOLDER") / origin.weights.name)
    make, tokenizer = _made_by(origin)
    logits = "model.logit_scale.exp() * cosine"
    sigmoid = getattr(clip.model, "logit_bias", None) is not None
    lines = [
        "import open_clip",
        "import torch",
        "from PIL import Image",
        "",
        make,
        f"tokenizer = {tokenizer}",
        "model.eval()",
        f"images = {list(images)!r}",
        f"captions = {list(captions)!r}",
        "with torch.no_grad():",
        "    pixels = torch.stack([preprocess(Image.open(path)) for path in images])",
        "    image_features = model.encode_image(pixels, normalize=True)",
        "    text_features = model.encode_text(tokenizer(captions), normalize=True)",
        "    cosine = image_features @ text_features.T",
        f"    probabilities = ({logits} + model.logit_bias).sigmoid()"
        if sigmoid
        else f"    probabilities = ({logits}).softmax(dim=-1)",
        "print(cosine.tolist())",
        "print(probabilities.tolist())",
    ]
    return "\n".join(lines) + "\n"


def _made_by(origin: Origin) -> tuple[str, str]:
    """Return the lines that make model and preprocess, and the expression of the tokenizer."""
    first, name = "", repr(origin.architecture)
    if origin.layout == "openai":
        make = f"model = open_clip.load_openai_model({str(origin.weights)!r}, precision='fp32', device='cpu')"
        return f"{make}\npreprocess = open_clip.image_transform(model.visual.image_size, is_train=False)", (
            "open_clip.SimpleTokenizer(context_length=model.context_length)"
        )
    if origin.layout == "checkpoint":
        options = f", pretrained={str(origin.weights)!r}"
        make = f"model, _, preprocess = open_clip.create_model_and_transforms({name}{options})"
        return make, f"open_clip.get_tokenizer({name})"
    if origin.repository and not origin.revision:
        name = repr(f"hf-hub:{origin.repository}")
    elif origin.repository:
        call = f"snapshot_download({origin.repository!r}, revision={origin.revision!r})"
        first, name = f"from huggingface_hub import snapshot_download\nfolder = {call}\n", 'f"local-dir:{folder}"'
    options = f", pretrained={origin.tag!r}" if origin.tag else ""
    options += ", force_quick_gelu=True" if origin.quick_gelu else ""
    # open_clip reads a .pt, but does not look for one in a folder.
    by_hand = origin.weights is not None and origin.weights.suffix == ".pt"
    options += ", load_weights=False" if by_hand else ""
    make = f"{first}model, _, preprocess = open_clip.create_model_and_transforms({name}{options})"
    if by_hand:
        make += f"\nopen_clip.load_checkpoint(model, {str(origin.weights)!r})"
    if origin.named_tokenizer:
        return make, f"open_clip.tokenizer.HFTokenizer({origin.named_tokenizer!r}, context_length=model.context_length)"
    return make, f"open_clip.get_tokenizer({name})"


def _transformers_snippet(
    clip: Clip, origin: Origin, images: Sequence[str], captions: Sequence[str], hide_folder: bool
) -> str:
    """Return a script of plain Transformers for a model that was converted from its folder."""
    folder = "FOLDER" if hide_folder and not origin.repository else origin.architecture
    revision = f", revision={origin.revision!r}" if origin.revision else ""
    is_sigmoid = getattr(clip.model, "logit_bias", None) is not None
    logits = "sigmoid()" if is_sigmoid else "softmax(dim=-1)"
    length = f', padding="max_length", max_length={clip.context_length}, truncation=True'
    return f"""import torch
from PIL import Image
from transformers import AutoModel, AutoProcessor

model = AutoModel.from_pretrained({folder!r}{revision}).eval()
processor = AutoProcessor.from_pretrained({folder!r}{revision})
images = [Image.open(path).convert("RGB") for path in {list(images)!r}]
captions = {list(captions)!r}
inputs = processor(images=images, text=captions, return_tensors="pt"{length})
with torch.no_grad():
    found = model(**inputs)
print((found.image_embeds @ found.text_embeds.T).tolist())
print(found.logits_per_image.{logits}.tolist())
"""
