"""The state of one room as frozen data, and pure functions from one state to the next.

    room = add_pupil(room, "Ada", key_digest(token), now=time.time())
    room = store_answer(room, pupil=0, question="vote.0", choice=1)
    room = go_to_stop(room, stop=3, now=time.time())

Tokens and keys are stored as SHA-256 digests. A pupil is known by the number of its place in `pupils`.
`explorer.classroom.rooms` keeps the rooms of a server on disk.
"""

import hmac
import math
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import regex
from pydantic import Field

from explorer.classroom.plan import LESSON_STOPS, STOPS_WITH_THINGS, Stop, first_stop, num_choices, question_names
from explorer.classroom.scene_text import check_scene
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, LimitError, UserError
from explorer.evaluation.results import is_above_level
from explorer.runs.folder import key_digest

LONGEST_NICKNAME = 20
MAX_PUPILS = 60
PRETENDED_NAMES = ("Ada", "Ben", "Chen", "Dana", "Emil", "Farah")
"""Pupils of a rehearsal; they have no token, so nobody can take their seats."""
LONGEST_SCENE = 600
"""Characters of a scene as the page "Your own scene" writes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoolingScene:
    """The best scene of a pupil: its margin for the true caption, as the pupil's browser computed it."""

    margin: float
    scene: str


TRAINING_STATES = ("training", "paused", "landed", "ended", "watching")
"""Of a pupil's device: ended has not bound within the budget, watching cannot train."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilTraining:
    """The training of a pupil's device as it tells it.

    Attributes:
        pairs: Read so far; of one that landed, those at which it bound.
        accuracy: Newest binding accuracy in captions of its own form; None before the first evaluation.
        state: One of `TRAINING_STATES`.
        at: Time of the news.
        scored: Share of the room's scenes that the model gets right here; None until its weights came.
        found: Of both pictures of each pair, whether the model finds its caption; empty until its weights came.
        digests: Where all train the same, SHA-256 of all weights at the start and at each saved step until it ended.
    """

    pairs: int
    accuracy: float | None
    state: str
    at: float
    scored: float | None = None
    found: tuple[bool, ...] = ()
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
    """One pupil: a nickname, the digest of its token, and what its device has told."""

    nickname: str
    token: str
    joined: float
    training: PupilTraining | None = None
    fooled: FoolingScene | None = None
    thing: PupilThing | None = None
    is_removed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A room; `key` is the digest of the teacher's key, `since` the time when its step began.

    `answers` maps a question to {pupil: choice}, the pupil as text.
    """

    code: str
    key: str
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


_INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}|[\p{So}--\p{Emoji}]", regex.VERSION1)
"""Signs that a font draws as nothing, fillers of Hangul among them, and symbols but emoji: a blank Braille is one."""
_VISIBLE = regex.compile(r"[\p{L}\p{N}\p{P}\p{S}]")
"""Signs that stand alone; a mark needs a letter below it."""


def clean_nickname(text: object) -> str:
    """Return the nickname with single spaces and without invisible characters; raise `UserError` if none is left."""
    plain = text[:200] if isinstance(text, str) else ""
    seen = _INVISIBLE.sub("", "".join(" " if letter.isspace() else letter for letter in plain))
    # Not printable: controls, marks that reverse the reading order, separators, unassigned characters.
    seen = "".join(letter for letter in seen if letter.isprintable())
    name = unicodedata.normalize("NFC", " ".join(seen.split()))
    if not 0 < len(name) <= LONGEST_NICKNAME or not _VISIBLE.search(name):
        wanted = "give 1 to {most} characters that can be seen"
        raise UserError("nickname", name or NO_VALUE, wanted, longest=80, most=LONGEST_NICKNAME)
    return name


def add_pupil(room: Room, nickname: str, token: str, *, now: float) -> Room:
    """Add a pupil; raise `UserError` if the room is full or another pupil has this nickname."""
    if len(room.present) >= MAX_PUPILS:
        raise LimitError("room", NO_VALUE, "is full, it takes {most} pupils", most=MAX_PUPILS)
    if any(pupil.nickname.casefold() == nickname.casefold() for _, pupil in room.present):
        raise UserError("nickname", nickname, "is taken in this room, choose another")
    pupils, pupil = list(room.pupils), Pupil(nickname=nickname, token=token, joined=now)
    if len(pupils) < MAX_PUPILS:
        pupils.append(pupil)
    else:  # whoever was removed has left a place
        pupils[next(number for number, each in enumerate(pupils) if each.is_removed)] = pupil
    return replace(room, pupils=tuple(pupils))


