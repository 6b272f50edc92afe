"""The command line: each command is a function from parsed arguments to a JSON-like document.

    python -m explorer scenes --preset web-like --set saliency_bias=0.5 --count 100 --out web
    python -m explorer measure web
    python -m explorer train --preset binding-friendly --steps 200 --json
    python -m explorer evaluate RUN --preset two-kinds

With --json the document is the last line of stdout (`swaps --file` prints one per line), else a table is printed; logs
go to stderr. Bad input is one sentence on stderr and exit status 2. Commands that need a model import torch.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from explorer.cli.analysis import add_reading_commands
from explorer.cli.app import add_app_command, add_site_command, add_space_command
from explorer.cli.benchmark import add_benchmark_command
from explorer.cli.models import add_model_commands, add_swaps_command
from explorer.cli.options import (
    INTERRUPTED,
    Document,
    add_command,
    add_runs,
    add_weights,
    entries,
    folder,
    named_model,
    show_measures,
    show_report,
    store_of,
    tell,
)
from explorer.cli.runs import add_run_commands, let_idle_threads_sleep, train_here
from explorer.cli.ship import add_ship_command
from explorer.cli.study import add_study_commands
from explorer.clip.names import MODEL_NAME_HELP, ModelError, config_names, find_model
from explorer.codec import encode
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.sets import FULL, EvaluationBudget
from explorer.presets import PRESETS
from explorer.resources import IS_INSTALLED
from explorer.runs.files import read_json
from explorer.runs.store import RunStore
from explorer.service.caption_files import find_captions
from explorer.service.endpoints import resolve, whole_number
from explorer.spec import (
    DATA_FIELDS,
    DIALS,
    LARGEST_SEED,
    LEAST_SCENES,
    MOST_SCENES,
    RECIPE,
    Dial,
    EvaluationScenes,
    Names,
    RunSpec,
    override,
    validate,
)
from explorer.world.grammar import Grammar
from explorer.world.worlds import WORLDS, kind_names

PROGRAM = "clip-binding" if IS_INSTALLED else "python -m explorer"
"""Name of the command: the console script of an installed wheel, or the module in a checkout."""


class _Parser(argparse.ArgumentParser):
    """argparse with errors of one sentence instead of its usage text."""

    def error(self, message: str) -> NoReturn:
        field, _, reason = message.removeprefix("argument ").partition(": ")
        if not message.startswith("argument ") or not reason:
            field, reason = "arguments", message
        raise UserError(field, NO_VALUE, f"{quote_value(reason, 300)} (see {self.prog} --help)")


def main(arguments: Sequence[str] | None = None, *, budget: EvaluationBudget = FULL) -> None:
    """Run one command, with evaluations of `budget`, and exit: 0 done, 2 bad input, 130 interrupted."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a caption may hold what this terminal cannot show
    try:
        options = _parser().parse_args(arguments, argparse.Namespace(budget=budget))
        answer = options.run(options)
        for document in answer if isinstance(answer, Iterator) else (answer,):
            _write(json.dumps(document) if options.json else options.show(document))
            if isinstance(document, dict) and document.get(INTERRUPTED):
                _leave("interrupted; what was done is in the answer", 130)
    except UserError as error:
        _leave(str(error), 2)
    except KeyboardInterrupt:
        _leave("interrupted", 130)
    except BrokenPipeError:  # the reader of our output is gone, as with `| head`
        _forget_stdout()


def _write(text: str) -> None:
    """Print and flush, so that a full disk raises here and not at exit."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        _forget_stdout()
        raise UserError("stdout", NO_VALUE, f"the answer cannot be written ({error.strerror})") from None


def _forget_stdout() -> None:
    """Redirect stdout to the null device, where the rest of the buffer cannot fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _leave(sentence: str, status: int) -> NoReturn:
    print(" ".join(sentence.split()), file=sys.stderr)
    sys.exit(status)


