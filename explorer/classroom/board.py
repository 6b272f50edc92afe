"""The content of the pages of a room: the wall, the questions, the numbers of the last step, held until they differ.

    board = Board(store, settings)
    board.view(room, role="teacher")["counts"]  # of the open question
    board.view(room, role="pupil", pupil=0)["me"]["answer"]
    board.wall(room).dots[0].pairs              # 17664, read by the device of the first pupil

    make_question(store, "KRTM", "vote.0").options   # ("a yellow submarine and a blue bus", "a blue ...")
    make_question(store, "KRTM", "guess.3").picture  # the scene behind a web-like caption

    live = LiveViews(rooms, board)
    await live.wait_for_change("KRTM", tag, lambda: view)  # TaggedView(tag, now, view), at once or within `HOLD_S`

The pairs are the first ones of the Workbench. The shown picture of a pair, the order of its captions and the scene
behind a caption follow from the code of the room; there is no selection by hand. The models' answers were saved with
them.

Each answer to a page is an ordinary short response, so a proxy, a sleeping phone or a restarted server costs one
repetition of the request and no state. The tag is a digest of the view, so a page misses nothing between two requests.
Who waits is a coroutine that its room wakes: thirty pupils hold no thread.
"""

import asyncio
import hashlib
import json
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median
from typing import Any, Literal

from explorer.classroom import deal
from explorer.classroom.equal_bits import EqualBits, SavedDigests, compare_bits
from explorer.classroom.own_things import built_in_things, pretended_things, shown_things, thing_json
from explorer.classroom.room import (
    CLASS_RECIPES,
    NUM_CLASS_PAIRS,
    OWN_STEP,
    PREDICTION_QUESTION,
    PRETENDED_NAMES,
    STEP_MINUTES,
    Pupil,
    PupilTraining,
    Room,
    Rooms,
    first_stop,
    is_revealed,
    store_answer,
    store_scene,
)
from explorer.clip.names import shipped_names
from explorer.clip.pixels import webp_uri
from explorer.codec import encode
from explorer.evaluation.results import passes_check
from explorer.evaluation.sets import binding_pairs
from explorer.presets import PRESETS, find_preset
from explorer.runs.state import read_run
from explorer.runs.store import RunStore
from explorer.settings import Settings
from explorer.study.cells import nearest_cell, shipped_cells
from explorer.study.kappa import kappa, told_share
from explorer.world.own import MAX_NOUNS, MIN_NOUNS
from explorer.world.preview import Preview, preview
from explorer.world.worlds import WORLDS, color_words, find_world

Json = dict[str, Any]
LAST_STEP = "learned"
"""Step of the class's numbers beside the study's."""
SILENT_S = 45.0
"""Seconds without news after which a dot is marked: a phone that trains tells of itself every few steps."""


# ---- The wall


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
    state: str
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


def _dot(room: Room, number: int, pupil: Pupil, training: PupilTraining, *, has_line: bool, now: float) -> Dot:
    spec = deal.room_spec(room, number)
    return Dot(
        pupil=number,
        nickname=pupil.nickname,
        objects=spec.data.objects_in_image,
        kinds=len(spec.data.attribute_kinds),
        density=spec.data.attribute_density,
        kappa=kappa(spec.data),
        pairs=training.pairs,
        accuracy=training.accuracy,
        state=training.state,
        is_silent=training.state == "training" and now - training.at > SILENT_S,
        scored=training.scored,
        is_checked=passes_check(training.scored),
        expected=deal.expected_point(spec) if has_line else None,
    )


def count_landings(wall: Wall) -> Json:
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


REHEARSED_S = 60.0
"""Seconds in which a recorded training runs through in a rehearsal."""


def _deal_number(room: Room, pupil: int) -> int:
    return deal.SAME_NUMBER if room.is_same_for_all else pupil


