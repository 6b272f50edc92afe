"""Embeddings of pictures and captions of a file, written to the disk as rows.

    embed_pictures(clip, pictures, folder, rows, reasons, size=64)     # NaN rows for unusable pictures
    embed_captions(clip, captions, rows, size=64)

Threads open and resize pictures during the model's previous batch. A picture is searched below its folder; one that a
link leads out of it is missing.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from explorer.clip.clip import Clip
from explorer.clip.names import model_error
from explorer.clip.pixels import BENCHMARKS, PictureError, cropped, open_picture, pictures
from explorer.evaluation.benchmarks.embedding_store import Reasons, Rows
from explorer.evaluation.benchmarks.scoring import Picture, blocks, file_of
from explorer.evaluation.embed import embed_pixels, embed_texts

BATCHES_AHEAD = 2

RowsDone = Callable[[int], None]
Prepared = torch.Tensor | PictureError


def embed_pictures(
    clip: Clip,
    found: Iterable[Picture],
    folder: Path,
    rows: Rows,
    reasons: Reasons,
    *,
    size: int,
    tell: RowsDone,
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


def embed_captions(clip: Clip, captions: Iterable[str], rows: Rows, *, size: int, tell: RowsDone) -> None:
    """Add a row per caption, `size` at a time; `tell` receives the number of rows after each batch."""
    for block in blocks(captions, size):
        rows.add(_finite(clip, embed_texts(clip, block)))
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
        image = open_picture(_path(picture.name, folder) if picture.content is None else picture.content, BENCHMARKS)
        if picture.box is not None:
            image = cropped(image, picture.box, BENCHMARKS)
        return pictures(clip, [image])[0]
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
