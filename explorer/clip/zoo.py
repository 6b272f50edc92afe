"""Loading of any CLIP by name, from this computer or the Hugging Face Hub.

    load("things-bound", find_run=store.find_model)     # a shipped model, of checkpoints/
    load("runs/web-like-3f2a", find_run=...)            # a run folder or an open_clip folder
    load("web-like-3f2a...", find_run=...)              # a run id, resolved by the caller
    load("local-dir:PATH"), load("hf-hub:ORG/REPO@REV"), load("ViT-B-32/openai"), load("ViT-B-32:epoch_3.pt")

    with quiet(), reaching_hub():
        folder = fetch("ORG/REPO", "main")          # config, tokenizer and the weights that open_clip would take
    with offline(): ...                             # nothing is fetched

`load` raises `ModelError`, one sentence, if the name or its files are not a usable model. Weights are read from
safetensors or with `weights_only`, and code that comes with a tokenizer never runs. A folder without weights is refused
rather than filled with random ones, and `checkpoints` checks the parts against each other. `only_safe` is for names
from a browser: a folder or repository must hold safetensors, whose header is checked first.

The Hub's client waits half a minute per file for a server that does not answer. So the server is asked once, with a
short timeout; if it does not answer, only the cache is used.
"""

import hashlib
import logging
import os
import pickle
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.error import URLError

import huggingface_hub as hub
import open_clip
import torch
from huggingface_hub import constants, errors
from huggingface_hub.file_download import http_get, repo_folder_name
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
from open_clip.model import get_model_preprocess_cfg

from explorer.clip import checked_files, checkpoints, names
from explorer.clip.clip import Clip, Origin
from explorer.clip.loading import Cancelled, Progress, ProgressCallback, no_progress, progress_bar_class
from explorer.clip.names import CONFIG, Checkpoint, Folder, ModelConfig, ModelError, Repository, model_error
from explorer.clip.transformers_folder import OPENAI_VOCABULARY, PIXEL_FILES, Parts, openai_tokenizer, read_folder
from explorer.clip.weights import check_safe


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    name: str
    device: str | torch.device
    only_safe: bool
    tell: ProgressCallback


def load(
    name: str,
    *,
    find_run: Callable[[str], Path | None],
    device: str | torch.device = "cpu",
    only_safe: bool = False,
    tell: ProgressCallback = no_progress,
) -> Clip:
    """Load the model `name` in evaluation mode on `device`; every failure becomes one sentence."""
    found = names.find_model(name, find_run=find_run)
    asked = _Request(name=name, device=device, only_safe=only_safe, tell=tell)
    try:
        # The config of a run may be somebody's, and may name what is fetched from elsewhere.
        with quiet(), offline() if isinstance(found, Folder) and found.is_run else nullcontext():
            tell(Progress(stage="find"))
            return _load(asked, found)
    except (ModelError, Cancelled):
        raise
    except Exception as error:  # open_clip, safetensors and tokenizers each raise kinds of their own
        raise model_error(name, _reason(error) + _elsewhere(name, error, found)) from error


def _load(asked: _Request, found: names.Found) -> Clip:
    if isinstance(found, Checkpoint):
        return _open_checkpoint(asked, found)
    if isinstance(found, Folder):
        return _open_folder(asked, found.path, Origin(architecture=f"local-dir:{found.path}"))
    if isinstance(found, Repository):
        with reaching_hub():
            folder = fetch(found.name, found.revision, only_safe=asked.only_safe, tell=asked.tell)
            names.check_folder(asked.name, folder)
            origin = Origin(architecture=f"local-dir:{folder}", repository=found.name, revision=found.revision)
            return _open_folder(asked, folder, origin)
    if not open_clip.get_pretrained_cfg(found.architecture, found.tag):
        raise names.unknown_model(asked.name)
    with reaching_hub():
        # What only a newer release of open_clip knows, it fetches itself, without progress.
        if entry := names.pretrained_models().get(asked.name):
            for file in entry.files:
                with suppress(errors.RemoteEntryNotFoundError):
                    fetch_ahead(entry.repository, file, tell=asked.tell)
                    hub.hf_hub_download(entry.repository, file, tqdm_class=progress_bar_class(asked.tell))
                    break
        return _open(asked, Origin(architecture=found.architecture, tag=found.tag))