def recorded_training(room: Room, pupil: int) -> Json | None:
    """Return the recorded training that a device watches which cannot train; None in the class's own world."""
    return None if room.world else deal.recorded_training(_deal_number(room, pupil))


def pretended_training(room: Room, number: int, now: float) -> PupilTraining | None:
    """Return how far the device of a pretended pupil is: as the recorded training of its data set, within a minute.

    In the class's own world it is one of those that were told most, as all are told there. Where all train the same,
    one device is done after the other, with the digests of the recorded training.
    """
    row = deal.told_most(number) if room.world else deal.recorded_training(_deal_number(room, number))
    if row is None or room.stop < first_stop("train"):
        return None
    points = [point for point in row["curve"] if row["pairs"] is None or point[0] <= row["pairs"]]
    seconds = REHEARSED_S * ((number + 1) / len(PRETENDED_NAMES) if room.is_same_for_all else 1)
    done = (now - room.since) / seconds if room.step == "train" else 1.0
    last, share, _ = points[-1]
    if done >= 1:
        state = "landed" if row["pairs"] else "ended"
        return PupilTraining(
            pairs=last, accuracy=share, state=state, at=now, scored=share if row["pairs"] else None,
            digests=tuple(row["digests"]) if room.is_same_for_all else (),
        )  # fmt: skip
    pairs = int(max(done, 0.0) * last)
    accuracy = next(share for at, share, _ in reversed(points) if at <= pairs)
    return PupilTraining(pairs=pairs, accuracy=accuracy, state="training", at=now)


# ---- The questions

COMPARED_MODELS = ("things-web", "things-bound")
"""Shipped models that the class is compared with: captions as on the web, and tidy ones."""
PAIRS_WORLD = "things"
NUM_GUESS_SCENES = 24
"""Scenes of a recipe among which the code of the room chooses one."""
QUESTION_PIXELS = 192
MAX_GUESSED_OBJECTS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassQuestion:
    """One of five pairs, captions of four recipes, or the prediction; `right` is None if the answer is not known.

    `picture` is a data URI; `hides_picture` says that it is shown with the answer only. `untold` are the boxes of
    objects that the caption does not name: left, top, width and height as fractions of the side of the picture.
    `models` are {"model", "choice", "p"}: the option that a model chooses, and the probability that it gives to it.
    `words` are the options as marked words, where they are captions.
    """

    name: str
    options: tuple[str, ...]
    right: int | None
    picture: str = ""
    hides_picture: bool = False
    caption: str = ""
    recipe: str = ""
    told: int = 0
    untold: tuple[tuple[float, ...], ...] = ()
    share_told: float | None = None
    models: tuple[Json, ...] = ()
    words: tuple[tuple[Json, ...], ...] = ()

    def to_json(self, *, is_revealed: bool) -> Json:
        """Convert to JSON for a page; without the answer before it is revealed."""
        whole = encode(self)
        is_hidden = whole.pop("hides_picture")
        open_ones = ("name", "options", "caption", "words") + ("picture",) * (not is_hidden)
        visible = whole if is_revealed else {name: whole[name] for name in open_ones}
        return {**visible, "revealed": is_revealed}


@lru_cache(maxsize=512)
def make_question(store: RunStore, code: str, name: str) -> ClassQuestion:
    """Return a question of the room."""
    if name == PREDICTION_QUESTION:
        return ClassQuestion(name=name, options=CLASS_RECIPES, right=None)
    step, _, part = name.partition(".")
    return _vote_question(store, code, int(part)) if step == "vote" else _guess_question(code, int(part))


def _number_from_code(code: str, name: str, below: int) -> int:
    """Return a number that follows from the code, evenly distributed."""
    return int.from_bytes(hashlib.sha256(f"{code}:{name}".encode()).digest()[:8], "big") % below


