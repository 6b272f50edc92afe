"""Look inside on the new page: scrub a training under way, type a caption, open figures."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.mid_training import train_on, write_active_run
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WALKED = """() => Object.fromEntries([...document.querySelectorAll('.in-tile')]
  .map((each) => [each.dataset.scene, each.style.transform]))"""
COMPARED = """async () => {
  const base = document.querySelector('script[type=module]').src.replace('app.js', '');
  const view = async (address) => (await fetch(`v/${address}`)).json();
  const { lookInside } = await import(`${base}inside/engine.js`);
  const { Engine, serverSource } = await import(`${base}../engine/client.js`);
  const catalog = await view('catalog.json'), theirs = await view('inspect_steps.json?name=things-web');
  const backend = { view: (of, { name }) => view(`${of}.json?name=${name}`) };
  const engine = new Engine(serverSource(new URL('../', base)));
  const mine = await lookInside({ catalog, engine, backend }, 'things-web');
  const [one, other] = [mine.steps[0], theirs.steps[0]];
  const apart = (a, b) => (a === null || b === null ? (a === b ? 0 : 9) : Math.abs(a - b));
  const far = (a, b) => Math.max(...a.map((value, at) => apart(value, b[at])));
  const said = (words) => words && words.map(({ text, moved }) => [text, moved]);
  const words = (scenes) => scenes.map((each) => [each.words, each.swapped].map(said));
  const parts = ['images', 'captions', 'swapped'];
  return {
    cosines: Math.max(far(one.own, other.own), far(one.swapped, other.swapped)),
    map: Math.max(...parts.map((part) => far(one.points[part].flat(), other.points[part].flat()))),
    same: JSON.stringify(words(mine.scenes)) === JSON.stringify(words(theirs.scenes)),
    width: mine.width - theirs.width,
  };
}"""


def open_page(visits: Visits, query: str) -> Page:
    page = visits.open(visits.visitor(1280, 800), f"?tab=inside&{query}")
    expect(page.locator("#inside-histogram .in-tile").first).to_be_visible()
    return page


def test_a_training_under_way_is_scrubbed_and_followed(visits: Visits, host: Server) -> None:
    run = write_active_run(host.runs, "scrubbed", 5)
    page = open_page(visits, "run=scrubbed")
    steps, number = page.locator("#inside-steps input"), page.locator(".in-number")
    expect(steps).to_have_attribute("aria-valuetext", "step 5")
    expect(page.locator("#inside-steps .in-later")).to_have_count(2)
    expect(number).to_contain_text("55%")
    newest = page.evaluate(WALKED)
    assert len(newest) == 42
    steps.focus()
    page.keyboard.press("Home")
    expect(steps).to_have_attribute("aria-valuetext", "step 0")
    expect(page).to_have_url(re.compile(r"[?&]step=0"))
    first = page.evaluate(WALKED)
    assert first.keys() == newest.keys() and first != newest
    # Who looks back is not carried on; who follows is.
    train_on(run, 9)
    expect(page.locator("#inside-steps .in-later")).to_have_count(1)
    expect(steps).to_have_attribute("aria-valuetext", "step 0")
    page.keyboard.press("End")
    expect(steps).to_have_attribute("aria-valuetext", "step 9")
    expect(page).not_to_have_url(re.compile("step="))
    train_on(run, 12)
    expect(steps).to_have_attribute("aria-valuetext", "step 12")
    expect(page.locator("#inside-caption")).to_be_disabled()


def test_one_pair_follows_the_picture_and_the_address(visits: Visits) -> None:
    page = open_page(visits, "run=things-web&form=own&scene=4")
    result: dict[str, Any] = page.evaluate(COMPARED)  # the engine of the tab, and the server
    assert result["same"] and result["width"] == 0
    assert result["cosines"] < 1e-3 and result["map"] < 5e-3
    expect(page.locator(".in-form.in-on")).to_have_attribute("data-form", "own")
    tile = page.locator(".in-tile[data-scene='9']")
    tile.click()
    expect(page.locator(".in-turn span")).to_have_text("Picture 9 of 48")
    expect(page).to_have_url(re.compile("scene=9"))
    page.keyboard.press("ArrowRight")
    expect(page.locator(".in-turn span")).not_to_have_text("Picture 9 of 48")
    assert page.evaluate("document.activeElement.classList.contains('in-chosen')")
    page.locator(".in-form[data-form=canonical] button").click()
    expect(page).not_to_have_url(re.compile("form="))
    page.locator("#inside-model").select_option("things-bound")
    expect(page.locator("#in-h2")).to_have_text("42 of 42 pictures are nearer to their own caption")
    page.set_viewport_size({"width": 720, "height": 800})
    model, number = page.locator("#inside-model").bounding_box(), page.locator(".in-number").bounding_box()
    assert model and number and model["x"] + model["width"] <= number["x"], "the number stands beside the model"
    page.go_back()
    expect(page.locator("#inside-model")).to_have_value("things-web")


def test_a_caption_of_ones_own_is_a_third_bar_and_figures_open_a_picture(visits: Visits) -> None:
    page = open_page(visits, "run=things-bound&scene=5")
    own = page.locator(".in-bar.in-is-right .in-cosine").inner_text()
    page.locator("#inside-caption").fill("a green house and a yellow star")
    yours = page.locator(".in-bar.in-is-typed .in-cosine")
    expect(yours).to_have_text(re.compile(r"\d"))
    assert abs(float(yours.inner_text()) - float(own)) <= 0.001
    page.locator("#inside-caption").fill("a green zebra")
    expect(page.locator(".in-typed")).to_have_text("It has never read: zebra.")
    page.locator("#inside-caption").fill("")
    expect(yours).to_have_count(0)
    page.locator(".in-more > summary").click()
    expect(page.locator("[data-figure=cosines] .figure-plot")).to_have_attribute("data-ready", "true")
    page.locator("[data-figure=margins] summary").click()
    expect(page.locator("[data-figure=margins] tbody tr")).to_have_count(24)
    box = page.locator("[data-figure=cosines] .nsewdrag").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 10, box["y"] + box["height"] * 7.5 / 16)
    expect(page).to_have_url(re.compile("scene=8"))
    report = page.request.get(f"{visits.base}{page.locator('.in-files a').first.get_attribute('href')}")
    assert report.ok and report.json()["metrics"]["binding_accuracy"]["n"] == 864


def test_a_thousand_pictures_by_keyboard_alone(visits: Visits) -> None:
    page = open_page(visits, "run=things-web")
    page.locator("#inside-more-pictures").press("Enter")
    expect(page.locator("#inside-fewer")).to_be_focused()
    expect(page.locator("#in-h2")).to_contain_text("pictures have answered")
    page.locator("#inside-fewer").press("Enter")
    expect(page.locator("#inside-more-pictures")).to_be_focused()
