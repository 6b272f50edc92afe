"""What strangers may send is answered as it was recorded: the same status, and a sentence that names the same."""

import json

import pytest

from tests.oracles.hostile import FILE, answer_rows


@pytest.mark.slow
def test_hostile_requests_are_answered_as_recorded() -> None:
    recorded, answered = json.loads(FILE.read_text(encoding="utf-8")), answer_rows()
    assert answered.keys() == recorded.keys()
    assert {name: (recorded[name], answer) for name, answer in answered.items() if answer != recorded[name]} == {}
