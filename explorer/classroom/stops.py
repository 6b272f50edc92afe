"""The lesson of a class: its steps with minutes, the stops that a teacher goes through one by one, and their questions.

    LESSON_STOPS[first_stop("vote")].question       # "vote.0", open to answers until the stop that reveals it
    is_revealed("vote.0", first_stop("vote") + 1)   # True

A lesson has five steps with minutes, or six where the class makes its own things. `assets/page/class` draws the stops.
"""

from dataclasses import dataclass

CLASS_RECIPES = ("binding-friendly", "incomplete", "salient", "web-like")
"""Presets whose captions the class guesses and predicts."""
NUM_CLASS_PAIRS = 5
PREDICTION_QUESTION = "guess.recipe"
"""The question without a known answer: which captions will teach binding best."""
MAX_GUESSED_OBJECTS = 4
"""Most things that a pupil can guess a hidden picture to show; the least is one."""
STEP_MINUTES = {"join": 0, "vote": 5, "guess": 10, "things": 15, "train": 15, "fool": 10, "learned": 5}
"""The steps of the lesson with their planned minutes; `OWN_STEP` is left out unless the teacher chose it."""
OWN_STEP = "things"
"""The step in which each phone gives one thing to the class's own world."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """One view of the projector; `question` is open to answers until the stop that reveals it."""

    step: str
    part: int = 0
    question: str = ""
    is_revealed: bool = False


def _question_stops(step: str, parts: int) -> tuple[Stop, ...]:
    return tuple(
        Stop(step=step, part=part, question=f"{step}.{part}", is_revealed=is_revealed)
        for part in range(parts)
        for is_revealed in (False, True)
    )


_UNTIL_TRAINING = (
    Stop(step="join"),
    *_question_stops("vote", NUM_CLASS_PAIRS),
    Stop(step="vote", part=NUM_CLASS_PAIRS),
    *_question_stops("guess", len(CLASS_RECIPES)),
    Stop(step="guess", part=len(CLASS_RECIPES), question=PREDICTION_QUESTION),
)
_FROM_TRAINING = (Stop(step="train"), Stop(step="fool"), Stop(step="learned"))
LESSON_STOPS = (*_UNTIL_TRAINING, *_FROM_TRAINING)
STOPS_WITH_THINGS = (*_UNTIL_TRAINING, Stop(step=OWN_STEP), *_FROM_TRAINING)


def first_stop(step: str, stops: tuple[Stop, ...] = LESSON_STOPS) -> int:
    """Return the number of the first stop of a step."""
    return next(number for number, stop in enumerate(stops) if stop.step == step)


def question_names() -> tuple[str, ...]:
    """Return ("vote.0", ..., "guess.0", ..., "guess.recipe"): every question once, in the order of the lesson."""
    return tuple(dict.fromkeys(stop.question for stop in LESSON_STOPS if stop.question))


def is_revealed(question: str, stop: int) -> bool:
    """Return True if the answer of the question has been shown at this stop or before it."""
    return any(each.question == question and each.is_revealed for each in LESSON_STOPS[: stop + 1])


def num_choices(stop: Stop) -> int:
    """Return how many answers the question of a stop has."""
    if stop.question == PREDICTION_QUESTION:
        return len(CLASS_RECIPES)
    return MAX_GUESSED_OBJECTS if stop.step == "guess" else 2  # of a pair, the true caption and the other's
