"""CONTRIBUTING.md has a recipe for everything that is added, and each names tests that exist; CITATION.cff fits."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = {
    title: body
    for title, body in re.findall(r"^## (?:An? |The )?(.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
}
WANTED = ("noun", "kind of attributes", "dial", "metric", "model", "preset", "page", "language", "benchmark", "sweep")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)))
PATHS = sorted(set(re.findall(r"`((?:explorer|models|tests|assets)/[\w./]*)`", TEXT)))


def test_everything_that_is_added_has_a_recipe_with_its_tests() -> None:
    assert set(WANTED) <= RECIPES.keys()
    for title in WANTED:
        assert re.search(r"^Tests: `tests/.+::test_\w+`", RECIPES[title], re.MULTILINE), title


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_tests_that_it_names_exist(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert not name or name in found, f"{file} has no {name}"


@pytest.mark.parametrize("path", PATHS)
def test_the_files_that_it_names_exist(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_readme_points_there_and_the_citation_has_the_version() -> None:
    assert "(CONTRIBUTING.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (
        f"\nversion: {version}\n" in cited and "arXiv:2507.07985" in cited and cited.startswith("cff-version: 1.2.0\n")
    )
