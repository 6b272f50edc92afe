"""Attempts of strangers on a public server, one test each, against an app on loopback: sentences, and no effect.

The app runs as `EXPLORER_PUBLIC=1 make run` serves it, without a worker. `Stranger` talks to it as a program does, as
the page does (its private events too), and as curl does.
"""

import base64
import http.server
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image

from explorer.pages.app import build_app, launch_options
from explorer.presets import preset
from explorer.runs.files import write_json
from explorer.runs.store import RunFolder, RunStore
from explorer.service.rate_limit import RATES
from explorer.service.service import Service
from explorer.settings import LOCAL, SHARED, settings_for
from tests.unit.pages.visits import KEY, OTHER, Visit

WORDS_OF_A_FILE = "nobody-may-read-this"
MODELS = (
    "/etc/passwd", "local-dir:/tmp", "hf-hub:org/repo", "hf-hub:org/repo@main", "ViT-B-32/openai", "../things-bound",
    "models/checkpoints/things-bound", "things-bound/", "things-bound\x00", ".", "", "<img src=x>",
)  # fmt: skip
RUNS = ("../../etc", "..", ".", "", "/etc/passwd", "%2e%2e", "a/b", "a\\b", "A" * 5000, "run\x00", "<img src=x>", "*")
MARKUP = "<img src=x onerror=alert(1)>"


@dataclass
class Outside:
    """A web server that nobody but the explorer could be told to ask."""

    url: str
    asked: list[str] = field(default_factory=list)


@dataclass
class Stranger:
    """Somebody on the network, and what they cannot see: the app and its store."""

    url: str
    app: gr.Blocks
    service: Service
    store: RunStore
    client: Client
    http: httpx.Client
    secret: Path

    def refused(self, api_name: str, **arguments: Any) -> str:
        """The sentence by which an endpoint refuses."""
        with pytest.raises(AppError) as caught:
            self.client.predict(api_name=f"/{api_name}", **arguments)
        said = str(caught.value)
        assert said and "\n" not in said and len(said) < 500 and "Traceback" not in said
        return self.checked(said)

    def event(self, name: str, number: int = 0, *, data: Any = None, **values: Any) -> str:
        """The whole answer to a private event of the page, sent as its script sends it."""
        visit = Visit(self.app)
        listener = visit.listener(name, number)
        return self.raw_event(listener, visit.data_for(listener, values), data)

    def raw_event(self, listener: Any, sent: list[Any], data: Any = None) -> str:
        body = {"fn_index": listener._id, "data": sent, "event_data": data, "session_hash": "stranger"}
        if not listener.queue:
            return self.checked(self.http.post("/gradio_api/run/predict", json=body).text)
        joined = self.http.post("/gradio_api/queue/join", json=body)
        if joined.status_code != 200:
            return self.checked(joined.text)
        lines = []
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": "stranger"}) as stream:
            for line in stream.iter_lines():
                lines.append(line)
                if "process_completed" in line or "close_stream" in line:
                    break
        return self.checked("\n".join(lines))

    def checked(self, text: str) -> str:
        """`text`, after a look for what no answer may hold."""
        assert WORDS_OF_A_FILE not in text and "root:x:" not in text
        assert "Traceback (most recent" not in text and str(self.store.root) not in text
        return text


def said_in(answer: str) -> str:
    """The notes in an answer of the page."""
    return " ".join(unescape(each) for each in re.findall(r"<li>(.*?)</li>", answer.encode().decode("unicode_escape")))


def shown_as_html(listener: Any, answer: str) -> str:
    """Return the parts of an answer that a browser reads as markup: values of HTML components, not of text boxes.

    Those of the Workbench's columns are JSON for scripts, which put texts on the page as text.
    """
    found = re.findall(r"""^(?:data: )?({.*"data":.*})$""", answer, re.MULTILINE)
    records = [json.loads(each) for each in found]
    values = [record.get("output", record).get("data") or [] for record in records]
    return "".join(
        json.dumps(value)
        for data in values
        for block, value in zip(listener.outputs, data, strict=False)
        if isinstance(block, gr.HTML) and "${value}" in block.html_template
    )


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    folder = tmp_path_factory.mktemp("public")
    secret = folder / "secret.txt"
    secret.write_text(WORDS_OF_A_FILE)
    environ = {"EXPLORER_RUNS": str(folder / "runs"), "EXPLORER_PUBLIC": "1"}
    service = Service.here(None, environ)
    store = service.store
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOST", "GRADIO_SERVER_NAME", "SYSTEM", "SPACE_ID"):
            patch.delenv(name, raising=False)
        for name, value in environ.items():
            patch.setenv(name, value)
        app = build_app(service)
        options = launch_options(service)
        _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", **options)
        client = Client(url, verbose=False)
        with httpx.Client(base_url=url, timeout=60) as web:
            yield Stranger(url=url, app=app, service=service, store=store, client=client, http=web, secret=secret)
        client.close()
        app.close()


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """Nobody has asked for anything yet."""
    RATES.forget()
    yield
    RATES.forget()


