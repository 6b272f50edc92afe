"""Any CLIP by one name, ready to use.

    load("things-bound", find_run=store.find_model)     # a shipped model, of checkpoints/
    load("runs/web-like-3f2a", find_run=...)            # a run folder or an open_clip folder
    load("web-like-3f2a...", find_run=...)              # a run id, resolved by the caller
    load("local-dir:PATH"), load("hf-hub:ORG/REPO@REV"), load("ViT-B-32/openai")

Raises `ModelError`, one sentence, where the name or what lies behind it is no usable model. Weights are read from
safetensors or with `weights_only`, and code that comes with a tokenizer is never run. A folder without weights is
refused rather than filled with random ones.
"""

import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import open_clip
import torch
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError
from open_clip.model import get_model_preprocess_cfg

from models import hub
from models.clip import Clip
from models.names import Folder, ModelError, Repository, check_folder, find_model, model_error, unknown_model


def load(name: str, *, find_run: Callable[[str], Path | None], device: str | torch.device = "cpu") -> Clip:
    """The model that `name` stands for, in evaluation mode on `device`; every way to fail becomes one sentence."""
    found = find_model(name, find_run=find_run)
    try:
        with hub.quiet():
            if isinstance(found, Folder):
                return _open(name, f"local-dir:{found.path}", None, device)
            if isinstance(found, Repository):
                return _open_repository(name, found, device)
            if not open_clip.pretrained.is_pretrained_cfg(found.architecture, found.tag):
                raise unknown_model(name)
            with hub.reaching_hub():
                return _open(name, found.architecture, found.tag, device)
    except ModelError:
        raise
    except Exception as error:  # open_clip, safetensors and tokenizers each raise kinds of their own
        raise model_error(name, _reason(error)) from error


def _open_repository(name: str, repository: Repository, device: str | torch.device) -> Clip:
    with hub.reaching_hub():
        folder = hub.fetch(repository.name, repository.revision)
        check_folder(name, folder)
        return _open(name, f"local-dir:{folder}", None, device, named_tokenizer=not hub.has_tokenizer(folder))


def _reason(error: Exception) -> str:
    """What went wrong, in words for whoever gave the name."""
    if hub.is_out_of_reach(error):
        return "it is not on this computer, or not wholly, and cannot be fetched: the network or its server is away"
    if isinstance(error, RevisionNotFoundError):
        return "the repository has no such branch, tag or commit"
    if isinstance(error, GatedRepoError):
        return "the repository is open only to those who were let in; log in to the Hugging Face Hub as one of them"
    if isinstance(error, RepositoryNotFoundError):
        return "the Hugging Face Hub has no such repository, or it is private"
    if isinstance(error, pickle.UnpicklingError):
        return "its weights are a pickle that is damaged or holds more than tensors; give a safetensors file"
    return "could not be loaded (" + " ".join(f"{type(error).__name__}: {error}".split())[:220] + ")"


def pick_device() -> torch.device:
    """The best device of this computer: cuda, mps, cpu."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _open(
    name: str, architecture: str, tag: str | None, device: str | torch.device, *, named_tokenizer: bool = False
) -> Clip:
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
    tokenizer = _tokenizer(architecture, config["text_cfg"], named=named_tokenizer)
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


def _tokenizer(architecture: str, text: dict[str, Any], *, named: bool) -> Any:
    """The model's tokenizer; `named` takes it from the repository that its config names instead of its own folder."""
    name = text.get("hf_tokenizer_name")
    # Said aloud, or the config may say yes to it, and transformers asks whoever sits at the terminal.
    no_code = {"trust_remote_code": False} if name else {}
    if not (named and name):
        return open_clip.get_tokenizer(architecture, **no_code)
    return open_clip.tokenizer.HFTokenizer(
        name,
        context_length=text.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH),
        tokenizer_mode=text.get("tokenizer_mode"),
        **(text.get("tokenizer_kwargs") or {}) | no_code,
    )


def _word_level(tokenizer: Any) -> tuple[str, ...] | None:
    """The vocabulary of a tokenizer of ours, in the order of its ids; None for any other."""
    vocabulary: dict[str, int] = {}
    if hasattr(tokenizer, "tokenizer") and hasattr(tokenizer.tokenizer, "get_vocab"):
        vocabulary = tokenizer.tokenizer.get_vocab()
    words = sorted(vocabulary, key=lambda word: vocabulary[word])
    ours: Iterable[str] = ("[PAD]", "[BOS]", "[EOS]", "[UNK]")
    return tuple(words) if words[:4] == list(ours) else None
