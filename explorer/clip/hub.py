"""Download of a Hugging Face Hub repository to a local folder, with short timeouts and quiet libraries.

    with quiet(), reaching_hub():
        folder = fetch("ORG/REPO", "main")          # config, tokenizer and the weights that open_clip would take
        fetch_first("ORG/REPO", ("a.safetensors", "a.bin"))      # the first file that exists
    with offline(): ...                             # nothing is fetched
    is_out_of_reach(error)                          # True if a file is neither here nor on a server that answers

The client waits half a minute per file for a server that does not answer. So the server is asked once, with a short
timeout; if it does not answer, only the cache is used.
"""

import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from urllib.error import URLError

from huggingface_hub import constants, get_session, hf_hub_download, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled, RemoteEntryNotFoundError
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from explorer.clip.loading import ProgressCallback, no_progress, progress_bar_class

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
