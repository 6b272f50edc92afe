"""A sweep that takes seconds: the tiny architecture, sixteen pairs a step, and workers that score few scenes.

sweep = toy_sweep()                             # friendly and incomplete, two learning rates, two seeds
runner = toy_runner(tmp_path)           # its workers are those of tests/unit/runs/tiny_worker.py
rows, about = toy_rows()                        # rows as a sweep leaves them, without training
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.resources import CHECKOUT
from explorer.runs.store import RunStore
from explorer.settings import Settings
from research.rows import Row
from research.sweep_runner import Manifest, SweepRunner
from research.sweeps import Condition, Sweep
from tests.unit.toys import TINY

TINY_WORKER = CHECKOUT / "tests" / "unit" / "runs" / "tiny_worker.py"


def toy_sweep(**changes: Any) -> Sweep:
    """Two conditions; fields can be replaced."""
    sweep = Sweep(
        name="toy",
        tier=1,
        claim="Fewer named objects, less binding.",
        paper="Incomplete captions hurt.",
        axis="completeness",
        preset="binding-friendly",
        changes={"model": "tiny", "batch_size": 16, "steps": 4},
        conditions=(
            Condition(label="complete", x="1"),
            Condition(label="half", x="0.5", changes={"caption_completeness": 0.5}),
        ),
        seeds=2,
        factors=(0.5, 1.0),
    )
    return replace(sweep, **changes)


def toy_runner(folder: Path, *, pause_s: float = 0.0, **settings: Any) -> SweepRunner:
    """A sweep runner in `folder` that appends what it tells to told.txt."""
    configs = folder / "configs"
    configs.mkdir(exist_ok=True)
    (configs / "tiny.json").write_text(json.dumps(TINY))
    worker = (sys.executable, str(TINY_WORKER), str(configs), str(pause_s))
    choices: dict[str, Any] = {"poll_s": 0.05, "threads": 1, "checkpoint_s": 0.0, "spare": False, "nice": 0} | settings

    def tell(sentence: str) -> None:
        with (folder / "told.txt").open("a") as file:
            file.write(sentence + "\n")

    return SweepRunner(
        store=RunStore(folder / "out" / "runs"),
        manifest=Manifest(folder / "out"),
        settings=Settings(worker_command=worker, **choices),
        tell=tell,
    )


def toy_row(condition: str, seed: int, binding: float, **changes: Any) -> Row:
    """A result of the toy sweep with that binding in every form, and controls at chance."""
    sweep = toy_sweep()
    chosen = {each.label: each for each in sweep.conditions}[condition]
    spec = sweep.spec(chosen, seed=seed, factor=1.0)
    row: Row = {
        "sweep": "toy", "condition": condition, "series": "", "x": chosen.x, "stage": "result", "seed": seed,
        "learning_rate": spec.train.learning_rate, "factor": 1.0, "key": f"{condition}-{seed}", "run": f"run-{seed}",
        "spec": json.dumps(spec.to_json()), "status": "finished", "is_point": True, "failed_to_train": False,
        "reason": None, "steps": 4, "batch_size": 16, "pairs": 64, "seconds": 2.0, "device": "cpu", "recipe": "abc",
        "versions": json.dumps({"torch": "2"}), "loss": 1.0, "chance_loss": 2.77, "distinct_captions": 12.0,
        "rate.hard_negatives": 0.0, "breakdown": "[]", "curve": "[]",
    }  # fmt: skip
    for form in ("canonical", "own", "complete"):
        row |= estimate_columns(f"{form}.binding_accuracy", binding)
        row |= estimate_columns(f"{form}.recognition_accuracy", 0.9)
        row |= estimate_columns(f"control.caption_only.{form}", 0.5)
    return row | changes


def estimate_columns(name: str, value: float) -> Row:
    """The columns of one estimate."""
    low, high = max(0.0, value - 0.03), min(1.0, value + 0.03)
    return {f"{name}.value": value, f"{name}.n": 1000, f"{name}.low": low, f"{name}.high": high, f"{name}.chance": 0.5}


def toy_rows(complete: list[float], half: list[float]) -> list[Row]:
    """Results of both conditions, a seed for each value."""
    by_condition = {"complete": complete, "half": half}
    return [toy_row(name, seed, value) for name, values in by_condition.items() for seed, value in enumerate(values)]


def make_rows(label: str, steps: Sequence[int | None], final: float = 0.9, **changes: Any) -> list[Row]:
    """A result of a condition for each seed, bound at these of 720 steps, with a final accuracy."""
    rows = []
    for seed, step in enumerate(steps):
        row: Row = {"condition": label, "seed": seed, "is_point": True, "steps": 720, "stage": "result"}
        row |= {"evaluation.seed": 10_000 + seed, "evaluation.count": 4000}
        row |= {"bound.canonical.step": step, "bound.own.step": step}
        for part, value in (("value", final + 0.001 * seed), ("n", 4000), ("low", 0.0), ("high", 1.0), ("chance", 0.5)):
            row |= {f"canonical.binding_accuracy.{part}": value, f"complete.parts_accuracy.{part}": value}
        rows.append(row | changes)
    return rows
