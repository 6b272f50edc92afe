"""What strangers may send is answered as it was recorded: the same status, and the same sentence."""

import json

import pytest

from tests.oracles.hostile import APP, FILES, PAGE, answers


@pytest.mark.slow
@pytest.mark.parametrize("host", [APP, PAGE], ids=["app", "page"])
def test_hostile_requests_are_answered_as_recorded(host: tuple[str, ...]) -> None:
    recorded, found = json.loads(FILES[host].read_text(encoding="utf-8")), answers(host)
    assert found.keys() == recorded.keys()
    assert {name: (recorded[name], answer) for name, answer in found.items() if answer != recorded[name]} == {}
