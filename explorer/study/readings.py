"""Readings of the claims: a few sentences per claim, each written for one outcome of its directions.

    reading("naming", found)       # text with the figures of `claims.json`; None if the outcome is another one by now

A reading is shown only while the words of its directions are those that it was written for, so new runs cannot leave
an old sentence behind. Figures are filled in from the frozen document: `d[2][canonical.parts_accuracy]` is the change
of that metric in the third direction, `r[CONDITION][RATE]` a share of the training batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.evaluation.results import Estimate
from explorer.study.study_document import points

Found = Mapping[str, Any]
UNRUN = "not run"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Sentences on a claim, for these words of its directions."""

    words: tuple[str, ...]
    text: str


READINGS: dict[str, Reading] = {
    "hard-negatives": Reading(
        words=("as stated", "not decided", "neither binds", UNRUN, "not decided"),
        text="They help where captions name every object once. The swap that is asked is trained on, and the loss has "
        "twice the captions at equal pairs; but *parts*, never trained, rise too ({d[0][canonical.parts_accuracy]}). "
        "Parts in bundle captions fall ({d[0][bundle.parts_accuracy]}). At a constant rate accuracy rises as much "
        "({d[4][canonical.binding_accuracy]}), and the time is not decided. On web-like data "
        "{r[web-like: hard negatives][hard_negatives]:.0%} of the "
        "images get one and {r[web-like: hard negatives][hard_negatives_true]:.0%} of these are true of their image, "
        "so host and dose are confounded; accuracy stays ({d[2][canonical.binding_accuracy]}).",
    ),
    "repairs": Reading(
        words=("neither binds", "as stated", "neither binds", "not decided", "as stated"),
        text="One value for each named object suffices alone, and so does one kind of values; complete captions or no "
        "saliency bias alone bind in no seed, their accuracy changes by {d[0][canonical.binding_accuracy]} and "
        "{d[2][canonical.binding_accuracy]}. All three that the paper names together bind in fewer seeds than the one "
        "value alone: they name every object, which binds captions of two later (last claim but one). That is a guess.",
    ),
    "naming": Reading(
        words=("as stated", "as stated", "not decided", "not decided", "not decided"),
        text="A few in a hundred suffice with two objects, but more is sooner and better: a dose, steepest at its "
        "start. From 10 to 100 % accuracy still rises ({d[2][canonical.binding_accuracy]}; with four objects "
        "{d[4][canonical.binding_accuracy]}); the two directions that could show a cliff are not decided.",
    ),
    "density": Reading(
        words=("not decided",) * 5,
        text="Five seeds at 1x cannot decide: the host binds in 3 of 5, and even 0 of 5 against it has p = 0.17. Final "
        "accuracy does show it. Few values: own {d[0][own.binding_accuracy]}, masked {d[1][own.binding_accuracy]}. "
        "Both values: canonical {d[2][canonical.binding_accuracy]}, own {d[3][own.binding_accuracy]}.",
    ),
    "objects": Reading(
        words=("as stated", "as stated", "as stated", "later", "as stated"),
        text="More objects in the image bind later. More in the caption bind sooner from one to two only; from two to "
        "four the reverse holds in canonical captions ({d[3][canonical.binding_accuracy]}), and accuracy in complete "
        "ones rises ({d[3][complete.binding_accuracy]}). The form that is asked decides: models that name one, three "
        "or four objects never read captions of two.",
    ),
}


def reading(name: str, found: Found) -> str | None:
    """Return the text on a claim with its figures; None if there is none for this outcome."""
    known, findings = READINGS.get(name), [each for each in found["findings"] if each["claim"] == name]
    if known is None or tuple(each["word"] for each in findings) != known.words:
        return None
    changes = [
        {metric: points(Estimate.from_json(change)) for metric, change in each["change"].items()} for each in findings
    ]
    rates = {each["condition"]: each["rates"] for about in found["sweeps"].values() for each in about["conditions"]}
    return known.text.format(d=changes, r=rates)
