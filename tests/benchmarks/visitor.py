"""One simulated browser: the events of the page over HTTP, with the values that its components hold.

    visitor = Visitor(app.url, config(app.url), session="a")
    visitor.open()
    seconds = visitor.dial("saliency_bias", 0.5)                   # as if a person had moved it
    visitor.start()                                                # a training of these dials
    visitor.look()                                                 # as the page asks while it runs
    visitor.value("bench-training")                                # what the page shows by now

It finds an event in the page's own config, by the component and the name that trigger it, and takes over every value
that comes back, as the page's script does. It draws nothing.
"""

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

PREDICT = "/gradio_api/run/predict"
IDLE_S = 3.0
"""After so long a connection is made anew: the server closes one that was idle for five seconds, a browser knows."""


class Fault(Exception):
    """An answer that is no answer."""


def config(url: str) -> dict[str, Any]:
    """Return the configuration that a page gets: its components and events."""
    found: dict[str, Any] = json.load(urlopen(url + "config", timeout=60))
    return found


class Visitor:
    """A page that is open in a browser."""

    def __init__(self, url: str, config: dict[str, Any], *, session: str) -> None:
        self._host, self._session = urlsplit(url).netloc, session
        self._connection = http.client.HTTPConnection(self._host, timeout=60)
        self._used = 0.0
        self._beat = http.client.HTTPConnection(self._host, timeout=60)
        self._values = {each["id"]: each["props"].get("value") for each in config["components"]}
        self._ids = {each["props"].get("elem_id"): each["id"] for each in config["components"]}
        self._events = {tuple(target): each for each in config["dependencies"] for target in each["targets"]}
        self._load = next(each for each in config["dependencies"] if any(name == "load" for _, name in each["targets"]))

    def open(self) -> float:
        """Fetch the page, keep its stream open, read the address; seconds."""
        start = time.perf_counter()
        self._connection.request("GET", "/")
        if self._connection.getresponse().read(200)[:9].lower() != b"<!doctype":
            raise Fault("no page")
        self._connection.close()
        self._beat.request("GET", f"/gradio_api/heartbeat/{self._session}")
        self._call(self._load)
        return time.perf_counter() - start

    def dial(self, name: str, value: Any) -> float:
        """A dial of the Data column is moved; seconds until all is back."""
        return self.send(
            "bench-data", "dialed", {**self._wish(), "values": self._dials() | {name: value}, "moved": name}
        )

    def start(self) -> float:
        """Train on what is dialed."""
        return self.send("bench-training", "started", {**self._wish(), "values": self._dials()})

    def look(self) -> float:
        """Ask how the open run is, for what the page does not have yet."""
        shown = self.value("bench-training")
        have = shown["run"].get("first", 0) + len(shown["run"]["checkpoints"])
        return self.send(
            "bench-training", "polled", {"run": shown["run"]["name"], "have": have, "known": shown["known"]}
        )

    def _wish(self) -> dict[str, Any]:
        return {"preset": self.value("bench-data")["preset"], "moved": "", "seq": 1, "start": 0}

    def _dials(self) -> dict[str, Any]:
        return dict(self.value("bench-data")["values"])

    def send(self, elem_id: str, event: str, data: Any = None) -> float:
        """An event of a component with its data; seconds until all is back."""
        start = time.perf_counter()
        self._call(self._events[self._ids[elem_id], event], data)
        return time.perf_counter() - start

    def value(self, elem_id: str) -> Any:
        """Return the value of a component."""
        return self._values[self._ids[elem_id]]

    def close(self) -> None:
        """Leave."""
        self._connection.close()
        self._beat.close()

    def _call(self, listener: dict[str, Any], data: Any = None) -> None:
        sent = {
            "fn_index": listener["id"],
            "data": [self._values[number] for number in listener["inputs"]],
            "event_data": data,
            "session_hash": self._session,
        }
        if time.monotonic() - self._used > IDLE_S:
            self._connection.close()
        self._connection.request("POST", PREDICT, json.dumps(sent), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        body = answer.read()
        self._used = time.monotonic()
        if answer.status != 200:
            raise Fault(f"{listener['api_name']}: {answer.status} {body[:200]!r}")
        for number, value in zip(listener["outputs"], json.loads(body)["data"], strict=True):
            if not isinstance(value, dict) or value.get("__type__") != "update":
                self._values[number] = value
            elif "value" in value:
                self._values[number] = value["value"]
