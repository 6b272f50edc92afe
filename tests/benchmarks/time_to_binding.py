"""`time_to_binding`: seconds from Start until a quick evaluation finds that the model binds; beside it the peer's.

The app serves a page in a real browser that is open on the run (without a Chromium a thread asks for its status once a
second), a spare worker has its imports done, Start is pressed on the page, and the line of metrics.jsonl with the first
canonical binding accuracy at or above the threshold stops the clock, the evaluation itself included. Each seed has an
app of its own, so that no run warms another. The presets' own steps are given; where a run ends below the threshold it
is done again with twice as many, and the time is that of the run that came through.

The split of our seconds: `start` is from Start to the beginning of the first step, the steps have the seconds of their
records, shared among data, forward, backward and optimizer as in a separate pass of the same loop in this process (see
`step_parts`), and `evaluation` is the rest: quick evaluations, snapshots, checkpoints, the files of the run.

The peer (see `peer`) is timed from the start of its process to the first of its weights that reach the same accuracy
in the same evaluation, or for CENSORED times our seconds: then `peer_censored` is true and the ratio a lower bound.
"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from explorer.presets import preset
from explorer.runs.store import RunFolder
from explorer.spec import RunSpec
from tests.benchmarks.machine import MACHINE_UNIT, devices, machine_unit_s, show, use_worker_threads
from tests.benchmarks.models_here import make_pieces, with_train
from tests.benchmarks.peer import RATES, PeerPairs, PeerRun, accuracy, best_rate, write_pairs
from tests.benchmarks.server import (
    app_server,
    browser,
    lines_as_they_come,
    open_page,
    polling,
    start_on_page,
    wait_for_spare,
)
from tests.benchmarks.step import shares

OF_THE_PEER = ("peer_s", "ratio", "peer_censored", "peer_accuracy", "peer_seeds_s")
KEYS = (
    "ours_s", "two_kinds_s", *OF_THE_PEER, "machine_unit_s", "ours_seeds_s", "two_kinds_seeds_s", "ours_split_s",
    "two_kinds_split_s",
)  # fmt: skip
CENSORED = 8.0
"""Times our seconds that the peer gets."""
MOST_PAIRS = 46_080
PATIENCE_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Amount of work: seeds, steps, and the accuracy that stops the clock, by preset."""

    thresholds: tuple[tuple[str, str, float], ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    most_times: int = 4
    rate_steps: int = 60
    num_weights: int = 40
    changes: tuple[tuple[str, Any], ...] = ()

    def spec(self, name: str, seed: int = 0, times: int = 1) -> RunSpec:
        """A preset with that seed, and its steps so many times."""
        spec = with_train(preset(name).spec, **dict(self.changes))
        return with_train(spec, seed=seed, steps=spec.train.steps * times)


FRIENDLY = "binding-friendly"
FULL = Effort(thresholds=(("ours", FRIENDLY, 0.99), ("two_kinds", "two-kinds", 0.90)))
QUICK = Effort(
    thresholds=(("ours", FRIENDLY, 0.0), ("two_kinds", "two-kinds", 0.0)), seeds=(0,), most_times=1, rate_steps=4,
    num_weights=3, changes=(("batch_size", 32), ("steps", 4)),
)  # fmt: skip
PEER_SEEDS = (0,)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Our run: None for `seconds` where it never came through."""

    seed: int
    seconds: float | None
    step: int
    steps: int
    accuracy: float
    own_accuracy: float
    start_s: float
    steps_s: float


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    effort = QUICK if quick else FULL
    unit = machine_unit_s()
    figures: dict[str, Any] = {"machine_unit_s": unit}
    for name, of, threshold in effort.thresholds:
        found = [_until_it_binds(effort, of, seed, threshold) for seed in effort.seeds]
        figures |= _ours(name, found, effort.spec(of), unit)
    figures |= _peer(effort, figures["ours_s"])
    show(f"time_to_binding (one unit is {MACHINE_UNIT})", figures)
    if figures["ratio"] is not None:
        more = " or more: it did not come through" if figures["peer_censored"] else ""
        print(f"  the peer, with the best of the rates {RATES}, needs {figures['ratio']:.2f} times our seconds{more}")
    return figures


def _until_it_binds(effort: Effort, name: str, seed: int, threshold: float) -> Found:
    """A run in an app of its own, again with twice the steps where it ends below the threshold."""
    times = 1
    while True:
        spec = effort.spec(name, seed, times)
        with app_server() as app, browser() as chromium:
            wait_for_spare(app)
            if chromium is None:
                folder = app.store.create(spec)
                with polling(app, folder.run):
                    found = _watch(folder, spec, threshold)
            else:
                page = open_page(chromium, f"{app.url}?{_query(spec)}")
                found = _watch(start_on_page(app, page), spec, threshold)
        if found.seconds is not None or times >= effort.most_times:
            return found
        times *= 2


def _query(spec: RunSpec) -> str:
    base, train = preset(spec.preset or "").spec.train, spec.train
    names = ("batch_size", "steps", "seed")
    changed = {name: getattr(train, name) for name in names if getattr(train, name) != getattr(base, name)}
    return urlencode({"tab": "train", "preset": spec.preset, **changed})


def _watch(folder: RunFolder, spec: RunSpec, threshold: float) -> Found:
    """Read the run's lines as they come, until it binds or ends."""
    pressed, start_s, steps_s = folder.status().created, 0.0, 0.0
    if folder.spec_record()["train"]["steps"] != spec.train.steps:
        raise RuntimeError("the page started another run than its address says")
    seconds: float | None = None
    line: dict[str, Any] = {"step": 0}
    shares_found: dict[str, float] = {}
    for at, line in lines_as_they_come(folder, PATIENCE_S):
        start_s = start_s or at - pressed - line["seconds"]
        steps_s += line["seconds"]
        for form, each in line.get("evaluation", {}).items():
            shares_found[form] = float(each["binding_accuracy"]["value"])
        if "evaluation" in line and shares_found["canonical"] >= threshold:
            seconds = at - pressed
            break
    return Found(
        seed=spec.train.seed,
        seconds=seconds,
        step=line["step"],
        steps=spec.train.steps,
        accuracy=shares_found.get("canonical", 0.0),
        own_accuracy=shares_found.get("own", 0.0),
        start_s=start_s,
        steps_s=steps_s,
    )


def _ours(name: str, found: list[Found], spec: RunSpec, unit: float) -> dict[str, Any]:
    """The figures of one case; the split is that of the middle seed."""
    num_reached = sum(each.seconds is not None for each in found)
    figures: dict[str, Any] = {
        f"{name}_seeds_s": [each.seconds for each in found],
        f"{name}_steps": [each.step for each in found],
        f"{name}_budget_steps": [each.steps for each in found],
        f"{name}_accuracy": [each.accuracy for each in found],
        f"{name}_own_accuracy": [each.own_accuracy for each in found],
    }
    if 2 * num_reached <= len(found):
        return figures | dict.fromkeys((f"{name}_s", f"{name}_units", f"{name}_split_s"))
    middle = sorted(found, key=lambda each: each.seconds or float("inf"))[(len(found) - 1) // 2]
    assert middle.seconds is not None
    figures |= {f"{name}_s": middle.seconds, f"{name}_units": middle.seconds / unit}
    return figures | {f"{name}_split_s": _split(middle, spec)}


def _split(found: Found, spec: RunSpec) -> dict[str, float]:
    """Seconds by what they were spent on."""
    use_worker_threads()
    parts = shares(make_pieces(with_train(spec, seed=found.seed), device=devices()[-1]), steps=5)
    rest = (found.seconds or 0.0) - found.start_s - found.steps_s
    spent = {part: share * found.steps_s for part, share in parts.items()}
    return {"start": found.start_s, **spent, "evaluation": max(0.0, rest)}


@dataclass(frozen=True, kw_only=True)
class PeerFound:
    """The peer's run: `seconds` until it binds, or those that it had."""

    seconds: float
    start_s: float
    is_censored: bool
    best: float


def _peer(effort: Effort, ours_s: float | None) -> dict[str, Any]:
    """The figures of the peer, on the first case."""
    if ours_s is None:
        return dict.fromkeys(OF_THE_PEER)
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        spec = effort.spec(FRIENDLY)
        count = min(MOST_PAIRS, max(256, spec.train.steps * spec.train.batch_size))
        trial = write_pairs(Path(folder) / "trial", spec, count)
        best, losses = best_rate(Path(folder), trial, batch_size=spec.train.batch_size, steps=effort.rate_steps)
        found = []
        for seed in PEER_SEEDS:
            here = Path(folder) / f"seed-{seed}"
            pairs = trial if seed == 0 else write_pairs(here, effort.spec(FRIENDLY, seed), count)
            found.append(_peer_run(here / "run", pairs, effort, seed, best, ours_s))
    middle = sorted(found, key=lambda each: (each.is_censored, each.seconds))[(len(found) - 1) // 2]
    return {
        "peer_s": middle.seconds,
        "peer_start_s": middle.start_s,
        "ratio": middle.seconds / ours_s,
        "peer_censored": middle.is_censored,
        "peer_accuracy": median(each.best for each in found),
        "peer_seeds_s": [each.seconds for each in found],
        "peer_losses": {f"{tried:g}": loss for tried, loss in losses.items()},
        "peer_rate": best.rate,
    }


def _peer_run(folder: Path, pairs: PeerPairs, effort: Effort, seed: int, trial: PeerRun, ours_s: float) -> PeerFound:
    """Train for CENSORED times our seconds, its schedule as long as that, then look which weights were the first."""
    limit, threshold = CENSORED * ours_s, effort.thresholds[0][2]
    spec, times = effort.spec(FRIENDLY, seed), trial.step_times()
    pace_s = (times[-1] - times[0]) / (len(times) - 1)
    steps = max(effort.num_weights, round(limit / pace_s))
    began = time.time()
    run = PeerRun(
        folder, pairs, spec.train.batch_size, trial.rate, steps, every=max(1, steps // effort.num_weights),
        warmup=min(50, steps // 4), seed=seed, device="cuda" if devices()[-1] == "cuda" else "cpu",
    )  # fmt: skip
    run.wait(limit)
    times, best = run.step_times(), 0.0
    start_s = times[0] - began if times else limit
    for step, weights in run.weights():
        now = accuracy(spec, pairs, weights)
        best = max(best, now)
        if now >= threshold:
            return PeerFound(seconds=times[step - 1] - began, start_s=start_s, is_censored=False, best=best)
    return PeerFound(seconds=limit, start_s=start_s, is_censored=True, best=best)
