"""Digests of three short trainings by the browser's engine, which may change with `engine_version` alone.

    python -m tests.engine.golden           # prints those of here
    python -m tests.engine.golden --write   # for a new version of the arithmetic: writes assets/engine/golden.json

A page trains the first of them and compares, so that anybody can try a device.
"""

import argparse
import hashlib
import json
import tempfile
from pathlib import Path

from explorer.contract import CONTRACT
from explorer.presets import PRESETS
from explorer.resources import ASSETS
from explorer.spec import RunSpec, override
from explorer.web.engine_files import atlas_asset
from explorer.web.files import compressed_file
from tests.engine.node import Ask, engine, order

GOLDEN_FILE = ASSETS / "engine" / "golden.json"
TRAININGS = {
    "tidy": ("binding-friendly", {"steps": 8}),
    "web-like with hard negatives": (
        "web-like",
        {"steps": 6, "batch_size": 96, "hard_negatives": 1.0, "mask_false_negatives": True},
    ),
    "sigmoid loss": ("two-kinds", {"steps": 6, "batch_size": 96, "loss": "siglip", "optimizer": "adamw"}),
}
"""A recipe and what differs from it; the seed is 0."""


def sprites_digest() -> str:
    """Return SHA-256 of the sprites that the trainings draw with."""
    return hashlib.sha256(compressed_file(atlas_asset("things"), "identity").read_bytes()).hexdigest()


def train(ask: Ask, spec: RunSpec, workers: int) -> str:
    """Return the digest of the weights behind the last step."""
    digest = ask("train", order=order(spec, evaluation=None), workers=workers)["told"][-1]["digest"]
    assert isinstance(digest, str)
    return digest


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.engine.golden", description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="replace the file")
    options = parser.parse_args()
    specs = {
        name: override(PRESETS[preset].spec, changes | {"seed": 0}) for name, (preset, changes) in TRAININGS.items()
    }
    with tempfile.TemporaryDirectory() as folder, engine(Path(folder)) as ask:
        trainings = {name: {"spec": spec.to_json(), "digest": train(ask, spec, 1)} for name, spec in specs.items()}
    document = (
        json.dumps(
            {"engine_version": CONTRACT.engine_version, "sprites": sprites_digest(), "trainings": trainings}, indent=2
        )
        + "\n"
    )
    print(document)
    if options.write:
        GOLDEN_FILE.write_text(document, encoding="utf-8")


if __name__ == "__main__":
    main()
