"""Places of real captions on the axes of the study, from their frozen figures, which `load_corpora` reads.

    corpus_positions("density")   # [Position(label="COCO", value=0.21, ...), ...]
    place_sentence(0.5)           # "Your captions tell 0.50 attributes per named object. With 0.50, two objects ..."

The captions are not part of this repository; the figures say from which files they come and under which license.
"""

import math
from pathlib import Path

from explorer.evaluation.results import Position
from explorer.sentences import Sentence
from explorer.spec import DataSpec, RunSpec
from explorer.study.cells import load_cells, nearest_cell
from explorer.study.evidence_store import load_corpora

STUDY_KINDS = ("color", "pattern", "tilt")
"""Kinds of the study, in the order in which they are added."""


def place_sentence(density: float, folder: Path | None = None) -> str:
    """Say what the study measured of two objects whose captions tell about so many attributes per named object.

    The kinds are as few as can be. Nothing is said of captions without attributes, or where no cell is frozen.
    """
    num_kinds, cells = max(1, math.ceil(density)), load_cells(folder)
    if density <= 0 or num_kinds > len(STUDY_KINDS) or not cells:
        return ""
    near = nearest_cell(
        RunSpec(data=DataSpec(attribute_kinds=STUDY_KINDS[:num_kinds], attribute_density=density)), cells
    )
    told, kinds = f"{density:.2f}", "1 kind" if num_kinds == 1 else f"{num_kinds} kinds"
    if near is None:
        english = (
            "Near {density} attributes per named object, with two objects and {kinds} of attribute, the study measured "
            "nothing."
        )
        return Sentence("captions.unmeasured", english, density=told, kinds=kinds)
    english = (
        "Your captions tell {density} attributes per named object. With {there}, two objects and {kinds} of attribute, "
        "the study trained {n} small models, of which {bound} bound within {pairs} pairs. Kinds are open in real "
        "captions and photographs differ, so this is a place and no forecast."
    )
    return Sentence(
        "captions.measured",
        english,
        density=told,
        there=f"{near.cell.spec.data.attribute_density:.2f}",
        kinds=kinds,
        n=str(len(near.cell.seeds)),
        bound=str(sum(seed.own is not None for seed in near.cell.seeds)),
        pairs=f"{near.cell.pairs:,}",
    )


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
