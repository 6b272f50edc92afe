"""Trainings of pupils' devices: what a device tells of its own, and what its model gets right here.

room = store_training(room, pupil=0, news=PupilTraining(...), most=23_040, landings=(...))
room = store_score(room, pupil=0, share=0.92)      # of a model that was sent after its training had landed
"""

from collections.abc import Container
from dataclasses import replace

from explorer.classroom.room import PupilTraining, Room, change_pupil
from explorer.classroom.stops import first_stop
from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import is_above_level


def store_training(
    room: Room, pupil: int, news: PupilTraining, *, most: int, landings: Container[int] = (), num_digests: int = 0
) -> Room:
    """Store how far the training of a pupil's device is, of at most `most` pairs; it may land at those of `landings`.

    Where all train the same, one that ended has `num_digests` digests. One that began anew after a reload, or in
    another tab, computes the same again, so its dot waits until it is further than before.

    Raises:
        UserError: The step Train is not reached, or the device tells what cannot be.
    """
    if room.stop < first_stop("train", room.stops):
        raise UserError("training", news.state, "trainings begin with the step Train")
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
    if before is not None and not news.has_ended and news.pairs < before.pairs:
        news = replace(before, state=news.state, at=news.at)
    return change_pupil(room, pupil, training=news)


def landed_training(room: Room, pupil: int) -> PupilTraining:
    """Return the training of a pupil whose model may be sent; raise `UserError` before it has landed."""
    training = room.pupils[pupil].training
    if training is None or training.state != "landed":
        raise UserError("model", NO_VALUE, "a device sends its model when its training has landed")
    return training


def store_score(room: Room, pupil: int, share: float, found: tuple[float, ...] = ()) -> Room:
    """Store what the model of a pupil's device gets right on the room's scenes, and of the pictures of the pairs."""
    scored = replace(landed_training(room, pupil), scored=round(share, 4), found=found)
    return change_pupil(room, pupil, training=scored)