def _parser() -> _Parser:
    parser = _Parser(prog=PROGRAM, description="Object-attribute binding in CLIP: data, training, evaluation.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = partial(add_command, commands)
    add_app_command(command)
    scenes = command("scenes", _scenes, _show_scenes, "write scenes with their captions as an imagefolder")
    _add_data(scenes, DATA_FIELDS, required=True)
    scenes.add_argument("--count", default="12", metavar="N", help="number of scenes, default %(default)s")
    scenes.add_argument("--seed", metavar="S", help="seed of the scenes and captions, default 0")
    scenes.add_argument("--size", default="64", metavar="PX", help="pixels per side, even, default %(default)s")
    words = "write one Parquet file with the pictures inside and a data set card, for the Hub's viewer"
    scenes.add_argument("--parquet", action="store_true", help=words)
    scenes.add_argument("--out", required=True, type=folder, metavar="DIR", help="folder to write, created or replaced")
    measure = command("measure", _measure, _show_measured, "measure the dials of an imagefolder, or of captions")
    words = (
        "a folder of `scenes`, an imagefolder of your own, or a file of captions, .csv with a column caption or .jsonl"
    )
    measure.add_argument("folder", type=folder, metavar="DIR", help=words)
    measure.add_argument(
        "--doctor",
        action="store_true",
        help="of a file of captions: the ten that lower each property most, and what they omit",
    )
    train = command("train", _train, show_report, "train a model in the foreground, and print its report")
    _add_data(train, tuple(DIALS), required=True, or_file=True)
    train.add_argument(
        "--init", metavar="MODEL", help="model to fine-tune instead of fresh weights (see evaluate --help)"
    )
    train.add_argument("--tune", metavar="PART", help="weights to train: " + " or ".join(DIALS["tune"].choices or ()))
    train.add_argument("--steps", metavar="N", help="batches to train, default the preset's")
    train.add_argument("--seed", metavar="S", help="seed of scenes, captions and weights, default 0")
    train.add_argument("--evaluation-seed", default="0", metavar="S", help="seed of the evaluation scenes, default 0")
    words = "evaluation scenes per form, default %(default)s"
    train.add_argument("--evaluation-count", default="1000", metavar="N", help=words)
    add_runs(train)
    evaluate = command("evaluate", _evaluate, show_report, "score a MODEL on fresh scenes")
    evaluate.add_argument("model", metavar="MODEL", help=MODEL_NAME_HELP)
    add_weights(evaluate)
    _add_data(evaluate, DATA_FIELDS, required=False)
    evaluate.add_argument("--count", default="1000", metavar="N", help="scenes per form, default %(default)s")
    evaluate.add_argument("--seed", default="0", metavar="S", help="seed of the evaluation scenes, default %(default)s")
    add_runs(evaluate)
    add_swaps_command(command)
    add_model_commands(commands)
    add_reading_commands(commands)
    add_run_commands(commands)
    add_benchmark_command(command)
    add_study_commands(commands)
    add_ship_command(command)
    add_space_command(command)
    add_site_command(command)
    return parser


def _add_data(parser: argparse.ArgumentParser, names: Sequence[str], *, required: bool, or_file: bool = False) -> None:
    else_canonical = "" if required else "; without one only the canonical form"
    start: Any = parser.add_mutually_exclusive_group(required=True) if or_file else parser
    needed = {"required": required and not or_file}
    start.add_argument("--preset", metavar="NAME", help=f"one of the presets below{else_canonical}", **needed)
    if or_file:
        start.add_argument("--spec", type=Path, metavar="FILE", help="or a JSON file of `sweep --specs`")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="change a field of the preset; may be repeated",
    )
    presets = {name: found.sentence for name, found in PRESETS.items()}
    helps = {name: f"{DIALS[name].help}{_allowed(DIALS[name])}" for name in names}
    parser.set_defaults(fields=names)
    parser.epilog = "\n".join(["presets:", *entries(presets), "", "fields:", *entries(helps)])


def _allowed(dial: Dial) -> str:
    if dial.choices is not None:
        return f" ({' or '.join(dial.choices)})"
    return "" if dial.low is None else f" ({dial.low:.10g} to {dial.high:.10g})"


def _spec(options: argparse.Namespace, extra: Sequence[str] = ()) -> RunSpec:
    """Return the preset with `--set` and then the options named in `extra` applied."""
    changes: dict[str, str] = {}
    for item in options.set:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise UserError("--set", item, "write it as field=value")
        changes[_field(name.strip(), item, options)] = value
    changes |= {name: getattr(options, name) for name in extra if getattr(options, name) is not None}
    if getattr(options, "spec", None) is not None:
        return validate(override(_read_spec(options.spec), changes), Names(worlds=kind_names(), models=config_names()))
    return resolve(options.preset, changes)


def _read_spec(path: Path) -> RunSpec:
    """Read a spec file, such as a run's spec.json; without a recipe it means the current one."""
    try:
        record = read_json(path)
        return RunSpec.from_dict({"recipe": RECIPE, **record} if isinstance(record, dict) else record)
    except OSError as error:
        raise UserError("spec", path, f"cannot be read ({error.strerror})") from None
    except ValueError as error:
        if isinstance(error, UserError):
            raise
        raise UserError("spec", path, "is not JSON") from None


