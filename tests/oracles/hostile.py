"""Requests that no page of the app sends, and what a public server answers: a status, and what our sentence names.

    answer_rows()       # {"POST /a/train (world, five things)": [422, "nouns=5 6 24"], ...}: field, value and limits

They are recorded in hostile.json. The rows are sent to the app that `python app.py` serves in public mode, each on a
connection of its own: in their order, and those that are no whole request beside them. The rows of `frequent_requests`
and `burst_requests` are sent to servers of this process with low limits. A sentence of ours begins with the name of
what is wrong.
"""

import http.client
import json
import re
import socket
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.classroom.stops import OWN_STEP, STOPS_WITH_THINGS, first_stop
from explorer.runs.store import RunStore
from explorer.settings import SHARED
from explorer.views.rate_limit import BUCKETS
from explorer.views.service import Service
from explorer.web.server import running_server
from tests.oracles.hostile_requests import (
    API,
    NUM_GIVING,
    Request,
    address_requests,
    body_requests,
    burst_requests,
    class_requests,
    file_requests,
    frequent_requests,
    get,
    open_requests,
    post,
    value_requests,
)
from tests.served import free_port, serve_app

FILE = Path(__file__).with_name("hostile.json")
OURS = re.compile(r"[\w-]+(\[\d+\]|\.\w+| \d+)*[:=]")
LIMIT = re.compile(r"\d[\d,.]*\d|\d|(?:wait|again in) N")
WAIT = re.compile(r"\b(wait|again in) \d+")
"""How long depends on the speed of the computer."""
LIST = re.compile(r"([\w-]+, ){5,}[\w-]+")
"""A long list of what is allowed, which grows."""


def answer_rows() -> dict[str, list[Any]]:
    """Return the answer to each row."""
    recorded: dict[str, list[Any]] = {}
    rates = ("QUESTIONS_PER_MINUTE", "BODY_MB_PER_MINUTE", "UPLOAD_MB_PER_HOUR", "REQUESTS_PER_S")
    many = {"PUBLIC": 1, "SPARE": 0, "HEAD_TIMEOUT_S": 3, "BODY_TIMEOUT_S": 3} | dict.fromkeys(rates, 100_000)
    environ = {f"EXPLORER_{name}": str(value) for name, value in many.items()}
    rows = [row for group in ROWS for row in group()]
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_app(Path(folder), **environ) as app,
        ThreadPoolExecutor() as threads,
    ):
        # A server waits seconds for the rest of a request: meanwhile it is asked all others.
        waiting = {row.name: threads.submit(send_request, app.port, row, {}) for row in rows if row.raw is not None}
        record_answers(recorded, app.port, (row for row in rows if row.raw is None), class_of(app.port))
        recorded |= {name: each.result() for name, each in waiting.items()}
    few = replace(SHARED, queue_length=0, questions_per_minute=6, upload_mb_per_hour=1, body_mb_per_minute=3)
    for group, settings in ((frequent_requests, few), (burst_requests, replace(SHARED, requests_per_s=1))):
        BUCKETS.forget()
        with tempfile.TemporaryDirectory() as folder:
            service, port = Service(store=RunStore(Path(folder), is_shared=True), settings=settings), free_port()
            with running_server(service, "127.0.0.1", port):
                record_answers(recorded, port, group(), {})
    BUCKETS.forget()
    return recorded


def record_answers(
    recorded: dict[str, list[Any]], port: int, rows: Iterable[Request], known: Mapping[str, str]
) -> None:
    """Add the answers of a server; a row that is sent several times has the last one."""
    for row in rows:
        if row.name in recorded:
            raise ValueError(f"two rows are named {row.name}")
        for time in range(row.most):
            recorded[row.name] = answer = send_request(port, fill_placeholders(row, {"{time}": str(time)}), known)
            if re.search("(wait|again in) N", str(answer[-1])):
                break


ROWS = (address_requests, body_requests, value_requests, file_requests, open_requests, class_requests)


