"""Commands that write scenes, train in the foreground, and look after runs: `scenes`, `train` and the group `runs`.

    python -m explorer scenes --preset web-like --set saliency_bias=0.5 --count 100 --out web
    python -m explorer train --preset tidy --steps 200
    python -m explorer runs export RUN run.zip

train_here(store, folder, budget, clip)  # executes a run, logs to stderr, returns its report
"""

import json
import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from explorer.clip.loading import let_idle_threads_sleep
from explorer.clip.names import ModelError, resolve_model
from explorer.codec import encode
from explorer.errors import NO_VALUE, UserError, quote_value
from explorer.evaluation.results import binding_step, lower_bounds
from explorer.evaluation.sets import EvaluationBudget
from explorer.evaluation.verdict import closing_words, judge_report
from explorer.evaluation_scenes import DEFAULT_SCENES, MAX_SCENES, MIN_SCENES, EvaluationScenes
from explorer.files import read_written
from explorer.resources import PROGRAM
from explorer.runs.archive import export_zip, import_zip
from explorer.runs.endings import Ended, end_if_abandoned, ending_on_terminate
from explorer.runs.files import DISK_FULL
from explorer.runs.folder import RunFolder
from explorer.runs.queue import describe_run
from explorer.runs.specs import known_names, resolve
from explorer.runs.state import read_evaluations
from explorer.runs.store import RunStore
from explorer.spec import PROTOCOL_VERSION, RunSpec, override, validate
from explorer.tools.options import Document, log_to_terminal, print_to_stderr
from explorer.views.data import SeedNumber
from explorer.views.registry import in_range
from explorer.views.service import Service
from explorer.world.grammar import Grammar
from explorer.world.imagefolder import MAX_FOLDER_SCENES, METADATA_FILE, PICTURE_SIZE_RANGE, write_folder
from explorer.world.own import read_world
from explorer.world.parquet_scenes import PARQUET_FILE
from explorer.world.worlds import get_world, keep_world

RunId = Annotated[str, Parameter(help="id of the run, as in `runs list`")]


def scenes(
    *,
    preset: str,
    overrides: dict[str, Any] | None = None,
    count: Annotated[int, in_range(1, MAX_FOLDER_SCENES)] = 12,
    seed: str | None = None,
    size: Annotated[int, in_range(*PICTURE_SIZE_RANGE)] = 64,
    parquet: bool = False,
    replace: bool = False,
    world: Path | None = None,
    out: Path,
) -> Document:
    """Write scenes with their captions as an imagefolder.

    Args:
        preset: one of the recipes below
        overrides: fields of the recipe to change
        count: number of scenes
        seed: seed of the scenes and captions; the default is 0
        size: pixels per side, an even number
        parquet: write one Parquet file with the pictures inside and a data set card, for the Hub's viewer
        world: JSON file of a world of one's own, as `worlds make` writes it
        replace: write over the scenes that are in the folder
        out: folder to write, created or empty
    """
    if not replace and any(os.path.isfile(out / each) for each in (METADATA_FILE, PARQUET_FILE)):
        raise UserError("--out", out, "holds scenes already; give another folder, or --replace to write over them")
    spec = resolve(preset, (overrides or {}) | _own_world(world, overrides) | ({} if seed is None else {"seed": seed}))
    written: dict[str, Any] = {"seed": spec.train.seed, "count": count, "size": size, "out": out}
    if parquet:
        from explorer.world.parquet_scenes import write_parquet

        changes = [part for name, value in (overrides or {}).items() for part in ("--set", f"{name}={value}")]
        own = ["--world", str(world)] if world else []
        numbers = ["--count", str(count), "--seed", str(spec.train.seed), "--size", str(size), "--parquet"]
        command = shlex.join(["scenes", "--preset", preset, *changes, *own, *numbers])
        write_parquet(spec.data, get_world(spec.data.world), command=command, **written)
    else:
        write_folder(spec.data, get_world(spec.data.world), **written)
    return {"folder": str(out.resolve()), "count": count, "seed": spec.train.seed, "size": size, "spec": spec.to_json()}


