"""Swaps that are offered and such as must not be, by the way in which an exchange goes wrong; captions written here."""

import pytest

from explorer.captions.reading import read_caption
from explorer.captions.swapping import every_swap, swaps
from explorer.captions.words import class_of, contradict, is_plural, traits_of


def offered(caption: str) -> list[str]:
    return [swap.caption for swap in swaps(read_caption(caption))]


GOOD = {
    # Of one kind, and of several kinds at once.
    "a green kettle on a yellow stove": ["a yellow kettle on a green stove"],
    "a small white lamp by a large desk": [
        "a large lamp by a small white desk",
        "a large white lamp by a small desk",
    ],
    "a wooden crate beside a plastic barrel": ["a plastic crate beside a wooden barrel"],
    "a tall man holding a child next to a short man": ["a short man holding a child next to a tall man"],
    "an old tractor behind a new barn": ["a new tractor behind an old barn"],
    # Opposites.
    "a full glass by an empty bowl": ["an empty glass by a full bowl"],
    "an open door and a closed window": ["a closed door and an open window"],
    # A person's clothing and hair, never the person.
    "a boy in a blue cap holding a pink balloon": ["a boy in a pink cap holding a blue balloon"],
    "a woman with red hair and a green coat": ["a woman with green hair and a red coat"],
    "a tall woman and a short man": ["a short woman and a tall man"],
    # Lists, and colors that "and" joins.
    "a hallway with green tile and brown doors": ["a hallway with brown tile and green doors"],
    "a red, white, and blue tent under a gray sky": ["a gray tent under a red, white, and blue sky"],
    "a gray bus with a purple front": ["a purple bus with a gray front"],
    # Words that a tagger takes for adverbs and verbs.
    "a brown kitten lying on a white towel": ["a white kitten lying on a brown towel"],
    "silver knobs on a black cabinet": ["black knobs on a silver cabinet"],
    "a medium brown floor by a white wall": ["a white floor by a medium brown wall"],
    "a deep - blue boat below a white bridge": ["a white boat below a deep - blue bridge"],
    "a door painted red and white beside a green bench": ["a door painted green beside a red and white bench"],
}


@pytest.mark.parametrize(("caption", "expected"), GOOD.items())
def test_what_is_offered(caption: str, expected: list[str]) -> None:
    assert offered(caption) == expected


NONE = {
    "a paraphrase": [
        "a green van and a white van",
        "one black cow and one brown cow",
        "a green van parked next to a white van",
        "a red cup, a green cup and a blue cup",
    ],
    "a person of a color": [
        "a pale woman with green bananas",
        "a young boy with a white puppy",
        "an Asian man beside a red gate",
        "a white cyclist passes a black dog",
    ],
    "a color as a noun": [
        "a girl in green and a boy in purple",
        "a man wearing gray reading a newspaper under a red roof",
        "an orange lying near a white line",
    ],
    "a name torn apart": [
        "a small ostrich feather duster on a white shelf",
        "a plate with red wine next to a white lamp",
        "a three toned bag near a green wall",
        "a smart car by a white lamp",
        "a thick crust pie on a red tray",
        "an old fashioned stove among modern shelves",
        "a wood paneled bus by a tiled wall",
    ],
    "a verb or participle": [
        "a surfer standing on a steep sandy slope",
        "a crate being opened by a red crane",
        "white fur lays on a dark road",
    ],
    "a group or a part": [
        "a large group of ducks by a green pond",
        "a big serving of rice on a yellow plate",
        "a brown dog drinks a little water",
    ],
    "one of several attributes": [
        "a chubby bearded sailor with an orange drink",
    ],
    "nothing that tells": [
        "a tall tree by a large hut",
        "a cute cup on a beautiful table",
        "a large window and a big door",
        "a steel train on a silver bridge",
        "a small hut by a wooden fence",
        "a gray wall by a grey door",
    ],
    "an attribute that does not fit": [
        "a snowy hill behind a red spoon",
        "a ripe mango on a blue table",
        "a young horse by a new car",
        "a large bear in tall grass",
        "a taller tower in the lower left corner",
    ],
}


@pytest.mark.parametrize("caption", [caption for captions in NONE.values() for caption in captions])
def test_what_is_never_offered(caption: str) -> None:
    assert offered(caption) == []


def test_like_objects_that_are_not_alike_in_all() -> None:
    """Two dogs: an exchange of all is a paraphrase, one of the colors alone is not, nor is one of unequal numbers."""
    assert offered("a big black dog and a small white dog") == [
        "a small black dog and a big white dog",
        "a big white dog and a small black dog",
    ]
    assert offered("two red cups and a blue cup") == ["two blue cups and a red cup"]
    assert offered("a red cup on a blue cup") == ["a blue cup on a red cup"]
    assert offered("a red tea cup and a blue coffee cup") == ["a blue tea cup and a red coffee cup"]


def test_a_person_never_gets_a_color_even_if_all_are_asked_for() -> None:
    for caption in (
        "a yellow woman with black bananas",
        "a brown boy with an Asian dog",
        "a black man and a white dog",
    ):
        assert every_swap(read_caption(caption)) == ()


def test_unsure_readings_exchange_colors_only() -> None:
    unsure = "a small red lamp and vase on a large blue table"
    assert read_caption(unsure).unsure
    assert offered(unsure) == ["a small blue lamp and vase on a large red table"]


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("skiers", "person"),
        ("fire trucks", "object"),
        ("cookies", "food"),
        ("skies", "mass"),
        ("scarves", "clothing"),
        ("meadow", "land"),
        ("kitchens", "building"),
        ("parking lots", "land"),
        ("lot", "abstract"),
        ("idea", "abstract"),
        ("zorp", "unknown"),
    ],
)
def test_classes_of_nouns(noun: str, name: str) -> None:
    assert class_of(noun) == name


def test_plurals() -> None:
    assert [is_plural(word) for word in ("buses", "children", "glass", "bus", "red cups")] == [
        True, True, False, False, True,
    ]  # fmt: skip


def test_traits() -> None:
    assert traits_of("very dark red") == {"red": "color"}
    assert traits_of("old wooden") == {"old": "age", "wooden": "material"}
    assert set(traits_of("long-haired").values()) == set(traits_of("zorpy").values()) == {"other"}


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("red", "blue", True),
        ("gray", "grey", False),
        ("dark blue", "light blue", True),
        ("large", "big", False),
        ("large", "small", True),
        ("tall", "small", False),
        ("old", "large", False),
        ("old", "red", True),
        ("silver", "metal", False),
        ("clean", "dirty", True),
    ],
)
def test_what_tells_two_objects_apart(one: str, other: str, apart: bool) -> None:
    assert contradict(one, other) is contradict(other, one) is apart
