"""Training on a ZeroGPU Space, where only a decorated function, called for a visitor, has a GPU for a short time.

    register_visitor(owner_key, context)                # context of the visitor, whose quota the run takes
    supervisor.Supervisor(store, settings, spawn=gpu_turn_factory())
    mode_sentence(settings)                    # the page's sentence on the training hardware

A run trains in turns. `spaces.GPU` forks a process for each. `_train_turn` executes the run there until its time is
nearly over, saves it and queues it again; the supervisor gives it the next turn in fair order.
"""

import importlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from contextvars import Context
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Event, Thread
from typing import Any

from explorer.errors import UserError
from explorer.runs.endings import SERVER_STOPPED, Paused
from explorer.runs.folder import RunFolder, key_digest
from explorer.runs.queue import owner_digest
from explorer.runs.run_lock import Process
from explorer.runs.store import RunStore
from explorer.sentences import Sentence
from explorer.settings import Settings, core_count, gpu_ids

TURN_S = 40
"""Seconds per turn. A request above a visitor's remaining quota, 2 to 5 minutes a day, is refused.

Shorter ones are served sooner.
"""
TURN_MARGIN_S = 8.0
"""Seconds of a turn for the start of the process and the last checkpoint."""
EVALUATION_S = 15.0
"""Seconds reserved for the evaluation after the last step; with less left, it gets a turn of its own."""
MAX_VISITORS = 1000
UNKNOWN_VISITOR = (
    "the visitor who started it is not known to this server any more; resume it to train on your own quota"
)
GPU_TAKEN = "its GPU was taken away in the middle of a turn; resume it to go on from its last checkpoint"

_visitors: dict[str, Context] = {}


def register_visitor(owner_key: str, visitor: Context) -> None:
    """Let the runs of the holder of `owner_key` train on the quota of the request in `visitor`; the newest counts."""
    owner = key_digest(owner_key)
    _visitors.pop(owner, None)
    _visitors[owner] = visitor
    while len(_visitors) > MAX_VISITORS:
        del _visitors[next(iter(_visitors))]


def _train_turn(root: str, run: str) -> Iterator[int]:
    """Execute one turn of a run in the process with the GPU; yield the number of each step."""
    from explorer.runs.worker import execute_run

    began = time.monotonic()
    store = RunStore(Path(root), is_shared=True)
    folder = store.get(run)
    if not folder.claim(Process.here()):
        return
    last = folder.status().steps
    with closing(execute_run(store, folder)) as steps, suppress(Paused):
        for line in steps:
            left = TURN_S - TURN_MARGIN_S - (time.monotonic() - began)
            if left < (EVALUATION_S if line["step"] == last else 0):
                steps.throw(Paused("its turn on the GPU is over"))
            yield line["step"]


@dataclass
class Turn:
    """One call of `_train_turn` for its visitor: an `Executor`, whose thread ends after a step or with the server."""

    store: RunStore
    train: Callable[[str, str], Any]
    folder: RunFolder | None = None
    gpu: str | None = None
    _closing: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def assign(self, folder: RunFolder, gpu: str | None = None) -> bool:  # noqa: ARG002 (the interface of `Executor`)
        """Start; the run keeps the status queued until the process with the GPU has it."""
        if folder.status().status != "queued":
            return False
        self.folder = folder
        self._thread = Thread(target=self._run_turn, args=(folder,), name=f"turn of {folder.run}", daemon=True)
        self._thread.start()
        return True

    def returncode(self) -> int | None:
        return None if self._thread is None or self._thread.is_alive() else 0

    def request_end(self) -> None:
        self._closing.set()

    def end(self, patience_s: float) -> None:
        if self._thread is not None:
            self._thread.join(patience_s)

    def _run_turn(self, folder: RunFolder) -> None:
        visitor = _visitors.get(owner_digest(folder))
        # A copy, as a context is entered by one thread at a time.
        reason = UNKNOWN_VISITOR if visitor is None else visitor.copy().run(self._train, folder)
        folder.end_abandoned("interrupted", GPU_TAKEN, waiting=reason)

    def _train(self, folder: RunFolder) -> str:
        """Return the reason why the run cannot continue, or nothing."""
        try:
            with closing(self.train(str(self.store.root.resolve()), folder.run)) as steps:
                for _ in steps:
                    if self._closing.is_set():
                        return SERVER_STOPPED
        # A quota that is used up, no GPU to be had, a GPU taken away: all are Gradio's Error.
        except Exception as error:
            return " ".join(str(getattr(error, "message", error)).split())[:300]
        return ""


def turn_factory(gpu: Callable[..., Any]) -> Callable[[RunStore, Settings], Turn]:
    """Return the factory of turns for a supervisor; `gpu` is `spaces.GPU`."""
    train = gpu(duration=TURN_S)(_train_turn)
    return lambda store, _settings: Turn(store=store, train=train)


def gpu_turn_factory() -> Callable[[RunStore, Settings], Turn]:
    """Return the factory on the GPU of this Space; call it before the launch of the page, when Spaces looks for it."""
    try:
        spaces = importlib.import_module("spaces")
    except ImportError:
        reason = "the package spaces is not here; only a ZeroGPU Space has it"
        raise UserError("EXPLORER_ZERO_GPU", "1", reason) from None
    # After it, as it changes torch; and before any fork, which would import it on the visitor's time.
    importlib.import_module("explorer.runs.worker")
    return turn_factory(spaces.GPU)


@lru_cache(maxsize=1)
def device_name(*, is_zero_gpu: bool) -> str:
    """Return the hardware of trainings in two or three words, "CPU" or the name of the first GPU."""
    if is_zero_gpu:
        return "ZeroGPU"
    if not gpu_ids():
        return "CPU"
    try:
        done = subprocess.run(
            ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return "GPU"
    return next((line.strip() for line in done.stdout.splitlines() if line.strip()), "GPU")


def mode_sentence(settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """Return the page's sentence on the training hardware, counted in this environment."""
    if settings.zero_gpu:
        return Sentence(
            "mode.zero-gpu",
            "Runs train on this Space's shared GPU (ZeroGPU) in turns of {seconds} seconds, which count against your"
            " own daily quota there. Where that is used up a run is interrupted, and Resume goes on with it.",
            seconds=TURN_S,
        )
    place = "this server" if settings.is_shared else "this computer"
    if gpu_ids(environ):
        return Sentence("mode.gpu", "Runs train on the GPU of {place}, also while the page is closed.", place=place)
    english = "Runs train on the CPU of {place} ({cores} cores), also while the page is closed."
    return Sentence("mode.cpu", english, place=place, cores=core_count(environ))
