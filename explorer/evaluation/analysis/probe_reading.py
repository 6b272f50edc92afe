"""Sentence on the linear probes of a model, compared with those of an untrained model of its architecture.

    what_follows(found)      # "Image embeddings tell no more than an untrained model's: 84 % against ..."

A probe on an untrained model reads the color of a noun far above the chance of a bag of colors, as random features keep
most of their input. So only what exceeds the untrained model counts as learned, if the 95 % intervals do not overlap.
Probes do not tell how a model fails between the modalities, so no sentence names a mechanism.
"""

from collections.abc import Mapping
from typing import Literal

from explorer.evaluation.results import Estimate, hundredths

Change = Literal["more", "no more", "less"]
SUBJECTS = {"within_images": "Image embeddings", "within_captions": "Caption embeddings"}
UNTRAINED = "_untrained"
UNKNOWN = (
    "There is no untrained model of this architecture to compare with, so the probes alone do not show what training "
    "put there."
)
NOT_BETWEEN = (
    "So both embeddings hold more of who has which color than before training, and their match does not use it: "
    "binding is at chance."
)
NOT_SHOWN = "Binding is at chance, and the probes do not show that both embeddings learned what it lacks."


def what_follows(found: Mapping[str, Estimate]) -> str:
    """Word the comparison of the probes with an untrained model's, and with binding.

    `found`: estimates by the names of `unimodal_probes.DEFINITIONS`.
    """
    between = found["between"]
    binds = between.low is not None and between.chance is not None and between.low > between.chance
    last = f"The match between them tells it too: binding is {_share(between)}." if binds else NOT_SHOWN
    if f"within_images{UNTRAINED}" not in found:
        return f"{UNKNOWN} {last}" if binds else UNKNOWN
    changes = {name: change(found[name], found[name + UNTRAINED]) for name in SUBJECTS}
    said = [
        f"{subject} tell {changes[name]} than an untrained model's: {_share(found[name])} against "
        f"{_share(found[name + UNTRAINED])}."
        for name, subject in SUBJECTS.items()
    ]
    if not binds and set(changes.values()) == {"more"}:
        last = NOT_BETWEEN
    chance = f"The colors alone, without their nouns, give {hundredths(found['within_images'].chance or 0.0)} %."
    return " ".join([*said, chance, last])


def change(trained: Estimate, untrained: Estimate) -> Change:
    """Return if a share exceeds another, or falls short of it, with disjoint 95 % intervals."""
    if trained.low is None or trained.high is None or untrained.low is None or untrained.high is None:
        return "no more"
    if trained.low > untrained.high:
        return "more"
    return "less" if trained.high < untrained.low else "no more"


def _share(estimate: Estimate) -> str:
    return "unknown" if estimate.value is None else f"{hundredths(estimate.value)} %"
