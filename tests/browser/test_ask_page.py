"""*Ask a real CLIP* as people use it: a picture of one's own, a caption, models of a slow hub."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import OFTEN, Visits, managed_visits
from tests.browser.small_clips import repositories
from tests.browser.views import broken_rules
from tests.served import Server, serve_app
from tests.unit.clip.hub_server import HubServer, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SLOW = 60_000  # ms: the first model brings torch along
MODELS = "#ask-models"
CAPTION = "#ask-caption"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    with serving(repositories(tmp_path_factory.mktemp("hub"))) as server:
        yield server


@pytest.fixture
def asked(tmp_path: Path, hub: HubServer) -> Iterator[Server]:
    """The host, which fetches from the hub; new to each try, as models that it has fetched stay."""
    folder = tmp_path / "ask"
    folder.mkdir()
    command = (sys.executable, "-m", "tests.browser.small_clips")
    hub_alone = {"HF_ENDPOINT": hub.address, "HF_HUB_OFFLINE": "0", "HF_HOME": str(folder / "hf")}
    with serve_app(folder, command=command, **OFTEN, **hub_alone) as started:
        yield started


@pytest.fixture
def fetching(browser: Browser, asked: Server) -> Iterator[Visits]:
    with managed_visits(browser, asked.url) as open_visits:
        yield open_visits


def open_page(visits: Visits) -> Page:
    page = visits.visitor(1280, 800)
    page.goto(f"{visits.base}?tab=ask")
    expect(page.locator(f"{MODELS} .ask-bar").first).to_be_visible(timeout=SLOW)
    return page


def row(page: Page, title: str) -> Locator:
    return page.locator(f"{MODELS} .ask-model", has_text=title)


def test_ones_own_picture_and_three_models_of_a_hub(fetching: Visits, hub: HubServer, tmp_path: Path) -> None:
    hub.breaks_after, hub.pause_s = None, 0.3
    page = open_page(fetching)
    # One screen, and the first answers are there without a question to a model.
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") <= [1280, 805]
    expect(page.locator(f"{MODELS} .ask-words b")).to_have_count(4)
    expect(page.locator(f"{MODELS} .ask-map img")).to_have_count(2)
    Image.new("RGB", (80, 60), (200, 30, 30)).save(tmp_path / "mine.png")
    page.locator(".ask-sources input").first.set_input_files(str(tmp_path / "mine.png"))
    expect(page.locator("#ask-picture img")).to_have_attribute("alt", "Your picture: mine.png")
    expect(page.locator(CAPTION)).to_have_value("")  # the example's caption is not true of it
    page.locator(CAPTION).fill("a large red bus and an old blue house")
    wrong = page.locator(".ask-swaps .ask-swap").nth(1)
    expect(wrong).to_contain_text("an old blue bus and a large red house")
    chip = page.locator(".ask-chip", has_text="red")
    chip.focus()
    page.keyboard.press("Enter")
    expect(chip).to_have_attribute("aria-pressed", "false")
    expect(wrong).to_contain_text("an old blue red bus and a large house")
    expect(row(page, "Tidy captions").locator(".ask-why")).to_have_text("Never read “old”.")
    page.locator(CAPTION).fill("a red bus and a green house")

    # One is slow, and the next waits; it is canceled, and goes on where it was.
    page.get_by_role("button", name="Add OpenAI ViT-B/32").click()
    expect(page.locator(".ask-number")).to_have_text(re.compile(r"^[2-5] of 7 MB, about \d+ s left$"), timeout=SLOW)
    hub.pause_s = 1.0  # it nearly stands still until the next one waits
    page.get_by_role("button", name="Add SigLIP ViT-B/16").click()
    expect(page.get_by_text("Next: 813 MB")).to_be_visible()
    hub.breaks_after = 3_000_000  # the next one breaks off
    page.get_by_role("button", name="Cancel OpenAI ViT-B/32").click()
    expect(page.get_by_role("button", name="Add OpenAI ViT-B/32")).to_be_visible()
    expect(page.locator(".ask-number")).to_have_text(re.compile("of 7 MB"), timeout=SLOW)
    hub.pause_s = 0.0
    expect(page.locator(".ask-refused")).to_contain_text("The connection broke off", timeout=SLOW)
    hub.breaks_after, hub.pause_s = None, 0.0
    before, went_on = len(hub.asked), len(hub.resumed)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Add OpenAI ViT-B/32").click()
    page.get_by_role("button", name="Add LAION ViT-B/32").click()
    expect(page.locator(".ask-offer")).to_have_count(0, timeout=SLOW)
    expect(page.locator(".ask-answers"), "the pressed button went with its row").to_be_focused()
    assert len([each for each in hub.asked[before:] if each.startswith("GET") and each.endswith(".safetensors")]) == 3
    assert len(hub.resumed[went_on:]) == 2 and min(hub.resumed) > 1_000_000  # the one that broke, the one canceled

    openai = row(page, "OpenAI ViT-B/32")
    expect(openai.locator(".ask-scores > span:last-child")).to_have_text(re.compile(r"\d\s%$"), timeout=SLOW)
    openai.locator("button.ask-row").click()
    expect(openai.locator("pre")).to_contain_text("pretrained='openai'", timeout=SLOW)
    expect(openai.locator("pre")).to_contain_text('images = ["mine.png"]')
    expect(openai.locator(".ask-map")).to_have_count(2)
    # The second picture is that of the swap; an answer that is being asked anew is pale until then.
    page.locator(".ask-foot input").set_input_files(str(tmp_path / "mine.png"))
    expect(openai.locator(".ask-words")).to_contain_text(re.compile("Winoground: text [01.5]+, image"), timeout=SLOW)
    expect(page.locator(".ask-stale")).to_have_count(0, timeout=SLOW)
    assert broken_rules(page) == []


def test_the_tab_answers_as_the_server_does(visits: Visits, tmp_path: Path) -> None:
    page = open_page(visits)
    # A pressed button that goes gives the focus to what it opened, and that to the button which comes again.
    page.locator("[data-act=change]").press("Enter")
    expect(page.locator("#ask-others")).to_be_focused()
    page.get_by_role("button", name="Done").press("Enter")
    expect(page.locator("[data-act=change]")).to_be_focused()
    page.locator(".ask-add").press("Enter")
    expect(page.locator(".ask-missing input")).to_be_focused()
    page.keyboard.type("big")
    page.keyboard.press("Enter")
    expect(page.locator(".ask-add")).to_be_focused()
    page.locator(CAPTION).fill("a green house and a yellow bus")
    tidy = row(page, "Tidy captions")
    words = tidy.locator(".ask-words")
    expect(words).to_contain_text("Sure of the wrong caption", timeout=SLOW)
    by_tab = words.inner_text()
    expect(tidy.locator(".ask-map")).to_have_count(2, timeout=SLOW)
    assert words.inner_text() == by_tab
    page.get_by_text("Your captions, counted").click()
    (tmp_path / "own.csv").write_text("caption\na red bus and an old car\na dog\n")
    page.locator("#ask-captions-file").set_input_files(str(tmp_path / "own.csv"))
    expect(page.locator("#ask-test h3").first).to_contain_text("Of 2 captions 1 (50 %) only name things", timeout=SLOW)
    (tmp_path / "bad.csv").write_text("words\na\n")
    page.locator("#ask-captions-file").set_input_files(str(tmp_path / "bad.csv"))
    expect(page.locator("#ask-test .ask-refused")).to_contain_text("its columns are words", timeout=SLOW)
    (tmp_path / "bad.png").write_text("no picture")
    page.locator(".ask-sources input").first.set_input_files(str(tmp_path / "bad.png"))
    expect(page.locator(".ask-note")).to_contain_text("This picture cannot be read")
    page.get_by_role("button", name="another one by name or file").click()
    page.locator("#ask-named").fill("nothing-here")
    page.keyboard.press("Enter")
    expect(page.locator(".ask-offer .ask-refused")).to_contain_text("No such model here", timeout=SLOW)
