"""Command `sweep`: runs declared sweeps of the study here, on a cluster, or from specs that run elsewhere.

python -m research sweep --list
python -m research sweep batch-size --jobs 2 --out sweeps          # again with --resume after any interruption
python -m research sweep batch-size --engine slurm --jobs 16 --slurm partition=gpu --slurm gpus_per_node=1
python -m research sweep batch-size --specs specs                  # elsewhere: train --spec FILE --runs DIR
python -m research sweep batch-size --collect --runs DIR           # and its reports collected
"""

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from explorer.errors import NO_VALUE, UserError
from explorer.evaluation_scenes import DEFAULT_SCENES
from explorer.resources import FROZEN_FOLDER
from explorer.runs.endings import Ended, ending_on_terminate
from explorer.runs.files import write_json
from explorer.runs.specs import known_names
from explorer.runs.store import RunStore
from explorer.settings import settings_for
from explorer.spec import validate
from explorer.tools.options import SEVERAL_VALUES, Document, RunsOption, open_service, print_to_stderr
from explorer.views.registry import in_range
from explorer.wording import format_duration
from research.commands import DEFAULT_SWEEPS
from research.rows import Row, read_rows, write_rows
from research.sweep_runner import (
    POLL_S,
    LocalBackend,
    MakeBackend,
    Manifest,
    SweepCost,
    SweepRunner,
    estimate_cost,
    parse_slurm_options,
    slurm_backend,
    sweep_settings,
)
from research.sweeps import ALL_SWEEPS, FIRST_EDITION, Condition, Sweep, get_runnable

MAX_SEEDS, MAX_JOBS = 100, 256
CLUSTER_THREADS = 2
"""Threads of a run on a cluster, if neither `--slurm cpus_per_task` nor EXPLORER_THREADS says."""


def sweep(
    *names: str,
    list: bool = False,
    seeds: Annotated[int, in_range(1, MAX_SEEDS)] | None = None,
    jobs: Annotated[int, in_range(0, MAX_JOBS)] = 0,
    only: Annotated[Sequence[str], SEVERAL_VALUES] = (),
    resume: bool = False,
    engine: Literal["local", "slurm"] = "local",
    slurm: Annotated[Sequence[str], Parameter(help="NAME=VALUE, an option of the cluster; may be repeated")] = (),
    collect: bool = False,
    out: Path = DEFAULT_SWEEPS,
    runs: RunsOption = None,
    specs: Path | None = None,
) -> Document:
    """Run a sweep of the study on this computer, or list all with their cost.

    Args:
        names: sweeps to run, one after another
        list: list every sweep: claim, conditions, runs and cost
        seeds: seeds per condition, default the sweep's own number
        jobs: parallel runs, default one, or one per GPU
        only: run only these conditions
        resume: continue runs that did not end
        engine: worker processes here, or a Slurm cluster through submitit
        collect: run nothing: take runs of these specs from --runs
        out: folder of results, manifest and runs; sweeps of one folder share runs
        runs: folder of runs, which keep their models; default `runs` in --out, without models
        specs: run nothing: write the due specs as JSON, with a command for each
    """
    if list:
        return _list_sweeps(runs, seeds, max(1, jobs))
    if not names:
        raise UserError("sweep", NO_VALUE, f"name one of {', '.join(ALL_SWEEPS)}, or see them with --list")
    if sum([bool(specs), collect, resume]) > 1:
        raise UserError("sweep", NO_VALUE, "choose one of --specs, --collect and --resume")
    chosen = [get_runnable(name) for name in names]
    plans = [(each, each.select(only), seeds or each.seeds) for each in chosen]
    _check_specs(plans)
    runner = _make_runner(engine, slurm, jobs=jobs, out=out, runs=runs)
    with runner.manifest.locked():
        if specs:
            return _write_specs(runner, plans, specs)
        if collect:
            return {"sweeps": [_collect(runner, *plan) for plan in plans]}
        return {"sweeps": [_run(runner, *plan, resume=resume) for plan in plans]}


SweepPlan = tuple[Sweep, tuple[Condition, ...], int]


def _check_specs(plans: Sequence[SweepPlan]) -> None:
    """Check every spec before the first run: a mistake in a table would show hours later."""
    names = known_names()
    for sweep, conditions, _ in plans:
        for condition in conditions:
            validate(sweep.spec(condition, seed=sweep.first_seed, factor=1.0), names)


def _make_runner(engine: str, slurm: Sequence[str], *, jobs: int, out: Path, runs: Path | None) -> SweepRunner:
    """Return the runner of sweeps with that engine; raise `UserError` for options of another one."""
    options = parse_slurm_options(slurm)
    if options and engine != "slurm":
        raise UserError("--slurm", slurm[0], "needs --engine slurm")
    make: MakeBackend = slurm_backend(out / "slurm", options) if engine == "slurm" else LocalBackend
    settings = settings_for(None, os.environ)
    if engine == "slurm":
        threads = options.get("cpus_per_task") or settings.threads or CLUSTER_THREADS
        settings = replace(settings, workers=max(1, jobs), threads=threads, poll_s=max(POLL_S, settings.poll_s))
    else:
        settings = sweep_settings(settings, jobs)
    return SweepRunner(
        store=RunStore(runs or out / "runs"),
        manifest=Manifest(out),
        settings=settings,
        tell=print_to_stderr,
        make_backend=make,
        keeps_models=runs is not None,
    )


