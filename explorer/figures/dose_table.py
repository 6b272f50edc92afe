"""Table of the dose-response figure: a row per condition with its numbers, controls and rates, and the reader's runs.

    columns, rows = table(evidence.conditions, runs, "own", "binding_accuracy")     # runs: those of `study.own_runs`

Shares are fractions in every column. Controls are named if their interval excludes chance, because then binding is no
evidence. Columns without information, such as that of hard negatives in a sweep without them, are left out.
"""

from collections.abc import Sequence

from explorer.evaluation.results import Estimate
from explorer.evaluation.sweep_evidence import Condition, OwnPoint
from explorer.figures.style import Cell, number, numbers

COLUMNS = (
    "condition", "mean", "low", "high", "chance", "n (seeds)", "seeds", "controls off chance",
    "images with a hard negative", "of them true", "distinct captions a batch", "captions true of another image",
    "steps", "batch", "learning rate", "series", "note",
)  # fmt: skip
RATES = ("hard_negatives", "hard_negatives_true")
SPARE = ("images with a hard negative", "series", "note")
WITHOUT = {"of them true": "images with a hard negative"}
"""Column that appears only with another one."""


def table(
    conditions: Sequence[Condition], runs: Sequence[OwnPoint], form: str, metric: str
) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """Return the columns with information, and a row per condition and per run of the reader."""
    rows = [*(_row(each, form, metric) for each in conditions), *(_run_row(each, form, metric) for each in runs)]
    idle = {name for place, name in enumerate(COLUMNS) if name in SPARE and not any(row[place] for row in rows)}
    kept = [place for place, name in enumerate(COLUMNS) if not {name, WITHOUT.get(name)} & idle]
    return tuple(COLUMNS[place] for place in kept), tuple(tuple(row[place] for place in kept) for row in rows)


def _row(condition: Condition, form: str, metric: str) -> tuple[Cell, ...]:
    """Return the cells of a condition."""
    found = condition.score(form, metric)
    mean = found.mean if found else Estimate.unmeasured()
    points = ", ".join(_share(point.estimate.value) for point in found.points) if found else ""
    note = condition.not_tested or (None if found else "no point")
    rates = condition.rates
    return (
        condition.label,
        *numbers(mean, "value", "low", "high", "chance"),
        mean.n,
        points,
        _off_chance(condition, form),
        *(number(rates.get(name)) for name in RATES),
        number(condition.distinct_captions, 1),
        number(rates.get("false_negatives")),
        condition.steps,
        condition.batch_size,
        condition.learning_rate,
        condition.series,
        note,
    )


def _run_row(run: OwnPoint, form: str, metric: str) -> tuple[Cell, ...]:
    """Return the cells of a reader's run, which is one seed: its interval is over scenes, as the note says."""
    found = run.forms[form][metric]
    note = f"your run {run.run}, seed {run.seed}; interval over {found.n} scenes"
    label, unknown = f"{run.condition} (your run)", (None,) * (len(RATES) + 2)
    budget = (run.steps, None, run.learning_rate)
    shares = numbers(found, "value", "low", "high")
    return (label, *shares, None, 1, _share(found.value), "", *unknown, *budget, "", note)


def _share(share: float | None) -> str:
    """Return a share as a fraction, to three digits, for a cell that holds several."""
    value = number(share, 3)
    return "-" if value is None else f"{value:g}"


def _off_chance(condition: Condition, form: str) -> str:
    """Return the controls of a form that are off chance, "none" if all are at chance, empty if none was evaluated."""
    asked = {name: forms[form] for name, forms in condition.controls.items() if form in forms}
    off = [f"{name.replace('_', ' ')} {_share(each.value)}" for name, each in asked.items() if each.is_off_chance]
    return ", ".join(off) or ("none" if asked else "")
