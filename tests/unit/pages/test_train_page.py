"""Train shows a run as far as it is, redraws only what has moved, and shares no runs of others."""

import json
import re
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from explorer.clip.configs import shipped_names
from explorer.errors import UserError
from explorer.pages.app import build_app
from explorer.pages.shared.dial_controls import FRESH
from explorer.pages.workbench.runs_table import short
from explorer.pages.workbench.training_column import (
    IN_SIGHT,
    MORE,
    MOST_OVERLAID,
    _span,
    compared,
    curve,
    dialed,
    draw,
    listed,
    live,
    overlaid,
    starts,
    status_in,
    visible,
)
from explorer.runs.store import RunFolder, RunStore
from explorer.service.endpoints import resolve
from explorer.settings import LOCAL, SHARED, settings_for
from explorer.spec.dials import DIALS
from tests.unit.pages.visits import KEY, OTHER

NAMES = ("card", "stop", "resume", "delete", "sure", "figures", "binding", "loss", "recognition", "seen", "timer")
SPEC = resolve("web-like", {})


def shown(
    store: RunStore, run: str, *, seen: str = "", key: str = KEY, overlay: Any = (), settings: Any = LOCAL
) -> Any:
    return dict(zip(NAMES, live(store, settings, run, overlay, seen, key), strict=True))


def buttons(found: dict[str, Any]) -> set[str]:
    """Those that can be seen."""
    return {name for name in ("stop", "resume", "delete") if found[name]["visible"]}


def runs_in(table: str) -> list[str]:
    """The runs of the table's rows."""
    return re.findall(r"<tr data-run='([^']*)'", table)


def is_skipped(value: Any) -> bool:
    return value == gr.skip()


def test_the_dials_of_training_stand_here_once() -> None:
    assert set(IN_SIGHT) | set(MORE) == {name for name, dial in DIALS.items() if dial.stage == "optimizer"}
    assert not set(IN_SIGHT) & set(MORE)


def test_no_run_shows_nothing(store: RunStore) -> None:
    found = shown(store, "")
    assert "No run is open" in found["card"] and not buttons(found) and not found["timer"].active
    assert (found["binding"], found["loss"], found["recognition"], found["seen"]) == (None, None, None, "")


def test_a_waiting_run_is_watched(store: RunStore) -> None:
    folder = store.create(SPEC, owner_key=KEY)
    found = shown(store, folder.run)
    assert "next in the queue" in found["card"] and buttons(found) == {"stop"} and found["timer"].active
    assert found["stop"]["interactive"] and status_in(found["seen"]) == "queued"


def test_a_run_that_is_asked_to_stop_is_not_asked_again(store: RunStore) -> None:
    folder = store.create(SPEC, owner_key=KEY)
    folder.set_status(status="running", step=3)
    folder.request_stop()
    found = shown(store, folder.run)
    assert buttons(found) == {"stop"} and not found["stop"]["interactive"] and status_in(found["seen"]) == "stopping"


def test_a_run_that_is_evaluated_needs_no_stop(store: RunStore) -> None:
    folder = store.create(SPEC, owner_key=KEY)
    folder.set_status(status="running", step=180, phase="training")
    assert shown(store, folder.run)["stop"]["interactive"]
    folder.set_status(phase="evaluating")
    assert not shown(store, folder.run)["stop"]["interactive"]


def test_an_ended_one_can_be_resumed_where_there_is_something_to_go_on_from(store: RunStore, done: RunFolder) -> None:
    assert buttons(shown(store, done.run)) == {"delete"}
    assert not shown(store, done.run)["timer"].active
    folder = store.create(SPEC, owner_key=KEY)
    folder.set_status(status="interrupted")
    assert buttons(shown(store, folder.run)) == {"resume", "delete"}
    folder.set_status(status="failed", step=3)
    assert buttons(shown(store, folder.run)) == {"delete"}


