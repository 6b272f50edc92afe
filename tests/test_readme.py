"""The README names what is there: each file of the tree, each preset, each command, each field's table of contents."""

import re
import subprocess
from pathlib import Path

import pytest

from explorer.spec.presets import PRESETS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
FRONT_MATTER = ("title", "emoji", "sdk", "sdk_version", "python_version", "app_file", "license", "short_description")


def tree() -> set[str]:
    """The paths of the README's tree; a folder stands on a line of its own, its files indented below it."""
    block = re.search(r"## Files\n\n```\n(.*?)```", README, re.DOTALL)
    assert block is not None
    paths, folders = set(), [""]
    for line in block[1].splitlines():  # two spaces a level
        depth = (len(line) - len(line.lstrip())) // 2
        name = line.split()[0]
        folders = [*folders[: depth + 1], folders[depth] + name]
        if not name.endswith("/"):
            paths.add(folders[depth] + name)
    return paths


def sources() -> set[str]:
    """The Python files of the product and its JSON configs, as the version control knows them or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py", "models/configs/*.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return {path for path in listed if not path.startswith("tests/") and not path.endswith("__init__.py")}


def test_the_tree_names_each_file_and_no_other() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    assert {path for path in tree() if path.endswith((".py", ".json"))} == sources()
    assert all((ROOT / path).exists() for path in tree())


@pytest.mark.parametrize("name", sorted(set(re.findall(r"--preset ([a-z-]+)", README))))
def test_presets_in_commands_exist(name: str) -> None:
    assert name in PRESETS


def test_pictures_exist() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures and all((ROOT / picture).is_file() for picture in pictures)


def test_it_starts_with_the_front_matter_of_a_space() -> None:
    front = README.split("---\n")[1]
    assert all(re.search(rf"^{key}: \S", front, re.MULTILINE) for key in FRONT_MATTER)
    words = re.search(r"^short_description: (.*)$", front, re.MULTILINE)
    assert words is not None and len(words[1]) <= 60
