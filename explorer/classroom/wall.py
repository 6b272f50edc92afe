"""The wall of a class: a dot for the training of each device, and what has landed.

wall = Wall(dots=..., line=..., budget=92_160, world="")
wall.dots[0].pairs           # 17664, read by the device of the first pupil
count_landings(wall)         # {"over": 3, "landed": 2, "inside": 1}
"""

from dataclasses import dataclass

from explorer.classroom import deal
from explorer.classroom.equal_bits import EqualBits
from explorer.classroom.room import DeviceState, PupilTraining, Room
from explorer.codec import JsonDict
from explorer.evaluation.results import is_above_level
from explorer.study.kappa import kappa

SILENT_S = 45.0
"""Seconds without news after which a dot is marked: a phone that trains tells of itself every few steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """The training of a pupil's device on the wall; `expected` is the recorded line there, once the teacher shows it.

    `scored` is the share of the room's scenes that its model gets right on the server, `is_checked` whether that
    passes a single check; a phone lands by the rule for a run that is bound.
    """

    pupil: int
    nickname: str
    objects: int
    kinds: int
    density: float
    kappa: float
    pairs: int
    accuracy: float | None
    state: DeviceState
    is_silent: bool
    scored: float | None
    is_checked: bool
    expected: deal.LinePoint | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wall:
    """A dot for every pupil whose device trains, by kappa.

    `line` is that of `deal.recorded_line` once the teacher shows it, and else empty. `budget` are the pairs that a
    training reads at most. `world` names the class's own, in which all captions are of one kind, and of which nothing
    is recorded. `bits` are compared where all devices train the same.
    """

    dots: tuple[Dot, ...]
    line: tuple[deal.LinePoint, ...]
    budget: int
    world: str
    bits: EqualBits | None = None


def pair_budget(room: Room, steps: int) -> int:
    """Return the pairs that a training of the room reads at most; `steps` as in `deal.deal_spec`."""
    return deal.room_spec(room, 0, steps=steps).train.pairs


def make_dot(room: Room, number: int, training: PupilTraining, *, has_line: bool, now: float) -> Dot:
    spec = deal.room_spec(room, number)
    return Dot(
        pupil=number,
        nickname=room.pupils[number].nickname,
        objects=spec.data.objects_in_image,
        kinds=len(spec.data.attribute_kinds),
        density=spec.data.attribute_density,
        kappa=kappa(spec.data),
        pairs=training.pairs,
        accuracy=training.accuracy,
        state=training.state,
        is_silent=training.state == "training" and now - training.at > SILENT_S,
        scored=training.scored,
        is_checked=is_above_level(training.scored),
        expected=deal.expected_point(spec) if has_line else None,
    )


def count_landings(wall: Wall) -> JsonDict:
    """Count the trainings of a wall that are over, those that landed, and those of them inside the band of the line.

    The last is None where no line is shown.
    """
    landed = [dot for dot in wall.dots if dot.state == "landed"]
    return {
        "over": len(landed) + sum(dot.state == "ended" for dot in wall.dots),
        "landed": len(landed),
        "inside": sum(bool(dot.expected and dot.expected.low <= dot.pairs <= dot.expected.high) for dot in landed)
        if wall.line
        else None,
    }
