"""Check that CONTRIBUTING.md tells each addition with its tests, that files exist, and that CITATION.cff fits."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = set(re.findall(r"^## (?:An? |The )?(.+)$", TEXT, re.MULTILINE))
TESTS = dict(re.findall(r"^\| ([\w ]+) \| (`(?:research/)?tests/.+`) \|$", TEXT, re.MULTILINE))
NO_ADDITIONS = {"First steps", "Tests", "Style"}
PATHS = sorted(set(re.findall(r"`((?:explorer|research|models|tests|assets)/[\w./]*)`", TEXT)))
NAMES = set(re.findall(r"`([A-Z_]{5,}|[a-z_]+_[a-z_]+|[A-Z]?[a-z]+[A-Z]\w+)`", TEXT))
SCRIPT_NAME = re.compile(r"\b(?:function|class|const|let) (\w+)|^  get (\w+)\(", re.MULTILINE)


def test_everything_that_is_added_has_a_section_and_its_tests() -> None:
    assert TESTS.keys() >= SECTIONS - NO_ADDITIONS


@pytest.mark.parametrize("path", PATHS)
def test_the_files_that_it_names_exist(path: str) -> None:
    assert (ROOT / path).exists()


def names_in_python(source: str) -> set[str]:
    """What a module defines: functions, classes, parameters, and all that is assigned."""
    names = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


@pytest.mark.slow
def test_the_names_that_it_uses_are_defined() -> None:
    python = [path for folder in ("explorer", "research", "tests") for path in (ROOT / folder).rglob("*.py")]
    scripts = [path for path in (ROOT / "assets").rglob("*.js") if "vendor" not in path.parts]
    defined = {name for path in python for name in names_in_python(path.read_text(encoding="utf-8"))}
    defined |= {
        one or other for path in scripts for one, other in SCRIPT_NAME.findall(path.read_text(encoding="utf-8"))
    }
    assert len(NAMES) > 20 and NAMES - defined == set()


def test_what_is_only_said_is_not_defined() -> None:
    assert names_in_python('OLD = 1\n"""NEW"""\ndef draw(size):  # more\n    print("name", other)\n') == {
        "OLD",
        "draw",
        "size",
    }


def test_a_version_has_one_day_or_none_yet() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+) \((.+)\)$", changes, re.MULTILINE)
    released = re.search(r"^date-released: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert newest and newest.groups() == (version, released[1] if released else "unreleased")


def test_the_readme_points_there_and_the_citation_has_the_version() -> None:
    assert "(CONTRIBUTING.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (
        f"\nversion: {version}\n" in cited and "arXiv:2507.07985" in cited and cited.startswith("cff-version: 1.2.0\n")
    )
