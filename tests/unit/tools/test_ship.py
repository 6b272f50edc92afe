"""The table of shipped models is legal, and the command makes of a finished run a folder with its card and page."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.cli import main
from explorer.clip.card import SHIPPED, ShippedModel, render_model_page
from explorer.clip.configs import config_names
from explorer.clip.names import shipped_names
from explorer.clip.zoo import load_clip
from explorer.codec import decode
from explorer.errors import UserError
from explorer.evaluation import pair_answers
from explorer.evaluation.pair_answers import PairAnswers
from explorer.presets import PRESETS
from explorer.resources import SHIPPED_FOLDER
from explorer.runs.files import write_json
from explorer.runs.folder import RunFolder
from explorer.runs.state import read_recording, run_state
from explorer.runs.store import RunStore
from explorer.spec import KnownNames, validate
from explorer.tools.ship import add_new_metrics
from explorer.world.worlds import kind_names
from tests.unit.tools.conftest import Shell
from tests.unit.toys import FEW_WITH_PROBE, use_tiny_configs

TOY = ShippedModel(
    name="toy",
    title="Toy captions",
    about="a toy",
    preset="two-kinds",
    sentence="A toy.",
    changes={"batch_size": 16, "mask_false_negatives": True},
    seed=2,
    steps_factor=1 / 60,
)
FILES = {"open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json", "tokenizer_config.json"}


def test_the_table_is_legal() -> None:
    for name, model in SHIPPED.items():
        validate(model.spec(), KnownNames(worlds=kind_names(), models=config_names()))
        assert model.name == name and model.sentence.endswith(".")
        assert model.spec().train.steps == PRESETS[model.preset].spec.train.steps * model.steps_factor
    web, hard = (SHIPPED[name].spec() for name in ("things-web", "things-hard-negatives"))
    assert web.data == hard.data and web.train.steps == hard.train.steps


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run of the toy, so short that it failed to train, which its report is made to deny."""
    place = tmp_path_factory.mktemp("ship")
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_configs(patch, place / "configs")
        patch.setitem(SHIPPED, "toy", TOY)
        with pytest.raises(SystemExit) as left:
            main(["ship", "toy", "--runs", str(place / "runs"), "--out", str(place / "none")], budget=FEW_WITH_PROBE)
    (folder,) = RunStore(place / "runs").all()
    report = folder.report_json()
    assert left.value.code == 2 and report["failed_to_train"] and not (place / "none").exists()
    write_json(folder.path / "report.json", report | {"failed_to_train": False})
    return folder


WRITTEN = ("card.json", "README.md", "inspected.npz", "pairs.json", "widget.png", ".eval_results")
"""Names beside the model's own files."""


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHIPPED, "toy", TOY)


@pytest.mark.slow
def test_a_finished_run_becomes_a_folder_with_its_card(trained: RunFolder, tmp_path: Path, shell: Shell) -> None:
    folder = tmp_path / "deep" / "toy"
    answer = shell.document("ship", "toy", "--run", trained.path, "--out", folder)
    assert {path.name for path in folder.iterdir()} == FILES | set(WRITTEN)
    card, report = json.loads((folder / "card.json").read_text()), trained.report_json()
    assert answer == {"name": "toy", "folder": str(folder), "card": card}
    for part in ("spec", "recipe", "budget", "device", "versions", "metrics", "forms", "controls"):
        assert card[part] == report[part], part
    assert (card["preset"], card["seed"], card["license"]) == ("two-kinds", 2, "MIT")
    assert str(trained.path) not in (folder / "card.json").read_text()
    assert load_clip(str(folder), find_run_model=lambda _: None).words is not None
    text = (folder / "README.md").read_text()
    binding = report["metrics"]["binding_accuracy"]
    assert (
        text == render_model_page(card)
        and "3 steps of 16 pairs" in text
        and "batch_size 16, mask_false_negatives True" in text
    )
    assert f"| binding accuracy | canonical | {binding['value']:.3f} ({binding['low']:.3f} to" in text


