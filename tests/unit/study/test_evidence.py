"""Frozen evidence is found by the name of a sweep alone."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.resources import FROZEN_FOLDER
from explorer.study.evidence_store import evidence_file, evidence_folder, load_evidence
from tests.unit.study.toy_evidence import as_file, toy_evidence


def test_the_folder_is_that_of_the_environment() -> None:
    assert evidence_folder({}) == FROZEN_FOLDER and evidence_folder({"EXPLORER_STUDY": ""}) == FROZEN_FOLDER
    assert evidence_folder({"EXPLORER_STUDY": "mine"}) == Path("mine")


def test_a_file_is_read_once_until_it_changes_and_a_broken_one_is_a_sentence(tmp_path: Path) -> None:
    path, toy = tmp_path / "density.json", toy_evidence("density")
    path.write_bytes(as_file(toy))
    time.sleep(0.15)  # a younger file may have changed within the tick of its time
    first = load_evidence("density", tmp_path)
    assert first == toy and load_evidence("density", tmp_path) is first
    path.write_bytes(as_file(replace(toy, axis="x")))
    assert load_evidence("density", tmp_path) == replace(toy, axis="x")
    torn = [json.loads(as_file(toy)) for _ in range(2)]
    for document, control in zip(torn, (1, {}), strict=True):
        document["conditions"][0]["controls"] = {"caption_only": {"own": control}}
    for text in ("{", "[1]", "{}", '{"name": "density"}', *map(json.dumps, torn)):
        path.write_text(text)
        with pytest.raises(UserError, match="sweep=density: its evidence cannot be read"):
            load_evidence("density", tmp_path)


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    study = tmp_path / "study"
    study.mkdir()
    (study / "density.svg").write_text("<svg/>")
    for name in ("secret", "../secret", "", ".", str(tmp_path / "secret"), "density.svg\0", "a" * 3000):
        assert evidence_file(name, "json", study) is None
    assert evidence_file("density", "svg", study) == study / "density.svg"


@pytest.mark.slow
def test_evidence_is_read_and_drawn_without_heavy_libraries() -> None:
    code = (
        "import explorer.study.evidence_store, explorer.study.kappa\n"
        "import explorer.figures.study, sys\n"
        "print(*{'torch', 'open_clip', 'pandas', 'pyarrow', 'plotly', 'gradio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
