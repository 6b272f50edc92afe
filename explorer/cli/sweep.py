"""Command `sweep`: runs declared sweeps of the study here, on a cluster, or from specs that run elsewhere.

    python -m explorer sweep --list
    python -m explorer sweep batch-size --jobs 2 --out sweeps          # again with --resume after any interruption
    python -m explorer sweep batch-size --engine slurm --jobs 16 --slurm partition=gpu --slurm gpus_per_node=1
    python -m explorer sweep batch-size --specs specs                  # elsewhere: train --spec FILE --runs DIR
    python -m explorer sweep batch-size --collect --runs DIR           # and its reports collected

add_sweep_command(commands)              # registers it with the parser of cli
"""

import argparse
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from explorer.cli.options import Document, add_json, folder, store_of, tell
from explorer.clip.names import config_names
from explorer.errors import NO_VALUE, UserError
from explorer.runs.files import write_json
from explorer.runs.store import RunStore
from explorer.runs.supervisor import Ended, ending_on_terminate
from explorer.service.endpoints import whole_number
from explorer.settings import settings_for
from explorer.spec import FIXED_SCENES, Names, validate
from explorer.study.engines import OPTIONS, LocalEngine, MakeEngine, read_options, slurm_engine
from explorer.study.evidence_store import FROZEN
from explorer.study.manifest import Manifest
from explorer.study.rows import Row, read_rows, write_rows
from explorer.study.sweep_runner import POLL_S, Cost, Laboratory, cost, sweep_settings
from explorer.study.sweeps import Condition, Job, Sweep
from explorer.study.table import SWEEPS, runnable, runnable_sweeps
from explorer.wording import duration
from explorer.world.worlds import kind_names

MOST_SEEDS, MOST_JOBS = 100, 256
ENGINES = ("local", "slurm", "hf-jobs")
CLUSTER_THREADS = 2
"""Of a run on a cluster, if neither `--slurm cpus_per_task` nor EXPLORER_THREADS says."""


def add_sweep_command(commands: Any) -> None:
    """Register `sweep` with the subparsers of the command line."""
    help = "run a sweep of the study on this computer, or list all with their cost"
    sweep = commands.add_parser("sweep", help=help, description=help)
    sweep.set_defaults(run=_sweep, show=_show)
    _add_choices(sweep)
    for option, metavar, words in (
        ("--out", "DIR", "folder of results, manifest and runs, default ./sweeps; sweeps of one folder share runs"),
        ("--runs", "DIR", "folder of runs, which keep their models; default `runs` in --out, without models"),
        ("--specs", "DIR", "run nothing: write the due specs as JSON, with a command for each"),
    ):
        sweep.add_argument(option, type=folder, metavar=metavar, help=words)
    add_json(sweep)


def _add_choices(sweep: Any) -> None:
    sweep.add_argument("names", nargs="*", metavar="NAME", help="sweeps to run, one after another")
    sweep.add_argument("--list", action="store_true", help="list every sweep: claim, conditions, runs and cost")
    sweep.add_argument("--seeds", metavar="N", help="seeds per condition, default the sweep's own number")
    sweep.add_argument("--jobs", default="0", metavar="N", help="parallel runs, default one, or one per GPU")
    sweep.add_argument("--only", nargs="+", default=[], metavar="LABEL", help="run only these conditions")
    sweep.add_argument("--resume", action="store_true", help="continue runs that did not end")
    words = "worker processes here, a Slurm cluster through submitit, or jobs of Hugging Face (unmeasured)"
    sweep.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help=words)
    words = f"an option of the cluster, repeatable: {', '.join(OPTIONS)}"
    sweep.add_argument("--slurm", action="append", default=[], metavar="NAME=VALUE", help=words)
    sweep.add_argument("--bucket", default="", metavar="OWNER/NAME", help="storage bucket of --engine hf-jobs")
    sweep.add_argument("--flavor", default="cpu-basic", metavar="NAME", help="hardware of --engine hf-jobs")
    sweep.add_argument("--collect", action="store_true", help="run nothing: take runs of these specs from --runs")


def _sweep(options: argparse.Namespace) -> Document:
    if options.list:
        return _list(options)
    if not options.names:
        raise UserError("sweep", NO_VALUE, f"name one of {', '.join(runnable_sweeps())}, or see them with --list")
    if sum([bool(options.specs), options.collect, options.resume]) > 1:
        raise UserError("sweep", NO_VALUE, "choose one of --specs, --collect and --resume")
    chosen = [runnable(name) for name in options.names]
    plans = [(sweep, sweep.chosen(options.only), _seeds(options, sweep)) for sweep in chosen]
    _check_specs(plans)
    laboratory = _laboratory(options)
    with laboratory.manifest.held():
        if options.specs:
            return _write_specs(laboratory, plans, options)
        if options.collect:
            return {"sweeps": [_collect(laboratory, *plan) for plan in plans]}
        return {"sweeps": [_run(laboratory, *plan, options) for plan in plans]}


Plan = tuple[Sweep, tuple[Condition, ...], int]


def _seeds(options: argparse.Namespace, sweep: Sweep) -> int:
    return whole_number("seeds", options.seeds, 1, MOST_SEEDS) if options.seeds is not None else sweep.seeds


def _check_specs(plans: Sequence[Plan]) -> None:
    """Check every spec before the first run: a mistake in a table would show hours later."""
    names = Names(worlds=kind_names(), models=config_names())
    for sweep, conditions, _ in plans:
        for condition in conditions:
            validate(sweep.spec(condition, seed=sweep.first_seed, factor=1.0), names)


