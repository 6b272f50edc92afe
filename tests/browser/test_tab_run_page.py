"""A training in the tab on the Workbench: its place, pause and stop, what is kept, files that leave the page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect
from safetensors.torch import load_file

from explorer.clip.open_clip_import import open_clip
from explorer.evaluation.inspection import Snapshot
from explorer.runs.archive import import_zip
from explorer.runs.store import RunStore
from explorer.spec import saved_steps
from tests.browser.conftest import Visits, managed_visits
from tests.browser.views import WIDE, broken_rules, remaining_items
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SHORT = "?preset=binding-friendly&steps=12&batch_size=128"
TWO_STEPS = "?preset=binding-friendly&steps=2&batch_size=32"
SAVED = (0, *sorted(saved_steps(12)))
PATIENCE_MS = 90_000
NO_WEBASSEMBLY = "WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError('refused'));"


def column(page: Page) -> Locator:
    return page.locator("#workbench-training")


def come_near(page: Page) -> None:
    """What trains in the tab is loaded once somebody is there."""
    page.locator("#train-place").wait_for(timeout=PATIENCE_MS)
    page.mouse.move(40, 40)


def train_here(page: Page) -> None:
    page.locator("[data-place=tab]").click()
    page.locator("#train").click()
    expect(page.locator("#train-stop")).to_be_visible(timeout=PATIENCE_MS)


def first_steps(page: Page) -> None:
    """Wait until the training has made a step; not for a certain one, which a quick machine leaves unseen."""
    page.locator("#workbench-training[data-step]:not([data-step='0'])").wait_for(timeout=PATIENCE_MS)


def wait_for_end(page: Page, status: str = "finished") -> str:
    """Wait for the end; return the run's name."""
    expect(column(page)).to_have_attribute("data-status", status, timeout=PATIENCE_MS)
    return str(column(page).get_attribute("data-run"))


def save_file(page: Page, act: str, folder: Path) -> Path:
    """The file that a button of the box of files gives."""
    if page.locator("[data-more=tab-files][open]").count() == 0:
        page.locator("[data-more=tab-files] summary").click()
    with page.expect_download() as download:
        page.locator(f"[data-act={act}]").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.fixture(scope="module")
def trained(browser: Browser, host: Server) -> Iterator[Page]:
    """A page on which twelve steps were trained, with a pause; nothing trains before somebody asks."""
    with managed_visits(browser, host.url) as open_visits:
        page, asked = open_visits.visitor(), list[str]()
        page.on("request", lambda request: asked.append(request.url))
        open_visits.open(page, SHORT)
        come_near(page)
        expect(page.locator("#train-place [data-place=tab] span")).to_contain_text("about", timeout=PATIENCE_MS)
        expect(page.locator("#train-place [aria-checked=true]")).to_have_count(1)
        assert not [url for url in asked if url.endswith("train/worker.js")]
        train_here(page)
        first_steps(page)
        page.locator("#train").click()
        expect(page.locator("[data-part=budget]")).to_have_text("paused")
        page.locator("#train").click()
        wait_for_end(page)
        yield page


def test_a_run_of_the_tab_is_a_run(trained: Page) -> None:
    name = wait_for_end(trained)
    assert name.startswith("tab-binding-friendly-")
    expect(trained.locator("#saved-steps input")).to_have_attribute("max", str(len(SAVED) - 1))
    expect(trained.locator("[data-part=interval]")).to_contain_text(" to ")
    expect(trained.locator("[data-part=count]")).to_contain_text("of 24")
    trained.reload()
    assert wait_for_end(trained) == name, "the browser kept it"
    expect(trained.locator("[data-part=kept]")).to_contain_text("Kept in this browser only")
    expect(trained.locator("#wb-compare option", has_text="in this tab")).to_have_count(0)
    assert broken_rules(trained) == []
    trained.locator("[data-way=inside]").click()
    expect(trained.locator("#view-inside")).to_contain_text(
        "pictures are nearer to their own caption", timeout=PATIENCE_MS
    )
    trained.go_back()
    assert wait_for_end(trained) == name


