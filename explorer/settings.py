"""Every limit and knob of the background runs in one object, for a computer of one's own and for a shared server.

settings_for("127.0.0.1", os.environ)        # LOCAL
settings_for("0.0.0.0", os.environ)          # SHARED: strict, anybody on the network may start runs
settings_for(None, {"EXPLORER_PUBLIC": "1"})         # SHARED too: as a stranger would meet it
settings_for(None, {"EXPLORER_POLL_S": "0.05"})      # each number can be set by EXPLORER_<NAME>
"""

import ipaddress
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from explorer.errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Limits on what people may ask for, and how workers run."""

    is_shared: bool = False
    most_steps: int = 1_000_000
    most_batch_size: int = 4096
    most_work: float = 1e12
    """Pairs times the cost of the model on a CPU, see queue.COSTS; a thousand or two a second on two cores."""
    any_start: bool = True
    """Whether `init` may name paths and downloads, or only runs and shipped models."""
    runs_per_owner: int = 100
    """Waiting or running at once."""
    queue_length: int = 200
    """Waiting, of all people."""
    most_scenes: int = 100
    """In one preview."""
    runs_per_address: int = 200
    """Waiting or running at once from one address of the network, where a class may sit: keys cost nothing."""
    runs_per_hour: int = 10_000
    """Starts from one address; these seven count on a shared server only, see `explorer.service.rate_limit`."""
    questions_per_minute: int = 10_000
    """What loads or asks a model, draws scenes for a program, or packs a run, from one address."""
    requests_per_s: int = 10_000
    """Of any kind from one address."""
    upload_mb_per_hour: int = 1_000_000
    """From one address; what was uploaded is deleted after one to two hours."""
    body_mb_per_minute: int = 1_000_000
    """Bytes of all request bodies from one address."""
    sessions_per_hour: int = 1_000_000
    """Pages opened from one address: the server keeps the values of each page's components."""
    open_requests: int = 10_000
    """Requests under way at once from one address, streams of an open page included: a page holds two."""
    most_connections: int = 2000
    """At once from all addresses; fewer where the limit of file descriptors is low."""
    head_timeout_s: float = 5.0
    """For a complete request head, from the start of a connection or the first byte after an answer."""
    body_timeout_s: float = 20.0
    """Between two pieces of a request body."""
    forwarded: bool = False
    """True: the client's address is the last public one of X-Forwarded-For, which your own proxy or tunnel writes."""
    workers: int = 0
    """At once; 0: one for each GPU, or one on the CPU."""
    threads: int = 0
    """Of a worker on the CPU; 0: all cores. Never changed during a run: sums would be taken in another order."""
    nice: int = 10
    spare: bool = True
    """Keep one worker with its imports done, which takes about 400 MB."""
    poll_s: float = 0.15
    page_poll_s: float = 1.0
    """Between two looks of an open page at a run that is under way."""
    checkpoint_s: float = 20.0
    close_s: float = 12.0
    """How long workers may take to end with the server."""
    zero_gpu: bool = False
    """Train in turns on the shared GPU of a ZeroGPU Space, see `zero_gpu`; there it is so unless a variable says no."""
    worker: tuple[str, ...] = (sys.executable, "-m", "explorer.runs.worker")


LOCAL = Settings()
SHARED = Settings(
    is_shared=True,
    most_steps=2000,
    most_batch_size=1024,
    most_work=2000 * 1024,
    any_start=False,
    runs_per_owner=2,
    queue_length=40,
    most_scenes=48,
    runs_per_address=30,
    runs_per_hour=90,
    questions_per_minute=60,
    requests_per_s=100,
    upload_mb_per_hour=2000,
    body_mb_per_minute=300,
    sessions_per_hour=600,
    open_requests=200,
)


def settings_for(host: str | None, environ: Mapping[str, str]) -> Settings:
    """LOCAL for a loopback address outside of a Space, else SHARED; with the changes that the environment asks for.

    EXPLORER_PUBLIC=1 makes a loopback address SHARED too; nothing makes a Space or a network LOCAL.
    """
    host = host or environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    is_public = _typed("EXPLORER_PUBLIC", environ.get("EXPLORER_PUBLIC") or "0", False)
    base = SHARED if is_public or is_space(environ) or not _is_loopback(host) else LOCAL
    if environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true"):
        base = replace(base, zero_gpu=True)
    if is_space(environ):  # its proxies write X-Forwarded-For
        base = replace(base, forwarded=True)
    names = {field.name: f"EXPLORER_{field.name.upper()}" for field in fields(Settings) if field.name != "worker"}
    found = {name: environ[variable] for name, variable in names.items() if environ.get(variable)}
    return replace(base, **{name: _typed(names[name], text, getattr(base, name)) for name, text in found.items()})


def is_space(environ: Mapping[str, str]) -> bool:
    """Whether this is a Hugging Face Space."""
    return environ.get("SYSTEM") == "spaces" or bool(environ.get("SPACE_ID"))


def _typed(variable: str, text: str, example: Any) -> Any:
    """`text` in the type of `example`."""
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        return words[text.lower()] if isinstance(example, bool) else type(example)(text)
    except (KeyError, ValueError):
        kind = "0 or 1" if isinstance(example, bool) else "a number"
        raise UserError(variable, text, f"give {kind}") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def cores(environ: Mapping[str, str] = os.environ) -> int:
    """The cores that this process may use; a Space says it by CPU_CORES, where the count is the host's."""
    told = environ.get("CPU_CORES", "")
    if told.isdigit() and int(told) > 0:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The names that CUDA_VISIBLE_DEVICES may hold, one for each NVIDIA GPU; asked without torch."""
    if "CUDA_VISIBLE_DEVICES" in environ:
        names = [name.strip() for name in environ["CUDA_VISIBLE_DEVICES"].split(",")]
        return tuple(name for name in names if name and name != "-1")
    if shutil.which("nvidia-smi") is None:
        return ()
    try:
        done = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    count = sum(line.startswith("GPU ") for line in done.stdout.splitlines())
    return tuple(map(str, range(count if done.returncode == 0 else 0)))
