"""Downloads of large files from the Hugging Face Hub that go on where they ended: the Hub's client begins anew.

    with suppress(RemoteEntryNotFoundError):
        fetch_ahead("ORG/REPO", "model.safetensors", tell=print)       # then the client finds it in its cache

What has come is kept beside the file's place in the client's cache until all of it is there.
"""

import hashlib
import os
from pathlib import Path

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
from huggingface_hub.file_download import http_get, repo_folder_name
from huggingface_hub.utils._headers import build_hf_headers

from explorer.clip.loading import ProgressCallback, progress_bar_class

LARGE = 20_000_000
"""Bytes from which a file is worth it."""
SHA256_LENGTH = 64


def fetch_ahead(repository: str, file: str, revision: str | None = None, *, tell: ProgressCallback) -> None:
    """Put a large file into the client's cache; what is small, cached or out of reach is left to the client.

    Raises:
        RemoteEntryNotFoundError: If the repository has no such file.
        OSError: If the content is not what the server announced.
    """
    if constants.HF_HUB_OFFLINE or isinstance(_cached(repository, file, revision), str):
        return
    url = hf_hub_url(repository, file, revision=revision)
    found = get_hf_file_metadata(url)
    if found.etag is None or (found.size or 0) < LARGE:
        return
    folder = repo_folder_name(repo_id=repository, repo_type="model")
    place = Path(constants.HF_HUB_CACHE) / folder / "blobs" / found.etag
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f"{found.etag}.partial")
    with partial.open("ab") as kept:
        http_get(
            url, kept, resume_size=kept.tell(), headers=build_hf_headers(), expected_size=found.size,
            tqdm_class=progress_bar_class(tell),
        )  # fmt: skip
    _check(partial, found.etag)
    os.replace(partial, place)


def _cached(repository: str, file: str, revision: str | None) -> object:
    return try_to_load_from_cache(repository, file, cache_dir=constants.HF_HUB_CACHE, revision=revision)


def _check(partial: Path, etag: str) -> None:
    """Remove the file and raise `OSError` unless its digest is that of the server, which large files have."""
    if len(etag) != SHA256_LENGTH:
        return
    with partial.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != etag:
        partial.unlink()
        raise OSError("Consistency check failed: the file is not what the server announced.")
