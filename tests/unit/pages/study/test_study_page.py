"""Study shows frozen evidence as it stands: claims, forms, a guess first, and the spec behind each point."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UserError
from explorer.evaluation.results import Estimate
from explorer.evaluation.sweep_evidence import Arrival, Evidence, Group, LostRun, OwnPoint, Trend, Tuning
from explorer.pages.app import build_app
from explorer.pages.shared.url_state import StudyPlace
from explorer.pages.study.build import claims, condition_of, guesses_in, spec_behind, viewed
from explorer.pages.study.view import below_html, mine_html, rest_html, said_html, spec_html
from explorer.runs.files import write_json
from explorer.runs.store import RunFolder, RunStore
from explorer.service.service import Service
from explorer.settings import LOCAL, SHARED
from explorer.study.intervals import mean_over_seeds
from explorer.study.table import SWEEPS
from tests.unit.pages.visits import KEY, OTHER, Visit
from tests.unit.study.toy_evidence import as_file, condition, evidence, freeze_toys, scores, spec_of, toy_evidence

DENSITY = StudyPlace(claim="density", form="own")
QUESTION = "Going from “complete” to “half” (completeness), does binding accuracy in two-object captions rise"
REPLY = "it falls: 98 % (96 to 100) to 51 % (47 to 55)"


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Evidence of density and batch-size."""
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path / "study"))
    return freeze_toys(tmp_path / "study")


@pytest.fixture
def visit(store: RunStore, frozen: Path) -> Visit:
    visit = Visit(build_app(Service.of(store, LOCAL)))
    visit.shows |= {"visitor": KEY, "guesses": {}}
    return visit


def turn(visit: Visit, query: str = "?tab=study&claim=density&form=own&metric=", **values: Any) -> dict[str, Any]:
    """Return the changes when the tab is opened with that address."""
    return visit.send("turned_to_study", location=query, **values)


def words(html: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", str(html))))


# --- what an address asks for ---


def test_the_claims_with_evidence_come_in_the_order_of_the_table(frozen: Path) -> None:
    assert claims() == ["density", "batch-size"]
    freeze_toys(frozen, "objects", "single-flaws")
    assert claims() == ["single-flaws", "density", "batch-size", "objects"]


def test_a_place_that_asks_for_nothing_shows_the_first(frozen: Path) -> None:
    view, notes = viewed(StudyPlace())
    assert view is not None and notes == []
    assert (view.evidence.name, view.form, view.metric) == ("density", "canonical", "binding_accuracy")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (StudyPlace(claim="<b>"), "claim=<b>: choose density, batch-size; density is shown"),
        (StudyPlace(claim="../x"), "claim=../x: choose density, batch-size; density is shown"),
        (
            StudyPlace(claim="saliency"),
            "claim=saliency: was declared and not run; choose density, batch-size; density is",
        ),
        (replace(DENSITY, form="bundle"), "form=bundle: choose canonical, own, complete; canonical is shown"),
        (replace(DENSITY, metric="x"), "metric=x: choose binding_accuracy, recognition_accuracy; binding_accuracy is"),
    ],
)
def test_a_bad_part_falls_back_with_a_sentence(place: StudyPlace, sentence: str, frozen: Path) -> None:
    view, notes = viewed(place)
    assert view is not None and len(notes) == 1 and notes[0].startswith(sentence)


def test_without_evidence_there_is_no_view(frozen: Path) -> None:
    for path in frozen.iterdir():
        path.unlink()
    assert (
        viewed(DENSITY) == (None, ["claim=density: was declared and not run; choose none yet"])
        and viewed(StudyPlace())[1] == []
    )


@pytest.mark.parametrize(
    "brought", [None, "x", 7, ["density"], {"density": "up"}, {"nowhere": "rises"}, {"density": []}]
)
def test_guesses_of_a_stranger_are_left_out(brought: Any) -> None:
    assert guesses_in(brought) == {}


def test_guesses_are_kept_by_claim() -> None:
    kept = {"density": "rises", "saliency": "shown"}
    assert guesses_in(kept | {"x": "rises"}) == kept


# --- its words ---


def test_the_claim_stands_between_what_is_said_and_what_was_measured() -> None:
    found = words(said_html(replace(toy_evidence("density"), paper="<b>never</b>"), "Right, it falls."))
    assert "Right, it falls. Claim: Fewer named objects, less binding." in found
    assert "Paper says <b>never</b>" in found
    assert (
        "We measured two-object captions , 1 comparison: agrees in 1 training-like captions , 1 comparison: agrees"
        in found
    )
    assert "Declared and not run, for want of time: 1 kind: 0.25; " in found, "the toys are none of the claim's own"


