"""Loading of any CLIP by name, from this computer or the Hugging Face Hub.

    load_clip("things-bound", find_run_model=store.find_run_model)  # a shipped model, of checkpoints/
    load_clip("runs/web-like-3f2a", find_run_model=...)             # a run folder or an open_clip folder
    load_clip("web-like-3f2a...", find_run_model=...)               # a run id, resolved by the caller
    load_clip("hf-hub:ORG/REPO@REV", find_run_model=...)            # and "local-dir:PATH"
    load_clip("ViT-B-32/openai", find_run_model=...)                # and "ViT-B-32:epoch_3.pt"

    with offline(): ...                                             # nothing is fetched

`load_clip` raises `ModelError`, one sentence, if the name or its files are not a usable model. Weights are read from
safetensors or with `weights_only`, and code that comes with a tokenizer never runs. A folder without weights is refused
rather than filled with random ones, and `checkpoints` checks the parts against each other. `is_safe_only` is for names
from a browser: a folder or repository must hold safetensors, whose header is checked first.

The Hub's client waits half a minute per file for a server that does not answer. So the server is asked once, with a
short timeout; if it does not answer, only the cache is used.
"""

import logging
import os
import pickle
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial, wraps
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
from explorer.clip.names import (
    CONFIG_FILE,
    Checkpoint,
    HubRepository,
    ModelConfig,
    ModelError,
    ModelFolder,
    model_error,
)
from explorer.clip.transformers_folder import (
    OPENAI_VOCABULARY_SIZE,
    PREPROCESSOR_FILES,
    ModelParts,
    openai_tokenizer,
    read_folder,
)
from explorer.clip.weights import SIZE_SLACK, check_file_size, check_safe
from explorer.errors import word_reason
from explorer.files import digest_of_file


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
        with _offline_unless_reachable():
            folder = _fetch_repository(
                source.name, source.revision, is_safe_only=request.is_safe_only, tell=request.tell
            )
            names.check_model_folder(request.name, folder)
            origin = Origin(architecture=f"local-dir:{folder}", repository=source.name, revision=source.revision)
            return _open_folder(request, folder, origin)
    if not open_clip.get_pretrained_cfg(source.architecture, source.tag):
        raise names.unknown_model(request.name)
    with _offline_unless_reachable():
        # What only a newer release of open_clip knows, it fetches itself, without progress.
        if entry := names.pretrained_models().get(request.name):
            for file in entry.files:
                with suppress(errors.RemoteEntryNotFoundError):
                    _fetch_large_file(entry.repository, file, tell=request.tell)
                    hub.hf_hub_download(entry.repository, file, tqdm_class=progress_bar_class(request.tell))
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
        preprocess=dict(get_model_preprocess_cfg(parts.model)),
        words=_word_vocabulary(parts.tokenizer),
        tokenizer=parts.tokenizer,
        origin=origin,
    )
    request.tell(Progress(stage="check"))
    clip.pixels(torch.zeros(1, 3, 1, 1, dtype=torch.uint8))
    notes = (*origin.notes, *parts.notes, *checkpoints.check_loaded(clip))
    return replace(clip, origin=replace(origin, notes=notes))


FIRST_TOKENS = ("[PAD]", "[BOS]", "[EOS]", "[UNK]")
"""How every vocabulary of this project begins: `SPECIAL_TOKENS` of the grammar, which lies above this layer. Tests hold
both equal."""


def _word_vocabulary(tokenizer: Any) -> tuple[str, ...] | None:
    """Return the vocabulary of a word-level tokenizer of this project in the order of its ids; None for any other."""
    inside: Any = getattr(tokenizer, "tokenizer", None)
    vocabulary: dict[str, int] = inside.get_vocab() if hasattr(inside, "get_vocab") else {}
    words = tuple(sorted(vocabulary, key=lambda word: vocabulary[word]))
    return words if words[: len(FIRST_TOKENS)] == FIRST_TOKENS else None


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
    if _is_broken_off(error):
        return "the connection broke off while it was fetched; try again"
    if isinstance(error, checked_files.WeightsError):
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


