"""Example scenes of the study: one picture and caption per kind of data, in one image for STUDY.md.

write_examples(Path("assets/study"))      # examples.png
"""

import io
from pathlib import Path

from explorer.runs.files import replace_file
from explorer.spec.dials import DataSpec
from explorer.study.evidence_store import FROZEN
from explorer.study.second_edition import SECOND_EDITION

FILE = "examples.png"


def data_of_conditions() -> dict[DataSpec, str]:
    """Return each distinct data spec of the second edition with the label of the first condition that has it."""
    found: dict[DataSpec, str] = {}
    for sweep in SECOND_EDITION.values():
        for condition in sweep.conditions:
            spec = sweep.spec(condition, seed=0, factor=1.0)
            found.setdefault(spec.data, f"{sweep.name}: {condition.label}")
    return found


def write_examples(folder: Path = FROZEN) -> None:
    """Write the sheet of examples."""
    # Pillow draws only here; the other commands of the study start without it.
    from explorer.world.example_sheet import Example, example_sheet

    examples = [Example(label=label, data=data) for data, label in data_of_conditions().items()]
    buffer = io.BytesIO()
    example_sheet(examples).quantize(128).save(buffer, "PNG", optimize=True)
    replace_file(folder / FILE, buffer.getvalue())
