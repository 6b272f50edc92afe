"""A row trained once more in a browser: a page that this computer serves to it trains the chain and sends its digests.

    again = train_in_browser("chromium", specs)   # [[[0, "1f..."], [8, "9c..."], ...], ...], the digests of each phase

Any browser is asked alike: it is started on the address of the page, without a driver. The page is the engine alone.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from explorer.errors import UserError
from explorer.resources import ASSETS
from explorer.runs.tab_training import describe_tab_evaluation
from explorer.spec import RunSpec
from research.engine import make_order

FEW_SCENES = 48
"""Scenes of an evaluation, which a digest at each saved step needs and whose scores nobody reads."""
TIMEOUT_S = 3 * 3600
BROWSER_COMMANDS = {
    "chromium": ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir={profile}", "{address}"],
    "firefox": ["firefox-esr", "--headless", "--no-remote", "--profile", "{profile}", "{address}"],
}
"""How a browser is started on an address, with a profile of its own."""
REPEAT_PAGE = b"""<!doctype html><meta charset="utf-8"><title>Repeat</title><link rel="icon" href="data:,">
<script type="module">
const load = async (name) => (await fetch(name)).arrayBuffer(), read = async (name) => (await fetch(name)).json();
try {
  const { TabTraining } = await import("/engine/train/client.js");
  const { parseHeader, readTensor } = await import("/engine/safetensors.js");
  const job = await read("/given/job.json"), phases = [];
  const parts = { world: await read("/given/world.json"), kernels: await load("/engine/train/kernels.wasm") };
  const createWorker = () => new Worker("/engine/train/worker.js", { type: "module" });
  let weights;
  for (const phase of job.phases) {
    const digests = [];
    const tell = (kind, value) => kind === "evaluation" && value.digest && digests.push([value.step, value.digest]);
    const order = { ...parts, ...phase, atlas: await load("/given/atlas.bin"), ...(weights ? { weights } : {}) };
    const { file } = await new TabTraining(createWorker, { workers: job.workers, order, tell }).ended;
    const header = parseHeader(file, file.length);
    weights = Object.fromEntries([...header.tensors.keys()].map((name) => [name, readTensor(header, file, name)]));
    phases.push(digests);
  }
  await fetch("/done", { method: "POST", body: JSON.stringify({ phases }) });
} catch (error) {
  await fetch("/done", { method: "POST", body: JSON.stringify({ error: String(error) }) });
}
</script>
"""
Digests = list[list[tuple[int, str]]]


class _Handler(SimpleHTTPRequestHandler):
    """Serves the engine, the files of one job, and the page; hands on what the page sends."""

    def __init__(self, *given: Any, folder: Path, done: "SimpleQueue[bytes]", **named: Any) -> None:
        self._folder, self._done = folder, done
        super().__init__(*given, directory=str(ASSETS), **named)

    def do_GET(self) -> None:
        if self.path == "/":
            self._send(REPEAT_PAGE, "text/html")
        elif self.path.startswith("/given/") and (path := self._folder / Path(self.path).name).is_file():
            self._send(path.read_bytes(), "application/octet-stream")
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self._done.put(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(b"", "text/plain")

    def _send(self, content: bytes, media_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing: a training asks for a dozen files."""


def train_in_browser(browser: str, specs: Sequence[RunSpec]) -> Digests:
    """Train a chain in a browser on two workers, and return the digests of each phase at its saved steps.

    Raises:
        UserError: The browser is not here, or what went wrong in its page.
    """
    evaluation = describe_tab_evaluation() | {"scenes": FEW_SCENES}
    with tempfile.TemporaryDirectory(prefix="repeat-") as temporary:
        folder = Path(temporary) / "job"
        folder.mkdir()
        phases = []
        for spec in specs:
            order = json.loads(make_order(spec, folder, evaluation=evaluation).read_text(encoding="utf-8"))
            phases.append({name: order[name] for name in ("config", "evaluation", "spec")})
        (folder.parent / "job.json").write_text(json.dumps({"phases": phases, "workers": 2}), encoding="utf-8")
        done: SimpleQueue[bytes] = SimpleQueue()
        with _serve(folder.parent, done) as address, _open_browser(browser, address, folder.parent / "profile"):
            try:
                answer = json.loads(done.get(timeout=TIMEOUT_S))
            except Empty:
                raise UserError("browser", browser, f"sent nothing within {TIMEOUT_S // 3600} hours") from None
    if "error" in answer:
        raise UserError("browser", browser, f"could not train it: {answer['error']}", longest=400)
    return [[(step, digest) for step, digest in phase] for phase in answer["phases"]]


@contextmanager
def _serve(folder: Path, done: "SimpleQueue[bytes]") -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, folder=folder, done=done)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


@contextmanager
def _open_browser(browser: str, address: str, profile: Path) -> Iterator[None]:
    profile.mkdir()
    command = [part.format(profile=profile, address=address) for part in BROWSER_COMMANDS[browser]]
    try:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        raise UserError("browser", browser, f"is not here: there is no {command[0]}") from None
    try:
        yield
    finally:
        process.terminate()
        process.wait()
