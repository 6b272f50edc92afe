"""Views of a room as JSON, for the teacher's projector and for the phone of one pupil, and the numbers in them.

    board = Board(store, settings)
    board.view(room, role="teacher")["counts"]              # of the open question
    board.view(room, role="pupil", pupil=0)["me"]["answer"]

    found = class_numbers(room, store, wall(room, now=now))   # those of the last step
    found.vote.right, found.vote.n                          # votes for the true caption, all votes

The wall: a dot for every pupil whose device trains, at its data set and the pairs that it has read.

    found = wall(room, now=rooms.now())
    found.dots[0].pairs, found.dots[0].state            # 17664, "training"
    found.line[0].low                                   # of the study, once the teacher shows it

The questions of a room: five of the fixed pairs, captions of four recipes, and the prediction.

    question(store, "KRTM", "vote.0").options      # ("a yellow submarine and a blue bus", "a blue ...")
    question(store, "KRTM", "guess.3").picture     # the scene behind a web-like caption
    told_share("incomplete")                       # 0.5

The pairs are the first ones of the Workbench. The shown picture of a pair, the order of its captions and the scene
behind a caption follow from the code of the room; there is no selection by hand. The models' answers were saved with
them.
"""

import hashlib
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from explorer.classroom import deal
from explorer.classroom.deal import Expected
from explorer.classroom.room import (
    MINUTES,
    NUM_PAIRS,
    PREDICTION,
    RECIPES,
    STOPS,
    Pupil,
    Room,
    Training,
    answered,
    fooled,
    is_revealed,
)
from explorer.clip.names import shipped_names
from explorer.clip.pixels import small_uri
from explorer.codec import encode
from explorer.evaluation.results import BINDING_LEVEL
from explorer.evaluation.sets import binding_pairs
from explorer.presets import PRESETS, preset
from explorer.runs.outcome import read_run
from explorer.runs.store import RunStore
from explorer.settings import Settings
from explorer.study.bracket import study_bracket
from explorer.study.time_model import kappa
from explorer.study.time_model import told_share as values_told
from explorer.world.preview import Preview, preview
from explorer.world.worlds import WORLDS, colored

