"""The data sets of a class: thirty, evenly spaced, each with a recorded training, and the line through these."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.classroom import deal
from explorer.classroom import room as room_state
from explorer.classroom.rooms import CODE_LENGTH, CODE_LETTERS
from explorer.evaluation.results import binding_step
from explorer.spec import evaluated_steps
from explorer.study.kappa import kappa, told_share
from tests.unit.classroom.pupils import BUDGET


@given(st.text(CODE_LETTERS, min_size=CODE_LENGTH, max_size=CODE_LENGTH), st.integers(0, room_state.MAX_PUPILS - 1))
def test_every_pupil_gets_data_of_which_a_recorded_training_landed_within_the_budget(code: str, pupil: int) -> None:
    spec = deal.deal_spec(code, pupil)
    row = deal.recorded_training(pupil)
    assert deal.MIN_KAPPA * 0.99 < kappa(spec.data) < deal.MAX_KAPPA * 1.01
    assert row is not None and row["pairs"] < spec.train.pairs == BUDGET
    assert deal.deal_spec("", row["number"]).data == spec.data
    assert told_share(spec.data) >= deal.MIN_TOLD - 1e-3
    assert spec == deal.deal_spec(code, pupil), "a page that is loaded again trains the same"


def test_thirty_pupils_have_thirty_data_sets_evenly_spaced_and_seeds_of_their_own() -> None:
    specs = [deal.deal_spec("KRTM", number) for number in range(deal.NUM_DATA_SETS)]
    logs = sorted(math.log(kappa(spec.data)) for spec in specs)
    even = math.log(deal.MAX_KAPPA / deal.MIN_KAPPA) / (deal.NUM_DATA_SETS - 1)
    assert all(abs(high - low - even) < 0.01 for low, high in pairwise(logs))
    first = [math.log(kappa(spec.data)) for spec in specs[:3]]
    assert max(first) - min(first) > 0.6 * (logs[-1] - logs[0]), "a small class spreads over the line"
    assert first[0] == max(first) == pytest.approx(logs[-1]), "and a single pupil's model binds soonest"
    assert (
        len({deal.deal_spec("KRTM", number).train.seed for number in range(room_state.MAX_PUPILS)})
        == room_state.MAX_PUPILS
    )
    assert deal.deal_spec("KRTM", 0).train.seed != deal.deal_spec("BCDF", 0).train.seed


def test_a_recording_is_of_its_deal_and_lands_by_the_rule() -> None:
    for number, row in deal.recorded_trainings().items():
        spec = deal.deal_spec("", number)
        pairs, shares, lows = zip(*row["curve"], strict=True)
        steps = [at // spec.train.batch_size for at in pairs]
        assert row["seed"] == spec.train.seed and steps[0] == 0 and steps == sorted(set(steps)), number
        assert set(steps[1:-1]) <= evaluated_steps(spec.train.steps)
        assert row["pairs"] == binding_step(list(zip(pairs, lows, strict=True))[1:], has_ended=False)
        assert row["pairs"] is None or row["pairs"] in deal.landing_pairs(spec)
        assert row["pairs"] is not None or steps[-1] == spec.train.steps, "it trained to its budget"
        assert all(0 <= low <= share <= 1 for share, low in zip(shares, lows, strict=True))
        assert deal.recorded_training(number + deal.NUM_DATA_SETS) == row


def test_the_line_is_that_of_the_recorded_trainings() -> None:
    line = deal.recorded_line()
    places = {number: kappa(deal.deal_spec("", number).data) for number in deal.recorded_trainings()}
    assert [each.kappa for each in line] == sorted(places.values()) and len(line) == deal.NUM_DATA_SETS
    assert all(each.low < each.pairs < each.high for each in line)
    # The same by numpy: residuals add up to nothing, and neither do they grow or fall with kappa.
    at = {each.kappa: each for each in line}
    pairs = np.array([deal.recorded_trainings()[number]["pairs"] for number in places])
    left = np.log(pairs) - np.log([at[each].pairs for each in places.values()])
    assert abs(left.sum()) < 1e-9 and abs(left @ np.log([*places.values()])) < 1e-9
    middle = min(line, key=lambda each: abs(math.log(each.kappa) - np.log([*places.values()]).mean()))
    spread = math.sqrt(left @ left / (len(left) - 2))
    # 2.048 is the t of 28 degrees of freedom in a table; near the middle the line itself adds one part in thirty.
    assert math.log(middle.high / middle.pairs) == pytest.approx(2.048 * spread * math.sqrt(1 + 1 / 30), rel=1e-3)
    assert math.log(middle.high / middle.pairs) < min(math.log(line[end].high / line[end].pairs) for end in (0, -1))
