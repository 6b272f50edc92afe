"""What strangers may send is answered as it was recorded: the same status, and the same sentence."""

import json
import re

import pytest

from tests.oracles.hostile import APP, FILES, PAGE, answers


@pytest.mark.slow
@pytest.mark.parametrize("host", [APP, PAGE], ids=["app", "page"])
def test_hostile_requests_are_answered_as_recorded(host: tuple[str, ...]) -> None:
    recorded, found = json.loads(FILES[host].read_text(encoding="utf-8")), answers(host)
    assert found.keys() == recorded.keys()
    assert {name: (recorded[name], answer) for name, answer in found.items() if answer != recorded[name]} == {}


DECIDED = (
    (r"(GET|POST|HEAD|PUT|DELETE|OPTIONS|TRACE|raw) .*(/explorer-assets/|/class/|/lesson/\w)", 404,
     "files stand below their digest, and a class and the lesson ask views and acts"),
    (r"(GET|POST|raw) .*(/static/|/assets/|/svelte/|file=|/upload|app_id|openapi\.json|robots\.txt|manifest\.json"
     r"|theme\.css|/login|/logout|/user|/token|/docs|/redoc|/run/|/api/)", 404, "no page and no client asks for it"),
    (r"GET /class/plan", 307, "an address of earlier versions leads to the view"),
    (r"POST /(\w+/a\.zip|study/density\.svg|about|lesson|config)?$|POST \S+ \(type ", 415, "every body is JSON"),
    (r"POST \S+/call/v2/scenes \((unknown|missing) parameter\)", 422, "names are checked before the queue"),
    (r"POST \S+/call/score \(no data\)", 400, "as every other body without values"),
    (r"POST \S+/call/score \(picture 7\)", 422, "nothing is uploaded, so no value is a file"),
)  # fmt: skip
"""What is answered by another status on Server mode than by the app on Blocks: rows, the status, and why."""


def test_statuses_that_differ_between_the_hosts_are_decided() -> None:
    old, new = (json.loads(FILES[host].read_text(encoding="utf-8")) for host in (APP, PAGE))
    differ = {name: (old[name][0], new[name][0]) for name in old.keys() & new.keys() if old[name][0] != new[name][0]}
    why = {
        name: [rule for rule in DECIDED if re.match(rule[0], name) and rule[1] == now]
        for name, (_, now) in differ.items()
    }
    assert [(name, differ[name]) for name, rules in why.items() if not rules] == []
    assert {rule for rules in why.values() for rule in rules} == set(DECIDED), "a rule that nothing needs"
    assert not [name for name, (_, now) in differ.items() if now == 200 or now >= 500]
    assert all("/class/" in name for name in old.keys() - new.keys()), "a row that is sent to one host only"
