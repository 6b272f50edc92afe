"""Scenes by which pupils try to fool a model, as the page "Your own scene" writes them into an address.

    room = store_scene(room, 0, margin, text)                      # kept if it fools the model more than the one before
    check_scene("submarine,yellow@20,14,1000;bus,blue@48,48,1000")  # or one sentence

Objects are separated by semicolons: a noun, then its values, at the place x, y in pixels and of the side in permille of
the largest object in training. `named=pattern` at the end says which kind the captions name, else it is the first.
"""

import math
import re

from explorer.classroom.room import FoolingScene, Room, change_pupil
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.world.things import THINGS

_LIMITS = CONTRACT.own_scene
CANVAS_PIXELS = 64
"""Width and height of the canvas, as `assets/page/drawing.js` has them."""
_OBJECT = re.compile(r"([^@;]+)@(\d{1,4}),(\d{1,4}),(\d{1,4})", re.ASCII)
_NAMED = "named="


def store_scene(room: Room, pupil: int, margin: object, scene: object) -> Room:
    """Store a pupil's scene if its margin is smaller than the one before."""
    if room.step != "fool":
        raise UserError("scene", NO_VALUE, "scenes count while the class tries to fool the model")
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not math.isfinite(margin):
        raise UserError("margin", margin, "give a number")
    if not -2.0 <= margin <= 2.0:
        raise UserError("margin", margin, "a difference of two cosines is from -2 to 2")
    if not isinstance(scene, str) or not 0 < len(scene) <= _LIMITS.text:
        raise UserError("scene", scene, "give the text of a scene, at most {most} characters", most=_LIMITS.text)
    check_scene(scene)
    before = room.pupils[pupil].fooled
    if before is not None and before.margin <= margin:
        return room
    return change_pupil(room, pupil, fooled=FoolingScene(margin=round(float(margin), 6), scene=scene))


def check_scene(text: str) -> None:
    """Raise `UserError` unless the text is a scene of which one caption is true and the swapped one is not."""
    parts, named, kinds = text.split(";"), 0, [kind.name for kind in THINGS.kinds]
    if (last := parts[-1]).startswith(_NAMED) and last.removeprefix(_NAMED) in kinds:
        named = kinds.index(parts.pop().removeprefix(_NAMED))
    objects = [_read_object(part) for part in parts]
    nouns = {noun for noun, _ in objects}
    least, most = _LIMITS.min_objects, _LIMITS.max_objects
    if not least <= len(objects) <= most or len(nouns) < len(objects):
        raise _refusal(text, "a scene has {least} to {most} different things", least=least, most=most)
    if objects[0][1][named] == objects[1][1][named]:
        raise _refusal(text, "its first two things are of the same {kind}, so no caption is wrong", kind=kinds[named])


def _read_object(part: str) -> tuple[str, tuple[int, ...]]:
    """Return the noun of an object, and its value of each kind by number."""
    match = _OBJECT.fullmatch(part)
    noun, *words = match[1].split(",") if match else ("",)
    if match is None or noun not in {each.word for each in THINGS.nouns}:
        raise _refusal(part, "is no thing at a place")
    x, y, side = map(int, match.groups()[1:])
    if max(x, y) > CANVAS_PIXELS or side > _LIMITS.side:
        raise _refusal(
            part, "its place is at most {place} and its side at most {side}", place=CANVAS_PIXELS, side=_LIMITS.side
        )
    found = [[index for index, value in enumerate(kind.values) if value.word in words] for kind in THINGS.kinds]
    if len(set(words)) < len(words) or sum(map(len, found)) != len(words) or max(map(len, found)) > 1:
        raise _refusal(part, "has values that a thing cannot have together")
    return noun, tuple(places[0] if places else 0 for places in found)


def _refusal(part: str, reason: str, **values: object) -> UserError:
    return UserError("scene", part, reason, longest=80, **values)
