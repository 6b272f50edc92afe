"""Open questions of the study: what is asked, how far it is, and the acts of a page that trains for it.

    open_questions(service)             # for everybody
    lent = take_open(service)           # the next training of the list, and a key for a browser that has none
    about = {"lease": lent["lease"], "owner_key": lent["owner_key"]}
    keep_open(service, entry=lent["entry"], **about)                       # news, every minute or two
    give_open(service, result={...}, **about)                              # or give_back_open
    give_saved_open(service, result={...}, owner_key=key)                  # of a file of a page without a server

`open_questions` answers

    {"list": "ca46...", "engine_version": 1, "scoring": "...", "stopping": "...", "odds": 10.0, "is_counted": true,
     "note": "", "questions": [question, ...]}

where `is_counted` is false if this server cannot tell this visitor's address, so that a result of it would be kept and
not confirmed; `note` then says so in a sentence, else it is empty. A question is

    {"name", "title", "sentence", "doubt",
     "cells": [{"name", "sentence", "spec": {"preset", "recipe", "data", "train"}, "pairs", "seeds"}, ...],
     "rivals": [{"name", "sentence", "predictions": [prediction, ...]}, ...],  # one for each cell
     "trainings": [training, ...],           # in the order of the list
     "ended": 5, "confirmed": 4, "needed": 12,   # trainings with a result, with a confirmed one, not yet confirmed
     "is_answered": false,                   # every training is confirmed
     "verdict": null}   # after the audit {"question", "rival", "sentence", "scores": {rival: nats}, "outcomes": [...],
                        # "inside": {rival: trainings in its bands}}

The seed in a cell's spec is 0; that of a training stands with it. A prediction is

    {"cell", "never", "pairs": null where the rival says never, "spread",
     "low", "middle", "high", "is_beyond"}   # the band of 19 in 20 trainings: a `bands.Band`

and a training

    {"name": "filler/plain/3", "place": 0, "cell": "plain", "seed": 668298709,
     "state": "open" | "one" | "differs" | "confirmed", "is_taken", "results", "unknown", "mismatches",
     "has_ended", "bound_at": pairs or null,
     "digest": null, "curve": null, "lows": null}   # these three once it is confirmed

(`agreement.Standing` has the fields of a state). `take_open` answers

    {"entry": "filler/plain/3", "question": "filler", "cell": "plain", "lease": "32 letters", "lease_s": 600.0,
     "list": "ca46...", "engine_version": 1, "spec": {...}, "pairs": 184320, "saved": [0, ...], "evaluated": [0, ...],
     "owner_key": "the key that was sent, else a new one to be kept", "is_counted": true, "note": ""}

and `give_open` takes as `result`

    {"entry", "list_digest", "engine_version",
     "digests": [...],            # 64 hex digits of all weights at each of "saved"
     "curve": [...], "scenes",    # binding in captions of its own form, as a share, at each of "evaluated", and its n
     "browser", "architecture"}   # letters, or empty

It answers, as `keep_open` does,

    {"entry": "filler/plain/3", "standing": {"state", ...}, "is_counted": true, "note": ""}

A result may come late, and the same one may be sent again. `give_saved_open` takes the results of a file that a page
without a server saved, one after the other: such a training was given to nobody, so copies of its result may be
anywhere, and all from files count as one person's. The key travels in the header X-Owner-Key.
"""

import secrets
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from explorer.codec import JsonDict, encode
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.replication.agreement import OPEN, Result, Standing, asked_steps
from explorer.replication.bands import band_of, inside
from explorer.replication.ledger import LEASE_S, Person
from explorer.replication.outcomes import read_outcomes
from explorer.replication.questions import OpenList, Question, Rival
from explorer.views.registry import act, view
from explorer.views.service import KEY_PATTERN, Service

UNKNOWN_ADDRESS = (
    "This server cannot tell your address from those of others, so a result is kept here and does not confirm another."
)
LeaseToken = Annotated[str, Field(max_length=64)]
EntryName = Annotated[str, Field(max_length=200)]


@view()
def open_questions(service: Service) -> JsonDict:
    """Return the open questions of the study with their predictions, and how far their trainings are."""
    ledger = service.ledger
    return open_document(ledger.listed, ledger.standings()) | _counting_note(service.person(""))


