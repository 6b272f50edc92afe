"""Pace, rates and whether a run trained, each by hand from records that were made up."""

from explorer.training.loop import StepRecord, failed_to_train, mean_rates, pace, record_of


def records_of(losses: list[float], *, chance: float = 3.0) -> list[StepRecord]:
    return [
        StepRecord(
            step=step,
            loss=loss,
            chance_loss=chance,
            learning_rate=0.1,
            logit_scale=1.0,
            gradient_norm=1.0,
            seconds=1.0,
            rates={"a": float(step), "b": 0.5},
        )
        for step, loss in enumerate(losses, start=1)
    ]


def test_failed_to_train_by_hand() -> None:
    # 20 steps: the last 2 count. Mean distance from chance: (0.1 + 0.2) / 2 = 0.15, then (0.3 + 0.2) / 2 = 0.25.
    assert failed_to_train(records_of([1.0] * 18 + [2.9, 2.8]))
    assert not failed_to_train(records_of([3.0] * 18 + [2.7, 2.8]))
    # Fewer than ten steps: the last one.
    assert failed_to_train(records_of([1.0, 1.0, 2.9]))
    assert not failed_to_train(records_of([2.9, 2.9, 1.0]))
    # Above chance is no success.
    assert failed_to_train(records_of([9.0]))


def test_mean_rates_by_hand() -> None:
    assert mean_rates(records_of([1.0, 1.0, 1.0])) == {"a": 2.0, "b": 0.5}


def test_a_record_comes_back_from_its_line() -> None:
    record = records_of([1.25])[0]
    assert record_of({**record.as_dict(), "elapsed_s": 3.0, "evaluation": {}}) == record


def test_the_pace_by_hand() -> None:
    # Steps of 2 s of which evaluation took one at the third; the first step is not typical.
    lines = [
        {"seconds": 9.0, "elapsed_s": 9.0},
        {"seconds": 2.0, "elapsed_s": 11.0},
        {"seconds": 2.0, "elapsed_s": 14.0},
    ]
    assert pace(lines, 16) == {"rate": 8.0, "step_s": 2.5}
    assert pace(lines[:1], 18) == {"rate": 2.0, "step_s": 9.0}
