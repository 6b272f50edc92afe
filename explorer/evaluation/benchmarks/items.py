"""Items of a benchmark: one or two pictures, and captions that are right or wrong for them.

    Item(id="0", pictures=(Picture(name="bus.jpg"),), captions=("a red bus", "a blue bus"))  # caption 1 is wrong
    Item(id="1", pictures=(first, second), captions=(of_first, of_second))                   # caption i is of picture i

With one picture, the first `right` captions are true of it and all others are wrong.
A `Source` reads its items again on each call, so that a file of a million lines is never in memory as a whole.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ENDINGS = ("", ".png", ".jpg", ".jpeg")  # of a name that has none of its own, as Winoground's


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture by its name below the folder of images, or by the bytes of its file; `box` is the part to crop.

    The box is left, top, right, bottom in pixels.
    """

    name: str
    content: bytes | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Captions and their pictures; see the module."""

    id: str
    pictures: tuple[Picture, ...]
    captions: tuple[str, ...]
    right: int = 1
    group: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The files, the folder of the pictures, and the items of the files.

    `notes` list what is missing or left out; `columns` describes how the files are read; `skipped` counts the items
    that the last reading left out, by reason.
    """

    files: tuple[Path, ...]
    images: Path
    items: Callable[[], Iterator[Item]]
    notes: tuple[str, ...] = ()
    columns: str = ""
    skipped: Counter[str] = field(default_factory=Counter)

    def all_notes(self) -> list[str]:
        """Return the notes, with what the last reading of the items left out."""
        return [*self.notes, *(f"{count} items {reason} and are left out." for reason, count in self.skipped.items())]


def file_of(name: str, folder: str | Path) -> str | None:
    """Return the file of a picture below the folder, by its path or a shorter end of it; None if there is none."""
    parts = name.split("/")
    tails = ("/".join(parts[start:]) for start in range(len(parts)))
    places = (os.path.join(folder, tail + ending) for tail in tails for ending in ENDINGS)
    return next((place for place in places if os.path.isfile(place)), None)
