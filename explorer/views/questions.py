"""Scores of a user's pictures and captions by any CLIP: pictures, checks of a question, and the answer.

    models_here(store, "b-32 openai", closed=False)     # (Listed(name="ViT-B-32/openai", kind="pretrained", ...), ...)
    check_captions(["a red bus", "a blue bus"])         # stripped; UserError for anything else
    never_read(store, ["things-bound"], ["a red zebra"])                    # {"zebra": ("things-bound",)}
    score_pictures("things-bound", ["bus.png"], pictures, captions, store=store, only_safe=False)      # ScoredPictures

    picture = decode(read_file(path, "image=bus.png"), "image=bus.png")     # PIL image, of the file's own mode and size
    data = from_data_uri("data:image/png;base64,...", "images[0]")          # bytes
    thumbnail(data, "images[0]", side=160)                                  # a small data URI, for a page to show

A browser names no file and no URL: pictures come as data URIs, and a public server accepts only shipped models and its
own runs. Errors name the field. torch is imported at the first request; endpoints run in a thread.
"""

import base64
import binascii
import gc
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import category

import numpy as np

from explorer.captions.reading import read_caption
from explorer.captions.swapping import confusions
from explorer.captions.words import CaptionError
from explorer.clip.catalog import Listed, list_models
from explorer.clip.loading import ModelCache, ProgressCallback, no_progress
from explorer.clip.names import Checkpoint, Folder, find_model, shipped_names, weights_of
from explorer.clip.pixels import (
    UPLOADS,
    PictureError,
    background,
    check_bytes,
    data_uri,
    is_turned,
    open_picture,
    read_picture,
)
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.user_probe import ScoredPictures, orders_of
from explorer.resources import CHECKPOINTS
from explorer.runs.store import RunStore

MOST_CAPTIONS, LONGEST_CAPTION, MOST_IMAGES = 32, 300, 16
MOST_MAPPED = 4
"""Captions of a question that get a map: each costs a backward pass through the image tower."""
MOST_UPLOAD = 64_000_000
"""Characters of all data URIs of one request."""
LONGEST_SEARCH = 100
MODELS = ModelCache()
TOKENIZER = "tokenizer.json"
MARKS = str.maketrans(".,;:!?", "      ")
"""Marks that no word holds, as `str.translate` takes them."""


def read_file(path: Path, field: str) -> bytes:
    """Read a file that a user named on the command line."""
    with _in_field(field):
        return read_picture(path, UPLOADS)


