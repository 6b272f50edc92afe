"""Token-bucket limits of a public server, per IP address and kind of request.

    limiter = Limiter(settings=settings)
    limiter.limit("questions")          # inside an event or an endpoint; UserError: "questions: ... wait 12 s"
    limiter.limit_runs(store)           # UserError if this address has as many active runs as allowed
    limiter.remember_run(folder.run)

Keys and sessions are free, so the limits apply per IP address. A class behind one router is one address, and the limits
leave room for thirty. Addresses are held in memory and never written.
"""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.errors import NO_VALUE, LimitError
from explorer.runs.store import RunStore
from explorer.settings import Settings

SPANS = {
    "runs": ("runs_per_hour", 3600.0),
    "questions": ("questions_per_minute", 60.0),
    "requests": ("requests_per_s", 1.0),
    "uploads": ("upload_mb_per_hour", 3600.0),
    "bodies": ("body_mb_per_minute", 60.0),
    "sessions": ("sessions_per_hour", 3600.0),
}
"""The setting of each kind, and its seconds."""
_WORDS = {"uploads": "takes {} MB", "bodies": "takes {} MB", "sessions": "opens {} pages"}
BURST = {"requests": 10.0}
"""Size of a bucket in spans: a page that opens requests forty files."""
MOST_PEOPLE = 20_000
_SPAN_WORDS = {3600.0: "an hour", 60.0: "a minute", 1.0: "a second"}


class Rates:
    """Token buckets by kind and address; the least recently seen address is dropped first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._runs: OrderedDict[str, list[str]] = OrderedDict()

    def wait_s(self, kind: str, person: str, most: float, per_s: float, amount: float = 1.0) -> float:
        """Take the amount and return 0, or return the seconds until the bucket holds it."""
        with self._lock:
            now = self._clock()
            left, at = self._left.pop((kind, person), (most, now))
            left = min(most, left + (now - at) * per_s)
            may = left >= amount
            self._left[kind, person] = (left - amount * may, now)
            if len(self._left) > MOST_PEOPLE:
                self._left.popitem(last=False)
        return 0.0 if may else (amount - left) / per_s

    def remember(self, person: str, run: str) -> None:
        """Record that the person started the run."""
        with self._lock:
            self._runs.setdefault(person, []).append(run)
            self._runs.move_to_end(person)
            if len(self._runs) > MOST_PEOPLE:
                self._runs.popitem(last=False)

    def runs_of(self, person: str, *, is_over: Callable[[str], bool]) -> int:
        """Count the person's runs that are not over, and drop those that are."""
        with self._lock:
            runs = list(self._runs.get(person, []))
        left = [run for run in runs if not is_over(run)]
        with self._lock:
            self._runs[person] = left + self._runs.get(person, [])[len(runs) :]
        return len(left)

    def forget(self) -> None:
        """Empty all buckets."""
        with self._lock:
            self._left.clear()
            self._runs.clear()


RATES = Rates()
"""Buckets of this server."""


def refusal(
    kind: str, person: str, settings: Settings, rates: Rates = RATES, *, amount: float = 1.0
) -> LimitError | None:
    """Return one sentence if the bucket is empty, else nothing."""
    name, span = SPANS[kind]
    most = max(1, getattr(settings, name))
    full = most * BURST.get(kind, 1.0)
    wait = rates.wait_s(kind, person, full, most / span, min(amount, full))
    if not wait:
        return None
    said = _WORDS.get(kind, "answers {}").format(most)
    reason = f"this server {said} {_SPAN_WORDS[span]} from one address; wait {max(1, round(wait))} s"
    return LimitError(kind, NO_VALUE, reason)


def address_of(headers: Mapping[str, str], peer: str | None, *, forwarded: bool) -> str:
    """Return the client's address: the peer's, or with `forwarded` the last public one of X-Forwarded-For."""
    if forwarded:
        for word in reversed(headers.get("x-forwarded-for", "").split(",")):
            try:
                address = ipaddress.ip_address(word.strip())
            except ValueError:
                continue
            if address.is_global:
                return str(address)
    return peer or ""


@dataclass(frozen=True, kw_only=True)
class Limiter:
    """Limits of one server on the address behind the current event; on one's own computer there are none."""

    settings: Settings
    rates: Rates = RATES

    def limit(self, kind: str) -> None:
        """Count a request of the current event; raise `UserError` with the waiting time if the bucket is empty."""
        person = self._person()
        if person is not None and (refused := refusal(kind, person, self.settings, self.rates)):
            raise refused

    def limit_runs(self, store: RunStore) -> None:
        """Raise `UserError` if this IP address has as many active runs as allowed."""
        person = self._person()
        if person is None:
            return

        def is_over(run: str) -> bool:
            folder = store.find(run)
            return folder is None or not folder.status().is_active

        held, most = self.rates.runs_of(person, is_over=is_over), self.settings.runs_per_address
        if held >= most:
            reason = f"your IP address already has {held} active runs, the most are {most}; wait for one or stop it"
            raise LimitError("runs", held, reason)
        self.limit("runs")

    def remember_run(self, run: str) -> None:
        """Record that the current person started the run."""
        if (person := self._person()) is not None:
            self.rates.remember(person, run)

    def scope(self) -> Mapping[str, Any]:
        """Return the ASGI scope of the current event's request, with its port; empty outside of one."""
        request = self._request()
        return {} if request is None else getattr(getattr(request, "request", request), "scope", {})

    def address(self) -> str | None:
        """Return the address of the current event's request; None outside of one, as in a notebook."""
        request = self._request()
        if request is None or getattr(request, "client", None) is None:
            return None
        return address_of(request.headers, request.client.host, forwarded=self.settings.forwarded)

    def _request(self) -> Any:
        from gradio.context import LocalContext

        return LocalContext.request.get(None)

    def _person(self) -> str | None:
        return self.address() if self.settings.is_shared else None
