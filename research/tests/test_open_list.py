"""The shipped list of open questions: the engine trains each of its cells, whatever a page would have to refuse."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from explorer.replication.questions import OPEN_LIST, OpenCell, read_open_list
from explorer.runs.tab_training import TAB_WORLD, describe_tab_evaluation
from tests.engine.node import Ask, engine, order

CELLS = {
    f"{question.name}/{cell.name}": cell for question in read_open_list(OPEN_LIST).questions for cell in question.cells
}
FEW = {"scenes": 48, "pairs": 4}
"""Of an evaluation, which takes most of the time of so short a training."""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with engine(tmp_path_factory.mktemp("node")) as ask_engine:
        yield ask_engine


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_the_engine_trains_a_cell_and_measures_binding_in_its_own_captions(cell: OpenCell, ask: Ask) -> None:
    spec = cell.spec(7)
    assert spec.train.init == "scratch" and spec.train.batch_size == 256 and spec.data.world == TAB_WORLD.name
    short = replace(spec, train=replace(spec.train, steps=1, batch_size=16))
    told = ask("train", order=order(short, evaluation=describe_tab_evaluation() | FEW))["told"]
    evaluations = [each for each in told if each["kind"] == "evaluation"]
    digests = {each["digest"] for each in evaluations}
    assert len(digests) == 2 and all(len(digest) == 64 for digest in digests)
    assert [each["scores"]["own"]["binding_accuracy"]["n"] > 0 for each in evaluations] == [True, True]
