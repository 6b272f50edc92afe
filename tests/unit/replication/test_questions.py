"""The list of open questions: nobody chooses seeds or order, a file that is wrong is refused, scores by hand."""

import math
import random
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import pytest

from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.replication.questions import (
    OPEN_LIST,
    CellOutcome,
    OpenCell,
    OpenList,
    Question,
    Rival,
    RivalPrediction,
    judge,
    read_open_list,
    score_rival,
)
from tests.unit.replication.conftest import LIST


def read(folder: Path, text: str) -> OpenList:
    file = folder / "list.toml"
    file.write_text(text, encoding="utf-8")
    return read_open_list(file)


def test_seeds_and_order_follow_from_the_text_alone(tmp_path: Path, listed: OpenList) -> None:
    again = read(tmp_path, LIST)
    (tmp_path / "list.toml").write_text(LIST, encoding="utf-8-sig")
    assert len(read_open_list(tmp_path / "list.toml").entries) == 3, "some editors begin a file with a mark"
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
        ('name = "late"', 'name = "soon"', "rivals"),
        ('name = "late"', 'name = "none"', "rivals"),
        ("attribute_density = 0.5", "attribute_density = 99", "attribute_density"),
        ('recipe = "binding-friendly"', 'recipe = "nope"', "preset"),
        ('name = "half"\ntitle', 'name = "Half <b>"\ntitle', "name"),
        ("engine_version = 1", "engine_version = 2", "engine_version"),
        ("odds = 3", "odds = 1", "odds"),
        ("odds = 3", "odds =", "list"),
        ("odds = 3", "odds = inf", "odds"),
        ("odds = 3", f"odds = {'9' * 5000}", "list"),
        ("odds = 3", f"odds = {'[' * 5000}", "list"),
        ("pairs = 1000", "pairs = 1e300", "pairs"),
        ("pairs = 1000", "pairs = nan", "pairs"),
        ("pairs = 1000", "pairs = 1000, spread = inf", "spread"),
    ],
)  # fmt: skip
def test_a_wrong_list_is_refused_by_its_field(tmp_path: Path, before: str, after: str, field: str) -> None:
    assert before in LIST
    with pytest.raises(UserError) as refused:
        read(tmp_path, LIST.replace(before, after, 1))
    assert field in refused.value.field or field in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ('world = "fashion"', "half.half.world=fashion: a tab draws only the world things"),
        ('placement = "free"', "half.half.placement=free: choose quarters; a tab draws each object in its quarter"),
        ('precision = "bf16"', "half.half.precision=bf16: choose auto or fp32; a tab computes in 32 bits"),
        ('size_contrast = 4.0', "half.half.size_contrast=4.0: choose 1.73; "),
        ('init = "things-web"', "half.half.init=things-web: choose scratch"),
        ('model = "small-conv"', "half.half.model=small-conv: choose small or large or small-patch16 or small-patch8"),
        ('model = "large"', "half.half.batch_size=64: a step of the model large takes 719 MB, a tab gives it 512"),
        ("steps = 0", "half.half.steps=0: must be from 1"),
    ],
)  # fmt: skip
def test_a_question_that_no_browser_could_answer_is_refused(tmp_path: Path, changes: str, said: str) -> None:
    before = "steps = 40, batch_size = 64"
    more = changes if changes.startswith("steps") else f"{before}, {changes}"
    with pytest.raises(UserError) as refused:
        read(tmp_path, LIST.replace(before, more))
    assert str(refused.value).startswith(said)


BOUND = CellOutcome(cell="half", bound_at=1100, budget=2560)
CUT = CellOutcome(cell="half", bound_at=None, budget=2560)


def test_a_score_by_hand_where_the_common_factor_is_nearly_known(listed: OpenList) -> None:
    question = replace(listed.questions[0], doubt=1.0001)
    soon, late = question.rivals
    times = NormalDist(math.log(1000), math.log(1.4))
    density, beyond = 0.9 * times.pdf(math.log(1100)), 0.1 + 0.9 * (1 - times.cdf(math.log(2560)))
    assert score_rival(question, soon, [BOUND]) == pytest.approx(math.log(density), abs=1e-3)
    assert score_rival(question, soon, [BOUND, CUT]) == pytest.approx(math.log(density * beyond), abs=1e-3)
    assert score_rival(question, late, [CUT]) == 0.0
    assert score_rival(question, late, [BOUND]) == pytest.approx(math.log(1e-9))
    assert score_rival(question, soon, []) == 0.0


