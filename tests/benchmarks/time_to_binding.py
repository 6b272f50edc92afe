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
    query,
    start_on_page,
    wait_for_spare,
)
from tests.benchmarks.step_parts import shares

KEYS = (
    "ours_s",
    "two_kinds_s",
    "peer_s",
    "ratio",
    "peer_censored",
    "peer_accuracy",
    "machine_unit_s",
    "ours_seeds_s",
    "two_kinds_seeds_s",
    "peer_seeds_s",
    "ours_split_s",
    "two_kinds_split_s",
)
CENSORED = 8.0
"""Times our seconds that the peer gets."""
MOST_PAIRS = 46_080
PATIENCE_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """A training that goes on until it binds."""

    preset: str
    threshold: float
    train: tuple[tuple[str, Any], ...] = ()

    def spec(self, seed: int, times: int = 1) -> RunSpec:
        """The preset with that seed, and its steps so many times."""
        spec = with_train(preset(self.preset).spec, **dict(self.train), seed=seed)
        return with_train(spec, steps=spec.train.steps * times)


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Amount of work: seeds, steps, cases."""

    seeds: tuple[int, ...] = (0, 1, 2)
    peer_seeds: tuple[int, ...] = (0,)
    most_times: int = 4
    rate_steps: int = 60
    num_weights: int = 40
    friendly: Case = Case(preset="binding-friendly", threshold=0.99)
    two_kinds: Case = Case(preset="two-kinds", threshold=0.90)


_SHORT = (("batch_size", 32), ("steps", 4))
FULL = Effort()
QUICK = Effort(
    seeds=(0,),
    most_times=1,
    rate_steps=4,
    num_weights=3,
    friendly=Case(preset="binding-friendly", threshold=0.0, train=_SHORT),
    two_kinds=Case(preset="two-kinds", threshold=0.0, train=_SHORT),
)


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
    friendly = [_until_it_binds(effort, effort.friendly, seed) for seed in effort.seeds]
    figures = _ours("ours", friendly, effort.friendly, unit)
    two_kinds = [_until_it_binds(effort, effort.two_kinds, seed) for seed in effort.seeds]
    figures |= _ours("two_kinds", two_kinds, effort.two_kinds, unit)
    figures |= _peer(effort, figures["ours_s"])
    figures["machine_unit_s"] = unit
    _show(figures)
    return figures


def _until_it_binds(effort: Effort, case: Case, seed: int) -> Found:
    times = 1
    while True:
        found = _one_run(case.spec(seed, times), case.threshold)
        if found.seconds is not None or times >= effort.most_times:
            return found
        times *= 2


def _one_run(spec: RunSpec, threshold: float) -> Found:
    """One run in an app of its own."""
    with app_server() as app, browser() as chromium:
        wait_for_spare(app)
        if chromium is None:
            folder = app.store.create(spec)
            with polling(app, folder.run):
                return _watch(folder, spec, threshold)
        page = open_page(chromium, app.url + _address(spec))
        return _watch(start_on_page(app, page), spec, threshold)


def _address(spec: RunSpec) -> str:
    base, train = preset(spec.preset or "").spec.train, spec.train
    names = ("batch_size", "steps", "seed")
    changed = {name: getattr(train, name) for name in names if getattr(train, name) != getattr(base, name)}
    return query({"tab": "train", "preset": spec.preset, **changed})


def _watch(folder: RunFolder, spec: RunSpec, threshold: float) -> Found:
    """Read the run's lines as they come, until it binds or ends."""
    pressed, start_s, steps_s = folder.status().created, 0.0, 0.0
    if folder.spec_record()["train"]["steps"] != spec.train.steps:
        raise RuntimeError("the page started another run than its address says")
    seconds: float | None = None
    line: dict[str, Any] = {"step": 0}
    evaluation: dict[str, Any] = {}
    for at, line in lines_as_they_come(folder, PATIENCE_S):
        start_s = start_s or at - pressed - line["seconds"]
        steps_s += line["seconds"]
        evaluation = line.get("evaluation", evaluation)
        if "evaluation" in line and _canonical(line) >= threshold:
            seconds = at - pressed
            break
    shares_found = {form: each["binding_accuracy"]["value"] for form, each in evaluation.items()}
    return Found(
        seed=spec.train.seed,
        seconds=seconds,
        step=line["step"],
        steps=spec.train.steps,
        accuracy=shares_found.get("canonical") or 0.0,
        own_accuracy=shares_found.get("own") or 0.0,
        start_s=start_s,
        steps_s=steps_s,
    )


def _canonical(line: dict[str, Any]) -> float:
    return float(line["evaluation"]["canonical"]["binding_accuracy"]["value"])


