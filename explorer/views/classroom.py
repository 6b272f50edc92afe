"""A class: rooms that a teacher steers, and pupils who join, vote, guess, give a thing, train and fool a model.

    opened = open_room(service)          # {"room": "KRTM", "key": ...}: the teacher's key
    seat = join(service, "KRTM", "Ada")  # {"room", "key", "nickname"}
    go_to_stop(service, "KRTM", stop=1, key=opened["key"])
    answer(service, "KRTM", question="vote.0", choice=1, key=seat["key"])
    (await room(service, "KRTM", key=seat["key"])).view["me"]["answer"]
    give_thing(service, "KRTM", "bello", parts, key=seat["key"])  # to the teacher first
    drawing(service, "KRTM", name, key=opened["key"])               # {"word": "bello", "parts": [...]}

Only the page asks these, with its key in a header: a key in an address would stand in logs and histories. Each checks
room, key, limits and values, and changes one room. Everywhere `code` is that of the room, and `key` that of the teacher
or of a pupil.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, Strict

from explorer.classroom import deal, handed_in, live, network, own_things, questions, rehearsal, screens, stops
from explorer.classroom import room as room_state
from explorer.classroom.fooling import store_scene
from explorer.classroom.nicknames import LONGEST_NICKNAME, clean_nickname
from explorer.classroom.rooms import CODE_LENGTH, EndedError
from explorer.classroom.trainings import landed_training, store_score, store_training
from explorer.codec import Digest, JsonDict
from explorer.errors import NO_VALUE, MissingFileError, UserError
from explorer.runs.folder import key_digest
from explorer.settings import is_loopback
from explorer.views.rate_limit import take_from_bucket
from explorer.views.registry import act, view
from explorer.views.service import KEY_PATTERN, Service
from explorer.world.own import parse_world, world_document
from explorer.world.worlds import get_world

StrictInt = Annotated[int, Strict()]
StrictFloat = Annotated[float, Strict()]
LANGUAGE = re.compile("[a-z-]{0,12}")
"""The part `lang` of an address; the page shows one that it does not know in English."""
ToldDigests = Annotated[tuple[Digest, ...], Field(max_length=64)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The room of a request, and who sends it: the teacher, a pupil by number, or neither."""

    room: room_state.Room
    is_teacher: bool
    pupil: int | None
    address: str

    def teacher_room(self) -> room_state.Room:
        """Return the room; raise `UserError` if the caller is not its teacher."""
        if not self.is_teacher:
            raise UserError("key", NO_VALUE, "only the teacher's key steers this room")
        return self.room

    def present_pupil(self, number: int) -> room_state.Pupil:
        """Return a pupil of the teacher's room; raise `UserError` if nobody there has the number."""
        pupil = dict(self.teacher_room().present).get(number)
        if pupil is None:
            raise UserError("pupil", number, "is not in this room")
        return pupil

    def pupil_number(self) -> int:
        """Return the number of the pupil; raise `UserError` if the caller is none."""
        if self.pupil is None:
            raise UserError("key", NO_VALUE, "join this room first")
        return self.pupil


def _caller(service: Service, code: str, key: str) -> Caller:
    """Return who asks; raise `UserError` for an unknown room, which counts as a wrong code of the address."""
    address, valid_key = service.address() or "", key if KEY_PATTERN.fullmatch(key) else ""
    room = service.rooms.get(code, address=address, key=valid_key)
    is_teacher = bool(valid_key) and room_state.is_teacher_key(room, valid_key)
    pupil = room_state.find_pupil(room, valid_key) if valid_key and not is_teacher else None
    return Caller(room=room, is_teacher=is_teacher, pupil=pupil, address=address)


def _acting_caller(service: Service, code: str, key: str) -> Caller:
    """Return who acts, and count it: by the key of a seat, as any other key is free."""
    caller = _caller(service, code, key)
    has_seat = caller.is_teacher or caller.pupil is not None
    take_from_bucket("acts", key if has_seat else caller.address, service.settings)
    return caller