def test_the_common_factor_is_averaged_over(listed: OpenList) -> None:
    """With a lognormal factor the score of one time is that of a wider lognormal."""
    question = replace(listed.questions[0], doubt=2.0)
    soon = replace(question.rivals[0], predictions=(replace(question.rivals[0].predictions[0], never=0.0),))
    wide = NormalDist(math.log(1000), math.hypot(math.log(2), math.log(1.4)))
    for time in (400, 1000, 2500):
        score = score_rival(question, soon, [CellOutcome(cell="half", bound_at=time, budget=5000)])
        assert score == pytest.approx(math.log(wide.pdf(math.log(time))), abs=0.01)


def test_a_rival_that_is_wrong_on_the_pace_and_right_on_the_ratio_wins() -> None:
    """All times are twice what both rivals say; the second cell takes as long as the first, as one of them says."""
    cells = tuple(OpenCell(name=name, sentence="", recipe="binding-friendly", values={}, seeds=3) for name in "ab")
    rivals = tuple(
        Rival(name=name, sentence="", predictions=(
            RivalPrediction(cell="a", pairs=1000), RivalPrediction(cell="b", pairs=pairs)))
        for name, pairs in (("same", 1000), ("longer", 2000))
    )  # fmt: skip
    words = {"same": "It is the same.", "longer": "It is longer.", "none": "Neither."}
    question = Question(name="q", title="", sentence="", doubt=2.0, cells=cells, rivals=rivals, verdicts=words)
    outcomes = [CellOutcome(cell=cell, bound_at=2000, budget=10**6) for cell in "aaabbb"]
    assert judge(question, outcomes, odds=10).rival == "same"


def test_the_verdict_names_who_is_clearly_ahead(listed: OpenList) -> None:
    question = listed.questions[0]
    assert judge(question, [BOUND] * 3, odds=3).sentence == "It binds soon."
    assert judge(question, [CUT] * 3, odds=3).rival == "late"
    assert judge(question, [], odds=3).sentence == "Neither held."
    assert judge(question, [CUT], odds=1000).rival == "none"


# ---- The list that ships


@pytest.fixture(scope="module")
def shipped() -> OpenList:
    return read_open_list(OPEN_LIST)


def test_the_shipped_list_asks_three_questions_whose_runs_take_at_most_five_minutes(shipped: OpenList) -> None:
    assert len(shipped.questions) == 3 and len(shipped.entries) == len({each.name for each in shipped.entries})
    time = CONTRACT.time
    for entry in shipped.entries:
        seconds = entry.pairs * time.pair_costs[entry.spec.train.model] / time.pairs_per_s + time.tail_s
        assert seconds <= 300, entry.name
    seeds = [entry.spec.train.seed for entry in shipped.entries]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.slow
def test_each_rival_of_the_shipped_list_would_win_if_it_were_right(shipped: OpenList) -> None:
    """Drawn from what a rival says, at another pace, the outcomes give it the verdict in most draws, rarely another."""
    rng = random.Random(5)
    for question in shipped.questions:
        for rival in question.rivals:
            won = [judge(question, _drawn(question, rival, rng), odds=shipped.document.odds).rival for _ in range(25)]
            wrong = sum(name not in (rival.name, "none") for name in won)
            assert won.count(rival.name) >= 13 and wrong <= 2, (question.name, rival.name, won)


def _drawn(question: Question, rival: Rival, rng: random.Random) -> list[CellOutcome]:
    outcomes = []
    for cell in question.cells:
        prediction = next(each for each in rival.predictions if each.cell == cell.name)
        train = cell.spec(0).train
        for _ in range(cell.seeds):
            assert prediction.pairs is not None
            pairs = rng.lognormvariate(math.log(prediction.pairs * 1.3), math.log(prediction.spread))
            budget = train.steps * train.batch_size
            is_bound = rng.random() >= prediction.never and pairs <= budget
            outcomes.append(CellOutcome(cell=cell.name, bound_at=round(pairs) if is_bound else None, budget=budget))
    return outcomes
