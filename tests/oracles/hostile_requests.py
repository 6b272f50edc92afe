"""Requests that no page of the app sends, a kind a function; `hostile.py` sends them and keeps the answers."""

import base64
import io
import json
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from PIL import Image

from explorer.classroom.stops import first_stop
from tests.own_worlds import NAMED, PLACED, REFUSED, SQUARE, TEXTS

API = "/gradio_api"
JSON = "application/json"
KEY, TOKEN = "0" * 32, "f" * 32
MARKUP = "<img src=x onerror=alert(1)>"
LONG = "A" * 5000
SCENE, FOOL_STOP = "submarine,yellow@20,14,1000;bus,blue@48,48,1000", first_stop("fool")
NUM_GIVING = 8
"""Pupils who give things that are none."""
BROKEN = "http://[evil"
"""An origin that is no address: Python's parser refuses its host."""
PATHS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/secret",
    "....//secret",
    "%00",
    "/etc/passwd",
    "a" * 3000,
)
NAMES = ("../../etc", "..", ".", "", "/etc/passwd", "%2e%2e", "a/b", "a\\b", LONG, "run\x00", MARKUP, "*")
MODELS = (
    "local-dir:/tmp",
    "hf-hub:org/repo",
    "ViT-B-32/openai",
    "../things-bound",
    "things-bound/",
    "things-bound\x00",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One row; `raw` is sent as it is instead, and `most` times, by the number {time}, until the first refusal."""

    path: str = ""
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    raw: bytes | None = None
    most: int = 1

    @property
    def name(self) -> str:
        """The key of its answer."""
        path = re.sub(r"(.)\1{60,}", lambda run: f"{run[1]}*{len(run[0])}", self.path)
        where = f"{self.method} {path}" if self.raw is None else "raw"
        return f"{where} ({self.note})" if self.note else where


def get(path: str, note: str = "", **headers: str) -> Request:
    return Request(path=path, note=note, headers=name_headers(headers))


def name_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def post(path: str, body: Any, note: str, **headers: str) -> Request:
    """A body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(
        path=path, method="POST", body=content, note=note, headers=name_headers({"Content_Type": JSON} | headers)
    )


def call(name: str, *data: Any, note: str) -> Request:
    """An endpoint of the app with values in their order."""
    return post(f"{API}/call/{name}", {"data": list(data)}, note)


def head(line: str, note: str, *lines: str) -> Request:
    """A request of which only the head is sent."""
    return Request(raw="\r\n".join([line, "Host: a", *lines, "", ""]).encode("latin-1"), note=note)


def picture(width: int = 8, height: int = 8, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, "PNG")
    return file.getvalue()


def jpeg_of_endless_scans() -> bytes:
    """A progressive JPEG with passes that add nothing, of some bytes each."""
    file = io.BytesIO()
    Image.new("L", (64, 64)).save(file, "JPEG", progressive=True)
    content = file.getvalue()
    return content[:-2] + content[content.rfind(b"\xff\xda") : -2] * 1000 + content[-2:]


def gif_of_endless_comments() -> bytes:
    """Pillow joins comments one by one, which took minutes for some megabytes of them."""
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "GIF")
    content = file.getvalue()
    start = content.index(b"\x2c\0\0\0\0")  # of the picture
    return content[:start] + b"!\xfe\1x\0" * 20_000 + content[start:]


def png_of_endless_texts() -> bytes:
    text = struct.pack(">I", 3) + b"tEXtk\0v"
    text += struct.pack(">I", zlib.crc32(text[4:]))
    return picture()[:33] + text * 20_000 + picture()[33:]


def jpeg_with_tags(tags: bytes) -> bytes:
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG", exif=b"Exif\0\0" + tags)
    return file.getvalue()


