"""Runs as flat rows: the row of a run, Parquet files of rows, the frozen ones, and the seeds of equal conditions.

    row = job_columns(job) | run_columns(job, folder)  # request and result
    row["own.binding_accuracy.value"]                  # every metric in every form with n, interval and chance
    write_rows(path, rows, {"command": "...", "date": "2026-11-24"})
    frozen_rows()  # results of the first two editions, each with its times, each run once
    training_of(row, "canonical")                      # its time in a form, None if it is no data point

A run that broke off or failed to train is a row too, with `is_point` false and its reason. Sweeps share runs of equal
specs, so every condition is read from the same runs wherever it is shown, see `pool_rows`. Two conditions are equal if
their specs differ at most in the seed and the preset's name, and if their evaluation scenes are drawn alike. Seeds of a
pilot are in no other sweep's results.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm
from pathlib import Path
from statistics import fmean
from typing import Any

from explorer.codec import encode
from explorer.evaluation.results import ESTIMATE_PARTS, FOLLOWED_FORMS, Estimate, Report, binding_step, lower_bounds
from explorer.resources import FROZEN_FOLDER
from explorer.runs.folder import RunFolder
from explorer.runs.run_status import RunStatus
from explorer.runs.state import read_evaluations
from explorer.spec import RunSpec
from explorer.stats import wilson_interval
from explorer.study.keys import spec_key
from research.frozen_law import is_plain
from research.grouping import group_by
from research.sweeps import (
    AFTER_FORM,
    ALL_SWEEPS,
    BEFORE_FORM,
    FIRST_EDITION,
    FIRST_SCENE_SEED,
    SECOND_EDITION,
    Sweep,
    SweepJob,
)
from research.time_model import TimedTraining

Row = dict[str, Any]
DIVERGED = "the loss is not a number"
"""Start of the reason of a run with a too high learning rate; that is a finding, other failures are not."""
PILOT = "pilot"
ConditionKey = tuple[str, int | None, bool]
JOB_COLUMNS = ("sweep", "condition", "series", "x", "stage", "seed", "factor")
"""Columns of the request; the others are those of the run."""


def job_columns(job: SweepJob) -> Row:
    """Return the columns of the request, see `JOB_COLUMNS`."""
    condition = job.condition
    values = (job.sweep.name, condition.label, condition.series, condition.x, job.stage, job.seed, job.factor)
    return dict(zip(JOB_COLUMNS, values, strict=True))


def run_columns(job: SweepJob, folder: RunFolder) -> Row:
    """Return the result of a run, for any sweep; `bound` columns are those of `binding_step`."""
    status, train = folder.status(), job.spec.train
    has_report = status.status == "finished" and folder.has_report
    report = folder.report() if has_report else Report()
    records = list(folder.records())
    last = records[-max(1, len(records) // 10) :]
    return {
        "learning_rate": train.learning_rate,
        "key": job.run_key,
        "run": folder.run,
        "spec": json.dumps(job.spec.to_json()),
        "evaluation.seed": job.scenes.seed,
        "evaluation.count": job.scenes.count,
        "start_digest": report.start_digest,
        "status": status.status,
        "is_point": has_report and not report.failed_to_train,
        **_failure(status, report, has_report=has_report),
        "steps": train.steps,
        "batch_size": train.batch_size,
        "pairs": train.pairs,
        "seconds": report.budget.seconds if report.budget else None,
        "device": report.device,
        "recipe": report.protocol,
        "versions": json.dumps(report.versions),
        "loss": fmean(record["loss"] for record in last) if last else None,
        "chance_loss": records[-1]["chance_loss"] if records else None,
        **(_numbers(report, train.batch_size) if has_report else {}),
        **_binding_times(folder, status.status == "finished", train.batch_size),
        "breakdown": json.dumps(encode(report.scores.breakdown)),
        "curve": json.dumps(list(_curve(records))),
    }


def _binding_times(folder: RunFolder, has_ended: bool, batch_size: int) -> Row:
    times: Row = {}
    evaluations = read_evaluations(folder)
    for form in FOLLOWED_FORMS:
        step = binding_step(lower_bounds(evaluations, form), has_ended=has_ended)
        times |= {f"bound.{form}.step": step, f"bound.{form}.pairs": None if step is None else step * batch_size}
    return times


def _failure(status: RunStatus, report: Report, *, has_report: bool) -> Row:
    reason = "its loss never left chance" if report.failed_to_train else None
    if not has_report:
        reason = status.reason or f"its status is {status.status}"
    return {"failed_to_train": bool(report.failed_to_train) or DIVERGED in (reason or ""), "reason": reason}


def _numbers(report: Report, batch_size: int) -> Row:
    """Return metrics, controls and rates under names with dots."""
    forms = dict(report.scores.by_form())
    if report.forgetting is not None:
        forms |= {AFTER_FORM: report.forgetting.after, BEFORE_FORM: report.forgetting.before}
    numbers = {f"rate.{name}": value for name, value in report.rates.items()}
    numbers["distinct_captions"] = (1 - report.rates["duplicate_captions"]) * batch_size
    named = {f"{form}.{name}": each for form, metrics in forms.items() for name, each in metrics.items()}
    named |= {
        f"control.{name}.{form}": e for name, by_form in report.scores.controls.items() for form, e in by_form.items()
    }
    return numbers | {f"{name}.{part}": getattr(each, part) for name, each in named.items() for part in ESTIMATE_PARTS}


def _curve(records: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield the quick evaluations on the way: {"step", "canonical": binding accuracy, "canonical.low", ...}."""
    for record in records:
        if "evaluation" in record:
            forms = record["evaluation"]
            values = {form: each["binding_accuracy"]["value"] for form, each in forms.items()}
            lows = {f"{form}.low": each["binding_accuracy"]["low"] for form, each in forms.items()}
            yield {"step": record["step"], **values, **lows}


