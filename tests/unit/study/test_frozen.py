"""Frozen evidence is found by the name of a sweep alone, read once, and may lie elsewhere."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.study.evidence_store import FROZEN, evidence_folder, file_of, load, load_all
from explorer.study.sweeps import SWEEPS
from tests.unit.study.toy_evidence import as_file, toy_evidence


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


def test_a_broken_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "density.json").write_text("{")
    with pytest.raises(UserError, match="sweep=density: its evidence cannot be read"):
        load("density", tmp_path)


def test_evidence_is_read_and_drawn_without_heavy_libraries() -> None:
    code = (
        "import explorer.study.evidence_store, explorer.study.sweeps\n"
        "import explorer.figures.study, sys\n"
        "print(*{'torch', 'open_clip', 'pandas', 'pyarrow', 'plotly', 'gradio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
