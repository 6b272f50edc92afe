"""View of what there is to choose, with all that the page needs to say at once what a move of a dial means.

    answer = catalog(service)
    answer.dials["saliency_bias"], answer.types["saliency_bias"]  # words and range, "float"
    answer.speeds["small"].rates                                  # pairs per second, for the time of a training

With these numbers the page fits dials, words them, says how long a training takes, and finds the measured cell that is
nearest to them (`cells.js`); no server is asked for that.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.clip.card import SHIPPED
from explorer.clip.configs import config_names
from explorer.clip.names import shipped_names
from explorer.codec import Json
from explorer.contract import page_contract
from explorer.dials import Dial
from explorer.presets import PRESETS, TIDY_RECIPE
from explorer.rules import Rule
from explorer.runs.queue import SIZE_LIMITS, SIZE_RULES, Speed, measure_speed
from explorer.runs.state import recording_names
from explorer.runs.zero_gpu import device_name, mode_sentence
from explorer.spec import DIAL_TYPES, DIALS
from explorer.study.evidence_store import load_cell_document
from explorer.views.registry import view
from explorer.views.service import Service
from explorer.world.recipe_drawings import draw_recipe, noun_polygons
from explorer.world.worlds import WORLDS, kind_names

FIRST_WORDS: dict[str, str] = tomllib.loads(Path(__file__).with_name("first_words.toml").read_text(encoding="utf-8"))
_PRESET_FIELDS = ("name", "page_name", "title", "sentence", "summary", "base", "flaw", "is_main")
_TYPES = {bool: "flag", int: "int", float: "float", str: "word"}
_LIMITS = (*SIZE_LIMITS, "most_scenes", "runs_per_owner", "queue_length", "page_poll_s")


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """All that can be chosen here, measurements of the study, and the limits and speeds of this server.

    Attributes:
        types: Types of the dials: flag, int, float, word or words.
        main: Dials in sight.
        presets: Of each preset its words, its spec, its `drawing`, and in `flaw` the fields in which it differs from
            its `base`.
        opens_with: The tidy recipe, by which the page knows it.
        nouns: Polygons of the drawings.
        drawn: Worlds that the page draws.
        shipped: Titles of the shipped models.
        cells: Measured cells of the study as their file has them.
        contract: Numbers that the page shares with the server.
        size_rules: Those of `explorer.runs.queue`.
        words: First words of the glossary.
    """

    dials: Mapping[str, Dial]
    types: Mapping[str, str]
    main: tuple[str, ...]
    presets: tuple[Json, ...]
    opens_with: str
    nouns: Mapping[str, Any]
    kinds: Mapping[str, tuple[str, ...]]
    drawn: tuple[str, ...]
    architectures: tuple[str, ...]
    shipped: Mapping[str, str]
    recordings: tuple[str, ...]
    cells: tuple[Json, ...]
    contract: Json
    limits: Mapping[str, float]
    size_rules: tuple[tuple[str, Rule], ...]
    speeds: Mapping[str, Speed]
    any_start: bool
    is_shared: bool
    device: str
    mode: str
    words: Mapping[str, str]


@view()
def catalog(service: Service) -> Catalog:
    """Return the dials, recipes, models and recordings, and the limits of this server."""
    return Catalog(
        dials=DIALS,
        types={name: _TYPES.get(DIAL_TYPES[name], "words") for name in DIALS},
        main=tuple(name for _, name in sorted((dial.main, name) for name, dial in DIALS.items() if dial.main)),
        presets=tuple(
            {name: getattr(each, name) for name in _PRESET_FIELDS}
            | {"spec": each.spec.to_json(), "drawing": draw_recipe(each)}
            for each in PRESETS.values()
        ),
        opens_with=TIDY_RECIPE,
        nouns=noun_polygons(),
        kinds=kind_names(),
        drawn=tuple(name for name, world in WORLDS.items() if not world.pictures),
        architectures=config_names(),
        shipped={name: SHIPPED[name].title for name in shipped_names() if name in SHIPPED},
        recordings=recording_names(),
        cells=tuple(load_cell_document() or ()),
        contract=page_contract(),
        limits={name: getattr(service.settings, name) for name in _LIMITS},
        size_rules=SIZE_RULES,
        speeds={name: measure_speed(service.store, name) for name in config_names()},
        any_start=service.settings.any_start,
        is_shared=service.settings.is_shared,
        device=device_name(is_zero_gpu=service.settings.zero_gpu),
        mode=mode_sentence(service.settings),
        words=FIRST_WORDS,
    )
