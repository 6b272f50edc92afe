"""Run of one benchmark with one model.

The file is read several times, and its pictures are never held in memory: to number its distinct pictures and captions,
to embed each picture once, and to write the scores of each item. Embeddings go to `out` during the run, or to a
temporary folder. Threads open and resize pictures during the model's previous batch. A picture is searched below its
folder; one that a link leads out of it is missing.
"""

import hashlib
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.clip.clip import Clip, weights_digest
from explorer.clip.names import model_error
from explorer.clip.pixels import BENCHMARK_LIMITS, PictureError, crop, open_picture, preprocessing, transform_pictures
from explorer.codec import encode
from explorer.errors import quote_value
from explorer.evaluation.benchmarks import embedding_store
from explorer.evaluation.benchmarks.embedding_store import Reasons, Rows
from explorer.evaluation.benchmarks.protocols import Protocol
from explorer.evaluation.benchmarks.reading import Item, Picture, Source, blocks, file_of
from explorer.evaluation.benchmarks.scoring import (
    Answers,
    Index,
    answer,
    cells_of,
    distinct_pictures,
    figures_of,
    fixed_draws,
    index_items,
)
from explorer.evaluation.embed import embed_pixels, embed_texts, unknown_words
from explorer.evaluation.results import Environment

BATCH_SIZE = 64
BATCHES_AHEAD = 2
MOST_WORDS = 8
Prepared = torch.Tensor | PictureError


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """Cell of each item, None for none, with the names of all cells and what the document says of them."""

    of_item: tuple[str | None, ...]
    names: tuple[str, ...]
    about: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Options of a run: `images` replaces the folder of the source, `limit` keeps the first items."""

    protocol: Protocol
    source: Source
    images: Path | None = None
    limit: int | None = None
    out: Path | None = None
    resume: bool = False
    batch_size: int = BATCH_SIZE
    cells: Cells | None = None

    def items(self) -> Iterator[Item]:
        return islice(self.source.items(), self.limit)


def run_benchmark(task: Task, clip: Clip, *, environment: Environment, tell: Callable[[str], None]) -> dict[str, Any]:
    """Embed what is missing, score everything, and write it if there is an output folder."""
    started = time.monotonic()
    with _folder(task, clip, environment) as folder:
        index = index_items(task.items(), lambda texts: clip.ids(texts).numpy())
        rows, captions, reasons, images_per_s = _embedded(task, clip, index, folder, tell)
        answers = answer(index, rows.all(), captions.all())
        figures = figures_of(answers, task.protocol.theirs, rng=fixed_draws())
        document = {
            "benchmark": task.protocol.name,
            **encode(figures),
            "warnings": [*task.source.all_notes(), *cautions(clip, index, figures)],
            "seen": _seen(task.cells, answers),
            "missing_images": list(reasons.first),
            "missing_reasons": reasons.first,
            "reference": [
                {**encode(figure), "is_this_model": clip.name in figure.open_clip} for figure in task.protocol.reference
            ],
            "model": clip.name,
            "preprocessing": preprocessing(clip),
            "prompt": task.protocol.prompt,
            "precision": str(next(clip.model.parameters()).dtype).removeprefix("torch."),
            "images": index.num_pictures,
            "captions": len(index.texts),
            "limit": task.limit,
            "batch_size": task.batch_size,
            "folder": str(task.out.resolve()) if task.out is not None else None,
            **encode(environment),
            "seconds": round(time.monotonic() - started, 3),
            "images_per_s": images_per_s,
        }
        if not document["n"]:
            tell(f"no picture could be used; they were looked for in {task.images or task.source.images} (--images)")
        if task.out is not None:
            embedding_store.write_items(folder / embedding_store.ITEMS, task.items(), answers)
            embedding_store.write_json(folder / embedding_store.RESULT, document)
    return document


def _seen(cells: Cells | None, answers: Answers) -> dict[str, Any] | None:
    if cells is None:
        return None
    shown = ("accuracy", "n", "low", "high", "chance", "pictures", "ties")
    found = cells_of(answers, cells.of_item, cells.names, rng=fixed_draws())
    rows = [{"cell": name, **{key: each[key] for key in shown}} for name, each in found.items()]
    return {**cells.about, "cells": rows}


def _embedded(
    task: Task, clip: Clip, index: Index, folder: Path, tell: Callable[[str], None]
) -> tuple[Rows, Rows, Reasons, float | None]:
    """Embed what is missing on the disk; return pictures, captions, reasons, and new pictures a second."""
    new_rows = partial(Rows, width=text_width(clip), block=task.batch_size)
    pictures = new_rows(folder / "pictures.npy", count=index.num_pictures)
    captions = new_rows(folder / "captions.npy", count=len(index.texts))
    reasons = Reasons(folder / embedding_store.MISSING, done=pictures.done)
    before, started = pictures.done, time.monotonic()
    todo = distinct_pictures(index, task.items(), start=pictures.done)
    news = _news(tell, "pictures", index.num_pictures)
    images = task.images or task.source.images
    embed_pictures(clip, todo, images, pictures, reasons, size=task.batch_size, tell=news)
    added, seconds = pictures.done - before, time.monotonic() - started
    news = _news(tell, "captions", len(index.texts))
    for block in blocks(index.texts[captions.done :], task.batch_size):
        captions.add(_finite(clip, embed_texts(clip, block)))
        news(captions.done)
    return pictures, captions, reasons, round(added / seconds, 2) if added and seconds else None


@contextmanager
def _folder(task: Task, clip: Clip, environment: Environment) -> Iterator[Path]:
    if task.out is None:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            yield Path(folder)
        return
    with embedding_store.opened(task.out, _manifest(task, clip, environment), resume=task.resume) as folder_of_run:
        yield folder_of_run


def _manifest(task: Task, clip: Clip, environment: Environment) -> dict[str, Any]:
    """Return all that determines an embedding, so that only an equal run resumes."""
    return {
        "benchmark": task.protocol.name,
        "model": clip.name,
        "weights": weights_digest(clip),
        "preprocessing": preprocessing(clip),
        "columns": repr(task.source.columns),
        "files": [[file.name, _digest(file)] for file in task.source.files],
        # A picture that was missing there stays missing in what is gone on with.
        "images": os.path.realpath(task.images or task.source.images),
        "limit": task.limit,
        "batch_size": task.batch_size,
        **encode(environment),
    }


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _news(tell: Callable[[str], None], what: str, count: int) -> Callable[[int], None]:
    last = time.monotonic()

    def news(done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 10:
            last = time.monotonic()
            tell(f"{what} {done:,} of {count:,}")

    return news


def cautions(clip: Clip, index: Index, figures: Mapping[str, Any]) -> list[str]:
    """Return the sentences; none if captions are read whole, differ from negatives, and need the picture."""
    found = _same(index) + _unknown(clip, index.texts)
    blind, groups = figures["blind_sentence"], figures["groups"]
    by_group = [each["group"] for each in groups if each["blind_sentence"]]
    if blind:
        found.append(blind)
    if by_group and (len(groups) > 1 or not blind):
        found.append(f"An image-blind baseline is off chance in {len(by_group)} groups: {_first(by_group, 30)}.")
    return found


def _first(words: Sequence[str], longest: int) -> str:
    more = f" and {len(words) - MOST_WORDS} more" if len(words) > MOST_WORDS else ""
    return ", ".join(quote_value(word, longest) for word in words[:MOST_WORDS]) + more


def _same(index: Index) -> list[str]:
    is_right = np.arange(index.captions.shape[1]) < index.right[:, None]
    equal = index.captions[:, :, None] == index.captions[:, None, :]
    wrong = ~is_right & (index.captions >= 0)
    same = np.flatnonzero((equal & is_right[:, :, None] & wrong[:, None, :]).any(axis=(1, 2)))
    if not len(same):
        return []
    what = "negative is" if len(same) == 1 else "negatives are"
    where = f"the first in item {int(same[0]) + 1}"
    return [f"{len(same)} of {len(index.captions)} {what} to this model the caption itself, {where}: a tie."]


def _unknown(clip: Clip, captions: Sequence[str]) -> list[str]:
    if clip.words is None:  # it reads parts of words, so it knows any
        return []
    touched = [unknown for caption in captions if (unknown := unknown_words(clip, caption))]
    if not touched:
        return []
    words = _first(list(dict.fromkeys(word for unknown in touched for word in unknown)), 20)
    return [f"{len(touched)} of {len(captions)} captions have words that the model has never read: {words}."]


def embed_pictures(
    clip: Clip,
    found: Iterable[Picture],
    folder: Path,
    rows: Rows,
    reasons: Reasons,
    *,
    size: int,
    tell: Callable[[int], None],
) -> None:
    """Add a row per picture, `size` at a time; `tell` receives the number of rows after each batch."""
    width = text_width(clip)
    for names, futures in _prepared(clip, found, os.path.realpath(folder), size):
        prepared = [future.result() for future in futures]
        pixels = [each for each in prepared if isinstance(each, torch.Tensor)]
        features = np.full((len(prepared), width), np.nan, dtype=np.float32)
        if pixels:
            there = [isinstance(each, torch.Tensor) for each in prepared]
            features[there] = _finite(clip, embed_pixels(clip, torch.stack(pixels)))
        for n, each in enumerate(prepared):
            if isinstance(each, PictureError):
                reasons.add(rows.done + n, names[n], str(each))
        rows.add(features)
        tell(rows.done)


def text_width(clip: Clip) -> int:
    return int(embed_texts(clip, ["a"]).shape[1])


def _prepared(
    clip: Clip, found: Iterable[Picture], folder: str, size: int
) -> Iterator[tuple[list[str], list[Future[Prepared]]]]:
    """Yield names and coming pixels of each batch, in order, and prepare the next batches meanwhile."""
    waiting: deque[tuple[list[str], list[Future[Prepared]]]] = deque()
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
        for block in blocks(found, size):
            names = [picture.name for picture in block]
            waiting.append((names, [pool.submit(_prepare, clip, picture, folder) for picture in block]))
            if len(waiting) > BATCHES_AHEAD:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()


def _prepare(clip: Clip, picture: Picture, folder: str) -> Prepared:
    """Return the pixels (3, S, S) of a picture, or the reason why there are none."""
    try:
        image = open_picture(
            _path(picture.name, folder) if picture.content is None else picture.content, BENCHMARK_LIMITS
        )
        if picture.box is not None:
            image = crop(image, picture.box, BENCHMARK_LIMITS)
        return transform_pictures(clip, [image])[0]
    except PictureError as error:
        return error


def _path(name: str, folder: str) -> Path:
    """Return the file of that name; raise `PictureError` if a link leads it out of the folder."""
    real = os.path.realpath(file_of(name, folder) or os.path.join(folder, name))
    if not Path(real).is_relative_to(folder):
        raise PictureError("it leads out of the folder of images")
    return Path(real)


def _finite(clip: Clip, features: np.ndarray) -> np.ndarray:
    if not np.isfinite(features).all():
        raise model_error(clip.name, "its embeddings are not finite numbers")
    return features
