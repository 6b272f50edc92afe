"""The arithmetic of the browser's engine is frozen: three short trainings end with the digests of its version."""

import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from explorer.contract import CONTRACT
from explorer.runs.tab_training import describe_tab_evaluation
from explorer.spec import RunSpec, override, saved_steps
from explorer.web.engine_files import atlas_asset
from explorer.web.files import compressed_file
from tests.engine import golden
from tests.engine.node import ENGINE, KERNELS, Ask, engine, node, order
from tests.unit.toys import slow

PROGRAM = ENGINE / "train" / "node.mjs"
FILE: dict[str, Any] = json.loads(golden.GOLDEN_FILE.read_text())


def test_the_sprites_are_those_of_the_version() -> None:
    assert FILE["engine_version"] == CONTRACT.engine_version
    assert golden.sprites_digest() == FILE["sprites"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    # The quickest alone is a fast test.
    [name if name == "sigmoid loss" else slow(name) for name in golden.TRAININGS],
)
def test_the_digests_are_those_of_the_version(ask: Ask, name: str) -> None:
    """Who changes them on purpose raises `engine_version`: rows, repeats and recorded trainings name it."""
    training = FILE["trainings"][name]
    workers = 4 if name == "tidy" else 1
    assert golden.train(ask, RunSpec.from_json(training["spec"]), workers) == training["digest"]


@pytest.mark.slow
def test_the_program_prints_digests_and_writes_the_model(tmp_path: Path) -> None:
    """As the study's runner calls it; and what does not train is a sentence and an exit code."""
    spec = RunSpec.from_json(FILE["trainings"]["tidy"]["spec"])
    spec = replace(spec, train=replace(spec.train, steps=4, batch_size=16))
    with engine(tmp_path):
        paths = {"world": str(tmp_path / "things.json"), "kernels": str(KERNELS)}
    paths["atlas"] = str(compressed_file(atlas_asset("things"), "identity"))
    few = describe_tab_evaluation() | {"scenes": 60, "pairs": 8}
    document, model = tmp_path / "order.json", tmp_path / "model.safetensors"

    def run(job: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        document.write_text(json.dumps(job))
        command = [node(), str(PROGRAM), str(document), "--workers", "2", "--out", str(model)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]

    code, told = run(order(spec, **paths, evaluation=few))
    assert (code, told[-1]["status"], told[-1]["step"]) == (0, "finished", 4)
    assert {each["step"] for each in told if each.get("digest")} == {0} | saved_steps(4)
    digest = hashlib.sha256()
    for name, weights in sorted(load_file(model).items()):
        digest.update(name.encode() + weights.numpy().tobytes())
    assert digest.hexdigest() == told[-1]["digest"]
    code, told = run(order(spec, **paths, evaluation=few, weights=str(model)))
    assert (code, told[0]["digest"]) == (0, digest.hexdigest()), "it starts from a model"
    code, told = run(order(override(spec, {"placement": "free"}), **paths))
    assert code == 1 and told[0]["kind"] == "failed" and told[0]["value"].endswith("train this on the server")
