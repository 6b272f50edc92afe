"""Bad input to any command is one sentence that names it, exit status 2, and nothing written; one table for all."""

import shlex
from pathlib import Path

import pytest
from PIL import Image

from explorer.errors import UserError
from explorer.files import MAX_WRITTEN_BYTES
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.own_worlds import hostile_files
from tests.unit.evaluation.benchmarks import published
from tests.unit.tools.conftest import Shell

REFUSED = [
    line.split(" || ") for line in Path(__file__).with_name("refusals.txt").read_text(encoding="utf-8").splitlines()
]
"""Command lines, each with words of its sentence."""
OUT, LONG = "--preset web-like --out w", "y" * 5000
LONG_INPUT = (
    LONG,
    f"scenes --preset {LONG} --out w",
    f"scenes {OUT} {LONG}",
    f"scenes --preset web-like --out file/{LONG}",
    *(
        f"scenes {OUT} {given}"
        for given in (f"--set {LONG}", f"--set {LONG}=1", f"--set world={LONG}", f"--count {LONG}")
    ),
    f"scenes --preset web-like --out {'./' * 1500}full",
    f"scenes --preset web-like --parquet --out {LONG}",
    f"measure {LONG}",
    f"measure {'./' * 1500}broken",
    *(f"evaluate {name}" for name in (LONG, f"{LONG}/{LONG}", f"local-dir:{LONG}", f"hf-hub:{LONG}")),
    f"train --preset web-like --init {LONG}",
    f"evaluate {'full/../' * 509}full",
    f"runs delete {LONG}",
    f"runs import {LONG}",
    f"compare a b --runs {LONG}",
    f"runs show --run x --runs {LONG}",
    f"swaps --caption {LONG}",
    f"score things-bound --image 0.png --caption {LONG}",
    f"score things-bound --caption a --image {'0.png ' * 17}",
)


@pytest.fixture
def clutter(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of several kinds, and folders that are empty, full of other things, and damaged; nobody is logged in."""
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    published.write_pairs(elsewhere, 2, 2)
    Image.new("RGB", (40, 30)).save(elsewhere / "0.png")
    texts = {
        "file": "text",
        "bad.png": "no picture",
        "words.csv": "words\na bus\n",
        "named.csv": "caption\na red bus\n",
    }
    texts |= {"full/thesis.docx": "mine\n", "broken/metadata.jsonl": "mine\n", "listed/metadata.jsonl": "[1,2]\n"}
    for folder in ("empty", "full", "broken", "listed"):
        (elsewhere / folder).mkdir()
    for name, text in texts.items():
        (elsewhere / name).write_text(text)
    (elsewhere / "bad.txt").write_bytes(b"\xff\xfe")
    with (elsewhere / "large").open("wb") as file:
        file.truncate(MAX_WRITTEN_BYTES + 1)
    return elsewhere


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row[0] or "nothing")
def test_bad_input_is_one_sentence_and_leaves_nothing_behind(row: list[str], shell: Shell, clutter: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in clutter.rglob("*")}
    said = shell.refused(*shlex.split(row[0]))
    assert all(word in said for word in row[1:]), said
    assert {path: path.stat().st_mtime_ns for path in clutter.rglob("*")} == before


@pytest.mark.usefixtures("clutter")
@pytest.mark.parametrize("line", LONG_INPUT, ids=[line[:40] for line in LONG_INPUT])
def test_a_long_value_is_not_echoed_whole(line: str, shell: Shell) -> None:
    assert len(shell.refused(*shlex.split(line))) < 600


@pytest.mark.parametrize("name", hostile_files())
def test_a_hostile_world_is_one_sentence_without_signs_that_turn_the_text(name: str, shell: Shell) -> None:
    content, words = hostile_files()[name]
    Path("world.json").write_bytes(content)
    for line in ("worlds show world.json --out sheet.png", "train --preset web-like --world world.json"):
        said = shell.refused(*line.split())
        assert words in said and said.removesuffix("\n").isprintable()
    assert [path.name for path in Path().iterdir()] == ["world.json"]


def test_a_boolean_is_no_number_of_steps_wherever_it_is_given(shell: Shell, elsewhere: Path) -> None:
    Path("spec.json").write_text('{"train": {"steps": true}}')
    service = Service(store=RunStore(elsewhere / "runs"), settings=LOCAL)
    told = [shell.refused("plan", "salient", "--set", "steps=true"), shell.refused("train", "--spec", "spec.json")]
    for given in ({"steps": True}, {"overrides": {"steps": True}}, {"seed": True}):
        with pytest.raises(UserError) as caught:
            entries()["train"].answer(service, {"preset": "salient", **given})
        told.append(str(caught.value))
    steps = "give a whole number from 1 to 1000000"
    values = ("steps=true", "steps=True", "steps=True", "steps=True", "seed=True")
    assert [each.strip().partition(": ")[0] for each in told] == list(values)
    assert all(steps in each for each in told[:4]) and "give a whole number from 0 to 2147483647" in told[4]
    assert service.store.all() == []
