"""What a training in a tab takes with a core for each worker, from the processor times of its phases.

    times = time_phases(ask, spec, workers=4, steps=24, folder=folder)
    times.step_s, times.compute_s, times.exchange_s, times.run_s(180)

A computer with fewer cores than workers, or with other work, says nothing by its clock. So each worker tells how long
each phase of a step had a processor, and a step is put together from them: at four places a worker waits until the
slowest has given. What the page takes to hand on is added. What cores share, memory and its bandwidth, is left
out: it is an estimate, unless so many cores were free.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.spec import RunSpec, evaluated_steps
from tests.engine.node import Ask, order

HOP_S = 1e-4
"""From a worker by the page to another one: a round trip was twice that in Chromium and Firefox, also of megabytes."""
WARM, LOW = 6, 0.2
"""Steps until V8 has compiled all; the quantile of a phase over the others, which other work stretches least."""
PARTS = (
    (("forward", "give features"), ("draw pictures",)),
    (("features came", "loss", "backward", "add slices", "give gradients"), ("draw captions",)),
    (("gradients came", "sum", "squares"), ()),
    (("squares came", "optimizer", "give weights"), ("judge captions",)),
)
"""The phases until a worker has given, and those while what the others give is under way."""
EXCHANGE = ("give features", "features came", "give gradients", "gradients came", "squares came", "give weights",
            "weights came")  # fmt: skip
LAST = ("weights came", "record")
Phases = Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseTimes:
    """Seconds of a step, of computing and exchanging in it, of an evaluation and of the start; and the digest."""

    step_s: float
    compute_s: float
    exchange_s: float
    evaluation_s: float
    start_s: float
    digest: str

    def run_s(self, steps: int) -> float:
        """Seconds of a whole run with its evaluations."""
        return self.start_s + steps * self.step_s + (1 + len(evaluated_steps(steps))) * self.evaluation_s


def time_phases(ask: Ask, spec: RunSpec, workers: int, steps: int, folder: Path) -> PhaseTimes:
    """Train the first `steps` of a spec by so many workers, each timed, until a stop."""
    out = folder / f"phases-{workers}.jsonl"
    out.unlink(missing_ok=True)
    answer = ask("train", order=order(spec), workers=workers, phases=str(out), acts={f"record {steps}": ["stop"]})
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    by_worker: list[list[Phases]] = [
        [{name: ms / 1000 for name, ms in row["phases"].items()} for row in rows if row["rank"] == rank]
        for rank in range(workers)
    ]
    started = [each[0] for each in by_worker]
    count = min(map(len, by_worker))
    usual = [[each[step] for step in range(1 + WARM, count)] for each in by_worker]
    medians = [{name: low([step.get(name, 0.0) for step in each]) for name in each[0]} for each in usual]
    page_s = low(answer["page_s"]) if workers > 1 else 0.0
    evaluating = [
        [step.get(name, 0.0) for each in by_worker for step in each if "encode" in step]
        for name in ("encode", "evaluate")
    ]
    names = {name for each in medians for name in each} - {"evaluate", "encode", "wait"}
    longest = {name: max(each.get(name, 0.0) for each in medians) for name in names}
    return PhaseTimes(
        step_s=low([critical_path([each[n] for each in usual]) for n in range(len(usual[0]))]) + page_s,
        compute_s=sum(seconds for name, seconds in longest.items() if name not in EXCHANGE),
        exchange_s=sum(longest.get(name, 0.0) for name in EXCHANGE) + page_s + (4 * HOP_S if workers > 1 else 0.0),
        evaluation_s=sum(low(each) for each in evaluating),
        start_s=max(sum(each.get(name, 0.0) for name in ("start", "begin")) for each in started),
        digest=answer["told"][-1]["digest"],
    )


def critical_path(workers: Sequence[Phases]) -> float:
    """Seconds of a step, each worker with a core of its own."""

    def spent(worker: Phases, names: Sequence[str]) -> float:
        return sum(worker.get(name, 0.0) for name in names)

    hop, at = HOP_S if len(workers) > 1 else 0.0, [0.0] * len(workers)
    for until_given, meanwhile in PARTS:
        given = [time + spent(worker, until_given) for time, worker in zip(at, workers, strict=True)]
        arrived = max(given) + hop
        at = [max(time + spent(worker, meanwhile), arrived) for time, worker in zip(given, workers, strict=True)]
    return max(time + spent(worker, LAST) for time, worker in zip(at, workers, strict=True))


def low(values: Sequence[float]) -> float:
    """Return a low quantile."""
    return sorted(values)[int(len(values) * LOW)]
