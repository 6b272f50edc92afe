"""The runner of the fourth edition: sweeps of chains, resumable, a line for each result; and rows trained once more.

    run_sweeps([sweep], results=folder, scratch=Path("chains"), jobs=2, tell=print)  # what is missing, nothing else
    repeat_rows(rows, train, jobs=2, tell=print)          # [Repeat(chain_key=..., first_difference=None), ...]

A result is appended as one line as soon as its last phase has ended, so a killed run loses only the phases under way.
Phases of equal chains are trained once: what one told, and its weights, lie in the scratch folder by the chain's key.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import monotonic
from typing import TypeVar

from explorer.clip.loading import SayLine
from explorer.codec import JsonDict, decode, encode
from explorer.contract import CONTRACT
from explorer.evaluation.sets import canonical_data
from explorer.runs.files import read_json, write_json
from explorer.runs.tab_training import TAB_WORLD
from explorer.spec import RunSpec
from research.asked_alike import forms_asked_alike, share_read
from research.engine import EngineTraining, evaluation_of, train_phase
from research.engine_results import (
    CanonicalPoint,
    EngineResult,
    SavedStep,
    TrainedPhase,
    TrainedResult,
    bound_pairs,
    open_results,
    read_results,
)
from research.fourth import EngineSweep, StudyCell, chain_key, engine_sweeps, kinds_told, scene_seed

MAX_REPEATED_PAIRS = 184_320
"""Most pairs of a row that is drawn to be repeated, all its phases together, unless more are asked for."""
FutureResult = TypeVar("FutureResult")


# ---- Chains


@dataclass(frozen=True, kw_only=True)
class Chains:
    """Phases that are trained once, by the key of their chain, in a scratch folder."""

    scratch: Path
    begun: frozenset[str] = frozenset()
    """Keys of the chains whose weights are kept after their training, because a longer chain goes on from them."""

    def train(self, specs: Sequence[RunSpec], seed: int, tell: SayLine) -> list[EngineTraining]:
        """Return what each phase told, training those that have not been."""
        phases, weights = list[EngineTraining](), None
        for index in range(len(specs)):
            chain = specs[: index + 1]
            folder = self.scratch / chain_key(chain, seed=seed)
            done, model = folder / "trained.json", folder / "model.safetensors"
            is_last = index == len(specs) - 1
            if not (done.is_file() and (is_last or model.is_file())):
                evaluation = evaluation_of(kinds_told(chain), seed=scene_seed(seed))
                trained = train_phase(chain[-1], folder, evaluation=evaluation, weights=weights)
                write_json(done, encode(trained))
                if is_last and chain_key(chain, seed=seed) not in self.begun:
                    model.unlink()
                tell(f"{trained.core_s:.0f} s of a core for {chain[-1].train.steps} steps")
            phases.append(decode(EngineTraining, read_json(done)))
            weights = model
        return phases


def _make_result(
    sweep: str, label: str, seed: int, specs: Sequence[RunSpec], phases: Sequence[EngineTraining]
) -> TrainedResult:
    """Return a result: its chain with the digests of every phase, and what its last phase was asked."""
    last, spec = phases[-1], specs[-1]
    forms = {"canonical": canonical_data(TAB_WORLD)}
    forms |= forms_asked_alike(TAB_WORLD, kinds_told(specs))
    return TrainedResult(
        sweep=sweep,
        condition=label,
        seed=seed,
        key=chain_key(specs, seed=seed),
        engine=CONTRACT.engine_version,
        date=date.today().isoformat(),
        digest=last.digest,
        pairs=spec.train.pairs,
        bound=bound_pairs(last.curve, spec.train.batch_size),
        read={name: round(max(share_read(dials, each.data) for each in specs), 5) for name, dials in forms.items()},
        phases=tuple(
            TrainedPhase(
                spec_record=each.to_json(),
                digests=phase.digests,
                digest=phase.digest,
                loss=phase.loss,
                core_s=phase.core_s,
            )
            for each, phase in zip(specs, phases, strict=True)
        ),
        curve=last.curve,
        curves_before=tuple(
            tuple(CanonicalPoint(at.step, at.forms["canonical"]) for at in phase.curve) for phase in phases[:-1]
        ),
    )


# ---- Runs


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One result that a sweep asks for."""

    sweep: EngineSweep
    cell: StudyCell
    seed: int

    @property
    def specs(self) -> tuple[RunSpec, ...]:
        return self.cell.specs(self.seed)

    @property
    def chain_key(self) -> str:
        return chain_key(self.specs, seed=self.seed)


def _jobs_of(sweep: EngineSweep) -> dict[tuple[str, str], Job]:
    """Return every job of a sweep, a seed of every cell before the next seed, by what its result is known by.

    That is the label and the key of the chain, so that a result of another engine, or of what a cell was before its
    definition changed, is none of the sweep's.
    """
    jobs = (Job(sweep=sweep, cell=cell, seed=seed) for seed in sweep.all_seeds for cell in sweep.cells)
    return {(job.cell.label, job.chain_key): job for job in jobs}


def open_jobs(sweep: EngineSweep, folder: Path) -> list[Job]:
    """Return the jobs of a sweep without a result, a seed of every cell before the next seed."""
    known = {(each.condition, each.key) for each in read_results(folder, sweep.name)}
    return [job for name, job in _jobs_of(sweep).items() if name not in known]