def test_below_stand_verdicts_controls_origin_and_files(frozen: Path) -> None:
    html = below_html(toy_evidence("density"), "own")
    found = words(html)
    assert (
        "Verdicts in training-like captions" in found
        and "complete to half falls 98 % (96 to 100) to 51 % (47 to 55)" in found
    )
    assert "to 55), −47 points (−50 to −44) agrees Binding falls; the paper says that it falls." in found
    assert "Controls: 6 means over seeds, 0 of them off chance." in found
    assert "95 % t interval over seeds, 3 seeds. 6 runs, 384 pairs" in found and "2026-01-02, on cpu; torch 2" in found
    assert "<code>python -m explorer sweep toy</code>" in html and "recipe abc" in found
    assert re.findall("href='([^']+)'", html) == ["study/density.parquet", "study/density.svg"]
    assert "href" not in below_html(toy_evidence("objects"), "own")


def test_a_phone_shows_each_cell_with_the_name_of_its_column() -> None:
    html = below_html(toy_evidence("density"), "own")
    assert html.count("data-label='we measured'") == html.count("data-label='verdict'") == 1
    assert "<th scope='row'>complete to half</th>" in html and "data-label='comparison'" not in html


def trend_of(word: str) -> Trend:
    slope = Estimate(value=0.08, n=9, low=0.07, high=0.09, chance=0.0)
    return Trend(word=word, slope=slope, end=Estimate(value=0.6, n=3, low=0.5, high=0.7, chance=0.5))


def with_first(found: Evidence, **changes: Any) -> Evidence:
    """The evidence with its first condition changed."""
    first, *rest = found.conditions
    return replace(found, conditions=(replace(first, **changes), *rest))


def test_what_a_long_run_came_to_is_said_by_form() -> None:
    trend = {form: trend_of(word) for form, word in (("own", "still rising"), ("canonical", "flat"))}
    found = with_first(replace(toy_evidence("saliency"), contrasts=()), trend=trend, series="<web>")
    said = words(said_html(found, ""))
    assert "We measured two-object captions : <web> flat training-like captions : <web> still rising" in said


def test_what_is_no_data_point_and_long_runs_are_told() -> None:
    about = {"condition": "<half>", "stage": "result", "run": "x", "status": "failed"}
    lost = LostRun(seed=2, learning_rate=0.002, reason="its loss never left chance", **about)
    one: dict[str, Any] = {"group": "first", "n": 1, "low": None, "high": None, "chance": 0.5}
    groups = [Group(form="own", value=0.7, **one), Group(form="canonical", value=0.1, **one)]
    evidence = replace(toy_evidence("saliency"), no_points=(lost,))
    evidence = with_first(evidence, trend={"own": trend_of("still rising")}, breakdown=tuple(groups))
    found = words(below_html(evidence, "own"))
    assert "<half>, result, seed 2, learning rate 0.002: failed, its loss never left chance" in found
    assert "ends at 60 % (50 to 70)" in found and "+8 points (+7 to +9): still rising" in found
    assert "By larger object condition larger object binding complete first 70 %" in found and "10 %" not in found


def test_the_spec_of_a_point_is_its_preset_and_what_differs() -> None:
    found = words(spec_html(toy_evidence("density").conditions[1]))
    assert "Trained on binding-friendly with caption completeness 0.5, batch size 16, steps 4" in found


def test_claims_that_were_not_run_are_listed_with_what_they_lack() -> None:
    found = words(rest_html(["saliency", "always-named"]))
    assert "Declared, not run: 2" in found and SWEEPS["saliency"].claim in found
    assert f"It {SWEEPS['always-named'].lacks}." in found and rest_html([]) == ""


POINT = OwnPoint(run="mine", condition="half", seed=5, steps=4, learning_rate=0.002)


@pytest.mark.parametrize(
    ("count", "said"), [(0, "None of your runs"), (1, "1 of your runs lies"), (2, "2 of your runs")]
)
def test_how_many_runs_lie_on_the_curve(count: int, said: str) -> None:
    assert said in words(mine_html([POINT] * count))


# --- the spec behind a point ---


def test_a_condition_goes_by_its_label_or_that_of_the_figure() -> None:
    evidence = with_first(toy_evidence("density"), label="a < b")
    assert condition_of(evidence, "a < b") is condition_of(evidence, "a &lt; b") is evidence.conditions[0]
    for strange in (None, "", 7, ["half"], "a <b"):
        with pytest.raises(UserError, match="condition=.*choose one of the conditions of density"):
            condition_of(evidence, strange)


def test_the_spec_behind_a_point_is_that_of_its_runs(frozen: Path) -> None:
    spec = spec_behind("density", "half")
    assert spec == toy_evidence("density").conditions[1].run_spec()
    with pytest.raises(UserError, match="claim=saliency: was declared and not run; choose density, batch-size"):
        spec_behind("saliency", "half")
    with pytest.raises(UserError, match="choose"):
        spec_behind("../density", "half")


