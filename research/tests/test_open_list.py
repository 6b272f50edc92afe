"""The shipped list of open questions: the engine trains each of its cells, whatever a page would have to refuse."""

from dataclasses import replace
from pathlib import Path

import pytest

from explorer.replication.questions import OPEN_LIST, OpenCell, read_open_list
from explorer.runs.tab_training import TAB_WORLD, describe_tab_evaluation
from research.engine import train_phase

CELLS = {
    f"{question.name}/{cell.name}": cell for question in read_open_list(OPEN_LIST).questions for cell in question.cells
}
FEW = {"scenes": 48, "pairs": 4}
"""Of an evaluation, which takes most of the time of so short a training."""


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_the_engine_trains_a_cell_and_measures_binding_in_its_own_captions(cell: OpenCell, tmp_path: Path) -> None:
    spec = cell.spec(7)
    assert spec.train.init == "scratch" and spec.train.batch_size == 256 and spec.data.world == TAB_WORLD
    short = replace(spec, train=replace(spec.train, steps=1, batch_size=16))
    trained = train_phase(short, tmp_path / "cell", evaluation=describe_tab_evaluation() | FEW)
    assert len(trained["digest"]) == 64 and len({digest for _, digest in trained["digests"]}) == 2
    assert [each["forms"]["own"]["binding_accuracy"][2] > 0 for each in trained["curve"]] == [True, True]
