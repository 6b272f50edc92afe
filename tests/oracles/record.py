"""Recordings of a class and of the written study, as JSON with placeholders for all that differs between computers.

    oracles = recordings(Path(folder), NAMES)       # {"documents": {...}, "class": {...}}

`folder` is empty, becomes the current folder, and holds the store and what is written. Answers of views are recorded by
`tests/unit/views`, refusals of commands stand in `tests/unit/tools/refusals.txt`.
"""

import contextlib
import hashlib
import json
import os
import random
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from tests.oracles.store import KEY, fill_store

ROOT = Path(__file__).parents[2]
CLASS = (
    ("teacher", "room", {}),
    ("nobody", "room", {}),
    ("nobody", "room", {"code": "NONE"}),
    ("Ada", "join", {"nickname": "Ada"}),
    ("nobody", "join", {"nickname": ""}),
    ("Ada", "room", {}),
    ("Ada", "go_to_stop", {"stop": 1}),
    ("teacher", "go_to_stop", {"stop": 1}),
    ("teacher", "go_to_stop", {"stop": 999}),
    *(
        each
        for stop in (*range(2, 20, 3), *range(20, 24))
        for each in (
            ("teacher", "go_to_stop", {"stop": stop}),
            ("teacher", "room", {}),
            ("Ada", "question", {}),
            ("Ada", "answer", {"choice": 0}),
            ("Ada", "hand_in_scene", {"margin": -0.1, "scene": "no scene"}),
            ("Ada", "hand_in_scene", {"margin": -0.1, "scene": "bus,blue@14,14,400;submarine,yellow@40,40,1000"}),
            ("Ada", "room", {}),
        )
    ),
    ("teacher", "keep_wall", {"is_kept": True}),
    ("teacher", "remove_pupil", {"pupil": 5}),
    ("teacher", "end_class", {}),
    ("teacher", "room", {}),
)
"""Views and acts of a class in their order: who asks, what, and with which values beside the code of the room."""
LONGEST_TEXT = 400
MAX_NUMBERS, MAX_TEXTS = 8, 16
_TIMES = re.compile(r"(.*_)?(seconds|elapsed|duration|date)|.*_s|pairs_per_s|rate")
_PLACEHOLDERS = (
    (re.compile(r"cpu \([^()]*threads?\)"), "<device>"),
    (re.compile(rf"\b(?!{KEY})[0-9a-f]{{32}}\b"), "<key>"),
    (re.compile(r"-[0-9a-f]{12}\b"), "-<id>"),
    (re.compile(r"-[0-9a-f]{16}\.atlas"), "-<digest>.atlas"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<host>"),
    (re.compile(r"in the last \d\S* s\b|\b\d[\d.,]* pairs/s"), "<pace>"),
)
_DRAWN = re.compile(r'"(tag|place)": (?:"[0-9a-f]{16}"|\d+)')
"""A digest of what a class sees, which may hold an id, and a place that two runs of one second may exchange."""


MADE = (
    "cells.json", "claims.json", "times.json", "time-law.json", "outcomes.json", "line.json", "README.md",
    "methods.html", "claim-*.svg", "forest.svg", "pilot.svg", "time-by-kappa.svg",
)  # fmt: skip
"""Files of the evidence that are made from the others."""


NAMES = ("documents", "class")


def recordings(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return recordings by the names of their files, which are some of `NAMES`."""
    # Here, as the views' tests use other functions of this module and need no server.
    from explorer.runs.store import RunStore
    from explorer.settings import LOCAL
    from explorer.views.service import Service
    from explorer.web.server import running_server

    with contextlib.chdir(folder):
        served = fill_store(folder / "served")
        os.environ["EXPLORER_RUNS"] = str(served)
        oracles: dict[str, Any] = {}
        if "documents" in names:
            oracles["documents"] = documents(folder / "study")
        if "class" in names:
            service = Service(store=RunStore(served), settings=LOCAL)
            with running_server(service, "127.0.0.1", None) as blocks:  # without a supervisor, which trained its runs
                oracles["class"] = record_class(str(blocks.local_url))
        return {name: replace_varying(each, folder) for name, each in oracles.items()}


def documents(folder: Path) -> dict[str, str]:
    """Return the digests of the written study, of what is made from the frozen rows, and of the models' pages."""
    from research.write import freeze_evidence

    frozen = ROOT / "assets" / "study"
    shutil.copytree(frozen, folder, ignore=shutil.ignore_patterns(*MADE))
    freeze_evidence(None, folder, folder / "STUDY.md", folder / "study-methods.md")
    made = {f"made/{path.relative_to(folder)}": digest(path.read_bytes()) for path in _files(folder, "[!.]*")}
    kept = [*_files(ROOT / "models", "**/*.md"), ROOT / "tests" / "unit" / "protocol" / "golden.json"]
    return made | {str(path.relative_to(ROOT)): digest(path.read_bytes()) for path in kept}


def record_class(url: str) -> dict[str, Any]:
    """Return what a class is answered from its beginning to its end; its code, which is drawn, is always the same."""
    answers: dict[str, Any] = {}
    with httpx.Client(base_url=url, timeout=300) as client, mock.patch("secrets.choice", random.Random(0).choice):
        opened = client.post("a/open_room", json={}).json()
        keys, name = {"teacher": opened["key"]}, ""
        for number, (who, what, body) in enumerate(CLASS):
            of_question = {"answer": {"question": name}, "question": {"name": name}}.get(what, {})
            asked = {"code": opened["room"], **of_question, **body}
            headers = {"X-Owner-Key": keys[who]} if who in keys else {}
            if what in ("room", "question"):
                answer = client.get(f"v/{what}.json", params=asked, headers=headers)
            else:
                answer = client.post(f"a/{what}", json=asked, headers=headers)
            document = answer.json() or {}
            keys |= {who: document["key"]} if "key" in document else {}
            name = document.get("view", {}).get("question", name)
            text = json.dumps({"status": answer.status_code, "answer": document})
            answers[f"{number:03} {what} by {who} {json.dumps(body)}"] = json.loads(
                _DRAWN.sub(r'"\1": "<drawn>"', text)
            )
    return answers


def outline_digests(document: Any) -> dict[str, Any]:
    """Return the digest of each part of a document that follows from frozen rows, to the last digit."""
    parts = {name: part for name, part in document.items() if not _is_keyed(name, part)}
    return {name: digest(json.dumps(part, sort_keys=True).encode()) for name, part in parts.items()}


def _is_keyed(name: object, part: Any) -> bool:
    """Return True for the keyed sentences of an answer, whose English stands in its other fields."""
    return name == "sentences" and isinstance(part, list)


def replace_varying(value: Any, folder: Path, name: str = "") -> Any:
    """Return JSON with placeholders; a long text becomes a digest, and many numbers their count and sums."""
    if isinstance(value, dict):
        kept = sorted((key for key in value if not _is_keyed(key, value[key])), key=str)
        return {str(key): replace_varying(value[key], folder, str(key)) for key in kept}
    if isinstance(value, list | tuple):
        leaves = list(_leaves(value))
        if len(leaves) > MAX_NUMBERS and all(isinstance(each, int | float) for each in leaves):
            weighted = sum(each * (place % 7 + 1) for place, each in enumerate(leaves))
            return {"numbers": len(leaves), "sum": sum(leaves), "weighted": weighted}
        cleaned_items = [replace_varying(each, folder, name) for each in value]
        are_texts = len(cleaned_items) > MAX_TEXTS and all(isinstance(each, str) for each in cleaned_items)
        return (
            f"{len(cleaned_items)} texts {digest(json.dumps(cleaned_items).encode())}" if are_texts else cleaned_items
        )
    if isinstance(value, float) and _TIMES.fullmatch(name):
        return "<time>"
    if not isinstance(value, str):
        return value
    text = value.replace(str(folder), "<folder>").replace(str(ROOT), "<root>")
    for pattern, placeholder in _PLACEHOLDERS:
        text = pattern.sub(placeholder, text)
    return text if len(text) <= LONGEST_TEXT else f"{text[:60]}... {len(text)} {digest(text.encode())}"


def _leaves(value: Any) -> Iterator[Any]:
    """Yield what nested lists hold."""
    for each in value:
        yield from _leaves(each) if isinstance(each, list | tuple) else (each,)


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content`."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _files(folder: Path, pattern: str) -> Iterable[Path]:
    return (path for path in sorted(folder.glob(pattern)) if path.is_file())
