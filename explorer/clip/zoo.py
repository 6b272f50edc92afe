"""Loading of any CLIP by name.

    load("things-bound", find_run=store.find_model)     # a shipped model, of checkpoints/
    load("runs/web-like-3f2a", find_run=...)            # a run folder or an open_clip folder
    load("web-like-3f2a...", find_run=...)              # a run id, resolved by the caller
    load("local-dir:PATH"), load("hf-hub:ORG/REPO@REV"), load("ViT-B-32/openai"), load("ViT-B-32:epoch_3.pt")

Raises `ModelError`, one sentence, if the name or its files are not a usable model. Weights are read from safetensors
or with `weights_only`, and code that comes with a tokenizer never runs. A folder without weights is refused rather
than filled with random ones, and `compatibility` checks the parts against each other. `only_safe` is for names from
a browser: a folder or repository must hold safetensors, whose header is checked first.

Download of a Hugging Face Hub repository to a local folder, with short timeouts and quiet libraries.

    with quiet(), reaching_hub():
        folder = fetch("ORG/REPO", "main")          # config, tokenizer and the weights that open_clip would take
        fetch_first("ORG/REPO", ("a.safetensors", "a.bin"))      # the first file that exists
    with offline(): ...                             # nothing is fetched
    is_out_of_reach(error)                          # True if a file is neither here nor on a server that answers

The client waits half a minute per file for a server that does not answer. So the server is asked once, with a short
timeout; if it does not answer, only the cache is used.
"""

import json
import logging
import pickle
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import URLError

import open_clip
import torch
from huggingface_hub import constants, get_session, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
from open_clip.model import get_model_preprocess_cfg

from explorer.clip import checked_files, checkpoints
from explorer.clip.catalog import pretrained_models
from explorer.clip.clip import Clip, Origin
from explorer.clip.loading import Cancelled, Progress, ProgressCallback, no_progress, progress_bar_class
from explorer.clip.names import (
    CONFIG,
    Checkpoint,
    Folder,
    Found,
    ModelConfig,
    ModelError,
    Pretrained,
    Repository,
    check_folder,
    find_model,
    model_error,
    unknown_model,
    weights_of,
)


def load(
    name: str,
    *,
    find_run: Callable[[str], Path | None],
    device: str | torch.device = "cpu",
    only_safe: bool = False,
    tell: ProgressCallback = no_progress,
) -> Clip:
    """Load the model `name` in evaluation mode on `device`; every failure becomes one sentence."""
    run: Path | None = None

    def find(text: str) -> Path | None:
        nonlocal run
        run = find_run(text)
        return run

    found = find_model(name, find_run=find)
    try:
        with quiet():
            tell(Progress(stage="find"))
            # The config of a run may be somebody's, and may name what is fetched from elsewhere.
            with offline() if run is not None else nullcontext():
                return _load(name, found, device, only_safe, tell)
    except (ModelError, Cancelled):
        raise
    except Exception as error:  # open_clip, safetensors and tokenizers each raise kinds of their own
        raise model_error(name, _reason(error) + _elsewhere(error, found)) from error


def _load(
    name: str,
    found: Found,
    device: str | torch.device,
    only_safe: bool,
    tell: ProgressCallback,
) -> Clip:
    if isinstance(found, Checkpoint):
        return _open_checkpoint(name, found, device, only_safe, tell)
    if isinstance(found, Folder):
        if found.is_transformers:
            return _open_transformers(name, Origin(architecture=str(found.path)), found.path, device, only_safe, tell)
        return _open(name, _of_folder(found.path), device, only_safe, tell)
    if isinstance(found, Repository):
        with reaching_hub():
            folder = fetch(found.name, found.revision, only_safe=only_safe, tell=tell)
            check_folder(name, folder)
            if Folder(path=folder).is_transformers:
                source = Origin(architecture=found.name, repository=found.name, revision=found.revision)
                return _open_transformers(name, source, folder, device, only_safe, tell)
            origin = replace(_of_folder(folder), repository=found.name, revision=found.revision)
            if not has_tokenizer(folder):
                origin = replace(origin, named_tokenizer=_text_config(folder).get("hf_tokenizer_name"))
            return _open(name, origin, device, only_safe, tell)
    if not open_clip.get_pretrained_cfg(found.architecture, found.tag):
        raise unknown_model(name)
    with reaching_hub():
        # open_clip itself fetches what only a newer release of it knows, without progress.
        if entry := pretrained_models().get(name):
            fetch_first(entry.repository, entry.files, tell=tell)
        return _open(name, Origin(architecture=found.architecture, tag=found.tag), device, only_safe, tell)