def uri(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64," + base64.b64encode(data).decode()


def files(name: str, content: bytes, note: str) -> Request:
    """An upload of one file."""
    form = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    kind = "multipart/form-data; boundary=x"
    return post(f"{API}/upload", form + content + b"\r\n--x--\r\n", note, Content_Type=kind)


def address_requests() -> Iterator[Request]:
    """Files of the server, unknown pages, closed routes of the host, and methods that a route does not take."""
    for prefix in (f"{API}/file=", "/file=", "/static/", "/assets/", "/svelte/"):
        for path in ("/etc/passwd", f"{'../' * 6}etc/passwd", "app.py", "file:///etc/passwd", "http://127.0.0.1:9/"):
            yield get(prefix + path)
    for path in PATHS:
        for where in ("/runs/{}.zip", "/runs/{}.html", "/runs/{}", "/explorer-assets/{}", "/study/{}.svg",
                      "/explorer-assets/engine/models/{}.json", "/explorer-assets/engine/weights/{}/0.safetensors",
                      "/explorer-assets/engine/atlas/{}"):  # fmt: skip
            yield get(where.format(path))
    for path in ("deep_link?session_hash=s", "gradio_api/deep_link?session_hash=s", "monitoring", "monitoring/summary",
                 "gradio_api/custom_component/x/client/y/z", "gradio_api/stream/a/b/c/playlist.m3u8", "/gradio_api/x",
                 "gradio_api/proxy=https://a.hf.space/x", "proxy=http://127.0.0.1:9/", "/gradio_api/proxy=http://a",
                 "gradio_api/vibe-code/", "gradio_api/run-history/buckets", "gradio_api/component_server",
                 "gradio_api/process_recording", "gradio_api/dev/reload", "gradio_api/mcp/sse",
                 "gradio_api/mcp/messages/"):  # fmt: skip
        yield get(f"/{path}")
        yield post(f"/{path}", {}, "empty object")
    for path in ("config", "config/", "gradio_api/config", "//config", "config/..%2f..", "openapi.json", "docs",
                 "redoc", "gradio_api/openapi.json", "gradio_api/info", "info", "token", "login", "logout", "user",
                 "login_check", "gradio_api/app_id", "robots.txt", "manifest.json", "theme.css?v=../../etc",
                 "nothing", "nothing/"):  # fmt: skip
        yield get(f"/{path}")
    for path in ("/nothing", "/v/about.json", "/config", "/page/0/page/app.js", f"{API}/queue/data"):
        yield get(f"{path}?{'&' * 300}", "many parts", Accept="text/html")
    yield get("/v/about.json", "many headers", **{f"X_{number}": "1" for number in range(150)})
    yield get("/class/plam/<b>", "of a person", Accept="text/html")
    yield get("/nothing?lang=zh", "of a person", Accept="text/html")
    yield get("/runs/no-such-run.zip")
    yield get("/explorer-assets/engine/worlds/moon.json")
    for path in ("/", "/about", "/lesson", "/class", "/teach", "/nothing", "/config", "/runs/no-such-run.zip"):
        yield Request(method="HEAD", path=path)
    for path in ("/", "/about", "/lesson", "/class/state", "/runs/a.zip", "/config", "/study/density.svg"):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
            yield Request(method=method, path=path)
    for path in (f"{API}/queue/join", f"{API}/run/predict", f"{API}/call/scenes", f"{API}/upload", "/class/open",
                 f"{API}/call/scenes/0123", f"{API}/call/score/%00", f"{API}/queue/data",
                 f"{API}/queue/data?session_hash=unknown", f"{API}/queue/data?session_hash=%ff",
                 f"{API}/heartbeat/"):  # fmt: skip
        yield get(path)
    for query in (f"?preset={'x' * 3000}", "?x=%ff%fe&steps=%zz", f"?preset={MARKUP}".replace(" ", "%20"), "?run=%00",
                  "?tab=../../etc&lang=xx&view=7&dials=,,&scene=%ff", "?__theme=../x",
                  "?__sign=a&logs=container"):  # fmt: skip
        for page in ("/", "/teach", "/about", "/lesson", "/class", "/class/plan"):
            yield get(page + query)
    yield get("/config", "foreign origin", Origin="https://evil.example")
    yield get("/config", "broken origin", Origin=BROKEN)
    yield get("/config", "forwarded host", X_Forwarded_Host="evil.example", X_Gradio_Server="http://evil.example")
    yield get("/", "other host", Host="evil.example")
    yield get("/", "forwarded", X_Forwarded_For="1.2.3.4", X_Forwarded_Host="evil.example", X_Forwarded_Proto="gopher")


def body_requests() -> Iterator[Request]:
    """Bodies that are no event, none of this page, too large or of a wrong type."""
    join, score = f"{API}/queue/join", f"{API}/call/score"
    for number in (99999, -1, "x", None, True, 1.5, {}):
        yield post(join, {"fn_index": number, "data": [], "session_hash": "a"}, f"fn_index {number}")
    yield post(f"{API}/run/predict", {"fn_index": 99999, "data": []}, "fn_index 99999")
    for path in ("api/nothing", "call/nothing", "call/v2/nothing", "run/nothing", "call/..%2fscenes", "call/%00"):
        yield post(f"{API}/{path}", {"data": []}, "unknown event")
    for session in ("s" * 65, {}, "", 7):
        yield post(join, {"fn_index": 0, "data": [0] * 99, "session_hash": session}, f"session {str(session)[:3]}")
    # Such a question that was taken would leave every later one in the memory.
    yield post(f"{API}/call/swaps", {"data": [""], "session_hash": "\ud800"}, "session of half a character")
    for note, body in {"no values": {"data": []}, "text": {"data": "abc"}, "cut": b"{", "deep": b"[" * 100_000,
                       "list": [1], "empty": b"", "not UTF-8": b'{"data": ["\xff"]}', "NaN": b'{"data": [NaN]}',
                       "NUL": b"\0", "deep object": b'{"data":' * 5000, "no data": {}}.items():  # fmt: skip
        yield post(score, body, note)
    yield post(f"{API}/call/v2/scenes", {"preset": "web-like", "overrides": {}, "nothing": 1}, "unknown parameter")
    yield post(f"{API}/call/v2/scenes", {"overrides": {}}, "missing parameter")
    yield post(f"{API}/call/v2/swaps", {"caption": {"path": "/etc/passwd"}, "kinds": []}, "wrong types")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        yield post(f"{API}/call/swaps", b'{"data": ["", ""]}', f"type {kind or 'none'}", Content_Type=kind)
    yield post(f"{API}/call/swaps", {"data": ["", ""]}, "foreign origin", Origin="https://evil.example")
    yield post(f"{API}/call/swaps", {"data": ["", ""]}, "broken origin", Origin=BROKEN)
    for name in ("delete", "stop", "train", "resume"):
        for where in (f"call/{name}", f"call/v2/{name}"):
            yield post(f"{API}/{where}", {"data": ["x", KEY]}, "an act from elsewhere", Sec_Fetch_Site="cross-site")
    for note, body in {"deep": b"[" * 100_000, "deep and whole": b"[" * 500 + b"]" * 500, "cut": b"{"}.items():
        yield post(f"{API}/mcp/", body, f"tools, {note}")
    for where in ("mcp", "mcp/", "mcp/http"):
        yield post(f"{API}/{where}", {}, "tools from elsewhere", Origin="https://evil.example")
    yield post(score, b'{"data": [' + b"[]," * 600_000 + b"0]}", "a million parts")
    for path in ("/a/join", f"{API}/call/swaps", f"{API}/call/v2/swaps", f"{API}/mcp/"):
        yield post(path, b'{"caption": [' + b"[]," * 300_000 + b"0]}", "many parts")
    small, large = (f"{API}/queue/data", "/", "/class/open", f"{API}/call/scenes"), (f"{API}/upload", score, join)
    for path, length in {**dict.fromkeys(small, 1_000_001), **dict.fromkeys(large, 100_000_001)}.items():
        for said in (length, -1, "9" * 40, "x", "1, 2"):
            lines = (f"Content-Type: {JSON}", f"Content-Length: {said}")
            yield head(f"POST {path} HTTP/1.1", f"{path}, length {said}", *lines)
    for line in ("GET / HTTP/9.9", "GET  / HTTP/1.1", "G\0T / HTTP/1.1", "GET /\x01 HTTP/1.1", "nonsense",
                 "GET /a b HTTP/1.1"):  # fmt: skip
        yield head(line, repr(line))
    yield head("GET / HTTP/1.1", "a long header", f"X: {'x' * 200_000}")
    yield head("POST / HTTP/1.1", "two lengths", "Content-Length: 1", "Content-Length: 2")
    for path in ("/a/train", score, join):
        yield head(f"POST {path} HTTP/1.1", f"{path}, a length and chunks", f"Content-Type: {JSON}",
                   "Content-Length: 2", "Transfer-Encoding: chunked")  # fmt: skip
    yield head("GET /config HTTP/1.1", "websocket", "Upgrade: websocket", "Connection: Upgrade",
               "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")  # fmt: skip
    yield Request(raw=b"", note="silent")
    yield Request(raw=b"GET / HTTP/1.1\r\nHost: a\r\n", note="half a head")
    yield head(f"POST {join} HTTP/1.1", "no body", f"Content-Type: {JSON}", "Content-Length: 900000")
    yield files("../../../../tmp/evil.png", picture(), "a path for a name")
    yield files("big.png", bytes(21_000_000), "large")
    yield files("a\0.png", picture(), "NUL in the name")
    yield files("n" * 400 + ".png", picture(), "a long name")
    yield post(f"{API}/upload", b"x", "no form")
    yield post(f"{API}/upload", {}, "JSON")


def value_requests() -> Iterator[Request]:
    """Values out of range of the published endpoints."""
    yield from picture_requests()
    yield from caption_requests()
    yield from recipe_requests()
    yield from run_requests()


def picture_requests() -> Iterator[Request]:
    """Models and pictures that are none, and words without an end."""
    for place, model in enumerate(("/etc/passwd", MARKUP, ".", "", *MODELS)):
        yield call("score", model, [uri(picture())], ["a"], note=f"model {place}")
        yield call("train", "web-like", {}, model, note=f"init {place}")
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1:9/'/></svg>"
    images = [
        "http://127.0.0.1:9/a.png", "file:///etc/passwd", "/etc/passwd", "", 7, None, {"path": "/etc/passwd"},
        {"path": "http://127.0.0.1:9/", "url": "http://127.0.0.1:9/", "meta": {"_type": "gradio.FileData"}},
        uri(b"words", "text/plain"), uri(b"no picture"), uri(picture()[:40]), uri(picture(9000, 9000, "1")),
        uri(picture(70_000, 1, "1")), uri(svg, "image/svg+xml"), "data:image/png;base64,####", "data:image/png,abc",
        uri(b""), uri(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "image/eps"),
        uri(jpeg_of_endless_scans(), "image/jpeg"), uri(jpeg_with_tags(b"no tags"), "image/jpeg"),
        uri(gif_of_endless_comments(), "image/gif"), uri(png_of_endless_texts()),
    ]  # fmt: skip
    for place, image in enumerate(images):
        yield call("score", "things-bound", [image], ["a"], note=f"picture {place}")
    endless = [[0, 0], [0, 10**400]]
    yield call("score", "things-bound", [uri(picture())], ["a"], 0, False, None, None, endless, note="an endless place")
    added = {"added": [[0, "(" * 90_000]]}
    yield call("swaps", "a red bus and a blue car", "", added, note="a long word that is added")
    for note, record in {
        "a noun of many words": {"caption": "a dog", "objects": ["a " * 4000]},
        "many objects and words": {"caption": "A dog. " * 1400, "objects": [f"cat{number}" for number in range(100)]},
    }.items():
        yield call("captions", (json.dumps(record) + "\n") * 20, "own.jsonl", note=note)
    for count in (0, 17):
        yield call("score", "things-bound", [uri(picture())] * count, ["a"], note=f"{count} pictures")


def caption_requests() -> Iterator[Request]:
    """Captions that cannot be read, and kinds of swaps."""
    captions = ([], ["a"] * 33, ["x" * 301], [""], ["\0\1"], [7], ["a", None], "a red bus", {"a": 1}, ["\u200b" * 400])
    for place, given in enumerate(captions):
        yield call("score", "things-bound", [uri(picture())], given, note=f"captions {place}")
    for place, caption in enumerate(("x " * 5000, "a\0b", "", 7, None, ["a"], "\n\n", "\u202e" * 9, MARKUP)):
        yield call("swaps", caption, "", note=f"caption {place}")
    yield call("swaps", "a red bus and a blue car", "color,nothing", note="kinds")


def recipe_requests() -> Iterator[Request]:
    """Dials, recipes, budgets and worlds of one's own."""
    for place, (overrides, more) in enumerate((
        ({}, [10**9]), ({}, [49]), ({}, [-1]), ({}, ["x"]), ({}, [True]), ({}, [3, 2**70]), ({}, [3, -1]),
        ({}, [3, 0, 10**6]), ({}, [3, 0, 17]), ({"objects_in_image": 10**9}, []), ({"x" * 10_000: 1}, []),
        ({"saliency_bias": MARKUP}, []), ({"attribute_kinds": [MARKUP]}, []), ({"world": "../x"}, []), ([], []),
        ("x", []), (None, []), ({"steps": 1e308}, []),
    )):  # fmt: skip
        yield call("scenes", "web-like", overrides, *more, note=f"values {place}")
    for place, name in enumerate((MARKUP, "../x", "", 7, None, [], "x" * 9999)):
        yield call("scenes", name, {}, note=f"preset {place}")
        yield call("study", name, note=f"claim {place}")
        yield call("models", name, note=f"search {place}")
    for place, (overrides, steps) in enumerate((
        ({}, 10**12), ({}, 2001), ({"batch_size": 4096}, 9), ({"model": "large"}, 2000), ({"steps": "9" * 9000}, None),
        ({}, 0), ({"model": "../x"}, 9),
    )):  # fmt: skip
        yield call("train", "web-like", overrides, "scratch", "all", steps, note=f"values {place}")
    for note, (world, _) in REFUSED.items():
        sent = json.dumps({"preset": "web-like", "world": world}).encode()
        yield post("/a/train", sent, f"world, {note}")
    for note, (world, _) in TEXTS.items():
        yield post("/a/train", b'{"preset": "web-like", "world": ' + world + b"}", f"text of a world, {note}")


def run_requests() -> Iterator[Request]:
    """Keys and names of runs, and what the lesson asks."""
    for key in ("' or 1=1", "x" * 10_000, 7):
        yield call("train", "web-like", {}, "scratch", "all", 5, 0, key, note=f"key {str(key)[:3]}")
    for place, name in enumerate((*NAMES, 7, None, {})):
        yield call("run_status", name, 0, note=f"run {place}")
        yield call("report", name, note=f"run {place}")
        yield call("stop", name, KEY, note=f"run {place}")
    for query in ("completeness=x", "completeness=7", "completeness=nan", ""):
        yield get(f"/lesson/scenes?{query}")
    for query in ("preset=x&steps=9", "preset=web-like&steps=x", "preset=web-like&steps=99999", ""):
        yield get(f"/lesson/budget?{query}")
    for query in ("run=..%2fx", "run=%00", "", "run=x&lang=zh"):
        yield get(f"/lesson/run?{query}")


def class_requests() -> Iterator[Request]:
    """A class: {room}, {key} and {token} stand for a room and the keys of its teacher and of a pupil."""
    yield from entry_requests()
    yield from foreign_key_requests()
    yield from number_requests()
    yield from told_requests()
    yield from long_requests()
    yield from model_requests()
    yield from digest_requests()
    yield from own_thing_requests()


def entry_requests() -> Iterator[Request]:
    """Bodies, origins, codes and nicknames of who enters."""
    for note, body in {"list": b"[1]", "cut": b"{", "not UTF-8": b"\xff", "deep": b"[" * 4000,
                       "large": b"x" * 1_000_001}.items():  # fmt: skip
        yield post("/a/join", body, note)
    yield post("/a/open_room", {}, "type text", Content_Type="text/plain")
    yield post("/a/open_room", {}, "foreign origin", Origin="https://evil.example")
    yield post("/a/open_room", {}, "another site", Sec_Fetch_Site="cross-site")
    yield post("/a/open_room", {"nothing": 1}, "unknown value")
    for place, room in enumerate((5, None, ["K"], "../..", "ZZZZ")):
        yield post("/a/join", {"code": room, "nickname": "Eve"}, f"room {place}")
    for place, name in enumerate(
        ("", "x" * 99, "\u202e", "Ada", 7, None, "\0", "\u3164", "\u2800", "\u034f", "Ada\u3164")
    ):
        yield post("/a/join", {"code": "{room}", "nickname": name}, f"nickname {place}")


def foreign_key_requests() -> Iterator[Request]:
    """Acts of the teacher with keys of others, and keys where none may stand."""
    for who, key in {"nobody": "", "guessed": TOKEN, "markup": MARKUP, "pupil": "{token}"}.items():
        for name, more in {"go_to_stop": {"stop": 1}, "keep_wall": {"is_kept": True}, "remove_pupil": {"pupil": 0},
                           "end_class": {}, "show_study": {"is_shown": True}}.items():  # fmt: skip
            yield post(f"/a/{name}", {"code": "{room}"} | more, who, X_Owner_Key=key)
        yield get("/v/room_addresses.json?code={room}&at=http://a", who, X_Owner_Key=key)
        if who != "pupil":
            yield get("/v/room.json?code={room}", who, X_Owner_Key=key)
            yield post("/a/answer", {"code": "{room}", "question": "guess", "choice": 0}, who, X_Owner_Key=key)
    yield get("/v/room.json?code={room}&key={key}", "key in the address")
    yield post("/a/go_to_stop", {"code": "{room}", "stop": 1, "key": "{key}"}, "key in the body")


def number_requests() -> Iterator[Request]:
    """Numbers of stops and pupils."""
    for place, stop in enumerate((-1, 999, "1", True, None, 1.0)):
        yield post("/a/go_to_stop", {"code": "{room}", "stop": stop}, f"stop {place}", X_Owner_Key="{key}")
    for place, pupil in enumerate((True, 0.0, "0", None, [0], -1, 1)):
        yield post("/a/remove_pupil", {"code": "{room}", "pupil": pupil}, f"pupil {place}", X_Owner_Key="{key}")


def told_requests() -> Iterator[Request]:
    """What a pupil answers, hands in and tells of a training."""
    answers = (("vote.0", 0), ("nothing", 0), (None, 0), ("guess", -1), ("guess", "x"))
    for place, (question, choice) in enumerate(answers):
        sent = {"code": "{room}", "question": question, "choice": choice}
        yield post("/a/answer", sent, f"answer {place}", X_Owner_Key="{token}")
    yield post("/a/go_to_stop", {"code": "{room}", "stop": FOOL_STOP}, "to the fooling", X_Owner_Key="{key}")
    scenes = ("x" * 700, "", MARKUP, "a", "bus,blue@1,1,9;bus,red@9,9,9", "bus,blue@1,1,9;submarine,blue@9,9,9")
    for place, (margin, scene) in enumerate([*product(["x", None, 1e308, -3], [SCENE]), *product([-0.5], scenes)]):
        sent = {"code": "{room}", "margin": margin, "scene": scene}
        yield post("/a/hand_in_scene", sent, f"scene {place}", X_Owner_Key="{token}")
    for place, more in enumerate((
        {"pairs": 0, "accuracy": 0.0}, {"pairs": 22_273, "accuracy": 0.9}, {"pairs": 22_272, "accuracy": 0.75},
        {"pairs": 22_272}, {"pairs": 92_160, "accuracy": 1.0},
    )):  # fmt: skip
        sent = {"code": "{room}", "training": "landed"} | more
        yield post("/a/tell_training", sent, f"landing {place}", X_Owner_Key="{token}")


def long_requests() -> Iterator[Request]:
    """Addresses of the page, and codes without an end."""
    for place, at in enumerate(("javascript:alert(1)", "", "http://" + "x" * 9000)):
        yield get(f"/v/room_addresses.json?code={{room}}&at={at}", f"address {place}", X_Owner_Key="{key}")
    yield get("/v/question.json?code={room}&name=../../etc", "pupil", X_Owner_Key="{token}")
    for where in (
        "/v/room.json?code={}",
        "/class?room={}",
        "/class/model?code={}",
        "/v/room_addresses.json?code={}&at=http://a",
    ):
        yield get(where.format(LONG))
    yield post("/a/join", {"code": LONG, "nickname": "Eve"}, "a long room")
    yield post("/a/go_to_stop", {"code": LONG, "stop": 1}, "a long room", X_Owner_Key="{key}")
    yield post(f"/class/model?code={LONG}", b"x", "a long room", X_Owner_Key="{token}")


def model_requests() -> Iterator[Request]:
    """Models that devices send."""
    model = "/class/model?code={room}"
    for who, key in {"nobody": "", "guessed": TOKEN, "teacher": "{key}", "pupil": "{token}"}.items():
        yield post(model, b"x", who, X_Owner_Key=key)
    yield post(model + "&key={token}", b"x", "key in the address")
    yield post(model, b"x", "foreign origin", X_Owner_Key="{token}", Origin="https://evil.example")
    yield post(model, b"x", "broken origin", X_Owner_Key="{token}", Origin=BROKEN)
    yield post(model, bytes(4_000_001), "large", X_Owner_Key="{token}")
    for note, body in {"no length": b"x", "large, no length": bytes(4_000_001)}.items():
        yield post(model, body, note, X_Owner_Key="{token}", Transfer_Encoding="chunked")
    yield post("/class/model?code=../../etc", b"x", "another room", X_Owner_Key="{token}")


def digest_requests() -> Iterator[Request]:
    """Digests of weights, and pictures that a model finds."""
    for place, digests in enumerate((
        ["0" * 63], ["F" * 64], [MARKUP], [7], ["0" * 64, None], "0" * 64, {"0": "0" * 64}, ["0" * 64] * 65, [LONG],
    )):  # fmt: skip
        sent = {"code": "{room}", "training": "ended", "pairs": 92_160, "digests": digests}
        yield post("/a/tell_training", sent, f"digests {place}", X_Owner_Key="{token}")
    yield post("/a/open_room", {"is_same_for_all": True, "has_things": True}, "two kinds")
    found = "/v/found_pictures.json?code={room}"
    for who, key in {"nobody": "", "guessed": TOKEN, "pupil": "{token}", "teacher": "{key}"}.items():
        yield get(f"{found}&pupil=0", who, X_Owner_Key=key)
    for pupil in ("-1", "99", "9" * 40, "1.5", "true", "x", "", "[0]", "../0"):
        yield get(f"{found}&pupil={pupil}", "teacher", X_Owner_Key="{key}")
    yield get(found, "no pupil", X_Owner_Key="{key}")
    yield get("/v/found_pictures.json?code=../..&pupil=0", "another room", X_Owner_Key="{key}")


def own_thing_requests() -> Iterator[Request]:
    """Things that are given to a class's world: {own_room}, {own_key} and {own_token} stand for a room at that step."""
    give, square = "/a/give_thing", [{"role": "body", "points": SQUARE}]

    def given(word: Any, parts: Any, note: str, key: str = "{own_token}", code: str = "{own_room}") -> Request:
        return post(give, {"code": code, "word": word, "parts": parts}, note, X_Owner_Key=key)

    for who, key in {"nobody": "", "guessed": TOKEN, "teacher": "{own_key}", "another room": "{token}"}.items():
        yield given("bello", square, f"thing by {who}", key)
    yield given("bello", square, "thing in another lesson", "{token}", "{room}")
    bodies = {note: {"word": word, "parts": square} for note, (word, _) in NAMED.items()}
    drawings: dict[str, Any] = {note: [{"role": "body", "points": points}] for note, (points, _) in PLACED.items()}
    drawings |= {
        "many points": [{"role": "body", "points": [[0.5, 0.5]] * 50_000}],
        "a role of markup": [{"role": MARKUP, "points": SQUARE}],
        "a part of markup": [*square, MARKUP],
        "a nickname": [{"role": "body", "points": SQUARE, "nickname": "Ada"}],
        "forty-one parts": square * 41,
    } | {f"parts {place}": parts for place, parts in enumerate(({}, "x", None, [], [[]]))}
    bodies |= {note: {"word": "bello", "parts": parts} for note, parts in drawings.items()}
    for place, (note, body) in enumerate(bodies.items()):
        key = f"{{own_token{place % NUM_GIVING}}}"  # one pupil may give ten things a minute
        yield post(give, {"code": "{own_room}"} | body, f"thing, {note}", X_Owner_Key=key)
    yield post(
        give, b'{"code": "{own_room}", "word": "bello", "parts": ' + b"[" * 4000, "deep", X_Owner_Key="{own_token}"
    )
    yield given("bello", square, "thing of a wrong room", code="ZZZZ")
    acts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("show_thing", {"pupil": 0}), ("ask_for_another", {"pupil": 0}), ("show_at_once", {"is_on": True}),
        ("call_last", {}), ("close_world", {}), ("show_thing", {"pupil": 2**70}),
    )  # fmt: skip
    for place, (name, more) in enumerate(acts):
        yield post(f"/a/{name}", {"code": "{own_room}"} | more, f"pupil, thing {place}", X_Owner_Key="{own_token}")
        yield post(f"/a/{name}", {"code": "{room}"} | more, f"another lesson, thing {place}", X_Owner_Key="{key}")
    for place, number in enumerate((7, -1, True, "0", 2**70)):
        yield post(
            "/a/show_thing",
            {"code": "{own_room}", "pupil": number},
            f"nobody's thing {place}",
            X_Owner_Key="{own_key}",
        )
    for name in ("", "../ended", "../{own_room}", "%2e%2e/x", LONG[:300], "0" * 16):
        yield get(f"/v/drawing.json?code={{own_room}}&name={name}", "teacher", X_Owner_Key="{own_key}")
        yield get(f"/v/drawing.json?code={{own_room}}&name={name}", "pupil", X_Owner_Key="{own_token}")
    for who, key in {"nobody": "", "pupil": "{own_token}", "teacher": "{own_key}"}.items():
        yield get("/v/class_world.json?code={own_room}", who, X_Owner_Key=key)
    found = "/v/found_pictures.json?code={own_room}&pupil="
    for who, key in {"nobody": "", "guessed": TOKEN, "pupil": "{own_token}", "another teacher": "{key}"}.items():
        yield get(f"{found}0", who, X_Owner_Key=key)
    for pupil in ("", "x", "1.5", "true", "-1", "99", str(2**70), "1&pupil=2", "%00", LONG):
        yield get(f"{found}{pupil}", "teacher", X_Owner_Key="{own_key}")
    yield get(f"{found}0", "a model that nobody has checked", X_Owner_Key="{own_key}")
    yield get("/v/found_pictures.json?code={own_room}", "teacher, of nobody", X_Owner_Key="{own_key}")
    yield get("/v/found_pictures.json?code=ZZZZ&pupil=0", "teacher", X_Owner_Key="{own_key}")
    yield replace(given("bel{time}", square, "things without end"), most=12)
    yield post("/a/remove_pupil", {"code": "{own_room}", "pupil": 0}, "the pupil goes", X_Owner_Key="{own_key}")
    yield given("bello", square, "thing of a removed pupil")
    yield get(f"{found}0", "of a removed pupil", X_Owner_Key="{own_key}")


