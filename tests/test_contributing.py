"""Check that CONTRIBUTING.md tells each addition with its tests, that files exist, and that CITATION.cff fits."""

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
NAMES = sorted(set(re.findall(r"`([A-Z_]{5,}|[a-z_]+_[a-z_]+)`", TEXT)))


def test_everything_that_is_added_has_a_section_and_its_tests() -> None:
    assert TESTS.keys() >= SECTIONS - NO_ADDITIONS


@pytest.mark.parametrize("path", PATHS)
def test_the_files_that_it_names_exist(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.slow
def test_the_names_that_it_uses_are_in_the_code() -> None:
    folders = [ROOT / "assets" / "page", ROOT / "explorer", ROOT / "research", ROOT / "tests"]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".js", ".py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert NAMES and not [name for name in NAMES if not re.search(rf"\b{name}\b", code)]


def test_the_readme_points_there_and_the_citation_has_the_version() -> None:
    assert "(CONTRIBUTING.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (
        f"\nversion: {version}\n" in cited and "arXiv:2507.07985" in cited and cited.startswith("cff-version: 1.2.0\n")
    )