def _open_transformers(
    name: str, origin: Origin, folder: Path, device: str | torch.device, only_safe: bool, tell: ProgressCallback
) -> Clip:
    from explorer.clip.transformers_folder import read_folder

    tell(Progress(stage="build"))
    parts = read_folder(folder, only_safe=only_safe)
    source = replace(origin, layout="transformers", weights=weights_of(folder), notes=parts.notes)
    return _checked(name, parts.model.to(device), parts.config, parts.tokenizer, source, tell)


def _open_checkpoint(
    name: str, found: Checkpoint, device: str | torch.device, only_safe: bool, tell: ProgressCallback
) -> Clip:
    from explorer.clip.checkpoints import read_checkpoint

    if only_safe:
        raise model_error(name, "a single file is opened only by a command; here give a folder with safetensors")
    tell(Progress(stage="build"))
    parts = read_checkpoint(found.architecture, found.file, device=device)
    layout: Any = "checkpoint" if found.architecture else "openai"
    source = Origin(architecture=found.architecture, weights=found.file, layout=layout, notes=parts.notes)
    return _checked(name, parts.model, parts.config, parts.tokenizer, source, tell)


def _of_folder(folder: Path) -> Origin:
    return Origin(architecture=f"local-dir:{folder}", weights=weights_of(folder))


def _text_config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / CONFIG).read_text())["model_cfg"]["text_cfg"]
    return config


def _reason(error: Exception) -> str:
    """Word an error for the user who gave the name."""
    if is_out_of_reach(error):
        return "it is not wholly on this computer and cannot be fetched, as its server on the internet is not reached"
    if isinstance(error, RevisionNotFoundError):
        return "the repository has no such branch, tag or commit"
    if isinstance(error, GatedRepoError):
        return "the repository is open only to those who were let in; log in to the Hugging Face Hub as one of them"
    if isinstance(error, RepositoryNotFoundError):
        return "the Hugging Face Hub has no such repository, or it is private"
    if is_broken_off(error):
        return "the connection broke off while it was fetched; try again"
    if isinstance(error, pickle.UnpicklingError):
        return "its weights are a pickle that is damaged or holds more than tensors; give a safetensors file"
    if isinstance(error, checked_files.WeightsError):
        return f"could not be loaded: {error}"
    if wrong := _wrong_weights(str(error)):
        return f"could not be loaded: its weights do not belong to its config: {wrong}"
    return "could not be loaded (" + " ".join(f"{type(error).__name__}: {error}".split())[:220] + ")"


def _elsewhere(error: Exception, found: Found) -> str:
    """Return a hint how to get a model that cannot be downloaded from here; "" for other errors."""
    repository, revision = "", ""
    if isinstance(found, Repository):
        repository, revision = found.name, f" --revision {found.revision}" if found.revision else ""
    if isinstance(found, Pretrained):
        entry = pretrained_models().get(f"{found.architecture}/{found.tag}")
        repository = entry.repository if entry else ""
    if not repository or not is_out_of_reach(error):
        return ""
    return f"; with the internet, try again, or fetch it by `hf download {repository}{revision}`"


