"""The page's first byte shows the state of its address, compressed, and the same for whoever asks."""

import asyncio
import gzip
import json
import logging
import socket
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import gradio as gr
import httpx
import pytest
from starlette.middleware import Middleware

from explorer.pages.app import build_app, launch_options
from explorer.pages.server import first_page
from explorer.pages.server.fast_blocks import SkippingBlocks
from explorer.pages.server.first_page import END, START, FirstPage
from explorer.runs.store import RunStore
from explorer.service.service import Service
from explorer.settings import LOCAL

WIRE = 150_000
"""Bytes of the page as they are sent, at most."""


class Small:
    """A page of three components, which counts how often its first values were asked for."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, str]] = []
        with SkippingBlocks() as self.app:
            self.number = gr.Slider(0, 10, value=1, step=1, elem_id="number")
            self.choice = gr.Dropdown(["a", "b"], value="a", elem_id="choice")
            self.kept = gr.State(3)
            self.text = gr.HTML("built", elem_id="text")
        self.app.first_values = self.values

    def values(self, query: Mapping[str, str]) -> dict[Any, Any]:
        self.asked.append(dict(query))
        if "bad" in query:
            raise KeyError("bad")
        return {
            self.number: int(query.get("number", 1)),
            self.choice: gr.update(choices=[("Ah", "a"), ("See", "c")], value="c"),
            self.kept: 7,
            self.text: gr.skip() if "text" not in query else query["text"],
        }


def here() -> dict[str, Any]:
    """Launch on a port that is free; of one that is taken Gradio leaves a socket open."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    return {"prevent_thread_lock": True, "quiet": True, "server_name": "127.0.0.1", "server_port": port}


@pytest.fixture
def small() -> Iterator[tuple[Small, str]]:
    page = Small()
    middleware = [Middleware(FirstPage)]
    _, url, _ = page.app.launch(**here(), app_kwargs={"middleware": middleware})
    yield page, url
    page.app.close()


def config_of(text: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(text.partition(START)[2].partition(END)[0])
    return config


def props(text: str, name: str) -> dict[str, Any]:
    found = [entry["props"] for entry in config_of(text)["components"] if entry["props"].get("elem_id") == name]
    assert len(found) == 1
    return found[0]


def test_the_values_of_an_address_are_in_the_first_byte(small: tuple[Small, str]) -> None:
    page, url = small
    text = httpx.get(url, params={"number": "4", "text": "</script><b>&'"}).text
    assert props(text, "number")["value"] == 4 and props(text, "number")["maximum"] == 10
    assert props(text, "choice")["choices"] == [["Ah", "a"], ["See", "c"]] and props(text, "choice")["value"] == "c"
    assert props(text, "text")["value"] == "</script><b>&'", "and no tag of it ends the script"
    plain = httpx.get(url, params={"number": "4"}).text
    assert props(plain, "text")["value"] == "built"
    assert len(config_of(plain)["components"]) == len(config_of(text)["components"])
    assert page.app.config["components"][0]["props"]["value"] == 1, "the app's own config is as it was built"


def test_an_address_is_computed_once_for_all_who_ask_for_it(small: tuple[Small, str]) -> None:
    page, url = small

    async def many() -> list[httpx.Response]:
        async with httpx.AsyncClient() as client:
            return list(await asyncio.gather(*(client.get(url, params={"number": "5", "text": "x"}) for _ in range(8))))

    answers = asyncio.run(many())
    assert {answer.text for answer in answers} == {answers[0].text}
    httpx.get(url + "?text=x&number=5&__sign=abc")  # the same parts in another order, and one that a Space adds
    assert page.asked == [{"number": "5", "text": "x"}]


def test_after_a_while_it_is_computed_anew(small: tuple[Small, str], monkeypatch: pytest.MonkeyPatch) -> None:
    page, url = small
    monkeypatch.setattr(first_page, "KEPT_S", -1.0)
    for _ in range(2):
        httpx.get(url)
    assert page.asked == [{}, {}]


def test_a_browser_that_has_the_page_gets_no_body(small: tuple[Small, str]) -> None:
    _, url = small
    first = httpx.get(url)
    again = httpx.get(url, headers={"if-none-match": first.headers["etag"]})
    other = httpx.get(url + "?number=2", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)
    assert first.headers["vary"] == "Accept-Encoding" and first.headers["cache-control"] == "no-cache"


def test_values_that_cannot_be_made_leave_the_page_as_it_was_built(
    small: tuple[Small, str], caplog: pytest.LogCaptureFixture
) -> None:
    page, url = small
    with caplog.at_level(logging.ERROR):
        answer = httpx.get(url + "?bad=1")
    assert answer.status_code == 200 and props(answer.text, "number")["value"] == 1
    assert "could not be made" in caplog.text


def test_other_requests_reach_gradio_as_they_are(small: tuple[Small, str]) -> None:
    page, url = small
    assert httpx.get(url + "config").json()["components"] and httpx.head(url).status_code == 200
    assert START in httpx.get(url + "?view=api").text and httpx.get(url + "nowhere").status_code == 404
    long = httpx.get(url, params={"x": "y" * 3000})
    assert long.status_code == 200 and START in long.text
    assert httpx.get(url + "?x=%ff%fe&number=%zz").status_code == 200
    assert [query for query in page.asked if "x" in query and len(query["x"]) > 2000] == []


def test_the_address_of_the_server_is_that_of_the_request(small: tuple[Small, str]) -> None:
    _, url = small
    forwarded = {"x-forwarded-host": "example.org", "x-forwarded-proto": "https"}
    roots = [config_of(httpx.get(url, headers=headers).text)["root"] for headers in ({}, forwarded, {})]
    assert roots[0] == roots[2] != roots[1] and "example.org" in roots[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = RunStore(tmp_path_factory.mktemp("runs"))
    app = build_app(Service.of(store, LOCAL))
    _, url, _ = app.launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", **launch_options(Service.of(store, LOCAL))
    )
    yield url
    app.close()


def test_the_page_is_small_on_the_wire(whole: str) -> None:
    sizes = {}
    for encoding in ("gzip", "br", "identity"):
        with httpx.stream("GET", whole, headers={"accept-encoding": encoding}) as answer:
            raw = b"".join(answer.iter_raw())
            sizes[answer.headers.get("content-encoding", "identity")] = len(raw)
            if encoding == "gzip":
                assert START in gzip.decompress(raw).decode()
    assert sizes["gzip"] <= WIRE and sizes["identity"] > 2 * sizes["gzip"]
    assert find_spec("brotli") is None or sizes["br"] < sizes["gzip"]


def dialed(text: str) -> dict[str, Any]:
    """The values of the dials that column 1 of the Workbench shows."""
    states = [entry["props"].get("value") for entry in config_of(text)["components"]]
    return next(dict(state["values"]) for state in states if isinstance(state, dict) and "dials" in state)


def test_a_dialed_link_shows_its_dials_and_nothing_of_a_visitor(whole: str) -> None:
    text = httpx.get(whole + "?preset=web-like&saliency_bias=0.5").text
    assert dialed(text)["saliency_bias"] == 0.5 and dialed(text)["objects_in_image"] == 4
    assert text == httpx.get(whole + "?saliency_bias=0.5&preset=web-like", headers={"cookie": "a=b"}).text
    bad = httpx.get(whole + "?saliency_bias=7").text
    assert "saliency_bias=7" in bad and dialed(bad)["saliency_bias"] == 0.0
