"""Token-bucket limits of a server, by kind of request and who asks: an IP address, or a seat in a class.

    take_from_bucket("questions", "192.0.2.1", settings)    # or BusyError: "questions: ... wait 12 s"
    BUCKETS.remember_run("192.0.2.1", folder.run)    # the address has a run more
    BUCKETS.count_runs("192.0.2.1", is_over=...)    # and so many that are active

Keys and sessions are free, so the limits apply per IP address. A class behind one router is one address, and the limits
leave room for thirty. Addresses are held in memory and never written.
"""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.errors import NO_VALUE, BusyError
from explorer.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimit:
    """Limit of one kind for one asker in a span of seconds: `most` is a number, or the setting that holds it."""

    most: int | str
    span_s: float
    reason: str = "this server answers {most} {span} from one address; wait {seconds} s"
    burst: float = 1.0
    """Size of the bucket in spans, for what comes in bursts."""


_OF_A_SEAT = "this server takes {most} {span} from one seat; wait {seconds} s"
_MEGABYTES = "this server takes {most} MB {span} from one address; wait {seconds} s"
RATE_LIMITS = {
    "runs": RateLimit(most="runs_per_hour", span_s=3600.0),
    "questions": RateLimit(most="questions_per_minute", span_s=60.0),
    "requests": RateLimit(most="requests_per_s", span_s=1.0, burst=10.0),
    "uploads": RateLimit(most="upload_mb_per_hour", span_s=3600.0, reason=_MEGABYTES),
    "bodies": RateLimit(most="body_mb_per_minute", span_s=60.0, reason=_MEGABYTES),
    "megapixels": RateLimit(
        most="megapixels_per_minute",
        span_s=60.0,
        reason="this server decodes {most} million pixels {span} from one address; wait {seconds} s",
    ),
    "sessions": RateLimit(
        most="sessions_per_hour",
        span_s=3600.0,
        reason="this server opens {most} pages {span} from one address; wait {seconds} s",
    ),
    "classes": RateLimit(
        most=10, span_s=3600.0, reason="this server opens {most} {span} from one address; wait {seconds} s"
    ),
    "pupils": RateLimit(
        most=60, span_s=60.0, reason="this server takes {most} {span} from one address; wait {seconds} s"
    ),
    "acts": RateLimit(most=40, span_s=10.0, reason=_OF_A_SEAT),
    "models": RateLimit(most=5, span_s=600.0, reason=_OF_A_SEAT),
    "things": RateLimit(most=10, span_s=60.0, reason=_OF_A_SEAT),
}
"""By kind; the last three count by the key of a seat in a class, all others by address."""
FILE_SHARE = 0.2
"""Share of a request, as which a file of the page counts: it is read from memory and kept by the browser for good.

Thirty pupils who open the page behind one router within a second ask for more than three thousand.
"""
SECONDS_PER_REQUEST, MAX_CHARGE = 0.005, 100.0
"""Seconds of a core that one request pays for, and the most requests that an answer counts as beside itself.

Without it one address fills a core: the dearest views take 30 ms. The first one that loads a model takes seconds.
"""
MAX_LIMITED_ADDRESSES = 20_000
_SPAN_WORDS = {3600.0: "an hour", 600.0: "in ten minutes", 60.0: "a minute", 10.0: "in ten seconds", 1.0: "a second"}


class TokenBuckets:
    """Token buckets by kind, and by the address or key that asks; the one seen least recently is dropped first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._runs: OrderedDict[str, list[str]] = OrderedDict()

    def take(self, kind: str, asker: str, most: float, per_s: float, amount: float = 1.0) -> float:
        """Take the amount and return 0, or return the seconds until the bucket holds it."""
        with self._lock:
            now = self._clock()
            tokens, at = self._left.pop((kind, asker), (most, now))
            tokens = min(most, tokens + (now - at) * per_s)
            may = tokens >= amount
            self._left[kind, asker] = (tokens - amount if may else tokens, now)
            _drop_oldest(self._left)
        return 0.0 if may else (amount - tokens) / per_s

    def charge(self, kind: str, asker: str, most: float, amount: float) -> None:
        """Take the amount, also where the bucket does not hold it: what comes next waits until it is paid."""
        with self._lock:
            tokens, at = self._left.get((kind, asker), (most, self._clock()))
            self._left[kind, asker] = (tokens - amount, at)
            _drop_oldest(self._left)

    def remember_run(self, asker: str, run: str) -> None:
        with self._lock:
            self._runs.setdefault(asker, []).append(run)
            self._runs.move_to_end(asker)
            _drop_oldest(self._runs)

    def count_runs(self, asker: str, *, is_over: Callable[[str], bool]) -> int:
        """Count the asker's runs that are not over, and drop those that are."""
        with self._lock:
            runs = list(self._runs.get(asker, []))
        active = [run for run in runs if not is_over(run)]
        with self._lock:
            if left := active + self._runs.get(asker, [])[len(runs) :]:
                self._runs[asker] = left
                _drop_oldest(self._runs)
            else:
                self._runs.pop(asker, None)
        return len(active)

    def forget(self) -> None:
        """Forget who asked and who started runs: every bucket is full again."""
        with self._lock:
            self._left.clear()
            self._runs.clear()


