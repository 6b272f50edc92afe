"""The fourth edition: its table, its chains, and its runner on trainings of a few steps: killed, resumed, repeated."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from explorer.contract import page_contract
from explorer.errors import UserError
from explorer.resources import CHECKOUT
from explorer.runs.tab_training import describe_tab_evaluation
from explorer.spec import RunSpec
from explorer.study.evidence_store import load_chains, load_dots, load_line
from explorer.study.kappa import told_share
from research import engine_commands, fourth
from research.browser_repeat import BROWSER_COMMANDS, train_in_browser
from research.dots import write_dots
from research.engine import make_order, node_program, read_training
from research.engine_commands import plan, seconds_per_pair
from research.engine_results import (
    CanonicalPoint,
    Evaluation,
    SavedStep,
    Score,
    TrainedPhase,
    TrainedResult,
    binding_scores,
    bound_pairs,
    open_results,
    read_results,
)
from research.engine_rows import freeze_results
from research.engine_runner import (
    Chains,
    begun_chains,
    open_jobs,
    repeat_row,
    repeat_rows,
    run_sweeps,
    train_in_node,
    whole_results,
)
from research.fourth import (
    ORDER_OF_RUNNING,
    EngineSweep,
    Phase,
    StudyCell,
    chain_key,
    engine_sweeps,
    get_engine_sweep,
    kinds_told,
    scene_seed,
)
from research.fourth_cells import fresh_cell, map_cell
from research.rows import read_rows
from research.theories import make_theory_forecasts
from research.theory_outcomes import outcomes_of
from research.torch_results import TorchResult, time_ratio_of_engines

pytestmark = pytest.mark.timeout(1800)
"""Seconds: trainings of the study give way to whatever else the computer does."""

FEW: dict[str, Any] = {"batch_size": 16}
TIDY = Phase(preset="binding-friendly", changes=FEW, pairs=64)
SPARSE = Phase(preset="web-like", changes=FEW, pairs=48)
TINY = EngineSweep(
    name="tiny",
    experiment="i",
    question="Does the runner run?",
    cells=(StudyCell(label="tidy", phases=(TIDY,)), StudyCell(label="tidy, then web-like", phases=(TIDY, SPARSE))),
    seeds=2,
    first_seed=40,
)


def test_every_sweep_asks_a_question_of_cells_that_have_labels_of_their_own() -> None:
    for sweep in engine_sweeps().values():
        assert len({each.label for each in sweep.cells}) == len(sweep.cells) and sweep.question.endswith("?")


def test_labels_say_what_the_data_are() -> None:
    for cell in get_engine_sweep("map").cells:
        data = cell.specs(40)[-1].data
        assert cell.label == f"named {data.caption_completeness:g}, told {told_share(data):g}"
    loop = [cell.specs(40)[-1].data.attribute_density for cell in get_engine_sweep("loop").cells]
    assert loop == [1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.125, 0.1, 0.125, 0.18, 0.25, 0.35, 0.5, 0.7, 1]
    assert [len(cell.phases) for cell in get_engine_sweep("loop").cells] == list(range(1, 16))
    for cell in get_engine_sweep("order-colors-first").cells:
        specs = cell.specs(40)
        dose = 0 if cell.label.startswith("none") else int(cell.label.split()[0])
        assert dose == sum(each.train.steps * 256 for each in specs[:-1]) // 1000
        assert told_share(specs[-1].data) < 0.3 and (len(specs) == 2) == (dose > 0)
    mixed = get_engine_sweep("order-mixed-or-last").cell("46 thousand of color mixed into web-like")
    data = mixed.specs(40)[-1].data
    assert data.tidy_share * mixed.pairs == pytest.approx(46_080) and data.tidy_kinds == ("color",)
    with pytest.raises(UserError, match="choose tidy; tidy, then web-like"):
        TINY.cell("nothing")
    with pytest.raises(UserError, match="sweep=nothing: choose order-colors-first"):
        get_engine_sweep("nothing")


def test_a_key_names_chain_scenes_and_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    specs = TINY.cells[1].specs(40)
    assert specs[0].train.seed == 40 and specs[1].train.seed == 1040, "another phase draws other scenes"
    key = chain_key(specs, seed=40)
    assert key == chain_key([replace(each, preset=None) for each in specs], seed=40)
    others = [chain_key(specs[:1], seed=40), chain_key(specs[::-1], seed=40), chain_key(specs, seed=41)]
    monkeypatch.setattr(fourth, "CONTRACT", replace(fourth.CONTRACT, engine_version=99))
    assert len({key, *others, chain_key(specs, seed=40)}) == 5
    assert kinds_told(specs) == ("color", "pattern", "tilt")


def test_what_begins_other_chains_keeps_its_weights() -> None:
    first = chain_key(TINY.cells[0].specs(40), seed=40)
    assert first in begun_chains([TINY]) and len(begun_chains([TINY])) == 2


def curve_of(*lows: float) -> list[Evaluation]:
    scores = [Score(low + 0.05, low, 350) for low in lows]
    return [
        Evaluation(step=10 * index, forms={"own": {"binding_accuracy": score}, "single": {}})
        for index, score in enumerate(scores)
    ]


def test_when_a_phase_is_bound_and_if_it_is_at_its_end() -> None:
    assert bound_pairs(curve_of(0.4, 0.8, 0.8, 0.7, 0.8, 0.8), 16) == {"own": 640, "single": None}
    assert bound_pairs(curve_of(0.8, 0.8, 0.8, 0.4), 16)["own"] == 0, "it began bound"
    assert bound_pairs(curve_of(0.4, 0.5), 16)["own"] is None
    sweep = get_engine_sweep("map")
    result = result_of(sweep, sweep.cells[0].label, 40, 0.5)
    assert replace(result, curve=curve_of(0.4, 0.76)).is_bound_at_end("own")
    assert not replace(result, curve=curve_of(0.9, 0.74)).is_bound_at_end("own")
    assert not replace(result, curve=curve_of(0.9, 0.9)).is_bound_at_end("single"), "nothing was asked"


def test_a_line_that_was_cut_off_is_dropped_and_its_file_is_held_by_one(tmp_path: Path) -> None:
    first, second = (result_of(TINY, "tidy", seed, 0.5) for seed in (40, 41))
    with open_results(tmp_path, "tiny") as append:
        append(first)
        with pytest.raises(UserError, match="another run of tiny is under way there"), open_results(tmp_path, "tiny"):
            pass
    with (tmp_path / "tiny.jsonl").open("a") as file:
        file.write('{"seed": 41, "curve": [')
    assert read_results(tmp_path, "tiny") == [first]
    with open_results(tmp_path, "tiny") as append:
        append(second)
    assert read_results(tmp_path, "tiny") == [first, second]
    assert read_results(tmp_path, "nothing") == []


def test_a_result_is_written_as_the_engine_told_it_and_a_faulty_line_names_its_field(tmp_path: Path) -> None:
    result = result_of(TINY, "tidy", 40, 0.5)
    whole = Evaluation(step=8, forms={"own": {"binding_accuracy": Score(1, 0.98901, 346)}})
    with open_results(tmp_path, "tiny") as append:
        append(replace(result, curve=(whole,)))
    text = (tmp_path / "tiny.jsonl").read_text()
    assert '"curve":[{"step":8,"forms":{"own":{"binding_accuracy":[1,0.98901,346]}}}]' in text
    (tmp_path / "tiny.jsonl").write_text(text + text.replace("[1,0.98901,346]", "[1,0.98901]"))
    with pytest.raises(UserError, match=r"tiny\.jsonl\[2\]\.curve\[0\]\.forms\.own\.binding_accuracy\[2\]: is missing"):
        read_results(tmp_path, "tiny")
    (tmp_path / "tiny.jsonl").write_text(text[:90] + "\n" + text)
    with pytest.raises(UserError, match=r"tiny\.jsonl\[1\]: this line is no JSON"):
        read_results(tmp_path, "tiny")


def test_a_result_is_on_the_disk_before_the_next_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append((tmp_path / "tiny.jsonl").read_bytes()))
    with open_results(tmp_path, "tiny") as append:
        append(result_of(TINY, "tidy", 40, 0.5))
    assert synced == [(tmp_path / "tiny.jsonl").read_bytes()] and synced[0].endswith(b"\n")


@pytest.mark.slow
def test_the_plan_counts_shared_chains_once(tmp_path: Path) -> None:
    document = plan(out=tmp_path)
    assert document["order"] == list(ORDER_OF_RUNNING)
    assert document["experiments"]["a"]["trainings"] == 70, "five of 75 are the sparse baselines of the order"
    assert document["experiments"]["h"]["trainings"] == 8 * 3 + 6 * 4
    assert 5 < document["core_hours"] < 200
    sweep = get_engine_sweep("map")
    with open_results(tmp_path, "map") as append:
        append(result_of(sweep, sweep.cells[0].label, 40, 0.5))
    assert seconds_per_pair(tmp_path) == pytest.approx(2.0 / 184_320)


def test_a_training_is_read_from_its_lines() -> None:
    score = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 7, "chance": 0.5}
    none = {"value": None, "low": None, "high": None, "n": 0, "chance": 0.5}
    asked = {"step": 0, "digest": "aa", "scores": {"own": {"binding_accuracy": score, "smaller_first": none}}}
    lines = [
        {"kind": "evaluation", **asked},
        *({"kind": "record", "loss": float(step)} for step in range(1, 21)),
        {"kind": "evaluation", **asked, "step": 20, "digest": None},
        {"kind": "weights", "digest": "bb", "status": "finished"},
    ]
    read = read_training(lines, steps=20, core_s=1.5)
    assert (read.digest, read.digests, read.loss) == ("bb", ((0, "aa"),), 19.5)
    assert read.curve[1] == Evaluation(step=20, forms={"own": {"binding_accuracy": Score(0.5, 0.4, 7)}})


# ---- Rows and scores


def result_of(sweep: EngineSweep, label: str, seed: int, low: float, own: int | None = None) -> TrainedResult:
    """A result of a cell whose last evaluation has this lower end in every form."""
    scores = {"binding_accuracy": Score(low + 0.05, low, 350), "smaller_first": Score(0.4, 0.35, 170)}
    specs = sweep.cell(label).specs(seed)
    digests = (SavedStep(0, f"{seed}a"), SavedStep(8, f"{seed}b"))
    return TrainedResult(
        sweep=sweep.name,
        condition=label,
        seed=seed,
        key=chain_key(specs, seed=seed),
        engine=1,
        date="2026-11-30",
        digest=f"{seed}b",
        pairs=sweep.cell(label).pairs,
        bound={"canonical": own, "own": own},
        read={"single": 0.25},
        phases=tuple(
            TrainedPhase(spec_record=each.to_json(), digests=digests, digest=f"{seed}b", loss=1.0, core_s=2.0)
            for each in specs
        ),
        curve=(Evaluation(step=8, forms={"canonical": scores, "own": scores}),),
        curves_before=((),) * (len(specs) - 1),
    )


@pytest.mark.slow
def test_a_sweep_is_frozen_with_its_digests_and_says_if_it_is_whole(tmp_path: Path) -> None:
    sweep = get_engine_sweep("arrangement")
    rows = [result_of(sweep, cell.label, seed, 0.7, 40_000) for seed in sweep.all_seeds for cell in sweep.cells]
    assert freeze_results(tmp_path, tmp_path) == {}, "nothing has begun"
    with open_results(tmp_path, sweep.name) as append:
        for each in rows[:-1]:
            append(each)
        assert freeze_results(tmp_path, tmp_path) == {"arrangement": 29}
        assert read_rows(tmp_path / "arrangement.parquet")[1]["is_whole"] == "false", "a seed is missing"
        append(rows[-1])
    assert freeze_results(tmp_path, tmp_path) == {"arrangement": 30}
    frozen, about = read_rows(tmp_path / "arrangement.parquet")
    assert (about["engine"], about["is_whole"]) == ("1", "true")
    assert [row["digest"] for row in frozen] == [each.digest for each in rows]
    assert json.loads(frozen[0]["digests"]) == [[[0, "40a"], [8, "40b"]]]
    assert frozen[0]["own.smaller_first.value"] == 0.4 and frozen[0]["bound.own.pairs"] == 40_000
    assert RunSpec.from_json(json.loads(frozen[0]["spec"])) == sweep.cells[0].specs(40)[0]


def test_a_result_of_what_a_cell_was_before_is_none_of_its_sweep(tmp_path: Path) -> None:
    """It would be frozen and judged as a training of the cell that took its label."""
    sweep = get_engine_sweep("arrangement")
    current = result_of(sweep, sweep.cells[0].label, 40, 0.7)
    with open_results(tmp_path, sweep.name) as append:
        append(replace(current, seed=41, key=chain_key(sweep.cells[1].specs(41), seed=41)))
        append(current)
    assert whole_results(sweep, tmp_path) == [current]
    assert len(open_jobs(sweep, tmp_path)) == 29


def test_dots_and_chains_are_those_of_the_rows(tmp_path: Path) -> None:
    loop, label = get_engine_sweep("loop"), "down to 0.7"
    assert write_dots(tmp_path, tmp_path) == {} and load_dots(tmp_path) == {"edition": 4, "engine": 1, "sweeps": []}
    with open_results(tmp_path, "loop") as append:
        for name, seed in ((label, 41), ("down to 1", 40), (label, 40), (label, 40), (label, 99), ("unknown", 40)):
            known = label if name == "unknown" else name
            result = result_of(loop, known, seed, 0.7, 256)
            append(replace(result, condition=name, curves_before=curves_of(loop, known)))
    assert write_dots(tmp_path, tmp_path) == {"loop": 3}
    (sweep,) = load_dots(tmp_path)["sweeps"]
    assert (sweep["judges"], sweep["form"], sweep["is_whole"]) == ("end", "canonical", False)
    assert [(each["label"], each["seeds"]) for each in sweep["cells"][:2]] == [("down to 1", 3), (label, 3)]
    assert len(sweep["cells"]) == 15 and [len(each["trainings"]) for each in sweep["cells"]] == [1, 2, *[0] * 13]
    assert sweep["cells"][1]["title"]["parts"] == [{"id": "down to {value}", "values": {"value": "0.7"}, "text": label}]
    first, second = sweep["cells"][1]["trainings"]
    assert (first["seed"], second["seed"], first["digest"], first["pairs"]) == (40, 41, "40b", 92_160)
    assert first["bound"] == {"canonical": 256, "own": 256} and first["ends"]["own"] == [pytest.approx(0.75), 0.7, 350]
    assert first["curves"] == [[[0, 0.5, 0.45]], [[8, pytest.approx(0.75), 0.7]]] and first["batch_size"] == 256
    chains = load_chains("loop", tmp_path)
    assert {(each["label"], each["seed"]): len(each["phases"]) for each in chains["trainings"]} == {
        (label, 41): 2, ("down to 1", 40): 1, (label, 40): 2,
    }  # fmt: skip
    assert len(chains["phases"]) == 4, "what begins alike is there once"
    chain = next(each for each in chains["trainings"] if (each["label"], each["seed"]) == (label, 40))
    assert chain["phases"][-1] == first["key"] and chain["scenes"] == scene_seed(40)
    specs = [RunSpec.from_json(chains["phases"][key]["spec"]) for key in chain["phases"]]
    assert tuple(specs) == loop.cell(label).specs(40)
    assert chains["phases"][chain["phases"][0]]["digests"] == [[0, "40a"], [8, "40b"]]
    assert load_chains("torch", tmp_path) == {"sweep": "torch", "engine": None, "trainings": {}}, "there is no line"
    with pytest.raises(UserError, match="sweep=map: choose loop, torch"):
        load_chains("map", tmp_path)
    (tmp_path / "chains" / "loop.json").write_text("{")
    with pytest.raises(UserError, match="research freeze` writes it again"):
        load_chains("loop", tmp_path)


def test_trainings_of_torch_on_the_page_can_be_compared() -> None:
    line, chains = load_line(), load_chains("torch")["trainings"]
    assert line is not None
    trainings = [(data, each) for data in line["data"] for each in data["trainings"]]
    assert {each["key"] for _, each in trainings} <= set(chains)
    for data, each in trainings[:40]:
        spec = RunSpec.from_json(chains[each["key"]]["spec"])
        assert (spec.train.seed, spec.data.objects_in_image) == (each["seed"], data["objects"])
        assert spec.train.steps * spec.train.batch_size == each["pairs"]
        assert chains[each["key"]]["curve"][-1][0] == spec.train.steps
    for _, each in trainings:
        if each["bound_at"] is not None:
            curve, size = chains[each["key"]]["curve"], chains[each["key"]]["spec"]["train"]["batch_size"]
            shares = [share for step, share, *_ in curve if step >= each["bound_at"] / size]
            assert shares and min(shares[:3]) > 0.75, "a curve shows the time that the box tells"


def curves_of(sweep: EngineSweep, label: str) -> tuple[tuple[CanonicalPoint, ...], ...]:
    """Curves of the phases before the last one of a cell."""
    point = CanonicalPoint(0, {"binding_accuracy": Score(0.5, 0.45, 350)})
    return ((point,),) * (len(sweep.cell(label).phases) - 1)


def test_outcomes_are_times_or_ends_of_whole_cells() -> None:
    arrangement, order = get_engine_sweep("arrangement"), get_engine_sweep("order-long")
    forecasts, label = make_theory_forecasts(), "both-or-neither, told 0.5"
    times = [10_000, None, 30_000, 20_000, 40_000]
    results = [result_of(arrangement, label, 40 + index, 0.7, time) for index, time in enumerate(times)]
    (outcome,) = outcomes_of(arrangement, results, forecasts)
    assert outcome.times == (10_000, None, 30_000, 20_000, 40_000) and (outcome.ends, outcome.budget) == ((), 184_320)
    assert outcomes_of(arrangement, results[:4], forecasts) == [], "a seed is missing"
    label = "46 thousand of color, then web-like"
    results = [result_of(order, label, 40 + index, low) for index, low in enumerate((0.9, 0.76, 0.74))]
    (outcome,) = outcomes_of(order, results, forecasts)
    assert outcome.ends == (True, True, False) and outcome.forecasts["two stable states"]["bound"] > 0.8


# ---- The engine itself

FEW_SCENES = {"scenes": 60}


@pytest.fixture(scope="module")
def few_scenes() -> Iterator[None]:
    """Evaluations of fewer scenes: they take most of the time of trainings that are so short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "research.engine.describe_tab_evaluation", lambda forms: describe_tab_evaluation(forms) | FEW_SCENES
        )
        yield


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, few_scenes: None) -> Path:
    """A folder in which the tiny sweep was run in two parts."""
    folder = tmp_path_factory.mktemp("fourth")
    told: list[str] = []
    first = run_sweeps([TINY], results=folder / "out", scratch=folder / "chains", jobs=2, tell=told.append, most=1)
    assert first["results"] == {"tiny": 1} and len(open_jobs(TINY, folder / "out")) == 3
    rest = run_sweeps([TINY], results=folder / "out", scratch=folder / "chains", jobs=2, tell=told.append)
    assert rest["results"] == {"tiny": 3} and open_jobs(TINY, folder / "out") == []
    assert len(told) == 4, "the tidy phase of each seed is trained once, for both cells"
    again = run_sweeps([TINY], results=folder / "out", scratch=folder / "chains", jobs=2, tell=told.append)
    assert again["results"] == {"tiny": 0} and len(told) == 4
    return folder


