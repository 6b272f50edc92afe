"""Views of the study: the effect of each property in each form of caption, and the evidence of one claim.

    study().effects[0]["words"]
    claim("naming")["findings"]

Everything is frozen: the numbers are those of STUDY.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.errors import NO_VALUE, UserError
from explorer.study.evidence_store import load_claims, load_document
from explorer.views.registry import view


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The effect of each property, the runs that stand behind each sweep, and the claims with their findings."""

    effects: tuple[Mapping[str, Any], ...]
    coverage: tuple[Mapping[str, Any], ...]
    claims: Mapping[str, str]
    findings: tuple[Mapping[str, Any], ...]


@view()
def study(claim: str = "") -> Overview | Mapping[str, Any]:
    """The effect of each property of the data on binding; with a claim its evidence, as `claim` answers it.

    Args:
        claim: name of a claim or of a sweep of either edition, or nothing for all properties
    """
    if claim:
        return evidence(claim)
    found = load_claims()
    if found is None:
        raise UserError("claim", NO_VALUE, "nothing is frozen here, so there is no evidence")
    return Overview(
        effects=tuple(found["effects"]),
        coverage=tuple(found["coverage"]),
        claims=found["claims"],
        findings=tuple(found["findings"]),
    )


@view()
def claim(claim: str) -> Mapping[str, Any]:
    """The frozen evidence of one claim or sweep: every seed's points by form of caption, intervals and comparisons.

    Args:
        claim: name of a claim or of a sweep of either edition, for example single-flaws, naming or naming-cliff
    """
    return evidence(claim)


def evidence(claim: str) -> Mapping[str, Any]:
    """Return what is frozen of a claim; raise `UserError` for an unknown one, or one that was not run."""
    try:
        found = load_document(claim)
    except UserError as error:
        raise error.in_field("claim") from None
    if found is None:
        raise UserError("claim", claim, "was not run yet, so there is no evidence")
    return found
