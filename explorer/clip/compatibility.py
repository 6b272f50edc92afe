"""Checks that a model's weights, activation, tokenizer and pixels belong together. Conflicts are refused or noted.

    check_before_loading(name, origin, config)      # safetensors only, header and config in bounds and of one size
    origin = with_activation(name, origin, config)  # QuickGELU if the weights were trained with it
    check_loaded(clip)                              # ("The folder says no mean and std, ...",)

open_clip logs or ignores most of these conflicts and computes numbers that look like those of a weak model.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import open_clip
import torch

from explorer.clip import catalog, checked_configs, checked_files
from explorer.clip.clip import Clip, Origin
from explorer.clip.configs import ModelConfig
from explorer.clip.names import CONFIG, model_error

MOST_SURPLUS = 2
"""Largest ratio of parameters in a config to numbers in the file; a position embedding may be stretched."""


def check_before_loading(name: str, origin: Origin, config: ModelConfig) -> None:
    """Accept only safetensors and plausible configs, for names from a browser.

    A config is refused if it would allocate much more than the file holds. An entry of open_clip's own table is not
    checked: only open_clip's authors choose its file.
    """
    if origin.weights is None:
        return
    if origin.weights.suffix != ".safetensors":
        raise model_error(name, f"its weights are {origin.weights.name}; here only safetensors files are opened")
    checked_configs.check_config(config)
    in_file = checked_files.count(checked_files.read_header(origin.weights))
    # On the meta device the shapes of a model take no memory.
    with torch.device("meta"):
        model = open_clip.create_model(origin.architecture, load_weights=False, pretrained_text=False, device="meta")
    asked = sum(parameter.numel() for parameter in model.parameters())
    if asked > MOST_SURPLUS * in_file + 1_000_000:
        raise checked_files.WeightsError(f"its config asks for {asked} numbers and its weights hold {in_file}")


def with_activation(name: str, origin: Origin, config: ModelConfig) -> Origin:
    """Return the origin with QuickGELU on if the weights were trained with it, and set it in `config` too."""
    if config.get("quick_gelu"):
        return origin
    entry = open_clip.get_pretrained_cfg(origin.architecture, origin.tag) if origin.tag else {}
    repository = origin.repository or _repository_of(origin.weights)
    if entry.get("quick_gelu") or (repository and catalog.takes_quick_gelu(repository)):
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
    checked_configs.check_pixels(clip.preprocess)
    _check_numbers(clip)
    _check_bias(clip)
    notes = _tokenizer_notes(clip)
    if clip.origin is not None and clip.origin.weights is not None and clip.origin.layout == "open_clip":
        notes += _pixel_notes(clip.origin.weights.parent / CONFIG)
        notes += _stretched(clip.model, clip.origin.weights)
    return notes


def _repository_of(weights: Path | None) -> str | None:
    """Return ORG/REPO of a file in the Hub's cache: models--ORG--REPO/snapshots/COMMIT/FILE."""
    for part in weights.parts if weights else ():
        if part.startswith("models--"):
            return part.removeprefix("models--").replace("--", "/", 1)
    return None


def _check_numbers(clip: Clip) -> None:
    """Refuse weights with NaN or infinity: a truncated file or a diverged training would score every caption alike."""
    # No look at the attention mask and other buffers, in which infinity has a meaning.
    for name, weights in clip.model.named_parameters():
        if not bool(weights.isfinite().all()):
            raise model_error(clip.name, f"could not be loaded: its weights {name} hold what is no number")


def _check_bias(clip: Clip) -> None:
    """Refuse a zero bias of a sigmoid model.

    open_clip fills in a zero if the bias is missing, and training never leaves one at zero.
    """
    if clip.origin is not None and clip.origin.layout != "open_clip":
        return  # weights of other layouts are loaded without gaps
    bias = getattr(clip.model, "logit_bias", None)
    if bias is not None and not bias.detach().any() and (clip.config or {}).get("init_logit_bias"):
        raise model_error(clip.name, "could not be loaded: its config is of a sigmoid model, its weights have no bias")


def _tokenizer_notes(clip: Clip) -> list[str]:
    ids = clip.ids(["a"])[0]
    rows, length = getattr(clip.model, "vocab_size", None), clip.context_length
    size = vocabulary_size(clip.tokenizer)
    if rows and max(size or 0, int(ids.max()) + 1) > rows:
        raise model_error(clip.name, f"its tokenizer has {size} tokens and its text tower {rows}: no pair")
    if length and len(ids) > length:
        raise model_error(clip.name, f"its tokenizer gives {len(ids)} places, its text tower reads {length}")
    tower = getattr(clip.model, "text", clip.model)
    pool = getattr(clip.model, "text_pool_type", None) or getattr(tower, "pool_type", None)
    end = getattr(clip.model, "text_eos_id", None) or getattr(tower, "eos_id", None)
    if pool == "eos" and end is not None and not (ids == end).any():
        raise model_error(clip.name, f"its text tower looks for token {end}, with which its tokenizer ends no text")
    notes = []
    if pool == "argmax" and len(set(ids[int(ids.argmax()) + 1 :].tolist())) > 1:
        notes.append("The text tower pools at the highest token, and this tokenizer does not end a text with it.")
    if rows and size and 2 * size < rows:
        notes.append(f"The tokenizer knows {size} of the {rows} tokens that the text tower has.")
    return notes


def vocabulary_size(tokenizer: Any) -> int | None:
    """Return the tokens of open_clip's tokenizers, without added ones; None if it is unknown."""
    size = getattr(getattr(tokenizer, "tokenizer", tokenizer), "vocab_size", None)
    return int(size) if isinstance(size, int) else None


def _pixel_notes(config: Path) -> list[str]:
    said = json.loads(config.read_text()).get("preprocess_cfg") or {}
    missing = [key for key in ("mean", "std", "interpolation", "resize_mode") if said.get(key) is None]
    if not missing:
        return []
    words = ", ".join(missing)
    return [f"The folder says no {words} of pixels, so open_clip's defaults, those of OpenAI's CLIP, are used."]


def _stretched(model: Any, weights: Path) -> list[str]:
    """Return a note per position embedding that open_clip stretched to another size of image or text."""
    if weights.suffix != ".safetensors":
        return []
    header, notes = checked_files.read_header(weights), []
    for key, what in (("visual.positional_embedding", "an image"), ("positional_embedding", "a text")):
        held, built = header.get(key), model.state_dict().get(key)
        if held is not None and built is not None and held.shape[0] != built.shape[0]:
            places = f"{held.shape[0]} places for {what} and the config {built.shape[0]}"
            notes.append(f"The weights have {places}: their position embedding was stretched.")
    return notes