def _ours(name: str, found: list[Found], case: Case, unit: float) -> dict[str, Any]:
    """The figures of one case; the split is that of the middle seed."""
    reached = sorted((each for each in found if each.seconds is not None), key=lambda each: each.seconds or 0.0)
    figures: dict[str, Any] = {
        f"{name}_seeds_s": [each.seconds for each in found],
        f"{name}_steps": [each.step for each in found],
        f"{name}_budget_steps": [each.steps for each in found],
        f"{name}_accuracy": [each.accuracy for each in found],
        f"{name}_own_accuracy": [each.own_accuracy for each in found],
    }
    if 2 * len(reached) <= len(found):
        return figures | {f"{name}_s": None, f"{name}_units": None, f"{name}_split_s": None}
    middle = sorted(found, key=lambda each: each.seconds or float("inf"))[(len(found) - 1) // 2]
    assert middle.seconds is not None
    return figures | {
        f"{name}_s": middle.seconds,
        f"{name}_units": middle.seconds / unit,
        f"{name}_split_s": _split(middle, case),
    }


def _split(found: Found, case: Case) -> dict[str, float]:
    """Seconds by what they were spent on."""
    use_worker_threads()
    parts = shares(make_pieces(case.spec(found.seed), device=devices()[-1]), steps=5)
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
        return dict.fromkeys(("peer_s", "ratio", "peer_censored", "peer_accuracy", "peer_seeds_s"))
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        spec = effort.friendly.spec(0)
        count = min(MOST_PAIRS, max(256, spec.train.steps * spec.train.batch_size))
        trial = write_pairs(Path(folder) / "trial", spec, count)
        losses = best_rate(Path(folder), trial, batch_size=spec.train.batch_size, steps=effort.rate_steps)
        rate = next(iter(losses))
        pace_s = _pace(Path(folder) / f"rate-{rate:g}", trial, spec)
        found = []
        for seed in effort.peer_seeds:
            here = Path(folder) / f"seed-{seed}"
            pairs = trial if seed == 0 else write_pairs(here, effort.friendly.spec(seed), count)
            found.append(_peer_run(here / "run", pairs, effort, seed, rate, ours_s, pace_s))
    middle = sorted(found, key=lambda each: (each.is_censored, each.seconds))[(len(found) - 1) // 2]
    return {
        "peer_s": middle.seconds,
        "peer_start_s": middle.start_s,
        "ratio": middle.seconds / ours_s,
        "peer_censored": middle.is_censored,
        "peer_accuracy": median(each.best for each in found),
        "peer_seeds_s": [each.seconds for each in found],
        "peer_losses": {f"{tried:g}": loss for tried, loss in losses.items()},
        "peer_rate": rate,
    }


def _pace(folder: Path, pairs: PeerPairs, spec: RunSpec) -> float:
    """Seconds a step of the trial."""
    times = PeerRun(folder, pairs, spec.train.batch_size, 0.0, 0).step_times()
    return (times[-1] - times[0]) / (len(times) - 1)


def _peer_run(
    folder: Path, pairs: PeerPairs, effort: Effort, seed: int, rate: float, ours_s: float, pace_s: float
) -> PeerFound:
    """Train for CENSORED times our seconds, its schedule as long as that, then look which weights were the first."""
    case, limit = effort.friendly, CENSORED * ours_s
    spec = case.spec(seed)
    steps = max(effort.num_weights, round(limit / pace_s))
    every = max(1, steps // effort.num_weights)
    run = PeerRun(
        folder, pairs, spec.train.batch_size, rate, steps, every=every, warmup=min(50, steps // 4), seed=seed,
        device=devices()[-1] if devices()[-1] == "cuda" else "cpu",
    )  # fmt: skip
    began = time.time()
    run.start()
    run.wait(limit)
    times, best = run.step_times(), 0.0
    start_s = times[0] - began if times else limit
    for step, weights in run.weights():
        now = accuracy(spec, pairs, weights)
        best = max(best, now)
        if now >= case.threshold:
            return PeerFound(seconds=times[step - 1] - began, start_s=start_s, is_censored=False, best=best)
    return PeerFound(seconds=limit, start_s=start_s, is_censored=True, best=best)


def _show(figures: dict[str, Any]) -> None:
    unit = f"one unit is {MACHINE_UNIT}"
    show(f"time_to_binding ({unit})", figures)
    bound = " or more: it did not come through" if figures["peer_censored"] else ""
    if figures["ratio"] is not None:
        print(f"  the peer, with the best of the rates {RATES}, needs {figures['ratio']:.2f} times our seconds{bound}")