def _change_as_teacher(
    service: Service, code: str, key: str, changed: Callable[[room_state.Room], room_state.Room]
) -> None:
    """Apply a pure function to the room; raise `UserError` unless the key is its teacher's."""
    service.rooms.change(_acting_caller(service, code, key).teacher_room().code, changed)


@view(is_of_page=True)
def classroom(service: Service) -> JsonDict:
    """Return the plan of a class: its steps and stops with minutes, and the recipes whose captions are guessed."""
    usual = {name: minutes for name, minutes in stops.STEP_MINUTES.items() if name != stops.OWN_STEP}
    return {
        "steps": [{"name": name, "minutes": minutes} for name, minutes in usual.items()],
        "stops": stops.LESSON_STOPS,
        "stops_with_things": stops.STOPS_WITH_THINGS,
        "minutes": stops.STEP_MINUTES,
        "recipes": stops.CLASS_RECIPES,
        "pairs": stops.NUM_CLASS_PAIRS,
        "length": CODE_LENGTH,
        "longest_nickname": LONGEST_NICKNAME,
        "command": network.start_command(network.server_port(service.scope())),
    }


@view(is_of_page=True, limits={"hold_s": int(live.MAX_HOLD_S)})
async def room(service: Service, code: str, since: str = "", key: str = "") -> live.TaggedView:
    """Return what a page of a room shows, as soon as it differs from what was seen, or after {hold_s} seconds.

    Its `role` is teacher, pupil, none for who has no seat there, over, or unknown where no room has the code.
    """
    name = code.strip().upper()
    views = live.shared_live(service.rooms, service.store, service.settings)
    charge = service.charger()
    return await views.wait_for_change(name, since, lambda: _view(service, views.screens, name, key), charge)


def _view(service: Service, shown: screens.Screens, code: str, key: str) -> JsonDict:
    try:
        caller = _caller(service, code, key)
        if caller.is_teacher:
            return shown.view(caller.room, role="teacher")
        if caller.pupil is not None:
            return shown.view(caller.room, role="pupil", pupil=caller.pupil)
        return {"room": _require_open(service, caller.room).code, "role": "none"}
    except EndedError:
        return {"room": code, "role": "over"}
    except MissingFileError:
        return {"room": code[:20], "role": "unknown"}


def _require_open(service: Service, room: room_state.Room) -> room_state.Room:
    """Return the room; raise `EndedError` if its day is over, as only the wall of a kept one stays."""
    if not service.rooms.is_open(room):
        raise EndedError("room", room.code, "this class is over")
    return room


@view(is_of_page=True)
def question(service: Service, code: str, name: str, key: str = "") -> JsonDict:
    """Return a question that the room has reached, with its answer if that was revealed."""
    caller = _caller(service, code, key)
    if not caller.is_teacher:
        caller.pupil_number()
    if name not in {stop.question for stop in caller.room.stops[: caller.room.stop + 1] if stop.question}:
        raise UserError("name", name, "is not a question that this room has reached", longest=40)
    prompt = questions.make_question(service.store, caller.room.code, name)
    return prompt.to_json(is_revealed=stops.is_revealed(name, caller.room.stop))


@view(is_of_page=True)
def room_addresses(service: Service, code: str, at: str, key: str = "", lang: str = "") -> JsonDict:
    """Return the addresses at which phones reach the room, with QR codes, for the teacher.

    Args:
        lang: the language of the teacher's page as its address has it, which is that of the phones; empty for English
    """
    caller = _acting_caller(service, code, key)
    if not LANGUAGE.fullmatch(lang):
        raise UserError("lang", lang, "give the lang of a page's address, such as zh", longest=40)
    room = caller.teacher_room()
    query = f"?room={room.code}" + (f"&lang={lang}" if lang else "") + f"#join={room_state.invitation_key(room)}"
    try:
        host = urlsplit(at).hostname or ""
    except ValueError:
        host = ""
    if len(at) > network.LONGEST_URL or not at.startswith(("http://", "https://")) or not host:
        raise UserError("at", at, "give the address of the page", longest=80)
    scope = service.scope()
    port, is_here = network.server_port(scope), is_loopback(host)
    answers_by_url = {at + query: True}
    if is_here:
        answers_by_url = network.reachable_urls(port, network.CLASS_PATH + query, str(scope.get("root_path") or ""))
    urls = [{"url": url, "answers": answers, "qr": network.qr_uri(url)} for url, answers in answers_by_url.items()]
    return {"is_loopback": is_here, "addresses": urls, "command": network.start_command(port)}


