"""The table of shipped models is legal, and the command makes of a finished run a folder with its card and page."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.cli import main
from explorer.clip.card import SHIPPED, Shipped, page
from explorer.clip.names import config_names, shipped_names
from explorer.clip.zoo import load
from explorer.codec import decode
from explorer.errors import UserError
from explorer.evaluation import results
from explorer.evaluation.results import PairAnswers
from explorer.presets import PRESETS
from explorer.resources import CHECKPOINTS
from explorer.runs.files import write_json
from explorer.runs.outcome import recording, run_state
from explorer.runs.store import RunFolder, RunStore
from explorer.spec import Names, validate
from explorer.tools.ship import with_new_metrics
from explorer.world.worlds import kind_names
from tests.unit.toys import FEW_WITH_PROBE, use_tiny_configs

TOY = Shipped(
    name="toy",
    title="Toy captions",
    about="a toy",
    preset="two-kinds",
    sentence="A toy.",
    changes={"batch_size": 16, "mask_false_negatives": True},
    seed=2,
    samples=1 / 60,
)
FILES = {"open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json", "tokenizer_config.json"}


def test_the_table_is_legal() -> None:
    for name, model in SHIPPED.items():
        validate(model.spec(), Names(worlds=kind_names(), models=config_names()))
        assert model.name == name and model.sentence.endswith(".")
        assert model.spec().train.steps == PRESETS[model.preset].spec.train.steps * model.samples
    web, hard = (SHIPPED[name].spec() for name in ("things-web", "things-hard-negatives"))
    assert web.data == hard.data and web.train.steps == hard.train.steps


def ship(*arguments: Any) -> None:
    main(["ship", "toy", "--json", *map(str, arguments)], budget=FEW_WITH_PROBE)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run of the toy, so short that it failed to train, which its report is made to deny."""
    place = tmp_path_factory.mktemp("ship")
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_configs(patch, place / "configs")
        patch.setitem(SHIPPED, "toy", TOY)
        with pytest.raises(SystemExit) as left:
            ship("--runs", place / "runs", "--out", place / "none")
    (folder,) = RunStore(place / "runs").all()
    found = folder.report_json()
    assert left.value.code == 2 and found["failed_to_train"] and not (place / "none").exists()
    write_json(folder.path / "report.json", found | {"failed_to_train": False})
    return folder


WRITTEN = ("card.json", "README.md", "inspected.npz", "pairs.json", "widget.png", ".eval_results")
"""Names beside the model's own files."""


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHIPPED, "toy", TOY)


def test_a_finished_run_becomes_a_folder_with_its_card(
    trained: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ship("--run", trained.path, "--out", tmp_path / "deep" / "toy")
    answer = json.loads(capsys.readouterr().out)
    folder = tmp_path / "deep" / "toy"
    assert {path.name for path in folder.iterdir()} == FILES | set(WRITTEN)
    card, found = json.loads((folder / "card.json").read_text()), trained.report_json()
    assert answer == {"name": "toy", "folder": str(folder), "card": card}
    for part in ("spec", "recipe", "budget", "device", "versions", "metrics", "forms", "controls"):
        assert card[part] == found[part], part
    assert (card["preset"], card["seed"], card["license"]) == ("two-kinds", 2, "MIT")
    assert str(trained.path) not in (folder / "card.json").read_text()
    assert load(str(folder), find_run=lambda _: None).words is not None
    text = (folder / "README.md").read_text()
    binding = found["metrics"]["binding_accuracy"]
    assert text == page(card) and "3 steps of 16 pairs" in text and "batch_size 16, mask_false_negatives True" in text
    assert f"| binding accuracy | canonical | {binding['value']:.3f} ({binding['low']:.3f} to" in text


def test_a_model_that_is_there_is_asked_the_pairs_anew(
    trained: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ship("--run", trained.path, "--out", tmp_path / "toy")
    written = (tmp_path / "toy" / "pairs.json").read_text()
    answers = decode(PairAnswers, json.loads(written))
    (*_, last) = results.read(trained.pairs)
    assert answers.step == last.step and len(answers.cosines) == 24
    assert np.array(answers.cosines) == pytest.approx(np.array(last.cosines), abs=1e-5)
    (tmp_path / "toy" / "pairs.json").write_text("{}")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "toy").iterdir()}
    ship("--pairs-only", "--out", tmp_path / "toy")
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "toy").iterdir()}
    assert (tmp_path / "toy" / "pairs.json").read_text() == written
    assert {name for name in after if after[name] != before[name]} == {"pairs.json"}
    assert "holds no shipped model" in refusal(capsys, "--pairs-only", "--out", tmp_path / "none")


