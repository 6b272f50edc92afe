"""Files that a person takes away or brings: a run as a zip, the frozen evidence of a claim.

    download_routes(service)
    # GET runs/<id>.zip, runs/<id>.html, study/<claim>.parquet, study/<claim>.csv, study/<claim>.svg
    # POST bring: a run's zip as the body, the key of its new owner in the header X-Owner-Key
    # POST class/model?code=KRTM: the weights that a pupil's device has trained, and the pupil's key

A name is looked up and is never a path.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import gradio as gr
from gradio.context import LocalContext
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from explorer.classroom.models import MOST_BYTES as MOST_MODEL
from explorer.errors import NO_VALUE, LimitError, UserError
from explorer.runs.archive import export_zip
from explorer.runs.files import NO_ROOM, is_full
from explorer.study.evidence_store import Kind, file_of
from explorer.views.classroom import hand_in, may_hand_in
from explorer.views.runs import bring, may_bring
from explorer.views.service import KEY, Service
from explorer.web.guard import refused
from explorer.web.onefile import run_page
from explorer.web.view_routes import KEY_HEADER, PRIVATE, is_own_page

STUDY_FILES: dict[Kind, str] = {"parquet": "application/vnd.apache.parquet", "svg": "image/svg+xml"}
MOST_ZIP = 64_000_000
"""Bytes of a run that is brought."""
MODEL_S = 30.0
"""Seconds in which the model of one phone comes, while those of others wait."""


def download_routes(service: Service) -> list[Route]:
    """Return the routes."""

    def run(request: Request) -> Response:
        folder = service.store.find(request.path_params["run"])
        if folder is None:
            return refused(404, "run", "there is no such run here")
        path = _temporary()
        try:
            export_zip(folder, path)
        except (OSError, ValueError) as error:
            path.unlink()
            said = error.reason if isinstance(error, UserError) else "its files cannot be read"
            if str(path) in str(error):  # the path of a temporary file does not help the user
                said = "cannot be packed now; it was deleted, or this server's disk is full"
            return refused(409, f"run={folder.run}", said)
        return FileResponse(path, filename=f"{folder.run}.zip", background=BackgroundTask(os.unlink, path))

    def page(request: Request) -> Response:
        name = request.path_params["run"]
        try:
            content = run_page(service.store, name)
        except UserError as error:
            return refused(404 if service.store.find(name) is None else 409, error.field, error.reason)
        named = {"Content-Disposition": f'attachment; filename="{name}.html"', "Cache-Control": "no-store"}
        return Response(content, media_type="text/html", headers=named)

    async def brought(request: Request) -> dict[str, Any]:
        key = request.headers.get(KEY_HEADER, "")
        if not KEY.fullmatch(key):
            raise UserError(KEY_HEADER, NO_VALUE, "give the key of this browser")
        may_bring(service.settings)
        async with _body(request, MOST_ZIP) as path:
            return {"run": (await run_in_threadpool(bring, service.store, service.settings, path, key)).run}

    turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
    scoring = asyncio.Lock()

    async def model(request: Request) -> dict[str, Any]:
        code, key = request.query_params.get("code", ""), request.headers.get(KEY_HEADER, "")
        LocalContext.request.set(gr.Request(request))  # who gives wrong codes is asked of Gradio
        room = await run_in_threadpool(may_hand_in, service, code, key)
        # Thirty phones land within a minute: the others wait before they have sent more than a few packets. A room
        # waits for its own phones only: those of another may be slow on purpose.
        async with turns.setdefault(room, asyncio.Lock()), _body(request, MOST_MODEL, MODEL_S) as path, scoring:
            return {"share": await run_in_threadpool(hand_in, service, room, key, path)}

    return [
        Route("/runs/{run}.zip", run),
        Route("/runs/{run}.html", page),
        Route("/bring", _taken(brought), methods=["POST"]),
        Route("/class/model", _taken(model), methods=["POST"]),
        Route("/study/{claim}.csv", _table),
        *(_study_route(kind, media_type) for kind, media_type in STUDY_FILES.items()),
    ]


def _taken(take: Callable[[Request], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[Response]]:
    """Return the route of a function that takes a file from a page of this server."""

    async def route(request: Request) -> Response:
        if not is_own_page(request):
            return refused(403, "origin", "only a page of this server may do that")
        try:
            return JSONResponse(await take(request), headers={"Cache-Control": PRIVATE})
        except UserError as error:
            status = 429 if isinstance(error, LimitError) else 422
            return refused(status, error.field, error.reason)  # its value may be a temporary file
        except OSError as error:
            if not is_full(error):
                raise
            return refused(507, "disk", NO_ROOM)

    return route


@asynccontextmanager
async def _body(request: Request, most: int, seconds: float | None = None) -> AsyncIterator[Path]:
    """Write the body to a temporary file, piece by piece; raise `UserError` for one that is too large or too slow."""
    path, size = _temporary(), 0
    try:
        with path.open("wb") as file:
            async with asyncio.timeout(seconds):
                async for part in request.stream():
                    size += len(part)
                    if size > most:
                        raise UserError("file", NO_VALUE, f"has at most {most // 1_000_000} MB")
                    file.write(part)
        yield path
    except TimeoutError:
        raise LimitError("class-model", NO_VALUE, f"came too slowly, it has {seconds:.0f} s; try again") from None
    finally:
        path.unlink()


def _temporary() -> Path:
    handle, path = tempfile.mkstemp(suffix=".zip")
    os.close(handle)
    return Path(path)


def _study_route(kind: Kind, media_type: str) -> Route:
    def download(request: Request) -> Response:
        path = _evidence(request, kind)
        if path is None:
            return _no_evidence()
        return FileResponse(path, media_type=media_type, filename=path.name)

    return Route(f"/study/{{claim}}.{kind}", download)


def _table(request: Request) -> Response:
    """Answer the rows of a claim as CSV."""
    path = _evidence(request, "parquet")
    if path is None:
        return _no_evidence()
    from pandas import read_parquet

    named = {"Content-Disposition": f'attachment; filename="{path.stem}.csv"'}
    return Response(read_parquet(path).to_csv(index=False), media_type="text/csv", headers=named)


def _evidence(request: Request, kind: Kind) -> Path | None:
    with suppress(UserError):
        return file_of(request.path_params["claim"], kind)
    return None


def _no_evidence() -> Response:
    return refused(404, "claim", "there is no such evidence here")
