"""Forms asked alike: what they show and ask, and how much of each a training has read."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.evaluation.sets import canonical_data, make_set
from explorer.presets import PRESETS
from explorer.spec import DIALS, DataSpec
from explorer.world.things import THINGS
from research.asked_alike import forms_asked_alike, share_read, told_of_two
from tests.unit.world.worlds import draw, objects_of, plan_of, same, stream_of

FORMS = {"canonical": canonical_data(THINGS)} | forms_asked_alike(THINGS, ("tilt", "color", "pattern"))
TWO_OF_FOUR = DataSpec(objects_in_image=4, caption_completeness=0.5)
READ = {
    "tidy": DataSpec(),
    "half told": PRESETS["incomplete"].spec.data,
    "web-like": PRESETS["web-like"].spec.data,
    "two kinds": replace(PRESETS["two-kinds"].spec.data, attribute_density=1.25),
    "two values": replace(PRESETS["two-kinds"].spec.data, attribute_density=2.0),
    "both or neither": replace(TWO_OF_FOUR, attribute_density=0.25, told_together="both-or-neither"),
    "one of two": replace(TWO_OF_FOUR, attribute_density=0.5, told_together="at-most-one"),
    "one or two of three": DataSpec(objects_in_image=3, caption_completeness=0.5),
    "tidy pairs": replace(
        PRESETS["web-like"].spec.data, wrong_values=0.5, tidy_share=0.4, tidy_kinds=("color", "tilt")
    ),
}


def test_the_forms_are_the_pair_and_the_single_object_of_each_kind() -> None:
    assert list(FORMS) == ["canonical", "single", "pair-pattern", "single-pattern", "pair-tilt", "single-tilt"]
    assert list(forms_asked_alike(THINGS, ("color",))) == ["single"]
    pair, single = (make_set("own", FORMS[name], THINGS, seed=0, count=200) for name in ("canonical", "single"))
    assert same(pair.scenes, single.scenes), "so a picture is drawn and encoded once"
    assert (single.caption.count == 1).all()
    rows = np.flatnonzero(single.swapped.exists)
    asked = single.swapped.captions.values[rows, 0, 0]
    assert (asked != single.caption.values[rows, 0, 0]).all()
    assert (single.scenes.values[rows][:, :, 0] == asked[:, None]).any(axis=1).all(), "the color of the other object"


def test_what_two_objects_tell_by_hand() -> None:
    """With .35 of the colors told: both or neither in .35 of the captions, none of two by themselves in .65 x .65."""
    arranged = {each: DataSpec(attribute_density=0.35, told_together=each) for each in DIALS["told_together"].choices}
    chances = {each: told_of_two(data) for each, data in arranged.items()}
    assert chances["both-or-neither"] == pytest.approx((0.65, 0, 0.35))
    assert chances["independent"] == pytest.approx((0.4225, 0.455, 0.1225))
    assert chances["at-most-one"] == pytest.approx((0.3, 0.7, 0))


@pytest.mark.parametrize("name", READ)
def test_the_share_read_is_that_of_captions_drawn(name: str) -> None:
    data, count = READ[name], 4000
    kind_of = {value.word: kind.name for kind in THINGS.kinds for value in kind.values}
    plan = plan_of(**{field: getattr(data, field) for field in data.__dataclass_fields__ if field != "world"})
    batch = draw(plan, stream_of(count))
    told = [[[kind_of[word] for word in words] for _, words in objects_of(text)] for text in batch.texts]
    right = [plan.data.wrong_values == 0 or all(set(words) <= set(facts[noun]) for noun, words in objects_of(text))
             for text, facts in zip(batch.texts, batch.facts, strict=True)]  # fmt: skip
    for form, dials in FORMS.items():
        named = 1 if form.startswith("single") else 2
        wanted = [[dials.attribute_kinds[0]]] * named
        share = sum(kinds == wanted and is_right for kinds, is_right in zip(told, right, strict=True)) / count
        expected = share_read(dials, data)
        assert abs(share - expected) <= 4 * (expected * (1 - expected) / count) ** 0.5, form
