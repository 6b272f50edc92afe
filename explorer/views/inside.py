"""Views of a model at its saved steps, on the inspected scenes: cosines, margins, a map of its embeddings.

inspect(here, "things-web").binding_accuracy.value
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from explorer.clip.card import FILE, SHIPPED, SNAPSHOT
from explorer.clip.names import shipped_names
from explorer.errors import UserError
from explorer.evaluation.inspection import (
    PARTS,
    Inspection,
    Snapshot,
    inspect_file,
    inspected_forms,
    inspection_scenes,
)
from explorer.evaluation.inspection import verdict as verdict_on_pair
from explorer.evaluation.results import Estimate, Report, read_report
from explorer.resources import CHECKPOINTS
from explorer.runs.files import read_json
from explorer.runs.store import RunFolder, RunStore
from explorer.service.run_list import spec_of
from explorer.service.service import Service
from explorer.spec import DataSpec
from explorer.views.registry import view
from explorer.world.worlds import WORLDS

SHOWN_PIXELS = 64
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


@dataclass(frozen=True, kw_only=True)
class InspectedPair:
    """One of the inspected scenes: its captions, the margin of the right one, and a sentence on it."""

    caption: str
    swapped_caption: str | None
    margin: float | None
    correct: float | None
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """A saved step of a model on the inspected scenes: margins, binding accuracy, and the map of its embeddings.

    `cosines` (N, 2N) are those of image i with caption j and, from N on, with swapped caption j. `points` (N, 2) are
    images, captions and swapped captions on two principal directions, `explained` their shares, `gap` the modality gap.
    """

    name: str
    form: str
    forms: tuple[str, ...]
    step: int
    steps: tuple[int, ...]
    binding_accuracy: Estimate
    pairs: tuple[InspectedPair, ...]
    cosines: list[list[float]]
    points: dict[str, list[list[float]]]
    explained: list[float]
    gap: Estimate


@view()
def inspect(
    here: Service, name: str, form: Literal["canonical", "own"] = "canonical", step: int | None = None
) -> Inspected:
    """Look inside a run or a shipped model at a saved step: cosines and margins of the inspected scenes, a map.

    Args:
        name: id of a run, or a shipped model
        form: form of the captions
        step: the saved step nearest to this one, the newest without it
    """
    subject = find_subject(here.store, name)
    if subject is None or not subject.steps:
        raise UserError("name", name, "there is no run or shipped model of this name with a saved step", longest=80)
    forms = inspected_forms(subject.data)
    chosen = form if form in forms else forms[0]
    asked = subject.steps[-1] if step is None else step
    nearest = min(subject.steps, key=lambda saved: abs(saved - asked))
    snapshot, found = subject.seen(chosen, nearest)
    described = inspection_scenes(chosen, subject.data, WORLDS[subject.data.world], SHOWN_PIXELS)
    return Inspected(
        name=subject.name,
        form=chosen,
        forms=forms,
        step=nearest,
        steps=subject.steps,
        binding_accuracy=found.binding_accuracy,
        pairs=tuple(
            InspectedPair(
                caption=scene.record.caption,
                swapped_caption=scene.record.swapped_caption,
                margin=float(margin) if exists else None,
                correct=float(correct) if exists else None,
                verdict=verdict_on_pair(float(margin), snapshot.logit_scale) if exists else "",
            )
            for scene, margin, correct, exists in zip(
                described, found.margins, found.correct, found.exists, strict=True
            )
        ),
        cosines=found.cosines.tolist(),
        points={name: getattr(found.projection, name).tolist() for name in PARTS},
        explained=found.projection.explained.tolist(),
        gap=found.projection.gap,
    )
