"""The page as one file, opened from a folder with the network off, in Chromium and in Firefox: all of it, and a run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer import api
from explorer.runs.store import RunStore
from explorer.runs.tab_training import describe_tab_training
from explorer.web.notebook import show_run
from explorer.web.onefile import write_run, write_site
from tests.browser.conftest import managed_visits
from tests.browser.firefox import Firefox

SLOW = 60_000  # ms: a page of 17 MB starts its models in a Blob worker
CHINESE = re.compile(r"[\u4e00-\u9fff]")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without network, on which nothing may go wrong and nothing but the file may be asked for."""
    with managed_visits(browser, "file:///") as open_visits:
        opened, asked = open_visits.visitor(offline=True), list[str]()
        opened.on("request", lambda request: asked.append(request.url))
        yield opened
    assert [url for url in asked if _is_asked(url)] == []


def _is_asked(url: str) -> bool:
    return not url.startswith(("blob:", "data:")) and not re.match(r"file:.*\.html(\?|$)", url)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of all views, which evaluates what it trains on few scenes."""
    told = describe_tab_training()
    few = told | {"evaluation": told["evaluation"] | {"scenes": 60}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.web.onefile.describe_tab_training", lambda: few)
        return write_site(tmp_path_factory.mktemp("usb") / "stick").as_uri()


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("home")
    write_run(RunStore(folder / "runs"), "things-bound", folder / "tidy.html")
    return (folder / "tidy.html").as_uri()


def test_it_draws_the_samples_of_a_server_and_a_dial_changes_them(page: Page, site: str) -> None:
    expected = api.samples("web-like")
    page.goto(f"{site}?preset=web-like")
    cards = page.locator(".wb-card figcaption")
    for place, card in enumerate(expected["cards"]):
        expect(cards.nth(place)).to_have_text(" ".join(word["text"] for word in card["words"]), timeout=SLOW)
        assert page.locator(".wb-card").nth(place).locator(".wb-veil").count() == len(card["untold"])
    expect(page.locator("[data-part=meter] b")).to_have_text(f"{max(expected['caption_levels']['counts'])} of 24")
    before = cards.all_inner_texts()
    page.locator("#wb-caption_completeness").fill("1")
    expect(page.locator("[data-row=caption_completeness] output")).to_have_text("all of it")
    expect(page.locator("[data-row=saliency_bias] output")).to_have_text("nothing left out")
    expect(cards.first).not_to_have_text(before[0])
    expect(page).to_have_url(re.compile("preset=web-like&.*caption_completeness=1"))


def test_a_recorded_training_is_replayed_and_another_trains_here(page: Page, site: str) -> None:
    page.clock.install()
    page.goto(f"{site}?preset=incomplete")
    page.locator("[data-act=replay]").click(timeout=SLOW)
    training = page.locator("#workbench-training")
    expect(training).to_have_attribute("data-status", "running")
    page.clock.run_for(10_000)
    expect(training).to_have_attribute("data-status", "finished", timeout=30_000)
    expect(training).to_have_attribute("data-step", "180")
    page.goto(f"{site}?preset=binding-friendly&steps=2&batch_size=16")
    page.locator("#train:not([disabled])").click(timeout=SLOW)
    expect(training).to_have_attribute("data-run", re.compile("^tab-binding-friendly-"))
    expect(training).to_have_attribute("data-status", "finished", timeout=SLOW)
    expect(page.locator("[data-part=run-name]")).to_contain_text("in this tab")


def test_every_view_opens_and_what_is_not_here_says_what_the_full_app_adds(page: Page, site: str) -> None:
    page.goto(f"{site}?tab=scene")
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right", timeout=SLOW)
    page.locator("nav [data-view=lesson]").click()
    expect(page.locator("#view-lesson")).to_contain_text("works without a server")
    page.locator("nav [data-view=ask]").click()
    expect(page.locator("#add-model")).to_contain_text("The full app asks any CLIP by its name")
    page.locator("#ask-caption").fill("a blue bus and a yellow submarine")
    tidy = page.locator("#ask-models .ask-model", has_text="Tidy captions")
    expect(tidy.locator(".ask-words b")).to_have_text("Sure of the right caption", timeout=SLOW)
    page.goto(f"{site}?tab=inside&run=things-bound")
    expect(page.get_by_role("button", name=re.compile("^Picture 33: nearer to its own"))).to_be_visible(timeout=SLOW)
    page.goto(f"{site}?tab=evidence&claim=density")
    expect(page.locator("#evidence h1")).to_be_visible(timeout=SLOW)


def test_it_fits_a_phone_in_chinese_and_in_the_dark(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}?tab=bench&lang=zh&dark=1")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN", timeout=SLOW)
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    for view in ("bench", "scene", "evidence", "ask", "lesson", "about", "class"):
        page.locator(".wb-menu summary").click()
        page.locator(f".wb-menu [data-view={view}]").click()
        expect(page.locator(f"#view-{view}")).to_contain_text(CHINESE, timeout=SLOW)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, view


def test_a_run_in_one_file_answers_without_network(page: Page, run_file: str) -> None:
    page.goto(run_file)
    expect(page.locator("#workbench-training")).to_have_attribute("data-run", "things-bound", timeout=SLOW)
    expect(page.locator("#outcome-number")).to_contain_text("100")
    expect(page.locator("#file-report tbody tr").first).to_contain_text("binding accuracy")
    page.locator("[data-more=typed] summary").click()
    page.locator("#typed-caption").fill("a blue submarine and a yellow zeppelin")
    expect(page.locator(".typed-unread")).to_have_text("Never read in training: zeppelin", timeout=SLOW)
    page.goto(f"{run_file}?tab=scene&run=things-bound")
    expect(page.locator("[data-model=things-bound]")).to_have_attribute("data-state", "right", timeout=SLOW)
    assert page.locator("[data-model]").count() == 1, "the model of the run is the one that the file has"


LESSON = """
localStorage.setItem(
  'clip-binding-explorer-lesson',
  '{"done": ["see", "guess", "dial", "form", "train"], "open": "train", "run": "incomplete"}',
)
"""


def test_a_link_to_another_view_loads_the_file_no_second_time(page: Page, site: str) -> None:
    loads = list[str]()
    page.on("domcontentloaded", lambda loaded: loads.append(loaded.url))
    page.add_init_script(LESSON)
    page.goto(f"{site}?preset=web-like&lang=zh")
    expect(page.locator("[data-preset=web-like][aria-checked=true]").first).to_be_visible(timeout=SLOW)
    page.locator("nav [data-view=lesson]").click()
    page.locator("#train-open a").click(timeout=SLOW)
    expect(page.locator("[data-preset=incomplete][aria-checked=true]").first).to_be_visible()
    expect(page).to_have_url(re.compile("tab=bench&preset=incomplete|preset=incomplete.*tab=bench"))
    assert "lang=zh" in page.url
    page.go_back()
    expect(page.locator("#train-open a")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-preset=web-like][aria-checked=true]").first).to_be_visible()
    assert len(loads) == 1


def test_a_frame_of_a_notebook_follows_its_links(page: Page, tmp_path: Path) -> None:
    shown = show_run(RunStore(tmp_path / "runs"), "things-bound")
    (tmp_path / "notebook.html").write_text(shown._repr_html_(), encoding="utf-8")
    page.goto((tmp_path / "notebook.html").as_uri())
    frame = page.frame_locator("iframe")
    expect(frame.locator("#workbench-training")).to_have_attribute("data-run", "things-bound", timeout=SLOW)
    frame.locator(".wb-menu summary").click()
    frame.locator(".wb-menu [data-view=inside]").click()
    expect(frame.locator("#inside-model")).to_have_value("things-bound", timeout=SLOW)
    frame.locator(".in-who a").click()
    expect(frame.locator("#workbench-training")).to_have_attribute("data-run", "things-bound")
    frame.locator("#view-bench a[href*='tab=evidence']").first.click()
    expect(frame.locator("#view-evidence")).to_be_visible()


SEEDED = "?preset=binding-friendly&steps=2&batch_size=16&seed=7"
DIGEST = "document.querySelector('[data-part=digest] code')?.title"
CORES = "clip-binding-explorer-tab-cores"
LOADED = "document.querySelector('[data-part=time]')?.textContent.includes(' core')"
"""Before it is left: Firefox counts an import as an error whose page goes away meanwhile."""


def test_one_core_of_chromium_and_two_of_firefox_give_one_digest(page: Page, site: str, fox: Firefox) -> None:
    page.add_init_script(f"localStorage.setItem('{CORES}', 1)")
    page.goto(site + SEEDED)
    expect(page.locator("[data-part=time]")).to_contain_text("on 1 core", timeout=SLOW)
    page.locator("#train").click()
    digest = str(page.locator("[data-part=digest] code").get_attribute("title", timeout=SLOW))
    assert re.fullmatch("[0-9a-f]{64}", digest)
    fox.go(site)
    fox.wait(LOADED)
    fox.evaluate(f"localStorage.setItem('{CORES}', 2)")
    fox.go(site + SEEDED)
    fox.wait("document.querySelector('[data-part=time]')?.textContent.includes('on 2 core')")
    fox.evaluate("document.querySelector('#train').click()")
    fox.wait(DIGEST)
    assert fox.evaluate(DIGEST) == digest


def test_it_opens_in_firefox(site: str, fox: Firefox) -> None:
    fox.go(f"{site}?preset=salient")
    fox.wait("document.querySelectorAll('.wb-card img').length === 3")
    fox.wait("document.querySelector('#train:not([disabled])')")
    fox.wait(LOADED)
    fox.go(f"{site}?tab=scene")
    fox.wait("document.querySelector('[data-model=things-bound]')?.dataset.state === 'right'")
    assert [url for url in fox.requests if _is_asked(url) and not url.startswith("about:")] == []


WHOLE = "?preset=binding-friendly&seed=0"
BIG = "document.querySelector('[data-part=big]').innerText"
ENDED = "document.querySelector('#workbench-training')?.dataset.status === 'finished'"


@pytest.mark.nightly
@pytest.mark.timeout(1500)
def test_a_whole_training_binds(page: Page, site: str) -> None:
    page.goto(site + WHOLE)
    page.locator("#train:not([disabled])").click(timeout=SLOW)
    page.wait_for_function(ENDED, timeout=1_200_000)
    assert float(page.evaluate(BIG).removesuffix("%")) > 95


@pytest.mark.nightly
@pytest.mark.timeout(1500)
def test_a_whole_training_binds_in_firefox(site: str, fox: Firefox) -> None:
    fox.go(site + WHOLE)
    # As a hand does before it presses: what trains is loaded once somebody is there.
    fox.evaluate("dispatchEvent(new Event('pointermove'))")
    fox.wait("document.querySelector('[data-part=time]')?.textContent.includes('About')")
    fox.evaluate("document.querySelector('#train').click()")
    fox.wait(ENDED, seconds=1200)
    assert float(str(fox.evaluate(BIG)).removesuffix("%")) > 95
