"""Run of one benchmark with one model.

The file is read several times, and its pictures are never held in memory: to number its distinct pictures and captions,
to embed each picture once, and to write the scores of each item. Embeddings go to `out` during the run, or to a
temporary folder. Threads open and resize pictures during the model's previous batch. A picture is searched below its
folder; one that a link leads out of it is missing.
"""

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
from explorer.evaluation.benchmarks.columns import Picture
from explorer.evaluation.benchmarks.embedding_store import EmbeddingRows, MissingPictures
from explorer.evaluation.benchmarks.figures import bootstrap_rng, compute_cell_figures, compute_figures
from explorer.evaluation.benchmarks.index import Index, ItemCells, distinct_pictures, index_items
from explorer.evaluation.benchmarks.protocols import Protocol
from explorer.evaluation.benchmarks.reading import Item, Source, find_picture, in_blocks
from explorer.evaluation.benchmarks.scoring import ItemCosines, compute_cosines
from explorer.evaluation.embed import embed_pixels, embed_texts
from explorer.evaluation.results import Environment
from explorer.files import digest_of_file

BATCH_SIZE = 64
BATCHES_AHEAD = 2
MAX_NAMED_WORDS = 8
Prepared = torch.Tensor | PictureError


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkTask:
    """Options of a run: `images` replaces the folder of the source, `limit` keeps the first items."""

    protocol: Protocol
    source: Source
    images: Path | None = None
    limit: int | None = None
    out: Path | None = None
    resume: bool = False
    batch_size: int = BATCH_SIZE
    cells: ItemCells | None = None

    def items(self) -> Iterator[Item]:
        return islice(self.source.items(), self.limit)


