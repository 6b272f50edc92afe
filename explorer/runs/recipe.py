"""The code that draws, trains and scores, as one short word that changes when what it computes may change.

    recipe()      # "2.5f0c1a2b9d3e", the same after a changed comment or a line broken elsewhere

Results of two recipes are not points of one curve, so reports and sweeps carry it.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

from explorer.spec.run_spec import RECIPE

ROOT = Path(__file__).resolve().parents[2]
WORLD = (
    "appearance atlas counter_rng drawing grammar pairs plan render scenes sentences shapes sprites swaps things truth"
)
SCORES = "controls embed linear_probe metrics report scores sets"


@cache
def recipe() -> str:
    """The recipe's version, and a digest over the sources, without their comments and layout, and the model configs."""
    digest = hashlib.sha256()
    for path in _sources():
        text = path.read_text(encoding="utf-8")
        digest.update(path.name.encode())
        digest.update((ast.unparse(ast.parse(text)) if path.suffix == ".py" else text).encode())
    return f"{RECIPE}.{digest.hexdigest()[:12]}"


def _sources() -> list[Path]:
    explorer, models = ROOT / "explorer", ROOT / "models"
    named = [explorer / "world" / f"{name}.py" for name in WORLD.split()]
    named += [explorer / "evaluation" / f"{name}.py" for name in SCORES.split()]
    trains = sorted((explorer / "training").glob("*.py"))
    computes = [explorer / "clip" / f"{name}.py" for name in "clip parallel_towers towers".split()]
    return [*named, *trains, *computes, *sorted((models / "configs").glob("*.json"))]
