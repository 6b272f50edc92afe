"""Things of one's own, on a desk and on a phone: drawn, photographed, picked, kept, saved, trained, handed over."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, expect

from explorer.contract import page_contract
from explorer.runs.archive import import_zip
from explorer.runs.store import RunStore
from explorer.world.own import parse_world, read_world
from tests.browser.conftest import Visits, managed_visits
from tests.browser.firefox import Firefox
from tests.browser.pad import FACE, draw_dog
from tests.engine.test_own_atlas import DRAWN, GOLDEN, PROGRAM, things
from tests.own_worlds import SIX
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PATIENCE_MS = 90_000
DIGESTS = f"""async ({{ things, documents, contract }}) => {{
  {PROGRAM.read_text(encoding="utf-8").replace("export async", "async")}
  const load = (name) => import(new URL(`page/now/engine/${{name}}`, document.baseURI));
  return report(load, things, documents, {{ contract }});
}}"""
"""The program that Node runs, as a function: the page's policy loads no script but its own."""


def given() -> dict[str, Any]:
    """What the program is given."""
    return {"things": things(), "documents": DRAWN, "contract": page_contract()}


@pytest.fixture
def visits(browser: Browser, host: Server) -> Iterator[Visits]:
    with managed_visits(browser, host.url) as opened:
        yield opened


def on_a_table(path: Path) -> Path:
    """A photograph of a sheet that lies turned on a dark table, with a face drawn beside its middle."""
    sheet = Image.new("RGBA", (420, 520), (238, 234, 226, 255))
    draw = ImageDraw.Draw(sheet)
    draw.ellipse((60, 120, 300, 380), outline=(34, 32, 38, 255), width=16)
    for x in (130, 210):
        draw.ellipse((x, 210, x + 24, 240), fill=(34, 32, 38, 255))
    table = Image.new("RGB", (750, 1000), (92, 64, 44))
    turned = sheet.rotate(7, expand=True, resample=Image.Resampling.BICUBIC)
    table.paste(turned, (120, 240), turned)
    shade = np.linspace(1, 0.6, 750)[None, :, None]
    Image.fromarray((np.asarray(table) * shade).astype(np.uint8)).save(path)
    return path


def paper(path: Path) -> Path:
    """A photograph of a rocket drawn with a marker, in a shadow."""
    image = Image.new("RGB", (600, 700), (240, 236, 228))
    draw = ImageDraw.Draw(image)
    hull = [(300, 90), (200, 240), (200, 520), (400, 520), (400, 240), (300, 90)]
    draw.line(hull, fill=(30, 28, 32), width=18, joint="curve")
    draw.ellipse((260, 260, 340, 340), outline=(30, 28, 32), width=16)
    shade = np.linspace(1, 0.55, 600)[None, :, None] * np.linspace(1, 0.8, 700)[:, None, None]
    noise = np.random.default_rng(0).normal(0, 4, (700, 600, 3))
    Image.fromarray((np.asarray(image) * shade + noise).clip(0, 255).astype(np.uint8)).save(path)
    return path


