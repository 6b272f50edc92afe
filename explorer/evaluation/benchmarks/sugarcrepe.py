"""SugarCrepe (Hsieh et al., 2023): seven JSON files of captions with a hard negative each, on COCO's val2017.

    swap_att.json: {"0": {"filename": "000000085329.jpg", "caption": "...", "negative_caption": "..."}, "1": ...}

PATH is the folder with the files (or its parent, the repository), or one of them; the subset is the group of an item,
"swap_att/0" its id. Pictures are searched in val2017 or images next to the files, else in the folder of the files.
"""

from collections.abc import Iterator
from pathlib import Path

from explorer.evaluation.benchmarks.items import Item, Picture, Source
from explorer.evaluation.benchmarks.reading import (
    fault,
    find_files,
    first_folder,
    label,
    picture_name,
    read_json,
    record_of,
    text,
)

SUBSETS = ("add_att", "add_obj", "replace_att", "replace_obj", "replace_rel", "swap_att", "swap_obj")


def open_sugarcrepe(path: Path) -> Source:
    """Open the files that exist as a source."""
    inner = path / "data" if (path / "data" / f"{SUBSETS[0]}.json").is_file() else path
    files = tuple(find_files(inner, [f"{subset}.json" for subset in SUBSETS]))
    if files[0].stem not in SUBSETS:  # no published figure would match it
        raise fault(label(files[0]), f"the file of a subset has one of the names {', '.join(SUBSETS)}, and .json")
    folder = files[0].parent
    images = first_folder(folder / "val2017", folder / "images", folder)
    missing = [subset for subset in SUBSETS if subset not in {file.stem for file in files}]
    some = f"{len(missing)} of {len(SUBSETS)} subsets are not there: {', '.join(missing)}."
    # A single file was asked for by its name.
    notes = (some,) if missing and path.is_dir() else ()
    return Source(
        files=files, images=images, items=lambda: (item for file in files for item in _items(file)), notes=notes
    )


def _items(file: Path) -> Iterator[Item]:
    for index, value in record_of(read_json(file), label(file)).items():
        where = f"item {index[:20]} of {label(file)}"
        record = record_of(value, where)
        yield Item(
            id=f"{file.stem}/{index}",
            pictures=(Picture(name=picture_name(record, "filename", where)),),
            captions=(text(record, "caption", where), text(record, "negative_caption", where)),
            group=file.stem,
        )