def _laboratory(options: argparse.Namespace) -> Laboratory:
    out = options.out or Path("sweeps")
    jobs = whole_number("jobs", options.jobs, 0, MOST_JOBS)
    store = RunStore(options.runs or out / "runs")
    settings, given = settings_for(None, os.environ), read_options(options.slurm)
    if given and options.engine != "slurm":
        raise UserError("--slurm", options.slurm[0], "needs --engine slurm")
    engine: MakeEngine = LocalEngine
    if options.engine == "slurm":
        engine = slurm_engine(out / "slurm", given)
        threads = given.get("cpus_per_task") or settings.threads or CLUSTER_THREADS
        settings = replace(settings, workers=max(1, jobs), threads=threads, poll_s=max(POLL_S, settings.poll_s))
    elif options.engine == "hf-jobs":
        # Imported here: the client of the Hub takes half a second, and only this engine needs it.
        from huggingface_hub import HfApi

        from explorer.study.hf_jobs_engine import hf_jobs_engine

        engine = hf_jobs_engine(
            HfApi(), folder=out / "hf-jobs", bucket=options.bucket, flavor=options.flavor, tell=tell
        )
        settings = replace(settings, workers=max(1, jobs))
    else:
        settings = sweep_settings(settings, jobs)
    keeps = options.runs is not None
    return Laboratory(
        store=store, manifest=Manifest(out), settings=settings, tell=tell, engine=engine, keeps_models=keeps
    )


def _run(
    laboratory: Laboratory, sweep: Sweep, conditions: tuple[Condition, ...], seeds: int, options: argparse.Namespace
) -> Document:
    """Run a sweep to its Parquet file; if terminated, log how to resume."""
    expected = cost(laboratory.store, [sweep], seeds=seeds, workers=laboratory.settings.workers, only=conditions)
    tell(f"{sweep.name}: at most {_cost_words(expected)}")
    try:
        with ending_on_terminate():
            rows = laboratory.run(
                sweep, conditions, seeds=seeds, resume=options.resume,
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


def _write_specs(laboratory: Laboratory, plans: Sequence[Plan], options: argparse.Namespace) -> Document:
    """Write the specs that are due, a JSON file each, and commands.txt with a line for each."""
    due: dict[str, Job] = {}
    for sweep, conditions, seeds in plans:
        for _ in range(2):
            _, missing = laboratory.open_jobs(sweep, conditions, seeds=seeds)
            laboratory.manifest.adopt(laboratory.store, missing)
        due |= {job.key: job for job in laboratory.open_jobs(sweep, conditions, seeds=seeds)[1]}
    options.specs.mkdir(parents=True, exist_ok=True)
    files = [_write_spec(options.specs, job) for job in due.values()]
    commands = [
        f"python -m explorer train --spec {file} --runs {laboratory.store.root}{_scored(job)}"
        for file, job in zip(files, due.values(), strict=True)
    ]
    (options.specs / "commands.txt").write_text("".join(f"{line}\n" for line in commands))
    return {"specs": str(options.specs.resolve()), "files": [file.name for file in files], "stage": _stage(due)}


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


def _list(options: argparse.Namespace) -> Document:
    """List every sweep with its cost; the pace is that of runs in --runs, else in the default folder."""
    store = store_of(options)
    workers = max(1, whole_number("jobs", options.jobs, 0, MOST_JOBS))
    seeds = None if options.seeds is None else whole_number("seeds", options.seeds, 1, MOST_SEEDS)
    first = [sweep for sweep in SWEEPS.values() if sweep.tier == 1]
    return {
        "sweeps": [
            _about(sweep, cost(store, [sweep], seeds=seeds, workers=workers), seeds)
            for sweep in runnable_sweeps().values()
        ],
        "first_tier": cost(store, first, seeds=seeds, workers=workers).as_dict(),
        "jobs": workers,
    }


def _about(sweep: Sweep, expected: Cost, seeds: int | None) -> Document:
    conditions = [condition.label for condition in sweep.conditions]
    frozen = (FROZEN / f"{sweep.name}.json").is_file()
    about = {name: getattr(sweep, name) for name in ("name", "tier", "claim", "paper", "axis", "lacks")}
    return {**about, "conditions": conditions, "seeds": seeds or sweep.seeds, "frozen": frozen} | expected.as_dict()


def _show(document: Document) -> str:
    if "specs" in document:
        return f"{len(document['files'])} specs ({document['stage']}) and commands.txt in {document['specs']}"
    if "first_tier" in document:
        return _show_list(document)
    return "\n".join(
        f"{each['sweep']}: {each['rows']} rows, {each['points']} data points in {each['file']}"
        for each in document["sweeps"]
    )


def _show_list(document: Document) -> str:
    lines = []
    for each in document["sweeps"]:
        words = _cost_words(Cost(**{name: each[name] for name in Cost.__dataclass_fields__}))
        lines += [f"{each['name']} (tier {each['tier']}): {each['claim']}", f"    paper: {each['paper']}"]
        lines += [f"    {len(each['conditions'])} conditions, {each['seeds']} seeds: {'; '.join(each['conditions'])}"]
        lines += [f"    not run: it {each['lacks']}" if each["lacks"] else f"    {words}", ""]
    total = Cost(**document["first_tier"])
    return "\n".join([*lines, f"first tier in one folder, {document['jobs']} at once: {_cost_words(total)}"])


def _cost_words(expected: Cost) -> str:
    span = f"{duration(expected.low_s)} to {duration(expected.high_s)}"
    return f"{expected.runs} runs, {expected.pairs:,} pairs, {span} ({expected.basis})"
