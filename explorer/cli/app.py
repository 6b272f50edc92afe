"""The command `app`: serve the page.

python -m explorer app [--host HOST] [--port PORT]
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

from explorer.cli.options import Document
from explorer.service.endpoints import whole_number

PORT = 7860


def add_app_command(command: Callable[..., Any]) -> None:
    """Register `app` with the parser of the command line.

    Args:
        command: `command(name, run, show, help)` adds a command and returns its parser.
    """
    added = command("app", _app, str, "serve the page")
    added.add_argument(
        "--host", metavar="HOST", help="address to serve, default HOST or 127.0.0.1; 0.0.0.0 serves the network"
    )
    added.add_argument("--port", metavar="PORT", help=f"port to serve, default PORT or {PORT}")


def _app(options: Any) -> Iterator[Document]:
    """Serve until interrupted; yields nothing."""
    text = options.port or os.environ.get("PORT") or str(PORT)
    port = whole_number("port", text, 1, 65535)
    # Gradio and the page take a second to import, so only this command pays for them.
    from explorer.pages.app import serve

    serve(options.host or os.environ.get("HOST") or "127.0.0.1", port)
    yield from ()
