"""Views of one file in a notebook: a run, and a scene of one's own, each in a frame.

    show_run(store, "things-bound")            # the last line of a cell shows it
    show_scene().html                          # the same page as text, to write into a file

The frame has an origin of its own, so what it shows reaches neither the notebook nor what the browser keeps.
"""

from dataclasses import dataclass
from html import escape

from explorer.errors import UserError
from explorer.runs.store import RunStore
from explorer.web.onefile import run_page, site_page

RUN_HEIGHT, SCENE_HEIGHT = 900, 720
MIN_HEIGHT, MAX_HEIGHT = 100, 10_000


@dataclass(frozen=True, kw_only=True)
class FramedPage:
    """A page as HTML, which a notebook shows in a frame of `height` pixels."""

    html: str
    height: int
    title: str

    def __post_init__(self) -> None:
        if type(self.height) is not int or not MIN_HEIGHT <= self.height <= MAX_HEIGHT:
            allowed = "give whole pixels from {least} to {most}"
            raise UserError("height", self.height, allowed, least=MIN_HEIGHT, most=MAX_HEIGHT)

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="{escape(self.title)}" sandbox="allow-scripts allow-downloads allow-popups"'
            f' style="width: 100%; height: {self.height}px; border: 0" srcdoc="{escape(self.html)}"></iframe>'
        )


def show_run(store: RunStore, name: str, *, height: int = RUN_HEIGHT) -> FramedPage:
    """Show a run or a shipped model as `runs export --html` writes it; raise `UserError` if there is none."""
    return FramedPage(html=run_page(store, name), height=height, title=name)


def show_scene(*, height: int = SCENE_HEIGHT) -> FramedPage:
    """Show the canvas *Your own scene*, which asks the shipped models without a server."""
    return FramedPage(html=site_page("scene"), height=height, title="Your own scene")
