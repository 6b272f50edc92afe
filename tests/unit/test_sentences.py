"""Sentences are their English, keep id and values on their way out, and come back from a pickle as they were."""

import copy
import json
import pickle
from dataclasses import dataclass
from typing import Any

import pytest

from explorer.codec import encode
from explorer.errors import NO_VALUE, UserError
from explorer.sentences import Listed, Number, Sentence, find_sentences, key_sentence, read_sentence, with_sentences
from explorer.views.registry import encode_answer
from explorer.wording import format_duration

LEFT = Sentence("runs.left", "about {time} left", time=format_duration(200))
KEYED: dict[str, Any] = {
    "id": "runs.left",
    "values": {"time": {"kind": "duration", "number": 200, "text": "3 min"}},
    "text": "about 3 min left",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    line: str
    more: tuple[str, ...]
    score: float = 0.5


def test_a_sentence_is_its_english() -> None:
    assert LEFT == "about 3 min left" and json.dumps([LEFT]) == '["about 3 min left"]'


def test_a_sentence_survives_the_encoding_of_an_answer() -> None:
    answer = encode_answer({"told": Told(line=LEFT, more=("plain", LEFT)), "none": float("nan")})
    assert answer == {"told": {"line": LEFT, "more": ["plain", LEFT], "score": 0.5}, "none": None}
    assert with_sentences(answer)["sentences"] == [KEYED]
    assert json.loads(json.dumps(answer))["told"]["line"] == LEFT


def test_values_are_sentences_lists_and_numbers_too() -> None:
    both = Listed([LEFT, "plain"], "; ")
    whole = Sentence("a.whole", "{run}: {parts}, step {step}", run="tidy", parts=both, step=7)
    assert whole == "tidy: about 3 min left; plain, step 7"
    parts = {"parts": [KEYED, "plain"], "sign": "; ", "text": both}
    assert key_sentence(whole)["values"] == {"run": "tidy", "parts": parts, "step": 7}


def test_only_what_another_language_writes_otherwise_travels() -> None:
    share = Number("81 %", kind="percent", number=0.81)
    assert find_sentences({"a": ["plain", share, 1.5], "b": format_duration(40)}) == [
        {"kind": "duration", "number": 40, "text": "40 s"}
    ]
    assert with_sentences({"a": "plain"}) == {"a": "plain"} and with_sentences([LEFT]) == [LEFT]


def test_copies_keep_id_and_values() -> None:
    for twin in (pickle.loads(pickle.dumps(LEFT)), copy.deepcopy(LEFT)):
        assert key_sentence(twin) == KEYED
    assert key_sentence(encode({"a": (LEFT,)})["a"][0]) == KEYED


def test_an_error_is_a_sentence_of_field_value_and_rule() -> None:
    rule = Sentence("rule.range", "give {low} to {high}", low=1, high=9)
    error = pickle.loads(pickle.dumps(UserError("", 12, rule))).in_field("count")
    assert str(error) == "count=12: give 1 to 9" and error.sentence.id == "error.value"
    assert key_sentence(error.sentence)["values"] == {"field": "count", "value": "12", "reason": key_sentence(rule)}
    assert UserError("key", NO_VALUE, "join first").sentence.values == {"field": "key", "reason": "join first"}


def test_a_sentence_is_read_back_from_its_key() -> None:
    both = Listed([LEFT, "plain"], "; ")
    refused = UserError("steps", "{0}", "must be from {low} to {high}", low=1, high=9).sentence
    for text in (LEFT, both, refused, Sentence("a.whole", "{parts}, {step}", parts=both, step=7), "plain"):
        again = read_sentence(json.loads(json.dumps(key_sentence(text))))
        assert again == text and key_sentence(again) == key_sentence(text)


@pytest.mark.parametrize(
    "strange", [None, [], {}, {"id": "a", "values": 1, "text": "b"}, KEYED | {"values": {"a": []}}]
)
def test_what_is_no_key_of_a_sentence_is_refused(strange: Any) -> None:
    with pytest.raises(ValueError, match="no keyed sentence"):
        read_sentence(strange)
