"""One Node process of the engine for all tests of a file."""

from collections.abc import Iterator

import pytest

from tests.engine.node import Ask, engine


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with engine(tmp_path_factory.mktemp("node")) as ask_engine:
        yield ask_engine
