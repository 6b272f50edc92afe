"""Execution of a sweep on this computer's workers or on a Slurm cluster, or collection of its runs; and its cost.

    with Manifest(out).locked(): ...                               # one process at a time
    runner = SweepRunner(store=store, manifest=Manifest(out), settings=settings, tell=print)
    rows = runner.run(sweep, conditions, seeds=3, resume=True)
    runner.open_jobs(sweep, conditions, seeds=3)                 # remaining jobs: the search first, then the results
    estimate_cost(store, [sweeps.get_runnable("batch-size")], workers=1)  # SweepCost(runs=35, low_s=...)

A killed sweep resumes: ended runs are found by their specs, interrupted ones resume from their checkpoint. Results of
runs are kept in the manifest's folder, so an ended run whose folder is lost is not run again. Runs of equal specs count
once, also across sweeps, because they run once in one folder.

On a cluster each task of an array takes about 20 runs, one after the other; the workers' number caps the tasks at once.
All nodes share the store. A task that is preempted is queued again by submitit and resumes its runs from their
checkpoints; runs of a task that was killed are submitted again, `MAX_TRIES` times.
"""

import math
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from explorer.errors import UserError
from explorer.runs import run_lock
from explorer.runs.endings import end_if_abandoned, end_if_lost
from explorer.runs.files import read_json, write_json
from explorer.runs.folder import RunFolder
from explorer.runs.queue import estimate_from_runs
from explorer.runs.store import RunStore
from explorer.runs.supervisor import Supervisor, spawn_worker, write_end_of_dead_executor
from explorer.settings import Settings, core_count, gpu_ids
from explorer.spec import PROTOCOL_VERSION, protocol_version_of
from explorer.study.keys import run_key
from explorer.wording import format_duration
from research.rows import DIVERGED, Row, job_columns, run_columns
from research.sweeps import Condition, Sweep, SweepJob, rate_factor, result_jobs, search_jobs

POLL_S = 0.5
"""Seconds between two polls of the runs."""
PROGRESS_S = 60.0
"""Seconds after which the progress is logged even if no run ended."""


