"""A page that trains, in one file and on the host: the engine alone, without the views of the product.

page.goto(write_one_file(folder).as_uri())                   # or a Firefox's `go`; from file://, everything inside
page.goto(host.url + "about"); page.evaluate(training_page_script())  # modules of the host, under its strict policy
page.evaluate(TRAIN, {"steps": 3, "workers": 2})
"""

import base64
import json
from pathlib import Path
from typing import Any

from explorer.presets import PRESETS
from explorer.resources import asset_text
from explorer.web.engine_files import atlas_asset
from explorer.web.files import compressed_file
from explorer.web.modules import collect_modules
from explorer.web.onefile import ENTRY_MODULES
from explorer.world.browser_world import describe_world
from explorer.world.worlds import WORLDS
from tests.engine.node import KERNELS, order

CLIENT, WORKER = "engine/train/client.js", "engine/train/worker.js"
TRAIN = """async ({ steps, workers, evaluation, kill = 0, tickMs }) => {
  const { TabTraining, createWorker, parts } = await ready, seconds = [], start = performance.now();
  const spec = { ...parts.spec, train: { ...parts.spec.train, steps } };
  const order = { ...parts, spec, evaluation: { ...parts.evaluation, ...evaluation } };
  const tell = (kind, value) => {
    if (kind === "record") seconds.push(value.seconds);
    if (kind === "record" && value.step === kill) training.team[1].terminate();
  };
  const training = new TabTraining(createWorker, { workers, order, tell, tickMs });
  const { digest, status, step } = await training.ended, left = training.workers;
  return { digest, status, step, seconds, left, took: (performance.now() - start) / 1000 };
}"""
"""Trains `binding-friendly`, seed 0; `seconds` is of each step, `took` of the whole. `evaluation` changes what is asked
in evaluations. At the step `kill` the second worker is ended without a word; `left` are those that train at the end."""


def write_one_file(folder: Path) -> Path:
    """An HTML file whose modules and worker start from Blobs, as those of the static page."""
    texts = {
        name: each.text
        for name, each in collect_modules(ENTRY_MODULES, imports_later=True).items()
        if name.startswith("engine/")
    }
    held = f'<script type="application/json" id="modules">{_json(texts)}</script>'
    script = asset_text("page/file.js") + _ready(f'oneFile.url("{CLIENT}")', f'oneFile.worker("{WORKER}")')
    page = folder / "tab.html"
    # Without an icon of its own a page over HTTP asks its server for one.
    head = '<!doctype html><title>Tab</title><link rel="icon" href="data:,">'
    page.write_text(f"{head}{held}<script>{script}</script>", encoding="utf-8")
    return page


def training_page_script() -> str:
    """JavaScript that makes a page of the host one that can train."""
    worker = f'new URL("page/now/{WORKER}", document.baseURI)'
    return _ready(f'new URL("page/now/{CLIENT}", document.baseURI)', f'new Worker({worker}, {{ type: "module" }})')


def _ready(client: str, worker: str) -> str:
    given = order(PRESETS["binding-friendly"].spec) | {"world": describe_world(WORLDS["things"])}
    files = {"atlas": compressed_file(atlas_asset("things"), "identity").read_bytes(), "kernels": KERNELS.read_bytes()}
    packed = ", ".join(f"{name}: bytes('{base64.b64encode(data).decode()}')" for name, data in files.items())
    return f"""window.bytes = (text) => {{
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
  return bytes.buffer;
}};
window.ready = import({client}).then(({{ TabTraining }}) => ({{ TabTraining, createWorker: () => {worker},
  parts: {{ ...{_json(given)}, {packed} }} }}));"""


def _json(value: Any) -> str:
    """JSON for a script element, which no text in it ends."""
    return json.dumps(value).replace("<", "\\u003c")
