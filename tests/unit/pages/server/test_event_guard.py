"""Events of strangers: bodies are bounded and forgotten, and one that names no event is answered by a sentence."""

import asyncio
import base64
import io
import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client
from PIL import Image

from explorer.pages.server import event_guard
from explorer.pages.server.event_guard import Listeners, held_bytes
from tests.web.served import Served, served

MB = 1_000_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The public app; bytes are not counted by the hour, so that what is held in memory shows."""
    free = {"EXPLORER_UPLOAD_MB_PER_HOUR": "1000000", "EXPLORER_BODY_MB_PER_MINUTE": "1000000"}
    with served(tmp_path_factory.mktemp("events"), **free, EXPLORER_SESSIONS_PER_HOUR="40") as found:
        yield found


@pytest.fixture(scope="module")
def numbers(app: Served) -> dict[str, int]:
    """The number of each published function."""
    return {each["api_name"]: each["id"] for each in app.get("/config").json()["dependencies"] if each["api_name"]}


@pytest.fixture(scope="module")
def unheard(app: Served) -> tuple[str, float]:
    """An event to which nobody listens, and when it was sent; asked for early, so that other tests run meanwhile."""
    return post(app, "call/scenes", {"data": ["web-like", {}, 48, 0, 256]}).json()["event_id"], time.monotonic()


def post(app: Served, path: str, body: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(f"{app.url}/gradio_api/{path}", content=content, timeout=120,
                      headers={"Content-Type": "application/json"})  # fmt: skip


def noise(width: int) -> str:
    """A picture that does not compress, as a data URI."""
    pixels = np.random.default_rng(0).integers(0, 256, (width, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


@pytest.mark.slow
@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize(
    ("path", "function", "count", "size"),
    [("queue/join", "scenes", 100, 12), ("queue/join", "score", 5, 60), ("run/predict", "scenes", 4, 60),
     ("call/scenes", "scenes", 4, 60), ("call/score", "score", 5, 60), ("queue/data", "scenes", 4, 60)],
)  # fmt: skip
def test_large_bodies_are_not_kept(
    app: Served, numbers: dict[str, int], path: str, function: str, count: int, size: int
) -> None:
    """Sent by three at once, with nobody who listens to their answers."""
    before, text = app.rss_mb(), "x" * (size * MB)
    data = ["web-like", {"a": text}, 3, 0, 64] if function == "scenes" else ["things-bound", [text], ["a"]]
    content = json.dumps({"data": data, "fn_index": numbers[function], "session_hash": "s"}).encode()

    def send(_: int) -> int:
        try:
            return post(app, path, content).status_code
        except httpx.HTTPError:
            return 0  # refused by its head, and the connection closed

    most = 0.0
    with ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(send, number) for number in range(count)]
        while not all(each.done() for each in waiting):
            most = max(most, app.rss_mb())
            time.sleep(0.05)
    statuses = {each.result() for each in waiting}
    assert statuses <= ({200, 503} if function == "score" else {0, 404, 405, 413})
    deadline = time.monotonic() + 20
    while app.rss_mb() > before + 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert app.rss_mb() < before + 200, (before, most)
    assert most < before + 500
    assert app.get("/config").status_code == 200


@pytest.mark.slow
def test_a_million_small_values_are_not_parsed(app: Served, numbers: dict[str, int]) -> None:
    before = app.rss_mb()
    body = b'{"fn_index": %d, "session_hash": "s", "data": [' % numbers["score"] + b"[]," * (10 * MB) + b"0]}"
    answer = post(app, "queue/join", body)
    assert answer.status_code == 413 and "parts" in answer.json()["detail"]
    assert app.rss_mb() < before + 100


@pytest.mark.slow
def test_pictures_in_a_body_are_scored_as_before(app: Served) -> None:
    client = Client(app.url, verbose=False)
    picture = noise(1000)
    assert len(picture) > 3 * MB
    found = client.predict("things-bound", [picture], ["a red bus", "a blue bus"], api_name="/score")
    assert len(found["cosine"][0]) == 2
    client.close()


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("queue/join", {"fn_index": 99999, "data": [], "session_hash": "a"}, 404, "fn_index=99999: this page has no"),
        ("queue/join", {"fn_index": -1, "data": [], "session_hash": "a"}, 404, "fn_index=-1: this page has no"),
        ("queue/join", {"fn_index": "x", "data": [], "session_hash": "a"}, 404, "fn_index=x: this page has no"),
        ("queue/join", {"data": [], "session_hash": "a"}, 404, "fn_index=nothing: this page has no"),
        ("run/predict", {"fn_index": 99999, "data": []}, 404, "fn_index=99999: this page has no"),
        ("api/nothing", {"data": []}, 404, "api_name=nothing: this page has no"),
        ("call/nothing", {"data": []}, 404, "api_name=nothing: this page has no"),
        ("call/v2/nothing", {}, 404, "api_name=nothing: this page has no"),
        ("call/score", {"data": []}, 400, "data: the event score takes a list of 3 values, not 0 values"),
        ("call/score", {"data": "abc"}, 400, "data: the event score takes a list of 3 values, not abc"),
        ("call/score", b"{", 400, "body: is not JSON."),
        ("call/score", b"[" * 100_000, 400, "body: is not JSON."),
        ("call/score", [1], 400, "body: give a JSON object."),
        ("queue/join", {"fn_index": 0, "data": [0] * 99, "session_hash": "s" * 65}, 400, "session_hash="),
        ("queue/join", {"fn_index": 0, "data": [0] * 99, "session_hash": {}}, 400, "session_hash="),
    ],
)  # fmt: skip
def test_what_is_no_event_is_a_sentence(app: Served, path: str, body: Any, status: int, said: str) -> None:
    before = len(app.log())
    answer = post(app, path, body)
    assert answer.status_code == status and answer.json()["detail"].startswith(said)
    assert len(app.log()) == before


@pytest.mark.parametrize("given", [{"path": "/etc/passwd"}, {"path": "a.png", "meta": {"_type": "gradio.FileData"}}])
def test_a_dictionary_for_a_picture_is_a_sentence(app: Served, given: Any, numbers: dict[str, int]) -> None:
    before = len(app.log())
    data = ["things-bound", [given], ["a red bus"]]
    event = post(app, "call/score", {"data": data}).json()["event_id"]
    answer = app.get(f"/gradio_api/call/score/{event}")
    assert "event: error" in answer.text and "images[0]" in answer.text
    direct = post(app, "run/predict", {"fn_index": numbers["score"], "data": data})
    assert direct.status_code == 404 or "images[0]" in direct.text
    assert "Traceback" not in app.log()[before:]


def test_pages_are_counted_by_address(app: Served) -> None:
    body = {"fn_index": 0, "data": [None] * 200}
    answers = [post(app, "run/predict", body | {"session_hash": f"many{number}"}) for number in range(45)]
    assert [each.status_code for each in answers].count(429) >= 5
    assert answers[-1].json()["detail"].startswith("sessions: this server opens 40 pages an hour from one address")


@pytest.mark.slow
def test_an_address_that_a_stranger_wrote_is_not_believed(tmp_path: Path) -> None:
    few = {"EXPLORER_REQUESTS_PER_S": "1"}  # and ten times as many at once: 90 of them, however slowly, are too many
    random_address = lambda: ".".join(str(random.randrange(1, 220)) for _ in range(4))  # noqa: E731
    with served(tmp_path, **few) as app:
        answers = [app.get("/app_id", headers={"X-Forwarded-For": random_address()}) for _ in range(90)]
        assert [each.status_code for each in answers].count(429) > 20


@pytest.mark.slow
def test_behind_a_proxy_of_ones_own_it_is(tmp_path: Path) -> None:
    with served(tmp_path, EXPLORER_REQUESTS_PER_S="1", EXPLORER_FORWARDED="1") as app:
        answers = [app.get("/app_id", headers={"X-Forwarded-For": f"1.2.3.4, 8.8.8.{number}"}) for number in range(90)]
        assert 429 not in [each.status_code for each in answers]
        answers = [app.get("/app_id", headers={"X-Forwarded-For": f"1.2.3.{number}, 9.9.9.9"}) for number in range(90)]
        assert [each.status_code for each in answers].count(429) > 20


def test_a_session_is_unheard_after_a_while_without_a_stream() -> None:
    now = [0.0]
    listeners = Listeners(lambda: now[0])
    assert listeners.unheard({"a", "b"}) == []
    with listeners.listening("a"):
        now[0] = event_guard.UNHEARD_S
        assert listeners.unheard({"a", "b"}) == ["b"]
    assert listeners.unheard({"a"}) == []
    now[0] *= 2
    with listeners.listening("a"):
        pass
    assert listeners.unheard({"a"}) == []
    now[0] *= 2
    assert listeners.unheard({"a"}) == ["a"]


@pytest.mark.slow
def test_an_event_that_nobody_hears_is_dropped(app: Served, unheard: tuple[str, float]) -> None:
    event, sent = unheard
    dropped = sent + event_guard.UNHEARD_S + 2 * event_guard.SWEEP_S + 1
    time.sleep(max(0.0, dropped - time.monotonic()))
    answer = app.get(f"/gradio_api/call/scenes/{event}")
    assert answer.status_code == 404 and answer.json()["detail"].endswith("is not known or over.")


def test_bytes_of_waiting_events_are_added_up() -> None:
    def event(size: int) -> Any:
        return SimpleNamespace(request=SimpleNamespace(scope={"explorer.held_bytes": size} if size else {}))

    queue = SimpleNamespace(event_ids_to_events={"a": event(3), "b": event(0), "c": event(4)})
    assert held_bytes(SimpleNamespace(_queue=queue)) == 7


def test_a_dropped_session_leaves_nothing() -> None:
    from gradio.queueing import Queue
    from gradio.state_holder import StateHolder

    async def drop() -> None:
        queue = Queue(live_updates=False, concurrency_count=1, update_intervals=1, max_size=None, blocks=None)  # type: ignore[arg-type]
        queue.pending_messages_per_session["a"] = asyncio.Queue()
        queue.pending_event_ids_session["a"] = {"e"}
        holder = StateHolder()
        holder.session_data["a"] = holder.session_data["b"] = None  # type: ignore[assignment]
        await event_guard.drop_session(SimpleNamespace(_queue=queue, state_holder=holder), "a")
        assert list(holder.session_data) == ["b"]
        assert "a" not in queue.pending_messages_per_session and "a" not in queue.pending_event_ids_session

    asyncio.run(drop())
