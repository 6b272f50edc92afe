"""Cache of models with a memory bound, and the progress of their loading.

    models = ModelCache(max_bytes=2 * 10**9)
    clip = models.get(key, lambda report: zoo.load_clip(name, find_run_model=find_run_model, tell=report))

    def report(progress: Progress) -> None:          # a progress callback; raising `Cancelled` cancels the loading
        print(progress.stage, progress.done, progress.total)

One model is loaded at a time; concurrent requests for the same one share it. The least recently used model is evicted
first. No torch here: bytes are counted on the result of `load`.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Literal

LoadingStage = Literal["find", "fetch", "build", "check", "measure"]


class Cancelled(Exception):
    """The caller no longer waits for the model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """A stage, and the bytes of a download; `total` is None if it is unknown or nothing is counted.

    Of the stage "measure", `done` and `total` are images, and `left_s` the seconds left.
    """

    stage: LoadingStage
    done: int = 0
    total: int | None = None
    left_s: float | None = None


ProgressCallback = Callable[[Progress], None]
SayLine = Callable[[str], None]
"""A function that takes a line on what is done now."""


def let_idle_threads_sleep() -> None:
    """Let torch's threads sleep while they wait, as spinning ones slow each other; call it before torch's import."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def no_progress(*_: object) -> None:
    """Tell nobody, whatever a callback of progress would be called with."""


def progress_bar_class(tell: ProgressCallback) -> type[Any]:
    """Make a progress bar class for the Hub's client that calls `tell`; an error raised by `tell` ends the download."""
    # Callers that only name stages do not need the client, whose import takes a tenth of a second.
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *values: Any, **named: Any) -> None:
            super().__init__(*values, **named)  # type: ignore[no-untyped-call]
            # The client counts the same bytes twice, as received and as written.
            self.tells = named.get("unit") == "B" and "transfer" not in str(named.get("name", ""))
            self.seen = int(named.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            # A bar that is off does not count for itself.
            self.seen += int(n or 0)
            if self.tells:
                tell(Progress(stage="fetch", done=self.seen, total=int(self.total) if self.total else None))
            return super().update(n)

    return Bar


MAX_CACHED_BYTES = 4 * 10**9
"""Bound on the weights of all cached models; the last one is always kept, or it would be loaded again at once."""


class ModelCache:
    """The most recently used models within the bound."""

    def __init__(self, max_bytes: int = MAX_CACHED_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._state, self._turn = threading.Lock(), threading.Lock()

    def get(
        self, key: Hashable, load: Callable[[ProgressCallback], Any], *, tell: ProgressCallback = no_progress
    ) -> Any:
        """Return the model of `key`, by `load` if it is not cached.

        `tell` may cancel a caller that waits for the lock.
        """
        if (cached := self._find(key)) is not None:
            return cached
        while not self._turn.acquire(timeout=0.2):
            tell(Progress(stage="find"))
        try:
            if (cached := self._find(key)) is not None:
                return cached
            clip = load(tell)
            with self._state:
                self._kept[key] = clip
                while len(self._kept) > 1 and sum(map(weight_bytes, self._kept.values())) > self._max_bytes:
                    self._kept.popitem(last=False)
            return clip
        finally:
            self._turn.release()

    def keys(self) -> tuple[Hashable, ...]:
        """Return the keys of the cached models, the next to be evicted first."""
        with self._state:
            return tuple(self._kept)

    def clear(self) -> None:
        with self._state:
            self._kept.clear()

    def _find(self, key: Hashable) -> Any:
        with self._state:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)


def weight_bytes(clip: Any) -> int:
    """Return the bytes of all parameters and buffers of a `Clip`."""
    tensors = [*clip.model.parameters(), *clip.model.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
