"""View of many models on the same scenes, as one page that can be sorted, a table and a document.

    board(service, Path("models/boards/small.toml"), out=Path("board"))["measured"]

A board is resumable: each model that is done lies in DIR/rows, and the page is written anew after each. Models are
loaded one at a time.
"""

import csv
import gc
import hashlib
import io
import json
import os
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from explorer.clip.loading import SayLine, no_progress
from explorer.clip.names import known_bytes, shipped_names
from explorer.codec import JsonDict, decode, encode
from explorer.errors import NO_VALUE, UserError, catch_write_errors, quote_value
from explorer.evaluation.benchmarks.columns import parse_columns
from explorer.evaluation.benchmarks.protocols import PROTOCOLS
from explorer.evaluation.benchmarks.request import BenchmarkRequest, check_benchmark
from explorer.evaluation.results import Estimate, highest_first
from explorer.evaluation.sets import FULL_BUDGET
from explorer.evaluation.suspicion import Suspicion
from explorer.evaluation.verdict import binding_words
from explorer.files import FileSign, file_sign, read_written
from explorer.resources import asset_text
from explorer.runs.files import read_json, replace_named_file, write_json
from explorer.sentences import Sentence, translate
from explorer.spec import MAX_SEED
from explorer.views.asked_models import MODEL_CACHE, check_model, model_sign
from explorer.views.benchmark import MAX_ITEMS, benchmark
from explorer.views.permitted_models import check_drawable
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.wording import format_bare_percent, format_duration, format_percent, time_left
from explorer.world.things import THINGS

if TYPE_CHECKING:
    from jinja2 import Template

MAX_BOARD_MODELS = 500
LONGEST_NAME = 4096
"""Characters of a model's name, which may be a path."""
LONGEST_FAULT = 200
ROWS_FOLDER = "rows"
FORMULA_SIGNS = "=+-@＝＋－＠\t\r"
"""First signs of a text that a spreadsheet reads as a formula."""
ROW_VERSION = 2
"""Raised if what a row measures changes, so that rows of an older version are measured again."""
BREAKS = (RuntimeError, OSError, MemoryError)
"""Errors of one model, as of the memory of a GPU or a file that breaks off: the others are worth more than its end."""
UNTRAINED_LIKE = "things-bound"
"""The model whose architecture the untrained controls have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardBenchmark:
    """A benchmark to score each model on: the arguments of the command `benchmark`."""

    name: str
    path: str
    images: str | None = None
    columns: str | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=MAX_ITEMS)] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardOrder:
    """The content of a board's file: models, scenes, untrained controls and benchmarks.

    `columns` are the benchmarks by their columns; two of one name are told apart by their paths.
    """

    models: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)], ...],
        Field(min_length=1, max_length=MAX_BOARD_MODELS),
    ]
    count: Annotated[int, Field(strict=True, ge=20, le=FULL_BUDGET.max_scenes)] = 1000
    seed: Annotated[int, Field(strict=True, ge=0, le=MAX_SEED)] = 0
    untrained: Annotated[int, Field(strict=True, ge=0, le=100)] = 0
    benchmarks: tuple[BoardBenchmark, ...] = ()

    @property
    def columns(self) -> dict[str, BoardBenchmark]:
        names = [each.name for each in self.benchmarks]
        paths = [f" {each.path}" if names.count(each.name) > 1 else "" for each in self.benchmarks]
        return {f"benchmark {each.name}{path}": each for each, path in zip(self.benchmarks, paths, strict=True)}


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardRow:
    """A model on a board; `why` says why it was not measured, "" if it was.

    `suspicions` are mistakes in preprocessing that would explain its numbers; `unscored` has the reasons of the
    benchmarks that it was not scored on, by their columns.
    """

    model: str
    parameters: int | None = None
    pixels: int | None = None
    is_control: bool = False
    measures: dict[str, Estimate]
    suspicions: tuple[Suspicion, ...] = ()
    why: str = ""
    unscored: dict[str, str] = field(default_factory=dict)
    device: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it was not measured, or on which benchmarks it was not scored and why."""
        return (self.why,) if self.why else tuple(f"{name}: {why}" for name, why in self.unscored.items())


