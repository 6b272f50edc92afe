"""Score of a typed caption on one inspected scene by the saved model of a run.

    score_typed(store, run, "own", data, 3, "a blue bus and a red submarine").cosines      # {"yours": 0.31, ...}

This module imports torch, so a page imports it at the first request.
"""

from dataclasses import dataclass

from explorer.evaluation.inspection import inspection_scenes
from explorer.evaluation.snapshots import score_caption, unknown_words
from explorer.runs.store import RunStore
from explorer.service.probing import load_model
from explorer.spec.dials import DataSpec
from explorer.world.worlds import WORLDS

YOURS = "yours"


@dataclass(frozen=True, kw_only=True, slots=True)
class TypedScores:
    """Cosines of a typed caption and of a scene's own ones, and the typed words that the model could not read."""

    cosines: dict[str, float]
    unknown: tuple[str, ...]


def score_typed(store: RunStore, run: str, form: str, data: DataSpec, scene: int, text: str) -> TypedScores:
    """Return the cosines of `text` and of the scene's captions; raise `UserError` for an invalid text."""
    clip = load_model(run, store=store, only_safe=True)
    shown = inspection_scenes(form, data, WORLDS[data.world], clip.image_size)[scene]
    if clip.words is not None:  # a word is a token, and none has a comma in it
        text = text.translate(str.maketrans(".,;:!?", "      "))
    said = {YOURS: text, "the caption": shown.record.caption, "its swap": shown.record.swapped_caption}
    image = shown.image[None]
    cosines = {name: float(score_caption(clip, words, image)[0]) for name, words in said.items() if words}
    return TypedScores(cosines=cosines, unknown=unknown_words(clip, text))
