"""Execution of a sweep by an engine, this computer's workers by default, or collection of runs; and its cost.

    with Manifest(out).held(): ...                   # one process at a time
    laboratory = Laboratory(store=store, manifest=Manifest(out), settings=settings, tell=print)
    rows = laboratory.run(sweep, conditions, seeds=3, resume=True)
    laboratory.open_jobs(sweep, conditions, seeds=3)      # remaining jobs: the search first, then the results
    cost(store, [find("batch-size")], workers=1)      # Cost(runs=35, pairs=1612800, low_s=..., high_s=..., basis="...")

A killed sweep resumes: ended runs are found by their specs, interrupted ones resume from their checkpoint. Results of
runs are kept in the manifest's folder, so an ended run whose folder is lost is not run again. The cost is at the pace
measured on this computer. Runs of equal specs count once, also across sweeps, because they run once in one folder.
"""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.runs import run_lock
from explorer.runs.endings import end_if_abandoned
from explorer.runs.files import read_json, write_json
from explorer.runs.queue import estimate_s
from explorer.runs.store import RunFolder, RunStore, is_of_tab
from explorer.settings import Settings, cores, gpus
from explorer.spec import RECIPE, recipe_number
from explorer.study.engines import Engine, LocalEngine, MakeEngine
from explorer.study.rows import DIVERGED, Row, job_columns, run_columns
from explorer.study.sweeps import Condition, Job, Sweep, rate_factor, result_jobs, run_key, search_jobs
from explorer.wording import duration

POLL_S = 0.5
"""Seconds between two polls of the runs."""
QUIET_S = 60.0
"""Seconds after which the progress is logged even if no run ended."""


