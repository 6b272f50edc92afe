"""Requests of pages, endpoints and notebooks to one store of runs, under the limits of one server.

    service = Service.here()                                       # store and settings of the environment
    service.scenes("web-like", {}, count=3, seed=0, size=64)       # [{"image": "data:image/png;base64,...", ...}]
    started = service.start_run("web-like", {}, steps=100)         # {"run", "owner_key", "place"}; a worker trains it
    service.run_status(started["run"])["step"]

`endpoints` are those that the app publishes: JSON in and out, errors as sentences. Runs are read and queued here,
never trained: no torch is imported until a caption is scored.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

import numpy as np

from explorer.codec import encode
from explorer.errors import NO_VALUE, UserError
from explorer.evaluation.verdict import verdict
from explorer.runs.persistent_storage import default_root
from explorer.runs.queue import check_limits, describe, earlier_person
from explorer.runs.store import RunFolder, RunStore
from explorer.runs.zero_gpu import welcome
from explorer.service.endpoints import KEY, LARGEST_SEED, data_uri, may_change, resolve, study, swaps, whole_number
from explorer.service.pretrained_start import check_init
from explorer.service.probing import (
    check_captions,
    check_images,
    check_model,
    check_search,
    from_data_uri,
    models_here,
    score_pictures,
)
from explorer.service.rate_limit import Limiter
from explorer.settings import Settings, settings_for
from explorer.spec import RunSpec
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar
from explorer.world.imagefolder import SIZES, check_size, records
from explorer.world.plan import make_plan
from explorer.world.preview import renderer_of
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS

MOST_SCENES = 100
NO_RECORDS = 2**53
"""A step that no run reaches: `since_step` for the status without records."""
_SALT = secrets.token_bytes(16)
_one_at_a_time = Lock()
"""Lock around counting and creating runs, so that simultaneous requests cannot pass a limit together."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """The store of runs, the settings of the server, and the limits on who asks."""

    store: RunStore
    settings: Settings
    limiter: Limiter

    @classmethod
    def of(cls, store: RunStore, settings: Settings) -> "Service":
        """Return the service of a store, whose limits are counted with all others of this process."""
        return cls(store=store, settings=settings, limiter=Limiter(settings=settings))

    @classmethod
    def here(cls, host: str | None = None, environ: Mapping[str, str] = os.environ) -> "Service":
        """Return the service of the environment; `host` is the address that is served, else HOST."""
        settings = settings_for(host or environ.get("HOST"), environ)
        return cls.of(RunStore(default_root(environ), is_shared=settings.is_shared), settings)

    @property
    def endpoints(self) -> tuple[Callable[..., Any], ...]:
        """Return the functions that the app publishes under their own names."""
        runs = (self.start_run, self.run_status, self.stop_run, self.report)
        return (self.scenes, *runs, swaps, self.models, self.score, study)

    def scenes(
        self, preset: str, overrides: Mapping[str, Any], count: int = 12, seed: int = 0, size: int = 96
    ) -> list[dict[str, Any]]:
        """The first scenes of a data set with their captions, each picture a PNG data URI.

        Args:
            preset: name of a preset, for example web-like
            overrides: fields of the preset to change, for example {"saliency_bias": 0.5}
            count: how many scenes, from 1 to 100
            seed: of scenes and captions
            size: pixels on a side, even, from 16 to 512
        """
        spec = resolve(preset, overrides)
        count, size = (
            whole_number("count", count, 1, min(MOST_SCENES, self.settings.most_scenes)),
            whole_number("size", size, *SIZES),
        )
        seed = whole_number("seed", seed, 0, LARGEST_SEED)
        check_size(size)
        self.limiter.limit("questions")
        world = WORLDS[spec.data.world]
        plan = make_plan(spec.data, world, seed=seed)
        stream = Stream(seed=seed, name="train", index=np.arange(count))
        drawn = draw_scenes(plan, stream)
        renderer = renderer_of(spec.data, world, size)
        described = records(plan, drawn, stream, Grammar(world), renderer.atlas)
        pictures = [{"image": data_uri(image)} for image in renderer.images(drawn)]
        return [picture | record.to_json() for picture, record in zip(pictures, described, strict=True)]

    def start_run(
        self,
        preset: str,
        overrides: Mapping[str, Any] | None = None,
        init: str = "scratch",
        tune: str = "all",
        steps: int | None = None,
        seed: int = 0,
        owner_key: str = "",
    ) -> dict[str, Any]:
        """Queue a training run, which a worker of the app trains in the background.

        Answers {"run", "owner_key", "place"}: the key stops the run, a place of 1 is the next in the queue.

        Args:
            preset: name of a preset, for example binding-friendly
            overrides: fields of the preset to change, for example {"saliency_bias": 0.5}
            init: scratch, a shipped model, or the id of a run to fine-tune from
            tune: what trains of it: all, text, image, lora or text-map
            steps: batches to train, else the preset's
            seed: of scenes, captions and weights
            owner_key: the key of an earlier answer, so that the runs of one person belong together
        """
        given = {"init": init, "tune": tune, "seed": seed} | ({} if steps is None else {"steps": steps})
        overrides = {} if overrides is None else overrides
        fields = {**overrides, **given} if isinstance(overrides, Mapping) else overrides
        return self.queue_run(resolve(preset, fields), owner_key)

    def queue_run(self, spec: RunSpec, owner_key: str = "") -> dict[str, Any]:
        """Queue a run of a spec; see `start_run`."""
        store = self.store
        if owner_key and not KEY.fullmatch(str(owner_key)):
            raise UserError("owner_key", NO_VALUE, "give the key that start_run answered before, or none")
        check_init(store, spec, any_start=self.settings.any_start)
        key = owner_key or secrets.token_hex(16)
        person = earlier_person(store, owner_key) if owner_key else self._asker()
        with _one_at_a_time:
            check_limits(store, spec, key, self.settings, person=person)
            self.limiter.limit_runs(self.store)
            self._welcome(key)
            folder = store.create(spec, owner_key=key, person=person)
            self.limiter.remember_run(folder.run)
        return {"run": folder.run, "owner_key": key, "place": describe(store, folder).place}

    def run_status(self, run: str, since_step: int = 0) -> dict[str, Any]:
        """Return the status of a run, with the records of its steps after `since_step`.

        Args:
            run: the id that start_run answered
            since_step: the last step already seen, 0 for all records
        """
        folder = self.found(run)
        since = whole_number("since_step", since_step, 0, NO_RECORDS)
        records = [] if since == NO_RECORDS else list(folder.records(since_step=since))
        return describe(self.store, folder).to_json() | {"verdict": run_verdict(folder), "records": records}

    def stop_run(self, run: str, owner_key: str) -> dict[str, Any]:
        """Ask a run to finish its step, evaluate and save; it stays usable and can be resumed.

        Args:
            run: the id that start_run answered
            owner_key: the key that start_run answered
        """
        folder = self._own(run, owner_key)
        folder.request_stop()
        return {"status": folder.status().status}

    def resume_run(self, run: str, owner_key: str) -> dict[str, Any]:
        """Queue a stopped or interrupted run once more, from its last checkpoint."""
        folder = self._own(run, owner_key)
        with _one_at_a_time:
            check_limits(self.store, RunSpec.from_dict(folder.spec_record()), owner_key, self.settings)
            self.limiter.limit_runs(self.store)
            self._welcome(owner_key)
            folder.request_resume()
            self.limiter.remember_run(folder.run)
        return {"status": folder.status().status}

    def delete_run(self, run: str, owner_key: str) -> None:
        """Remove a run that is not being trained, with all its files."""
        folder = self._own(run, owner_key)
        self.store.delete(folder.run)

    def report(self, run: str) -> dict[str, Any]:
        """The report of a run that finished or was stopped: all metrics with intervals, controls, budget and device.

        Its "model" is the run's id, a name that score takes, and "folder" is null.

        Args:
            run: the id that start_run answered
        """
        folder = self.found(run)
        # Who reads an answer from elsewhere has no use for the folders of this computer, and must not learn them.
        return folder.report_json() | {"folder": None, "model": folder.run}

    def models(self, search: str = "") -> list[dict[str, Any]]:
        """The models that `score` takes: shipped ones, own runs that saved one, and open_clip's pretrained ones.

        Args:
            search: words that the name has to hold, for example b-32 openai; nothing lists all
        """
        return [asdict(each) for each in models_here(self.store, check_search(search), closed=self.is_closed)]

    def score(self, model: str, images: list[str], captions: list[str]) -> dict[str, Any]:
        """Cosines, margins and probabilities of pictures and captions by one model.

        Args:
            model: a shipped model or the id of a run, for example things-bound; on one's own computer any MODEL
            images: 1 to 16 pictures as data URIs
            captions: 1 to 32 captions of at most 300 characters
        """
        captions, images = check_captions(captions), check_images(images)
        check_model(self.store, model, closed=self.is_closed)
        self.limiter.limit("questions")
        files = {f"images[{place}]": from_data_uri(uri, f"images[{place}]") for place, uri in enumerate(images)}
        names = [f"image-{number}.png" for number in range(1, len(images) + 1)]
        found = score_pictures(
            model, names, files, captions, store=self.store, only_safe=True, hide_folder=self.is_closed
        )
        return encode(found)

    @property
    def is_closed(self) -> bool:
        """Return True if only shipped models and runs may be asked, no path and no download."""
        return not self.settings.any_start

    def found(self, run: Any) -> RunFolder:
        """Return the run of that id; raise `UserError` if there is none."""
        folder = self.store.find(run)
        if folder is None:
            raise UserError("run", run, "there is no such run here", longest=80)
        return folder

    def _own(self, run: str, owner_key: str) -> RunFolder:
        folder = self.found(run)
        if not may_change(folder, str(owner_key), self.settings):
            reason = f"is not that of run {folder.run}; anyone with the link can view it, only its owner can change it"
            raise UserError("owner_key", NO_VALUE, reason)
        return folder

    def _asker(self) -> str:
        """Return a salted digest of the request's address, for requests without a key."""
        return hashlib.sha256(_SALT + (self.limiter.address() or "here").encode()).hexdigest()

    def _welcome(self, key: str) -> None:
        """On a ZeroGPU Space, remember the request behind a run: it trains on that visitor's quota."""
        if self.settings.zero_gpu:
            from gradio.context import LocalContext

            visitor = Context()  # only the request and its page: the event itself ends before there is a GPU
            visitor.run(LocalContext.request.set, LocalContext.request.get(None))
            visitor.run(LocalContext.blocks.set, LocalContext.blocks.get(None))
            welcome(key, visitor)


def run_verdict(folder: RunFolder) -> str | None:
    """Return the verdict on a report, None if there is no report."""
    try:
        return verdict(folder.report()).sentence
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # also an imported report of another shape
