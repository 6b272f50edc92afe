"""Training in a tab of Chromium and Firefox: the same bits as in Node, from a file and from a strict page."""

import json

import pytest

from tests.browser.conftest import Visits
from tests.browser.firefox import Firefox
from tests.browser.tab_page import TRAIN, training_page_script, write_one_file
from tests.engine.test_train import THREE_STEPS
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SHORT = {"steps": 3, "evaluation": {"scenes": 60, "pairs": 8}}
"""A training whose evaluations ask little, which changes no weight."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page in one file."""
    return write_one_file(tmp_path_factory.mktemp("tab")).as_uri()


def test_firefox_ends_with_node_s_bits(fox: Firefox, host: Server) -> None:
    """From a file it has the bits of Chromium (test_static_page.py)."""
    fox.go(f"{host.url}about")
    fox.evaluate(f"(() => {{ {training_page_script()} }})()")
    asked = json.dumps(SHORT | {"workers": 1})
    fox.evaluate(f"void ({TRAIN})({asked}).then((end) => {{ window.endDigest = end.digest; }})")
    fox.wait("window.endDigest")
    assert fox.evaluate("window.endDigest") == THREE_STEPS


def test_chromium_ends_with_node_s_bits_when_a_worker_dies_without_a_word(visits: Visits, file: str) -> None:
    """From a strict page it has them where About compares the known bits (test_tab_run_page.py)."""
    visits.base = file
    page = visits.visitor()
    page.goto(file)
    result = page.evaluate(TRAIN, SHORT | {"workers": 3, "kill": 2, "tickMs": 100})
    assert (result["digest"], result["step"], len(result["seconds"])) == (THREE_STEPS, 3, 3)
    assert result["left"] < 3
