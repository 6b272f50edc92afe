"""Command `sweep`: runs declared sweeps of the study here, on a cluster, or from specs that run elsewhere.

python -m explorer sweep --list
python -m explorer sweep batch-size --jobs 2 --out sweeps          # again with --resume after any interruption
python -m explorer sweep batch-size --engine slurm --jobs 16 --slurm partition=gpu --slurm gpus_per_node=1
python -m explorer sweep batch-size --specs specs                  # elsewhere: train --spec FILE --runs DIR
python -m explorer sweep batch-size --collect --runs DIR           # and its reports collected
"""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from explorer.clip.names import config_names
from explorer.errors import NO_VALUE, UserError
from explorer.runs.files import write_json
from explorer.runs.store import RunStore
from explorer.runs.supervisor import Ended, ending_on_terminate
from explorer.settings import settings_for
from explorer.spec import FIXED_SCENES, Names, validate
from explorer.study.engines import LocalEngine, MakeEngine, read_options, slurm_engine
from explorer.study.evidence_store import FROZEN
from explorer.study.rows import Row, read_rows, write_rows
from explorer.study.sweep_runner import POLL_S, Cost, Laboratory, Manifest, cost, sweep_settings
from explorer.study.sweeps import EVERY, SWEEPS, Condition, Job, Sweep, runnable
from explorer.tools.options import Document, Runs, Several, service, tell
from explorer.views.registry import whole
from explorer.wording import duration
from explorer.world.worlds import kind_names

MOST_SEEDS, MOST_JOBS = 100, 256
DEFAULT_OUT = Path("sweeps")
CLUSTER_THREADS = 2
"""Of a run on a cluster, if neither `--slurm cpus_per_task` nor EXPLORER_THREADS says."""