def _drop_oldest(kept: OrderedDict[Any, Any]) -> None:
    """Keep at most `MAX_LIMITED_ADDRESSES` entries."""
    if len(kept) > MAX_LIMITED_ADDRESSES:
        kept.popitem(last=False)


BUCKETS = TokenBuckets()
"""Buckets of this server."""


def take_from_bucket(
    kind: str, asker: str, settings: Settings, buckets: TokenBuckets = BUCKETS, *, amount: float = 1.0
) -> None:
    """Count the amount for an address or a key; raise `BusyError` if its bucket does not hold it."""
    limit, most, full = _bucket_size(kind, settings)
    wait = buckets.take(kind, asker, full, most / limit.span_s, min(amount, full))
    if wait:
        span, seconds = _SPAN_WORDS[limit.span_s], math.ceil(wait)
        raise BusyError(kind, NO_VALUE, limit.reason, most=most, span=span, seconds=seconds)


def charge_computing(address: str, seconds: float, settings: Settings) -> None:
    """Count an answer that took seconds of a core as several requests of the address."""
    _, _, full = _bucket_size("requests", settings)
    BUCKETS.charge("requests", address, full, min(seconds / SECONDS_PER_REQUEST, MAX_CHARGE))


def _bucket_size(kind: str, settings: Settings) -> tuple[RateLimit, int, float]:
    """Return the limit of a kind, the most of its span, and what the bucket holds."""
    limit = RATE_LIMITS[kind]
    most = limit.most if isinstance(limit.most, int) else max(1, getattr(settings, limit.most))
    return limit, most, most * limit.burst


def client_address(headers: Mapping[str, str], peer: str | None, *, forwarded: bool) -> str:
    """Return the client's address: the peer's, or with `forwarded` the last public one of X-Forwarded-For.

    An entry of X-Forwarded-For counts only if all entries after it are addresses. A public IPv6 address stands for its
    network of 64 bits: one customer has as many addresses, so a limit for each of them would be none.
    """
    client = _read_address(peer or "")
    for word in reversed(_forwarded_words(headers) if forwarded else ()):
        address = _read_address(word)
        if address is None:
            break
        if address.is_global:
            client = address
            break
    if client is None:
        return peer or ""
    return str(ipaddress.IPv6Address(int(client) >> 64 << 64) if client.version == 6 and client.is_global else client)


MAX_PROXIES = 20
"""Entries of X-Forwarded-For that are read, from the last one on."""
PROXY_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip", "via", "cf-connecting-ip", "true-client-ip")
"""Headers that a proxy adds to a request."""
SITE_BITS = 48
"""Bits of an IPv6 address that a site may have: whoever has so many networks is still one."""
ONE_SITE_EACH = ipaddress.IPv6Network("2000::/3")
"""All that is given to sites until now."""
IPV4_IN_IPV6 = ipaddress.IPv6Network("2002::/16")
"""6to4, which whoever has an address of IPv4 has beside the own networks."""


def own_address(
    headers: Mapping[str, str], peer: str | None, *, forwarded: bool, skips_private: bool = False
) -> str | None:
    """Return the public address of whoever asks, of IPv6 the site; None where a server cannot be sure of it.

    It is sure of a public peer, if no proxy says that it stands between, and with `forwarded` of the last address of
    X-Forwarded-For, which the server's own proxy wrote. Where that one is private, anybody may have written those
    before it, unless `skips_private`: on a Space the Hub's proxies add theirs.
    """
    if not forwarded:
        is_proxied = any(name in headers for name in PROXY_HEADERS)
        address = None if is_proxied else _read_address(peer or "")
    else:
        words = [_read_address(word) for word in _forwarded_words(headers)]
        while skips_private and words and words[-1] is not None and not words[-1].is_global:
            words.pop()
        address = words[-1] if words else None
    if address is None or not address.is_global or address.is_multicast:
        return None
    if address.version == 6:
        if address not in ONE_SITE_EACH or address in IPV4_IN_IPV6:
            return None
        return str(ipaddress.IPv6Network((int(address) >> 128 - SITE_BITS << 128 - SITE_BITS, SITE_BITS)))
    return str(address)


def _forwarded_words(headers: Mapping[str, str]) -> list[str]:
    """Return the last entries of X-Forwarded-For: a head has room for thousands, which take tens of milliseconds."""
    words = headers.get("x-forwarded-for", "").rsplit(",", MAX_PROXIES)
    return [word.strip() for word in words[-MAX_PROXIES:]]


def _read_address(word: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(word)
    except ValueError:
        return None
    # What a socket of both families says of an IPv4 client.
    return getattr(address, "ipv4_mapped", None) or address