def _read_order(file: Path) -> BoardOrder:
    """Read a board's file; raise `UserError` that names the key and what is allowed."""
    try:
        content = tomllib.loads(read_written(file).decode("utf-8-sig"))
    except OSError as error:
        raise UserError("FILE", str(file), f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UserError("FILE", str(file), "is no text in UTF-8", longest=200) from None
    except tomllib.TOMLDecodeError as error:
        raise UserError("FILE", str(file), f"is no TOML: {error}", longest=200) from None
    except ValueError:
        raise UserError("FILE", str(file), "holds a number of thousands of digits", longest=200) from None
    except RecursionError:
        raise UserError("FILE", str(file), "is nested too deep", longest=200) from None
    _check_keys(BoardOrder, content, "", "a board")
    order = decode(BoardOrder, content)
    if len(order.columns) < len(order.benchmarks):
        raise UserError("benchmarks", NO_VALUE, "two of them have one name and one path")
    # Before hours of measuring: a benchmark that no model can be scored on.
    for index, each in enumerate(order.benchmarks):
        place = f"benchmarks[{index}]."
        _check_keys(BoardBenchmark, content["benchmarks"][index], place, "a benchmark")
        _check_benchmark(each, place)
    return order


def _check_keys(kind: type, table: JsonDict, place: str, what: str) -> None:
    """Raise `UserError` for a key that a part of the file does not have, as a mistyped one."""
    known = [each.name for each in fields(kind)]
    if strange := [key for key in table if key not in known]:
        raise UserError(
            f"{place}{quote_value(strange[0])}", NO_VALUE, f"is no key of {what}; the keys are {', '.join(known)}"
        )


def _check_benchmark(entry: BoardBenchmark, place: str) -> None:
    """Raise `UserError` for a benchmark on which no model can be scored, as for a column that its file lacks."""
    if entry.name not in PROTOCOLS:
        raise UserError(f"{place}name", entry.name, f"choose among {', '.join(PROTOCOLS)}")
    for key, path in (("path", entry.path), ("images", entry.images)):
        if path is not None and not os.path.exists(path):
            raise UserError(f"{place}{key}", path, "there is no such file or folder")
    if entry.images is not None and not os.path.isdir(entry.images):
        raise UserError(f"{place}images", entry.images, "is no folder")
    if (entry.columns is None) == (entry.name == "table"):
        raise UserError(f"{place}columns", entry.columns, "the benchmark `table` needs it, and no other takes it")
    try:
        if entry.columns is not None:
            parse_columns(entry.columns)
    except UserError as error:
        raise error.in_field(f"{place}columns") from None
    try:
        check_benchmark(
            BenchmarkRequest(
                name=entry.name,
                path=Path(entry.path),
                model="",
                images=None if entry.images is None else Path(entry.images),
                columns=entry.columns,
                training_captions=None,
                limit=entry.limit,
                out=None,
                resume=False,
                batch_size=1,
            )
        )
    except UserError as error:
        raise UserError(place.removesuffix("."), NO_VALUE, error) from None


@view(is_local=True)
def board(service: Service, file: Path, *, out: Path, say: SayLine = no_progress) -> JsonDict:
    """Measure many models on the same scenes, and write a page that can be sorted, a table and a document.

    Args:
        file: a TOML file with models = ["NAME", ...]; it may also have count (number of scenes), seed, untrained
            (number of untrained controls), and [[benchmarks]] with name, path, images, columns and limit
        out: folder for board.html, board.csv and board.json; with the folder of an earlier call the board goes on
        say: what to do with a line of progress
    """
    order = _read_order(file)
    with catch_write_errors("--out", out):
        (out / ROWS_FOLDER).mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(order.models))
    controls = [f"untrained-{number}" for number in range(1, order.untrained + 1)]
    sizes = _sizes(service, [*names, *controls], len(names))
    rows: list[BoardRow] = []
    done, spent = 0.0, 0.0
    for index, name in enumerate((*names, *controls)):
        is_control = index >= len(names)
        kept = _row_file(service, out, order, name, is_control=is_control)
        row = _kept_row(kept)
        if row is None or row.unscored:
            began = time.monotonic()
            row = _score_row(service, order, row or _measure_row(service, order, name, is_control=is_control))
            if not row.why:
                done, spent = done + sizes[index], spent + time.monotonic() - began
                with catch_write_errors("--out", out):
                    write_json(kept, encode(row))
        rows.append(row)
        _write_board(out, order, rows)
        if len(rows) < len(sizes):
            left_s = time_left(spent, done / (done + sum(sizes[index + 1 :]))) if done else None
            left = "" if left_s is None else f", about {format_duration(left_s)} left"
            say(f"{len(rows)} of {len(sizes)} models{left}: {_row_words(row)}")
    return {
        "models": len(rows),
        "measured": sum(not row.why for row in rows),
        "files": [str(out / f"board.{ending}") for ending in ("html", "csv", "json")],
        "failed": [f"{row.model}: {why.rstrip('.')}." for row in rows for why in row.reasons],
    }


