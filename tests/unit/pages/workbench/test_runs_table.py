"""Runs as rows of text, and exactly what differs between their specs."""

import json
import re
import time
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from explorer.pages.shared.dial_values import plain_name
from explorer.pages.workbench.sheet import COLUMNS, difference_html, table_html
from explorer.runs.files import write_json
from explorer.runs.store import RunFolder, RunStore
from explorer.service.endpoints import resolve
from explorer.service.outcome import report_of
from explorer.service.run_list import run_rows, spec_of
from explorer.wording import percent
from tests.unit.pages.visits import KEY

RECIPE = "Color or pattern"
SHARE = re.compile(r"[\d.]+ % \([\d.]+ to [\d.]+\)")


def listed(*folders: RunFolder, run: str = "") -> str:
    """The table of these runs."""
    by_name = {folder.run: folder for folder in folders}
    return table_html([(row, by_name[row.run]) for row in run_rows(folders, KEY)], run)


def rows(folders: list[RunFolder]) -> list[list[str]]:
    """The cells of each row, as a reader sees them."""
    lines = re.findall(r"<tr data-run=.*?</tr>", listed(*folders))
    return [[unescape(re.sub("<.*?>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", line)] for line in lines]


def row_of(folder: RunFolder) -> dict[str, str]:
    """The one row of a run, by header."""
    (row,) = rows([folder])
    return dict(zip(COLUMNS, row, strict=True))


def made(store: RunStore, preset: str = "web-like", **changes: Any) -> RunFolder:
    return store.create(resolve(preset, changes))


def fields_of(html: str) -> list[list[str]]:
    """The rows of a table, as a reader sees them."""
    lines = re.findall(r"<tr>(.*?)</tr>", html)
    return [[unescape(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", line)] for line in lines]


def test_a_run_with_a_report_shows_its_shares(done: RunFolder) -> None:
    row, report = row_of(done), done.report_json()
    assert (row["Run"], row["Recipe"], row["Status"], row["Steps"]) == (done.run, RECIPE, "finished", "2/2")
    for header, metrics, name in (
        ("Binding", report["metrics"], "binding_accuracy"),
        ("In its own captions", report["forms"]["own"], "binding_accuracy"),
        ("Recognition", report["metrics"], "recognition_accuracy"),
    ):
        assert SHARE.fullmatch(row[header]) and row[header].startswith(f"{percent(metrics[name]['value'])} (")
    assert "steps 2" in row["Changed"] and "pairs in a batch 16" in row["Changed"]


def test_a_run_without_one_shows_what_is_known(store: RunStore) -> None:
    folder = made(store, saliency_bias=0.5, attribute_kinds="color,size")
    row = row_of(folder)
    assert (row["Status"], row["Steps"], row["Binding"], row["In its own captions"]) == ("queued", "0/180", "", "")
    assert row["Changed"] == "what may differ color, size, only the big things told 0.5"
    assert row["Age"].endswith(" s")


def test_the_age_is_that_of_the_run_not_of_its_last_word(store: RunStore) -> None:
    folder = made(store)
    folder.set_status(created=time.time() - 7200)
    assert row_of(folder)["Age"] == "2 h 0 min"


def test_own_captions_that_are_the_canonical_ones_are_told(done: RunFolder) -> None:
    report = done.report_json()
    own = {name: found for name, found in report["metrics"].items() if name != "probe_accuracy"}
    write_json(done.path / "report.json", report | {"forms": report["forms"] | {"own": own}})
    assert row_of(done)["In its own captions"] == "the same captions"
    assert SHARE.fullmatch(row_of(done)["Binding"])


def test_the_table_marks_the_open_run(store: RunStore) -> None:
    one, other = made(store), made(store)
    html = listed(one, other, run=other.run)
    assert html.count("<tr data-run=") == 2 and html.count("aria-current") == 1
    assert f'<tr data-run="{other.run}" aria-current="true">' in html
    assert f'<button type="button" data-run="{one.run}">{one.run}</button>' in html
    assert all(f'<th scope="col">{name}</th>' in html for name in COLUMNS)


def test_an_empty_table_says_why() -> None:
    assert "press Train" in table_html([], "") and "holds these words" in table_html([], "", is_searched=True)


def test_a_report_without_a_number_leaves_the_cell_empty(store: RunStore) -> None:
    folder = made(store)
    nothing = {"value": None, "n": 0, "low": None, "high": None, "chance": 0.5}
    write_json(folder.path / "report.json", {"metrics": {"binding_accuracy": nothing}, "forms": {"own": None}})
    assert (row_of(folder)["Binding"], row_of(folder)["In its own captions"]) == ("", "")


def test_a_report_is_read_anew_when_it_has_changed(store: RunStore) -> None:
    folder = made(store)
    assert report_of(folder) is None
    write_json(folder.path / "report.json", {"status": "stopped"})
    first = report_of(folder)
    time.sleep(0.01)
    write_json(folder.path / "report.json", {"status": "finished"})
    again = report_of(folder)
    assert first and again and (first.status, again.status) == ("stopped", "finished")


BROKEN: dict[str, tuple[str, str]] = {
    "a torn spec": ("spec.json", "{"),
    "a spec of another shape": ("spec.json", "[1]"),
    "a spec with a strange dial": ("spec.json", '{"data": {"color": 1}}'),
    "a preset that is gone": ("spec.json", '{"preset": "gone"}'),
    "a torn report": ("report.json", "{"),
    "a report that is a list": ("report.json", "[1]"),
    "forms that are a list": ("report.json", '{"forms": [1]}'),
    "metrics that are text": ("report.json", '{"metrics": "high"}'),
    "an estimate that is a number": ("report.json", '{"metrics": {"binding_accuracy": 0.7}}'),
    "an estimate without an interval": ("report.json", '{"metrics": {"binding_accuracy": {"value": 0.7}}}'),
    "an estimate in words": ("report.json", '{"metrics": {"binding_accuracy": {"value": "a", "low": 0, "high": 0}}}'),
    "a torn status": ("status.json", "{"),
    "a status that is a list": ("status.json", "[1]"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_folder_hides_no_other(what: str, store: RunStore) -> None:
    file, text = BROKEN[what]
    good, bad = made(store), made(store)
    (bad.path / file).write_text(text)
    found = [row[0] for row in rows([bad, good])]
    assert found in ([good.run], [bad.run, good.run])


def test_a_folder_whose_spec_is_lost_is_left_out(store: RunStore) -> None:
    bad = made(store)
    (bad.path / "spec.json").unlink()
    assert rows([bad]) == []


# --- difference ---


def test_exactly_the_fields_that_differ_are_listed(store: RunStore) -> None:
    runs = [
        made(store, "web-like"),
        made(store, "web-like", saliency_bias=0.5, seed=7),
        made(store, "web-like", attribute_kinds="color,size", mask_false_negatives=True),
    ]
    head, *lines = fields_of(difference_html(runs))
    assert head == ["dial", *(run.run for run in runs)]
    assert lines == [
        [plain_name("attribute_kinds"), "color, pattern, tilt", "color, pattern, tilt", "color, size"],
        [plain_name("saliency_bias"), "1", "0.5", "1"],
        [plain_name("mask_false_negatives"), "no", "no", "yes"],
        [plain_name("seed"), "0", "7", "0"],
    ]


def test_the_same_spec_is_said_to_be_so_and_one_run_differs_from_none(store: RunStore) -> None:
    first, second = made(store), made(store)
    assert "the same dials" in difference_html([first, second])
    assert difference_html([first]) == difference_html([]) == ""


def test_texts_of_a_spec_are_escaped(store: RunStore) -> None:
    evil = "<b onclick='x'>"
    base = resolve("web-like", {})
    folder = store.create(replace(base, train=replace(base.train, init=evil)))
    html = difference_html([made(store), folder])
    assert "<b" not in html and "onclick='" not in html and "&lt;b onclick=" in html


def test_a_preset_that_is_html_makes_no_name_of_a_run_and_no_row(store: RunStore) -> None:
    evil = "<img src=x>"
    folder = store.create(replace(resolve("web-like", {}), preset=evil))
    assert folder.run.startswith("run-") and "<" not in folder.run
    assert spec_of(folder).preset == evil
    assert "<img" not in listed(folder)
    assert json.loads((folder.path / "status.json").read_text())["preset"] == evil
