"""The data card of the evidence: README.md with the metadata that a data set on the Hub has.

data_card({"density": rows}, load_claims(), has_begun=False)     # markdown; everything that STUDY.md leaves out
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from explorer.evaluation.results import BINDING_LEVEL
from explorer.study.readings import bound_words
from explorer.study.robustness import LEVELS
from explorer.study.rows import Row, num_runs
from explorer.study.second_document import Found, change_words, step_words
from explorer.study.second_edition import SECOND_EDITION
from explorer.study.third_edition import THIRD_EDITION

COLUMNS = {
    "sweep, condition, series, x": "Place of the run in its sweep.",
    "stage": "`search`: chooses a learning rate by training loss; `result`: a seed of the condition.",
    "seed, learning_rate, factor": "Seed of scenes, weights and captions; the rate, and its multiple of the preset's.",
    "key, run, spec": "Key of the run (rows of equal key are one run), its folder, and its whole spec as JSON.",
    "evaluation.seed, evaluation.count": "Seed and number of the evaluation scenes per form (second edition).",
    "is_point, failed_to_train, reason": "False, True and why, for a run that is not a data point.",
    "steps, batch_size, pairs, seconds, device, recipe, versions": "Budget, cost and origin.",
    "FORM.METRIC.value, .n, .low, .high, .chance": "A metric in a form with its own 95 % interval over scenes.",
    "control.NAME.FORM...": "Controls, which should be at chance: captions without pictures, permuted pictures, "
    "shuffled pixels (which keep each color's share), gray boxes (nouns differ in area) and untrained models. Scenes "
    "and weights repeat, so estimates are not independent.",
    "rate....": "Shares of a training batch: hard negatives, false negatives, duplicate captions.",
    "bound.FORM.step, bound.FORM.pairs": "Time until the run binds; empty if it does not (second edition).",
    "breakdown, curve": "JSON: groups of scenes, and the quick evaluations during training.",
}
HEAD = """---
license: mit
pretty_name: Object-attribute binding in small CLIPs, every run of the study
configs:
{configs}
---

# Every run of the study

A row is one training of a small CLIP on drawn scenes, with all its scores. [STUDY.md](../../STUDY.md) reads these
files; `python -m explorer study write` wrote them. Any row can be trained again:
`python -m explorer train --spec FILE`, with the column `spec` as the file, and for the second edition
`--evaluation-seed` and `--evaluation-count`.

"""
READ_OUTS = """## Conditions of the second edition

Percent at the end of training: the median of the seeds and, in brackets, the least and the most. *Whole caption* is
binding accuracy in canonical captions; *parts* and *single object* ask the same objects one by one. Chance is 50.
[STUDY.md](../../STUDY.md) defines them.
"""


PILOT = """## Pilot

Hosts and controls on seeds that no result uses, at the budget of `with-headroom`. A host has headroom if some seeds
bind and some do not.
"""
FILLED = """## Batches

Shares of a training batch, in percent: images with a hard negative, hard negatives that are true of their image,
captions that equal another one of the batch, other captions that are true of the image, and false ones with the same
words.
"""
LEVELS_TRIED = """## Other levels of the rule

