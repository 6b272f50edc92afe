"""Recorded trainings in a class: what pretended pupils of a rehearsal do, and what a device shows that cannot train.

pretended_training(room, 3, now)      # how far the device of a pretended pupil is
play_rehearsal(room, store)           # the room after the pretended pupils did what the stop asks
"""

from explorer.classroom import deal
from explorer.classroom.fooling import store_scene
from explorer.classroom.own_things import give_pretended_things
from explorer.classroom.questions import make_question
from explorer.classroom.room import PRETENDED_NAMES, DeviceState, PupilTraining, Room, store_answer
from explorer.classroom.stops import OWN_STEP, first_stop
from explorer.runs.store import RunStore

REHEARSED_S = 60.0
"""Seconds in which a recorded training runs through in a rehearsal."""


def pretended_training(room: Room, number: int, now: float) -> PupilTraining | None:
    """Return how far the device of a pretended pupil is: as the recorded training of its data set, within a minute.

    In the class's own world it is one of those that were told most, as all are told there. Where all train the same,
    one device is done after the other, with the digests of the recorded training.
    """
    row = (
        deal.training_by_kappa_rank(number)
        if room.world
        else deal.recorded_training(deal.training_number(room, number))
    )
    if row is None or room.stop < first_stop("train", room.stops):
        return None
    points = [point for point in row["curve"] if row["pairs"] is None or point[0] <= row["pairs"]]
    seconds = REHEARSED_S * ((number + 1) / len(PRETENDED_NAMES) if room.is_same_for_all else 1)
    done = (now - room.since) / seconds if room.step == "train" else 1.0
    last, share, _ = points[-1]
    if done >= 1:
        state: DeviceState = "landed" if row["pairs"] else "ended"
        return PupilTraining(
            pairs=last, accuracy=share, state=state, at=now, scored=share if row["pairs"] else None,
            digests=tuple(row["digests"]) if room.is_same_for_all else (),
        )  # fmt: skip
    pairs = int(max(done, 0.0) * last)
    accuracy = next(share for at, share, _ in reversed(points) if at <= pairs)
    return PupilTraining(pairs=pairs, accuracy=accuracy, state="training", at=now)


PRETENDED_SCENES = (
    (-0.018, "bus,blue@14,14,400;submarine,yellow@40,40,1000"),
    (0.025, "submarine,yellow@28,28,1000;bus,blue@36,36,1000"),
)
"""Margins and scenes of two pretended pupils."""


def play_rehearsal(room: Room, store: RunStore) -> Room:
    """Let the pretended pupils of a rehearsal do what the stop asks: all but one know the answer."""
    stop = room.stops[room.stop]
    pretended = [number for number, pupil in room.present if not pupil.key_digest] if room.is_rehearsal else []
    if stop.question and not stop.is_revealed:
        question = make_question(store, room.code, stop.question)
        for index, number in enumerate(pretended):
            wrong = index == stop.part % len(pretended)
            choice = index if question.right is None else question.right + wrong
            room = store_answer(room, number, stop.question, choice % len(question.options))
    elif stop.step == OWN_STEP and pretended:
        room = give_pretended_things(room, at=room.since)
    elif stop.step == "fool":
        for number, (margin, scene) in zip(pretended, PRETENDED_SCENES, strict=False):
            room = store_scene(room, number, margin, scene)
    return room
