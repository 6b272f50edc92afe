"""The main recipes of captions: presets under plain names, each with a sentence and a small picture.

RECIPES["tidy"].preset          # "binding-friendly"
RECIPES["tidy"].picture         # the objects of its picture: noun, color, place, and whether its caption tells them
recipe_of(spec)                 # the recipe whose preset has these data, None for a mix of one's own
"""

from dataclasses import dataclass

from explorer.spec.presets import PRESETS
from explorer.spec.run_spec import RunSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnObject:
    """An object of a recipe's picture, in percent of its width from the upper left corner; `color` as it is told."""

    noun: str
    x: float
    y: float
    size: float
    color: str | None = None
    is_told: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A preset as a person chooses it."""

    name: str
    preset: str
    title: str
    sentence: str
    picture: tuple[DrawnObject, ...]


RECIPES: dict[str, Recipe] = {
    each.name: each
    for each in (
        Recipe(
            name="tidy",
            preset="binding-friendly",
            title="Tidy",
            sentence="Two objects. The caption names both, each with its color.",
            picture=(
                DrawnObject(noun="submarine", color="yellow", x=0, y=-4, size=64),
                DrawnObject(noun="bus", color="blue", x=38, y=34, size=64),
            ),
        ),
        Recipe(
            name="half-told",
            preset="incomplete",
            title="Half told",
            sentence="Two objects. The caption names one of them and is silent about the other.",
            picture=(
                DrawnObject(noun="submarine", color="yellow", x=0, y=-4, size=64),
                DrawnObject(noun="bus", color="blue", x=38, y=34, size=64, is_told=False),
            ),
        ),
        Recipe(
            name="big-only",
            preset="salient",
            title="Big only",
            sentence="Two objects. Only the bigger one is ever named.",
            picture=(
                DrawnObject(noun="submarine", color="yellow", x=-6, y=-8, size=88),
                DrawnObject(noun="bus", color="blue", x=62, y=56, size=38, is_told=False),
            ),
        ),
        Recipe(
            name="web-like",
            preset="web-like",
            title="Web-like",
            sentence="Four objects. About half are named, the big ones first, few with an attribute.",
            picture=(
                DrawnObject(noun="house", x=-2, y=-2, size=60),
                DrawnObject(noun="cat", color="pink", x=56, y=0, size=44, is_told=False),
                DrawnObject(noun="bus", color="blue", x=56, y=46, size=44, is_told=False),
                DrawnObject(noun="star", color="yellow", x=8, y=50, size=42, is_told=False),
            ),
        ),
    )
}


def recipe_of(spec: RunSpec) -> Recipe | None:
    """The recipe whose preset describes the same data, however it is trained."""
    return next((recipe for recipe in RECIPES.values() if PRESETS[recipe.preset].spec.data == spec.data), None)
