"""A run as one HTML file: within its size and without an address; a model that is too large is refused."""

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.clip.card import SHIPPED
from explorer.clip.clip import export, new_clip
from explorer.clip.names import model_config
from explorer.errors import UserError
from explorer.pages.site import run_file
from explorer.pages.site.run_file import MOST_BYTES, run_page, take_home_route, write_run
from explorer.runs.store import RunStore
from explorer.spec import DataSpec
from explorer.world.grammar import EOS, Grammar
from explorer.world.worlds import WORLDS
from tests.unit.toys import tiny_spec


def saved_run(store: RunStore, architecture: str) -> str:
    """A run with a model of fresh weights."""
    run = store.create(tiny_spec())
    grammar = Grammar(WORLDS["things"])
    config = model_config(architecture, words=grammar.words, context_length=grammar.context_length, eos_id=EOS)
    export(new_clip(config, words=grammar.words, seed=0), run.model)
    return run.run


def test_a_shipped_model_fits_and_nothing_is_fetched(tmp_path: Path) -> None:
    size = write_run(RunStore(tmp_path / "runs"), "things-web", tmp_path / "web.html")
    page = (tmp_path / "web.html").read_text(encoding="utf-8")
    assert 3_000_000 < size == len(page.encode()) <= MOST_BYTES
    bare = re.sub(r'data-packed="[^"]+">[^<]*<', "<", page)
    assert not re.findall(
        r"""(?:src|href)=["'](?!data:|\?lang|#|\$\{)[^"']""", bare.partition('<script type="application/json"')[0]
    )
    assert page.count("<script") == page.count("</script>")
    assert "binding accuracy" in page and "Web-like" in page


def test_a_run_whose_model_no_browser_takes_keeps_the_rest(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs")
    run = store.create(tiny_spec())
    page = run_page(store, run.run)
    assert "has not saved one yet" in page and "There was no full evaluation." in page
    assert len(page) < 1_000_000


def test_a_larger_model_is_refused_with_its_size(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs")
    with pytest.raises(UserError, match=r"million weights, [\d.]+ MB in 16 bits; a file of at most 9 MB"):
        run_page(store, saved_run(store, "large"))


def test_a_file_that_becomes_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_file, "MOST_BYTES", 1_000_000)
    with pytest.raises(UserError, match="its file would have 5"):
        run_page(RunStore(tmp_path / "runs"), next(iter(SHIPPED)))


def test_the_page_offers_it_as_a_download(tmp_path: Path) -> None:
    client = TestClient(Starlette(routes=[take_home_route(RunStore(tmp_path / "runs"))]))
    found = client.get("/runs/things-bound.html")
    assert found.status_code == 200
    assert found.headers["content-disposition"] == 'attachment; filename="things-bound.html"'
    assert client.get("/runs/no-such-run.html").status_code == 404


def test_a_run_in_a_world_of_pictures_says_why_it_has_no_model(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs")
    kinds = tuple(kind.name for kind in WORLDS["digits"].kinds[:1])
    run = store.create(tiny_spec(data=DataSpec(world="digits", attribute_kinds=kinds)))
    assert "The world digits is made of pictures" in run_page(store, run.run)
