"""Files of models on the Hugging Face Hub, and why they could not be fetched.

    with offline_unless_reachable():
        folder = fetch_repository("ORG/REPO", revision=None, is_safe_only=True, tell=tell)
    is_out_of_reach(error), is_broken_off(error)

The Hub's client waits half a minute per file for a server that does not answer. So the server is asked once, with a
short timeout; if it does not answer, only the cache is used.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.error import URLError

import huggingface_hub as hub
from huggingface_hub import constants, errors
from huggingface_hub.file_download import http_get, repo_folder_name
from huggingface_hub.utils._headers import build_hf_headers

from explorer.clip import names
from explorer.clip.loading import ProgressCallback, progress_bar_class
from explorer.clip.names import CONFIG_FILE
from explorer.clip.process_state import offline
from explorer.clip.transformers_folder import PREPROCESSOR_FILES
from explorer.files import digest_of_file

HUB_WEIGHT_FILES = (*names.PREFERRED_WEIGHT_FILES[:3], "model.safetensors")
"""Files that may hold a whole CLIP, the first that exists is used; other pickles are not downloaded."""
HUB_TOKENIZER_FILES = (*names.TOKENIZER_FILES, "vocab.json", "vocab.txt", "merges.txt", "*.model")
SMALL_HUB_FILES = (
    CONFIG_FILE, names.TRANSFORMERS_CONFIG_FILE, *PREPROCESSOR_FILES,
    "special_tokens_map.json", "added_tokens.json", *HUB_TOKENIZER_FILES,
)  # fmt: skip
HUB_TIMEOUT_S = 3.0


def fetch_repository(repository: str, revision: str | None, *, is_safe_only: bool, tell: ProgressCallback) -> Path:
    """Return the folder with the repository's model files; `is_safe_only` skips pickles."""
    bar = progress_bar_class(tell)
    for weights in HUB_WEIGHT_FILES:
        if is_safe_only and not weights.endswith(".safetensors"):
            continue
        with suppress(errors.RemoteEntryNotFoundError):
            fetch_large_file(repository, weights, revision, tell=tell)
        patterns = [*SMALL_HUB_FILES, weights]
        folder = Path(hub.snapshot_download(repository, revision=revision, allow_patterns=patterns, tqdm_class=bar))
        if (folder / weights).exists():
            break
    return folder


RESUMABLE_FILE_BYTES = 20_000_000
"""Bytes from which a download that broke off is continued; a smaller file is fetched anew."""


def fetch_large_file(repository: str, file: str, revision: str | None = None, *, tell: ProgressCallback) -> None:
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


def is_broken_off(error: BaseException) -> bool:
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
def offline_unless_reachable() -> Iterator[None]:
    """Inside, the client is offline unless the Hub answers now."""
    with ExitStack() as stack:
        try:
            if not constants.HF_HUB_OFFLINE:
                hub.get_session().head(constants.ENDPOINT, timeout=HUB_TIMEOUT_S)
        except Exception:  # of an HTTP library, and which one it is depends on the client's release
            stack.enter_context(offline())
        yield
