"""The questions of a class: pairs of the Workbench, hidden captions, and the prediction.

    make_question(store, "KRTM", "vote.0").options   # ("a yellow submarine and a blue bus", "a blue ...")
    make_question(store, "KRTM", "guess.3").picture  # the scene behind a web-like caption

The pairs are the first ones of the Workbench. The shown picture of a pair, the order of its captions and the scene
behind a caption follow from the code of the room; there is no selection by hand. The models' answers were saved with
them.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from explorer.classroom.stops import CLASS_RECIPES, MAX_GUESSED_OBJECTS, PREDICTION_QUESTION
from explorer.clip.names import shipped_names
from explorer.clip.pixels import webp_uri
from explorer.codec import JsonDict, encode
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.metrics import pairwise
from explorer.presets import PRESETS, get_preset
from explorer.runs.state import read_run
from explorer.runs.store import RunStore
from explorer.world.preview import Preview, preview
from explorer.world.things import THINGS
from explorer.world.worlds import color_words, get_world

COMPARED_MODELS = ("things-web", "things-bound")
"""Shipped models that the class is compared with: captions as on the web, and tidy ones."""
NUM_GUESS_SCENES = 24
"""Scenes of a recipe among which the code of the room chooses one."""
QUESTION_PIXELS = 192


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassQuestion:
    """One of five pairs, captions of four recipes, or the prediction; `right` is None if the answer is not known.

    `picture` is a data URI; `hides_picture` says that it is shown with the answer only. `untold` are the boxes of
    objects that the caption does not name: left, top, width and height as fractions of the side of the picture.
    `models` are {"model", "choice", "score", "probability"}: the option that a model chooses, None for a tie, what it
    scores, and the probability that it gives to it.
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
    named_share: float | None = None
    models: tuple[JsonDict, ...] = ()
    words: tuple[tuple[JsonDict, ...], ...] = ()

    def to_json(self, *, is_revealed: bool) -> JsonDict:
        """Convert to JSON for a page; without the answer before it is revealed."""
        whole = encode(self)
        is_hidden = whole.pop("hides_picture")
        open_ones = ("name", "options", "caption", "words", *(() if is_hidden else ("picture",)))
        visible = whole if is_revealed else {name: whole[name] for name in open_ones}
        return {**visible, "is_revealed": is_revealed}


@lru_cache(maxsize=512)
def make_question(store: RunStore, code: str, name: str) -> ClassQuestion:
    """Make a question of the lesson for the room with this code, from which the order of its options follows."""
    if name == PREDICTION_QUESTION:
        return ClassQuestion(name=name, options=CLASS_RECIPES, right=None)
    step, _, part = name.partition(".")
    return _vote_question(store, code, int(part)) if step == "vote" else _guess_question(code, int(part))


def _number_from_code(code: str, name: str, below: int) -> int:
    """Return a number that follows from the code, evenly distributed."""
    return int.from_bytes(hashlib.sha256(f"{code}:{name}".encode()).digest()[:8], "big") % below


def _vote_question(store: RunStore, code: str, part: int) -> ClassQuestion:
    pairs = binding_pairs(THINGS)
    row = 2 * part + _number_from_code(code, f"picture.{part}", 2)
    right = _number_from_code(code, f"order.{part}", 2)
    order = (row, row ^ 1) if right == 0 else (row ^ 1, row)
    return ClassQuestion(
        name=f"vote.{part}",
        options=tuple(pairs.texts[index] for index in order),
        words=tuple(color_words(pairs.words()[index]) for index in order),
        right=right,
        picture=_pair_pictures()[row],
        models=tuple(_model_choice(store, model, row, right) for model in answering_models(store)),
    )


def answering_models(store: RunStore) -> tuple[str, ...]:
    """Return the models of `COMPARED_MODELS` that are here with answers to these very pairs."""
    return tuple(name for name in COMPARED_MODELS if name in shipped_names() and read_run(store, name).answers)


def _model_choice(store: RunStore, model: str, row: int, right: int) -> JsonDict:
    """Return the choice between the picture's own caption and its twin's, from the answers saved with the model."""
    answers = read_run(store, model).answers[-1]
    own, other = answers.cosines[row]
    probability = 1 / (1 + math.exp(-answers.logit_scale * abs(own - other)))
    score = pairwise(np.array([own]), np.array([other])).item()
    choice = {1.0: right, 0.0: 1 - right}.get(score)
    return {"model": model, "choice": choice, "score": score, "probability": round(probability, 4)}


@lru_cache(maxsize=1)
def _pair_pictures() -> tuple[str, ...]:
    return tuple(map(webp_uri, binding_pairs(THINGS).images(QUESTION_PIXELS)))


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
        named_share=get_preset(recipe).spec.data.caption_completeness,
    )


@lru_cache(maxsize=len(PRESETS))
def _preview(recipe: str) -> Preview:
    spec = get_preset(recipe).spec
    return preview(
        spec.data,
        spec.train,
        get_world(spec.data.world),
        seed=spec.train.seed,
        count=NUM_GUESS_SCENES,
        size=QUESTION_PIXELS,
    )