LAST = "learned"
"""Step of the class's numbers beside the study's."""
SILENT_S = 45.0
"""Seconds without news after which a dot is marked: a phone that trains tells of itself every few steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """The training of a pupil's device on the wall; `expected` is the line there, once the teacher shows it.

    `scored` is the share of the room's scenes that its model gets right on the server, `is_checked` whether that binds.
    """

    pupil: int
    nickname: str
    objects: int
    kinds: int
    density: float
    kappa: float
    pairs: int
    accuracy: float | None
    state: str
    is_silent: bool
    scored: float | None
    is_checked: bool
    expected: Expected | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wall:
    """The wall of a room; `line` is empty until the teacher shows the study."""

    dots: tuple[Dot, ...]
    line: tuple[Expected, ...]
    budget: int


def wall(room: Room, *, now: float, steps: int = 0) -> Wall:
    """Return the dots of the room, by kappa; `steps` is as in `deal.dealt`."""
    has_line = room.is_study_shown or room.step == LAST
    dots = [
        _dot(room, number, pupil, pupil.training, has_line=has_line, now=now)
        for number, pupil in room.present
        if pupil.training is not None
    ]
    return Wall(
        dots=tuple(sorted(dots, key=lambda dot: (dot.kappa, dot.pupil))),
        line=deal.line() if has_line else (),
        budget=budget(room, steps),
    )


def budget(room: Room, steps: int = 0) -> int:
    """Return the pairs that a training of the room reads at most."""
    train = deal.dealt(room.code, 0, steps=steps).train
    return train.steps * train.batch_size


def _dot(room: Room, number: int, pupil: Pupil, training: Training, *, has_line: bool, now: float) -> Dot:
    spec = deal.dealt(room.code, number)
    return Dot(
        pupil=number,
        nickname=pupil.nickname,
        objects=spec.data.objects_in_image,
        kinds=len(spec.data.attribute_kinds),
        density=spec.data.attribute_density,
        kappa=kappa(spec.data),
        pairs=training.pairs,
        accuracy=training.accuracy,
        state=training.state,
        is_silent=training.state == "training" and now - training.at > SILENT_S,
        scored=training.scored,
        is_checked=training.scored is not None and training.scored > BINDING_LEVEL,
        expected=deal.expected(spec) if has_line else None,
    )


MODELS = ("things-web", "things-bound")
"""Shipped models that the class is compared with: captions as on the web, and tidy ones."""
WORLD = "things"
SCENES = 24
"""Scenes of a recipe among which the code of the room chooses one."""
PIXELS = 192
MOST_OBJECTS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelAnswer:
    """The choice of a model among the options, and the probability `p` that it gives to it."""

    model: str
    choice: int
    p: float


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
    words: tuple[tuple[dict[str, Any], ...], ...] = ()
    """The options as marked words, where they are captions."""

    def as_dict(self, *, is_revealed: bool) -> dict[str, Any]:
        """Convert to JSON for a page; without the answer before it is revealed."""
        whole = encode(self)
        is_hidden = whole.pop("hides_picture")
        open_ones = ("name", "options", "caption", "words") + ("picture",) * (not is_hidden)
        shown = whole if is_revealed else {name: whole[name] for name in open_ones}
        return {**shown, "revealed": is_revealed}


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
    words = (colored(pairs.words()[row]), colored(pairs.words()[row ^ 1]))
    return Question(
        name=f"vote.{part}",
        options=texts if right == 0 else texts[::-1],
        words=words if right == 0 else words[::-1],
        right=right,
        picture=_pair_pictures()[row],
        models=tuple(_answer(store, model, row, right) for model in answering(store)),
    )


def answering(store: RunStore) -> tuple[str, ...]:
    """Return the models of `MODELS` that are here with answers to these very pairs."""
    return tuple(name for name in MODELS if name in shipped_names() and read_run(store, name).checkpoints)


def _answer(store: RunStore, model: str, row: int, right: int) -> ModelAnswer:
    """Return the choice between the picture's own caption and its twin's, from the answers saved with the model."""
    answers = read_run(store, model).checkpoints[-1]
    own, other = answers.cosines[row]
    probability = 1 / (1 + math.exp(-answers.logit_scale * (own - other)))
    choice = right if own > other else 1 - right
    return ModelAnswer(model=model, choice=choice, p=round(max(probability, 1 - probability), 4))


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


Role = Literal["teacher", "pupil"]
WITH_CLOCK = ("train",)
"""Steps whose views change without an action: a device that is silent for long is marked."""
PRETENDED_SCENES = (
    (-0.018, "bus,blue@14,14,400;submarine,yellow@40,40,1000"),
    (0.21, "bus,blue@20,20,900;submarine,yellow@36,36,900"),
)
"""Margins and scenes of two pretended pupils."""
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
    """One recipe in the class's predictions and the study's mean.

    Attributes:
        told_share: Of the objects, those that a caption names.
        values_told: Of the values of a named object, those that a caption tells.
    """

    recipe: str
    title: str
    told_share: float
    values_told: float
    predicted: int
    study: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Landings:
    """Trainings of the class that are over, those that bound, and those of them inside the band of the line."""

    over: int
    landed: int
    inside: int


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
    landings: Landings
    scenes: int
    fooled: int
    best: tuple[Scene, ...]
    """Scenes with the smallest margins, `MOST_SCENES` at most; a page scores them again before it shows one."""


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
    final = read_run(store, model).final
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
        recipes=_recipes(room),
        landings=landings(found),
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


def landings(found: Wall) -> Landings:
    """Count the trainings of a wall."""
    landed = [dot for dot in found.dots if dot.state == "landed"]
    inside = sum(dot.expected is not None and dot.expected.low <= dot.pairs <= dot.expected.high for dot in landed)
    return Landings(
        over=len(landed) + sum(dot.state == "ended" for dot in found.dots), landed=len(landed), inside=inside
    )


def _recipes(room: Room) -> tuple[RecipeNumbers, ...]:
    predicted = counts(room, PREDICTION, len(RECIPES))
    return tuple(
        RecipeNumbers(
            recipe=recipe,
            title=PRESETS[recipe].title,
            told_share=told_share(recipe),
            values_told=round(values_told(preset(recipe).spec.data), 4),
            predicted=predicted[place],
            study=_study(recipe),
        )
        for place, recipe in enumerate(RECIPES)
    )


def _study(recipe: str) -> float | None:
    """Return the study's mean of a recipe, if it measured it."""
    found = study_bracket(preset(recipe).spec)
    return found.value if found is not None and found.is_exact else None


