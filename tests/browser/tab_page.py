"""A page that trains, in one file and served: the engine alone, without the pages of the product.

page.goto(one_file(folder).as_uri())        # or a Firefox's `go`; from file://, everything inside
with served_strictly() as url: ...          # modules, under the strict policy of our pages
page.evaluate(TRAIN, {"steps": 3, "workers": 2})
"""

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from explorer.pages.server.security_headers import strict_policy
from explorer.pages.server.static_files import static_routes
from explorer.pages.site.embed import joined, script_json
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.presets import PRESETS
from explorer.web.engine_files import atlas_asset
from explorer.web.files import compressed
from explorer.world.browser_world import describe
from explorer.world.worlds import WORLDS
from tests.engine.node import KERNELS, order

CLIENT, WORKER = "engine/train/client.js", "engine/train/worker.js"
TRAIN = """async ({ steps, workers, stopAfter }) => {
  const { TabTraining, createWorker, parts } = await ready, told = [], seconds = [], start = performance.now();
  const order = { ...parts, spec: { ...parts.spec, train: { ...parts.spec.train, steps } } };
  const training = new TabTraining(createWorker, { workers, order, tell: (kind, value) => {
    told.push([kind, value.step]);
    if (kind === "record") seconds.push(value.seconds);
    if (kind === "record" && value.step === stopAfter) training.ask("stop");
  } });
  window.training = training;
  window.told = told;
  const { digest, status, step, file, memory } = await training.ended;
  return { digest, status, step, memory, told, seconds, took: (performance.now() - start) / 1000, bytes: file.length };
}"""
"""Trains `binding-friendly`, seed 0; `told` has what was told, `seconds` is of each step."""
BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;"


def _parts() -> str:
    """JavaScript for what a training is started with."""
    given = order(PRESETS["binding-friendly"].spec) | {"world": describe(WORLDS["things"])}
    files = {"atlas": compressed(atlas_asset("things"), "identity").read_bytes(), "kernels": KERNELS.read_bytes()}
    packed = ", ".join(f"{name}: bytes('{base64.b64encode(data).decode()}')" for name, data in files.items())
    return f"{{ ...{script_json(given)}, {packed} }}"


def one_file(folder: Path) -> Path:
    """An HTML file whose worker starts from a Blob, as that of the static page."""
    end = "\n})();"
    client = f'{joined(CLIENT).removesuffix(end)}\nwindow.TabTraining = $m["{CLIENT}"].TabTraining;{end}'
    script = f"""{client}\n{BYTES}
window.ready = Promise.resolve({{ TabTraining, parts: {_parts()}, createWorker: () =>
  new Worker(URL.createObjectURL(new Blob([document.getElementById("worker").textContent]))) }});"""
    page = folder / "tab.html"
    worker = f'<script type="text/plain" id="worker">{joined(WORKER)}</script>'
    page.write_text(f"<!doctype html><title>Tab</title>{worker}<script>{script}</script>", encoding="utf-8")
    return page


class _Strictly:
    """Adds the strict policy to every answer, a worker's too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                policy = [(name.lower().encode(), value.encode()) for name, value in strict_policy("").items()]
                message["headers"] = [*message["headers"], *policy]
            await send(message)

        await self._app(scope, receive, sent)


@contextmanager
def served_strictly() -> Iterator[str]:
    """The modules on a port of their own; yields the address of a page that can train."""
    script = f"""import {{ TabTraining }} from "./explorer-assets/{CLIENT}";\n{BYTES}
window.ready = Promise.resolve({{ TabTraining, parts: {_parts()}, createWorker: () =>
  new Worker(new URL("./explorer-assets/{WORKER}", document.baseURI), {{ type: "module" }}) }});"""
    page = "<!doctype html><title>Tab</title><link rel='icon' href='data:,'><script type=module src=tab.js></script>"
    routes = [
        Route("/", lambda _: HTMLResponse(page)),
        Route("/tab.js", lambda _: Response(script, media_type="text/javascript")),
        *static_routes(),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(_Strictly)])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()
