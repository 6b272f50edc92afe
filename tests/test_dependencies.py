"""The bill of materials names every requirement with its range, reason and license, and the audit has a fallback."""

import json
import subprocess
from types import SimpleNamespace
from typing import Any

import pytest

from tests import dependencies
from tests.dependencies import DOCUMENT, LISTS, audit, license_of, list_requirements, needed_packages, size_mb


def rows(heading: str) -> dict[str, list[str]]:
    """The cells of the table under a heading, by package."""
    part = DOCUMENT.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"]
    return {name: rest for name, *rest in cells[2:]}


@pytest.mark.parametrize(("file", "heading"), LISTS.items())
def test_the_document_has_the_requirements(file: str, heading: str) -> None:
    row_list = rows(heading)
    wanted = {each.name: (each.versions, each.reason) for each in list_requirements(file)}
    assert {name: (cells[0], cells[1]) for name, cells in row_list.items()} == wanted, (
        "run python -m tests.dependencies"
    )
    assert all(len(cells) == 4 and cells[2] and float(cells[3]) >= 0 for cells in row_list.values())


def test_it_names_what_these_bring_with_license_and_size() -> None:
    row_list = rows("Brought by these")
    assert {"uvicorn", "starlette", "fastapi", "sympy", "timm"} - set(rows("To run")) <= set(row_list)
    assert all(len(cells) == 4 and cells[1] and cells[2] and float(cells[3]) >= 0 for cells in row_list.values())


def test_a_package_is_described_by_its_own_metadata() -> None:
    assert license_of("pytest") == "MIT" and 0.1 < size_mb("pytest") < 20
    assert {"pytest", "pluggy", "iniconfig"} <= needed_packages("pytest") and "torch" not in needed_packages("pytest")


def test_a_requirement_without_a_reason_is_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n")
    monkeypatch.setattr(dependencies, "ROOT", tmp_path)
    with pytest.raises(ValueError, match="give a reason for 'numpy'"):
        list_requirements("requirements.txt")


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "no known vulnerability in 1 packages"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}], 1, "a 1: CVE-1"),
        ([{"name": "a", "skip_reason": "not found"}], 7, "pip-audit cannot reach its data"),
        (None, 7, "pip-audit cannot reach its data"),
    ],
)
def test_the_audit(
    packages: Any, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(command: list[str], **_: Any) -> Any:
        if "check" in command:
            return SimpleNamespace(returncode=7)
        return SimpleNamespace(stdout="" if packages is None else json.dumps({"dependencies": packages}))

    monkeypatch.setattr(subprocess, "run", run)
    assert audit() == status
    assert said in capsys.readouterr().out
