"""Debian's Firefox, driven over WebDriver BiDi: no driver binary, and Playwright's own build is not needed.

    with firefox(folder) as browser:
        browser.go("http://127.0.0.1:7860/")
        browser.wait("document.querySelector('h1')")        # until the expression is true
        browser.faults, browser.requests                    # what went wrong, and what was asked for

The protocol is JSON over a web socket: https://www.w3.org/TR/webdriver-bidi/
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
EVENTS = ("log.entryAdded", "network.beforeRequestSent")
ANSWER_S, WAIT_S = 60.0, 60.0


@dataclass
class Firefox:
    """One tab; errors of its console and its requests are kept."""

    socket: ClientConnection
    context: str = ""
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _sent: int = 0

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command; its result. Events that come meanwhile are kept."""
        self._sent += 1
        self.socket.send(json.dumps({"id": self._sent, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv(timeout=ANSWER_S))
            if message.get("id") == self._sent:
                assert message["type"] == "success", message
                result: dict[str, Any] = message["result"]
                return result
            self._keep(message)

    def _keep(self, event: dict[str, Any]) -> None:
        if event.get("method") == "log.entryAdded" and event["params"]["level"] == "error":
            self.faults.append(str(event["params"].get("text")))
        if event.get("method") == "network.beforeRequestSent":
            self.requests.append(event["params"]["request"]["url"])

    def go(self, url: str) -> None:
        """Open an address, until it is loaded."""
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression on the page, None for what is no plain value."""
        target = {"context": self.context}
        answer = self.ask("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def wait(self, expression: str, *, seconds: float = WAIT_S) -> None:
        """Until an expression is true on the page."""
        deadline = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.1)

    def expect(self, expression: str, pattern: str, *, seconds: float = WAIT_S) -> None:
        """Assert that the whole text of an expression comes to match a pattern; the failure says what it was."""
        deadline = time.monotonic() + seconds
        while not re.fullmatch(pattern, found := str(self.evaluate(expression))):
            assert time.monotonic() < deadline, f"{expression} is {found!r}, not {pattern!r}"
            time.sleep(0.1)


@contextmanager
def firefox(profile: Path, width: int = 1280, height: int = 800) -> Iterator[Firefox]:
    """A headless Firefox with a profile of its own, closed at the end."""
    assert FIREFOX
    command = [FIREFOX, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            with connect(f"{_address(process)}/session", max_size=None) as socket:
                browser = Firefox(socket=socket)
                browser.ask("session.new", capabilities={})
                browser.ask("session.subscribe", events=list(EVENTS))
                browser.context = browser.ask("browsingContext.getTree")["contexts"][0]["context"]
                viewport = {"width": width, "height": height}
                browser.ask("browsingContext.setViewport", context=browser.context, viewport=viewport)
                yield browser
        finally:
            process.terminate()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stderr
    for line in process.stderr:
        if match := re.search(r"listening on (ws://\S+)", line):
            return match[1]
    raise AssertionError("Firefox ended before it listened")