def test_two_things_are_made_kept_and_trained(visits: Visits, tmp_path: Path) -> None:
    page = visits.visitor()
    page.goto(f"{visits.base}?tab=things")
    tile = page.locator("[data-tile='6']")
    # Who empties tiles by keys stays at them, and hears what became of them.
    undo, note = page.locator("[data-act=undo-empty]"), page.locator(".th-note")
    page.locator("[data-tile='2'] [data-act=empty]").press("Enter")
    expect(page.locator("[data-tile='2'] [data-act=draw]")).to_be_focused()
    expect(note).to_have_text("cat is removed.")
    undo.press("Enter")
    expect(page.locator("[data-act=empty-all]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(note).to_have_text("The things are back.")
    # A name that captions have already, and one of another thing, are refused where they are typed.
    tile.locator("[data-act=draw]").click()
    draw_dog(page)
    for typed in ("red", "cat", "two words", "dog2"):
        page.locator("#thing-name").fill(typed)
        expect(page.locator("#thing-why")).to_have_class("th-bad")
        expect(page.locator("#thing-keep")).to_be_disabled()
    page.locator("#thing-name").fill("Bello")
    page.locator("#thing-keep").click()
    expect(tile.locator("[data-name]")).to_have_text("bello")
    expect(tile.locator("[data-act=edit]")).to_be_focused()
    # A box that is closed gives the focus back to its button; a file that is no picture is told of.
    (tmp_path / "paper.txt").write_text("a rocket")
    photo = page.locator("[data-tile='7'] [data-act=photo]")
    photo.press("Enter")
    page.locator(".th-left input[type=file]").first.set_input_files(tmp_path / "paper.txt")
    expect(page.locator(".th-left .th-bad")).to_contain_text("cannot read this picture")
    page.keyboard.press("Escape")
    expect(photo).to_be_focused()
    # A photograph.
    photo.click()
    page.locator(".th-left input[type=file]").first.set_input_files(paper(tmp_path / "paper.png"))
    expect(page.locator(".th-slider")).to_be_visible()
    page.locator("#thing-name").fill("rocket")
    page.locator("#thing-keep").click()
    expect(page.locator("[data-tile='7'] [data-name]")).to_have_text("rocket")
    # They stay in this browser, and go into a file that Python reads.
    page.reload()
    expect(tile.locator("[data-name]")).to_have_text("bello")
    with page.expect_download() as download:
        page.locator("#save-things").click()
    download.value.save_as(tmp_path / "mine.json")
    world = read_world(tmp_path / "mine.json")
    assert [noun.word for noun in world.nouns[:2]] == ["bello", "rocket"]
    assert {part.role for part in world.nouns[0].parts} == {
        "body",
        "ink",
    } and download.value.suggested_filename == f"{world.name}.json"
    # Another world is opened, and Undo brings the first one back.
    (tmp_path / "six.json").write_text(json.dumps(SIX))
    page.locator(".th-acts input[type=file]").set_input_files(tmp_path / "six.json")
    expect(page.locator("[data-tile='0'] [data-name]")).to_have_text(SIX["nouns"][0]["word"])
    page.locator("[data-act=undo-empty]").click()
    expect(tile.locator("[data-name]")).to_have_text("bello")
    (tmp_path / "bad.json").write_text('{"nouns": [{"word": "<img src=x onerror=alert(1)>"}]}')
    page.locator(".th-acts input[type=file]").set_input_files(tmp_path / "bad.json")
    expect(page.locator(".th-note")).to_contain_text("word and parts alone")
    (tmp_path / "newer.json").write_text(json.dumps({**SIX, "form": 2}))
    page.locator(".th-acts input[type=file]").set_input_files(tmp_path / "newer.json")
    expect(page.locator(".th-note")).to_have_text("This world was saved by a newer page. Reload this one.")
    # Trained in this tab, with pairs and captions of its own.
    page.locator("#train-things").click()
    expect(page.locator("#train-stop")).to_be_visible(timeout=PATIENCE_MS)
    page.locator("#workbench-training[data-step]:not([data-step='0'])").wait_for(timeout=PATIENCE_MS)
    page.locator("#train-stop").click()
    column = page.locator("#workbench-training")
    expect(column).to_have_attribute("data-status", "stopped", timeout=PATIENCE_MS)
    run = str(column.get_attribute("data-run"))
    expect(page.locator("#workbench-outcome")).to_contain_text("yellow bello")
    expect(page.locator("[data-row=things] img")).to_have_count(4)
    # The run has its world after a visit, and takes it along to the server.
    page.reload()
    expect(page.locator("#workbench-outcome")).to_contain_text("yellow bello")
    page.locator("[data-more=tab-files] summary").click()
    with page.expect_download() as download:
        page.locator("[data-act=save-zip]").click()
    download.value.save_as(tmp_path / "run.zip")
    arrived = import_zip(RunStore(tmp_path / "runs"), tmp_path / "run.zip")
    assert arrived.run == run and arrived.spec().data.world == world.name
    assert [noun.word for noun in read_world(arrived.path / "world.json").nouns[:2]] == ["bello", "rocket"]


def test_a_photograph_is_framed_around_its_drawing(visits: Visits, tmp_path: Path) -> None:
    page = visits.visitor(390, 844, has_touch=True, is_mobile=True)
    page.goto(f"{visits.base}?tab=things")
    page.locator(".th-next [data-act=photo]").tap()
    page.locator(".th-left input[type=file]").nth(1).set_input_files(on_a_table(tmp_path / "table.png"))
    expect(page.locator(".th-cut-out .th-fine")).to_be_visible()  # no fault is told of
    expect(page.locator(".th-three img")).to_have_count(3)
    # The table is outside, and all that one steers by is in sight at once.
    sides = page.locator(".th-corner").evaluate_all("all => all.map(({ style }) => parseFloat(style.left))")
    assert min(sides) > 10 and max(sides) < 75
    for part in (".th-shot", "#thing-dark", ".th-three", "#thing-keep"):
        expect(page.locator(part)).to_be_in_viewport(ratio=0.99)


def test_previews_follow_a_stroke_before_its_end(visits: Visits) -> None:
    page = visits.visitor()
    page.goto(f"{visits.base}?tab=things")
    page.locator(".th-next [data-act=draw]").click()
    page.keyboard.type("bello")  # the keyboard's point and frame are in nobody's way who draws by hand
    box = page.locator("#thing-pad").bounding_box()
    assert box
    shown, picture = page.locator(".th-three img"), ""
    for place, (x, y) in enumerate(FACE):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if place == 0:
            page.mouse.down()
        elif place == len(FACE) // 2:
            expect(shown).to_have_count(3)
            picture = shown.first.get_attribute("src") or ""
    expect(shown.first).not_to_have_attribute("src", picture)
    expect(page.locator("[data-act=undo]")).to_be_disabled()
    expect(page.locator("#thing-pad .th-cursor")).to_have_css("opacity", "0")
    page.mouse.up()
    expect(page.locator("[data-act=undo]")).to_be_enabled()
    # A box that is closed in a stroke leaves nothing behind.
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 90, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".th-next")).to_have_attribute("data-tile", "6")


