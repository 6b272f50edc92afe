"""Results of the fourth edition as a test states them: times and ends of its cells, without a training.

made = [made_result("map", "named 1, told 1", 40, bound=13_056, ends=0.98)]
write_made(folder, made)                          # as the runner appends them
made_cell("map", "named 1, told 1", [13_056, 14_848, 11_520, 13_056, None])
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer.codec import JsonDict, decode, encode
from explorer.contract import CONTRACT
from explorer.stats import wilson_interval
from research.engine_results import TrainedResult, results_file
from research.fourth import chain_key, get_engine_sweep

SCENES = 300
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of a phase at which it is evaluated."""
EARLY = 20_224
"""Pairs until fresh weights are bound, where a test states no time."""


def made_result(
    sweep: str,
    label: str,
    seed: int,
    *,
    bound: int | None = None,
    ends: float | None = None,
    single: tuple[int | None, float] | None = None,
    way: Sequence[float] | None = None,
) -> TrainedResult:
    """Return a result of a cell: bound at a time, or not, and its binding at the end and on the way there.

    `single` are time and end of the single object, where they differ from those of the canonical pair.
    """
    cell = get_engine_sweep(sweep).cell(label)
    specs = cell.specs(seed)
    last = ends if ends is not None else (0.98 if bound is not None else 0.55)
    values = [*(way or [0.5 + (last - 0.5) * share for share in STEPS[:-1]]), last]
    other_time, other_end = single if single is not None else (bound, last)
    size = specs[-1].train.batch_size
    steps = [round(share * specs[-1].train.steps) for share in STEPS]
    curve = [
        {"step": step, "forms": {form: _asked(value if form != "single" or step < steps[-1] else other_end)
                                 for form in ("canonical", "own", "single")}}
        for step, value in zip(steps, values, strict=True)
    ]  # fmt: skip
    before = [[[round(share * spec.train.steps), _asked(0.5 + 0.48 * share)] for share in STEPS] for spec in specs[:-1]]
    digest = hashlib.sha256(f"{sweep} {label} {seed}".encode()).hexdigest()
    return decode(TrainedResult, {
        "sweep": sweep, "condition": label, "seed": seed, "key": chain_key(specs, seed=seed),
        "engine": CONTRACT.engine_version, "date": "2026-12-01", "digest": digest,
        "pairs": specs[-1].train.steps * size,
        "bound": {"canonical": bound, "own": bound, "single": other_time},
        "read": {"canonical": 1.0, "single": 0.0},
        "phases": [{"spec": spec.to_json(), "digests": [[spec.train.steps, digest]], "digest": digest, "loss": 0.5,
                    "core_s": 60.0} for spec in specs],
        "curve": curve, "curves_before": before,
    })  # fmt: skip


def _asked(value: float) -> JsonDict:
    low, _ = wilson_interval(round(value * SCENES), SCENES)
    return {key: [value, round(low, 5), SCENES] for key in ("binding_accuracy", "smaller_first", "larger_first")}


def made_cell(sweep: str, label: str, times: Sequence[int | None], **about: Any) -> list[TrainedResult]:
    """Return a result of a cell for each time, seed after seed."""
    seeds = get_engine_sweep(sweep).all_seeds
    return [made_result(sweep, label, seed, bound=time, **about) for seed, time in zip(seeds, times, strict=False)]


def made_ends(sweep: str, label: str, ends: Sequence[float], **about: Any) -> list[TrainedResult]:
    """Return a result of a cell for each binding at the end, seed after seed; after other phases one binds at once."""
    seeds = get_engine_sweep(sweep).all_seeds
    bound = 0 if len(get_engine_sweep(sweep).cell(label).phases) > 1 else EARLY
    return [
        made_result(sweep, label, seed, bound=bound if end > 0.8 else None, ends=end, **about)
        for seed, end in zip(seeds, ends, strict=False)
    ]


def made_loop(
    down: Mapping[float, float], up: Mapping[float, float], *, seeds: int = 3, **about: Any
) -> list[TrainedResult]:
    """Return the loop with these ends at each share, the same for so many seeds but for a hundredth."""
    made = []
    for cell in get_engine_sweep("loop").cells:
        way, _, share = cell.label.partition(" to ")
        end = (down if way == "down" else up)[float(share)]
        made += made_ends("loop", cell.label, [end, end - 0.01, end - 0.02][:seeds], **about)
    return made


def write_made(folder: Path, results: Sequence[TrainedResult]) -> Path:
    """Append results to the files of their sweeps; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        with results_file(folder, result.sweep).open("a", encoding="utf-8") as file:
            file.write(json.dumps(encode(result)) + "\n")
    return folder