class Board:
    """Views of rooms (see the module)."""

    def __init__(self, store: RunStore, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._store, self._settings, self._now = store, settings, clock

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
            "rehearsal": room.is_rehearsal,
        }
        view |= self._of_step(room, role, pupil)
        if role == "teacher":
            view |= {"reached": room.is_reached, "names": [[n, each.nickname] for n, each in room.present]}
        elif pupil is not None:
            view["me"] = _me(room, pupil)
        return dict(encode(view))

    def _of_step(self, room: Room, role: Role, pupil: int | None) -> dict[str, object]:
        stop = STOPS[room.stop]
        if stop.question:
            options = question(self._store, room.code, stop.question).options
            found = counts(room, stop.question, len(options))
            return {"counts": found, "answers": sum(found)}
        if stop.step == "vote" and stop.part == NUM_PAIRS:
            vote, models = vote_tally(room, self._store)
            return {"vote": vote, "models": models}
        if stop.step == "train":
            facts = {"study": room.is_study_shown, "wall": _shown(self.wall(room), role, pupil)}
            return facts if pupil is None else facts | {"deal": self._deal(room, pupil)}
        if stop.step == "fool":
            best = scenes(room)
            shown = best[: MOST_SCENES if role == "teacher" else 3]
            return {"scenes": shown, "tried": len(best)}
        if stop.step == LAST:
            return {"numbers": class_numbers(room, self._store, self.wall(room))}
        return {}

    def wall(self, room: Room) -> Wall:
        """Return the wall as it is now."""
        return wall(room, now=self._now(), steps=self._settings.class_steps)

    def _deal(self, room: Room, pupil: int) -> dict[str, object]:
        """Return what the device of a pupil trains, as a page starts a training."""
        spec = deal.dealt(room.code, pupil, steps=self._settings.class_steps)
        values = {
            "objects_in_image": spec.data.objects_in_image,
            "attribute_kinds": spec.data.attribute_kinds,
            "attribute_density": spec.data.attribute_density,
            "steps": spec.train.steps,
        }
        return {"preset": spec.preset, "values": values, "seed": spec.train.seed, "kappa": kappa(spec.data)}


def rehearsed(room: Room, store: RunStore) -> Room:
    """Let the pretended pupils of a rehearsal do what the stop asks: all but one know the answer."""
    stop = STOPS[room.stop]
    pretended = [number for number, pupil in room.present if not pupil.token] if room.is_rehearsal else []
    if stop.question and not stop.is_revealed:
        right = question(store, room.code, stop.question).right
        options = len(question(store, room.code, stop.question).options)
        for place, number in enumerate(pretended):
            is_wrong = right is None or place == stop.part % len(pretended)
            room = answered(room, number, stop.question, (place if right is None else right + is_wrong) % options)
    elif stop.step == "fool":
        for number, (margin, scene) in zip(pretended, PRETENDED_SCENES, strict=False):
            room = fooled(room, number, margin, scene)
    return room


def _shown(found: Wall, role: Role, pupil: int | None) -> Wall:
    """Return the whole wall for the projector; for a phone without the names of the others."""
    if role == "teacher":
        return found
    return replace(found, dots=tuple(dot if dot.pupil == pupil else replace(dot, nickname="") for dot in found.dots))


def _me(room: Room, pupil: int) -> dict[str, object]:
    me = room.pupils[pupil]
    given = room.answers.get(STOPS[room.stop].question, {}).get(str(pupil))
    margin = me.fooled.margin if me.fooled else None
    return {"number": pupil, "nickname": me.nickname, "answer": given, "margin": margin}
