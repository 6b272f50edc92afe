"""Command `benchmark`: a model on a user's table or on a published benchmark.

    python -m explorer benchmark table items.json --columns image=file,caption=right,negative=wrong --model MODEL
    python -m explorer benchmark sugarcrepe sugar-crepe/data --images coco/val2017 --model hf-hub:ORG/REPO --json

add_benchmark_command(commands)          # registers it with the parser of cli
"""

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from explorer.captions.counting import CELLS, cell_of, changed_pairs, find_pairs
from explorer.cli.options import Document, add_runs, add_weights, entries, folder, named_model, store_of, tell
from explorer.cli.runs import let_idle_threads_sleep
from explorer.clip.names import find_model
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.benchmarks.embedding_store import check_folder
from explorer.evaluation.benchmarks.protocols import PROTOCOLS, Protocol
from explorer.evaluation.benchmarks.reading import (
    captions_of,
    check_columns,
    find_files,
    first_folder,
    label,
    open_table,
)
from explorer.evaluation.benchmarks.scoring import Source, file_of
from explorer.evaluation.benchmarks.summary import show_benchmark
from explorer.evaluation.results import Environment
from explorer.service.endpoints import whole_number

MOST_ITEMS, MOST_AT_ONCE = 100_000_000, 4096
PACKAGES = ("torchvision", "pillow", "pyarrow")


def add_benchmark_command(command: Callable[..., Any]) -> None:
    """Register `benchmark`; `command` is the function of cli that adds one, with --json."""
    added = command("benchmark", _benchmark, show_benchmark, "score a MODEL on your own pairs or a published benchmark")
    added.add_argument("name", metavar="NAME", help=" or ".join(PROTOCOLS))
    added.add_argument("path", type=Path, metavar="PATH", help="the published file or its folder, see below")
    added.add_argument("--model", metavar="MODEL", help="any CLIP (see evaluate --help); without, only what needs none")
    add_weights(added)
    added.add_argument("--images", type=folder, metavar="DIR", help="folder of the pictures, default next to PATH")
    added.add_argument(
        "--columns",
        metavar="COLUMNS",
        help="for `table`: image=COLUMN,caption=COLUMN,negative=COLUMN[,negative_image=COLUMN][,group=COLUMN], or"
        " options=COLUMN[,answer=COLUMN] in place of caption and negative; a+b are several columns",
    )
    added.add_argument(
        "--training-captions",
        type=Path,
        metavar="FILE",
        help="captions a model was trained on: split the items by pairs of attribute and noun that occur in them",
    )
    added.add_argument("--limit", metavar="N", help="score only the first N items")
    added.add_argument(
        "--out", type=folder, metavar="DIR", help="new folder for result.json, items.parquet, embeddings"
    )
    added.add_argument("--resume", action="store_true", help="continue an interrupted call with the same --out")
    added.add_argument(
        "--batch-size", default="64", metavar="N", help="pictures or captions per batch, default %(default)s"
    )
    add_runs(added)
    added.epilog = "\n".join(["what PATH is:", *entries({each.name: each.reads for each in PROTOCOLS.values()})])


def _benchmark(options: argparse.Namespace) -> Document:
    """Check everything that needs no model before torch is loaded, then run."""
    if options.name not in PROTOCOLS:
        raise UserError("NAME", options.name, f"the benchmarks are {', '.join(PROTOCOLS)}")
    protocol = PROTOCOLS[options.name]
    options.model = named_model(options)
    choices = _choices(options)
    source = _source(protocol, options)
    if options.model is None:
        return _audit(protocol, source, choices, options.training_captions)
    _check_items(source, choices)
    store = store_of(options)
    find_model(options.model, find_run=store.find_model)
    let_idle_threads_sleep()
    cells = _cells(source, choices["limit"], options.training_captions)
    from explorer.clip.zoo import load, pick_device
    from explorer.evaluation.benchmarks.run import Cells, Task, run_benchmark

    clip = load(options.model, find_run=store.find_model, device=pick_device())
    split = None if cells is None else Cells(of_item=cells[0], names=CELLS, about=cells[1])
    task = Task(protocol=protocol, source=source, cells=split, **choices)
    with _sentences(options):
        return run_benchmark(task, clip, environment=_environment(clip), tell=tell)


