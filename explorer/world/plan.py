"""Integer tables for drawing scenes and captions, made from a `DataSpec` and a seed.

    plan = make_plan(DataSpec(attribute_kinds=("color", "size")), WORLDS["things"], seed=0)
    plan.num_values       # (K,) values of each kind of the world, 8 2 3 2 2
    plan.varies           # (K,) bool, True True False False False: kinds that vary in the image
    plan.told             # (K,) bool, the same here: kinds that captions may tell, all but the untold ones
    plan.allowed          # (I, K, V) values allowed for noun i in kind k: the first num_allowed[i, k] of each row
    plan.home             # (I, K) the usual value of each noun
    plan.tidy             # the plan of the tidy pairs, None if the data have none

I nouns, K kinds, V the most values of a kind. A combination of values is coded as one mixed-radix number (`radix`), so
its look, its scale in permille (`scales`) and its sprite take one lookup for any number of kinds.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from explorer.spec import DATA_FIELDS, DIALS, DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.things import Look, World

MIN_VALUES_TO_HOLD_OUT = 4
NUM_SCALE_LEVELS = 9
"""Scales that a scene draws from."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScenePlan:
    """Tables of one `DataSpec` under one seed (see the module); all arrays are numpy and never change."""

    data: DataSpec
    world: World
    seed: int
    num_values: np.ndarray
    varies: np.ndarray
    told: np.ndarray
    home: np.ndarray
    allowed: np.ndarray
    num_allowed: np.ndarray
    radix: np.ndarray
    looks: tuple[Look, ...]
    scales: np.ndarray
    tidy: "ScenePlan | None"

    @property
    def levels(self) -> np.ndarray:
        """The scales that a scene draws from, in permille of the largest side; the areas span the size contrast."""
        return scale_levels(self.data.size_contrast)

    @property
    def num_objects(self) -> int:
        """Objects in each image."""
        return self.data.objects_in_image


def scale_levels(size_contrast: float) -> np.ndarray:
    """Return (NUM_SCALE_LEVELS,) sides in permille of the largest, evenly apart, whose areas span `size_contrast`."""
    return np.round(np.linspace(1000 / size_contrast**0.5, 1000, NUM_SCALE_LEVELS)).astype(np.int64)


def tidy_data(data: DataSpec) -> DataSpec:
    """Return the dials of the tidy pairs: two objects, both named with all their values; the rest as in `data`.

    Where objects stand, how their sizes differ and which pairs are held out is theirs too (`Dial.is_tidy`), so that a
    tidy picture differs from the others in nothing else and shows no pair that training never shows.
    """
    kept = {name: getattr(data, name) for name in DATA_FIELDS if DIALS[name].is_tidy}
    return DataSpec(**kept, attribute_kinds=data.tidy_kinds, attribute_density=float(len(data.tidy_kinds)))


def make_plan(data: DataSpec, world: World, *, seed: int) -> ScenePlan:
    """Make the tables for scenes of `data` in `world`."""
    num_values = np.array([len(kind.values) for kind in world.kinds])
    told = np.array([kind.name in data.attribute_kinds for kind in world.kinds])
    varies = told | np.array([kind.name in data.untold_kinds for kind in world.kinds])
    rounds = _latin_rounds(world, num_values, seed)
    held_out = _hold_out(rounds, num_values, varies, data.held_out_pairs)
    exists = np.arange(rounds.shape[2]) < np.where(varies, num_values, 1)[:, None]
    usable = exists & ~held_out
    # The value of the last round is never held out: at most half of the rounds are.
    last = np.stack([rounds[:, k, :size].argmax(axis=1) for k, size in enumerate(num_values)], axis=1)
    return ScenePlan(
        data=data,
        world=world,
        seed=seed,
        num_values=num_values,
        varies=varies,
        told=told,
        home=np.where(varies, last, 0),
        allowed=np.argsort(~usable, axis=2, kind="stable"),
        num_allowed=usable.sum(axis=2),
        radix=np.append(np.cumprod(num_values[::-1])[::-1][1:], 1),
        looks=all_looks(world),
        scales=np.array([round(1000 * look.scale) for look in all_looks(world)]),
        tidy=make_plan(tidy_data(data), world, seed=seed) if data.tidy_share > 0 else None,
    )


@lru_cache(maxsize=8)
def all_looks(world: World) -> tuple[Look, ...]:
    """Return the look of every combination of values, in the order of their mixed-radix codes."""
    looks = []
    for values in product(*(kind.values for kind in world.kinds)):
        look = Look()
        for value in values:
            look = value.paint(look)
        looks.append(look)
    return tuple(looks)


def _latin_rounds(world: World, num_values: np.ndarray, seed: int) -> np.ndarray:
    """Return (I, K, V) the round of a Latin pattern in which noun i meets value v of kind k.

    The round is -1 where kind k has fewer than v + 1 values.

    In each round every noun meets one value, and every value meets the same number of nouns, plus or minus one.
    """
    nouns = len(world.nouns)
    keys = Stream(seed=seed, name="world", index=np.arange(nouns)).bits("homes", len(num_values))
    ranks = np.argsort(np.argsort(keys, axis=0, kind="stable"), axis=0, kind="stable")
    rounds = np.full((nouns, len(num_values), num_values.max()), -1)
    for k, size in enumerate(num_values):
        rounds[:, k, :size] = (np.arange(size)[None, :] - ranks[:, k, None] * size // nouns) % size
    return rounds


def _hold_out(rounds: np.ndarray, num_values: np.ndarray, varies: np.ndarray, share: float) -> np.ndarray:
    """Return (I, K, V) bool: the pairs never shown, which are those of the first rounds.

    So every noun and every value loses an equal share.
    """
    held_out = np.zeros(rounds.shape, dtype=bool)
    for k, size in enumerate(num_values):
        if not varies[k] or size < MIN_VALUES_TO_HOLD_OUT:
            continue
        order = np.lexsort((np.arange(len(rounds)).repeat(size), rounds[:, k, :size].ravel()))
        count = round(share * len(order))
        nouns, values = np.unravel_index(order[:count], (len(rounds), size))
        held_out[nouns, k, values] = True
    return held_out


def held_out_mask(plan: ScenePlan) -> np.ndarray:
    """Return (I, K, V) bool: the pairs of `plan` that its scenes never show although their kind varies."""
    exists = np.arange(plan.allowed.shape[2])[None, :] < plan.num_values[:, None]
    mask = np.where(plan.varies[:, None], exists, False)[None].repeat(len(plan.home), axis=0)
    for i, k in np.ndindex(plan.num_allowed.shape):
        mask[i, k, plan.allowed[i, k, : plan.num_allowed[i, k]]] = False
    return mask
