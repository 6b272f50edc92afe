"""Open questions of the study: what is asked, how far it is, and the acts of a page that trains for it.

    open_questions(service)             # for everybody
    lent = take_open(service)           # the next training of the list, and a key for a browser that has none
    about = {"lease": lent.lease, "owner_key": lent.owner_key}
    keep_open(service, entry=lent.entry, **about)                          # news, each quarter of `lent.lease_s`
    give_open(service, result={...}, **about)                              # or give_back_open
    give_saved_open(service, result={...}, owner_key=key)                  # of a file of a page without a server

A result, an `agreement.Result`, may come late, and the same one may be sent again. `give_saved_open` takes the results
of a file that a page without a server saved, one after the other: such a training was given to nobody, so copies of its
result may be anywhere, and all from files count as one person's. The key travels in the header X-Owner-Key.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from explorer.codec import inline_fields
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.replication.agreement import OPEN, Result, Standing, asked_steps
from explorer.replication.bands import Band, band_of, count_inside
from explorer.replication.ledger import LEASE_S, Person
from explorer.replication.outcomes import read_outcomes
from explorer.replication.questions import OpenCell, OpenList, OpenVerdict, Question, Rival, RivalPrediction
from explorer.spec import RunSpec
from explorer.views.registry import act, view
from explorer.views.service import KEY_PATTERN, Service

UNKNOWN_ADDRESS = (
    "This server cannot tell your address from those of others, so a result is kept here and does not confirm another."
)
UNREADABLE = "The server cannot read the results of this question now, so no training of it is given out."
NO_PROBLEMS: Mapping[str, str] = {}
LeaseToken = Annotated[str, Field(max_length=64)]
EntryName = Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counting:
    """Whether a result of the asker can confirm another: not if this server cannot tell the address; `note` says so."""

    is_counted: bool
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedCell:
    """A cell of a question; the seed in its spec is 0, that of a training stands with it."""

    name: str
    sentence: str
    spec: RunSpec
    pairs: int
    seeds: int


@inline_fields("prediction", "band")
@dataclass(frozen=True, kw_only=True, slots=True)
class BandedPrediction:
    """A rival's prediction of a cell with its band."""

    prediction: RivalPrediction
    band: Band


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedRival:
    """A rival, with a prediction for each cell."""

    name: str
    sentence: str
    predictions: tuple[BandedPrediction, ...]


@inline_fields("standing")
@dataclass(frozen=True, kw_only=True, slots=True)
class ListedTraining:
    """A training of the list, and how it stands; `index` counts from 0 over all questions."""

    name: str
    index: int
    cell: str
    seed: int
    standing: Standing


@inline_fields("verdict")
@dataclass(frozen=True, kw_only=True, slots=True)
class BandedVerdict:
    """The verdict after the audit; `inside` are the trainings in the bands of each rival."""

    verdict: OpenVerdict
    inside: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedQuestion:
    """A question, and how far it is.

    Attributes:
        trainings: In the order of the list.
        ended: Trainings with a result.
        confirmed: Trainings with a confirmed one.
        needed: Those that are not yet confirmed; none once the question `is_answered`.
        problem: Why no training of it is given out now; nothing if one may be.
    """

    name: str
    title: str
    sentence: str
    doubt: float
    cells: tuple[AskedCell, ...]
    rivals: tuple[AskedRival, ...]
    trainings: tuple[ListedTraining, ...]
    ended: int
    confirmed: int
    needed: int
    is_answered: bool
    verdict: BandedVerdict | None
    problem: str


@inline_fields("counting")
@dataclass(frozen=True, kw_only=True, slots=True)
class OpenQuestions:
    """The list, which its digest names, and its questions; scoring and stopping rule are in words."""

    list_digest: str
    engine_version: int
    scoring: str
    stopping: str
    odds: float
    questions: tuple[AskedQuestion, ...]
    counting: Counting


@inline_fields("counting")
@dataclass(frozen=True, kw_only=True, slots=True)
class LentTraining:
    """A training that was lent.

    Attributes:
        entry: Its name.
        lease: The token with which its result is handed in.
        lease_s: Seconds without news after which it is given back.
        saved: Steps at which all weights have a digest.
        evaluated: Steps after which binding is asked.
        owner_key: The key that was sent, else a new one to be kept.
    """

    entry: str
    question: str
    cell: str
    lease: str
    lease_s: float
    list_digest: str
    engine_version: int
    spec: RunSpec
    pairs: int
    saved: tuple[int, ...]
    evaluated: tuple[int, ...]
    owner_key: str
    counting: Counting


@inline_fields("counting")
@dataclass(frozen=True, kw_only=True, slots=True)
class GivenTraining:
    """A training of which there is news or a result, and how it stands now."""

    entry: str
    standing: Standing
    counting: Counting


@view()
def open_questions(service: Service) -> OpenQuestions:
    """Return the open questions of the study with their predictions, and how far their trainings are."""
    ledger = service.ledger
    standings = ledger.standings()
    unreadable = {entry.question for entry in ledger.listed.entries if entry.name not in standings}
    problems = dict.fromkeys(unreadable, UNREADABLE)
    return open_document(ledger.listed, standings, _counting_of(service.person("")), problems)


