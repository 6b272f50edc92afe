"""Views of a room as JSON, for the teacher's projector and for the phone of one pupil, and the numbers in them.

    board = Board(store, settings)
    board.view(room, role="teacher")["counts"]              # of the open question
    board.view(room, role="pupil", pupil=0)["me"]["answer"]

    found = class_numbers(room, store, wall(room, store))   # those of the last step
    found.vote.right, found.vote.n                          # votes for the true caption, all votes

Files of runs are read at most once a second for all pages of a room together.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from explorer.runs.store import RunStore
from explorer.service.classroom import deal
from explorer.service.classroom.deal import Capacity
from explorer.service.classroom.lesson_plan import MINUTES, NUM_PAIRS, PREDICTION, RECIPES, STOPS, is_revealed
from explorer.service.classroom.questions import Question, answering, question, told_share
from explorer.service.classroom.room import Room
from explorer.service.classroom.wall import Wall, wall
from explorer.service.outcome import outcome_state
from explorer.settings import Settings
from explorer.spec.presets import PRESETS

Role = Literal["teacher", "pupil"]
FRESH_S = 1.0
"""Seconds for which the numbers of runs are shared by all pages of a room."""
WITH_RUNS = ("train", "learned")
"""Steps whose views change without an action, because trainings go on."""
MOST_WALLS = 50
MOST_SCENES = 8
"""Scenes of the smallest margins that the wall shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Right answers of `n`."""

    right: int
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelTally:
    """Pairs of the vote that a model got right, of those that were revealed, and its binding accuracy of `pictures`."""

    model: str
    right: int
    n: int
    binding: float | None
    pictures: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipeNumbers:
    """One recipe in the class's own numbers and the study's mean."""

    recipe: str
    title: str
    told_share: float
    predicted: int
    trained: int
    binding: float | None
    study: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A pupil's best scene against the model."""

    pupil: int
    nickname: str
    margin: float
    scene: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassNumbers:
    """Everything that the last step shows."""

    pupils: int
    vote: Tally
    models: tuple[ModelTally, ...]
    guess: Tally
    recipes: tuple[RecipeNumbers, ...]
    scenes: int
    fooled: int
    best: tuple[Scene, ...]
    """Scenes with the smallest margins, `MOST_SCENES` at most; a page scores them again before it shows one."""

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        return asdict(self)


def counts(room: Room, name: str, num_options: int) -> tuple[int, ...]:
    """Return the number of answers to a question by option."""
    found = Counter(room.answers.get(name, {}).values())
    return tuple(found[choice] for choice in range(num_options))


def scenes(room: Room) -> tuple[Scene, ...]:
    """Return the pupils' best scenes, the smallest margin first."""
    found = (
        Scene(pupil=number, nickname=pupil.nickname, margin=pupil.fooled.margin, scene=pupil.fooled.scene)
        for number, pupil in room.present
        if pupil.fooled is not None
    )
    return tuple(sorted(found, key=lambda scene: scene.margin))


def vote_tally(room: Room, store: RunStore) -> tuple[Tally, tuple[ModelTally, ...]]:
    """Return the class's and the models' right answers to the pairs that were revealed."""
    names = [name for part in range(NUM_PAIRS) if is_revealed(name := f"vote.{part}", room.stop)]
    asked = [question(store, room.code, name) for name in names]
    return _tally(room, store, names), tuple(_model_tally(store, model, asked) for model in answering(store))


def _model_tally(store: RunStore, model: str, asked: Sequence[Question]) -> ModelTally:
    right = sum(each.choice == found.right for found in asked for each in found.models if each.model == model)
    final = outcome_state(store, model).final
    assert final is not None, model
    return ModelTally(model=model, right=right, n=len(asked), binding=final.binding.value, pictures=final.binding.n)


def class_numbers(room: Room, store: RunStore, found: Wall) -> ClassNumbers:
    """Return the numbers of the last step."""
    vote, models = vote_tally(room, store)
    guesses = [name for part in range(len(RECIPES)) if is_revealed(name := f"guess.{part}", room.stop)]
    best = scenes(room)
    return ClassNumbers(
        pupils=len(room.present),
        vote=vote,
        models=models,
        guess=_tally(room, store, guesses),
        recipes=_recipes(room, found),
        scenes=len(best),
        fooled=sum(scene.margin < 0 for scene in best),
        best=best[:MOST_SCENES],
    )


def _tally(room: Room, store: RunStore, names: list[str]) -> Tally:
    given = [(question(store, room.code, name).right, room.answers.get(name, {})) for name in names]
    return Tally(
        right=sum(choice == right for right, answers in given for choice in answers.values()),
        n=sum(len(answers) for _, answers in given),
    )


