"""The swaps of a caption as a JSON document, of one caption and of each line of a file.

describe("a red bus and a blue car")
# {"pairs": [{"attribute": "red", "noun": "bus"}, ...], "swaps": [{"kind": "color", "caption": ...}],
#  "unsure": False, "why": None}
list(describe_lines(b"a red bus and a blue car\n\n"))       # one document a line, {"error": ...} for the empty one
"""

from collections.abc import Iterator
from typing import Any

from explorer.captions.parts import CaptionError
from explorer.captions.reading import read_caption
from explorer.captions.swapping import swaps, why_none
from explorer.errors import NO_VALUE

MOST_BYTES = 10_000_000
MOST_LINES = 100_000


def describe(caption: str) -> dict[str, Any]:
    """Pairs, swaps and whether the reading is unsure; `why` is a sentence where it is, or where there is no swap."""
    parsed = read_caption(caption)
    found = swaps(parsed)
    return {
        "pairs": [{"attribute": pair.attribute, "noun": pair.noun} for pair in parsed.pairs],
        "swaps": [{"kind": swap.kind, "caption": swap.caption} for swap in found],
        "unsure": parsed.unsure,
        "why": parsed.why or (None if found else why_none(parsed)),
    }


def describe_lines(content: bytes) -> Iterator[dict[str, Any]]:
    """One document for each line, as they are asked for; `CaptionError` at once where the file is refused."""
    if len(content) > MOST_BYTES:
        raise CaptionError("file", NO_VALUE, f"is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CaptionError("file", NO_VALUE, f"is not UTF-8 text, see line {line}") from None
    if lines[-1] == "":
        lines.pop()
    if len(lines) > MOST_LINES:
        raise CaptionError("file", NO_VALUE, f"has {len(lines)} lines, the most are {MOST_LINES}")
    return (_describe_or_say(line.removesuffix("\r")) for line in lines)


def _describe_or_say(line: str) -> dict[str, Any]:
    try:
        return describe(line)
    except CaptionError as error:
        return {"error": str(error)}
