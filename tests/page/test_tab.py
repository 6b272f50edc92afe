"""A training in the tab, in Node: every state of the middle column as HTML, and the parts that need no browser."""

import base64
import io
import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from explorer.codec import decode, encode
from explorer.evaluation.pair_answers import PairAnswers
from explorer.runs.run_status import RunStatus
from explorer.runs.tab_training import describe_tab_training
from explorer.runs.titles import run_title
from explorer.spec import DIALS, RunSpec
from explorer.views.registry import entries
from explorer.views.run_record import RunRecord
from explorer.views.runs import RunRow
from explorer.views.service import Service
from explorer.world.browser_world import describe_world
from explorer.world.things import THINGS
from tests.engine.test_own_atlas import things
from tests.own_worlds import SIX
from tests.page.parts import Part

SCORED = Path(__file__).parents[1] / "unit" / "views" / "score_document.json"
"""What the job `score` answered once."""


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
        "scored": json.loads(SCORED.read_text(encoding="utf-8")),
    }


def the_zip_has_a_run_s_files_as_python_reads_them(told: dict[str, Any]) -> None:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(told["zip"]))) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    assert RunSpec.from_json(json.loads(files["spec.json"])).train.steps == 12
    assert [json.loads(line)["step"] for line in files["metrics.jsonl"].splitlines()] == [*range(1, 13)]
    status = json.loads(files["status.json"])
    run, read = status.pop("run"), RunStatus.from_json(status).to_json()
    assert run.startswith("tab-") and status == {name: read[name] for name in status}
    answers = [decode(PairAnswers, json.loads(line)) for line in files["pairs.jsonl"].splitlines()]
    assert [(each.step, each.question_digest) for each in answers] == [
        (step, "0123456789abcdef") for step in (0, 6, 12)
    ]
    with np.load(io.BytesIO(files["snapshots/0000006.npz"]), allow_pickle=False) as arrays:
        assert (int(arrays["step"]), float(arrays["logit_scale"])) == (6, 14.5)
        assert arrays["canonical_images"].shape == (48, 1) and arrays["canonical_images"].dtype == np.float32


def the_tab_s_records_are_those_that_python_declares(told: dict[str, Any]) -> None:
    for record in told["records"]:
        checkpoints = [{**each, "asked": record["asked"]} for each in record["checkpoints"]]
        read = decode(RunRecord, {**record, "checkpoints": checkpoints})
        assert record.keys() - encode(read).keys() == {"before", "in_tab"}
        assert run_title(read.spec, read.origin) == record["title"].removesuffix(", in this tab")
        assert len(read.curve) == len(record["curve"])
    assert [record["status"] for record in told["records"]] == ["finished", "stopped", "running", "running"]
    listed = {each.name for each in fields(RunRow)}
    assert told["rows"] and all(set(row) == listed | {"in_tab"} for row in told["rows"])
    changed = [[each["field"] for each in row["changed"]] for row in told["rows"]]
    assert all({"seed", "steps"} <= set(names) <= set(DIALS) for names in changed), "by name, as a search reads them"


PART = Part(
    name="tab",
    fixtures=fixtures,
    untranslated=r"<(code|pre).*?</\1>",
    is_name=lambda text: text in ("NVIDIA T4", "world=fashion", "things"),
    rules=(the_zip_has_a_run_s_files_as_python_reads_them, the_tab_s_records_are_those_that_python_declares),
)
