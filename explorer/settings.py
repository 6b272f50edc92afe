"""Limits and settings of the server and of background runs, for a local and for a public server.

settings_for("127.0.0.1", os.environ)        # LOCAL
settings_for("0.0.0.0", os.environ)          # SHARED: strict, anyone on the network may start runs
settings_for(None, {"EXPLORER_PUBLIC": "1"})         # SHARED too
settings_for(None, {"EXPLORER_POLL_S": "0.05"})      # each number can be set by EXPLORER_<NAME>
"""

import ipaddress
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Annotated, Any, get_type_hints

from pydantic import Field

from explorer.codec import decode, whole_number
from explorer.errors import UserError

DEFAULT_PORT = 7860
"""Port of the page where none is named."""
GRADIO_NUMBERS = {
    "GRADIO_SERVER_PORT": (1, 65535),
    "GRADIO_NUM_PORTS": (1, 65535),
    "GRADIO_NODE_NUM_PORTS": (1, 65535),
    "GRADIO_ANALYTICS_MAX_EVENTS": (0, 10**9),
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": (1, 10**9),
    "GRADIO_DEBUG": (0, 1),
}
"""The range of each variable that Gradio reads as a number, the first three while it is imported."""


NonNegativeInt = Annotated[int, Field(ge=0)]
PositiveInt = Annotated[int, Field(ge=1)]
"""A number without which the server lets nobody in, not even itself when it starts."""
NonNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Limits on requests, and settings of workers. Limits per IP address count on a shared server only."""

    is_shared: bool = False
    most_steps: NonNegativeInt = 1_000_000
    most_batch_size: NonNegativeInt = 4096
    most_work: NonNegativeFloat = 1e12
    """Pairs times the cost of the model, see contract.toml; two cores train one or two thousand per second."""
    any_start: bool = True
    """True if training starts and questions may name paths and downloads, False for only runs and shipped models."""
    runs_per_owner: NonNegativeInt = 100
    """Runs that wait or train, per person, who is known by the owner key."""
    queue_length: NonNegativeInt = 200
    """Waiting runs of all people."""
    most_scenes: NonNegativeInt = 100
    """Scenes per preview."""
    most_evaluated: NonNegativeInt = 100_000
    """Scenes on which a question measures a model."""
    most_fitted: NonNegativeInt = 100_000
    """Scenes on which a question fits a map or a probe."""
    most_megapixels: NonNegativeInt = 400
    """Million pixels of all pictures of a question."""
    runs_per_address: NonNegativeInt = 200
    """Runs that wait or train, per IP address, which a class may share: keys are free."""
    runs_per_hour: NonNegativeInt = 10_000
    """Starts of runs from one IP address."""
    questions_per_minute: NonNegativeInt = 10_000
    """Questions per IP address; docs/limits.md says what counts as one."""
    requests_per_s: NonNegativeInt = 10_000
    """Requests of any kind per IP address."""
    upload_mb_per_hour: NonNegativeInt = 1_000_000
    """Bytes of the request bodies of more than 1 MB per IP address, such as zips of runs."""
    body_mb_per_minute: NonNegativeInt = 1_000_000
    """Bytes of the other request bodies per IP address."""
    megapixels_per_minute: NonNegativeInt = 1_000_000
    """Million pixels of pictures that are decoded for one address, once for each model."""
    sessions_per_hour: NonNegativeInt = 1_000_000
    """Names of new clients per IP address: the server keeps some state of each, see `explorer.web.events`."""
    open_requests: PositiveInt = 10_000
    """Simultaneous requests per IP address, streams of an open page included: a page holds two."""
    waiting_questions: NonNegativeInt = 10_000
    """Questions per IP address that wait in Gradio's queue, which has 64 places, or are being answered."""
    most_connections: PositiveInt = 2000
    """Simultaneous connections of all addresses; fewer if the limit of file descriptors is low."""
    head_timeout_s: NonNegativeFloat = 5.0
    """Seconds for a complete request head, from the start of a connection or the first byte after an answer."""
    body_timeout_s: NonNegativeFloat = 20.0
    """Seconds between two pieces of a request body."""
    forwarded: bool = False
    """True: the client's address is the last public one of X-Forwarded-For, which your own proxy or tunnel writes."""
    framed_by: str = ""
    """Origins, with spaces between, whose pages may show this one in a frame; on a Space the Hub may in any case."""
    open_list: str = ""
    """File of open questions in place of the shipped one."""
    open_folder: str = ""
    """Folder of their results; else `.open` in the folder of runs."""
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    """Parallel workers; 0: one per GPU, or one on the CPU."""
    threads: Annotated[int, Field(ge=0, le=1024)] = 0
    """Threads of a worker on the CPU; 0: all cores. Never changed during a run: the order of sums would change."""
    class_steps: NonNegativeInt = 0
    """Steps of a pupil's training in a class at most; 0: the budget of the deal."""
    nice: Annotated[int, Field(ge=0, le=19)] = 10
    """Addition to the niceness of a worker, so that the page goes first; 0: none."""
    spare: bool = True
    """Keep one worker that has its imports done and the first step rehearsed, which takes about 520 MB."""
    poll_s: NonNegativeFloat = 0.15
    """Seconds between two rounds of the supervisor at least; a new run begins one sooner."""
    page_poll_s: NonNegativeFloat = 1.0
    """Seconds between two polls of an active run by an open page."""
    checkpoint_s: NonNegativeFloat = 20.0
    """Seconds of training after which a run saves a checkpoint, beside those of its evaluations."""
    close_s: NonNegativeFloat = 12.0
    """Seconds for workers to end with the server."""
    zero_gpu: bool = False
    """Train in turns on the shared GPU of a ZeroGPU Space, see `zero_gpu`; the default there."""
    worker_command: tuple[str, ...] = (sys.executable, "-m", "explorer.runs.worker")


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
    most_evaluated=1000,
    most_fitted=4000,
    most_megapixels=100,
    runs_per_address=30,
    runs_per_hour=90,
    questions_per_minute=60,
    requests_per_s=100,
    upload_mb_per_hour=2000,
    body_mb_per_minute=300,
    megapixels_per_minute=300,
    sessions_per_hour=600,
    open_requests=200,
    waiting_questions=8,
)


