"""Tokenizer of a vocabulary in which each word is one token, for `tokenizer.json` and for training.

word_level_tokenizer(words).encode("a red bus").ids      # [BOS] a red bus [EOS]
tokenize = fixed_length(words, 33)
tokenize(["a red bus"])                                   # (1, 33) int64, 0 after [EOS]
"""

from collections.abc import Callable, Sequence

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing


def word_level_tokenizer(words: Sequence[str]) -> Tokenizer:
    """Make a `tokenizers` tokenizer in which each of `words` is one token and [BOS] and [EOS] enclose a text."""
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.post_processor = TemplateProcessing(
        single="[BOS] $A [EOS]", special_tokens=[(edge, numbers[edge]) for edge in ("[BOS]", "[EOS]")]
    )
    return tokenizer


def fixed_length(words: Sequence[str], length: int) -> Callable[[Sequence[str]], torch.Tensor]:
    """Make a function from texts to token ids (N, length); a longer text is cut before [EOS]."""
    tokenizer = word_level_tokenizer(words)
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(length=length, pad_id=words.index("[PAD]"), pad_token="[PAD]")

    def tokenize(texts: Sequence[str]) -> torch.Tensor:
        rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
        return torch.tensor(rows, dtype=torch.int64).reshape(len(rows), length)

    return tokenize
