"""Frozen evidence is found by the name of a sweep alone and read once; a reader's runs find their condition."""

import copy
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.codec import decode
from explorer.errors import UserError
from explorer.evaluation.results import Estimate, read_report
from explorer.study.evidence_store import FROZEN, Evidence, OwnPoint, evidence_folder, file_of, load, load_all, placed
from explorer.study.sweeps import SWEEPS
from tests.unit.study.toy_evidence import as_file, condition, evidence, made, spec_of, toy_evidence


def test_the_folder_is_that_of_the_environment() -> None:
    assert evidence_folder({}) == FROZEN and evidence_folder({"EXPLORER_STUDY": ""}) == FROZEN
    assert evidence_folder({"EXPLORER_STUDY": "mine"}) == Path("mine")


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path, found = tmp_path / "density.json", toy_evidence("density")
    path.write_bytes(as_file(found))
    first = load("density", tmp_path)
    assert first == found and load("density", tmp_path) is first
    time.sleep(0.01)
    path.write_bytes(as_file(replace(found, axis="x")))
    assert load("density", tmp_path) == replace(found, axis="x")
    assert load_all(tmp_path) == dict.fromkeys(SWEEPS) | {"density": load("density", tmp_path)}


def test_a_file_of_another_shape_is_a_sentence(tmp_path: Path) -> None:
    for text in ("{", "[1]", "{}", '{"name": "density"}'):
        (tmp_path / "density.json").write_text(text)
        with pytest.raises(UserError, match="sweep=density: its evidence cannot be read"):
            load("density", tmp_path)
        time.sleep(0.01)


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    for name in ("secret", "../secret", "", str(tmp_path / "secret")):
        with pytest.raises(UserError, match="choose"):
            file_of(name, "json", tmp_path)
    assert file_of("density", "svg", tmp_path) is None


def test_evidence_is_read_and_drawn_without_heavy_libraries() -> None:
    code = (
        "import explorer.study.evidence_store, explorer.study.sweeps\n"
        "import explorer.figures.study, sys\n"
        "print(*{'torch', 'open_clip', 'pandas', 'pyarrow', 'plotly', 'gradio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


ESTIMATE = {"value": 0.6, "n": 100, "low": 0.5, "high": 0.7, "chance": 0.5}
FOUND = made([0.9, 0.92], [0.5, 0.52])


def points(*reports: dict[str, Any], found: Evidence = FOUND) -> list[OwnPoint]:
    return placed(found, map(read_report, reports))


def budget(steps: int) -> dict[str, Any]:
    return {"steps": steps, "pairs": 16 * steps, "seconds": 1.5}


def report(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The report of a run with the spec of a condition, fields of data, train or the spec replaced."""
    spec = copy.deepcopy(dict(FOUND.conditions[number].spec))
    for name, value in changes.items():
        part = next((spec[part] for part in ("data", "train") if name in spec[part]), spec)
        part[name] = value
    return {
        "run": "mine-0123456789ab", "spec": spec, "failed_to_train": False, "budget": budget(7),
        "metrics": {"binding_accuracy": ESTIMATE}, "forms": {"own": {"binding_accuracy": ESTIMATE}, "complete": None},
    }  # fmt: skip


def test_a_run_that_differs_in_budget_alone_is_a_point() -> None:
    (point,) = points(report(seed=9, steps=70, learning_rate=0.01, preset="web-like"))
    assert (point.run, point.condition, point.seed) == ("mine-0123456789ab", "half", 9)
    assert (point.steps, point.learning_rate) == (7, 0.01), "what it trained, not what it was asked for"
    expected = {"binding_accuracy": decode(Estimate, ESTIMATE)}
    assert point.forms == {"canonical": expected, "own": expected, "complete": {}}


def test_a_fine_tuned_run_has_the_captions_of_its_start_too() -> None:
    after = {"binding_accuracy": ESTIMATE}
    (point,) = points(report() | {"forgetting": {"data": {}, "before": {}, "after": after}})
    assert point.score("start", "binding_accuracy") == decode(Estimate, ESTIMATE)


@pytest.mark.parametrize(
    "change",
    [
        {"saliency_bias": 0.5}, {"batch_size": 32}, {"hard_negatives": 0.5}, {"init": "things-bound"},
        {"optimizer": "adamw"}, {"recipe": 1}, {"caption_completeness": 0.75},
    ],
)  # fmt: skip
def test_a_run_that_differs_in_more_is_none(change: dict[str, Any]) -> None:
    assert points(report(**change)) == []


def test_a_run_that_failed_to_train_is_none() -> None:
    assert points(report() | {"failed_to_train": True}) == []


def test_of_conditions_that_differ_in_steps_the_nearest_is_meant() -> None:
    spec = spec_of("complete")
    longer = replace(spec, train=replace(spec.train, steps=16))
    found = evidence([condition(label, each, {}) for label, each in (("short", spec), ("long", longer))])
    runs = [report(0) | {"budget": budget(steps)} for steps in (1, 7, 9, 100)]
    assert [point.condition for point in points(*runs, found=found)] == ["short", "short", "long", "long"]


@pytest.mark.parametrize("strange", [{}, {"spec": {}}, report() | {"budget": {}}, report() | {"budget": budget(0)}])
def test_a_report_that_says_too_little_hides_no_other(strange: dict[str, Any]) -> None:
    assert len(points(strange, report(), strange)) == 1
