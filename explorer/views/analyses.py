"""Views of what is behind a model's answers: biases, linear probes within and between its towers, all metrics.

registry.final_answer(bias(service, "things-web"))["biases"]["size_bias"]["value"]
for step in unimodal_probes(service, "things-bound"): ...      # JobProgress, then the document
evaluate(service, "things-bound", "web-like")["metrics"]       # a command, and a function of notebooks
"""

import time
from collections.abc import Callable
from typing import Any

from explorer.clip.loading import Cancelled, SayLine, no_progress
from explorer.clip.names import resolve_model
from explorer.codec import encode
from explorer.evaluation.results import Estimate, add_definitions
from explorer.evaluation.verdict import closing_words
from explorer.runs.specs import resolve
from explorer.views.asked_models import check_model
from explorer.views.data import SeedNumber
from explorer.views.permitted_models import SceneCount, check_count, check_drawable, load_permitted
from explorer.views.registry import JobProgress, JobSteps, TellProgress, follow_work, job, view
from explorer.views.service import Service
from explorer.wording import time_left
from explorer.world.things import THINGS

MAX_MAP_PICTURES = 150
"""Pictures of a map with their captions: more are a cloud."""
INTERRUPTED_KEY = "interrupted"
"""Key of a document that was ended early; it holds what was done."""


@job(counts_as="questions")
def bias(
    service: Service,
    model: str,
    text_map: bool = False,
    relevance: bool = False,
    fitted: SceneCount = 4000,
    count: SceneCount = 1000,
    seed: SeedNumber = 0,
) -> JobSteps:
    """Test if a model favors the larger or the first-named object, on the canonical scenes.

    Args:
        model: a shipped model or the id of a run; on one's own computer any MODEL
        text_map: also fit a linear map of its text features
        relevance: also test if it looks at the object that a caption names
        fitted: scenes to fit the text map on
        count: number of scenes
        seed: seed of the scenes
    """
    count, fitted = check_count(service, "count", count), check_count(service, "fitted", fitted)

    def measure(clip: Any, world: Any, answer: dict[str, Any], tell: TellProgress) -> None:
        from explorer.evaluation.analyses import BIASES, measure_bias
        from explorer.evaluation.environment import describe_environment
        from explorer.evaluation.text_map import fit_text_map

        biases = encode(add_definitions(measure_bias(clip, world, seed=seed, count=count), BIASES))
        answer |= {"biases": biases, **encode(describe_environment(clip.device))}
        if text_map:
            fit = fit_text_map(clip, world, seed=seed, fitted=fitted, tested=count, tell=_share_reporter(tell))
            answer |= {"text_map": encode(fit), "fitted": fitted}
        if relevance:
            answer["relevance"] = _relevance(clip, world, count, seed)

    return _run_analysis(service, model, measure, after="biases")


def _relevance(clip: Any, world: Any, count: int, seed: int) -> dict[str, Any]:
    from explorer.evaluation.answers import relevance

    if why := relevance.why_no_map(clip.model):
        return {"why": why}
    shares = relevance.measure_relevance(clip, world, seed=seed, count=count)
    rows, columns = clip.model.visual.grid_size
    return {"why": "", "patches": [rows, columns], **encode(add_definitions(shares, relevance.RELEVANCE_DEFINITIONS))}


