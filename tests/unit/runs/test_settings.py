"""A loopback address is one's own computer, anything else is shared; each number can be set by a variable."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.settings import LOCAL, SHARED, cores, gpus, settings_for


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", None, ""])
def test_ones_own_computer(host: str | None) -> None:
    assert settings_for(host, {}) == LOCAL


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_a_network_is_shared(host: str) -> None:
    assert settings_for(host, {}) == SHARED


@pytest.mark.parametrize(
    "environ", [{"SYSTEM": "spaces"}, {"SPACE_ID": "a/b"}, {"GRADIO_SERVER_NAME": "0.0.0.0"}], ids=str
)
def test_so_is_a_space_and_what_gradio_is_told(environ: dict[str, str]) -> None:
    assert settings_for(None, environ) == replace(SHARED, forwarded="SYSTEM" in environ or "SPACE_ID" in environ)


def test_shared_is_stricter() -> None:
    for name in ("most_steps", "most_batch_size", "most_work", "runs_per_owner", "queue_length", "most_scenes"):
        assert getattr(SHARED, name) < getattr(LOCAL, name), name


def test_variables_change_single_settings() -> None:
    environ = {"EXPLORER_POLL_S": "0.05", "EXPLORER_SPARE": "0", "EXPLORER_QUEUE_LENGTH": "7", "EXPLORER_WORKERS": ""}
    found = settings_for("127.0.0.1", environ)
    assert (found.poll_s, found.spare, found.queue_length) == (0.05, False, 7)
    assert found.workers == LOCAL.workers


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("EXPLORER_NICE", "nice", "a number of 0 or more"),
        ("EXPLORER_SPARE", "perhaps", "0 or 1"),
        ("EXPLORER_WORKERS", "1.5", "a number of 0 or more"),
        ("EXPLORER_WORKERS", "-1", "a number of 0 or more"),
        ("EXPLORER_POLL_S", "-0.5", "a number of 0 or more"),
        ("EXPLORER_POLL_S", "nan", "a number of 0 or more"),
    ],
)
def test_a_variable_of_nonsense_is_one_sentence(variable: str, value: str, wanted: str) -> None:
    with pytest.raises(UserError, match=f"^{variable}={value}: give {wanted}$"):
        settings_for(None, {variable: value})


def test_the_command_of_a_worker_is_no_variable() -> None:
    assert settings_for(None, {"EXPLORER_WORKER": "rm"}).worker[0] == sys.executable


def test_cores_are_counted_as_a_space_says() -> None:
    assert cores({"CPU_CORES": "3"}) == 3
    assert cores({}) == cores({"CPU_CORES": "many"}) >= 1


def test_gpus_are_those_that_may_be_used() -> None:
    assert gpus({"CUDA_VISIBLE_DEVICES": "2, GPU-3f"}) == ("2", "GPU-3f")
    assert gpus({"CUDA_VISIBLE_DEVICES": ""}) == gpus({"CUDA_VISIBLE_DEVICES": "-1"}) == ()


@pytest.mark.skipif(os.name != "posix", reason="a script stands in for nvidia-smi")
def test_gpus_are_counted_by_their_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpus({}) == ()
    for script, expected in (
        ("printf 'GPU 0: A\\nGPU 1: B\\n'", ("0", "1")),
        ("echo 'No devices were found'; exit 6", ()),
    ):
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
        assert gpus({}) == expected
