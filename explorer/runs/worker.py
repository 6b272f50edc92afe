"""Execution of one run folder: build or load the model, train it, evaluate it, and write all files of the folder.

    for progress in execute_run(store, folder):      # trains during iteration
        progress["step"], progress["loss"], progress["elapsed_s"]
    folder.report()

    python -m explorer.runs.worker --runs ROOT   # imports, waits for one run id on stdin, executes it, ends

A folder with a checkpoint resumes from it. The command line calls `execute_run` in the foreground; a supervisor starts
the process, which ends as interrupted when its stdin is closed. One that has to wait rehearses the first step
meanwhile.
"""

import argparse
import math
import os
import select
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.clip.clip import Clip, export, weights_digest
from explorer.clip.fresh import fresh_clip
from explorer.clip.names import ModelError
from explorer.clip.process_state import offline
from explorer.clip.tuning import check_start
from explorer.clip.zoo import load_clip, pick_device
from explorer.codec import decode, encode
from explorer.errors import BusyError, UserError
from explorer.evaluation import pair_answers
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.evaluation.environment import describe_environment
from explorer.evaluation.report import Forgetting, QuickEvaluation, evaluate
from explorer.evaluation.results import Report, Scores, TrainingBudget
from explorer.evaluation.sets import FULL_BUDGET, EvaluationBudget
from explorer.evaluation.snapshots import PairScorer, SnapshotTaker
from explorer.evaluation_scenes import EvaluationScenes
from explorer.presets import get_preset
from explorer.runs import run_lock
from explorer.runs.endings import Paused, end_when_closed, ending_after_error
from explorer.runs.file_names import METRICS_FILE
from explorer.runs.folder import RunFolder
from explorer.runs.model_evaluation import checked_spec, trained_spec
from explorer.runs.run_lock import Process
from explorer.runs.run_status import NO_PHASE
from explorer.runs.store import RunStore
from explorer.settings import LOCAL, gpu_ids
from explorer.spec import PROTOCOL_VERSION, RunSpec, evaluated_steps, override, saved_steps
from explorer.training import checkpoint
from explorer.training.loop import (
    StepRecord,
    Trainer,
    failed_to_train,
    keep_freed_memory,
    mean_rates,
    measure_pace,
)
from explorer.world.grammar import Grammar
from explorer.world.plan import ScenePlan, make_plan
from explorer.world.things import World
from explorer.world.worlds import get_world

REHEARSED_PRESET, REHEARSED_PAIRS = "web-like", 64
"""Recipe of the rehearsal, with the sprites of most others, and its batch, for which the process keeps the memory."""
BEGAN_ANEW = "its checkpoint is damaged, so it began anew"
"""Reason of a run that could not go on from where it was."""


def execute_run(
    store: RunStore,
    folder: RunFolder,
    clip: Clip | None = None,
    *,
    checkpoint_s: float = LOCAL.checkpoint_s,
    budget: EvaluationBudget = FULL_BUDGET,
) -> Generator[dict[str, Any], None, None]:
    """Train and evaluate the run, yielding each record after it is stored; the last file is the report.

    `clip` is the model to start from if the caller has made it, by `start_model` of the same spec. If `Paused` is
    thrown in after a step, the run is saved at that step and queued again.
    """
    keep_freed_memory()
    me = Process.here()
    if not run_lock.holds_claim(folder.path, me) and not run_lock.take_claim(folder.path, me):
        raise BusyError("run", folder.run, "another process executes it")
    try:
        holder = {"host": me.host, "pid": me.pid, "process_start": me.process_start}
        folder.set_status(status="running", started=time.time(), finished=None, reason=None, **NO_PHASE, **holder)
        spec = checked_spec(folder)
        folder.check_protocol()
        yield from _Execution(store, folder, spec, clip, budget).steps(checkpoint_s)
    except Paused:
        folder.set_status(status="queued", queued=time.time())
        raise
    except BaseException as error:
        ending = ending_after_error(error, folder.path)
        # Partial files take room on a full disk.
        shutil.rmtree(folder.unfinished_model, ignore_errors=True)
        checkpoint.remove_unfinished(folder.checkpoint)
        folder.end(ending.status, ending.reason)
        raise
    finally:
        run_lock.release_claim(folder.path, me)


