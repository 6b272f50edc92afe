"""The runs that a visitor may see, as rows of a table, and the models that a training may start from.

    rows = run_rows(visible(store, settings, run, key), key)
    search(rows, "web-like finished")            # the rows that hold all of these words
    rows[0].binding, rows[0].is_own              # Estimate or None; True only in the browser that started the run
    start_choices(store, settings, run, key)     # fresh weights, shipped models, runs, pretrained models asked here

On one's own computer all runs are listed; on a shared server one's own and that of the link. Only the holder of a
run's key owns it, so a fresh browser owns none.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal

from explorer.clip.card import SHIPPED
from explorer.clip.names import shipped_names
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.results import Estimate, Scores, same_forms
from explorer.presets import PRESETS
from explorer.runs.archive import import_zip
from explorer.runs.store import RunFolder, RunStore
from explorer.service.outcome import has_model, report_of
from explorer.service.outcome_types import Difference, changes_of, label, recipe_words
from explorer.service.pretrained_start import TUNES, loaded_names
from explorer.settings import Settings
from explorer.spec import DIALS, RunSpec

MOST_LISTED = 200
OTHER_SHAPE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""Errors of reading a file that another program wrote, or that was damaged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """One run of the list: its names, how far it is, and the shares of its report, None while there is none.

    `title` is its recipe and seed, `changed` are the fields in which it differs from its preset, `other` being the
    run's value. `own_is_canonical` says that its own captions are those; `start` is what it began from.
    """

    run: str
    title: str
    label: str
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

    @property
    def words(self) -> str:
        """All that a search looks through, in lower case."""
        fields = [f"{each.field}={each.other} {DIALS[each.field].plain}" for each in self.changed]
        return " ".join([self.run, self.title, self.label, self.preset or "", self.status, *fields]).lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """A model that a training may start from, and the ways in which it may be tuned; `title` names it for people."""

    name: str
    title: str
    kind: Literal["scratch", "shipped", "run", "pretrained"]
    label: str
    tunes: tuple[str, ...]


def visible(store: RunStore, settings: Settings, run: str, key: str) -> list[RunFolder]:
    """Return the runs with a readable spec that the holder of `key` may see, `run` among them, the newest first."""
    found = (
        folder
        for folder in store.all()
        if not settings.is_shared or folder.run == run or folder.is_owner(key)
        if is_readable(folder)
    )
    return list(islice(found, MOST_LISTED))


def run_rows(folders: Iterable[RunFolder], key: str) -> list[RunRow]:
    """Return one row per run; a folder that cannot be read is left out."""
    found = []
    for folder in folders:
        try:
            found.append(_row(folder, key))
        except (UserError, *OTHER_SHAPE):
            continue
    return found


def search(rows: Sequence[RunRow], words: str) -> list[RunRow]:
    """Return the rows that hold each of the words, in any order."""
    wanted = str(words).lower().split()
    return [row for row in rows if all(word in row.words for word in wanted)]


def _row(folder: RunFolder, key: str) -> RunRow:
    spec, status = spec_of(folder), folder.status()
    report = report_of(folder)
    scores = report.scores if report else Scores()
    return RunRow(
        run=folder.run,
        title=f"{recipe_words(spec)}, seed {spec.train.seed}",
        label=label(spec),
        preset=spec.preset,
        changed=changes_of(spec),
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
        is_own=folder.is_owner(key),
        has_model=has_model(folder),
    )


def start_choices(store: RunStore, settings: Settings, run: str, key: str) -> list[Start]:
    """Return fresh weights, the shipped models, the visible runs with a model, and pretrained models asked here."""
    every = DIALS["tune"].choices or ()
    runs = [folder for folder in visible(store, settings, run, key) if folder.model.is_dir()]
    pretrained = loaded_names(store) if settings.any_start else ()
    return [
        Start(name="scratch", title="Fresh weights", kind="scratch", label="fresh weights", tunes=("all",)),
        *(
            Start(name=name, title=shipped_title(name), kind="shipped", label=f"{name} (shipped)", tunes=every)
            for name in shipped_names()
        ),
        *(
            Start(name=each.run, title=recipe_words(spec_of(each)), kind="run", label=each.run, tunes=every)
            for each in runs
        ),
        *(
            Start(name=name, title=name, kind="pretrained", label=f"{name} (pretrained)", tunes=TUNES)
            for name in pretrained
        ),
    ]


def shipped_title(name: str) -> str:
    """Name a shipped model by the captions that it learned from, and by their kinds if they have more than usual."""
    if name not in SHIPPED:
        return name
    usual, own = PRESETS[SHIPPED[name].preset], SHIPPED[name].spec()
    recipe, _, more = usual.title.partition(", ")
    count = len(own.data.attribute_kinds)
    kinds = f"{count} kinds" if count > len(usual.spec.data.attribute_kinds) else ""
    return ", ".join(filter(None, (f"{recipe} captions", more, kinds)))


def bring(store: RunStore, settings: Settings, path: Path, key: str) -> RunFolder:
    """Import an uploaded zip as a run of the holder of `key`; `UserError` on a shared server and for other files."""
    if settings.is_shared:
        raise UserError(
            "file", NO_VALUE, "this server takes no runs from files; bring it to the app on your own computer"
        )
    folder = import_zip(store, path)
    folder.give_to(key)
    return folder


@contextmanager
def readable(folder: RunFolder, file: str) -> Iterator[None]:
    """Turn the errors of reading a file of another shape into a `UserError` that names the run and the file."""
    try:
        yield
    except UserError:
        raise
    except OTHER_SHAPE:
        raise UserError(
            "run", folder.run, f"its {file} cannot be read; delete the run or import it again", longest=80
        ) from None


def spec_of(folder: RunFolder) -> RunSpec:
    """Return the spec of a run; `UserError` if its file is broken."""
    with readable(folder, "spec.json"):
        return _spec(folder.path)


def is_readable(folder: RunFolder) -> bool:
    """Return True if the spec can be read, without which nothing can be shown of a run."""
    try:
        spec_of(folder)
    except UserError:
        return False
    return True


@lru_cache(maxsize=1000)
def _spec(path: Path) -> RunSpec:
    # It never changes once it is written.
    return RunSpec.from_dict(RunFolder(path).spec_record())
