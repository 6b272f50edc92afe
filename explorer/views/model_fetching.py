"""Fetch a model with its progress in words: how much of the download is here, and the seconds that are left.

    fetched(store, "ViT-B-32/openai", only_safe=True, tell=print)      # {"model", "parameters", "pixels"}
    # tell("212 of 605 MB", 0.35, 40.2) ... tell("reading it", None, None)

A download that broke off or was canceled goes on where it was: the Hub's client keeps what has come.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.clip.loading import Progress
from explorer.clip.names import model_error
from explorer.errors import UserError
from explorer.runs.store import RunStore
from explorer.views.questions import load_model
from explorer.wording import time_left

Tell = Callable[[str, float | None, float | None], None]
"""Takes a line of progress, the share that is done and the seconds left, None if unknown."""
LARGE = 1_000_000
"""Bytes from which a file is worth a line; configs and tokenizers are smaller."""


def fetched(store: RunStore, model: str, *, only_safe: bool, tell: Tell) -> dict[str, Any]:
    """Return the model's size and resolution when it is fetched and loaded.

    Raises:
        UserError: If it cannot be fetched or loaded, with what to do.
    """
    download = _Download(model, tell)
    try:
        clip = load_model(model, store=store, only_safe=only_safe, tell=download.follow)
    except UserError as error:
        from explorer.clip.zoo import is_out_of_reach

        if not is_out_of_reach(error.__cause__):
            raise
        _, _, advice = error.reason.partition("or fetch it by ")
        by_hand = f", or fetch it elsewhere by {advice}" if advice else ""
        raise model_error(model, f"no network here; if you have the file, name it{by_hand}") from error
    parameters = sum(parameter.numel() for parameter in clip.model.parameters())
    return {"model": model, "parameters": parameters, "pixels": clip.image_size}


class _Download:
    """One download: words its progress, and ends it if the disk is too full."""

    def __init__(self, model: str, tell: Tell) -> None:
        self.model, self.tell = model, tell
        self.total, self.first, self.began = 0, 0, 0.0

    def follow(self, now: Progress) -> None:
        """Tell a stage of loading; raise `UserError` if what is missing does not fit on the disk."""
        if now.stage != "fetch":
            self.tell("reading it" if now.stage in ("build", "check") else "getting ready", None, None)
            return
        if (now.total or 0) < LARGE:
            return
        total = now.total or 0
        if total != self.total:
            self._begin(now.done, total)
        fresh, wanted = now.done - self.first, total - self.first
        left_s = time_left(time.monotonic() - self.began, fresh / wanted if wanted > 0 else 1.0)
        self.tell(f"{now.done / 1e6:,.0f} of {total / 1e6:,.0f} MB", now.done / total, left_s)

    def _begin(self, done: int, total: int) -> None:
        from huggingface_hub import constants

        self.total, self.first, self.began = total, done, time.monotonic()
        free = shutil.disk_usage(_existing(constants.HF_HUB_CACHE)).free
        if total - done > free:
            raise model_error(self.model, f"{total / 1e6:,.0f} MB do not fit: {free / 1e6:,.0f} MB are free")


def _existing(folder: str) -> str:
    """Return the folder, or the nearest above it that exists."""
    path = Path(folder)
    return str(next((each for each in (path, *path.parents) if each.is_dir()), "."))
