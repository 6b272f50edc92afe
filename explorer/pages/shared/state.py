"""State that all tabs share: the open run, the visitor, the notes, and the page's address.

    shared = build_shared()
    button.click(handler, [shared.visitor, shared.run], [shared.address, shared.notes])

The browser writes the address whenever `address` gets a new query string. The state survives a restart of the server,
because the page keeps it: in hidden boxes, and the visitor's key in the browser's storage.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from explorer.pages.shared.templates import js_on_load, macro
from explorer.pages.shared.url_state import PARTS, STUDY_PARTS, TABS
from explorer.resources import asset_text
from explorer.service.endpoints import KEY

_ADDRESS = {"study": STUDY_PARTS, "scripts": ("scene",), "view": PARTS}
"""Parts of an address that a new one keeps, by their owner."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Components that every tab may read or write."""

    tab: Any
    run: Any
    visitor: Any
    address: Any
    notes: Any
    view: Any


def build_shared() -> Shared:
    """Build the shared components."""
    return Shared(
        tab=gr.Textbox(TABS[0], visible=False),
        run=gr.Textbox("", visible=False),
        # Storage key and secret are fixed, or a restart would forget every visitor; the secret protects nothing.
        visitor=gr.BrowserState("", storage_key="clip-binding-explorer", secret="not-a-secret"),
        address=gr.HTML(
            None,
            html_template="",
            js_on_load=js_on_load("pages/address", **_ADDRESS),
            visible="hidden",
            elem_id="address",
        ),
        notes=gr.HTML("", elem_id="notes", js_on_load=asset_text("js/pages/notes.js"), apply_default_css=False),
        view=gr.HTML("", elem_id="view", js_on_load=asset_text("js/pages/view.js")),
    )


def key_of(visitor: Any) -> str:
    """Return the visitor's key, a new one if the browser sent no valid one."""
    return visitor if isinstance(visitor, str) and KEY.fullmatch(visitor) else secrets.token_hex(16)


def notes_html(notes: list[str]) -> Markup:
    """Return sentences for the user, or nothing; a command between backticks gets a line of its own."""
    return macro("shared/notes.html", "notes", [re.split("`([^`]+)`", note) for note in dict.fromkeys(notes)])
