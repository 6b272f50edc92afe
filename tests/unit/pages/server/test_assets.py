"""Plotly's script is served in each encoding, once compressed, under one name, by the app itself."""

import gzip
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from explorer.pages.server.static_files import asset_routes, plotly_asset, plotly_name
from explorer.web import files
from explorer.web.files import MOST_KEPT, Asset, compressed


def ask(cache: Path, name: str, **headers: str) -> Response:
    """The answer of the route itself."""
    route = Starlette(routes=asset_routes(cache)).routes[0]
    raw = [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    scope = {"type": "http", "method": "GET", "headers": raw, "path_params": {"name": name}}
    answer: Response = route.endpoint(Request(scope))  # type: ignore[attr-defined]
    return answer


def test_the_script_comes_in_the_best_encoding(tmp_path: Path) -> None:
    zipped = ask(tmp_path, plotly_name(), accept_encoding="gzip, deflate")
    assert zipped.headers["content-encoding"] == "gzip" and "immutable" in zipped.headers["cache-control"]
    plain = ask(tmp_path, plotly_name(), accept_encoding="gzip;q=0")
    assert "content-encoding" not in plain.headers and bytes(plain.body)[:200].count(b"plotly") > 0
    assert gzip.decompress(bytes(zipped.body)) == plain.body
    assert zipped.headers["etag"] != plain.headers["etag"] and zipped.headers["vary"] == "Accept-Encoding"
    assert ask(tmp_path, plotly_name(), accept_encoding="gzip, br").headers["content-encoding"] in ("br", "gzip")


def test_a_browser_that_has_it_gets_no_body(tmp_path: Path) -> None:
    tag = ask(tmp_path, plotly_name(), accept_encoding="gzip").headers["etag"]
    again = ask(tmp_path, plotly_name(), accept_encoding="gzip", if_none_match=tag)
    assert again.status_code == 304 and again.body == b""


@pytest.mark.parametrize("name", ["plotly-0.0.1.min.js", "..", "figure.js", "../../pyproject.toml"])
def test_no_other_name_is_served(tmp_path: Path, name: str) -> None:
    assert ask(tmp_path, name).status_code == 404
    assert not list(tmp_path.iterdir())


def test_it_is_compressed_once(tmp_path: Path) -> None:
    first = compressed(plotly_asset(), "gzip", tmp_path)
    made = first.stat().st_mtime_ns
    assert compressed(plotly_asset(), "gzip", tmp_path) == first and first.stat().st_mtime_ns == made
    assert list(tmp_path.iterdir()) == [first], "no half-written file is left"


def test_the_oldest_copies_make_room(tmp_path: Path) -> None:
    for number in range(MOST_KEPT + 2):
        asset = Asset(name=f"{number}.txt", media_type="text/plain", read=lambda number=number: str(number).encode())
        os.utime(compressed(asset, "identity", tmp_path), (number, number))
    kept = sorted(int(path.stem) for path in tmp_path.iterdir())
    assert kept == list(range(2, MOST_KEPT + 2))


def test_a_folder_that_cannot_be_written_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(files, "user_cache_path", lambda name: tmp_path / "file" / name)
    folder = files.cache_folder.__wrapped__()
    assert folder.is_dir() and tmp_path not in folder.parents
    folder.rmdir()


@pytest.fixture(params=["", "/sub"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with gr.Blocks(analytics_enabled=False) as app:
        gr.Markdown("page")
    _, url, _ = app.launch(
        prevent_thread_lock=True,
        quiet=True,
        root_path=request.param,
        ssr_mode=False,
        app_kwargs={"routes": asset_routes(tmp_path)},
    )
    yield url
    app.close()


def test_a_gradio_server_hands_it_out(address: str) -> None:
    asked = urllib.request.Request(f"{address}explorer-assets/{plotly_name()}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(gzip.decompress(answer.read())) > 1_000_000
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{address}explorer-assets/other.js", timeout=30)
    missing.value.close()
    assert missing.value.code == 404
