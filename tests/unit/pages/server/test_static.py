"""The page's own files are served by name, revalidated by a digest, and nothing else is."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from explorer.pages.server.static_files import KINDS, SERVED, static_routes
from explorer.resources import ASSETS


def ask(name: str, **headers: str) -> Response:
    route: Any = next(route for route in static_routes() if route.path == f"/explorer-assets/{name}")
    raw = [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    answer: Response = route.endpoint(Request({"type": "http", "method": "GET", "headers": raw}))
    return answer


@pytest.mark.parametrize("name", SERVED)
def test_a_file_comes_as_it_is_and_only_once(name: str) -> None:
    first = ask(name)
    assert bytes(first.body) == (ASSETS / name).read_bytes()
    assert first.media_type in KINDS.values() and first.headers["cache-control"] == "no-cache"
    again = ask(name, if_none_match=first.headers["etag"])
    assert again.status_code == 304 and again.body == b""
    assert ask(name, if_none_match='"other"').status_code == 200
