"""The page as one file: within its size, without an address of a server, with all that its views ask for."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from explorer.cli import main
from explorer.clip.clip import export
from explorer.clip.fresh import fresh_clip
from explorer.clip.names import shipped_names
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.resources import ASSETS
from explorer.runs.state import recording_names
from explorer.runs.store import RunStore
from explorer.spec import DataSpec, TrainSpec
from explorer.web import downloads, onefile
from explorer.web.modules import check_imports, collect_modules, read_module
from explorer.web.onefile import (
    MAX_ONLY_BYTES,
    MAX_RUN_BYTES,
    MAX_SITE_BYTES,
    run_page,
    site_content,
    site_page,
    write_run,
)
from explorer.world.grammar import Grammar
from explorer.world.worlds import WORLDS
from tests.unit.toys import slow, tiny_spec


class Read(HTMLParser):
    """The elements of a page: addresses that a browser would ask for, and the texts of scripts by id or packed name."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.asked: list[str] = []
        self.held: dict[str, str] = {}
        self._at: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag != "a":
            self.asked += [value for name in ("src", "href", "srcset") if (value := given.get(name))]
        self._at = given.get("id") or given.get("data-packed") if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._at:
            self.held[self._at] = self.held.get(self._at, "") + data

    def unpacked(self, name: str) -> bytes:
        return gzip.decompress(base64.b64decode(self.held[name]))

    @property
    def carried(self) -> dict[str, Any]:
        return dict(json.loads(self.unpacked("carried")))


@pytest.fixture(scope="module")
def text() -> str:
    return site_page()


@pytest.fixture(scope="module")
def page(text: str) -> Read:
    return Read(text)


@pytest.mark.slow
def test_it_is_one_file_that_asks_no_server(text: str, page: Read) -> None:
    assert len(text.encode()) <= 18_400_000 < MAX_SITE_BYTES  # the documents say 18 MB
    assert [address for address in page.asked if not address.startswith("data:")] == []
    css = "\n".join(re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL))
    assert not re.search(r"@import|url\((?![\"']?data:)", css)
    assert text.count("<script") == text.count("</script>"), "no text ends the element that holds it"
    notices = (ASSETS / "page/vendor/NOTICES").read_text(encoding="utf-8").replace("--", "- -")
    assert notices in text and "Permission is hereby granted" in notices
    assert "Copyright Microsoft Corporation" in text, "the icons of things of one's own have their license too"


@pytest.mark.slow
def test_modules_ask_for_no_file_and_stand_once(page: Read) -> None:
    texts = json.loads(page.held["modules"])
    for name, code in texts.items():
        assert not re.search(r"import\.meta|\bfrom\s*[\"']\.|\bimport\(\s*[\"']", code), name
        needed = re.findall(r'"@([^"]+)"', code)
        assert {*needed} <= {*texts}, name
    assert {"page/app.js", "engine/worker.js", "engine/train/worker.js"} <= {*texts}
    assert not [name for name in texts if name.startswith("page/class/")], "what a file cannot show is not in it"


@pytest.mark.slow
def test_recipes_models_recordings_and_evidence_are_there(page: Read) -> None:
    carried = page.carried
    catalog = carried["answers"]["catalog"]["found"][""]
    assert [each["name"] for each in catalog["presets"]] == list(PRESETS)
    assert (catalog["mode"], catalog["speeds"]) == ("", {}), "nothing of the computer that wrote it"
    assert carried["listed"] == list(recording_names()) and {*carried["records"]} == {
        *recording_names(),
        *shipped_names(),
    }
    assert {*carried["models"]} == {*shipped_names()}
    assert all(len(page.unpacked(f"{name}.weights")) > 1_000_000 for name in shipped_names())
    assert carried["answers"]["line"]["found"][""]["line"]["findings"] and "claim" not in carried["answers"]
    assert carried["absent"] == ["class"]


@pytest.mark.slow
@pytest.mark.parametrize("view", ["inside", slow("evidence")])
def test_one_view_alone_is_small_and_opens_by_itself(view: str) -> None:
    text = site_page(view)
    assert len(text.encode()) <= MAX_ONLY_BYTES
    carried = Read(text).carried
    assert carried["opens"] == f"?tab={view}&only={view}"
    assert f'<html data-opens="?tab={view}&amp;only={view}" lang' in text, "before the first paint it has no header"
    assert {*carried["absent"]} == {*CONTRACT.views} - {view}
    with pytest.raises(UserError, match="^only=class: choose bench, "):
        site_page("class")