def _wrong_weights(said: str) -> str:
    """Summarize torch's list of missing, surplus and misshapen weights by number and first names.

    "" if there is none.
    """
    kinds = {"missing": r"Missing key\(s\)[^:]*: ([^\n]*)", "surplus": r"Unexpected key\(s\)[^:]*: ([^\n]*)"}
    names = {kind: re.findall(r'"([^"]+)"', "".join(re.findall(form, said))) for kind, form in kinds.items()}
    names["of another shape"] = re.findall(r"size mismatch for ([\w.]+):", said)
    return ", ".join(f"{len(found)} {kind} ({found[0][:60]})" for kind, found in names.items() if found)


def pick_device() -> torch.device:
    """Return the best device of this computer: cuda, mps, cpu."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _open(name: str, origin: Origin, device: str | torch.device, only_safe: bool, tell: ProgressCallback) -> Clip:
    """Load the model, its tokenizer and its config, and use each once so that errors surface here."""
    config: ModelConfig = open_clip.get_model_config(origin.architecture)
    if only_safe:
        checkpoints.check_before_loading(name, origin, config)
    elif origin.weights is not None:
        checked_files.check_config(config)  # an untrusted folder: a billion layers would fill the memory
    origin = checkpoints.with_activation(name, origin, config)
    tell(Progress(stage="build"))
    model = _build(origin, bool(config.get("quick_gelu")), device)
    tokenizer, origin = _tokenizer(origin, config["text_cfg"])
    return _checked(name, model, config, tokenizer, origin, tell)


def _checked(
    name: str, model: Any, config: ModelConfig, tokenizer: Any, origin: Origin, tell: ProgressCallback
) -> Clip:
    """Join the parts, use each once so that errors surface here, and add notes on what does not fit."""
    clip = Clip(
        name=name,
        model=model.eval(),
        config=config,
        preprocess=dict(get_model_preprocess_cfg(model)),
        words=_word_level(tokenizer),
        tokenizer=tokenizer,
        origin=origin,
    )
    tell(Progress(stage="check"))
    clip.pixels(torch.zeros(1, 3, 1, 1, dtype=torch.uint8))
    notes = [*origin.notes, *checkpoints.check_loaded(clip)]
    return replace(clip, origin=replace(origin, notes=tuple(notes)))


def _build(origin: Origin, quick_gelu: bool, device: str | torch.device) -> Any:
    """Build the model with its weights; none may be missing or left over."""
    model = open_clip.create_model(
        origin.architecture,
        pretrained=origin.tag,
        # Of a folder below, as open_clip does not look for every file that it can read.
        load_weights=origin.weights is None,
        pretrained_text=False,
        device=device,
        force_quick_gelu=quick_gelu,
        require_pretrained=origin.weights is None,
        weights_only=True,
    )
    if origin.weights is not None:
        open_clip.load_checkpoint(model, str(origin.weights), strict=True, weights_only=True, device="cpu")
    return model


def _tokenizer(origin: Origin, text: dict[str, Any]) -> tuple[Any, Origin]:
    """Return the tokenizer of the model's folder, of the repository that its config names, or OpenAI's."""
    # Explicit, because the config may allow it, or transformers may ask at the terminal.
    no_code = {"trust_remote_code": False} if text.get("hf_tokenizer_name") else {}
    if origin.named_tokenizer:
        return open_clip.tokenizer.HFTokenizer(
            origin.named_tokenizer,
            context_length=text.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH),
            tokenizer_mode=text.get("tokenizer_mode"),
            **(text.get("tokenizer_kwargs") or {}) | no_code,
        ), origin
    if origin.weights is None or has_tokenizer(origin.weights.parent):
        return open_clip.get_tokenizer(origin.architecture, **no_code), origin
    from explorer.clip.transformers_folder import openai_tokenizer

    vocabulary, length = text.get("vocab_size", 49_408), text.get("context_length", 77)
    tokenizer, notes = openai_tokenizer(vocabulary, length, f"beside {CONFIG}")
    return tokenizer, replace(origin, notes=(*origin.notes, *notes))


def _word_level(tokenizer: Any) -> tuple[str, ...] | None:
    """Return the vocabulary of a word-level tokenizer of this project in the order of its ids; None for any other."""
    vocabulary: dict[str, int] = {}
    if hasattr(tokenizer, "tokenizer") and hasattr(tokenizer.tokenizer, "get_vocab"):
        vocabulary = tokenizer.tokenizer.get_vocab()
    words = sorted(vocabulary, key=lambda word: vocabulary[word])
    ours: Iterable[str] = ("[PAD]", "[BOS]", "[EOS]", "[UNK]")
    return tuple(words) if words[:4] == list(ours) else None


WEIGHTS = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "model.safetensors",
)
"""Files that may hold a whole CLIP, the first that exists is used; other pickles are not downloaded."""
TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "vocab.json", "vocab.txt", "merges.txt", "*.model")
SMALL = (
    "open_clip_config.json",
    "config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    *TOKENIZER,
)
PATIENCE_S = 3.0
_TALKERS = ("", "huggingface_hub", "transformers", "open_clip", "timm", "httpx", "httpx2", "httpcore", "urllib3")


def fetch(
    repository: str, revision: str | None, *, only_safe: bool = False, tell: ProgressCallback = no_progress
) -> Path:
    """Return the folder with the repository's model files; `only_safe` skips pickles."""
    bar = progress_bar_class(tell)
    for weights in WEIGHTS:
        if only_safe and not weights.endswith(".safetensors"):
            continue
        patterns = [*SMALL, weights]
        folder = Path(snapshot_download(repository, revision=revision, allow_patterns=patterns, tqdm_class=bar))
        if (folder / weights).exists():
            break
    return folder