# --- the page ---


def test_no_evidence_is_sent_before_the_tab_is_opened(visit: Visit) -> None:
    sent = json.dumps(visit.app.get_config_file(), default=str)
    assert "Fewer named objects" not in sent and "-47 points" not in sent
    visit.send("arrive", query={"tab": "probe"})
    assert visit.shows["study-said"] == "" and visit.shows["figure-dose"] is None


def test_a_claim_is_asked_about_first_and_shown_after_a_guess(visit: Visit) -> None:
    changes = turn(visit)
    assert changes["study-asked"]["visible"] and not changes["study-body"]["visible"]
    assert QUESTION in words(visit.shows["study-question"]) and visit.shows["figure-dose"] is None
    assert "less binding" not in str(visit.shows["study-said"])
    assert visit.shows["address"] == "&claim=density&form=own&metric="
    changes = visit.send("guessed", 0)
    assert changes["study-body"]["visible"] and not changes["study-asked"]["visible"]
    assert visit.shows["guesses"] == {"density": "rises"}
    assert f"You said that it rises, but {REPLY}" in words(visit.shows["study-said"])
    assert (
        visit.shows["figure-dose"]["sentence"]
        == "In training-like captions: complete to half, 98\N{NO-BREAK SPACE}% to 51\N{NO-BREAK SPACE}%: agrees."
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("button", "reply"), [(1, f"Right, {REPLY}"), (2, "You said that it stays"), (3, "Measured: it")]
)
def test_a_guess_may_be_right_or_left_out(button: int, reply: str, visit: Visit) -> None:
    turn(visit)
    visit.send("guessed", button)
    assert reply in words(visit.shows["study-said"])
    asked_again = turn(visit)
    assert not asked_again["study-asked"]["visible"] and visit.shows["figure-dose"]


def test_a_claim_without_an_answer_is_shown_at_once(visit: Visit) -> None:
    changes = turn(visit, "?tab=study&claim=batch-size")
    assert changes["study-body"]["visible"] and visit.shows["address"] == "&claim=batch-size&form=canonical&metric="
    assert "reply" not in visit.shows["study-said"]


def test_a_link_with_bad_parts_says_so_on_the_tab(visit: Visit) -> None:
    turn(visit, "?tab=study&claim=<b>&form=bundle", guesses={"density": "shown"})
    assert "claim=<b>: choose" in words(visit.shows["study-note"]) and "<b>" not in visit.shows["study-note"]
    assert "form=bundle: choose canonical" in words(visit.shows["study-note"])
    assert visit.shows["address"] == "&claim=density&form=canonical&metric="


def test_form_and_metric_change_figure_table_and_address(visit: Visit) -> None:
    turn(visit, guesses={"density": "shown"})
    before = visit.shows["figure-dose"]
    visit.shows["guesses"] = {"density": "shown"}
    visit.send("studied", **{"study-form": "complete", "study-metric": "recognition_accuracy"})
    assert visit.shows["address"] == "&claim=density&form=complete&metric=recognition_accuracy"
    assert visit.shows["figure-dose"] != before and "Verdicts in complete" in visit.shows["study-below"]
    visit.send("claimed", **{"study-claim": "batch-size"})
    assert (
        visit.shows["address"] == "&claim=batch-size&form=complete&metric="
        and visit.shows["study-metric"] == "binding_accuracy"
    )


def test_boxes_of_anything_show_a_claim(visit: Visit) -> None:
    for strange in (None, 7, ["density"], "nope", {"a": 1}):
        visit.send("studied", **{name: strange for name in ("study-claim", "study-form", "study-metric", "guesses")})
        assert visit.shows["study-claim"] == "density" and visit.notes == []


def test_without_evidence_the_tab_says_how_to_make_some(visit: Visit, frozen: Path) -> None:
    for path in frozen.iterdir():
        path.unlink()
    changes = turn(visit)
    assert "No claim has evidence here yet" in visit.shows["study-note"] and not changes["study-body"]["visible"]
    assert f"Declared, not run: {len(SWEEPS)}" in visit.shows["study-rest"] and "address" not in changes
    visit.send("guessed", 0)
    assert "No claim has evidence" in visit.shows["study-note"]


def test_evidence_that_is_broken_is_a_sentence(visit: Visit, frozen: Path) -> None:
    (frozen / "density.json").write_text("{")
    assert set(turn(visit)) == {"notes"} and "its evidence cannot be read" in visit.notes[0]