def open_document(listed: OpenList, standings: dict[str, Standing]) -> JsonDict:
    """Return what everybody may know of a list; a training without a standing is open."""
    document = listed.document
    return {
        "list": listed.digest,
        "engine_version": document.engine_version,
        "scoring": document.scoring,
        "stopping": document.stopping,
        "odds": document.odds,
        "questions": [_question(listed, question, standings) for question in listed.questions],
    }


def _question(listed: OpenList, question: Question, standings: dict[str, Standing]) -> JsonDict:
    entries = [entry for entry in listed.entries if entry.question == question.name]
    by_entry = {entry.name: standings.get(entry.name, OPEN) for entry in entries}
    confirmed = sum(each.state == "confirmed" for each in by_entry.values())
    outcome = read_outcomes(listed).get(question.name)
    return {
        "name": question.name,
        "title": question.title,
        "sentence": question.sentence,
        "doubt": question.doubt,
        "cells": [
            {"name": cell.name, "sentence": cell.sentence, "spec": (spec := cell.spec(0)).to_json(),
             "pairs": spec.train.pairs, "seeds": cell.seeds}
            for cell in question.cells
        ],
        "rivals": [_rival(rival, {entry.cell: entry.pairs for entry in entries}) for rival in question.rivals],
        "trainings": [
            {"name": entry.name, "place": entry.index, "cell": entry.cell, "seed": entry.spec.train.seed}
            | encode(by_entry[entry.name])
            for entry in entries
        ],
        "ended": sum(each.has_ended for each in by_entry.values()),
        "confirmed": confirmed,
        "needed": len(entries) - confirmed,
        "is_answered": confirmed == len(entries),
        "verdict": encode(outcome) | {"inside": inside(question, outcome.outcomes)} if outcome else None,
    }  # fmt: skip


def _rival(rival: Rival, budgets: Mapping[str, int]) -> JsonDict:
    """Return a rival, each prediction with its band; `budgets` are pairs by the name of a cell."""
    predictions = [encode(each) | encode(band_of(each, budget=budgets[each.cell])) for each in rival.predictions]
    return encode(rival) | {"predictions": predictions}


@act(is_of_page=True, counts_as="questions")
def take_open(service: Service, most_pairs: Annotated[int, Field(ge=1)] | None = None, owner_key: str = "") -> JsonDict:
    """Take the next training of the list; it stays yours until ten minutes after the last news.

    Args:
        most_pairs: leave out trainings with more pairs, for a slow device
    """
    person = service.person(_checked_key(owner_key) if owner_key else secrets.token_hex(16))
    ledger = service.ledger
    lease = ledger.take(person, max_pairs=most_pairs)
    entry = ledger.listed.entry(lease.entry)
    saved, evaluated = asked_steps(entry.spec)
    return {
        "entry": entry.name,
        "question": entry.question,
        "cell": entry.cell,
        "lease": lease.token,
        "lease_s": LEASE_S,
        "list": ledger.listed.digest,
        "engine_version": CONTRACT.engine_version,
        "spec": entry.spec.to_json(),
        "pairs": entry.pairs,
        "saved": saved,
        "evaluated": evaluated,
        "owner_key": person.owner_key,
        **_counting_note(person),
    }


@act(is_of_page=True)
def keep_open(service: Service, entry: EntryName, lease: LeaseToken, owner_key: str) -> JsonDict:
    """Report that a training goes on; the answer says if its result is still needed."""
    person = service.person(_checked_key(owner_key))
    return _answer(entry, service.ledger.keep(person, entry, lease), person)


@act(is_of_page=True, counts_as="questions")
def give_open(service: Service, lease: LeaseToken, result: Result, owner_key: str) -> JsonDict:
    """Hand in the result of a training: its digests and its curve, and no weights."""
    person = service.person(_checked_key(owner_key))
    return _answer(result.entry, service.ledger.give(person, lease, result), person)


@act(is_of_page=True, counts_as="questions")
def give_saved_open(service: Service, result: Result, owner_key: str) -> JsonDict:
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


def _counting_note(person: Person) -> JsonDict:
    return {"is_counted": person.is_known, "note": "" if person.is_known else UNKNOWN_ADDRESS}


def _answer(entry: str, standing: Standing, person: Person) -> JsonDict:
    return {"entry": entry, "standing": encode(standing), **_counting_note(person)}
