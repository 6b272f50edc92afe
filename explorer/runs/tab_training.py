"""The content that a browser needs to train in its tab, beside a world and the kernels.

    describe_tab_training()["configs"]["small"]["clip"]      # the content of open_clip_config.json
    describe_tab_training()["files"]["tokenizer.json"]       # the other files of the model's folder
    describe_tab_training()["evaluation"]["canonical"]       # the dials of the canonical form
    describe_tab_training()["golden"]["tidy"]["digest"]      # of a short training, the same on every device

The tokenizer is that of the shipped models, which read the same captions.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from explorer.clip.configs import config_names
from explorer.clip.fresh import fresh_config
from explorer.clip.names import TOKENIZER_FILES, shipped_names
from explorer.codec import encode
from explorer.contract import CONTRACT
from explorer.evaluation.binding_pairs import FIRST_CELLS, FIRST_PAIR, binding_pairs
from explorer.evaluation.sets import FAIR_DIALS, FULL_BUDGET, canonical_data
from explorer.evaluation_scenes import DEFAULT_SCENES
from explorer.resources import ASSETS, SHIPPED_FOLDER
from explorer.runs.files import read_json
from explorer.spec import DIALS, DataSpec, TrainSpec
from explorer.world.grammar import Grammar
from explorer.world.things import THINGS

TAB_WORLD = THINGS
"""The world that the browser's engine trains on."""


@lru_cache
def describe_tab_training() -> dict[str, Any]:
    """Return the configs by architecture and loss, the files of the tokenizer, and what the tab evaluates and asks."""
    folder, grammar = SHIPPED_FOLDER / shipped_names()[0], Grammar(TAB_WORLD)
    losses = DIALS["loss"].choices or ()
    return {
        "world": TAB_WORLD.name,
        "asked": binding_pairs(TAB_WORLD).digest,
        "configs": {
            name: {loss: fresh_config(TrainSpec(model=name, loss=loss), grammar) for loss in losses}
            for name in config_names()
        },
        "files": {file: read_json(folder / file) for file in TOKENIZER_FILES},
        "evaluation": describe_tab_evaluation(),
        "golden": read_json(ASSETS / "engine" / "golden.json")["trainings"],
    }


def describe_tab_evaluation(forms: Mapping[str, DataSpec] | None = None) -> dict[str, Any]:
    """Return what an evaluation in the tab needs: its scenes and pairs, and the rules of intervals and of binding.

    `forms` are further ones, as a study asks them. With any, each form is scored apart by which object is the
    larger one too.
    """
    nouns, values = FIRST_PAIR[TAB_WORLD.name]
    return {
        "seed": DEFAULT_SCENES.seed,
        "scenes": FULL_BUDGET.quick_scenes,
        "pairs": CONTRACT.num_pairs,
        "inspected": CONTRACT.num_inspected,
        "first": {"nouns": nouns, "values": values, "cells": FIRST_CELLS},
        "canonical": encode(canonical_data(TAB_WORLD)),
        "fair": FAIR_DIALS,
        **({"forms": {name: encode(dials) for name, dials in forms.items()}} if forms else {}),
        "binding": encode(CONTRACT.binding),
        "z": CONTRACT.z,
    }