def test_a_link_shows_a_run_without_its_buttons(store: RunStore, done: RunFolder) -> None:
    for settings in (LOCAL, SHARED):
        found = shown(store, done.run, key=OTHER, settings=settings)
        assert done.run in found["card"] and not buttons(found)
    command_line = store.create(SPEC)
    assert buttons(shown(store, command_line.run, key=OTHER)) == {"stop"}
    assert not buttons(shown(store, command_line.run, key=OTHER, settings=SHARED))


def test_figures_are_sent_anew_only_where_the_run_or_the_overlay_has_moved(store: RunStore, done: RunFolder) -> None:
    first = shown(store, done.run)
    again = shown(store, done.run, seen=first["seen"])
    assert again["seen"] == first["seen"] and again["card"] == first["card"]
    for name in ("binding", "loss", "recognition"):
        assert first[name]["figure"]["data"] and is_skipped(again[name])
    other = store.create(SPEC)
    assert not is_skipped(shown(store, done.run, seen=first["seen"], overlay=[other.run])["loss"])
    done.set_status(step=1)
    assert not is_skipped(shown(store, done.run, seen=first["seen"])["loss"])


def test_curves_are_those_of_the_records(store: RunStore, done: RunFolder) -> None:
    found = curve(done)
    assert (found.name, found.batch_size, found.steps) == (short(done.run), 16, 2)
    assert [record["step"] for record in found.records] == [1, 2]
    binding, loss, recognition = draw(store, done.run, [])
    losses = [round(record["loss"], 4) for record in done.records()]
    assert losses in [[round(y, 4) for y in trace["y"]] for trace in loss["figure"]["data"]]
    json.dumps([binding, loss, recognition], allow_nan=False)


def test_runs_are_laid_over_each_once(store: RunStore, done: RunFolder) -> None:
    other = store.create(SPEC).run
    assert draw(store, done.run, ["gone", done.run, other, other]) == draw(store, done.run, [other])
    assert short(other) in json.dumps(draw(store, done.run, [other]))
    assert draw(store, "gone", []) == (None, None, None)


def test_an_overlay_is_at_most_so_many_names() -> None:
    names = [f"run-{number}" for number in range(MOST_OVERLAID + 2)]
    assert overlaid(names) == names[:MOST_OVERLAID]
    assert overlaid(["a", 7, None, ["b"]]) == ["a"]
    assert overlaid(None) == overlaid("a-run") == overlaid({"a": 1}) == []


@pytest.mark.parametrize("text", ['{"step": 1, "loss": "high", "evaluation": 7}\n', "[1]\n", '{"loss": 1}\n'])
def test_damaged_records_are_a_sentence(text: str, store: RunStore, done: RunFolder) -> None:
    (done.path / "metrics.jsonl").write_text(text)
    with pytest.raises(UserError, match=rf"run={done.run}: .*metrics.jsonl"):
        draw(store, done.run, [])


# --- who sees which run ---


@pytest.fixture
def three(store: RunStore) -> tuple[RunFolder, RunFolder, RunFolder]:
    """Runs of two persons and of the command line."""
    return store.create(SPEC, owner_key=KEY), store.create(SPEC, owner_key=OTHER), store.create(SPEC)


def test_ones_own_computer_lists_all(store: RunStore, three: tuple[RunFolder, ...]) -> None:
    assert set(visible(store, LOCAL, "", KEY)) == set(three)


def test_a_shared_server_lists_ones_own_and_the_one_of_the_link(
    store: RunStore, three: tuple[RunFolder, RunFolder, RunFolder]
) -> None:
    mine, theirs, nobodys = three
    assert visible(store, SHARED, "", KEY) == [mine]
    assert visible(store, SHARED, "", "0" * 32) == []
    assert set(visible(store, SHARED, theirs.run, KEY)) == {mine, theirs}
    assert set(visible(store, SHARED, nobodys.run, KEY)) == {mine, nobodys}


def test_the_table_and_the_choices_are_of_those(store: RunStore, three: tuple[RunFolder, RunFolder, RunFolder]) -> None:
    mine, theirs, _ = three
    table, overlay, *_ = listed(store, SHARED, "", [mine.run, theirs.run, "gone"], KEY)
    assert runs_in(table) == [mine.run]
    assert (overlay["choices"], overlay["value"]) == ([mine.run], [mine.run])


