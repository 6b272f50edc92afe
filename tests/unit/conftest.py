"""Fixtures that the tests of several folders share."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.runs.store import RunStore
from tests.unit.toys import use_tiny_configs


@pytest.fixture(scope="module")
def tiny_configs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make "tiny" and "small" the names of a tiny architecture for the whole file."""
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_configs(patch, tmp_path_factory.mktemp("configs"))
        yield


@pytest.fixture(scope="module")
def file_store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    """A store that all tests of a file share, for runs that take long to make."""
    return RunStore(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """An empty store. Folders whose tests need more of it, such as its variables, define their own."""
    return RunStore(tmp_path / "runs")


class KeptMessages(logging.Handler):
    """Keeps what it is given to say."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Messages that reach the root of all loggers; pytest's own fixture would take milliseconds of every test."""
    kept = KeptMessages()
    logging.getLogger().addHandler(kept)
    yield kept.messages
    logging.getLogger().removeHandler(kept)
