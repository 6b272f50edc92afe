"""The rules between dials mean the same in Python and on the page, for values that keep and that break them."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

from explorer.codec import encode
from explorer.rules import OPERATIONS, evaluate_expression, fill_message
from explorer.spec import DIAL_TYPES, DIALS, RunSpec
from explorer.world.worlds import kind_names
from tests.engine.node import node

PROGRAM = Path(__file__).with_name("rules.js")
RULES = [rule for dial in DIALS.values() for rule in dial.rules]


def random_values(draw: random.Random) -> dict[str, Any]:
    """Values of all dials, each legal by itself; kinds may repeat or belong to no world."""
    spec = RunSpec()
    values: dict[str, Any] = {}
    for name, dial in DIALS.items():
        usual = getattr(spec.data, name, None) if hasattr(spec.data, name) else getattr(spec.train, name)
        if DIAL_TYPES[name] in (int, float) and dial.high is not None and dial.low is not None:
            steps = 8 if DIAL_TYPES[name] is float else int(dial.high - dial.low)
            value = dial.low + (dial.high - dial.low) * draw.randint(0, steps) / steps
            values[name] = DIAL_TYPES[name](value)
        elif dial.choices:
            values[name] = draw.choice(dial.choices)
        elif isinstance(usual, tuple):
            values[name] = tuple(draw.choices(("color", "size", "tilt", "shape"), k=draw.randint(0, 3)))
        else:
            values[name] = draw.choice((usual, "things-bound")) if name == "init" else usual
    return values | {"kinds_of_world": kind_names()["things"]}


def test_both_languages_agree_on_every_rule(tmp_path: Path) -> None:
    draw = random.Random(0)
    rows = [random_values(draw) for _ in range(300)]
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"dials": encode(DIALS), "rows": rows}))
    done = subprocess.run([node(), str(PROGRAM), str(given)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    for values, answer in zip(rows, answers, strict=True):
        assert answer["tests"] == [evaluate_expression(rule.test, values) for rule in RULES]
        assert answer["messages"] == [fill_message(rule, values) for rule in RULES]
        assert all(is_kept for is_kept, rule in zip(answer["fitted"], RULES, strict=True) if rule.fit), values
    for place, rule in enumerate(RULES):
        assert {answer["tests"][place] for answer in answers} == {True, False}, rule


def test_both_languages_have_the_same_operations() -> None:
    script = (PROGRAM.parents[2] / "assets/page/dials/rules.js").read_text()
    table = script.partition("const OPERATIONS = {")[2].partition("};")[0]
    names = [line.split(":")[0].strip().strip('"') for line in table.splitlines() if ":" in line]
    assert names == list(OPERATIONS)


def test_a_message_shows_values_and_the_bound() -> None:
    rule = DIALS["attribute_density"].rules[0]
    said = fill_message(rule, {"attribute_kinds": ("color", "size")})
    assert said == "must be from 0 to 2, the number of attribute_kinds (color, size)"
    assert "(none)" in fill_message(rule, {"attribute_kinds": ()})