class _Execution:
    """Execution of one run from its start or checkpoint to its report."""

    def __init__(
        self, store: RunStore, folder: RunFolder, spec: RunSpec, clip: Clip | None, budget: EvaluationBudget
    ) -> None:
        self._folder, self._spec, self._world = folder, spec, get_world(spec.data.world)
        self._budget = budget
        self._plan: ScenePlan = make_plan(spec.data, self._world, seed=spec.train.seed)
        grammar = Grammar(self._world, spec.data)
        self._scenes = folder.status().scenes
        self._clip = clip or start_model(spec, grammar, store, is_safe_only=folder.has_owner)
        self._start_digest = None if spec.train.init == "scratch" else weights_digest(self._clip)
        self._forgetting = _make_forgetting(self._clip, spec, store, self._scenes)
        self._trainer = Trainer(self._plan, spec.train, grammar, self._clip)
        self._lines = self._restore()
        self._snapshots = SnapshotTaker(self._clip, self._world, spec.data)
        self._pairs = _make_pair_scorer(self._clip, self._world)
        self._quick = QuickEvaluation(
            self._clip, self._world, spec.data, seed=self._scenes.seed, count=budget.quick_scenes
        )
        # A resumed run's clock goes on where the checkpoint's stood.
        self._start = time.time() - (self._lines[-1]["elapsed_s"] if self._lines else 0.0)
        self._saved = time.time()

    def _restore(self) -> list[dict[str, Any]]:
        """Restore the checkpoint and drop later records. Without a usable one the run starts again."""
        records = list(self._folder.records())  # one a step; a computer that lost its power may have lost the last
        step = checkpoint.load_checkpoint(self._folder.checkpoint, self._trainer, max_step=len(records)) or 0
        if not step and checkpoint.has_checkpoint(self._folder.checkpoint):
            self._folder.set_status(reason=BEGAN_ANEW)
            shutil.rmtree(self._folder.checkpoint, ignore_errors=True)
        self._folder.drop_after(step)
        pair_answers.drop_answers_after(self._folder.pairs, step)
        return records[:step]

    def steps(self, checkpoint_s: float) -> Iterator[dict[str, Any]]:
        """Train to the end or to a stop, then evaluate, export and report."""
        done, total = len(self._lines), self._spec.train.steps
        self._folder.set_status(step=done, phase="training", device=describe_environment(self._clip.device).device)
        if done == 0:
            self._take_snapshot(0)
            self._folder.set_status(
                # The form of the curve, whose start this is.
                start_evaluation={"canonical": encode(self._quick.measure_form("canonical"))},
                # A run that came as a file trains here from its first step.
                imported=None,
                evaluated=None,
                engine=None,
            )
        evaluated, saved = evaluated_steps(total), saved_steps(total)
        stopped = self._folder.has_stop_request
        for record in () if stopped else self._trainer.records(start=done):
            stopped = self._folder.has_stop_request
            try:
                is_evaluated, is_saved = (stopped or record.step in steps for steps in (evaluated, saved))
                yield self._record_step(record, is_evaluated, is_saved, checkpoint_s)
            except Paused:
                self._save(record.step)
                raise
            if stopped:
                break
        if self._lines:
            self._finish("stopped" if len(self._lines) < total else "finished")
        else:
            self._folder.clear_stop_request()
            self._folder.set_status(status="stopped", finished=time.time(), reason="stopped before its first step")

    def _record_step(
        self, record: StepRecord, is_evaluated: bool, is_saved: bool, checkpoint_s: float
    ) -> dict[str, Any]:
        """Write the results of a step; return the line of metrics.jsonl."""
        self._check_finite(record)
        line: dict[str, Any] = encode(record)
        if is_evaluated:
            line["evaluation"] = encode(self._quick.measure())
        if is_saved:
            self._take_snapshot(record.step)
        line["elapsed_s"] = time.time() - self._start
        self._folder.append(line)
        self._lines.append(line)
        self._folder.set_status(step=record.step, **measure_pace(self._lines, self._spec.train.batch_size))
        # After its record: a checkpoint whose steps are not all on disk would be no place to go on from.
        if is_evaluated or time.time() - self._saved > checkpoint_s:
            self._save(record.step)
        return line

    def _save(self, step: int) -> None:
        checkpoint.save_checkpoint(self._folder.checkpoint, self._trainer, step=step)
        self._saved = time.time()

    def _check_finite(self, record: StepRecord) -> None:
        if math.isfinite(record.loss) and math.isfinite(record.gradient_norm):
            return
        # It would only come here again.
        shutil.rmtree(self._folder.checkpoint, ignore_errors=True)
        wanted = "the loss is not a number at step {step}; give a lower one"
        raise UserError("learning_rate", f"{self._spec.train.learning_rate:g}", wanted, step=record.step)

    def _take_snapshot(self, step: int) -> None:
        """Save the current features of the inspected scenes, and the answers to the binding pairs."""
        path = self._folder.snapshot_path(step)
        path.parent.mkdir(exist_ok=True)
        self._snapshots.take(step).save(path)
        answers = self._pairs.score(step) if self._pairs else None
        if answers is not None and answers.is_finite:
            pair_answers.append_answers(self._folder.pairs, answers)

    def _finish(self, status: str) -> None:
        """Evaluate, export and report the trained model."""
        folder, clip, trained = self._folder, self._trainer.fold(), time.time()
        done, batch_size = len(self._lines), self._spec.train.batch_size
        folder.set_status(phase="evaluating", evaluating_since=trained, phase_done=0, phase_parts=None)
        _export(clip, folder)
        scores = evaluate(
            clip, self._world, self._spec.data, seed=self._scenes.seed, count=self._scenes.count, trained=self._plan,
            budget=self._budget, tell=lambda part, parts: folder.set_status(phase_done=part, phase_parts=parts),
        )  # fmt: skip
        report = replace(
            _make_report(folder, self._spec, self._lines, clip),
            scores=scores,
            status=status,
            forgetting=self._forgetting.compare() if self._forgetting else None,
            start_digest=self._start_digest,
            budget=TrainingBudget(steps=done, pairs=done * batch_size, seconds=round(time.time() - self._start, 2)),
        )
        folder.write_report(report)
        folder.clear_stop_request()
        now = time.time()
        folder.set_status(status=status, finished=now, phase=None, tail_s=now - trained)
        # Last: a run that was killed before it is finished goes on from its checkpoint, and without one begins anew.
        if status == "finished":
            shutil.rmtree(folder.checkpoint, ignore_errors=True)