def estimate_of(row: Row, name: str) -> Estimate | None:
    """Return the estimate of a dotted name in a row, None if it was not measured."""
    if row.get(f"{name}.value") is None:
        return None
    return Estimate(**{part: row[f"{name}.{part}"] for part in ESTIMATE_PARTS})


def write_rows(path: Path, rows: Sequence[Row], metadata: Mapping[str, str]) -> None:
    """Write rows as Parquet, a missing column as null, with `metadata` as the metadata of the file."""
    # In here, as the page and most commands import this module and write no file.
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(dict.fromkeys(name for each in rows for name in each))
    table = pa.Table.from_pylist([{name: each.get(name) for name in names} for each in rows])
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata(dict(metadata)), path, compression="zstd")


def read_rows(path: Path) -> tuple[list[Row], dict[str, str]]:
    """Return the rows and the metadata of a file of `write_rows`."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    about = {name.decode(): value.decode() for name, value in (table.schema.metadata or {}).items()}
    return table.to_pylist(), {name: value for name, value in about.items() if name != "ARROW:schema"}


def condition_key(row: Row) -> ConditionKey:
    """Return what two rows share exactly if they are seeds of one condition."""
    count, seed = row.get("evaluation.count"), row.get("evaluation.seed")
    is_fresh = seed is not None and seed == FIRST_SCENE_SEED + row["seed"]
    return _seedless_key(row["spec"]), count, is_fresh


@lru_cache(maxsize=8192)
def _seedless_key(spec: str) -> str:
    record = json.loads(spec)
    train = {name: value for name, value in record.get("train", {}).items() if name != "seed"}
    return spec_key({**record, "train": train})


def pool_rows(sweeps: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Return the rows of each sweep, and below them those of equal conditions of the others under its own labels.

    An added row keeps the name of the sweep that requested its run.
    """
    lenders: dict[ConditionKey, dict[int, Row]] = {}
    for name, rows in sweeps.items():
        for row in _result_rows(rows) if name != PILOT else ():
            lenders.setdefault(condition_key(row), {}).setdefault(row["seed"], row)
    return {
        name: [*rows, *_borrowed_rows(rows, lenders)] if name != PILOT else list(rows) for name, rows in sweeps.items()
    }


def _borrowed_rows(rows: Sequence[Row], lenders: Mapping[ConditionKey, Mapping[int, Row]]) -> Iterable[Row]:
    conditions = group_by(_result_rows(rows), lambda row: row["condition"])
    for _, (host, *others) in sorted(conditions.items()):
        seeds = {row["seed"] for row in (host, *others)}
        for seed, row in sorted(lenders.get(condition_key(host), {}).items()):
            if seed not in seeds:
                yield {**row, **{name: host[name] for name in ("condition", "series", "x")}}


def _result_rows(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["stage"] == "result"]


