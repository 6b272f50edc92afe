"""The questions of a room: five of the fixed pairs, captions of four recipes, and the prediction.

    question(store, "KRTM", "vote.0").options      # ("a yellow submarine and a blue bus", "a blue ...")
    question(store, "KRTM", "guess.3").picture     # the scene behind a web-like caption
    told_share("incomplete")                       # 0.5

The pairs are the first ones of the Workbench. The shown picture of a pair, the order of its captions and the scene
behind a caption follow from the code of the room; there is no selection by hand. The models' answers were saved with
them.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explorer.clip.configs import shipped_names
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.runs.store import RunStore
from explorer.service.classroom.lesson_plan import PREDICTION, RECIPES
from explorer.service.endpoints import small_uri
from explorer.service.outcome import outcome_state
from explorer.spec.presets import PRESETS, preset
from explorer.world.preview import Preview, preview
from explorer.world.worlds import WORLDS

MODELS = ("things-web", "things-hard-negatives", "things-bound")
"""Shipped models that the class is compared with."""
WORLD = "things"
SCENES = 24
"""Scenes of a recipe among which the code of the room chooses one."""
PIXELS = 192
MOST_OBJECTS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelAnswer:
    """The choice of a model among the options, and the probability that it gives to it."""

    model: str
    choice: int
    probability: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question; `right` is None if the answer is not known.

    `picture` is a data URI; `hides_picture` says that it is shown with the answer only. `untold` are the boxes of
    objects that the caption does not name: left, top, width and height as fractions of the side of the picture.
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
    share_told: float | None = None
    models: tuple[ModelAnswer, ...] = ()

    def as_dict(self, *, is_revealed: bool) -> dict[str, Any]:
        """Convert to JSON for a page; without the answer before it is revealed."""
        shown = {"name": self.name, "options": list(self.options), "caption": self.caption, "revealed": is_revealed}
        if is_revealed or not self.hides_picture:
            shown["picture"] = self.picture
        if is_revealed:
            shown |= {"right": self.right, "recipe": self.recipe, "told": self.told, "share_told": self.share_told}
            shown |= {"untold": [list(box) for box in self.untold]}
            shown |= {"models": [{"model": m.model, "choice": m.choice, "p": m.probability} for m in self.models]}
        return shown


@lru_cache(maxsize=512)
def question(store: RunStore, code: str, name: str) -> Question:
    """Return a question of the room."""
    if name == PREDICTION:
        return Question(name=name, options=RECIPES, right=None)
    step, _, part = name.partition(".")
    return _pair(store, code, int(part)) if step == "vote" else _hidden(code, int(part))


def _number(code: str, name: str, below: int) -> int:
    """Return a number that follows from the code, evenly distributed."""
    return int.from_bytes(hashlib.sha256(f"{code}:{name}".encode()).digest()[:8], "big") % below


def _pair(store: RunStore, code: str, part: int) -> Question:
    pairs = binding_pairs(WORLDS[WORLD])
    row = 2 * part + _number(code, f"picture.{part}", 2)
    right = _number(code, f"order.{part}", 2)
    texts = (pairs.texts[row], pairs.texts[row ^ 1])
    return Question(
        name=f"vote.{part}",
        options=texts if right == 0 else texts[::-1],
        right=right,
        picture=_pair_pictures()[row],
        models=tuple(_answer(store, model, row, right) for model in answering(store)),
    )


def answering(store: RunStore) -> tuple[str, ...]:
    """Return the models of `MODELS` that are here with answers to these very pairs."""
    return tuple(name for name in MODELS if name in shipped_names() and outcome_state(store, name).checkpoints)


def _answer(store: RunStore, model: str, row: int, right: int) -> ModelAnswer:
    """Return the choice between the picture's own caption and its twin's, from the answers saved with the model."""
    answers = outcome_state(store, model).checkpoints[-1]
    own, other = answers.cosines[row]
    probability = 1 / (1 + math.exp(-answers.logit_scale * (own - other)))
    choice = right if own > other else 1 - right
    return ModelAnswer(model=model, choice=choice, probability=round(max(probability, 1 - probability), 4))


@lru_cache(maxsize=1)
def _pair_pictures() -> tuple[str, ...]:
    return tuple(map(small_uri, binding_pairs(WORLDS[WORLD]).images(PIXELS)))


def _hidden(code: str, part: int) -> Question:
    recipe = RECIPES[part]
    scene = _preview(recipe).scenes[_number(code, f"scene.{part}", SCENES)]
    record = scene.record
    return Question(
        name=f"guess.{part}",
        options=tuple(str(count) for count in range(1, MOST_OBJECTS + 1)),
        right=len(record.objects) - 1,
        picture=small_uri(scene.image),
        hides_picture=True,
        caption=record.caption,
        recipe=recipe,
        told=len(record.mentioned),
        untold=tuple(tuple(round(side / PIXELS, 4) for side in each.box) for each in record.unmentioned),
        share_told=told_share(recipe),
    )


@lru_cache(maxsize=len(PRESETS))
def _preview(recipe: str) -> Preview:
    spec = preset(recipe).spec
    return preview(spec.data, spec.train, WORLDS[spec.data.world], seed=spec.train.seed, count=SCENES, size=PIXELS)


def told_share(recipe: str) -> float:
    """Return the mean share of the objects that captions of the recipe name, as its dial says."""
    return preset(recipe).spec.data.caption_completeness
