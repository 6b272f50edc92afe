"""A wrong address: a page for a person, JSON for a program, and nothing else is touched."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from explorer.pages.server.not_found import NotFound

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def client() -> Iterator[TestClient]:
    routes = [
        Route("/there", lambda _: HTMLResponse("here")),
        Route("/own", lambda _: HTMLResponse("own page", status_code=404)),
        Route("/data", lambda _: JSONResponse({"ok": 1})),
    ]
    with TestClient(Starlette(routes=routes, middleware=[Middleware(NotFound)])) as made:
        yield made


def test_a_person_gets_a_page_with_a_link_home(client: TestClient) -> None:
    answer = client.get("/class/plam/<b>", headers=BROWSER)
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
    assert "There is no page at this address" in answer.text and '<a href="/">To the explorer</a>' in answer.text
    assert "<b>" not in answer.text and "&lt;b&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_it_is_in_the_language_of_the_address(client: TestClient) -> None:
    text = client.get("/nothing?lang=zh", headers=BROWSER).text
    assert "这个地址没有页面" in text and 'href="/?lang=zh"' in text


def test_a_program_gets_what_it_got(client: TestClient) -> None:
    for headers in ({"accept": "*/*"}, {"accept": "application/json"}):
        answer = client.get("/nothing", headers=headers)
        assert answer.status_code == 404 and "no page at" not in answer.text
    assert client.post("/nothing", headers=BROWSER).text == "Not Found"


def test_other_answers_pass(client: TestClient) -> None:
    assert client.get("/there", headers=BROWSER).text == "here"
    assert client.get("/own", headers=BROWSER).text == "own page"
    assert client.get("/data", headers=BROWSER).json() == {"ok": 1}