def test_the_pad_says_which_keys_draw(visits: Visits) -> None:
    page = visits.visitor()
    page.goto(f"{visits.base}?tab=things")
    page.locator(".th-next [data-act=draw]").click()
    pad, keys = page.locator("#thing-pad"), page.locator("#thing-keys")
    expect(keys).to_be_hidden()
    page.locator("dialog [data-choice=draw]").focus()
    page.keyboard.press("Tab")
    expect(pad).to_be_focused()
    expect(keys).to_be_in_viewport(ratio=0.99)
    expect(pad).to_have_accessible_description(keys.text_content() or "")
    page.keyboard.press("Enter")
    expect(pad.locator("polygon")).to_have_count(1)
    page.keyboard.press("Shift+ArrowRight")
    expect(pad).to_have_accessible_name("Drawing pad, 2 strokes")
    pad.click()
    expect(keys).to_be_hidden()


def test_a_thing_is_made_on_a_phone_with_a_finger(visits: Visits) -> None:
    page = visits.visitor(390, 844, has_touch=True, is_mobile=True)
    page.goto(f"{visits.base}?tab=things")
    page.locator(".th-next [data-act=icon]").tap()
    page.locator("[data-icon=owl]").tap()
    expect(page.locator("#thing-keep")).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#thing-keep").tap()
    expect(page.locator("[data-tile='6'] [data-name]")).to_have_text("owl")


def test_sprites_are_the_golden_ones_in_this_browser(visits: Visits) -> None:
    page = visits.visitor()
    page.goto(f"{visits.base}about")
    answers = page.evaluate(DIGESTS, given())
    assert {name: each["digest"] for name, each in answers.items()} == json.loads(GOLDEN.read_text())
    assert {name: each["name"] for name, each in answers.items()} == {
        name: parse_world(document).name for name, document in DRAWN.items()
    }


def test_sprites_are_the_golden_ones_in_firefox(fox: Firefox, host: Server) -> None:
    fox.go(f"{host.url}about")
    answers = json.loads(fox.evaluate(f"({DIGESTS})({json.dumps(given())}).then(JSON.stringify)"))
    assert {name: each["digest"] for name, each in answers.items()} == json.loads(GOLDEN.read_text())


def test_a_world_comes_with_a_link_and_takes_no_drawing_away(visits: Visits) -> None:
    page = visits.visitor()
    page.goto(f"{visits.base}?tab=things")
    page.locator("#share-things").click()
    link = page.locator(".th-link").input_value()
    expect(page.locator("[data-tile='5'] [data-name]")).to_have_text("fish")
    page.locator("[data-tile='6'] [data-act=icon]").click()
    page.locator("[data-icon=owl]").click()
    page.locator("#thing-keep").click()
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".th-offer")).to_contain_text("6 things")
    assert "#" not in page.url
    page.locator("[data-act=keep-mine]").click()
    expect(page.locator("[data-tile='6'] [data-name]")).to_have_text("owl")
    other = visits.visitor()
    other.goto(link)
    expect(other.locator("[data-tile='0'] small")).to_have_text("from a link")
    other.goto("about:blank")
    other.goto(f"{visits.base}?tab=things#world=AAAA")
    expect(other.locator(".th-note")).to_contain_text("no world")
