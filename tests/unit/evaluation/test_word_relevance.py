"""Relevance of words: the attention is the tower's own, a case by hand, words of several tokens, and who has none."""

import numpy as np
import pytest
import torch

from explorer.evaluation.relevance import relevance_of_tokens, shares_of
from explorer.evaluation.which_words import NoWordRelevance, WordRelevance
from explorer.evaluation.word_relevance import encode_tokens, token_owners, word_relevance
from tests.unit.toys import NOUNS, caption, tiny_clip

CAPTION = caption(f"red {NOUNS[0]}", f"blue {NOUNS[1]}")


def test_the_tower_is_the_models_own() -> None:
    clip = tiny_clip(seed=3)
    ids = clip.ids([CAPTION])
    end = int((ids[0] == clip.model.text_eos_id).int().argmax())
    with torch.no_grad():
        assert torch.allclose(encode_tokens(clip.model, ids, end)[0], clip.encode_ids(ids), atol=1e-5)


def test_shares_add_up_to_one_and_each_caption_has_its_words() -> None:
    clip = tiny_clip(seed=3)
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


def test_a_word_of_several_tokens_owns_them_all() -> None:
    clip = tiny_clip(seed=3)
    eos = clip.model.text_eos_id

    def letters(texts: list[str]) -> torch.Tensor:
        rows = [[1, *[4] * len(text.replace(" ", "")), eos] for text in texts]
        return torch.tensor([row + [0] * (33 - len(row)) for row in rows])

    object.__setattr__(clip, "tokenizer", letters)
    assert token_owners(clip, ["an", "ox", "a"]) == [0, 0, 1, 1, 2]


def test_another_kind_of_model_says_why_it_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = tiny_clip(seed=3)
    monkeypatch.setattr(clip.model, "text_pool_type", "first")
    found = word_relevance(clip, np.ones((1, 16), dtype=np.float32), CAPTION)
    assert isinstance(found, NoWordRelevance) and found.why
