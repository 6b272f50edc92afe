"""dials.js answers wishes as the app's Python once did: `dials.json` holds what that answered to 300 random wishes.

`python -m tests.record dials` writes it anew; what agrees stays as it is.
A wish is a preset with values of dials, right and wrong, and the dial that was moved. Of an answer stand the values
that differ from the preset, the first card, numbers of rates without their sentences.
Words of a card are one text: a value is "red:color:#e6194b", with "!" where the swap moves it. Boxes are counted.
"""

import json
import subprocess
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from explorer.presets import PRESETS
from explorer.runs.store import RunStore
from explorer.settings import LOCAL
from explorer.views.registry import entries
from explorer.views.service import Service
from explorer.web.engine_files import atlas_asset
from explorer.web.files import compressed_file
from explorer.world.browser_world import describe_world
from explorer.world.worlds import WORLDS
from tests.engine.node import node

HERE = Path(__file__).parent
RECORDED = HERE / "dials.json"
CLOSE = 1e-9


def read_record() -> list[dict[str, Any]]:
    return list(json.loads(RECORDED.read_text(encoding="utf-8")))


def record() -> None:
    """Write dials.json, a line for each wish. Equal dials have one number as key."""
    rows, numbers = [], {}
    with TemporaryDirectory() as folder:
        for each, answer in zip(read_record(), answers_of(Path(folder)), strict=True):
            now = json.loads(json.dumps(compact(answer)))
            kept = now if different(each["answer"], now) else each["answer"]
            key = numbers.setdefault(answer["plan"]["dials_key"], len(numbers)) if "plan" in answer else None
            rows.append({"wish": each["wish"], "answer": kept, "key": key})
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True) for row in rows)
    RECORDED.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def answers_of(folder: Path) -> list[dict[str, Any]]:
    """What the page's own policy answers to the recorded wishes, on a server that has timed nothing."""
    service = Service(store=RunStore(folder / "runs"), settings=LOCAL)
    return asked(folder, entries()["catalog"].answer(service, {}), [each["wish"] for each in read_record()])


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return answers_of(tmp_path_factory.mktemp("dials"))


def asked(folder: Path, catalog: dict[str, Any], wishes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    world, given = folder / "things.json", folder / "given.json"
    world.write_text(json.dumps(describe_world(WORLDS["things"])))
    atlas = str(compressed_file(atlas_asset("things"), "identity"))
    given.write_text(json.dumps({"catalog": catalog, "world": str(world), "atlas": atlas, "wishes": wishes}))
    done = subprocess.run([node(), str(HERE / "dials.js"), str(given)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def compact(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer in short, without what depends on the computer, and without the pictures of the world's things."""
    if "problem" in answer:
        return answer
    things = answer["things"]
    assert (things is None) == (answer["values"]["world"] != "things") and len((things or {"words": []})["words"]) in (
        0,
        12,
    )
    answer = {name: value for name, value in answer.items() if name != "things"}
    samples, plan = answer["samples"], answer["plan"]
    spec = PRESETS[answer["preset"]].spec.to_json()
    usual = {**spec["data"], **spec["train"]}
    told = "".join(map(str, samples["caption_levels"]["levels"]))
    assert samples["caption_levels"]["counts"] == [told.count(level) for level in "012"]
    return answer | {
        "values": {name: value for name, value in answer["values"].items() if value != usual[name]},
        "samples": [samples["start"], told, _card(samples["cards"][0])],
        "facts": [answer["facts"]["pairs"], [said.split(" %")[0] for said in answer["facts"]["rates"]]],
        "plan": {name: value for name, value in plan.items() if name not in ("dials_key", "mode", "basis", "seconds")},
    }


def _card(card: dict[str, Any]) -> list[Any]:
    trick = card["no_trick"] if card["trick"] is None else _words(card["trick"])
    assert card["alt"] == " ".join(word["text"] for word in card["words"])
    return [_words(card["words"]), trick, len(card["untold"])]


def _words(words: list[dict[str, Any]]) -> str:
    marks = ((word["text"], word["kind"], word["color"], "!" if word["moved"] else None) for word in words)
    return " ".join(":".join(part for part in mark if part) for mark in marks)


def different(one: Any, other: Any, path: str = "") -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [each for name in one for each in different(one[name], other[name], f"{path}/{name}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            each
            for place, pair in enumerate(zip(one, other, strict=True))
            for each in different(*pair, f"{path}/{place}")
        ]
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (one, other))
    return [] if one == other or (numbers and abs(one - other) < CLOSE) else [f"{path}: {other!r}, was {one!r}"]


@pytest.mark.slow
def test_every_answer_is_that_of_the_record(answers: list[dict[str, Any]]) -> None:
    differences = {}
    for each, answer in zip(read_record(), answers, strict=True):
        wrong = different(each["answer"], compact(answer))
        if wrong:
            differences[json.dumps(each["wish"])] = wrong
    assert differences == {}


@pytest.mark.slow
def test_dials_are_equal_exactly_if_they_were(answers: list[dict[str, Any]]) -> None:
    keys = defaultdict(set)
    for each, answer in zip(read_record(), answers, strict=True):
        if "plan" in answer:
            keys[each["key"]].add(answer["plan"]["dials_key"])
    assert all(len(same_key) == 1 for same_key in keys.values())
    assert len({key for same_key in keys.values() for key in same_key}) == len(keys)
