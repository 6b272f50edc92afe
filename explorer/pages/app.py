"""The Gradio app with all tabs, and its server with a worker.

    app = build_app(service)                   # gr.Blocks: the tabs, and the endpoints of the service
    serve(host="127.0.0.1", port=7860)         # until it is interrupted; queued runs train in the background

torch is not imported here: worker processes train runs, and a model is loaded when a caption is scored.
"""

import ctypes
import os
import sys
import threading
from contextlib import suppress
from typing import Any

import gradio as gr
from gradio.events import api as publish
from starlette.middleware import Middleware

from explorer.classroom.deal import start_sweeping
from explorer.clip.pixels import UPLOADS, limit_pixels
from explorer.errors import UserError
from explorer.pages.classroom.routes import class_routes
from explorer.pages.info.light_pages import CACHE_S, about_route, teach_route
from explorer.pages.inspect.build import build_inspect
from explorer.pages.inspect.events import wire_inspection
from explorer.pages.lesson.routes import lesson_routes
from explorer.pages.probe.build import build_probe
from explorer.pages.probe.events import wire_probe
from explorer.pages.scene.build import build_scene, wire_scene
from explorer.pages.server.downloads import run_routes, study_routes
from explorer.pages.server.event_guard import EventGuard
from explorer.pages.server.fast_blocks import SkippingBlocks
from explorer.pages.server.first_page import FirstPage
from explorer.pages.server.not_found import NotFound
from explorer.pages.server.request_guard import RequestGuard
from explorer.pages.server.security_headers import SecurityHeaders
from explorer.pages.server.static_files import PREFIX, asset_routes, static_routes
from explorer.pages.shared.page_events import Page, wire
from explorer.pages.shared.state import build_shared
from explorer.pages.shared.theme import STYLES, THEME, head_html, role_css
from explorer.pages.shared.url_state import TABS
from explorer.pages.site.run_file import take_home_route
from explorer.pages.study.build import build_study
from explorer.pages.study.events import wire_study
from explorer.pages.study.evidence_route import evidence_routes
from explorer.pages.workbench.build import build_header, build_workbench
from explorer.pages.workbench.events import wire_workbench
from explorer.pages.workbench.pairs_route import pairs_route
from explorer.pages.workbench.samples import warm
from explorer.runs.supervisor import Supervisor, spawn
from explorer.runs.zero_gpu import on_gpu
from explorer.service.endpoints import whole_number
from explorer.service.probing import exempt_imports
from explorer.service.service import Service
from explorer.web.connections import check_address, guard_connections
from explorer.web.engine_files import engine_routes
from explorer.web.view_routes import published, view_routes

# Before a launch reads it: nothing of a visit leaves the computer.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

WARM_AFTER_S = 4.0
M_ARENA_MAX = -8
"""Parameter of `mallopt` in glibc's malloc.h."""
SPARE_IN_S = 2.0
"""Seconds until the spare worker starts: its imports would take the cores from the page, which is built meanwhile."""
TITLES = {
    "workbench": "Workbench",
    "inspect": "Inspect",
    "study": "Study",
    "probe": "Probe",
    "scene": "Scene",
}
WAYS = """<nav class='ways' aria-label='More'>
<a href='about'>About: the paper, limits, privacy, licenses</a> <a href='class'>For a class: one lesson for thirty</a>
<a href='teach'>For teachers: a link for a class</a>
</nav>"""


