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
from explorer.pages.workbench.build import PAIRS
from explorer.presets import PRESETS
from explorer.runs.store import RunStore
from explorer.service.outcome import outcome_state, recording_names
from explorer.views.data import Pair, pairs
from explorer.views.runs import model_record
from explorer.world.worlds import WORLDS

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
    found = document(store) if world == USUAL_WORLD else {"pairs": shown_pairs(world)}
    body = json.dumps(found).encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def document(store: RunStore) -> dict[str, object]:
    """Return the answer of the route.

    `by_preset` names the model of each recipe: a recorded training if there is one, else a shipped model.
    """
    states = [outcome_state(store, name) for name in (*shipped_names(), *recording_names())]
    answering = [state for state in states if state.checkpoints]
    return {
        "pairs": shown_pairs(USUAL_WORLD),
        "models": {state.name: model_record(state) for state in answering},
        "by_preset": {state.spec.preset: state.name for state in answering},
        "usual": USUAL,
        "titles": {name: recipe.title for name, recipe in PRESETS.items()},
    }


def shown_pairs(world: str) -> list[dict[str, object]]:
    """Return the pairs for scripts: each side with its picture, the pixels that a model sees, and its caption."""
    return [{"a": _side(a), "b": _side(b)} for a, b in pairs(world)]


def _side(pair: Pair) -> dict[str, object]:
    return {"image": pair.image, "seen": pair.seen, "caption": list(pair.words)}
