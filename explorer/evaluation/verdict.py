"""One sentence that states what a report's model binds, within the limits of the numbers.

    >>> chance = {"value": 0.51, "n": 1000, "low": 0.48, "high": 0.54, "chance": 0.5}
    >>> form = {"binding_accuracy": chance}
    >>> verdict({"metrics": form, "forms": {"own": form, "complete": form}}).kind
    'does_not_bind'

The rules: a failed training is no finding, nor is one that was stopped before it began to learn; "does not bind" needs
the own and the complete form both at chance, which means that the 95 % interval contains chance; "not in captions
longer than it has read" needs an own form that is high, a complete form whose interval lies below it, and training
captions that name fewer objects than the image shows. If the caption-only control is above chance in a form, binding
in that form is no evidence and the sentence says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from explorer.evaluation.results import hundredths

Level = Literal["below", "chance", "some", "high"]
Kind = Literal[
    "failed_to_train",
    "too_early",
    "not_measured",
    "does_not_bind",
    "binds",
    "binds_in_short_captions",
    "binds_in_own_captions",
    "binds_in_complete_captions",
    "binds_in_part",
    "prefers_swapped",
    "canonical_only",
]
HIGH = 0.8  # a share from here on is called binding without "in part"
FAINT = 0.6  # below, a share that is above chance for certain is still too little to be called binding


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The kind of result, for code, and the sentence, for people."""

    kind: Kind
    sentence: str


def verdict(report: Mapping[str, Any]) -> Verdict:
    """Word the result of a report; its keys "controls", "spec" and "failed_to_train" may be missing."""
    if report.get("failed_to_train") and report.get("status") == "stopped":
        words = f"Stopped{_of_steps(report)}, before it had learned more than chance gives: too early to tell."
        return Verdict(kind="too_early", sentence=words)
    if report.get("failed_to_train"):
        words = "Failed to train: its loss stayed at that of a model that knows nothing, so this is no finding."
        return Verdict(kind="failed_to_train", sentence=words)
    own, complete = (_binding((report.get("forms") or {}).get(form)) for form in ("own", "complete"))
    found = _of_both(report, own, complete) if own and complete else _of_one(report, own, complete)
    return Verdict(kind=found.kind, sentence=f"{found.sentence}{_leak(report)}")


def _of_steps(report: Mapping[str, Any]) -> str:
    """Return the steps of the report in words, if it has them."""
    done = (report.get("budget") or {}).get("steps")
    asked = ((report.get("spec") or {}).get("train") or {}).get("steps")
    return f" after {done} of {asked} steps" if done is not None and asked is not None else ""


def _of_both(report: Mapping[str, Any], own: Mapping[str, Any], complete: Mapping[str, Any]) -> Verdict:
    """Word the verdict if both forms were measured."""
    levels = (_level(own), _level(complete))
    numbers = f"own captions {_words(own)}, complete captions {_words(complete)}"
    if levels == ("chance", "chance"):
        return Verdict(kind="does_not_bind", sentence=f"Does not bind: {numbers}.{_recognition(report)}")
    if levels == ("high", "high"):
        return Verdict(kind="binds", sentence=f"Binds: {numbers}.")
    if levels[0] == "high" and complete["high"] < own["low"]:
        return _own_only(report, numbers)
    if "below" in levels:
        words = f"Prefers the swapped caption more often than chance in a form: {numbers}."
        return Verdict(kind="prefers_swapped", sentence=words)
    if levels[0] == "chance":
        words = f"{_degree(complete)} in complete captions and is at chance in captions of its own form: {numbers}."
        return Verdict(kind="binds_in_complete_captions", sentence=words)
    stronger = max(own, complete, key=lambda estimate: estimate["value"])
    degree = "Binds in part" if "high" in levels else _degree(stronger)
    return Verdict(kind="binds_in_part", sentence=f"{degree}: {numbers}.")


def _own_only(report: Mapping[str, Any], numbers: str) -> Verdict:
    """Return True if binding is high in the own form and clearly lower in the complete form."""
    if _reads_short(report):
        words = f"Binds, but not in captions longer than it has read: {numbers}."
        return Verdict(kind="binds_in_short_captions", sentence=words)
    words = f"Binds in captions of its own form, less so in complete captions: {numbers}."
    return Verdict(kind="binds_in_own_captions", sentence=words)


def _of_one(report: Mapping[str, Any], own: Mapping[str, Any] | None, complete: Mapping[str, Any] | None) -> Verdict:
    """Word the verdict if a form is missing, and state nothing about that form."""
    canonical = _binding(report.get("metrics"))
    asked = [("own", own), ("complete", complete), ("canonical", canonical)]
    form, estimate = next(((form, found) for form, found in asked if found), ("", None))
    if estimate is None:
        return Verdict(kind="not_measured", sentence="Binding is not measured: no caption could be swapped.")
    heads = {
        "below": "Prefers the swapped caption more often than chance",
        "chance": "Is at chance",
    }
    head = heads.get(_level(estimate)) or _degree(estimate)
    words = f"{head} in {form} captions ({_words(estimate)}), the only form to judge by."
    return Verdict(kind="canonical_only" if form == "canonical" else "binds_in_part", sentence=words)


def _binding(metrics: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the estimate of binding, None if the form or the number is missing."""
    found: Mapping[str, Any] | None = (metrics or {}).get("binding_accuracy")
    return found if found and found["value"] is not None and found["low"] is not None else None


def _level(estimate: Mapping[str, Any]) -> Level:
    if estimate["high"] < estimate["chance"]:
        return "below"
    if estimate["low"] <= estimate["chance"]:
        return "chance"
    return "high" if estimate["value"] >= HIGH else "some"


def _degree(estimate: Mapping[str, Any]) -> str:
    """Word the size of a share above chance."""
    if estimate["value"] >= HIGH:
        return "Binds"
    return "Binds in part" if estimate["value"] >= FAINT else "Is barely above chance"


def _reads_short(report: Mapping[str, Any]) -> bool:
    """Return True if training captions named fewer objects than the image shows, or left objects without a value."""
    data = (report.get("spec") or {}).get("data") or {}
    return data.get("caption_completeness", 1.0) < 1 or data.get("attribute_density", 1.0) < 1


def _recognition(report: Mapping[str, Any]) -> str:
    found = (report["forms"]["own"] or {}).get("recognition_accuracy")
    if not found or found["value"] is None or found["low"] is None or found["low"] <= found["chance"]:
        return ""
    return f" It does recognize values ({_words(found)}), as a bag of words can."


def _leak(report: Mapping[str, Any]) -> str:
    """Return a warning per form in which a scorer blind to the image is above chance."""
    by_form = (report.get("controls") or {}).get("caption_only") or {}
    leaks = [form for form in ("own", "complete") if form in by_form and _is_above(by_form[form])]
    words = (f" A scorer that reads {form} captions only gets {_words(by_form[form])}" for form in leaks)
    return "".join(f"{each}, so binding there is no evidence." for each in words)


def _is_above(estimate: Mapping[str, Any]) -> bool:
    return estimate["low"] is not None and bool(estimate["low"] > estimate["chance"])


def _words(estimate: Mapping[str, Any]) -> str:
    value, low, high = (hundredths(estimate[key]) for key in ("value", "low", "high"))
    return f"{value} % ({low} to {high} %, n {estimate['n']})"
