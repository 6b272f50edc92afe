"""Data card of the folder assets/study: its files, editions and columns.

data_card({"density": rows}, coverage)        # README.md with the metadata that a data set on the Hub has
"""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.study.rows import Row
from explorer.study.second_edition import SECOND_EDITION
from explorer.study.shared_runs import num_runs

COLUMNS = {
    "sweep, condition, series, x": "Place of the run in its sweep.",
    "stage": "`search`: chooses a learning rate by training loss; `result`: a seed of the condition.",
    "seed, learning_rate, factor": "Seed of scenes, weights and captions; the rate, and its multiple of the preset's.",
    "key, run, spec": "Key of the run (rows of equal key are one run), its folder, and its whole spec as JSON.",
    "evaluation.seed, evaluation.count": "Seed and number of the evaluation scenes per form (second edition).",
    "is_point, failed_to_train, reason": "False, True and why, for a run that is not a data point.",
    "steps, batch_size, pairs, seconds, device, recipe, versions": "Budget, cost and origin.",
    "FORM.METRIC.value, .n, .low, .high, .chance": "A metric in a form with its own 95 % interval over scenes.",
    "control.NAME.FORM...": "Controls, which should be at chance.",
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


def data_card(files: Mapping[str, Sequence[Row]], coverage: Sequence[Mapping[str, Any]]) -> str:
    """Return the card; `coverage` as in `claims.json`."""
    configs = "\n".join(f"- config_name: {name}\n  data_files: {name}.parquet" for name in files) or "[]"
    rows = [row for each in files.values() for row in each]
    seeds = {each["sweep"]: each for each in coverage}
    lines = ["| file | edition | rows | runs | complete |", "|---|---|---|---|---|"]
    lines += [_line(name, found, seeds.get(name)) for name, found in files.items()]
    lines += ["", f"{len(rows)} rows are {num_runs(rows)} runs: sweeps share runs of equal specs.", ""]
    lines += ["`claims.json` holds the findings of the second edition, `NAME.json` those of the first.", ""]
    lines += ["| columns | meaning |", "|---|---|", *(f"| `{name}` | {words} |" for name, words in COLUMNS.items()), ""]
    return HEAD.format(configs=configs) + "\n".join(lines)


def _line(name: str, rows: Sequence[Row], coverage: Mapping[str, Any] | None) -> str:
    edition = "second" if name in SECOND_EDITION else "first"
    state = "as frozen"
    if coverage is not None:
        state = (
            "yes" if coverage["is_whole"] else f"{len(coverage['whole'])} of {coverage['num_conditions']} conditions"
        )
    return f"| {name}.parquet | {edition} | {len(rows)} | {num_runs(rows)} | {state} |"
