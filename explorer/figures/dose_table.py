"""Table of the dose-response figure: a row per condition with its numbers, controls and rates, and the reader's runs.

    columns, rows = table(evidence["conditions"], runs, "own", "binding_accuracy")     # runs: those of `study.own_runs`

Controls are named if their interval excludes chance, because then binding is no evidence. Columns without information,
such as that of hard negatives in a sweep without them, are left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.evaluation.results import is_off_chance
from explorer.figures.drawing import Cell
from explorer.figures.style import number, percent

COLUMNS = (
    "condition", "mean", "low", "high", "chance", "n (seeds)", "seeds", "controls off chance",
    "images with a hard negative", "of them true", "distinct captions a batch", "captions true of another image",
    "steps", "batch", "learning rate", "series", "note",
)  # fmt: skip
RATES = ("hard_negatives", "hard_negatives_true")
SPARE = ("images with a hard negative", "series", "note")
WITHOUT = {"of them true": "images with a hard negative"}
"""Column that appears only with another one."""


def score(condition: Mapping[str, Any], form: str, metric: str) -> Mapping[str, Any] | None:
    """Return the entry of a form and metric, None if it was not measured."""
    found: Mapping[str, Any] | None = condition["forms"].get(form, {}).get(metric)
    return found


def table(
    conditions: Sequence[Mapping[str, Any]], runs: Sequence[Mapping[str, Any]], form: str, metric: str
) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """Return the columns with information, and a row per condition and per run of the reader."""
    rows = [*(_row(each, form, metric) for each in conditions), *(_run_row(each, form, metric) for each in runs)]
    idle = {name for place, name in enumerate(COLUMNS) if name in SPARE and not any(row[place] for row in rows)}
    kept = [place for place, name in enumerate(COLUMNS) if not {name, WITHOUT.get(name)} & idle]
    return tuple(COLUMNS[place] for place in kept), tuple(tuple(row[place] for place in kept) for row in rows)


def _row(condition: Mapping[str, Any], form: str, metric: str) -> tuple[Cell, ...]:
    """Return the cells of a condition."""
    found = score(condition, form, metric)
    mean = found["mean"] if found else {"value": None, "low": None, "high": None, "chance": None, "n": 0}
    points = ", ".join(percent(point["value"]) for point in found["points"]) if found else ""
    note = condition["not_tested"] or (None if found else "no point")
    rates = condition["rates"]
    return (
        condition["label"],
        *(number(mean[part]) for part in ("value", "low", "high", "chance")),
        mean["n"],
        points,
        _off_chance(condition["controls"], form),
        *(number(rates.get(name)) for name in RATES),
        number(condition["distinct_captions"], 1),
        number(rates.get("false_negatives")),
        *(condition[name] for name in ("steps", "batch_size", "learning_rate", "series")),
        note,
    )


def _run_row(run: Mapping[str, Any], form: str, metric: str) -> tuple[Cell, ...]:
    """Return the cells of a reader's run, which is one seed: its interval is over scenes, as the note says."""
    found = run["forms"][form][metric]
    numbers = [number(found[part]) for part in ("value", "low", "high")]
    note = f"your run {run['run']}, seed {run['seed']}; interval over {found['n']} scenes"
    label, unknown = f"{run['condition']} (your run)", (None,) * (len(RATES) + 2)
    budget = (run["steps"], None, run["learning_rate"])
    return (label, *numbers, None, 1, percent(found["value"]), "", *unknown, *budget, "your runs", note)


def _off_chance(controls: Mapping[str, Mapping[str, Any]], form: str) -> str:
    """Return the controls of a form that are off chance, "none" if all are at chance, empty if none was evaluated."""
    asked = {name: forms[form] for name, forms in controls.items() if form in forms}
    off = [f"{name.replace('_', ' ')} {percent(each['value'])}" for name, each in asked.items() if is_off_chance(each)]
    return ", ".join(off) or ("none" if asked else "")