def is_teacher_key(room: Room, key: str) -> bool:
    """Return True if `key` is the teacher's key of the room."""
    return hmac.compare_digest(key_digest(key), room.key)


def find_pupil(room: Room, token: str) -> int | None:
    """Return the number of the pupil with this token, None for any other."""
    digest = key_digest(token)
    return next((number for number, pupil in room.present if pupil.token == digest), None)


def change_pupil(room: Room, number: int, **changes: Any) -> Room:
    """Change fields of one pupil."""
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


def store_scene(room: Room, pupil: int, margin: object, scene: object) -> Room:
    """Store a pupil's scene if its margin is smaller than the one before."""
    if room.step != "fool":
        raise UserError("scene", NO_VALUE, "scenes count while the class tries to fool the model")
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not math.isfinite(margin):
        raise UserError("margin", margin, "give a number")
    if not -2.0 <= margin <= 2.0:
        raise UserError("margin", margin, "a difference of two cosines is from -2 to 2")
    if not isinstance(scene, str) or not 0 < len(scene) <= LONGEST_SCENE:
        raise UserError("scene", scene, "give the text of a scene, at most {most} characters", most=LONGEST_SCENE)
    check_scene(scene)
    before = room.pupils[pupil].fooled
    if before is not None and before.margin <= margin:
        return room
    return change_pupil(room, pupil, fooled=FoolingScene(margin=round(float(margin), 6), scene=scene))


def store_training(
    room: Room, pupil: int, news: PupilTraining, *, most: int, landings: Container[int] = (), num_digests: int = 0
) -> Room:
    """Store how far the training of a pupil's device is, of at most `most` pairs; it may land at those of `landings`.

    Where all train the same, one that ended has `num_digests` of them.
    One that began anew after a reload computes the same again, so its dot waits until it is further than before.
    """
    if room.stop < first_stop("train", room.stops):
        raise UserError("training", news.state, "trainings begin with the step Train")
    if news.state not in TRAINING_STATES:
        raise UserError("training", news.state, "choose {choices}", longest=20, choices=", ".join(TRAINING_STATES))
    if not 0 <= news.pairs <= most:
        raise UserError("pairs", news.pairs, "give a whole number from {low} to {high}", low=0, high=most)
    if news.accuracy is not None and not 0 <= news.accuracy <= 1:
        raise UserError("accuracy", news.accuracy, "give a share from 0 to 1")
    if news.state == "landed" and news.pairs not in landings:
        raise UserError("pairs", news.pairs, "this training is not evaluated there, so it cannot have landed")
    if news.state == "landed" and not is_above_level(news.accuracy):
        raise UserError(
            "accuracy", news.accuracy, "a training can land only with more than {level}", level=CONTRACT.binding.level
        )
    if not (room.is_same_for_all and news.has_ended):
        news = replace(news, digests=())
    elif len(news.digests) != num_digests:
        wanted = "give one of each saved step until the training ended: {count}"
        raise UserError("digests", len(news.digests), wanted, count=num_digests)
    before = room.pupils[pupil].training
    if before is not None and before.has_ended:
        return room
    if before is not None and news.state == "training" and news.pairs < before.pairs:
        news = replace(before, state="training", at=news.at)
    return change_pupil(room, pupil, training=news)


def landed_training(room: Room, pupil: int) -> PupilTraining:
    """Return the training of a pupil whose model may be sent; raise `UserError` before it has landed."""
    training = room.pupils[pupil].training
    if training is None or training.state != "landed":
        raise UserError("model", NO_VALUE, "a device sends its model when its training has landed")
    return training


def store_score(room: Room, pupil: int, share: float, found: tuple[bool, ...] = ()) -> Room:
    """Store what the model of a pupil's device gets right on the room's scenes, and of the pictures of the pairs."""
    scored = replace(landed_training(room, pupil), scored=round(share, 4), found=found)
    return change_pupil(room, pupil, training=scored)
