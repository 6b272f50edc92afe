"""The golden values of the protocol in `golden.json`, and how a computation is held against them.

    differences(read_golden(), compute())     # ["digests.web-like.pixels", ...], empty if all agree
    update_golden(read_golden(), compute())         # the values to write, `Stale` if its version has to be raised first
    record()                                  # writes them

Digests and counts are equal, or the protocol has changed. Floating-point numbers have the tolerances of `is_close`.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.spec import PROTOCOL_VERSION
from tests.unit.protocol.exact import compute_exact
from tests.unit.protocol.trained import train_parts

GOLDEN = Path(__file__).with_name("golden.json")
DIGITS = 9
"""Significant digits of a number in the file: more than another computer agrees on."""

COSINE_SLACK = 1e-3
RELATIVE_SLACK = {"metrics": 1e-7, "optimizers": 1e-4, "losses": 1e-3}
IN_COSINES = ("margin", "modality_gap", "cosines")
Flat = dict[str, Any]


class Stale(Exception):
    """Golden values would change although `PROTOCOL_VERSION` stays; the text names them."""


def read_golden() -> dict[str, Any]:
    """Return the golden values; the protocol version is `recipe`, as in a spec file."""
    golden: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return golden


def compute() -> dict[str, Any]:
    """Return all values as the code gives them now, in about fifteen seconds."""
    return {"recipe": PROTOCOL_VERSION, **compute_exact(), **train_parts()}


def flat(values: Any, path: str = "") -> Flat:
    """Return the leaves of nested objects and lists by their dotted path."""
    if isinstance(values, Mapping):
        items = [(str(name), value) for name, value in values.items()]
    elif isinstance(values, list):
        items = [(str(place), value) for place, value in enumerate(values)]
    else:
        return {path: values}
    return {name: leaf for key, value in items for name, leaf in flat(value, f"{path}.{key}" if path else key).items()}


def differences(golden: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Return the paths of `values` that are missing in `golden` or differ from it; `values` may be a part."""
    expected = flat(golden)
    return [name for name, value in flat(values).items() if not (name in expected and is_close(name, value, expected))]


def is_close(name: str, value: Any, expected: Flat) -> bool:
    """Compare one leaf: exactly, unless it is a floating-point number.

    A share of n scenes may differ by two of them, a cosine by 1e-3, and others relatively, as their section says.
    """
    golden, section = expected[name], name.split(".")[0]
    if not (isinstance(golden, float) and isinstance(value, float)):
        return bool(golden == value)
    if section != "scores":
        return math.isclose(value, golden, rel_tol=RELATIVE_SLACK[section], abs_tol=RELATIVE_SLACK[section] / 10)
    if any(f".{word}." in name for word in IN_COSINES):
        return abs(value - golden) <= COSINE_SLACK
    scenes: int = expected[f"{name.removesuffix('.value')}.n"]
    return abs(value - golden) * scenes < 2.5


def update_golden(golden: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values to write: all of them for a raised version, else the old ones and those of new presets.

    Raises `Stale` if a golden value would change under the same version.
    """
    if values["recipe"] > golden["recipe"]:
        return _round_values(values)
    known = set(flat(golden))
    changed = [name for name in differences(golden, values) if name in known]
    if changed or values["recipe"] < golden["recipe"]:
        raise Stale(f"PROTOCOL_VERSION is {values['recipe']} as before, but these differ: {', '.join(changed)}")
    return _keep_golden(golden, _round_values(values))


def record() -> str | None:
    """Write the golden values of a raised protocol version or of a new preset; return why it cannot."""
    try:
        values = update_golden(read_golden(), compute())
    except Stale as error:
        return f"{error}. Raise PROTOCOL_VERSION if the change is meant."
    GOLDEN.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return None


def _keep_golden(golden: Any, values: Any) -> Any:
    """Return `values` with each value that `golden` has too taken from there, as no digit of it needs to change."""
    if isinstance(golden, Mapping) and isinstance(values, Mapping):
        return {name: _keep_golden(golden[name], value) if name in golden else value for name, value in values.items()}
    return golden


def _round_values(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {name: _round_values(value) for name, value in values.items()}
    if isinstance(values, list):
        return [_round_values(value) for value in values]
    return float(f"{values:.{DIGITS}g}") if isinstance(values, float) else values
