"""The arithmetic of the browser's engine is frozen: three short trainings end with the digests of its version."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from explorer.contract import CONTRACT
from explorer.spec import RunSpec
from tests.engine import golden
from tests.engine.node import Ask, engine

FILE: dict[str, Any] = json.loads(golden.GOLDEN_FILE.read_text())


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with engine(tmp_path_factory.mktemp("node")) as ask_engine:
        yield ask_engine


def test_the_sprites_are_those_of_the_version() -> None:
    assert FILE["engine_version"] == CONTRACT.engine_version
    assert golden.sprites_digest() == FILE["sprites"]


@pytest.mark.parametrize("name", golden.TRAININGS)
def test_the_digests_are_those_of_the_version(ask: Ask, name: str) -> None:
    """Who changes them on purpose raises `engine_version`: rows, repeats and recorded trainings name it."""
    training = FILE["trainings"][name]
    workers = 4 if name == "tidy" else 1
    assert golden.train(ask, RunSpec.from_json(training["spec"]), workers) == training["digest"]