@act(is_of_page=True)
def open_room(
    service: Service, is_rehearsal: bool = False, has_things: bool = False, is_same_for_all: bool = False
) -> dict[str, str]:
    """Open a room, and return its code and the teacher's key.

    Args:
        is_rehearsal: whether pretended pupils take part
        has_things: whether the class makes things of its own and trains on them
        is_same_for_all: whether every device trains the same, to the last bit
    """
    take_from_bucket("classes", service.address() or "", service.settings)
    room, key = service.rooms.open_room(
        is_rehearsal=is_rehearsal, has_things=has_things, is_same_for_all=is_same_for_all
    )
    return {"room": room.code, "key": key}


@act(is_of_page=True, limits={"longest": LONGEST_NICKNAME})
def join(service: Service, code: str, nickname: str, key: str = "") -> dict[str, str]:
    """Take a seat in a room, and return {"room", "key", "nickname"}, of which the key is the pupil's.

    Args:
        nickname: not a name that others know, 1 to {longest} characters
        key: that of the QR code, if the phone has scanned it
    """
    caller = _caller(service, code, key)
    take_from_bucket("pupils", caller.address, service.settings)
    name, new_key = clean_nickname(nickname), secrets.token_hex(16)
    is_other = not network.is_own_address(caller.address)

    def add_one(room: room_state.Room) -> room_state.Room:
        joined = room_state.add_pupil(_require_open(service, room), name, key_digest(new_key), now=service.rooms.now())
        return replace(joined, is_reached=joined.is_reached or is_other)

    service.rooms.change(caller.room.code, add_one)
    return {"room": caller.room.code, "key": new_key, "nickname": name}


@act(is_of_page=True)
def answer(service: Service, code: str, question: str, choice: StrictInt, key: str = "") -> None:
    """Answer the open question, or take another choice as long as it is open.

    Args:
        question: its name
        choice: number of the chosen option
    """
    caller = _acting_caller(service, code, key)
    number = caller.pupil_number()
    service.rooms.change(caller.room.code, lambda room: room_state.store_answer(room, number, question, choice))


@act(is_of_page=True)
def hand_in_scene(service: Service, code: str, scene: str, margin: StrictFloat, key: str = "") -> None:
    """Hand in the picture by which the pupil has fooled the model best so far.

    Args:
        scene: the scene as text
        margin: the margin by which the model prefers the true caption
    """
    caller = _acting_caller(service, code, key)
    number = caller.pupil_number()
    service.rooms.change(caller.room.code, lambda room: store_scene(room, number, margin, scene))


@act(is_of_page=True)
def tell_training(
    service: Service,
    code: str,
    training: room_state.DeviceState,
    pairs: StrictInt = 0,
    accuracy: StrictFloat | None = None,
    digests: ToldDigests = (),
    world: str = "",
    key: str = "",
) -> None:
    """Tell how far the training of the pupil's device is; news of a world that is not the room's are dropped.

    Args:
        training: its state
        pairs: number of pairs that it has read, or at which it bound if it landed
        accuracy: newest binding accuracy in captions of its own form
        digests: where all train the same, of all weights at the start and at each saved step, once the training ended
        world: name of the class's own world that it trains on, as its deal has it
    """
    caller = _acting_caller(service, code, key)
    number = caller.pupil_number()
    news = room_state.PupilTraining(
        pairs=pairs, accuracy=accuracy, state=training, at=service.rooms.now(), digests=digests
    )

    def store_news(room: room_state.Room) -> room_state.Room:
        if world != room.world:  # sent before the world was closed: the device has another deal by now
            return room
        spec = deal.room_spec(room, number, steps=service.settings.class_steps)
        most, landings = spec.train.pairs, deal.landing_pairs(spec)
        count = len(deal.steps_saved_until_end(spec, pairs if training == "landed" and pairs in landings else None))
        return store_training(room, number, news, most=most, landings=landings, num_digests=count)

    service.rooms.change(caller.room.code, store_news)


