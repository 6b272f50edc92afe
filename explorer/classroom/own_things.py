"""The class's own world: each phone gives one thing, the teacher shows it or asks for another, and then it is closed.

    noun = read_thing("bello", parts)                      # checked, or one sentence
    room = give_thing(room, 0, given_thing(noun, at=now))  # it waits for the teacher, or is shown at once
    room = show_thing(room, 0)                             # on the wall; or ask_for_another(room, 0)
    world = compose_world(nouns)                           # filled up to six with built-in things
    room = close_world(room, world.name, now=now)          # from now on every device trains on it

Drawings are anybody's. They are numbers, checked here and drawn by number on a page; a document has words and parts
alone, so no nickname gets into it.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from string import ascii_lowercase
from typing import Any

from explorer.classroom.room import PupilThing, Room, change_pupil, go_to_stop
from explorer.classroom.stops import OWN_STEP, first_stop
from explorer.errors import NO_VALUE, UserError
from explorer.world.own import (
    CAPTION_WORDS,
    MAX_NOUN_POINTS,
    MAX_NOUNS,
    MAX_WORD_SIGNS,
    MAX_WORLD_BYTES,
    MIN_NOUNS,
    count_points,
    noun_document,
    noun_record,
    parse_noun,
    parse_world,
)
from explorer.world.things import THINGS, Noun, NounPart, World

MAX_THING_BYTES = (MAX_WORLD_BYTES - 100) // MAX_NOUNS
"""Bytes of one thing in the document, so that those of `MAX_NOUNS` phones fit in one world."""
BUILT_IN = ("house", "star", "boat", "tree", "cup", "plane")
"""Built-in things that fill up a world, and those of the pretended pupils of a rehearsal."""
LAST_CALL_S = 60.0
"""Seconds that the teacher waits for the last things."""
_FEW_CORNERS, _MANY_CORNERS, _LARGE = 16, 32, 0.3
"""Corners of a small and of a large ellipse, and the width from which on it is large."""


# ---- Drawings


def read_thing(word: object, parts: object) -> Noun:
    """Return a thing from what a phone sends; raise `UserError` with its first fault."""
    record = {"word": word, "parts": parts}
    if (count := count_points([record])) > MAX_NOUN_POINTS:
        english = "a thing of a class has at most {most} points; draw it simpler"
        raise UserError("points", count, english, most=MAX_NOUN_POINTS)
    try:
        noun = parse_noun(record, "thing")
    except UserError as error:
        raise error.in_field(error.field.removeprefix("thing.")) from None
    if (size := len(noun_document(noun))) > MAX_THING_BYTES:
        raise UserError("thing", f"{size} bytes", "a thing of a class has at most {most} bytes", most=MAX_THING_BYTES)
    return noun


def given_thing(noun: Noun, *, at: float) -> PupilThing:
    """Return what a room knows of a thing that was just given; its drawing is `noun_document(noun)`."""
    digest = hashlib.sha256(noun_document(noun)).hexdigest()[:16]
    return PupilThing(word=noun.word, drawing=digest, state="waiting", at=at)


def stored_thing(content: bytes) -> Noun:
    """Return the thing of a drawing as it is filed, the JSON of `noun_document`."""
    return parse_noun(json.loads(content), "thing")


def built_in_things(count: int = len(BUILT_IN), without: Sequence[str] = ()) -> list[Noun]:
    """Return built-in things whose names are not among `without`; their ellipses are polygons."""
    by_word = {noun.word: noun for noun in THINGS.nouns}
    free = [by_word[word] for word in BUILT_IN if word not in without]
    polygons = [replace(noun, parts=tuple(map(_as_polygon, noun.parts))) for noun in free[:count]]
    return [parse_noun(noun_record(noun), "thing") for noun in polygons]  # with numbers of four decimals


def _as_polygon(part: NounPart) -> NounPart:
    if part.box is None:
        return part
    x0, y0, x1, y1 = part.box
    corners = _MANY_CORNERS if x1 - x0 > _LARGE else _FEW_CORNERS
    turns = [math.tau * corner / corners for corner in range(corners)]
    middle, half = ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 - x0) / 2, (y1 - y0) / 2)
    points = [(middle[0] + half[0] * math.cos(turn), middle[1] + half[1] * math.sin(turn)) for turn in turns]
    return NounPart(role=part.role, points=tuple((min(1.0, max(0.0, x)), min(1.0, max(0.0, y))) for x, y in points))


def compose_world(nouns: Sequence[Noun]) -> World:
    """Return the world of these things, with built-in ones behind them where they are fewer than `MIN_NOUNS`."""
    fill = built_in_things(max(0, MIN_NOUNS - len(nouns)), without=[noun.word for noun in nouns])
    return parse_world({"nouns": [noun_record(noun) for noun in (*nouns, *fill)]})


# ---- The room


def shown_things(room: Room) -> list[tuple[int, PupilThing]]:
    """Return the things on the wall with the numbers of their pupils, in the order in which they were given."""
    things = [(number, pupil.thing) for number, pupil in room.present if pupil.thing and pupil.thing.state == "shown"]
    return sorted(things, key=lambda each: (each[1].at, each[0]))


def thing_names(room: Room) -> dict[int, str]:
    """Return what the thing of each pupil is called, by the pupil's number.

    Of equal names, the one that came first on the wall stays. Each other one gets a letter more, as captions have no
    digits: bello, bellob, belloc. A pupil who chooses another name gives the letter back.
    """
    given = [(number, pupil.thing) for number, pupil in room.present if pupil.thing and pupil.thing.drawing]
    typed, names = {thing.word for _, thing in given}, dict[int, str]()
    for number, thing in sorted(given, key=lambda each: (each[1].state != "shown", each[1].at, each[0])):
        taken = set(names.values())
        others = (thing.word[: MAX_WORD_SIGNS - 1] + letter for letter in ascii_lowercase[1:])
        free = (name for name in others if name not in taken | typed | CAPTION_WORDS)
        names[number] = next(free) if thing.word in taken else thing.word
    return names


def give_thing(room: Room, pupil: int, thing: PupilThing) -> Room:
    """Store a pupil's thing in place of the one before; raise `UserError` while no thing is taken."""
    require_open_world(room)
    others = [each.thing for number, each in room.present if number != pupil and each.thing and each.thing.drawing]
    if len(others) >= MAX_NOUNS:
        raise UserError("world", NO_VALUE, "has its {most} things; you will train on them", most=MAX_NOUNS)
    return change_pupil(room, pupil, thing=replace(thing, state="shown") if room.are_shown_at_once else thing)


