"""The Workbench offers pretrained models that were asked a question, and asks older runs the pairs."""

import shutil
from pathlib import Path

import pytest

from explorer.pages.workbench.dialed import DialedSpec, plan
from explorer.presets import preset
from explorer.runs.store import RunFolder, RunStore
from explorer.service import final_model, probing
from explorer.settings import LOCAL, SHARED
from explorer.spec import override
from explorer.views.runs import RunRequest, choices, training_state
from tests.unit.toys import GRAMMAR, tiny_folder

KEY = "a" * 32


@pytest.fixture
def pretrained(store: RunStore, tmp_path: Path) -> str:
    """A model with a tokenizer of its own that was asked a question."""
    probing.MODELS.clear()
    words = ("[PAD]", "[EOS]", "[BOS]", "[UNK]", *reversed(GRAMMAR.words[4:]))
    name = str(tiny_folder(tmp_path / "pretrained", words=words))
    probing.load_model(name, store=store, only_safe=True)
    return name


def test_a_model_that_was_asked_is_a_start_on_ones_own_computer(store: RunStore, pretrained: str) -> None:
    starts = [name for _, name in choices(store, LOCAL, "", KEY)["starts"]]
    assert starts[0] == "scratch" and starts[-1] == pretrained
    assert pretrained not in [name for _, name in choices(store, SHARED, "", KEY)["starts"]]
    seen = training_state(store, LOCAL, RunRequest(), KEY)["known"]
    probing.MODELS.clear()
    assert training_state(store, LOCAL, RunRequest(known=seen), KEY)["listing"] is not None, "the list is sent anew"


def test_the_plan_tells_memory_and_how_it_is_tuned(store: RunStore, pretrained: str) -> None:
    spec = override(preset("binding-friendly").spec, {"init": pretrained})
    assert plan(store, LOCAL, DialedSpec.of(spec))["why_not"] == (
        "tune=all: a pretrained model is tuned by lora or text-map"
    )
    found = plan(store, LOCAL, DialedSpec.of(override(spec, {"tune": "lora"})))
    assert found["why_not"] is None and "of memory" in found["basis"] and found["time"].startswith("About ")
    assert found["needs"].startswith("Tuned by lora; needs about ") and found["needs"].endswith(" are free.")
    assert plan(store, LOCAL, DialedSpec.of(preset("binding-friendly").spec))["needs"] == ""
    assert plan(store, SHARED, DialedSpec.of(override(spec, {"tune": "lora"})))["why_not"] is not None


def test_a_look_at_an_older_run_asks_its_model(store: RunStore, done: RunFolder) -> None:
    older = RunFolder(store.root / "older-0123456789ab")
    shutil.copytree(done.path, older.path)
    older.pairs.unlink()
    first = training_state(store, LOCAL, RunRequest(run=older.run), KEY)["run"]
    assert first["checkpoints"] == [] and first["why_no_checkpoints"]
    for thread in final_model.threading.enumerate():
        if thread.name == f"pairs of {older.run}":
            thread.join(120)
    again = training_state(store, LOCAL, RunRequest(run=older.run), KEY)["run"]
    assert [each["step"] for each in again["checkpoints"]] == [2] and again["why_no_checkpoints"]
