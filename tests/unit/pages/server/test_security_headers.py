"""Each answer says nosniff; pages say who may frame them and what their scripts may reach."""

import re
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from explorer.errors import UserError
from explorer.pages.info.light_pages import about_route, teach_route
from explorer.pages.lesson.routes import lesson_routes
from explorer.pages.server.security_headers import SecurityHeaders, strict_policy
from explorer.pages.shared.url_state import View, view_html
from explorer.runs.store import RunStore
from explorer.service.service import Service
from explorer.settings import LOCAL, Settings


def client(store: Path, settings: Settings = LOCAL) -> TestClient:
    routes = [
        about_route(settings),
        teach_route(),
        *lesson_routes(Service.of(RunStore(store), settings)),
        Route("/", lambda _: HTMLResponse("<script>1</script>")),
        Route("/text", lambda _: PlainTextResponse("<script>1</script>")),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(SecurityHeaders, settings=settings)]))


def policy(found: TestClient, path: str) -> dict[str, str]:
    """The directives of a page."""
    header = found.get(path).headers["content-security-policy"]
    return dict(each.strip().split(" ", 1) for each in header.split(";"))


def test_gradios_page_reaches_this_server_only(tmp_path: Path) -> None:
    found = policy(client(tmp_path), "/")
    assert found == {
        "connect-src": "'self' blob: data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }


@pytest.mark.parametrize("path", ["/about", "/teach", "/lesson", "/lesson?lang=zh"])
def test_a_light_page_runs_no_script_but_its_own(tmp_path: Path, path: str) -> None:
    answer = client(tmp_path).get(path)
    found = policy(client(tmp_path), path)
    assert found["default-src"] == "'none'" and found["frame-ancestors"] == "'self'"
    # WebAssembly may be compiled: it computes a training, and reaches nothing but what a script hands it.
    assert "unsafe" not in found["script-src"].replace("'wasm-unsafe-eval'", "") and "*" not in found["script-src"]
    inline = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert found["script-src"].count("'sha256-") == len(inline) == ("lang=zh" in path)
    assert found["script-src"] == "'self'" + re.search(
        r"script-src 'self'([^;]*)", strict_policy("".join(f"<script>{each}</script>" for each in inline))[
            "Content-Security-Policy"])[1]  # type: ignore[index]  # fmt: skip
    assert not re.search(r"\son\w+=", re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL))


@pytest.mark.parametrize("path", ["/", "/text", "/about", "/nothing"])
def test_no_answer_is_sniffed(tmp_path: Path, path: str) -> None:
    assert client(tmp_path).get(path).headers["x-content-type-options"] == "nosniff"


def test_a_space_may_be_framed_by_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "a/b")
    assert policy(client(tmp_path), "/")["frame-ancestors"] == "'self' https://huggingface.co"
    assert policy(client(tmp_path), "/about")["frame-ancestors"] == "'self' https://huggingface.co"


def test_others_may_frame_it_if_they_are_named(tmp_path: Path) -> None:
    named = replace(LOCAL, framed_by="https://school.example http://*.lms.example:8080")
    assert policy(client(tmp_path, named), "/")["frame-ancestors"].split() == ["'self'", *named.framed_by.split()]


@pytest.mark.parametrize("text", ["*", "school", "https://a;script-src", "javascript:x", "'unsafe-inline'"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="EXPLORER_FRAMED_BY=.*: give origins such as"):
        SecurityHeaders(Starlette(), settings=replace(LOCAL, framed_by=text))


def test_a_question_in_an_address_is_marked_as_its_senders() -> None:
    text = "Server closed: log in at <evil.example>"
    html = view_html(View(question=text), {})
    assert html.index("From the sender of this link:") < html.index(escape(text))
