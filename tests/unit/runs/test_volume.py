"""Runs go to the volume of a Space where it takes what runs do, and nowhere else to it."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

from explorer.runs import files
from explorer.runs.files import default_root, trial

SPACE = {"SYSTEM": "spaces", "SPACE_ID": "someone/toy"}


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A volume where a Space has it."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(files, "VOLUME", folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return folder


def test_a_space_keeps_runs_on_its_volume(mounted: Path) -> None:
    assert default_root(SPACE) == default_root({"SPACE_ID": "someone/toy"}) == mounted / "runs"
    assert list(mounted.iterdir()) == []


def test_another_folder_can_be_named(mounted: Path) -> None:
    assert default_root({**SPACE, "EXPLORER_RUNS": "/bucket/runs"}) == Path("/bucket/runs")


def test_a_folder_of_that_name_elsewhere_is_somebodys(mounted: Path) -> None:
    assert not default_root({}).is_relative_to(mounted)


def test_a_space_without_a_volume_uses_its_disk(mounted: Path) -> None:
    mounted.rmdir()
    assert not default_root(SPACE).is_relative_to(mounted)


def test_a_mount_that_cannot_rename_folders_will_not_do(mounted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(*_: object) -> NoReturn:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "rename", rename)
    assert trial(mounted) == "runs cannot be kept there (Operation not supported)"
    assert not default_root(SPACE).is_relative_to(mounted)
    assert list(mounted.iterdir()) == []


def test_a_trial_leaves_nothing(tmp_path: Path) -> None:
    assert trial(tmp_path / "new") == "" and list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").write_text("")
    assert trial(tmp_path / "file" / "below").startswith("runs cannot be kept there (")
