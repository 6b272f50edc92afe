"""The list of open questions: what is asked, what rivals predict, and which trainings decide, fixed before the first.

    listed = read_open_list(Path("assets/study/open.toml"))
    listed.digest                       # SHA-256 of the file; seeds and order follow from it
    listed.entries[0].spec              # the training that stands first on the list
    score_rival(question, rival, outcomes)  # log density of what came, of times that may be cut off at the budget

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

from explorer.codec import decode, text_of
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.files import read_written
from explorer.resources import FROZEN_FOLDER
from explorer.runs.specs import resolve
from explorer.runs.tab_limits import check_tab_trains
from explorer.spec import MAX_SEED, RunSpec

Name = Annotated[
    str,
    text_of("[a-z][a-z0-9-]{0,39}", "give at most 40 small English letters, digits or dashes, a letter first"),
]
Factor = Annotated[float, Field(gt=1, le=1e6)]
PairCount = Annotated[float, Field(gt=0, le=1e12)]
"""So far apart that no forecast needs more, and near enough that sums of their exponentials are finite."""
OPEN_LIST = FROZEN_FOLDER / "open.toml"
"""The list that ships."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RivalPrediction:
    """A rival's forecast of a cell: the chance that a training never binds, and the pairs at which it binds otherwise.

    The time is lognormal with the median `pairs` and the factor `spread` of one standard deviation among seeds.
    """

    cell: Name
    never: Annotated[float, Field(ge=0, le=1)] = 0.0
    pairs: PairCount | None = None
    spread: Factor = 1.4


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

    def spec(self, seed: int) -> RunSpec:
        """Return the spec that trains this cell with a seed."""
        return resolve(self.recipe, {**self.values, "seed": seed})


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One open question.

    Attributes:
        doubt: What no rival knows: by this factor, of one standard deviation, all times of the question may be longer
            or shorter together. So rivals are told apart by how cells compare.
        verdicts: The words for each rival that may win, and under "none" for no clear winner.
    """

    name: Name
    title: str
    sentence: str
    doubt: Factor = 1.5
    cells: Annotated[tuple[OpenCell, ...], Field(min_length=1)]
    rivals: Annotated[tuple[Rival, ...], Field(min_length=2)]
    verdicts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenDocument:
    """The file: the engine's version that trains, scoring and the stopping rule in words, and the questions.

    A rival wins if what came is at least `odds` times as likely under it as under each other one.
    """

    engine_version: int
    scoring: str
    stopping: str
    odds: Factor
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListEntry:
    """A training on the list: `index` counts from 0, `name` holds question, cell and number of the seed."""

    index: int
    name: str
    question: str
    cell: str
    spec: RunSpec

    @property
    def pairs(self) -> int:
        """Pairs that the training reads at most."""
        return self.spec.train.pairs


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenList:
    """The questions with their trainings, in the order in which they are given out."""

    digest: str
    document: OpenDocument
    entries: tuple[ListEntry, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return self.document.questions

    def question(self, name: str) -> Question:
        """Return the question of that name, which one of its entries has."""
        return next(each for each in self.questions if each.name == name)

    def entry(self, name: object) -> ListEntry:
        """Return the entry of that name; raise `UserError` if there is none."""
        found = next((each for each in self.entries if each.name == name), None)
        if found is None:
            raise UserError("entry", name, "there is no such training on the list", longest=80)
        return found


def read_open_list(file: Path) -> OpenList:
    """Read and check a list; raise `UserError` with the field that is wrong."""
    try:
        content = read_written(file)
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):  # also a number of thousands of digits, and lists in lists
        raise UserError("list", file, "is no file of open questions in TOML") from None
    document = decode(OpenDocument, table)
    if document.engine_version != CONTRACT.engine_version:
        raise UserError(
            "engine_version", document.engine_version, "is not this engine's; a list states the one that trains it"
        )
    digest = hashlib.sha256(content).hexdigest()
    for question in document.questions:
        _check_question(question)
    if len({question.name for question in document.questions}) < len(document.questions):
        raise UserError("questions", NO_VALUE, "two of them have one name")
    entries = [
        (question, cell, number)
        for question in document.questions
        for cell in question.cells
        for number in range(cell.seeds)
    ]
    # An order that nobody chose: by a digest of each entry with that of the whole list.
    entries.sort(key=lambda each: _draw_number(digest, _entry_name(*each), "order"))
    return OpenList(
        digest=digest,
        document=document,
        entries=tuple(
            ListEntry(
                index=index,
                name=_entry_name(question, cell, number),
                question=question.name,
                cell=cell.name,
                spec=cell.spec(_draw_number(digest, _entry_name(question, cell, number), "seed") % MAX_SEED),
            )
            for index, (question, cell, number) in enumerate(entries)
        ),
    )


def _entry_name(question: Question, cell: OpenCell, number: int) -> str:
    return f"{question.name}/{cell.name}/{number + 1}"


def _draw_number(digest: str, name: str, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{digest} {purpose} {name}".encode()).digest()[:8], "big")


def _check_question(question: Question) -> None:
    cells = [cell.name for cell in question.cells]
    if len(set(cells)) < len(cells):
        raise UserError(f"{question.name}.cells", NO_VALUE, "two of them have one name")
    rivals = [rival.name for rival in question.rivals]
    if len(set(rivals)) < len(rivals) or "none" in rivals:
        raise UserError(f"{question.name}.rivals", ", ".join(rivals), "give each a name of its own, other than none")
    for rival in question.rivals:
        predicted = [each.cell for each in rival.predictions]
        if sorted(predicted) != sorted(cells):
            raise UserError(f"{question.name}.{rival.name}.predictions", NO_VALUE, "give one for each cell")
        if unsure := [each.cell for each in rival.predictions if each.pairs is None and each.never < 1]:
            raise UserError(f"{question.name}.{rival.name}.{unsure[0]}.pairs", NO_VALUE, "give a time, or never = 1")
    for cell in question.cells:
        try:
            check_tab_trains(cell.spec(0))
        except UserError as error:  # nobody could ever answer it
            raise error.in_field(f"{question.name}.{cell.name}.{error.field}") from None
    if missing := {*rivals, "none"} - question.verdicts.keys():
        raise UserError(f"{question.name}.verdicts.{min(missing)}", NO_VALUE, "give its words")


# ---- Scoring, once a list is whole


@dataclass(frozen=True, kw_only=True, slots=True)
class CellOutcome:
    """A confirmed training of a cell: the pairs at which it bound, None if not within `budget` pairs."""

    cell: str
    bound_at: int | None
    budget: int


MIN_DENSITY = 1e-9
"""A prediction that says never, and is wrong, has this density: its log score is bad, and finite."""
FACTORS = tuple(NormalDist().inv_cdf((rank + 0.5) / 60) for rank in range(60))
"""Standard deviations by which all times of a question may differ together, equally likely ones."""


def score_rival(question: Question, rival: Rival, outcomes: Sequence[CellOutcome]) -> float:
    """Return the log of the density of all outcomes under a rival, in nats; higher is better.

    A time counts with its density on the scale of its logarithm, a training that did not bind with the probability that
    it takes longer than its budget. The factor that no rival knows is averaged over.
    """
    by_cell, doubt = {each.cell: each for each in rival.predictions}, math.log(question.doubt)
    logs = [sum(_log_density(by_cell[each.cell], each, doubt * factor) for each in outcomes) for factor in FACTORS]
    best = max(logs)
    return best + math.log(sum(math.exp(each - best) for each in logs) / len(logs))


def _log_density(prediction: RivalPrediction, outcome: CellOutcome, shift: float) -> float:
    """Return the log of the density of one outcome where the log of all times is shifted."""
    if prediction.pairs is None:
        density = float(outcome.bound_at is None)
    else:
        spread = math.log(prediction.spread)
        time = outcome.budget if outcome.bound_at is None else outcome.bound_at
        z = (math.log(time) - math.log(prediction.pairs) - shift) / spread
        if outcome.bound_at is None:
            density = prediction.never + (1 - prediction.never) * math.erfc(z / math.sqrt(2)) / 2
        else:
            density = (1 - prediction.never) * math.exp(-z * z / 2) / (spread * math.sqrt(2 * math.pi))
    return math.log(max(density, MIN_DENSITY))


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenVerdict:
    """The verdict on a question: the rival that won, or "none", its words, and the log score of each rival in nats."""

    question: str
    rival: str
    sentence: str
    scores: Mapping[str, float]
    outcomes: tuple[CellOutcome, ...]


def judge(question: Question, outcomes: Sequence[CellOutcome], *, odds: float) -> OpenVerdict:
    """Return the verdict on a question: a rival wins if all that came is `odds` times as likely as under the others."""
    scores = {rival.name: score_rival(question, rival, outcomes) for rival in question.rivals}
    (best, name), (second, _) = sorted(((score, name) for name, score in scores.items()), reverse=True)[:2]
    rival = name if best - second >= math.log(odds) else "none"
    return OpenVerdict(
        question=question.name,
        rival=rival,
        sentence=question.verdicts[rival],
        scores={name: round(score, 3) for name, score in scores.items()},
        outcomes=tuple(outcomes),
    )
