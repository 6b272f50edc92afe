"""The list of open questions: what is asked, what rivals predict, and which trainings decide, fixed before the first.

    listed = read_open_list(Path("assets/study/open.toml"))
    listed.digest                       # SHA-256 of the file; seeds and order follow from it
    listed.entries[0].spec              # the training of the first place on the list
    score_rival(rival, outcomes)        # log score of a prediction, of times that may be cut off at the budget

Nobody chooses an entry: seeds and order come from the digest of the file, so whoever changes a word of a question gets
other trainings.
"""

import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Annotated, Any

from pydantic import Field

from explorer.codec import decode
from explorer.errors import NO_VALUE, UserError
from explorer.runs.specs import resolve
from explorer.spec import RunSpec

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
MAX_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class RivalPrediction:
    """What a rival says of one cell: the chance that it never binds, and the pairs at which it binds otherwise.

    The time is lognormal with the median `pairs` and the factor `spread` of one standard deviation.
    """

    cell: Name
    never: Annotated[float, Field(ge=0, le=1)]
    pairs: Annotated[float | None, Field(gt=0)] = None
    spread: Annotated[float, Field(gt=1)] = 1.4


@dataclass(frozen=True, kw_only=True, slots=True)
class Rival:
    """A theory in one sentence, with a prediction for each cell of its question."""

    name: Name
    sentence: str
    predictions: tuple[RivalPrediction, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenCell:
    """Data that are trained on `seeds` times: a recipe with its changes."""

    name: Name
    sentence: str
    recipe: str
    values: Mapping[str, Any]
    seeds: Annotated[int, Field(ge=1, le=50)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One open question; `verdicts` are the words for each rival that may win, and for none, under "none"."""

    name: Name
    title: str
    sentence: str
    cells: Annotated[tuple[OpenCell, ...], Field(min_length=1)]
    rivals: Annotated[tuple[Rival, ...], Field(min_length=2)]
    verdicts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListEntry:
    """A training on the list: `place` counts from 0, `name` holds question, cell and number of the seed."""

    place: int
    name: str
    question: str
    cell: str
    spec: RunSpec

    @property
    def pairs(self) -> int:
        """Pairs that the training reads at most."""
        return self.spec.train.steps * self.spec.train.batch_size


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenList:
    """The questions with their trainings, in the order in which they are given out."""

    digest: str
    questions: tuple[Question, ...]
    entries: tuple[ListEntry, ...]

    def entry(self, name: object) -> ListEntry:
        """Return the entry of that name; raise `UserError` if there is none."""
        found = next((each for each in self.entries if each.name == name), None)
        if found is None:
            raise UserError("entry", name, "there is no such training on the list", longest=80)
        return found


def read_open_list(file: Path) -> OpenList:
    """Read and check a list; raise `UserError` with the field that is wrong."""
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    questions = decode(tuple[Question, ...], tomllib.loads(content.decode("utf-8")).get("questions"))
    for question in questions:
        _check_question(question)
    entries = [
        (question, cell, number) for question in questions for cell in question.cells for number in range(cell.seeds)
    ]
    # An order that nobody chose: by a digest of each entry with that of the whole list.
    entries.sort(key=lambda each: _drawn(digest, _entry_name(*each), "order"))
    return OpenList(
        digest=digest,
        questions=questions,
        entries=tuple(
            ListEntry(
                place=place,
                name=_entry_name(question, cell, number),
                question=question.name,
                cell=cell.name,
                spec=resolve(
                    cell.recipe,
                    {**cell.values, "seed": _drawn(digest, _entry_name(question, cell, number), "seed") % MAX_SEED},
                ),
            )
            for place, (question, cell, number) in enumerate(entries)
        ),
    )


def _entry_name(question: Question, cell: OpenCell, number: int) -> str:
    return f"{question.name}/{cell.name}/{number + 1}"


def _drawn(digest: str, name: str, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{digest} {purpose} {name}".encode()).digest()[:8], "big")


def _check_question(question: Question) -> None:
    cells = [cell.name for cell in question.cells]
    if len(set(cells)) < len(cells):
        raise UserError("cells", NO_VALUE, "the question {question} has two cells of one name", question=question.name)
    for rival in question.rivals:
        predicted = [each.cell for each in rival.predictions]
        if sorted(predicted) != sorted(cells):
            raise UserError(
                "predictions",
                NO_VALUE,
                "the rival {rival} needs one for each cell of {question}",
                rival=rival.name,
                question=question.name,
            )
        if unsure := [each.cell for each in rival.predictions if each.pairs is None and each.never < 1]:
            raise UserError(
                "pairs",
                NO_VALUE,
                "the rival {rival} needs a time for {cell}, or never = 1",
                rival=rival.name,
                cell=unsure[0],
            )
    if missing := {*(rival.name for rival in question.rivals), "none"} - question.verdicts.keys():
        raise UserError(
            "verdicts",
            NO_VALUE,
            "the question {question} lacks the words for {missing}",
            question=question.name,
            missing=min(missing),
        )


# ---- Scoring, once a list is whole


@dataclass(frozen=True, kw_only=True, slots=True)
class CellOutcome:
    """A confirmed training of a cell: the pairs at which it bound, None if not within `budget` pairs."""

    cell: str
    bound_at: int | None
    budget: int


LEAST_DENSITY = 1e-9
"""A prediction that says never, and is wrong, has this density: its log score is bad, and finite."""


def score_rival(rival: Rival, outcomes: Sequence[CellOutcome]) -> float:
    """Return the mean log score of a rival over the outcomes, in nats; higher is better.

    A time is scored by its density on the scale of its logarithm, a training that did not bind by the probability that
    it takes longer than its budget.
    """
    by_cell = {each.cell: each for each in rival.predictions}
    scores = []
    for outcome in outcomes:
        prediction = by_cell[outcome.cell]
        probability = _density(prediction, outcome)
        scores.append(math.log(max(probability, LEAST_DENSITY)))
    return sum(scores) / len(scores) if scores else 0.0


def _density(prediction: RivalPrediction, outcome: CellOutcome) -> float:
    if prediction.pairs is None:
        return 1.0 if outcome.bound_at is None else 0.0
    times = NormalDist(math.log(prediction.pairs), math.log(prediction.spread))
    if outcome.bound_at is None:
        return prediction.never + (1 - prediction.never) * (1 - times.cdf(math.log(outcome.budget)))
    return (1 - prediction.never) * times.pdf(math.log(outcome.bound_at))


def verdict_of(question: Question, outcomes: Sequence[CellOutcome], *, margin: float = math.log(3)) -> str:
    """Return the name of the rival that is ahead of all others by `margin` nats in all, "none" if there is none."""
    if not outcomes:
        return "none"
    ranked = sorted(((score_rival(rival, outcomes), rival.name) for rival in question.rivals), reverse=True)
    (best, name), (second, _) = ranked[:2]
    return name if (best - second) * len(outcomes) >= margin else "none"