def fetch_first(repository: str, files: Sequence[str], *, tell: ProgressCallback = no_progress) -> Path | None:
    """Return a local copy of the first of the files that the repository has; None if it has none of them."""
    for file in files:
        try:
            return Path(hf_hub_download(repository, file, tqdm_class=progress_bar_class(tell)))
        except RemoteEntryNotFoundError:
            continue
    return None


def has_tokenizer(folder: Path) -> bool:
    """Return True if the folder holds a tokenizer of its own."""
    return any(path for pattern in TOKENIZER for path in folder.glob(pattern))


def is_out_of_reach(error: BaseException | None) -> bool:
    """Return True if the cause of `error` is a file that is neither on this computer nor available from its server."""
    while error is not None:
        if isinstance(error, LocalEntryNotFoundError | OfflineModeIsEnabled | URLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def is_broken_off(error: BaseException | None) -> bool:
    """Return True if the cause of `error` is a connection that ended before the file did."""
    while error is not None:
        # By name: which HTTP library it is of depends on the client's release.
        if any(kind.__name__ == "TransportError" for kind in type(error).__mro__):
            return True
        if isinstance(error, OSError) and str(error).startswith("Consistency check failed"):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def reaching_hub() -> Iterator[None]:
    """Inside, the client is offline unless the Hub answers now."""
    with nullcontext() if constants.HF_HUB_OFFLINE or _answers() else offline():
        yield


@contextmanager
def offline() -> Iterator[None]:
    """Inside, only files that were fetched before count."""
    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _answers() -> bool:
    try:
        get_session().head(constants.ENDPOINT, timeout=PATIENCE_S)
    except Exception:  # the errors are those of an HTTP library, and which one it is depends on the client's release
        return False
    return True


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the libraries that load and download, as a context manager; a terminal still shows a bar."""
    loggers = [logging.getLogger(name) for name in _TALKERS]
    before = [(logger, logger.level) for logger in loggers]
    root, silence = logging.getLogger(), logging.NullHandler()
    with warnings.catch_warnings(), ExitStack() as later:
        warnings.simplefilter("ignore")
        # With a handler there, the first message does not give the root one that writes to stderr for good.
        root.addHandler(silence)
        later.callback(root.removeHandler, silence)
        for logger, level in before:
            later.callback(logger.setLevel, level)
            logger.setLevel(logging.CRITICAL + 1)
        if not sys.stderr.isatty() and not are_progress_bars_disabled():
            disable_progress_bars()
            later.callback(enable_progress_bars)
        yield
