"""Route of the twelve pairs, with the answers of shipped and recorded models, for column 3 before a training.

    routes = [pairs_route(store)]       # GET /explorer-assets/workbench/pairs.json

The browser requests it once and caches it by its ETag: pictures as data URIs, models as states of `outcome_state`.
"""

import hashlib
import json
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.clip.names import shipped_names
from explorer.evaluation.sets import BindingPairs, binding_pairs
from explorer.pages.workbench.build import PAIRS
from explorer.pages.workbench.opened_run import model_record
from explorer.pages.workbench.samples import marked
from explorer.presets import PRESETS
from explorer.runs.store import RunStore
from explorer.service.endpoints import small_uri
from explorer.service.outcome import outcome_state, recording_names
from explorer.world.worlds import WORLDS

PIXELS, SEEN = 192, 64
"""Pixels on a side of a picture that is shown, and of one that the browser's engine scores."""
USUAL_WORLD = "things"
"""World of the shipped models and recordings; `?world=` asks for the pairs of another."""
USUAL = "things-web"
"""Model that answers if neither a model nor a recording belongs to the recipe."""


def pairs_route(store: RunStore) -> Route:
    """Return the route."""

    def serve(request: Request) -> Response:
        world = request.query_params.get("world", USUAL_WORLD)
        if world not in WORLDS:
            return Response(status_code=404)
        body, tag = _body(store, world)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return Route(PAIRS, serve, methods=["GET"])


@lru_cache(maxsize=8)
def _body(store: RunStore, world: str) -> tuple[bytes, str]:
    found = document(store) if world == USUAL_WORLD else {"pairs": shown_pairs(binding_pairs(WORLDS[world]))}
    body = json.dumps(found).encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def document(store: RunStore) -> dict[str, object]:
    """Return the answer of the route.

    `by_preset` names the model of each recipe: a recorded training if there is one, else a shipped model.
    """
    states = [outcome_state(store, name) for name in (*shipped_names(), *recording_names())]
    answering = [state for state in states if state.checkpoints]
    return {
        "pairs": shown_pairs(binding_pairs(WORLDS[USUAL_WORLD])),
        "models": {state.name: model_record(state) for state in answering},
        "by_preset": {state.spec.preset: state.name for state in answering},
        "usual": USUAL,
        "titles": {name: recipe.title for name, recipe in PRESETS.items()},
    }


def shown_pairs(pairs: BindingPairs) -> list[dict[str, object]]:
    """Return the pairs for scripts: each side with its picture, the pixels that a model sees, and its caption."""
    images, seen = ([small_uri(image) for image in pairs.images(side)] for side in (PIXELS, SEEN))
    shown = [
        {"image": image, "seen": pixels, "caption": marked(words)}
        for image, pixels, words in zip(images, seen, pairs.words(), strict=True)
    ]
    return [{"a": a, "b": b} for a, b in zip(shown[0::2], shown[1::2], strict=True)]
