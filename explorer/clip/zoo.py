"""Loading of any CLIP by name, from this computer or the Hugging Face Hub.

    load_clip("things-bound", find_run_model=store.find_run_model)  # a shipped model, of checkpoints/
    load_clip("runs/web-like-3f2a", find_run_model=...)             # a run folder or an open_clip folder
    load_clip("web-like-3f2a...", find_run_model=...)               # a run id, resolved by the caller
    load_clip("hf-hub:ORG/REPO@REV", find_run_model=...)            # and "local-dir:PATH"
    load_clip("ViT-B-32/openai", find_run_model=...)                # and "ViT-B-32:epoch_3.pt"

`load_clip` raises `ModelError`, one sentence, if the name or its files are not a usable model. Weights are read from
safetensors or with `weights_only`, and code that comes with a tokenizer never runs. A folder without weights is refused
rather than filled with random ones, and `checkpoints` checks the parts against each other. `is_safe_only` is for names
from a browser: a folder or repository must hold safetensors, whose header is checked first.
"""

import pickle
import re
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import huggingface_hub
import torch
from huggingface_hub import errors

from explorer.clip import checked_files, checkpoints, names
from explorer.clip.clip import Clip, Origin
from explorer.clip.configs import ModelConfig
from explorer.clip.hub import (
    HUB_TOKENIZER_FILES,
    fetch_large_file,
    fetch_repository,
    is_broken_off,
    is_out_of_reach,
    offline_unless_reachable,
)
from explorer.clip.loading import Cancelled, Progress, ProgressCallback, no_progress, progress_bar_class
from explorer.clip.names import CONFIG_FILE, Checkpoint, HubRepository, ModelError, ModelFolder, model_error
from explorer.clip.open_clip_import import open_clip
from explorer.clip.process_state import offline, quiet_libraries
from explorer.clip.transformers_folder import OPENAI_VOCABULARY_SIZE, ModelParts, openai_tokenizer, read_folder
from explorer.clip.weights import SIZE_SLACK, check_file_size, check_safe
from explorer.errors import word_reason
from explorer.special_tokens import SPECIAL_TOKENS


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    name: str
    device: str | torch.device
    is_safe_only: bool
    tell: ProgressCallback


def load_clip(
    name: str,
    *,
    find_run_model: Callable[[str], Path | None],
    device: str | torch.device = "cpu",
    is_safe_only: bool = False,
    tell: ProgressCallback = no_progress,
) -> Clip:
    """Load the model `name` in evaluation mode on `device`; every failure becomes one sentence."""
    source = names.resolve_model(name, find_run_model=find_run_model)
    request = _Request(name=name, device=device, is_safe_only=is_safe_only, tell=tell)
    try:
        # The config of a run may be somebody's, and may name what is fetched from elsewhere.
        with quiet_libraries(), offline() if isinstance(source, ModelFolder) and source.is_run else nullcontext():
            tell(Progress(stage="find"))
            return _load_source(request, source)
    except (ModelError, Cancelled):
        raise
    except Exception as error:  # open_clip, safetensors and tokenizers each raise kinds of their own
        problem, command = _word_error(error), _download_command(name, error, source)
        if not command:
            raise model_error(name, problem) from error
        words = "{problem}; with the internet, try again, or fetch it by {command}"
        raise model_error(name, words, problem=problem, command=command) from error


def _load_source(request: _Request, source: names.ModelSource) -> Clip:
    """Load what a name was resolved to; what is on the Hub is fetched first, with progress.

    A repository becomes a folder of the cache, and is checked as any other folder.
    """
    if isinstance(source, Checkpoint):
        return _open_checkpoint(request, source)
    if isinstance(source, ModelFolder):
        return _open_folder(request, source.path, Origin(architecture=f"local-dir:{source.path}"))
    if isinstance(source, HubRepository):
        with offline_unless_reachable():
            folder = fetch_repository(
                source.name, source.revision, is_safe_only=request.is_safe_only, tell=request.tell
            )
            names.check_model_folder(request.name, folder)
            origin = Origin(architecture=f"local-dir:{folder}", repository=source.name, revision=source.revision)
            return _open_folder(request, folder, origin)
    if not open_clip.get_pretrained_cfg(source.architecture, source.tag):
        raise names.unknown_model(request.name)
    with offline_unless_reachable():
        # What only a newer release of open_clip knows, it fetches itself, without progress.
        if entry := names.pretrained_models().get(request.name):
            for file in entry.files:
                with suppress(errors.RemoteEntryNotFoundError):
                    fetch_large_file(entry.repository, file, tell=request.tell)
                    huggingface_hub.hf_hub_download(entry.repository, file, tqdm_class=progress_bar_class(request.tell))
                    break
        return _open_pretrained(request, Origin(architecture=source.architecture, tag=source.tag))


