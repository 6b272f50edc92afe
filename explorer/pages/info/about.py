"""About: the paper, simplifications, limits, privacy and licenses. GET about, without Gradio.

    routes = [about_route(settings)]       # for launch(app_kwargs={"routes": routes})

Numbers come from the settings and constants of the app.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.clip.configs import shipped_names
from explorer.clip.image_inputs import UPLOADS
from explorer.pages.i18n.translations import language_of
from explorer.pages.shared.base_page import plain_page
from explorer.service.probing import LONGEST_CAPTION, MOST_CAPTIONS, MOST_IMAGES
from explorer.settings import Settings
from explorer.world.worlds import WORLDS

PAPER_URL = "https://arxiv.org/abs/2507.07985"
CACHE_S = 3600
"""Seconds after which an upload expires, and the interval of the cleanup; see `build_app`."""


def about_route(settings: Settings) -> Route:
    """Return the route."""

    def answer(request: Request) -> Response:
        return plain_page(
            "info/about.html", language_of(request.query_params), title="About", settings=settings,
            world=next(iter(WORLDS.values())), paper=PAPER_URL, uploads=UPLOADS, most_images=MOST_IMAGES,
            most_captions=MOST_CAPTIONS, longest_caption=LONGEST_CAPTION, shipped=shipped_names(),
            hours=2 * CACHE_S // 3600,
        )  # fmt: skip

    return Route("/about", answer, methods=["GET"])