@pytest.mark.slow
def test_a_result_names_its_chain_and_proves_it(ran: Path) -> None:
    results = read_results(ran / "out", "tiny")
    assert Counter(each.condition for each in results) == {"tidy": 2, "tidy, then web-like": 2}
    by_seed = {(each.condition, each.seed): each for each in results}
    plain, chained = by_seed["tidy", 40], by_seed["tidy, then web-like", 40]
    assert chained.phases[0].digests == plain.phases[0].digests
    assert chained.phases[0].digest == plain.digest == chained.phases[1].digests[0].digest, "it goes on"
    assert len({each.digest for each in results}) == 4 and all(len(each.digest) == 64 for each in results)
    assert (plain.all_pairs, chained.all_pairs, chained.pairs) == (64, 112, 48)
    forms = list(chained.curve[-1].forms)
    assert forms[:3] == ["canonical", "own", "single"] and "single-tilt" in forms
    assert plain.read["single"] == 0.0 < chained.read["single"] < 0.1 and plain.read["canonical"] == 1.0
    assert plain.curve[-1].forms["single"]["smaller_first"].n > 20


def with_other_digest(result: TrainedResult) -> tuple[TrainedResult, int]:
    """A result of two phases with one digit of a digest of the second changed, and the step of that digest."""
    first, second = result.phases
    before, (step, digest), *others = second.digests
    forged = SavedStep(step, digest[:-1] + ("0" if digest[-1] != "0" else "1"))
    return replace(result, phases=(first, replace(second, digests=(before, forged, *others)))), step


