"""The list of runs: a row per run, with its names, how far it is, and what the asker may do with it.

runs(service, "web-like finished").runs[0].binding     # Estimate, or None while there is no report
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from explorer.evaluation.results import Estimate, Scores, same_forms
from explorer.runs.folder import READING_ERRORS, RunFolder
from explorer.runs.queue import describe_run
from explorer.runs.specs import Difference, changes_from_preset
from explorer.runs.titles import recipe_title, run_title
from explorer.spec import DIALS
from explorer.views.registry import view
from explorer.views.run_record import verdict_sentence
from explorer.views.service import Service, may_change
from explorer.views.starts import StartChoice, start_choices


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """One run of the list: its names, how far it is, the shares of its report, and what the asker may do with it.

    Attributes:
        title: `recipe_title` with the run's seed and who saw it train.
        changed: Fields in which it differs from its preset, `other` being the run's value.
        binding: Share of canonical scenes; like `own` and `recognition` None while there is no report.
        own: Binding in the run's own captions.
        own_is_canonical: Whether the run's own captions are the canonical ones.
        start: What it began from, as in `TrainSpec.init`.
        place: As in `TrainingState`; like `left_s` None for a run that has ended.
        may_change: Whether the asker may stop and delete it.
    """

    run: str
    title: str
    recipe_title: str
    preset: str | None
    changed: tuple[Difference, ...]
    status: str
    step: int
    steps: int
    binding: Estimate | None
    own: Estimate | None
    own_is_canonical: bool
    recognition: Estimate | None
    created: float
    start: str
    seed: int
    is_own: bool
    has_model: bool
    place: int | None
    left_s: float | None
    batch_size: int
    verdict: str | None
    may_change: bool
    is_resumable: bool

    def has_words(self, words: str) -> bool:
        """Return True if the row holds each of the words, in any order."""
        fields = [f"{each.field}={each.other} {DIALS[each.field].plain}" for each in self.changed]
        text = " ".join([self.run, self.title, self.preset or "", self.status, *fields]).lower()
        return all(word in text for word in words.lower().split())


@dataclass(frozen=True, kw_only=True)
class RunList:
    """Runs that the asker may see, the newest first, what a training may start from, and if a run may be brought."""

    runs: tuple[RunRow, ...]
    starts: tuple[StartChoice, ...]
    takes_files: bool


@view()
def runs(service: Service, words: str = "", name: str = "", owner_key: str = "") -> RunList:
    """List the runs that the asker may see, the newest first, and the models that a training may start from.

    Args:
        words: words that a run has to hold, for example web-like finished
        name: id of a run of which the asker has the link
        owner_key: the key of the person's runs
    """
    folders = service.visible_runs(name, owner_key)
    return RunList(
        runs=tuple(row for row in run_rows(service, folders, owner_key) if row.has_words(words)),
        starts=tuple(start_choices(service.store, folders, any_start=service.settings.any_start)),
        takes_files=not service.settings.is_shared,
    )


def run_rows(service: Service, folders: Iterable[RunFolder], owner_key: str) -> Iterator[RunRow]:
    """Yield one row per run; a folder that cannot be read is left out."""
    for folder in folders:
        with suppress(*READING_ERRORS):
            yield _row(service, folder, owner_key)


def _row(service: Service, folder: RunFolder, owner_key: str) -> RunRow:
    spec, status, report = folder.spec(), folder.status(), folder.report_if_any()
    scores = report.scores if report else Scores()
    description = describe_run(service.store, folder) if status.is_active else None
    asker_may = may_change(folder, owner_key, service.settings)
    return RunRow(
        run=folder.run,
        title=run_title(spec, status.origin),
        recipe_title=recipe_title(spec),
        preset=spec.preset,
        changed=changes_from_preset(spec),
        status=status.status,
        step=status.step,
        steps=spec.train.steps,
        binding=scores.canonical.get("binding_accuracy"),
        own=scores.of("own").get("binding_accuracy"),
        own_is_canonical=same_forms(scores).get("own") == "canonical",
        recognition=scores.canonical.get("recognition_accuracy"),
        created=status.created or status.heartbeat or 0.0,
        start=spec.train.init,
        seed=spec.train.seed,
        is_own=folder.is_owner(owner_key),
        has_model=folder.has_model,
        place=description.place if description else None,
        left_s=description.left_s if description else None,
        batch_size=spec.train.batch_size,
        verdict=verdict_sentence(folder),
        may_change=asker_may,
        is_resumable=asker_may and not status.is_active and folder.is_resumable,
    )