def build_app(service: Service) -> gr.Blocks:
    """Build the whole page."""
    settings = service.settings
    cache = (CACHE_S, CACHE_S)
    with SkippingBlocks(title="CLIP Binding Explorer", analytics_enabled=False, delete_cache=cache) as app:
        build_header()
        shared = build_shared()
        items: dict[str, gr.Tab] = {}
        with gr.Tabs(selected=TABS[0], elem_id="tabs") as tabs:
            with gr.Tab(TITLES["workbench"], id="workbench", elem_id="tab-workbench") as items["workbench"]:
                bench = build_workbench(settings)
            with gr.Tab(TITLES["inspect"], id="inspect", elem_id="tab-inspect") as items["inspect"]:
                inspect = build_inspect()
            with gr.Tab(TITLES["study"], id="study", elem_id="tab-study") as items["study"]:
                study = build_study()
            with gr.Tab(TITLES["probe"], id="probe", elem_id="tab-probe") as items["probe"]:
                probe = build_probe(settings)
            with gr.Tab(TITLES["scene"], id="scene", elem_id="tab-scene") as items["scene"]:
                scene = build_scene()
        gr.HTML(WAYS, elem_id="ways")
        page = Page(
            app=app,
            service=service,
            shared=shared,
            tabs=tabs,
            tab_items=items,
            bench=bench,
            inspect=inspect,
        )
        wire(page)
        wire_inspection(page)
        wire_study(page, study)
        wire_probe(page, probe)
        wire_scene(page, scene, probe)
        wire_workbench(page, probe)
        for run, name, at_once in published(service):
            publish(run, api_name=name, concurrency_limit=at_once)
    app.queue(max_size=64, default_concurrency_limit=4)
    return app


def main() -> None:
    """Serve on HOST and PORT; on a Space neither is set, and Gradio's own settings decide. A mistake exits with 2."""
    port = os.environ.get("PORT")
    try:
        serve(os.environ.get("HOST"), whole_number("PORT", port, 1, 65535) if port else None)
    except (UserError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        sys.exit(2)


def serve(host: str | None, port: int | None) -> None:
    """Build the page and serve it, with a supervisor of workers, until it is interrupted."""
    check_address(host, port)
    _limit_arenas()
    service = Service.here(host)
    settings = service.settings
    limit_pixels(UPLOADS)
    # A caption that is scored here shares the cores with a worker, and a second thread would slow both.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # A ZeroGPU Space looks for what needs a GPU when the page is launched.
    supervisor = Supervisor(service.store, settings, on_gpu() if settings.zero_gpu else spawn)
    supervisor.start(spare_in_s=SPARE_IN_S)
    start_sweeping(service.rooms, service)
    guard_connections(settings)
    # After the first visitor's page, which needs only the first preset.
    warming = threading.Timer(WARM_AFTER_S, _settle)
    warming.daemon = True
    warming.start()
    try:
        build_app(service).launch(server_name=host, server_port=port, **launch_options(service))
    finally:
        supervisor.close()


def _limit_arenas() -> None:
    """Limit glibc's malloc to two arenas instead of eight per core, so that threads reuse what others have freed."""
    with suppress(AttributeError, OSError, TypeError):  # only glibc has the function
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _settle() -> None:
    """Draw the samples of every recipe, and exempt what the start has made from garbage collection."""
    warm()
    exempt_imports()


def launch_options(service: Service) -> dict[str, Any]:
    """Return the options of every launch of the page."""
    store, settings = service.store, service.settings
    served: dict[str, Any] = {
        "routes": [
            *view_routes(service),
            *static_routes(),
            pairs_route(store),
            *evidence_routes(store),
            *asset_routes(),
            *engine_routes(store, PREFIX),
            *run_routes(store),
            *study_routes(),
            take_home_route(store),
            *lesson_routes(service),
            *class_routes(service.rooms, service),
            about_route(settings),
            teach_route(),
        ],
    }
    guards = [Middleware(RequestGuard, settings=settings), Middleware(EventGuard, settings=settings)]
    served["middleware"] = [
        Middleware(SecurityHeaders, settings=settings),
        Middleware(NotFound),
        *(guards if settings.is_shared else ()),
        Middleware(FirstPage),
    ]
    return {
        "theme": THEME,
        "css": role_css(),
        "css_paths": list(STYLES),
        "head": head_html(),
        "app_kwargs": served,
        # A class shares computers: what a visitor typed and saw is not kept in the browser.
        "run_history": False,
        # A page's session holds the values of its `gr.State` and the components that were built anew for it.
        "state_session_capacity": 400 if settings.is_shared else 10_000,
        # A picture; on one's own computer also a run as a zip.
        "max_file_size": f"{UPLOADS.megabytes}mb" if settings.is_shared else "64mb",
        "show_error": False,
        "ssr_mode": False,
        "footer_links": ["api", "settings"],
    }
