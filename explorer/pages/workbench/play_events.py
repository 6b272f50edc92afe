"""What the buttons of Play do: each leads on to another tab, and the first starts a training there.

wire_play(page)        # after `wire`, inside the Blocks
"""

from functools import partial
from typing import Any

import gradio as gr

from explorer.pages.shared.page_events import QUICK, Page, see_run, starting


def wire_play(page: Page) -> None:
    """Attach every listener of the buttons."""
    for tab, button in page.play.ways.items():
        if tab in page.tab_items:
            turned = button.click(partial(_turn, tab), None, page.tabs, **QUICK)
            if tab == "train":
                see_run(turned.then(*starting(page), **page.asking))


def _turn(tab: str) -> Any:
    return gr.update(selected=tab)
