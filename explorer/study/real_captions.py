"""Figures of real captions, measured with the definitions of the study and frozen, and their places on its axes.

    load_corpora()                # that file, None if there is none
    corpus_positions("density")   # [Position(label="COCO", value=0.21, ...), ...]
    line_sentence(0.7)            # "At 0.70 attributes per named object, with two objects and ..."

The captions are not part of this repository; the figures say from which files they come and under which license.
"""

import math
from pathlib import Path
from typing import Any

from explorer.evaluation.results import Position
from explorer.runs.files import read_json
from explorer.spec import DataSpec, RunSpec
from explorer.study.evidence_store import evidence_folder
from explorer.study.law import LAW_FILE, predict_time
from explorer.wording import pairs_text

CORPORA_FILE = "real-captions.json"
STUDY_KINDS = ("color", "pattern", "tilt")
"""Kinds of the study, in the order in which they are added."""


CAVEAT = "kinds are open in real captions and photographs differ, so this is a place and no forecast"


def line_sentence(density: float, folder: Path | None = None) -> str:
    """Say what the study's line would expect of two objects whose captions tell so many attributes per named object.

    The kinds are as few as can be. Nothing is said of captions without attributes, or where no law is frozen.
    """
    folder = folder or evidence_folder()
    kinds = max(1, math.ceil(density))
    if density <= 0 or kinds > len(STUDY_KINDS) or not (folder / LAW_FILE).is_file():
        return ""
    spec = RunSpec(data=DataSpec(attribute_kinds=STUDY_KINDS[:kinds], attribute_density=density))
    expected = predict_time(spec, folder)
    with_kinds = f"with two objects and {kinds} kind{'s' * (kinds > 1)} of attribute"
    place = f"At {density:.2f} attributes per named object, {with_kinds},"
    if expected.pairs is None:
        return f"{place} the study's line is not known: trainings came later than it or did not bind; {CAVEAT}."
    ends = f"{pairs_text(expected.pairs.low)} to {pairs_text(expected.pairs.high)}"
    return f"{place} a small model would bind after about {pairs_text(expected.pairs.value)} pairs ({ends}); {CAVEAT}."


def corpus_positions(sweep: str, folder: Path | None = None) -> list[Position]:
    """Return the position of each corpus on the axis of a sweep; none for a sweep without a property."""
    frozen = load_corpora(folder)
    name = next((each for each, curve in frozen["curves"].items() if curve == sweep), None) if frozen else None
    if frozen is None or name is None:
        return []
    measured = {each["name"]: each for each in frozen["corpora"] if each[name] is not None}
    return [
        Position(label=each["label"], **{part: each[name][part] for part in ("value", "low", "high")})
        for each in measured.values()
        if each["part_of"] not in measured
    ]


def load_corpora(folder: Path | None = None) -> dict[str, Any] | None:
    """Return the frozen figures of the corpora; None if there are none."""
    path = (folder or evidence_folder()) / CORPORA_FILE
    return read_json(path) if path.is_file() else None
