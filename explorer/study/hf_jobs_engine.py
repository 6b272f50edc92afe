"""Runs of a sweep as jobs of Hugging Face, results through a storage bucket; tested with a recorder only.

    make = hf_jobs_engine(HfApi(), folder=out / "hf-jobs", bucket="anna/binding", flavor="cpu-basic", tell=print)
    Laboratory(..., engine=make)

Code and queued runs go to the bucket, which each job mounts. A job installs the requirements, executes about 20 runs on
its own disk, and copies each to the bucket when it has ended. Hardware and price are logged before a job starts.
"""

import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

from huggingface_hub import Volume
from huggingface_hub.errors import HfHubHTTPError

from explorer.errors import UserError
from explorer.resources import CHECKOUT
from explorer.runs.store import RunStore
from explorer.settings import Settings
from explorer.study.engines import Engine, MakeEngine, packed
from explorer.study.run_batch import COMPLETE, is_whole

IMAGE = "python:3.12-slim"
MOUNT = "/bucket"
LOOK_S = 60.0
"""Seconds between two questions to the Hub."""
TIMEOUT = "24h"
SOURCES = ("explorer/*", "models/*", "assets/*", "requirements.txt")
OVER = ("COMPLETED", "ERROR", "CANCELED", "DELETED")
_SCRIPT = (
    "set -e; cp -r {mount}/source /explorer; mkdir -p /explorer/runs; cd /explorer;"
    " pip install --quiet -r requirements.txt;"
    " for run in {runs}; do cp -r {mount}/queued/$run runs/; done;"
    " python -m explorer.study.run_batch --runs runs --done {mount}/done {runs}"
)
REFUSALS = {
    401: "log in with `hf auth login`",
    402: "the account needs credit for jobs",
    403: "the token may not do that",
}


class HubJobsEngine:
    """Jobs of Hugging Face that share one bucket."""

    tries = 1

    def __init__(
        self, store: RunStore, settings: Settings, hub: Any, *, folder: Path, bucket: str, flavor: str,
        tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._store, self._settings, self._hub, self._tell = store, settings, hub, tell
        self._folder, self._bucket, self._flavor = folder, bucket, flavor
        self._jobs: dict[str, tuple[str, ...]] = {}
        self._open: set[str] = set()
        self._looked = 0.0

    def start(self, runs: Sequence[str]) -> None:
        """Upload code and runs, say hardware and price, and start the jobs."""
        batches = packed(runs, self._settings.workers)
        try:
            self._tell(self._price(len(runs), len(batches)))
            self._hub.create_bucket(self._bucket, private=True, exist_ok=True)
            self._hub.sync_bucket(
                str(CHECKOUT), f"hf://buckets/{self._bucket}/source", include=list(SOURCES), exclude=["*__pycache__*"],
                quiet=True,
            )  # fmt: skip
            for run in runs:
                path = str(self._store.get(run).path)
                self._hub.sync_bucket(path, f"hf://buckets/{self._bucket}/queued/{run}", quiet=True)
            for batch in batches:
                self._jobs[self._hub.run_job(**self._job(batch)).id] = batch
        except HfHubHTTPError as error:
            raise UserError("engine", "hf-jobs", _refusal(error)) from None
        self._open |= set(runs)

    def look(self) -> None:
        """Fetch the runs that have ended; mark those of an ended job that brought none as failed."""
        if time.monotonic() - self._looked < LOOK_S:
            return
        self._looked = time.monotonic()
        stages = {job: self._hub.inspect_job(job_id=job).status.stage for job in self._jobs}
        fetched = self._folder / "done"
        fetched.mkdir(parents=True, exist_ok=True)
        self._hub.sync_bucket(f"hf://buckets/{self._bucket}/done", str(fetched), quiet=True)
        for run in sorted(self._open):
            if is_whole(fetched / run):
                self._take(run, fetched / run)
        for job, stage in stages.items():
            if str(getattr(stage, "value", stage)) in OVER:
                for run in self._open & set(self._jobs[job]):
                    self._store.get(run).set_status(status="failed", reason=f"its job {job} ended without it")
                self._open -= set(self._jobs.pop(job))

    def close(self) -> None:
        """Cancel the jobs that are left."""
        for job in self._jobs:
            self._hub.cancel_job(job_id=job)

    def _take(self, run: str, found: Path) -> None:
        """Replace the queued run of the store by the one that came back."""
        target = self._store.get(run).path
        rmtree(target)
        copytree(found, target)
        (target / COMPLETE).unlink()
        self._open.discard(run)

    def _job(self, batch: tuple[str, ...]) -> dict[str, Any]:
        script = _SCRIPT.format(mount=MOUNT, runs=" ".join(map(shlex.quote, batch)))
        volume = Volume(type="bucket", source=self._bucket, mount_path=MOUNT)
        return {
            "image": IMAGE, "command": ["bash", "-c", script], "flavor": self._flavor, "timeout": TIMEOUT,
            "volumes": [volume], "labels": {"project": "clip-binding"},
        }  # fmt: skip

    def _price(self, runs: int, jobs: int) -> str:
        """The sentence on hardware and price; `UserError` for a flavor that the Hub does not have."""
        hardware = {each.name: each for each in self._hub.list_jobs_hardware()}
        if self._flavor not in hardware:
            raise UserError("--flavor", self._flavor, f"choose one of {', '.join(sorted(hardware))}")
        chosen = hardware[self._flavor]
        price = f"{chosen.unit_cost_usd:.4f} USD a {chosen.unit_label}"
        return f"hf-jobs: {runs} runs in {jobs} jobs on {chosen.pretty_name} ({chosen.cpu}, {chosen.ram}), {price} each"


def hf_jobs_engine(hub: Any, *, folder: Path, bucket: str, flavor: str, tell: Callable[[str], None]) -> MakeEngine:
    """Return the engine; `UserError` if no bucket is named."""
    if bucket.count("/") != 1:
        raise UserError("--bucket", bucket, "name a storage bucket as OWNER/NAME; it is created if it does not exist")

    def make(store: RunStore, settings: Settings) -> Engine:
        return HubJobsEngine(store, settings, hub, folder=folder, bucket=bucket, flavor=flavor, tell=tell)

    return make


def _refusal(error: HfHubHTTPError) -> str:
    status = error.response.status_code if error.response is not None else 0
    return REFUSALS.get(status, f"the Hub answers {status}; try again later")
