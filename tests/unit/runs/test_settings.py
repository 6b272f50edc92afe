"""A loopback address is one's own computer, anything else is shared; each number can be set by a variable.

Runs go to the volume of a Space where it takes what runs do, and nowhere else to it.
"""

import errno
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from platformdirs import user_data_path

from explorer.errors import UserError
from explorer.runs import files
from explorer.runs.files import default_root, try_folder
from explorer.settings import LOCAL, SHARED, core_count, gpu_ids, settings_for, unread_variables

SPACE = {"SYSTEM": "spaces", "SPACE_ID": "someone/toy"}


@pytest.mark.parametrize(
    ("host", "environ", "expected"),
    [(host, {}, LOCAL) for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost", None, "")]
    + [(host, {}, SHARED) for host in ("0.0.0.0", "192.168.1.5", "::", "example.org")]
    + [(None, {"GRADIO_SERVER_NAME": "0.0.0.0"}, SHARED), (None, {"EXPLORER_PUBLIC": "1"}, SHARED)]
    + [(None, {name: "spaces"}, replace(SHARED, forwarded=True)) for name in ("SYSTEM", "SPACE_ID")]
    + [(None, SPACE | {"SPACES_ZERO_GPU": "true"}, replace(SHARED, forwarded=True, zero_gpu=True))]
    + [(None, SPACE | {"SPACES_ZERO_GPU": "1", "EXPLORER_ZERO_GPU": "0"}, replace(SHARED, forwarded=True))],
)
def test_ones_own_computer_or_shared(host: str | None, environ: dict[str, str], expected: object) -> None:
    assert settings_for(host, environ) == expected


def test_variables_change_single_settings() -> None:
    environ = {"EXPLORER_POLL_S": "0.05", "EXPLORER_SPARE": "0", "EXPLORER_QUEUE_LENGTH": "7", "EXPLORER_WORKERS": ""}
    settings = settings_for("127.0.0.1", environ)
    assert (settings.poll_s, settings.spare, settings.queue_length) == (0.05, False, 7)
    assert settings.workers == LOCAL.workers
    assert settings_for(None, {"EXPLORER_WORKER": "rm"}).worker_command[0] == sys.executable
    assert settings_for("0.0.0.0", {"EXPLORER_IS_SHARED": "0"}) == SHARED, "nothing makes a network local"


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("EXPLORER_NICE", "nice", "a whole number"),
        ("EXPLORER_NICE", "20", "at most 19"),
        ("EXPLORER_THREADS", "100000", "at most 1024"),
        ("EXPLORER_WORKERS", "65", "at most 64"),
        ("EXPLORER_SPARE", "perhaps", "0 or 1"),
        ("EXPLORER_WORKERS", "1.5", "a whole number"),
        ("EXPLORER_WORKERS", "-1", "at least 0"),
        ("EXPLORER_MOST_CONNECTIONS", "0", "at least 1"),
        ("EXPLORER_OPEN_REQUESTS", "0", "at least 1"),
        ("EXPLORER_POLL_S", "-0.5", "at least 0.0"),
        ("EXPLORER_POLL_S", "nan", "a finite number"),
        ("EXPLORER_PAGE_POLL_S", "1e999", "a finite number"),
    ],
)
def test_a_variable_of_nonsense_is_one_sentence(variable: str, value: str, wanted: str) -> None:
    with pytest.raises(UserError, match=f"^{variable}={value}: give {wanted}$"):
        settings_for(None, {variable: value})


def test_a_misspelled_variable_is_told() -> None:
    read = {"EXPLORER_MOST_STEPS": "1", "EXPLORER_RUNS": "runs", "EXPLORER_PUBLIC": "1", "EXPLORER_STUDY": "study"}
    wrong = {"EXPLORER_MOST_STEP": "1", "EXPLORER_PUBLIK": "1", "EXPLORER_WORKER": "rm", "EXPLORER_ZZ": "0"}
    meant = ["EXPLORER_MOST_STEPS", "EXPLORER_PUBLIC", "EXPLORER_WORKERS", None]
    assert unread_variables({**read, **wrong, "HOME": "/"}) == dict(zip(wrong, meant, strict=True))


def test_cores_and_gpus_are_those_that_may_be_used() -> None:
    assert core_count({"CPU_CORES": "3"}) == 3
    wrong = ("many", "²", "9" * 5000)
    assert {core_count({"CPU_CORES": text}) for text in wrong} == {core_count({})} and core_count({}) >= 1
    assert gpu_ids({"CUDA_VISIBLE_DEVICES": "2, GPU-3f"}) == ("2", "GPU-3f")
    assert gpu_ids({"CUDA_VISIBLE_DEVICES": ""}) == gpu_ids({"CUDA_VISIBLE_DEVICES": "-1"}) == ()


@pytest.mark.skipif(os.name != "posix", reason="a script stands in for nvidia-smi")
def test_gpus_are_counted_by_their_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_ids({}) == ()
    for script, expected in (
        ("printf 'GPU 0: A\\nGPU 1: B\\n'", ("0", "1")),
        ("echo 'No devices were found'; exit 6", ()),
    ):
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
        assert gpu_ids({}) == expected


def test_runs_go_where_the_environment_says_else_on_the_volume_of_a_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume, own = tmp_path / "data", user_data_path("clip-binding-explorer") / "runs"
    monkeypatch.setattr(files, "SPACE_VOLUME", volume)
    assert default_root({}) == default_root({"EXPLORER_RUNS": ""}) == default_root(SPACE) == own
    volume.mkdir()
    files._is_usable.cache_clear()
    assert default_root(SPACE) == default_root({"SPACE_ID": "someone/toy"}) == volume / "runs"
    assert default_root({}) == own, "a folder of that name elsewhere is somebody's"
    assert default_root({**SPACE, "EXPLORER_RUNS": "/bucket/runs"}) == Path("/bucket/runs")
    assert list(volume.iterdir()) == []


def test_a_mount_that_cannot_rename_folders_will_not_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(*_: object) -> NoReturn:
        raise OSError(95, "Operation not supported")

    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "SPACE_VOLUME", tmp_path)
    assert try_folder(tmp_path / "new") == "" and list((tmp_path / "new").iterdir()) == []
    (tmp_path / "new").rmdir()
    monkeypatch.setattr(os, "rename", rename)
    assert try_folder(tmp_path) == "runs cannot be kept there (Operation not supported)"
    assert not default_root(SPACE).is_relative_to(tmp_path) and list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "rename", full)
    assert try_folder(tmp_path) == "", "who deletes runs makes room, and needs the server"
    (tmp_path / "file").write_text("")
    assert try_folder(tmp_path / "file" / "below").startswith("runs cannot be kept there (")
