"""The screens of a room: what its pages show at a stop, on the teacher's projector and on the phone of one pupil.

screens = Screens(store, settings)
screens.view(room, role="teacher")["counts"]  # of the open question
screens.view(room, role="pupil", pupil=0)["me"]["answer"]
screens.wall(room).dots[0].pairs              # 17664, read by the device of the first pupil
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from explorer.classroom import deal
from explorer.classroom.equal_bits import EqualBits, compare_bits
from explorer.classroom.own_things import built_in_things, shown_things, thing_json
from explorer.classroom.questions import make_question
from explorer.classroom.rehearsal import pretended_training
from explorer.classroom.room import PRETENDED_NAMES, Pupil, PupilTraining, Room
from explorer.classroom.stops import OWN_STEP, STEP_MINUTES
from explorer.classroom.tally import MAX_WALL_SCENES, class_numbers, count_votes, fooling_scenes, vote_tally
from explorer.classroom.wall import Wall, make_dot, pair_budget
from explorer.codec import JsonDict, encode
from explorer.runs.store import RunStore
from explorer.settings import Settings
from explorer.study.kappa import kappa
from explorer.world.own import MAX_NOUNS, MIN_NOUNS

LAST_STEP = "learned"
"""Step of the class's numbers beside the study's."""
ViewerRole = Literal["teacher", "pupil"]


class Screens:
    """Views of rooms as JSON, for the teacher's projector and for the phone of one pupil."""

    def __init__(self, store: RunStore, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._store, self._settings, self._now = store, settings, clock

    def view(self, room: Room, *, role: ViewerRole, pupil: int | None = None) -> JsonDict:
        """Return the view of a page; `pupil` is the number of the pupil whose phone it is."""
        stop = room.stops[room.stop]
        view = {
            "room": room.code,
            "role": role,
            "stop": room.stop,
            "step": stop.step,
            "part": stop.part,
            "question": stop.question,
            "is_revealed": stop.is_revealed,
            "since": room.since,
            "minutes": STEP_MINUTES[stop.step],
            "people": len(room.present),
            "is_kept": room.is_kept,
            "is_rehearsal": room.is_rehearsal,
            "has_things": room.has_things,
        }
        view |= self._step_view(room, role, pupil)
        if role == "teacher":
            view |= {"is_reached": room.is_reached, "names": [[n, each.nickname] for n, each in room.present]}
        elif pupil is not None:
            me, choice = room.pupils[pupil], room.answers.get(stop.question, {}).get(str(pupil))
            margin = me.fooled.margin if me.fooled else None
            view["me"] = {"number": pupil, "nickname": me.nickname, "answer": choice, "margin": margin}
        return dict(encode(view))

    def _step_view(self, room: Room, role: ViewerRole, pupil: int | None) -> JsonDict:
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
                training = room.pupils[pupil].training
                bits = wall.bits and wall.bits.seen_by(training.digests if training else ())
                wall = replace(wall, dots=tuple(dots), bits=bits)
            facts = {"is_study_shown": room.is_study_shown, "wall": wall}
            return facts if pupil is None else facts | {"deal": self._deal(room, pupil)}
        if stop.step == "fool":
            best = fooling_scenes(room)
            return {"scenes": best[: MAX_WALL_SCENES if role == "teacher" else 3], "tried": len(best)}
        return {"numbers": class_numbers(room, self._store, self.wall(room))} if stop.step == LAST_STEP else {}

    def wall(self, room: Room) -> Wall:
        """Return what the wall shows now: a dot for each device that tells of a training, and the line if shown."""
        has_line, now = (room.is_study_shown or room.step == LAST_STEP) and not room.world, self._now()
        trainings = {
            number: training
            for number, pupil in room.present
            if (training := self._training(room, number, pupil, now)) is not None
        }
        dots = [make_dot(room, number, training, has_line=has_line, now=now) for number, training in trainings.items()]
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
        steps = deal.steps_saved_until_end(deal.room_spec(room, 0, steps=self._settings.class_steps))
        return compare_bits(digests, nicknames, steps)

    def _training(self, room: Room, number: int, pupil: Pupil, now: float) -> PupilTraining | None:
        is_pretended = room.is_rehearsal and number < len(PRETENDED_NAMES) and not pupil.key_digest
        training = pretended_training(room, number, now) if is_pretended else pupil.training
        if training is not None and is_pretended and self._settings.class_steps:
            return replace(training, digests=())  # devices that train fewer steps compute other bits
        return training

    def _deal(self, room: Room, pupil: int) -> JsonDict:
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


def _things_view(room: Room, pupil: int | None) -> JsonDict:
    """Return what the teacher sees of the class's things, or what a pupil does: its own, and how many there are."""
    given = sorted(
        ((each.thing.at, number) for number, each in room.present if each.thing and each.thing.drawing),
    )
    common = {"ends": room.things_end, "world": room.world, "shown": len(shown_things(room)), "most": MAX_NOUNS}
    if pupil is not None:
        return common | {"mine": thing_json(room, pupil), "is_full": len(given) >= MAX_NOUNS}
    taken = [thing.word for _, thing in shown_things(room)]
    missing = max(0, MIN_NOUNS - len(taken))
    return common | {
        "given": [
            {**(thing_json(room, number) or {}), "nickname": room.pupils[number].nickname} for _, number in given
        ],
        "are_shown_at_once": room.are_shown_at_once,
        "built_in": [noun.word for noun in built_in_things(missing, without=taken)],
    }
