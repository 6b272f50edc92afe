"""Worlds of one's own: a document of nouns as parts, checked, in one canonical form, and named by its digest.

    {"nouns": [{"word": "bello", "parts": [{"role": "body", "points": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]}]}, ...]}

    world = parse_world(content)          # a World like `things` with other nouns; UserError if it is none
    world.name                            # "own-" and the first 16 hexadecimal digits of the document's SHA-256
    world_document(world)                 # bytes of the canonical form
    read_world(Path("my.json"))

Points lie in the unit square, y down; later parts lie on top. The canonical form has sorted keys, no spaces, and
numbers with at most four decimals, so that a page and a server name the same document alike. A document is drawn by its
numbers and is never markup. `assets/page/own-document.js` is the counterpart.
"""

import hashlib
import itertools
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.contract import CONTRACT
from explorer.errors import NO_VALUE, UserError
from explorer.world.grammar import ANY_WORDS, Grammar
from explorer.world.things import THINGS, Noun, NounPart, World

OWN_KINDS = tuple(kind.name for kind in THINGS.kinds)
"""Names of the kinds of every world of one's own, which are those of `things`."""
_LIMITS = CONTRACT.own_world
MIN_NOUNS, MAX_NOUNS = _LIMITS.min_nouns, _LIMITS.max_nouns
MAX_NOUN_PARTS, MAX_WORLD_POINTS = _LIMITS.noun_parts, _LIMITS.points
MAX_NOUN_POINTS = MAX_WORLD_POINTS // MAX_NOUNS
"""Points of a noun that is made to fit in any world; one alone may have more."""
MAX_WORLD_BYTES, MAX_WORLD_FILE_BYTES = _LIMITS.bytes, _LIMITS.file_bytes
MAX_WORD_SIGNS, MIN_BODY_AREA = _LIMITS.word_signs, _LIMITS.body_area
_STEPS = _LIMITS.steps
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that Unicode lists as ignorable: nothing is seen of them."""
CAPTION_WORDS = frozenset(
    ("a", "an", "and", *Grammar(THINGS, ANY_WORDS).more_words, *(v.word for kind in THINGS.kinds for v in kind.values))
)
"""Words that no thing may have."""


def read_world(path: Path) -> World:
    """Read the world of a file; raise `UserError` if it cannot be read or is none."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_WORLD_FILE_BYTES + 1)
    except OSError as error:
        raise UserError("world", path, "cannot be read ({problem})", longest=200, problem=error.strerror) from None
    return parse_world(content)


def parse_world(content: bytes | Mapping[str, Any]) -> World:
    """Make the world of a document, as JSON text or already parsed; raise `UserError` with its first fault."""
    document = _parse_text(content) if isinstance(content, bytes) else content
    nouns = document.get("nouns") if isinstance(document, Mapping) else None
    if not isinstance(nouns, list | tuple):
        raise UserError("world", document, 'give an object with the list "nouns" alone')
    if set(document) != {"nouns"}:
        raise UserError(
            "world", document, 'holds more than the list "nouns", so a newer version wrote it; update this one'
        )
    if not MIN_NOUNS <= len(nouns) <= MAX_NOUNS:
        raise UserError("nouns", len(nouns), "a world has {least} to {most} things", least=MIN_NOUNS, most=MAX_NOUNS)
    # Counted before a number is read: a million points cost no more than their length.
    if (count := count_points(nouns)) > MAX_WORLD_POINTS:
        raise UserError("points", count, "a world has at most {most} points", most=MAX_WORLD_POINTS)
    checked = tuple(parse_noun(noun, f"nouns[{index}]") for index, noun in enumerate(nouns))
    words = [noun.word for noun in checked]
    for index, word in enumerate(words):
        if word in words[:index]:
            raise UserError(f"nouns[{index}].word", word, "is already the name of another thing")
    world = replace(THINGS, nouns=checked)
    canonical = world_document(world)
    if len(canonical) > MAX_WORLD_BYTES:
        raise UserError("world", f"{len(canonical)} bytes", "a world has at most {most} bytes", most=MAX_WORLD_BYTES)
    return replace(world, name=f"own-{hashlib.sha256(canonical).hexdigest()[:16]}")


def world_document(world: World) -> bytes:
    """Return the canonical document of a world of polygons."""
    return _canonical({"nouns": [noun_record(noun) for noun in world.nouns]})


def noun_record(noun: Noun) -> dict[str, Any]:
    """Return a noun as its world's document has it."""
    parts = [{"points": [[_number(x), _number(y)] for x, y in part.points], "role": part.role} for part in noun.parts]
    return {"parts": parts, "word": noun.word}


def noun_document(noun: Noun) -> bytes:
    """Return a noun as it stands in the canonical document of its world."""
    return _canonical(noun_record(noun))


