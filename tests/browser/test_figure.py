"""A figure in a real browser: zoom and DOM stay, clicks arrive, the theme is followed, and it works without Plotly."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from explorer.figures.curves import Curve, share_curves
from explorer.figures.style import Drawing
from explorer.pages.server.static_files import asset_routes
from explorer.pages.shared.figure import figure_value, figure_view

READY = '#binding .figure[data-ready="true"]'
X_RANGE = "document.querySelector('#binding .figure-plot')._fullLayout.xaxis.range.map(Math.round)"

pytestmark = pytest.mark.browser


def drawing(evaluations: int) -> Drawing:
    """A run that has been evaluated so many times, every ten steps."""
    found = {"value": 0.7, "n": 100, "low": 0.6, "high": 0.8, "chance": 0.5}
    records = [
        {"step": 10 * i, "evaluation": {"canonical": {"binding_accuracy": found}}} for i in range(1, evaluations + 1)
    ]
    return share_curves([Curve(name="<b>a</b>", records=records, steps=100)], forms=("canonical",))


def pressed(event: gr.EventData) -> str:
    return json.dumps(event._data)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with gr.Blocks(analytics_enabled=False) as app:
        view = figure_view("binding", "Binding", value=drawing(4))
        said = gr.Textbox(elem_id="said")
        more = gr.Button("More", elem_id="more")
        more.click(lambda: figure_value(drawing(6)), None, view, queue=False, show_progress="hidden")
        view.select(pressed, None, said, queue=False, show_progress="hidden")
    routes = asset_routes(tmp_path_factory.mktemp("cache"))
    _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False, app_kwargs={"routes": routes})
    yield url
    app.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    opened, errors, asked = browser.new_page(), [], []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(address)
    opened.wait_for_selector(READY)
    yield opened
    opened.close()
    assert not errors and all(url.startswith((address, "data:", "blob:")) for url in asked)
    assert sum("plotly-" in url for url in asked) == 1


def test_a_new_value_keeps_the_zoom_and_the_dom(page: Any) -> None:
    box = page.locator("#binding .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60, steps=4)
    page.mouse.up()
    page.wait_for_selector('#binding button[data-do="reset"]:visible')
    zoomed = page.evaluate(X_RANGE)
    page.evaluate("window.kept = document.querySelector('#binding .main-svg')")
    page.click("#more")
    page.wait_for_selector('#binding .figure[data-points="6"][data-ready="true"]')
    assert page.evaluate(X_RANGE) == zoomed != [0, 102]
    assert page.evaluate("window.kept === document.querySelector('#binding .main-svg')")
    page.click('#binding button[data-do="reset"]')
    page.wait_for_function(f"{X_RANGE}[1] === 102")


def test_a_click_reaches_python(page: Any) -> None:
    spot = page.locator("#binding .points path").nth(2).bounding_box()
    page.mouse.move(spot["x"] - 1, spot["y"] + spot["height"] / 2)
    page.mouse.move(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    page.wait_for_selector("#binding .hoverlayer .hovertext")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_function("document.querySelector('#said textarea').value !== ''")
    assert json.loads(page.input_value("#said textarea")) == {"x": 30, "y": 0.7, "curve": 0, "point": 2}


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_a_figure_is_taken_home_as_a_picture(page: Any, kind: str, start: bytes) -> None:
    with page.expect_download() as found:
        page.click(f'#binding button[data-do="{kind}"]')
    assert found.value.suggested_filename == f"binding.{kind}"
    assert Path(found.value.path()).read_bytes().startswith(start)


def test_the_theme_is_followed_and_names_are_text(page: Any) -> None:
    color = "document.querySelector('#binding path.js-line').style.stroke"
    assert page.evaluate(color) == "rgb(11, 99, 181)"
    page.evaluate("document.body.classList.add('dark')")
    page.wait_for_function(f"{color} === 'rgb(108, 182, 255)'")
    assert page.locator("#binding .legendtext").text_content() == "<b>a</b>, canonical"


def test_sentence_and_table_remain_without_plotly(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.route("**/explorer-assets/**", lambda route: route.abort())
    page.goto(address)
    page.wait_for_selector('#binding .figure[data-ready="failed"]')
    page.wait_for_selector("#binding table")
    assert page.locator("#binding tbody tr").count() == 4
    assert "canonical captions 70 %" in page.inner_text("#binding .figure-sentence")
    page.close()
