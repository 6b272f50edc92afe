"""A training in the tab, in Node: every state of the middle column as HTML, and the parts that need no browser."""

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from explorer.codec import decode
from explorer.evaluation.results import PairAnswers
from explorer.runs.tab_training import describe_tab_training
from explorer.spec import RunSpec
from explorer.views.registry import entries
from explorer.views.service import Service
from explorer.world.browser_world import describe_world
from explorer.world.things import THINGS
from tests.engine.test_own_atlas import things
from tests.own_worlds import SIX
from tests.page.parts import Part, is_translated


def fixtures(folder: Path) -> dict[str, Any]:
    service = Service.from_environment("127.0.0.1", {"EXPLORER_RUNS": str(folder / "runs")})
    training = describe_tab_training()
    return {
        "catalog": entries()["catalog"].answer(service, {}),
        "configs": training["configs"],
        "tokenizer": training["files"]["tokenizer.json"],
        "world": describe_world(THINGS),
        "files": training["files"],
        "evaluation": training["evaluation"],
        "things": things(),
        "own": SIX,
    }


def the_zip_has_a_run_s_files_as_python_reads_them(told: dict[str, Any]) -> None:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(told["zip"]))) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    assert RunSpec.from_json(json.loads(files["spec.json"])).train.steps == 12
    assert [json.loads(line)["step"] for line in files["metrics.jsonl"].splitlines()] == [*range(1, 13)]
    answers = [decode(PairAnswers, json.loads(line)) for line in files["pairs.jsonl"].splitlines()]
    assert [(each.step, each.asked) for each in answers] == [(step, "0123456789abcdef") for step in (0, 6, 12)]
    with np.load(io.BytesIO(files["snapshots/0000006.npz"]), allow_pickle=False) as arrays:
        assert (int(arrays["step"]), float(arrays["logit_scale"])) == (6, 14.5)
        assert arrays["canonical_images"].shape == (48, 1) and arrays["canonical_images"].dtype == np.float32


PART = Part(
    name="tab",
    fixtures=fixtures,
    untranslated=r"<(code|pre).*?</\1>",
    is_name=lambda text: text == "NVIDIA T4" or is_translated(text),
    rules=(the_zip_has_a_run_s_files_as_python_reads_them,),
)