def show_thing(room: Room, pupil: int) -> Room:
    """Put the thing of a pupil on the wall."""
    return change_pupil(room, pupil, thing=replace(_thing_of(room, pupil), state="shown"))


def ask_for_another(room: Room, pupil: int) -> Room:
    """Take the thing of a pupil away, from the wall too, and ask the pupil for another; its drawing is forgotten."""
    return change_pupil(room, pupil, thing=replace(_thing_of(room, pupil), state="asked", drawing=""))


def show_at_once(room: Room, *, is_on: bool) -> Room:
    """Choose whether things are shown before the teacher has seen them; those that wait are then shown."""
    require_open_world(room)
    room = replace(room, are_shown_at_once=is_on)
    waiting = [number for number, pupil in room.present if pupil.thing and pupil.thing.state == "waiting"]
    for number in waiting if is_on else ():
        room = show_thing(room, number)
    return room


def call_last(room: Room, *, now: float) -> Room:
    """Tell the phones how long the teacher waits for their things."""
    require_open_world(room)
    return replace(room, things_end=now + LAST_CALL_S)


def close_world(room: Room, name: str, *, now: float) -> Room:
    """Go to the training of a closed world; what devices have trained before was of other captions and is forgotten.

    A world that is closed stays as it is: who pressed twice wanted no more.
    """
    if room.world:
        return room
    require_open_world(room)
    room = replace(room, world=name, things_end=None)
    room = replace(room, pupils=tuple(replace(pupil, training=None) for pupil in room.pupils))
    return go_to_stop(room, first_stop("train", room.stops), now=now)


def _thing_of(room: Room, pupil: int) -> PupilThing:
    require_open_world(room)
    thing = room.pupils[pupil].thing if pupil in [number for number, _ in room.present] else None
    if thing is None or not thing.drawing:
        raise UserError("thing", pupil, "this pupil has given no thing")
    return thing


def require_open_world(room: Room) -> None:
    """Raise `UserError` where the class's things cannot change: before their step, after it, or in another lesson."""
    if not room.has_things:
        raise UserError("thing", NO_VALUE, "this lesson has no things of its own")
    if room.world:
        raise UserError("thing", NO_VALUE, "the world of this class is closed")
    if room.stop < first_stop(OWN_STEP, room.stops):
        raise UserError("thing", NO_VALUE, "things are given in the step Our things")


def drawing_files(*nouns: Noun) -> dict[str, bytes]:
    """Return the drawings of things by the names that a room gives them."""
    return {given_thing(noun, at=0.0).drawing: noun_document(noun) for noun in nouns}


def give_pretended_things(room: Room, *, at: float) -> Room:
    """Let each pretended pupil of a rehearsal give a built-in thing; their drawings are those of `built_in_things`."""
    for number, noun in enumerate(built_in_things()):
        pupil = room.pupils[number]
        if not (pupil.key_digest or pupil.is_removed or pupil.thing or room.world):
            room = give_thing(room, number, given_thing(noun, at=at))
    return room


def thing_json(room: Room, pupil: int) -> dict[str, Any] | None:
    """Return a pupil's thing for a page: `word` is its name in this class, `typed` the one that the pupil chose."""
    thing = room.pupils[pupil].thing
    if thing is None:
        return None
    word = thing_names(room).get(pupil, thing.word)
    return {"pupil": pupil, "word": word, "typed": thing.word, "drawing": thing.drawing, "state": thing.state}
