"""The Workbench as a person uses it: dials, a guess, a training that is watched and replayed, ways on."""

import re
import time

import pytest
from gradio_client import Client
from playwright.sync_api import Page, Route, expect

from explorer.presets import PRESETS
from explorer.runs.store import RunStore
from tests.browser import bench
from tests.browser.bench import SLOW
from tests.browser.conftest import Server, Visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SMALL = "?tab=workbench&preset=binding-friendly&steps=12&batch_size=16&seed=7"
COLUMNS = ("workbench-data", "workbench-training", "workbench-outcome")
IDS = (*COLUMNS, "train", "outcome-number", "outcome-pair", "checkpoints", "guess")
DIALS = """() => [...document.querySelectorAll('#workbench-data [data-dial]')].map((each) =>
  [each.dataset.dial, each.value, each.checked])"""


def opened(visits: Visits, query: str = "", width: int = 1280, height: int = 800, *, dark: bool = False) -> Page:
    """The page once its columns show what the address says, and the pairs are there."""
    page = bench.opened(visits, query, width, height, dark=dark)
    expect(page.locator(".wb-pair")).to_have_count(12)
    return page


def guess(page: Page, answer: str = "skip") -> None:
    page.locator(f"[data-guess={answer}]").click()
    expect(page.locator("#outcome-number .wb-big")).not_to_contain_text("?")


def trained(page: Page) -> str:
    """Press Train and wait for the end; the run."""
    page.locator("#train").click()
    expect(page.locator("#train")).to_contain_text("Stop", timeout=SLOW)
    expect(page.locator("[data-way=inside]")).to_be_visible(timeout=SLOW)
    run = re.search(r"run=([a-z0-9-]+)", page.url)
    assert run
    return run[1]


@pytest.fixture(scope="module")
def trained_run(server: Server) -> str:
    """A small run that has ended."""
    client = Client(server.url, verbose=False)
    overrides = {"batch_size": 16}
    run = client.predict(preset="binding-friendly", overrides=overrides, steps=12, api_name="/start_run")["run"]
    deadline = time.monotonic() + SLOW / 1000
    while client.predict(run, 0, api_name="/run_status")["status"] != "finished":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return str(run)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (390, 844)])
def test_it_is_the_first_page_and_fits_the_window(visits: Visits, width: int, height: int) -> None:
    page = opened(visits, "", width, height)
    for name in IDS:
        expect(page.locator(f"#{name}")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if width == 390:
        boxes = [page.locator(f"#{name}").bounding_box() or {} for name in COLUMNS]
        assert [box["x"] for box in boxes] == [boxes[0]["x"]] * 3, "one below the other"
        expect(page.locator(".wb-sticky .wb-n")).to_be_in_viewport()
    else:
        assert page.evaluate("document.documentElement.scrollHeight") == height, "nothing scrolls"
        guess(page)
        assert page.evaluate("document.documentElement.scrollHeight") == height, "nor after the guess"
    expect(page.locator(".wb-top nav a")).to_have_text(["Workbench", "The evidence", "Ask a real CLIP", "Lesson"])


def test_the_recipe_of_the_web_comes_first_and_a_link_brings_its_own(visits: Visits) -> None:
    page = opened(visits)
    expect(page.locator(".wb-recipe[aria-checked=true]").first).to_have_attribute("data-preset", "web-like")
    other = opened(visits, "?preset=salient&attribute_density=0.5")
    expect(other.locator("[data-row=attribute_density] [data-value]")).to_have_text("1 in 2")
    expect(other.locator("[data-row=saliency_bias] [data-value]")).to_have_text("always")
    expect(other.locator("[data-part=told]")).to_have_text("Changed from Big only. Attributes told per object: 1 in 2.")


def test_nothing_is_offered_before_the_scripts_have_come_and_nothing_moves_when_they_do(visits: Visits) -> None:
    page, held = visits.visitor(), list[Route]()
    page.route("**/page/before/app.js", lambda route: held.append(route))
    visits.open(page, SMALL)
    boxes = [page.locator(f"#{name}").bounding_box() for name in COLUMNS]
    assert page.locator("#bench").locator("button, input, select").count() == 0
    held[0].continue_()
    expect(page.locator("[data-part=told]")).to_contain_text("Steps: 12")
    assert [page.locator(f"#{name}").bounding_box() for name in COLUMNS] == boxes


def test_a_list_that_is_opened_and_closed_changes_nothing(visits: Visits) -> None:
    page = opened(visits, "?tab=workbench&preset=salient&attribute_density=0.5&steps=90")
    before, address = page.evaluate(DIALS), page.url
    page.get_by_text("All recipes").click()
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    page.get_by_text("All recipes").click()
    page.locator("#workbench-training h2").click()
    expect(page.locator("[data-more=recipes] .wb-pop")).to_be_hidden()
    assert (page.evaluate(DIALS), page.url) == (before, address)


def test_a_recipe_sets_the_dials_and_one_click_brings_them_back(visits: Visits) -> None:
    page = opened(visits, "?tab=workbench&preset=salient&attribute_density=0.5&steps=90")
    before = page.evaluate(DIALS)
    page.locator("[data-preset=web-like]").first.click()
    expect(page.locator("[data-row=objects_in_image] [data-value]")).to_have_text("4")
    expect(page.locator("[data-part=told]")).to_contain_text("Four objects.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-row=objects_in_image] [data-value]")).to_have_text("2")
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    assert page.evaluate(DIALS) == before
    expect(page).to_have_url(re.compile("preset=salient&attribute_density=0.5&steps=90"))


