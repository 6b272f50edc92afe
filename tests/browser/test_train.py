"""Training in a tab of Chromium and Firefox: the same bits as in Node, from a file and from a strict page."""

import json
import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Visits, managed_visits
from tests.browser.firefox import Firefox
from tests.browser.tab_page import TRAIN, training_page_script, write_one_file
from tests.engine.test_train import THREE_STEPS
from tests.served import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SHORT = {"steps": 3, "evaluation": {"scenes": 60, "pairs": 8}}
"""A training whose evaluations ask little, which changes no weight."""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory, host: Server) -> dict[str, str]:
    return {"file": write_one_file(tmp_path_factory.mktemp("tab")).as_uri(), "strict": f"{host.url}about"}


@pytest.mark.parametrize(("place", "workers"), [("file", 1), ("file", 8), ("strict", 4)])
def test_chromium_ends_with_node_s_bits(visits: Visits, addresses: dict[str, str], place: str, workers: int) -> None:
    visits.base = addresses[place].removesuffix("about")
    page = visits.visitor()
    page.goto(addresses[place])
    if place == "strict":
        page.evaluate(f"() => {{ {training_page_script()} }}")
    result = page.evaluate(TRAIN, SHORT | {"workers": workers})
    assert (result["digest"], result["status"], result["step"]) == (THREE_STEPS, "finished", 3)


@pytest.mark.parametrize(("place", "workers"), [("file", 4), ("strict", 1)])
def test_firefox_ends_with_node_s_bits(fox: Firefox, addresses: dict[str, str], place: str, workers: int) -> None:
    fox.go(addresses[place])
    if place == "strict":
        fox.evaluate(f"(() => {{ {training_page_script()} }})()")
    asked = json.dumps(SHORT | {"workers": workers})
    fox.evaluate(f"void ({TRAIN})({asked}).then((end) => {{ window.endDigest = end.digest; }})")
    fox.wait("window.endDigest")
    assert fox.evaluate("window.endDigest") == THREE_STEPS


def test_chromium_goes_on_when_a_worker_dies_without_a_word(visits: Visits, addresses: dict[str, str]) -> None:
    visits.base = addresses["file"]
    page = visits.visitor()
    page.goto(addresses["file"])
    result = page.evaluate(TRAIN, SHORT | {"workers": 3, "kill": 2, "tickMs": 100})
    assert (result["digest"], result["step"], len(result["seconds"])) == (THREE_STEPS, 3, 3)
    assert result["left"] < 3


@pytest.fixture
def plain_http(tmp_path: Path) -> Iterator[str]:
    """The page of one file over HTTP at an address that is not loopback, as a class opens it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # no packet is sent: it only chooses an interface
        except OSError:
            pytest.skip("no interface but loopback")
        address = probe.getsockname()[0]
    write_one_file(tmp_path)

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer((address, 0), partial(Handler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{address}:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_digest_is_there_over_plain_http(browser: Browser, plain_http: str) -> None:
    with managed_visits(browser, plain_http) as plain:
        page = plain.visitor()
        page.goto(f"{plain_http}tab.html")
        assert page.evaluate("[isSecureContext, typeof crypto.subtle]") == [False, "undefined"]
        result = page.evaluate(TRAIN, SHORT | {"workers": 2})
        assert result["digest"] == THREE_STEPS
