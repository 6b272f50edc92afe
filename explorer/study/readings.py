"""Readings of the claims: a few sentences per claim, each written for one outcome of its directions.

    reading("naming", found)       # text with the figures of `claims.json`; None if the outcome is another one by now

A reading is shown only while the words of its directions are those that it was written for, so new runs cannot leave
an old sentence behind. Figures are filled in from the frozen document: `d[2][canonical.parts_accuracy]` is the change
of that metric in the third direction, `s[2][own]` the budget that it spares in a form, `r[CONDITION][RATE]` a share of
the training batch, `b[CONDITION][own]` the seeds bound in a form, and `e[CONDITION][own]` their final accuracies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from explorer.codec import decode
from explorer.evaluation.results import Estimate
from explorer.study.claims import Form
from explorer.study.study_document import points

Found = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Sentences on a claim, for these words of its directions."""

    words: tuple[str, ...]
    text: str


READINGS: dict[str, Reading] = {
    "hard-negatives": Reading(
        words=("as stated", "not decided", "neither binds", "not decided", "not decided"),
        text="Accuracy in canonical captions rises where every object is named, also at a constant rate. The kind of "
        "swap that is asked is trained on, and the loss has twice the captions at equal pairs. Captions of one object, "
        "never read, rise too (*parts*, three named: {d[0][canonical.parts_accuracy]}; in bundle captions they fall, "
        "{d[0][bundle.parts_accuracy]}). On web-like data "
        "{r[web-like: hard negatives][hard_negatives]:.0%} of the images get one and "
        "{r[web-like: hard negatives][hard_negatives_true]:.0%} of these are true, so host and dose are confounded; "
        "accuracy stays ({d[2][canonical.binding_accuracy]}).",
    ),
    "batch-size": Reading(
        words=("not decided", "not run", "not decided"),
        text="Four times the batch has a quarter of the steps at equal pairs. In canonical captions the three named "
        "bind in fewer seeds, both values in more, where accuracy rises ({d[2][canonical.binding_accuracy]}); in own "
        "captions both values bind in {b[too many: none][own]} either way.",
    ),
    "masking": Reading(
        words=("neither binds", "neither binds"),
        text="No seed binds, also not with hard negatives, of which masking leaves out those that are true. In own "
        "captions masking changes accuracy by {d[0][own.binding_accuracy]}.",
    ),
    "repairs": Reading(
        words=("neither binds", "as stated", "neither binds", "not decided", "as stated"),
        text="Asked in canonical captions, one value for each named object suffices alone (own captions: "
        "{b[one value each][own]} by the rule; they end at {e[one value each][own]}), and so does one kind. That one "
        "also leaves patterns and tilts out of the pictures, and names colors three times as often. Complete captions "
        "or no saliency bias alone bind in no seed. The three that the paper names bind in fewer seeds than the one "
        "value (own captions: {b[the three named][own]}); their captions never have two objects, and the bias is void "
        "where every object is named. Neither comparison was stated.",
    ),
    "naming": Reading(
        words=("as stated", "as stated", "not decided", "not decided", "not decided"),
        text="With two objects, captions of two come to be read from 0 to 10 %. From 10 to 100 % the time is not "
        "decided, and accuracy in them rises ({d[2][canonical.binding_accuracy]}) while that of single objects, named "
        "ever less, falls ({d[2][canonical.single_object_accuracy]}). With four objects neither of these steps is "
        "decided. So a cliff is not shown.",
    ),
    "density": Reading(
        words=("not decided",) * 5,
        text="Where the host binds in 3 or 4 of 5, five seeds at 1x cannot decide: against 0 of 5 p is 0.17 or 0.048 "
        "before Holm. Final accuracy does show that few values hurt (own {d[0][own.binding_accuracy]}, masked "
        "{d[1][own.binding_accuracy]}), and both values in canonical captions ({d[2][canonical.binding_accuracy]}), "
        "not in own ones ({d[3][own.binding_accuracy]}).",
    ),
    "objects": Reading(
        words=("as stated", "as stated", "as stated", "later", "as stated"),
        text="More objects in the image bind later. From one to two in the caption, the gain with three objects is "
        "mostly one of reading captions of two (own captions: {s[4][own]}); with four it shows in own captions too "
        "({s[2][own]}). From two to four binding comes later in own captions too ({s[3][own]}); accuracy in complete "
        "ones, which models of two named objects never read, rises ({d[3][complete.binding_accuracy]}).",
    ),
}


def reading(name: str, found: Found) -> str | None:
    """Return the text on a claim with its figures; None if there is none for this outcome."""
    known, findings = READINGS.get(name), [each for each in found["findings"] if each["claim"] == name]
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


def bound_words(seeds: Sequence[Found], form: str) -> str:
    """Return "3 of 5": the seeds of a condition that bind in a form, and their number."""
    return f"{sum(each['bound'][form] is not None for each in seeds)} of {len(seeds)}"


def _ends(seeds: Sequence[Found], form: str) -> str:
    finals = [value for each in seeds if (value := each["final"].get(f"{form}.binding_accuracy")) is not None]
    return f"{100 * min(finals):.0f} to {100 * max(finals):.0f} %" if finals else "-"
