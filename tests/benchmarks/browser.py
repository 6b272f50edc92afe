"""`browser`: questions that the engine in a browser answers a second, beside the server's endpoint and torch.

- engine start: from the first call to the first answer of one and of three models, with files that the server has made;
- answers a second: a picture that moves each time is composited and scored by 1, 3 and 6 models on two captions;
- the same for three models on the page "Your own scene", while an object is dragged;
- `max_difference`: the largest difference of a cosine from torch, with 16-bit and with 32-bit weights;
- memory: resident, of Chromium's renderer with the page, by how many models are loaded;
- the same question to the server's endpoint `score`, over HTTP, and to torch on one thread in this process.

Without a Chromium all that needs one is null.
"""

import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
import torch
from gradio_client import Client
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from explorer.clip.clip import export, new_clip
from explorer.clip.names import model_config, shipped_names
from explorer.clip.pixels import png_uri
from explorer.clip.zoo import load
from explorer.presets import preset
from explorer.runs.store import RunStore
from explorer.world.counter_rng import Stream
from explorer.world.grammar import EOS, Grammar
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS
from tests.benchmarks.machine import show, timed
from tests.benchmarks.server import app_server, browser
from tests.browser.engine_page import DRAG as DRAG_ON_PAGE
from tests.browser.engine_page import base64, call, cosines, served

KEYS = (
    "answers_per_s_1", "answers_per_s_3", "answers_per_s_6", "drag_answers_per_s_3", "max_difference",
    "max_difference_fp32", "engine_start_s", "engine_start_3_s", "memory_mb", "server_answers_per_s_1",
    "torch_answers_per_s_1", "torch_answers_per_s_3",
)  # fmt: skip
WORLD, SIZE = "things", 64
CAPTIONS = ["a yellow submarine and a blue bus", "a blue submarine and a yellow bus"]
FRESH = ("fresh-1", "fresh-2", "fresh-3")
"""Models of the small architecture with fresh weights, beside the three that ship: as fast as any."""
DRAG = """(async () => {
  const { models, texts, seconds } = argument, start = performance.now();
  let answers = 0;
  while (performance.now() - start < 1000 * seconds) {
    const side = 1000 - 30 * (answers % 9), x = 14 + answers % 5, y = 14 + (answers >> 3) % 5;
    const moved = { noun: 0, values: [1, 0, 0, 0, 0], x, y, side };
    const objects = [moved, { noun: 1, values: [0, 0, 0, 0, 0], x: 48, y: 48, side }];
    const found = await e.score({ models, world: "things", objects, texts });
    if (!Object.values(found).every((each) => each.cosines.every(Number.isFinite))) throw new Error("no numbers");
    answers++;
  }
  return answers / (performance.now() - start) * 1000;
})()"""
LOAD = """(async () => {
  const start = performance.now();
  await Promise.all([e.loadWorld("things"), ...argument.models.map((name) => e.loadModel(name))]);
  const objects = [{ noun: 0, values: [1, 0, 0, 0, 0], x: 16, y: 16, side: 1000 }];
  await e.score({ models: argument.models, world: "things", objects, texts: argument.texts });
  return (performance.now() - start) / 1000;
})()"""
COSINES = """(async () => {
  const found = [];
  for (const model of argument.models) {
    await e.loadModel(model, { precision: argument.precision });
    for (const image of argument.images) {
      found.push((await e.score({ models: [model], pixels: bytes(image), texts: argument.texts }))[model].cosines);
    }
  }
  return found;
})()"""


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    figures: dict[str, Any] = dict.fromkeys(KEYS)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, browser() as chromium:
        store = _store_of_fresh_models(Path(folder) / "runs")
        if chromium is not None:
            with served(store, Path(folder) / "cache") as url:
                figures |= _in_browser(chromium, url, store, seconds=0.5 if quick else 5.0, count=4 if quick else 64)
    figures |= _torch(3 if quick else 50) | _server(3 if quick else 30)
    show("browser", figures)
    return figures


def _store_of_fresh_models(root: Path) -> RunStore:
    grammar = Grammar(WORLDS[WORLD])
    config = model_config("small", words=grammar.words, context_length=grammar.context_length, eos_id=EOS)
    for seed, name in enumerate(FRESH):
        export(new_clip(config, words=grammar.words, seed=seed), root / name / "model")
        for file in ("spec.json", "status.json"):
            (root / name / file).write_text("{}")
    return RunStore(root)


