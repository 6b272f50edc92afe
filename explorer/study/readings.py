"""Readings of the claims: a few sentences per claim, each written for one outcome of its directions.

    reading("naming", found)       # text with the figures of `claims.json`; None if the outcome is another one by now

A reading is shown only while the words of its directions are those that it was written for, so new runs cannot leave
an old sentence behind. Figures are filled in from the frozen document: `d[2][canonical.parts_accuracy]` is the change
of that metric in the third direction, `s[2][own]` the budget that it spares in a form, `r[CONDITION][RATE]` a share of
the training batch, `b[CONDITION][own]` the seeds bound in a form, and `e[CONDITION][own]` their final accuracies.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from explorer.codec import decode
from explorer.evaluation.results import Estimate
from explorer.study.claims import CLAIMS, Form
from explorer.study.words import bound_words, points

Found = Mapping[str, Any]


def reading(name: str, found: Found) -> str | None:
    """Return the text on a claim with its figures; None if there is none for this outcome."""
    known, findings = CLAIMS[name].reading, [each for each in found["findings"] if each["claim"] == name]
    if known is None or tuple(each["word"] for each in findings) != known.words:
        return None
    changes, spared = (
        [{what: points(decode(Estimate, change)) for what, change in each[field].items()} for each in findings]
        for field in ("change", "spared_by_form")
    )
    conditions = [each for about in found["sweeps"].values() for each in about["conditions"]]
    rates = {each["condition"]: each["rates"] for each in conditions}
    bound = {
        each["condition"]: {form: bound_words(each["seeds"], form) for form in get_args(Form)} for each in conditions
    }
    ends = {each["condition"]: {form: _ends(each["seeds"], form) for form in get_args(Form)} for each in conditions}
    return known.text.format(d=changes, s=spared, r=rates, b=bound, e=ends)


def _ends(seeds: Sequence[Found], form: str) -> str:
    finals = [value for each in seeds if (value := each["final"].get(f"{form}.binding_accuracy")) is not None]
    return f"{100 * min(finals):.0f} to {100 * max(finals):.0f} %" if finals else "-"
