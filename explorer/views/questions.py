"""A question to a model: a user's pictures and captions, what is wrong with them, the model, and its answer.

    check_captions(["a red bus", "a blue bus"])         # stripped; UserError for anything else
    question = question_of({"image 1": data}, ["bus.png"], captions)        # its pictures can be opened
    clip = load_model("things-bound", store=store, only_safe=True)          # cached for the next question
    score_pictures(clip, question)                                          # ScoredPictures
    never_read(store, ["things-bound"], ["a red zebra"])                    # {"things-bound": ["zebra"]}

A browser names no file and no URL: pictures come as data URIs, and a public server accepts only shipped models and its
own runs. Errors name the field. torch is imported by the first model.
"""

import base64
import binascii
import gc
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import category

import numpy as np

from explorer.captions.reading import read_caption
from explorer.captions.swapping import confusions
from explorer.captions.words import CaptionError
from explorer.clip.loading import ModelCache, ProgressCallback, no_progress
from explorer.clip.names import Checkpoint, Folder, Listed, find_model, list_models, shipped_names, weights_of
from explorer.clip.pixels import UPLOADS, PictureError, background, check_bytes, is_turned, open_picture, read_picture
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.inspection import LONGEST_CAPTION
from explorer.evaluation.user_probe import ScoredPictures, orders_of
from explorer.resources import CHECKPOINTS
from explorer.runs.store import RunStore

MOST_CAPTIONS, MOST_IMAGES = 32, 16
MOST_MAPPED = 4
"""Captions of a question that get a map: each costs a backward pass through the image tower."""
MOST_UPLOAD = 64_000_000
"""Characters of all data URIs of one request."""
LONGEST_SEARCH = 100
MODELS = ModelCache()
MARKS = str.maketrans(".,;:!?", "      ")
"""Marks that no word holds, as `str.translate` takes them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Encoded pictures by the field for errors, their names for the user, and captions, the right one first.

    `remarks` say how a viewer shows a picture differently from what a model gets.
    """

    files: Mapping[str, bytes]
    names: tuple[str, ...]
    captions: tuple[str, ...]
    remarks: tuple[str, ...]


def question_of(files: Mapping[str, bytes], names: Sequence[str], captions: Sequence[str]) -> Question:
    """Return the question if each picture can be opened; else raise `UserError`."""
    # Each is decoded again for the model, as all at their full size may not fit into the memory.
    remarks = [said for name, (field, data) in zip(names, files.items(), strict=True)
               for said in _remarks(name, decode(data, field))]  # fmt: skip
    return Question(files=files, names=tuple(names), captions=tuple(captions), remarks=tuple(remarks))


def uploaded(images: Sequence[str], captions: Sequence[str]) -> Question:
    """Return the question of pictures that come as data URIs."""
    files = {f"images[{place}]": from_data_uri(uri, f"images[{place}]") for place, uri in enumerate(images)}
    return question_of(files, [f"image-{number}.png" for number in range(1, len(images) + 1)], captions)


def _remarks(name: str, picture: Any) -> Iterator[str]:
    if is_turned(picture):
        yield f"{name} is turned by a tag in its file, which open_clip ignores."
    if color := background(picture):
        dropped = "open_clip drops that, so it was laid on what the file stores there"
        yield f"{name} is transparent in part: {dropped}, {color}."


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
    """Decode the picture, in its file's own mode and size; of several frames the first."""
    with _in_field(field):
        return open_picture(data, UPLOADS)


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


def check_images(images: Any) -> list[str]:
    """Return 1 to 16 data URIs that are together not too large; raise `UserError` for anything else."""
    if not isinstance(images, list) or not 1 <= len(images) <= MOST_IMAGES:
        raise UserError("images", NO_VALUE, f"give 1 to {MOST_IMAGES} pictures as data URIs, in a list")
    if sum(len(uri) for uri in images if isinstance(uri, str)) > MOST_UPLOAD:
        raise UserError("images", NO_VALUE, f"give pictures of together at most {MOST_UPLOAD // 1_000_000} MB")
    return images