@act(is_of_page=True)
def give_thing(service: Service, code: str, word: Annotated[str, Strict()], parts: list[Any], key: str = "") -> None:
    """Give the pupil's one thing to the class's world; a later one takes the place of the one before.

    Args:
        word: its name
        parts: its drawing, as in the document of a world
    """
    caller = _acting_caller(service, code, key)
    number = caller.pupil_number()
    take_from_bucket("things", key, service.settings)
    noun = own_things.read_thing(word, parts)
    thing = own_things.given_thing(noun, at=service.rooms.now())
    files = own_things.drawing_files(noun)
    service.rooms.change(caller.room.code, lambda room: own_things.give_thing(room, number, thing), files)


@view(is_of_page=True)
def drawing(service: Service, code: str, name: str, key: str = "") -> JsonDict:
    """Return a drawing of the room, {"word", "parts"}, to its teacher or to the pupil who gave it.

    Args:
        name: as the view of the room has it
    """
    caller = _caller(service, code, key)
    if not caller.is_teacher:
        thing = caller.room.pupils[caller.pupil_number()].thing
        if thing is None or thing.drawing != name:
            raise UserError("drawing", name, "is not yours", longest=40)
    return dict(json.loads(service.rooms.read_file(caller.room, name)))


@view(is_of_page=True)
def class_world(service: Service, code: str, key: str = "") -> JsonDict:
    """Return the document of the class's own world when it is closed, {"nouns": [{"word", "parts"}]}."""
    caller = _caller(service, code, key)
    if not caller.is_teacher:
        caller.pupil_number()
    return dict(json.loads(_world_content(service, caller.room)))


def _world_content(service: Service, room: room_state.Room) -> bytes:
    if not room.world:
        raise UserError("world", NO_VALUE, "the world of this class is not closed")
    return service.rooms.read_file(room, room.world)


@view(is_of_page=True)
def recorded_deal(service: Service, code: str, key: str = "") -> JsonDict | None:
    """Return a recorded training at the dials of a pupil, for a device that cannot train.

    Its `curve` has pairs, share and lower bound. None if there is none for the pupil, as for the class's own world.
    """
    caller = _caller(service, code, key)
    number = caller.pupil_number()
    return None if caller.room.world else deal.recorded_training(deal.training_number(caller.room, number))


@view(is_of_page=True)
def found_pictures(service: Service, code: str, pupil: int, key: str = "") -> list[float]:
    """Score both pictures of each pair by the model of a pupil's device: 1 if it finds its caption, a half for a tie.

    Args:
        pupil: number of the pupil; only the teacher may ask, and the list is empty before its model was checked
    """
    training = _caller(service, code, key).present_pupil(pupil).training
    return list(training.found) if training else []


def check_model_hand_in(service: Service, code: str, key: str) -> str:
    """Return the room's code; raise `UserError` unless this pupil's training has landed, before its model is read."""
    caller = _caller(service, code, key)
    landed_training(caller.room, caller.pupil_number())
    take_from_bucket("models", key, service.settings)
    return caller.room.code


def hand_in_model(service: Service, code: str, key: str, weights: Path) -> float:
    """Check the model of a pupil's device, and return the share of the room's scenes that it gets right."""
    caller = _caller(service, code, key)
    number = caller.pupil_number()
    landed_training(caller.room, number)
    spec = deal.room_spec(caller.room, number)
    own = parse_world(_world_content(service, caller.room)) if caller.room.world else None
    score = handed_in.score_model(weights, spec, own or get_world(spec.data.world), caller.room.code)
    service.rooms.change(caller.room.code, lambda room: store_score(room, number, score.share, score.found))
    return score.share


