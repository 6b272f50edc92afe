"""Texts of the lesson and the class have keys: each is said by a literal, or by a template of which it is one case."""

import json
import re
from collections.abc import Iterator
from itertools import product

import pytest

from explorer.classroom.questions import COMPARED_MODELS
from explorer.classroom.stops import OWN_STEP, STEP_MINUTES
from explorer.clip.names import shipped_names
from explorer.resources import ASSETS

COLUMNS = ("do", "say", "key")
KINDS = ("train", "own", "same")
"""What the devices of a class train on, each with texts of its own."""
MARKS = ("right", "wrong", "open")
ON_PAPER = tuple(name for name, minutes in STEP_MINUTES.items() if minutes and name != OWN_STEP)
TEMPLATES: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "classroom": {
        "{}.wall": (KINDS,),
        "{}.how": (KINDS,),
        "{}.mine": (KINDS,),
        "{}.{}": (KINDS, ("neighbor", "how_mine")),
        "enter.{}": (("over", "unknown"),),
        "learned.{}": (("captions", "told", "values", "predicted", "study"),),
        "model.{}": (COMPARED_MODELS,),
        "own.{}": (("draw", "photo", "icon"),),
        "own.mine_{}": (("none", "waiting", "shown", "asked"),),
        "plan.{}": ((*ON_PAPER, *COLUMNS),),
        "plan.{}.{}": (ON_PAPER, COLUMNS),
        "plan.before.{}": (("1", "2", "3"),),
        "same.mine_{}": (("first", "none", "equal", "other"),),
        "start.{}": (("each", "same", "things"),),
        "step.{}": (tuple(STEP_MINUTES),),
        "vote.luck_{}": (MARKS,),
        "wall.{}": (("training", "paused", "landed", "ended"),),
    },
    "lessons": {
        "{}.name": (("see", "guess", "dial", "form", "train", "probe", "order"),),
        "end.{}": (("bench", "evidence", "ask"),),
        "end.{}_why": (("bench", "evidence", "ask"),),
        "form.{}": (("short", "long"),),
        "form.{}_is": (("short", "long"),),
        "model.{}": (tuple(shipped_names()),),
        "order.{}": (("fresh", "after", "both", "neither"),),
        "probe.{}": (("first", "second", "close", "nearer_first", "nearer_second"),),
        "see.model_{}": (MARKS,),
        "train.{}": (("binding-friendly", "incomplete", "web-like"),),
        "train.is_{}": (("queued", "running", "stopping", "stopped", "finished", "failed", "interrupted"),),
    },
}
"""By folder, each template of a key with what its places can be."""
SCRIPTS = {"classroom": "class", "lessons": "lesson"}


def said_keys(folder: str, keys: set[str]) -> Iterator[str]:
    """The keys that the scripts of a view can say."""
    paths = (ASSETS / "page" / SCRIPTS[folder]).rglob("*.js")
    code = "\n".join(
        re.sub(r"^\s*(//|\*|/\*).*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE) for path in paths
    )
    written = {re.sub(r"\$\{[^{}]*\}", "{}", each) for each in re.findall(r"`((?:[a-z_.]|\$\{[^{}]*\})+)`", code)}
    literals = set(re.findall(r'"([a-z_.0-9]+)"', code))
    yield from keys & literals
    for template, places in TEMPLATES[folder].items():
        assert template in written, f"{template} is said no more"
        for words in product(*places):
            yield template.format(*words)


@pytest.mark.parametrize("folder", SCRIPTS)
def test_every_text_is_said(folder: str) -> None:
    keys = set(json.loads((ASSETS / folder / "en.json").read_text(encoding="utf-8")))
    said = set(said_keys(folder, keys))
    # A lesson that watches a recording, or is a copy of one file, says some of its texts in another way.
    in_place = {f"{prefix}.{key}" for prefix in ("watch", "copy") for key in said if folder == "lessons"}
    assert sorted(keys - said - in_place) == []
    assert sorted(said - keys) == [], "a text is missing"