def _sizes(service: Service, names: Sequence[str], num_models: int) -> list[float]:
    """Return how long each model takes beside the others, by the bytes of its weights; controls follow the models."""
    known: list[float | None] = []
    for index, name in enumerate(names):
        try:
            source = name if index < num_models else UNTRAINED_LIKE
            known.append(known_bytes(source, find_run_model=service.store.find_run_model))
        except UserError:
            known.append(0)  # it becomes a row with this reason
    usual = median([each for each in known if each] or [1])
    return [usual if each is None else each for each in known]


def _row_file(service: Service, out: Path, order: BoardOrder, name: str, *, is_control: bool) -> Path:
    """Return the file of a row, which other weights or benchmarks, another count or seed do not share."""
    source = UNTRAINED_LIKE if is_control else name
    key_parts = [
        ROW_VERSION,
        name,
        is_control,
        order.count,
        order.seed,
        encode(order.benchmarks),
        [_content_signs(Path(path)) for each in order.benchmarks for path in (each.path, each.images) if path],
        _model_sign(service, source),
    ]
    return out / ROWS_FOLDER / f"{hashlib.sha256(json.dumps(key_parts).encode()).hexdigest()[:16]}.json"


def _content_signs(path: Path) -> list[tuple[str, FileSign | None]]:
    """Return the signs of a file, or of the files in a folder, whose own sign stays where one of them is changed."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return [(str(each), file_sign(each)) for each in files]


def _model_sign(service: Service, name: str) -> tuple[FileSign | None, ...]:
    try:
        return model_sign(name, service.store)
    except UserError:
        return ()  # the model becomes a row with the reason, which is not kept


def _kept_row(file: Path) -> BoardRow | None:
    """Return the row of an earlier call, None if it is not there or damaged."""
    try:
        return decode(BoardRow, read_json(file))
    except (OSError, UserError, ValueError):
        return None


def _row_words(row: BoardRow) -> str:
    binding = row.measures.get("binding_accuracy")
    numbers = () if row.why else (binding_words(binding) if binding else "not measured",)
    return ", ".join((quote_value(row.model, 200), *numbers, *row.reasons))


def _measure_row(service: Service, order: BoardOrder, name: str, *, is_control: bool) -> BoardRow:
    """Measure one model; what cannot be loaded or drawn for is a row with a reason."""
    from explorer.clip.zoo import load_clip, pick_device
    from explorer.evaluation.board import measure_model
    from explorer.evaluation.environment import describe_environment
    from explorer.evaluation.preprocessing_check import suspect_preprocessing
    from explorer.evaluation.readouts import untrained_model

    try:
        source = UNTRAINED_LIKE if is_control else name
        check_model(service.store, source, any_start=True)
        # As `benchmark` does: any file of this computer, and not cached, so that one model at a time is in the memory.
        clip: Any = load_clip(source, find_run_model=service.store.find_run_model, device=pick_device())
        if is_control:
            clip = untrained_model(clip, seed=int(name.rpartition("-")[2]))
        check_drawable(clip)
        measures = measure_model(clip, THINGS, seed=order.seed, count=order.count)
        suspicions = () if is_control or name in shipped_names() else suspect_preprocessing(clip, THINGS)
        return BoardRow(
            model=name,
            parameters=clip.num_parameters,
            pixels=clip.image_size,
            is_control=is_control,
            measures=measures,
            suspicions=suspicions,
            device=describe_environment(clip.device).device,
        )
    except (UserError, *BREAKS) as error:
        return BoardRow(model=name, measures={}, is_control=is_control, why=_why_not(error))
    finally:
        clip = None
        MODEL_CACHE.clear()
        gc.collect()


def _score_row(service: Service, order: BoardOrder, row: BoardRow) -> BoardRow:
    """Score a model that was measured on each benchmark that its row lacks; one that fails is a reason of the row."""
    if row.is_control or row.why:
        return row
    scored: dict[str, Estimate] = {}
    unscored: dict[str, str] = {}
    for column, each in order.columns.items():
        if column in row.measures:
            continue
        try:
            scored[column] = _score_benchmark(service, each, row.model)
        except (UserError, *BREAKS) as error:
            unscored[column] = _why_not(error)
        finally:
            gc.collect()
    return replace(row, measures=row.measures | scored, unscored=unscored)


def _why_not(error: Exception) -> str:
    """Return why a model was not measured; its row has the name already."""
    if isinstance(error, UserError):
        return error.reason if error.field == "model" else error.sentence
    line = " ".join(str(error).split())[:LONGEST_FAULT] or type(error).__name__
    return Sentence("board.fault", "It could not be measured: {error}", error=line)


def _score_benchmark(service: Service, entry: BoardBenchmark, model: str) -> Estimate:
    result = benchmark(
        service,
        entry.name,
        Path(entry.path),
        model=model,
        images=None if entry.images is None else Path(entry.images),
        columns=entry.columns,
        limit=entry.limit,
        say=no_progress,
    )
    return decode(Estimate, {**result, "value": result["accuracy"]})


# ---- The three files


def _write_board(out: Path, order: BoardOrder, rows: list[BoardRow]) -> None:
    """Write the document, the table and the page of the rows so far, best binding first, controls last."""
    from explorer.evaluation.board import BOARD_MEASURES, BoardMeasure, rank_ranges

    binding = [row.measures.get("binding_accuracy") for row in rows]
    ranks = rank_ranges([None if row.is_control else each for row, each in zip(rows, binding, strict=True)])
    keys = [
        (bool(row.why), row.is_control, highest_first(each.value if each else None))
        for row, each in zip(rows, binding, strict=True)
    ]
    sequence = sorted(range(len(rows)), key=keys.__getitem__)
    benchmarks = {
        name: BoardMeasure(
            title=name.removeprefix("benchmark "), definition="Accuracy by the rule of its authors.", is_skill=True
        )
        for name in order.columns
    }
    columns = BOARD_MEASURES | benchmarks
    table = [{**encode(rows[at]), "rank": list(rank) if (rank := ranks[at]) else None} for at in sequence]
    document = {"count": order.count, "seed": order.seed, "columns": encode(columns), "rows": table}
    with catch_write_errors("--out", out):
        write_json(out / "board.json", document)
        replace_named_file(out / "board.csv", _csv_table(table, columns).encode())
        replace_named_file(out / "board.html", _page(document).encode())


def _page(document: JsonDict) -> str:
    """Return the board as one page in English and Chinese; names of models are markup of nobody."""
    from explorer.captions.wordings import WORDINGS
    from explorer.evaluation.steadiness import HALF_TRUTH_KINDS

    table = json.loads(asset_text("i18n/zh.json"))
    words: dict[str, str] = {}

    def say(english: str, **values: Any) -> str:
        # The name of a benchmark may have braces.
        text = english.format(**values) if values else english
        words[text] = table.get(english, english).format(**values) if values else translate(english, table)
        return text

    return _template().render(
        **document,
        say=say,
        words=lambda: words,
        percent=format_percent,
        bare_percent=format_bare_percent,
        wordings=tuple(WORDINGS),
        half_truths=tuple(f"fooled_{kind}" for kind in HALF_TRUTH_KINDS),
        count_of=lambda measures, names: sum(name in measures for name in names),
    )


@cache
def _template() -> "Template":
    """Return the page's template, compiled once: the page is written after every model."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("board.html.j2")


