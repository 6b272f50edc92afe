"""Source of Inspect: a run with its saved steps, or a shipped model, in one type.

    subject = find_subject(store, "things-bound")        # None if there is neither a run nor a shipped model
    subject.steps, subject.data                          # (0, 20, 180); a shipped model has one step, 0
    subject.seen("own", subject.steps[-1])               # Snapshot, Inspection

A shipped model has its snapshot next to its weights, so neither needs torch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.clip.card import FILE, SHIPPED, SNAPSHOT
from explorer.clip.names import shipped_names
from explorer.evaluation.inspection import Inspection, Snapshot, inspect_file
from explorer.evaluation.results import Report, read_report
from explorer.resources import CHECKPOINTS
from explorer.runs.files import read_json
from explorer.runs.store import RunFolder, RunStore
from explorer.service.run_list import spec_of
from explorer.spec import DataSpec

SHOWN_FIRST = "things-web"
"""The source that is shown before any choice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A name with its saved steps and its training data; `folder` is None for a shipped model."""

    name: str
    steps: tuple[int, ...]
    data: DataSpec
    folder: RunFolder | None

    def seen(self, form: str, step: int) -> tuple[Snapshot, Inspection]:
        """Return the snapshot of a step, and its scores in a form; raise `UserError` if a file is damaged."""
        path = self.folder.snapshot_path(step) if self.folder else _beside(self.name)
        return inspect_file(path, form, self.data)

    @property
    def has_model(self) -> bool:
        """Return True if it can score a typed caption."""
        return self.folder is None or (self.folder.model / "open_clip_config.json").exists()


def find_subject(store: RunStore, name: Any) -> Subject | None:
    """Return the run or shipped model of that name; raise `UserError` if the run's spec cannot be read."""
    folder = store.find(name)
    if folder is not None:
        return Subject(name=folder.run, steps=folder.snapshot_steps(), data=spec_of(folder).data, folder=folder)
    if is_shipped(store, name):
        return Subject(name=name, steps=(0,) if _beside(name).exists() else (), data=_data(name), folder=None)
    return None


def is_shipped(store: RunStore, name: Any) -> bool:
    """Return True if the name is a shipped model's and not a run's."""
    return store.find(name) is None and name in shipped_names()


def subject_choices(runs: Iterable[str]) -> list[tuple[str, str]]:
    """Return the sources as choices of a control."""
    return [*((run, run) for run in runs), *((f"{name} (shipped)", name) for name in shipped_names())]


def card_of(name: str) -> Report | None:
    """Return the report on the card of a shipped model, which has no breakdown; None if there is none."""
    path = CHECKPOINTS / name / FILE
    return read_report(read_json(path), name=FILE) if path.exists() else None


def _beside(name: str) -> Path:
    """Return the snapshot of a shipped model."""
    return CHECKPOINTS / name / SNAPSHOT


def _data(name: str) -> DataSpec:
    return SHIPPED[name].spec().data if name in SHIPPED else DataSpec()
