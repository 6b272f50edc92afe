"""Views of a room as JSON, for the teacher's projector and for the phone of one pupil, and the numbers in them.

    board = Board(store, settings)
    board.view(room, role="teacher")["counts"]              # of the open question
    board.view(room, role="pupil", pupil=0)["me"]["answer"]

    found = class_numbers(room, store, wall(room, store))   # those of the last step
    found.vote.right, found.vote.n                          # votes for the true caption, all votes

Files of runs are read at most once a second for all pages of a room together.

The wall: a dot for every pupil at the binding accuracy of its training, and the interval of the study behind.

    found = wall(room, store)
    found.dots[0].binding, found.dots[0].is_final       # 0.93, False while the run goes on
    found.bands[0].low                                  # of the study, for the first recipe

Numbers are those of the runs: the newest quick evaluation of a training, then its final evaluation, canonical form.

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
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from statistics import mean
from typing import Any, Literal

from explorer.classroom import deal
from explorer.classroom.deal import Capacity
from explorer.classroom.marking import marked
from explorer.classroom.room import (
    MINUTES,
    NUM_PAIRS,
    PREDICTION,
    RECIPES,
    STOPS,
    Group,
    Room,
    answered,
    fooled,
    is_revealed,
)
from explorer.clip.names import shipped_names
from explorer.errors import UserError
from explorer.evaluation.sets import binding_pairs
from explorer.presets import PRESETS, preset
from explorer.runs.queue import waiting
from explorer.runs.store import RunStore
from explorer.service.endpoints import small_uri
from explorer.service.outcome import outcome_state, recording, run_state
from explorer.service.outcome_types import OutcomeState
from explorer.service.study_bracket import study_bracket
from explorer.settings import Settings
from explorer.world.preview import Preview, preview
from explorer.world.worlds import WORLDS

LAST = "learned"
"""Step of the class's numbers beside the study's."""
FILLER = -1
"""Group of a recorded training without pupils: it fills the column of a recipe until the class has a number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """One training on the wall, with the nicknames of its pupils; `binding` is None before its first evaluation."""

    group: int
    recipe: str
    seed: int
    run: str
    is_recorded: bool
    status: str
    step: int
    steps: int
    place: int
    eta_s: float | None
    binding: float | None
    low: float | None
    high: float | None
    n: int
    is_final: bool
    pupils: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """The study's mean of a recipe with its interval over seeds."""

    recipe: str
    title: str
    told: str
    value: float
    low: float | None
    high: float | None
    seeds: int
    pairs: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Wall:
    """The wall of a room."""

    dots: tuple[Dot, ...]
    bands: tuple[Band, ...]

    def as_dict(self) -> dict[str, Any]:
        """Convert to plain JSON."""
        return asdict(self)

    def means(self) -> dict[str, tuple[float, int]]:
        """Return {recipe: (mean binding, number)} of the class's own finished trainings."""
        found = {}
        for recipe in RECIPES:
            ended = [
                dot.binding
                for dot in self.dots
                if dot.recipe == recipe and dot.is_final and not dot.is_recorded and dot.binding is not None
            ]
            if ended:
                found[recipe] = (mean(ended), len(ended))
        return found


def wall(room: Room, store: RunStore) -> Wall:
    """Return the dots of the room's trainings and the bands of the study.

    Before the teacher shows the study, there are no bands and no recorded trainings but those that pupils watch.
    """
    queue = {folder.run: place for place, folder in enumerate(waiting(store), start=1)} if room.groups else {}
    pupils: list[list[str]] = [[] for _ in room.groups]
    for _, pupil in room.present:
        if 0 <= pupil.group < len(pupils):
            pupils[pupil.group].append(pupil.nickname)
    dots = (
        _dot(number, group, tuple(pupils[number]), _state(group, store), queue.get(group.run, 0))
        for number, group in enumerate(room.groups)
    )
    found = tuple(dots)
    if not room.is_study_shown and room.step != LAST:
        return Wall(dots=found, bands=())
    return Wall(dots=(*found, *_fillers(found)), bands=bands())


def _fillers(dots: tuple[Dot, ...]) -> tuple[Dot, ...]:
    """Return the recorded training of each recipe without a number of the class; none before the deal."""
    known = {dot.recipe for dot in dots if dot.binding is not None}
    groups = (Group(recipe=recipe, seed=preset(recipe).spec.train.seed, is_recorded=True) for recipe in RECIPES)
    missing = (group for group in groups if dots and group.recipe not in known)
    return tuple(_dot(FILLER, group, (), _state(group), 0) for group in missing)


def bands() -> tuple[Band, ...]:
    """Return the study's interval of every recipe that it measured."""
    found = ((recipe, study_bracket(preset(recipe).spec)) for recipe in RECIPES)
    return tuple(
        Band(
            recipe=recipe,
            title=PRESETS[recipe].title,
            told=PRESETS[recipe].told,
            value=each.value,
            low=each.low,
            high=each.high,
            seeds=each.seeds,
            pairs=each.budget_pairs,
        )
        for recipe, each in found
        if each is not None and each.is_exact
    )


