"""Models that a service lets people ask: loaded as it permits, and measured on as many scenes as it permits.

    clip = load_permitted(service, "things-bound", tell)
    check_drawable(clip)                   # scenes can be drawn at its resolution
    check_count(service, "count", 1000)    # 1000

A shared server loads only safetensors, and measures a model on few scenes.
"""

from collections.abc import Callable
from typing import Annotated, Any

from explorer.clip.names import Checkpoint, ModelFolder, resolve_model
from explorer.codec import whole_number
from explorer.errors import UserError
from explorer.evaluation.sets import FULL_BUDGET
from explorer.evaluation_scenes import MIN_SCENES
from explorer.views.asked_models import load_model
from explorer.views.registry import in_range
from explorer.views.service import Service
from explorer.world.imagefolder import check_scene_size

SceneCount = Annotated[int, in_range(MIN_SCENES, FULL_BUDGET.max_scenes)]


def load_permitted(service: Service, model: str, tell: Callable[[Any], None]) -> Any:
    """Load a model: only from safetensors, but for files that lie on one's own computer under that name."""
    is_safe_only = service.is_safe_only
    if is_safe_only and service.settings.any_start:
        source = resolve_model(model, find_run_model=service.store.find_run_model)
        is_safe_only = not (isinstance(source, Checkpoint) or (isinstance(source, ModelFolder) and not source.is_run))
    return load_model(model, store=service.store, is_safe_only=is_safe_only, tell=tell)


def check_count(service: Service, name: str, count: int) -> int:
    """Return the number of scenes, if the service lets a question draw as many; `name` is "count" or "fitted"."""
    settings = service.settings
    most = {"count": settings.most_evaluated, "fitted": settings.most_fitted}[name]
    return whole_number(name, count, MIN_SCENES, most)


def check_drawable(clip: Any) -> None:
    """Raise `UserError` if scenes cannot be drawn at the resolution of the model."""
    size = clip.preprocess["size"]
    try:
        if not isinstance(size, int) and size[0] != size[-1]:
            raise UserError("size", f"{size[0]} x {size[-1]}", "must be a square")
        check_scene_size(clip.image_size)
    except UserError as error:
        raise UserError(
            "model", clip.name, "our scenes cannot be drawn for it, {problem}", problem=error.sentence
        ) from None
