"""The shipped models load by their names and do what their page says of them."""

import re
from typing import Any

import pytest

from explorer.evaluation.report import evaluate
from explorer.world.worlds import WORLDS
from models.configs import CHECKPOINTS, shipped_names
from models.zoo import load

ROWS = dict(re.findall(r"^\| `([\w-]+)` \|(.*)\|$", (CHECKPOINTS / "README.md").read_text(), re.MULTILINE))
BINDING = {"things-friendly": (0.95, 1.0), "things-web-like": (0.4, 0.62)}


def test_the_page_names_each_model_and_no_other() -> None:
    assert set(ROWS) == set(shipped_names()) == set(BINDING)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BINDING))
def test_a_shipped_model_binds_as_told(name: str) -> None:
    clip = load(name, find_run=lambda run: None)
    metrics: dict[str, Any] = evaluate(clip, WORLDS["things"], None, seed=3, count=300)["metrics"]
    low, high = BINDING[name]
    assert low <= metrics["binding_accuracy"]["value"] <= high
    assert metrics["recognition_accuracy"]["value"] > 0.85
    told = float(ROWS[name].split("|")[3].split()[0])
    assert abs(told - metrics["binding_accuracy"]["value"]) < 0.1
