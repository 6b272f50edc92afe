"""A shipped model is inspected under the same shape as a run, with the scores that its page tells."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer.clip.names import shipped_names
from explorer.clip.zoo import load
from explorer.evaluation.embed import SnapshotTaker
from explorer.evaluation.inspection import INSPECTED, PARTS
from explorer.pages.inspect.build import NOT_YET, answer, looked_at, reported
from explorer.resources import CHECKPOINTS
from explorer.runs.store import RunFolder, RunStore
from explorer.spec import RunSpec
from explorer.views import inside as inspect_source
from explorer.views.inside import SHOWN_FIRST, find_subject, is_shipped, subject_choices
from explorer.world.worlds import WORLDS

ROOT = Path(__file__).parents[4]


def test_each_has_the_data_that_it_was_trained_on(store: RunStore) -> None:
    for name in shipped_names():
        subject = find_subject(store, name)
        card = json.loads((CHECKPOINTS / name / "card.json").read_text())
        assert subject is not None and subject.data == RunSpec.from_dict(card["spec"]).data


def test_a_run_is_its_saved_steps(trained: RunFolder) -> None:
    subject = find_subject(RunStore(trained.path.parent), trained.run)
    assert subject is not None and subject.steps == (0, 1, 2) and subject.folder == trained and subject.has_model
    assert subject.seen("own", 2)[0].step == 2


@pytest.mark.parametrize("name", [None, "", 7, ["things-bound"], "../things-bound", "nope"])
def test_what_is_neither_is_nothing(name: object, store: RunStore) -> None:
    assert find_subject(store, name) is None and not is_shipped(store, name)


def test_a_run_comes_before_a_shipped_model_of_its_name(store: RunStore, done: RunFolder) -> None:
    done.path.rename(store.root / "things-bound")
    subject = find_subject(store, "things-bound")
    assert subject is not None and subject.steps == (0, 1, 2) and not is_shipped(store, "things-bound")


def test_all_can_be_chosen() -> None:
    choices = subject_choices(["a-run"])
    assert choices[0] == ("a-run", "a-run") and ("things-bound (shipped)", "things-bound") in choices


def test_a_shipped_model_binds_on_the_inspected_scenes_as_its_page_tells(store: RunStore) -> None:
    subject = find_subject(store, "things-bound")
    assert subject is not None
    snapshot, found = subject.seen("canonical", 0)
    assert found.binding_accuracy.n <= INSPECTED and (found.binding_accuracy.value or 0) > 0.9
    assert subject.seen("canonical", 0)[0] is snapshot, "read once"
    form, scrubber, _, *rest = looked_at(store, "things-bound", "own", None, 1)
    assert form["value"] == "own" and not scrubber["visible"]
    json.dumps([form, *rest], allow_nan=False)
    assert "at step" not in rest[1] and "Saved at" not in rest[1]
    forms, breakdown, column, box, sentence = reported(store, "things-bound")
    card = json.loads((CHECKPOINTS / "things-bound" / "card.json").read_text())
    own = next(row for row in forms["rows"] if row[:2] == ["own", "binding"] or row[:2] == ("own", "binding"))
    assert own[2] == pytest.approx(card["forms"]["own"]["binding_accuracy"]["value"], abs=1e-4)
    assert breakdown is None and not column["visible"] and box["visible"] and sentence == ""
    assert "data-cosine" in answer(store, "things-bound", "own", 1, "a red bus and a blue car")


@pytest.mark.parametrize("name", shipped_names())
def test_what_is_saved_of_a_shipped_model_is_what_its_weights_make(name: str, store: RunStore) -> None:
    subject = find_subject(store, name)
    assert subject is not None and SHOWN_FIRST in shipped_names()
    clip = load(name, find_run=lambda _: None)
    made = SnapshotTaker(clip, WORLDS[subject.data.world], subject.data).take(0)
    for form, features in made.forms.items():
        saved = subject.seen(form, 0)[0]
        assert saved.logit_scale == pytest.approx(made.logit_scale, rel=1e-5)
        for part in PARTS:
            np.testing.assert_allclose(getattr(saved.forms[form], part), getattr(features, part), atol=1e-4)


def test_a_shipped_model_without_a_snapshot_has_no_step(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(inspect_source, "CHECKPOINTS", tmp_path)
    subject = find_subject(store, "things-web")
    assert subject is not None and subject.steps == ()
    assert NOT_YET in looked_at(store, "things-web", "own", None, 1)


@pytest.mark.slow
def test_nothing_that_is_inspected_needs_torch(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from explorer.pages.app import build_app
from explorer.pages.inspect.build import looked_at
from explorer.settings import LOCAL
from explorer.runs.store import RunStore
from explorer.service.service import Service
store = RunStore(Path(sys.argv[1]))
build_app(Service.of(store, LOCAL))
looked_at(store, "things-bound", "own", None, 1)
print("torch" in sys.modules)
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == ["False"], done.stderr