def _make_report(folder: RunFolder, spec: RunSpec, lines: Sequence[dict[str, Any]], clip: Clip) -> Report:
    """Return what the report of any run holds beside its scores; `clip` is the evaluated model."""
    records, here = [decode(StepRecord, line) for line in lines], describe_environment(clip.device)
    return Report(
        scores=Scores(),
        spec=spec,
        run=folder.run,
        folder=str(folder.path.resolve()),
        model=str(folder.model.resolve()),
        protocol=str(PROTOCOL_VERSION),
        evaluation=folder.status().scenes,
        rates=mean_rates(records),
        failed_to_train=failed_to_train(records),
        device=here.device,
        versions=here.versions,
    )


def write_tab_report(store: RunStore, folder: RunFolder, budget: EvaluationBudget = FULL_BUDGET) -> None:
    """Evaluate the model of an imported run here, and replace its report and the answers of its last step.

    Raises:
        UserError: that cannot be, and nothing is changed.
        BusyError: another process has the run, and nothing is changed.
    """
    keep_freed_memory()
    status, spec, lines = folder.status(), checked_spec(folder), list(folder.records())
    clip = load_clip(folder.run, find_run_model=store.find_run_model, device=pick_device(), is_safe_only=True)
    world, scenes = get_world(spec.data.world), status.scenes
    try:
        report = _make_report(folder, spec, lines, clip)
    except (LookupError, UserError):  # no line, or one of another shape
        raise folder.damaged_error(METRICS_FILE) from None
    trained = make_plan(spec.data, world, seed=spec.train.seed)
    scores = evaluate(clip, world, spec.data, seed=scenes.seed, count=scenes.count, trained=trained, budget=budget)
    seconds = round((status.finished or 0.0) - (status.created or 0.0), 2)
    budgeted = TrainingBudget(steps=len(lines), pairs=len(lines) * spec.train.batch_size, seconds=max(0.0, seconds))
    pairs = _make_pair_scorer(clip, world)
    answers = pairs.score(status.step) if pairs else None
    with run_lock.hold_claim(folder.path) as is_held:
        if not is_held:
            raise BusyError("run", folder.run, "another process executes it")
        folder.write_report(replace(report, scores=scores, status=status.status, budget=budgeted, device=status.device))
        if answers is not None and answers.is_finite:
            pair_answers.drop_answers_after(folder.pairs, status.step - 1)
            pair_answers.append_answers(folder.pairs, answers)
        folder.set_status(evaluated=time.time())


