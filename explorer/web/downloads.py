"""Files that a person takes away or brings: a run as a zip, the frozen evidence of a claim.

routes = download_routes(service)
# GET runs/<id>.zip, study/<claim>.parquet, study/<claim>.svg, study/<claim>.csv; POST bring, a zip of a run
"""

import os
import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from explorer.errors import UserError
from explorer.runs.archive import export_zip
from explorer.service.service import Service
from explorer.study.evidence_store import Kind, file_of

STUDY_FILES: dict[Kind, str] = {"parquet": "application/vnd.apache.parquet", "svg": "image/svg+xml"}


def download_routes(service: Service) -> list[Route]:
    """Return the routes; a name is looked up and is never a path."""

    def run(request: Request) -> Response:
        folder = service.store.find(request.path_params["run"])
        if folder is None:
            return PlainTextResponse("There is no such run here.", status_code=404)
        handle, path = tempfile.mkstemp(suffix=".zip")
        os.close(handle)
        try:
            export_zip(folder, Path(path))
        except (OSError, ValueError) as error:
            Path(path).unlink()
            said = str(error) if isinstance(error, UserError) else f"run={folder.run}: its files cannot be read"
            if path in said:  # the path of a temporary file does not help the user
                said = f"run={folder.run}: cannot be packed now; it was deleted, or this server's disk is full"
            return PlainTextResponse(said, status_code=409)
        return FileResponse(path, filename=f"{folder.run}.zip", background=BackgroundTask(os.unlink, path))

    return [Route("/runs/{run}.zip", run), *(_study_route(kind, media) for kind, media in STUDY_FILES.items())]


def _study_route(kind: Kind, media_type: str) -> Route:
    def download(request: Request) -> Response:
        try:
            path = file_of(request.path_params["claim"], kind)
        except UserError:
            path = None
        if path is None:
            return PlainTextResponse("There is no such evidence here.", status_code=404)
        return FileResponse(path, media_type=media_type, filename=path.name)

    return Route(f"/study/{{claim}}.{kind}", download)
