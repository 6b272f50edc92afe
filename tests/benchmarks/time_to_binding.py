"""`time_to_binding`: seconds from Start until a quick evaluation finds that the model binds; beside it the peer's.

The app serves a page in a real browser that is open on the run (without a Chromium nobody looks), a spare worker has
its imports done, Start is pressed on the page, and the line of metrics.jsonl with the first canonical binding accuracy
at or above the threshold stops the clock, the evaluation itself included. Each seed has an app of its own, so that no
run warms another. The presets' own steps are given; where a run ends below the threshold it is done again with twice as
many, and the time is that of the run that came through.

The peer (see `peer`) is timed from the start of its process to the first of its weights that reach the same accuracy
in the same evaluation, or for CENSORED times our seconds: then `peer_censored` is true and the ratio a lower bound.
"""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from explorer.presets import get_preset
from explorer.runs.folder import RunFolder
from explorer.spec import RunSpec
from tests.benchmarks.machine import MACHINE_UNIT, devices, machine_unit_s, show_rows
from tests.benchmarks.models_here import change_training
from tests.benchmarks.peer import RATES, PeerRun, accuracy, best_rate, write_pairs
from tests.benchmarks.server import app_server, browser, lines_as_they_come, start_on_page, wait_for_spare

OF_THE_PEER = ("peer_s", "peer_start_s", "ratio", "peer_censored", "peer_accuracy", "peer_losses", "peer_rate")
KEYS = (
    "ours_s", "two_kinds_s", *OF_THE_PEER, "machine_unit_s", "ours_seeds_s", "two_kinds_seeds_s",
)  # fmt: skip
CENSORED = 8.0
"""Times our seconds that the peer gets."""
MAX_PAIRS = 46_080
PATIENCE_S = 3600.0
FRIENDLY = "binding-friendly"


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Amount of work: seeds, steps, and the accuracy that stops the clock with the friendly preset and two kinds."""

    thresholds: tuple[float, float] = (0.99, 0.90)
    seeds: tuple[int, ...] = (0, 1, 2)
    max_times: int = 4
    rate_steps: int = 60
    num_weights: int = 40
    changes: Mapping[str, int] = field(default_factory=dict)

    def spec(self, name: str, seed: int = 0, times: int = 1) -> RunSpec:
        """A preset with that seed, and its steps so many times."""
        spec = change_training(get_preset(name).spec, **self.changes)
        return change_training(spec, seed=seed, steps=spec.train.steps * times)


FULL = Effort()
QUICK = Effort(
    thresholds=(0.0, 0.0), seeds=(0,), max_times=1, rate_steps=4, num_weights=3, changes={"batch_size": 32, "steps": 4}
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Our run: None for `seconds` where it never came through."""

    spec: RunSpec
    seconds: float | None
    step: int
    accuracy: float
    start_s: float


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    effort = QUICK if quick else FULL
    unit = machine_unit_s()
    figures: dict[str, Any] = {"machine_unit_s": unit}
    for name, of, threshold in zip(("ours", "two_kinds"), (FRIENDLY, "two-kinds"), effort.thresholds, strict=True):
        times = [_until_it_binds(effort, of, seed, threshold) for seed in effort.seeds]
        figures |= {f"{name}_{key}": value for key, value in _ours(times, unit).items()}
    figures |= _peer(effort, figures["ours_s"])
    show_rows(f"time_to_binding (one unit is {MACHINE_UNIT})", figures)
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
            else:
                folder = app.store.get(start_on_page(chromium, f"{app.url}?{_query(spec)}"))
            watched = _watch(folder, spec, threshold)
        if watched.seconds is not None or times >= effort.max_times:
            return watched
        times *= 2


def _query(spec: RunSpec) -> str:
    base, train = get_preset(spec.preset or "").spec.train, spec.train
    names = ("batch_size", "steps", "seed")
    changed = {name: getattr(train, name) for name in names if getattr(train, name) != getattr(base, name)}
    return urlencode({"tab": "bench", "preset": spec.preset, **changed})


def _watch(folder: RunFolder, spec: RunSpec, threshold: float) -> Found:
    """Read the run's lines as they come, until it binds or ends."""
    pressed, start_s, bound = folder.status().created, 0.0, 0.0
    if folder.spec_record()["train"]["steps"] != spec.train.steps:
        raise RuntimeError("the page started another run than its address says")
    seconds, line = None, {"step": 0}
    for at, line in lines_as_they_come(folder, PATIENCE_S):
        start_s = start_s or at - pressed - line["seconds"]
        if "evaluation" in line:
            bound = float(line["evaluation"]["canonical"]["binding_accuracy"]["value"])
            if bound >= threshold:
                seconds = at - pressed
                break
    return Found(spec=spec, seconds=seconds, step=line["step"], accuracy=bound, start_s=start_s)


def _ours(times: list[Found], unit: float) -> dict[str, Any]:
    """The figures of one case: those of the middle seed, None where less than half came through."""
    ordered = sorted(times, key=lambda each: each.seconds or float("inf"))
    middle = ordered[(len(times) - 1) // 2]
    return {
        "s": middle.seconds,
        "units": middle.seconds and middle.seconds / unit,
        "start_s": middle.start_s,
        "seeds_s": [each.seconds for each in times],
        "steps": [each.step for each in times],
        "budget_steps": [each.spec.train.steps for each in times],
        "accuracy": [each.accuracy for each in times],
    }


def _peer(effort: Effort, ours_s: float | None) -> dict[str, Any]:
    """Train the peer for CENSORED times our seconds, its schedule as long as that; which weights are the first."""
    if ours_s is None:
        return dict.fromkeys(OF_THE_PEER)
    spec, limit = effort.spec(FRIENDLY), CENSORED * ours_s
    size = spec.train.batch_size
    with tempfile.TemporaryDirectory(prefix="peer-") as name:
        folder = Path(name)
        pairs = write_pairs(folder / "pairs", spec, min(MAX_PAIRS, max(256, spec.train.steps * size)))
        trial, losses = best_rate(folder, pairs, batch_size=size, steps=effort.rate_steps)
        times = trial.step_times()
        steps = max(effort.num_weights, round(limit * (len(times) - 1) / (times[-1] - times[0])))
        began = time.time()
        peer = PeerRun(
            folder / "run", pairs, size, trial.rate, steps, every=max(1, steps // effort.num_weights),
            warmup=min(50, steps // 4), device="cuda" if devices()[-1] == "cuda" else "cpu",
        )  # fmt: skip
        peer.wait(limit)
        times, best, seconds = peer.step_times(), 0.0, None
        for step, weights in peer.weights():
            best = max(best, accuracy(spec, pairs, weights))
            if best >= effort.thresholds[0]:
                seconds = times[step - 1] - began
                break
    peer_s, start_s = seconds or limit, times[0] - began if times else limit
    row = (peer_s, start_s, peer_s / ours_s, seconds is None, best, losses, trial.rate)
    return dict(zip(OF_THE_PEER, row, strict=True))