def _vote_question(store: RunStore, code: str, part: int) -> ClassQuestion:
    pairs = binding_pairs(WORLDS[PAIRS_WORLD])
    row = 2 * part + _number_from_code(code, f"picture.{part}", 2)
    right = _number_from_code(code, f"order.{part}", 2)
    order = (row, row ^ 1) if right == 0 else (row ^ 1, row)
    return ClassQuestion(
        name=f"vote.{part}",
        options=tuple(pairs.texts[place] for place in order),
        words=tuple(color_words(pairs.words()[place]) for place in order),
        right=right,
        picture=_pair_pictures()[row],
        models=tuple(_model_choice(store, model, row, right) for model in answering_models(store)),
    )


def answering_models(store: RunStore) -> tuple[str, ...]:
    """Return the models of `COMPARED_MODELS` that are here with answers to these very pairs."""
    return tuple(name for name in COMPARED_MODELS if name in shipped_names() and read_run(store, name).checkpoints)


def _model_choice(store: RunStore, model: str, row: int, right: int) -> Json:
    """Return the choice between the picture's own caption and its twin's, from the answers saved with the model."""
    answers = read_run(store, model).checkpoints[-1]
    own, other = answers.cosines[row]
    probability = 1 / (1 + math.exp(-answers.logit_scale * abs(own - other)))
    return {"model": model, "choice": right if own > other else 1 - right, "p": round(probability, 4)}


@lru_cache(maxsize=1)
def _pair_pictures() -> tuple[str, ...]:
    return tuple(map(webp_uri, binding_pairs(WORLDS[PAIRS_WORLD]).images(QUESTION_PIXELS)))


def _guess_question(code: str, part: int) -> ClassQuestion:
    recipe = CLASS_RECIPES[part]
    scene = _preview(recipe).scenes[_number_from_code(code, f"scene.{part}", NUM_GUESS_SCENES)]
    record = scene.record
    return ClassQuestion(
        name=f"guess.{part}",
        options=tuple(str(count) for count in range(1, MAX_GUESSED_OBJECTS + 1)),
        right=len(record.objects) - 1,
        picture=webp_uri(scene.image),
        hides_picture=True,
        caption=record.caption,
        recipe=recipe,
        told=len(record.mentioned),
        untold=tuple(tuple(round(side / QUESTION_PIXELS, 4) for side in each.box) for each in record.unmentioned),
        share_told=find_preset(recipe).spec.data.caption_completeness,
    )


@lru_cache(maxsize=len(PRESETS))
def _preview(recipe: str) -> Preview:
    spec = find_preset(recipe).spec
    return preview(
        spec.data,
        spec.train,
        find_world(spec.data.world),
        seed=spec.train.seed,
        count=NUM_GUESS_SCENES,
        size=QUESTION_PIXELS,
    )


# ---- The numbers of the class

MAX_WALL_SCENES = 8
"""Scenes of the smallest margins that the wall shows."""


def count_votes(room: Room, name: str, num_options: int) -> tuple[int, ...]:
    """Return the number of answers to a question by option."""
    votes = Counter(room.answers.get(name, {}).values())
    return tuple(votes[choice] for choice in range(num_options))


def fooling_scenes(room: Room) -> list[Json]:
    """Return the pupils' best scenes against the model, the smallest margin first; a page scores them again."""
    scenes = [
        {"pupil": number, "nickname": pupil.nickname, "margin": pupil.fooled.margin, "scene": pupil.fooled.scene}
        for number, pupil in room.present
        if pupil.fooled is not None
    ]
    return sorted(scenes, key=lambda scene: scene["margin"])


def vote_tally(room: Room, store: RunStore) -> tuple[Json, list[Json]]:
    """Return the class's and the models' right answers to the pairs that were revealed, {"right", "n"}.

    A model's has its binding accuracy too, of so many `pictures`.
    """
    names = _revealed_questions(room, "vote", NUM_CLASS_PAIRS)
    questions = [make_question(store, room.code, name) for name in names]
    rights = Counter(each["model"] for scene in questions for each in scene.models if each["choice"] == scene.right)
    models = []
    for model in answering_models(store):
        final = read_run(store, model).final
        binding = final.binding if final else None
        models.append({"model": model, "right": rights[model], "n": len(names),
                       "binding": binding and binding.value, "pictures": binding.n if binding else 0})  # fmt: skip
    return _tally(room, store, names), models