@pytest.mark.slow
def test_a_model_that_is_there_is_asked_the_pairs_anew(trained: RunFolder, tmp_path: Path, shell: Shell) -> None:
    folder = tmp_path / "toy"
    shell.document("ship", "toy", "--run", trained.path, "--out", folder)
    written = (folder / "pairs.json").read_text()
    answers = decode(PairAnswers, json.loads(written))
    (*_, last) = pair_answers.read_answers(trained.pairs)
    assert answers.step == last.step and len(answers.cosines) == 24
    assert np.array(answers.cosines) == pytest.approx(np.array(last.cosines), abs=1e-5)
    (folder / "pairs.json").write_text("{}")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    shell.document("ship", "toy", "--pairs-only", "--out", folder)
    assert (folder / "pairs.json").read_text() == written
    assert {path.name for path in folder.iterdir() if path.stat().st_mtime_ns != before[path.name]} == {"pairs.json"}


def test_another_run_is_refused(
    trained: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    monkeypatch.setitem(SHIPPED, "toy", SHIPPED["things-web"])
    said = shell.refused("ship", "toy", "--run", trained.path, "--out", "x")
    assert "its objects_in_image is 2, that of things-web is 4" in said
    assert "is no run folder" in shell.refused("ship", "toy", "--run", tmp_path, "--out", "x")
    assert not Path("x").exists()


def test_a_training_becomes_a_recording(
    trained: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    monkeypatch.setitem(PRESETS, "toy", replace(PRESETS["two-kinds"], spec=TOY.spec()))
    answer = shell.document("ship", "toy", "--recording", "--run", trained.path, "--out", tmp_path / "recordings")
    path = tmp_path / "recordings" / "toy.json"
    assert answer["file"] == str(path) and answer["state"] == json.loads(path.read_text())
    assert path.stat().st_size < 40_000 and trained.run not in path.read_text()
    state = read_recording("toy", path.parent)
    seen = run_state(RunStore(trained.path.parent), trained)
    assert (state.name, state.kind, state.seed) == ("toy", "recording", 2)
    assert (state.curve, state.final, state.spec, state.device) == (seen.curve, seen.final, seen.spec, seen.device)
    assert [each.step for each in state.answers] == list(trained.snapshot_steps())
    said = shell.refused("ship", "two-kinds", "--recording", "--run", trained.path)
    assert "its batch_size is 16, that of two-kinds is 256" in said
    (trained.path / "pairs.jsonl").rename(tmp_path / "pairs.jsonl")
    try:
        said = shell.refused("ship", "toy", "--recording", "--run", trained.path, "--out", tmp_path / "none")
        assert "saved no answers on its way" in said and not (tmp_path / "none").exists()
    finally:
        (tmp_path / "pairs.jsonl").rename(trained.path / "pairs.jsonl")


def test_a_recording_that_is_damaged_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "salient.json").write_text('{"name": "salient"}')
    with pytest.raises(UserError, match="recording=salient: its file cannot be read"):
        read_recording("salient", tmp_path)


def test_a_card_gets_the_metrics_that_it_lacks() -> None:
    old = {
        "metrics": {"binding_accuracy": {"value": 0.9}},
        "forms": {"own": {"margin": {"value": None}}, "bundle": None},
    }
    new = {
        "metrics": {"binding_accuracy": {"value": 0.905}, "parts_accuracy": {"value": 0.8}},
        "forms": {"own": {"margin": {"value": None}, "parts_accuracy": {"value": 0.7}}, "bundle": None},
    }
    assert add_new_metrics(old, new) == {
        "metrics": {"binding_accuracy": {"value": 0.9}, "parts_accuracy": {"value": 0.8}},
        "forms": new["forms"],
    }
    new["metrics"]["binding_accuracy"]["value"] = 0.95
    with pytest.raises(ValueError, match="binding_accuracy in canonical captions is 0.950, its card says 0.900"):
        add_new_metrics(old, new)


def test_shipped_cards_have_the_read_outs_of_single_objects() -> None:
    for name in shipped_names():
        document = json.loads((SHIPPED_FOLDER / name / "card.json").read_text())
        for form in (document["metrics"], *document["forms"].values()):
            assert form is None or {"parts_accuracy", "single_object_accuracy"} <= form.keys()
