"""Views of the study as numbers: the effect of each property, every seed of a claim or a sweep, and a forecast.

    study().effects[0]["words"]
    study("naming")["findings"]
    predict(here, "binding-friendly").sentence      # "Expected to bind after 15,746 pairs (8,260 to 30,014 ..."

Everything is frozen: the numbers are those of STUDY.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.errors import NO_VALUE, UserError
from explorer.runs.specs import resolve
from explorer.study.evidence_store import load_claims, load_document
from explorer.study.time_model import Span
from explorer.study.time_model import predict as expected_of
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.views.starts import estimate


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The effect of each property, the runs that stand behind each sweep, and the claims with their findings."""

    effects: tuple[Mapping[str, Any], ...]
    coverage: tuple[Mapping[str, Any], ...]
    claims: Mapping[str, str]
    findings: tuple[Mapping[str, Any], ...]


@view()
def study(claim: str = "") -> Overview | Mapping[str, Any]:
    """The effect of each property of the data on binding; with a claim every seed of it.

    Args:
        claim: name of a claim or of a sweep of either edition, or nothing for all properties
    """
    if claim:
        return _evidence(claim)
    found = load_claims()
    if found is None:
        raise UserError("claim", NO_VALUE, "nothing is frozen here, so there is no evidence")
    return Overview(
        effects=tuple(found["effects"]),
        coverage=tuple(found["coverage"]),
        claims=found["claims"],
        findings=tuple(found["findings"]),
    )


def _evidence(claim: str) -> Mapping[str, Any]:
    """Return what is frozen of a claim; raise `UserError` for an unknown one, or one that was not run."""
    try:
        found = load_document(claim)
    except UserError as error:
        raise error.in_field("claim") from None
    if found is None:
        raise UserError("claim", claim, "was not run yet, so there is no evidence")
    return found


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """When a training is expected to bind in captions of its own form: the median of seeds, and 19 of 20 of them.

    Attributes:
        sentence: The forecast in words, or why nothing is known there.
        pairs: Pairs of image and caption; None where nothing is known.
        steps: The same in batches.
        seconds: The same in seconds here, at the middle of the pace that was measured or guessed (`basis`).
        share_bound: Probability that a seed is bound at the budget of the spec.
        beyond: Pairs at which the line would put it, for data beyond the end of what has bound.
        source: The trainings from which it follows.
    """

    sentence: str
    pairs: Span | None
    steps: Span | None
    seconds: Span | None
    basis: str
    share_bound: float | None
    beyond: float | None
    source: str


@view()
def predict(here: Service, preset: str, overrides: dict[str, Any] | None = None) -> Forecast:
    """Forecast when a training of a recipe binds, by the study's line of time by kappa; it is no finding of this run.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"attribute_density": 1}
    """
    spec = resolve(preset, overrides or {})
    found = expected_of(spec)
    low, high, basis = estimate(here.store, spec)
    pace = (low + high) / 2 / spec.train.steps
    steps = found.steps
    return Forecast(
        sentence=found.sentence,
        pairs=found.pairs,
        steps=steps,
        seconds=steps and Span(value=pace * steps.value, low=pace * steps.low, high=pace * steps.high),
        basis=basis,
        share_bound=found.share_bound,
        beyond=found.beyond,
        source=found.source,
    )
