"""The plan of a lesson: five steps with minutes, and the stops that a teacher goes through one by one.

STOPS[0]                        # Stop(step="join", part=0, question="", is_revealed=False)
STOPS[stop_of("train")].step    # "train"
question_names()                # ("vote.0", ..., "guess.0", ..., "guess.recipe")
"""

from dataclasses import dataclass

RECIPES = ("binding-friendly", "incomplete", "salient", "web-like")
"""Presets that are dealt to pupils; each has a recorded training."""
NUM_PAIRS = 5
PREDICTION = "guess.recipe"
"""The question without a known answer: which captions will teach binding best."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonStep:
    """One step of the lesson and its planned minutes."""

    name: str
    minutes: int


STEPS = (
    LessonStep(name="join", minutes=0),
    LessonStep(name="vote", minutes=5),
    LessonStep(name="guess", minutes=10),
    LessonStep(name="train", minutes=15),
    LessonStep(name="fool", minutes=10),
    LessonStep(name="learned", minutes=5),
)
MINUTES = {step.name: step.minutes for step in STEPS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """One view of the projector; `question` is open to answers until the stop that reveals it."""

    step: str
    part: int = 0
    question: str = ""
    is_revealed: bool = False


def _asked(step: str, parts: int) -> tuple[Stop, ...]:
    return tuple(
        Stop(step=step, part=part, question=f"{step}.{part}", is_revealed=is_revealed)
        for part in range(parts)
        for is_revealed in (False, True)
    )


STOPS = (
    Stop(step="join"),
    *_asked("vote", NUM_PAIRS),
    Stop(step="vote", part=NUM_PAIRS),
    *_asked("guess", len(RECIPES)),
    Stop(step="guess", part=len(RECIPES), question=PREDICTION),
    Stop(step="train"),
    Stop(step="fool"),
    Stop(step="learned"),
)


def stop_of(step: str) -> int:
    """Return the number of the first stop of a step."""
    return next(number for number, stop in enumerate(STOPS) if stop.step == step)


def question_names() -> tuple[str, ...]:
    """Return every question once, in the order of the lesson."""
    return tuple(dict.fromkeys(stop.question for stop in STOPS if stop.question))


def is_revealed(question: str, stop: int) -> bool:
    """Return True if the answer of the question has been shown at this stop or before it."""
    return any(each.question == question and each.is_revealed for each in STOPS[: stop + 1])
