"""The recordings that come along: trainings of the main recipes, of this recipe, small, with answers to the pairs."""

import pytest

from explorer.evaluation.sets import binding_pairs
from explorer.presets import PRESETS
from explorer.runs.outcome import RECORDINGS, recording, recording_names
from explorer.runs.specs import differences
from explorer.spec import RECIPE, evaluated_steps, saved_steps
from explorer.world.things import THINGS

MAIN = [preset.name for preset in PRESETS.values() if preset.is_main]


def test_each_main_recipe_has_one() -> None:
    assert list(recording_names()) == MAIN
    assert {path.name for path in RECORDINGS.iterdir()} == {f"{name}.json" for name in MAIN}


@pytest.mark.parametrize("name", MAIN)
def test_it_is_a_whole_training_of_its_preset(name: str) -> None:
    state = recording(name)
    assert (state.name, state.kind, state.status) == (name, "recording", "finished")
    assert differences(state.spec, PRESETS[name].spec) == () and state.spec.recipe == RECIPE
    steps = state.spec.train.steps
    assert [point.step for point in state.curve] == [0, *sorted(evaluated_steps(steps))]
    assert [answers.step for answers in state.checkpoints] == [0, *sorted(saved_steps(steps))]
    assert {answers.asked for answers in state.checkpoints} == {binding_pairs(THINGS).asked}
    assert (
        state.final
        and state.final.binding.n > 800
        and state.device
        and (RECORDINGS / f"{name}.json").stat().st_size < 40_000
    )


def test_they_show_what_their_recipes_are_for() -> None:
    final = {name: found.binding.value for name in MAIN if (found := recording(name).final)}
    assert final["binding-friendly"] and final["binding-friendly"] > 0.95
    assert recording("binding-friendly").bound_at is not None and recording("web-like").bound_at is None
    right = [own > other for own, other in recording("binding-friendly").checkpoints[-1].cosines]
    assert sum(right) >= 22
