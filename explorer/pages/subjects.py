"""What Inspect looks at, under one shape: a run with the steps that it saved, or a shipped model as it is.

    subject = find_subject(store, "things-bound")        # None where there is neither run nor shipped model
    subject.steps, subject.data                          # (0, 20, 180); a shipped model has one, called 0
    subject.seen("own", subject.steps[-1])               # Snapshot, Inspection

The snapshot of a shipped model is made when a person first asks for it, which is when torch is imported, and kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from explorer.evaluation.inspection import Inspection, Snapshot, inspect, inspection_set
from explorer.pages.runs_table import spec_of
from explorer.probe import load_model
from explorer.runs.store import RunFolder, RunStore
from explorer.shipped import SHIPPED
from explorer.spec import DataSpec, SpecError
from explorer.world.worlds import WORLDS
from models.configs import shipped_names
from models.names import ModelError

_making = Lock()  # two people who ask at once would both load it


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A name with its saved steps and the data it was trained on; `folder` is None for a shipped model."""

    name: str
    steps: tuple[int, ...]
    data: DataSpec
    folder: RunFolder | None

    def seen(self, form: str, step: int) -> tuple[Snapshot, Inspection]:
        """The snapshot of a step, and its scores in a form; `SpecError` where a file is damaged."""
        if self.folder is None:
            with _making:
                return _of_shipped(self.name, form)
        path = self.folder.snapshot_path(step)
        return _of_run(path, path.stat().st_mtime_ns, form, self.data)

    @property
    def has_model(self) -> bool:
        """Whether a caption of one's own can be scored by it."""
        return self.folder is None or (self.folder.model / "open_clip_config.json").exists()


def find_subject(store: RunStore, name: Any) -> Subject | None:
    """The run or shipped model of that name; `SpecError` where the run's spec cannot be read."""
    folder = store.find(name)
    if folder is not None:
        return Subject(name=folder.run, steps=folder.snapshot_steps(), data=spec_of(folder).data, folder=folder)
    if is_shipped(store, name):
        return Subject(name=name, steps=(0,), data=_data(name), folder=None)
    return None


def is_shipped(store: RunStore, name: Any) -> bool:
    """Whether the name is a shipped model's; a run of that name would come first."""
    return store.find(name) is None and name in shipped_names()


def subject_choices(runs: Iterable[str]) -> list[tuple[str, str]]:
    """What can be inspected, as the choices of a control."""
    return [*((run, run) for run in runs), *((f"{name} (shipped)", name) for name in shipped_names())]


def _data(name: str) -> DataSpec:
    return SHIPPED[name].spec().data if name in SHIPPED else DataSpec()


@lru_cache(maxsize=64)
def _of_run(path: Path, _time: int, form: str, data: DataSpec) -> tuple[Snapshot, Inspection]:
    return _scored(Snapshot.load(path), form, data)


@lru_cache(maxsize=16)
def _of_shipped(name: str, form: str) -> tuple[Snapshot, Inspection]:
    return _scored(_shipped(name), form, _data(name))


@lru_cache(maxsize=8)
def _shipped(name: str) -> Snapshot:
    from explorer.evaluation.snapshots import SnapshotTaker  # torch, which a page needs for nothing else

    data = _data(name)
    try:
        # Its name is no run's, so the store does not matter.
        clip = load_model(name, store=RunStore(Path("nowhere")), only_safe=True)
    except ModelError as error:
        raise SpecError(str(error)) from None
    return SnapshotTaker(clip, WORLDS[data.world], data).take(0)


def _scored(snapshot: Snapshot, form: str, data: DataSpec) -> tuple[Snapshot, Inspection]:
    return snapshot, inspect(snapshot, form, inspection_set(form, data, WORLDS[data.world]).swapped.exists)