def _revealed_questions(room: Room, step: str, parts: int) -> list[str]:
    return [name for part in range(parts) if is_revealed(name := f"{step}.{part}", room.stop)]


def _tally(room: Room, store: RunStore, names: Iterable[str]) -> Json:
    are_right = [
        choice == make_question(store, room.code, name).right
        for name in names
        for choice in room.answers.get(name, {}).values()
    ]
    return {"right": sum(are_right), "n": len(are_right)}


def class_numbers(room: Room, store: RunStore, wall: Wall) -> Json:
    """Return everything that the last step shows, the predictions of recipes beside the study's means."""
    vote, models = vote_tally(room, store)
    best, predicted = fooling_scenes(room), count_votes(room, PREDICTION_QUESTION, len(CLASS_RECIPES))
    return {
        "pupils": len(room.present),
        "vote": vote,
        "models": models,
        "guess": _tally(room, store, _revealed_questions(room, "guess", len(CLASS_RECIPES))),
        "recipes": [
            _recipe_numbers(recipe) | {"predicted": predicted[index]} for index, recipe in enumerate(CLASS_RECIPES)
        ],
        "landings": count_landings(wall),
        "bits": wall.bits and {"same": wall.bits.same, "finished": wall.bits.finished},
        "scenes": len(best),
        "fooled": sum(scene["margin"] < 0 for scene in best),
        "best": best[:MAX_WALL_SCENES],
    }


def _recipe_numbers(recipe: str) -> Json:
    """Return shares of a recipe: of objects that a caption names, and of values that it tells of a named object."""
    spec = find_preset(recipe).spec
    pairs = spec.train.pairs
    near = nearest_cell(spec, [each for each in shipped_cells() if each.pairs == pairs])
    return {
        "recipe": recipe,
        "title": PRESETS[recipe].title,
        "told_share": spec.data.caption_completeness,
        "values_told": round(told_share(spec.data), 4),
        "study": median(seed.end for seed in near.cell.seeds) if near and near.dial is None else None,
    }


# ---- The views of a room

ViewerRole = Literal["teacher", "pupil"]
TIMED_STEPS = ("train",)
"""Steps whose views change without an action: a device that is silent for long is marked."""
PRETENDED_SCENES = (
    (-0.018, "bus,blue@14,14,400;submarine,yellow@40,40,1000"),
    (0.025, "submarine,yellow@28,28,1000;bus,blue@36,36,1000"),
)
"""Margins and scenes of two pretended pupils."""