def refusal(capsys: pytest.CaptureFixture[str], *arguments: Any) -> str:
    with pytest.raises(SystemExit) as left:
        ship(*arguments)
    assert left.value.code == 2
    return capsys.readouterr().err


def test_another_run_is_refused(
    trained: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setitem(SHIPPED, "toy", SHIPPED["things-web"])
    said = refusal(capsys, "--run", trained.path, "--out", tmp_path / "x")
    assert "its objects_in_image is 2, that of things-web is 4" in said
    assert "is no run folder" in refusal(capsys, "--run", tmp_path, "--out", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_name_that_is_not_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ship", "things-friendly"])
    assert capsys.readouterr().err.startswith("name=things-friendly: choose things-bound, things-web,")


def test_a_training_becomes_a_recording(
    trained: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(PRESETS, "toy", replace(PRESETS["two-kinds"], spec=TOY.spec()))
    ship("--recording", "--run", trained.path, "--out", tmp_path / "recordings")
    answer = json.loads(capsys.readouterr().out)
    path = tmp_path / "recordings" / "toy.json"
    assert answer["file"] == str(path) and answer["state"] == json.loads(path.read_text())
    assert path.stat().st_size < 40_000 and trained.run not in path.read_text()
    state = recording("toy", path.parent)
    seen = run_state(RunStore(trained.path.parent), trained)
    assert (state.name, state.kind, state.seed) == ("toy", "recording", 2)
    assert (state.curve, state.final, state.spec, state.device) == (seen.curve, seen.final, seen.spec, seen.device)
    assert [each.step for each in state.checkpoints] == list(trained.snapshot_steps())
    assert "its batch_size is 16, that of two-kinds is 256" in refused_recording("two-kinds", trained, capsys)
    (trained.path / "pairs.jsonl").rename(tmp_path / "pairs.jsonl")
    try:
        said = refusal(capsys, "--recording", "--run", trained.path, "--out", tmp_path / "none")
        assert "saved no answers on its way" in said and not (tmp_path / "none").exists()
    finally:
        (tmp_path / "pairs.jsonl").rename(trained.path / "pairs.jsonl")


def refused_recording(name: str, trained: RunFolder, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        main(["ship", name, "--recording", "--run", str(trained.path)])
    return capsys.readouterr().err


def test_a_recording_that_is_damaged_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "salient.json").write_text('{"name": "salient"}')
    with pytest.raises(UserError, match="recording=salient: its file cannot be read"):
        recording("salient", tmp_path)


def test_a_card_gets_the_metrics_that_it_lacks() -> None:
    old = {
        "metrics": {"binding_accuracy": {"value": 0.9}},
        "forms": {"own": {"margin": {"value": None}}, "bundle": None},
    }
    new = {
        "metrics": {"binding_accuracy": {"value": 0.905}, "parts_accuracy": {"value": 0.8}},
        "forms": {"own": {"margin": {"value": None}, "parts_accuracy": {"value": 0.7}}, "bundle": None},
    }
    assert with_new_metrics(old, new) == {
        "metrics": {"binding_accuracy": {"value": 0.9}, "parts_accuracy": {"value": 0.8}},
        "forms": new["forms"],
    }
    new["metrics"]["binding_accuracy"]["value"] = 0.95
    with pytest.raises(ValueError, match="binding_accuracy in canonical captions is 0.950, its card says 0.900"):
        with_new_metrics(old, new)


def test_shipped_cards_have_the_read_outs_of_single_objects() -> None:
    for name in shipped_names():
        found = json.loads((CHECKPOINTS / name / "card.json").read_text())
        for form in (found["metrics"], *found["forms"].values()):
            assert form is None or {"parts_accuracy", "single_object_accuracy"} <= form.keys()


def test_metrics_of_a_folder_without_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no shipped model" in refusal(capsys, "--metrics-only", "--out", tmp_path / "none")
