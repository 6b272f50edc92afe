"""Probe as people use it: its example, a caption, a picture of one's own, what is refused, and a link to it."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from explorer.clip.names import shipped_names
from tests.browser.conftest import Server, Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SHIPPED = len(shipped_names())
SLOW = 240_000  # ms: the first model brings torch along


def opened(visits: Visits, *, width: int = 1280, query: str = "") -> Page:
    page = visits.open(visits.visitor(width), f"?tab=probe{query}")
    expect(page.get_by_role("tab", selected=True, include_hidden=True)).to_have_text("Probe")
    return page


def write_picture(path: Path) -> str:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 40, 3), dtype=np.uint8)).save(path)
    return str(path)


def choose_model(page: Page, name: str) -> None:
    """This model alone."""
    page.locator("#probe-models .remove-all").click()
    box = page.locator("#probe-models input")
    box.fill(name)
    box.press("Enter")
    page.keyboard.press("Escape")


def test_a_link_opens_the_example_with_its_answer_and_no_torch(visits: Visits, server: Server) -> None:
    page = opened(visits)
    expect(page.locator("#probe-answer .model")).to_have_count(SHIPPED)
    expect(page.locator("#probe-answer .answer-words b").first).to_be_visible()
    expect(page.locator("#probe-pictures img")).to_have_count(2)
    expect(page).to_have_url(re.compile("tab=probe"))
    maps = Path(f"/proc/{server.process.pid}/maps")
    if maps.exists():
        assert "libtorch" not in maps.read_text()


def test_a_typed_caption_gives_chips_and_swaps(visits: Visits) -> None:
    page = opened(visits)
    page.locator("#probe-caption input, #probe-caption textarea").first.fill("a red apple and a green chair")
    others = page.locator("#probe-others textarea")
    expect(others).to_have_value("a green apple and a red chair")
    chip = page.locator("#probe-chips .chip").first
    expect(chip).to_have_text("red apple")
    chip.focus()
    page.keyboard.press("Enter")
    expect(chip).to_have_attribute("aria-pressed", "false")
    # What is taken away is part of its noun, so the one attribute that is left moves to it.
    expect(others).to_have_value("a green red apple and a chair")
    expect(chip).to_be_focused()
    page.keyboard.press("Enter")
    expect(others).to_have_value("a green apple and a red chair")


def test_an_answer_to_a_question_that_has_changed_is_marked_old(visits: Visits) -> None:
    page = opened(visits)
    caption, said = page.locator("#probe-caption input, #probe-caption textarea").first, page.locator("#probe-progress")
    expect(said).to_contain_text("as the shipped models answer it")
    before = caption.input_value()
    caption.fill("a red apple and a green chair")
    expect(said.locator("[data-old='true']")).to_contain_text("The question has changed")
    caption.fill(before)
    expect(said).to_contain_text("as the shipped models answer it")
    expect(said.locator("[data-old='true']")).to_have_count(0)


def test_a_picture_of_ones_own_is_scored_beside_the_page(visits: Visits, tmp_path: Path) -> None:
    page = opened(visits)
    page.locator("#probe-files input[type=file]").set_input_files(write_picture(tmp_path / "mine.png"))
    expect(page.locator("#probe-pictures img[alt='mine.png']")).to_be_visible()
    # The example's captions are not true of it.
    expect(page.locator("#probe-caption input, #probe-caption textarea")).to_have_value("")
    expect(page.locator("#probe-others textarea")).to_have_value("")
    page.locator("#probe-caption input, #probe-caption textarea").fill("a red bus and a blue car")
    expect(page.locator("#probe-others textarea")).to_have_value("a blue bus and a red car")
    page.locator("#probe-ask").click()
    expect(page.locator("#probe-progress [data-busy='true']")).to_be_visible()
    expect(page.locator("#probe-cancel")).to_be_enabled()
    expect(page.locator("#probe-progress")).to_contain_text(f"1 picture, 2 captions, {SHIPPED} models", timeout=SLOW)
    expect(page.locator("#probe-answer .cosines img").first).to_have_attribute("alt", "picture 1: mine.png")
    expect(page.locator("#probe-cancel")).to_be_disabled()
    page.locator("#probe-example").click()
    expect(page.locator("#probe-pictures img")).to_have_count(2)


def test_a_bad_file_is_a_sentence(visits: Visits, tmp_path: Path) -> None:
    page = opened(visits)
    (tmp_path / "bad.png").write_text("no picture")
    page.locator("#probe-files input[type=file]").set_input_files(str(tmp_path / "bad.png"))
    expect(page.locator("#probe-pictures [role=alert]")).to_contain_text("bad.png: it is no picture of a kind")
    page.locator("#probe-caption input, #probe-caption textarea").fill("a red bus and a blue car")
    page.locator("#probe-ask").click()
    expect(page.locator("#notes")).to_contain_text("picture 1, bad.png: it is no picture")
    expect(page.locator("#probe-answer .model")).to_have_count(SHIPPED)
    page.locator("#probe-files button[aria-label='Clear'], #probe-files button[aria-label='Remove']").first.click()
    expect(page.locator("#notes")).to_be_empty()


def test_an_unknown_model_is_a_sentence(visits: Visits) -> None:
    page = opened(visits)
    choose_model(page, "nothing-here")
    page.locator("#probe-ask").click()
    expect(page.locator("#notes")).to_contain_text("model=nothing-here: no such model here", timeout=SLOW)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(visits: Visits, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(visits, query=f"&__theme={theme}")
    page.evaluate("for (const each of document.querySelectorAll('#probe-answer details')) each.open = true")
    found = Axe().run(page).response["violations"]
    serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in serious] == []


def test_a_phone_scrolls_in_one_direction(visits: Visits) -> None:
    page = opened(visits, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_chips_are_corrected(visits: Visits) -> None:
    page = opened(visits)
    page.locator("#probe-caption input, #probe-caption textarea").first.fill("a large red bus and an old car")
    others = page.locator("#probe-others textarea")
    expect(others).to_have_value("an old bus and a large red car")
    page.locator("#probe-chips .chip", has_text="red").click()
    expect(others).to_have_value("an old red bus and a large car")
    page.locator("#probe-chips .word").fill("shiny")
    page.locator("#probe-chips .thing").select_option(label="car")
    page.locator("#probe-chips .add").click()
    expect(page.locator("#probe-caption input, #probe-caption textarea").first).to_have_value(
        "a large red bus and an old shiny car"
    )
    expect(page.locator("#probe-chips .chip", has_text="shiny")).to_be_visible()
    expect(others).to_have_value(re.compile("^an old shiny red bus and a large car"))
    expect(page.locator("#probe-chips .chip", has_text="red")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("width", [1280, 390])
def test_maps_of_the_example_stand_beside_their_pictures(visits: Visits, width: int) -> None:
    page = opened(visits, width=width)
    maps = page.locator("#probe-answer .looks .map")
    expect(maps).to_have_count(4 * SHIPPED)
    first = page.locator("#probe-answer .heats").first
    expect(first.locator("figure")).to_have_count(3)
    expect(first.get_by_role("img", name=re.compile("most in row .* of \\d by \\d patches")).first).to_be_visible()
    base, over = (first.locator(which).nth(place).bounding_box() for which, place in ((".heat", 1), (".map", 0)))
    assert base and over and abs(base["width"] - over["width"]) < 1 and abs(base["x"] - over["x"]) < 1
    page.get_by_text("The maps as a table").first.click()
    expect(page.get_by_role("region", name="Maps by things-bound")).to_contain_text("Largest patch")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 390])
def test_a_ladder_of_models(visits: Visits, width: int) -> None:
    page = opened(visits, width=width)
    page.get_by_role("button", name="A ladder of models").click()
    page.locator("#probe-ladder-go").click()
    rows = page.locator("#probe-ladder-table tbody tr")
    expect(rows).to_have_count(SHIPPED, timeout=SLOW)
    expect(rows.first).to_contain_text("things-bound")
    expect(rows.first).to_contain_text("binds reliably")
    expect(page.locator("#probe-ladder-figure .figure[data-ready='true']")).to_be_visible()
    expect(page.locator("#probe-ladder-figure .figure-sentence")).to_contain_text("95 % interval")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_it_favors_what_is_inside_and_ones_own_captions(visits: Visits, tmp_path: Path) -> None:
    page = opened(visits)
    choose_model(page, "things-bound")
    page.get_by_role("button", name="What it favors").click()
    page.locator("#probe-biases-go").click()
    expect(page.locator("#probe-biases-progress")).to_contain_text("400 canonical scenes, seed 0", timeout=SLOW)
    expect(page.locator("#probe-biases-figure .figure-sentence")).to_contain_text("looks where named: things-bound")
    page.get_by_role("button", name="Inside the embedding").click()
    page.locator("#probe-inside-go").click()
    expect(page.locator("#probe-inside-figure .figure-sentence")).to_contain_text("within images", timeout=SLOW)
    expect(page.locator("#probe-inside-progress")).to_contain_text("400 canonical scenes, seed 0")
    expect(page.locator("#probe-map .figure-sentence")).to_contain_text("apart")
    page.get_by_role("button", name="Your captions on our curves").click()
    (tmp_path / "own.csv").write_text("caption\na red bus and an old car\na dog\n")
    page.locator("#probe-captions-file input[type=file]").set_input_files(str(tmp_path / "own.csv"))
    expect(page.locator("#probe-own-data-table")).to_contain_text("2 of 2 captions were read", timeout=SLOW)
    (tmp_path / "bad.csv").write_text("words\na\n")
    page.locator("#probe-captions-file button[aria-label='Clear']").first.click()
    page.locator("#probe-captions-file input[type=file]").set_input_files(str(tmp_path / "bad.csv"))
    expect(page.locator("#notes")).to_contain_text("bad.csv: its columns are words")


def test_captions_with_repeated_attributes_are_added_and_scored(visits: Visits) -> None:
    page = opened(visits)
    others = page.locator("#probe-others textarea")
    before = others.input_value()
    page.locator("#probe-confuse").click()
    expect(others).not_to_have_value(before)
    assert others.input_value().startswith(before) and len(others.input_value().splitlines()) == 3
    choose_model(page, "things-bound")
    page.locator("#probe-ask").click()
    said = page.locator("#probe-answer .confused").first
    expect(said).to_contain_text("Above all captions with repeated attributes (2): in", timeout=SLOW)
    expect(said).to_contain_text("chance 33 %")


def test_a_reading_within_the_embeddings_can_be_cancelled(visits: Visits) -> None:
    page = opened(visits)
    page.locator("#probe-inside > button").click()
    cancel, said = page.locator("#probe-inside-cancel"), page.locator("#probe-inside-progress")
    expect(cancel).to_be_disabled()
    page.locator("#probe-inside-go").click()
    expect(cancel).to_be_enabled(timeout=SLOW)
    cancel.click()
    expect(said).to_contain_text("Cancelled.", timeout=SLOW)
    expect(cancel).to_be_disabled()