def _open_checkpoint(asked: _Request, found: Checkpoint) -> Clip:
    if asked.only_safe:
        raise model_error(asked.name, "a single file is opened only by a command; here give a folder with safetensors")
    asked.tell(Progress(stage="build"))
    parts = checkpoints.read_checkpoint(found.architecture, found.file, device=asked.device)
    layout: Literal["checkpoint", "openai"] = "checkpoint" if found.architecture else "openai"
    return _joined(asked, parts, Origin(architecture=found.architecture, weights=found.file, layout=layout))


def _open_folder(asked: _Request, folder: Path, origin: Origin) -> Clip:
    origin = replace(origin, weights=names.weights_of(folder))
    if (folder / CONFIG).is_file():
        return _open(asked, origin)
    asked.tell(Progress(stage="build"))
    parts = read_folder(folder, only_safe=asked.only_safe)
    parts.model.to(asked.device)
    return _joined(asked, parts, replace(origin, architecture=origin.repository or str(folder), layout="transformers"))


def _open(asked: _Request, origin: Origin) -> Clip:
    config: ModelConfig = open_clip.get_model_config(origin.architecture)
    if origin.weights is not None:  # an untrusted folder: a billion layers would fill the memory
        checked_files.check_config(config)
    if origin.weights is not None and asked.only_safe:
        shapes = partial(
            open_clip.create_model, origin.architecture, load_weights=False, pretrained_text=False, device="meta"
        )
        check_safe([origin.weights], shapes, ratio=MOST_SURPLUS, slack=1_000_000)
    origin = checkpoints.with_activation(asked.name, origin, config)
    asked.tell(Progress(stage="build"))
    if origin.weights is None:
        load_from: dict[str, Any] = {"pretrained": origin.tag, "require_pretrained": True}
    else:  # below, as open_clip does not look for every file that it can read
        load_from = {"load_weights": False}
    model = open_clip.create_model(
        origin.architecture, pretrained_text=False, device=asked.device, weights_only=True,
        force_quick_gelu=bool(config.get("quick_gelu")), **load_from,
    )  # fmt: skip
    if origin.weights is not None:  # none may be missing or left over
        checked_files.check_bytes(origin.weights)
        open_clip.load_checkpoint(model, str(origin.weights), strict=True, weights_only=True, device="cpu")
    tokenizer, origin, notes = _tokenizer(origin, config["text_cfg"])
    return _joined(asked, Parts(model=model, config=config, tokenizer=tokenizer, notes=notes), origin)


MOST_SURPLUS = 2
"""Largest ratio of parameters in a config to numbers in the file; a position embedding may be stretched."""


def _tokenizer(origin: Origin, text: dict[str, Any]) -> tuple[Any, Origin, tuple[str, ...]]:
    """Return the tokenizer of the model's folder, of the repository that its config names, or OpenAI's with a note."""
    # Explicit, because the config may allow it, or transformers may ask at the terminal.
    named = text.get("hf_tokenizer_name")
    no_code = {"trust_remote_code": False} if named else {}
    if origin.weights is None or any(path for each in TOKENIZER for path in origin.weights.parent.glob(each)):
        return open_clip.get_tokenizer(origin.architecture, **no_code), origin, ()
    length = text.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH)
    if origin.repository and named:
        options = (text.get("tokenizer_kwargs") or {}) | no_code
        mode = text.get("tokenizer_mode")
        tokenizer = open_clip.tokenizer.HFTokenizer(named, context_length=length, tokenizer_mode=mode, **options)
        return tokenizer, replace(origin, named_tokenizer=named), ()
    tokenizer, notes = openai_tokenizer(text.get("vocab_size", OPENAI_VOCABULARY), length, f"beside {CONFIG}")
    return tokenizer, origin, notes


def _joined(asked: _Request, parts: Parts, origin: Origin) -> Clip:
    """Join the parts, use each once so that errors surface here, and add notes on what does not fit."""
    clip = Clip(
        name=asked.name,
        model=parts.model.eval(),
        config=parts.config,
        preprocess=dict(get_model_preprocess_cfg(parts.model)),
        words=_word_level(parts.tokenizer),
        tokenizer=parts.tokenizer,
        origin=origin,
    )
    asked.tell(Progress(stage="check"))
    clip.pixels(torch.zeros(1, 3, 1, 1, dtype=torch.uint8))
    notes = (*origin.notes, *parts.notes, *checkpoints.check_loaded(clip))
    return replace(clip, origin=replace(origin, notes=notes))


