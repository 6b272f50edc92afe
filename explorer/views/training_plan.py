"""View of a training that has not begun: how long it takes here, or why it would not begin.

plan(service, "big-only").seconds        # (35.0, 70.0)
estimate_seconds(service.store, spec)    # (35.0, 70.0, what they rest on)
"""

from dataclasses import dataclass
from typing import Any

import psutil

from explorer.errors import UserError
from explorer.evaluation.tuning_forecast import TrainingForecast, forecast_training
from explorer.runs.queue import MIN_MEASURED_STEPS, check_size, estimate_from_runs
from explorer.runs.specs import resolve
from explorer.runs.store import RunStore
from explorer.runs.zero_gpu import mode_sentence
from explorer.sentences import Sentence
from explorer.spec import RunSpec, saved_steps
from explorer.views.asked_models import load_model
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.views.starts import PRETRAINED_TUNES, check_init, loaded_model_names


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """A training that has not begun: the seconds it takes, or why it would not begin.

    `seconds` is a range, from low to high, and `basis` says what it rests on; both are empty if `why_not` is not.
    `needs` says what memory a pretrained start takes, and `tunes` names the ways in which it can be tuned; empty for
    other starts.
    """

    spec: RunSpec
    seconds: tuple[float, float] | None
    basis: str
    why_not: str | None
    pairs: int
    saved_steps: tuple[int, ...]
    mode: str
    needs: str
    tunes: tuple[str, ...]


@view()
def plan(service: Service, preset: str, overrides: dict[str, Any] | None = None) -> TrainingPlan:
    """Forecast a training of a recipe: how long it takes here, or why it would not begin.

    Args:
        preset: name of a recipe, for example web-like
        overrides: fields of the recipe to change, for example {"steps": 300}
    """
    spec, store, settings = resolve(preset, overrides or {}), service.store, service.settings
    seconds, basis, why_not = None, "", None
    is_loaded = spec.train.init in loaded_model_names(store)
    try:
        check_size(store, spec, settings)
        check_init(store, spec, any_start=settings.any_start)
        low, high, basis = estimate_seconds(store, spec)
        seconds = (low, high)
    except UserError as error:
        why_not = error.sentence
    return TrainingPlan(
        spec=spec,
        seconds=seconds,
        basis=basis,
        why_not=why_not,
        pairs=spec.train.pairs,
        saved_steps=(0, *sorted(saved_steps(spec.train.steps))),
        mode=mode_sentence(settings),
        needs=Sentence(
            "plan.needs",
            "It is tuned by {way}; {needs}.",
            way=spec.train.tune,
            needs=forecast_tuning(spec.train.init, spec, store=store).needs,
        )
        if is_loaded
        else "",
        tunes=PRETRAINED_TUNES if is_loaded else (),
    )


def estimate_seconds(store: RunStore, spec: RunSpec) -> tuple[float, float, str]:
    """Return seconds from low to high that a run will take, and the basis of the estimate.

    A pretrained start is forecast until a run of it was timed here; `UserError` if its memory does not suffice.
    """
    low, high, basis = estimate_from_runs(store, spec)
    if spec.train.init not in loaded_model_names(store):
        return low, high, basis
    tuning = forecast_tuning(spec.train.init, spec, store=store)
    if not tuning.fits:
        raise UserError("batch_size", spec.train.batch_size, tuning.refusal)
    was_timed = any(
        status.model == spec.train.init and status.step >= MIN_MEASURED_STEPS for _, status in store.statuses()
    )
    return (low, high, basis) if was_timed else (*tuning.range_s, tuning.sentence)


def forecast_tuning(name: str, spec: RunSpec, *, store: RunStore) -> TrainingForecast:
    """Return what a training of `spec` from the loaded model `name` takes on this computer."""
    clip = load_model(name, store=store, is_safe_only=True)  # as the worker opens it for the run of a page
    return forecast_training(clip, spec, free_bytes=psutil.virtual_memory().available)
