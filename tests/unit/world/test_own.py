"""Worlds of one's own: one canonical form and name, one sentence for each fault, drawn and worded like `things`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.spec import OWN_WORLD, DataSpec
from explorer.world.counter_rng import Stream
from explorer.world.cutouts import GRID, label_cutout, noun_of_cutout
from explorer.world.grammar import Grammar
from explorer.world.own import MAX_WORLD_BYTES, noun_document, parse_world, read_world, world_document
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.sprites import SPRITE_AREA, draw_labels, size_factor
from explorer.world.things import Look, Noun, NounPart
from explorer.world.worlds import MAX_KEPT_WORLDS, get_world, keep_world
from tests.own_worlds import BODY, CORNERS, HALVES, REFUSED, SIX, SMALLEST, SQUARE, TEXTS, changed, made_up, with_points


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_of_another_kind_is_one_sentence(name: str) -> None:
    document, words = REFUSED[name]
    with pytest.raises(UserError) as caught:
        parse_world(document)
    said = str(caught.value)
    assert words in said and "\n" not in said and len(said) < 300
    said.encode()


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_of_another_kind_is_one_sentence(name: str, tmp_path: Path) -> None:
    content, words = TEXTS[name]
    (tmp_path / "world.json").write_bytes(content)
    with pytest.raises(UserError, match=words):
        read_world(tmp_path / "world.json")


@pytest.mark.parametrize("word", ["bello", "été", "狗", "кот", "कुत्ता", "stop", "ñandú", "སྒྲུབ", "q\u0323\u0301"])
def test_a_word_may_be_of_any_script(word: str) -> None:
    world = parse_world(changed(word=word))
    grammar = Grammar(world)
    said = grammar.parse(f"a red {word} and a blue {world.nouns[0].word}")
    assert grammar.texts(grammar.ids(said)) == [f"a red {word} and a blue {world.nouns[0].word}"]


def test_the_canonical_form_is_a_fixed_point_that_names_the_world() -> None:
    world = parse_world(SIX)
    text = world_document(world)
    spaced = json.dumps({"nouns": [dict(reversed(noun.items())) for noun in SIX["nouns"]]}, indent=3).encode()
    assert OWN_WORLD.fullmatch(world.name) and world_document(parse_world(text)) == text
    assert parse_world(text).name == parse_world(spaced).name == world.name
    # In the last decimal that counts the document is another one, beyond it the same.
    for moved, is_same in ((0.10004, True), (0.1001, False)):
        points = [[moved, 0.1], *SQUARE[1:]]
        assert (parse_world(with_points(points)).name == parse_world(with_points(SQUARE)).name) is is_same


@pytest.mark.parametrize(
    "parts",
    [
        [{"role": "cut", "points": CORNERS}, BODY],
        [
            BODY,
            {"role": "ink", "points": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.88]]},
        ],
        [BODY, *HALVES[:1]],
        [{"role": "body", "points": SMALLEST}],
    ],
    ids=["the body last", "a narrow wedge left", "half of it left", "as small as may be"],
)
def test_a_body_of_which_something_is_seen_is_taken(parts: list[dict[str, Any]]) -> None:
    assert len(parse_world(changed(parts=parts)).nouns) == 6


def test_numbers_have_one_spelling() -> None:
    text = world_document(parse_world(with_points([[0, 0.0], [1.0, 0.00004], [1, 0.5], [0.12345, 1]]))).decode()
    assert "[[0,0],[1,0],[1,0.5],[0.1235,1]]" in text


@pytest.mark.slow
def test_only_worlds_that_were_given_are_found() -> None:
    names = [keep_world(parse_world(made_up(6, seed=seed))).name for seed in range(MAX_KEPT_WORLDS + 1)]
    assert get_world(names[-1]).name == names[-1]
    for name in (names[0], "own-0000000000000000", "own"):
        with pytest.raises(UserError, match="document is not here"):
            get_world(name)


def test_the_first_pair_is_of_its_own_things() -> None:
    world = parse_world(SIX)
    one, other = (noun.word for noun in world.nouns[:2])
    pairs = binding_pairs(world)
    assert len(pairs.texts) == 24 and pairs.texts[0] == f"a yellow {one} and a blue {other}"
    assert pairs.texts[1] == f"a blue {one} and a yellow {other}"


@pytest.mark.parametrize("count", [6, 12, 24])
def test_made_up_things_are_drawn_like_ours(count: int) -> None:
    world = parse_world(made_up(count, seed=count))
    plan = make_plan(DataSpec(world=world.name), world, seed=0)
    images = Renderer(plan, size=64).images(draw_scenes(plan, Stream(seed=0, name="train", index=np.arange(8))))
    assert images.shape == (8, 3, 64, 64) and (images != world.background).any(axis=(1, 2, 3)).all()
    for noun in world.nouns:
        # A flat one reaches the end of its box before it covers as much as the others.
        assert 0.8 * SPRITE_AREA < np.mean(draw_labels(noun, Look(), 128) != 0) < 1.02 * SPRITE_AREA


def test_a_long_thin_thing_stays_in_its_box() -> None:
    part = NounPart(role="body", points=((0.0, 0.5), (1.0, 0.5), (1.0, 0.51), (0.0, 0.51)))
    for look in (Look(outline=0.066), Look(angle=27.0, outline=0.066)):
        labels = draw_labels(Noun(word="pin", parts=(part,)), Look(scale=0.5, angle=look.angle, outline=0.066), 128)
        edge = 128 - 2  # half of the box is outside of the object's own, at each side a quarter
        assert labels.any() and not labels[:edge].any() and not labels[-edge:].any()
        assert not labels[:, :edge].any() and not labels[:, -edge:].any()


def cutout(draw: Any, side: int = 300) -> Image.Image:
    image = Image.new("RGBA", (side, side))
    draw(ImageDraw.Draw(image))
    return image


def owl(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((50, 40, 250, 280), fill=(120, 90, 60, 255))
    for x in (100, 170):
        draw.ellipse((x, 90, x + 40, 130), fill=(255, 255, 255, 255))
        draw.ellipse((x + 12, 102, x + 28, 118), fill=(0, 0, 0, 255))
    draw.rectangle((130, 200, 170, 240), fill=(0, 0, 0, 0))


def test_a_cutout_becomes_its_regions() -> None:
    image = cutout(owl)
    noun = noun_of_cutout("owl", image)
    assert [part.role for part in noun.parts] == ["body", "cut", "light", "light", "ink", "ink"]
    assert len(noun_document(noun)) <= CONTRACT.outline.noun_bytes
    labels, drawn = label_cutout(image), np.zeros((GRID, GRID), dtype=np.uint8)
    sheet = Image.fromarray(drawn)
    for part in noun.parts:
        number = {"cut": 0, "body": 1, "ink": 2, "light": 3}[part.role]
        ImageDraw.Draw(sheet).polygon([(GRID * x, GRID * y) for x, y in part.points], fill=number)
    assert np.mean(np.array(sheet) != labels) < 0.01
    assert size_factor(noun) > 0


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image.new("RGBA", (40, 40)), "nothing opaque"),
        (Image.new("RGB", (40, 30), (9, 9, 9)), "no transparent background"),
    ],
)
def test_a_picture_that_is_no_cutout_is_refused(image: Image.Image, words: str) -> None:
    with pytest.raises(UserError, match=words):
        noun_of_cutout("owl", image)


@pytest.mark.slow
def test_a_detailed_cutout_is_made_simple() -> None:
    random = np.random.default_rng(0)

    def spots(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse((10, 10, 290, 290), fill=(90, 140, 60, 255))
        for x, y in random.integers(60, 230, (150, 2)).tolist():
            draw.ellipse((x, y, x + 9, y + 9), fill=(0, 0, 0, 255))

    noun = noun_of_cutout("toad", cutout(spots))
    assert len(noun_document(noun)) <= CONTRACT.outline.noun_bytes
    assert 24 * CONTRACT.outline.noun_bytes + 100 < MAX_WORLD_BYTES
    parse_world({"nouns": [*SIX["nouns"], json.loads(world_document(parse_world(SIX)))["nouns"][0] | {"word": "toad"}]})
