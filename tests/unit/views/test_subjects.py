"""A shipped model is inspected as a run is, by what is saved of it: what its weights make, read without torch."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.clip.names import shipped_names
from explorer.clip.zoo import load_clip
from explorer.errors import UserError
from explorer.evaluation.inspection import FEATURE_PARTS
from explorer.evaluation.snapshots import SnapshotTaker
from explorer.presets import PRESETS
from explorer.resources import SHIPPED_FOLDER
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.spec import DataSpec, RunSpec
from explorer.views.inside import find_inspected_model
from explorer.views.registry import entries
from explorer.views.service import Service
from explorer.world.worlds import WORLDS

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_names())
def test_what_is_saved_of_a_shipped_model_is_what_its_weights_make(name: str, store: RunStore) -> None:
    subject = find_inspected_model(store, name)
    card = json.loads((SHIPPED_FOLDER / name / "card.json").read_text())
    assert subject is not None and subject.data == RunSpec.from_json(card["spec"]).data
    clip = load_clip(name, find_run_model=lambda _: None)
    made = SnapshotTaker(clip, WORLDS[subject.data.world], subject.data).take(0)
    for form, features in made.forms.items():
        saved = subject.score_step(form, 0)[0]
        assert saved.logit_scale == pytest.approx(made.logit_scale, rel=1e-5)
        for part in FEATURE_PARTS:
            np.testing.assert_allclose(getattr(saved.forms[form], part), getattr(features, part), atol=1e-4)


def test_a_run_of_a_world_that_is_not_here_is_not_drawn(store: RunStore) -> None:
    folder = store.create(replace(RunSpec(), data=DataSpec(world="moon")))
    with pytest.raises(UserError, match="its world is not here"):
        find_inspected_model(store, folder.run)


@pytest.mark.parametrize(
    ("dials", "said"),
    [
        ({"objects_in_image": 0}, "objects_in_image=0: must be from 1 to"),
        ({"objects_in_image": -1}, "objects_in_image=-1: must be from 1 to"),
        ({"size_contrast": 0.0}, "size_contrast=0.0: must be from 1 to"),
    ],
)
def test_a_run_whose_file_has_an_impossible_dial_names_it(store: RunStore, dials: Any, said: str) -> None:
    folder = store.create(replace(RunSpec(), data=replace(DataSpec(), **dials)))
    service = Service(store=store, settings=LOCAL)
    for view in ("inspect_steps", "inspect", "inspect_figures"):
        with pytest.raises(UserError, match=f"^{said}"):
            entries()[view].answer(service, {"name": folder.run})


@pytest.mark.parametrize("name", PRESETS)
def test_the_scenes_of_every_recipe_are_drawn(store: RunStore, name: str) -> None:
    spec = PRESETS[name].spec
    subject = find_inspected_model(store, store.create(spec).run)
    assert subject is not None and subject.data == spec.data


@pytest.mark.slow
def test_nothing_that_is_inspected_needs_torch(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from explorer.runs.store import RunStore
from explorer.views.service import Service
from explorer.settings import LOCAL
from explorer.views.registry import entries
service = Service(store=RunStore(Path(sys.argv[1])), settings=LOCAL)
for name, more in (("inspect", {}), ("inspect_steps", {}), ("inspect_figures", {"step": 0, "scene": 1})):
    assert entries()[name].answer(service, {"name": "things-bound", **more})
print("torch" in sys.modules)
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == ["False"], done.stderr
