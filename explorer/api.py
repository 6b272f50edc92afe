"""The views of the app for notebooks and scripts, on the runs of this computer.

    from explorer import api
    api.scenes("web-like", {"saliency_bias": 0.5}, count=3, seed=0, size=64)
    started = api.train("web-like", steps=100)             # trains while the app runs
    api.run_status(started["run"])["step"]
    api.score("things-bound", ["data:image/png;base64,..."], ["a red bus", "a blue bus"])["cosine"]

In a notebook `api.show("things-bound")` and `api.scene()` show the views that need no server, in a frame.

Each other is the function of `explorer.views` of that name, without its first parameter; a job answers its document.
Store and settings come from the environment at each call, as EXPLORER_RUNS may name another folder.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from explorer.runs.specs import resolve as resolve
from explorer.views import analyses as _analyses
from explorer.views import ask as _ask
from explorer.views import benchmark as _benchmark
from explorer.views import board as _board
from explorer.views import captions as _captions
from explorer.views import catalog as _catalog
from explorer.views import compare as _compare
from explorer.views import data as _data
from explorer.views import evidence as _evidence
from explorer.views import inside as _inside
from explorer.views import replication as _replication
from explorer.views import run as _run
from explorer.views import run_acts as _run_acts
from explorer.views import runs as _runs
from explorer.views import training_plan as _training_plan
from explorer.views.ask import swaps as swaps
from explorer.views.captions import measure as measure
from explorer.views.data import pairs as pairs
from explorer.views.evidence import chains as chains
from explorer.views.evidence import dots as dots
from explorer.views.evidence import study as study
from explorer.views.registry import JobProgress, final_answer
from explorer.views.service import Service

if TYPE_CHECKING:
    from explorer.web.notebook import FramedPage

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def show(run: str, height: int | None = None) -> "FramedPage":
    """Show a run or a shipped model in a notebook: its curve, its pairs and its numbers, in a frame.

    Args:
        run: id of a run, or a shipped model
        height: of the frame in pixels
    """
    from explorer.web import notebook

    store = Service.from_environment().store
    return notebook.show_run(store, run, height=notebook.RUN_HEIGHT if height is None else height)


def scene(height: int | None = None) -> "FramedPage":
    """Show the canvas *Your own scene* in a notebook, whose models answer in the browser.

    Args:
        height: of the frame in pixels
    """
    from explorer.web import notebook

    return notebook.show_scene(height=notebook.SCENE_HEIGHT if height is None else height)


def _on_this_computer(run: Callable[Concatenate[Service, Parameters], Answer]) -> Callable[Parameters, Answer]:
    """Return a view of the service of this computer."""

    @wraps(run)
    def call(*values: Parameters.args, **named: Parameters.kwargs) -> Answer:
        return run(Service.from_environment(), *values, **named)

    whole = signature(run)
    call.__signature__ = whole.replace(parameters=list(whole.parameters.values())[1:])  # type: ignore[attr-defined]
    return call


def _final_answer(run: Callable[Parameters, Iterable[JobProgress | Answer]]) -> Callable[Parameters, Answer]:
    """Return a job that answers at its end."""

    @wraps(run)
    def call(*values: Parameters.args, **named: Parameters.kwargs) -> Answer:
        return final_answer(run(*values, **named))

    return call


catalog = _on_this_computer(_catalog.catalog)
scenes = _on_this_computer(_data.scenes)
samples = _on_this_computer(_data.samples)
facts = _on_this_computer(_data.facts)
plan = _on_this_computer(_training_plan.plan)
predict = _evidence.predict
line = _on_this_computer(_evidence.line)
open_questions = _on_this_computer(_replication.open_questions)
captions = _on_this_computer(_captions.captions)
run = _on_this_computer(_run.run)
runs = _on_this_computer(_runs.runs)
run_status = _on_this_computer(_run.run_status)
own_world = _on_this_computer(_run.own_world)
report = _on_this_computer(_run.report)
compare = _on_this_computer(_compare.compare)
inspect = _on_this_computer(_inside.inspect)
inspect_steps = _on_this_computer(_inside.inspect_steps)
inspect_figures = _on_this_computer(_inside.inspect_figures)
inspect_caption = _on_this_computer(_inside.inspect_caption)
train = _on_this_computer(_run_acts.train)
stop = _on_this_computer(_run_acts.stop)
resume = _on_this_computer(_run_acts.resume)
evaluate_run = _on_this_computer(_run_acts.evaluate_run)
delete = _on_this_computer(_run_acts.delete)
models = _on_this_computer(_ask.models)
fetch_model = _final_answer(_on_this_computer(_ask.fetch_model))
captions_placed = _final_answer(_on_this_computer(_captions.captions_placed))
score = _final_answer(_on_this_computer(_ask.score))
leaderboard = _final_answer(_on_this_computer(_ask.leaderboard))
bias = _final_answer(_on_this_computer(_analyses.bias))
unimodal_probes = _final_answer(_on_this_computer(_analyses.unimodal_probes))
evaluate = _on_this_computer(_analyses.evaluate)
benchmark = _on_this_computer(_benchmark.benchmark)
board = _on_this_computer(_board.board)
benchmark_file = _final_answer(_on_this_computer(_benchmark.benchmark_file))
