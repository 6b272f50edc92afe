"""The functions of the page for notebooks and scripts, on the runs of this computer.

    from explorer import api
    api.scenes("web-like", {"saliency_bias": 0.5}, count=3, seed=0, size=64)
    started = api.start_run("web-like", {}, steps=100)     # trains while the app runs
    api.run_status(started["run"])["step"]

Store and settings come from the environment at each call, as `EXPLORER_RUNS` may name another folder.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from explorer.service.endpoints import resolve, study, swaps
from explorer.service.service import Service

__all__ = [
    "delete_run",
    "models",
    "report",
    "resolve",
    "resume_run",
    "run_status",
    "scenes",
    "score",
    "start_run",
    "stop_run",
    "study",
    "swaps",
]

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def _here(method: Callable[Concatenate[Service, Parameters], Answer]) -> Callable[Parameters, Answer]:
    """Hand a request on to the service of this computer."""

    @wraps(method)
    def asked(*values: Parameters.args, **named: Parameters.kwargs) -> Answer:
        return method(Service.here(), *values, **named)

    return asked


scenes = _here(Service.scenes)
start_run = _here(Service.start_run)
run_status = _here(Service.run_status)
stop_run = _here(Service.stop_run)
resume_run = _here(Service.resume_run)
delete_run = _here(Service.delete_run)
report = _here(Service.report)
models = _here(Service.models)
score = _here(Service.score)
