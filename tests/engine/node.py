"""The engine's training in Node: one process that answers questions, and the orders that the page would give.

with engine(folder) as ask:                 # folder for the world, the sprites and what is written
    ask("train", order=order(folder, spec))["told"]
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright._impl._driver import compute_driver_executable

from explorer.clip.fresh import fresh_config
from explorer.resources import ASSETS
from explorer.runs.tab_training import describe_tab_evaluation
from explorer.spec import RunSpec
from explorer.web.engine_files import atlas_asset
from explorer.web.files import compressed_file
from explorer.world.browser_world import describe_world
from explorer.world.grammar import Grammar
from explorer.world.worlds import WORLDS

ENGINE = ASSETS / "engine"
KERNELS = ENGINE / "train" / "kernels.wasm"
PROGRAM = Path(__file__).with_name("train.mjs")
Ask = Callable[..., Any]


class RefusedByEngine(Exception):
    """The engine's sentence; with values `keyed` is its JSON, as `key_sentence` makes it."""

    def __init__(self, text: str, keyed: Any = None) -> None:
        super().__init__(text)
        self.keyed = keyed


def node() -> str:
    """The Node that Playwright's package brings, of which every version reads ES modules."""
    return str(compute_driver_executable()[0])


def config_of(spec: RunSpec) -> dict[str, Any]:
    """The content of open_clip_config.json of the model that the spec trains."""
    return fresh_config(spec.train, Grammar(WORLDS["things"], spec.data))


def order(spec: RunSpec, **more: Any) -> dict[str, Any]:
    """What a training is started with."""
    document = {"data": asdict(spec.data), "train": asdict(spec.train)}
    return {"config": config_of(spec), "evaluation": describe_tab_evaluation(), "spec": document, **more}


@contextmanager
def engine(folder: Path) -> Iterator[Ask]:
    """A function that asks a Node process and raises `RefusedByEngine` with its sentence."""
    world, atlas = folder / "things.json", compressed_file(atlas_asset("things"), "identity")
    world.write_text(json.dumps(describe_world(WORLDS["things"])))
    parts = {"world": str(world), "atlas": str(atlas), "kernels": str(KERNELS)}
    command = [node(), str(PROGRAM), str(ENGINE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout

        def ask(kind: str, *, order: dict[str, Any] | None = None, **question: Any) -> Any:
            assert process.stdin and process.stdout
            whole = {"ask": kind, "order": order and parts | order, **question}
            process.stdin.write(json.dumps(whole) + "\n")
            process.stdin.flush()
            document = json.loads(process.stdout.readline())
            if "error" in document:
                raise RefusedByEngine(document["error"], document.get("keyed"))
            return document["answer"]

        yield ask
        process.stdin.close()
