"""Counts of a class: votes, guesses, scenes that fooled a model, and the numbers of its last step.

count_votes(room, "vote.0", 2)        # (17, 9)
class_numbers(room, store, wall)      # everything that the last step shows
"""

from collections import Counter
from collections.abc import Iterable
from statistics import median

from explorer.classroom.questions import answering_models, make_question
from explorer.classroom.room import Room
from explorer.classroom.stops import CLASS_RECIPES, NUM_CLASS_PAIRS, PREDICTION_QUESTION, is_revealed
from explorer.classroom.wall import Wall, count_landings
from explorer.codec import JsonDict
from explorer.presets import PRESETS, get_preset
from explorer.runs.state import read_run
from explorer.runs.store import RunStore
from explorer.study.cells import nearest_cell, shipped_cells
from explorer.study.kappa import told_share

MAX_WALL_SCENES = 8
"""Scenes of the smallest margins that the wall shows."""


def count_votes(room: Room, name: str, num_options: int) -> tuple[int, ...]:
    """Return the number of answers to a question by option."""
    votes = Counter(room.answers.get(name, {}).values())
    return tuple(votes[choice] for choice in range(num_options))


def fooling_scenes(room: Room) -> list[JsonDict]:
    """Return the pupils' best scenes against the model, the smallest margin first; a page scores them again."""
    scenes = [
        {"pupil": number, "nickname": pupil.nickname, "margin": pupil.fooled.margin, "scene": pupil.fooled.scene}
        for number, pupil in room.present
        if pupil.fooled is not None
    ]
    return sorted(scenes, key=lambda scene: scene["margin"])


def vote_tally(room: Room, store: RunStore) -> tuple[JsonDict, list[JsonDict]]:
    """Return the class's and the models' right answers to the pairs that were revealed, {"right", "n"}.

    A model's has its binding accuracy too, of so many `pictures`.
    """
    names = _revealed_questions(room, "vote", NUM_CLASS_PAIRS)
    questions = [make_question(store, room.code, name) for name in names]
    models = []
    for model in answering_models(store):
        right = sum(each["score"] for scene in questions for each in scene.models if each["model"] == model)
        final = read_run(store, model).final
        binding = final.binding if final else None
        models.append({"model": model, "right": right, "n": len(names),
                       "binding": binding and binding.value, "pictures": binding.n if binding else 0})  # fmt: skip
    return _tally(room, store, names), models


def _revealed_questions(room: Room, step: str, parts: int) -> list[str]:
    return [name for part in range(parts) if is_revealed(name := f"{step}.{part}", room.stop)]


def _tally(room: Room, store: RunStore, names: Iterable[str]) -> JsonDict:
    are_right = [
        choice == make_question(store, room.code, name).right
        for name in names
        for choice in room.answers.get(name, {}).values()
    ]
    return {"right": sum(are_right), "n": len(are_right)}


def class_numbers(room: Room, store: RunStore, wall: Wall) -> JsonDict:
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
        "bits": wall.bits and {"num_same": wall.bits.num_same, "num_finished": wall.bits.num_finished},
        "scenes": len(best),
        "fooled": sum(scene["margin"] < 0 for scene in best),
        "best": best[:MAX_WALL_SCENES],
    }


def _recipe_numbers(recipe: str) -> JsonDict:
    """Return shares of a recipe: of objects that a caption names, and of values that it tells of a named object."""
    spec = get_preset(recipe).spec
    pairs = spec.train.pairs
    near = nearest_cell(spec, [each for each in shipped_cells() if each.pairs == pairs])
    return {
        "recipe": recipe,
        "title": PRESETS[recipe].title,
        "named_share": spec.data.caption_completeness,
        "told_share": round(told_share(spec.data), 4),
        "study": median(seed.end for seed in near.cell.seeds) if near and near.dial is None else None,
    }