HUB_WEIGHT_FILES = (*names.PREFERRED_WEIGHT_FILES[:3], "model.safetensors")
"""Files that may hold a whole CLIP, the first that exists is used; other pickles are not downloaded."""
HUB_TOKENIZER_FILES = (*names.TOKENIZER_FILES, "vocab.json", "vocab.txt", "merges.txt", "*.model")
SMALL_HUB_FILES = (
    CONFIG_FILE, names.TRANSFORMERS_CONFIG_FILE, *PREPROCESSOR_FILES,
    "special_tokens_map.json", "added_tokens.json", *HUB_TOKENIZER_FILES,
)  # fmt: skip
HUB_TIMEOUT_S = 3.0
_NOISY_LOGGERS = ("huggingface_hub", "transformers", "open_clip", "timm", "httpx", "httpx2", "httpcore", "urllib3")


def _fetch_repository(
    repository: str, revision: str | None, *, is_safe_only: bool = False, tell: ProgressCallback = no_progress
) -> Path:
    """Return the folder with the repository's model files; `is_safe_only` skips pickles."""
    bar = progress_bar_class(tell)
    for weights in HUB_WEIGHT_FILES:
        if is_safe_only and not weights.endswith(".safetensors"):
            continue
        with suppress(errors.RemoteEntryNotFoundError):
            _fetch_large_file(repository, weights, revision, tell=tell)
        patterns = [*SMALL_HUB_FILES, weights]
        folder = Path(hub.snapshot_download(repository, revision=revision, allow_patterns=patterns, tqdm_class=bar))
        if (folder / weights).exists():
            break
    return folder


RESUMABLE_FILE_BYTES = 20_000_000
"""Bytes from which a file is worth it."""


def _fetch_large_file(repository: str, file: str, revision: str | None = None, *, tell: ProgressCallback) -> None:
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
    metadata = hub.get_hf_file_metadata(url)
    if metadata.etag is None or (metadata.size or 0) < RESUMABLE_FILE_BYTES:
        return
    folder = repo_folder_name(repo_id=repository, repo_type="model")
    blob_path = Path(constants.HF_HUB_CACHE) / folder / "blobs" / metadata.etag
    if blob_path.exists():
        return
    blob_path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = blob_path.with_name(f"{metadata.etag}.partial")
    with partial_path.open("ab") as file_so_far:
        http_get(
            url, file_so_far, resume_size=file_so_far.tell(), headers=build_hf_headers(), expected_size=metadata.size,
            tqdm_class=progress_bar_class(tell),
        )  # fmt: skip
    digest = digest_of_file(partial_path)
    # The server tells the digest of large files.
    if len(metadata.etag) == len(digest) and metadata.etag != digest:
        partial_path.unlink()
        raise OSError("Consistency check failed: the file is not what the server announced.")
    os.replace(partial_path, blob_path)


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
def _offline_unless_reachable() -> Iterator[None]:
    """Inside, the client is offline unless the Hub answers now."""
    with ExitStack() as stack:
        try:
            if not constants.HF_HUB_OFFLINE:
                hub.get_session().head(constants.ENDPOINT, timeout=HUB_TIMEOUT_S)
        except Exception:  # of an HTTP library, and which one it is depends on the client's release
            stack.enter_context(offline())
        yield


_State = Callable[[], AbstractContextManager[None]]


def share_between_threads(state: _State) -> _State:
    """Let threads share a state of the process, a context manager: the first enters it, and the last one leaves it."""
    lock, users, held = threading.Lock(), 0, ExitStack()

    @contextmanager
    @wraps(state)
    def shared() -> Iterator[None]:
        nonlocal users
        with lock:
            if not users:
                held.enter_context(state())
            users += 1
        try:
            yield
        finally:
            with lock:
                users -= 1
                if not users:
                    held.close()

    return shared


@share_between_threads
@contextmanager
def offline() -> Iterator[None]:
    """Inside, only files that were fetched before count, for all threads of the process."""
    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@share_between_threads
@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence the libraries that load and download, in all threads of the process; a terminal still shows a bar."""
    with ExitStack() as undo:
        undo.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        root, no_output = logging.getLogger(), logging.NullHandler()
        # With a handler there, the first message does not give the root one that writes to stderr for good.
        root.addHandler(no_output)
        undo.callback(root.removeHandler, no_output)
        # A filter, as a level of the root would also silence the loggers of this project in other threads.
        root.addFilter(_no_record)
        undo.callback(root.removeFilter, _no_record)
        for name in _NOISY_LOGGERS:
            logger = logging.getLogger(name)
            undo.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL + 1)
        if not sys.stderr.isatty() and not are_progress_bars_disabled():
            disable_progress_bars()
            undo.callback(enable_progress_bars)
        yield


def _no_record(_: logging.LogRecord) -> bool:
    return False
