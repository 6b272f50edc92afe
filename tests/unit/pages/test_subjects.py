"""A shipped model is inspected under the same shape as a run, with the scores that its page tells."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.evaluation.inspection import INSPECTED
from explorer.pages.inspect import answer, looked_at, reported
from explorer.pages.subjects import find_subject, is_shipped, subject_choices
from explorer.runs.store import RunFolder, RunStore
from explorer.spec import SpecError, data_dict
from models.configs import CHECKPOINTS, shipped_names

ROOT = Path(__file__).parents[3]


def test_each_has_the_data_that_it_was_trained_on(store: RunStore) -> None:
    for name in shipped_names():
        subject = find_subject(store, name)
        card = json.loads((CHECKPOINTS / name / "card.json").read_text())
        assert subject is not None and data_dict(subject.data) == card["spec"]["data"]


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
    assert subject.seen("canonical", 0)[0] is snapshot, "made once"
    form, step, *rest = looked_at(store, "things-bound", "own", None, 1)
    assert form["value"] == "own" and not step["visible"]
    json.dumps([form, *rest], allow_nan=False)
    assert "at step" not in rest[1] and "Saved at" not in rest[1]
    assert "evaluate things-bound" in reported(store, "things-bound")[-1]
    assert "data-cosine" in answer(store, "things-bound", "own", 1, "a red bus and a blue car")


def test_weights_that_cannot_be_read_are_a_sentence(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.pages import subjects
    from models.names import ModelError

    def broken(*_: object, **__: object) -> None:
        raise ModelError("model=things-web: is damaged")

    subjects._shipped.cache_clear()
    subjects._of_shipped.cache_clear()
    monkeypatch.setattr(subjects, "load_model", broken)
    subject = find_subject(store, "things-web")
    assert subject is not None
    with pytest.raises(SpecError, match="is damaged"):
        subject.seen("own", 0)


def test_torch_is_imported_when_a_person_asks_and_not_before(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from explorer.pages.app import build_app
from explorer.pages.inspect import looked_at
from explorer.runs.settings import LOCAL
from explorer.runs.store import RunStore
store = RunStore(Path(sys.argv[1]))
build_app(store, LOCAL)
print("torch" in sys.modules)
looked_at(store, "things-bound", "own", None, 1)
print("torch" in sys.modules)
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == ["False", "True"], done.stderr
