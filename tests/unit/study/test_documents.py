"""STUDY.md and the methods are those of the rows and type no result; files of the first edition never change."""

import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from statistics import median

import pytest

from explorer.evaluation.results import BINDING_LEVEL
from explorer.resources import CHECKOUT
from explorer.stats import wilson
from explorer.study import documents
from explorer.study.compare import by_ratio, read_claims
from explorer.study.documents import MOST_WORDS, Facts, law_line, methods_document, study_document, study_facts
from explorer.study.evidence_store import FROZEN, load_claims
from explorer.study.forecasts import OUTCOMES, Fate, Word, word_of
from explorer.study.freeze_evidence import DOCUMENT, METHODS, TIMES_FILE, TIMES_PICTURE, rows_so_far
from explorer.study.pictures import time_picture
from explorer.study.rows import coverage, frozen_trainings, pooled, rows_by_sweep
from explorer.study.sweeps import LATER_EDITIONS, SECOND_EDITION, SWEEPS
from explorer.study.time_model import Prediction, look_ahead
from explorer.study.words import digits, pairs, step_words

HERE = Path(__file__).parent
TEMPLATES = Path(documents.__file__).parent / "templates"


@pytest.fixture(scope="module")
def facts() -> Facts:
    found = study_facts()
    assert found is not None
    return found


def num_words(text: str) -> int:
    """Count the words of a markdown text: parts with a letter or digit; the bars of a table are none."""
    return sum(any(letter.isalnum() for letter in part) for part in text.replace("|", " ").split())


def test_every_figure_is_that_of_the_rows_and_the_text_is_short(facts: Facts) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert study_document(facts) == text, "run python -m explorer study write"
    assert num_words(text) <= MOST_WORDS
    assert time_picture(facts.dots, law_line(facts), facts.fates) == (FROZEN / TIMES_PICTURE).read_text("utf-8")
    assert documents.times_document(facts) == json.loads((FROZEN / TIMES_FILE).read_text())


