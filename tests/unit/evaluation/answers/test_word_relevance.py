"""Relevance of words: the attention is the tower's own, a case by hand, words of several tokens, and who has none."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.clip.clip import Clip
from explorer.clip.open_clip_import import open_clip
from explorer.evaluation.answers.relevance import relevance_of_tokens, shares_of
from explorer.evaluation.answers.which_words import NoWordRelevance, WordRelevance
from explorer.evaluation.answers.word_relevance import word_relevance, word_tokens
from tests.unit.toys import NOUNS, caption, tiny_clip, tiny_config

CAPTION = caption(f"red {NOUNS[0]}", f"blue {NOUNS[1]}")
OWN_TOWERS: dict[str, dict[str, Any]] = {
    "SigLIP's: both ways, pooled at the last token": {"no_causal_mask": True, "pool_type": "last", "proj_bias": True},
    "EVA02's: causal, pooled at the highest id": {"pool_type": "argmax"},
    "both ways, pooled at the first token": {"no_causal_mask": True, "pool_type": "first"},
    "both ways, pooled at the end": {"no_causal_mask": True, "pool_type": "eos"},
}
"""Text towers that are modules of their own, as of open_clip's `CustomTextCLIP`."""


def clip_with_own_tower(**text: Any) -> Clip:
    clip, config = tiny_clip(seed=3), tiny_config()
    torch.manual_seed(3)
    config["text_cfg"] |= {"eos_id": clip.model.text_eos_id} | text
    return replace(clip, model=open_clip.CustomTextCLIP(**config).eval())


@pytest.fixture(params=["plain", *OWN_TOWERS])
def clip(request: pytest.FixtureRequest) -> Clip:
    return tiny_clip(seed=3) if request.param == "plain" else clip_with_own_tower(**OWN_TOWERS[request.param])


def test_shares_add_up_to_one_and_each_caption_has_its_words(clip: Clip) -> None:
    pictures = np.random.default_rng(0).standard_normal((2, 16)).astype(np.float32)
    found = word_relevance(clip, pictures, CAPTION, "a blue house")
    assert isinstance(found, WordRelevance)
    assert [each.word for each in found.words] == CAPTION.split()
    assert [each.word for each in found.against] == ["a", "blue", "house"]
    for words in (found.words, found.against):
        totals = np.sum([each.by_picture for each in words], axis=0)
        assert totals.shape == (2,) and all(total == pytest.approx(1, abs=1e-3) or total == 0 for total in totals)


def test_two_blocks_by_hand() -> None:
    """Four tokens: in the second block the end takes 0.8 from word 2, which took 0.5 from word 1 in the first."""
    first, second, ones = torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    first[0, 0, 2, 1], second[0, 0, 3, 2] = 0.5, 0.8
    of_words = relevance_of_tokens([first, second], [ones, ones])[:, 3, 1:3]
    assert of_words[0].tolist() == pytest.approx([0.4, 0.8])
    assert shares_of(of_words)[0].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_a_recomputed_tower_that_differs_is_refused(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clip, "encode_ids", lambda self, ids: -self.model.encode_text(ids))
    found = word_relevance(clip, np.ones((1, 16), dtype=np.float32), CAPTION)
    assert isinstance(found, NoWordRelevance) and "recomputed" in found.why


@pytest.mark.parametrize("begins", [[1], []], ids=["with a first token", "without one, as SigLIP's"])
def test_a_word_of_several_tokens_owns_them_all(begins: list[int]) -> None:
    def letters(texts: list[str]) -> torch.Tensor:
        rows = [[*begins, *[4] * len(text.replace(" ", "")), 2] for text in texts]
        return torch.tensor([(row + [2] * 9)[:9] for row in rows])

    clip, first = replace(tiny_clip(seed=3), tokenizer=letters), len(begins)
    places = [range(9)[span] for span in word_tokens(clip, ["an", "ox", "a"])]
    assert [[place - first for place in each] for each in places] == [[0, 1], [2, 3], [4]]
    with pytest.raises(ValueError, match="to its end"):
        word_tokens(clip, ["elephants", "an", "ox"])


def test_another_kind_of_tower_says_why_it_has_none() -> None:
    clip = clip_with_own_tower(embed_cls=True)  # as CoCa's
    found = word_relevance(clip, np.ones((1, 16), dtype=np.float32), CAPTION)
    assert isinstance(found, NoWordRelevance) and "TextTransformer" in found.why
