"""The server of the page: Gradio's Server mode with our files, views and acts as routes, and the registry as its API.

    main()                                                   # HOST and PORT of the environment; a mistake exits with 2
    serve(host="127.0.0.1", port=7860)  # until SIGTERM or Ctrl-C; queued runs train in the background
    with running_server(service, host, port) as blocks: ...  # blocks.local_url

torch is not imported here: worker processes train runs, and a model is loaded when a caption is scored.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from importlib.util import find_spec
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.classroom import network
from explorer.classroom.rooms import start_sweeping
from explorer.clip.pixels import UPLOAD_LIMITS, limit_pillow
from explorer.codec import whole_number
from explorer.errors import UserError
from explorer.runs.files import NO_ROOM, is_disk_full, try_folder
from explorer.runs.supervisor import Supervisor, spawn_worker
from explorer.runs.zero_gpu import gpu_turn_factory
from explorer.settings import faulty_gradio_numbers, unread_variables
from explorer.views.asked_models import exempt_imports
from explorer.views.service import Service
from explorer.web.connections import check_address, guard_connections
from explorer.web.descriptions import DescriptionMiddleware
from explorer.web.downloads import download_routes
from explorer.web.events import QuestionMiddleware
from explorer.web.gradio_import import gr
from explorer.web.gradio_queue import GradioQueue
from explorer.web.guard import Guard, RefusedError, error_response, framing_origins
from explorer.web.page import missing_page, page_routes
from explorer.web.view_routes import api_functions, view_routes

# Before a launch reads it: nothing of a visit leaves the computer.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Nor does its queue make a pandas table of the last ten thousand questions after each one: nobody reads it, and every
# thread that makes it leaves megabytes in the allocator of pyarrow.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))

MAX_QUEUE_LENGTH = 64
"""Questions that may wait; Gradio's own default is no limit, and one on a ZeroGPU Space."""
LAUNCH_OPTIONS: dict[str, Any] = {
    "prevent_thread_lock": True,
    "quiet": True,
    "show_error": False,
    "ssr_mode": False,
    "pwa": False,
    # A class shares computers: what a visitor asked is not kept in the browser.
    "run_history": False,
    "enable_monitoring": False,
    "footer_links": [],
    # Nothing is uploaded by Gradio's routes, and no file of this computer is served by them.
    "max_file_size": 1,
    "blocked_paths": ["/"],
    # Else Gradio asks for its page too, and gives up after three seconds, which a busy computer needs. It has asked for
    # its startup events before, and waits for them.
    "_frontend": False,
}
"""Options of every launch."""
EXEMPT_AFTER_S = 4.0
M_ARENA_MAX = -8
"""Parameter of `mallopt` in glibc's malloc.h."""
SPARE_IN_S = 2.0
"""Seconds until the spare worker starts: its imports would take the cores from the page, which starts meanwhile."""


def main() -> None:
    """Serve on HOST and PORT; on a Space neither is set, and Gradio's own settings decide. A mistake exits with 2."""
    port = os.environ.get("PORT")
    try:
        serve(os.environ.get("HOST"), whole_number("PORT", port, 1, 65535) if port else None)
    except (UserError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        sys.exit(2)


def serve(host: str | None, port: int | None) -> None:
    """Serve the page, with a supervisor of workers, until it is interrupted."""
    check_address(host, port)
    # glibc's malloc keeps two arenas instead of eight per core, so that threads reuse what others have freed.
    with suppress(AttributeError, OSError, TypeError):  # only glibc has the function
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    service = Service.from_environment(host)
    settings = service.settings
    for name, nearest in unread_variables(os.environ).items():
        meant = f"; the nearest is {nearest}" if nearest else ""
        print(f"{name}: no setting has this name, so it changes nothing{meant}", file=sys.stderr, flush=True)
    _check_settings(service)
    limit_pillow(UPLOAD_LIMITS)
    # Tools of MCP are the same endpoints; the pushed copy of a Space has the extra.
    if find_spec("mcp"):
        os.environ.setdefault("GRADIO_MCP_SERVER", "True")
    # A caption that is scored here shares the cores with a worker, and a second thread would slow both.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # A ZeroGPU Space looks for what needs a GPU when the server is launched.
    supervisor = Supervisor(service.store, settings, gpu_turn_factory() if settings.zero_gpu else spawn_worker)
    supervisor.start(spare_in_s=SPARE_IN_S)
    try:
        stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        with running_server(service, host, port) as blocks:
            print(f"* Running on {blocks.local_url}", flush=True)
            stop.wait()
    finally:
        supervisor.close()


def _check_settings(service: Service) -> None:
    """Raise `UserError` for settings whose faults would be found by Gradio, or by the first visitor."""
    for error in faulty_gradio_numbers(os.environ):
        raise error
    framing_origins(service.settings)
    open_folder = service.ledger.folder.parent
    if service.settings.open_folder and (fault := try_folder(open_folder)):
        raise UserError("EXPLORER_OPEN_FOLDER", open_folder, fault.replace("runs", "results"))


@contextmanager
def running_server(service: Service, host: str | None, port: int | None) -> Iterator[gr.Blocks]:
    """Serve meanwhile; the blocks are what Server mode makes of the API while it launches."""
    guard_connections(service.settings)
    server = build_server(service)
    # Gradio asks its own address, which a proxy of the environment does not reach.
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = ",".join(filter(None, (direct, "localhost", "127.0.0.1", host)))
    # A lifespan that is given to the constructor is dropped without a word.
    server.launch(
        server_name=host, server_port=port, app_kwargs={"lifespan": _server_lifespan(service)}, **LAUNCH_OPTIONS
    )
    blocks = server.get_blocks()
    GradioQueue(blocks).set_up(MAX_QUEUE_LENGTH)
    try:
        yield blocks
    finally:
        blocks.close(verbose=False)


def build_server(service: Service) -> gr.Server:
    """Return the server with its routes and its API, not launched."""
    server = gr.Server(
        title="CLIP Binding Explorer",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Guard, settings=service.settings, missing=missing_page),
            Middleware(QuestionMiddleware, settings=service.settings),
            Middleware(DescriptionMiddleware, settings=service.settings),
        ],
        exception_handlers={RequestValidationError: _error_answer, UserError: _error_answer, OSError: _error_answer},
    )
    server.router.routes += [
        *page_routes(service.store),
        *view_routes(service),
        *download_routes(service),
        Route(network.PING_PATH, lambda _: PlainTextResponse(network.NONCE)),
    ]
    for run, name, at_once in api_functions(service):
        server.api(run, name=name, concurrency_limit=at_once)
    return server


async def _error_answer(_: Request, error: Exception) -> Response:
    """Answer what a user can correct, a full disk, and what FastAPI finds wrong with a body of Gradio's routes."""
    if isinstance(error, UserError):
        return error_response(error)
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or "body"
        return error_response(RefusedError(422, field, str(first["msg"]).lower()))
    if isinstance(error, OSError) and is_disk_full(error):
        return error_response(RefusedError(507, "disk", NO_ROOM))
    raise error


def _server_lifespan(service: Service) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        """Sweep the rooms of classes, and exempt what the start has made from garbage collection."""
        start_sweeping(service.rooms)
        later = threading.Timer(EXEMPT_AFTER_S, exempt_imports)
        later.daemon = True
        later.start()
        yield
        later.cancel()

    return lifespan
