"""Training in a tab of Chromium and Firefox: the same bits as in Node, from a file and from a strict page."""

import json

import pytest

from tests.browser.conftest import Visits
from tests.browser.firefox import Firefox
from tests.browser.tab_page import TRAIN, training_page_script, write_one_file
from tests.engine.test_train import THREE_STEPS
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory, host: Server) -> dict[str, str]:
    return {"file": write_one_file(tmp_path_factory.mktemp("tab")).as_uri(), "strict": f"{host.url}about"}


@pytest.mark.parametrize(("place", "workers"), [("file", 1), ("strict", 2)])
def test_chromium_ends_with_node_s_bits(visits: Visits, addresses: dict[str, str], place: str, workers: int) -> None:
    visits.base = addresses[place].removesuffix("about")
    page = visits.visitor()
    page.goto(addresses[place])
    if place == "strict":
        page.evaluate(f"() => {{ {training_page_script()} }}")
    result = page.evaluate(TRAIN, {"steps": 3, "workers": workers})
    assert (result["digest"], result["status"], result["step"]) == (THREE_STEPS, "finished", 3)


@pytest.mark.parametrize(("place", "workers"), [("file", 2), ("strict", 1)])
def test_firefox_ends_with_node_s_bits(fox: Firefox, addresses: dict[str, str], place: str, workers: int) -> None:
    fox.go(addresses[place])
    if place == "strict":
        fox.evaluate(f"(() => {{ {training_page_script()} }})()")
    asked = json.dumps({"steps": 3, "workers": workers})
    fox.evaluate(f"void ({TRAIN})({asked}).then((end) => {{ window.digest = end.digest; }})")
    fox.wait("window.digest")
    assert fox.evaluate("window.digest") == THREE_STEPS
