"""Errors of another process, and errors under another name, say what they said."""

import pickle
from pathlib import Path

import pytest

from explorer.captions.parsed_caption import CaptionError
from explorer.classroom.rooms import EndedError
from explorer.clip.names import ModelError
from explorer.errors import NO_VALUE, BusyError, DamagedFileError, MissingFileError, UserError
from explorer.web.guard import RefusedError

ERRORS = [
    UserError("count", 0, "give at least {least}", least=1),
    UserError("disk", NO_VALUE, "is full"),
    UserError("out", Path("x" * 90), "cannot be written", longest=80),
    BusyError("run", "a", "another process executes it"),
    MissingFileError("run", "a", "there is no such run here any more"),
    DamagedFileError("report", "b", "is not a report of a run ({problem})", problem="c"),
    ModelError("model", "a", "there is no such model"),
    CaptionError("caption", "a", "give a sentence"),
    EndedError("room", "KRTM", "it has ended"),
    RefusedError(404, "run", "there is no such run here"),
    RefusedError(503, "tools", "at most {most} at once", most=4),
]


def status_of(error: UserError) -> int | None:
    return error.status if isinstance(error, RefusedError) else None


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{type(error).__name__} {error}"[:50])
def test_an_error_comes_from_another_process_as_it_was_raised(error: UserError) -> None:
    came = pickle.loads(pickle.dumps(error))
    assert type(came) is type(error) and came.sentence == error.sentence and str(came) == str(error)
    assert (came.field, came.reason, status_of(came)) == (error.field, error.reason, status_of(error))
    assert came.value is NO_VALUE if error.value is NO_VALUE else came.value == error.value


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{type(error).__name__} {error}"[:50])
def test_an_error_keeps_its_kind_and_its_reason_under_another_name(error: UserError) -> None:
    renamed = error.in_field("other")
    assert type(renamed) is type(error) and (renamed.field, renamed.reason) == ("other", error.reason)
    assert status_of(renamed) == status_of(error) and str(renamed).startswith("other")