def test_its_files_open_elsewhere(trained: Page, tmp_path: Path) -> None:
    name = wait_for_end(trained)
    path = save_file(trained, "save-zip", tmp_path)
    folder = import_zip(RunStore(tmp_path / "runs"), path)
    assert (folder.run, folder.status().status, folder.status().step) == (name, "finished", 12)
    assert [record["step"] for record in folder.records()] == [*range(1, 13)]
    assert folder.snapshot_steps() == SAVED
    assert {*Snapshot.load(folder.snapshot_path(12)).forms} == {"canonical", "own"}
    weights = load_file(save_file(trained, "save-model", tmp_path))
    model, *_ = open_clip.create_model_and_transforms(f"local-dir:{folder.model}")
    parameters = dict(model.named_parameters())
    assert parameters.keys() == weights.keys()
    assert all(torch.equal(parameters[each], weights[each]) for each in weights), "the zip has the same weights"
    read = open_clip.get_tokenizer(f"local-dir:{folder.model}")(["a red bus"])
    assert model.encode_text(read).shape == (1, 128)


def test_it_is_saved_as_one_page_that_opens_without_a_server(trained: Page, tmp_path: Path) -> None:
    wait_for_end(trained)
    number = trained.locator("[data-part=big]").inner_text()
    with trained.expect_download(timeout=PATIENCE_MS) as download:
        trained.locator("[data-act=save-run]").click()
    path = tmp_path / "run.html"
    download.value.save_as(path)
    assert 4_000_000 < path.stat().st_size < 9_000_000
    page = trained.context.new_page()
    page.goto(path.as_uri())
    expect(column(page)).to_have_attribute("data-status", "finished", timeout=PATIENCE_MS)
    expect(page.locator("[data-part=run-name]")).to_contain_text("trained in a tab")
    expect(page.locator("[data-part=big]")).to_have_text(number)
    page.locator("[data-more=typed] summary").click()
    page.locator("[data-part=typed] input").fill("a blue submarine")
    expect(page.locator("[data-part=typed]")).to_contain_text("cosine with A", timeout=PATIENCE_MS)
    page.close()


def test_it_is_handed_to_the_server(trained: Page, host: Server) -> None:
    name = wait_for_end(trained)
    link = trained.locator("[data-part=kept] a[href*='run=']")
    if not link.is_visible():  # it is handed over once
        trained.locator("[data-act=hand-over]").click()
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    with urlopen(f"{host.url}v/run.json?name={name}", timeout=30) as answer:
        run = json.load(answer)["run"]
    assert run["title"].endswith("trained in a tab")
    assert (run["status"], run["step"], len(run["checkpoints"]), run["has_model"]) == ("finished", 12, len(SAVED), True)


def test_a_phone_trains_and_stops_in_chinese(visits: Visits) -> None:
    page = visits.visitor(390, 844)
    visits.open(page, "?preset=binding-friendly&placement=free&lang=zh")
    come_near(page)
    place = page.locator("#train-place [data-place=tab]")
    expect(place).to_contain_text("这个世界不行", timeout=PATIENCE_MS)
    place.click(force=True)
    expect(place).to_have_attribute("aria-checked", "false")
    visits.open(page, "?preset=binding-friendly&lang=zh")
    come_near(page)
    expect(place.locator("span")).to_contain_text("约", timeout=PATIENCE_MS)
    train_here(page)
    first_steps(page)
    expect(column(page)).to_contain_text("请让这个页面留在最前面")
    assert remaining_items(page, WIDE) == []
    page.locator("#train-stop").click()
    wait_for_end(page, "stopped")
    expect(page.locator("[data-part=kept]")).to_contain_text("只留在这个浏览器里")
    assert remaining_items(page, WIDE) == []