def from_data_uri(uri: Any, field: str) -> bytes:
    """Decode a data URI to bytes."""
    head, comma, body = uri.partition(",") if isinstance(uri, str) else ("", "", "")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise UserError(field, uri, "give a picture as a data URI, data:image/png;base64,...")
    with _in_field(field):
        check_bytes(len(body) * 3 // 4 - 2, UPLOADS)
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise UserError(field, NO_VALUE, "the data URI is no base64") from None


def decode(data: bytes, field: str) -> Any:
    """Decode the picture; of several frames the first."""
    with _in_field(field):
        return open_picture(data, UPLOADS)


def thumbnail(data: bytes, field: str, *, side: int) -> str:
    """Return the picture as a JPEG data URI of at most `side` pixels in width and height."""
    small = decode(data, field).convert("RGB")
    small.thumbnail((side, side))
    return data_uri(small, "JPEG")


@contextmanager
def _in_field(field: str) -> Iterator[None]:
    try:
        yield
    except PictureError as error:
        raise UserError(field, NO_VALUE, error) from None


def check_search(search: Any) -> str:
    """Return the words of a search; raise `UserError` for anything else."""
    if not isinstance(search, str) or len(search) > LONGEST_SEARCH:
        raise UserError("search", search, f"give words of at most {LONGEST_SEARCH} characters")
    return search


def models_here(store: RunStore, search: str, *, closed: bool) -> tuple[Listed, ...]:
    """List the models of a store; `closed` leaves out models to download, and runs, which only their link shows."""
    runs = {} if closed else {folder.run: folder.model for folder in store.all() if weights_of(folder.model)}
    found = list_models(search, runs=runs)
    return tuple(each for each in found if not closed or each.kind == "shipped")


def check_images(images: Any) -> list[str]:
    """Return 1 to 16 data URIs that are together not too large; raise `UserError` for anything else."""
    if not isinstance(images, list) or not 1 <= len(images) <= MOST_IMAGES:
        raise UserError("images", NO_VALUE, f"give 1 to {MOST_IMAGES} pictures as data URIs, in a list")
    if sum(len(uri) for uri in images if isinstance(uri, str)) > MOST_UPLOAD:
        raise UserError("images", NO_VALUE, f"give pictures of together at most {MOST_UPLOAD // 1_000_000} MB")
    return images


def check_model(store: RunStore, model: Any, *, closed: bool) -> None:
    """Refuse, if the list is closed, all but shipped models and runs, before torch loads."""
    if not isinstance(model, str):
        raise UserError("model", model, "give the name of a model")
    folder = store.find(model)
    has_model = folder is not None and folder.model.is_dir()
    if closed and model not in shipped_names() and not has_model:
        raise UserError("model", model, "choose a shipped model or a run that has saved its model", longest=80)
    find_model(model, find_run=store.find_model)


def check_captions(captions: Any) -> list[str]:
    """Check 1 to 32 captions, and strip each."""
    if not isinstance(captions, list | tuple) or not 1 <= len(captions) <= MOST_CAPTIONS:
        raise UserError("captions", NO_VALUE, f"give 1 to {MOST_CAPTIONS} captions, in a list")
    for place, caption in enumerate(captions, start=1):
        if not isinstance(caption, str) or not caption.strip() or len(caption) > LONGEST_CAPTION:
            raise UserError(
                f"caption {place}", NO_VALUE, f"give a text of 1 to {LONGEST_CAPTION} characters, not {_said(caption)}"
            )
        if any(category(letter) == "Cc" and not letter.isspace() for letter in caption):
            raise UserError(
                f"caption {place}", NO_VALUE, f"give a text without control characters, not {quote_value(caption)}"
            )
    return [" ".join(caption.split()) for caption in captions]


def _said(caption: Any) -> str:
    """Format an invalid caption."""
    return quote_value(caption) if caption is not None and str(caption).strip() else "an empty one"


def score_pictures(
    model: str,
    names: Sequence[str],
    files: dict[str, bytes],
    captions: Sequence[str],
    *,
    store: RunStore,
    only_safe: bool,
    hide_folder: bool = False,
    mapped: int = 0,
    tell: ProgressCallback = no_progress,
) -> ScoredPictures:
    """Return the answer of a model; pictures are keyed by the field for errors.

    `mapped` is the number of captions with a relevance map.
    """
    # Each is decoded twice rather than all held at their full size: once here, before a model is loaded for nothing.
    remarks = [said for name, field in zip(names, files, strict=True) for said in _remarks(name, files[field], field)]
    clip = load_model(model, store=store, only_safe=only_safe, tell=tell)
    from explorer.clip.checkpoints import snippet
    from explorer.evaluation.asking import above_all, probe
    from explorer.evaluation.embed import environment

    pictures = (decode(data, field) for field, data in files.items())
    answer = probe(clip, pictures, captions, rng=orders_of(captions[0]), mapped=mapped)
    return ScoredPictures(
        answer=replace(answer, warnings=(*answer.warnings, *remarks)),
        confusion=above_all(np.array(answer.cosine), _confusions_among(captions)),
        images=tuple(names),
        snippet=snippet(clip, names, captions, hide_folder=hide_folder),
        environment=environment(clip.device),
    )


def _confusions_among(captions: Sequence[str]) -> list[int]:
    """Return the columns of the captions that are confusions of the first one."""
    try:
        made = {found.caption for found in confusions(read_caption(captions[0]))}
    except CaptionError:
        return []
    return [column for column, caption in enumerate(captions) if caption in made]


def _remarks(name: str, data: bytes, field: str) -> list[str]:
    """Return the ways in which a viewer shows a picture differently from the model's view."""
    picture = decode(data, field)
    turned = [f"{name} is turned by a tag in its file, which open_clip ignores."] * is_turned(picture)
    color = background(picture)
    laid = (
        f"{name} is transparent in part: open_clip drops that, so it was laid on what the file stores there, {color}."
    )
    return turned + [laid] * bool(color)


def exempt_imports() -> None:
    """Exempt all objects that exist now from garbage collection.

    Modules live as long as the process, and those of torch hold 300,000 objects: each full collection would stop all
    threads for a quarter of a second.
    """
    gc.collect()
    gc.freeze()


def load_model(model: str, *, store: RunStore, only_safe: bool, tell: ProgressCallback = no_progress) -> Any:
    """Return the model, cached for the next question; a run that has trained further is loaded again."""
    found = find_model(model, find_run=store.find_model)
    weights = weights_of(found.path) if isinstance(found, Folder) else None
    weights = found.file if isinstance(found, Checkpoint) else weights
    key = (model, weights and (str(weights), weights.stat().st_mtime_ns), only_safe)

    def load(tell: ProgressCallback) -> Any:
        is_first = "torch" not in sys.modules
        from explorer.clip.zoo import load, pick_device

        if is_first:
            exempt_imports()
        return load(model, find_run=store.find_model, device=pick_device(), only_safe=only_safe, tell=tell)

    return MODELS.get(key, load, tell=tell)


def never_read(store: RunStore, models: Iterable[str], captions: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return each word of the captions that a model has never read, with those models, in the order of the words.

    A model whose tokens are whole words takes any other as one unknown word; a pretrained CLIP reads parts of words.
    """
    words = dict.fromkeys(word for caption in captions for word in caption.lower().translate(MARKS).split())
    known = {name: found for name in models if (found := words_of(store, name)) is not None}
    lacking = {word: tuple(name for name, found in known.items() if word not in found) for word in words}
    return {word: names for word, names in lacking.items() if names}


def words_of(store: RunStore, name: str) -> frozenset[str] | None:
    """Return the words of a shipped model or a run; None for any other model, or one that reads parts of words."""
    path = _model_folder(store, name) / TOKENIZER
    try:
        return _words(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


def _model_folder(store: RunStore, name: str) -> Path:
    try:
        folder = store.find(name)
    except UserError:
        folder = None
    if folder is not None:
        return folder.model
    return CHECKPOINTS / name if name in shipped_names() else Path("/nowhere")


@lru_cache(maxsize=64)
def _words(path: Path, _time: int) -> frozenset[str] | None:
    model: Any = json.loads(path.read_text(encoding="utf-8")).get("model", {})
    return frozenset(model["vocab"]) if model.get("type") == "WordLevel" else None