@job(counts_as="questions")
def unimodal_probes(
    service: Service,
    model: str,
    fitted: SceneCount = 4000,
    count: SceneCount = 1000,
    seed: SeedNumber = 0,
    drawn: bool = False,
) -> JobSteps:
    """Fit linear probes of a model within images and within captions, and compare them with binding between them.

    Args:
        model: a shipped model or the id of a run; on one's own computer any MODEL
        fitted: scenes to fit the text map on
        count: number of scenes
        seed: seed of the scenes
        drawn: also a map of pictures and captions on two axes
    """
    count, fitted = check_count(service, "count", count), check_count(service, "fitted", fitted)

    def measure(clip: Any, world: Any, answer: dict[str, Any], tell: TellProgress) -> None:
        from explorer.evaluation.analyses import project_scenes
        from explorer.evaluation.environment import describe_environment
        from explorer.evaluation.probes import PROBE_DEFINITIONS, PROBE_SOURCE, probe_modalities
        from explorer.evaluation.verdict import interpret_probes

        estimates: dict[str, Estimate] = {}
        sizes: dict[str, Any] = {"count": count, "fitted": fitted, "budget": service.budget.probe}
        answer |= {
            "inside": {},
            "fitted": fitted,
            "source": PROBE_SOURCE,
            **encode(describe_environment(clip.device)),
        }
        for part in probe_modalities(clip, world, seed=seed, tell=_share_reporter(tell), **sizes):
            estimates |= part
            answer["inside"] |= encode(add_definitions(part, PROBE_DEFINITIONS))
        answer["sentence"] = interpret_probes(estimates)
        answer["modality_gap"] = encode(project_scenes(clip, world, seed=seed, count=min(count, 1000))[0].gap)
        if drawn:
            answer["map"] = _map_figure(*project_scenes(clip, world, seed=seed, count=min(count, MAX_MAP_PICTURES)))

    return _run_analysis(service, model, measure, after="inside")


@view(is_local=True)
def evaluate(
    service: Service,
    model: str,
    preset: str = "",
    overrides: dict[str, Any] | None = None,
    count: SceneCount = 1000,
    seed: SeedNumber = 0,
    say: SayLine = no_progress,
) -> dict[str, Any]:
    """Score a MODEL on fresh scenes, in the canonical form, and with a recipe also in the forms of its captions.

    Args:
        model: any CLIP by name
        preset: name of a recipe, or none
        overrides: fields of the recipe to change
        count: scenes per form
        seed: seed of the evaluation scenes
        say: what to do with a line of progress
    """
    data = resolve(preset, overrides or {}).data if preset else None
    resolve_model(model, find_run_model=service.store.find_run_model)
    say(f"loading {model}, then measuring {count:,} scenes per form")
    from explorer.runs.model_evaluation import evaluate_model

    report = evaluate_model(
        model,
        data,
        store=service.store,
        seed=seed,
        count=count,
        budget=service.budget,
        tell=lambda done, parts: say(f"measured part {done} of {parts}"),
    )
    return dict(encode(report)) | closing_words(report.scores)


def _map_figure(points: Any, captions: list[str], swapped: list[str | None]) -> dict[str, Any]:
    from explorer.figures.models import projection_map

    parts = {name: getattr(points, name) for name in ("images", "captions", "swapped")}
    gap = float(points.gap.value or 0.0)
    return projection_map(parts, captions, points.explained.tolist(), gap, swapped=swapped).for_page()


def _run_analysis(
    service: Service, model: str, measure: Callable[[Any, Any, dict[str, Any], TellProgress], None], *, after: str
) -> JobSteps:
    """Yield what `measure` writes into the document; once there is something under `after`, an end keeps it."""
    check_model(service.store, model, any_start=service.settings.any_start)

    def measure_model(tell: TellProgress) -> dict[str, Any]:
        clip = load_permitted(service, model, tell)
        answer: dict[str, Any] = {"model": model}
        try:
            check_drawable(clip)
            measure(clip, THINGS, answer, tell)
        except (KeyboardInterrupt, Cancelled):
            if not answer.get(after):
                raise
            answer[INTERRUPTED_KEY] = True
        return answer

    return follow_work(measure_model)


def _share_reporter(tell: TellProgress) -> Callable[[float], None]:
    """Return what takes the share of the work that is done, and tells it with the seconds left."""
    began = time.monotonic()

    def report(share: float) -> None:
        tell(JobProgress(text="measuring", done=share, left_s=time_left(time.monotonic() - began, share)))

    return report