def open_document(
    listed: OpenList, standings: Mapping[str, Standing], counting: Counting, problems: Mapping[str, str] = NO_PROBLEMS
) -> OpenQuestions:
    """Return what everybody may know of a list; a training without a standing is open."""
    document = listed.document
    return OpenQuestions(
        list_digest=listed.digest,
        engine_version=document.engine_version,
        scoring=document.scoring,
        stopping=document.stopping,
        odds=document.odds,
        questions=tuple(
            _question(listed, question, standings, problems.get(question.name, "")) for question in listed.questions
        ),
        counting=counting,
    )


def _question(listed: OpenList, question: Question, standings: Mapping[str, Standing], problem: str) -> AskedQuestion:
    entries = [entry for entry in listed.entries if entry.question == question.name]
    by_entry = {entry.name: standings.get(entry.name, OPEN) for entry in entries}
    confirmed = sum(each.state == "confirmed" for each in by_entry.values())
    verdict = read_outcomes(listed).get(question.name)
    return AskedQuestion(
        name=question.name,
        title=question.title,
        sentence=question.sentence,
        doubt=question.doubt,
        cells=tuple(map(_cell, question.cells)),
        rivals=tuple(_rival(rival, {entry.cell: entry.pairs for entry in entries}) for rival in question.rivals),
        trainings=tuple(
            ListedTraining(
                name=entry.name,
                index=entry.index,
                cell=entry.cell,
                seed=entry.spec.train.seed,
                standing=by_entry[entry.name],
            )
            for entry in entries
        ),
        ended=sum(each.has_ended for each in by_entry.values()),
        confirmed=confirmed,
        needed=len(entries) - confirmed,
        is_answered=confirmed == len(entries),
        verdict=BandedVerdict(verdict=verdict, inside=count_inside(question, verdict.outcomes)) if verdict else None,
        problem=problem,
    )


def _cell(cell: OpenCell) -> AskedCell:
    spec = cell.spec(0)
    return AskedCell(name=cell.name, sentence=cell.sentence, spec=spec, pairs=spec.train.pairs, seeds=cell.seeds)


def _rival(rival: Rival, budgets: Mapping[str, int]) -> AskedRival:
    """Return a rival, each prediction with its band; `budgets` are pairs by the name of a cell."""
    predictions = tuple(
        BandedPrediction(prediction=each, band=band_of(each, budget=budgets[each.cell])) for each in rival.predictions
    )
    return AskedRival(name=rival.name, sentence=rival.sentence, predictions=predictions)


@act(is_of_page=True, counts_as="questions")
def take_open(
    service: Service, most_pairs: Annotated[int, Field(ge=1)] | None = None, owner_key: str = ""
) -> LentTraining:
    """Take the next training of the list; it stays yours until ten minutes after the last news.

    Args:
        most_pairs: leave out trainings with more pairs, for a slow device
    """
    person = service.person(_checked_key(owner_key) if owner_key else secrets.token_hex(16))
    ledger = service.ledger
    lease = ledger.take(person, max_pairs=most_pairs)
    entry = ledger.listed.entry(lease.entry)
    saved, evaluated = asked_steps(entry.spec)
    return LentTraining(
        entry=entry.name,
        question=entry.question,
        cell=entry.cell,
        lease=lease.token,
        lease_s=LEASE_S,
        list_digest=ledger.listed.digest,
        engine_version=CONTRACT.engine_version,
        spec=entry.spec,
        pairs=entry.pairs,
        saved=tuple(saved),
        evaluated=tuple(evaluated),
        owner_key=person.owner_key,
        counting=_counting_of(person),
    )


@act(is_of_page=True)
def keep_open(service: Service, entry: EntryName, lease: LeaseToken, owner_key: str) -> GivenTraining:
    """Report that a training goes on; the answer says if its result is still needed."""
    person = service.person(_checked_key(owner_key))
    return _answer(entry, service.ledger.keep(person, entry, lease), person)


@act(is_of_page=True, counts_as="questions")
def give_open(service: Service, lease: LeaseToken, result: Result, owner_key: str) -> GivenTraining:
    """Hand in the result of a training: its digests and its curve, and no weights."""
    person = service.person(_checked_key(owner_key))
    return _answer(result.entry, service.ledger.give(person, lease, result), person)


@act(is_of_page=True, counts_as="questions")
def give_saved_open(service: Service, result: Result, owner_key: str) -> GivenTraining:
    """Hand in a result that a page without a server has saved in a file."""
    person = service.person(_checked_key(owner_key))
    return _answer(result.entry, service.ledger.give_saved(person, result), person)


@act(is_of_page=True)
def give_back_open(service: Service, entry: EntryName, lease: LeaseToken, owner_key: str) -> None:
    """Give a training back to the list."""
    service.ledger.give_back(service.person(_checked_key(owner_key)), entry, lease)


def _checked_key(key: str) -> str:
    if not KEY_PATTERN.fullmatch(key):
        raise UserError("owner_key", NO_VALUE, "give the key that take_open answered")
    return key


def _counting_of(person: Person) -> Counting:
    return Counting(is_counted=person.has_own_address, note="" if person.has_own_address else UNKNOWN_ADDRESS)


def _answer(entry: str, standing: Standing, person: Person) -> GivenTraining:
    return GivenTraining(entry=entry, standing=standing, counting=_counting_of(person))
