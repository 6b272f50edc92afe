"""The page of the evidence gets its numbers, the effects of all properties, and a claim in words from the registry."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.presets import find_preset
from explorer.runs.files import write_json
from explorer.runs.store import RunFolder, RunStore
from explorer.settings import LOCAL, SHARED
from explorer.spec import RunSpec, override
from explorer.study.claims import CLAIMS, STUDY_PROPERTIES
from explorer.study.evidence_store import FROZEN_FOLDER, load_evidence, load_page_numbers
from explorer.study.sweeps import FIRST_EDITION
from explorer.views.evidence import claim, effects, line, study
from explorer.views.service import Service
from tests.oracles.store import KEY, fill_store
from tests.unit.study.toy_evidence import freeze_toys, toy_evidence

OTHER = "f" * 32


@pytest.fixture
def service(tmp_path: Path) -> Service:
    (tmp_path / "runs").mkdir()
    return Service(store=RunStore(tmp_path / "runs"), settings=LOCAL)


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Evidence of density and batch-size."""
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path / "study"))
    yield freeze_toys(tmp_path / "study")


def first_of(service: Service, name: str = "density", **asked: str) -> Mapping[str, Any]:
    first_edition = claim(service, name, **asked).first
    assert first_edition is not None
    return first_edition


def test_the_line_is_the_frozen_one_and_where_nothing_is_frozen_every_claim_is_only_declared(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_line = line(service)
    assert evidence_line.line == load_page_numbers(FROZEN_FOLDER) and evidence_line.pace > 0
    assert [each["told"] for each in evidence_line.picture] == [True, True, False, False]
    assert evidence_line.picture[1]["fill"] == "#fddc18" and evidence_line.picture[0]["shapes"]
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    nothing = effects()
    assert line(service).line is None and nothing.figure is None and nothing.claims == ()
    assert [each["name"] for each in nothing.not_run] == list(FIRST_EDITION)
    with pytest.raises(UserError, match="^claim=density: was declared and not run; choose none yet$"):
        claim(service, "density")


def test_every_mark_of_the_effects_opens_a_claim_with_its_frozen_words(service: Service) -> None:
    figure = effects()
    assert figure.figure is not None
    marks = {text for trace in figure.figure["plotly"]["data"] for text in trace["text"]}
    assert marks <= set(figure.pages) and set(figure.pages.values()) <= set(figure.claims)
    assert set(figure.claims) | {each["name"] for each in figure.not_run} == set(FIRST_EDITION) | {"masking"}
    assert len(figure.figure["table"]["rows"]) == 44 and "44 lines" in figure.figure["sentence"]
    for name in figure.claims:
        evidence, first = load_evidence(name) if name in FIRST_EDITION else None, claim(service, name).first
        if evidence is None:
            assert first is None
            continue
        for form in evidence.forms:
            first = first_of(service, name, form=form)
            kept = [each for each in evidence.contrasts if each.form == form]
            assert [(each["step"], each["word"]) for each in first["contrasts"]] == [
                (f"{each.start} to {each.end}", each.word) for each in kept
            ]
            assert first["paper"] == FIRST_EDITION[name].paper and [each["name"] for each in first["forms"]] == [
                *evidence.forms
            ]
            assert first["origin"][1].startswith(f"python -m explorer sweep {name}")
        for each in first["conditions"]:
            assert isinstance(override(find_preset(each["preset"]).spec, each["overrides"]), RunSpec), (
                name,
                each["label"],
            )
    assert [each["href"] for each in first_of(service)["files"]] == ["study/density.parquet", "study/density.svg"]
    asked = first_of(service)["question"]
    assert asked is not None and asked["replies"]["falls"] != asked["replies"]["rises"]


def test_form_and_metric_choose_the_figure(service: Service, frozen: Path) -> None:
    own = first_of(service, form="own")
    assert own["figure"]["sentence"].startswith("In training-like captions")
    other = first_of(service, form="complete", metric="recognition_accuracy")
    assert other["figure"]["sentence"].startswith("Recognition accuracy in complete captions")
    assert other["figure"]["table"]["rows"] != own["figure"]["table"]["rows"]
    half = own["conditions"][1]
    assert half["label"] == half["mark"] == "half" and half["changes"].startswith(
        "caption completeness 0.5, batch size"
    )
    spec = override(find_preset(half["preset"]).spec, half["overrides"])
    assert spec == toy_evidence("density").conditions[1].run_spec()
    freeze_toys(frozen, "objects", "single-flaws")
    assert effects().claims == ("single-flaws", "density", "batch-size", "objects"), "in the order of the table"


def test_another_name_is_refused_in_its_field(service: Service, frozen: Path) -> None:
    for asked, said in (
        ({"claim": "<b>"}, "claim=<b>: choose density, batch-size"),
        ({"claim": "../density"}, "claim=../density: choose density, batch-size"),
        ({"claim": "density", "form": "bundle"}, "form=bundle: choose canonical, own, complete"),
        ({"claim": "density", "metric": "x"}, "metric=x: choose binding_accuracy, recognition_accuracy"),
    ):
        with pytest.raises(UserError) as refused:
            claim(service, **asked)
        assert str(refused.value).startswith(said) and refused.value.field == list(asked)[-1]
    (frozen / "density.json").write_text("{")
    with pytest.raises(UserError, match="its evidence cannot be read"):
        claim(service, "density")


def test_a_claim_and_a_sweep_of_either_edition_have_their_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, naming, both, pilot = (study(name) for name in ("single-flaws", "naming", "density", "pilot"))
    assert first["name"] == "single-flaws" and "second_edition" not in first
    assert naming["claim"].startswith("Captions of two objects")
    assert len(naming["findings"]) == 5 and {each["claim"] for each in naming["findings"]} == {"naming"}
    assert both["name"] == both["second_edition"]["name"] == "density"
    assert pilot["question"] and len(pilot["conditions"]) == len(pilot["coverage"]["whole"])
    assert all(condition["seeds"] for condition in pilot["conditions"])
    with pytest.raises(UserError, match="choose single-flaws, .*naming, .*`sweep --list`"):
        study("weather")
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    for name in ("single-flaws", "naming", "naming-cliff"):
        with pytest.raises(UserError, match=f"claim={name}: was not run yet"):
            study(name)


def test_the_second_edition_says_what_it_found_and_what_it_did_not_run(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert claim(service, "masking").first is None and claim(service, "naming").first is None
    document = json.loads((FROZEN_FOLDER / "claims.json").read_text())
    for each in document["findings"]:
        each["word"] = "not run"
    document["findings"][0]["word"] = "as stated"
    (tmp_path / "claims.json").write_text(json.dumps(document))
    freeze_toys(tmp_path, "hard-negatives", "fine-tuning")
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    words = [each["word"] for each in claim(service, "hard-negatives").second["findings"]]
    assert words == ["as stated", *["not run"] * (len(CLAIMS["hard-negatives"].directions) - 1)]
    assert not claim(service, "fine-tuning").second["findings"]
    assert all(each.page is None or each.page in FIRST_EDITION for each in STUDY_PROPERTIES.values())


def test_ones_own_runs_fall_on_the_curve_and_on_a_shared_server_those_of_others_by_their_link(
    service: Service, frozen: Path, tmp_path: Path
) -> None:
    done = RunStore(fill_store(tmp_path / "filled")).get("finished")

    def own_run(**train: Any) -> RunFolder:
        """A finished run with the spec of the condition half."""
        spec = toy_evidence("density").conditions[1].run_spec()
        folder = service.store.create(replace(spec, train=replace(spec.train, seed=5, **train)), owner_key=KEY)
        changed = {"run": folder.run, "spec": folder.spec_record(), "failed_to_train": False}
        write_json(folder.path / "report.json", done.report_json() | changed)
        return folder

    assert first_of(service, owner_key=KEY)["points"] == []
    mine, _ = own_run(), own_run(batch_size=32)
    first = first_of(service, owner_key=KEY)
    assert [(each.run, each.condition, each.seed) for each in first["points"]] == [(mine.run, "half", 5)]
    assert mine.run in first["figure"]["plotly"]["data"][-1]["customdata"][0]
    assert mine.run in first["figure"]["table"]["rows"][-1][-1]
    shared = Service(store=service.store, settings=SHARED)
    for asked, count in (
        ({"owner_key": OTHER}, 0),
        ({"owner_key": KEY}, 1),
        ({"owner_key": OTHER, "mine": mine.run}, 1),
    ):
        assert len(first_of(shared, **asked)["points"]) == count
