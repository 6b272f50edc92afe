"""Files that a person takes away or brings: a run as a zip, the frozen evidence of a claim.

    download_routes(service)
    # GET runs/<id>.zip, runs/<id>.html, and study/<claim> with each end of `STUDY_FILES`, as study/methods.html
    # POST bring: a run's zip as the body, the key of its new owner in the header X-Owner-Key
    # POST class/model?code=KRTM: the weights that a pupil's device has trained, and the pupil's key

A name is looked up and is never a path.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from explorer.errors import NO_VALUE, BusyError, UserError
from explorer.files import cache_by_file_time
from explorer.runs.archive import export_zip
from explorer.runs.store import RunStore
from explorer.study.evidence_store import FileKind, evidence_file
from explorer.views.classroom import check_model_hand_in, hand_in_model
from explorer.views.run_acts import check_uploads_allowed, import_upload
from explorer.views.service import KEY_PATTERN, Service
from explorer.web.gradio_import import LocalContext, gr
from explorer.web.guard import NO_STORE, RefusedError, charged_endpoint, compute
from explorer.web.onefile import run_page
from explorer.web.view_routes import KEY_HEADER

STUDY_FILES: dict[str, tuple[FileKind, str]] = {
    "parquet": ("parquet", "application/vnd.apache.parquet"),
    "svg": ("svg", "image/svg+xml"),
    "csv": ("parquet", "text/csv"),
    "png": ("png", "image/png"),
    "html": ("html", "text/html"),
}
"""By the end of an address: the file that holds it, and its media type."""
MODEL_UPLOAD_S = 120.0
"""Seconds in which the model of a phone comes: those of thirty share one network."""


def download_routes(service: Service) -> list[Route]:
    """Return the routes of runs to take away and to bring, of models of a class, and of files of the evidence."""

    def send_run(request: Request) -> Response:
        folder = service.store.find(request.path_params["run"])
        if folder is None:
            raise RefusedError(404, "run", "there is no such run here")
        path = _temporary_file()
        try:
            export_zip(folder, path)
        except (OSError, ValueError) as error:
            path.unlink()
            reason = error.reason if isinstance(error, UserError) else "its files cannot be read"
            if str(path) in str(error):  # the path of a temporary file does not help the user
                reason = "cannot be packed now; it was deleted, or this server's disk is full"
            raise RefusedError(409, f"run={folder.run}", reason) from None
        return _attachment(path, f"{folder.run}.zip", "application/zip")

    def send_page(request: Request) -> Response:
        name = request.path_params["run"]
        content = _page_of_run(service.store, name)
        path = _temporary_file()
        try:
            path.write_bytes(content)
        except OSError:
            path.unlink()
            raise
        return _attachment(path, f"{name}.html", "text/html")

    async def bring_run(request: Request) -> Response:
        key = request.headers.get(KEY_HEADER, "")
        if not KEY_PATTERN.fullmatch(key):
            raise UserError(KEY_HEADER, NO_VALUE, "give the key of this browser")
        check_uploads_allowed(service.settings)
        async with _body_file(request) as path:
            folder = await compute(request, import_upload, service.store, service.settings, path, key)
        return JSONResponse({"run": folder.run}, headers={"Cache-Control": NO_STORE})

    scoring = asyncio.Lock()
    turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take_model(request: Request) -> Response:
        code, key = request.query_params.get("code", ""), request.headers.get(KEY_HEADER, "")
        LocalContext.request.set(gr.Request(request))  # who gives wrong codes is asked of Gradio
        room = await compute(request, check_model_hand_in, service, code, key)
        # Thirty phones land within a minute. They send side by side, as one may be slow on purpose. One model of a room
        # waits at a time, so that many of one keep no other waiting.
        async with _body_file(request, MODEL_UPLOAD_S) as path, turns.setdefault(room, asyncio.Lock()), scoring:
            share = await compute(request, hand_in_model, service, room, key, path)
        return JSONResponse({"share": share}, headers={"Cache-Control": NO_STORE})

    return [
        Route("/runs/{run}.zip", charged_endpoint(send_run)),
        Route("/runs/{run}.html", charged_endpoint(send_page)),
        Route("/bring", bring_run, methods=["POST"]),
        Route("/class/model", take_model, methods=["POST"]),
        *(Route(f"/study/{{claim}}.{end}", charged_endpoint(_send_evidence)) for end in STUDY_FILES),
    ]


def _page_of_run(store: RunStore, name: str) -> bytes:
    folder = store.find(name)
    try:
        files = [(each.name, each.stat().st_mtime_ns) for each in os.scandir(folder.path)] if folder else []
        return packed_page(store, name, tuple(sorted(files)))
    except FileNotFoundError:  # it was deleted meanwhile
        raise RefusedError(404, "run", "there is no such run here") from None
    except UserError as error:
        raise RefusedError(409 if folder else 404, error.field, error.reason) from None


@lru_cache(maxsize=1)
def packed_page(store: RunStore, name: str, _files: tuple[tuple[str, int], ...]) -> bytes:
    """Return the file of a run. The page asks for its size before it may ask for the file, so the newest is kept.

    It is packed anew once another of the run's files was written.
    """
    return run_page(store, name).encode()


def _send_evidence(request: Request) -> Response:
    """Answer the frozen rows of a claim, as a file or as CSV, or its picture."""
    end = request.url.path.rpartition(".")[2]
    kind, media_type = STUDY_FILES[end]
    path = evidence_file(request.path_params["claim"], kind)
    if path is None:
        raise RefusedError(404, "claim", "there is no such evidence here")
    if end != "csv":
        disposition = "inline" if end == "html" else "attachment"
        return FileResponse(path, media_type=media_type, filename=path.name, content_disposition_type=disposition)
    named = {"Content-Disposition": f'attachment; filename="{path.stem}.csv"', "Cache-Control": NO_STORE}
    return Response(_read_as_csv(path), media_type=media_type, headers=named)


@cache_by_file_time(16)
def _read_as_csv(path: Path) -> bytes:
    from pandas import read_parquet

    return str(read_parquet(path).to_csv(index=False)).encode()


class _TemporaryFileResponse(FileResponse):
    """A file that goes with its answer, whatever that is: starlette's background task waits for a whole one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and delete the file; a range that it does not have is an answer too."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            Path(self.path).unlink(missing_ok=True)


