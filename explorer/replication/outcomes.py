"""Verdicts on open questions as `research judge-open` froze them, once each.

read_outcomes(listed)["filler"].sentence     # the words of the verdict; nothing of a question that is not answered
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.codec import decode
from explorer.replication.questions import OpenList, OpenVerdict
from explorer.resources import FROZEN_FOLDER
from explorer.runs.files import read_json

OPEN_OUTCOMES = FROZEN_FOLDER / "open-outcomes.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcomes:
    """The verdicts on a list, which its digest names."""

    list_digest: str
    verdicts: tuple[OpenVerdict, ...]


def read_outcomes(listed: OpenList, file: Path = OPEN_OUTCOMES) -> Mapping[str, OpenVerdict]:
    """Return the verdicts on the questions of this list by name; none if what is frozen is of another list."""
    if not file.is_file():
        return {}
    outcomes = decode(Outcomes, read_json(file))
    return {each.question: each for each in outcomes.verdicts} if outcomes.list_digest == listed.digest else {}
