"""Commands for worlds of one's own: `worlds make` from a folder of cut-outs, and `worlds show` as a sheet of pictures.

python -m explorer worlds make FOLDER --out my.json       # bello.png, rocket.png, ...: a noun for each file
python -m explorer worlds show my.json --out sheet.png
"""

import io
import unicodedata
from pathlib import Path
from typing import Any

from explorer.errors import NO_VALUE, UserError, catch_write_errors
from explorer.runs.files import replace_named_file
from explorer.tools.options import Document
from explorer.world.own import MAX_NOUNS, MIN_NOUNS, parse_noun, parse_world, read_world, world_document

CUTOUT_ENDING = ".png"


def make(folder: Path, *, out: Path) -> Document:
    """Make a world from a folder of PNG cut-outs; the name of a file is the name of its thing.

    Args:
        folder: pictures with a transparent background, one for each thing
        out: the file to write, for `train --world`
    """
    from explorer.clip.pixels import UPLOAD_LIMITS, PictureError, open_picture
    from explorer.world.cutouts import noun_of_cutout
    from explorer.world.own import noun_record

    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() == CUTOUT_ENDING)
    except OSError as error:
        raise UserError("FOLDER", folder, f"cannot be read ({error.strerror})", longest=200) from None
    if not MIN_NOUNS <= len(files) <= MAX_NOUNS:
        allowed = f"holds {len(files)} files {CUTOUT_ENDING}; a world has {MIN_NOUNS} to {MAX_NOUNS} things"
        raise UserError("FOLDER", folder, allowed, longest=200)
    nouns: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for path in files:
        word = unicodedata.normalize("NFC", path.stem.lower())  # some systems take composed letters apart
        if word in names:
            raise UserError(path.name, NO_VALUE, f"gives a thing the name of {names[word]}; rename one of them")
        names[word] = path.name
        try:
            nouns.append(noun_record(noun_of_cutout(word, open_picture(path, UPLOAD_LIMITS))))
            parse_noun(nouns[-1], path.name)
        except PictureError as error:
            raise UserError(path.name, NO_VALUE, error, longest=200) from None
        except UserError as error:
            raise error.in_field(path.name) from None
    world = parse_world({"nouns": nouns})
    content = world_document(world)
    with catch_write_errors("--out", out):
        replace_named_file(out, content)
    return {"world": world.name, "file": str(out.resolve()), "things": len(nouns), "bytes": len(content)}


def show(file: Path, *, out: Path) -> Document:
    """Draw each thing of a world in three colors, as people and as the model see it, on one sheet.

    Args:
        file: the document of a world
        out: the picture to write
    """
    from explorer.world.sheet import draw_sheet

    world = read_world(file)
    picture = io.BytesIO()
    draw_sheet(world).save(picture, format="PNG")
    with catch_write_errors("--out", out):
        replace_named_file(out, picture.getvalue())
    return {"world": world.name, "file": str(out.resolve()), "things": [noun.word for noun in world.nouns]}
