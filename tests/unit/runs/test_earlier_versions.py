"""One of each that version 0.2.0 left with people still opens: a model, rows, a recording, an address, a run, its zip.

`run-0.2.0.zip` is what "export as zip" of that version wrote of a run of 12 steps, which it trained.
"""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from explorer.clip.zoo import load_clip
from explorer.codec import encode
from explorer.resources import ASSETS
from explorer.runs.archive import export_zip, import_zip
from explorer.runs.folder import RunFolder
from explorer.runs.state import TRAINED_BEFORE, read_run
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.spec import KnownNames
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.engine.node import node

ZIP = Path(__file__).with_name("run-0.2.0.zip")
NAMES = KnownNames(worlds={"things": ("color",)}, models=("tiny",))
KEY = "0123456789abcdef" * 2
VIEWS = ("run_status", "report", "run", "runs", "compare")
OPENED = """
globalThis.window = { addEventListener() {} };
window.parent = window;
globalThis.history = { state: null, replaceState: (state, title, to) => (globalThis.location = new URL(to, location)) };
const { Address } = await import(process.argv[1]);
const opened = (url, isStatic = false) => {
  globalThis.location = new URL(url, "http://here");
  const address = new Address(isStatic), view = address.view();
  address.write({ step: "3" });
  return [view, address.view(), ...["preset", "saliency_bias", "run", "step"].map((name) => address.get(name))];
};
const [urls, files] = JSON.parse(process.argv[2]);
console.log(JSON.stringify([...urls.map((url) => opened(url)), ...files.map((url) => opened(url, true))]));
"""
"""Opens addresses of a server and of a page in one file, and writes a part, as a view does that goes on from there."""
VIEWS_BEFORE = {
    "play": "bench",
    "train": "bench",
    "teach": "bench",
    "workbench": "bench",
    "inspect": "inside",
    "study": "evidence",
    "probe": "ask",
}
"""The names of views in addresses of earlier versions, and what they are now."""


@pytest.fixture
def folder(store: RunStore) -> RunFolder:
    """The run as that version left it on the disk of who trained it."""
    store.root.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(ZIP) as packed:
        run = json.loads(packed.read("status.json"))["run"]
        packed.extractall(store.root / run)
    run_folder = RunFolder(store.root / run)
    status = json.loads((run_folder.path / "status.json").read_text())
    del status["run"]
    elsewhere = {"host": "elsewhere", "pid": 4242, "process_start": 1.0, "heartbeat": status["created"] + 60}
    (run_folder.path / "status.json").write_text(json.dumps(status | elsewhere))
    run_folder.set_owner(KEY)
    return run_folder


def test_a_run_folder_is_shown_and_exported(store: RunStore, folder: RunFolder, tmp_path: Path) -> None:
    state = read_run(store, folder.run)
    assert (state.status, state.step, state.steps, state.title) == ("finished", 12, 12, "Big only, changed, seed 0")
    assert state.final and encode(state.final.binding) == folder.report_json()["metrics"]["binding_accuracy"]
    assert [point.step for point in state.curve][-1] == 12 and state.why_no_answers == TRAINED_BEFORE
    service, given = Service(store=store, settings=LOCAL), {"name": folder.run, "run": folder.run, "owner_key": KEY}
    for name in VIEWS:
        values = {each: given[each] for each in entries()[name].parameters if each in given}
        if name == "compare":
            values = {"names": [folder.run], "figures": True}
        answer = entries()[name].answer(service, values)
        assert folder.run in json.dumps(answer), name
    assert folder.is_owner(KEY) and load_clip(folder.run, find_run_model=store.find_run_model).words is not None
    export_zip(folder, tmp_path / "again.zip")
    assert (
        import_zip(RunStore(tmp_path / "other"), tmp_path / "again.zip", NAMES).report().scores
        == folder.report().scores
    )


def test_a_zip_becomes_the_run_that_it_was(store: RunStore, folder: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(folder.path, tmp_path / "kept")
    store.delete(folder.run)
    brought = import_zip(store, ZIP, NAMES)
    assert brought.run == folder.run and brought.spec() == RunFolder(tmp_path / "kept").spec()
    assert list(brought.records()) == list(RunFolder(tmp_path / "kept").records())
    assert read_run(store, brought.run).final is not None
    assert brought.snapshot_steps() == RunFolder(tmp_path / "kept").snapshot_steps()


def test_addresses_open_the_view_with_its_recipe_and_run() -> None:
    """Links, frames of one view, and paths; and what is written into them next keeps the view."""
    parts = "preset=web-like&saliency_bias=0.5&run=a-run"
    links = [(f"/?{part}={name}&{parts}", view) for name, view in VIEWS_BEFORE.items() for part in ("tab", "only")]
    paths = [(f"/{name}?{parts}", view) for name, view in VIEWS_BEFORE.items()]
    addresses = [[url for url, _ in (*links, *paths)], [f"/site/index.html{url[1:]}" for url, _ in links]]
    module = (ASSETS / "page" / "address.js").as_uri()
    command = [node(), "--input-type=module", "-e", OPENED, module, json.dumps(addresses)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    views = [view for _, view in (*links, *paths, *links)]
    assert json.loads(done.stdout) == [[view, view, "web-like", "0.5", "a-run", "3"] for view in views]