def _canonical(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def check_marks(name: str, field: str) -> None:
    """Raise `UserError` if a letter of a name has so many marks that they would cover the lines beside it."""
    runs = itertools.groupby(name, lambda sign: unicodedata.category(sign) in ("Mn", "Me"))
    if max((len([*run]) for is_mark, run in runs if is_mark), default=0) > CONTRACT.name.marks:
        text = name.encode("ascii", "backslashreplace").decode()  # not to cover the lines beside the sentence
        raise UserError(field, text, "a letter has at most {most} marks above and below it", most=CONTRACT.name.marks)


def check_word(word: Any, field: str) -> str:
    """Return the word of a noun; raise `UserError` if captions cannot hold it."""
    if not isinstance(word, str) or not word:
        raise UserError(field, word, "give each thing a name")
    if len(word) > MAX_WORD_SIGNS:
        raise UserError(field, word, "a name has at most {most} letters", most=MAX_WORD_SIGNS)
    if not all(unicodedata.category(sign)[0] in "LM" for sign in word) or _INVISIBLE.search(word):
        raise UserError(
            field,
            word.encode("ascii", "backslashreplace").decode(),
            "a name is one word of letters: no spaces, digits or signs",
        )
    if unicodedata.category(word[0])[0] != "L":
        raise UserError(field, word, "a name begins with a letter")
    check_marks(word, field)
    if unicodedata.normalize("NFC", word) != word:
        raise UserError(field, word, "a name is written in the composed form of Unicode, NFC")
    if word != word.lower():
        raise UserError(field, word, "a name is lowercase")
    if word in CAPTION_WORDS:
        raise UserError(field, word, "is a word of the captions already; choose another name")
    return word


def _parse_text(content: bytes) -> Any:
    if len(content) > MAX_WORLD_FILE_BYTES:
        raise UserError("world", NO_VALUE, "a file of a world has at most {most} bytes", most=MAX_WORLD_FILE_BYTES)
    try:
        return json.loads(content)
    except RecursionError:
        raise UserError("world", NO_VALUE, "is nested too deep") from None
    except ValueError:
        raise UserError("world", NO_VALUE, "is not JSON") from None


def count_points(nouns: Sequence[Any]) -> int:
    """Count what stands in the place of points, whatever it is."""
    parts = [
        noun["parts"] for noun in nouns if isinstance(noun, Mapping) and isinstance(noun.get("parts"), list | tuple)
    ]
    points = [part.get("points") for each in parts for part in each if isinstance(part, Mapping)]
    return sum(len(each) for each in points if isinstance(each, list | tuple))


def parse_noun(noun: Any, field: str) -> Noun:
    """Return one noun of a document; raise `UserError` with its first fault."""
    if not isinstance(noun, Mapping) or set(noun) != {"word", "parts"}:
        raise UserError(field, noun, "give an object with word and parts alone")
    word, parts = check_word(noun["word"], f"{field}.word"), noun["parts"]
    if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= MAX_NOUN_PARTS:
        count = len(parts) if isinstance(parts, list | tuple) else parts
        raise UserError(f"{field}.parts", count, "a thing has 1 to {most} parts", most=MAX_NOUN_PARTS)
    checked = tuple(_parse_part(part, f"{field}.parts[{index}]") for index, part in enumerate(parts))
    largest = max((_double_area(part) for part in checked if part.role == "body"), default=0)
    if largest < 2 * MIN_BODY_AREA * _STEPS * _STEPS:
        raise UserError(field, word, "has no body to take the color; draw a larger one")
    if _is_body_hidden(checked):
        raise UserError(field, word, "shows nothing of its body, which other parts cover; move or remove them")
    return Noun(word=word, parts=checked)


def _parse_part(part: Any, field: str) -> NounPart:
    if not isinstance(part, Mapping) or set(part) != {"role", "points"}:
        raise UserError(field, part, "give an object with role and points alone")
    role, points = part["role"], part["points"]
    if role not in _LIMITS.roles:
        raise UserError(f"{field}.role", role, "choose {choices}", choices=" or ".join(_LIMITS.roles))
    if not isinstance(points, list | tuple) or len(points) < 3:
        raise UserError(f"{field}.points", points, "give a list of at least three points")
    return NounPart(
        role=role, points=tuple(_parse_point(point, f"{field}.points[{i}]") for i, point in enumerate(points))
    )


def _parse_point(point: Any, field: str) -> tuple[float, float]:
    if not isinstance(point, list | tuple) or len(point) != 2:
        raise UserError(field, point, "give two numbers, x and y")
    for number in point:
        # A number that is not one fails the comparison.
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
            raise UserError(field, number, "give numbers from 0 to 1")
    return _round(point[0]), _round(point[1])


def _round(number: float) -> float:
    """Round to four decimals in steps that a page repeats: halves up, by one product and one quotient."""
    return math.floor(number * _STEPS + 0.5) / _STEPS


def _number(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _double_area(part: NounPart) -> int:
    """Return twice the area that the corners of a part enclose, in squares of the smallest step: a whole number."""
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in _edges(part)))


def _edges(part: NounPart) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the edges of a part, each by its two corners in smallest steps."""
    corners = [(round(x * _STEPS), round(y * _STEPS)) for x, y in part.points]
    return zip(corners, (*corners[1:], corners[0]), strict=True)


def _is_body_hidden(parts: Sequence[NounPart]) -> bool:
    """Whether bodies cover points of a grid, and later parts cover each of them."""
    is_body = np.zeros((_LIMITS.body_grid, _LIMITS.body_grid), bool)
    is_seen = is_body.copy()
    for part in parts:
        inside = _grid_inside(part)
        is_seen[inside] = part.role == "body"
        is_body |= inside & is_seen
    return bool(is_body.any() and not is_seen.any())


def _grid_inside(part: NounPart) -> NDArray[np.bool_]:
    """Return which points of a grid (row, column) lie in a part, by the even-odd rule.

    In units in which corners and points of the grid are whole numbers, so that products are exact here and on a page.
    """
    grid, scale = _STEPS * (2 * np.arange(_LIMITS.body_grid) + 1), 2 * _LIMITS.body_grid
    inside = np.zeros((len(grid), len(grid)), bool)
    for corners in _edges(part):
        (x0, y0), (x1, y1) = ((scale * x, scale * y) for x, y in corners)
        is_beside = (y0 > grid) != (y1 > grid)
        side = (x1 - x0) * (grid[:, None] - y0) - (grid - x0) * (y1 - y0)
        inside ^= is_beside[:, None] & ((side > 0) == (y1 > y0))
    return inside
