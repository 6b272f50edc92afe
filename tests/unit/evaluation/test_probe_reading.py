"""The sentence about the probes, by hand."""

import pytest

from explorer.evaluation.results import Estimate
from explorer.evaluation.verdict import NOT_BETWEEN, NOT_SHOWN, UNKNOWN, change, what_follows


def share(value: float | None, half: float = 0.02) -> Estimate:
    low, high = (None, None) if value is None else (value - half, value + half)
    return Estimate(value=value, n=0 if value is None else 1000, low=low, high=high, chance=0.5)


def inside(images: float, captions: float, between: float, untrained: float | None = 0.85) -> dict[str, Estimate]:
    found = {"within_images": share(images), "within_captions": share(captions), "between": share(between)}
    fresh = {} if untrained is None else {f"{name}_untrained": share(untrained) for name in list(found)[:2]}
    return found | fresh


@pytest.mark.parametrize(
    ("trained", "word"), [(0.9, "more"), (0.88, "no more"), (0.85, "no more"), (0.82, "no more"), (0.8, "less")]
)
def test_a_change_needs_intervals_that_are_apart(trained: float, word: str) -> None:
    assert change(share(trained), share(0.85)) == word
    assert change(share(None), share(0.85)) == "no more"


def test_a_probe_that_training_lowered_says_so() -> None:
    assert what_follows(inside(0.86, 0.66, 0.51)) == (
        "Image embeddings tell no more than an untrained model's: 86 % against 85 %. "
        f"Caption embeddings tell less than an untrained model's: 66 % against 85 %. "
        f"The colors alone, without their nouns, give 50 %. {NOT_SHOWN}"
    )


def test_the_conclusion_needs_both_probes_above_an_untrained_model_and_binding_at_chance() -> None:
    assert what_follows(inside(0.95, 0.99, 0.51)).endswith(NOT_BETWEEN)
    assert what_follows(inside(0.95, 0.86, 0.51)).endswith(NOT_SHOWN)
    assert what_follows(inside(0.95, 0.99, 0.9)).endswith("The match between them tells it too: binding is 90 %.")


def test_without_an_untrained_model_the_probes_say_nothing_of_training() -> None:
    assert what_follows(inside(0.95, 0.99, 0.51, untrained=None)) == UNKNOWN
    assert what_follows(inside(0.95, 0.99, 0.9, untrained=None)).startswith(UNKNOWN)