def record() -> None:
    """Write the answers beside this file."""
    lines = [f"{json.dumps(name)}: {json.dumps(answer, ensure_ascii=False)}" for name, answer in answer_rows().items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def class_of(port: int) -> dict[str, str]:
    """Return a room with a pupil, and one at the step of its own things, by the names that stand in rows."""
    known: dict[str, str] = {}

    def act(name: str, key: str = "", **values: Any) -> Any:
        return json.loads(exchange(port, post(f"/a/{name}", values, "", X_Owner_Key=key))[2])

    for prefix, things in (("own_", True), ("", False)):
        room = act("open_room", has_things=things)
        joined = act("join", code=room["room"], nickname="Ada")
        given = {"room": room["room"], "key": room["key"], "token": joined["key"]}
        known |= {f"{{{prefix}{name}}}": str(each) for name, each in given.items()}
    for place in range(NUM_GIVING):
        joined = act("join", code=known["{own_room}"], nickname=f"pupil {place}")
        known[f"{{own_token{place}}}"] = str(joined["key"])
    stop = first_stop(OWN_STEP, STOPS_WITH_THINGS)
    act("go_to_stop", known["{own_key}"], code=known["{own_room}"], stop=stop)
    return known


def send_request(port: int, row: Request, known: Mapping[str, str]) -> list[Any]:
    """Return [status] or [status, what the sentence names]; a connection that is closed unanswered has status 0."""
    if row.raw is not None:
        return [raw_status(port, row.raw)]
    status, kind, text = exchange(port, fill_placeholders(row, known))
    if row.method == "POST" and status == 200 and row.path.startswith(f"{API}/call/"):
        event = json.loads(text)["event_id"]
        status, kind, text = exchange(port, get(f"{row.path}/{event}"))
    if re.search(r"Traceback \(most recent|root:x:", text):
        raise AssertionError(f"{row.name}: the answer leaks {text[:200]}")
    said = LIST.sub("...", WAIT.sub(r"\1 N", sentence(status, kind, text)))
    for name, value in known.items():
        said = said.replace(value, name)
    return [status, named_in(said)] if said else [status]


def named_in(said: str) -> str:
    """Return field and value of a sentence of ours, and the numbers that it allows; another text as it is."""
    if not OURS.match(said):
        return said
    if not (parts := re.fullmatch(r"(.+?): (.+)", said)):
        raise AssertionError(f"no line of a field and a reason: {said}")
    return " ".join([parts[1], *LIMIT.findall(parts[2])])


def fill_placeholders(row: Request, known: Mapping[str, str]) -> Request:
    """Return the row with values for the names in braces."""
    path, body, headers = row.path, row.body, dict(row.headers)
    for name, value in known.items():
        path = path.replace(name, value)
        body = body.replace(name.encode(), value.encode()) if body else body
        headers = {each: text.replace(name, value) for each, text in headers.items()}
    return replace(row, path=path, body=body, headers=headers)


def exchange(port: int, row: Request) -> tuple[int, str, str]:
    """Return status, media type and text of the answer to a row."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(row.method, row.path, skip_host="Host" in row.headers)
        is_chunked = "Transfer-Encoding" in row.headers
        length = {} if row.body is None or is_chunked else {"Content-Length": str(len(row.body))}
        for name, value in (length | dict(row.headers)).items():
            connection.putheader(name, value)
        with suppress(ConnectionError):  # refused by its head, while the body is still on its way
            connection.endheaders(row.body, encode_chunked=is_chunked)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode(errors="replace")
    finally:
        connection.close()


def raw_status(port: int, content: bytes) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(content)
            line = connection.recv(12)
        except ConnectionError:
            return 0
    return int(line[9:12] or 0)


def sentence(status: int, kind: str, text: str) -> str:
    """Return the sentence of an answer if it is one of this app, or the names of uploaded files, else nothing."""
    if "html" in kind:
        return "".join(re.findall(r"<h1[^>]*>(.*?)</h1>", text)[:1]) if status >= 400 else ""
    if match := re.search(r"^event: (?!heartbeat)(\w+)\ndata: (.*)$", text, re.MULTILINE):
        kind, text = "json", match[2] if match[1] == "error" else '["(an answer)"]'
    if "json" not in kind:
        return text if status >= 400 and OURS.match(text) else ""
    told = json.loads(text or "null")
    if isinstance(told, list):
        return " ".join(Path(each).name for each in told)
    match = (told.get("detail") or told.get("error") or "") if isinstance(told, dict) else ""
    said = str(match.get("sentence", "") if isinstance(match, dict) else match)
    return said if OURS.match(said) else ""
