"""A run's title is the same on the server and in a tab: `tests/page/tab/record_tests.js` reads the same cases."""

import json
from dataclasses import replace
from pathlib import Path

from explorer.presets import PRESETS
from explorer.runs.titles import ORIGIN_WORDS, recipe_title, run_title
from explorer.spec import override

CASES = json.loads(Path(__file__).with_name("titles.json").read_text())


def test_every_case_has_its_title() -> None:
    assert {case["origin"] for case in CASES} == set(ORIGIN_WORDS)
    for case in CASES:
        usual = PRESETS.get(case["preset"] or "", PRESETS["binding-friendly"]).spec
        spec = replace(override(usual, case["changes"]), preset=case["preset"])
        assert run_title(spec, case["origin"]) == case["title"]
        without_seed, _, _ = case["title"].partition(", seed ")
        assert recipe_title(spec) == without_seed
