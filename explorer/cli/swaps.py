"""Command `swaps`: attribute-noun pairs of captions, and captions with exchanged attributes.

    python -m explorer swaps --caption "a red bus and a blue car"
    python -m explorer swaps --caption "a red bus and a car" --kinds move
    python -m explorer swaps --file captions.txt --json          # one line of JSON for each line of the file

add_swaps_command(command)               # registers it with the parser of cli
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from explorer.captions.lexicon import KINDS
from explorer.captions.parts import CaptionError
from explorer.captions.swap_document import MOST_BYTES, describe, describe_lines, kinds_of
from explorer.cli.options import Document, show_swaps
from explorer.errors import UserError


def add_swaps_command(command: Callable[..., Any]) -> None:
    """Register `swaps`; `command(name, run, show, help)` makes a command of the command line."""
    added = command(
        "swaps", _swaps, show_swaps, "attribute-noun pairs of a caption, and the caption with exchanged attributes"
    )
    given = added.add_mutually_exclusive_group(required=True)
    given.add_argument("--caption", metavar="TEXT", help="an English caption of at most 300 characters")
    given.add_argument("--file", type=Path, metavar="FILE", help="a text file with one caption per line")
    names = ", ".join(KINDS)
    added.add_argument(
        "--kinds",
        default="",
        metavar="KIND,...",
        help=f"kinds to make, of {names}; default all but move; `all` for every swap",
    )


def _swaps(options: Any) -> Document | Iterator[Document]:
    try:
        kinds = kinds_of(options.kinds)
    except CaptionError as error:
        raise error.in_field("--kinds") from None
    if options.file is not None:
        return _of_file(options.file, kinds)
    return describe(options.caption, kinds)


def _of_file(path: Path, kinds: Sequence[str]) -> Iterator[Document]:
    """Yield the document of each line, after a check of the file's size."""
    try:
        with path.open("rb") as file:
            return describe_lines(file.read(MOST_BYTES + 1), kinds)
    except CaptionError as error:
        raise UserError("--file", path, error.reason) from None
    except OSError as error:
        raise UserError("--file", str(path), f"cannot be read ({error.strerror})") from None
