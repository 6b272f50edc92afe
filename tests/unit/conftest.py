"""Fixtures that the tests of several folders share."""

from pathlib import Path

import pytest

from explorer.runs.store import RunStore


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """An empty store. Folders whose tests need more of it, such as its variables, define their own."""
    return RunStore(tmp_path / "runs")
