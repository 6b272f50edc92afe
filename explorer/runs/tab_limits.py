"""What a tab trains: the same trainings as assets/engine/train/refusal.js, which says it to the page.

check_tab_trains(spec)      # raises UserError with the dial, its value and what is allowed
"""

import json
import math
from typing import Any

from explorer.clip.configs import config_names
from explorer.errors import UserError
from explorer.resources import CONFIGS
from explorer.spec import DIALS, RunSpec, spec_value
from explorer.world.things import THINGS

WORLD = THINGS.name
MAX_MB = 512


def check_tab_trains(spec: RunSpec) -> None:
    """Raise `UserError` with the first dial whose value only a server trains, from fresh weights."""
    if spec.data.world != WORLD:
        raise UserError("world", spec.data.world, "a tab draws only the world {world}", world=WORLD)
    if spec.train.init != "scratch":
        raise UserError("init", spec.train.init, "choose {choices}", choices="scratch")
    for name, dial in DIALS.items():
        value = spec_value(spec, name)
        if dial.tab and value not in dial.tab.values:
            allowed = " or ".join(map(str, dial.tab.values))
            raise UserError(name, value, "choose {choices}; {why}", choices=allowed, why=dial.tab.why)
    model, batch_size = spec.train.model, spec.train.batch_size
    trained = [name for name in config_names() if _is_plain(_vision(name))]
    if model not in trained:
        raise UserError("model", model, "choose {choices}", choices=" or ".join(trained))
    megabytes = math.ceil(_memory(_vision(model), batch_size) / 1e6)
    if megabytes > MAX_MB:
        wanted = "a step of the model {model} takes {megabytes} MB, a tab gives it {most}"
        raise UserError("batch_size", batch_size, wanted, model=model, megabytes=megabytes, most=MAX_MB)


def _vision(model: str) -> dict[str, Any]:
    vision: dict[str, Any] = json.loads((CONFIGS / f"{model}.json").read_text(encoding="utf-8"))["vision_cfg"]
    return vision


def _is_plain(vision: dict[str, Any]) -> bool:
    """Whether an image tower is a transformer; one of convolutions has the number of its layers by stage."""
    return isinstance(vision["layers"], int)


def _memory(vision: dict[str, Any], batch_size: int) -> int:
    """Return about the bytes of the pictures of a step: what blocks keep of a token, its gradients, the patches."""
    patch, width = vision["patch_size"], vision["width"]
    tokens = batch_size * ((vision["image_size"] // patch) ** 2 + 1)
    hidden = int(width * vision.get("mlp_ratio", 4))
    return 4 * tokens * ((vision["layers"] + 1) * (8 * width + 2 * hidden) + 3 * patch * patch)
