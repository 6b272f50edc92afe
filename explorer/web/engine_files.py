"""Files for the browser engine, each fetched when a page first needs it: worlds, atlases, model cards and weights.

    world_record("things")                      # {"description": {...}, "sprites": {...}, "atlas": {"url", "bytes"}}
    model_record("things-bound", find_run_model=...)  # {"name", "is_shipped", "config", "tokenizer", "weights", ...}

Addresses are relative to the folder of this server's assets and contain a digest, so a browser keeps the files.

    engine_routes(store, "/page/3f2a")
    # GET page/3f2a/engine/models.json, engine/worlds/things.json, engine/models/things-bound.json,
    #     engine/atlas/things-64-DIGEST.atlas, engine/weights/things-bound/DIGEST.fp16.safetensors
"""

import hashlib
import inspect
import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.clip.card import CARD_FILE, SHIPPED
from explorer.clip.checked_files import ModelFileError, check_for_browser, convert_to_half
from explorer.clip.names import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE
from explorer.errors import UserError
from explorer.files import cache_by_file_time, digest_of_file
from explorer.resources import SHIPPED_FOLDER
from explorer.runs.file_names import REPORT_FILE
from explorer.runs.files import read_json
from explorer.runs.store import RunStore
from explorer.runs.tab_training import describe_tab_training
from explorer.web.files import Asset, body_response, compressed_file, compressed_response
from explorer.web.guard import charged_endpoint
from explorer.world import browser_world, sprites
from explorer.world.browser_world import describe_world
from explorer.world.worlds import WORLDS

ENGINE_FOLDER = "engine"
SPRITE_PIXELS = 64
"""Pixels on a side of what the shipped architectures see."""
BINARY_TYPE = "application/octet-stream"
MAX_CONFIG_BYTES = 4_000_000
BROWSER_WORLDS = tuple(name for name, world in WORLDS.items() if not world.pictures)
"""Worlds that the browser draws; pictures only the server does."""
FindRunModel = Callable[[str], Path | None]


def world_record(name: str, *, cache: Path | None = None) -> dict[str, Any]:
    """Return a world's description, the sizes of its sprites, and the address of their atlas.

    Raises:
        UserError: If the browser draws no such world.
    """
    if name not in BROWSER_WORLDS:
        wanted = "is made of pictures; the browser draws {choices}" if name in WORLDS else "choose {choices}"
        raise UserError("world", name, wanted, choices=" or ".join(BROWSER_WORLDS))
    asset = atlas_asset(name)
    # The sizes are needed now, so the atlas is packed here; a later visit finds it in the cache.
    path = compressed_file(asset, "identity", cache)
    atlas = {"url": f"{ENGINE_FOLDER}/atlas/{asset.name}", "bytes": path.stat().st_size}
    with path.open("rb") as file:  # its head places objects without the atlas itself
        head = json.loads(file.read(int.from_bytes(file.read(4), "little")))
    sizes = {"size": head["size"], "box": head["box"], "sides": head["sides"], "trainedSides": head["trained_sides"]}
    return {"description": describe_world(WORLDS[name]), "sprites": sizes, "atlas": atlas}


@lru_cache
def atlas_asset(name: str) -> Asset:
    """Return the packed sprites of a world, named by a digest of all that they are made from."""
    made_from = hashlib.sha256(json.dumps([describe_world(WORLDS[name]), SPRITE_PIXELS, version("pillow")]).encode())
    for function in (browser_world.pack_atlas, sprites.draw_labels):
        made_from.update(Path(inspect.getfile(function)).read_bytes())
    file = f"{name}-{SPRITE_PIXELS}-{made_from.hexdigest()[:16]}.atlas"
    return Asset(
        name=file, media_type=BINARY_TYPE, read=lambda: browser_world.pack_atlas(WORLDS[name], size=SPRITE_PIXELS)
    )


def model_record(name: str, *, find_run_model: FindRunModel) -> dict[str, object]:
    """Return what a browser needs to load a shipped model or a run's; `UserError` if it cannot be had.

    The weights of a shipped model stay as they are, and those of a run change when it goes on.
    """
    folder = model_folder(name, find_run_model=find_run_model)
    return {
        "name": name,
        "is_shipped": name in SHIPPED,
        "config": _read_model_json(name, folder / CONFIG_FILE),
        "tokenizer": _read_model_json(name, folder / TOKENIZER_FILE),
        "weights": {
            each.name.split(".")[1]: {"url": f"{ENGINE_FOLDER}/weights/{name}/{each.name}", "bytes": size}
            for each, size in _weight_assets(name, folder).items()
        },
        **_training_summary(folder / CARD_FILE if name in SHIPPED else folder.parent / REPORT_FILE),
    }


