"""Numbers of the lesson: the published card of a shipped model, and the frozen evidence of a sweep.

    forgetful().binding         # Number(value=0.516, low=0.483, high=0.549), canonical captions
    surprise()                  # two forms of caption, from evidence or, if there is none, a card

Nothing is computed from scores here; `evaluation.verdict` words the result of the two forms.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.clip.names import shipped_names
from explorer.evaluation.results import Estimate, Report, Scores, read_report
from explorer.evaluation.verdict import verdict
from explorer.resources import CHECKPOINTS
from explorer.study.evidence_store import FROZEN, Evidence, load

FORGETFUL = "web-like"
"""Preset of the lesson's shipped model."""
CONDITIONS = (("completeness", "2 objects: 0.5"), ("single-flaws", "incomplete"))
"""Sweeps with the condition that names one of two objects; the first that was run is shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A share with its 95 % interval; chance is one half for all numbers of the lesson."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Published numbers of one shipped model."""

    name: str
    preset: str
    seed: str
    steps: int
    batch: int
    device: str
    binding: Number
    own: Number
    recognition: Number

    @property
    def words(self) -> dict[str, str]:
        """Return the placeholders of texts on its training."""
        budget = {"steps": f"{self.steps:,}", "batch": str(self.batch), "device": self.device}
        return {"model": self.name, "preset": self.preset, "seed": self.seed, **budget}


@dataclass(frozen=True, kw_only=True, slots=True)
class Surprise:
    """Binding in two forms of caption; `source` is "sweep" or "card", `about` holds its details.

    `kind` is that of the verdict on a sweep. `leaks` names the forms that a caption-only scorer gets right.
    """

    source: str
    kind: str
    short: Number
    long: Number
    about: Mapping[str, str]
    leaks: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def cards() -> dict[str, Card]:
    """Return every shipped model by name, from its card.json."""
    paths = {name: CHECKPOINTS / name / "card.json" for name in shipped_names()}
    return {name: _card(json.loads(path.read_text(encoding="utf-8"))) for name, path in paths.items()}


def forgetful() -> Card:
    """Return the lesson's shipped model of web-like captions."""
    return next(card for card in cards().values() if card.preset == FORGETFUL)


def _card(document: Mapping[str, Any]) -> Card:
    scores = read_report(document, name="card.json").scores
    return Card(
        name=document["name"],
        preset=document["preset"],
        seed=str(document["seed"]),
        steps=document["budget"]["steps"],
        batch=document["spec"]["train"]["batch_size"],
        device=document["device"],
        binding=_share(scores.canonical["binding_accuracy"]),
        own=_share(scores.of("own")["binding_accuracy"]),
        recognition=_share(scores.canonical["recognition_accuracy"]),
    )


def surprise(folder: Path = FROZEN) -> Surprise:
    """Return frozen evidence with an interval if there is some, else the card of a shipped model."""
    for name, label in CONDITIONS:
        evidence = load(name, folder)
        found = _of_sweep(evidence, label) if evidence else None
        if found:
            return found
    card = forgetful()
    return Surprise(source="card", kind="", short=card.own, long=card.binding, about=card.words)


def _of_sweep(evidence: Evidence, label: str) -> Surprise | None:
    """Return the condition in its own captions, which name one object, and in complete ones, which name both."""
    condition = evidence.condition(label)
    if condition is None:
        return None
    own, complete = (condition.score(form, "binding_accuracy") for form in ("own", "complete"))
    if own is None or complete is None or own.mean.low is None or complete.mean.low is None:
        return None
    asked = {"own": own, "complete": complete}
    scores = Scores(forms={form: {"binding_accuracy": found.mean} for form, found in asked.items()})
    about = {
        "seeds": str(own.mean.n),
        "scenes": f"{min(point.n for found in asked.values() for point in found.points):,}",
        "steps": str(condition.steps),
        "batch": str(condition.batch_size),
        "device": ", ".join(evidence.devices),
        "recipe": ", ".join(evidence.recipes),
        "sweep": evidence.name,
    }
    blind = {form: condition.control("caption_only", form) for form in asked}
    return Surprise(
        source="sweep",
        kind=verdict(Report(scores=scores, spec=condition.run_spec())).kind,
        short=_share(own.mean),
        long=_share(complete.mean),
        about=about,
        leaks=tuple(form for form, control in blind.items() if control and control.is_above_chance),
    )


def _share(found: Estimate) -> Number:
    """Return an estimate with an interval; raise ValueError if it has none."""
    if found.value is None or found.low is None or found.high is None:
        raise ValueError("a number of the lesson has no interval")
    return Number(value=found.value, low=found.low, high=found.high)
