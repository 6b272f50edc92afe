"""About: the paper, simplifications, limits, privacy and licenses. GET about, without Gradio.

    routes = [about_route(settings)]       # for launch(app_kwargs={"routes": routes})

Numbers come from the settings and constants of the app.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.clip.configs import shipped_names
from explorer.clip.image_inputs import UPLOADS
from explorer.pages.shared.base_page import plain_page
from explorer.service.probing import LONGEST_CAPTION, MOST_CAPTIONS, MOST_IMAGES
from explorer.settings import Settings
from explorer.world.appearance import World
from explorer.world.worlds import WORLDS

PAPER_URL = "https://arxiv.org/abs/2507.07985"
CACHE_S = 3600
"""Seconds after which an upload expires, and the interval of the cleanup; see `build_app`."""


def about_route(settings: Settings) -> Route:
    """Return the route."""

    def answer(_request: Request) -> Response:
        return plain_page("About", about_html(settings))

    return Route("/about", answer, methods=["GET"])


def about_html(settings: Settings) -> str:
    """Return the page as HTML."""
    return "<h1>About</h1>" + "".join(
        f"<h2>{title}</h2>{words}"
        for title, words in (
            ("The paper", _paper()),
            ("What is simplified", _simplified(next(iter(WORLDS.values())))),
            ("Limits", _limits(settings)),
            ("What is stored, where, and for how long", _privacy(settings)),
            ("Licenses", _licenses()),
        )
    )


def _paper() -> str:
    return (
        f"<p>The questions are those of <a href='{PAPER_URL}'>arXiv 2507.07985</a>, whose first version is titled “CLIP"
        " Won't Learn Object-Attribute Binding from Natural Data and Here is Why”, the second “Common Data Properties"
        " Limit Object-Attribute Binding in CLIP”.</p>"
        "<p>This is an independent implementation with scenes and models of its own. Every number on the page was"
        " measured by it and none is the paper's; read it with its form of caption, seed and budget.</p>"
    )


def _simplified(world: World) -> str:
    counts = f"{len(world.nouns)} nouns and {len(world.kinds)} kinds of attributes"
    return _list(
        f"Scenes are drawn: {counts}, one to four objects, no background, no photographs.",
        "Captions come from one grammar, in which a word is one token; the web's captions do not.",
        "Models are small and see tens of thousands of pairs, where a pretrained CLIP sees hundreds of millions.",
        "Salience is only drawn area. What people find salient is more than that.",
        "So a direction found here is evidence about this setting, and a question to ask of a large CLIP.",
    )


def _limits(settings: Settings) -> str:
    own = "On your own computer there are nearly none; on a network or a Space they are strict."
    return f"<p>{own} This server allows:</p>" + _list(
        f"{settings.most_steps:,} steps of at most {settings.most_batch_size:,} pairs a run;",
        f"{settings.runs_per_owner:,} waiting or running runs a person, {settings.queue_length:,} waiting in all;",
        f"{MOST_IMAGES} pictures of {UPLOADS.megabytes} MB and {UPLOADS.megapixels} million pixels and {MOST_CAPTIONS}"
        f" captions of {LONGEST_CAPTION} characters a question;",
        "any model that open_clip loads."
        if settings.any_start
        else f"the models {', '.join(shipped_names())} and its own runs.",
    )


def _privacy(settings: Settings) -> str:
    hours = 2 * CACHE_S // 3600
    parts = [
        "<b>Runs</b> are folders on the computer that serves this page: dials, curves, model, report. They stay until"
        " their owner deletes them. Anyone with the link of a run can view it.",
        "<b>Your key</b>, 32 random digits, is kept only in your browser's storage; a run keeps its SHA-256, so"
        " only your browser can stop or delete it.",
        f"<b>Pictures</b> that you upload go to a temporary folder and are removed within {hours} hours, or when the"
        " server ends. Captions that you type are scored and not stored.",
        "<b>A class</b> is one file with nicknames, answers and margins. It and its runs are deleted twelve hours after"
        " its start, unless the teacher keeps its wall.",
        "There are no accounts and no statistics of visits, and your browser asks no other host for anything.",
    ]
    if settings.is_shared:
        parts.append(
            "<b>Your address</b> on the network is held in memory, to limit how much one person asks for, and is"
            " written to no file."
        )
    on_space = (
        "<p>On a Hugging Face Space the computer is Hugging Face's, which has a privacy policy of its own; runs are"
        " lost at a restart unless its owner mounted a volume.</p>"
    )
    return _list(*parts) + on_space


def _licenses() -> str:
    return _list(
        "This project, its drawings and its trained models: MIT.",
        "The weights of the tagger that reads captions, from textblob-aptagger by Matthew Honnibal: MIT.",
        "plotly.js, which draws the figures: MIT. Gradio, which the page is made with: Apache 2.0. open_clip: MIT."
        " They are installed with this project and not part of it.",
        "Weights that you load by name are under the license of their publisher.",
    )


def _list(*items: Any) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