def run_benchmark(
    task: BenchmarkTask, clip: Clip, *, environment: Environment, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Embed what is missing, score everything, and write it if there is an output folder."""
    started = time.monotonic()
    with _open_run_folder(task, clip, environment) as folder:
        index = index_items(task.items(), lambda texts: clip.ids(texts).numpy())
        rows, captions, reasons, images_per_s = _embed_missing(task, clip, index, folder, tell)
        scored = compute_cosines(index, rows.all(), captions.all())
        figures = compute_figures(scored, task.protocol.theirs, rng=bootstrap_rng())
        document = {
            "benchmark": task.protocol.name,
            **encode(figures),
            "warnings": [*task.source.all_notes(), *_find_cautions(clip, index, figures)],
            "seen": _seen_figures(task.cells, scored),
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
            embedding_store.write_items(folder / embedding_store.ITEMS_FILE, task.items(), scored)
            embedding_store.write_run_json(folder / embedding_store.RESULT_FILE, document)
    return document


def _seen_figures(cells: ItemCells | None, scored: ItemCosines) -> dict[str, Any] | None:
    if cells is None:
        return None
    shown = ("accuracy", "n", "low", "high", "chance", "pictures", "ties")
    figures = compute_cell_figures(scored, cells.of_item, cells.names, rng=bootstrap_rng())
    rows = [{"cell": name, **{key: each[key] for key in shown}} for name, each in figures.items()]
    return {**cells.about, "cells": rows}


def _embed_missing(
    task: BenchmarkTask, clip: Clip, index: Index, folder: Path, tell: Callable[[str], None]
) -> tuple[EmbeddingRows, EmbeddingRows, MissingPictures, float | None]:
    """Embed what is missing on the disk; return pictures, captions, reasons, and new pictures a second."""
    new_rows = partial(EmbeddingRows, width=_text_width(clip), block=task.batch_size)
    pictures = new_rows(folder / "pictures.npy", count=index.num_pictures)
    captions = new_rows(folder / "captions.npy", count=len(index.texts))
    reasons = MissingPictures(folder / embedding_store.MISSING_FILE, done=pictures.done)
    before, started = pictures.done, time.monotonic()
    todo = distinct_pictures(index, task.items(), start=pictures.done)
    news = _progress_lines(tell, "pictures", index.num_pictures)
    images = task.images or task.source.images
    _embed_pictures(clip, todo, images, pictures, reasons, size=task.batch_size, tell=news)
    added, seconds = pictures.done - before, time.monotonic() - started
    news = _progress_lines(tell, "captions", len(index.texts))
    for block in in_blocks(index.texts[captions.done :], task.batch_size):
        captions.add(_check_finite(clip, embed_texts(clip, block)))
        news(captions.done)
    return pictures, captions, reasons, round(added / seconds, 2) if added and seconds else None


@contextmanager
def _open_run_folder(task: BenchmarkTask, clip: Clip, environment: Environment) -> Iterator[Path]:
    if task.out is None:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            yield Path(folder)
        return
    with embedding_store.open_folder(
        task.out, _make_manifest(task, clip, environment), resume=task.resume
    ) as folder_of_run:
        yield folder_of_run


def _make_manifest(task: BenchmarkTask, clip: Clip, environment: Environment) -> dict[str, Any]:
    """Return all that determines an embedding, so that only an equal run resumes."""
    return {
        "benchmark": task.protocol.name,
        "model": clip.name,
        "weights": weights_digest(clip),
        "preprocessing": preprocessing(clip),
        "columns": repr(task.source.columns),
        "files": [[file.name, digest_of_file(file)] for file in task.source.files],
        # A picture that was missing there stays missing in what is gone on with.
        "images": os.path.realpath(task.images or task.source.images),
        "limit": task.limit,
        "batch_size": task.batch_size,
        **encode(environment),
    }


def _progress_lines(tell: Callable[[str], None], what: str, count: int) -> Callable[[int], None]:
    last = time.monotonic()

    def news(done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 10:
            last = time.monotonic()
            tell(f"{what} {done:,} of {count:,}")

    return news


def _find_cautions(clip: Clip, index: Index, figures: Mapping[str, Any]) -> list[str]:
    """Return the sentences; none if captions are read whole, differ from negatives, and need the picture."""
    cautions = _same_caption_cautions(index) + _unknown_word_cautions(clip, index.texts)
    blind, groups = figures["blind_sentence"], figures["groups"]
    by_group = [each["group"] for each in groups if each["blind_sentence"]]
    if blind:
        cautions.append(blind)
    if by_group and (len(groups) > 1 or not blind):
        cautions.append(
            f"An image-blind baseline is off chance in {len(by_group)} groups: {_first_words(by_group, 30)}."
        )
    return cautions


def _first_words(words: Sequence[str], longest: int) -> str:
    more = f" and {len(words) - MAX_NAMED_WORDS} more" if len(words) > MAX_NAMED_WORDS else ""
    return ", ".join(quote_value(word, longest) for word in words[:MAX_NAMED_WORDS]) + more


def _same_caption_cautions(index: Index) -> list[str]:
    is_right = np.arange(index.captions.shape[1]) < index.right[:, None]
    equal = index.captions[:, :, None] == index.captions[:, None, :]
    wrong = ~is_right & (index.captions >= 0)
    same = np.flatnonzero((equal & is_right[:, :, None] & wrong[:, None, :]).any(axis=(1, 2)))
    if not len(same):
        return []
    what = "negative is" if len(same) == 1 else "negatives are"
    where = f"the first in item {int(same[0]) + 1}"
    return [f"{len(same)} of {len(index.captions)} {what} to this model the caption itself, {where}: a tie."]


def _unknown_word_cautions(clip: Clip, captions: Sequence[str]) -> list[str]:
    if clip.words is None:  # it reads parts of words, so it knows any
        return []
    touched = [unknown for caption in captions if (unknown := clip.unknown_words(caption))]
    if not touched:
        return []
    words = _first_words(list(dict.fromkeys(word for unknown in touched for word in unknown)), 20)
    return [f"{len(touched)} of {len(captions)} captions have words that the model has never read: {words}."]


def _embed_pictures(
    clip: Clip,
    pictures: Iterable[Picture],
    folder: Path,
    rows: EmbeddingRows,
    reasons: MissingPictures,
    *,
    size: int,
    tell: Callable[[int], None],
) -> None:
    """Add a row per picture, `size` at a time; `tell` receives the number of rows after each batch."""
    width = _text_width(clip)
    for names, futures in _prepare_batches(clip, pictures, os.path.realpath(folder), size):
        prepared = [future.result() for future in futures]
        pixels = [each for each in prepared if isinstance(each, torch.Tensor)]
        features = np.full((len(prepared), width), np.nan, dtype=np.float32)
        if pixels:
            there = [isinstance(each, torch.Tensor) for each in prepared]
            features[there] = _check_finite(clip, embed_pixels(clip, torch.stack(pixels)))
        for n, each in enumerate(prepared):
            if isinstance(each, PictureError):
                reasons.add(rows.done + n, names[n], str(each))
        rows.add(features)
        tell(rows.done)


def _text_width(clip: Clip) -> int:
    """Return D, the width of the features of a caption."""
    return int(embed_texts(clip, ["a"]).shape[1])


def _prepare_batches(
    clip: Clip, pictures: Iterable[Picture], folder: str, size: int
) -> Iterator[tuple[list[str], list[Future[Prepared]]]]:
    """Yield names and coming pixels of each batch, in order, and prepare the next batches meanwhile."""
    waiting: deque[tuple[list[str], list[Future[Prepared]]]] = deque()
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
        for block in in_blocks(pictures, size):
            names = [picture.name for picture in block]
            waiting.append((names, [pool.submit(_prepare, clip, picture, folder) for picture in block]))
            if len(waiting) > BATCHES_AHEAD:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()


def _prepare(clip: Clip, picture: Picture, folder: str) -> Prepared:
    """Return the pixels (3, S, S) of a picture, or the reason why there are none."""
    try:
        source = _picture_path(picture.name, folder) if picture.content is None else picture.content
        image = open_picture(source, BENCHMARK_LIMITS)
        if picture.box is not None:
            image = crop(image, picture.box, BENCHMARK_LIMITS)
        return transform_pictures(clip, [image])[0]
    except PictureError as error:
        return error


def _picture_path(name: str, folder: str) -> Path:
    """Return the file of that name; raise `PictureError` if a link leads it out of the folder."""
    real = os.path.realpath(find_picture(name, folder) or os.path.join(folder, name))
    if not Path(real).is_relative_to(folder):
        raise PictureError("it leads out of the folder of images")
    return Path(real)


def _check_finite(clip: Clip, features: np.ndarray) -> np.ndarray:
    if not np.isfinite(features).all():
        raise model_error(clip.name, "its embeddings are not finite numbers")
    return features
