"""Recordings of what the product answers, each as JSON with placeholders for all that differs between computers.

    oracles = recordings(Path(folder))       # {"jobs": {...}, "documents": {...}, "endpoints": {...}, ...}

`folder` is empty, becomes the current folder, and holds the stores and what the commands write.
"""

import contextlib
import hashlib
import io
import json
import os
import random
import re
import runpy
import shlex
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.oracles import product
from tests.oracles.store import KEY, STATES, fill_store

ROOT = Path(__file__).parents[2]
CLASS = (
    ("teacher", "room", {}),
    ("nobody", "room", {}),
    ("nobody", "room", {"code": "NONE"}),
    ("Ada", "join", {"nickname": "Ada"}),
    ("nobody", "join", {"nickname": ""}),
    ("Ada", "room", {}),
    ("Ada", "steer", {"stop": 1}),
    ("teacher", "steer", {"stop": 1}),
    ("teacher", "steer", {"stop": 999}),
    *(
        each
        for stop in (*range(2, 20, 3), *range(20, 24))
        for each in (
            ("teacher", "steer", {"stop": stop}),
            ("teacher", "room", {}),
            ("Ada", "question", {}),
            ("Ada", "answer", {"choice": 0}),
            ("Ada", "answer", {"margin": -0.1, "scene": "no scene"}),
            ("Ada", "answer", {"margin": -0.1, "scene": "bus,blue@14,14,400;submarine,yellow@40,40,1000"}),
            ("Ada", "room", {}),
        )
    ),
    ("teacher", "steer", {"keep": True}),
    ("teacher", "steer", {"remove": 5}),
    ("teacher", "steer", {"end": True}),
    ("teacher", "room", {}),
)
"""Views and acts of a class in their order: who asks, what, and with which values beside the code of the room."""
ASKED = tomllib.loads(Path(__file__).with_name("asked.toml").read_text(encoding="utf-8"))
UNSURE = ("evaluate finished", "train --preset binding-friendly")
"""Beginnings of commands whose numbers hang on the rounding of a model that knows nothing yet."""
SAME = "as the endpoint"
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
    *("claims.json", "times.json", "time-law.json", "outcomes.json", "line.json", "README.md", "methods.html"),
    *("claim-*.svg", "forest.svg", "pilot.svg", "time-by-kappa.svg"),
)
"""Files of the evidence that are made from the others."""


def recordings(folder: Path) -> dict[str, Any]:
    """Return every recording by the name of its file."""
    with contextlib.chdir(folder):
        served = fill_store(folder / "served")
        os.environ["EXPLORER_RUNS"] = str(served)
        oracles = {"jobs": product.job_keys(), "documents": documents(folder / "study")}
        with product.serve_store(served) as url:
            oracles |= {"routes": routes(url), "endpoints": endpoints(url), "class": record_class(url)}
        os.environ["EXPLORER_RUNS"] = str(fill_store(folder / "api"))
        answers = {line: call_endpoint(line) for line in asked_lines("calls")}
        oracles["api"] = {
            line: SAME
            if replace_varying(answer, folder) == replace_varying(oracles["endpoints"][line], folder)
            else answer
            for line, answer in answers.items()
        }
        os.environ["EXPLORER_RUNS"] = str(fill_store(folder / "runs"))
        (folder / "pairs.csv").write_text(ASKED["pairs"])
        (folder / "assets").symlink_to(ROOT / "assets")
        oracles["commands"] = {line: command(line) for line in (*asked_lines("commands"), "", *asked_lines("failing"))}
        return {name: replace_varying(each, folder) for name, each in oracles.items()}


def asked_lines(name: str) -> list[str]:
    """Return the lines of a table of `asked.toml`."""
    lines = [(line, STATES if "{state}" in line else ("",)) for line in ASKED[name].splitlines()]
    return [line.replace("{state}", state) for line, states in lines for state in states]


