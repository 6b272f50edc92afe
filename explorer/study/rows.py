"""A run of a sweep as one flat row, and rows as a Parquet file with metadata on its origin.

row(job, folder)["own.binding_accuracy.value"]       # every metric in every form with n, interval and chance
job_columns(job) | run_columns(job, folder)          # the same in two parts: request and result
write_rows(path, rows, {"command": "...", "date": "2026-11-24"})
read_rows(path)                                      # (rows, {"command": ..., "date": ...})

A run that broke off or failed to train is a row too, with `is_point` false and its reason.

    pooled({"density": rows, "single-flaws": rows})["density"]     # with the further seeds of equal conditions
    num_runs(rows)                                                 # a run that two sweeps share counts once

Sweeps share runs of equal specs, so every condition is read from the same runs wherever it is shown. Two conditions are
equal if their specs differ at most in the seed and the preset's name, and if their evaluation scenes are drawn alike.
Seeds of a pilot are in no other sweep's results.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from explorer.codec import encode
from explorer.evaluation.results import PARTS, Estimate, Report, binding_step, lower_bounds
from explorer.runs.store import RunFolder, RunStatus
from explorer.study.sweeps import BEFORE, SCENES_FROM, START, Job, Sweep, spec_key

Row = dict[str, Any]
DIVERGED = "the loss is not a number"
"""Start of the reason of a run with a too high learning rate; that is a finding, other failures are not."""
PILOT = "pilot"
Key = tuple[str, int | None, bool]


def row(job: Job, folder: RunFolder) -> Row:
    """Return the row of an ended run."""
    return job_columns(job) | run_columns(job, folder)


JOB_COLUMNS = ("sweep", "condition", "series", "x", "stage", "seed", "factor")
"""Columns of the request; the others are those of the run."""


def job_columns(job: Job) -> Row:
    """Return the request of a sweep: several jobs may share one run."""
    of = job.condition
    return dict(
        zip(JOB_COLUMNS, (job.sweep.name, of.label, of.series, of.x, job.stage, job.seed, job.factor), strict=True)
    )


def run_columns(job: Job, folder: RunFolder) -> Row:
    """Return the result of a run, for any sweep; `bound` columns are those of `binding_step`."""
    status, train = folder.status(), job.spec.train
    has_report = status.status == "finished" and (folder.path / "report.json").exists()
    report = folder.report() if has_report else Report()
    records = list(folder.records())
    return {
        "learning_rate": train.learning_rate,
        "key": job.key,
        "run": folder.run,
        "spec": json.dumps(job.spec.as_dict()),
        "evaluation.seed": job.scenes.seed,
        "evaluation.count": job.scenes.count,
        "start_digest": report.start_digest,
        "status": status.status,
        "is_point": has_report and not report.failed_to_train,
        **_failure(status, report if has_report else None),
        "steps": train.steps,
        "batch_size": train.batch_size,
        "pairs": train.steps * train.batch_size,
        "seconds": report.budget.seconds if report.budget else None,
        "device": report.device,
        "recipe": report.recipe,
        "versions": json.dumps(report.versions),
        "loss": final_loss(records),
        "chance_loss": records[-1]["chance_loss"] if records else None,
        **(_numbers(report, train.batch_size) if has_report else {}),
        **_binding_times(records, status.status == "finished", train.batch_size),
        "breakdown": json.dumps(encode(report.scores.breakdown)),
        "curve": json.dumps(list(_curve(records))),
    }


def final_loss(records: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the mean loss of the last tenth of the steps; None without any."""
    last = records[-max(1, len(records) // 10) :]
    return fmean(record["loss"] for record in last) if last else None


def _binding_times(records: Sequence[Mapping[str, Any]], has_ended: bool, batch_size: int) -> Row:
    """Return the step and the pairs until a run binds in each evaluated form; None if it has not."""
    found: Row = {}
    for form in ("canonical", "own"):
        step = binding_step(lower_bounds(records, form), has_ended=has_ended)
        found |= {f"bound.{form}.step": step, f"bound.{form}.pairs": None if step is None else step * batch_size}
    return found


def _failure(status: RunStatus, report: Report | None) -> Row:
    """Return if the run failed to train, and the reason why it is not a data point."""
    if report is not None:
        failed = bool(report.failed_to_train)
        return {"failed_to_train": failed, "reason": "its loss never left chance" if failed else None}
    reason = status.reason or f"its status is {status.status}"
    return {"failed_to_train": DIVERGED in reason, "reason": reason}


def _numbers(report: Report, batch_size: int) -> Row:
    """Return metrics, controls and rates under names with dots."""
    forms = dict(report.scores.by_form())
    if report.forgetting is not None:
        forms |= {START: report.forgetting.after, BEFORE: report.forgetting.before}
    found = {f"rate.{name}": value for name, value in report.rates.items()}
    found["distinct_captions"] = (1 - report.rates["duplicate_captions"]) * batch_size
    named = {f"{form}.{name}": each for form, metrics in forms.items() for name, each in metrics.items()}
    named |= {f"control.{name}.{form}": e for name, of in report.scores.controls.items() for form, e in of.items()}
    return found | {f"{name}.{part}": getattr(each, part) for name, each in named.items() for part in PARTS}


def _curve(records: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield the quick evaluations on the way: {"step", "canonical": binding accuracy, "canonical.low", ...}."""
    for record in records:
        if "evaluation" in record:
            forms = record["evaluation"]
            values = {form: each["binding_accuracy"]["value"] for form, each in forms.items()}
            lows = {f"{form}.low": each["binding_accuracy"]["low"] for form, each in forms.items()}
            yield {"step": record["step"], **values, **lows}


def estimate_of(found: Row, name: str) -> Estimate | None:
    """Return the estimate of a dotted name in a row, None if it was not measured."""
    if found.get(f"{name}.value") is None:
        return None
    return Estimate(**{part: found[f"{name}.{part}"] for part in PARTS})


def write_rows(path: Path, rows: Sequence[Row], about: Mapping[str, str]) -> None:
    """Write one Parquet file with `about` in its metadata."""
    # In here, as the page and most commands import this module and write no file.
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(dict.fromkeys(name for each in rows for name in each))
    table = pa.Table.from_pylist([{name: each.get(name) for name in names} for each in rows])
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata(dict(about)), path, compression="zstd")


def read_rows(path: Path) -> tuple[list[Row], dict[str, str]]:
    """Return the rows and the metadata of a file of `write_rows`."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    about = {name.decode(): value.decode() for name, value in (table.schema.metadata or {}).items()}
    return table.to_pylist(), {name: value for name, value in about.items() if name != "ARROW:schema"}


def condition_key(row: Row) -> Key:
    """Return what two rows share exactly if they are seeds of one condition."""
    record = json.loads(row["spec"])
    train = {name: value for name, value in record.get("train", {}).items() if name != "seed"}
    count, seed = row.get("evaluation.count"), row.get("evaluation.seed")
    is_fresh = seed is not None and seed == SCENES_FROM + row["seed"]
    return spec_key({**record, "train": train}), count, is_fresh


def pooled(sweeps: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Return the rows of each sweep, and below them those of equal conditions of the others under its own labels.

    An added row keeps the name of the sweep that requested its run.
    """
    lenders: dict[Key, dict[int, Row]] = {}
    for name, rows in sweeps.items():
        for row in _results(rows) if name != PILOT else ():
            lenders.setdefault(condition_key(row), {}).setdefault(row["seed"], row)
    return {name: [*rows, *_lent(rows, lenders)] if name != PILOT else list(rows) for name, rows in sweeps.items()}


def _lent(rows: Sequence[Row], lenders: Mapping[Key, Mapping[int, Row]]) -> Iterable[Row]:
    first = {row["condition"]: row for row in reversed(_results(rows))}
    seeds = {(row["condition"], row["seed"]) for row in _results(rows)}
    for label, host in sorted(first.items()):
        names = {name: host[name] for name in ("condition", "series", "x")}
        for seed, row in sorted(lenders.get(condition_key(host), {}).items()):
            if (label, seed) not in seeds:
                yield {**row, **names}


def _results(rows: Sequence[Row]) -> list[Row]:
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

    @property
    def is_whole(self) -> bool:
        """Return True if nothing is missing."""
        return not self.begun and not self.missing

    @property
    def num_conditions(self) -> int:
        """Return the number of declared conditions."""
        return len(self.whole) + len(self.begun) + len(self.missing)

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        return asdict(self) | {"is_whole": self.is_whole, "num_conditions": self.num_conditions}


def coverage(sweep: Sweep, rows: Iterable[Row]) -> Coverage:
    """Count the seeds of each declared condition whose run has ended, data point or not."""
    wanted = set(range(sweep.first_seed, sweep.first_seed + sweep.seeds))
    seeds: dict[str, set[int]] = {}
    for row in rows:
        if row["stage"] == "result" and row["seed"] in wanted:
            seeds.setdefault(row["condition"], set()).add(row["seed"])
    counts = {condition.label: len(seeds.get(condition.label, ())) for condition in sweep.conditions}
    return Coverage(
        sweep=sweep.name,
        seeds=sweep.seeds,
        whole=tuple(label for label, count in counts.items() if count == sweep.seeds),
        begun=tuple((label, count) for label, count in counts.items() if 0 < count < sweep.seeds),
        missing=tuple(label for label, count in counts.items() if not count),
    )