def _word_level(tokenizer: Any) -> tuple[str, ...] | None:
    """Return the vocabulary of a word-level tokenizer of this project in the order of its ids; None for any other."""
    inside: Any = getattr(tokenizer, "tokenizer", None)
    vocabulary: dict[str, int] = inside.get_vocab() if hasattr(inside, "get_vocab") else {}
    words = tuple(sorted(vocabulary, key=lambda word: vocabulary[word]))
    return words if words[:4] == ("[PAD]", "[BOS]", "[EOS]", "[UNK]") else None


def pick_device() -> torch.device:
    """Return the best device of this computer: cuda, mps, cpu."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


REASONS: dict[type[Exception], str] = {
    errors.RevisionNotFoundError: "the repository has no such branch, tag or commit",
    errors.GatedRepoError: "the repository is open only to those who were let in; log in to the Hugging Face Hub as one"
    " of them",
    errors.RepositoryNotFoundError: "the Hugging Face Hub has no such repository, or it is private",
    pickle.UnpicklingError: "its weights are a pickle that is damaged or holds more than tensors; give a safetensors"
    " file",
}


def _reason(error: Exception) -> str:
    """Word an error for the user who gave the name."""
    if is_out_of_reach(error):
        return "it is not wholly on this computer and cannot be fetched, as its server on the internet is not reached"
    if known := next((words for kind, words in REASONS.items() if isinstance(error, kind)), ""):
        return known
    if _is_broken_off(error):
        return "the connection broke off while it was fetched; try again"
    if isinstance(error, checked_files.WeightsError):
        return f"could not be loaded: {error}"
    # torch lists missing, surplus and misshapen weights: their numbers and first names.
    said = str(error)
    lists = {"missing": r"Missing key\(s\)[^:]*: ([^\n]*)", "surplus": r"Unexpected key\(s\)[^:]*: ([^\n]*)"}
    wrong = {kind: re.findall(r'"([^"]+)"', "".join(re.findall(form, said))) for kind, form in lists.items()}
    wrong["of another shape"] = re.findall(r"size mismatch for ([\w.]+):", said)
    if any(wrong.values()):
        words = ", ".join(f"{len(each)} {kind} ({each[0][:60]})" for kind, each in wrong.items() if each)
        return f"could not be loaded: its weights do not belong to its config: {words}"
    return "could not be loaded (" + " ".join(f"{type(error).__name__}: {error}".split())[:220] + ")"


def _elsewhere(name: str, error: Exception, found: names.Found) -> str:
    """Return a hint how to get a model that cannot be downloaded from here; "" for other errors."""
    fetched = ""
    if isinstance(found, Repository):
        fetched = f"{found.name} --revision {found.revision}" if found.revision else found.name
    elif entry := names.pretrained_models().get(name):
        fetched = entry.repository
    is_near = not fetched or not is_out_of_reach(error)
    return "" if is_near else f"; with the internet, try again, or fetch it by `hf download {fetched}`"


WEIGHTS = (*names.PREFERRED[:3], "model.safetensors")
"""Files that may hold a whole CLIP, the first that exists is used; other pickles are not downloaded."""
TOKENIZER = (*names.TOKENIZER_FILES, "vocab.json", "vocab.txt", "merges.txt", "*.model")
SMALL = (
    CONFIG, names.TRANSFORMERS_CONFIG, *PIXEL_FILES, "special_tokens_map.json", "added_tokens.json", *TOKENIZER,
)  # fmt: skip
PATIENCE_S = 3.0
_TALKERS = ("huggingface_hub", "transformers", "open_clip", "timm", "httpx", "httpx2", "httpcore", "urllib3")
_quiet_lock, _quiet_threads, _undo_silence = threading.Lock(), 0, ExitStack()


def fetch(
    repository: str, revision: str | None, *, only_safe: bool = False, tell: ProgressCallback = no_progress
) -> Path:
    """Return the folder with the repository's model files; `only_safe` skips pickles."""
    bar = progress_bar_class(tell)
    for weights in WEIGHTS:
        if only_safe and not weights.endswith(".safetensors"):
            continue
        with suppress(errors.RemoteEntryNotFoundError):
            fetch_ahead(repository, weights, revision, tell=tell)
        patterns = [*SMALL, weights]
        folder = Path(hub.snapshot_download(repository, revision=revision, allow_patterns=patterns, tqdm_class=bar))
        if (folder / weights).exists():
            break
    return folder