def settings_for(host: str | None, environ: Mapping[str, str]) -> Settings:
    """Return LOCAL for a loopback address outside of a Space, else SHARED; with the changes of the environment.

    EXPLORER_PUBLIC=1 makes a loopback address SHARED too; nothing makes a Space or a network LOCAL.
    """
    host = host or environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    is_public = _read_variable("EXPLORER_PUBLIC", bool, environ.get("EXPLORER_PUBLIC") or "0")
    base = SHARED if is_public or is_space(environ) or not is_loopback(host) else LOCAL
    if environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true"):
        base = replace(base, zero_gpu=True)
    if is_space(environ):  # its proxies write X-Forwarded-For
        base = replace(base, forwarded=True)
    variables = {name: variable for name, variable in VARIABLES.items() if environ.get(variable)}
    return replace(
        base, **{name: _read_variable(each, _SETTING_TYPES[name], environ[each]) for name, each in variables.items()}
    )


def unread_variables(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return the EXPLORER_ variables of the environment that nothing reads, each with the one that may be meant."""
    prefix = "EXPLORER_"
    read = {*VARIABLES.values(), "EXPLORER_PUBLIC", "EXPLORER_RUNS", "EXPLORER_STUDY"}
    endings = [name.removeprefix(prefix) for name in read]
    unread = sorted(name for name in environ if name.startswith(prefix) and name not in read)
    near = {name: get_close_matches(name.removeprefix(prefix), endings, n=1) for name in unread}
    return {name: prefix + found[0] if found else None for name, found in near.items()}


def faulty_gradio_numbers(environ: Mapping[str, str]) -> Iterator[UserError]:
    """Yield what is wrong with the variables of `GRADIO_NUMBERS`; an empty one counts as not set."""
    for name, (low, high) in GRADIO_NUMBERS.items():
        if environ.get(name):
            try:
                whole_number(name, environ[name], low, high)
            except UserError as error:
                yield error


def is_space(environ: Mapping[str, str]) -> bool:
    """Return True on a Hugging Face Space."""
    return environ.get("SYSTEM") == "spaces" or bool(environ.get("SPACE_ID"))


_SETTING_TYPES = get_type_hints(Settings, include_extras=True)
VARIABLES = {name: f"EXPLORER_{name.upper()}" for name in _SETTING_TYPES if name not in ("worker_command", "is_shared")}
"""The variable that changes a field of `Settings`."""


def _read_variable(variable: str, kind: Any, text: str) -> Any:
    try:
        return decode(kind, text)
    except UserError as error:
        raise UserError(variable, text, "give 0 or 1" if kind is bool else error.reason) from None


def is_loopback(host: str) -> bool:
    """Return True for localhost and loopback addresses."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def core_count(environ: Mapping[str, str] = os.environ) -> int:
    """Return the cores that this process may use; on a Space those of CPU_CORES, because the count is the host's."""
    text = environ.get("CPU_CORES", "")
    if text.isdecimal() and len(text) <= 4 and int(text) > 0:  # more digits are no count of cores
        return int(text)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpu_ids(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names for CUDA_VISIBLE_DEVICES, one per NVIDIA GPU, without torch."""
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
