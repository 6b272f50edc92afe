"""A blank page with the browser engine, served with the product's own routes, and the reference from Python.

with serve_engine(RunStore(path)) as url:            # GET /, page/now/engine/...
    call(page, "e.score(argument)", {...})     # evaluate with the engine as e
"""

import hashlib
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
import uvicorn
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from explorer.clip.clip import Clip
from explorer.runs.store import RunStore
from explorer.spec import DataSpec
from explorer.web.page import page_routes
from explorer.world.counter_rng import Stream
from explorer.world.grammar import Grammar, write_captions
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import Scenes, draw_scenes
from explorer.world.swaps import ChangedCaptions, false_swap, reorder, replace_value
from explorer.world.worlds import WORLDS

SEED, STREAM, SIZE = 7, "train", 64
FIELDS = [name for name in Scenes.__dataclass_fields__ if name != "split"]
"""The engine places objects in quarters only, so it has no lines of free placement."""
BLANK = "<!doctype html><title>Engine</title><link rel='icon' href='data:,'>"
ENGINE = """async (argument) => {
  const { Engine, NewestOnly, serverSource } = await import("./page/now/engine/client.js");
  const e = window.engine ??= new Engine(serverSource(new URL("page/now/", document.baseURI)));
  const hex = async (bytes) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
    (byte) => byte.toString(16).padStart(2, "0")).join("");
  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return BODY;
}"""


@contextmanager
def serve_engine(store: RunStore, cache: Path) -> Iterator[str]:
    """The routes on a port of their own, in a thread; yields the address with a slash at its end."""
    routes: list[BaseRoute] = [
        Route("/", lambda _: HTMLResponse(BLANK)),
        *page_routes(store, cache),
    ]
    config = uvicorn.Config(Starlette(routes=routes), host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join()


DRAG = """async ({ seconds, answers = 0 }) => {
  const canvas = document.getElementById("scene-canvas"), frame = canvas.getBoundingClientRect();
  canvas.setPointerCapture = () => {};  // no pointer of these events exists
  const send = (target, kind, x, y) => target.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerId: 1,
    clientX: frame.left + frame.width * x / 64, clientY: frame.top + frame.height * y / 64 }));
  send(canvas.querySelector("[data-object='0'] *"), "pointerdown", 16, 16);
  const start = performance.now(), before = ownScene.answers;
  const isOver = () => performance.now() - start >= 1000 * seconds && ownScene.answers - before >= answers;
  while (!isOver()) {
    const turn = (performance.now() - start) / 400;
    send(canvas, "pointermove", 24 + 8 * Math.cos(turn), 24 + 8 * Math.sin(turn));
    await new Promise(requestAnimationFrame);
  }
  send(canvas, "pointerup", 24, 24);
  return (ownScene.answers - before) / (performance.now() - start) * 1000;
}"""
"""Answers a second while an object of "Your own scene" is dragged in circles, for so long and until so many came."""


def call(page: Page, body: str, argument: Any = None) -> Any:
    """The value of a JavaScript expression in which `e` is the page's engine."""
    return page.evaluate(ENGINE.replace("BODY", body), argument)


def base64(data: bytes) -> str:
    """Bytes for `bytes(...)` in the page: Playwright takes seconds for lists of numbers."""
    return b64encode(data).decode()


def expected_scenes(data: DataSpec, count: int, *, pixels: bool = True) -> dict[str, list[Any]]:
    """Python's scenes, captions and, if asked, pixels of a plan, in the form of the engine's answer."""
    world = WORLDS[data.world]
    plan, grammar = make_plan(data, world, seed=SEED), Grammar(world, data)
    stream = Stream(seed=SEED, name=STREAM, index=np.arange(count))
    scenes = draw_scenes(plan, stream)
    said = write_captions(plan, scenes, stream)

    def there(values: np.ndarray) -> list[Any]:
        """The rows of the objects that are there; the engine has no others."""
        return [row[: int((nouns >= 0).sum())].tolist() for row, nouns in zip(values, scenes.nouns, strict=True)]

    def texts(changed: ChangedCaptions) -> list[str | None]:
        captions = grammar.texts(grammar.ids(changed.captions))
        return [text if there else None for text, there in zip(captions, changed.exists.tolist(), strict=True)]

    expected = {
        **{f"scene.{field}": there(getattr(scenes, field)) for field in FIELDS},
        "ids": grammar.ids(said).tolist(),
        "caption": grammar.texts(grammar.ids(said)),
        "swapped": texts(false_swap(said, scenes, stream)),
        "replaced": texts(replace_value(plan, said, scenes, stream)),
        "reordered": texts(reorder(said, stream)),
    }
    if pixels:
        images = Renderer(plan, size=SIZE).images(scenes)
        expected["pixels"] = [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
    return expected


def drawn_scenes(page: Page, data: DataSpec, count: int, *, pixels: bool = True) -> dict[str, list[Any]]:
    """The engine's scenes of the same plan; pixels as digests, if the atlas has the sides."""
    asked = {"world": data.world, "data": asdict(data), "seed": SEED, "stream": STREAM, "first": 0, "count": count}
    answer = call(
        page,
        "(await e.loadWorld(argument.world), await Promise.all((await e.draw(argument)).map("
        "async (each) => ({ ...each, pixels: each.pixels && await hex(each.pixels) }))))",
        asked | {"pixels": pixels},
    )
    fields = {f"scene.{field}": [each["scene"][field] for each in answer] for field in FIELDS}
    return fields | {name: [each[name] for each in answer] for name in answer[0] if name != "scene"}


def cosines(clip: Clip, images: np.ndarray, texts: list[str]) -> np.ndarray:
    """(images, texts) by torch, as the server's score path has them."""
    with torch.inference_mode():
        seen = torch.nn.functional.normalize(clip.encode_images(torch.from_numpy(images)), dim=-1)
        said = torch.nn.functional.normalize(clip.encode_ids(clip.ids(texts)), dim=-1)
        return np.asarray((seen @ said.T).float().cpu().numpy())