def _field(name: str, item: str, options: argparse.Namespace) -> str:
    """Return `name`, unless it is a field of training and the command does not train."""
    if name == "seed" and name not in options.fields:
        raise UserError("--set", item, f"{options.command} takes it as an option, --seed S")
    if name in DIALS and name not in options.fields:
        raise UserError(
            "--set",
            item,
            f"{name} changes training, so only the command train takes it; the fields of "
            f"{options.command} are {', '.join(options.fields)}",
        )
    return name


def _scenes(options: argparse.Namespace) -> Document:
    from explorer.world.imagefolder import MOST_SCENES, SIZES, write_folder

    spec = _spec(options, ("seed",))
    seed = spec.train.seed
    count, size = whole_number("count", options.count, 1, MOST_SCENES), whole_number("size", options.size, *SIZES)
    world = WORLDS[spec.data.world]
    if options.parquet:
        from explorer.service.parquet_scenes import write_parquet

        changes = "".join(f" --set {each}" for each in options.set)
        command = f"scenes --preset {options.preset}{changes} --count {count} --seed {seed} --size {size} --parquet"
        write_parquet(spec.data, world, seed=seed, count=count, size=size, out=options.out, command=command)
    else:
        write_folder(spec.data, world, seed=seed, count=count, size=size, out=options.out)
    return {"folder": str(options.out.resolve()), "count": count, "seed": seed, "size": size, "spec": spec.as_dict()}


def _measure(options: argparse.Namespace) -> Document:
    if (captions := find_captions(options.folder)) is not None:
        from explorer.service.caption_doctor import doctor_json, examine
        from explorer.service.user_captions import measure, read_file_rows, rows_of_file

        file = read_file_rows(rows_of_file(captions))
        return measure(file).to_json() | ({"doctor": doctor_json(examine(file))} if options.doctor else {})
    if options.doctor:
        raise UserError(
            "--doctor", NO_VALUE, f"{quote_value(str(options.folder))} is no file of captions, nor a folder of one"
        )
    from explorer.service.parquet_scenes import find_parquet, read_scenes
    from explorer.world.measure import facts_of, measure_folder, measured_json
    from explorer.world.measure import measure as measure_facts

    if (parquet := find_parquet(options.folder)) is not None:
        return measured_json(measure_facts(facts_of(read_scenes(parquet), where=quote_value(str(parquet), 80))))
    return measured_json(measure_folder(options.folder))


def _show_measured(document: Document) -> str:
    from explorer.service.caption_doctor import show_doctor
    from explorer.service.user_captions import show_own

    parts = [show_measures({name: value for name, value in document.items() if name not in ("about", "doctor")})]
    parts += [show_own(document)] if "about" in document else []
    parts += [show_doctor(document["doctor"])] if "doctor" in document else []
    return "\n".join(parts)


def _train(options: argparse.Namespace) -> Document:
    spec = _spec(options, ("init", "tune", "steps", "seed"))
    scenes = EvaluationScenes(
        seed=whole_number("evaluation_seed", options.evaluation_seed, 0, LARGEST_SEED),
        count=whole_number("evaluation_count", options.evaluation_count, LEAST_SCENES, MOST_SCENES),
    )
    store = store_of(options)
    _check_start(spec.train.init, store)
    _log_to_terminal("loading torch")
    let_idle_threads_sleep()
    from explorer.runs.worker import start_model

    # Before there is a run: a start that cannot be had leaves none behind.
    clip = start_model(spec, Grammar(WORLDS[spec.data.world]), store)
    run = store.create(spec, claimed=True, scenes=scenes)
    tell(f"run {run.run} in {run.path}")
    return train_here(store, run, options.budget, clip)


def _check_start(init: str, store: RunStore) -> None:
    """Refuse a wrong name before torch is loaded, under the field that the user typed."""
    try:
        if init != "scratch":
            find_model(init, find_run=store.find_model)
    except ModelError as error:
        raise error.in_field("init") from None


def _evaluate(options: argparse.Namespace) -> Document:
    data = _spec(options).data if options.preset else None
    if options.set and data is None:
        raise UserError("--set", options.set[0], "name the --preset that it changes")
    count = whole_number("count", options.count, 10, 100_000)
    seed = whole_number("seed", options.seed, 0, LARGEST_SEED)
    store = store_of(options)
    options.model = named_model(options)
    find_model(options.model, find_run=store.find_model)
    _log_to_terminal("loading torch")
    from explorer.runs.model_evaluation import evaluate_model

    return encode(evaluate_model(options.model, data, store=store, seed=seed, count=count, budget=options.budget))


def _show_scenes(document: Document) -> str:
    return f"{document['count']} scenes of {document['size']} pixels in {document['folder']}"


def _log_to_terminal(sentence: str) -> None:
    """Print a line of progress if stderr is a terminal; a log does not need it."""
    if sys.stderr.isatty():
        tell(sentence)
