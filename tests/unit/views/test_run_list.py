"""The list of runs: who sees which, what a row holds, a search, what belongs to whom, and what one may start from."""

from pathlib import Path

import pytest

from explorer.clip.names import shipped_names
from explorer.errors import UserError
from explorer.evaluation.results import Estimate
from explorer.presets import preset
from explorer.runs.archive import export_zip
from explorer.runs.files import write_json
from explorer.runs.store import RunFolder, RunStore
from explorer.settings import LOCAL, SHARED
from explorer.spec import override
from explorer.views import questions as probing
from explorer.views.runs import RunRow, bring, may_bring, run_rows, start_choices, visible
from explorer.views.service import Service
from tests.unit.toys import GRAMMAR, tiny_folder, tiny_spec

MINE, OTHER, FRESH = "a" * 32, "b" * 32, "c" * 32
BINDING = {"value": 0.8, "n": 100, "low": 0.71, "high": 0.87, "chance": 0.5}


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    probing.MODELS.clear()
    return RunStore(tmp_path / "runs")


@pytest.fixture
def runs(store: RunStore) -> tuple[RunFolder, RunFolder, RunFolder]:
    """A finished run of mine with a model, a queued one of somebody else, and one of the command line."""
    spec = override(preset("salient").spec, {"steps": 9, "saliency_bias": 0.5})
    mine = store.create(spec, owner_key=MINE)
    tiny_folder(mine.model)
    (mine.model / "open_clip_config.json").touch()
    mine.set_status(status="finished", step=9)
    write_json(
        mine.path / "report.json",
        {"status": "finished", "metrics": {"binding_accuracy": BINDING}, "forms": {"own": None}},
    )
    other = store.create(preset("web-like").spec, owner_key=OTHER)
    return mine, other, store.create(tiny_spec())


def rows_of(store: RunStore, key: str, folders: list[RunFolder] | None = None) -> list[RunRow]:
    return list(run_rows(Service.of(store, LOCAL), store.all() if folders is None else folders, key))


def test_a_row(store: RunStore, runs: tuple[RunFolder, ...]) -> None:
    row = next(row for row in rows_of(store, MINE) if row.run == runs[0].run)
    assert (row.label, row.preset, row.status, row.step, row.steps) == ("Your own mix", "salient", "finished", 9, 9)
    assert row.binding == Estimate(**BINDING) and (row.own, row.recognition) == (None, None)
    assert [(each.field, each.this, each.other) for each in row.changed] == [
        ("saliency_bias", 1.0, 0.5),
        ("steps", 180, 9),
    ]
    assert row.has_model and row.created > 0


def test_a_fresh_browser_owns_no_run(store: RunStore, runs: tuple[RunFolder, ...]) -> None:
    for key, owned in ((MINE, {runs[0].run}), (OTHER, {runs[1].run}), (FRESH, set()), ("", set())):
        assert {row.run for row in rows_of(store, key) if row.is_own} == owned


def test_all_are_listed_at_home_and_ones_own_elsewhere(store: RunStore, runs: tuple[RunFolder, ...]) -> None:
    mine, other, _ = runs
    broken = store.create(preset("web-like").spec, owner_key=MINE)
    (broken.path / "spec.json").write_text("{")
    assert {folder.run for folder in visible(store, LOCAL, "", FRESH)} == {folder.run for folder in runs}
    assert [folder.run for folder in visible(store, SHARED, "", MINE)] == [mine.run]
    assert {folder.run for folder in visible(store, SHARED, other.run, MINE)} == {mine.run, other.run}, "of a link"


@pytest.mark.parametrize(
    ("words", "places"),
    [("", (0, 1, 2)), ("WEB-like queued", (1,)), ("finished", (0,)), ("big things told", (0,)), ("nothing", ())],
)
def test_a_search_finds_every_word(
    words: str, places: tuple[int, ...], store: RunStore, runs: tuple[RunFolder, ...]
) -> None:
    found = {row.run for row in rows_of(store, MINE) if row.has_words(words)}
    assert found == {runs[place].run for place in places}


def test_a_report_of_another_shape_leaves_its_shares_out(store: RunStore, runs: tuple[RunFolder, ...]) -> None:
    for report in ({"metrics": {"binding_accuracy": {"value": "x"}}}, {"metrics": [1], "forms": [2]}):
        write_json(runs[0].path / "report.json", {"status": "finished", **report})
        row = next(row for row in rows_of(store, MINE, [runs[0]]))
        assert (row.binding, row.own) == (None, None)


def test_what_a_training_may_start_from(store: RunStore, runs: tuple[RunFolder, ...], tmp_path: Path) -> None:
    words = ("[PAD]", "[EOS]", "[BOS]", "[UNK]", *reversed(GRAMMAR.words[4:]))
    name = str(tiny_folder(tmp_path / "pretrained", words=words))
    probing.load_model(name, store=store, only_safe=True)
    found = {start.name: start for start in start_choices(Service.of(store, LOCAL), "", FRESH)}
    assert list(found) == ["scratch", *shipped_names(), runs[0].run, name]
    assert (found[name].kind, found[name].tunes) == ("pretrained", ("lora", "text-map"))
    assert found["scratch"].tunes == ("all",) and "text" in found[runs[0].run].tunes
    assert [start.name for start in start_choices(Service.of(store, SHARED), "", FRESH)] == [
        "scratch",
        *shipped_names(),
    ]


def test_a_run_from_a_file_belongs_to_who_brought_it(store: RunStore, tmp_path: Path) -> None:
    elsewhere = RunStore(tmp_path / "elsewhere").create(preset("web-like").spec, owner_key=OTHER)
    elsewhere.set_status(status="stopped", step=0)
    export_zip(elsewhere, tmp_path / "run.zip")
    with pytest.raises(UserError, match="this server takes no runs from files"):
        may_bring(SHARED)
    folder = bring(store, LOCAL, tmp_path / "run.zip", MINE)
    assert folder.is_owner(MINE) and not folder.is_owner(OTHER)
