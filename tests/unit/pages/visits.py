"""The page without a browser: what an event sends goes through Gradio's own checks to the handler and back.

    visit = Visit(build_app(Service.of(store, LOCAL)))
    visit.send("arrive", query={"tab": "train"})
    visit.send("started", visitor=KEY, data={"preset": "salient", "values": {}})  # {component: its value}, not the rest
    visit.shows["run"], visit.notes          # what the page shows by now

A component goes by its elem_id; the hidden ones by their names in `HIDDEN`.
"""

import asyncio
import re
from html import unescape
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState

KEY, OTHER = "0123456789abcdef" * 2, "f" * 32
HIDDEN = {
    "visitor": ("listed", 0),
    "run": ("listed", 1),
    "at": ("followed", 2),
    "tab": ("followed", 6),
    "corrections": ("pressed", 1),
    "location": ("turned_to_study", 0),
    "guesses": ("turned_to_study", 2),
}
"""Hidden components as the input of a listener, by its place."""

LEFT_ALONE = ({"__type__": "update"}, {"props": {"__type__": "update"}, "__type__": "update"})
"""Value that Gradio sends for gr.skip()."""


class Visit:
    """One open page. `shows` has the value of each component, and each event may come with others."""

    def __init__(self, app: gr.Blocks) -> None:
        self.app, self.state = app, SessionState(app)
        self._names = {block._id: str(block.elem_id) for block in app.blocks.values() if block.elem_id}
        self._names |= {self.listener(event).inputs[place]._id: name for name, (event, place) in HIDDEN.items()}
        self.shows = {
            name: getattr(app.blocks[number], "value", None)
            for number, name in self._names.items()
            if name != "visitor"
        }
        self.shows["visitor"] = ""

    @property
    def notes(self) -> list[str]:
        """The sentences that the notes show."""
        return [unescape(each) for each in re.findall(r"<li>(.*?)</li>", str(self.shows["notes"]))]

    def meet_a_new_server(self, app: gr.Blocks) -> None:
        """The server was started anew: the page shows what it showed, and the server knows nothing of it."""
        here, there = ([*one.blocks] for one in (self.app, app))
        self._names = {there[here.index(number)]: name for number, name in self._names.items()}
        self.app, self.state = app, SessionState(app)

    def listener(self, name: str, number: int = 0) -> Any:
        """The `number`-th listener whose handler has that name."""
        return [fn for fn in self.app.fns.values() if fn.name == name][number]

    def data_for(self, listener: Any, values: dict[str, Any]) -> list[Any]:
        """Return the values that the page would send to a listener, with other values for some components."""
        names = [self._names[block._id] for block in listener.inputs]
        assert set(values) <= set(names), f"{listener.name} reads {names}"
        return [values.get(each, self.shows[each]) for each in names]

    def send(self, name: str, number: int = 0, *, data: Any = None, query: Any = None, **values: Any) -> dict[str, Any]:
        """Return the changes of an event; `values` are other values than the page shows, `data` the event's."""
        listener = self.listener(name, number)
        call = self.app.process_api(
            listener,
            self.data_for(listener, values),
            state=self.state,
            request=gr.Request(query_params=query or {}, headers={}, session_hash="visit"),
            event_data=gr.EventData(None, data),
        )
        changes: dict[str, Any] = {}
        for block, value in zip(listener.outputs, asyncio.run(call)["data"], strict=True):
            if value in LEFT_ALONE:
                continue
            name = self._names.get(block._id, str(block._id))
            changes[name] = value
            if not isinstance(value, dict) or value.get("__type__") != "update":
                self.shows[name] = value
            elif "value" in value:
                self.shows[name] = value["value"]
        return changes
