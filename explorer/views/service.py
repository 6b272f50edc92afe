"""One store of runs under the limits of one server, and who asks it: what views, pages and the class have in common.

    service = Service.from_environment()                        # store and settings of the environment
    started = service.queue_run(specs.resolve("web-like", {}))  # {"run", "owner_key", "place"}; a worker trains it
    service.own_run(started["run"], started["owner_key"]).request_stop()

Runs are read and queued here, never trained: no torch is imported.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import Context
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from explorer.classroom.rooms import Rooms
from explorer.errors import NO_VALUE, BusyError, UserError
from explorer.evaluation.sets import FULL_BUDGET, EvaluationBudget
from explorer.replication.ledger import Ledger, Person
from explorer.replication.questions import OPEN_LIST, read_open_list
from explorer.runs.files import default_root
from explorer.runs.folder import RunFolder
from explorer.runs.queue import check_limits, describe_run, earlier_identity
from explorer.runs.store import RunStore
from explorer.runs.zero_gpu import register_visitor
from explorer.settings import Settings, is_space, settings_for
from explorer.spec import RunSpec
from explorer.views.rate_limit import BUCKETS, charge_computing, client_address, own_address, take_from_bucket
from explorer.views.starts import check_init

MAX_LISTED_RUNS = 200
KEY_PATTERN = re.compile(r"[0-9a-f]{32}")
"""Form of the key of a browser, as `KEY_PATTERN` of assets/page/kept.js has it; `secrets.token_hex(16)` makes one."""
_SALT = secrets.token_bytes(16)
_admission_lock = Lock()
"""Lock around counting and creating runs, so that simultaneous requests cannot pass a limit together."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """The store of runs and the settings of the server, which limit who asks."""

    store: RunStore
    settings: Settings
    is_safe_only: bool = True
    """False on the command line: who types there may load any file, also a pickled one."""
    budget: EvaluationBudget = FULL_BUDGET
    """Size of evaluations and of the linear probe."""

    @classmethod
    def from_environment(cls, host: str | None = None, environ: Mapping[str, str] = os.environ) -> "Service":
        """Return the service of the environment; `host` is the address that is served, else HOST."""
        settings = settings_for(host or environ.get("HOST"), environ)
        return cls(store=RunStore(default_root(environ), is_shared=settings.is_shared), settings=settings)

    @cached_property
    def rooms(self) -> Rooms:
        """The rooms of classes below the runs."""
        return Rooms(self.store.root)

    @cached_property
    def ledger(self) -> Ledger:
        """The results of the open questions, below the runs unless the settings name another folder."""
        settings = self.settings
        listed = read_open_list(Path(settings.open_list) if settings.open_list else OPEN_LIST)
        folder = Path(settings.open_folder) if settings.open_folder else self.store.root / ".open"
        ledger = Ledger(folder, listed)
        if ledger.folder.is_dir():
            with suppress(OSError, BusyError):  # what a server that was killed has left
                ledger.forget_answered()
        return ledger

    def person(self, owner_key: str) -> Person:
        """Return the person who asks the current event: the key that the browser sent, and the address it came from."""
        seen, request = self.address() or "", _current_request()
        own = None
        if request is not None and getattr(request, "client", None) is not None:
            own = own_address(
                request.headers,
                request.client.host,
                forwarded=self.settings.forwarded,
                skips_private=is_space(os.environ),
            )
        return Person(owner_key=owner_key, address=own or seen, has_own_address=own is not None)

    def queue_run(self, spec: RunSpec, owner_key: str = "") -> dict[str, Any]:
        """Queue a run of a spec for the holder of a key, or of a new one: {"run", "owner_key", "place"}."""
        if owner_key and not KEY_PATTERN.fullmatch(str(owner_key)):
            raise UserError("owner_key", NO_VALUE, "give the key that train answered before, or none")
        check_init(self.store, spec, any_start=self.settings.any_start)
        key = owner_key or secrets.token_hex(16)
        # Who sends no key is known by the address, of which only a salted digest is written.
        salted = hashlib.sha256(_SALT + (self.address() or "here").encode()).hexdigest()
        identity = earlier_identity(self.store, owner_key) if owner_key else salted
        with self._admission(spec, key, identity):
            folder = self.store.create(spec, owner_key=key, identity=identity)
            self._remember(folder.run)
        return {"run": folder.run, "owner_key": key, "place": describe_run(self.store, folder).place}

    def resume_run(self, run: str, owner_key: str) -> RunFolder:
        """Queue a stopped or interrupted run once more, from its last checkpoint."""
        folder = self.own_run(run, owner_key)
        folder.check_resumable()  # first: what cannot be resumed counts for nobody
        with self._admission(folder.spec(), owner_key):
            folder.request_resume()
            self._remember(folder.run)
        return folder

    @contextmanager
    def _admission(self, spec: RunSpec, owner_key: str, identity: str = "") -> Iterator[None]:
        """Check the limits on a further run and hold the others back; raise `UserError` beyond a limit.

        On a ZeroGPU Space, remember the request behind the run: it trains on that visitor's quota.
        """
        with _admission_lock:
            check_limits(self.store, spec, owner_key, self.settings, identity=identity)
            self._check_active_runs()
            if self.settings.zero_gpu:
                from gradio.context import LocalContext

                visitor = Context()  # only the request and its page: the event itself ends before there is a GPU
                visitor.run(LocalContext.request.set, LocalContext.request.get(None))
                visitor.run(LocalContext.blocks.set, LocalContext.blocks.get(None))
                register_visitor(owner_key, visitor)
            yield

    def _check_active_runs(self) -> None:
        """Raise `UserError` if this IP address has as many active runs as allowed."""
        if (address := self._counted_address) is None:
            return

        def is_over(run: str) -> bool:
            folder = self.store.find(run)
            return folder is None or not folder.status().is_active

        held, most = BUCKETS.count_runs(address, is_over=is_over), self.settings.runs_per_address
        if held >= most:
            reason = "your IP address already has {held} active runs, the most are {most}; wait for one or stop it"
            raise BusyError("runs", held, reason, held=held, most=most)
        self.count_call("runs")

    def _remember(self, run: str) -> None:
        if (address := self._counted_address) is not None:
            BUCKETS.remember_run(address, run)

    def count_call(self, kind: str, amount: float = 1.0) -> None:
        """Count a request of the current event; raise `UserError` with the waiting time if the bucket is empty."""
        if (address := self._counted_address) is not None:
            take_from_bucket(kind, address, self.settings, amount=amount)

    def admit_pictures(self, megapixels: float, *, times: int = 1) -> None:
        """Raise `UserError` if the pictures of a question are too large together, or for so many of this minute.

        `times` is how often they are decoded, once for each model.
        """
        most = self.settings.most_megapixels
        if megapixels > most:
            raise UserError("images", NO_VALUE, "give pictures of together at most {most} million pixels", most=most)
        self.count_call("megapixels", megapixels * times)

    def charger(self) -> Callable[[float], None]:
        """Return what charges who asks now for seconds of a core, also from a thread that goes on without the event."""
        address = self._counted_address

        def charge(seconds: float) -> None:
            if address is not None:
                charge_computing(address, seconds, self.settings)

        return charge

    def scope(self) -> Mapping[str, Any]:
        """Return the ASGI scope of the current event's request, with its port; empty outside of one."""
        request = _current_request()
        return {} if request is None else getattr(getattr(request, "request", request), "scope", {})

    def address(self) -> str | None:
        """Return the address of the current event's request; None outside of one, as in a notebook."""
        request = _current_request()
        if request is None or getattr(request, "client", None) is None:
            return None
        return client_address(request.headers, request.client.host, forwarded=self.settings.forwarded)

    @property
    def _counted_address(self) -> str | None:
        """The address whose requests are counted; None on one's own computer, where nobody's are."""
        return self.address() if self.settings.is_shared else None

    def get_run(self, run: Any) -> RunFolder:
        """Return the run of that id; raise `UserError` if there is none."""
        folder = self.store.find(run)
        if folder is None:
            raise UserError("run", run, "there is no such run here", longest=80)
        return folder

    def visible_runs(self, run: str, owner_key: str) -> list[RunFolder]:
        """Return runs with a readable spec that the holder of the key may see, `run` among them, the newest first."""
        folders = (
            folder
            for folder in self.store.all()
            if not self.settings.is_shared or folder.run == run or folder.is_owner(owner_key)
            if folder.is_readable
        )
        return list(islice(folders, MAX_LISTED_RUNS))

    def own_run(self, run: str, owner_key: str) -> RunFolder:
        """Return the run of that id; raise `UserError` unless the key may change it."""
        folder = self.get_run(run)
        if not may_change(folder, str(owner_key), self.settings):
            reason = "is not that of run {run}; anyone with the link can view it, only its owner can change it"
            raise UserError("owner_key", NO_VALUE, reason, run=folder.run)
        return folder


def _current_request() -> Any:
    from gradio.context import LocalContext

    return LocalContext.request.get(None)


def may_change(folder: RunFolder, owner_key: str, settings: Settings) -> bool:
    """Return True if the holder of `owner_key` may stop, resume and delete the run; locally also runs of the CLI."""
    return folder.is_owner(owner_key) or (not settings.is_shared and not folder.has_owner)