def open_requests() -> Iterator[Request]:
    """Results of open questions that no device has computed, from files and without a lease."""
    give, entry, zeros = "/a/give_saved_open", "filler/plain/1", "0" * 64
    result = {
        "entry": entry,
        "list_digest": zeros,
        "engine_version": 1,
        "digests": [zeros],
        "curve": [0.5],
        "scenes": 9,
    }
    for place, key in enumerate(("", "0" * 33, "F" * 32, MARKUP, LONG)):
        yield post(give, {"result": result}, f"key {place}", X_Owner_Key=key)
    own = {"X_Owner_Key": KEY}
    yield post(give, {"result": result, "key": KEY}, "another key in the body", **own)
    yield post(give, {"result": result}, "foreign origin", Origin="https://evil.example", **own)
    yield post(give, {"result": result}, "another site", Sec_Fetch_Site="cross-site", **own)
    for place, given in enumerate((None, [], "x", 7, {}, [result], {"entry": entry}, result)):
        yield post(give, {"result": given}, f"result {place}", **own)
    for place, name in enumerate(("nothing", MARKUP, "../../etc", "__proto__", "", LONG, 7, None, "\ud800", "a\0b")):
        yield post(give, {"result": result | {"entry": name}}, f"training {place}", **own)
    for note, change in {
        "another engine": {"engine_version": 2}, "a huge engine": {"engine_version": 2**70},
        "digests of text": {"digests": zeros}, "many digests": {"digests": [zeros] * 10_000},
        "a curve of texts": {"curve": ["1"]}, "a long curve": {"curve": [0.5] * 10_000},
        "many scenes": {"scenes": 2**70}, "a browser of markup": {"browser": MARKUP},
        "a long browser": {"browser": LONG},
        "a lone letter": {"architecture": "\ud800"}, "a list of markup": {"list_digest": MARKUP},
        "a list of numbers": {"list_digest": [0]}, "more": {"weights": "x", "is_known": True},
    }.items():  # fmt: skip
        yield post(give, {"result": result | change}, note, **own)
    yield post(give, b'{"result": {"curve": [NaN, Infinity]}}', "no numbers", **own)
    yield post(give, b'{"result": ' + b"[" * 4000, "deep", **own)
    for act in ("keep_open", "give_back_open", "give_open"):
        about = {"result": result} if act == "give_open" else {"entry": entry}
        for place, lease in enumerate(("", zeros, "\ud800", 7, None, LONG)):
            yield post(f"/a/{act}", about | {"lease": lease}, f"lease {place}", **own)
    for place, most in enumerate((0, -1, 2**70, "x", 1.5, True, [1])):
        yield post("/a/take_open", {"most_pairs": most}, f"pairs {place}", **own)
    yield get(f"{give}?result={{}}")