@act(is_of_page=True)
def go_to_stop(service: Service, code: str, stop: StrictInt, key: str = "") -> None:
    """Go to a stop of the lesson, as the teacher; the pupils of a rehearsal do there what it asks.

    Args:
        stop: its number
    """
    room, rooms = _acting_caller(service, code, key).teacher_room(), service.rooms
    files = own_things.drawing_files(*own_things.built_in_things()) if room.is_rehearsal else {}
    rooms.change(
        room.code,
        lambda current: rehearsal.play_rehearsal(room_state.go_to_stop(current, stop, now=rooms.now()), service.store),
        files,
    )


@act(is_of_page=True)
def show_study(service: Service, code: str, is_shown: bool, key: str = "") -> None:
    """Show the line of the study on the wall, or hide it, as the teacher."""
    _change_as_teacher(service, code, key, lambda room: replace(room, is_study_shown=is_shown))


@act(is_of_page=True)
def keep_wall(service: Service, code: str, is_kept: bool, key: str = "") -> None:
    """Keep the wall beyond the day, or no longer, as the teacher."""
    room = _acting_caller(service, code, key).teacher_room()
    service.rooms.keep(room.code, is_kept=is_kept)


@act(is_of_page=True)
def remove_pupil(service: Service, code: str, pupil: StrictInt, key: str = "") -> None:
    """Remove a pupil from the room, as the teacher.

    Args:
        pupil: number of the pupil
    """
    caller = _acting_caller(service, code, key)
    caller.present_pupil(pupil)
    service.rooms.change(caller.room.code, lambda room: room_state.remove_pupil(room, pupil))


@act(is_of_page=True)
def end_class(service: Service, code: str, key: str = "") -> None:
    """End the class and delete its room, as the teacher."""
    service.rooms.end_room(_acting_caller(service, code, key).teacher_room().code)


@act(is_of_page=True)
def show_thing(service: Service, code: str, pupil: StrictInt, key: str = "") -> None:
    """Show a pupil's thing on the wall, as the teacher.

    Args:
        pupil: number of the pupil
    """
    _change_as_teacher(service, code, key, lambda room: own_things.show_thing(room, pupil))


@act(is_of_page=True)
def ask_for_another(service: Service, code: str, pupil: StrictInt, key: str = "") -> None:
    """Take a pupil's thing away, and ask for another, as the teacher.

    Args:
        pupil: number of the pupil
    """
    _change_as_teacher(service, code, key, lambda room: own_things.ask_for_another(room, pupil))


@act(is_of_page=True)
def show_at_once(service: Service, code: str, is_on: bool, key: str = "") -> None:
    """Let things come on the wall before the teacher has seen them, or no longer."""
    _change_as_teacher(service, code, key, lambda room: own_things.show_at_once(room, is_on=is_on))


@act(is_of_page=True)
def call_last(service: Service, code: str, key: str = "") -> None:
    """Tell the phones that a minute is left for their things, as the teacher."""
    _change_as_teacher(service, code, key, lambda room: own_things.call_last(room, now=service.rooms.now()))


@act(is_of_page=True)
def close_world(service: Service, code: str, key: str = "") -> None:
    """Close the class's world with the things that are shown, and go to its training, as the teacher."""
    room, rooms = _acting_caller(service, code, key).teacher_room(), service.rooms
    if room.world:
        return
    own_things.require_open_world(room)
    shown = own_things.shown_things(room)
    if not shown:
        raise UserError("world", NO_VALUE, "show at least one thing first")
    names = own_things.thing_names(room)
    nouns = [
        replace(own_things.stored_thing(rooms.read_file(room, thing.drawing)), word=names[number])
        for number, thing in shown
    ]
    world = own_things.compose_world(nouns)

    def close_if_unchanged(current: room_state.Room) -> room_state.Room:
        if own_things.shown_things(current) != shown:
            raise UserError("world", NO_VALUE, "has just changed; look at it and press again")
        return own_things.close_world(current, world.name, now=rooms.now())

    rooms.change(room.code, close_if_unchanged, {world.name: world_document(world)})
