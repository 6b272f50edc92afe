"""Keys of specs and runs: what two trainings share exactly if one can stand for the other.

spec_key(spec.to_json())         # sixteen letters, the same whatever preset the spec names
run_key(spec.to_json(), scenes)  # and of a run that is scored on these scenes
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from explorer.evaluation_scenes import DEFAULT_SCENES, EvaluationScenes
from explorer.spec import DIALS, RunSpec

_USUAL = RunSpec().to_json()
LATER_DEFAULTS = {
    name: value for part in ("data", "train") for name, value in _USUAL[part].items() if DIALS[name].is_later
}
"""Defaults of fields that older specs lack, as JSON has them."""
_NEVER = object()


def spec_key(record: Mapping[str, Any]) -> str:
    """Return sixteen letters that two specs share exactly if they differ only in the preset's name.

    A newer field is left out at its default, so that older specs keep their key.
    """
    parts = {
        part: {name: value for name, value in record.get(part, {}).items() if LATER_DEFAULTS.get(name, _NEVER) != value}
        for part in ("data", "train")
    }
    text = json.dumps({**record, **parts, "preset": None}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def run_key(record: Mapping[str, Any], scenes: EvaluationScenes) -> str:
    """Return the key of a run of a spec that is scored on `scenes`; runs with other scenes are never shared."""
    key = spec_key(record)
    return key if scenes == DEFAULT_SCENES else f"{key}-{scenes.seed}-{scenes.count}"