def _csv_table(rows: Sequence[JsonDict], columns: Any) -> str:
    text = io.StringIO(newline="")
    parts = [f"{name}{end}" for name in columns for end in ("", "_low", "_high", "_n")]
    head = ["model", "rank", "parameters", "pixels", "is_control", *parts, "preprocessing", "why"]
    csv.writer(text).writerows(map(_plain_cells, [head, *(_csv_row(row, columns) for row in rows)]))
    return text.getvalue()


def _csv_row(row: JsonDict, columns: Any) -> list[Any]:
    estimates = [row["measures"].get(name) or {} for name in columns]
    numbers = [each.get(part) for each in estimates for part in ("value", "low", "high", "n")]
    rank = "-".join(map(str, dict.fromkeys(row["rank"]))) if row["rank"] else ""
    suspicions = " ".join(each["sentence"] for each in row["suspicions"])
    why = row["why"] or " ".join(f"{name}: {each.rstrip('.')}." for name, each in row["unscored"].items())
    return [row["model"], rank, row["parameters"], row["pixels"], row["is_control"], *numbers, suspicions, why]


def _plain_cells(cells: Sequence[Any]) -> list[Any]:
    """Return the cells of a line with each text that a spreadsheet would read as a formula quoted."""
    signs = tuple(FORMULA_SIGNS)
    return [f"'{each}" if isinstance(each, str) and each.startswith(signs) else each for each in cells]
