"""Check the README against the code: presets, commands, pictures and front matter."""

import re
from pathlib import Path

import pytest

from explorer.spec.presets import PRESETS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
FRONT_MATTER = ("title", "emoji", "sdk", "sdk_version", "python_version", "app_file", "license", "short_description")


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
