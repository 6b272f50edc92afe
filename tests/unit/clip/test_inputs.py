"""A caption that is longer than a model reads is noticed, whatever its tokens are."""

from dataclasses import replace
from pathlib import Path

import open_clip
import pytest

from explorer.clip.clip import is_cut
from explorer.clip.zoo import load
from tests.unit.clip.test_zoo import no_run, register
from tests.unit.toys import GRAMMAR, NOUNS, tiny_clip


def test_a_long_caption_is_noticed_where_words_are_tokens() -> None:
    clip = tiny_clip()
    most = GRAMMAR.context_length - 2
    assert is_cut(clip, [" ".join([NOUNS[0]] * most), " ".join([NOUNS[0]] * (most + 1)), "a"]) == [False, True, False]


def test_a_long_caption_is_noticed_where_parts_of_words_are_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """75 tokens fit between the edges; "!" is the id of padding."""
    register(monkeypatch, tmp_path / "weights.safetensors")
    clip = load("toy/made", find_run=no_run)
    texts = ["bus " * 75, "bus " * 76, "", "!" * 300, "é" * 300]
    assert is_cut(clip, texts) == [False, True, False, is_longer("!" * 300), True]
    assert is_cut(replace(clip, words=("[PAD]",)), ["bus " * 76]) == [True]
    assert is_cut(clip, []) == []


def is_longer(text: str) -> bool:
    """By open_clip's tokenizer itself."""
    return len(open_clip.SimpleTokenizer().encode(text)) > 75
