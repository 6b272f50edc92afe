"""Gradio's routes and the sizes of request bodies, for both guards of a public server.

path = app_path(scope)                    # "/gradio_api/queue/join", below the path of the app
EVENT_ROUTES.fullmatch(path)              # `name` is the API name, None if the body names the function
MAX_BODY_BYTES                            # of any request but an upload and an event that brings pictures
"""

import re

from starlette.types import Scope

MAX_UPLOAD_BYTES = 100_000_000
"""Bytes of an upload, and of an event that brings its pictures as data URIs."""
MAX_BODY_BYTES = 1_000_000
"""Bytes of any other request."""
_API = r"(?:/gradio_api)?"
EVENT_ROUTES = re.compile(rf"{_API}/(?:queue/join|(?:run|api|call|call/v2)/(?P<name>[^/]*))/?")
STREAM_ROUTES = re.compile(rf"{_API}/(?:queue/data|call/(?:v2/)?[^/]*/(?P<event>[^/]*))/?")
UPLOAD_ROUTES = re.compile(rf"{_API}/upload/?")
DISK_ROUTES = re.compile(rf"{UPLOAD_ROUTES.pattern}|/runs/[^/]*\.zip")
"""Requests that use the disk: an upload, a packed run."""
CLOSED_ROUTES = re.compile(
    rf"{_API}/(deep_link|monitoring|process_recording|component_server|custom_component|proxy=|stream/"
    r"|vibe|undo-vibe|dev/|run-history)"
)
"""Routes of Gradio that write a file, fetch a URL or reveal other visitors, and that this page does not use."""


def app_path(scope: Scope) -> str:
    """Return the path below that of the app, with one slash at its start."""
    path = str(scope["path"]).removeprefix(str(scope.get("root_path") or ""))
    return "/" + path.lstrip("/")