@pytest.mark.slow
def test_a_row_is_repeated_from_fresh_weights_and_a_forged_one_is_seen(ran: Path, tmp_path: Path) -> None:
    row = next(each for each in read_results(ran / "out", "tiny") if len(each.phases) == 2)
    train = partial(train_in_node, tmp_path)
    assert repeat_row(row, train).first_difference is None and list(tmp_path.iterdir()) == []
    forged, step = with_other_digest(row)
    assert repeat_row(forged, train).first_difference == (1, step)


def test_each_repeated_row_is_told_as_it_ends() -> None:
    sweep = get_engine_sweep("arrangement")
    rows = [result_of(sweep, sweep.cells[0].label, seed, 0.7, 40_000) for seed in (40, 41)]
    is_told, told = Event(), list[str]()

    def tell(line: str) -> None:
        told.append(line)
        is_told.set()

    def train(specs: Sequence[RunSpec], seed: int) -> list[list[tuple[int, str]]]:
        if seed == 40:
            assert is_told.wait(20), "the second row is told before the first one has ended"
            return [[(0, "40a"), (8, "40b")]]
        return [[(0, "41a"), (8, "other")]]

    repeats = repeat_rows(rows, train, jobs=2, tell=tell)
    assert [(each.seed, each.first_difference) for each in repeats] == [(40, None), (41, (0, 8))], (
        "in the order of the rows"
    )
    assert [line.partition(" s (")[0].rstrip("0123456789") for line in told] == [
        f"1 of 2: {rows[1].key} differs in phase 1 from step 8 on, ",
        f"2 of 2: {rows[0].key} equal, ",
    ]


