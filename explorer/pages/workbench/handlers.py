"""Helpers of the Workbench's handlers: JSON of an event, and sentences for errors."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import gradio as gr

from explorer.errors import UserError
from explorer.pages.shared.page_events import Page
from explorer.pages.shared.state import notes_html
from explorer.pages.workbench.build import Workbench
from explorer.runs.files import NO_ROOM, is_full

Answer = dict[Any, Any]


def payload(event: gr.EventData) -> Mapping[str, Any]:
    """Return the JSON of an event; an empty object for anything else."""
    return event._data if isinstance(event._data, dict) else {}


def answered_by(page: Page, bench: Workbench) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Wrap a handler: a `UserError` or a full disk becomes a sentence in the notes.

    A run that did not start is named too.
    """

    def decorate(handler: Callable[..., Answer]) -> Callable[..., Answer]:
        @wraps(handler)  # Gradio reads the annotations, to hand over the event
        def answered(*values: Any) -> Answer:
            try:
                return handler(*values)
            except UserError as error:
                sentence = str(error)
            except OSError as error:
                if not is_full(error):
                    raise
                sentence = NO_ROOM
            return {page.shared.notes: notes_html([sentence]), bench.training: {"problem": sentence}}

        return answered

    return decorate
