"""The main recipes are presets of their own, and their pictures show what their captions tell."""

from explorer.spec.dials import DataSpec
from explorer.spec.presets import PRESETS
from explorer.spec.recipes import RECIPES, recipe_of
from explorer.spec.run_spec import override
from explorer.world.things import THINGS


def test_each_recipe_is_a_preset_that_no_other_is() -> None:
    assert list(RECIPES) == ["tidy", "half-told", "big-only", "web-like"]
    assert len({recipe.preset for recipe in RECIPES.values()}) == len({each.title for each in RECIPES.values()}) == 4
    for name, recipe in RECIPES.items():
        spec = PRESETS[recipe.preset].spec
        assert recipe.name == name and recipe_of(spec) is recipe and recipe.sentence.endswith(".")
        assert recipe_of(override(spec, {"steps": 20, "seed": 4})) is recipe, "however it is trained"
        assert recipe_of(override(spec, {"attribute_object_correlation": 0.5})) is None


def test_pictures_show_as_many_objects_as_their_scenes_and_tell_as_much() -> None:
    nouns, colors = ({each.word for each in part} for part in (THINGS.nouns, THINGS.kinds[0].values))
    for recipe in RECIPES.values():
        data: DataSpec = PRESETS[recipe.preset].spec.data
        told = [each for each in recipe.picture if each.is_told]
        assert len(recipe.picture) == data.objects_in_image
        assert abs(len(told) / len(recipe.picture) - data.caption_completeness) <= 0.5
        assert {each.noun for each in recipe.picture} <= nouns and {each.color for each in recipe.picture} - {
            None
        } <= colors
        if data.saliency_bias:
            assert min(each.size for each in told) > max(each.size for each in recipe.picture if not each.is_told)
