"""Worlds of one's own for tests: made-up drawings, and documents that are refused, each with words of its sentence.

made_up(12, seed=0)      # a document of 12 lumpy shapes with eyes
REFUSED["a million points"]      # (document, words)
hostile_files()["markup"]        # the same, and files that are no documents, as (bytes, words)
"""

import json
import math
from functools import cache
from typing import Any

import numpy as np

from explorer.world.own import MAX_WORLD_FILE_BYTES

Document = dict[str, Any]
SYLLABLES = "bel mo ri ta ku zo fi lu na po se dy wo ge hi pa ru ti vo ny ka le mi su".split()


def words(count: int) -> list[str]:
    """Return that many made-up words of two syllables."""
    return [f"{SYLLABLES[i]}{SYLLABLES[(7 * i + 5) % len(SYLLABLES)]}" for i in range(count)]


def ring(x: float, y: float, radii: Any) -> list[list[float]]:
    """Return corners around (x, y), one for each radius."""
    turns = np.arange(len(radii)) * (math.tau / len(radii))
    corners = np.stack([x + radii * np.cos(turns), y + radii * np.sin(turns)], axis=1)
    return np.clip(corners, 0, 1).round(4).tolist()  # type: ignore[no-any-return]


def made_up(count: int, *, seed: int) -> Document:
    """Return a world of lumpy bodies, each with two eyes and some with a hole or a bright belly."""
    random, nouns = np.random.default_rng(seed), []
    for word in words(count):
        lumps = int(random.integers(2, 7))
        turns = np.arange(48) * (math.tau / 48)
        waves = 0.12 * np.cos(lumps * turns + random.uniform(0, 6)) + 0.07 * np.cos(3 * turns + random.uniform(0, 6))
        squash = random.uniform(0.6, 1.0)
        body = ring(0.5, 0.5, 0.3 * (1 + waves))
        parts = [{"role": "body", "points": [[x, round(0.5 + squash * (y - 0.5), 4)] for x, y in body]}]
        if random.random() < 0.4:
            parts.append({"role": "light", "points": ring(0.5, 0.6, np.full(12, 0.08))})
        if random.random() < 0.3:
            parts.append({"role": "cut", "points": ring(0.35, 0.6, np.full(10, 0.05))})
        parts += [{"role": "ink", "points": ring(x, 0.42, np.full(10, 0.035))} for x in (0.42, 0.58)]
        nouns.append({"word": word, "parts": parts})
    return {"nouns": nouns}


SIX = made_up(6, seed=1)


def changed(**noun: Any) -> Document:
    """Return the world of six with its second noun changed."""
    return {"nouns": [SIX["nouns"][0], {**SIX["nouns"][1], **noun}, *SIX["nouns"][2:]]}


def with_points(points: Any, role: Any = "body") -> Document:
    return changed(parts=[{"role": role, "points": points}])


SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
BODY = {"role": "body", "points": SQUARE}
CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]]
SMALLEST = [[0.8684, 0.0475], [0.9309, 0.0475], [0.9309, 0.0875], [0.8684, 0.0875]]
"""A body of exactly 0.25 % of the square: a sum of fractions comes out above or below."""
HALVES = [
    {"role": "ink", "points": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]},
    {"role": "light", "points": [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]},
]
"""Two parts that cover the square side by side."""
LONG = [{"role": "body", "points": [[0.1111, 0.1111], [0.8888, 0.1111], [0.8888, 0.8888], [0.1111, 0.8888]] * 4}] * 40
NAMED = {
    "an empty name": ("", "give each thing a name"),
    "a name of a number": (7, "give each thing a name"),
    "a name of two words": ("red dog", "one word of letters"),
    "markup": ("<b>", "one word of letters"),
    "a digit": ("dog2", "one word of letters"),
    "a name of seventeen letters": ("a" * 17, "at most 16 letters"),
    "a turned text": ("dog\u202e", "one word of letters"),
    "a joiner": ("d\u200dog", "one word of letters"),
    "a control sign": ("d\x00g", "one word of letters"),
    "a filler of nothing": ("\u3164", "one word of letters"),
    "an invisible mark": ("do\u034fg", "one word of letters"),
    "a selector": ("dog\ufe0f", "one word of letters"),
    "half a character": ("\ud800", "one word of letters"),
    "a mark alone": ("\u0301a", "begins with a letter"),
    "a tower of marks": ("q" + "\u0301" * 15, "at most 3 marks"),
    "letters taken apart": ("e\u0301te", "composed form"),
    "a capital": ("Bello", "lowercase"),
    "an article": ("an", "a word of the captions"),
    "a color": ("blue", "a word of the captions"),
    "a size": ("large", "a word of the captions"),
}
PLACED = {
    "a number that is none": ([[0.1, math.nan], *SQUARE], "from 0 to 1"),
    "an endless number": ([[0.1, math.inf], *SQUARE], "from 0 to 1"),
    "a point outside": ([[0.1, 1.2], *SQUARE], "from 0 to 1"),
    "a point of text": ([["0.1", 0.2], *SQUARE], "from 0 to 1"),
    "a point of truth": ([[True, 0.2], *SQUARE], "from 0 to 1"),
    "a point of three numbers": ([[0.1, 0.2, 0.3], *SQUARE], "two numbers"),
    "two points": (SQUARE[:2], "at least three points"),
    "points of nothing": (None, "at least three points"),
    "a line": ([[0.1, 0.1], [0.9, 0.1], [0.5, 0.1]], "no body"),
    "a dot": ([[0.5, 0.5], [0.51, 0.5], [0.5, 0.51]], "no body"),
}
REFUSED: dict[str, tuple[Any, str]] = {
    "nothing": ({}, '"nouns" alone'),
    "a list": ([], '"nouns" alone'),
    "another key": ({**SIX, "script": "x"}, "a newer version wrote it"),
    "nouns of text": ({"nouns": "dog"}, '"nouns" alone'),
    "five things": ({"nouns": SIX["nouns"][:5]}, "6 to 24 things"),
    "twenty-five things": ({"nouns": SIX["nouns"] * 4 + SIX["nouns"][:1]}, "6 to 24 things"),
    "a thing of text": ({"nouns": [*SIX["nouns"][:5], "dog"]}, "word and parts alone"),
    "a thing with a nickname": (changed(nickname="yuki"), "word and parts alone"),
    "no parts": (changed(parts=[]), "1 to 40 parts"),
    "forty-one parts": (changed(parts=[{"role": "body", "points": SQUARE}] * 41), "1 to 40 parts"),
    "a part with a box": (changed(parts=[{"role": "body", "points": SQUARE, "box": [0, 0, 1, 1]}]), "role and points"),
    "another role": (with_points(SQUARE, "glow"), "body or ink or light or cut"),
    "a role of a list": (with_points(SQUARE, []), "body or ink or light or cut"),
    "ink alone": (with_points(SQUARE, "ink"), "no body"),
    "a body behind a hole": (changed(parts=[BODY, {"role": "cut", "points": CORNERS}]), "nothing of its body"),
    "a body behind its eyes": (changed(parts=[BODY, *HALVES]), "nothing of its body"),
    "a hundred thousand points": (with_points([[0.5, 0.5]] * 100_000), "at most 4000 points"),
    "many bytes": ({"nouns": [{**noun, "parts": LONG} for noun in SIX["nouns"]]}, "at most 64000 bytes"),
    "the same name twice": (changed(word=SIX["nouns"][0]["word"]), "already the name of another thing"),
    **{name: (changed(word=word), said) for name, (word, said) in NAMED.items()},
    **{name: (with_points(points), said) for name, (points, said) in PLACED.items()},
}  # fmt: skip
TEXTS = {
    "a deep list": (b'{"nouns": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
    "no JSON": (b"{", "not JSON"),
    "another coding": ('{"nouns": "é"}'.encode("latin-1"), "not JSON"),
    "a long file": (b" " * 300_000, "at most 256000 bytes"),
    "a number that is none": (json.dumps(PLACED["a number that is none"][0]).encode(), '"nouns" alone'),
}
"""Files that are refused."""


@cache
def hostile_files() -> dict[str, tuple[bytes, str]]:
    """Return all of them as files; one that is too long is refused as that."""
    files = {name: (json.dumps(document).encode(), words) for name, (document, words) in REFUSED.items()}
    files |= {f"a file of {name}": text for name, text in TEXTS.items()}
    too_long = f"at most {MAX_WORLD_FILE_BYTES} bytes"
    return {
        name: (content, words if len(content) <= MAX_WORLD_FILE_BYTES else too_long)
        for name, (content, words) in files.items()
    }