def file_requests() -> Iterator[Request]:
    """Files below the digest, runs that are brought, and views with values that no page sends."""
    for path in PATHS:
        for where in ("/page/0/{}", "/page/0/engine/models/{}.json", "/page/0/engine/weights/{}/0.safetensors",
                      "/page/0/engine/atlas/{}", "/page/{}", "/v/{}", "/a/{}", "/study/{}.csv"):  # fmt: skip
            yield get(where.format(path))
    for name in ("page/index.html", "study/claims.json", "images/first.png", "../requirements.txt"):
        yield get(f"/page/0/{name}")
    for method in ("GET", "PUT", "DELETE", "POST"):
        for path in ("/v/swaps.json?caption=a", "/a/train", "/bring", "/page/0/page/app.js"):
            yield Request(method=method, path=path, note="method")
    own = {"X_Owner_Key": KEY}
    for note, body in {"no zip": b"PK", "empty": b"", "words": b"x" * 1000, "large": bytes(65_000_000)}.items():
        yield post("/bring", body, note, Content_Type="application/zip", **own)
    yield head("POST /bring HTTP/1.1", "bring, length 100000001", "Content-Length: 100000001")
    yield post("/bring", b"PK", "foreign origin", Origin="https://evil.example", **own)
    for path, body in {"/a/train": {"preset": "salient"}, "/bring": b"PK"}.items():
        yield post(path, body, "broken origin", Origin=BROKEN, **own)
    yield post("/a/train", {"preset": "salient"}, "foreign origin", Origin="https://evil.example")
    yield post("/a/train", b"preset=salient", "a form", Content_Type="application/x-www-form-urlencoded")
    for name in (*NAMES[:4], LONG):
        yield get(f"/v/run.json?name={name}")
        yield post("/a/stop", {"run": name}, f"run {name[:9]}", X_Owner_Key=KEY)
    for where in ("/v/{}.json", "/v/{}", "/a/{}", "/v/run_status.json?run={}", "/{}"):
        yield get(where.format(LONG))
    yield post(f"/a/{LONG}", {}, "a long name")
    yield get(f"/v/runs.json?owner_key={KEY}")
    yield get("/v/plan.json?preset=salient&overrides=[1]")
    yield get("/v/plan.json?preset=salient&overrides=" + "[" * 5000, "deep")
    yield get("/v/plan.json?preset=salient&overrides=" + "[" * 5000 + "]" * 5000, "deep and whole")
    yield get("/v/scenes.json?preset=salient&overrides={}&count=1000000")
    yield get("/v/measure.json?path=/etc/passwd")


def frequent_requests() -> Iterator[Request]:
    """More than a server with low limits takes from one address; each is repeated until it is told to wait."""
    yield call("train", "web-like", {}, note="full queue")
    yield replace(post("/bring", bytes(1_100_000), "uploads", X_Owner_Key=KEY), most=4)
    yield replace(call("scenes", "web-like", {}, 1, 0, 16, note="questions"), most=20)
    yield replace(get("/runs/no-such-run.zip", "packing"), most=20)
    yield replace(post("/a/open_room", {}, "rooms"), most=12)
    yield replace(post("/a/join", {"code": "Z{time}", "nickname": "Eve"}, "wrong codes"), most=30)
    yield replace(post("/a/join", b" " * 900_000, "bodies"), most=6)


def burst_requests() -> Iterator[Request]:
    """Ten requests and one a second more: few enough to be faster than them on the busiest computer."""
    yield replace(get("/config", "requests"), most=300)
