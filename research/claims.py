"""Claims of the second edition and the properties of the forest plot, read from `claims.toml`.

    CLAIMS["hard-negatives"].directions
    STUDY_PROPERTIES["incomplete"].comparisons  # in the second edition, then in the first

A claim has at most `MAX_DIRECTIONS` stated directions, which share one Holm correction. Its outcome is the time to
binding in a form, by the rule of `results.binding_step`, censored at the budget; final accuracy is reported too.

A direction on a host is "untestable here" if its control does not bind in at least half of its seeds within the same
budget. For "later" the control is the host, which has to bind itself. "sooner" on a host that binds in every seed by
the first quarter of the budget has no headroom and is untestable too.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from explorer.evaluation.results import FollowedForm

MAX_DIRECTIONS = 5
StatedEffect = Literal["sooner", "later", "higher", "lower", "no difference", "ours"]
"""Stated effect of the step from the first condition to the second; `ours`: no known statement."""
Edition = Literal["second", "first"]
FORM_WORDS = {
    "canonical": "two objects, a color each",
    "own": "as in its training",
    "complete": "every object named",
    "bundle": "every object, all values",
}
"""Plain names of the forms of caption in which a model is asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConditionRef:
    """A condition of a sweep, both by name."""

    sweep: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Direction:
    """Effect of the step from the host `start` to `end` on the time to binding in `form`.

    With a `metric` it is the effect on the final value of that metric instead, in the form that the metric's name
    starts with.
    """

    start: ConditionRef
    end: ConditionRef
    expected: StatedEffect
    form: FollowedForm
    control: ConditionRef
    source: str
    metric: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimReading:
    """Sentences on a claim, for these words of its directions; see `words.claim_reading` for their placeholders."""

    words: tuple[str, ...]
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One sentence, the directions that test it, and what is said of their outcome."""

    name: str
    sentence: str
    directions: tuple[Direction, ...]
    reading: ClaimReading | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PropertyComparison:
    """Two conditions of one edition, and the control of the comparison."""

    edition: Edition
    start: ConditionRef
    end: ConditionRef
    control: ConditionRef


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyProperty:
    """One row of the forest plot: words, comparisons, the claim, and the sweep of the first edition on its page.

    The first comparison with frozen runs is shown. A flaw is compared with data without it; a remedy is tested only if
    its host does not bind in every seed anyway.
    """

    name: str
    words: str
    page: str
    claim: str | None
    is_remedy: bool
    comparisons: tuple[PropertyComparison, ...]


def _step(sweep: str, record: Mapping[str, Any]) -> dict[str, ConditionRef]:
    """Return the ends and the control of a step within a sweep."""
    control = ConditionRef(sweep=record.get("control_sweep", sweep), label=record.get("control", record["from"]))
    start, end = (ConditionRef(sweep=sweep, label=record[end]) for end in ("from", "to"))
    return {"start": start, "end": end, "control": control}


def _claim(record: Mapping[str, Any]) -> Claim:
    directions = tuple(
        Direction(
            **_step(record["sweep"], each),
            expected=each["expected"],
            form=each.get("form", record["form"]),
            source=each["source"],
            metric=record.get("metric"),
        )
        for each in record["directions"]
    )
    has_reading = "reading" in record
    reading = ClaimReading(words=tuple(record["reading_of"]), text=record["reading"]) if has_reading else None
    return Claim(name=record["name"], sentence=record["sentence"], directions=directions, reading=reading)


def _property(record: Mapping[str, Any]) -> StudyProperty:
    comparisons = tuple(
        PropertyComparison(**_step(each["sweep"], each), edition=each["edition"]) for each in record["comparisons"]
    )
    return StudyProperty(**{"claim": None, **record, "comparisons": comparisons})


_DECLARED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
CLAIMS: dict[str, Claim] = {record["name"]: _claim(record) for record in _DECLARED["claims"]}
STUDY_PROPERTIES: dict[str, StudyProperty] = {record["name"]: _property(record) for record in _DECLARED["properties"]}
