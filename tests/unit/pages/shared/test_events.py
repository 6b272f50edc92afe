"""Values of events are checked, errors come back as sentences, and only the endpoints are public."""

import errno
import json
import math
import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from explorer.errors import UserError
from explorer.pages.app import build_app
from explorer.pages.shared.page_events import with_errors
from explorer.pages.shared.state import notes_html
from explorer.presets import PRESETS
from explorer.runs.archive import export_zip
from explorer.runs.files import NO_ROOM
from explorer.runs.store import RunFolder, RunStore
from explorer.service.service import Service
from explorer.settings import LOCAL
from explorer.views.registry import entries
from explorer.views.runs import short
from tests.unit.pages.visits import KEY, OTHER, Visit

TABLE = 1
"""Place of the table among the listeners named `picked`; the first is the box of Inspect."""
FIGURES = {"figure-heatmap", "figure-margins", "figure-map", "figure-forms", "figure-breakdown"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events") / "runs"


@pytest.fixture
def store(root: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """The store of the app, empty again."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    monkeypatch.setenv("EXPLORER_RUNS", str(root))
    monkeypatch.delenv("HOST", raising=False)
    return RunStore(root)


@pytest.fixture
def done(trained: RunFolder, store: RunStore) -> RunFolder:
    """The trained run under a name of its own, as what was read of a run is kept."""
    return RunFolder(Path(shutil.copytree(trained.path, store.root / f"done-{secrets.token_hex(6)}")))


@pytest.fixture(scope="module")
def app(root: Path) -> gr.Blocks:
    # Each look at the store is a new one.
    return build_app(Service.of(RunStore(root), replace(LOCAL, page_poll_s=1e-6)))


@pytest.fixture
def visit(app: gr.Blocks, store: RunStore) -> Visit:
    """A page that has just been opened by somebody who has been here before."""
    visit = Visit(app)
    visit.shows |= {"visitor": KEY}
    return visit


@pytest.fixture
def open_run(visit: Visit, done: RunFolder) -> Visit:
    """A page that a link to the trained run has opened, on Inspect."""
    visit.send("arrive", query={"run": done.run, "tab": "inspect"})
    return visit


# --- errors as sentences ---


def test_a_user_error_becomes_a_sentence_and_leaves_the_rest() -> None:
    @with_errors("notes")
    def handler(value: int) -> dict[str, Any]:
        if value < 0:
            raise UserError("value", "<-1>", "give more")
        return {"a": value, "notes": ""}

    assert handler(2) == {"a": 2, "notes": ""}
    found = handler(-1)
    assert list(found) == ["notes"] and "<li>value=&lt;-1&gt;: give more</li>" in found["notes"]


def test_a_sentence_stands_in_further_components() -> None:
    @with_errors("notes", also=lambda sentence: {"training": sentence})
    def handler(value: int) -> dict[str, Any]:
        raise UserError("value", value, "give more")

    found = handler(2)
    assert list(found) == ["notes", "training"] and found["training"] == "value=2: give more"


def test_a_wrapped_handler_keeps_its_annotations() -> None:
    @with_errors("notes")
    def handler(event: gr.EventData) -> dict[str, Any]:
        return {"notes": str(event)}

    assert handler.__annotations__["event"] is gr.EventData


def test_a_full_disk_becomes_a_sentence_and_no_other_error_of_the_system() -> None:
    @with_errors("notes")
    def handler(number: int) -> dict[str, Any]:
        raise OSError(number, "of the system")

    assert handler(errno.ENOSPC)["notes"] == notes_html([NO_ROOM])
    with pytest.raises(OSError, match="of the system"):
        handler(errno.EACCES)


# --- what is public ---


def test_the_endpoints_are_public_and_no_listener_of_the_page(app: gr.Blocks) -> None:
    dependencies = app.config["dependencies"]
    public = [each["api_name"] for each in dependencies if each["api_visibility"] != "private"]
    assert public == [name for each in entries().values() if each.is_public for name in (each.was, each.name) if name]
    assert set("scenes start_run run_status stop_run report swaps models score study".split()) <= set(public)
    assert len(dependencies) > 40 and all(each["api_visibility"] in ("private", "public") for each in dependencies)


def test_only_what_takes_long_waits_in_the_queue(app: gr.Blocks) -> None:
    listeners = [fn for fn in app.fns.values() if fn.api_visibility == "private" and fn.fn]
    below_probe = {"climbed", "favored", "looked_inside", "measured"}
    assert {fn.name for fn in listeners if fn.queue} == {"brought", "scored", "ask", *below_probe}


# --- arrival ---


def test_an_address_is_opened(visit: Visit, done: RunFolder) -> None:
    query = {"tab": "inspect", "preset": "web-like", "saliency_bias": "0.5", "run": done.run}
    changes = visit.send("arrive", query=query)
    assert changes["tabs"]["selected"] == "inspect" and visit.notes == []
    data = visit.shows["bench-data"]
    assert (data["preset"], data["values"]["saliency_bias"]) == ("web-like", 0.5)
    assert visit.shows["run"] == visit.shows["pick"] == visit.shows["bench-training"]["run"]["name"] == done.run
    assert visit.shows["address"] == f"?tab=inspect&preset=web-like&saliency_bias=0.5&run={done.run}"
    assert all(visit.shows[figure] for figure in FIGURES)


def test_a_link_of_a_run_brings_its_dials_unless_it_names_others(visit: Visit, done: RunFolder) -> None:
    visit.send("arrive", query={"run": done.run})
    data = visit.shows["bench-data"]
    assert (data["preset"], data["values"]["steps"], data["values"]["seed"]) == ("two-kinds", 2, None)
    visit.send("arrive", query={"run": done.run, "preset": "salient"})
    assert visit.shows["bench-data"]["preset"] == "salient"


def test_a_visitor_keeps_the_key_or_gets_a_new_one(visit: Visit) -> None:
    assert visit.shows["visitor"] == KEY
    for strange in ("", None, 7, "short", KEY.upper(), [KEY]):
        visit.send("arrive", visitor=strange)
        assert len(visit.shows["visitor"]) == 32 and visit.shows["visitor"] != KEY


def test_a_link_to_no_run_is_told(visit: Visit) -> None:
    visit.send("arrive", query={"run": "../../etc"})
    assert visit.notes == ["run=../../etc: there is no such run here"] and visit.shows["run"] == ""
    assert visit.shows["bench-training"]["missing"] == "There is no such run here any more."


@pytest.mark.parametrize("tab", ["play", "train"])
def test_a_link_of_a_page_that_was_opens_the_workbench(tab: str, visit: Visit, done: RunFolder) -> None:
    changes = visit.send("arrive", query={"tab": tab, "run": done.run})
    assert changes["tabs"]["selected"] == "workbench" and visit.notes == []
    assert visit.shows["bench-training"]["run"]["name"] == done.run and "tab=workbench" in visit.shows["address"]


DAMAGE: dict[str, Callable[[RunFolder], Any]] = {
    "spec.json": lambda run: (run.path / "spec.json").write_text("{"),
    "metrics.jsonl": lambda run: (run.path / "metrics.jsonl").write_text('{"step": 1, "evaluation": 7}\n'),
    "report.json": lambda run: (run.path / "report.json").write_text('{"status": "finished"}'),
    "0000002.npz": lambda run: run.snapshot_path(2).write_bytes(b"PK"),
}


@pytest.mark.parametrize("file", DAMAGE)
def test_a_damaged_run_keeps_no_page_from_opening(file: str, visit: Visit, done: RunFolder) -> None:
    DAMAGE[file](done)
    visit.send("arrive", query={"run": done.run, "preset": "salient"})
    (note,) = visit.notes
    assert file in note and visit.shows["run"] == "" and visit.shows["bench-data"]["preset"] == "salient"
    visit.send("arrive", query={"preset": "web-like"})
    assert visit.notes == []


# --- dials ---


def dials(preset: str = "binding-friendly", moved: str = "", **values: Any) -> dict[str, Any]:
    """Event of the Data column."""
    return {"preset": preset, "values": values, "moved": moved, "seq": 1, "start": 0}


def test_a_moved_dial_shows_its_scenes_and_address(visit: Visit) -> None:
    visit.send("arrive", query={"preset": "binding-friendly"})
    before = visit.shows["bench-data"]["samples"]
    visit.send("moved", data=dials(objects_in_image=3, saliency_bias=0.5))
    assert visit.shows["bench-data"]["samples"] != before and "saliency_bias=0.5" in visit.shows["address"]


def test_a_dial_that_follows_is_moved_and_told_beside_it(visit: Visit) -> None:
    visit.send("moved", data=dials(attribute_kinds=[]))
    found = visit.shows["bench-data"]
    assert found["values"]["attribute_density"] == 0 and "attribute_density" in found["why"] and visit.notes == []


def test_more_values_bring_more_kinds(visit: Visit) -> None:
    visit.send("moved", data=dials(moved="attribute_density", attribute_density=2.5))
    assert visit.shows["bench-data"]["values"]["attribute_kinds"] == ["color", "pattern", "tilt"]
    assert "attribute_density=2.5" in visit.shows["address"]


BAD_DIALS: tuple[tuple[str, Any, str], ...] = (
    ("steps", 0, "from 1 to 1000000"),
    ("steps", 1e300, "whole number"),
    ("steps", 1.5, "whole number"),
    ("steps", "<b>", "steps="),
    ("init", ["scratch"], "init="),
    ("learning_rate", -1, "learning_rate=-1"),
)


@pytest.mark.parametrize(("name", "value", "words"), BAD_DIALS)
def test_a_bad_dial_is_a_sentence_and_the_page_stays(
    name: str, value: Any, words: str, visit: Visit, store: RunStore
) -> None:
    data = dials(**{name: value})
    assert set(visit.send("moved", data=data)) == {"bench-data"}
    problem = visit.shows["bench-data"]["problem"]
    assert problem["field"] == name and words in problem["sentence"]
    assert set(visit.send("started", data=data)) == {"notes", "bench-training"}
    assert len(visit.notes) == 1 and words in visit.notes[0] and store.all() == []


# --- runs ---


def test_start_queues_the_run_and_opens_it(visit: Visit, store: RunStore) -> None:
    visit.send("started", data=dials(steps=3))
    (folder,) = store.all()
    assert visit.shows["run"] == folder.run and folder.is_owner(KEY) and folder.status().steps == 3
    run = visit.shows["bench-training"]["run"]
    assert (run["status"], run["mine"], run["is_own"]) == ("queued", True, True)
    assert f"run={folder.run}" in visit.shows["address"] and visit.shows["pick"] == folder.run
    visit.send("stopped", data={"run": folder.run})
    assert visit.shows["bench-training"]["run"]["status"] == folder.status().status == "stopped"
    visit.send("resumed")
    assert folder.status().status == "queued"
    visit.send("stopped", data={"run": folder.run})
    visit.send("removed")
    assert store.all() == [] and visit.shows["run"] == "" and visit.shows["bench-training"]["run"] is None
    assert visit.shows["address"] == "&run="


def test_a_run_of_somebody_else_is_left_alone(visit: Visit, store: RunStore) -> None:
    folder = store.create(PRESETS["salient"].spec, owner_key=OTHER)
    before = folder.status()
    for event in ("stopped", "resumed", "removed"):
        data = {"run": folder.run} if event == "stopped" else None
        own = {} if event == "stopped" else {"run": folder.run}
        assert set(visit.send(event, data=data, **own)) == {"notes", "bench-training"}
        assert "only its owner" in visit.notes[0] and folder.status() == before


def test_what_is_no_run_is_a_sentence(visit: Visit) -> None:
    for run in (None, "", "../x", 7, ["a"], "x" * 999):
        for name, values in (("resumed", {"run": run}), ("removed", {"run": run}), ("scored", {"pick": run})):
            assert "notes" in visit.send(name, **values)
            assert len(visit.notes) == 1 and visit.notes[0].startswith("run=") and len(visit.notes[0]) < 200
        for name, number in (("stopped", 0), ("picked", TABLE)):
            assert "notes" in visit.send(name, number, data={"run": run})
            assert len(visit.notes) == 1 and visit.notes[0].startswith("run=") and len(visit.notes[0]) < 200


def test_without_a_run_there_is_nothing_to_watch_or_look_at(visit: Visit) -> None:
    for run in (None, "gone", ["a"]):
        assert visit.send("watched", data={"run": run})["bench-training"]["run"] is None
        assert "pair" not in visit.send("followed", pick=run, tab="inspect")
        assert visit.send("look", pick=run)["figure-heatmap"] is None


def test_a_run_of_anything_is_no_run_wherever_it_is_read(visit: Visit) -> None:
    visit.send("arrive")
    for run in ([None], ["a", 1, None], {"a": {"b": 1}}, [["<img>"]], 7, True):
        for event, data in (("moved", dials()), ("listed", None)):
            assert "notes" not in visit.send(event, data=data, run=run) or visit.notes == []
            assert "run=" not in str(visit.shows["address"])


def test_an_overlay_of_anything_lays_over_what_there_is(open_run: Visit) -> None:
    for overlay in (None, ["gone"], "gone", 7, [None, 7, ["x"]], {"a": 1}):
        open_run.send("listed", overlay=overlay)
        assert open_run.shows["difference"] == "" and open_run.shows["overlay"] == []


def test_runs_laid_over_each_other_are_compared(open_run: Visit, store: RunStore) -> None:
    other = store.create(PRESETS["salient"].spec)
    open_run.send("listed", overlay=[other.run])
    assert other.run in open_run.shows["difference"] and short(other.run) in json.dumps(open_run.shows["figure-loss"])


def test_a_click_into_nothing_of_the_table_is_a_sentence(visit: Visit) -> None:
    for data in (None, {}, {"run": None}, {"run": []}, {"run": "x"}, [1], "x"):
        assert set(visit.send("picked", TABLE, data=data)) == {"notes", "bench-training"}
        assert "there is no such run" in visit.notes[0]


def test_a_row_opens_its_run_and_its_dials(visit: Visit, done: RunFolder) -> None:
    visit.send("picked", TABLE, data={"run": done.run})
    assert visit.shows["run"] == visit.shows["pick"] == done.run
    assert f'<tr data-run="{done.run}" aria-current="true">' in visit.shows["runs"]
    assert visit.shows["bench-data"]["preset"] == "two-kinds" and visit.shows["bench-data"]["values"]["steps"] == 2
    assert visit.shows["figure-loss"] and "data-verdict" in visit.shows["about-run"]
    assert f'href="runs/{done.run}.zip"' in visit.shows["about-run"]


def test_the_search_keeps_the_rows_that_hold_all_its_words(visit: Visit, store: RunStore) -> None:
    plain, salient = store.create(PRESETS["web-like"].spec), store.create(PRESETS["salient"].spec)
    visit.send("listed", search="salient queued")
    assert salient.run in visit.shows["runs"] and plain.run not in visit.shows["runs"]
    visit.send("listed", search="salient finished")
    assert "No run holds these words" in visit.shows["runs"]


def test_a_page_hears_when_a_run_comes_moves_or_ends(visit: Visit, store: RunStore) -> None:
    known = ""

    def seen() -> dict[str, Any]:
        nonlocal known
        state: dict[str, Any] = visit.send("watched", data={"run": "", "known": known})["bench-training"]
        known = state["known"]
        return state

    assert seen()["listing"]["runs"] == [] and seen()["listing"] is None and not seen()["is_any_active"]
    folder = store.create(PRESETS["salient"].spec)
    first = seen()
    assert [name for _, name in first["listing"]["runs"]] == [folder.run] and first["is_any_active"]
    for change in ({"status": "running"}, {"step": folder.status().steps // 2}, {"status": "failed"}):
        folder.set_status(**change)
        assert seen()["listing"] is not None and seen()["listing"] is None, change
    assert not seen()["is_any_active"]


def test_a_second_click_on_start_is_told_of_the_first(visit: Visit, store: RunStore) -> None:
    visit.send("started", data=dials(seed=3))
    assert set(visit.send("started", data=dials(seed=3))) == {"notes", "bench-training"}
    assert "is the same and has not ended" in visit.notes[0] and len(store.all()) == 1
    visit.send("started", data=dials(seed=7))
    visit.send("started", data=dials())
    assert len(store.all()) == 3


def test_the_opposite_recipe_is_trained_with_the_seed_that_is_fixed(visit: Visit, store: RunStore) -> None:
    visit.send("opposite", data={"preset": "web-like", "values": {"seed": 11, "steps": 5}})
    (folder,) = store.all()
    record = folder.spec_record()
    assert (record["preset"], record["train"]["seed"], record["train"]["steps"]) == ("web-like", 11, 180)
    assert visit.shows["bench-data"]["preset"] == "web-like" and visit.shows["run"] == folder.run


def test_delete_asks_first(open_run: Visit) -> None:
    asked = open_run.listener("<lambda>", 0), open_run.listener("<lambda>", 1)
    assert [each.fn()["visible"] for each in asked] == [True, False]


def test_a_link_that_starts_from_what_is_not_here_falls_back(visit: Visit) -> None:
    visit.send("arrive", query={"init": "local-dir:/etc", "tune": "text"})
    assert visit.notes == ["init=local-dir:/etc: is no model that can be started from here; fresh weights are chosen"]
    values = visit.shows["bench-data"]["values"]
    assert (values["init"], values["tune"]) == ("scratch", "all")
    visit.send("arrive", query={"init": "things-bound", "tune": "text"})
    assert visit.notes == [] and visit.shows["bench-data"]["values"]["init"] == "things-bound"


def test_whoever_watches_a_run_that_somebody_deletes_is_told(open_run: Visit, store: RunStore, done: RunFolder) -> None:
    store.delete(done.run)
    state = open_run.send("watched", data={"run": done.run})["bench-training"]
    assert state["run"] is None and state["missing"] == "There is no such run here any more."


def test_a_start_that_is_not_offered_is_refused(visit: Visit, store: RunStore) -> None:
    for init in ("/etc/passwd", "hf-hub:a/b", "../x", "local-dir:/tmp"):
        visit.send("started", data=dials(init=init))
        assert visit.notes[0].startswith(f"init={init}:") and store.all() == []


# --- Inspect ---


def test_a_cell_of_nowhere_is_a_sentence(open_run: Visit) -> None:
    for data in (None, {}, {"x": 1}, {"y": None}, {"y": "1"}, {"y": [1]}, {"y": math.nan}, [1], "y"):
        assert set(open_run.send("cell", data=data)) == {"notes"}
        assert open_run.notes == ["scene: choose a cell of the figure"]


def test_a_cell_opens_its_scene(open_run: Visit) -> None:
    for row, scene in ((0, 1), (5, 6), (5.0, 6), (-9, 1), (1e300, 48), (math.inf, 48)):
        open_run.send("cell", data={"x": 1, "y": row}, scene=1)
        assert open_run.shows["scene"] == scene and f"data-scene='{scene}'" in open_run.shows["pair"]


def test_a_cell_counts_from_the_block_that_is_shown(open_run: Visit) -> None:
    open_run.send("cell", data={"x": 1, "y": 2}, scene=20)
    assert open_run.shows["scene"] == 19


def test_a_look_of_anything_shows_a_saved_step(open_run: Visit) -> None:
    for values in ({"scrubber": None}, {"scrubber": "x"}, {"scrubber": 1e300}, {"form": None}, {"form": ["own"]}):
        for event in ("look", "turned"):
            assert open_run.send(event, **values)["pair"] and open_run.shows["scrubber"] in (0, 1, 2)


def test_a_page_that_follows_shows_the_newest_step(open_run: Visit, done: RunFolder) -> None:
    done.set_status(status="running")
    open_run.send("look", scrubber=0)
    assert open_run.send("followed", tab="inspect", follow=False) == {}
    assert open_run.send("followed", tab="workbench") == {}
    assert open_run.send("followed", tab="inspect")["scrubber"]["value"] == 2
    assert open_run.send("followed", tab="inspect") == {}
    done.set_status(status="finished")
    assert [each["active"] for each in open_run.send("followed", tab="inspect").values()] == [False], "the timer ends"


def test_a_page_that_follows_shows_the_first_step_and_the_report_when_they_come(visit: Visit, done: RunFolder) -> None:
    (done.path / "report.json").rename(done.path / "later")
    (done.path / "snapshots").rename(done.path / "unsaved")
    done.set_status(status="running")
    visit.send("arrive", query={"run": done.run, "tab": "inspect"})
    assert "saved no step yet" in visit.shows["inspected"] and visit.send("followed", tab="inspect") == {}
    (done.path / "unsaved").rename(done.path / "snapshots")
    assert visit.send("followed", tab="inspect")["pair"]
    assert "as soon as this run has been evaluated" in visit.shows["unreported"]
    assert visit.send("followed", tab="inspect") == {}
    (done.path / "later").rename(done.path / "report.json")
    changes = visit.send("followed", tab="inspect")
    assert changes["figure-forms"] and changes["figure-breakdown"] and visit.shows["unreported"] == ""
    assert "pair" not in changes and visit.send("followed", tab="inspect") == {}


# --- a shipped model ---


def test_a_shipped_model_is_inspected_while_the_run_stays_open(open_run: Visit, done: RunFolder) -> None:
    changes = open_run.send("picked", pick="things-bound")
    assert changes["figure-heatmap"] and "card" not in changes and "address" not in changes and open_run.notes == []
    open_run.shows["pick"] = "things-bound"
    assert "<b title='things-bound'>things-bound</b>: <b>" in open_run.shows["inspected"]
    assert open_run.shows["figure-forms"] and open_run.shows["unreported"] == ""
    assert open_run.send("look", scene=5)["pair"] and "pair" not in open_run.send("followed", tab="inspect")
    open_run.send("scored", **{"own-caption": "a red bus"})
    assert "data-cosine" in open_run.shows["answer"]
    assert open_run.shows["run"] == done.run


@pytest.mark.parametrize(
    ("query", "tab", "preset"),
    [
        ({}, "inspect", "binding-friendly"),
        ({"tab": "inspect"}, "inspect", "binding-friendly"),
        ({"tab": "workbench"}, "workbench", "binding-friendly"),
        ({"tab": "inspect", "preset": "salient"}, "inspect", "salient"),
    ],
)
def test_a_link_names_a_shipped_model_as_it_names_a_run(
    query: dict[str, str], tab: str, preset: str, visit: Visit
) -> None:
    changes = visit.send("arrive", query={**query, "run": "things-bound"})
    assert changes["tabs"]["selected"] == tab and visit.notes == [] and visit.shows["pick"] == "things-bound"
    assert "<b title='things-bound'>things-bound</b>: <b>" in visit.shows["inspected"]
    assert visit.shows["address"] == f"?tab={tab}&preset={preset}&run=things-bound"
    assert visit.shows["run"] == "" and visit.shows["bench-training"]["missing"] is None


def test_a_run_of_a_shipped_models_name_is_the_run(visit: Visit, store: RunStore, done: RunFolder) -> None:
    done.path.rename(store.root / "things-bound")
    visit.send("arrive", query={"run": "things-bound"})
    assert visit.shows["run"] == "things-bound" and visit.shows["bench-training"]["run"]["steps"] == 2


def test_the_address_follows_a_shipped_model_unless_a_run_is_open(visit: Visit) -> None:
    visit.send("arrive", query={"tab": "inspect", "run": "things-bound"})
    visit.send("picked", pick="things-web")
    assert visit.shows["address"] == "&run=things-web" and visit.notes == []


def test_a_caption_that_is_none_is_a_sentence(open_run: Visit) -> None:
    for text in (None, "", "  ", 7, ["a"]):
        open_run.send("scored", **{"own-caption": text})
        assert open_run.notes == ["caption: type a caption, for example one with the values exchanged"]


# --- a server that was started anew ---


def test_an_open_page_outlives_a_restart_of_the_server(open_run: Visit, store: RunStore, done: RunFolder) -> None:
    other = store.create(PRESETS["salient"].spec, owner_key=KEY)
    again = open_run
    again.meet_a_new_server(build_app(Service.of(store, LOCAL)))
    again.shows |= {"overlay": [other.run], "scrubber": 2, "form": "own"}
    again.send("listed")
    assert other.run in again.shows["difference"]
    assert again.send("look")["pair"] and again.send("turned", tab="inspect")["pair"]
    again.send("moved", data=dials(init=done.run, tune="all", saliency_bias=0.5))
    assert f"init={done.run}" in again.shows["address"]
    again.send("picked", pick=other.run)
    assert again.shows["run"] == other.run and again.shows["address"] == f"&run={other.run}" and again.notes == []
    again.send("started", data=dials(init=done.run, tune="all", steps=3))
    assert store.find(again.shows["run"]).spec_record()["train"]["init"] == done.run  # type: ignore[union-attr]


# --- a run from a file ---


def bring(visit: Visit, path: Path) -> str:
    """The notes after a file was uploaded."""
    listener = visit.listener("brought")
    values = [visit.shows[visit._names[block._id]] for block in listener.inputs]
    answer = {visit._names.get(block._id): value for block, value in listener.fn(str(path), *values[1:]).items()}
    return str(answer["notes"] or answer["run"])


def test_a_run_comes_from_a_file_and_belongs_to_who_brought_it(
    visit: Visit, done: RunFolder, store: RunStore, tmp_path: Path
) -> None:
    export_zip(done, tmp_path / "run.zip")
    store.delete(done.run)
    assert bring(visit, tmp_path / "run.zip") == done.run
    assert done.is_owner(KEY) and not done.is_owner(OTHER)


@pytest.mark.parametrize("file", ["metrics.jsonl", "report.json", "0000002.npz"])
def test_a_file_that_cannot_be_shown_is_refused_whole(
    file: str, visit: Visit, done: RunFolder, store: RunStore, tmp_path: Path
) -> None:
    DAMAGE[file](done)
    export_zip(done, tmp_path / "run.zip")
    store.delete(done.run)
    said = bring(visit, tmp_path / "run.zip")
    assert "file=run.zip: is no zip of a run" in said and store.all() == []


def test_a_file_that_is_no_zip_is_a_sentence(visit: Visit, store: RunStore, tmp_path: Path) -> None:
    (tmp_path / "run.zip").write_bytes(b"<b>")
    assert "file=run.zip: is no zip of a run" in bring(visit, tmp_path / "run.zip") and store.all() == []
    assert "there is no such file" in bring(visit, tmp_path / "gone.zip")
