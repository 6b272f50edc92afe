"""What the buttons of Play do: each leads on to another tab.

wire_play(page)        # after `wire`, inside the Blocks
"""

from functools import partial
from typing import Any

import gradio as gr

from explorer.pages.events import QUICK, Page


def wire_play(page: Page) -> None:
    """Attach every listener of the buttons."""
    for tab, button in page.play.ways.items():
        if tab in page.tab_items:
            button.click(partial(_turn, tab), None, page.tabs, **QUICK)


def _turn(tab: str) -> Any:
    return gr.update(selected=tab)
