"""Routes of the page's own scripts and styles.

    launch(app_kwargs={"routes": static_routes()})      # GET /explorer-assets/js/lesson.js, .../css/page.css

Only the files of the table are served. A browser revalidates its copy each time, which transfers no body.
"""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.pages.server.plotly_routes import PREFIX
from explorer.resources import ASSETS

KINDS = {".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".html": "text/html"}
MODULES = ("engine", "scene", "workbench", "classroom")
"""Folders of ES modules, which import each other by their relative paths."""
SERVED = (
    "js/lesson.js",
    "js/teach.js",
    "js/theme.js",
    "css/roles.css",
    "css/plain.css",
    "css/lesson.css",
    "css/page.css",
    "css/scene.css",
    "scene.html",
    "css/workbench.css",
    "css/classroom.css",
    *sorted(
        path.relative_to(ASSETS).as_posix() for folder in MODULES for path in (ASSETS / "js" / folder).glob("*.js")
    ),
)


def static_routes() -> list[Route]:
    """Return one route per file of `SERVED`."""
    return [_route(ASSETS / name, f"{PREFIX}/{name}") for name in SERVED]


def _route(path: Path, address: str) -> Route:
    def serve(request: Request) -> Response:
        data = path.read_bytes()
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(data, headers=headers, media_type=KINDS[path.suffix])

    return Route(address, serve, methods=["GET"])
