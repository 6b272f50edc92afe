"""A ZeroGPU Space in small: a supervisor whose turns are forked, limited in time and paid by a visitor.

    python tests/unit/runs/zero_gpu_server.py ROOT CONFIGS      # prints one JSON line: what each scene led to

`Gpu` does what the decorator of the package `spaces` does: the task is a generator that runs in a thread of a forked,
daemonic process; what it yields is streamed back; a closed generator ends after its step; a process that overruns is
killed; and a call without a visitor's request, or beyond his quota, is refused before any process is made.
"""

import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import Context, ContextVar
from pathlib import Path
from threading import Thread, Timer
from typing import Any

from explorer.runs import worker, zero_gpu
from explorer.runs.settings import Settings
from explorer.runs.store import ENDED, RunFolder, RunStore
from explorer.runs.supervisor import Supervisor
from models import configs
from tests.unit.runs import tiny_worker
from tests.unit.toys import tiny_spec

FORK = multiprocessing.get_context("fork")
VISITOR: ContextVar[str | None] = ContextVar("request", default=None)
STEPS = 40
PATIENCE_S = 120.0


class Refused(Exception):
    """What Gradio's Error is."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(repr(message))


class Gpu:
    """The decorator, with the quota of each visitor and the run of each process that it made."""

    def __init__(self, *, limit_s: float) -> None:
        self.limit_s, self.runs = limit_s, list[str]()
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
        answers, stop = FORK.Queue(), FORK.Event()
        process = FORK.Process(target=_child, args=(task, values, answers, stop), daemon=True)
        process.start()
        self.runs.append(values[-1])
        Thread(target=lambda: (process.join(), answers.put(("aborted", None))), daemon=True).start()
        axe = Timer(self.limit_s, process.kill)
        axe.start()
        try:
            while (found := answers.get())[0] == "step":
                try:
                    yield found[1]
                except GeneratorExit:
                    stop.set()
                    process.join()
                    raise
            if found[0] != "end":
                raise Refused("GPU task aborted" if found[0] == "aborted" else found[1])
        finally:
            axe.cancel()


def _child(task: Callable[..., Iterator[Any]], values: tuple[Any, ...], answers: Any, stop: Any) -> None:
    def iterate() -> None:
        steps = task(*values)
        try:
            for step in steps:
                if stop.is_set():
                    steps.close()  # type: ignore[attr-defined]
                    break
                answers.put(("step", step))
            answers.put(("end", None))
        except Exception as error:
            answers.put(("error", type(error).__name__))

    thread = Thread(target=iterate)
    thread.start()
    thread.join()
    answers.close()
    answers.join_thread()


def welcome(key: str, visitor: str) -> None:
    context = Context()
    context.run(VISITOR.set, visitor)
    zero_gpu.welcome(key, context)


def has_ended(folder: RunFolder) -> bool:
    """Its last status comes a moment before it is let go of."""
    return folder.status()["status"] in ENDED and not (folder.path / "claim").exists()


def wait(folder: RunFolder, is_there: Callable[[RunFolder], bool] = has_ended) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_there(folder):
        assert time.monotonic() < deadline, folder.status()
        time.sleep(0.02)


def summary(folder: RunFolder, gpu: Gpu) -> dict[str, Any]:
    record = folder.status()
    losses = [line["loss"] for line in folder.records()]
    return {
        "status": record["status"],
        "reason": record.get("reason"),
        "step": record["step"],
        "losses": losses,
        "processes": len(gpu.runs),
        "report": (folder.path / "report.json").exists(),
    }


class Scenes:
    """What may happen to a run, one method each."""

    def __init__(self, root: Path) -> None:
        self.store = RunStore(root)

    def supervise(self, gpu: Gpu) -> Supervisor:
        supervisor = Supervisor(self.store, Settings(poll_s=0.05), zero_gpu.turns(gpu))
        supervisor.start()
        return supervisor

    def one(self, visitor: str | None, *, limit_s: float = 60.0) -> tuple[RunFolder, Gpu, dict[str, Any]]:
        """A run of a visitor until it has ended."""
        gpu, key = Gpu(limit_s=limit_s), f"key of {visitor}"
        if visitor:
            welcome(key, visitor)
        supervisor = self.supervise(gpu)
        folder = self.store.create(tiny_spec(steps=STEPS), owner_key=key)
        wait(folder)
        supervisor.close()
        return folder, gpu, summary(folder, gpu)

    def resumed(self, folder: RunFolder, key: str) -> dict[str, Any]:
        """It goes on, for a visitor with enough left."""
        gpu = Gpu(limit_s=60.0)
        welcome(key, "anna")
        supervisor = self.supervise(gpu)
        folder.request_resume()
        wait(folder)
        supervisor.close()
        return summary(folder, gpu)

    def turns(self) -> dict[str, Any]:
        zero_gpu.TURN_S, zero_gpu.SPARE_S, zero_gpu.EVALUATION_S = 2, 1.0, 0.5
        return self.one("anna")[2]

    def late_evaluation(self) -> dict[str, Any]:
        """No turn is long enough for the last step and the evaluation, so that gets its own."""
        zero_gpu.TURN_S, zero_gpu.SPARE_S, zero_gpu.EVALUATION_S = 30, 0.0, 1e6
        return self.one("anna")[2]

    def killed(self) -> list[dict[str, Any]]:
        zero_gpu.TURN_S, zero_gpu.SPARE_S, zero_gpu.EVALUATION_S = 30, 0.0, 0.0
        folder, _, found = self.one("anna", limit_s=1.5)
        return [found, self.resumed(folder, "key of anna")]

    def refused(self) -> list[dict[str, Any]]:
        zero_gpu.TURN_S, zero_gpu.SPARE_S, zero_gpu.EVALUATION_S = 20, 0.0, 0.0
        folder, _, found = self.one("ben")
        return [found, self.resumed(folder, "key of ben")]

    def unknown(self) -> dict[str, Any]:
        return self.one(None)[2]

    def closed(self) -> list[dict[str, Any]]:
        """The server is told to end in the middle of a turn."""
        gpu = Gpu(limit_s=60.0)
        welcome("key", "anna")
        supervisor = self.supervise(gpu)
        folder = self.store.create(tiny_spec(steps=STEPS), owner_key="key")
        wait(folder, lambda found: found.status()["step"] >= 3)
        supervisor.close()
        found = summary(folder, gpu)
        return [found, self.resumed(folder, "key")]

    def shared(self) -> list[int]:
        """Two people take turns: whose run each process trained, 0 or 1, in the order of time."""
        zero_gpu.TURN_S, zero_gpu.SPARE_S, zero_gpu.EVALUATION_S = 2, 1.0, 0.5
        gpu, folders = Gpu(limit_s=60.0), []
        for name in ("carla", "dora"):
            welcome(name, "anna")
            folders.append(self.store.create(tiny_spec(steps=STEPS), owner_key=name))
        supervisor = self.supervise(gpu)
        for folder in folders:
            wait(folder)
        supervisor.close()
        names = [folder.run for folder in folders]
        return [names.index(run) for run in gpu.runs]


if __name__ == "__main__":
    root, folder = map(Path, sys.argv[1:])
    configs.CONFIGS = folder
    tiny_worker.SlowTraining.pause_s = 0.05
    worker.Training = tiny_worker.SlowTraining  # type: ignore[attr-defined, misc]
    tiny_worker.make_quick()
    names = ("turns", "late_evaluation", "killed", "refused", "unknown", "closed", "shared")
    print(json.dumps({name: getattr(Scenes(root / name), name)() for name in names}))
