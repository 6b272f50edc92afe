"""Rows of the toy sweep turn into evidence by hand-computed examples, the evidence into a picture and a document."""

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.evaluation.results import Estimate
from explorer.evaluation.sweep_evidence import Comparison, Evidence
from explorer.study.evidence import evidence
from explorer.study.evidence_store import FROZEN, load, load_all
from explorer.study.freeze_evidence import DOCUMENT, FIRST_EDITION, freeze
from explorer.study.rows import Row, pooled, read_rows, write_rows
from explorer.study.study_document import document, form_effects, percent, points
from explorer.study.svg import picture as picture_of
from explorer.study.sweeps import Contrast, spec_key
from explorer.study.table import SWEEPS
from tests.unit.study.toy_sweep import estimate_columns, toy_row, toy_rows, toy_sweep, tuned_rows

ABOUT = {"command": "python -m explorer sweep toy", "date": "2026-01-02"}
CLEAR = ([0.98, 0.99, 0.97], [0.52, 0.50, 0.51])


def made(rows: list[Row], **changes: Any) -> dict[str, Any]:
    return evidence(toy_sweep(**changes), rows, ABOUT).to_json()


def picture(found: dict[str, Any]) -> str:
    return picture_of(Evidence.from_json(found))


def words(found: dict[str, Any]) -> dict[str, str]:
    return {each["form"]: each["word"] for each in found["contrasts"]}


def test_points_means_and_comparisons() -> None:
    found = made(toy_rows(*CLEAR))
    assert json.loads(json.dumps(found)) == found
    own = found["conditions"][0]["forms"]["own"]["binding_accuracy"]
    assert [(point["seed"], point["value"], point["n"]) for point in own["points"]] == [
        (0, 0.98, 1000), (1, 0.99, 1000), (2, 0.97, 1000),
    ]  # fmt: skip
    assert own["mean"]["value"] == pytest.approx(0.98) and own["mean"]["n"] == 3 and own["mean"]["chance"] == 0.5
    assert own["mean"]["low"] == pytest.approx(0.98 - 4.303 * 0.01 / 3**0.5, abs=1e-5)
    assert words(found) == {"canonical": "agrees", "own": "agrees", "complete": "agrees"}
    assert found["contrasts"][0]["difference"]["value"] == pytest.approx(-0.47)
    assert (found["seeds"], found["runs"], found["pairs"], found["seconds"]) == (3, 6, 384, 12)
    assert (found["devices"], found["recipes"], found["date"]) == (["cpu"], ["abc"], "2026-01-02")


def test_other_words() -> None:
    assert set(words(made(toy_rows(CLEAR[1], CLEAR[0]))).values()) == {"disagrees"}
    assert set(words(made(toy_rows([0.9, 0.5], [0.5, 0.9]))).values()) == {"no difference within intervals"}
    assert set(words(made(toy_rows([0.9], [0.5]))).values()) == {"too few seeds"}
    assert made(toy_rows(CLEAR[0], []))["contrasts"] == []


def test_a_run_that_failed_to_train_is_listed_and_no_point() -> None:
    rows = toy_rows(*CLEAR)
    rows[2] |= {"is_point": False, "failed_to_train": True, "reason": "its loss never left chance"}
    found = made(rows)
    assert [point["seed"] for point in found["conditions"][0]["forms"]["own"]["binding_accuracy"]["points"]] == [0, 1]
    assert [(each["condition"], each["seed"], each["reason"]) for each in found["no_points"]] == [
        ("complete", 2, "its loss never left chance")
    ]
    for each in rows[:3]:
        each["is_point"] = False
    empty = made(rows)
    assert empty["conditions"][0]["forms"] == {} and set(words(empty).values()) == {"not tested"}
    assert "failed to train" in picture(empty)


def test_runs_of_the_search_are_no_points() -> None:
    rows = [*toy_rows(*CLEAR), toy_row("complete", 0, 0.1, stage="search")]
    assert made(rows)["conditions"] == made(toy_rows(*CLEAR))["conditions"]