def test_the_group_of_recipes_is_walked_by_arrows(visits: Visits) -> None:
    page = opened(visits, "?preset=binding-friendly")
    page.locator(".wb-recipe[data-preset=binding-friendly]").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wb-recipe[data-preset=incomplete]").first).to_be_focused()
    expect(page.locator("[data-row=caption_completeness] [data-value]")).to_have_text("half of it")


def test_a_dial_answers_and_what_bounds_it_stands_beside_it(visits: Visits) -> None:
    page = opened(visits, "?preset=incomplete")
    dial = page.locator("#wb-caption_completeness")
    dial.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    why = page.locator("[data-row=caption_completeness] [data-why]")
    expect(why).to_have_text("With 2 objects at least half: one is always named.")
    expect(page.locator("#notes li")).to_have_count(0)
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-row=saliency_bias] [data-value]")).to_have_text("nothing left out")
    expect(page.locator("#wb-saliency_bias")).to_be_disabled()
    expect(page.locator("[data-part=meter] b")).to_have_text("24 of 24")


def test_no_dial_moves_while_the_sentence_above_them_grows(visits: Visits) -> None:
    page = opened(visits, "?preset=web-like")
    row = page.locator("[data-row=objects_in_image]")
    before = row.bounding_box()
    for name, value in (("saliency_bias", "0.4"), ("attribute_density", "0.75"), ("caption_completeness", "0.8")):
        bench.move(page, name, value)
    expect(page.locator("[data-part=told]")).to_have_text(re.compile(r"Changed from Web-like\..*;.*;"))
    assert row.bounding_box() == before
    assert page.evaluate("document.documentElement.scrollHeight") == 800


def test_a_bad_number_is_told_beside_its_box_and_nothing_is_lost(visits: Visits) -> None:
    page = opened(visits, "?preset=incomplete")
    page.get_by_text("More dials").click()
    page.locator("#wb-steps").fill("0")
    expect(page.locator("[data-row=steps] [data-why]")).to_have_text("steps=0: must be from 1 to 1000000")
    expect(page.locator("[data-row=caption_completeness] [data-value]")).to_have_text("half of it")
    page.locator("#wb-steps").fill("90")
    expect(page.locator("[data-row=steps] [data-why]")).to_be_empty()
    expect(page.locator("[data-part=budget]")).to_have_text("90 steps, 23,040 pairs")


def test_samples_fade_what_is_not_told_and_keep_the_trick_question_apart(visits: Visits) -> None:
    page = opened(visits, "?preset=incomplete")
    expect(page.locator(".wb-card")).to_have_count(3)
    expect(page.locator(".wb-card .wb-veil")).to_have_count(3)
    first = page.locator(".wb-card figcaption").first.inner_text()
    page.get_by_role("button", name="Other samples").click()
    expect(page.locator(".wb-card figcaption").first).not_to_have_text(first)
    expect(page.locator("[data-part=tricks]")).to_be_hidden()
    page.locator("[data-more=facts] summary").click()
    expect(page.locator("[data-part=tricks]")).to_be_visible()


def test_the_answer_waits_for_a_guess_and_the_tally_stays(visits: Visits) -> None:
    page = opened(visits)
    expect(page.locator("#outcome-number .wb-big")).to_have_text("?%")
    expect(page.locator(".wb-strip")).to_be_hidden()
    expect(page.locator("[data-part=study]")).to_be_empty()
    guess(page, "no")
    expect(page.locator("#outcome-number [data-part=interval]")).to_contain_text("coin toss")
    expect(page.locator("[data-part=verdict]")).to_contain_text("You 1 of 1, the models 0 of 1, a coin 0.5.")
    page.reload()
    expect(page.locator("#guess")).to_be_hidden()
    page.get_by_role("button", name="Guess another pair").click()
    expect(page.locator("#guess")).to_be_visible()
    guess(page, "yes")
    expect(page.locator("[data-part=verdict]")).to_contain_text("of 2")