def _dot(number: int, group: Group, pupils: tuple[str, ...], state: OutcomeState | None, place: int) -> Dot:
    binding = low = high = None
    n = 0
    is_final = state is not None and state.final is not None
    if state is not None and state.final is not None:
        found = state.final.binding
        binding, low, high, n = found.value, found.low, found.high, found.n
    elif state is not None and state.curve:
        point = state.curve[-1]
        binding, low, high, n = point.binding, point.low, point.high, point.n
    return Dot(
        group=number,
        recipe=group.recipe,
        seed=group.seed,
        run=group.recipe if group.is_recorded else group.run,
        is_recorded=group.is_recorded,
        status=state.status if state else "queued" if not group.run else "gone",
        step=state.step if state else 0,
        steps=state.steps if state else 0,
        place=place,
        eta_s=_rounded(state.eta_s) if state else None,
        binding=binding,
        low=low,
        high=high,
        n=n,
        is_final=is_final,
        pupils=pupils,
    )


def _rounded(seconds: float | None) -> float | None:
    """Round to ten seconds, so that a page is not drawn again for every second."""
    return None if seconds is None else 10.0 * max(1, round(seconds / 10))


def _state(group: Group, store: RunStore | None = None) -> OutcomeState | None:
    """Return the state of the group's training; None if it is not queued yet or was deleted."""
    try:
        if group.is_recorded:
            return recording(group.recipe)
        folder = store.find(group.run) if store is not None and group.run else None
        return run_state(store, folder) if store is not None and folder is not None else None
    except (UserError, OSError):
        return None


MODELS = ("things-web", "things-bound")
"""Shipped models that the class is compared with: captions as on the web, and tidy ones."""
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
    words: tuple[tuple[dict[str, Any], ...], ...] = ()
    """The options as marked words, where they are captions."""

    def as_dict(self, *, is_revealed: bool) -> dict[str, Any]:
        """Convert to JSON for a page; without the answer before it is revealed."""
        shown = {"name": self.name, "options": list(self.options), "caption": self.caption, "revealed": is_revealed}
        shown["words"] = [list(option) for option in self.words]
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
    words = (marked(pairs.words()[row]), marked(pairs.words()[row ^ 1]))
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


Role = Literal["teacher", "pupil"]
FRESH_S = 1.0
"""Seconds for which the numbers of runs are shared by all pages of a room."""
WITH_RUNS = ("train", "learned")
"""Steps whose views change without an action, because trainings go on."""
MOST_WALLS = 50
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
            "rehearsal": room.is_rehearsal,
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
            facts: dict[str, object] = {"study": room.is_study_shown, "capacity": capacity.as_dict()}
            return facts | {"wall": _shown(found_wall, room, role, pupil)}
        if stop.step == "fool":
            best = scenes(room)
            shown = best[: MOST_SCENES if role == "teacher" else 3]
            return {"scenes": [asdict(each) for each in shown], "tried": len(best)}
        if stop.step == LAST:
            found_wall, _ = self.wall(room)
            return {"numbers": class_numbers(room, self._store, found_wall).as_dict()}
        return {}

    def wall(self, room: Room) -> tuple[Wall, Capacity]:
        """Return the wall and the capacity of this computer, at most `FRESH_S` old."""
        with self._lock:
            kept = self._walls.get(room.code)
            is_same = kept is not None and _wall_of(kept.room) == _wall_of(room)
            if kept is not None and is_same and time.monotonic() - kept.made < FRESH_S:
                return kept.wall, kept.capacity
            deal.resume_groups(room, self._store)
            found = wall(room, self._store)
            capacity = deal.capacity(self._store, self._settings, room=room)
            if len(self._walls) >= MOST_WALLS:
                self._walls.pop(next(iter(self._walls)))
            self._walls[room.code] = _KeptWall(made=time.monotonic(), room=room, wall=found, capacity=capacity)
            return found, capacity


def _wall_of(room: Room) -> tuple[object, ...]:
    """Return what the wall shows of a room, without the numbers of its runs."""
    return room.groups, room.pupils, room.is_study_shown, room.step


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


def _shown(found: Wall, room: Room, role: Role, pupil: int | None) -> dict[str, Any]:
    """Return the whole wall for the projector; for a phone only the training of its own group."""
    plain = found.as_dict()
    if role == "teacher":
        return plain
    group = room.pupils[pupil].group if pupil is not None else -1
    plain["dots"] = [dot for dot in plain["dots"] if group >= 0 and dot["group"] == group]
    return plain


def _me(room: Room, pupil: int) -> dict[str, object]:
    me = room.pupils[pupil]
    given = room.answers.get(STOPS[room.stop].question, {}).get(str(pupil))
    margin = me.fooled.margin if me.fooled else None
    return {"number": pupil, "nickname": me.nickname, "group": me.group, "answer": given, "margin": margin}