def test_a_form_that_captions_give_away_is_no_evidence() -> None:
    rows = toy_rows(*CLEAR)
    for each in rows[3:]:
        each |= estimate_columns("control.caption_only.own", 0.8)
    found = made(rows)
    assert words(found) == {"canonical": "agrees", "own": "no evidence", "complete": "agrees"}
    assert "80%" in next(each["sentence"] for each in found["contrasts"] if each["form"] == "own")
    assert found["conditions"][1]["controls"]["caption_only"]["own"]["value"] == pytest.approx(0.8)


@pytest.mark.parametrize(("rate", "word"), [(0.29, "not tested"), (0.31, "agrees")])
def test_too_few_hard_negatives_test_nothing(rate: float, word: str) -> None:
    rows = toy_rows(*CLEAR)
    for each in rows[3:]:
        spec = json.loads(each["spec"])
        spec["train"]["hard_negatives"] = 1.0
        each |= {"spec": json.dumps(spec), "rate.hard_negatives": rate}
    found = made(rows)
    assert set(words(found).values()) == {word}
    assert (found["conditions"][1]["not_tested"] is not None) == (word == "not tested")
    assert ("not tested" in picture(found)) == (word == "not tested")


def test_the_last_third_says_slower_or_never() -> None:
    def curve(rise: float) -> str:
        return json.dumps([{"step": step, "canonical": 0.5 + rise * step, "own": 0.5} for step in range(1, 13)])

    rows = [toy_row("half", seed, 0.55, steps=12, curve=curve(0.02)) for seed in range(3)]
    (condition,) = made(rows, reads_trend=True, contrasts=())["conditions"]
    trend = condition["trend"]
    assert [line["seed"] for line in condition["curves"]["own"]] == [0, 1, 2]
    assert condition["curves"]["canonical"][0]["steps"] == [each["step"] for each in json.loads(rows[0]["curve"])]
    assert "curves" not in made(rows, contrasts=())["conditions"][0], "only where a claim is about long runs"
    # 0.02 a step are 0.08 in a third of twelve steps.
    assert trend["canonical"]["word"] == "still rising" and trend["canonical"]["slope"]["value"] == pytest.approx(0.08)
    assert trend["canonical"]["slope"]["n"] == 15 and trend["own"]["word"] == "flat"


def test_how_soon_it_arrives_and_what_it_forgets() -> None:
    found = made(tuned_rows(), reads_tuning=True, forms=("canonical", "start"))
    fresh, tuned = (condition["tuning"] for condition in found["conditions"])
    assert [each["pairs"] for each in tuned["arrivals"]] == [48, 80, None]
    assert (tuned["mean"]["value"], tuned["mean"]["n"], tuned["binding"]) == (64, 2, 0.95)
    assert tuned["before"]["binding_accuracy"]["mean"]["value"] == pytest.approx(0.6)
    assert found["conditions"][1]["forms"]["start"]["binding_accuracy"]["mean"]["value"] == pytest.approx(0.5)
    assert fresh["before"] == {} and "start" not in found["conditions"][0]["forms"]
    assert words(found)["start"] == "not tested"
    assert made(tuned_rows())["conditions"][1]["tuning"] is None


def test_the_document_says_what_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = toy_sweep(reads_tuning=True, forms=("canonical", "start"), tier=2)
    monkeypatch.setitem(SWEEPS, "toy", sweep)
    text = document({"toy": evidence(sweep, tuned_rows(), ABOUT)})
    head = "| condition | pairs until it arrived | binding, start, before | binding, start, after | recognition, start"
    assert head in text
    assert "| complete | 64 | - | - | - | - |" in text
    assert "| half | 64 (0 to 267), 2 of 3 seeds | 60 % (56 to 64) | 50 % (46 to 54) | 90 % (88 to 92) | - |" in text