def _pictures(count: int) -> np.ndarray:
    """(N, 3, S, S) uint8: scenes that no model was trained on."""
    plan = make_plan(preset("binding-friendly").spec.data, WORLDS[WORLD], seed=1)
    scenes = draw_scenes(plan, Stream(seed=1, name="evaluation", index=np.arange(count)))
    return Renderer(plan, size=SIZE).images(scenes)


def _in_browser(chromium: Chromium, url: str, store: RunStore, *, seconds: float, count: int) -> dict[str, Any]:
    every = [*shipped_names(), *FRESH]
    warm = _page(chromium, url)  # the server makes its compressed files for the first page that asks
    call(warm, LOAD, {"models": every, "texts": CAPTIONS})
    warm.context.close()
    figures: dict[str, Any] = {"memory_mb": {}}
    page = _page(chromium, url)
    figures["memory_mb"]["blank page"] = _renderer_mb()
    for number, key in ((1, "engine_start_s"), (3, "engine_start_3_s"), (6, "engine_start_6_s")):
        fresh = _page(chromium, url)
        figures[key] = call(fresh, LOAD, {"models": every[:number], "texts": CAPTIONS})
        fresh.context.close()
        call(page, LOAD, {"models": every[:number], "texts": CAPTIONS})
        asked = {"models": every[:number], "texts": CAPTIONS, "seconds": seconds}
        call(page, DRAG, asked | {"seconds": seconds / 5})  # compiled by then
        figures[f"answers_per_s_{number}"] = call(page, DRAG, asked)
        figures["memory_mb"][f"{number} models"] = _renderer_mb()
    page.context.close()
    with app_server() as app:
        figures["drag_answers_per_s_3"] = _while_dragging(chromium, f"{app.url}?tab=scene", seconds)
    for precision, key in (("fp16", "max_difference"), ("fp32", "max_difference_fp32")):
        figures[key] = _difference(chromium, url, store, precision, _pictures(count))
    return figures


def _page(chromium: Chromium, url: str) -> Page:
    """A visitor with an empty cache."""
    context = chromium.new_context()
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(url)
    return page


def _while_dragging(chromium: Chromium, url: str, seconds: float) -> float:
    """Answers a second of three models on the page itself, which draws each place too."""
    page = _page(chromium, url)
    page.wait_for_function("() => window.ownScene?.loaded.size === 3 && ownScene.answers > 0")
    rate: float = page.evaluate(DRAG_ON_PAGE, seconds)
    page.context.close()
    return rate


def _renderer_mb() -> float:
    """Resident memory of the largest renderer that this process started."""
    found = [0.0]
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # that of a page closed just now
            if "--type=renderer" in child.cmdline():
                found.append(child.memory_info().rss / 1e6)
    return max(found)


def _difference(chromium: Chromium, url: str, store: RunStore, precision: str, images: np.ndarray) -> float:
    models = list(shipped_names())
    page = _page(chromium, url)
    asked = {"models": models, "precision": precision, "images": [base64(image.tobytes()) for image in images]}
    found = np.array(call(page, COSINES, asked | {"texts": CAPTIONS}))
    page.context.close()
    expected = [cosines(load(name, find_run=store.find_model), images, CAPTIONS) for name in models]
    return float(np.abs(found - np.concatenate(expected)).max())


def _torch(repeats: int) -> dict[str, Any]:
    """The same question to torch on one thread: pictures are drawn, texts are embedded once."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    clips = [load(name, find_run=lambda _: None) for name in shipped_names()]
    with torch.inference_mode():
        texts = [torch.nn.functional.normalize(clip.encode_ids(clip.ids(CAPTIONS)), dim=-1) for clip in clips]
        images = torch.from_numpy(_pictures(1))

        def answer(number: int) -> None:
            for clip, said in zip(clips[:number], texts, strict=False):
                (torch.nn.functional.normalize(clip.encode_images(images), dim=-1) @ said.T).tolist()

        seconds = {number: median(timed(lambda number=number: answer(number), repeats)) for number in (1, 3)}
    torch.set_num_threads(threads)
    return {f"torch_answers_per_s_{number}": 1 / each for number, each in seconds.items()}


def _server(repeats: int) -> dict[str, Any]:
    """The same question to the endpoint of a running app, one after the other, a picture as a data URI."""
    images = [png_uri(image) for image in _pictures(repeats + 1)]
    with app_server() as app:
        client = Client(app.url, verbose=False)
        client.predict(shipped_names()[0], [images[0]], CAPTIONS, api_name="/score")  # the model is loaded
        start = time.perf_counter()
        for image in images[1:]:
            client.predict(shipped_names()[0], [image], CAPTIONS, api_name="/score")
        return {"server_answers_per_s_1": repeats / (time.perf_counter() - start)}
