"""Table of the benchmarks, `benchmarks.toml`: columns, the authors' rule, and published figures.

A further benchmark is an entry in the file.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from explorer.codec import decode
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.benchmarks.columns import Columns
from explorer.evaluation.benchmarks.reading import Source, first_existing_folder, get_files, open_table
from explorer.evaluation.benchmarks.scoring import AuthorsRule
from explorer.tables import file_label

PROTOCOLS_FILE = Path(__file__).with_name("benchmarks.toml")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One published figure, a share; `group` is None for the whole benchmark, `open_clip` names the same model."""

    model: str
    open_clip: tuple[str, ...]
    group: str | None
    metric: str
    value: float
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFigures:
    """Published shares of one model, in the order of the columns."""

    model: str
    values: tuple[float, ...]
    open_clip: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedFigures:
    """Figures of one source: a column per metric of the whole benchmark, or per group in the one metric."""

    source: str
    metrics: tuple[str, ...]
    groups: tuple[str, ...] = ()
    models: tuple[ModelFigures, ...]

    def references(self) -> Iterator[Reference]:
        """Yield each figure of the table with its model and its column."""
        groups = self.groups or (None,) * len(self.metrics)
        metrics = self.metrics[:1] * len(self.groups) or self.metrics
        for figures in self.models:
            about: dict[str, Any] = {"model": figures.model, "open_clip": figures.open_clip, "source": self.source}
            for group, metric, value in zip(groups, metrics, figures.values, strict=True):
                yield Reference(**about, group=group, metric=metric, value=value)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLayout:
    """Files of one layout, by patterns below PATH, and their columns.

    Attributes:
        take: "all" files that fit, or the "first".
        only: Refuse a file whose name is not one of `patterns`.
        split: Of files whose names contain splits, take only this one.
        note: A sentence for the answer on how the files are read.
    """

    patterns: tuple[str, ...]
    columns: Columns
    take: Literal["all", "first"] = "first"
    only: bool = False
    split: str = ""
    note: str = ""

    @property
    def names(self) -> list[str]:
        """Names of the subsets: the patterns that name no folder, without ".json"."""
        return [pattern.removesuffix(".json") for pattern in self.patterns if "/" not in pattern]

    def matching_files(self, path: Path) -> list[Path]:
        """Return the files of this layout, those of one folder only."""
        files = [file for pattern in self.patterns for file in sorted(path.glob(pattern)) if file.is_file()]
        return [file for file in dict.fromkeys(files) if file.parent == files[0].parent]


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """One benchmark. `reads` describes PATH, `groups` the groups, `prompt` how captions are changed.

    `images` are folders next to the files in which the pictures may lie.
    """

    name: str
    reads: str
    groups: str
    files: tuple[FileLayout, ...]
    images: tuple[str, ...] = ("images",)
    theirs: AuthorsRule | None = None
    published: tuple[PublishedFigures, ...] = ()
    prompt: str = "the captions as they are in the file, no template"

    @property
    def reference(self) -> list[Reference]:
        """All published figures, none of them measured here."""
        return [each for table in self.published for each in table.references()]

    def open(self, path: Path) -> Source:
        """Open a file, or the files of the first layout that a folder holds, as a source."""
        files = get_files(path, [pattern for layout in self.files for pattern in layout.patterns])
        notes: list[str] = []
        if path.is_file():
            layout = self._layout_of(path)
        else:
            layout = next(each for each in self.files if set(files) & set(each.matching_files(path)))
            files = layout.matching_files(path)
            if layout.split:
                files = [file for file in files if layout.split in file.stem] or files
            files = files if layout.take == "all" else files[:1]
            missing = [name for name in layout.names if name not in {file.stem for file in files}]
            if layout.only and missing:
                notes = [f"{len(missing)} of {len(layout.names)} subsets are not there: {', '.join(missing)}."]
        folder = files[0].parent
        images = first_existing_folder(*(folder / name for name in self.images), folder)
        if layout.note:
            notes = [layout.note, *notes]
        return open_table(files, layout.columns, images=images, notes=tuple(notes))

    def _layout_of(self, file: Path) -> FileLayout:
        fitting = [each for each in self.files if any(file.match(pattern) for pattern in each.patterns)]
        if not fitting and self.files[0].only:  # no published figure would match it
            names = ", ".join(self.files[0].names)
            raise UserError(file_label(file), NO_VALUE, f"the file of a subset has one of the names {names}, and .json")
        return (fitting or list(self.files))[0]


PROTOCOLS: dict[str, Protocol] = {
    name: decode(Protocol, {"name": name, **entry})
    for name, entry in tomllib.loads(PROTOCOLS_FILE.read_text("utf-8")).items()
}
