"""The views of the app for notebooks and scripts, on the runs of this computer.

    from explorer import api
    api.scenes("web-like", {"saliency_bias": 0.5}, count=3, seed=0, size=64)
    started = api.train("web-like", steps=100)             # trains while the app runs
    api.run_status(started["run"])["step"]
    api.score("things-bound", ["data:image/png;base64,..."], ["a red bus", "a blue bus"])["cosine"]

Each is the function of `explorer.views` of that name, without its first parameter; a job answers its document. Store
and settings come from the environment at each call, as `EXPLORER_RUNS` may name another folder.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import signature
from typing import Concatenate, ParamSpec, TypeVar

from explorer.runs.specs import resolve as resolve
from explorer.views import benchmark as _benchmark
from explorer.views import captions as _captions
from explorer.views import catalog as _catalog
from explorer.views import compare as _compare
from explorer.views import data as _data
from explorer.views import evidence as _evidence
from explorer.views import inside as _inside
from explorer.views import probe as _probe
from explorer.views import runs as _runs
from explorer.views.captions import measure as measure
from explorer.views.data import pairs as pairs
from explorer.views.evidence import effects as effects
from explorer.views.evidence import study as study
from explorer.views.probe import swaps as swaps
from explorer.views.registry import JobProgress, last
from explorer.views.service import Service

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def _here(run: Callable[Concatenate[Service, Parameters], Answer]) -> Callable[Parameters, Answer]:
    """Return a view of the service of this computer."""

    @wraps(run)
    def asked(*values: Parameters.args, **named: Parameters.kwargs) -> Answer:
        return run(Service.here(), *values, **named)

    whole = signature(run)
    asked.__signature__ = whole.replace(parameters=list(whole.parameters.values())[1:])  # type: ignore[attr-defined]
    return asked


def _answered(run: Callable[Parameters, Iterable[JobProgress | Answer]]) -> Callable[Parameters, Answer]:
    """Return a job that answers at its end."""

    @wraps(run)
    def asked(*values: Parameters.args, **named: Parameters.kwargs) -> Answer:
        return last(run(*values, **named))

    return asked


catalog = _here(_catalog.catalog)
scenes = _here(_data.scenes)
samples = _here(_data.samples)
facts = _here(_data.facts)
plan = _here(_data.plan)
predict = _here(_evidence.predict)
line = _here(_evidence.line)
claim = _here(_evidence.claim)
captions = _here(_captions.captions)
run = _here(_runs.run)
runs = _here(_runs.runs)
run_status = _here(_runs.run_status)
report = _here(_runs.report)
compare = _here(_compare.compare)
inspect = _here(_inside.inspect)
inspect_steps = _here(_inside.inspect_steps)
inspect_figures = _here(_inside.inspect_figures)
inspect_caption = _here(_inside.inspect_caption)
train = start_run = _here(_runs.train)
stop = stop_run = _here(_runs.stop)
resume = resume_run = _here(_runs.resume)
delete = delete_run = _here(_runs.delete)
models = _here(_probe.models)
fetch_model = _answered(_here(_probe.fetch_model))
captions_placed = _answered(_here(_captions.captions_placed))
score = _answered(_here(_probe.score))
leaderboard = _answered(_here(_probe.leaderboard))
bias = _answered(_here(_probe.bias))
unimodal_probes = _answered(_here(_probe.unimodal_probes))
evaluate = _here(_probe.evaluate)
benchmark = _here(_benchmark.benchmark)
benchmark_file = _answered(_here(_benchmark.benchmark_file))
