"""The frozen evidence of the study, as the page and the endpoints read it.

    load("batch-size")                 # the JSON of a sweep, None where it was not run
    load_all()                         # {name: JSON or None}, in the order of the table

`freezing` writes it.
"""

from pathlib import Path
from typing import Any

from explorer.runs.files import read_json
from explorer.study.table import SWEEPS, find

FROZEN = Path(__file__).resolve().parents[2] / "assets" / "study"


def load(name: str, folder: Path = FROZEN) -> dict[str, Any] | None:
    """The evidence of a sweep, None where there is none; `SpecError` for a name that is no sweep."""
    path = folder / f"{find(name).name}.json"
    return read_json(path) if path.is_file() else None


def load_all(folder: Path = FROZEN) -> dict[str, dict[str, Any] | None]:
    """The evidence of every declared sweep."""
    return {name: load(name, folder) for name in SWEEPS}
