"""The default recipe binds within a hundred steps, and by nothing that a control has too."""

from dataclasses import replace
from pathlib import Path

import pytest

from explorer.evaluation.sets import FULL_BUDGET
from explorer.runs.specs import resolve
from explorer.runs.store import RunStore
from explorer.runs.worker import execute_run

STEPS = 90
SLACK = 0.03
"""Beyond a 95 % interval, so that one of twenty controls does not fail the test by chance."""


@pytest.mark.nightly
def test_the_default_recipe_binds_and_its_controls_do_not(tmp_path: Path) -> None:
    """Half a minute of a core; golden values see sooner that a training has changed."""
    store = RunStore(tmp_path)
    folder = store.create(resolve("binding-friendly", {"steps": STEPS}))
    # What is asked between the steps is not looked at; the report asks all scenes.
    for _ in execute_run(store, folder, budget=replace(FULL_BUDGET, quick_scenes=24)):
        pass
    report = folder.report_json()
    assert not report["failed_to_train"]
    assert report["metrics"]["binding_accuracy"]["low"] > 0.9
    assert report["metrics"]["recognition_accuracy"]["low"] > 0.95
    estimates = {
        (control, form): estimate
        for control, forms in report["controls"].items()
        for form, estimate in forms.items()
        if estimate and estimate["low"] is not None
    }
    assert {"caption_only", "permuted_images", "shuffled_pixels"} <= {control for control, _ in estimates}
    for name, estimate in estimates.items():
        assert estimate["low"] - SLACK <= 0.5 <= estimate["high"] + SLACK, (name, estimate)
