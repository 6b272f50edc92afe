"""Any CLIP by one name, ready to use.

    load("things-bound", find_run=store.find_model)     # a shipped model, of checkpoints/
    load("runs/web-like-3f2a", find_run=...)            # a run folder or an open_clip folder
    load("web-like-3f2a...", find_run=...)              # a run id, resolved by the caller
    load("local-dir:PATH"), load("hf-hub:ORG/REPO@REV"), load("ViT-B-32/openai")

Raises `ModelError`, one sentence, where the name or what lies behind it is no usable model. Weights are read from
safetensors or with `weights_only`, and code that comes with a tokenizer is never run. A folder without weights is
refused rather than filled with random ones.
"""

import logging
import os
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.model import get_model_preprocess_cfg

from models.clip import Clip

CHECKPOINTS = Path(__file__).parent / "checkpoints"
CONFIG, WEIGHTS = "open_clip_config.json", ("*.safetensors", "*.bin", "*.pth")
FORMS = "a shipped name, a run id, a folder, local-dir:PATH, hf-hub:ORG/REPO or ARCH/TAG"


class ModelError(ValueError):
    """A model that cannot be had: the text names it and says what to do."""


def load(name: str, *, find_run: Callable[[str], Path | None], device: str | torch.device = "cpu") -> Clip:
    """The model that `name` stands for, in evaluation mode on `device`."""
    folder = _folder_of(name, find_run)
    if folder is not None:
        _check_folder(name, folder)
        return _build(name, f"local-dir:{folder}", None, device)
    if name.startswith("hf-hub:"):
        return _build(name, name, None, device)
    architecture, _, tag = name.partition("/")
    if not tag or not open_clip.pretrained.is_pretrained_cfg(architecture, tag):
        raise _error(name, f"no such model here; give {FORMS}")
    return _build(name, architecture, tag, device)


def pick_device() -> torch.device:
    """The best device of this computer: cuda, mps, cpu."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _folder_of(name: str, find_run: Callable[[str], Path | None]) -> Path | None:
    """The open_clip folder that `name` means, None where it means something to fetch."""
    if name.startswith("local-dir:"):
        return Path(name.removeprefix("local-dir:"))
    shipped = CHECKPOINTS / name
    # os.path says no to a name that is too long for a file, where pathlib raises.
    if name and Path(name).name == name and os.path.isfile(shipped / CONFIG):
        return shipped
    if (run := find_run(name)) is not None:
        return run
    path = Path(name)
    if name and os.path.isdir(path):
        return path / "model" if (path / "model" / CONFIG).exists() else path
    return None


def _check_folder(name: str, folder: Path) -> None:
    """One sentence where the folder is no model, before open_clip fills the gap with random weights."""
    if not os.path.isdir(folder):
        raise _error(name, f"there is no folder {str(folder)[:200]}")
    if not (folder / CONFIG).is_file():
        raise _error(name, f"the folder has no {CONFIG}, so it is neither a run nor an open_clip model")
    if not any(path for pattern in WEIGHTS for path in folder.glob(pattern)):
        raise _error(name, f"the folder has no weights ({', '.join(WEIGHTS)})")


def _build(name: str, architecture: str, tag: str | None, device: str | torch.device) -> Clip:
    """A model by open_clip; every way in which it can fail becomes one sentence."""
    level = logging.getLogger().level
    try:
        return _open(name, architecture, tag, device)
    except pickle.UnpicklingError as error:
        reason = "its weights are a pickle that is damaged or holds more than tensors; give a safetensors file"
        raise _error(name, reason) from error
    except Exception as error:  # open_clip, safetensors and tokenizers each raise kinds of their own
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:220]
        raise _error(name, f"could not be loaded ({reason})") from error
    finally:
        logging.getLogger().setLevel(level)


def _open(name: str, architecture: str, tag: str | None, device: str | torch.device) -> Clip:
    """The model, its tokenizer and its config, each tried once so that a broken one shows here."""
    config: dict[str, Any] = open_clip.get_model_config(architecture)
    # Weights trained with it are silently wrong without.
    if tag and (open_clip.get_pretrained_cfg(architecture, tag) or {}).get("quick_gelu"):
        config["quick_gelu"] = True
    model = open_clip.create_model(
        architecture,
        pretrained=tag,
        device=device,
        force_quick_gelu=bool(config.get("quick_gelu")),
        require_pretrained=True,
        weights_only=True,
    )
    # Said aloud, or the config may say yes to it, and transformers asks whoever sits at the terminal.
    no_code = {"trust_remote_code": False} if config["text_cfg"].get("hf_tokenizer_name") else {}
    tokenizer = open_clip.get_tokenizer(architecture, **no_code)
    preprocess = dict(get_model_preprocess_cfg(model))
    clip = Clip(
        name=name,
        model=model.eval(),
        config=config,
        preprocess=preprocess,
        words=_word_level(tokenizer),
        tokenizer=tokenizer,
    )
    clip.ids(["a"])
    clip.pixels(torch.zeros(1, 3, 1, 1, dtype=torch.uint8))
    return clip


def _error(name: str, reason: str) -> ModelError:
    """`reason` as one line that begins with the name."""
    words = "".join(letter if letter.isprintable() else " " for letter in f"model={name[:80]}: {reason}")
    return ModelError(" ".join(words.split()))


def _word_level(tokenizer: Any) -> tuple[str, ...] | None:
    """The vocabulary of a tokenizer of ours, in the order of its ids; None for any other."""
    vocabulary: dict[str, int] = {}
    if hasattr(tokenizer, "tokenizer") and hasattr(tokenizer.tokenizer, "get_vocab"):
        vocabulary = tokenizer.tokenizer.get_vocab()
    words = sorted(vocabulary, key=lambda word: vocabulary[word])
    ours: Iterable[str] = ("[PAD]", "[BOS]", "[EOS]", "[UNK]")
    return tuple(words) if words[:4] == list(ours) else None