def test_no_result_is_typed_into_the_document() -> None:
    """What is left without placeholders, links and names are counts of a condition's name, chance and confidence."""
    text = (TEMPLATES / "study.md.j2").read_text(encoding="utf-8")
    plain = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|`[^`]*`|\]\([^)]*\)", "", text, flags=re.DOTALL)
    assert set(re.findall(r"\d+(?:\.\d+)?", plain)) == {
        "0",
        "0.25",
        "0.35",
        "0.5",
        "1",
        "2",
        "4",
        "10",
        "50",
        "95",
        "100",
    }


def test_the_sentences_hold_for_the_figures_beside_them(facts: Facts) -> None:
    """New rows may overturn a sentence: then it has to be written anew."""
    own = {name: change.own for name, change in facts.changes.changes.items() if change.own is not None}
    assert own["density"].high < 1, "telling more is sooner"
    assert own["completeness"].low < 1 < own["completeness"].high, "silence about objects costs nothing measurable"
    assert own["saliency"].low < 1 < own["saliency"].high, "saliency bias is not shown to hurt"
    assert own["hard-negatives"].high < 1 < own["batch"].low, "hard negatives help, larger batches do not"
    unread = facts.changes.changes["unread"].canonical
    assert unread is not None and unread.low > 2, "several times as long"
    assert all(
        facts.learned(*each) < 10 for each in (("with-headroom", "web-like: none"), ("slower-or-never", "web-like: 8"))
    )

    def middle(sweep: str, condition: str) -> float:
        return median(map(int, facts.seeds(sweep, condition).replace("–", "99").split()))

    named = [middle("objects-named", f"4 in the image: {n}") for n in (4, 2, 1)]
    three_quarters = facts.ratio("silence", "completeness 1: 1", "completeness 0.75: 1")
    assert 1 < three_quarters < 1.5, "of two, naming three quarters is later, and not twice as late"
    assert facts.ratio("silence", "completeness 1: 0.5", "completeness 0.5: 0.5") < 0.6, "one alone is sooner"
    assert max(named[0], named[2]) < 1.2 * min(named[0], named[2]), "one of four about as soon as all"
    binding = [facts.bound("naming-cliff", f"2 objects: {share}", "canonical") for share in ("0%", "1%")]
    assert binding == ["1 of 5", "5 of 5"], "one in a hundred shortens it"
    fates = {fate.condition: fate.word for fate in facts.fates if fate.sweep == "told-values"}
    assert fates["two objects: 0.35"] == fates["two objects: 0.25"] == "outside", "forecasts fail below half"
    assert facts.learned("told-values", "two objects: 0.25") > 90 and "–" in facts.seeds(
        "told-values", "two objects: 0.25"
    )


def test_what_weakens_the_line_stands_beside_it(facts: Facts) -> None:
    """The budget moves its exponent out of its interval, rivals score better, and equal kappa is no equal time."""
    law = facts.law.terms["log kappa"]
    assert law.low is not None and law.high is not None and len(facts.slopes) == 2
    assert min(facts.slopes.values()) < law.low and law.high < max(facts.slopes.values())
    assert (facts.rank("1b"), facts.rank("2")) == ("6th of 6", "7th of 7")
    times = [dot.pairs for dot in facts.dots if dot.is_bound and dot.kappa == 0.5]
    assert facts.widest == max(times) / min(times) > 2
    assert facts.most_bind <= facts.called_right


def test_only_data_and_budgets_of_no_earlier_training_are_new() -> None:
    """The second edition repeats conditions of the first on other scenes; the line was fitted to those."""
    ahead = look_ahead(frozen_trainings())
    assert ahead is not None
    first = {(each.data, each.pairs) for each in frozen_trainings(sweeps=SWEEPS)}
    assert not first & {(each.data, each.pairs) for each in ahead.trainings}
    assert ahead.score.num_conditions == 28 and ahead.most_bind == 24 / 28
    assert look_ahead([each for each in frozen_trainings() if each.edition == 2]) is None


def test_a_constant_rate_gains_nothing_in_its_one_host(facts: Facts) -> None:
    """The table's interval rests on two conditions of it, so the seeds stand below."""
    bound = [facts.bound("with-headroom", f"three named: {rate}", "canonical") for rate in ("none", "constant rate")]
    assert bound[0] == bound[1] and facts.changes.changes["constant-rate"].num_conditions == 2


def test_seeds_are_those_of_the_claims(facts: Facts) -> None:
    """The same runs by another way: through the findings of the second edition."""
    found = load_claims()
    assert found is not None
    for each in found["findings"]:
        if each["start"]["sweep"] == "with-headroom" and each["word"] != "not run":
            for side in each["sides"]:
                bound = sum(run["time"] is not None for run in side["runs"])
                assert facts.bound("with-headroom", side["label"], each["form"]) == f"{bound} of {len(side['runs'])}"
    times = sorted(
        row["bound.own.pairs"]
        for row in rows_by_sweep(FROZEN, SECOND_EDITION, "result")["objects-named"]
        if row["condition"] == "4 in the image: 4"
    )
    assert facts.seeds("objects-named", "4 in the image: 4") == " ".join(f"{time / 1000:.0f}" for time in times)


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for page in (DOCUMENT, METHODS):
        for link in re.findall(r"\]\((?!https:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), link


def test_the_methods_are_those_of_the_frozen_findings_scores_and_rows() -> None:
    found, findings = load_claims(), read_claims(pooled(rows_by_sweep(FROZEN, SECOND_EDITION, "result")))
    assert found is not None
    scores = json.loads((FROZEN / OUTCOMES).read_text())["scores"]
    covered = [coverage(sweep, rows_so_far(name, FROZEN)) for name, sweep in LATER_EDITIONS.items()]
    text = methods_document(found, by_ratio(findings), scores=scores, covered=covered)
    assert text == METHODS.read_text(encoding="utf-8"), "run python -m explorer study write"
    run = [each for each in found["findings"] if each["word"] != "not run"]
    rows = [line for line in text.splitlines() if line.count("|") == 9 and "**" in line]
    assert len(rows) == len(run)
    for line, each in zip(rows, run, strict=True):
        assert f"**{each['word']}" in line and ("not decided" not in line or "not decided: p " in line)
    exact = sum(each["p_holm"] is not None and each["p_holm"] < 0.05 for each in run)
    assert f"exact tests decide {exact}, time ratios " in text


def test_the_methods_score_every_model_and_name_every_condition_that_has_not_run() -> None:
    text = METHODS.read_text(encoding="utf-8")
    for by_model in json.loads((FROZEN / OUTCOMES).read_text())["scores"].values():
        for name, each in by_model.items():
            assert f"\n{name}|{each['log_score']:.2f}|{each['concordance']:.2f}|" in text
            assert f"|{each['num_runs']}|{each['num_conditions']}\n" in text
    table = text.partition("## Not run yet")[2]
    for name, sweep in LATER_EDITIONS.items():
        found = coverage(sweep, rows_so_far(name, FROZEN))
        assert table.count(f"`{name}`") == 1 and (f"\n`{name}`|" in table) != found.is_whole
        for label in (*(label for label, _ in found.begun), *(found.missing if found.whole else ())):
            assert label in table


def test_figures_that_stand_in_the_methods_are_those_of_the_rows() -> None:
    text = " ".join((TEMPLATES / "methods.md.j2").read_text(encoding="utf-8").split())
    rows = [
        row
        for row in rows_by_sweep(FROZEN, SECOND_EDITION, "result")["naming-cliff"]
        if row["condition"] == "2 objects: 0%"
    ]
    above = sum(row["canonical.binding_accuracy.value"] > BINDING_LEVEL for row in rows)
    bound = sum(row["bound.canonical.step"] is not None for row in rows)
    assert (above, bound, len(rows)) == (2, 1, 5) and "two seeds of five end above it and one binds" in text
    least = min(count for count in range(351) if wilson(count, 350)[0] > BINDING_LEVEL)
    assert least / 350 == pytest.approx(0.8, abs=0.005) and "this asks for about 80 %" in text


@pytest.mark.parametrize(
    ("pairs_read", "is_bound", "word"),
    [
        (100, True, "inside"),
        (40, True, "outside"),
        (300, True, "outside"),
        (100, False, "too short to tell"),
        (300, False, "outside"),
    ],
)
def test_the_fate_of_a_forecast_of_50_to_200(pairs_read: float, is_bound: bool, word: Word) -> None:
    found = Prediction(pairs=100, spread=0.6931 / 1.96)
    assert (round(found.low), round(found.high)) == (50, 200)
    assert word_of(found, pairs_read, is_bound=is_bound) == word


def test_a_picture_shows_each_outcome_and_rings_what_lies_outside(facts: Facts) -> None:
    about = {"sweep": "s", "condition": "c", "kappa": 0.1, "low": 3e4, "high": 1e5}
    fates = [
        Fate(**about, pairs=None, is_bound=False, word="open"),
        Fate(**about, pairs=5e4, is_bound=True, word="inside"),
        Fate(**about, pairs=2e5, is_bound=True, word="outside"),
        Fate(**about, pairs=9e4, is_bound=False, word="too short to tell"),
    ]
    text = time_picture([], law_line(facts), fates)
    ElementTree.fromstring(text)
    assert text.count('r="3.2"') == 2 and text.count('r="7"') == 1 and text.count("l4 -7 4 7z") == 1


def test_the_first_edition_is_data() -> None:
    lines = (HERE / "first_edition.sha256").read_text().splitlines()
    assert len(lines) == 28
    for line in lines:
        digest, name = line.split()
        assert hashlib.sha256((CHECKOUT / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize(
    ("value", "words"), [(0.5449, "0.54"), (1.06, "1.06"), (3.71, "3.7"), (12.4, "12"), (0.996, "1.00")]
)
def test_factors_have_two_digits(value: float, words: str) -> None:
    assert digits(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(15_849, "16,000"), (421_000, "420,000"), (84.6, "85"), (9_960, "10,000")]
)
def test_pairs_have_two_digits(value: float, words: str) -> None:
    assert pairs(value) == words


@pytest.mark.parametrize(
    ("sweep", "start", "end", "words"),
    [
        ("naming-cliff", "2 objects: 0%", "2 objects: 10%",
         "2 objects, share of captions that name two objects: 0% → 10%"),
        ("objects-named", "2 in the image: 2", "4 in the image: 4",
         "2 in the image, objects named: 2 → 4 in the image, objects named: 4"),
        ("repairs-given-time", "web-like", "one kind", "repair of web-like: web-like → one kind"),
    ],
)  # fmt: skip
def test_a_step_names_what_differs(sweep: str, start: str, end: str, words: str) -> None:
    assert step_words({"sweep": sweep, "label": start}, {"sweep": sweep, "label": end}) == words
