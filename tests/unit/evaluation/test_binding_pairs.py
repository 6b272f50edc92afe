"""The twelve pairs: what they show and say, how a model answers them, and the file of the answers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from explorer.codec import decode, encode
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.evaluation import pair_answers
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.pair_answers import PairAnswers
from explorer.evaluation.snapshots import PairScorer
from explorer.world.scenes import Scenes
from explorer.world.things import THINGS, AttributeKind
from tests.unit.toys import GRAMMAR, tiny_clip

PAIRS = binding_pairs(THINGS)
ANSWERS = PairAnswers(question_digest="a", step=3, logit_scale=14.5, cosines=((0.5, 0.25), (-0.125, 1.0)))


def colors_and_nouns(caption: str) -> dict[str, str]:
    """{"submarine": "yellow", "bus": "blue"} of "a yellow submarine and a blue bus"."""
    return {noun: color for _, color, noun in (part.split() for part in caption.split(" and "))}


def shown_colors(scenes: Scenes, row: int) -> dict[str, str]:
    """The same of what a picture shows."""
    nouns, colors = THINGS.nouns, THINGS.kinds[0].values
    objects = zip(scenes.nouns[row], scenes.values[row, :, 0], strict=True)
    return {nouns[noun].word: colors[color].word for noun, color in objects}


def test_pair_0_is_the_submarine_and_the_bus() -> None:
    assert PAIRS.texts[:2] == ["a yellow submarine and a blue bus", "a blue submarine and a yellow bus"]
    # Above on the left lies the submarine, below on the right the bus; all else is background.
    first, other = PAIRS.images(64)[:2]
    assert first[:, 32:, :32].max() == first[:, :32, 32:].min() == THINGS.background
    assert (first[:, :32, :32].reshape(3, -1).T == (253, 220, 24)).all(axis=1).any()
    assert (other[:, :32, :32].reshape(3, -1).T == (55, 72, 255)).all(axis=1).any()


def test_each_caption_is_true_of_its_picture_and_its_twin_has_the_colors_exchanged() -> None:
    captions = [colors_and_nouns(text) for text in PAIRS.texts]
    assert len(captions) == 2 * CONTRACT.num_pairs == 24
    assert captions == [shown_colors(PAIRS.scenes, row) for row in range(24)]
    for one, other in zip(captions[0::2], captions[1::2], strict=True):
        assert list(one) == list(other) and len(one) == 2
        assert list(one.values()) == list(other.values())[::-1] and len(set(one.values())) == 2
    assert PAIRS.others.tolist() == [1, 0, 3, 2] + [row ^ 1 for row in range(4, 24)]
    for words, text in zip(PAIRS.words(), captions, strict=True):  # what the swap moves is marked
        assert [word["text"] for word in words if word["is_moved"]] == list(text.values())
    for name in ("nouns", "level", "cell", "offset"):  # twins differ in nothing but the first kind
        part = getattr(PAIRS.scenes, name)
        assert np.array_equal(part[0::2], part[1::2])
    assert (PAIRS.scenes.values[:, :, 1:] == 0).all()


def test_another_world_is_asked_the_same_way() -> None:
    shapes = AttributeKind(name="pattern", values=THINGS.kinds[2].values)
    world = replace(THINGS, name="toy", nouns=THINGS.nouns[:3], kinds=(shapes,))
    pairs = binding_pairs(world)
    assert len(pairs.texts) == 24 and pairs.digest != PAIRS.digest
    assert all(
        sorted(one.split()) == sorted(other.split())
        for one, other in zip(pairs.texts[0::2], pairs.texts[1::2], strict=True)
    )
    single = replace(THINGS.kinds[0], values=THINGS.kinds[0].values[:1])
    with pytest.raises(UserError, match="world=gray: too few of its scenes show two objects of another color"):
        binding_pairs(replace(THINGS, name="gray", kinds=(single, *THINGS.kinds[1:])))
    assert pairs.texts[:2] == ["a striped submarine and a dotted bus", "a dotted submarine and a striped bus"]


def test_a_model_is_asked_with_both_captions_of_each_picture() -> None:
    clip = tiny_clip(seed=3)
    clip.model.train()
    answers = PairScorer(clip, PAIRS).score(7)
    assert (answers.question_digest, answers.step) == (PAIRS.digest, 7) and clip.model.training
    assert answers.logit_scale == pytest.approx(float(clip.model.logit_scale.detach().exp()))
    clip.model.eval()
    with torch.no_grad():
        images = F.normalize(clip.encode_images(torch.from_numpy(PAIRS.images(32))), dim=-1)
        captions = F.normalize(clip.encode_ids(torch.from_numpy(GRAMMAR.ids(PAIRS.caption))), dim=-1)
    cosine = (images @ captions.T).numpy()
    expected = [(cosine[row, row], cosine[row, row + 1 if row % 2 == 0 else row - 1]) for row in range(24)]
    assert np.array(answers.cosines) == pytest.approx(np.array(expected), abs=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"asked": ""}, "asked="),
        ({"step": True}, "step=True"),
        ({"logit_scale": "7"}, "logit_scale=7"),
        ({"logit_scale": float("inf")}, "logit_scale=inf"),
        ({"cosines": [[0.1, 0.2]]}, "two rows of two numbers"),
        ({"cosines": [[0.1, 0.2], [0.1, 1.5]]}, r"cosines\[1\]\[1\]=1.5"),
    ],
)
def test_what_is_no_answer_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        decode(PairAnswers, encode(ANSWERS) | changes)


def test_the_file_grows_and_torn_lines_are_no_answers(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    assert pair_answers.read_answers(path) == ()
    pair_answers.append_answers(path, ANSWERS)
    with path.open("a") as file:
        file.write('{"asked": "a", "st')
    assert pair_answers.read_answers(path) == (ANSWERS,)
    later, elsewhere = replace(ANSWERS, step=9), replace(ANSWERS, question_digest="b", step=5)
    for each in (later, elsewhere):
        pair_answers.append_answers(path, each)
    assert pair_answers.read_answers(path) == (ANSWERS, elsewhere, later)
    assert pair_answers.read_answers(path, question_digest="a") == (ANSWERS, later)
    pair_answers.drop_answers_after(path, 5)
    assert pair_answers.read_answers(path) == (ANSWERS, elsewhere)
    assert [child.name for child in tmp_path.iterdir()] == ["pairs.jsonl"]
