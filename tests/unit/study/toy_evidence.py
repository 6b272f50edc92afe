"""A folder of frozen evidence that takes no training: the toy rows under the names of real claims, with small models.

freeze_toys(tmp_path)               # density: falls, agrees; batch-size: one seed, so nothing to guess
monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
"""

import json
from pathlib import Path

from explorer.evaluation.sweep_evidence import Evidence
from explorer.study.evidence import evidence
from explorer.study.rows import Row, write_rows
from explorer.study.svg import picture
from tests.unit.study.toy_sweep import toy_rows, toy_sweep

ABOUT = {"command": "python -m explorer sweep toy", "date": "2026-01-02"}
BINDING = {"density": ([0.98, 0.99, 0.97], [0.52, 0.50, 0.51]), "batch-size": ([0.6], [0.7])}
TIER_2 = "objects"
"""A third claim, of the second tier, which is frozen where it is asked for."""


def real_rows(complete: list[float], half: list[float]) -> list[Row]:
    """The toy rows with the model and steps of a real run, so that its controls can show them."""
    rows = toy_rows(complete, half)
    return [each | {"spec": each["spec"].replace('"tiny"', '"small"')} for each in rows]


def toy_evidence(name: str) -> Evidence:
    """The evidence that stands under the name of a claim."""
    rows = [row | {"sweep": name} for row in real_rows(*BINDING.get(name, BINDING["density"]))]
    return evidence(toy_sweep(name=name), rows, ABOUT)


def freeze_toys(folder: Path, *names: str) -> Path:
    """Write JSON, Parquet and picture of each claim."""
    folder.mkdir(exist_ok=True)
    for name in names or tuple(BINDING):
        found = toy_evidence(name)
        (folder / f"{name}.json").write_text(json.dumps(found.to_json()))
        (folder / f"{name}.svg").write_text(picture(found))
        write_rows(folder / f"{name}.parquet", real_rows(*BINDING.get(name, BINDING["density"])), ABOUT)
    return folder