def test_a_condition_is_opened_with_its_dials(visit: Visit, store: RunStore) -> None:
    turn(visit, guesses={"density": "shown"})
    visit.shows["study-condition"] = "half"
    changes = visit.send("condition_opened")
    assert changes["tabs"]["selected"] == "workbench" and visit.shows["bench-data"]["preset"] == "binding-friendly"
    values = visit.shows["bench-data"]["values"]
    assert (values["caption_completeness"], values["steps"], store.all()) == (0.5, 4, [])
    address = "?tab=workbench&preset=binding-friendly&caption_completeness=0.5&batch_size=16&steps=4"
    assert visit.shows["address"] == address and "half of it" in visit.shows["bench-data"]["told"]


def test_a_condition_is_trained_at_once(visit: Visit, store: RunStore) -> None:
    turn(visit, guesses={"density": "shown"})
    visit.shows["study-condition"] = "half"
    changes = visit.send("condition_trained")
    (folder,) = store.all()
    assert changes["tabs"]["selected"] == "workbench" and visit.shows["bench-training"]["run"]["name"] == folder.run
    assert folder.spec_record()["data"]["caption_completeness"] == 0.5 and f"run={folder.run}" in visit.shows["address"]


def test_a_condition_is_chosen_in_the_box_or_in_the_figure(visit: Visit) -> None:
    turn(visit, guesses={"density": "shown"})
    visit.send("condition_chosen", **{"study-condition": "half"})
    assert "data-condition='half'" in visit.shows["study-spec"]
    visit.send("condition_clicked", data={"x": 0, "y": 1, "text": "complete"})
    assert visit.shows["study-condition"] == "complete" and "data-condition='complete'" in visit.shows["study-spec"]
    for strange in (None, {}, {"text": 7}, "x"):
        assert set(visit.send("condition_clicked", data=strange)) == {"notes"}
        assert visit.notes[0].startswith("condition=")
    assert set(visit.send("condition_opened", 0, **{"study-condition": "gone"})) == {"notes"}


# --- runs of one's own ---


def own_run(store: RunStore, done: RunFolder, **train: Any) -> RunFolder:
    """A finished run with the spec of the condition half."""
    spec = spec_behind("density", "half")
    folder = store.create(replace(spec, train=replace(spec.train, seed=5, **train)), owner_key=KEY)
    changed = {"run": folder.run, "spec": folder.spec_record(), "failed_to_train": False}
    write_json(folder.path / "report.json", done.report_json() | changed)
    return folder


def test_ones_own_runs_fall_on_the_curve(visit: Visit, store: RunStore, done: RunFolder) -> None:
    guesses = {"density": "shown"}
    turn(visit, guesses=guesses)
    assert "None of your runs" in visit.shows["study-mine"]
    mine = own_run(store, done)
    own_run(store, done, batch_size=32)
    visit.send("studied", 2, guesses=guesses)
    assert "1 of your runs lies on this curve" in visit.shows["study-mine"]
    drawn = visit.shows["figure-dose"]
    assert drawn["figure"]["data"][-1]["customdata"] == [[mine.run, 2, 5]]
    assert mine.run in drawn["rows"][-1][-1]


def test_on_a_shared_server_nobody_sees_the_runs_of_others(store: RunStore, frozen: Path, done: RunFolder) -> None:
    own_run(store, done)
    visit = Visit(build_app(Service.of(store, SHARED)))
    for key, said in ((OTHER, "None of your runs"), (KEY, "1 of your runs")):
        turn(visit, visitor=key, guesses={"density": "shown"})
        assert said in visit.shows["study-mine"]


def test_a_claim_about_fine_tuning_has_a_form_of_its_own_and_a_table(frozen: Path, visit: Visit) -> None:
    tuning = Tuning(
        binding=0.95,
        arrivals=(Arrival(seed=0, pairs=48), Arrival(seed=1, pairs=80), Arrival(seed=2, pairs=None)),
        mean=mean_over_seeds([48, 80], chance=None, is_share=False),
        before={"binding_accuracy": scores([0.6] * 3)},
    )
    forms = {"canonical": [0.9] * 3, "start": [0.5] * 3}
    tuned = condition("half", spec_of("half", "small"), forms, tuning=tuning)
    found = evidence([tuned], name="fine-tuning", forms=tuple(forms))
    (frozen / "fine-tuning.json").write_bytes(as_file(found))
    turn(visit, "?tab=study&claim=fine-tuning&form=start", guesses={"fine-tuning": "shown"})
    assert visit.shows["study-form"] == "start"
    below = words(visit.shows["study-below"])
    assert "starting-model: the own captions of the data that the start model was trained on." in below
    assert "half 64 (0 to 267), 2 of 3 seeds 60 % (56 to 64) 50 % (46 to 54)" in below
    assert "How soon" not in words(below_html(toy_evidence("density"), "own"))