def test_a_training_of_two_cells_is_repeated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at a time would write into one folder, and the first to end would take it away."""
    shared = (map_cell(1, 0.25), fresh_cell("quarter"))
    for name, label in shared:
        with open_results(tmp_path, name) as append:
            append(result_of(get_engine_sweep(name), label, 40, 0.7, 40_000))
    monkeypatch.setattr(engine_commands, "train_in_node", lambda *_: [[(0, "40a"), (8, "40b")]])
    done = engine_commands.repeat(out=tmp_path, scratch=tmp_path)
    assert (done["repeated"], done["equal"], done["drawn_from"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("again", "parts"),
    [
        ([[(0, "40a"), (8, "40b")]], (1, 0)),
        ([[(0, "40a")], [(0, "40a"), (8, "40b")]], (0, 8)),
        ([[(0, "40a"), (8, "40b")], [(0, "40a"), (8, "40b"), (16, "40c")]], (1, 16)),
        ([[(0, "40a"), (8, "40b")], [(0, "40a"), (9, "40b")]], (1, 8)),
        ([[(0, "40a"), (8, "40b")]] * 2, None),
    ],
)
def test_a_repetition_with_other_saved_steps_is_told_as_different(
    again: list[list[tuple[int, str]]], parts: tuple[int, int] | None
) -> None:
    row = result_of(TINY, "tidy, then web-like", 40, 0.5)
    assert repeat_row(row, lambda *_: again).first_difference == parts


@pytest.mark.nightly
def test_the_page_repeats_a_row_and_says_from_which_step_another_one_differs(ran: Path, tmp_path: Path) -> None:
    row = next(each for each in read_results(ran / "out", "tiny") if len(each.phases) == 2)
    same = repeat_on_page(row, tmp_path)
    assert same["difference"] is None and same["digest"] == row.digest and same["numbers"] > 1_000_000
    steps, scores = zip(*binding_scores(row.curve, "canonical"), strict=True)
    assert [each[0] for each in same["curves"][-1]] == [*steps]
    assert [each[1] for each in same["curves"][-1]] == pytest.approx([each.value for each in scores], abs=1e-5)
    forged, step = with_other_digest(row)
    before = row.phases[1].digests[0].step
    assert repeat_on_page(forged, tmp_path)["difference"] == {"phase": 1, "step": step, "before": before}


def repeat_on_page(row: TrainedResult, folder: Path) -> dict[str, Any]:
    """Train the chain of a row as the page does, by workers of Node."""
    specs = [each.spec for each in row.phases]
    orders = []
    for index, spec in enumerate(specs):
        (folder / str(index)).mkdir(exist_ok=True)
        orders.append(str(make_order(spec, folder / str(index), evaluation=describe_tab_evaluation() | FEW_SCENES)))
    phases = [{"spec": each.spec_record, "digests": each.digests} for each in row.phases]
    job = {"phases": phases, "scenes": scene_seed(row.seed), "orders": orders, "contract": page_contract()}
    (folder / "job.json").write_text(json.dumps(job))
    script = Path(__file__).with_name("repeat_on_page.mjs")
    command = [node_program(), str(script), str(folder / "job.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.nightly
@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_browser_repeats_a_chain_to_the_last_bit(ran: Path, browser: str) -> None:
    if shutil.which(BROWSER_COMMANDS[browser][0]) is None:
        pytest.skip(f"No {browser} here.")
    row = next(each for each in read_results(ran / "out", "tiny") if len(each.phases) == 2)
    assert repeat_row(row, lambda specs, _: train_in_browser(browser, specs)).first_difference is None


@pytest.mark.nightly
@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_killed_run_goes_on_with_what_is_missing(tmp_path: Path, few_scenes: None) -> None:
    """The tiny sweep twice; that one run in two parts goes on, its quicker tests see."""
    code = (
        "import sys; from pathlib import Path; from research.tests.test_fourth import TINY, run_sweeps\n"
        "folder = Path(sys.argv[1])\n"
        "run_sweeps([TINY], results=folder / 'out', scratch=folder / 'chains', jobs=1, tell=print)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=CHECKOUT, start_new_session=True) as process:
        while not read_results(tmp_path / "out", "tiny"):
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
    before = read_results(tmp_path / "out", "tiny")
    assert 1 <= len(before) < 4
    run_sweeps([TINY], results=tmp_path / "out", scratch=tmp_path / "chains", jobs=2, tell=print)
    after = read_results(tmp_path / "out", "tiny")
    assert after[: len(before)] == before and len(after) == 4
    assert len({each.key for each in after}) == 4


@pytest.mark.slow
def test_what_the_engine_refuses_is_a_sentence(tmp_path: Path) -> None:
    phase = Phase(preset="binding-friendly", changes=FEW | {"placement": "free"}, pairs=16)
    with pytest.raises(UserError, match="the engine does not train it: placement=free"):
        Chains(scratch=tmp_path).train([phase.spec(1)], 1, print)


# ---- Torch beside it


def timed(condition: str, *pairs: int | None) -> list[TorchResult]:
    """Trainings with these times; those of the engine are read by the same fields."""
    return [
        TorchResult(sweep="tiny", condition=condition, seed=0, pairs=100_000, bound={"own": each}, curve=())
        for each in pairs
    ]


def test_the_ratio_of_times_by_hand() -> None:
    torch = [*timed("a", 10_000, 20_000), *timed("b", 40_000, 40_000), *timed("never", None, None)]
    engine = [*timed("a", 20_000, 40_000), *timed("b", 80_000, 80_000), *timed("never", None, None)]
    ratio = time_ratio_of_engines(engine, torch)
    assert ratio.value == pytest.approx(2.0, rel=1e-3) and ratio.low <= 2.0 <= ratio.high
    assert time_ratio_of_engines(torch, torch).value == pytest.approx(1.0, rel=1e-3)
    censored = time_ratio_of_engines([*timed("a", 20_000, None), *timed("b", 80_000, 80_000)], torch)
    assert censored.value > 2.0, "one that was not bound within the budget is later"
    with pytest.raises(UserError, match="fewer than two conditions"):
        time_ratio_of_engines(timed("a", 10), timed("a", 10))
