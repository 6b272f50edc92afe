"""Any CLIP by one name, ready to use.

    load("things-bound", find_run=store.find_model)     # a shipped model, of checkpoints/
    load("runs/web-like-3f2a", find_run=...)            # a run folder or an open_clip folder
    load("web-like-3f2a...", find_run=...)              # a run id, resolved by the caller
    load("local-dir:PATH"), load("hf-hub:ORG/REPO@REV"), load("ViT-B-32/openai")

Raises `ModelError`, one sentence, where the name or what lies behind it is no usable model. Weights are read from
safetensors or with `weights_only`; a folder without weights is refused rather than filled with random ones.
"""

import json
import logging
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
        return _load_folder(name, folder, device)
    if name.startswith("hf-hub:"):
        return _load_remote(name, name, None, device)
    architecture, _, tag = name.partition("/")
    if not tag or not open_clip.pretrained.is_pretrained_cfg(architecture, tag):
        raise ModelError(f"model={name[:80]}: no such model here; give {FORMS}")
    return _load_remote(name, architecture, tag, device)


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
    if name and Path(name).name == name and (shipped / CONFIG).exists():
        return shipped
    if (run := find_run(name)) is not None:
        return run
    path = Path(name)
    if name and path.is_dir():
        return path / "model" if (path / "model" / CONFIG).exists() else path
    return None


def _load_folder(name: str, folder: Path, device: str | torch.device) -> Clip:
    _check_folder(name, folder)
    config = json.loads((folder / CONFIG).read_text())
    model, tokenizer = _build(name, f"local-dir:{folder}", None, device)
    return _clip(name, model, tokenizer, config.get("model_cfg"))


def _check_folder(name: str, folder: Path) -> None:
    """One sentence where the folder is no model, before open_clip fills the gap with random weights."""
    if not folder.is_dir():
        raise ModelError(f"model={name[:80]}: there is no folder {folder}")
    if not (folder / CONFIG).is_file():
        raise ModelError(
            f"model={name[:80]}: the folder has no {CONFIG}, so it is neither a run nor an open_clip model"
        )
    if not any(path for pattern in WEIGHTS for path in folder.glob(pattern)):
        raise ModelError(f"model={name[:80]}: the folder has no weights ({', '.join(WEIGHTS)})")


def _load_remote(name: str, architecture: str, tag: str | None, device: str | torch.device) -> Clip:
    model, tokenizer = _build(name, architecture, tag, device)
    return _clip(name, model, tokenizer, None)


def _build(name: str, architecture: str, tag: str | None, device: str | torch.device) -> tuple[Any, Any]:
    """Model and tokenizer by open_clip; every way in which it can fail becomes one sentence."""
    quick_gelu = bool(tag and (open_clip.get_pretrained_cfg(architecture, tag) or {}).get("quick_gelu"))
    level = logging.getLogger().level
    try:
        model = open_clip.create_model(
            architecture,
            pretrained=tag,
            device=device,
            force_quick_gelu=quick_gelu,  # weights trained with it are silently wrong without
            require_pretrained=True,
            weights_only=True,
        )
        tokenizer = open_clip.get_tokenizer(architecture)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"model={name[:80]}: could not be loaded ({type(error).__name__}: {reason})") from error
    finally:
        logging.getLogger().setLevel(level)
    return model.eval(), tokenizer


def _clip(name: str, model: Any, tokenizer: Any, config: dict[str, Any] | None) -> Clip:
    preprocess = dict(get_model_preprocess_cfg(model))
    return Clip(
        name=name,
        model=model,
        config=config,
        preprocess=preprocess,
        words=_word_level(tokenizer),
        tokenizer=tokenizer,
    )


def _word_level(tokenizer: Any) -> tuple[str, ...] | None:
    """The vocabulary of a tokenizer of ours, in the order of its ids; None for any other."""
    vocabulary: dict[str, int] = {}
    if hasattr(tokenizer, "tokenizer") and hasattr(tokenizer.tokenizer, "get_vocab"):
        vocabulary = tokenizer.tokenizer.get_vocab()
    words = sorted(vocabulary, key=lambda word: vocabulary[word])
    ours: Iterable[str] = ("[PAD]", "[BOS]", "[EOS]", "[UNK]")
    return tuple(words) if words[:4] == list(ours) else None