LARGE = 20_000_000
"""Bytes from which a file is worth it."""


def fetch_ahead(repository: str, file: str, revision: str | None = None, *, tell: ProgressCallback) -> None:
    """Put a large file into the client's cache, from where it ended: the client itself begins anew.

    What has come is kept beside the file's place there. What is small, cached or out of reach is left to the client.

    Raises:
        RemoteEntryNotFoundError: If the repository has no such file.
        OSError: If the content is not what the server announced.
    """
    cached = hub.try_to_load_from_cache(repository, file, cache_dir=constants.HF_HUB_CACHE, revision=revision)
    if constants.HF_HUB_OFFLINE or isinstance(cached, str):
        return
    url = hub.hf_hub_url(repository, file, revision=revision)
    found = hub.get_hf_file_metadata(url)
    if found.etag is None or (found.size or 0) < LARGE:
        return
    folder = repo_folder_name(repo_id=repository, repo_type="model")
    place = Path(constants.HF_HUB_CACHE) / folder / "blobs" / found.etag
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    begun = place.with_name(f"{found.etag}.partial")
    with begun.open("ab") as kept:
        http_get(
            url, kept, resume_size=kept.tell(), headers=build_hf_headers(), expected_size=found.size,
            tqdm_class=progress_bar_class(tell),
        )  # fmt: skip
    with begun.open("rb") as kept:
        digest = hashlib.file_digest(kept, "sha256").hexdigest()
    # The server tells the digest of large files.
    if len(found.etag) == len(digest) and found.etag != digest:
        begun.unlink()
        raise OSError("Consistency check failed: the file is not what the server announced.")
    os.replace(begun, place)


def is_out_of_reach(error: BaseException | None) -> bool:
    """Return True if the cause of `error` is a file that is neither on this computer nor available from its server."""
    kinds = (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, URLError)
    return any(isinstance(each, kinds) for each in _causes(error))


def _is_broken_off(error: BaseException) -> bool:
    """Return True if the cause of `error` is a connection that ended before the file did."""
    # By name: which HTTP library it is of depends on the client's release.
    return any(
        any(kind.__name__ == "TransportError" for kind in type(each).__mro__)
        or (isinstance(each, OSError) and str(each).startswith("Consistency check failed"))
        for each in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@contextmanager
def reaching_hub() -> Iterator[None]:
    """Inside, the client is offline unless the Hub answers now."""
    with ExitStack() as stack:
        try:
            if not constants.HF_HUB_OFFLINE:
                hub.get_session().head(constants.ENDPOINT, timeout=PATIENCE_S)
        except Exception:  # of an HTTP library, and which one it is depends on the client's release
            stack.enter_context(offline())
        yield


@contextmanager
def offline() -> Iterator[None]:
    """Inside, only files that were fetched before count."""
    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the libraries that load and download, as a context manager; a terminal still shows a bar.

    Levels of loggers are the process's: of threads that load at once the first silences and the last undoes it.
    """
    global _quiet_threads
    with _quiet_lock:
        _quiet_threads += 1
        if _quiet_threads == 1:
            _silence(_undo_silence)
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_threads -= 1
            if not _quiet_threads:
                _undo_silence.close()


def _silence(undo: ExitStack) -> None:
    undo.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore")
    root, no_output = logging.getLogger(), logging.NullHandler()
    # With a handler there, the first message does not give the root one that writes to stderr for good.
    root.addHandler(no_output)
    undo.callback(root.removeHandler, no_output)
    # A filter, as a level of the root would also silence the loggers of this project in other threads.
    root.addFilter(_no_record)
    undo.callback(root.removeFilter, _no_record)
    for name in _TALKERS:
        logger = logging.getLogger(name)
        undo.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL + 1)
    if not sys.stderr.isatty() and not are_progress_bars_disabled():
        disable_progress_bars()
        undo.callback(enable_progress_bars)


def _no_record(_: logging.LogRecord) -> bool:
    return False
