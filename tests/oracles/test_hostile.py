"""What strangers may send is answered as it was recorded: the same status, and the same sentence."""

import json

import pytest

from tests.oracles.hostile import FILE, answers


@pytest.mark.slow
def test_hostile_requests_are_answered_as_recorded() -> None:
    recorded, found = json.loads(FILE.read_text(encoding="utf-8")), answers()
    assert found.keys() == recorded.keys()
    assert {name: (recorded[name], answer) for name, answer in found.items() if answer != recorded[name]} == {}
