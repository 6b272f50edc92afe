"""Configs of plain CLIPs: our architectures pass, towers that name a library do not."""

from typing import Any

import pytest

from explorer.clip.checked_files import WeightsError, check_plain_config
from explorer.clip.configs import config_names, model_config
from tests.unit.toys import GRAMMAR


def document(name: str = "small", **vision: Any) -> dict[str, Any]:
    config = model_config(name, words=GRAMMAR.words, context_length=GRAMMAR.context_length, eos_id=2)
    return {"model_cfg": config | {"vision_cfg": config["vision_cfg"] | vision}}


@pytest.mark.parametrize("name", config_names())
def test_every_architecture_that_is_trained_here_is_plain(name: str) -> None:
    check_plain_config(document(name))


@pytest.mark.parametrize(
    ("vision", "words"),
    [
        ({"layers": [1, 1, 1]}, "4 whole numbers"),
        ({"layers": [1, 1, 1, "timm"]}, "4 whole numbers"),
        ({"layers": [1, 1, 1, True]}, "4 whole numbers"),
        ({"layers": [1, 1, 1, 10**6]}, "layers=1000000"),
        ({"layers": "resnet50"}, "another kind of value in vision_cfg.layers"),
        ({"timm_model_name": "resnet50"}, "vision_cfg.timm_model_name, which no plain CLIP has"),
    ],
)
def test_towers_of_other_kinds_are_refused(vision: dict[str, Any], words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        check_plain_config(document(**vision))
