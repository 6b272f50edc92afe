"""Inspect shows the saved step that is nearest to the one asked for, and scores captions by the saved model."""

import json
import shutil
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from explorer.errors import UserError
from explorer.evaluation.inspection import INSPECTED, Snapshot, inspect, inspection_scenes, inspection_set
from explorer.pages.inspect.build import (
    EMPTY,
    LOADING,
    NOT_YET,
    _saved,
    answer,
    build_inspect,
    looked_at,
    pair_html,
    reported,
)
from explorer.runs.store import RunFolder, RunStore
from explorer.service.endpoints import resolve
from explorer.service.run_list import spec_of
from explorer.world.swaps import Word
from explorer.world.worlds import WORLDS

NAMES = ("form", "scrubber", "step", "scene", "said", "heatmap", "pair", "caption", "margins", "map", "body", "at")


def look(folder: RunFolder, form: Any = "own", step: Any = None, scene: Any = 1) -> dict[str, Any]:
    found = looked_at(RunStore(folder.path.parent), folder.run, form, step, scene)
    return dict(zip(NAMES, found, strict=True))


def test_names_are_those_of_the_components() -> None:
    with gr.Blocks():
        tab = build_inspect()
    assert tab.outputs == [getattr(tab, name) for name in NAMES]
    # A model is chosen from the start, so nobody is asked to open one while its numbers are on their way.
    assert tab.pick.value and tab.said.value == LOADING


@pytest.mark.parametrize(
    ("asked", "nearest"), [(None, 2), (0, 0), (0.4, 0), (1, 1), (1.6, 2), (99, 2), (-5, 0), (1e6, 2)]
)
def test_the_saved_step_nearest_to_the_one_asked_for(asked: float | None, nearest: int, trained: RunFolder) -> None:
    assert trained.snapshot_steps() == (0, 1, 2)
    found = look(trained, step=asked)
    assert (found["step"]["value"], found["step"]["maximum"]) == (nearest, 2)
    assert f"data-step='{nearest}' data-form='own'" in found["said"] and f"at step {nearest}:" in found["said"]


@pytest.mark.parametrize(
    ("asked", "before", "found"), [(39, 40, 34), (35, 34, 40), (40, 40, 40), (12, 40, 11), (0, 40, 0), (39, None, 40)]
)
def test_a_move_by_one_leads_to_the_next_saved_step(asked: int, before: int | None, found: int) -> None:
    assert _saved((0, 11, 34, 40), asked, before) == found


def test_what_is_said_is_what_the_snapshot_scores(trained: RunFolder) -> None:
    data = spec_of(trained).data
    snapshot = Snapshot.load(trained.snapshot_path(1))
    scored = inspect(snapshot, "own", inspection_set("own", data, WORLDS["things"]).swapped.exists)
    found = look(trained, step=1, scene=3)
    share = scored.binding_accuracy
    assert f"<b>{100 * share.value:.1f} %</b> of {share.n} pairs" in found["said"] and trained.run in found["said"]
    scenes = inspection_scenes("own", data, WORLDS["things"], 32)
    assert found["caption"] == scenes[2].record.caption
    assert f"<span class='cosine'>{scored.cosines[2, 2]:.3f}</span>" in found["pair"]
    assert f"<span class='cosine'>{scored.cosines[2, INSPECTED + 2]:.3f}</span>" in found["pair"]
    cells = np.array(found["heatmap"]["figure"]["data"][0]["z"], dtype=float)
    assert cells[2, 2] == pytest.approx(scored.cosines[2, 2], abs=1e-3)
    json.dumps([found[name] for name in ("heatmap", "margins", "map", "body", "at")], allow_nan=False)


@pytest.mark.parametrize("form", ["nope", "", None, ["own"]])
def test_an_unknown_form_falls_back_to_one_that_there_is(form: Any, trained: RunFolder) -> None:
    assert look(trained, form=form)["form"] == gr.update(choices=["canonical", "own"], value="canonical")


def test_another_form_has_other_captions(trained: RunFolder) -> None:
    own, canonical = look(trained, form="own"), look(trained, form="canonical")
    assert own["form"]["value"] == "own" and canonical["form"]["value"] == "canonical"
    assert own["map"] != canonical["map"]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [(1, 1), (INSPECTED, INSPECTED), (0, 1), (-3, 1), (INSPECTED + 1, INSPECTED), (7.0, 7), (None, 1)],
)
def test_a_scene_that_there_is_not_is_the_nearest(asked: Any, shown: int, trained: RunFolder) -> None:
    found = look(trained, scene=asked)
    assert found["scene"] == shown and f"data-scene='{shown}'" in found["pair"]


@pytest.mark.parametrize("run", ["", "no-such-run", "../trained", "x" * 500])
def test_without_a_run_it_says_how_to_get_one(run: str, store: RunStore) -> None:
    found = dict(zip(NAMES, looked_at(store, run, "own", None, 1), strict=True))
    assert found["said"] == EMPTY and found["heatmap"] is None and found["pair"] == found["caption"] == ""
    assert reported(store, run)[:2] == (None, None)
    assert reported(store, run)[3:] == (gr.update(visible=False), "")