def sweep(
    *names: str,
    list: bool = False,
    seeds: Annotated[int, whole(1, MOST_SEEDS)] | None = None,
    jobs: Annotated[int, whole(0, MOST_JOBS)] = 0,
    only: Annotated[Sequence[str], Several] = (),
    resume: bool = False,
    engine: Literal["local", "slurm"] = "local",
    slurm: Annotated[Sequence[str], Parameter(help="NAME=VALUE, an option of the cluster; may be repeated")] = (),
    collect: bool = False,
    out: Path = DEFAULT_OUT,
    runs: Runs = None,
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
        return _list(runs, seeds, max(1, jobs))
    if not names:
        raise UserError("sweep", NO_VALUE, f"name one of {', '.join(EVERY)}, or see them with --list")
    if sum([bool(specs), collect, resume]) > 1:
        raise UserError("sweep", NO_VALUE, "choose one of --specs, --collect and --resume")
    chosen = [runnable(name) for name in names]
    plans = [(each, each.chosen(only), seeds or each.seeds) for each in chosen]
    _check_specs(plans)
    make = _engine(engine, slurm, out)
    laboratory = _laboratory(engine, make, read_options(slurm), jobs=jobs, out=out, runs=runs)
    with laboratory.manifest.held():
        if specs:
            return _write_specs(laboratory, plans, specs)
        if collect:
            return {"sweeps": [_collect(laboratory, *plan) for plan in plans]}
        return {"sweeps": [_run(laboratory, *plan, resume=resume) for plan in plans]}


Plan = tuple[Sweep, tuple[Condition, ...], int]


def _check_specs(plans: Sequence[Plan]) -> None:
    """Check every spec before the first run: a mistake in a table would show hours later."""
    names = Names(worlds=kind_names(), models=config_names())
    for sweep, conditions, _ in plans:
        for condition in conditions:
            validate(sweep.spec(condition, seed=sweep.first_seed, factor=1.0), names)


def _engine(name: str, slurm: Sequence[str], out: Path) -> MakeEngine:
    """Return what makes the engine of that name; raise `UserError` for options of another one."""
    given = read_options(slurm)
    if given and name != "slurm":
        raise UserError("--slurm", slurm[0], "needs --engine slurm")
    return slurm_engine(out / "slurm", given) if name == "slurm" else LocalEngine


def _laboratory(
    engine: str, make: MakeEngine, given: Mapping[str, Any], *, jobs: int, out: Path, runs: Path | None
) -> Laboratory:
    settings = settings_for(None, os.environ)
    settings = sweep_settings(settings, jobs) if engine == "local" else replace(settings, workers=max(1, jobs))
    if engine == "slurm":
        threads = given.get("cpus_per_task") or settings.threads or CLUSTER_THREADS
        settings = replace(settings, threads=threads, poll_s=max(POLL_S, settings.poll_s))
    return Laboratory(
        store=RunStore(runs or out / "runs"),
        manifest=Manifest(out),
        settings=settings,
        tell=tell,
        engine=make,
        keeps_models=runs is not None,
    )


def _run(
    laboratory: Laboratory, sweep: Sweep, conditions: tuple[Condition, ...], seeds: int, *, resume: bool
) -> Document:
    """Run a sweep to its Parquet file; if terminated, log how to resume."""
    expected = cost(laboratory.store, [sweep], seeds=seeds, workers=laboratory.settings.workers, only=conditions)
    tell(f"{sweep.name}: at most {_cost_words(expected)}")
    try:
        with ending_on_terminate():
            rows = laboratory.run(
                sweep, conditions, seeds=seeds, resume=resume,
                save=lambda rows: _written(laboratory, sweep, conditions, seeds, rows),
            )  # fmt: skip
    except (KeyboardInterrupt, Ended):
        tell(
            f"interrupted; continue with: {_command(sweep, conditions, seeds)} --out {laboratory.manifest.out} --resume"
        )
        raise
    return _written(laboratory, sweep, conditions, seeds, rows)


def _collect(laboratory: Laboratory, sweep: Sweep, conditions: tuple[Condition, ...], seeds: int) -> Document:
    """Write runs from elsewhere to a Parquet file, and log what is missing."""
    # Twice: the results are known only with the searches at hand.
    for _ in range(2):
        jobs, missing = laboratory.open_jobs(sweep, conditions, seeds=seeds)
        laboratory.manifest.adopt(laboratory.store, missing)
    jobs, missing = laboratory.open_jobs(sweep, conditions, seeds=seeds)
    if missing:
        raise UserError(
            "sweep",
            sweep.name,
            f"{len(missing)} of {len(jobs)} runs are missing in {laboratory.store.root}, the first "
            f"is {missing[0].name}; --specs writes the specs that are due",
        )
    return _written(laboratory, sweep, conditions, seeds, laboratory.rows(jobs))


def _written(
    laboratory: Laboratory, sweep: Sweep, conditions: tuple[Condition, ...], seeds: int, rows: list[Row]
) -> Document:
    """Write the rows, and keep those of the sweep's other conditions in the file."""
    path = laboratory.manifest.out / f"{sweep.name}.parquet"
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
    return shlex.join(["python", "-m", "explorer", "sweep", sweep.name, "--seeds", str(seeds), *labels])


def _write_specs(laboratory: Laboratory, plans: Sequence[Plan], specs: Path) -> Document:
    """Write the specs that are due, a JSON file each, and commands.txt with a line for each."""
    due: dict[str, Job] = {}
    for sweep, conditions, seeds in plans:
        for _ in range(2):
            _, missing = laboratory.open_jobs(sweep, conditions, seeds=seeds)
            laboratory.manifest.adopt(laboratory.store, missing)
        due |= {job.key: job for job in laboratory.open_jobs(sweep, conditions, seeds=seeds)[1]}
    specs.mkdir(parents=True, exist_ok=True)
    files = [_write_spec(specs, job) for job in due.values()]
    commands = [
        f"python -m explorer train --spec {file} --runs {laboratory.store.root}{_scored(job)}"
        for file, job in zip(files, due.values(), strict=True)
    ]
    (specs / "commands.txt").write_text("".join(f"{line}\n" for line in commands))
    return {"specs": str(specs.resolve()), "files": [file.name for file in files], "stage": _stage(due)}


def _scored(job: Job) -> str:
    """Return the options that name the evaluation scenes, if they are not the fixed ones."""
    seed, count = job.scenes.seed, job.scenes.count
    return "" if job.scenes == FIXED_SCENES else f" --evaluation-seed {seed} --evaluation-count {count}"


def _write_spec(folder: Path, job: Job) -> Path:
    name = re.sub(r"[^a-z0-9.]+", "-", f"{job.sweep.name}-{job.condition.label}".lower()).strip("-")
    path = folder / f"{name[:80]}-seed{job.seed}-{job.key}.json"
    write_json(path, job.spec.as_dict())
    return path


def _stage(due: Mapping[str, Job]) -> str:
    stages = {job.stage for job in due.values()}
    return "none" if not stages else "search" if "search" in stages else "result"


def _list(runs: Path | None, seeds: int | None, workers: int) -> Document:
    """List every sweep with its cost; the pace is that of runs in --runs, else in the default folder."""
    store = service(runs).store
    first = [sweep for sweep in SWEEPS.values() if sweep.tier == 1]
    return {
        "sweeps": [
            _about(sweep, cost(store, [sweep], seeds=seeds, workers=workers), seeds) for sweep in EVERY.values()
        ],
        "first_tier": cost(store, first, seeds=seeds, workers=workers).as_dict(),
        "jobs": workers,
    }


def _about(sweep: Sweep, expected: Cost, seeds: int | None) -> Document:
    conditions = [condition.label for condition in sweep.conditions]
    frozen = (FROZEN / f"{sweep.name}.json").is_file()
    about = {name: getattr(sweep, name) for name in ("name", "tier", "claim", "paper", "axis", "lacks")}
    return {**about, "conditions": conditions, "seeds": seeds or sweep.seeds, "frozen": frozen} | expected.as_dict()


def _cost_words(expected: Cost) -> str:
    span = f"{duration(expected.low_s)} to {duration(expected.high_s)}"
    return f"{expected.runs} runs, {expected.pairs:,} pairs, {span} ({expected.basis})"