class Board:
    """Views of rooms as JSON, for the teacher's projector and for the phone of one pupil."""

    def __init__(self, store: RunStore, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._store, self._settings, self._now = store, settings, clock

    def view(self, room: Room, *, role: ViewerRole, pupil: int | None = None) -> Json:
        """Return the view of a page; `pupil` is the number of the pupil whose phone it is."""
        stop = room.stops[room.stop]
        view = {
            "room": room.code,
            "role": role,
            "stop": room.stop,
            "step": stop.step,
            "part": stop.part,
            "question": stop.question,
            "revealed": stop.is_revealed,
            "since": room.since,
            "minutes": STEP_MINUTES[stop.step],
            "people": len(room.present),
            "kept": room.is_kept,
            "rehearsal": room.is_rehearsal,
            "has_things": room.has_things,
        }
        view |= self._step_view(room, role, pupil)
        if role == "teacher":
            view |= {"reached": room.is_reached, "names": [[n, each.nickname] for n, each in room.present]}
        elif pupil is not None:
            me, choice = room.pupils[pupil], room.answers.get(stop.question, {}).get(str(pupil))
            margin = me.fooled.margin if me.fooled else None
            view["me"] = {"number": pupil, "nickname": me.nickname, "answer": choice, "margin": margin}
        return dict(encode(view))

    def _step_view(self, room: Room, role: ViewerRole, pupil: int | None) -> Json:
        stop = room.stops[room.stop]
        if stop.question:
            votes = count_votes(room, stop.question, len(make_question(self._store, room.code, stop.question).options))
            return {"counts": votes, "answers": sum(votes)}
        if stop.step == "vote":
            vote, models = vote_tally(room, self._store)
            return {"vote": vote, "models": models}
        if stop.step == OWN_STEP:
            return {"things": _things_view(room, pupil)}
        if stop.step == "train":
            wall = self.wall(room)
            if pupil is not None:  # a phone shows no names of the others
                dots = (dot if dot.pupil == pupil else replace(dot, nickname="") for dot in wall.dots)
                wall = replace(wall, dots=tuple(dots), bits=wall.bits and wall.bits.seen_by(_told_digests(room, pupil)))
            facts = {"study": room.is_study_shown, "wall": wall}
            return facts if pupil is None else facts | {"deal": self._deal(room, pupil)}
        if stop.step == "fool":
            best = fooling_scenes(room)
            return {"scenes": best[: MAX_WALL_SCENES if role == "teacher" else 3], "tried": len(best)}
        return {"numbers": class_numbers(room, self._store, self.wall(room))} if stop.step == LAST_STEP else {}

    def wall(self, room: Room) -> Wall:
        """Return the wall as it is now."""
        has_line, now = (room.is_study_shown or room.step == LAST_STEP) and not room.world, self._now()
        trainings = {
            number: training
            for number, pupil in room.present
            if (training := self._training(room, number, pupil, now)) is not None
        }
        dots = [
            _dot(room, number, room.pupils[number], training, has_line=has_line, now=now)
            for number, training in trainings.items()
        ]
        return Wall(
            dots=tuple(sorted(dots, key=lambda dot: (dot.kappa, dot.pupil))),
            line=deal.recorded_line() if has_line else (),
            budget=pair_budget(room, self._settings.class_steps),
            world=room.world,
            bits=self._bits(room, trainings) if room.is_same_for_all else None,
        )

    def _bits(self, room: Room, trainings: Mapping[int, PupilTraining]) -> EqualBits:
        digests = {number: training.digests for number, training in trainings.items() if training.state != "watching"}
        nicknames = {number: pupil.nickname for number, pupil in room.present}
        steps = deal.saved_until_end(deal.room_spec(room, 0, steps=self._settings.class_steps))
        return compare_bits(digests, nicknames, steps)

    def _training(self, room: Room, number: int, pupil: Pupil, now: float) -> PupilTraining | None:
        is_pretended = room.is_rehearsal and number < len(PRETENDED_NAMES) and not pupil.token
        training = pretended_training(room, number, now) if is_pretended else pupil.training
        if training is not None and is_pretended and self._settings.class_steps:
            return replace(training, digests=())  # devices that train fewer steps compute other bits
        return training

    def _deal(self, room: Room, pupil: int) -> Json:
        """Return what the device of a pupil trains, as a page starts a training."""
        spec = deal.room_spec(room, pupil, steps=self._settings.class_steps)
        values = {
            **({"world": room.world} if room.world else {}),
            "objects_in_image": spec.data.objects_in_image,
            "attribute_kinds": spec.data.attribute_kinds,
            "attribute_density": spec.data.attribute_density,
            "steps": spec.train.steps,
        }
        return {"preset": spec.preset, "values": values, "seed": spec.train.seed, "kappa": kappa(spec.data)}


def _told_digests(room: Room, pupil: int) -> SavedDigests:
    training = room.pupils[pupil].training
    return training.digests if training else ()


def _things_view(room: Room, pupil: int | None) -> Json:
    """Return what the teacher sees of the class's things, or what a pupil does: its own, and how many there are."""
    common = {"ends": room.things_end, "world": room.world, "shown": len(shown_things(room)), "most": MAX_NOUNS}
    if pupil is not None:
        return common | {"mine": thing_json(room, pupil)}
    given = sorted(
        ((each.thing.at, number) for number, each in room.present if each.thing and each.thing.drawing),
    )
    taken = [thing.word for _, thing in shown_things(room)]
    missing = max(0, MIN_NOUNS - len(taken))
    return common | {
        "given": [
            {**(thing_json(room, number) or {}), "nickname": room.pupils[number].nickname} for _, number in given
        ],
        "at_once": room.are_shown_at_once,
        "built_in": [noun.word for noun in built_in_things(missing, without=taken)],
    }


def play_rehearsal(room: Room, store: RunStore) -> Room:
    """Let the pretended pupils of a rehearsal do what the stop asks: all but one know the answer."""
    stop = room.stops[room.stop]
    pretended = [number for number, pupil in room.present if not pupil.token] if room.is_rehearsal else []
    if stop.question and not stop.is_revealed:
        question = make_question(store, room.code, stop.question)
        for index, number in enumerate(pretended):
            wrong = index == stop.part % len(pretended)
            choice = index if question.right is None else question.right + wrong
            room = store_answer(room, number, stop.question, choice % len(question.options))
    elif stop.step == OWN_STEP and pretended:
        room = pretended_things(room, at=room.since)
    elif stop.step == "fool":
        for number, (margin, scene) in zip(pretended, PRETENDED_SCENES, strict=False):
            room = store_scene(room, number, margin, scene)
    return room


# ---- Held requests

HOLD_S = 12.0
"""Longest time for which a request is held: shorter than the limits of common proxies."""
CLOCK_LOOK_S = 5.0
"""Seconds between two looks at the clock while a request is held."""
GATHER_S = 0.1
"""Seconds in which the changes of a class count as one: each wakes everybody who waits in its room."""
ViewJson = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class TaggedView:
    """The view of a page, its tag, and the server's time in seconds since 1970."""

    tag: str
    now: float
    view: ViewJson


class LiveViews:
    """Held requests of all rooms, woken by changes of their room."""

    def __init__(self, rooms: Rooms, board: Board) -> None:
        self.board = board
        self._rooms = rooms
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        rooms.listeners.append(self._wake)

    def _wake(self, code: str) -> None:
        """Wake the held requests of a room, from any thread."""
        for loop, event in tuple(self._waiting.get(code, ())):
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def wait_for_change(self, code: str, since: str, look: Callable[[], ViewJson]) -> TaggedView:
        """Return what `look` sees once its tag differs from `since`, or the same again after `HOLD_S`."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        end, waiter = loop.time() + HOLD_S, (loop, event)
        self._waiting[code].add(waiter)
        try:
            while True:
                event.clear()
                view = await asyncio.to_thread(look)
                tag = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()[:16]
                seconds_left = end - loop.time()
                if tag != since or seconds_left <= 0:
                    return TaggedView(tag=tag, now=self._rooms.now(), view=view)
                with suppress(TimeoutError):
                    await asyncio.wait_for(
                        event.wait(),
                        min(seconds_left, CLOCK_LOOK_S) if view.get("step") in TIMED_STEPS else seconds_left,
                    )
                    await asyncio.sleep(GATHER_S)
        finally:
            self._waiting[code].discard(waiter)
            if not self._waiting[code]:
                del self._waiting[code]


@lru_cache(maxsize=8)
def shared_live(rooms: Rooms, store: RunStore, settings: Settings) -> LiveViews:
    """Return the one `LiveViews` of these rooms."""
    return LiveViews(rooms, Board(store, settings, rooms.now))
