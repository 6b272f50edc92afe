"""The first edition as a page: per claim the paper's statement, the measurement, and disagreements.

    document({"batch-size": evidence, "density": None, ...})      # markdown; None: not run yet
    measured(evidence), origin(evidence)                          # lines of it; a page uses the second too
    counted(evidence, "own")                                      # ({"agrees": 3, "undecided": 1}, True)

Every number comes from the evidence, with its form of caption. Pictures are files next to the evidence.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from explorer.evaluation.results import Estimate, hundredths
from explorer.evaluation.sweep_evidence import Comparison, Condition, Evidence, Trend, Tuning
from explorer.study.directions import FLAT, RELIABLE, SAME
from explorer.study.sweeps import LEAST_RATE, START, START_WORDS, Sweep
from explorer.study.table import SWEEPS

HEAD = """# Study, first edition

**These verdicts are superseded where the [second edition](../STUDY.md) has rows.** A verdict here rests on the final
accuracy in one form of caption, at one budget, of 3 to 5 seeds that share their evaluation scenes. Runs of equal specs
are shared, so a condition has the same numbers wherever it stands.

What properties of a data set do to object-attribute binding in a small CLIP that is trained on it. The questions are
those of [arXiv 2507.07985](https://arxiv.org/abs/2507.07985); scenes, models and protocol are this project's. The
paper's models, data and numbers are not known to us, so **paper says** holds directions only, from its abstract and the
caption of its Figure 1, and **we measured** holds this project's numbers. This file is written from `assets/study/` by
`python -m explorer study write`, not by hand.

**How to read it.** *Binding accuracy* is the share of images nearer to their caption than to the same caption with the
values of two objects exchanged; chance is 50 %. The form of the caption decides what is measured: *canonical* (two
objects, both named with their color, one set for every comparison), *own* (as the captions of training), *complete*
(every object of the training images named). A number is a mean over seeds with a 95 % t interval over seeds. Each
condition's learning rate is the one of three with the lowest training loss on the first seed; binding is not looked at.
A verdict compares two conditions in one form: *agrees* and *disagrees* need an interval that leaves no doubt, *no
effect* one in which any change is small.
"""
LIMITS = f"""## Limits

- Small models, drawn scenes, short budgets: a direction here is evidence about this setting, not about web-scale CLIP.
- All runs are scored on the same scenes, so intervals hold what another seed would change, not what other scenes would.
  Where seeds agree more closely than a draw of that many scenes would let them, the spread of such a draw is taken.
- No correction for the number of comparisons.
- Three learning rates are a coarse search; where the best lies at the edge, the line under the figure says so.
- *Reliable* means {RELIABLE:.0%} binding or more, *no effect* a change surely smaller than {100 * SAME:.0f} points,
  *flat* an end that is surely not reliable after a last third that would surely add less than {100 * FLAT:.0f} points
  in half as many steps again. *Never* is said of no budget but the one shown.
- A control is called off chance where the mean over seeds of the runs' own intervals, each over that run's scenes,
  leaves chance out: a loose rule, which few of so many pass by accident.
- A recipe is a number, raised when scenes, captions, training or scoring change. Older sweeps add a digest of the
  source text after the dot, which a mended comment could change; sweeps of one number are compared whatever it is.
- A condition with hard negatives counts as not tested where fewer than {LEAST_RATE:.0%} of the images got one.
- Where a scorer that reads captions only is above chance, binding in that form is called no evidence.
"""


def document(found: Mapping[str, Evidence | None]) -> str:
    """Return the page of the first edition, for the folder docs."""
    first = [sweep for sweep in SWEEPS.values() if sweep.tier == 1]
    second = [sweep for sweep in SWEEPS.values() if sweep.tier == 2]
    parts = [
        HEAD,
        "## In one table\n",
        *_summary(first, found),
        "## What disagrees, and what has no effect\n",
        *_disagreements(found),
        "## What hangs on the form of the caption\n",
        "Comparisons in which the interval of one form lies apart from that of another: the same models, asked"
        " differently.\n",
        *_form_effects(found),
        *(line for sweep in first for line in _claim(sweep, found.get(sweep.name))),
        "## Second tier\n",
        "Declared, and run after the first tier.\n",
        *_summary(second, found),
        *(line for sweep in second if found.get(sweep.name) for line in _claim(sweep, found[sweep.name])),
        LIMITS,
    ]
    return "\n".join(parts)


def _summary(sweeps: Sequence[Sweep], found: Mapping[str, Evidence | None]) -> list[str]:
    lines = ["| claim | paper says | we measured |", "|---|---|---|"]
    for sweep in sweeps:
        words = f"not run: it {sweep.lacks}" if sweep.lacks else measured(found.get(sweep.name))
        lines.append(f"| {sweep.claim} (`{sweep.name}`) | {sweep.paper} | {words} |")
    return [*lines, ""]


def measured(evidence: Evidence | None) -> str:
    """State by form how many comparisons agree with the paper, and how long runs end."""
    if evidence is None:
        return "not run yet"
    counts = [f"{form} captions: {words}" for form in evidence.forms if (words := _tally(evidence, form))]
    trends = [
        f"{condition.series}, {form} captions: {found.word}"
        for condition in evidence.conditions
        for form, found in (condition.trend or {}).items()
    ]
    return "; ".join([*counts, *trends]) or "no comparison could be made"


def _tally(evidence: Evidence, form: str) -> str:
    """Count the verdicts on the directions that the paper states, or the measured ones if it states none."""
    counts, is_stated = counted(evidence, form)
    if not is_stated:
        return ", ".join(f"{word} {count}" for word, count in counts.items())
    total, agree, disagree = sum(counts.values()), counts.get("agrees", 0), counts.get("disagrees", 0)
    words = [f"{agree} of {total} stated directions agree"]
    words += [f"{disagree} disagree"] if disagree else []
    words += [f"{same} no effect"] if (same := counts.get("no effect", 0)) else []
    words += [f"{left} undecided"] if (left := total - agree - disagree - same) else []
    return ", ".join(words)


def counted(evidence: Evidence, form: str) -> tuple[dict[str, int], bool]:
    """Count the verdicts, and return True if they are those on directions that the paper states.

    If it states none, all comparisons are counted.
    """
    found = [each for each in evidence.contrasts if each.form == form]
    stated = [each for each in found if each.direction != "ours"]
    words = [each.word for each in stated or found]
    return {word: words.count(word) for word in dict.fromkeys(words)}, bool(stated)


def form_effects(evidence: Evidence) -> list[str]:
    """Return the comparisons whose size depends on the form of the caption.

    These are the ones in which the intervals of two forms do not overlap.
    """
    pairs: dict[tuple[str, str], list[Comparison]] = {}
    for each in evidence.contrasts:
        if each.difference.low is not None:
            pairs.setdefault((each.start, each.end), []).append(each)
    return [
        f"{start} to {end}: " + ", ".join(f"{each.form} {points(each.difference)}" for each in found)
        for (start, end), found in pairs.items()
        if _are_apart([each.difference for each in found])
    ]


def _are_apart(estimates: Sequence[Estimate]) -> bool:
    """Return True if the intervals of two of the estimates do not overlap."""
    lows = [each.low for each in estimates if each.low is not None]
    highs = [each.high for each in estimates if each.high is not None]
    return max(lows) > min(highs)


def _disagreements(found: Mapping[str, Evidence | None]) -> list[str]:
    known = [evidence for evidence in found.values() if evidence is not None]
    lines = [
        f"- `{evidence.name}`, {each.start} to {each.end}, {each.form} captions: {change(each)}. {each.sentence}"
        for evidence in known
        for each in evidence.contrasts
        if each.word == "disagrees" or (each.word == "no effect" and each.direction != "ours")
    ]
    if not known:
        return ["Nothing was run yet.\n"]
    return [*(lines or ["No comparison contradicts a stated direction."]), ""]


def _form_effects(found: Mapping[str, Evidence | None]) -> list[str]:
    known = [evidence for evidence in found.values() if evidence is not None]
    lines = [f"- `{evidence.name}`, {words}." for evidence in known for words in form_effects(evidence)]
    return [*(lines or ["None that was measured."]), ""]


def _claim(sweep: Sweep, evidence: Evidence | None) -> Iterator[str]:
    """Return the section of one claim."""
    yield f"## {sweep.claim}\n"
    yield f"**Paper says:** {sweep.paper}\n"
    if evidence is None:
        yield "**We measured:** not run yet.\n"
        return
    yield f"**We measured:** {measured(evidence)}.\n"
    if left := left_out(sweep, evidence):
        yield f"{left}\n"
    yield f"![{sweep.metric.replace('_', ' ').capitalize()} by {sweep.axis}](../assets/study/{sweep.name}.svg)\n"
    yield from _contrasts(evidence)
    yield from _conditions(evidence)
    yield from _trends(evidence)
    yield from _tunings(evidence)
    yield from _breakdown(evidence)
    yield from _notes(evidence)


def left_out(sweep: Sweep, evidence: Evidence) -> str:
    """Name the declared conditions that were not run, in a sentence; nothing if all were."""
    known = {condition.label for condition in evidence.conditions}
    left = [condition.label for condition in sweep.conditions if condition.label not in known]
    return f"Declared and not run, for want of time: {'; '.join(left)}." if left else ""


def _contrasts(evidence: Evidence) -> Iterator[str]:
    """Return a row per comparison, with a column per form."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for each in evidence.contrasts:
        cell = f"{change(each)}, {points(each.difference)}: **{each.word}**"
        lines.setdefault((each.start, each.end, each.direction), []).append(cell)
    if not lines:
        return
    yield f"| from | to | paper says | {' | '.join(f'{form} captions' for form in evidence.forms)} |"
    yield "|---|---|---" + "|---" * len(evidence.forms) + "|"
    for (start, end, direction), cells in lines.items():
        says = "nothing known" if direction == "ours" else direction
        yield f"| {start} | {end} | {says} | {' | '.join(cells)} |"
    yield ""


def _conditions(evidence: Evidence) -> Iterator[str]:
    """Return every condition in every form, each metric, with its cost."""
    metrics = (evidence.metric, *evidence.beside)
    columns = [f"{_metric(metric)}, {form}" for metric in metrics for form in evidence.forms]
    has_hard = any(condition.rates.get("hard_negatives") for condition in evidence.conditions)
    hard = ["images with a hard negative"] if has_hard else []
    batch = ["distinct captions a batch", "captions true of another image"]
    head = ["condition", *columns, "seeds", *hard, *batch, "steps x batch", "learning rate"]
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for condition in evidence.conditions:
        cells = [_cell(condition, form, metric) for metric in metrics for form in evidence.forms]
        rates = [_hard_words(condition)] if has_hard else []
        budget = f"{condition.steps} x {condition.batch_size}"
        tail = [*_batch_words(condition), budget, f"{condition.learning_rate:g}"]
        yield f"| {' | '.join([condition.label, *cells, str(_seeds(condition)), *rates, *tail])} |"
    yield ""


def _hard_words(condition: Condition) -> str:
    """State the effective rate of hard negatives, and how many were true of their own image."""
    rate, true = (condition.rates.get(name) for name in ("hard_negatives", "hard_negatives_true"))
    if condition.not_tested:
        return condition.not_tested
    if not rate:
        return "-" if rate is None else "none"
    return f"{rate:.0%}" + (f" ({true:.0%} of them true)" if true is not None else "")


def _batch_words(condition: Condition) -> list[str]:
    distinct, false = condition.distinct_captions, condition.rates.get("false_negatives")
    return ["-" if distinct is None else f"{distinct:.0f}", "-" if false is None else f"{false:.1%}"]


def _cell(condition: Condition, form: str, metric: str) -> str:
    found = condition.score(form, metric)
    return percent(found.mean) if found else "-"


def _seeds(condition: Condition) -> int:
    return max((len(each.points) for form in condition.forms.values() for each in form.values()), default=0)


def _trends(evidence: Evidence) -> Iterator[str]:
    for condition in evidence.conditions:
        for form, found in (condition.trend or {}).items():
            yield f"- {trend_words(condition, form, found)}: **{found.word}**."
    if any(condition.trend for condition in evidence.conditions):
        yield ""


def _tunings(evidence: Evidence) -> Iterator[str]:
    """State how soon each condition arrives, and its effect on the captions of the start's training."""
    words, head, rows = tunings(evidence)
    if rows:
        yield f"{words}\n"
        yield f"| {' | '.join(head)} |"
        yield "|---" * len(head) + "|"
        yield from (f"| {' | '.join(row)} |" for row in rows)
        yield ""


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


def trend_words(condition: Condition, form: str, found: Trend) -> str:
    """Word the end of a long run and its last third, without the verdict."""
    return (
        f"{condition.series}, {form} captions: ends at {percent(found.end)}; over the last third of the steps it"
        f" changes by {points(found.slope)}"
    )


def _breakdown(evidence: Evidence) -> Iterator[str]:
    if not any(condition.breakdown for condition in evidence.conditions):
        return
    by = SWEEPS[evidence.name].breakdown or ""
    yield f"| condition | captions | {by.replace('_', ' ')} | binding |"
    yield "|---|---|---|---|"
    for condition in evidence.conditions:
        for each in condition.breakdown:
            yield f"| {condition.label} | {each.form} | {each.group} | {percent(each.estimate)} |"
    yield ""


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


def _notes(evidence: Evidence) -> Iterator[str]:
    """List controls, cost and origin, and runs that are not data points."""
    yield f"**Controls:** {controls(evidence)}\n"
    yield f"**Cost and origin:** {origin(evidence)}\n"
    if evidence.no_points:
        yield "**No data points:**\n"
        yield from (f"- {each}" for each in lost(evidence))
        yield ""


def _metric(name: str) -> str:
    return name.removesuffix("_accuracy").replace("_", " ")


def change(contrast: Comparison) -> str:
    """Format a change: 98 % (96 to 100) to 51 % (49 to 53)."""
    return f"{percent(contrast.of_start)} to {percent(contrast.of_end)}"


def percent(estimate: Estimate) -> str:
    """Format an estimate: 81 % (79 to 83), without the interval if there is none."""
    if estimate.value is None:
        return "-"
    known = estimate.low is not None and estimate.high is not None
    ends = f" ({hundredths(estimate.low or 0.0)} to {hundredths(estimate.high or 0.0)})" if known else ""
    return f"{hundredths(estimate.value)} %{ends}"


def points(estimate: Estimate) -> str:
    """Format a difference: -40 points (-50 to -30)."""
    if estimate.value is None:
        return "-"
    value, *ends = (_signed(100 * each) for each in (estimate.value, estimate.low, estimate.high) if each is not None)
    interval = f" ({ends[0]} to {ends[1]})" if ends else ""
    return f"{value} points{interval}"


def _signed(number: float) -> str:
    """Format points as a whole number; below one as -0.5, since +0 would say that an interval contains 0."""
    return f"{round(number):+d}" if round(number) or not round(number, 1) else f"{number:+.1f}"