def test_one_core_and_two_end_in_the_same_bits_and_the_choice_is_kept(visits: Visits) -> None:
    page, seeded, digests = visits.visitor(), f"{TWO_STEPS}&seed=7", []
    page.add_init_script("Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 3 })")
    cores = page.locator("#train-place [data-place=tab] b")
    for before, chosen in ((2, 1), (1, 2)):
        visits.open(page, seeded)
        come_near(page)
        expect(cores).to_contain_text(f"{before} core", timeout=PATIENCE_MS)
        page.locator("[data-place=tab]").click()
        page.locator("[data-more=cores] summary").click()
        page.locator(f"[data-cores='{chosen}']").click()
        expect(cores).to_contain_text(f"{chosen} core")
        page.locator("#train").click()
        wait_for_end(page)
        digests.append(page.locator("[data-part=digest] code").get_attribute("title"))
    assert digests[0] == digests[1] and re.fullmatch("[0-9a-f]{64}", str(digests[0]))


def test_a_model_of_the_tab_goes_on_with_other_captions(visits: Visits) -> None:
    page = visits.visitor()
    visits.open(page, TWO_STEPS)
    come_near(page)
    train_here(page)
    first = wait_for_end(page)
    page.locator("[data-way=opposite]").click()
    go_on = page.locator("#go-on")
    expect(go_on).to_be_visible(timeout=PATIENCE_MS)
    expect(go_on).to_be_focused()
    expect(page.locator("#train")).to_contain_text("From fresh weights")
    page.locator("#wb-steps").evaluate("each => { each.value = 3; each.dispatchEvent(new Event('input')); }")
    go_on.click()
    expect(column(page)).not_to_have_attribute("data-run", first, timeout=PATIENCE_MS)
    second = wait_for_end(page)
    expect(page.locator("[data-part=run-name]")).to_contain_text(", from Tidy, seed ")
    expect(page.locator("[data-part=who]")).to_contain_text("step 5 of 5")
    expect(page.locator("[data-part=chart]")).to_contain_text("it goes on")
    page.reload()
    assert wait_for_end(page) == second, "the browser kept it with its start"
    expect(page.locator("[data-part=legend]")).to_contain_text("before: Tidy")
    assert broken_rules(page) == []


def test_a_shipped_model_is_a_start_and_a_model_of_another_kind_is_none(visits: Visits, host: Server) -> None:
    page = visits.visitor()
    visits.open(page, f"{TWO_STEPS}&init=things-bound")
    come_near(page)
    place = page.locator("#train-place [data-place=tab]")
    expect(place.locator("span")).to_contain_text("about", timeout=PATIENCE_MS)
    train_here(page)
    wait_for_end(page)
    expect(page.locator("[data-part=chart]")).to_contain_text("began with things-bound")
    page.locator("#saved-steps input").press("Home")
    expect(page.locator("[data-part=big]")).to_contain_text(re.compile("9[5-9]|100"))
    page.goto(f"{host.url}{SHORT}&init=things-bound&loss=siglip")
    come_near(page)
    expect(place).to_have_attribute("title", re.compile("things-bound has no logit_bias"), timeout=PATIENCE_MS)


def test_about_says_whether_the_device_computes_the_known_bits(visits: Visits) -> None:
    page = visits.visitor(390, 844)
    page.add_init_script("Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 3 })")
    visits.open(page, "?tab=about#digest")
    page.locator("#digest-train").click()
    expect(page.locator("#digest-said")).to_have_attribute("data-state", "same", timeout=PATIENCE_MS)
    report = page.locator("#digest-said pre").inner_text()
    by_workers = [line.split(",")[0] for line in report.splitlines() if line.endswith("(the known one)")]
    assert by_workers == ["2 workers", "1 worker"]


def test_a_browser_that_refuses_webassembly_says_so(visits: Visits, host: Server) -> None:
    page = visits.visitor()
    page.add_init_script(NO_WEBASSEMBLY)
    page.goto(host.url + SHORT)
    come_near(page)
    place = page.locator("#train-place [data-place=tab]")
    expect(place).to_have_attribute("aria-disabled", "true", timeout=PATIENCE_MS)
    expect(place).to_have_attribute("title", re.compile("refuses WebAssembly.*train this on the server"))
    expect(page.locator("#train-place [data-place=server]")).to_have_attribute("aria-checked", "true")
