"""The top of Study: the forest plot of the frozen findings, a click on a mark, the second edition on the open claim."""

import json
from pathlib import Path

import pytest

from explorer.figures.study import Effect, forest
from explorer.pages.study.overview import PAGES, findings_html, overview_values, page_of
from explorer.study.claims import CLAIMS, PROPERTIES
from explorer.study.editions import SECOND_EDITION
from explorer.study.evidence_store import FROZEN, load_claims
from explorer.study.table import SWEEPS
from tests.unit.pages.i18n.shown_words import words_of
from tests.unit.pages.i18n.test_words_of_results import english_in


def test_the_page_opens_on_the_forest_plot() -> None:
    text, figure = overview_values()
    found = load_claims()
    assert found is not None and figure["visible"] and text["visible"]
    assert len(figure["value"]["rows"]) == len(found["effects"])
    # Figure, text and STUDY.md count the same lines: a property that was not run has none.
    lines = [effect for effect in found["effects"] if effect["edition"] is not None]
    blocked, ended = (sum(each["state"] == state for each in lines) for state in ("untestable here", "no headroom"))
    assert f"In {blocked} of {len(lines)} lines the words are “untestable here”" in text["value"]
    said = figure["value"]["sentence"]
    assert f"Of {len(lines)} lines " in said and f"in {blocked + ended} the share of seeds bound" in said
    assert f"{blocked} untestable here" in said
    assert f"of {len(PROPERTIES)}; from the first" in text["value"] and "<code>with-headroom</code>" in text["value"]


def test_without_frozen_findings_it_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    assert [part["visible"] for part in overview_values()] == [False, False] and findings_html("density") == ""


def test_a_mark_opens_its_claim() -> None:
    assert {page_of(name) for name in PROPERTIES} <= set(SWEEPS) and page_of("incomplete") == "completeness"
    assert page_of("../x") is None and page_of(None) is None and page_of(["incomplete"]) is None


def test_a_claim_names_its_directions_that_were_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = json.loads((FROZEN / "claims.json").read_text())
    for each in found["findings"]:
        each["word"] = "not run"
    found["findings"][0]["word"] = "as stated"
    (tmp_path / "claims.json").write_text(json.dumps(found))
    monkeypatch.setenv("EXPLORER_STUDY", str(tmp_path))
    html = findings_html("hard-negatives")
    directions = len(CLAIMS["hard-negatives"].directions)
    assert html.count("not yet run") == directions - 1 and html.count("<b>as stated</b>") == 1
    assert findings_html("fine-tuning") == ""
    assert all(page is None or page in SWEEPS for page in PAGES.values())


def test_the_top_has_its_words() -> None:
    text, _ = overview_values()
    found = load_claims()
    assert found is not None
    # Names of sweeps stand as code, which no table touches.
    said = [each for each in words_of(text["value"]) if each not in SECOND_EDITION]
    assert english_in(iter(said), "zh") == []
    assert english_in((each["words"] for each in found["effects"]), "zh") == []
    assert english_in(iter([forest(tuple(map(Effect.from_json, found["effects"]))).sentence]), "zh") == []