def test_breakdowns_are_means_over_seeds() -> None:
    def parts(value: float) -> str:
        group = {"form": "own", "by": "larger_object", "group": "first", "value": value, "n": 9}
        group |= {"low": value - 0.1, "high": value + 0.1, "chance": 0.5}
        return json.dumps(
            [
                group,
                group | {"by": "kind"},
                group | {"group": "second", "value": None, "n": 0, "low": None, "high": None},
            ]
        )

    rows = [toy_row("half", seed, 0.5, breakdown=parts(value)) for seed, value in enumerate((0.6, 0.8))]
    (found,) = made(rows, breakdown="larger_object")["conditions"][0]["breakdown"]
    assert (found["form"], found["group"], found["n"]) == ("own", "first", 2) and found["value"] == pytest.approx(0.7)


def test_the_edge_of_the_search_is_counted() -> None:
    rows = toy_rows(*CLEAR)
    assert made(rows, factors=(0.5, 1.0, 2.0))["edge_rates"] == 0
    assert made(rows, factors=(1.0, 2.0, 4.0))["edge_rates"] == 2


def test_the_picture_shows_every_seed_and_is_well_formed() -> None:
    text = picture(made(toy_rows(*CLEAR)) | {"axis": "a <b> & c"})
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{space}circle")) == 3 * 6 and len(root.findall(f"{space}path")) == 3 * 2
    title = root.find(f"{space}title")
    assert title is not None and title.text == "Binding accuracy by a <b> & c"
    # The first panel begins at 250 and is 170 wide.
    assert f'cx="{250 + 0.98 * 170:.1f}"' in text


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of evidence with the toy sweep, the only one declared."""
    monkeypatch.setitem(
        SWEEPS, "toy", toy_sweep(contrasts=(Contrast(start="complete", end="half", direction="rises"),))
    )
    write_rows(tmp_path / "sweeps" / "toy.parquet", toy_rows(*CLEAR), ABOUT)
    assert freeze(tmp_path / "sweeps", tmp_path / "study", tmp_path / "STUDY.md") == ["toy"]
    return tmp_path


def test_freezing_writes_json_picture_and_document(frozen: Path) -> None:
    found = load("toy", frozen / "study")
    assert found is not None and found.name == "toy" and load("density", frozen / "study") is None
    assert (frozen / "study" / "toy.svg").read_text() == picture_of(found)
    text = (frozen / "STUDY.md").read_text()
    assert "98 % (96 to 100)" in text and "![Binding accuracy by completeness](../assets/study/toy.svg)" in text
    assert "- `toy`, complete to half, own captions: 98 % (96 to 100) to 51 % (47 to 55)." in text
    assert (
        "canonical captions: 0 of 1 stated directions agree, 1 disagree; own captions: 0 of 1 stated" in text
        and "python -m explorer sweep toy" in text
    )
    before = text
    assert freeze(None, frozen / "study", frozen / "STUDY.md") == ["toy"]
    assert (frozen / "STUDY.md").read_text() == before


def test_what_hangs_on_the_form_has_intervals_that_lie_apart() -> None:
    def contrast(form: str, value: float | None, low: float | None, high: float | None) -> Comparison:
        change = Estimate(value=value, n=0 if value is None else 3, low=low, high=high, chance=0.0)
        side = Estimate(value=0.5, n=3, low=None, high=None, chance=0.5)
        words = {"start": "a", "end": "b", "direction": "falls", "word": "agrees", "sentence": ""}
        return Comparison(form=form, of_start=side, of_end=side, difference=change, **words)

    def effects(*contrasts: Comparison) -> list[str]:
        return form_effects(replace(evidence(toy_sweep(), toy_rows(*CLEAR), ABOUT), contrasts=contrasts))

    falls, stays, unsure = contrast("canonical", -0.3, -0.4, -0.2), contrast("own", -0.001, -0.1, 0.1), (None,) * 3
    effect = "a to b: canonical -30 points (-40 to -20), own -0.1 points (-10 to +10)"
    assert effects(falls, stays) == [effect]
    assert effects(falls, contrast("own", -0.2, -0.3, -0.1)) == []
    assert effects(falls, contrast("own", *unsure), replace(stays, end="c")) == []
    assert "None that was measured." in document(dict.fromkeys(SWEEPS))


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.81, 0.79, 0.83, "81 % (79 to 83)"),
        (1.0, 1.0, 1.0, "100 % (100 to 100)"),
        (0.9977, 0.9977, 0.99987, "99.8 % (99.8 to 99.99)"),
        (0.004, 0.0, 0.99999, "0.4 % (0 to 99.999)"),
        (0.5, None, None, "50 %"),
        (None, None, None, "-"),
    ],
)
def test_what_is_nearly_all_is_not_called_all(value: Any, low: Any, high: Any, words: str) -> None:
    assert percent(Estimate(value=value, n=0 if value is None else 3, low=low, high=high, chance=None)) == words


def test_rows_come_back_as_they_were(frozen: Path) -> None:
    rows, about = read_rows(frozen / "study" / "toy.parquet")
    assert (rows, about) == (toy_rows(*CLEAR), ABOUT)


def test_a_folder_without_results(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no result"):
        freeze(tmp_path, tmp_path / "study", tmp_path / "STUDY.md")


def test_what_was_not_run_says_so() -> None:
    text = document(dict.fromkeys(SWEEPS))
    assert text.count("**We measured:** not run yet.") == sum(sweep.tier == 1 for sweep in SWEEPS.values())
    assert "Nothing was run yet." in text and "needs a dial" in text
    assert all(sweep.claim in text and f"`{name}`" in text for name, sweep in SWEEPS.items())


def test_conditions_that_were_left_out_are_named() -> None:
    density = SWEEPS["density"]
    labels = [condition.label for condition in density.conditions]
    found = replace(evidence(toy_sweep(), toy_rows(*CLEAR), ABOUT), name="density")
    found = replace(found, conditions=(replace(found.conditions[0], label=labels[0]),))
    text = document({**dict.fromkeys(SWEEPS), "density": found})
    assert f"Declared and not run, for want of time: {'; '.join(labels[1:])}.\n" in text


def test_the_document_is_the_one_of_the_frozen_evidence() -> None:
    assert FIRST_EDITION.read_text() == document(load_all())


def test_the_frozen_json_and_picture_follow_from_the_parquet() -> None:
    read = {name: read_rows(path) for name in SWEEPS if (path := FROZEN / f"{name}.parquet").is_file()}
    shared = pooled({name: rows for name, (rows, _) in read.items()})
    for name, (_, about) in read.items():
        found = evidence(SWEEPS[name], shared[name], about)
        assert load(name) == found, name
        assert (FROZEN / f"{name}.json").read_text() == json.dumps(found.to_json(), allow_nan=False) + "\n"
        assert (FROZEN / f"{name}.svg").read_text() == picture_of(found), name


def test_equal_conditions_have_equal_numbers_wherever_they_stand() -> None:
    seen: dict[str, Any] = {}
    for found in load_all().values():
        for condition in found.conditions if found else ():
            spec = condition.spec
            key = spec_key({**spec, "train": {**spec["train"], "seed": 0}})
            binding = {form: each["binding_accuracy"] for form, each in condition.forms.items() if form != "start"}
            earlier = seen.setdefault(key, binding)
            assert {form: each.mean for form, each in binding.items()} == {
                form: each.mean for form, each in earlier.items() if form in binding
            }, condition.label
    assert len(seen) < sum(len(found.conditions) for found in load_all().values() if found)


def test_pictures_of_the_document_exist() -> None:
    for page in (FIRST_EDITION, DOCUMENT):
        for name in re.findall(r"\]\(((?:\.\./)?assets/[^)]+)\)", page.read_text()):
            assert (page.parent / name).is_file()


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(-0.553, -0.005, "(-55 to -0.5)"), (-0.0048, 0.04, "(-0.5 to +4)"), (0.0, 0.0004, "(+0 to +0)")],
)
def test_an_end_below_one_point_keeps_its_sign(low: float, high: float, words: str) -> None:
    assert points(Estimate(value=-0.28, n=3, low=low, high=high, chance=0.0)) == f"-28 points {words}"
