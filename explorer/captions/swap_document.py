"""The swaps of a caption as a JSON document, of one caption and of each line of a file.

describe("a red bus and a blue car")
# {"pairs": [{"attribute": "red", "noun": "bus"}, ...], "swaps": [{"kind": "color", "caption": ...}],
#  "unsure": False, "why": None}
describe("a red bus and a car", kinds_of("move"))            # "a bus and a red car" is made only by name
list(describe_lines(b"a red bus and a blue car\n\n"))       # one document a line, {"error": ...} for the empty one
"""

from collections.abc import Iterator, Sequence

from explorer.captions.lexicon import KINDS
from explorer.captions.parts import CaptionError
from explorer.captions.reading import read_caption
from explorer.captions.swapping import OFFERED, every_swap, swaps, why_none
from explorer.errors import NO_VALUE

MOST_BYTES = 10_000_000
MOST_LINES = 100_000
ALL = "all"
"""Replaces kinds: every swap that the reading allows, with odd and possibly true ones."""


def kinds_of(names: str) -> tuple[str, ...]:
    """Parse kinds of swaps with commas between; no name is `OFFERED`, and "all" every swap there is.

    Raises:
        CaptionError: if a name is not a kind.
    """
    kinds = tuple(name for name in (part.strip() for part in names.split(",")) if name)
    unknown = [name for name in kinds if name not in (*KINDS, ALL)]
    if unknown:
        raise CaptionError("kinds", unknown[0], f"give one or more of {', '.join((*KINDS, ALL))}")
    return kinds or OFFERED


def describe(caption: str, kinds: Sequence[str] = OFFERED) -> dict[str, object]:
    """Return pairs, swaps and if the reading is unsure; `why` is a sentence if it is, or if there is no swap."""
    parsed = read_caption(caption)
    found = every_swap(parsed) if ALL in kinds else swaps(parsed, kinds)
    return {
        "pairs": [{"attribute": pair.attribute, "noun": pair.noun} for pair in parsed.pairs],
        "swaps": [{"kind": swap.kind, "caption": swap.caption} for swap in found],
        "unsure": parsed.unsure,
        "why": parsed.why or (None if found else why_none(parsed)),
    }


def describe_lines(content: bytes, kinds: Sequence[str] = OFFERED) -> Iterator[dict[str, object]]:
    """Yield one document per line; raise `CaptionError` at once if the file is refused."""
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
    return (_describe_or_say(line.removesuffix("\r"), kinds) for line in lines)


def _describe_or_say(line: str, kinds: Sequence[str]) -> dict[str, object]:
    try:
        return describe(line, kinds)
    except CaptionError as error:
        return {"error": str(error)}
