"""models/pretrained.json says what the open_clip that is installed says, and how to make it again if it does not."""

import json

import pytest

from explorer.clip.names import pretrained_models
from explorer.clip.open_clip_import import open_clip
from explorer.resources import PRETRAINED
from explorer.tools.pretrained import count_parameters, pretrained_entries

AGAIN = "models/pretrained.json is of another open_clip; write it anew with python -m explorer.tools.pretrained"


def test_the_file_holds_the_table_of_the_open_clip_that_is_installed() -> None:
    written = json.loads(PRETRAINED.read_text())
    assert list(written) == [f"{architecture}/{tag}" for architecture, tag in open_clip.list_pretrained()], AGAIN
    for name, entry in pretrained_entries().items():
        assert written[name].items() >= entry.items(), AGAIN


@pytest.mark.parametrize("architectures", [3, pytest.param(None, marks=pytest.mark.nightly)])
def test_parameters_are_those_of_the_models_that_open_clip_builds(architectures: int | None) -> None:
    table = {name.partition("/")[0]: entry.parameters for name, entry in pretrained_models().items()}
    some = ("ViT-B-32", "RN50", "ViT-B-16-SigLIP", "roberta-ViT-B-32", *table)
    for name in some if architectures is None else some[:architectures]:
        assert table[name] == count_parameters(name), AGAIN
    assert table["ViT-B-32"] == 151_277_313 and table["roberta-ViT-B-32"] is None
