"""What a benchmark asks, item by item: one or two pictures, two captions, and which belong together.

    Item(id="0", pictures=(Picture(name="bus.jpg"),), captions=("a red bus", "a blue bus"))  # caption 1 is wrong
    Item(id="1", pictures=(first, second), captions=(of_first, of_second))                   # caption i is of picture i

A `Source` is where the items come from: they are read anew on each call, so that a file of a million lines is never
held whole.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ENDINGS = ("", ".png", ".jpg", ".jpeg")  # of a name that has none of its own, as Winoground's


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture by its name below the folder of images, or by the bytes of its file; `box` is the part to look at.

    The box is left, top, right, bottom in pixels.
    """

    name: str
    content: bytes | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Captions and the pictures that they belong to, in the same order; see the module."""

    id: str
    pictures: tuple[Picture, ...]
    captions: tuple[str, str]
    group: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The files that were named, the folder that picture names start from, and the items that the files hold.

    `notes` say what of a benchmark is not among them.
    """

    files: tuple[Path, ...]
    images: Path
    items: Callable[[], Iterator[Item]]
    notes: tuple[str, ...] = ()


def file_of(name: str, folder: str | Path) -> str | None:
    """The file of a picture's name below the folder, None where there is none."""
    places = (os.path.join(folder, name + ending) for ending in ENDINGS)
    return next((place for place in places if os.path.isfile(place)), None)
