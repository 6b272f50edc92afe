"""Captions with one wrong detail: by hand, which are false wherever the caption is true, and what is left out."""

import pytest

from explorer.captions.half_truths import DETAILS, append_detail, half_truths, plural_of
from explorer.captions.reading import read_caption


def details(caption: str, *, is_safe: bool | None = None) -> dict[str, str]:
    found = half_truths(read_caption(caption))
    return {each.kind: each.detail for each in found if is_safe is None or each.is_safe == is_safe}


def test_a_pair_of_objects_has_all_five() -> None:
    assert details("a yellow submarine and a blue bus") == {
        "object": "and an elephant",
        "attribute": "and the submarine is red",
        "count": "and there are three submarines",
        "place": "and the submarine is on the right",
        "relation": "and the submarine is above the bus",
    }
    assert [*DETAILS] == [*details("a yellow submarine and a blue bus")]


@pytest.mark.parametrize(
    ("caption", "safe"),
    [
        ("a yellow submarine and a blue bus", {"object": "and an elephant", "attribute": "and the submarine is red"}),
        ("two dogs", {"object": "and an airplane", "count": "and there are five dogs"}),
        ("one red cup on top of a table", {
            "object": "and an elephant", "attribute": "and the cup is blue", "count": "and there are three cups",
            "relation": "and the cup is under the table",
        }),
        ("a cup on the left and a plate", {"object": "and an elephant", "place": "and the cup is on the right"}),
    ],
)  # fmt: skip
def test_what_contradicts_the_caption_is_safe(caption: str, safe: dict[str, str]) -> None:
    assert details(caption, is_safe=True) == safe


CAPTION = "a yellow submarine and a blue bus"


@pytest.mark.parametrize(
    ("middles", "place", "relation"),
    [
        (((0.2, 0.3), (0.7, 0.8)), "on the right", "below"),
        (((0.7, 0.8), (0.2, 0.3)), "on the left", "above"),
        (((0.25, 0.5), (0.75, 0.6)), "on the right", "right of"),  # beside each other
        (((0.8, 0.5), (0.3, 0.4)), "on the left", "left of"),
    ],
)
def test_every_detail_is_false_of_a_drawn_scene(
    middles: tuple[tuple[float, float], tuple[float, float]], place: str, relation: str
) -> None:
    found = {each.kind: each for each in half_truths(read_caption(CAPTION), middles=middles)}
    assert [*found] == [*DETAILS] and all(each.is_safe for each in found.values())
    assert found["place"].detail == f"and the submarine is {place}"
    assert found["relation"].detail == f"and the submarine is {relation} the bus"


def test_a_thing_in_the_middle_of_a_drawn_scene_is_on_no_side() -> None:
    found = {each.kind: each for each in half_truths(read_caption(CAPTION), middles=((0.55, 0.5), (0.5, 0.6)))}
    assert {kind: each.is_safe for kind, each in found.items()} == {
        "object": True, "attribute": True, "count": True, "place": False, "relation": False,
    }  # fmt: skip
    assert found["place"].true == found["relation"].true == ""


def test_the_places_of_two_things_say_nothing_of_a_caption_of_one_or_of_an_unsure_one() -> None:
    middles = ((0.2, 0.3), (0.7, 0.8))
    for caption in ("a red bus", "a black dog and cat"):
        assert half_truths(read_caption(caption), middles=middles) == half_truths(read_caption(caption))


def test_a_true_detail_is_as_long_as_the_wrong_one() -> None:
    drawn = half_truths(read_caption(CAPTION), middles=((0.2, 0.3), (0.7, 0.8)))
    assert {each.kind: each.true.removeprefix(CAPTION) for each in drawn} == {
        "object": "",  # both things are named already
        "attribute": ", and the submarine is yellow",
        "count": ", and there is one submarine",
        "place": ", and the submarine is on the left",
        "relation": ", and the submarine is above the bus",
    }
    assert all(len(each.true.split()) == len(each.text.split()) for each in drawn if each.true)


def test_of_a_photograph_only_what_the_caption_says_is_true() -> None:
    true = {each.kind: each.true for each in half_truths(read_caption(CAPTION)) if each.true}
    assert true == {"attribute": f"{CAPTION}, and the submarine is yellow"}
    said = {each.kind: each.true for each in half_truths(read_caption("one cup on top of a table")) if each.true}
    assert said == {"count": "one cup on top of a table, and there is one cup"}, "under is shorter than on top of"
    assert not any(each.true for each in half_truths(read_caption("a black dog and cat"))), "an unsure reading"


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("a man throwing a ball in front of a building", "relation"),  # the man is in front of it, or the ball
        ("a red bus and a yellow bus", "attribute"),  # which bus?
        ("a red bus and a yellow bus", "count"),
        ("a small dog", "attribute"),
    ],
)
def test_what_may_be_true_or_means_two_things_is_left_out(caption: str, kind: str) -> None:
    assert kind not in details(caption)


def test_the_top_of_a_thing_is_no_side_of_the_picture() -> None:
    assert "place" not in details("a skier at the top of a slope", is_safe=True)


def test_a_model_of_few_words_gets_what_it_reads() -> None:
    known = set("a and red blue yellow bus submarine cat".split())
    few = half_truths(read_caption("a yellow submarine and a blue bus"), lambda text: known.issuperset(text.split()))
    assert {each.kind: (each.detail, each.is_safe) for each in few[:2]} == {
        "object": ("and a cat", False),
        "attribute": ("and a red submarine", False),
    }
    assert few[2].detail == "and there are three submarines"


def test_an_unsure_reading_makes_nothing_safe() -> None:
    parsed = read_caption("a black dog and cat")
    assert parsed.unsure and not any(each.is_safe for each in half_truths(parsed))


def test_a_detail_stands_before_the_period() -> None:
    assert append_detail("A red bus.", " and a cat") == "A red bus and a cat."
    assert append_detail("a red bus", " and a cat") == "a red bus and a cat"


@pytest.mark.parametrize(
    ("noun", "many"),
    [("bus", "buses"), ("city", "cities"), ("boy", "boys"), ("fire truck", "fire trucks"), ("dogs", "")],
)  # fmt: skip
def test_plurals(noun: str, many: str) -> None:
    assert plural_of(noun) == many


@pytest.mark.parametrize("caption", ["!!!", "....", "1 2 3"])
def test_a_caption_without_a_thing_gets_no_detail(caption: str) -> None:
    assert details(caption) == {}


def test_no_detail_is_safe_beside_another_script() -> None:
    assert details("一只红色的大象", is_safe=True) == {} == details("a red bus and 大象", is_safe=True)
