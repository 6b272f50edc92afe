"""Fixtures that the tests of models share."""

from pathlib import Path

import pytest

from tests.unit.toys import tiny_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a tiny model in open_clip's form."""
    return tiny_folder(tmp_path / "model", seed=7)