@pytest.mark.slow
def test_a_training_is_watched_replayed_and_led_on(visits: Visits, server: Server) -> None:
    page = opened(visits, SMALL)
    run = trained(page)
    report = RunStore(server.runs).get(run).report_json()
    value = report["metrics"]["binding_accuracy"]["value"]
    expect(page.locator("#outcome-number .wb-big")).to_have_text(re.compile(rf"{100 * value:.0f}|{100 * value:.1f}"))
    expect(page.locator("[data-part=run-name]")).to_have_text("Tidy, changed, seed 7")
    # Scrubbing needs no server: none is asked.
    page.route("**/gradio_api/**", lambda route: route.abort())
    scrub = page.locator("#checkpoints input")
    scrub.focus()
    page.keyboard.press("Home")
    expect(page.locator("[data-part=who]")).to_contain_text("step 0 of 12")
    page.keyboard.press("ArrowRight")
    expect(scrub).to_have_attribute("aria-valuetext", re.compile(r"step [1-9]"))
    page.get_by_role("button", name="Replay the training").click()
    expect(page.locator("[data-part=who]")).to_contain_text("step 12 of 12", timeout=20_000)
    page.unroute("**/gradio_api/**")
    page.locator("[data-way=share]").click()
    expect(page.locator(".wb-share input")).to_have_value(re.compile(f"tab=workbench.*run={run}"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save a PNG card").click()
    assert download.value.suggested_filename == f"{run}.png"
    page.get_by_role("button", name="Close").first.click()
    page.locator("#train").click()
    expect(page.locator("#wb-compare")).to_have_value(run)
    expect(page.locator(".wb-legend .wb-other")).to_have_text("Tidy, changed, seed 7")
    other = page.locator(f"#workbench-training[data-status=finished]:not([data-run={run}])")
    expect(other).to_be_attached(timeout=SLOW)
    expect(page).not_to_have_url(re.compile(f"run={run}"))
    page.go_back()
    expect(page.locator(f"#workbench-training[data-run={run}]")).to_be_attached(timeout=SLOW)
    page.wait_for_function("window.explorerHasArrived")  # the answer to the page's load chooses the tab
    page.locator("[data-way=inside]").click()
    expect(page).to_have_url(re.compile("tab=inspect"))
    expect(page.locator("#pick input")).to_have_value(run)


@pytest.mark.slow
def test_a_reload_in_mid_training_keeps_the_run_and_stop_ends_it(visits: Visits) -> None:
    page = opened(visits, SMALL.replace("steps=12", "steps=4000"))
    page.locator("#train").click()
    expect(page.locator("[data-part=time]")).to_contain_text(re.compile(r"Step [1-9]\d* of 4000"), timeout=SLOW)
    page.reload()
    expect(page.locator("#train")).to_contain_text("Stop")
    expect(page.locator("[data-part=who]")).to_contain_text("your run")
    bar = page.locator("[data-part=progress]")
    before = int(bar.get_attribute("aria-valuenow") or 0)
    page.locator("#train").click()
    expect(page.locator("[data-part=story]")).to_contain_text("Stopped early", timeout=SLOW)
    assert before >= 0


def test_the_sheet_of_runs_opens_finds_and_closes(visits: Visits, server: Server) -> None:
    folder = RunStore(server.runs).create(PRESETS["salient"].spec, claimed=True)
    folder.set_status(status="finished", step=180)
    page = opened(visits)
    page.get_by_role("button", name="All runs").click()
    sheet = page.locator("#wb-runs")
    expect(sheet).to_contain_text(folder.run)
    sheet.get_by_label("Search").press_sequentially("no such words")
    expect(sheet).to_contain_text("No run holds these words.")
    sheet.get_by_label("Search").fill("")
    sheet.get_by_label("Search").press_sequentially("salient")
    sheet.locator(f"button[data-run={folder.run}]").click()
    expect(sheet).to_be_hidden()
    expect(page).to_have_url(re.compile(f"run={folder.run}"))
    expect(page.locator("[data-part=who]")).not_to_contain_text("your run")
    page.get_by_role("button", name="All runs").click()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_the_keyboard_comes_from_the_recipes_to_the_pairs(visits: Visits) -> None:
    page = opened(visits)
    guess(page)
    page.locator(".wb-recipe[tabindex='0']").first.focus()
    order = []
    for _ in range(40):
        order.append(page.evaluate("document.activeElement.closest('.wb-col')?.id ?? ''"))
        page.keyboard.press("Tab")
    seen = list(dict.fromkeys(each for each in order if each))
    assert seen == list(COLUMNS)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (390, 844)])
