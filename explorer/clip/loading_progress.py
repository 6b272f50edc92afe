"""How far the loading of a model is, told to whoever waits, who may cancel it by raising `Cancelled`.

def tell(progress: Progress) -> None:
    print(progress.stage, progress.done, progress.total)
    if gone:
        raise Cancelled

load("hf-hub:ORG/REPO", find_run=..., tell=tell)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


class Cancelled(Exception):
    """Whoever waited for a model does no longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """A stage, and of a download its bytes; `total` is None before it is known, and where nothing is counted."""

    stage: Literal["find", "fetch", "build", "check"]
    done: int = 0
    total: int | None = None


Tell = Callable[[Progress], None]


def tell_nobody(_: Progress) -> None:
    """For whoever does not care."""


def bar_that_tells(tell: Tell) -> type[Any]:
    """A bar for the client of the Hub that tells of bytes; what `tell` raises ends the download."""
    # Whoever only names stages has no use for the client, whose import takes a tenth of a second.
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        """Quiet where bars are off, but never deaf."""

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