def _audit(protocol: Protocol, source: Source, choices: dict[str, Any], training: Path | None) -> Document:
    """Return the figures of the file that need neither a model nor a picture."""
    from explorer.evaluation.benchmarks.figures import audit, fixed_draws
    from explorer.evaluation.benchmarks.scoring import index_items, letters

    index = index_items(islice(source.items(), choices["limit"]), letters)
    figures = audit(index, protocol.theirs, rng=fixed_draws())
    document = {"benchmark": protocol.name, **figures, "warnings": source.all_notes(), "limit": choices["limit"]}
    if (cells := _cells(source, choices["limit"], training)) is not None:
        counted = [{"cell": name, "n": cells[0].count(name)} for name in CELLS]
        document["seen"] = {**cells[1], "cells": counted}
    return document


def _cells(
    source: Source, limit: int | None, training: Path | None
) -> tuple[tuple[str | None, ...], dict[str, Any]] | None:
    """Return the cell of each item by the pairs in the training captions, and what was read of them."""
    if training is None:
        return None
    if not training.is_file():
        raise UserError("--training-captions", training, "there is no such file")
    items = list(islice(source.items(), limit))
    changed = [changed_pairs(item.captions[: item.right], item.captions[item.right :]) for item in items]
    wanted = {pair for each in changed if each is not None for pair in each.true | each.swapped}
    seen = find_pairs(captions_of(training), wanted, tell=lambda count: tell(f"training captions {count:,}"))
    cells = tuple(None if each is None else cell_of(each, seen.pairs) for each in changed)
    left_out = {"read unsurely, or without a pair that changes": cells.count(None)}
    about = {"file": training.name, "captions": seen.captions, "pairs": len(wanted), "pairs_seen": len(seen.pairs)}
    return cells, about | {"left_out": left_out}


def _source(protocol: Protocol, options: argparse.Namespace) -> Source:
    """Open PATH; `table` needs the names of the columns, and nothing else takes them."""
    if protocol.name != "table":
        if options.columns is not None:
            raise UserError("--columns", options.columns, "only the benchmark `table` takes it")
        return protocol.open(options.path)
    file = find_files(options.path, protocol.files[0].patterns)[0]
    columns = check_columns(file, options.columns)
    return open_table((file,), columns, images=first_folder(file.parent / "images", file.parent))


def _check_items(source: Source, choices: dict[str, Any]) -> None:
    """Read all items, so that a fault in any line is reported at once; of tables with pictures only one row."""
    images, first, found = choices["images"] or source.images, None, choices["resume"]
    for item in islice(source.items(), choices["limit"]):
        first = first or item.pictures[0]
        if first.content:
            return
        found = found or any(file_of(each.name, images) for each in item.pictures)
    if first is None:
        raise UserError(", ".join(map(label, source.files)), NO_VALUE, "holds no item")
    if not found:
        raise UserError("--images", label(images), f"holds no picture that is named, such as {quote_value(first.name)}")


@contextmanager
def _sentences(options: argparse.Namespace) -> Iterator[None]:
    """Turn expected errors into sentences, as a context manager."""
    try:
        yield
    except KeyboardInterrupt:
        if options.out is not None:
            tell(f"what is done is in {options.out}; continue with the same command and --resume")
        raise
    except OSError as error:
        raise UserError("--out", options.out, f"cannot be written ({error.strerror})") from None
    except Exception as error:
        if type(error).__name__ != "OutOfMemoryError":  # torch's, whose name is all that is known of it here
            raise
        raise UserError("--batch-size", options.batch_size, "does not fit into the memory, give fewer") from None


def _choices(options: argparse.Namespace) -> dict[str, Any]:
    """Return the checked options."""
    if options.resume and options.out is None:
        raise UserError("--resume", NO_VALUE, "give --out, the folder of the call that was interrupted")
    if options.out is not None:
        check_folder(options.out, resume=options.resume)
    if options.images is not None and not os.path.isdir(options.images):
        raise UserError("--images", options.images, "there is no such folder")
    return {
        "images": options.images,
        "limit": None if options.limit is None else whole_number("limit", options.limit, 1, MOST_ITEMS),
        "out": options.out,
        "resume": options.resume,
        "batch_size": whole_number("batch-size", options.batch_size, 1, MOST_AT_ONCE),
    }


def _environment(clip: Any) -> Environment:
    """Return device and versions, with the libraries that open and resize pictures."""
    from importlib.metadata import version

    from explorer.evaluation.embed import environment

    found = environment(clip.device)
    return replace(found, versions={**found.versions, **{package: version(package) for package in PACKAGES}})