def sweep_settings(settings: Settings, jobs: int) -> Settings:
    """Return settings for `jobs` parallel workers that share the cores; 0: one per GPU, or one on the CPU."""
    workers = jobs or len(gpu_ids()) or 1
    threads = settings.threads or max(1, core_count() // workers)
    return replace(settings, workers=workers, threads=threads, poll_s=max(POLL_S, settings.poll_s))


# ---- Where runs are executed


class RunBackend(Protocol):
    """Executor of the queued runs of a store; `tries` is how often an interrupted run is queued again."""

    tries: int

    def start(self, runs: Sequence[str]) -> None:
        """Begin to execute the runs."""

    def poll(self) -> None:
        """Submit again what was lost; called at every poll."""

    def close(self) -> None:
        """End what still runs."""


MakeBackend = Callable[[RunStore, Settings], RunBackend]


class LocalBackend:
    """Executes runs by worker processes of this computer; it queues none again."""

    tries = 1

    def __init__(self, store: RunStore, settings: Settings) -> None:
        self._supervisor = Supervisor(store, settings)

    def start(self, runs: Sequence[str]) -> None:  # noqa: ARG002
        self._supervisor.start()

    def poll(self) -> None:
        """Do nothing: the supervisor has a thread of its own."""

    def close(self) -> None:
        self._supervisor.close()


MAX_RUNS_PER_TASK = 20
"""Most runs of one task: a scheduler serves few long tasks better than many short ones."""
MAX_TRIES = 3
QUEUE_POLL_S = 5.0
"""Seconds between two polls of the scheduler."""
TIMEOUT_MIN = 24 * 60
SLURM_OPTIONS = {
    "partition": str, "account": str, "qos": str, "constraint": str, "gres": str, "mem": str, "exclude": str,
    "nodelist": str, "cpus_per_task": int, "gpus_per_node": int, "timeout_min": int,
}  # fmt: skip
"""Names of submitit that `--slurm NAME=VALUE` may set, with the types of their values."""
CLUSTER_OPTIONS = ("cpus_per_task", "gpus_per_node", "timeout_min")
"""Those that every kind of cluster has."""


@dataclass(frozen=True, kw_only=True)
class RunBatch:
    """The queued runs of one task, executed one after the other on a machine of a cluster, each by a worker process."""

    root: Path
    runs: tuple[str, ...]
    settings: Settings

    def __call__(self) -> list[str]:
        """Execute what has not ended; return the runs."""
        store = RunStore(self.root)
        for run in self.runs:
            folder = store.get(run)
            if _requeue(folder):
                self._execute(store, folder)
        return list(self.runs)

    def checkpoint(self) -> Any:
        """Return what submitit submits again after preemption or a timeout: the same runs, which resume."""
        return import_module("submitit.helpers").DelayedSubmission(self)

    def _execute(self, store: RunStore, folder: RunFolder) -> None:
        worker = spawn_worker(store, self.settings)
        try:
            if worker.assign(folder):
                while worker.returncode() is None:
                    time.sleep(self.settings.poll_s)
                write_end_of_dead_executor(worker)
        finally:
            worker.request_end()
            worker.end(self.settings.close_s)


def _requeue(folder: RunFolder) -> bool:
    """Queue a run again if it was interrupted, or if its process is gone; return True if it is queued."""
    end_if_abandoned(folder)
    if folder.status().status == "interrupted":
        with suppress(UserError):  # another process has just taken it
            folder.request_resume()
    return folder.status().status == "queued"


class ClusterBackend:
    """Executes runs by tasks of a submitit executor, at most `MAX_RUNS_PER_TASK` each."""

    tries = MAX_TRIES

    def __init__(self, store: RunStore, settings: Settings, executor: Any) -> None:
        self._store, self._settings, self._executor = store, settings, executor
        self._tasks: list[tuple[Any, tuple[str, ...]]] = []
        self._tries: Counter[str] = Counter()
        self._looked = 0.0

    def start(self, runs: Sequence[str]) -> None:
        """Submit at least as many tasks as there are workers, of at most `MAX_RUNS_PER_TASK` runs."""
        size = max(1, min(MAX_RUNS_PER_TASK, math.ceil(len(runs) / max(1, self._settings.workers))))
        tasks = [tuple(runs[index : index + size]) for index in range(0, len(runs), size)]
        batches = [RunBatch(root=self._store.root.resolve(), runs=each, settings=self._settings) for each in tasks]
        self._tries.update(runs)
        self._tasks += zip(self._executor.submit_array(batches), tasks, strict=True)

    def poll(self) -> None:
        """Submit lost runs again, at most `MAX_TRIES` times, and mark the others as failed."""
        if time.monotonic() - self._looked < QUEUE_POLL_S:
            return
        self._looked = time.monotonic()
        in_queue = self._in_queue()
        self._tasks = [(job, runs) for job, runs in self._tasks if job.job_id in in_queue]
        held = {run for _, runs in self._tasks for run in runs}
        lost = [run for run in self._tries if run not in held and self._is_open(run)]
        again = [run for run in lost if self._tries[run] < MAX_TRIES]
        for run in set(lost) - set(again):
            with suppress(UserError):
                end_if_lost(self._store.get(run), MAX_TRIES)
        if again:
            self.start(again)

    def close(self) -> None:
        """Cancel the tasks that still have an active run."""
        for job, runs in self._tasks:
            folders = filter(None, map(self._store.find, runs))
            if any(folder.status().is_active for folder in folders):
                job.cancel()

    def _is_open(self, run: str) -> bool:
        folder = self._store.find(run)
        return folder is not None and _requeue(folder)

    def _in_queue(self) -> set[str]:
        jobs = [job for job, _ in self._tasks]
        if self._executor.cluster != "slurm":
            return {job.job_id for job in jobs if not job.done()}
        # Without accounting, a cluster knows ended tasks only by their absence from its queue.
        command = ["squeue", "--noheader", "--array", "--me", "--format=%i"]
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        if listed.returncode:
            return {job.job_id for job in jobs}  # the scheduler does not answer now: nothing is lost for that
        return set(listed.stdout.split())


def slurm_backend(folder: Path, options: Mapping[str, Any], cluster: str = "slurm") -> MakeBackend:
    """Return the backend of a cluster; `UserError` if submitit or the scheduler is missing."""
    try:
        submitit = import_module("submitit")
    except ImportError:
        reason = "needs the package submitit: pip install 'submitit>=1.5.4,<2'"
        raise UserError("engine", cluster, reason) from None
    try:
        executor = submitit.AutoExecutor(folder=str(folder / "%j"), cluster=cluster)
    except RuntimeError:
        raise UserError("engine", cluster, "finds no sbatch here; run it on a login node of the cluster") from None

    def make(store: RunStore, settings: Settings) -> RunBackend:
        parameters = {"cpus_per_task": settings.threads, "timeout_min": TIMEOUT_MIN, **options}
        named = {name if name in CLUSTER_OPTIONS else f"slurm_{name}": value for name, value in parameters.items()}
        executor.update_parameters(name="clip-binding", slurm_array_parallelism=settings.workers, **named)
        return ClusterBackend(store, settings, executor)

    return make


def parse_slurm_options(texts: Sequence[str]) -> dict[str, Any]:
    """Parse `--slurm NAME=VALUE`; raise `UserError` for another name or type."""
    options: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        kind: Callable[[str], Any] | None = SLURM_OPTIONS.get(name)
        if kind is None or not value:
            raise UserError("--slurm", text, f"give NAME=VALUE, with NAME one of {', '.join(SLURM_OPTIONS)}")
        try:
            options[name] = kind(value)
        except ValueError:
            raise UserError("--slurm", text, "give a whole number") from None
    return options


# ---- Runs and results of a folder


class Manifest:
    """The run of each job of the sweeps of a folder, in `manifest.json`, so that a killed sweep can resume.

    Sweeps of one folder share runs of equal specs. The result of a run outlives its folder, in `rows/KEY.json`.
    """

    def __init__(self, out: Path) -> None:
        self.out, self._path = out, out / "manifest.json"
        self._rows: dict[str, Row] = {}
        try:
            out.mkdir(parents=True, exist_ok=True)
            fresh: dict[str, Any] = {"recipe": str(PROTOCOL_VERSION), "runs": {}}
            record = read_json(self._path) if self._path.exists() else fresh
            self._runs: dict[str, str] = dict(record["runs"])
            self._protocol = str(record["recipe"])
        except OSError as error:
            raise UserError("out", out, f"cannot be used ({error.strerror}); name another folder") from None
        except (ValueError, KeyError, TypeError):
            raise UserError("out", out, "its manifest.json cannot be read; name another folder") from None
        if protocol_version_of(self._protocol) != PROTOCOL_VERSION:
            advice = "points of two versions make no curve; name another folder"
            raise UserError("out", out, f"its runs were trained by {_version_words(self._protocol)}, and {advice}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other sweeps out of the folder meanwhile; raise `UserError` if one is running there."""
        with run_lock.hold_claim(self.out) as is_claimed:
            if not is_claimed:
                advice = "wait for it, name another folder, or remove the file claim there if it is gone"
                raise UserError("out", self.out, f"another sweep is running there; {advice}")
            yield

    def folder(self, store: RunStore, job: SweepJob) -> RunFolder | None:
        """Return the run of a job; None if its folder was removed."""
        return store.find(self._runs.get(job.run_key))

    def record_run(self, job: SweepJob, folder: RunFolder) -> None:
        """Record the run of a job, so that a killed sweep finds it again."""
        self._runs[job.run_key] = folder.run
        write_json(self._path, {"recipe": self._protocol, "runs": self._runs})

    def save_result(self, job: SweepJob, columns: Row) -> None:
        """Write the result of the job's run, which makes its folder dispensable."""
        self._rows[job.run_key] = columns
        path = self._row_path(job)
        path.parent.mkdir(exist_ok=True)
        write_json(path, columns)

    def result_of(self, job: SweepJob) -> Row | None:
        """Return the result of the job's run, None if it is unknown; raise `UserError` for a damaged file."""
        path = self._row_path(job)
        if job.run_key not in self._rows and path.is_file():
            try:
                self._rows[job.run_key] = dict(read_json(path))
            except (OSError, ValueError, TypeError):
                raise UserError("out", self.out, f"{path.name} in rows cannot be read; remove it") from None
        return self._rows.get(job.run_key)

    def _row_path(self, job: SweepJob) -> Path:
        return self.out / "rows" / f"{job.run_key}.json"

    def adopt(self, store: RunStore, jobs: Sequence[SweepJob]) -> None:
        """Record the runs of the store that have these specs and a report, from a cluster or `train --spec`."""
        missing = {job.run_key: job for job in jobs if self.folder(store, job) is None}
        for folder in store.all() if missing else []:
            job = missing.get(_key_of(folder))
            if job is not None and folder.has_report and folder.status().origin == "here":
                if protocol_version_of(trained := folder.report().protocol) != PROTOCOL_VERSION:
                    advice = "take it out of the folder of runs"
                    raise UserError("run", folder.run, f"was trained by {_version_words(trained)}; {advice}")
                self.record_run(job, folder)


def _version_words(protocol: object) -> str:
    return f"protocol version {protocol}, this is version {PROTOCOL_VERSION}"


def _key_of(folder: RunFolder) -> str:
    try:
        return run_key(folder.spec_record(), folder.status().scenes)
    except (OSError, ValueError, TypeError):
        return ""


@dataclass(frozen=True, kw_only=True)
class SweepRunner:
    """A store of runs, the manifest that identifies them, and the settings of workers."""

    store: RunStore
    manifest: Manifest
    settings: Settings
    tell: Callable[[str], None]
    make_backend: MakeBackend = LocalBackend
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
        results = result_jobs(sweep, conditions, self.rate_factors(sweep, conditions, search), seeds)
        self._execute(results, resume, lambda: save(self.rows([*search, *results])))
        return self.rows([*search, *results])

    def rows(self, jobs: Sequence[SweepJob]) -> list[Row]:
        """Return a row per job whose run has ended."""
        results = ((job, self.result_columns(job)) for job in jobs)
        return [job_columns(job) | columns for job, columns in results if columns is not None]

    def result_columns(self, job: SweepJob) -> Row | None:
        """Return the result of the job's run, None if it has not ended; cached once it is known."""
        columns = self.manifest.result_of(job)
        if columns is None and (folder := self.manifest.folder(self.store, job)) is not None and _is_done(folder):
            columns = run_columns(job, folder)
            self.manifest.save_result(job, columns)
        return columns

    def open_jobs(
        self, sweep: Sweep, conditions: Sequence[Condition], *, seeds: int
    ) -> tuple[list[SweepJob], list[SweepJob]]:
        """Return (all known jobs, those without an ended run): results are known once every search has ended."""
        jobs = search_jobs(sweep, conditions)
        if not self._unfinished_jobs(jobs):
            jobs += result_jobs(sweep, conditions, self.rate_factors(sweep, conditions, jobs), seeds)
        return jobs, self._unfinished_jobs(jobs)

    def adopt(
        self, sweep: Sweep, conditions: Sequence[Condition], *, seeds: int
    ) -> tuple[list[SweepJob], list[SweepJob]]:
        """Take runs of the store that were made elsewhere; return as `open_jobs` does."""
        # Twice: the results are known only with the searches at hand.
        for _ in range(2):
            self.manifest.adopt(self.store, self.open_jobs(sweep, conditions, seeds=seeds)[1])
        return self.open_jobs(sweep, conditions, seeds=seeds)

    def rate_factors(
        self, sweep: Sweep, conditions: Sequence[Condition], search: Sequence[SweepJob]
    ) -> dict[str, float]:
        """Return the learning rate factor of each condition, by only the training loss of its search."""
        losses: dict[str, dict[float, float | None]] = {condition.label: {} for condition in conditions}
        for job in search:
            columns = self.result_columns(job) or {}
            is_whole = columns.get("status") == "finished"
            losses[job.condition.label][job.factor] = columns["loss"] if is_whole else None
        return {condition.label: rate_factor(sweep, condition, losses[condition.label]) for condition in conditions}

    def _unfinished_jobs(self, jobs: Sequence[SweepJob]) -> list[SweepJob]:
        return list({job.run_key: job for job in jobs if self.result_columns(job) is None}.values())

    def _execute(self, jobs: Sequence[SweepJob], resume: bool, save: Callable[[], object]) -> None:
        waiting = self._unfinished_jobs(jobs)
        begun = [job for job in waiting if self.manifest.folder(self.store, job) is not None]
        if begun and not resume:
            advice = "did not end; add --resume to go on with them"
            raise UserError("out", self.manifest.out, f"{len(begun)} of its runs {advice}")
        if not waiting:
            return
        folders = {self._queue(job).run: job for job in waiting}
        backend = self.make_backend(self.store, self.settings)
        try:
            backend.start(list(folders))
            self._watch(folders, backend, save)
        finally:
            backend.close()
        self._check_ended(jobs)

    def _check_ended(self, jobs: Sequence[SweepJob]) -> None:
        """Stop the sweep if a run broke off, for example without memory, because that is no finding."""
        unfinished = self._unfinished_jobs(jobs)
        if unfinished:
            folder = self.manifest.folder(self.store, unfinished[0])
            reason = folder.status().reason if folder is not None else "its folder is gone"
            first = f"{len(unfinished)} runs broke off, the first is {unfinished[0].name} ({reason})"
            raise UserError("sweep", unfinished[0].sweep.name, f"{first}; add --resume to try them again")

    def _queue(self, job: SweepJob) -> RunFolder:
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
        self.manifest.record_run(job, folder)
        return folder

    def _watch(self, jobs: dict[str, SweepJob], backend: RunBackend, save: Callable[[], object]) -> None:
        """Wait until no run is waiting or active; log and save those that ended."""
        open_runs, began, reported_at = set(jobs), time.monotonic(), 0.0
        again: Counter[str] = Counter()
        while open_runs:
            backend.poll()
            ended = {run for run in open_runs if not self._goes_on(self.store.get(run), again, backend.tries)}
            open_runs -= ended
            for run in sorted(ended):
                self._end(jobs[run], self.store.get(run), save)
            if ended or time.monotonic() - reported_at > PROGRESS_S:
                reported_at = time.monotonic()
                self.tell(self._progress(jobs, open_runs, reported_at - began))
            if open_runs:
                time.sleep(self.settings.poll_s)

    def _goes_on(self, folder: RunFolder, again: Counter[str], tries: int) -> bool:
        """Return True if a run is waiting or active; one that was interrupted is queued again, `tries` times."""
        status = folder.status()
        if status.status != "interrupted" or again[folder.run] >= tries:
            return status.is_active
        with suppress(UserError):  # its worker is about to release it
            folder.request_resume()
            again[folder.run] += 1
        return True

    def _end(self, job: SweepJob, folder: RunFolder, save: Callable[[], object]) -> None:
        self.tell(f"{job.name}: {_outcome_words(folder)}")
        if self.result_columns(job) is not None:
            save()
        if not self.keeps_models and _is_done(folder):
            for path in (folder.model, folder.snapshots):
                shutil.rmtree(path, ignore_errors=True)

    def _progress(self, jobs: dict[str, SweepJob], open_runs: set[str], elapsed_s: float) -> str:
        """Format how many runs are done, and the remaining time at the pace so far or at a measured one."""
        done = sum(job.pairs for run, job in jobs.items() if run not in open_runs)
        if done:
            left_s = elapsed_s * sum(jobs[run].pairs for run in open_runs) / done
        else:
            expected = (estimate_from_runs(self.store, jobs[run].spec)[1] for run in open_runs)
            left_s = sum(expected) / (self.settings.workers or 1)
        return f"{len(jobs) - len(open_runs)} of {len(jobs)} runs done, about {format_duration(left_s)} left"


def _is_done(folder: RunFolder) -> bool:
    """Return True if there is nothing to run again: it finished, or its learning rate was too high."""
    status = folder.status()
    return status.status == "finished" or DIVERGED in str(status.reason)


def _outcome_words(folder: RunFolder) -> str:
    status = folder.status()
    if status.status != "finished":
        return f"{status.status} ({status.reason or 'no reason known'})"
    report = folder.report()
    binding = report.scores.canonical["binding_accuracy"].value
    return "failed to train" if report.failed_to_train else f"canonical binding {binding:.3f}"


# ---- Cost


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepCost:
    """Runs, their training pairs, and seconds with the basis of the estimate."""

    runs: int
    pairs: int
    low_s: float
    high_s: float
    basis: str


def estimate_cost(
    store: RunStore,
    sweeps: Sequence[Sweep],
    *,
    seeds: int | None = None,
    workers: int = 1,
    only: Sequence[Condition] | None = None,
) -> SweepCost:
    """Estimate the cost of the sweeps in one folder at this computer's pace, one process at a time per worker.

    If `only` is given, no other conditions count.
    """
    jobs: dict[str, SweepJob] = {}
    for sweep in sweeps:
        conditions = sweep.conditions if only is None else only
        # As if each search chose the middle rate: all of them cost the same.
        middle = {each.label: sorted(rates := sweep.factors_of(each))[len(rates) // 2] for each in conditions}
        every = [*search_jobs(sweep, conditions), *result_jobs(sweep, conditions, middle, seeds or sweep.seeds)]
        jobs |= {job.run_key: job for job in every}
    kinds = {(job.spec.train.model, job.pairs): job.spec for job in jobs.values()}
    estimates = {kind: estimate_from_runs(store, spec) for kind, spec in kinds.items()}
    each = [estimates[job.spec.train.model, job.pairs] for job in jobs.values()]
    return SweepCost(
        runs=len(jobs),
        pairs=sum(job.pairs for job in jobs.values()),
        low_s=sum(low for low, *_ in each) / workers,
        high_s=sum(high for _, high, _ in each) / workers,
        basis=each[0][2] if each else "nothing to run",
    )