Limits = Callable[..., None]


@pytest.fixture
def limit_to(stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Gives the running server other limits for one test."""

    def change(**limits: int) -> None:
        settings = replace(stranger.service.settings, **limits)  # type: ignore[arg-type]
        for part in (stranger.service, stranger.service.limiter):
            monkeypatch.setitem(vars(part), "settings", settings)

    return change


@pytest.fixture
def others(stranger: Stranger) -> RunFolder:
    """Somebody else's run, which waits."""
    return stranger.store.create(preset("web-like").spec, owner_key=OTHER)


@pytest.fixture
def outside() -> Iterator[Outside]:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(picture())

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Outside(url=f"http://127.0.0.1:{server.server_port}/bus.png", asked=asked)
    server.shutdown()
    thread.join()
    server.server_close()


def picture(width: int = 8, height: int = 8, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, "PNG")
    return file.getvalue()


def uri(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64," + base64.b64encode(data).decode()


# --- what is on ---


@pytest.mark.parametrize("environ", [{"EXPLORER_PUBLIC": "1"}, {"SYSTEM": "spaces"}, {"SPACE_ID": "a/b"}])
def test_it_is_on_by_a_variable_and_by_itself_on_a_space(environ: dict[str, str]) -> None:
    assert settings_for("127.0.0.1", environ) == replace(SHARED, forwarded="EXPLORER_PUBLIC" not in environ)
    assert settings_for(None, environ | {"EXPLORER_PUBLIC": "0"}).is_shared == (environ.get("EXPLORER_PUBLIC") is None)
    assert settings_for("127.0.0.1", {"EXPLORER_PUBLIC": ""}) == LOCAL


def test_each_limit_of_it_is_stricter() -> None:
    for name in ("runs_per_address", "runs_per_hour", "questions_per_minute", "requests_per_s", "open_requests",
                 "body_mb_per_minute", "sessions_per_hour"):  # fmt: skip
        assert getattr(SHARED, name) < getattr(LOCAL, name)
    assert not SHARED.any_start and SHARED.runs_per_address < SHARED.queue_length


# --- models ---


@pytest.mark.parametrize("model", MODELS)
def test_a_model_is_a_name_of_the_closed_list(stranger: Stranger, model: str) -> None:
    said = stranger.refused("score", model=model, images=[uri(picture())], captions=["a"])
    assert said.startswith("model=") and "choose a shipped model or a run" in said


@pytest.mark.parametrize("model", MODELS)
def test_a_run_starts_from_that_list_too(stranger: Stranger, model: str) -> None:
    said = stranger.refused("start_run", preset="web-like", init=model)
    assert said.startswith("init=")
    assert all(folder.spec_record()["train"]["init"] == "scratch" for folder in stranger.store.all())


@pytest.mark.parametrize("model", MODELS)
def test_the_page_asks_that_list_alone(stranger: Stranger, model: str) -> None:
    answer = stranger.event("ask", **{"probe-models": [model]})
    assert "choose a shipped model or a run" in said_in(answer) and "<img src=x>" not in answer


def test_the_list_holds_shipped_models_alone(stranger: Stranger, others: RunFolder) -> None:
    found = stranger.client.predict("", api_name="/models")
    assert {each["kind"] for each in found} == {"shipped"}
    assert others.run not in json.dumps(found)
    assert others.run not in stranger.event("offered", visitor=KEY)


# --- pictures ---


def not_pictures(outside: Outside, secret: Path) -> list[Any]:
    bomb = picture(9000, 9000, "1")
    assert len(bomb) < 200_000
    return [
        outside.url, f"file://{secret}", str(secret), "/etc/passwd", "", 7, None, {"path": str(secret)},
        {"path": str(secret), "url": outside.url, "meta": {"_type": "gradio.FileData"}},
        {"path": outside.url, "meta": {"_type": "gradio.FileData"}},
        uri(secret.read_bytes(), "text/plain"), uri(b"no picture at all"), uri(picture()[:40]), uri(bomb),
        uri(f"<svg xmlns='http://www.w3.org/2000/svg'><image href='{outside.url}'/></svg>".encode(), "image/svg+xml"),
        "data:image/png;base64,####", "data:image/png,abc", uri(b""),
        uri(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "image/eps"),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("place", range(19))
def test_what_is_no_picture_is_refused_by_name(stranger: Stranger, outside: Outside, place: int) -> None:
    given = not_pictures(outside, stranger.secret)[place]
    body = {"data": ["things-bound", [given], ["a red bus"]]}
    answer = stranger.http.post("/gradio_api/call/score", json=body)
    answer = stranger.http.get(f"/gradio_api/call/score/{answer.json()['event_id']}")
    assert "event: error" in stranger.checked(answer.text)
    assert outside.asked == []
    if not isinstance(given, dict):
        assert "images[0]" in answer.text


def test_that_list_is_tried_whole(outside: Outside, stranger: Stranger) -> None:
    assert len(not_pictures(outside, stranger.secret)) == 19


@pytest.mark.parametrize("count", [0, 17])
def test_pictures_are_counted(stranger: Stranger, count: int) -> None:
    said = stranger.refused("score", model="things-bound", images=[uri(picture())] * count, captions=["a"])
    assert said.startswith("images: give 1 to 16 pictures")


@pytest.mark.parametrize("name", ["looked", "ask"])
def test_the_page_opens_no_path_and_no_address(stranger: Stranger, outside: Outside, name: str) -> None:
    for path in (str(stranger.secret), outside.url, "/etc/passwd", f"file://{stranger.secret}", "../../../etc/passwd"):
        file = {"path": path, "url": outside.url, "meta": {"_type": "gradio.FileData"}, "orig_name": "a.png"}
        answer = stranger.event(name, **{"probe-files": [file]})
        assert '"success":true' not in answer.replace(" ", "") and "img src='data:" not in answer
    assert outside.asked == []


# --- numbers ---


@pytest.mark.parametrize(
    ("endpoint", "arguments", "words"),
    [
        ("scenes", {"preset": "web-like", "overrides": {}, "count": 10**9}, "count=1000000000: give a whole number"),
        ("scenes", {"preset": "web-like", "overrides": {}, "count": 49}, "count=49: give a whole number from 1 to 48"),
        ("scenes", {"preset": "web-like", "overrides": {}, "size": 10**6}, "size=1000000: give a whole number"),
        ("scenes", {"preset": "web-like", "overrides": {}, "count": -1}, "count=-1"),
        ("scenes", {"preset": "web-like", "overrides": {}, "seed": 2**70}, "seed="),
        ("scenes", {"preset": "web-like", "overrides": {"objects_in_image": 10**9}}, "objects_in_image="),
        ("scenes", {"preset": "web-like", "overrides": {"x" * 10_000: 1}}, "field=xxx"),
        ("start_run", {"preset": "web-like", "steps": 10**12}, "steps="),
        ("start_run", {"preset": "web-like", "steps": 2001}, "steps=2001: this server allows"),
        ("start_run", {"preset": "web-like", "overrides": {"batch_size": 4096}}, "batch_size=4096: this server allows"),
        ("start_run", {"preset": "web-like", "overrides": {"model": "large"}, "steps": 2000}, "steps=2000: this"),
        ("start_run", {"preset": "web-like", "overrides": {"steps": "9" * 9000}}, "steps="),
        ("run_status", {"run": "x", "since_step": -5}, "since_step=-5: give a whole number"),
        ("models", {"search": "x" * 101}, "search="),
        ("study", {"claim": "../../etc/passwd"}, "claim="),
        ("study", {"claim": "x" * 9999}, "claim="),
    ],
)  # fmt: skip
def test_a_number_or_a_name_out_of_range_is_one_sentence(
    stranger: Stranger, endpoint: str, arguments: dict[str, Any], words: str
) -> None:
    assert stranger.refused(endpoint, **arguments).startswith(words)


def dialed(preset: str = "binding-friendly", **values: Any) -> dict[str, Any]:
    """Event of the Data column."""
    return {"preset": preset, "values": values, "moved": "", "seq": 1, "start": 0}


def test_the_page_keeps_to_the_same_limits(stranger: Stranger) -> None:
    answer = stranger.event("started", visitor=KEY, data=dialed(steps=5000))
    assert "steps=5000: this server allows at most 2000" in said_in(answer)
    answer = stranger.event("moved", data=dialed(objects_in_image=10**9))
    assert "objects_in_image=1000000000: must be from 1 to 4" in answer


# --- captions and other free text ---


@pytest.mark.parametrize(
    "captions",
    [[], ["a"] * 33, ["x" * 301], [""], ["\x00\x01"], [7], ["a", None], "a red bus", {"a": 1}, ["\u200b" * 400]],
)
def test_captions_are_counted_and_measured(stranger: Stranger, captions: Any) -> None:
    body = {"data": ["things-bound", [uri(picture())], captions]}
    event = stranger.http.post("/gradio_api/call/score", json=body).json()["event_id"]
    answer = stranger.checked(stranger.http.get(f"/gradio_api/call/score/{event}").text)
    assert "event: error" in answer and "caption" in answer


@pytest.mark.parametrize("caption", ["x " * 5000, "a\x00b", "", 7, None, ["a"], "\n\n", "\u202e" * 9])
def test_a_caption_to_swap_is_a_line_of_text(stranger: Stranger, caption: Any) -> None:
    event = stranger.http.post("/gradio_api/call/swaps", json={"data": [caption, ""]}).json()["event_id"]
    answer = stranger.checked(stranger.http.get(f"/gradio_api/call/swaps/{event}").text)
    assert "caption" in answer and ("event: error" in answer or '"swaps": []' in answer)


def test_a_long_caption_is_not_scored(stranger: Stranger, others: RunFolder) -> None:
    (others.model).mkdir()
    (others.model / "open_clip_config.json").write_text("{}")
    answer = stranger.event("scored", **{"pick": others.run, "own-caption": "a red bus " * 1000})
    assert "give a text of 1 to 300 characters" in said_in(answer)


@pytest.mark.parametrize(
    ("event", "values", "data"),
    [
        ("typed", {"probe-caption": f"a red bus and a {MARKUP} car"}, None),
        ("ask", {"probe-caption": MARKUP, "probe-models": [MARKUP]}, None),
        ("listed", {"search": MARKUP}, None),
        ("listed", {"overlay": [MARKUP], "run": MARKUP}, None),
        ("picked", {"pick": MARKUP}, None),
        ("scored", {"own-caption": MARKUP, "pick": MARKUP}, None),
        ("moved", {}, dialed(saliency_bias=MARKUP)),
        ("moved", {}, dialed(MARKUP)),
        ("started", {}, dialed(learning_rate=MARKUP)),
        ("watched", {}, {"run": MARKUP, "known": MARKUP}),
    ],
)
def test_markup_in_a_text_comes_back_as_text(stranger: Stranger, event: str, values: dict[str, Any], data: Any) -> None:
    listener = Visit(stranger.app).listener(event)
    assert "<img src=x" not in shown_as_html(listener, stranger.event(event, data=data, **values))


def test_markup_in_an_address_and_in_the_teachers_form_too(stranger: Stranger) -> None:
    for path in ("teach", "about"):
        answer = stranger.http.get(f"/{path}", params={"question": f"'\">{MARKUP}", "preset": MARKUP, "run": MARKUP})
        assert answer.status_code == 200 and MARKUP not in answer.text


# --- whose run it is ---


@pytest.mark.parametrize("key", ["", "0" * 32, KEY, "' or 1=1", "x" * 10_000])
def test_a_guessed_key_stops_nothing(stranger: Stranger, others: RunFolder, key: str) -> None:
    said = stranger.refused("stop_run", run=others.run, owner_key=key)
    assert said.startswith("owner_key: is not that of run") and OTHER not in said
    assert others.status().status == "queued"


@pytest.mark.parametrize("event", ["stopped", "resumed", "removed"])
def test_nor_does_the_page(stranger: Stranger, others: RunFolder, event: str) -> None:
    own = {} if event == "stopped" else {"run": others.run}
    answer = stranger.event(event, visitor=KEY, data={"run": others.run}, **own)
    assert "owner_key: is not that of run" in said_in(answer)
    assert others.path.exists() and others.status().status == "queued"


def test_a_run_without_an_owner_is_nobodys_here(stranger: Stranger) -> None:
    folder = stranger.store.create(preset("web-like").spec)
    assert "owner_key" in stranger.refused("stop_run", run=folder.run, owner_key=KEY)


def test_other_peoples_runs_are_not_listed(stranger: Stranger, others: RunFolder) -> None:
    for event in ("listed", "arrive", "watched"):
        assert others.run not in stranger.event(event, visitor=KEY)


def test_a_report_names_no_folder(stranger: Stranger, others: RunFolder) -> None:
    write_json(
        others.path / "report.json",
        {"status": "finished", "metrics": {}, "folder": str(others.path), "model": str(others.model)},
    )
    stranger.checked(json.dumps(stranger.client.predict(others.run, api_name="/report")))


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS)
def test_a_run_is_no_path(stranger: Stranger, run: str) -> None:
    for endpoint, more in (("run_status", {}), ("report", {}), ("stop_run", {"owner_key": KEY})):
        assert stranger.refused(endpoint, run=run, **more).startswith("run=")
    assert "there is no such run" in said_in(stranger.event("picked", pick=run))


@pytest.mark.parametrize(
    "path",
    ["../../secret.txt", "..%2f..%2fsecret.txt", "%2e%2e/secret", "....//secret", "%00", "/etc/passwd", "a" * 3000],
)
def test_a_download_is_no_path(stranger: Stranger, path: str) -> None:
    for route in (f"/runs/{path}.zip", f"/explorer-assets/{path}", f"/runs/{path}"):
        answer = stranger.http.get(route)
        assert answer.status_code in (400, 404, 414), (route, answer.status_code)
        stranger.checked(answer.text)


# --- how much and how often ---


def test_one_key_has_two_runs_at_once(stranger: Stranger) -> None:
    for _ in range(SHARED.runs_per_owner):
        stranger.client.predict(preset="web-like", owner_key="a" * 32, api_name="/start_run")
    said = stranger.refused("start_run", preset="web-like", owner_key="a" * 32)
    assert said.startswith("runs=2: you already have 2 active runs")


def test_nobodys_key_has_two_too(stranger: Stranger, limit_to: Limits) -> None:
    limit_to(queue_length=1000, runs_per_owner=0)
    assert "you already have" in stranger.refused("start_run", preset="web-like")


def test_fresh_keys_do_not_fill_the_queue(stranger: Stranger, limit_to: Limits) -> None:
    limit_to(runs_per_address=3, queue_length=1000)
    for key in ("1" * 32, "2" * 32, "3" * 32):
        started = stranger.client.predict(preset="web-like", owner_key=key, api_name="/start_run")
    said = stranger.refused("start_run", preset="web-like", owner_key="4" * 32)
    assert said.startswith("runs=3: your IP address already has 3 active runs")
    stranger.client.predict(started["run"], started["owner_key"], api_name="/stop_run")
    stranger.client.predict(preset="web-like", owner_key="4" * 32, api_name="/start_run")


def test_starts_are_counted_by_the_hour(stranger: Stranger, limit_to: Limits) -> None:
    limit_to(runs_per_hour=2, queue_length=1000)
    for _ in range(2):
        started = stranger.client.predict(preset="web-like", api_name="/start_run")
        stranger.client.predict(started["run"], started["owner_key"], api_name="/stop_run")
    said = stranger.refused("start_run", preset="web-like")
    assert re.fullmatch(r"runs: this server answers 2 an hour from one address; wait \d+ s", said)
    assert "runs: this server answers 2 an hour" in said_in(stranger.event("started", visitor=KEY, data=dialed()))


def test_questions_are_counted_by_the_minute(stranger: Stranger, limit_to: Limits) -> None:
    limit_to(questions_per_minute=1)
    stranger.client.predict(preset="web-like", overrides={}, count=1, size=16, api_name="/scenes")
    said = stranger.refused("score", model="things-bound", images=[uri(picture())], captions=["a"])
    assert said.startswith("questions: this server answers 1 a minute from one address")
    assert "questions: this server" in said_in(stranger.event("ask"))


def test_the_queue_is_full_for_all(stranger: Stranger, limit_to: Limits) -> None:
    limit_to(queue_length=0)
    assert stranger.refused("start_run", preset="web-like").startswith("queue=")


def test_a_run_from_a_file_is_not_taken(stranger: Stranger) -> None:
    before = stranger.store.all()
    sent = stranger.http.post("/gradio_api/upload", files={"files": ("run.zip", b"PK")}).json()[0]
    file = {"path": sent, "meta": {"_type": "gradio.FileData"}, "orig_name": "run.zip"}
    answer = stranger.event("brought", visitor=KEY, **{"import": file})
    assert "this server takes no runs from files" in said_in(answer)
    assert stranger.store.all() == before


# --- Gradio's own routes ---


@pytest.mark.parametrize(
    "prefix", ["/gradio_api/file=", "/file=", "/gradio_api/file/", "/static/", "/assets/", "/svelte/"]
)
def test_no_file_of_the_server_is_served(stranger: Stranger, prefix: str) -> None:
    root = Path(__file__).parents[3]
    for path in (stranger.secret, "/etc/passwd", root / "app.py", "../../../../../../etc/passwd", "app.py",
                 f"file://{stranger.secret}", stranger.store.root):  # fmt: skip
        answer = stranger.http.get(f"{prefix}{path}")
        assert answer.status_code >= 300, (prefix, path)
        # That it repeats the path it was asked for tells nothing.
        assert "build the page" not in stranger.checked(answer.text.replace(str(path), ""))


def test_an_address_behind_file_is_not_fetched(stranger: Stranger, outside: Outside) -> None:
    for route in (f"/gradio_api/file={outside.url}", f"/gradio_api/proxy={outside.url}", f"/proxy={outside.url}"):
        assert stranger.http.get(route).status_code >= 300
    assert outside.asked == []


@pytest.mark.parametrize(
    "route",
    ["deep_link?session_hash=stranger", "gradio_api/deep_link?session_hash=stranger", "monitoring",
     "monitoring/summary", "monitoring/x", "gradio_api/custom_component/x/client/y/z",
     "gradio_api/stream/a/b/c/playlist.m3u8", "gradio_api/proxy=https://a.hf.space/x", "gradio_api/vibe-code/",
     "gradio_api/run-history/buckets"],
)  # fmt: skip
def test_what_the_page_does_not_use_is_closed(stranger: Stranger, route: str) -> None:
    assert stranger.http.get(f"/{route}").status_code == 404
    assert stranger.http.post(f"/{route}").status_code in (404, 405)


def test_an_upload_stays_in_its_folder(stranger: Stranger) -> None:
    sent = stranger.http.post("/gradio_api/upload", files={"files": ("../../../../tmp/evil.png", picture())})
    (path,) = sent.json()
    assert ".." not in path and Path(path).name == "evil.png" and not Path("/tmp/evil.png").exists()


def test_a_large_upload_is_refused(stranger: Stranger) -> None:
    sent = stranger.http.post("/gradio_api/upload", files={"files": ("big.png", bytes(21_000_000))})
    assert sent.status_code == 413


def test_an_upload_that_is_no_picture_is_told(stranger: Stranger) -> None:
    (path,) = stranger.http.post("/gradio_api/upload", files={"files": ("a.png", b"MZ no picture")}).json()
    file = {"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "a.png"}
    assert "it is no picture of a kind that is read" in stranger.event("looked", **{"probe-files": [file]})


def test_nobody_elses_page_may_read_answers(stranger: Stranger) -> None:
    answer = stranger.http.get("/config", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


JUNK: tuple[Any, ...] = (
    None, -1, 1e308, "x" * 2000, "../../../etc/passwd", MARKUP, [], {}, [[MARKUP]], {"path": "/etc/passwd"}, True,
)  # fmt: skip


def test_junk_to_every_listener_is_no_leak(stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {folder.run for folder in stranger.store.all()}
    for place, listener in enumerate(list(stranger.app.fns.values())):
        if listener.fn is None or listener.api_name in ("score", "start_run", "models"):
            continue
        for junk in (JUNK[place % len(JUNK)], JUNK[(place + 5) % len(JUNK)]):
            answer = stranger.raw_event(listener, [junk] * len(listener.inputs), {"x": junk})
            assert MARKUP not in shown_as_html(listener, answer), listener.name
        RATES.forget()
    assert {folder.run for folder in stranger.store.all()} == before
