"""`browser`: questions that the engine in a browser answers a second, beside the server's endpoint and torch.

- engine start: from the first call to the first answer of one and of three models, with files that the server has made;
- answers a second: a picture that moves each time is composited and scored by 1 and by 3 models on two captions;
- the same for three models on the page "Your own scene", while an object is dragged;
- `max_difference`: the largest difference of a cosine from torch, with 16-bit weights;
- memory: resident, of Chromium's renderer with the page, by how many models are loaded;
- the same question to the server's endpoint `score`, over HTTP, and to torch on one thread in this process.

Without a Chromium all that needs one is null.
"""

import time
from contextlib import suppress
from statistics import median
from typing import Any

import numpy as np
import psutil
import torch
from gradio_client import Client
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from explorer.clip.names import shipped_names
from explorer.clip.pixels import png_uri
from explorer.clip.zoo import load_clip
from explorer.presets import get_preset
from explorer.world.counter_rng import Stream
from explorer.world.plan import make_plan
from explorer.world.render import Renderer
from explorer.world.scenes import draw_scenes
from explorer.world.worlds import WORLDS
from tests.benchmarks.machine import show_rows, time_calls
from tests.benchmarks.server import Server, app_server, browser
from tests.browser.engine_page import DRAG as DRAG_ON_PAGE
from tests.browser.engine_page import base64, call, cosines

KEYS = (
    "answers_per_s_1", "answers_per_s_3", "drag_answers_per_s_3", "max_difference", "engine_start_s_1",
    "engine_start_s_3", "memory_mb", "server_answers_per_s_1", "torch_answers_per_s_1", "torch_answers_per_s_3",
)  # fmt: skip
MODELS = shipped_names()[:3]
CAPTIONS = ["a yellow submarine and a blue bus", "a blue submarine and a yellow bus"]
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
  for (const model of argument.models) for (const image of argument.images) {
    found.push((await e.score({ models: [model], pixels: bytes(image), texts: argument.texts }))[model].cosines);
  }
  return found;
})()"""


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    figures: dict[str, Any] = dict.fromkeys(KEYS)
    seconds, count, repeats = (0.5, 4, 3) if quick else (5.0, 64, 50)
    with browser() as chromium, app_server() as app:
        if chromium is not None:
            figures |= _in_browser(chromium, app, seconds, _pictures(count))
        figures["server_answers_per_s_1"] = _measure_server(app, repeats)
    figures |= _measure_torch(repeats)
    show_rows("browser", figures)
    return figures


def _pictures(count: int) -> np.ndarray:
    """(N, 3, S, S) uint8: scenes that no model was trained on."""
    plan = make_plan(get_preset("binding-friendly").spec.data, WORLDS["things"], seed=1)
    scenes = draw_scenes(plan, Stream(seed=1, name="evaluation", index=np.arange(count)))
    return Renderer(plan, size=64).images(scenes)


def _page(chromium: Chromium, url: str) -> Page:
    """A visitor with an empty cache, on a page that has not begun with the engine."""
    page = chromium.new_context().new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    return page


def _in_browser(chromium: Chromium, app: Server, seconds: float, images: np.ndarray) -> dict[str, Any]:
    blank = f"{app.url}about"
    warm = _page(chromium, blank)  # the server makes its compressed files for the first page that asks
    call(warm, LOAD, {"models": MODELS, "texts": CAPTIONS})
    warm.context.close()
    page = _page(chromium, blank)
    figures: dict[str, Any] = {"memory_mb": {"no model": _renderer_mb()}}
    for number in (1, 3):
        fresh, asked = _page(chromium, blank), {"models": MODELS[:number], "texts": CAPTIONS}
        figures[f"engine_start_s_{number}"] = call(fresh, LOAD, asked)
        fresh.context.close()
        call(page, LOAD, asked)
        call(page, DRAG, asked | {"seconds": seconds / 5})  # compiled by then
        figures[f"answers_per_s_{number}"] = call(page, DRAG, asked | {"seconds": seconds})
        figures["memory_mb"][f"{number} models"] = _renderer_mb()
    asked = {"models": MODELS, "images": [base64(image.tobytes()) for image in images], "texts": CAPTIONS}
    expected = [cosines(load_clip(name, find_run_model=lambda _: None), images, CAPTIONS) for name in MODELS]
    figures["max_difference"] = float(np.abs(np.array(call(page, COSINES, asked)) - np.concatenate(expected)).max())
    page.context.close()
    scene = _page(chromium, f"{app.url}?tab=scene")
    scene.wait_for_function("() => window.ownScene?.loaded.size === 3 && ownScene.answers > 0")
    figures["drag_answers_per_s_3"] = scene.evaluate(DRAG_ON_PAGE, {"seconds": seconds})
    scene.context.close()
    return figures


def _renderer_mb() -> float:
    """Resident memory of the largest renderer that this process started."""
    sizes_mb = [0.0]
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # that of a page closed just now
            if "--type=renderer" in child.cmdline():
                sizes_mb.append(child.memory_info().rss / 1e6)
    return max(sizes_mb)


def _measure_torch(repeats: int) -> dict[str, float]:
    """The same question to torch on one thread: pictures are drawn, texts are embedded once."""
    threads, normalize = torch.get_num_threads(), torch.nn.functional.normalize
    torch.set_num_threads(1)
    clips = [load_clip(name, find_run_model=lambda _: None) for name in MODELS]
    with torch.inference_mode():
        texts = [normalize(clip.encode_ids(clip.ids(CAPTIONS)), dim=-1) for clip in clips]
        images = torch.from_numpy(_pictures(1))

        def answer(number: int) -> None:
            for clip, said in zip(clips[:number], texts, strict=False):
                (normalize(clip.encode_images(images), dim=-1) @ said.T).tolist()

        seconds = {number: median(time_calls(lambda number=number: answer(number), repeats)) for number in (1, 3)}
    torch.set_num_threads(threads)
    return {f"torch_answers_per_s_{number}": 1 / each for number, each in seconds.items()}


def _measure_server(app: Server, repeats: int) -> float:
    """The same question to the endpoint of a running app, one after the other, a picture as a data URI."""
    images, client = [png_uri(image) for image in _pictures(repeats + 1)], Client(app.url, verbose=False)
    client.predict(MODELS[0], [images[0]], CAPTIONS, api_name="/score")  # the model is loaded
    start = time.perf_counter()
    for image in images[1:]:
        client.predict(MODELS[0], [image], CAPTIONS, api_name="/score")
    return repeats / (time.perf_counter() - start)