def test_a_run_without_a_saved_step_says_so(store: RunStore) -> None:
    folder = store.create(resolve("web-like", {}))
    assert look(folder)["said"] == NOT_YET and look(folder)["map"] is None


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("running", "as soon as this run has been evaluated"),
        ("queued", "as soon as"),
        ("failed", "there is none: this run failed"),
        ("interrupted", "there is none: this run was interrupted"),
        ("stopped", "there is none: this run was stopped"),
    ],
)
def test_a_run_without_a_report_says_so_in_place_of_empty_figures(status: str, words: str, store: RunStore) -> None:
    folder = store.create(resolve("web-like", {}))
    folder.set_status(status=status)
    forms, breakdown, _, box, sentence = reported(store, folder.run)
    assert (forms, breakdown, box) == (None, None, gr.update(visible=False)) and words in sentence


def test_a_run_without_kinds_has_no_captions_of_its_own(store: RunStore, done: RunFolder) -> None:
    spec = spec_of(done)
    bare = replace(spec, data=replace(spec.data, attribute_kinds=(), attribute_density=0.0))
    folder = store.create(bare)
    shutil.copytree(done.path / "snapshots", folder.path / "snapshots")
    assert look(folder)["form"] == gr.update(choices=["canonical"], value="canonical")


def test_a_snapshot_of_something_else_is_a_sentence(done: RunFolder) -> None:
    done.snapshot_path(2).write_bytes(b"PK no snapshot")
    with pytest.raises(UserError, match="snapshot=0000002.npz"):
        look(done)
    assert look(done, step=1)["step"]["value"] == 1


def test_words_of_a_scene_are_escaped(trained: RunFolder) -> None:
    data = spec_of(trained).data
    scene = inspection_scenes("own", data, WORLDS["things"], 32)[0]
    snapshot = Snapshot.load(trained.snapshot_path(0))
    scored = inspect(snapshot, "own", inspection_set("own", data, WORLDS["things"]).swapped.exists)
    evil: list[Word] = [{"text": "<b>'", "kind": None, "value": None, "exchanged": False}]
    html = pair_html(replace(scene, words=evil, swapped_words=None), scored, 0, 1.0)
    assert "<b>" not in html and html.count("&lt;b&gt;") == 2 and "class='wrong'" not in html


# --- the report ---


def test_a_report_is_drawn_in_both_figures(trained: RunFolder) -> None:
    forms, breakdown, column, box, sentence = reported(RunStore(trained.path.parent), trained.run)
    assert column == gr.update(visible=True)
    assert forms["figure"]["data"] and breakdown["figure"]["data"]
    assert box == gr.update(visible=True) and sentence == ""
    json.dumps([forms, breakdown], allow_nan=False)


@pytest.mark.parametrize("text", ['{"status": "finished"}', "[1]", '{"forms": [1], "breakdown": 7}'])
def test_a_report_of_another_shape_is_a_sentence(text: str, done: RunFolder, store: RunStore) -> None:
    (done.path / "report.json").write_text(text)
    with pytest.raises(UserError, match=f"run={done.run}: its report.json cannot be read"):
        reported(store, done.run)


# --- a caption of one's own ---


def test_a_caption_is_scored_beside_the_scenes_own(trained: RunFolder) -> None:
    store = RunStore(trained.path.parent)
    caption = str(look(trained, scene=5)["caption"])
    html = answer(store, trained.run, "own", 5, f"  {caption} ")
    lines = [line.split("</b> ") for line in html.split("<li><b>")[1:]]
    scores = {name.partition("<")[0]: float(value) for value, name in lines}
    assert scores["yours"] == scores["the caption"] and "unknown" not in html
    assert sorted(scores.values(), reverse=True) == list(scores.values())
    snapshot = Snapshot.load(trained.snapshot_path(2)).forms["own"]
    assert scores["yours"] == pytest.approx(float(snapshot.images[4] @ snapshot.captions[4]), abs=2e-3)


def test_words_that_it_has_never_read_are_named_and_escaped(trained: RunFolder) -> None:
    html = answer(RunStore(trained.path.parent), trained.run, "nope", None, "a red <i>zebra</i>")
    assert "takes as one unknown word: &lt;i&gt;zebra&lt;/i&gt;." in html and "<i>" not in html


@pytest.mark.parametrize("text", ["", "   ", "a " * 200, "a red bus " * 40])
def test_a_caption_that_cannot_be_read_is_a_sentence(text: str, trained: RunFolder) -> None:
    with pytest.raises(UserError, match="caption"):
        answer(RunStore(trained.path.parent), trained.run, "own", 1, text)


@pytest.mark.parametrize("run", ["", "no-such-run", "../x"])
def test_without_a_run_there_is_nothing_to_score_by(run: str, store: RunStore) -> None:
    with pytest.raises(UserError, match="has saved no model yet"):
        answer(store, run, "own", 1, "a red bus")


def test_nor_without_a_model(store: RunStore, done: RunFolder) -> None:
    shutil.rmtree(done.model)
    with pytest.raises(UserError, match=f"run={done.run}: has saved no model yet"):
        answer(store, done.run, "own", 1, "a red bus")