def model_folder(name: str, *, find_run_model: FindRunModel) -> Path:
    """Return the folder of a shipped model or of a run's model; a name is never a path."""
    folder = SHIPPED_FOLDER / name if name in SHIPPED else find_run_model(name)
    if folder is None or not (folder / CONFIG_FILE).is_file():
        raise UserError("model", name, "there is no such model here, or its run has not saved one yet")
    if not all((folder / file).is_file() for file in (WEIGHTS_FILE, TOKENIZER_FILE)):
        raise UserError(
            "model",
            name,
            "a browser needs its {weights} and {tokenizer}, and one is missing",
            weights=WEIGHTS_FILE,
            tokenizer=TOKENIZER_FILE,
        )
    return folder


def _weight_assets(name: str, folder: Path) -> dict[Asset, int]:
    """Return the weights of a model folder in 16 and 32 bits, with their bytes; converted once per file."""
    path = folder / WEIGHTS_FILE
    try:
        return _read_weights(path)
    except (ModelFileError, OSError) as error:
        raise UserError("model", name, error) from error


@cache_by_file_time(8)
def _read_weights(path: Path) -> dict[Asset, int]:
    check_for_browser(path)
    half, digest = convert_to_half(path), digest_of_file(path)[:16]
    read = {"fp16": lambda: half, "fp32": path.read_bytes}
    sizes = {"fp16": len(half), "fp32": path.stat().st_size}
    return {
        Asset(name=f"{digest}.{precision}.safetensors", media_type=BINARY_TYPE, read=each): sizes[precision]
        for precision, each in read.items()
    }


def _read_model_json(name: str, path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise ValueError("too large")
        return read_json(path)
    except (OSError, ValueError) as error:
        raise UserError("model", name, "its {file} cannot be read", file=path.name) from error


def _training_summary(path: Path) -> dict[str, object]:
    """Return what a card or report says: the data that the model was trained on and its binding accuracy, if known."""
    try:
        card = read_json(path)
        data, metrics = card["spec"]["data"], card["metrics"]
    except (OSError, ValueError, KeyError, TypeError):
        return {"trained_on": None, "binding_accuracy": None, "preset": None}
    return {
        "trained_on": data,
        "binding_accuracy": metrics.get("binding_accuracy"),
        "preset": card["spec"].get("preset"),
    }


def engine_routes(store: RunStore, prefix: str, cache: Path | None = None) -> list[Route]:
    """Return the routes below a prefix; `cache` overrides the platform's folder of compressed files."""
    base = f"{prefix}/{ENGINE_FOLDER}"

    def models(_: Request) -> dict[str, object]:
        models = [{"name": name} | _training_summary(SHIPPED_FOLDER / name / CARD_FILE) for name in SHIPPED]
        return {"models": models, "worlds": list(BROWSER_WORLDS)}

    def world(request: Request) -> dict[str, object]:
        return world_record(request.path_params["name"], cache=cache)

    def model(request: Request) -> dict[str, object]:
        return model_record(request.path_params["name"], find_run_model=store.find_run_model)

    def atlas(request: Request) -> Iterable[Asset]:
        # Only of the world that the name begins with: a description takes seconds for a world of many nouns.
        return (atlas_asset(name) for name in BROWSER_WORLDS if request.path_params["file"].startswith(f"{name}-"))

    def weights(request: Request) -> Iterable[Asset]:
        name = request.path_params["name"]
        return _weight_assets(name, model_folder(name, find_run_model=store.find_run_model))

    return [
        Route(f"{base}/models.json", charged_endpoint(_json_route(models))),
        Route(f"{base}/worlds/{{name}}.json", charged_endpoint(_json_route(world))),
        Route(f"{base}/models/{{name}}.json", charged_endpoint(_json_route(model))),
        Route(f"{base}/training.json", charged_endpoint(_json_route(lambda _: describe_tab_training()))),
        Route(f"{base}/atlas/{{file}}", charged_endpoint(_asset_route(atlas, cache))),
        Route(f"{base}/weights/{{name}}/{{file}}", charged_endpoint(_asset_route(weights, cache))),
    ]


def _json_route(content_of: Callable[[Request], dict[str, object]]) -> Callable[[Request], Response]:
    """JSON that a browser revalidates; a mistake is {"error": sentence}, as a status of 400 is a fault of the page."""

    def route(request: Request) -> Response:
        try:
            content = content_of(request)
        except UserError as error:
            content = {"error": str(error)}
        return body_response(
            request, json.dumps(content, separators=(",", ":")).encode(), "application/json", "no-cache"
        )

    return route


def _asset_route(assets: Callable[[Request], Iterable[Asset]], cache: Path | None) -> Callable[[Request], Response]:
    def route(request: Request) -> Response:
        file = request.path_params["file"]
        try:
            files = {asset.name: asset for asset in assets(request)}
            if file not in files:
                raise UserError(
                    "file", file, "there is no such file here, or it has changed; reload the page", longest=80
                )
        except UserError as error:
            return Response(str(error), status_code=404, media_type="text/plain")
        return compressed_response(request, files[file], cache)

    return route