def num_runs(rows: Iterable[Row]) -> int:
    """Count the runs behind rows; a search that won and runs of two sweeps count once."""
    return len({row["key"] for row in rows})


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Conditions of a sweep by label: `whole` has every seed, `begun` some, `missing` none."""

    sweep: str
    seeds: int
    whole: tuple[str, ...]
    begun: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]
    is_whole: bool
    num_conditions: int


def sweep_coverage(sweep: Sweep, rows: Iterable[Row]) -> Coverage:
    """Count the seeds of each declared condition whose run has ended, data point or not."""
    declared = set(range(sweep.first_seed, sweep.first_seed + sweep.seeds))
    ended = [row for row in _result_rows(rows) if row["seed"] in declared]
    seeds = group_by({(row["condition"], row["seed"]) for row in ended}, lambda each: each[0])
    counts = {condition.label: len(seeds.get(condition.label, ())) for condition in sweep.conditions}
    whole = tuple(label for label, count in counts.items() if count == sweep.seeds)
    return Coverage(
        sweep=sweep.name,
        seeds=sweep.seeds,
        whole=whole,
        begun=tuple((label, count) for label, count in counts.items() if 0 < count < sweep.seeds),
        missing=tuple(label for label, count in counts.items() if not count),
        is_whole=len(whole) == len(counts),
        num_conditions=len(counts),
    )


# ---- Frozen rows and their trainings

FIRST_TWO_EDITIONS = (*FIRST_EDITION, *SECOND_EDITION)
MAX_QUICK_SCENES = 400
"""Scenes of a quick evaluation of the first edition; those without a false swap are left out."""


def rows_by_sweep(folder: Path, sweeps: Iterable[str], stage: str = "") -> dict[str, list[Row]]:
    """Return the rows of those sweeps that have a file in a folder, of one stage or of both."""
    paths = {name: folder / f"{name}.parquet" for name in sweeps}
    by_sweep = {name: read_rows(path)[0] for name, path in paths.items() if path.is_file()}
    return {name: [row for row in rows if stage in ("", row["stage"])] for name, rows in by_sweep.items()}


def frozen_rows(
    folder: Path = FROZEN_FOLDER, *, sweeps: Iterable[str] = FIRST_TWO_EDITIONS, is_unique: bool = True
) -> list[Row]:
    """Return the result rows of sweeps with their times; each run once if `is_unique`, see `unique_runs`."""
    rows = [row for sweep_rows in rows_by_sweep(folder, sweeps, "result").values() for row in sweep_rows]
    return _with_times(unique_runs(rows) if is_unique else rows)


def unique_runs(rows: Sequence[Row]) -> list[Row]:
    """Return each run once, for the first sweep that has it."""
    by_run = {(condition_key(row), row["seed"]): row for row in reversed(rows)}
    return list(reversed(by_run.values()))


def _with_times(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with the time to binding, which those of the first edition lack, in every timed form.

    Its quick evaluations have no intervals. Its scenes are the same for all seeds, so their number is the least common
    denominator of all accuracies on the same data; those of canonical captions are the same for all data.
    """
    early = [row for row in rows if "bound.own.step" not in row]
    steps: dict[int, Row] = {id(row): {} for row in early}
    of_data = group_by(early, lambda row: spec_of(row).data).values()
    for form, groups in (("canonical", [early]), ("own", of_data)):
        for group in groups:
            evaluations = [[each for each in json.loads(row["curve"]) if each.get(form) is not None] for row in group]
            shares = (Fraction(at[form]).limit_denominator(MAX_QUICK_SCENES) for curve in evaluations for at in curve)
            scenes = lcm(*(share.denominator for share in shares))
            for row, curve in zip(group, evaluations, strict=True):
                lows = [(at["step"], wilson_interval(round(at[form] * scenes), scenes)[0]) for at in curve]
                steps[id(row)][f"bound.{form}.step"] = binding_step(lows, has_ended=row["status"] == "finished")
    return [row | steps.get(id(row), {}) for row in rows]


def spec_of(row: Row) -> RunSpec:
    return _read_spec(row["spec"])


@lru_cache(maxsize=4096)
def _read_spec(text: str) -> RunSpec:
    return RunSpec.from_json(json.loads(text))


def training_of(row: Row, form: str = "own") -> TimedTraining | None:
    """Return the training of a result row, plain or not, timed in a form; None if it is no data point."""
    if not row["is_point"]:
        return None
    spec, step = spec_of(row), row[f"bound.{form}.step"]
    return TimedTraining(
        data=spec.data,
        pairs=row["pairs"],
        bound_at=None if step is None else step * spec.train.batch_size,
        condition=str(condition_key(row)),
        edition=sweep.edition if (sweep := ALL_SWEEPS.get(row["sweep"])) else 1,
    )


def plain_runs(rows: Iterable[Row]) -> list[tuple[Row, TimedTraining]]:
    """Return the data points to which the model of time applies, timed in captions of their own form."""
    runs = ((row, training_of(row)) for row in rows if is_plain(spec_of(row)))
    return [(row, training) for row, training in runs if training is not None]


def plain_trainings(rows: Iterable[Row]) -> list[TimedTraining]:
    """Return the trainings of `plain_runs`, without their rows."""
    return [training for _, training in plain_runs(rows)]
