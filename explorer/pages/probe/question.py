"""Validated question of the Probe tab: uploaded pictures within their limits, captions and models.

question(files, "a red bus", "a blue bus", ["things-bound"])        # a Question; UserError names the field
pictures_html(files)                                                    # the pictures, a sentence for a bad one
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from explorer.errors import NO_VALUE, UserError
from explorer.pages.probe import example
from explorer.service.pictures import read_file, thumbnail
from explorer.service.probing import check_captions

MOST_PICTURES, MOST_MODELS = 4, 8
SIDE = 160
"""Side of a thumbnail in pixels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Pictures by the field for errors, their names for the user, captions and models."""

    files: dict[str, bytes]
    names: tuple[str, ...]
    thumbnails: tuple[str, ...]
    captions: tuple[str, ...]
    models: tuple[str, ...]


def paths_of(files: Any) -> list[Path]:
    """Return the uploaded files, whose paths Gradio has checked to be uploads."""
    return [Path(str(file)) for file in files] if isinstance(files, list | tuple) else []


def pictures_html(files: Any) -> str:
    """Return the pictures of the question: the example's if there are none, and a sentence in place of a bad one."""
    paths = paths_of(files)
    if not paths:
        shown = [
            f"<img src='{uri}' alt='{caption}'>" for uri, caption in zip(example.uris(), example.CAPTIONS, strict=True)
        ]
        return _figures(shown, ["the example"] * len(shown))
    shown = []
    for path in paths[:MOST_PICTURES]:
        try:
            uri = thumbnail(read_file(path, _field(path)), _field(path), side=SIDE)
            shown.append(f"<img src='{uri}' alt='{escape(path.name)}'>")
        except UserError as error:
            shown.append(f"<p class='bad' role='alert'><span class='cross'>✗</span> {escape(str(error))}</p>")
    more = f"<p class='why'>{_too_many(len(paths))}.</p>" if len(paths) > MOST_PICTURES else ""
    return _figures(shown, [path.name for path in paths]) + more


def _figures(shown: Sequence[str], names: Sequence[str]) -> str:
    figures = (
        f"<figure>{each}<figcaption>{number}. {escape(name[:40])}</figcaption></figure>"
        for number, (each, name) in enumerate(zip(shown, names, strict=False), start=1)
    )
    return f"<div class='pictures' data-count='{len(shown)}'>{''.join(figures)}</div>"


def _field(path: Path) -> str:
    return f"picture {path.name[:60]}"


def _too_many(count: int) -> UserError:
    return UserError("pictures", NO_VALUE, f"{count} were given, the most is {MOST_PICTURES}; take some away")


def models_of(models: Any) -> tuple[str, ...]:
    """Return the chosen models, each once."""
    if not isinstance(models, list) or not all(isinstance(name, str) for name in models):
        raise UserError("models", NO_VALUE, f"choose 1 to {MOST_MODELS}")
    names = tuple(dict.fromkeys(models))
    if not 1 <= len(names) <= MOST_MODELS:
        raise UserError("models", NO_VALUE, f"choose 1 to {MOST_MODELS}")
    return names


def question(files: Any, caption: Any, others: Any, models: Any) -> Question:
    """Validate the question of the tab; raise `UserError` for a fault."""
    lines = [line for line in str(others or "").splitlines() if line.strip()]
    captions = check_captions([caption, *(line for line in dict.fromkeys(lines) if line != caption)])
    names = models_of(models)
    paths = paths_of(files)
    if not paths:
        found = example.files()
        return Question(
            files=found, names=tuple(found), thumbnails=example.uris(), captions=tuple(captions), models=names
        )
    if len(paths) > MOST_PICTURES:
        raise _too_many(len(paths))
    # With its number, as two may have one name.
    fields = {f"picture {number}, {path.name[:60]}": path for number, path in enumerate(paths, start=1)}
    found = {field: read_file(path, field) for field, path in fields.items()}
    small = tuple(thumbnail(data, field, side=SIDE) for field, data in found.items())
    return Question(
        files=found,
        names=tuple(path.name for path in paths),
        thumbnails=small,
        captions=tuple(captions),
        models=names,
    )
