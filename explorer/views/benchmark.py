"""View of a model on a user's table or on a published benchmark, which are files of this computer.

benchmark(service, "table", Path("items.json"), columns="image=file,caption=right,negative=wrong", model="things-bound")
benchmark(service, "sugarcrepe", Path("sugar-crepe/data"), images=Path("coco/val2017"), model="hf-hub:ORG/REPO")
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator

from explorer.clip.loading import SayLine, no_progress
from explorer.codec import whole_number
from explorer.errors import UserError
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.benchmarks.request import BenchmarkRequest, score_benchmark
from explorer.views.registry import JobProgress, JobSteps, TellProgress, follow_work, in_range, job, view
from explorer.views.service import Service

MAX_ITEMS, MAX_AT_ONCE = 100_000_000, 4096
ItemLimit = Annotated[
    int | None, PlainValidator(lambda value: None if value is None else whole_number("limit", value, 1, MAX_ITEMS))
]


@view(is_local=True)
def benchmark(
    service: Service,
    name: str,
    path: Path,
    model: str = "",
    images: Path | None = None,
    columns: str | None = None,
    training_captions: Path | None = None,
    limit: ItemLimit = None,
    out: Path | None = None,
    resume: bool = False,
    batch_size: Annotated[int, in_range(1, MAX_AT_ONCE)] = 64,
    say: SayLine = no_progress,
) -> dict[str, Any]:
    """Score a MODEL on your own pairs or a published benchmark.

    Args:
        name: a published benchmark, or table for pairs of your own
        path: the published file or its folder
        model: any CLIP by name; without one, the command answers what needs no model
        images: folder of the pictures; without it they are searched next to PATH
        columns: for `table`: image=COLUMN,caption=COLUMN,negative=COLUMN[,negative_image=COLUMN][,group=COLUMN], or
            options=COLUMN[,answer=COLUMN] in place of caption and negative; a+b are several columns
        training_captions: captions that the model was trained on; the items are split by which of their pairs of
            attribute and noun occur there
        limit: score only the first N items
        out: new folder for result.json, items.parquet, embeddings
        resume: continue an interrupted call with the same --out
        batch_size: pictures or captions per batch
        say: what to do with a line of progress
    """
    request = BenchmarkRequest(
        name=name, path=path, model=model, images=images, columns=columns, training_captions=training_captions,
        limit=limit, out=out, resume=resume, batch_size=batch_size,
    )  # fmt: skip
    return score_benchmark(request, find_run_model=service.store.find_run_model, say=say)


@view(is_of_page=True)
def benchmarks(service: Service) -> dict[str, Any]:
    """List the benchmarks that `benchmark_file` scores, and say whether this server opens files."""
    protocols = {name: {"reads": each.reads, "groups": each.groups} for name, each in PROTOCOLS.items()}
    return {"benchmarks": protocols, "any_start": service.settings.any_start}


@job(at_once=1, counts_as="questions")
def benchmark_file(
    service: Service,
    name: str,
    path: str,
    model: str,
    images: str = "",
    columns: str = "",
    limit: ItemLimit = None,
) -> JobSteps:
    """Score a model on a table of your own or a published benchmark, whose files lie on the computer of the server.

    Args:
        name: a published benchmark, or table for pairs of your own
        path: the published file or its folder
        model: any CLIP by name
        images: folder of the pictures; without it they are searched next to the file
        columns: for table: image=COLUMN,caption=COLUMN,negative=COLUMN
        limit: score only the first N items
    """
    if not service.settings.any_start:
        raise UserError("path", path, "this server opens no files; on your computer: make run", longest=80)

    def score_table(tell: TellProgress) -> dict[str, Any]:
        folder = Path(images) if images.strip() else None
        result = benchmark(
            service, name, Path(path), model=model, images=folder, columns=columns.strip() or None, limit=limit,
            say=lambda text: tell(JobProgress(text=text)),
        )  # fmt: skip
        return dict(result)

    return follow_work(score_table)