def _recipes(room: Room, found: Wall) -> tuple[RecipeNumbers, ...]:
    predicted, means = counts(room, PREDICTION, len(RECIPES)), found.means()
    study = {band.recipe: band.value for band in found.bands}
    return tuple(
        RecipeNumbers(
            recipe=recipe,
            title=PRESETS[recipe].title,
            told_share=told_share(recipe),
            predicted=predicted[place],
            trained=means[recipe][1] if recipe in means else 0,
            binding=means[recipe][0] if recipe in means else None,
            study=study.get(recipe),
        )
        for place, recipe in enumerate(RECIPES)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _KeptWall:
    """Wall of a room and capacity of this computer, as they were at the time `made`."""

    made: float
    room: Room
    wall: Wall
    capacity: Capacity


class Board:
    """Views of rooms (see the module)."""

    def __init__(self, store: RunStore, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._lock = threading.Lock()
        self._walls: dict[str, _KeptWall] = {}

    def view(self, room: Room, *, role: Role, pupil: int | None = None) -> dict[str, object]:
        """Return the view of a page; `pupil` is the number of the pupil whose phone it is."""
        stop = STOPS[room.stop]
        view = {
            "room": room.code,
            "role": role,
            "stop": room.stop,
            "step": stop.step,
            "part": stop.part,
            "question": stop.question,
            "revealed": stop.is_revealed,
            "since": room.since,
            "minutes": MINUTES[stop.step],
            "people": len(room.present),
            "kept": room.is_kept,
        }
        view |= self._of_step(room, role, pupil)
        if role == "teacher":
            view |= {"reached": room.is_reached, "names": [[n, each.nickname] for n, each in room.present]}
        elif pupil is not None:
            view["me"] = _me(room, pupil)
        return view

    def _of_step(self, room: Room, role: Role, pupil: int | None) -> dict[str, object]:
        stop = STOPS[room.stop]
        if stop.question:
            options = question(self._store, room.code, stop.question).options
            found = counts(room, stop.question, len(options))
            return {"counts": list(found), "answers": sum(found)}
        if stop.step == "vote" and stop.part == NUM_PAIRS:
            vote, models = vote_tally(room, self._store)
            return {"vote": {"right": vote.right, "n": vote.n},
                    "models": [asdict(each) for each in models]}  # fmt: skip
        if stop.step == "train":
            found_wall, capacity = self.wall(room)
            return {"wall": _shown(found_wall, room, role, pupil), "capacity": capacity.as_dict()}
        if stop.step == "fool":
            best = scenes(room)
            shown = best[: MOST_SCENES if role == "teacher" else 3]
            return {"scenes": [asdict(each) for each in shown], "tried": len(best)}
        if stop.step == "learned":
            found_wall, _ = self.wall(room)
            return {"numbers": class_numbers(room, self._store, found_wall).as_dict()}
        return {}

    def wall(self, room: Room) -> tuple[Wall, Capacity]:
        """Return the wall and the capacity of this computer, at most `FRESH_S` old."""
        with self._lock:
            kept = self._walls.get(room.code)
            is_same = kept is not None and (kept.room.groups, kept.room.pupils) == (room.groups, room.pupils)
            if kept is not None and is_same and time.monotonic() - kept.made < FRESH_S:
                return kept.wall, kept.capacity
            deal.resume_groups(room, self._store)
            found = wall(room, self._store)
            capacity = deal.capacity(self._store, self._settings, room=room)
            if len(self._walls) >= MOST_WALLS:
                self._walls.pop(next(iter(self._walls)))
            self._walls[room.code] = _KeptWall(made=time.monotonic(), room=room, wall=found, capacity=capacity)
            return found, capacity


def _shown(found: Wall, room: Room, role: Role, pupil: int | None) -> dict[str, Any]:
    """Return the whole wall for the projector; for a phone only the training of its own group."""
    plain = found.as_dict()
    if role == "teacher":
        return plain
    group = room.pupils[pupil].group if pupil is not None else -1
    plain["dots"] = [dot for dot in plain["dots"] if dot["group"] == group >= 0]
    return plain


def _me(room: Room, pupil: int) -> dict[str, object]:
    me = room.pupils[pupil]
    given = room.answers.get(STOPS[room.stop].question, {}).get(str(pupil))
    margin = me.fooled.margin if me.fooled else None
    return {"number": pupil, "nickname": me.nickname, "group": me.group, "answer": given, "margin": margin}
