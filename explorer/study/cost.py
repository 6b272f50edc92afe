"""Cost of sweeps: runs, pairs, and seconds at the pace measured on this computer.

cost(store, [find("batch-size")], workers=1)      # Cost(runs=35, pairs=1612800, low_s=..., high_s=..., basis="...")

Runs of equal specs are counted once, also across sweeps, because they run once in one folder.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from explorer.runs.queue import estimate_s
from explorer.runs.store import RunStore
from explorer.study.sweeps import Condition, Job, Sweep, result_jobs, search_jobs


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Runs, their training pairs, and seconds with the basis of the estimate."""

    runs: int
    pairs: int
    low_s: float
    high_s: float
    basis: str

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        return asdict(self)


def cost(
    store: RunStore,
    sweeps: Sequence[Sweep],
    *,
    seeds: int | None = None,
    workers: int = 1,
    only: Sequence[Condition] | None = None,
) -> Cost:
    """Estimate the cost of the sweeps in one folder, one process at a time per worker.

    Only conditions `only` if given.
    """
    jobs = {
        job.key: job
        for sweep in sweeps
        for job in _all_jobs(sweep, sweep.conditions if only is None else only, seeds or sweep.seeds)
    }
    estimates: dict[tuple[str, int], tuple[float, float, str]] = {}
    for job in jobs.values():
        kind = (job.spec.train.model, _pairs(job))
        if kind not in estimates:
            estimates[kind] = estimate_s(store, job.spec)
    each = [estimates[job.spec.train.model, _pairs(job)] for job in jobs.values()]
    return Cost(
        runs=len(jobs),
        pairs=sum(map(_pairs, jobs.values())),
        low_s=sum(low for low, *_ in each) / workers,
        high_s=sum(high for _, high, _ in each) / workers,
        basis=each[0][2] if each else "nothing to run",
    )


def _all_jobs(sweep: Sweep, conditions: Sequence[Condition], seeds: int) -> list[Job]:
    """Return the search and the results, as if each search chose the middle rate: all three cost the same."""
    tried = {condition.label: sorted(sweep.factors_of(condition)) for condition in conditions}
    factors = {label: each[len(each) // 2] for label, each in tried.items()}
    return [*search_jobs(sweep, conditions), *result_jobs(sweep, conditions, factors, seeds)]


def _pairs(job: Job) -> int:
    return job.spec.train.steps * job.spec.train.batch_size
