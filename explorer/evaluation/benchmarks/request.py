"""A benchmark as a person asks for it: checked before torch is loaded, scored if a model is named.

    request = BenchmarkRequest(name="sugarcrepe", path=Path("sugar-crepe/data"), model="hf-hub:ORG/REPO", **options)
    score_benchmark(request, find_run_model=find, say=print)

Errors name the options of the command `benchmark`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from explorer.captions.counting import SEEN_CELLS, cell_of, changed_pairs, find_pairs
from explorer.captions.files import read_captions
from explorer.clip.loading import SayLine, let_idle_threads_sleep
from explorer.clip.names import resolve_model
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.benchmarks.columns import check_columns
from explorer.evaluation.benchmarks.embedding_store import check_run_folder
from explorer.evaluation.benchmarks.index import ItemCells
from explorer.evaluation.benchmarks.protocols import PROTOCOLS, Protocol
from explorer.evaluation.benchmarks.reading import (
    Source,
    find_picture,
    first_existing_folder,
    get_files,
    open_table,
)
from explorer.evaluation.results import Environment
from explorer.tables import file_label

PICTURE_PACKAGES = ("torchvision", "pillow", "pyarrow")


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkRequest:
    """The options of the command `benchmark`, as its help tells them; without a model only the file is read."""

    name: str
    path: Path
    model: str
    images: Path | None
    columns: str | None
    training_captions: Path | None
    limit: int | None
    out: Path | None
    resume: bool
    batch_size: int


def score_benchmark(
    request: BenchmarkRequest, *, find_run_model: Callable[[str], Path | None], say: SayLine
) -> dict[str, Any]:
    """Return the result of a model on a benchmark, or without a model what the file alone tells.

    `find_run_model` returns the model folder of a run, `say` gets lines of progress.

    Raises:
        UserError: for a value or a file that cannot be used.
    """
    # Everything that needs no model is checked before torch is loaded.
    protocol, source = _open_benchmark(request)
    if not request.model:
        return _audit_source(protocol, source, request, say)
    _check_items(source, request)
    resolve_model(request.model, find_run_model=find_run_model)
    let_idle_threads_sleep()
    cells = _assign_cells(source, request, say)
    from explorer.clip.zoo import load_clip, pick_device
    from explorer.evaluation.benchmarks.run import BenchmarkTask, run_benchmark

    clip = load_clip(request.model, find_run_model=find_run_model, device=pick_device())
    task = BenchmarkTask(
        protocol=protocol,
        source=source,
        cells=cells,
        images=request.images,
        limit=request.limit,
        out=request.out,
        resume=request.resume,
        batch_size=request.batch_size,
    )
    with _user_errors(request, say):
        return run_benchmark(task, clip, environment=_describe_environment(clip), tell=say)


def check_benchmark(request: BenchmarkRequest) -> None:
    """Raise `UserError` for a benchmark on which no model can be scored, as for a column that its file lacks."""
    _, source = _open_benchmark(request)
    _check_items(source, request)


def _open_benchmark(request: BenchmarkRequest) -> tuple[Protocol, Source]:
    if request.name not in PROTOCOLS:
        raise UserError("NAME", request.name, f"the benchmarks are {', '.join(PROTOCOLS)}")
    protocol = PROTOCOLS[request.name]
    _check_folders(request)
    return protocol, _open_source(protocol, request)


def _audit_source(protocol: Protocol, source: Source, request: BenchmarkRequest, say: SayLine) -> dict[str, Any]:
    """Return the figures of the file that need neither a model nor a picture."""
    from explorer.evaluation.benchmarks.figures import audit_items, bootstrap_rng
    from explorer.evaluation.benchmarks.index import index_items, text_ids

    index = index_items(islice(source.items(), request.limit), text_ids)
    figures = audit_items(index, protocol.theirs, rng=bootstrap_rng())
    document = {"benchmark": protocol.name, **figures, "warnings": source.all_notes(), "limit": request.limit}
    if (cells := _assign_cells(source, request, say)) is not None:
        counted = [{"cell": name, "n": cells.of_item.count(name)} for name in cells.names]
        document["seen"] = {**cells.about, "cells": counted}
    return document


def _assign_cells(source: Source, request: BenchmarkRequest, say: SayLine) -> ItemCells | None:
    """Return the cell of each item by the pairs in the training captions, and what was read of them."""
    if (training := request.training_captions) is None:
        return None
    if not training.is_file():
        raise UserError("--training-captions", training, "there is no such file")
    items = list(islice(source.items(), request.limit))
    changed = [changed_pairs(item.captions[: item.right], item.captions[item.right :]) for item in items]
    wanted = {pair for each in changed if each is not None for pair in each.true | each.swapped}
    seen = find_pairs(read_captions(training), wanted, tell=lambda count: say(f"training captions {count:,}"))
    cells = tuple(None if each is None else cell_of(each, seen.pairs) for each in changed)
    left_out = {"read unsurely, or without a pair that changes": cells.count(None)}
    about = {"file": training.name, "captions": seen.captions, "pairs": len(wanted), "pairs_seen": len(seen.pairs)}
    return ItemCells(of_item=cells, names=SEEN_CELLS, about=about | {"left_out": left_out})


def _open_source(protocol: Protocol, request: BenchmarkRequest) -> Source:
    """Open the file; `table` needs the names of the columns, and nothing else takes them."""
    if protocol.name != "table":
        if request.columns is not None:
            raise UserError("--columns", request.columns, "only the benchmark `table` takes it")
        return protocol.open(request.path)
    file = get_files(request.path, protocol.files[0].patterns)[0]
    columns = check_columns(file, request.columns)
    return open_table((file,), columns, images=first_existing_folder(file.parent / "images", file.parent))


def _check_items(source: Source, request: BenchmarkRequest) -> None:
    """Read all items, so that a fault in any line is reported at once; of tables with pictures only one row."""
    images, first, is_found = request.images or source.images, None, request.resume
    for item in islice(source.items(), request.limit):
        first = first or item.pictures[0]
        if first.content:
            return
        is_found = is_found or any(find_picture(each.name, images) for each in item.pictures)
    if first is None:
        raise UserError(", ".join(map(file_label, source.files)), NO_VALUE, "holds no item")
    if not is_found:
        raise UserError(
            "--images", file_label(images), f"holds no picture that is named, such as {quote_value(first.name)}"
        )


@contextmanager
def _user_errors(request: BenchmarkRequest, say: SayLine) -> Iterator[None]:
    """Turn expected errors into sentences, as a context manager."""
    try:
        yield
    except KeyboardInterrupt:
        if request.out is not None:
            say(f"what is done is in {request.out}; continue with the same command and --resume")
        raise
    except OSError as error:
        raise UserError("--out", request.out, f"cannot be written ({error.strerror})") from None
    except Exception as error:
        if type(error).__name__ != "OutOfMemoryError":  # torch's, whose name is all that is known of it here
            raise
        raise UserError("--batch-size", request.batch_size, "does not fit into the memory, give fewer") from None


def _check_folders(request: BenchmarkRequest) -> None:
    if request.resume and request.out is None:
        raise UserError("--resume", NO_VALUE, "give --out, the folder of the call that was interrupted")
    if request.out is not None:
        check_run_folder(request.out, resume=request.resume)
    if request.images is not None and not os.path.isdir(request.images):
        raise UserError("--images", request.images, "there is no such folder")


def _describe_environment(clip: Any) -> Environment:
    """Return device and versions, with the libraries that open and resize pictures."""
    from importlib.metadata import version

    from explorer.evaluation.environment import describe_environment

    known = describe_environment(clip.device)
    return replace(known, versions={**known.versions, **{package: version(package) for package in PICTURE_PACKAGES}})
