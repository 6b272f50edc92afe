"""A ZeroGPU Space in small: a supervisor whose turns are forked, limited in time and paid by a visitor.

    python tests/unit/runs/zero_gpu_server.py ROOT CONFIGS      # prints one JSON line: what each scene led to

`Gpu` does what the decorator of the package `spaces` does: the task is a generator that runs in a thread of a forked,
daemonic process; what it yields is streamed back; a closed generator ends after its step; a process that overruns is
killed; and a call without a visitor's request, or beyond his quota, is refused before any process is made. A second
is a step here, so that a busy computer changes nothing.
"""

import itertools
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import Context, ContextVar
from functools import partial
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

from explorer.clip import names
from explorer.runs import worker, zero_gpu
from explorer.runs.store import RunFolder, RunStore
from explorer.runs.supervisor import Supervisor
from explorer.settings import Settings
from tests.unit.runs import tiny_worker
from tests.unit.runs.conftest import STEPS, wait_for
from tests.unit.toys import tiny_spec

FORK = multiprocessing.get_context("fork")
VISITOR: ContextVar[str | None] = ContextVar("request", default=None)


class Refused(Exception):
    """Stand-in for Gradio's Error."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(repr(message))


class Gpu:
    """The decorator, with the quota of each visitor and the run of each process that it made."""

    def __init__(self, *, limit: int = STEPS + 1) -> None:
        self.limit, self.runs = limit, list[str]()
        self.quota_s = {"anna": 1e6, "ben": 10.0}

    def __call__(self, *, duration: float) -> Callable[..., Any]:
        def decorate(task: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
            return lambda *values: self._run(task, duration, values)

        return decorate

    def _run(self, task: Callable[..., Iterator[Any]], duration: float, values: tuple[Any, ...]) -> Iterator[Any]:
        left = self.quota_s.get(VISITOR.get() or "")
        if left is None:
            raise Refused("Space app has reached its GPU limit.")
        if left < duration:
            raise Refused(f"You have exceeded your free ZeroGPU quota\n({duration}s requested vs. {left}s left).")
        answers, said = FORK.Pipe(duplex=False)
        stop = FORK.Event()
        process = FORK.Process(target=_child, args=(task, values, said, stop), daemon=True)
        process.start()
        said.close()  # so that the death of the process is the end of the pipe
        self.runs.append(values[-1])
        try:
            yield from self._steps(answers, process)
        except GeneratorExit:
            stop.set()
            raise
        finally:
            process.join()

    def _steps(self, answers: Any, process: Any) -> Iterator[Any]:
        for count in itertools.count():
            if count == self.limit:
                process.kill()
            try:
                kind, value = answers.recv()
            except EOFError:
                raise Refused("GPU task aborted") from None
            if kind == "end":
                return
            if kind == "error":
                raise Refused(value)
            yield value


def _child(task: Callable[..., Any], values: tuple[Any, ...], said: Any, stop: Any) -> None:
    def iterate() -> None:
        steps = task(*values)
        try:
            for step in steps:
                if stop.is_set():
                    steps.close()
                    break
                said.send(("step", step))
            said.send(("end", None))
        except Exception as error:
            said.send(("error", type(error).__name__))

    thread = Thread(target=iterate)
    thread.start()
    thread.join()


def welcome(key: str, visitor: str) -> None:
    context = Context()
    context.run(VISITOR.set, visitor)
    zero_gpu.welcome(key, context)


def set_turn(*, turn_s: int, spare_s: float, evaluation_s: float, pause_s: float = 0.0) -> None:
    """Set the lengths of turns and their parts in steps, and the real pause of each step."""
    zero_gpu.TURN_S, zero_gpu.SPARE_S, zero_gpu.EVALUATION_S = turn_s, spare_s, evaluation_s
    tiny_worker.SlowTraining.pause_s = pause_s


def wait_for_end(folder: RunFolder) -> None:
    # The last status comes a moment before the run is let go of.
    wait_for(lambda: folder.status().has_ended and not (folder.path / "claim").exists())


def summary(folder: RunFolder, gpu: Gpu) -> dict[str, Any]:
    record = folder.status()
    losses = [line["loss"] for line in folder.records()]
    return {
        "status": record.status,
        "reason": record.reason,
        "step": record.step,
        "losses": losses,
        "processes": len(gpu.runs),
        "report": (folder.path / "report.json").exists(),
    }


class Scenes:
    """Events of a run, one method each."""

    def __init__(self, root: Path) -> None:
        self.store = RunStore(root)

    def supervise(self, gpu: Gpu) -> Supervisor:
        supervisor = Supervisor(self.store, Settings(poll_s=0.05), zero_gpu.turns(gpu))
        supervisor.start()
        return supervisor

    def one(self, visitor: str | None, *, limit: int = STEPS + 1) -> tuple[RunFolder, dict[str, Any]]:
        """A run of a visitor until it has ended."""
        gpu, key = Gpu(limit=limit), f"key of {visitor}"
        if visitor:
            welcome(key, visitor)
        supervisor = self.supervise(gpu)
        folder = self.store.create(tiny_spec(steps=STEPS), owner_key=key)
        wait_for_end(folder)
        supervisor.close()
        return folder, summary(folder, gpu)

    def resumed(self, folder: RunFolder, key: str) -> dict[str, Any]:
        """It goes on, for a visitor with enough left."""
        gpu = Gpu()
        welcome(key, "anna")
        supervisor = self.supervise(gpu)
        folder.request_resume()
        wait_for_end(folder)
        supervisor.close()
        return summary(folder, gpu)

    def turns(self) -> dict[str, Any]:
        """Sixteen steps a turn."""
        set_turn(turn_s=20, spare_s=5, evaluation_s=2)
        return self.one("anna")[1]

    def late_evaluation(self) -> dict[str, Any]:
        """No turn is long enough for the last step and the evaluation, so that gets its own."""
        set_turn(turn_s=100, spare_s=0, evaluation_s=1000)
        return self.one("anna")[1]

    def killed(self) -> list[dict[str, Any]]:
        set_turn(turn_s=100, spare_s=0, evaluation_s=0, pause_s=0.05)
        folder, found = self.one("anna", limit=10)
        return [found, self.resumed(folder, "key of anna")]

    def refused(self) -> dict[str, Any]:
        set_turn(turn_s=100, spare_s=0, evaluation_s=0)
        return self.one("ben")[1]

    def unknown(self) -> dict[str, Any]:
        return self.one(None)[1]

    def closed(self) -> list[dict[str, Any]]:
        """The server is told to end in the middle of a turn."""
        set_turn(turn_s=100, spare_s=0, evaluation_s=0, pause_s=0.05)
        gpu = Gpu()
        welcome("key", "anna")
        supervisor = self.supervise(gpu)
        folder = self.store.create(tiny_spec(steps=STEPS), owner_key="key")
        wait_for(lambda: folder.status().step >= 3)
        supervisor.close()
        found = summary(folder, gpu)
        return [found, self.resumed(folder, "key")]

    def shared(self) -> list[int]:
        """Two people take turns: whose run each process trained, 0 or 1, in the order of time."""
        set_turn(turn_s=20, spare_s=5, evaluation_s=2)
        gpu, folders = Gpu(), []
        for name in ("carla", "dora"):
            welcome(name, "anna")
            folders.append(self.store.create(tiny_spec(steps=STEPS), owner_key=name))
        supervisor = self.supervise(gpu)
        for folder in folders:
            wait_for_end(folder)
        supervisor.close()
        names = [folder.run for folder in folders]
        return [names.index(run) for run in gpu.runs]


if __name__ == "__main__":
    root, folder = map(Path, sys.argv[1:])
    names.CONFIGS = folder
    clock = itertools.count()
    zero_gpu.time = SimpleNamespace(monotonic=lambda: next(clock), time=time.time)  # type: ignore[assignment]
    worker.Training = tiny_worker.SlowTraining  # type: ignore[attr-defined, misc]
    worker.execute = partial(worker.execute, budget=tiny_worker.FEW)  # type: ignore[attr-defined]
    names = ("turns", "late_evaluation", "killed", "refused", "unknown", "closed", "shared")
    print(json.dumps({name: getattr(Scenes(root / name), name)() for name in names}))
