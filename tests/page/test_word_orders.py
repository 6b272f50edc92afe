"""The control of word order asks the same texts on the server and in a tab."""

import json
import subprocess
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.evaluation.answers.word_orders import NUM_ORDERS, bag_orders
from tests.engine.node import node

CAPTIONS = (
    "a red bus and a blue car", "A blue bus and a red car.", "an orange bus", "bus", "", "  a  bus\n", "bus bus bus",
    "a photo of a red bus, a blue car and an umbrella", '"A bus," she said (twice)!', "the bus: red; the car: blue?",
    "it's a bus's wheel", "a bus - red - and a car", "a café and an Ñandú", "ein GROSSER Straßenbus",
    "一辆 红色 的 车", "a bus \U0001f68c and a car \U0001f697", "\uff41 \U0001d41a a", "A AN a an", "...",
    " ".join(f"word{number}" for number in range(60)),
)  # fmt: skip
"""Twenty captions: punctuation, case, repeated words, other scripts, letters beyond 16 bits, and nothing."""


def test_server_and_tab_ask_the_same_orders(tmp_path: Path) -> None:
    assert len(CAPTIONS) == 20
    given = tmp_path / "captions.json"
    given.write_text(json.dumps(CAPTIONS))
    command = [node(), str(Path(__file__).with_name("word_orders.js")), str(given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [bag_orders(caption) for caption in CAPTIONS]


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["red", "bus", "A", "an", "blue."]), min_size=1, max_size=6), st.randoms())
def test_any_order_of_words_is_the_same_bag(words: list[str], random: Random) -> None:
    one, other = bag_orders(" ".join(words)), bag_orders(" ".join(random.sample(words, len(words))))
    assert one == other and len(one) == NUM_ORDERS
    plain = {"A": "a", "an": "a", "blue.": "blue"}
    assert {tuple(sorted(text.split())) for text in one} == {tuple(sorted(plain.get(word, word) for word in words))}


def test_twelve_orders_of_a_caption_differ() -> None:
    assert len(set(bag_orders("a red bus and one blue car"))) == NUM_ORDERS