def test_a_search_keeps_the_rows_that_hold_all_its_words(store: RunStore) -> None:
    plain, salient = store.create(SPEC), store.create(replace(SPEC, preset="salient"))
    found, overlay, _, search = listed(store, LOCAL, "", [], KEY, "SALIENT  queued")
    assert runs_in(found) == [salient.run] and search == "SALIENT  queued"
    assert set(overlay["choices"]) == {plain.run, salient.run}
    assert "No run holds these words" in listed(store, LOCAL, "", [], KEY, "salient finished")[0]


def test_a_run_without_a_readable_spec_is_no_choice(store: RunStore) -> None:
    good, bad = store.create(SPEC), store.create(SPEC)
    (bad.path / "spec.json").write_text("{")
    table, overlay, *_ = listed(store, LOCAL, "", [], KEY)
    assert runs_in(table) == [good.run] and overlay["choices"] == [good.run]


def test_a_start_is_fresh_weights_a_shipped_model_or_a_visible_run_with_a_model(
    store: RunStore, done: RunFolder, three: tuple[RunFolder, RunFolder, RunFolder]
) -> None:
    shipped = [name for _, name in starts(store, LOCAL, SPEC, KEY)[1 : 1 + len(shipped_names())]]
    assert starts(store, LOCAL, SPEC, KEY)[0] == FRESH and tuple(shipped) == tuple(shipped_names())
    assert [name for _, name in starts(store, SHARED, SPEC, KEY)] == ["scratch", *shipped, done.run]
    assert done.run not in [name for _, name in starts(store, SHARED, SPEC, OTHER)]
    linked = replace(SPEC, train=replace(SPEC.train, init=done.run))
    assert done.run in [name for _, name in starts(store, SHARED, linked, OTHER)], "an address may name it"


# --- words ---


def test_what_differs_between_the_open_run_and_those_laid_over(store: RunStore) -> None:
    first, second = store.create(SPEC), store.create(resolve("web-like", {"seed": 7}))
    html = compared(store, first.run, [second.run, first.run, "gone"])
    assert first.run in html and second.run in html and "<td>7</td>" in html
    assert compared(store, first.run, []) == compared(store, "gone", ["gone too"]) == ""


def test_the_budget_says_steps_pairs_and_time(store: RunStore) -> None:
    summary, budget = dialed(resolve("web-like", {"steps": 1500, "batch_size": 64}), store, LOCAL)
    assert "1,500 steps of 64 pairs</b> = 96,000 pairs: about" in budget and "a guess" in budget
    assert "steps 1500" in summary


def test_what_a_server_would_refuse_is_said_before_start(store: RunStore) -> None:
    spec = resolve("web-like", {"steps": 5000})
    assert "steps=5000: this server allows at most 2000" in dialed(spec, store, SHARED)[1]
    assert "about" in dialed(spec, store, LOCAL)[1]


def test_a_time_with_equal_ends_is_one(store: RunStore) -> None:
    assert _span(118, 124) == "2 min" and _span(40, 60) == "40 s to 60 s"


def test_the_status_in_what_was_seen() -> None:
    assert status_in("running|30|a-run|other") == "running" and status_in("") == ""


def test_the_tab_is_built_with_the_pace_of_the_settings(store: RunStore) -> None:
    app = build_app(store, replace(LOCAL, page_poll_s=0.25))
    (timer,) = [block for block in app.blocks.values() if isinstance(block, gr.Timer)]
    assert timer.value == 0.25 and not timer.active


def test_the_page_says_where_runs_train(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    for variables, words in (
        ({}, "on the CPU of this computer"),
        ({"SPACES_ZERO_GPU": "true"}, "in turns of 40 seconds"),
    ):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        app = build_app(store, settings_for(None, variables))
        (mode,) = (block for block in app.blocks.values() if getattr(block, "elem_id", None) == "mode")
        assert words in mode.value
        start = [fn for fn in app.fns.values() if fn.name == "start"]
        assert start and {fn.queue for fn in start} == {bool(variables)}
