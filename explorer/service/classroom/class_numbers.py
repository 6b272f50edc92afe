"""Numbers of the class: its votes and the models', its prediction and its trainings, its smallest margin.

counts(room, "vote.0", 2)                # (3, 25)
found = class_numbers(room, store, wall(room, store))
found.vote.right, found.vote.n           # votes for the true caption, all votes
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from explorer.runs.store import RunStore
from explorer.service.classroom.lesson_plan import NUM_PAIRS, PREDICTION, RECIPES, is_revealed
from explorer.service.classroom.questions import Question, answering, question, told_share
from explorer.service.classroom.room import Room
from explorer.service.classroom.wall import Wall
from explorer.service.outcome import outcome_state
from explorer.spec.presets import PRESETS

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
    told_share: float | None
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
