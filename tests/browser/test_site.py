"""Pages in one file, opened from a folder with the network off: a run with its model, and the twin of the app."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.pages.site.run_file import write_run
from explorer.pages.site.twin import write_site
from explorer.pages.workbench.samples import samples
from explorer.presets import PRESETS
from explorer.runs.store import RunStore

SLOW = 60_000  # ms: a page of 18 MB starts its models in a Blob worker
pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without network, on which nothing may go wrong and nothing may be asked of a server."""
    context, faults = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True), []
    context.set_default_timeout(30_000)
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.on("request", lambda request: faults.append(request.url) if request.url.startswith("http") else None)
    yield opened
    context.close()
    assert faults == []


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    write_run(RunStore(folder / "runs"), "things-bound", folder / "tidy.html")
    return folder / "tidy.html"


def test_a_run_in_one_file_answers_without_network(page: Page, run_file: Path) -> None:
    page.goto(run_file.as_uri())
    expect(page.locator("[data-part=count]")).to_contain_text("of 24")
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right")
    page.locator("#scene-try-values").click()
    expect(page.locator(".scene-caption p").first).to_contain_text("a blue submarine")
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right")
    page.locator("[data-more=typed] summary").click()
    page.locator("#typed-caption").fill("a blue submarine and a yellow zeppelin")
    expect(page.locator(".typed-unread")).to_have_text("Never read in training: zeppelin")
    expect(page.locator("#workbench-outcome .typed-said b")).to_be_visible()


def test_it_fits_a_phone_in_chinese(page: Page, run_file: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{run_file.as_uri()}?lang=zh&dark")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#workbench-outcome h2")).to_contain_text(re.compile(r"[\u4e00-\u9fff]"))
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_site(tmp_path_factory.mktemp("usb") / "stick").as_uri()


def test_the_twin_draws_samples_and_replays_a_training_without_network(page: Page, twin: str) -> None:
    page.goto(f"{twin}?preset=incomplete")
    expect(page.locator("#train")).to_have_text("Replay its training", timeout=SLOW)
    expect(page.locator("[data-part=time]")).to_have_text("Recorded before: nothing trains in this copy")
    page.locator("[data-guess=skip]").click()
    page.locator("#train").click()
    expect(page.locator("[data-part=who]")).to_have_text(re.compile(r"recorded training, step \d+ of 180"))
    expect(page.locator("[data-part=who]")).to_have_text("recorded training, step 180 of 180", timeout=30_000)
    expect(page.locator("[data-part=story]")).to_contain_text("finished")
    before = page.locator("figcaption").all_inner_texts()
    page.locator("#wb-caption_completeness").fill("1")
    expect(page.locator("[data-row=caption_completeness] output")).to_have_text("all of it")
    expect(page.locator("figcaption").first).to_contain_text(" and ")
    assert page.locator("figcaption").all_inner_texts() != before
    expect(page.locator("[data-part=time]")).to_contain_text("Recorded were: Tidy,")
    expect(page.locator("#train")).to_be_disabled()
    expect(page).to_have_url(re.compile("preset=incomplete&.*caption_completeness=1"))


def test_the_samples_of_the_twin_are_those_of_the_server(page: Page, twin: str) -> None:
    for name in ("binding-friendly", "web-like"):
        spec = PRESETS[name].spec
        expected = samples(spec, 0)
        page.goto(f"{twin}?preset={name}")
        cards = page.locator(".wb-card figcaption")
        for place, card in enumerate(expected["cards"]):
            expect(cards.nth(place)).to_have_text(" ".join(word["text"] for word in card["words"]), timeout=SLOW)
            assert page.locator(".wb-card").nth(place).locator(".wb-veil").count() == len(card["untold"])
        expect(page.locator("[data-part=meter] b")).to_have_text(f"{max(expected['told']['counts'])} of 24")
        tricks = page.locator("[data-part=tricks] p")
        for place, card in enumerate(expected["cards"]):
            words = card["no_trick"] if card["trick"] is None else " ".join(word["text"] for word in card["trick"])
            assert words in (tricks.nth(place).text_content() or "")


def test_every_view_of_the_twin_fits_and_one_can_be_framed(page: Page, twin: str) -> None:
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for view in ("workbench", "scene", "study", "lesson"):
            page.goto(f"{twin}?tab={view}&lang=zh")
            expect(page.locator(f"#site-{view}")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, view
    page.locator("[data-view=scene]").click()
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right", timeout=SLOW)
    lesson = page.frame_locator("#site-lesson iframe")
    page.locator("[data-view=lesson]").click()
    lesson.locator("#go-dial").click()
    lesson.locator("#dial").fill("0.5")
    expect(lesson.locator("#go-dial")).to_have_attribute("data-done", "true")
    lesson.locator("#go-train").click()
    lesson.locator("#train-preset input[value=incomplete]").check()
    lesson.locator("#train-start").click()
    expect(lesson.locator("#train-card")).to_contain_text(re.compile(r"第 \d+ 步，共 180 步"))
    expect(lesson.locator("#go-train")).to_have_attribute("data-done", "true", timeout=SLOW)
    expect(lesson.locator("#train-open a")).to_have_attribute("href", re.compile("run=incomplete"))
    lesson.locator("#go-probe").click()
    first = lesson.locator("#probe-first").input_value()
    assert sorted(first.split()) == sorted(lesson.locator("#probe-second").input_value().split()) != first.split()
    lesson.locator("#probe-model").select_option("things-bound")
    lesson.locator("#probe-ask").click()
    expect(lesson.locator("#probe-said")).to_contain_text("第一句", timeout=SLOW)
    expect(lesson.locator("#go-probe")).to_have_attribute("data-done", "true")
    page.goto(f"{twin}?only=scene&lang=zh&scene=<img src=x>;cat,red@16,16,1000;bird,blue@48,48,1000")
    expect(page.locator("#header")).to_be_hidden()
    expect(page.locator(".scene-caption p").first).to_contain_text("a red cat and a blue bird")
    assert page.locator("#site-scene img").count() == 0
