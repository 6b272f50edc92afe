"""Manifest of a sweep: the run of each job, in one file next to the runs, so that a killed sweep can resume.

    manifest = Manifest(Path("sweeps"))            # sweeps/manifest.json: {"recipe": ..., "runs": {key: run}}
    with manifest.held(): ...                      # one process at a time
    manifest.folder(store, job)                    # its run, None if there is none yet
    manifest.adopt(store, jobs)                    # runs of these specs that another process executed
    manifest.keep(job, columns)                    # rows/KEY.json: the result of a run outlives its folder
    manifest.kept(job)                             # the same, None if there is none yet

Sweeps of one folder share runs of equal specs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.runs import run_lock
from explorer.runs.files import read_json, write_json
from explorer.runs.store import RunFolder, RunStore, is_of_tab
from explorer.spec import RECIPE, recipe_number
from explorer.study.rows import Row
from explorer.study.sweeps import Job, run_key


class Manifest:
    """The file `manifest.json` of a folder of sweeps."""

    def __init__(self, out: Path) -> None:
        self.out, self._path = out, out / "manifest.json"
        self._rows: dict[str, Row] = {}
        try:
            out.mkdir(parents=True, exist_ok=True)
            fresh: dict[str, Any] = {"recipe": str(RECIPE), "runs": {}}
            record = read_json(self._path) if self._path.exists() else fresh
            self._runs: dict[str, str] = dict(record["runs"])
            self._recipe = str(record["recipe"])
        except OSError as error:
            raise UserError("out", out, f"cannot be used ({error.strerror}); name another folder") from None
        except (ValueError, KeyError, TypeError):
            raise UserError("out", out, "its manifest.json cannot be read; name another folder") from None
        if recipe_number(self._recipe) != RECIPE:
            raise UserError(
                "out",
                out,
                f"its runs were trained by protocol version {self._recipe}, this is version {RECIPE}, and "
                "points of two versions make no curve; name another folder",
            )

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder against other processes."""
        with run_lock.claimed(self.out) as mine:
            if not mine:
                raise UserError(
                    "out",
                    self.out,
                    "another sweep is running there; wait for it, name another folder, or remove "
                    "the file claim there if it is gone",
                )
            yield

    def folder(self, store: RunStore, job: Job) -> RunFolder | None:
        """Return the run of a job; None if its folder was removed."""
        return store.find(self._runs.get(job.key))

    def note(self, job: Job, folder: RunFolder) -> None:
        """Record the run of a job."""
        self._runs[job.key] = folder.run
        write_json(self._path, {"recipe": self._recipe, "runs": self._runs})

    def keep(self, job: Job, columns: Row) -> None:
        """Write the result of the job's run, which makes its folder dispensable."""
        self._rows[job.key] = columns
        path = self._row_path(job)
        path.parent.mkdir(exist_ok=True)
        write_json(path, columns)

    def kept(self, job: Job) -> Row | None:
        """Return the result of the job's run, None if it is unknown; raise `UserError` for a damaged file."""
        path = self._row_path(job)
        if job.key not in self._rows and path.is_file():
            try:
                self._rows[job.key] = dict(read_json(path))
            except (OSError, ValueError, TypeError):
                raise UserError("out", self.out, f"{path.name} in rows cannot be read; remove it") from None
        return self._rows.get(job.key)

    def _row_path(self, job: Job) -> Path:
        return self.out / "rows" / f"{job.key}.json"

    def adopt(self, store: RunStore, jobs: Sequence[Job]) -> None:
        """Record the runs of the store that have these specs and a report, from a cluster or `train --spec`."""
        wanted = {job.key: job for job in jobs if self.folder(store, job) is None}
        for folder in store.all() if wanted else []:
            job = wanted.get(_key_of(folder))
            if job is not None and (folder.path / "report.json").exists() and not is_of_tab(folder.status().device):
                self._check_recipe(folder)
                self.note(job, folder)

    def _check_recipe(self, folder: RunFolder) -> None:
        found = folder.report().recipe
        if recipe_number(found) != RECIPE:
            raise UserError(
                "run",
                folder.run,
                f"was trained by protocol version {found}, this is version {RECIPE}; take it out of the folder of runs",
            )


def _key_of(folder: RunFolder) -> str:
    try:
        return run_key(folder.spec_record(), folder.status().scenes)
    except (OSError, ValueError, TypeError):
        return ""
