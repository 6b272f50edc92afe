"""A run as one zip by its link: GET runs/<id>.zip, read-only like every link to a run.

routes = run_routes(store)        # for launch(app_kwargs={"routes": routes})
"""

import os
import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from explorer.runs.archive import export_zip
from explorer.runs.store import RunStore
from explorer.spec import SpecError


def run_routes(store: RunStore) -> list[Route]:
    """The one route; its name is looked up in the store and is never a path."""

    def download(request: Request) -> Response:
        run = request.path_params["run"]
        folder = store.find(run)
        if folder is None:
            return PlainTextResponse("There is no such run here.", status_code=404)
        handle, path = tempfile.mkstemp(suffix=".zip")
        os.close(handle)
        try:
            export_zip(folder, Path(path))
        except (OSError, ValueError) as error:
            os.unlink(path)
            said = str(error) if isinstance(error, SpecError) else f"run={folder.run}: its files cannot be read"
            return PlainTextResponse(said, status_code=409)
        return FileResponse(path, filename=f"{folder.run}.zip", background=BackgroundTask(os.unlink, path))

    return [Route("/runs/{run}.zip", download)]
