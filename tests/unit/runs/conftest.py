"""Fixtures of runs that real processes execute."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.runs.store import RunStore
from explorer.runs.worker import execute_run
from tests.unit.toys import TINY, tiny_spec, use_tiny_configs

STEPS = 40
PATIENCE_S = 600.0
"""A worker beside much other work takes minutes for its imports."""


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    """The folder of a tiny architecture, for another process."""
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "tiny.json").write_text(json.dumps(TINY))
    return folder


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The losses of `STEPS` steps, trained in one go."""
    folder, threads = tmp_path_factory.mktemp("uninterrupted"), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with pytest.MonkeyPatch.context() as patch:
            use_tiny_configs(patch, folder / "configs")
            store = RunStore(folder / "runs")
            with closing(execute_run(store, store.create(tiny_spec(steps=STEPS)))) as steps:
                return [next(steps)["loss"] for _ in range(STEPS)]
    finally:
        torch.set_num_threads(threads)


def wait_for(condition: Callable[[], Any]) -> Any:
    """Wait until it holds, and return what it found."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("it never came")
