"""The state of one room as frozen data, and pure functions from one state to the next.

    room = add_pupil(room, "Ada", key_digest(key), now=time.time())
    room = store_answer(room, pupil=0, question="vote.0", choice=1)
    room = go_to_stop(room, stop=3, now=time.time())

The state holds SHA-256 digests in place of keys. A pupil is known by the number of its place in `pupils`.
`explorer.classroom.rooms` keeps the rooms of a server on disk.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from explorer.classroom.nicknames import fold_nickname
from explorer.classroom.stops import LESSON_STOPS, STOPS_WITH_THINGS, Stop, num_choices, question_names
from explorer.errors import NO_VALUE, UserError
from explorer.runs.folder import key_digest

MAX_PUPILS = 60
PRETENDED_NAMES = ("Ada", "Ben", "Chen", "Dana", "Emil", "Farah")
"""Pupils of a rehearsal; they have no key, so nobody can take their seats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoolingScene:
    """The best scene of a pupil: its margin for the true caption, as the pupil's browser computed it."""

    margin: float
    scene: str


DeviceState = Literal["training", "paused", "landed", "ended", "watching"]
"""State of the training of a pupil's device: ended has not bound within the budget, watching cannot train."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilTraining:
    """The training of a pupil's device as it tells it.

    Attributes:
        pairs: Read so far; of one that landed, those at which it bound.
        accuracy: Newest binding accuracy in captions of its own form; None before the first evaluation.
        at: Time of the news.
        scored: Share of the room's scenes that the model gets right here; None until its weights came.
        found: Of both pictures of each pair, 1 if the model finds its caption, a half for a tie; empty
            until its weights came.
        digests: Where all train the same, SHA-256 of all weights at the start and at each saved step until it ended.
    """

    pairs: int
    accuracy: float | None
    state: DeviceState
    at: float
    scored: float | None = None
    found: tuple[float, ...] = ()
    digests: tuple[str, ...] = ()

    @property
    def has_ended(self) -> bool:
        """True once nothing more will be told."""
        return self.state in ("landed", "ended")


ThingState = Literal["waiting", "shown", "asked"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilThing:
    """The thing that a pupil gives to the class's world.

    Attributes:
        word: Its name.
        drawing: Digest of the drawing, which is the name of its file; empty once the teacher has asked for another.
        state: Waiting for the teacher, shown on the wall, or asked for another.
        at: Time when it was given.
    """

    word: str
    drawing: str
    state: ThingState
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Pupil:
    """One pupil: a nickname, the digest of its key, and what its device has told."""

    nickname: str
    key_digest: Annotated[str, Field(alias="token")]
    """Empty where nobody has a key. Files of rooms call it `token`."""
    joined: float
    training: PupilTraining | None = None
    fooled: FoolingScene | None = None
    thing: PupilThing | None = None
    is_removed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A room.

    `key_digest` is that of the teacher's key, which files of rooms call `key`; `since` is the time when the step began.
    `answers` maps a question to {pupil: choice}, the pupil as text.
    """

    code: str
    key_digest: Annotated[str, Field(alias="key")]
    opened: float
    since: float
    stop: Annotated[int, Field(ge=0, lt=len(STOPS_WITH_THINGS))] = 0
    pupils: tuple[Pupil, ...] = ()
    answers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    is_kept: bool = False
    is_reached: bool = False
    """True once a browser of another computer has joined."""
    is_study_shown: bool = False
    """True once the teacher has shown the study's numbers: before it, the class has only its own."""
    is_rehearsal: bool = False
    """True if pupils of `PRETENDED_NAMES` take part, whose answers `rehearsal.play_rehearsal` gives."""
    has_things: bool = False
    """True if the lesson has the step `OWN_STEP`."""
    is_same_for_all: bool = False
    """True if every device trains one spec with one seed, so that all should end with the same bits."""
    are_shown_at_once: bool = False
    """True if a new thing stands on the wall before the teacher has seen it."""
    things_end: float | None = None
    """Time by which the teacher waits for the last things; None where nobody is hurried."""
    world: str = ""
    """Name of the class's own world once it is closed: its document lies beside the drawings under this name."""

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The stops of this room's lesson."""
        return STOPS_WITH_THINGS if self.has_things else LESSON_STOPS

    @property
    def step(self) -> str:
        """Name of the current step."""
        return self.stops[self.stop].step

    @property
    def files(self) -> frozenset[str]:
        """Names of the drawings that the room has, and of its world."""
        drawings = {pupil.thing.drawing for _, pupil in self.present if pupil.thing is not None}
        return frozenset((drawings | {self.world}) - {""})

    @property
    def present(self) -> tuple[tuple[int, Pupil], ...]:
        """The pupils with their numbers, without those that were removed."""
        return tuple((number, pupil) for number, pupil in enumerate(self.pupils) if not pupil.is_removed)


