"""The verdict on hand-made reports: each sentence only where its numbers carry it."""

from typing import Any

import pytest

from explorer.evaluation.results import Estimate, Scores, read_report
from explorer.evaluation.verdict import (
    LEARNED_NOT_MATCHED,
    NO_UNTRAINED_MODEL,
    NOT_SHOWN_LEARNED,
    Verdict,
    binding_words,
    closing_words,
    compare_estimates,
    interpret_probes,
    judge_report,
)

Interval = tuple[float, float, float]
FAINT: Interval = (0.535, 0.501, 0.568)
CHANCE, SOME, HIGH, BELOW = (0.51, 0.48, 0.54), (0.66, 0.63, 0.69), (0.95, 0.93, 0.96), (0.40, 0.37, 0.43)


def estimate(numbers: Interval | None) -> dict[str, Any]:
    value, low, high = numbers or (None, None, None)
    return {"value": value, "n": 1000 if numbers else 0, "low": low, "high": high, "chance": 0.5}


def verdict(document: dict[str, Any]) -> Verdict:
    """The verdict on a report as JSON."""
    return judge_report(read_report(document))


def form(binding: Interval | None, recognition: Interval = HIGH) -> dict[str, Any]:
    return {"binding_accuracy": estimate(binding), "recognition_accuracy": estimate(recognition)}


def report(own: Interval | None, complete: Interval | None, **parts: Any) -> dict[str, Any]:
    forms = {"own": form(own), "complete": form(complete), "bundle": None}
    return {"metrics": form(SOME), "forms": forms, "spec": {"data": {"caption_completeness": 0.5}}, **parts}


@pytest.mark.parametrize(
    ("own", "complete", "kind"),
    [
        (CHANCE, CHANCE, "does_not_bind"),
        (HIGH, CHANCE, "binds_in_short_captions"),
        (HIGH, SOME, "binds_in_short_captions"),
        (HIGH, HIGH, "binds"),
        (SOME, SOME, "binds_in_part"),
        (SOME, CHANCE, "binds_in_own_captions"),
        (CHANCE, HIGH, "binds_in_complete_captions"),
        (CHANCE, SOME, "binds_in_complete_captions"),
        (FAINT, FAINT, "binds_in_part"),
        (FAINT, CHANCE, "binds_in_own_captions"),
        (FAINT, SOME, "binds_in_part"),
        (CHANCE, FAINT, "binds_in_complete_captions"),
        (None, FAINT, "binds_in_part"),
        (BELOW, CHANCE, "prefers_swapped"),
        (HIGH, BELOW, "prefers_swapped"),
        (None, CHANCE, "binds_in_part"),
        (None, None, "canonical_only"),
    ],
)
def test_each_pair_of_levels(own: Interval | None, complete: Interval | None, kind: str) -> None:
    finding = verdict(report(own, complete))
    assert finding.kind == kind
    assert ("recognize" in finding.sentence) == (kind == "does_not_bind")


@pytest.mark.parametrize(
    ("own", "complete", "words"),
    [
        (CHANCE, CHANCE, "does not bind: own captions 51 % (48 to 54 %, n 1000)"),
        (HIGH, CHANCE, "binds, but not in captions longer than it has read"),
        ((0.998, 0.993, 0.9996), HIGH, "binds: own captions 99.8 % (99 to 99.96 %"),
        (SOME, CHANCE, "binds in part in captions of its own form and is at chance in"),
        (CHANCE, FAINT, "is barely above chance in complete captions and is at"),
        (HIGH, BELOW, "prefers the swapped caption more often than chance"),
        (None, CHANCE, "is at chance in complete captions"),
    ],
)
def test_the_sentence_has_the_degree_the_form_and_its_numbers(
    own: Interval | None, complete: Interval | None, words: str
) -> None:
    assert verdict(report(own, complete)).sentence.startswith(f"The model {words}")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.9, 0.99, "binds reliably"),
        (0.6, 0.89, "binds, not reliably"),
        (0.51, 0.61, "barely above chance"),
        (0.5, 0.6, "at chance"),
        (0.2, 0.4, "prefers the swap"),
    ],
)
def test_a_run_ends_with_its_verdict_and_the_step_at_which_it_bound(low: float, high: float, words: str) -> None:
    accuracy = Estimate(value=(low + high) / 2, n=100, low=low, high=high, chance=0.5)
    assert binding_words(accuracy) == words and binding_words(Estimate.of_nothing(0.5)) == "not measured"
    scores = Scores(canonical={"binding_accuracy": accuracy})
    for step, last in ((80, "It bound at step 80."), (None, "It did not bind by the rule of the study.")):
        sentence = closing_words(scores, step, is_run=True)["sentence"]
        assert sentence.lower().startswith(f"{words}: ") and sentence.endswith(last)
    assert "step" not in closing_words(scores)["sentence"]