def test_axe_finds_nothing_serious(visits: Visits, width: int, height: int, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(visits, "", width, height, dark=dark)
    for step in ("before", "after"):
        found = Axe().run(page).response["violations"]
        serious = [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found
                   if each["impact"] in ("serious", "critical")]  # fmt: skip
        assert serious == [], step
        if step == "before":
            guess(page)
            page.wait_for_timeout(600)  # marks that pop in are drawn over each other while they do


def press_until(page: Page, selector: str, *, most: int = 90) -> None:
    """Press Tab until the focus is on an element."""
    for _ in range(most):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


@pytest.mark.slow
def test_the_keyboard_leads_from_the_first_dial_to_the_share_card(visits: Visits) -> None:
    page = opened(visits, SMALL)
    page.locator("#wb-attribute_density").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-row=attribute_density] [data-value]")).not_to_have_text("one each")
    press_until(page, "#wb-exact-attribute_density")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-row=attribute_density] [data-value]")).to_have_text("one each")
    press_until(page, "#train")
    page.keyboard.press("Enter")
    expect(page.locator("[data-way=inside]")).to_be_visible(timeout=SLOW)
    press_until(page, "#checkpoints input")
    page.keyboard.press("Home")
    expect(page.locator("[data-part=who]")).to_contain_text("step 0 of 12")
    press_until(page, ".wb-pair:nth-child(2)")
    page.keyboard.press("Enter")
    expect(page.locator(".wb-pair").nth(1)).to_have_attribute("aria-pressed", "true")
    press_until(page, "[data-way=share]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy the link")).to_be_focused()
    page.keyboard.press("Tab")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".png")


def test_an_exact_number_is_typed_beside_its_slider(visits: Visits) -> None:
    page = opened(visits, "?preset=incomplete&objects_in_image=4")
    for name, typed, taken in (
        ("caption_completeness", "0.63", "0.63"), ("caption_completeness", "7", "1"), ("objects_in_image", "2.7", "3"),
        ("attribute_density", "-1", "0"), ("attribute_density", "", "0"),
    ):  # fmt: skip
        box = page.locator(f"#wb-exact-{name}")
        box.fill(typed)
        box.press("Tab")
        expect(box).to_have_value(taken)
        expect(page.locator(f"#wb-{name}")).not_to_have_value("")
    expect(page).to_have_url(re.compile("objects_in_image=3.*attribute_density=0"))


@pytest.mark.slow
def test_a_scene_of_ones_own_is_answered_by_the_run_and_goes_to_a_real_clip(visits: Visits, trained_run: str) -> None:
    page = opened(visits, f"?run={trained_run}")
    page.locator("[data-way=own]").click()
    dialog = page.locator("#scene-dialog")
    expect(dialog).to_contain_text("Tidy, changed, seed 0", timeout=60_000)
    dialog.get_by_role("button", name="Ask a real CLIP").click()
    expect(page).to_have_url(re.compile("tab=probe"))
    expect(page.locator("#probe-caption textarea, #probe-caption input").first).to_have_value(re.compile("^an? "))
    expect(page.locator("#probe-models")).to_contain_text(trained_run)


def test_a_calm_page_has_no_suspense(visits: Visits) -> None:
    page = visits.visitor()
    page.emulate_media(reduced_motion="reduce")
    visits.open(page)
    expect(page.locator(".wb-pair")).to_have_count(12)
    page.locator("[data-guess=yes]").click()
    expect(page.locator("#outcome-number .wb-big")).not_to_contain_text("?", timeout=1500)


def test_components_draw_where_a_page_forbids_to_compile_text(visits: Visits) -> None:
    page = visits.visitor()
    page.goto(f"{visits.base}lesson")  # under the strict policy; what it forbids is an error in the console
    page.evaluate("""async () => {
      const { html, render } = await import(new URL('explorer-assets/page/vendor/preact.js', document.baseURI));
      render(html`<p id="drawn" style=${{ color: 'red' }}>${[1, 2].map((n) => html`<b>${n}</b>`)}</p>`, document.body);
    }""")
    expect(page.locator("#drawn b")).to_have_text(["1", "2"])