def documents(folder: Path) -> dict[str, str]:
    """Return the digests of the written study, of what is made from the frozen rows, and of the models' pages."""
    frozen = ROOT / "assets" / "study"
    shutil.copytree(frozen, folder, ignore=shutil.ignore_patterns(*MADE))
    product.freeze_study(folder)
    made = {f"made/{path.relative_to(folder)}": digest(path.read_bytes()) for path in _files(folder, "[!.]*")}
    kept = [*_files(ROOT / "models", "**/*.md"), ROOT / "tests" / "unit" / "recipe" / "golden.json"]
    return made | {str(path.relative_to(ROOT)): digest(path.read_bytes()) for path in kept}


def routes(url: str) -> dict[str, Any]:
    """Return the answers to plain requests."""
    with httpx.Client(base_url=url, timeout=300) as client:
        answers = {address: _answer(client.get(address)) for address in ("", *asked_lines("routes"))}
    answers["v/lesson.json"]["answer"] = outline_digests(answers["v/lesson.json"]["answer"])
    return answers


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
            keys |= {who: document["token"]} if "token" in document else {}
            name = document.get("view", {}).get("question", name)
            text = json.dumps({"status": answer.status_code, "answer": document})
            answers[f"{number:03} {what} by {who} {json.dumps(body)}"] = json.loads(
                _DRAWN.sub(r'"\1": "<drawn>"', text)
            )
    return answers


def _answer(answer: httpx.Response) -> dict[str, Any]:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    outline: dict[str, Any] = {"status": answer.status_code, "type": kind}
    if kind == "application/json":
        return outline | {"answer": answer.json()}
    if kind == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return outline | {"files": {name: digest(archive.read(name)) for name in archive.namelist()}}
    if kind == "text/html":
        return outline | {"title": re.findall(r"<title>(.*?)</title>", answer.text)}
    return outline | {"text": answer.text if kind == "text/plain" else digest(answer.content)}


def endpoints(url: str) -> dict[str, Any]:
    """Return the answers that a program gets from the published endpoints, and their description."""
    client = Client(url, verbose=False)
    try:
        described = client.view_api(return_format="dict", print_info=False)
        assert isinstance(described, dict)
        return {"": described["named_endpoints"]} | {line: call_endpoint(line, client) for line in asked_lines("calls")}
    finally:
        client.close()


def call_endpoint(line: str, client: Client | None = None) -> Any:
    """Return the answer to a call, such as `swaps(caption="...")`, or its sentence."""
    name, _, rest = line.partition("(")
    values = eval(f"dict({rest}", {"KEY": KEY, "IMAGE": _image()})
    try:
        answer = client.predict(api_name=f"/{name}", **values) if client else product.api(name, **values)
        return outline_digests(answer) if name == "study" else answer
    except (AppError, ValueError) as error:
        return {"refused": str(error)}


def outline_digests(document: Any) -> dict[str, Any]:
    """Return the digest of each part of a document that follows from frozen rows, to the last digit."""
    parts = {name: part for name, part in document.items() if not _is_keyed(name, part)}
    return {name: digest(json.dumps(part, sort_keys=True).encode()) for name, part in parts.items()}


def _is_keyed(name: object, part: Any) -> bool:
    """Return True for the keyed sentences of an answer, whose English stands in its other fields."""
    return name == "sentences" and isinstance(part, list)


def _image() -> str:
    return product.api("scenes", "web-like", {}, count=1, size=64)[0]["image"]


def command(line: str) -> dict[str, Any]:
    """Run a command of `explorer` or `research`; return its exit status, its document, and its last error line."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        module = "research" if line.startswith("research ") else "explorer"
        before, sys.argv = sys.argv, [module, *shlex.split(line.removeprefix("research "))]
        try:
            runpy.run_module(module, run_name="__main__")
        except SystemExit as end:
            status = int(end.code or 0)
        except Exception as error:  # recorded as it is, to be seen
            return {"exit": repr(error)}
        finally:
            sys.argv = before
    if status:
        return {"exit": status, "sentence": err.getvalue().strip().splitlines()[-1:]}
    document = json.loads(out.getvalue().splitlines()[-1])
    document = outline_digests(document) if line.startswith("research read") else document
    return {"exit": status, "document": _shape(document) if line.startswith(UNSURE) else document}


def _shape(value: Any) -> Any:
    """Return a document without its floats: a training of few steps rounds otherwise on another computer."""
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shape(each) for each in value]
    return "<number>" if isinstance(value, float) else value


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