def add_pupil(room: Room, nickname: str, digest: str, *, now: float) -> Room:
    """Add a pupil with the digest of its key; raise `UserError` if the room is full or has a pupil of this nickname."""
    if len(room.present) >= MAX_PUPILS:
        raise UserError("room", NO_VALUE, "is full, it takes {most} pupils", most=MAX_PUPILS)
    if fold_nickname(nickname) in {fold_nickname(pupil.nickname) for _, pupil in room.present}:
        raise UserError("nickname", nickname, "is taken in this room, choose another")
    pupils, pupil = list(room.pupils), Pupil(nickname=nickname, key_digest=digest, joined=now)
    if len(pupils) < MAX_PUPILS:
        pupils.append(pupil)
    else:  # whoever was removed has left a place
        pupils[next(number for number, each in enumerate(pupils) if each.is_removed)] = pupil
    return replace(room, pupils=tuple(pupils))


def is_teacher_key(room: Room, key: str) -> bool:
    """Return True if `key` is the teacher's key of the room."""
    return hmac.compare_digest(key_digest(key), room.key_digest)


def invitation_key(room: Room) -> str:
    """Return the key that the QR code of the room holds: whoever has it has not guessed the code, and may only join."""
    return key_digest(f"join {room.key_digest}")[:32]


def find_pupil(room: Room, key: str) -> int | None:
    """Return the number of the pupil with this key, None for any other."""
    digest = key_digest(key)
    return next((number for number, pupil in room.present if pupil.key_digest == digest), None)


def _check_present(room: Room, number: int) -> None:
    """Raise `UserError` for a pupil that was removed, perhaps since it was asked who it is."""
    if room.pupils[number].is_removed:
        raise UserError("pupil", number, "is not in this room")


def change_pupil(room: Room, number: int, **changes: Any) -> Room:
    """Return the room with other values of these fields of a pupil; its number is that in `pupils`."""
    _check_present(room, number)
    pupils = list(room.pupils)
    pupils[number] = replace(pupils[number], **changes)
    return replace(room, pupils=tuple(pupils))


def remove_pupil(room: Room, number: int) -> Room:
    """Remove a pupil with its answers; the numbers of the others stay."""
    answers = {
        question: {pupil: choice for pupil, choice in choices.items() if pupil != str(number)}
        for question, choices in room.answers.items()
    }
    room = change_pupil(room, number, is_removed=True, fooled=None, training=None, thing=None)
    return replace(room, answers=answers)


def store_answer(room: Room, pupil: int, question: object, choice: object) -> Room:
    """Store an answer to the open question; a later answer replaces it until the question is revealed."""
    _check_present(room, pupil)
    stop = room.stops[room.stop]
    if question not in question_names():
        raise UserError("question", question, "is not a question of this lesson")
    if question != stop.question or stop.is_revealed:
        raise UserError("question", question, "is not open for answers now")
    most = num_choices(stop)
    if type(choice) is not int or not 0 <= choice < most:
        raise UserError("choice", choice, "give a whole number from {low} to {high}", low=0, high=most - 1)
    choices = {**room.answers.get(stop.question, {}), str(pupil): choice}
    return replace(room, answers={**room.answers, stop.question: choices})


def go_to_stop(room: Room, stop: object, *, now: float) -> Room:
    """Go to a stop; the clock of a step starts when the step is entered."""
    if type(stop) is not int or not 0 <= stop < len(room.stops):
        raise UserError("stop", stop, "give a whole number from {low} to {high}", low=0, high=len(room.stops) - 1)
    since = room.since if room.stops[stop].step == room.step else now
    return replace(room, stop=stop, since=since)