def sweep_settings(settings: Settings, jobs: int) -> Settings:
    """Return settings for `jobs` parallel workers that share the cores; 0: one per GPU, or one on the CPU."""
    workers = jobs or len(gpus()) or 1
    threads = settings.threads or max(1, cores() // workers)
    return replace(settings, workers=workers, threads=threads, poll_s=max(POLL_S, settings.poll_s))


class Manifest:
    """The run of each job of the sweeps of a folder, in `manifest.json`, so that a killed sweep can resume.

    Sweeps of one folder share runs of equal specs. The result of a run outlives its folder, in `rows/KEY.json`.
    """

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
            advice = "points of two versions make no curve; name another folder"
            raise UserError("out", out, f"its runs were trained by {_versions(self._recipe)}, and {advice}")

    @contextmanager
    def held(self) -> Iterator[None]:
        with run_lock.claimed(self.out) as mine:
            if not mine:
                advice = "wait for it, name another folder, or remove the file claim there if it is gone"
                raise UserError("out", self.out, f"another sweep is running there; {advice}")
            yield

    def folder(self, store: RunStore, job: Job) -> RunFolder | None:
        """Return the run of a job; None if its folder was removed."""
        return store.find(self._runs.get(job.key))

    def note(self, job: Job, folder: RunFolder) -> None:
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
                if recipe_number(found := folder.report().recipe) != RECIPE:
                    advice = "take it out of the folder of runs"
                    raise UserError("run", folder.run, f"was trained by {_versions(found)}; {advice}")
                self.note(job, folder)


def _versions(found: object) -> str:
    return f"protocol version {found}, this is version {RECIPE}"


def _key_of(folder: RunFolder) -> str:
    try:
        return run_key(folder.spec_record(), folder.status().scenes)
    except (OSError, ValueError, TypeError):
        return ""


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """A store of runs, the manifest that identifies them, and the settings of workers."""

    store: RunStore
    manifest: Manifest
    settings: Settings
    tell: Callable[[str], None]
    engine: MakeEngine = LocalEngine
    keeps_models: bool = True
    """True keeps the model and snapshots of ended runs, a few MB each, which no row needs."""

    def run(
        self,
        sweep: Sweep,
        conditions: Sequence[Condition],
        *,
        seeds: int,
        resume: bool,
        save: Callable[[list[Row]], object] = len,
    ) -> list[Row]:
        """Search the learning rates, run every seed, and return a row per run.

        `save` receives the rows so far after each run.
        """
        search = search_jobs(sweep, conditions)
        self._execute(search, resume, lambda: save(self.rows(search)))
        results = result_jobs(sweep, conditions, self.factors(sweep, conditions, search), seeds)
        self._execute(results, resume, lambda: save(self.rows([*search, *results])))
        return self.rows([*search, *results])

    def rows(self, jobs: Sequence[Job]) -> list[Row]:
        found = ((job, self.columns(job)) for job in jobs)
        return [job_columns(job) | columns for job, columns in found if columns is not None]

    def columns(self, job: Job) -> Row | None:
        """Return the result of the job's run, None if it has not ended; cached once it is known."""
        kept = self.manifest.kept(job)
        if kept is None and (folder := self.manifest.folder(self.store, job)) is not None and _is_done(folder):
            kept = run_columns(job, folder)
            self.manifest.keep(job, kept)
        return kept

    def open_jobs(self, sweep: Sweep, conditions: Sequence[Condition], *, seeds: int) -> tuple[list[Job], list[Job]]:
        """Return (all known jobs, those without an ended run): results are known once every search has ended."""
        jobs = search_jobs(sweep, conditions)
        if not self._not_ended(jobs):
            jobs += result_jobs(sweep, conditions, self.factors(sweep, conditions, jobs), seeds)
        return jobs, self._not_ended(jobs)

    def adopt(self, sweep: Sweep, conditions: Sequence[Condition], *, seeds: int) -> tuple[list[Job], list[Job]]:
        """Take runs of the store that were made elsewhere; return as `open_jobs` does."""
        # Twice: the results are known only with the searches at hand.
        for _ in range(2):
            self.manifest.adopt(self.store, self.open_jobs(sweep, conditions, seeds=seeds)[1])
        return self.open_jobs(sweep, conditions, seeds=seeds)

    def factors(self, sweep: Sweep, conditions: Sequence[Condition], search: Sequence[Job]) -> dict[str, float]:
        """Return the learning rate factor of each condition, by only the training loss of its search."""
        losses: dict[str, dict[float, float | None]] = {condition.label: {} for condition in conditions}
        for job in search:
            columns = self.columns(job)
            is_whole = columns is not None and columns["status"] == "finished"
            losses[job.condition.label][job.factor] = columns["loss"] if columns is not None and is_whole else None
        return {condition.label: rate_factor(sweep, condition, losses[condition.label]) for condition in conditions}

    def _not_ended(self, jobs: Sequence[Job]) -> list[Job]:
        missing = {job.key: job for job in jobs if self.columns(job) is None}
        return list(missing.values())

    def _execute(self, jobs: Sequence[Job], resume: bool, save: Callable[[], object]) -> None:
        waiting = self._not_ended(jobs)
        begun = [job for job in waiting if self.manifest.folder(self.store, job) is not None]
        if begun and not resume:
            advice = "did not end; add --resume to go on with them"
            raise UserError("out", self.manifest.out, f"{len(begun)} of its runs {advice}")
        if not waiting:
            return
        folders = {self._queue(job).run: job for job in waiting}
        engine = self.engine(self.store, self.settings)
        try:
            engine.start(list(folders))
            self._watch(folders, engine, save)
        finally:
            engine.close()
        self._check_ended(jobs)

    def _check_ended(self, jobs: Sequence[Job]) -> None:
        """Stop the sweep if a run broke off, for example without memory, because that is no finding."""
        left = self._not_ended(jobs)
        if left:
            folder = self.manifest.folder(self.store, left[0])
            reason = folder.status().reason if folder is not None else "its folder is gone"
            said = f"{len(left)} runs broke off, the first is {left[0].name} ({reason}); add --resume to try them again"
            raise UserError("sweep", left[0].sweep.name, said)

    def _queue(self, job: Job) -> RunFolder:
        """Queue the job's run: a new one, or one to resume; one that cannot resume is made again."""
        folder = self.manifest.folder(self.store, job)
        if folder is not None:
            end_if_abandoned(folder)
            if folder.status().is_active:
                return folder
            try:
                folder.request_resume()
                return folder
            except UserError:
                self.store.delete(folder.run)
        folder = self.store.create(job.spec, scenes=job.scenes)
        self.manifest.note(job, folder)
        return folder

    def _watch(self, jobs: dict[str, Job], engine: Engine, save: Callable[[], object]) -> None:
        """Wait until no run is waiting or active; log and save those that ended."""
        open_runs, began, told = set(jobs), time.monotonic(), 0.0
        again: Counter[str] = Counter()
        while open_runs:
            engine.look()
            ended = {run for run in open_runs if not self._goes_on(self.store.get(run), again, engine.tries)}
            open_runs -= ended
            for run in sorted(ended):
                self._end(jobs[run], self.store.get(run), save)
            if ended or time.monotonic() - told > QUIET_S:
                told = time.monotonic()
                self.tell(self._progress(jobs, open_runs, told - began))
            if open_runs:
                time.sleep(self.settings.poll_s)

    def _goes_on(self, folder: RunFolder, again: Counter[str], tries: int) -> bool:
        """Return True if a run is waiting or active; one that was interrupted is queued again, `tries` times."""
        status = folder.status()
        if status.status != "interrupted" or again[folder.run] >= tries:
            return status.is_active
        try:
            folder.request_resume()
            again[folder.run] += 1
        except UserError:
            pass  # its worker is about to release it
        return True

    def _end(self, job: Job, folder: RunFolder, save: Callable[[], object]) -> None:
        self.tell(f"{job.name}: {_outcome(folder)}")
        if self.columns(job) is not None:
            save()
        if not self.keeps_models and _is_done(folder):
            for path in (folder.model, folder.path / "snapshots"):
                shutil.rmtree(path, ignore_errors=True)

    def _progress(self, jobs: dict[str, Job], open_runs: set[str], elapsed_s: float) -> str:
        """Format how many runs are done, and the remaining time at the pace so far or at a measured one."""
        done = sum(job.pairs for run, job in jobs.items() if run not in open_runs)
        left = sum(jobs[run].pairs for run in open_runs)
        if done:
            left_s = elapsed_s * left / done
        else:
            left_s = sum(estimate_s(self.store, jobs[run].spec)[1] for run in open_runs)
            left_s /= self.settings.workers or 1
        return f"{len(jobs) - len(open_runs)} of {len(jobs)} runs done, about {duration(left_s)} left"


def _is_done(folder: RunFolder) -> bool:
    """Return True if there is nothing to run again: it finished, or its learning rate was too high."""
    status = folder.status()
    return status.status == "finished" or DIVERGED in str(status.reason)


def _outcome(folder: RunFolder) -> str:
    status = folder.status()
    if status.status != "finished":
        return f"{status.status} ({status.reason or 'no reason known'})"
    report = folder.report()
    binding = report.scores.canonical["binding_accuracy"].value
    return "failed to train" if report.failed_to_train else f"canonical binding {binding:.3f}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Runs, their training pairs, and seconds with the basis of the estimate."""

    runs: int
    pairs: int
    low_s: float
    high_s: float
    basis: str


def cost(
    store: RunStore,
    sweeps: Sequence[Sweep],
    *,
    seeds: int | None = None,
    workers: int = 1,
    only: Sequence[Condition] | None = None,
) -> Cost:
    """Estimate the cost of the sweeps in one folder, one process at a time per worker.

    Only conditions `only` if given.
    """
    jobs: dict[str, Job] = {}
    for sweep in sweeps:
        conditions = sweep.conditions if only is None else only
        # As if each search chose the middle rate: all of them cost the same.
        middle = {each.label: sorted(rates := sweep.factors_of(each))[len(rates) // 2] for each in conditions}
        every = [*search_jobs(sweep, conditions), *result_jobs(sweep, conditions, middle, seeds or sweep.seeds)]
        jobs |= {job.key: job for job in every}
    kinds = {(job.spec.train.model, job.pairs): job.spec for job in jobs.values()}
    estimates = {kind: estimate_s(store, spec) for kind, spec in kinds.items()}
    each = [estimates[job.spec.train.model, job.pairs] for job in jobs.values()]
    return Cost(
        runs=len(jobs),
        pairs=sum(job.pairs for job in jobs.values()),
        low_s=sum(low for low, *_ in each) / workers,
        high_s=sum(high for _, high, _ in each) / workers,
        basis=each[0][2] if each else "nothing to run",
    )
