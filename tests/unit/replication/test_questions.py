"""The list of open questions: nobody chooses seeds or order, a file that is wrong is refused, scores by hand."""

import math
from pathlib import Path
from statistics import NormalDist

import pytest

from explorer.errors import UserError
from explorer.replication.questions import CellOutcome, OpenList, read_open_list, score_rival, verdict_of
from tests.unit.replication.conftest import LIST


def read(folder: Path, text: str) -> OpenList:
    file = folder / "list.toml"
    file.write_text(text, encoding="utf-8")
    return read_open_list(file)


def test_seeds_and_order_follow_from_the_text_alone(tmp_path: Path, listed: OpenList) -> None:
    again = read(tmp_path, LIST)
    assert again == listed and len(listed.entries) == 3
    assert {entry.name for entry in listed.entries} == {"half/half/1", "half/half/2", "half/half/3"}
    assert len({entry.spec.train.seed for entry in listed.entries}) == 3
    other = read(tmp_path, LIST.replace("Half told", "Half of them told"))
    assert other.digest != listed.digest
    assert {entry.spec.train.seed for entry in other.entries}.isdisjoint(
        entry.spec.train.seed for entry in listed.entries
    )


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('never = 1.0', 'never = 1.5', "never"),
        ('[{ cell = "half", never = 1.0 }]', "[]", "predictions"),
        ('pairs = 1000', 'spread = 2', "pairs"),
        ('none = "Neither held."', 'nobody = "x"', "verdicts"),
        ("attribute_density = 0.5", "attribute_density = 99", "attribute_density"),
        ('recipe = "binding-friendly"', 'recipe = "nope"', "preset"),
        ('name = "half"\ntitle', 'name = "Half <b>"\ntitle', "name"),
    ],
)  # fmt: skip
def test_a_wrong_list_is_refused_by_its_field(tmp_path: Path, before: str, after: str, field: str) -> None:
    assert before in LIST
    with pytest.raises(UserError) as refused:
        read(tmp_path, LIST.replace(before, after, 1))
    assert field in refused.value.field or field in str(refused.value)


def test_scores_by_hand(listed: OpenList) -> None:
    soon, late = listed.questions[0].rivals
    bound, cut = (
        CellOutcome(cell="half", bound_at=1000, budget=2560),
        CellOutcome(cell="half", bound_at=None, budget=2560),
    )
    times = NormalDist(math.log(1000), math.log(1.4))
    assert score_rival(soon, [bound]) == pytest.approx(math.log(0.9 * times.pdf(math.log(1000))))
    assert score_rival(soon, [cut]) == pytest.approx(math.log(0.1 + 0.9 * (1 - times.cdf(math.log(2560)))))
    assert score_rival(late, [cut]) == 0.0 and score_rival(late, [bound]) == pytest.approx(math.log(1e-9))
    assert score_rival(soon, []) == 0.0


def test_the_verdict_names_who_is_clearly_ahead(listed: OpenList) -> None:
    question = listed.questions[0]
    bound, cut = (
        CellOutcome(cell="half", bound_at=1100, budget=2560),
        CellOutcome(cell="half", bound_at=None, budget=2560),
    )
    assert verdict_of(question, [bound] * 3) == "soon" and verdict_of(question, [cut] * 3) == "late"
    assert verdict_of(question, []) == "none"
    assert verdict_of(question, [cut], margin=5.0) == "none"