def _open_checkpoint(request: _Request, checkpoint: Checkpoint) -> Clip:
    if request.is_safe_only:
        raise model_error(
            request.name, "a single file is opened only by a command; here give a folder with safetensors"
        )
    request.tell(Progress(stage="build"))
    parts = checkpoints.read_checkpoint(checkpoint.architecture, checkpoint.file, device=request.device)
    layout: Literal["checkpoint", "openai"] = "checkpoint" if checkpoint.architecture else "openai"
    return _join_parts(
        request, parts, Origin(architecture=checkpoint.architecture, weights=checkpoint.file, layout=layout)
    )


def _open_folder(request: _Request, folder: Path, origin: Origin) -> Clip:
    origin = replace(origin, weights=names.find_weights(folder))
    if (folder / CONFIG_FILE).is_file():
        return _open_pretrained(request, origin)
    request.tell(Progress(stage="build"))
    parts = read_folder(folder, is_safe_only=request.is_safe_only)
    parts.model.to(request.device)
    return _join_parts(
        request, parts, replace(origin, architecture=origin.repository or str(folder), layout="transformers")
    )


def _open_pretrained(request: _Request, origin: Origin) -> Clip:
    """Open a model as open_clip builds it: a folder with its config, or weights that open_clip knows by a tag.

    The weights of a folder are compared with its config before anything is allocated, and must fit it exactly.
    """
    config: ModelConfig = open_clip.get_model_config(origin.architecture)
    if origin.weights is not None:  # an untrusted folder: a billion layers would fill the memory
        checked_files.check_config(config)
        shapes = partial(
            open_clip.create_model, origin.architecture, load_weights=False, pretrained_text=False, device="meta"
        )
        if request.is_safe_only:
            check_safe([origin.weights], shapes, ratio=MAX_PARAMETER_RATIO, slack=SIZE_SLACK)
        else:
            check_file_size([origin.weights], shapes)
    origin = checkpoints.with_activation(request.name, origin, config)
    request.tell(Progress(stage="build"))
    if origin.weights is None:
        load_from: dict[str, Any] = {"pretrained": origin.tag, "require_pretrained": True}
    else:  # below, as open_clip does not look for every file that it can read
        load_from = {"load_weights": False}
    model = open_clip.create_model(
        origin.architecture, pretrained_text=False, device=request.device, weights_only=True,
        force_quick_gelu=bool(config.get("quick_gelu")), **load_from,
    )  # fmt: skip
    if origin.weights is not None:  # none may be missing or left over
        open_clip.load_checkpoint(model, str(origin.weights), strict=True, weights_only=True, device="cpu")
    tokenizer, origin, notes = _pick_tokenizer(origin, config["text_cfg"])
    return _join_parts(request, ModelParts(model=model, config=config, tokenizer=tokenizer, notes=notes), origin)


MAX_PARAMETER_RATIO = 2
"""Largest ratio of parameters in a config to numbers in the file; a position embedding may be stretched."""


def _pick_tokenizer(origin: Origin, text: dict[str, Any]) -> tuple[Any, Origin, tuple[str, ...]]:
    """Return the tokenizer of the model's folder, of the repository that its config names, or OpenAI's with a note."""
    if origin.weights is not None:
        checked_files.check_named_tokenizer(origin.weights.parent)
    # Explicit, because the config may allow it, or transformers may ask at the terminal.
    named = text.get("hf_tokenizer_name")
    no_code = {"trust_remote_code": False} if named else {}
    if origin.weights is None or any(path for each in HUB_TOKENIZER_FILES for path in origin.weights.parent.glob(each)):
        return open_clip.get_tokenizer(origin.architecture, **no_code), origin, ()
    length = text.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH)
    if origin.repository and named:
        options = (text.get("tokenizer_kwargs") or {}) | no_code
        mode = text.get("tokenizer_mode")
        tokenizer = open_clip.tokenizer.HFTokenizer(named, context_length=length, tokenizer_mode=mode, **options)
        return tokenizer, replace(origin, named_tokenizer=named), ()
    tokenizer, notes = openai_tokenizer(text.get("vocab_size", OPENAI_VOCABULARY_SIZE), length, f"beside {CONFIG_FILE}")
    return tokenizer, origin, notes


