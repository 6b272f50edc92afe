"""The wall: a dot for every pupil at the binding accuracy of its training, and the interval of the study behind.

    found = wall(room, store)
    found.dots[0].binding, found.dots[0].is_final       # 0.93, False while the run goes on
    found.bands[0].low                                  # of the study, for the first recipe

Numbers are those of the runs: the newest quick evaluation of a training, then its final evaluation, canonical form.
"""

from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

from explorer.errors import UserError
from explorer.runs.queue import waiting
from explorer.runs.store import RunStore
from explorer.service.classroom.lesson_plan import RECIPES
from explorer.service.classroom.room import Group, Room
from explorer.service.outcome import recording, run_state
from explorer.service.outcome_types import OutcomeState
from explorer.service.study_bracket import study_bracket
from explorer.spec.presets import PRESETS, preset

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
    """Return the dots of the room's trainings and the bands of the study."""
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
