"""Whether a tab and the server learn alike: the pairs until a run binds, over seeds that both train.

    python -m tests.engine.equivalence rows.jsonl                              # hours; goes on where rows.jsonl ends
    python -m tests.engine.equivalence rows.jsonl --only incomplete --seeds 3 --places tab
    python -m tests.engine.equivalence rows.jsonl --report                     # of what is there

Both draw the same scenes for a seed; fresh weights differ, those of the server are torch's. Each preset gives the
difference of the mean logarithms of the pairs until bound, by the rule of `binding_step`, with its 90 % interval of
Welch; the mean of the differences of all presets has one of the same kind. The last line is JSON.
"""

import argparse
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, variance
from typing import Any

import torch
from scipy.special import stdtrit

from explorer.evaluation.report import QuickEvaluation
from explorer.evaluation.results import binding_step
from explorer.presets import PRESETS
from explorer.spec import RunSpec, evaluated_steps
from explorer.stats import welch_degrees_of_freedom
from explorer.world.worlds import WORLDS
from tests.benchmarks.models_here import make_pieces
from tests.engine.node import engine, order

FORMS = {"binding-friendly": ("canonical", 1), "incomplete": ("own", 1), "two-kinds": ("canonical", 4)}
"""The form that is asked in each preset, and how many times its steps are trained."""
UNBOUND = {"web-like": ("canonical", 1)}
PLACES = ("tab", "server")
CONFIDENCE, ALIKE = 0.9, (0.8, 1.25)
Rows = list[dict[str, Any]]


def spec_of(preset: str, seed: int) -> RunSpec:
    spec, times = PRESETS[preset].spec, (FORMS | UNBOUND)[preset][1]
    return replace(spec, train=replace(spec.train, seed=seed, steps=times * spec.train.steps))


def train_in_tab(spec: RunSpec, form: str) -> tuple[list[tuple[int, float]], str]:
    """The curve of lower bounds by the engine in Node, on one thread, and the digest of the last weights."""
    with tempfile.TemporaryDirectory() as folder, engine(Path(folder)) as ask:
        told = ask("train", order=order(spec))["told"]
    scored = [each for each in told if each["kind"] == "evaluation" and each["step"]]
    return [(each["step"], each["scores"][form]["binding_accuracy"]["low"]) for each in scored], told[-1]["digest"]


def train_on_server(spec: RunSpec, form: str) -> list[tuple[int, float]]:
    """The same by the server's loop, on one thread."""
    torch.set_num_threads(1)
    pieces, curve = make_pieces(spec), []
    evaluation = QuickEvaluation(pieces.clip, WORLDS[spec.data.world], spec.data, seed=0)
    for record in pieces.training().records():
        if record.step in evaluated_steps(spec.train.steps):
            low = evaluation.measure_form(form)["binding_accuracy"].low
            assert low is not None
            curve.append((record.step, low))
    return curve


def measure_run(preset: str, seed: int, place: str) -> dict[str, Any]:
    """One run; `pairs` until it binds, None if it does not. Of a tab, `digest` says which weights it ended with."""
    spec, form = spec_of(preset, seed), (FORMS | UNBOUND)[preset][0]
    curve, digest = train_in_tab(spec, form) if place == "tab" else (train_on_server(spec, form), None)
    step = binding_step(curve, has_ended=True)
    pairs = None if step is None else step * spec.train.batch_size
    row = {"preset": preset, "seed": seed, "place": place, "form": form, "pairs": pairs, "last": curve[-1][1]}
    return row if digest is None else {**row, "digest": digest}


def compare_runs(rows: Rows) -> dict[str, Any]:
    """Each preset and the mean over them; a ratio is tab / server."""
    ratios: dict[str, Any] = {}
    parts: list[tuple[float, list[float], list[int]]] = []
    for preset in FORMS:
        logs = []
        for place in PLACES:
            pairs = [row["pairs"] for row in rows if (row["preset"], row["place"]) == (preset, place)]
            logs.append([math.log(each) for each in pairs if each is not None])
            ratios[f"{preset} {place}"] = {"runs": len(pairs), "bound": len(logs[-1])}
        counts = [ratios[f"{preset} {place}"] for place in PLACES]
        # A run that does not bind has no logarithm, and leaving it out would favor its place.
        if any(each["bound"] < 2 or each["bound"] < each["runs"] for each in counts):
            continue
        errors = [variance(each) / len(each) for each in logs]
        parts.append((fmean(logs[0]) - fmean(logs[1]), errors, [len(each) for each in logs]))
        ratios[preset] = _ratio(*parts[-1], of=1)
    if len(parts) == len(FORMS):
        difference = fmean(each[0] for each in parts)
        errors = [error for each in parts for error in each[1]]
        ratios["pooled"] = _ratio(difference, errors, [n for each in parts for n in each[2]], of=len(parts))
        ratios["is_alike"] = ALIKE[0] < ratios["pooled"]["low"] and ratios["pooled"]["high"] < ALIKE[1]
    ratios["web-like bound"] = sum(row["pairs"] is not None for row in rows if row["preset"] in UNBOUND)
    return ratios


def _ratio(difference: float, errors: Sequence[float], counts: Sequence[int], *, of: int) -> dict[str, float]:
    """The ratio with its interval, from squared standard errors of the logarithms whose differences are averaged."""
    error = math.sqrt(sum(errors)) / of
    half = error * float(stdtrit(welch_degrees_of_freedom(errors, counts), (1 + CONFIDENCE) / 2)) if error else 0.0
    return {name: math.exp(difference + sign * half) for name, sign in (("low", -1), ("ratio", 0), ("high", 1))}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.engine.equivalence", description=__doc__.partition("\n")[0])
    parser.add_argument("rows", type=Path)
    parser.add_argument("--only", choices=[*FORMS, *UNBOUND])
    parser.add_argument("--places", nargs="+", choices=PLACES, default=PLACES)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--report", action="store_true", help="train nothing")
    options = parser.parse_args()
    rows: Rows = [json.loads(line) for line in options.rows.read_text().splitlines()] if options.rows.exists() else []
    done = {(row["preset"], row["seed"], row["place"]) for row in rows}
    for seed in range(0 if options.report else options.seeds):
        for preset in [options.only] if options.only else [*FORMS, *UNBOUND]:
            for place in options.places:
                if (preset, seed, place) in done or (preset in UNBOUND and seed >= 5):
                    continue
                rows.append(measure_run(preset, seed, place))
                with options.rows.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
                print(rows[-1], flush=True)
    print(json.dumps(compare_runs(rows)))


if __name__ == "__main__":
    main()
