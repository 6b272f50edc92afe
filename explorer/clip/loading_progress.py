"""Progress callback of model loading. The callback may cancel the loading by raising `Cancelled`.

def report(progress: Progress) -> None:
    print(progress.stage, progress.done, progress.total)
    if gone:
        raise Cancelled

load("hf-hub:ORG/REPO", find_run=..., tell=report)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


class Cancelled(Exception):
    """The caller no longer waits for the model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """A stage, and the bytes of a download; `total` is None if it is unknown or nothing is counted.

    Of the stage "measure", `done` and `total` are images, and `left_s` the seconds left.
    """

    stage: Literal["find", "fetch", "build", "check", "measure"]
    done: int = 0
    total: int | None = None
    left_s: float | None = None


ProgressCallback = Callable[[Progress], None]


def no_progress(_: Progress) -> None:
    """Ignore progress."""


def progress_bar_class(tell: ProgressCallback) -> type[Any]:
    """Make a progress bar class for the Hub's client that calls `tell`; an error raised by `tell` ends the download."""
    # Callers that only name stages do not need the client, whose import takes a tenth of a second.
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        """Progress bar that reports even if bars are off."""

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