def train(
    service: Service,
    *,
    preset: str | None = None,
    spec: Path | None = None,
    overrides: dict[str, Any] | None = None,
    world: Path | None = None,
    init: str | None = None,
    tune: str | None = None,
    steps: str | None = None,
    seed: str | None = None,
    evaluation_seed: SeedNumber = 0,
    evaluation_count: Annotated[int, in_range(MIN_SCENES, MAX_SCENES)] = DEFAULT_SCENES.count,
) -> Document:
    """Train a model in the foreground, and print its report.

    Args:
        preset: one of the recipes below
        spec: a JSON file of one spec, as `research sweep --specs` writes it, instead of a recipe
        overrides: fields of the recipe to change
        world: JSON file of a world of one's own, as `worlds make` writes it
        init: a MODEL to fine-tune, instead of fresh weights
        tune: which weights train: all, text, image, lora or text-map
        steps: number of batches to train; the default is the recipe's
        seed: seed of scenes, captions and weights; the default is 0
        evaluation_seed: seed of the evaluation scenes
        evaluation_count: evaluation scenes per form
    """
    if (preset is None) == (spec is None):
        raise UserError("--preset and --spec", NO_VALUE, "give one of them")
    options = {"init": init, "tune": tune, "steps": steps, "seed": seed}
    given = {name: value for name, value in options.items() if value is not None}
    changes = (overrides or {}) | _own_world(world, overrides) | given
    if spec is not None:
        requested = validate(override(_read_spec(spec), changes), known_names())
    else:
        requested = resolve(preset or "", changes)
    store = service.store
    try:
        if requested.train.init != "scratch":  # before torch is loaded
            resolve_model(requested.train.init, find_run_model=store.find_run_model)
    except ModelError as error:
        raise error.in_field("init") from None
    log_to_terminal("loading torch")
    let_idle_threads_sleep()
    from explorer.runs.worker import start_model

    # Before there is a run: a start that cannot be had leaves none behind.
    grammar = Grammar(get_world(requested.data.world), requested.data)
    clip = start_model(requested, grammar, store)
    run = store.create(
        requested, is_claimed=True, scenes=EvaluationScenes(seed=evaluation_seed, count=evaluation_count)
    )
    print_to_stderr(f"run {run.run} in {run.path}")
    return train_here(store, run, service.budget, clip)


def _own_world(path: Path | None, overrides: Mapping[str, Any] | None) -> dict[str, str]:
    """Read and keep the world of --world; return the dial that names it, which nothing else may set."""
    if path is not None and overrides and "world" in overrides:
        other = quote_value(overrides["world"])
        raise UserError("--world", path, f"--set world={other} names a world too; give one of them")
    return {} if path is None else {"world": keep_world(read_world(path)).name}


def _read_spec(path: Path) -> RunSpec:
    """Read a spec file, such as a run's spec.json; without a recipe it means the current one."""
    try:
        record = json.loads(read_written(path).decode("utf-8"))
        return RunSpec.from_json({"recipe": PROTOCOL_VERSION, **record} if isinstance(record, dict) else record)
    except RecursionError:
        raise UserError("spec", path, "is nested too deep") from None
    except OSError as error:
        raise UserError("spec", path, f"cannot be read ({error.strerror})") from None
    except ValueError as error:
        if isinstance(error, UserError):
            raise
        raise UserError("spec", path, "is not JSON") from None


def train_here(store: RunStore, folder: RunFolder, budget: EvaluationBudget, clip: Any = None) -> Document:
    """Execute a run in this process and return its report; Ctrl-C and SIGTERM leave it to be resumed."""
    from explorer.runs.worker import execute_run

    try:
        with ending_on_terminate():
            for record in execute_run(store, folder, clip, budget=budget):
                _log_step(record, folder)
    except (KeyboardInterrupt, Ended):
        status, goes_on = folder.status(), f"runs resume {folder.run} --runs {folder.path.parent}"
        print_to_stderr(f"interrupted at step {status.step} of {status.steps}; go on with: {PROGRAM} {goes_on}")
        raise
    except (OSError, RuntimeError):
        if folder.status().reason != DISK_FULL:
            raise
        raise UserError("run", folder.run, DISK_FULL) from None
    return (
        folder.report_json() | _ending_record(folder) if folder.status().step else describe_run(store, folder).to_json()
    )