For every direction that has run: the difference in seeds bound with Newcombe's interval, and the finding if a run
binds at another level of binding accuracy. The rule's own is 75 % for the lower bound; in the last column the accuracy
itself has to exceed 75 %.
"""
FORECASTS = """`forecasts.json` holds what the law of time and its rivals said of each condition of the third edition
before its first run, `outcomes.json` what came of the frozen ones with the scores, and `time-law.json` the law fitted
to all rows."""
RATES = ("hard_negatives", "hard_negatives_true", "duplicate_captions", "false_negatives", "implicit_hard_negatives")


def data_card(files: Mapping[str, Sequence[Row]], found: Found, *, has_begun: bool) -> str:
    """Return the card; `found` is `claims.json`, and `has_begun` is True if `begun/` holds a file."""
    configs = "\n".join(f"- config_name: {name}\n  data_files: {name}.parquet" for name in files) or "[]"
    rows = [row for each in files.values() for row in each]
    seeds = {each["sweep"]: each for each in found["coverage"]}
    lines = ["| file | edition | rows | runs | complete |", "|---|---|---|---|---|"]
    lines += [_line(name, of, seeds.get(name)) for name, of in files.items()]
    lines += ["", f"{len(rows)} rows are {num_runs(rows)} runs: sweeps share runs of equal specs.", ""]
    if has_begun:
        words = (
            "`begun/` holds the runs of conditions without all their seeds, for `study take-up`; nothing reads them."
        )
        lines += [words, ""]
    lines += ["`claims.json` holds the findings of the second edition, `NAME.json` those of the first.", ""]
    lines += [FORECASTS, ""]
    lines += ["| columns | meaning |", "|---|---|", *(f"| `{name}` | {words} |" for name, words in COLUMNS.items()), ""]
    lines += [
        READ_OUTS,
        *_read_outs(found),
        PILOT,
        *_pilot(found),
        FILLED,
        *_filled(found),
        LEVELS_TRIED,
        *_levels(found),
    ]
    return HEAD.format(configs=configs) + "\n".join(lines).rstrip() + "\n"


def _line(name: str, rows: Sequence[Row], coverage: Mapping[str, Any] | None) -> str:
    edition = "third" if name in THIRD_EDITION else "second" if name in SECOND_EDITION else "first"
    state = "as frozen"
    if coverage is not None:
        state = (
            "yes" if coverage["is_whole"] else f"{len(coverage['whole'])} of {coverage['num_conditions']} conditions"
        )
    return f"| {name}.parquet | {edition} | {len(rows)} | {num_runs(rows)} | {state} |"


def _read_outs(found: Found) -> Iterator[str]:
    """State the read-outs of each frozen condition: the caption as a whole, and its objects asked one by one."""
    names = ("canonical.binding_accuracy", "canonical.parts_accuracy", "canonical.single_object_accuracy",
             "own.binding_accuracy")  # fmt: skip
    yield "| sweep | condition | seeds bound | whole caption | parts | single object | own captions |"
    yield "|---|---|---|---|---|---|---|"
    for sweep, about in found["sweeps"].items():
        for each in about["conditions"]:
            bound = bound_words(each["seeds"], "canonical")
            spans = " | ".join(_span([seed["final"].get(name) for seed in each["seeds"]]) for name in names)
            yield f"| {sweep} | {each['condition']} | {bound} | {spans} |"
    yield ""


def _span(values: Sequence[float | None]) -> str:
    """Format the median of the seeds with the least and the most, in percent."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return "-"
    middle, low, high = (f"{100 * value:.1f}" for value in (median(known), known[0], known[-1]))
    return f"{middle} ({low} to {high})"


def _pilot(found: Found) -> Iterator[str]:
    """State for each host and control in how many seeds it bound, which decides if a host has headroom."""
    about = found["sweeps"].get("pilot")
    if about is None or not about["conditions"]:
        yield "Not yet run: no condition of it has all its seeds.\n"
        return
    yield from _headroom(about["conditions"])
    yield "![Seeds of the pilot](pilot.svg)\n"


def _headroom(conditions: Sequence[Found]) -> Iterator[str]:
    """State for each host if some seeds bound and some did not, and if its control bound."""
    bound = {
        each["condition"]: (sum(seed["bound"]["canonical"] is not None for seed in each["seeds"]), len(each["seeds"]))
        for each in conditions
    }
    for label, (count, seeds) in bound.items():
        host, _, role = label.partition(": ")
        control = next((share for other, share in bound.items() if other.startswith(f"{host}: control")), None)
        if role != "host" or control is None:
            continue
        room = "some bind and some do not" if 0 < count < seeds else "all bind, so only the time can show"
        room = room if count else "none binds"
        able = "so a repair can show" if 2 * control[0] >= control[1] else "so nothing can show"
        yield f"- `{host}`: {count} of {seeds} seeds bind ({room}); its control: {control[0]} of {control[1]}, {able}."
    yield ""


def _filled(found: Found) -> Iterator[str]:
    yield "| sweep | condition | hard negatives | of them true | equal captions | other true ones | same words, false |"
    yield "|---|---|---|---|---|---|---|"
    for sweep, about in found["sweeps"].items():
        for each in about["conditions"]:
            cells = " | ".join(f"{100 * each['rates'].get(name, 0.0):.1f}" for name in RATES)
            yield f"| {sweep} | {each['condition']} | {cells} |"
    yield ""


def _levels(found: Found) -> Iterator[str]:
    """Return the word of each direction that has run at each level of the rule."""
    names = sorted((*LEVELS, BINDING_LEVEL))
    yield f"| claim | direction | form | seeds bound | {' | '.join(f'{level:.0%}' for level in names)} | accuracy |"
    yield f"|---|---|---|---|{'---|' * (len(names) + 1)}"
    by_level = dict(zip(LEVELS, found["words_by_level"], strict=True))
    for place, each in enumerate(found["findings"]):
        if each["word"] != "not run":
            words = [each["word"] if level == BINDING_LEVEL else by_level[level][place] for level in names]
            cells = " | ".join([change_words(each["bound"]), *words, found["words_by_accuracy"][place]])
            yield f"| {each['claim']} | {step_words(each['start'], each['end'])} | {each['form']} | {cells} |"
    yield ""