def test_a_view_alone_has_its_name_of_an_earlier_version_too() -> None:
    with site_content("inspect") as content:
        assert content.views == ("inside",) and content.opens == "?tab=inside&only=inside"


def test_the_command_writes_it_and_says_what_it_cannot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["site", "--out", str(tmp_path / "usb"), "--only", "about", "--json"])
    written = tmp_path / "usb" / "index.html"
    assert json.loads(capsys.readouterr().out) == {"file": str(written), "bytes": written.stat().st_size}
    monkeypatch.setattr(onefile, "site_page", lambda _: "a" * 10)
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit):
        main(["site", "--out", str(tmp_path / "file")])
    assert "cannot be written" in capsys.readouterr().err
    monkeypatch.setattr(onefile, "MAX_SITE_BYTES", 5)
    with pytest.raises(SystemExit):
        main(["site", "--out", str(tmp_path / "usb")])
    assert "at most" in capsys.readouterr().err


# ---- Modules


def test_every_module_names_what_it_needs() -> None:
    module = read_module("page/app.js")
    assert "page/address.js" in module.needs and "page/absent.js" in module.later
    assert 'from "@page/address.js"' in module.text and 'import(oneFile.url("page/absent.js"))' in module.text


def test_a_circle_of_imports_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "app.js").write_text('import "./ui.js";')
    (tmp_path / "page" / "ui.js").write_text('import "./app.js";')
    monkeypatch.setattr("explorer.web.modules.ASSETS", tmp_path)
    with pytest.raises(ValueError, match="imports itself"):
        check_imports(collect_modules(["page/app.js"]))


# ---- A run


@pytest.mark.slow
def test_a_run_opens_with_its_report_and_its_model(tmp_path: Path) -> None:
    size = write_run(RunStore(tmp_path / "runs"), "things-web", tmp_path / "web.html")
    text = (tmp_path / "web.html").read_text(encoding="utf-8")
    assert size == len(text.encode()) <= MAX_RUN_BYTES
    page = Read(text)
    assert [address for address in page.asked if not address.startswith("data:")] == []
    carried = page.carried
    assert carried["opens"] == "?run=things-web" and [*carried["models"]] == ["things-web"]
    binding = next(row for row in carried["report"]["rows"] if row["metric"] == "binding accuracy")
    assert 0.4 < binding["low"] <= binding["value"] <= binding["high"] and binding["chance"] == 0.5


@pytest.mark.slow
def test_a_page_holds_no_model_that_is_large_or_sees_pictures(tmp_path: Path) -> None:
    store, grammar = RunStore(tmp_path / "runs"), Grammar(WORLDS["things"])
    carried = Read(run_page(store, store.create(tiny_spec()).run)).carried
    assert carried["models"] == {} and carried["report"]["rows"] == [] and "scene" in carried["absent"]
    large = store.create(tiny_spec())
    export(fresh_clip(TrainSpec(model="large"), grammar), large.model)
    kinds = tuple(kind.name for kind in WORLDS["digits"].kinds[:1])
    pictures = store.create(tiny_spec(data=DataSpec(world="digits", attribute_kinds=kinds)))
    for run in (large.run, pictures.run):
        carried = Read(run_page(store, run)).carried
        assert carried["models"] == {} and not carried["records"][run]["has_model"]
    assert {*carried["answers"]["pairs"]["found"]} == {"things", "digits"}


@pytest.mark.slow
def test_a_run_is_offered_as_a_download_unless_it_becomes_too_large(
    web: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = web.get("/runs/things-bound.html")
    assert folder.status_code == 200
    assert folder.headers["content-disposition"] == 'attachment; filename="things-bound.html"'
    assert folder.headers["x-file-bytes"] == str(len(folder.content))
    assert web.get("/runs/no-such-run.html").status_code == 404
    monkeypatch.setattr(onefile, "MAX_RUN_BYTES", 1_200_000)
    downloads.packed_page.cache_clear()
    refused = web.get("/runs/things-bound.html")
    assert refused.status_code == 404 and "MB, at most 1.2 fit" in refused.json()["detail"]