def _ending_record(folder: RunFolder) -> Document:
    """Return the verdict of a run with a report, and the step at which it bound in canonical captions."""
    report, has_ended = folder.report(), folder.status().has_ended
    bound_at = binding_step(lower_bounds(read_evaluations(folder), "canonical"), has_ended=has_ended)
    # Chance after a training that failed, or was stopped too early, is no finding.
    why = {"sentence": judge_report(report).sentence} if report.failed_to_train else {}
    return {"bound_at": bound_at, **closing_words(report.scores, bound_at, is_run=True), **why}


def _log_step(record: Mapping[str, Any], folder: RunFolder) -> None:
    """Log one line per evaluated step."""
    if "evaluation" not in record:
        return
    status = folder.status()
    step, steps = record["step"], status.steps
    binding = record["evaluation"]["canonical"]["binding_accuracy"]["value"]
    print_to_stderr(
        f"step {step}/{steps}  loss {record['loss']:.3f} (chance {record['chance_loss']:.2f})  binding {binding:.3f}"
        f"  {status.rate or 0:.0f} pairs/s  about {(steps - step) * (status.step_s or 0):.0f} s left"
    )


def _get_run(service: Service, run: str) -> RunFolder:
    """Return the run; one that a dead server left as running is marked interrupted first."""
    folder = service.store.get(run)
    end_if_abandoned(folder)
    return folder


def list_runs(service: Service) -> Document:
    """List every run, the newest first."""
    runs = []
    for folder in service.store.all():
        end_if_abandoned(folder)
        value = None
        with suppress(ValueError, KeyError):
            value = encode(folder.report().scores.canonical["binding_accuracy"])
        runs.append(describe_run(service.store, folder).to_json() | {"binding_accuracy": value})
    return {"folder": str(service.store.root.resolve()), "runs": runs}


def show_run(service: Service, run: RunId) -> Document:
    """Show the status of a run, and its report."""
    folder = _get_run(service, run)
    report = folder.report_json() if folder.has_report else None
    about = {"folder": str(folder.path.resolve()), "spec": folder.spec_record(), "report": report}
    return describe_run(service.store, folder).to_json() | about | (_ending_record(folder) if report else {})


def stop_run(service: Service, run: RunId) -> Document:
    """Stop a run after its step; it is evaluated and can be resumed."""
    folder = _get_run(service, run)
    folder.request_stop()
    return describe_run(service.store, folder).to_json()


def resume_run(service: Service, run: RunId) -> Document:
    """Continue a stopped or interrupted run in the foreground."""
    let_idle_threads_sleep()
    folder = _get_run(service, run)
    folder.check_resumable()
    # A request from before it ended; one that comes now is heeded.
    folder.clear_stop_request()
    return train_here(service.store, folder, service.budget)


def export_run(service: Service, run: RunId, out: Path) -> Document:
    """Write a run to a zip file, or write a run or a shipped model as a page that works offline.

    Args:
        out: the file to write: .zip, or .html for a page that works offline
    """
    if out.suffix.lower() == ".html":
        from explorer.tools.pages import export_page

        export_page(service.store, run, out)
    else:
        folder = _get_run(service, run)
        export_zip(folder, out)
        run = folder.run
    return {"run": run, "file": str(out.resolve()), "bytes": out.stat().st_size}


def import_run(service: Service, file: Path) -> Document:
    """Read a run from a zip file of `runs export`. A run that a tab has trained is then evaluated, which takes a while.

    Args:
        file: the zip file
    """
    from explorer.runs.worker import write_tab_report

    folder = import_zip(service.store, file, known_names())
    if folder.awaits_report:
        let_idle_threads_sleep()
        try:
            write_tab_report(service.store, folder, service.budget)
        except UserError:
            service.store.delete(folder.run)
            raise
    return describe_run(service.store, folder).to_json()


def delete_run(service: Service, run: RunId) -> Document:
    """Remove a run from the disk."""
    folder = _get_run(service, run)
    service.store.delete(folder.run)
    return {"run": folder.run, "status": "deleted"}