def _run(runner: SweepRunner, sweep: Sweep, conditions: tuple[Condition, ...], seeds: int, *, resume: bool) -> Document:
    """Run a sweep to its Parquet file; if terminated, log how to resume."""
    estimate = estimate_cost(runner.store, [sweep], seeds=seeds, workers=runner.settings.workers, only=conditions)
    span = f"{format_duration(estimate.low_s)} to {format_duration(estimate.high_s)}"
    print_to_stderr(f"{sweep.name}: at most {estimate.runs} runs, {estimate.pairs:,} pairs, {span} ({estimate.basis})")
    try:
        with ending_on_terminate():
            rows = runner.run(
                sweep, conditions, seeds=seeds, resume=resume,
                save=lambda rows: _write_results(runner, sweep, conditions, seeds, rows),
            )  # fmt: skip
    except (KeyboardInterrupt, Ended):
        print_to_stderr(
            f"interrupted; continue with: {_command(sweep, conditions, seeds)} --out {runner.manifest.out} --resume"
        )
        raise
    return _write_results(runner, sweep, conditions, seeds, rows)


def _collect(runner: SweepRunner, sweep: Sweep, conditions: tuple[Condition, ...], seeds: int) -> Document:
    """Write runs from elsewhere to a Parquet file, and log what is missing."""
    jobs, missing = runner.adopt(sweep, conditions, seeds=seeds)
    if missing:
        raise UserError(
            "sweep",
            sweep.name,
            f"{len(missing)} of {len(jobs)} runs are missing in {runner.store.root}, the first "
            f"is {missing[0].name}; --specs writes the specs that are due",
        )
    return _write_results(runner, sweep, conditions, seeds, runner.rows(jobs))


def _write_results(
    runner: SweepRunner, sweep: Sweep, conditions: tuple[Condition, ...], seeds: int, rows: list[Row]
) -> Document:
    """Write the rows, and keep those of the sweep's other conditions in the file."""
    path = runner.manifest.out / f"{sweep.name}.parquet"
    command = _command(sweep, conditions, seeds)
    labels = {condition.label for condition in conditions}
    earlier, about = read_rows(path) if path.is_file() and len(labels) < len(sweep.conditions) else ([], {})
    kept = [row for row in earlier if row["condition"] not in labels]
    if kept:
        command = "; ".join(dict.fromkeys([*about["command"].split("; "), command]))
    rows = [*kept, *rows]
    write_rows(path, rows, {"command": command, "date": date.today().isoformat()})
    points = sum(row["is_point"] for row in rows if row["stage"] == "result")
    return {"sweep": sweep.name, "file": str(path.resolve()), "rows": len(rows), "points": points, "command": command}


def _command(sweep: Sweep, conditions: Sequence[Condition], seeds: int) -> str:
    labels = [] if len(conditions) == len(sweep.conditions) else ["--only", *(each.label for each in conditions)]
    return shlex.join(["python", "-m", "research", "sweep", sweep.name, "--seeds", str(seeds), *labels])


def _write_specs(runner: SweepRunner, plans: Sequence[SweepPlan], specs: Path) -> Document:
    """Write the specs that are due, a JSON file each, and commands.txt with a line for each."""
    missing = (job for plan, conditions, seeds in plans for job in runner.adopt(plan, conditions, seeds=seeds)[1])
    due = {job.run_key: job for job in missing}
    specs.mkdir(parents=True, exist_ok=True)
    files, commands = [], []
    for key, job in due.items():
        name = re.sub(r"[^a-z0-9.]+", "-", f"{job.sweep.name}-{job.condition.label}".lower()).strip("-")
        path = specs / f"{name[:80]}-seed{job.seed}-{key}.json"
        write_json(path, job.spec.to_json())
        files.append(path.name)
        scenes = f" --evaluation-seed {job.scenes.seed} --evaluation-count {job.scenes.count}"
        scored = "" if job.scenes == DEFAULT_SCENES else scenes
        commands.append(f"python -m explorer train --spec {path} --runs {runner.store.root}{scored}\n")
    (specs / "commands.txt").write_text("".join(commands))
    stages = {job.stage for job in due.values()}
    stage = "none" if not stages else "search" if "search" in stages else "result"
    return {"specs": str(specs.resolve()), "files": files, "stage": stage}


def _list_sweeps(runs: Path | None, seeds: int | None, workers: int) -> Document:
    """List every sweep with its cost; the pace is that of runs in --runs, else in the default folder."""
    store = open_service(runs).store
    expected = {name: estimate_cost(store, [sweep], seeds=seeds, workers=workers) for name, sweep in ALL_SWEEPS.items()}
    first = [sweep for sweep in FIRST_EDITION.values() if sweep.tier == 1]
    return {
        "sweeps": [_sweep_record(sweep, expected[name], seeds) for name, sweep in ALL_SWEEPS.items()],
        "first_tier": asdict(estimate_cost(store, first, seeds=seeds, workers=workers)),
        "jobs": workers,
    }


def _sweep_record(sweep: Sweep, expected: SweepCost, seeds: int | None) -> Document:
    conditions = [condition.label for condition in sweep.conditions]
    frozen = (FROZEN_FOLDER / f"{sweep.name}.json").is_file()
    about = {name: getattr(sweep, name) for name in ("name", "tier", "claim", "paper", "axis", "lacks")}
    return {**about, "conditions": conditions, "seeds": seeds or sweep.seeds, "frozen": frozen} | asdict(expected)
