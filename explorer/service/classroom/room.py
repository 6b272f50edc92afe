"""The state of one room as frozen data, with pure functions from one state to the next.

    room = joined(room, "Ada", digest(token), now=time.time())
    room = answered(room, pupil=0, question="vote.0", choice=1)
    room = steered(room, stop=3, now=time.time())
    Room.from_dict(room.as_dict()) == room

Tokens and keys are stored as SHA-256 digests. A pupil is known by the number of its place in `pupils`.
"""

import hashlib
import hmac
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from explorer.errors import NO_VALUE, LimitError, UserError
from explorer.service.classroom.lesson_plan import PREDICTION, RECIPES, STOPS, question_names

LONGEST_NICKNAME = 20
MOST_PUPILS = 60
LONGEST_SCENE = 600
"""Characters of a scene as the page "Your own scene" writes it."""
NUM_CHOICES = {"vote": 2, "guess": 4}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fooled:
    """The best scene of a pupil: its margin for the true caption, as the pupil's browser computed it."""

    margin: float
    scene: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pupil:
    """One pupil: a nickname, the digest of its token, the number of its group (-1 before the deal)."""

    nickname: str
    token: str
    joined: float
    group: int = -1
    fooled: Fooled | None = None
    is_removed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Pupils who share a training of one recipe and seed; `run` is empty until it is queued.

    `is_recorded` marks a group that watches the recorded training of its recipe.
    """

    recipe: str
    seed: int
    run: str = ""
    is_recorded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """A room; `key` is the digest of the teacher's key, `since` the time when its step began.

    `answers` maps a question to {pupil: choice}, the pupil as text. `runs_fit` is the number of trainings that the deal
    counted on, 0 before the deal.
    """

    code: str
    key: str
    opened: float
    since: float
    stop: int = 0
    pupils: tuple[Pupil, ...] = ()
    answers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    runs_fit: int = 0
    is_kept: bool = False
    is_reached: bool = False
    """True once a browser of another computer has joined."""

    @property
    def step(self) -> str:
        """Name of the current step."""
        return STOPS[self.stop].step

    @property
    def present(self) -> tuple[tuple[int, Pupil], ...]:
        """The pupils with their numbers, without those that were removed."""
        return tuple((number, pupil) for number, pupil in enumerate(self.pupils) if not pupil.is_removed)

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Room":
        """Invert `as_dict`; raise LookupError, TypeError or ValueError for a record of another shape."""
        room = cls(
            **{
                **record,
                "pupils": tuple(_pupil(each) for each in record["pupils"]),
                "groups": tuple(Group(**each) for each in record["groups"]),
            }
        )
        if not 0 <= room.stop < len(STOPS):
            raise ValueError(f"stop={room.stop}: is not a stop of the plan")
        return room


def _pupil(record: Mapping[str, Any]) -> Pupil:
    return Pupil(**{**record, "fooled": record["fooled"] and Fooled(**record["fooled"])})


def digest(secret: str) -> str:
    """Return the SHA-256 of a token or key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def clean_nickname(text: object) -> str:
    """Return the nickname with single spaces and without invisible characters; raise `UserError` if none is left."""
    plain = unicodedata.normalize("NFC", text[:200]) if isinstance(text, str) else ""
    visible = "".join(" " if letter.isspace() else letter for letter in plain)
    # Not printable: controls, marks that reverse the reading order, separators, unassigned characters.
    visible = "".join(letter for letter in visible if letter.isprintable())
    name = " ".join(visible.split())
    if not 0 < len(name) <= LONGEST_NICKNAME:
        raise UserError("nickname", name or NO_VALUE, f"give 1 to {LONGEST_NICKNAME} characters", longest=80)
    return name


def joined(room: Room, nickname: str, token: str, *, now: float) -> Room:
    """Add a pupil; raise `UserError` if the room is full or another pupil has this nickname."""
    if len(room.pupils) >= MOST_PUPILS:
        raise LimitError("room", NO_VALUE, f"is full, it takes {MOST_PUPILS} pupils")
    if any(pupil.nickname.casefold() == nickname.casefold() for _, pupil in room.present):
        raise UserError("nickname", nickname, "is taken in this room, choose another")
    return replace(room, pupils=(*room.pupils, Pupil(nickname=nickname, token=token, joined=now)))


def is_teacher_of(room: Room, key: str) -> bool:
    """Return True if `key` is the teacher's key of the room."""
    return hmac.compare_digest(digest(key), room.key)


def pupil_of(room: Room, token: str) -> int | None:
    """Return the number of the pupil with this token, None for any other."""
    wanted = digest(token)
    return next((number for number, pupil in room.present if pupil.token == wanted), None)


def with_pupil(room: Room, number: int, **changes: Any) -> Room:
    """Change fields of one pupil."""
    pupils = list(room.pupils)
    pupils[number] = replace(pupils[number], **changes)
    return replace(room, pupils=tuple(pupils))


def ended(room: Room) -> Room:
    """Let the day of a room be over, so that it is deleted as soon as its trainings have stopped."""
    return replace(room, opened=0.0, is_kept=False)


def sealed(room: Room) -> Room:
    """Drop the pupils' tokens and votes of a kept room whose day is over: only its wall stays."""
    return replace(room, pupils=tuple(replace(pupil, token="") for pupil in room.pupils), answers={})


def removed(room: Room, number: int) -> Room:
    """Remove a pupil with its answers; the numbers of the others stay."""
    answers = {
        question: {pupil: choice for pupil, choice in given.items() if pupil != str(number)}
        for question, given in room.answers.items()
    }
    return replace(with_pupil(room, number, is_removed=True, fooled=None), answers=answers)


def answered(room: Room, pupil: int, question: object, choice: object) -> Room:
    """Store an answer to the open question; a later answer replaces it until the question is revealed."""
    stop = STOPS[room.stop]
    if question not in question_names():
        raise UserError("question", question, "is not a question of this lesson")
    if question != stop.question or stop.is_revealed:
        raise UserError("question", question, "is not open for answers now")
    most = len(RECIPES) if question == PREDICTION else NUM_CHOICES[stop.step]
    if type(choice) is not int or not 0 <= choice < most:
        raise UserError("choice", choice, f"give a whole number from 0 to {most - 1}")
    given = {**room.answers.get(stop.question, {}), str(pupil): choice}
    return replace(room, answers={**room.answers, stop.question: given})


def steered(room: Room, stop: object, *, now: float) -> Room:
    """Go to a stop; the clock of a step starts when the step is entered."""
    if type(stop) is not int or not 0 <= stop < len(STOPS):
        raise UserError("stop", stop, f"give a whole number from 0 to {len(STOPS) - 1}")
    since = room.since if STOPS[stop].step == room.step else now
    return replace(room, stop=stop, since=since)


def fooled(room: Room, pupil: int, margin: object, scene: object) -> Room:
    """Store a pupil's scene if its margin is smaller than the one before."""
    if room.step != "fool":
        raise UserError("scene", NO_VALUE, "scenes count while the class tries to fool the model")
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not math.isfinite(margin):
        raise UserError("margin", margin, "give a number")
    if not -2.0 <= margin <= 2.0:
        raise UserError("margin", margin, "a difference of two cosines is from -2 to 2")
    if not isinstance(scene, str) or not 0 < len(scene) <= LONGEST_SCENE or not scene.isprintable():
        raise UserError("scene", scene, f"give the text of a scene, at most {LONGEST_SCENE} characters")
    before = room.pupils[pupil].fooled
    if before is not None and before.margin <= margin:
        return room
    return with_pupil(room, pupil, fooled=Fooled(margin=round(float(margin), 6), scene=scene))