def _join_parts(request: _Request, parts: ModelParts, origin: Origin) -> Clip:
    """Join the parts, use each once so that errors surface here, and add notes on what does not fit."""
    clip = Clip(
        name=request.name,
        model=parts.model.eval(),
        config=parts.config,
        preprocess=dict(open_clip.get_model_preprocess_cfg(parts.model)),
        words=_word_vocabulary(parts.tokenizer),
        tokenizer=parts.tokenizer,
        origin=origin,
    )
    request.tell(Progress(stage="check"))
    clip.pixels(torch.zeros(1, 3, 1, 1, dtype=torch.uint8))
    notes = (*origin.notes, *parts.notes, *checkpoints.check_loaded(clip))
    return replace(clip, origin=replace(origin, notes=notes))


def _word_vocabulary(tokenizer: Any) -> tuple[str, ...] | None:
    """Return the vocabulary of a word-level tokenizer of this project in the order of its ids; None for any other."""
    inside: Any = getattr(tokenizer, "tokenizer", None)
    vocabulary: dict[str, int] = inside.get_vocab() if hasattr(inside, "get_vocab") else {}
    words = tuple(sorted(vocabulary, key=lambda word: vocabulary[word]))
    return words if words[: len(SPECIAL_TOKENS)] == SPECIAL_TOKENS else None


def pick_device() -> torch.device:
    """Return the best device of this computer: cuda, mps, cpu."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


ERROR_SENTENCES: dict[type[Exception], str] = {
    errors.RevisionNotFoundError: "the repository has no such branch, tag or commit",
    errors.GatedRepoError: "the repository is open only to those who were let in; log in to the Hugging Face Hub as one"
    " of them",
    errors.RepositoryNotFoundError: "the Hugging Face Hub has no such repository, or it is private",
    pickle.UnpicklingError: "its weights are a pickle that is damaged or holds more than tensors; give a safetensors"
    " file",
}


def _word_error(error: Exception) -> str:
    """Word an error for the user who gave the name."""
    if is_out_of_reach(error):
        return "it is not wholly on this computer and cannot be fetched, as its server on the internet is not reached"
    if known := next((words for kind, words in ERROR_SENTENCES.items() if isinstance(error, kind)), ""):
        return known
    if is_broken_off(error):
        return "the connection broke off while it was fetched; try again"
    if isinstance(error, checked_files.ModelFileError):
        return word_reason("could not be loaded: {problem}", problem=error.reason)
    # torch lists missing, surplus and misshapen weights: their numbers and first names.
    message = str(error)
    lists = {"missing": r"Missing key\(s\)[^:]*: ([^\n]*)", "surplus": r"Unexpected key\(s\)[^:]*: ([^\n]*)"}
    wrong = {kind: re.findall(r'"([^"]+)"', "".join(re.findall(form, message))) for kind, form in lists.items()}
    wrong["of another shape"] = re.findall(r"size mismatch for ([\w.]+):", message)
    if any(wrong.values()):
        words = ", ".join(f"{len(each)} {kind} ({each[0][:60]})" for kind, each in wrong.items() if each)
        return word_reason("could not be loaded: its weights do not belong to its config: {wrong}", wrong=words)
    return word_reason(
        "could not be loaded ({problem})", problem=" ".join(f"{type(error).__name__}: {error}".split())[:220]
    )


def _download_command(name: str, error: Exception, source: names.ModelSource) -> str:
    """Return what fetches a model that cannot be downloaded from here; "" for other errors."""
    fetched = ""
    if isinstance(source, HubRepository):
        fetched = f"{source.name} --revision {source.revision}" if source.revision else source.name
    elif entry := names.pretrained_models().get(name):
        fetched = entry.repository
    is_near = not fetched or not is_out_of_reach(error)
    return "" if is_near else f"`hf download {fetched}`"