def check_captions(captions: Any) -> list[str]:
    """Check 1 to 32 captions, and strip each."""
    if not isinstance(captions, list | tuple) or not 1 <= len(captions) <= MOST_CAPTIONS:
        raise UserError("captions", NO_VALUE, f"give 1 to {MOST_CAPTIONS} captions, in a list")
    for place, caption in enumerate(captions, start=1):
        wrong = ""
        if not isinstance(caption, str) or not caption.strip() or len(caption) > LONGEST_CAPTION:
            wrong = f"of 1 to {LONGEST_CAPTION} characters"
        elif any(category(letter) == "Cc" and not letter.isspace() for letter in caption):
            wrong = "without control characters"
        if wrong:
            said = quote_value(caption) if caption is not None and str(caption).strip() else "an empty one"
            raise UserError(f"caption {place}", NO_VALUE, f"give a text {wrong}, not {said}")
    return [" ".join(caption.split()) for caption in captions]


def models_here(store: RunStore, search: str, *, closed: bool) -> tuple[Listed, ...]:
    """List the models of a store; `closed` leaves out models to download, and runs, which only their link shows."""
    runs = {} if closed else {folder.run: folder.model for folder in store.all() if weights_of(folder.model)}
    found = list_models(search, runs=runs)
    return tuple(each for each in found if not closed or each.kind == "shipped")


def check_model(store: RunStore, model: str, *, closed: bool) -> None:
    """Refuse, if the list is closed, all but shipped models and runs, before torch loads."""
    folder = store.find(model)
    if closed and model not in shipped_names() and not (folder and folder.has_model):
        raise UserError("model", model, "choose a shipped model or a run that has saved its model", longest=80)
    find_model(model, find_run=store.find_model)


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


def exempt_imports() -> None:
    """Exempt all objects that exist now from garbage collection.

    Modules live as long as the process, and those of torch hold 300,000 objects: each full collection would stop all
    threads for a quarter of a second.
    """
    gc.collect()
    gc.freeze()


def score_pictures(clip: Any, question: Question, *, hide_folder: bool = False, mapped: int = 0) -> ScoredPictures:
    """Return the answer of a model; `mapped` is the number of captions with a relevance map."""
    from explorer.clip.checkpoints import snippet
    from explorer.evaluation.asking import above_all, probe
    from explorer.evaluation.embed import environment

    captions = question.captions
    pictures = (decode(data, field) for field, data in question.files.items())
    answer = probe(clip, pictures, captions, rng=orders_of(captions[0]), mapped=mapped)
    return ScoredPictures(
        answer=replace(answer, warnings=(*answer.warnings, *question.remarks)),
        confusion=above_all(np.array(answer.cosine), _confusions_among(captions)),
        images=question.names,
        snippet=snippet(clip, question.names, captions, hide_folder=hide_folder),
        environment=environment(clip.device),
    )


def _confusions_among(captions: Sequence[str]) -> list[int]:
    """Return the columns of the captions that are confusions of the first one."""
    try:
        made = {found.caption for found in confusions(read_caption(captions[0]))}
    except CaptionError:
        return []
    return [column for column, caption in enumerate(captions) if caption in made]


def never_read(store: RunStore, models: Iterable[str], captions: Sequence[str]) -> dict[str, list[str]]:
    """Return by model the words of the captions that it has never read; a model that read them all is left out.

    A model whose tokens are whole words takes any other as one unknown word; a pretrained CLIP reads parts of words.
    """
    words = dict.fromkeys(word for caption in captions for word in caption.lower().translate(MARKS).split())
    known = {name: found for name in models if (found := _words_of(store, name)) is not None}
    lacking = {name: [word for word in words if word not in found] for name, found in known.items()}
    return {name: lacked for name, lacked in lacking.items() if lacked}


def _words_of(store: RunStore, name: str) -> frozenset[str] | None:
    """Return the words of a shipped model or a run; None for any other model, or one that reads parts of words."""
    try:
        run = store.find(name)
        if run is None and name not in shipped_names():
            return None
        path = (run.model if run else CHECKPOINTS / name) / "tokenizer.json"
        return _words(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=64)
def _words(path: Path, _time: int) -> frozenset[str] | None:
    model: Any = json.loads(path.read_text(encoding="utf-8")).get("model", {})
    return frozenset(model["vocab"]) if model.get("type") == "WordLevel" else None