def _attachment(path: Path, name: str, media_type: str) -> Response:
    """Answer a temporary file: what nobody reads stays on the disk, not in the memory."""
    size = str(path.stat().st_size)  # a body that is compressed on its way tells fewer bytes
    headers = {"Cache-Control": NO_STORE, "X-File-Bytes": size}
    return _TemporaryFileResponse(path, filename=name, media_type=media_type, headers=headers)


@asynccontextmanager
async def _body_file(request: Request, seconds: float | None = None) -> AsyncIterator[Path]:
    """Write the body, of which the guard cuts what is too large, to a temporary file; refuse one that is too slow."""
    path = _temporary_file()
    try:
        await _write_body(request, path, seconds)
        yield path
    except RefusedError:
        raise  # by the guard, with a status of its own
    except UserError as error:
        # Its value may be the path of the temporary file.
        raise type(error)(error.field, NO_VALUE, error.reason) from None
    finally:
        path.unlink()


async def _write_body(request: Request, path: Path, seconds: float | None) -> None:
    try:
        with path.open("wb") as file:
            async with asyncio.timeout(seconds):
                async for part in request.stream():
                    file.write(part)
    except TimeoutError:
        if seconds is None:
            raise
        raise BusyError(
            "model",
            NO_VALUE,
            "came too slowly; it has to arrive within {seconds} s, so try again",
            seconds=f"{seconds:.0f}",
        ) from None


def _temporary_file() -> Path:
    handle, path = tempfile.mkstemp(suffix=".zip")
    os.close(handle)
    return Path(path)