def whole_results(sweep: EngineSweep, folder: Path) -> list[TrainedResult]:
    """Return the results of the jobs of a sweep, each once."""
    jobs, results = _jobs_of(sweep), read_results(folder, sweep.name)
    return list({name: each for each in results if (name := (each.condition, each.key)) in jobs}.values())


def run_sweeps(
    sweeps: Iterable[EngineSweep], *, results: Path, scratch: Path, jobs: int, tell: SayLine, most: int | None = None
) -> JsonDict:
    """Train what is missing of each sweep, so many at a time; return the results by sweep.

    `most` ends after so many results. Chains that begin alike run one after the other, so that none is trained twice.
    """
    sweeps = list(sweeps)
    chains = Chains(scratch=scratch, begun=begun_chains([*engine_sweeps().values(), *sweeps]))
    made = dict[str, int]()
    for sweep in sweeps:
        missing = open_jobs(sweep, results)[: None if most is None else most - sum(made.values())]
        made[sweep.name] = 0
        if not missing:
            continue
        with open_results(results, sweep.name) as append, ThreadPoolExecutor(jobs) as pool:
            groups = _group_chains(missing)
            running = [pool.submit(_run_group, chains, group, append, tell) for group in groups]
            made[sweep.name] = sum(_results_as_they_end(running))
    return {"results": made, "folder": str(results)}


def _results_as_they_end(running: Sequence[Future[FutureResult]]) -> Iterator[FutureResult]:
    """Yield results in the order in which they end; if one fails, those that have not begun are not trained."""
    try:
        for ended in as_completed(running):
            yield ended.result()
    except BaseException:
        for each in running:
            each.cancel()
        raise


def begun_chains(sweeps: Iterable[EngineSweep]) -> frozenset[str]:
    """Return the keys of all chains from which a cell of the sweeps goes on."""
    jobs = (
        Job(sweep=sweep, cell=cell, seed=seed) for sweep in sweeps for cell in sweep.cells for seed in sweep.all_seeds
    )
    return frozenset(chain_key(job.specs[:index], seed=job.seed) for job in jobs for index in range(1, len(job.specs)))


def _group_chains(jobs: Sequence[Job]) -> list[list[Job]]:
    """Return the jobs in groups whose first phases are equal, the shorter chains first."""
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        groups.setdefault(chain_key(job.specs[:1], seed=job.seed), []).append(job)
    return [sorted(group, key=lambda job: len(job.specs)) for group in groups.values()]


def _run_job(chains: Chains, job: Job, tell: SayLine) -> TrainedResult:
    name = f"{job.sweep.name}, {job.cell.label}, seed {job.seed}"
    phases = chains.train(job.specs, job.seed, lambda words: tell(f"{name}: {words}"))
    return _make_result(job.sweep.name, job.cell.label, job.seed, job.specs, phases)


def _run_group(chains: Chains, jobs: Sequence[Job], append: Callable[[object], None], tell: SayLine) -> int:
    for job in jobs:
        append(_run_job(chains, job, tell))
    return len(jobs)


# ---- Repeats


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeat:
    """A row trained once more; `first_difference` is the phase and step where digests first differ, else None."""

    sweep: str
    condition: str
    seed: int
    chain_key: str
    first_difference: tuple[int, int] | None
    seconds: float

    @property
    def line(self) -> str:
        """One line that says which row it was, whether its digests are equal, and how long it took."""
        where = "equal"
        if self.first_difference is not None:
            phase, step = self.first_difference
            where = f"differs in phase {phase + 1} from step {step} on"
        return f"{self.chain_key} {where}, {self.seconds:.0f} s ({self.sweep}, {self.condition}, seed {self.seed})"


Train = Callable[[Sequence[RunSpec], int], Sequence[Sequence[tuple[int, str]]]]
"""Trains a chain for a seed, and returns (step, digest) at each saved step of each phase."""


def train_in_node(scratch: Path, specs: Sequence[RunSpec], seed: int) -> list[tuple[SavedStep, ...]]:
    """Train a chain from fresh weights in a folder that is removed; return the saved steps of each phase."""
    folder = scratch / f"again-{chain_key(specs, seed=seed)}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        return [each.digests for each in Chains(scratch=folder).train(specs, seed, lambda _: None)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _saved_steps(phases: Iterable[Iterable[tuple[int, str]]]) -> set[tuple[int, int, str]]:
    """Return (phase, step, digest) of every saved step."""
    return {(index, step, digest) for index, phase in enumerate(phases) for step, digest in phase}


def repeat_row(result: EngineResult, train: Train) -> Repeat:
    """Train the whole chain of a row once more and compare every digest; one that is missing differs."""
    start = monotonic()
    again = train([each.spec for each in result.phases], result.seed)
    different = _saved_steps(each.digests for each in result.phases) ^ _saved_steps(again)
    first_difference = min(((phase, step) for phase, step, _ in different), default=None)
    return Repeat(
        sweep=result.sweep,
        condition=result.condition,
        seed=result.seed,
        chain_key=result.key,
        first_difference=first_difference,
        seconds=round(monotonic() - start, 1),
    )


def repeat_rows(results: Sequence[EngineResult], train: Train, *, jobs: int, tell: SayLine) -> list[Repeat]:
    """Repeat rows, so many at a time; tell each as it ends, and return all in the order of the rows."""
    with ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(repeat_row, each, train) for each in results]
        for number, ended in enumerate(_results_as_they_end(running), start=1):
            tell(f"{number} of {len(results)}: {ended.line}")
    return [each.result() for each in running]
