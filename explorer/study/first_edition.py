"""The frozen evidence of the first edition in words, for its pages.

    counted(evidence, "own")                 # ({"agrees": 3, "undecided": 1}, True)
    origin(evidence)                         # budget, date, devices, versions, recipe, and the command

Its documents, JSON files and pictures are data: nothing here or elsewhere makes them again.
"""

from collections.abc import Callable, Sequence

from explorer.evaluation.sweep_evidence import Comparison, Condition, Evidence, Tuning
from explorer.study.sweeps import START, START_WORDS, Sweep
from explorer.study.words import percent

SAME = 0.05
"""A change that is surely smaller was called no effect."""


def counted(evidence: Evidence, form: str) -> tuple[dict[str, int], bool]:
    """Count the verdicts, and return True if they are those on directions that the paper states.

    If it states none, all comparisons are counted.
    """
    found = [each for each in evidence.contrasts if each.form == form]
    stated = [each for each in found if each.direction != "ours"]
    words = [each.word for each in stated or found]
    return {word: words.count(word) for word in dict.fromkeys(words)}, bool(stated)


def left_out(sweep: Sweep, evidence: Evidence) -> str:
    """Name the declared conditions that were not run, in a sentence; nothing if all were."""
    known = {condition.label for condition in evidence.conditions}
    left = [condition.label for condition in sweep.conditions if condition.label not in known]
    return f"Declared and not run, for want of time: {'; '.join(left)}." if left else ""


def tunings(evidence: Evidence, name: Callable[[str], str] = str) -> tuple[str, list[str], list[list[str]]]:
    """Return the introduction, head and rows of the table of fine-tuned models; no rows if there are none.

    `name` words a form of caption.
    """
    known = [(condition, condition.tuning) for condition in evidence.conditions if condition.tuning]
    if not known:
        return "", [], []
    metrics, start = (evidence.metric, *evidence.beside), name(START)
    there = f"{known[0][1].binding:.0%}"
    words = (
        f"{start}: {START_WORDS}. Arrived: the first quick evaluation, of 400 scenes, with {there}"
        f" {name('canonical')} binding."
    )
    columns = [f"{_metric(metric)}, {start}, {when}" for metric in metrics for when in ("before", "after")]
    return words, ["condition", "pairs until it arrived", *columns], [_tuning(*each, metrics) for each in known]


def _tuning(condition: Condition, tuning: Tuning, metrics: Sequence[str]) -> list[str]:
    """Return a row: the condition, its arrival, each metric before and after."""
    forms = (tuning.before, condition.forms.get(START, {}))
    cells = [percent(form[metric].mean) if metric in form else "-" for metric in metrics for form in forms]
    return [condition.label, _arrival(tuning), *cells]


def _arrival(tuning: Tuning) -> str:
    """Return the mean over the seeds that arrived, with their number if not all did."""
    mean, arrivals = tuning.mean, tuning.arrivals
    if not mean.n:
        return f"none of {len(arrivals)} seeds"
    interval = "" if mean.low is None else f" ({max(0, mean.low):,.0f} to {mean.high:,.0f})"
    some = "" if mean.n == len(arrivals) else f", {mean.n} of {len(arrivals)} seeds"
    return f"{mean.value:,.0f}{interval}{some}"


def controls(evidence: Evidence, name: Callable[[str], str] = str) -> str:
    """Name the controls off chance and their forms, which `name` words."""
    off = [
        f"{control.replace('_', ' ')} {each.value:.0%} in {name(form)} captions of {condition.label}"
        for condition in evidence.conditions
        for control, forms in condition.controls.items()
        for form, each in forms.items()
        if each.is_off_chance
    ]
    count = sum(len(forms) for condition in evidence.conditions for forms in condition.controls.values())
    listed = f": {'; '.join(off)}" if off else ""
    return f"{count} means over seeds, {len(off)} of them off chance{listed}."


def origin(evidence: Evidence) -> str:
    """State budget, date, devices, versions, recipe, and the command in backticks."""
    versions = ", ".join(f"{name} {version}" for name, version in (evidence.versions or {}).items())
    return (
        f"{evidence.runs} runs, {evidence.pairs:,} pairs, {evidence.seconds / 3600:.1f} h"
        f" of training and evaluation, {evidence.date}, on {'; '.join(evidence.devices)}; {versions}; recipe"
        f" {', '.join(evidence.recipes)}; `{evidence.command}`. {evidence.edge_rates} of"
        f" {len(evidence.conditions)} conditions took the lowest or highest learning rate of the search."
    )


def lost(evidence: Evidence) -> list[str]:
    """List the runs that are not data points, each with its reason."""
    return [
        f"{each.condition}, {each.stage}, seed {each.seed}, learning rate"
        f" {each.learning_rate:g}: {each.status}, {each.reason}"
        for each in evidence.no_points
    ]


def _metric(name: str) -> str:
    return name.removesuffix("_accuracy").replace("_", " ")


def change(contrast: Comparison) -> str:
    """Format a change: 98 % (96 to 100) to 51 % (49 to 53)."""
    return f"{percent(contrast.of_start)} to {percent(contrast.of_end)}"