def test_a_sentence_claims_no_more_than_the_report_holds() -> None:
    quiet = report(CHANCE, CHANCE)
    quiet["forms"]["own"]["recognition_accuracy"] = estimate(CHANCE)
    assert "recognize" not in verdict(quiet).sentence
    full = report(HIGH, CHANCE, spec={"data": {"caption_completeness": 1.0, "attribute_density": 2.0}})
    assert verdict(full).kind == "binds_in_own_captions" and "longer" not in verdict(full).sentence
    assert verdict(report((0.82, 0.79, 0.85), (0.78, 0.75, 0.81))).kind == "binds_in_part", "intervals overlap"
    nothing = {"metrics": form(None), "forms": {"own": None, "complete": None, "bundle": None}}
    assert verdict(nothing).kind == "not_measured" and closing_words(Scores())["verdict"] == "not measured"


def test_a_failed_training_is_no_finding() -> None:
    parts = {
        "status": "stopped",
        "budget": {"steps": 17, "pairs": 272, "seconds": 1.5},
        "spec": {"train": {"steps": 180}},
    }
    stopped = verdict(report(CHANCE, CHANCE, failed_to_train=True) | parts)
    assert stopped.kind == "too_early" and stopped.sentence.startswith("It was stopped after 17 of 180 steps, before")
    finding = verdict(report(CHANCE, CHANCE, failed_to_train=True))
    assert finding.kind == "failed_to_train" and "no finding" in finding.sentence and "bind" not in finding.sentence


def test_a_leaking_form_is_no_evidence() -> None:
    leaky = report(HIGH, CHANCE, controls={"caption_only": {"own": estimate(SOME), "complete": estimate(CHANCE)}})
    words = "reads only own captions gets 66 % (63 to 69 %, n 1000), so binding there is no evidence."
    assert verdict(leaky).sentence.endswith(words)
    assert "complete captions only" not in verdict(leaky).sentence


def test_shuffled_pixels_off_chance_are_told() -> None:
    for numbers, words in (((0.537, 0.504, 0.570), "53.7 % (50.4 to 57.0 %, n 1000)"), (CHANCE, ""), (None, "")):
        warned = report(HIGH, HIGH, controls={"shuffled_pixels": {"canonical": estimate(numbers)}})
        for sentence in (verdict(warned).sentence, closing_words(read_report(warned).scores)["sentence"]):
            assert ("shuffled pixels" in sentence) == bool(words) and words in sentence


def share(value: float | None, half: float = 0.02) -> Estimate:
    low, high = (None, None) if value is None else (value - half, value + half)
    return Estimate(value=value, n=0 if value is None else 1000, low=low, high=high, chance=0.5)


def probes_of(images: float, captions: float, between: float, untrained: float | None = 0.85) -> dict[str, Estimate]:
    probes = {"within_images": share(images), "within_captions": share(captions), "between": share(between)}
    fresh = {} if untrained is None else {f"{name}_untrained": share(untrained) for name in list(probes)[:2]}
    return probes | fresh


@pytest.mark.parametrize(
    ("one", "order"),
    [(0.9, "above"), (0.88, "overlapping"), (0.85, "overlapping"), (0.82, "overlapping"), (0.8, "below")],
)
def test_an_order_needs_intervals_that_are_apart(one: float, order: str) -> None:
    assert compare_estimates(share(one), share(0.85)) == order
    assert compare_estimates(share(None), share(0.85)) == "overlapping"


def test_the_conclusion_of_probes_needs_all_three() -> None:
    assert interpret_probes(probes_of(0.86, 0.66, 0.51)) == (
        "Image embeddings tell no more than an untrained model's: 86 % against 85 %. "
        "Caption embeddings tell less than an untrained model's: 66 % against 85 %. "
        f"The colors alone, without their nouns, give 50 %. {NOT_SHOWN_LEARNED}"
    )
    assert interpret_probes(probes_of(0.95, 0.99, 0.51, untrained=None)) == NO_UNTRAINED_MODEL
    assert interpret_probes(probes_of(0.95, 0.99, 0.51)).endswith(LEARNED_NOT_MATCHED)
    assert interpret_probes(probes_of(0.95, 0.86, 0.51)).endswith(NOT_SHOWN_LEARNED)
    assert interpret_probes(probes_of(0.95, 0.99, 0.9)).endswith(
        "The match between them tells it too: binding is 90 %."
    )