def _export(clip: Clip, folder: RunFolder) -> None:
    """Replace the model folder atomically: a run that is stopped again has an older one."""
    shutil.rmtree(folder.unfinished_model, ignore_errors=True)
    export(clip, folder.unfinished_model)
    shutil.rmtree(folder.model, ignore_errors=True)
    os.rename(folder.unfinished_model, folder.model)


def start_model(spec: RunSpec, grammar: Grammar, store: RunStore, *, is_safe_only: bool = False) -> Clip:
    """Make the model that the run starts from, on the best device: fresh weights, or those of `init`.

    If `is_safe_only`, nothing is fetched: a page starts from what is here, and a run that came as a zip names anything.
    """
    device = pick_device()
    if spec.train.init != "scratch":
        try:
            with offline() if is_safe_only else nullcontext():
                clip = load_clip(
                    spec.train.init, find_run_model=store.find_run_model, device=device, is_safe_only=is_safe_only
                )
        except ModelError as error:
            raise error.in_field("init") from error
        check_start(clip, spec, grammar)
        return clip
    clip = fresh_clip(spec.train, grammar)
    clip.model.to(device)
    return clip


def _make_pair_scorer(clip: Clip, world: World) -> PairScorer | None:
    """Return what scores the model on the binding pairs; None for a world whose scenes have nothing to exchange."""
    try:
        return PairScorer(clip, binding_pairs(world))
    except UserError:
        return None


def _make_forgetting(clip: Clip, spec: RunSpec, store: RunStore, scenes: EvaluationScenes) -> Forgetting | None:
    """Return the forgetting measurement if the start's data are known and its captions name values of this world."""
    start = trained_spec(spec.train.init, store) if spec.train.init != "scratch" else None
    if start is None or start.data.world != spec.data.world or not start.data.attribute_kinds:
        return None
    return Forgetting(clip, get_world(start.data.world), start.data, scenes)


def main(arguments: list[str] | None = None, *, budget: EvaluationBudget = FULL_BUDGET) -> None:
    """Wait for one line on stdin, "RUN" or "RUN GPU", execute that run and end; end at once if stdin is closed."""
    parser = argparse.ArgumentParser(prog="python -m explorer.runs.worker")
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--checkpoint-s", type=float, default=LOCAL.checkpoint_s)
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--report", metavar="RUN", help="only evaluate this run, which a tab has trained")
    options = parser.parse_args(arguments)
    if options.nice and hasattr(os, "nice"):
        os.nice(options.nice)
    if options.report:
        end_when_closed(0)
        store = RunStore(options.runs)
        write_tab_report(store, store.get(options.report), budget)
        return
    if not _has_line(0):
        _rehearse(budget)
    run, _, gpu = _read_line(0).partition(" ")
    if not run:
        return
    store = RunStore(options.runs)
    folder = store.get(run)
    with folder.log.open("ab") as log:  # all output, libraries and tracebacks included
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    end_when_closed(0)
    if gpu:  # CUDA reads it at its first use, which is later
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    for _ in execute_run(store, folder, checkpoint_s=options.checkpoint_s, budget=budget):
        pass


def _rehearse(budget: EvaluationBudget) -> None:
    """Begin a run that is thrown away, so that the next one in this process finds its sprites and libraries loaded.

    With a GPU it does nothing: CUDA would keep the devices that it sees now, and the next run may be given another.
    """
    if gpu_ids():
        return
    # A run itself will say what is wrong.
    with suppress(Exception), tempfile.TemporaryDirectory(prefix="rehearsal-") as root:
        store = RunStore(Path(root))
        spec = override(get_preset(REHEARSED_PRESET).spec, {"batch_size": REHEARSED_PAIRS})
        with closing(execute_run(store, store.create(spec), budget=budget)) as steps:
            next(steps)


def _has_line(file: int) -> bool:
    """Return True if a pipe can be read at once, and where that cannot be known."""
    return os.name != "posix" or bool(select.select([file], [], [], 0)[0])


def _read_line(file: int) -> str:
    """Read one line from a pipe, or nothing at its end; unbuffered, so that the rest can be watched."""
    line = b""
    while not line.endswith(b"\n"):
        if not (letter := os.read(file, 1)):
            return ""
        line += letter
    return line.decode().strip()


if __name__ == "__main__":
    main()
