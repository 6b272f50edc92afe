"""An upload that is right in every check, and each way to be wrong told by the one check that is about it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.runs import persistent_storage
from explorer.space.space_checks import CHECKS, check

README = """---
title: Toy
emoji: 🚌
colorFrom: yellow
colorTo: blue
sdk: gradio
sdk_version: 6.31.0
python_version: "3.12"
app_file: app.py
pinned: false
license: mit
short_description: A toy
models:
- someone/toy
---
# Toy
"""
APP = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

if __name__ == "__main__":
    assert os.environ["SYSTEM"] == "spaces" and "HOST" not in os.environ
    HTTPServer((os.environ["GRADIO_SERVER_NAME"], int(os.environ["GRADIO_SERVER_PORT"])), Hello).serve_forever()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small upload, on a computer whose folders are here."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(persistent_storage, "VOLUME", tmp_path / "no-volume")
    found = tmp_path / "upload"
    found.mkdir()
    (found / "README.md").write_text(README, encoding="utf-8")
    (found / "requirements.txt").write_text("gradio>=6.31,<7\ntorch>=2.6,<2.12  # models\n")
    (found / "app.py").write_text(APP)
    (found / "pyproject.toml").write_text('[project]\nlicense = "MIT"\n')
    (found / "LICENSE").write_text("MIT")
    return found


def wrong(folder: Path, *, quick: bool = True) -> dict[str, str]:
    """The checks that fail, with their sentences."""
    document = check(folder, quick=quick)
    found = {row["name"]: row["sentence"] for row in document["checks"] if not row["ok"]}
    assert document["ok"] == (not found)
    return found


def test_a_good_upload_passes_every_check(folder: Path) -> None:
    document = check(folder)
    assert [row["name"] for row in document["checks"]] == [rule.name for rule in CHECKS]
    assert document["ok"], wrong(folder, quick=False)
    assert all(set(row) == {"name", "ok", "sentence"} and row["sentence"] for row in document["checks"])


def test_quick_does_not_start_it(folder: Path) -> None:
    names = {row["name"] for row in check(folder, quick=True)["checks"]}
    assert {rule.name for rule in CHECKS} - names == {"start"}


LINES = [
    ("sdk: gradio", "sdk: docker", "sdk", "sdk=docker: the page needs gradio"),
    ("sdk_version: 6.31.0", "sdk_version: 5.49.1", "sdk", "sdk_version=5.49.1: requirements.txt asks for gradio"),
    ("sdk_version: 6.31.0", "sdk_version: newest", "sdk", "sdk_version=newest: give a release of gradio"),
    ("app_file: app.py", "app_file: main.py", "app_file", "app_file=main.py: there is no such file"),
    ("app_file: app.py", "app_file: ../app.py", "app_file", "app_file=../app.py: there is no such file"),
    ('python_version: "3.12"', "python_version: 3.1", "python_version", "python_version=3.1: give 3.12"),
    ('python_version: "3.12"', 'python_version: "3.11"', "python_version", "python_version=3.11: give 3.12"),
    ("short_description: A toy", f"short_description: {'x' * 61}", "words", "give at most 60 characters"),
    ("title: Toy", "pinned: false", "words", "title=nothing: give a title"),
    ("emoji: 🚌", "emoji: bus", "look", "emoji=bus: give one emoji"),
    ("colorTo: blue", "colorTo: teal", "look", "colorTo=teal: choose red, yellow"),
    ("license: mit", "license: gpl", "license", "license=gpl: pyproject.toml says MIT"),
    ("- someone/toy", "- toy", "lists", "models=toy: give a list of OWNER/NAME"),
    ("models:\n- someone/toy", "models: someone/toy", "lists", "models=nothing: give a list"),
    ("pinned: false", "hardware: t4-small", "keys", "a Space knows no hardware"),
]


@pytest.mark.parametrize(("before", "after", "name", "sentence"), LINES)
def test_a_wrong_line_of_the_front_matter(folder: Path, before: str, after: str, name: str, sentence: str) -> None:
    assert before in README
    (folder / "README.md").write_text(README.replace(before, after), encoding="utf-8")
    found = wrong(folder)
    assert set(found) == {name} and sentence in found[name]


@pytest.mark.parametrize(
    ("text", "sentence"), [("# Toy\n", "does not start with a front matter"), ("---\na: [\n---\n", "is no YAML")]
)
def test_a_readme_without_front_matter(folder: Path, text: str, sentence: str) -> None:
    (folder / "README.md").write_text(text)
    assert sentence in wrong(folder)["sdk"]


REQUIREMENTS = [
    ("gradio>=6.31\ntorch<2.12\nnumpy==2.1.0\n", "requirements", "'numpy==2.1.0' is one build; give a range"),
    ("gradio>=6.31\ntorch<2.12,!=2.9+cpu\n", "requirements", "is one build"),
    ("gradio>=6.31\ntorch<2.12\nmine @ file:///mine\n", "requirements", "mine comes from an address"),
    ("gradio>=6.31\ntorch<2.12\n-e .\n", "requirements", "line 3 of requirements.txt is no package with a range: -e ."),
    ("gradio>=6.31\ntorch>=2.6\n", "torch", "ZeroGPU needs a range that ends with 2.11.0"),
    ("gradio>=6.31\ntorch>=2.12,<2.13\n", "torch", "ZeroGPU needs a range that ends with 2.11.0"),
    ("gradio>=6.31\n", "torch", "requirements.txt names torch 0 times, not once"),
    ("gradio>=6.40\ntorch<2.12\n", "sdk", "sdk_version=6.31.0: requirements.txt asks for gradio>=6.40"),
]


@pytest.mark.parametrize(("text", "name", "sentence"), REQUIREMENTS)
def test_requirements_that_a_space_cannot_have(folder: Path, text: str, name: str, sentence: str) -> None:
    (folder / "requirements.txt").write_text(text)
    assert sentence.replace("'", "") in wrong(folder)[name]


def test_a_large_file(folder: Path) -> None:
    with (folder / "weights.bin").open("wb") as file:
        file.truncate(10_000_001)
    assert wrong(folder) == {"sizes": "more than 10 MB need git's large file storage: weights.bin (10.0 MB)"}


ADDRESSES = [
    ("see /home/anna/x", "/home/anna"),
    ("C:\\Users\\anna", "C:\\Users\\"),
    ("https://pypi.corp.example/simple", "https://pypi.corp.example"),
    ("http://10.0.0.7/simple", "http://10.0.0.7"),
    (str(Path(__file__).resolve().parents[3] / "x"), str(Path(__file__).resolve().parents[3])[:20]),
]


@pytest.mark.parametrize(("text", "named"), ADDRESSES)
def test_an_address_of_a_machine(folder: Path, text: str, named: str) -> None:
    (folder / "notes.md").write_text(f"fine\n{text}\n")
    found = wrong(folder)
    assert set(found) == {"addresses"} and found["addresses"].startswith(f"notes.md:2 names {named}")


def test_addresses_that_are_everywhere_are_fine(folder: Path) -> None:
    (folder / "notes.md").write_text("http://127.0.0.1:7860, https://pytorch.org/get-started, a/home/b, /tmp, /data\n")
    assert wrong(folder) == {}


APPS: list[tuple[str, str]] = [
    ("import transformers as torch, sys\nsys.modules['torch'] = torch", "imports torch, transformers before"),
    ("raise ValueError('no')", "app.py cannot be imported: ValueError: no"),
]


@pytest.mark.parametrize(("source", "sentence"), APPS)
def test_an_app_that_a_space_could_not_start_well(folder: Path, source: str, sentence: str) -> None:
    (folder / "app.py").write_text(source)
    (folder / "transformers.py").write_text("")
    found = wrong(folder)
    assert set(found) == {"import"} and sentence in found["import"]


def test_an_app_that_ends(folder: Path) -> None:
    (folder / "app.py").write_text("if __name__ == '__main__':\n    raise SystemExit('no port')\n")
    assert wrong(folder, quick=False) == {"start": "app.py ended with exit status 1: no port"}


def test_a_folder_of_runs_that_will_not_do(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("a file")
    found = wrong(folder)
    assert set(found) == {"data"} and "runs cannot be kept there (" in found["data"]


def test_limits_that_a_variable_weakens_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lenient: Callable[..., Any] = lambda host, environ: None  # noqa: E731
    monkeypatch.setattr("explorer.space.space_checks.settings_for", lenient)
    assert set(wrong(folder)) == {"limits"}
