"""Commands that serve the page here (`app`), or write it as one HTML file without a server (`site`).

python -m explorer app [--host HOST] [--port PORT]
python -m explorer site --out DIR
"""

import os
from collections.abc import Iterator
from pathlib import Path

from explorer.codec import whole_number
from explorer.runs.store import RunStore
from explorer.settings import DEFAULT_PORT
from explorer.tools.options import Document


def app(*, host: str | None = None, port: str | None = None) -> Iterator[Document]:
    """Serve the page until it is interrupted.

    Args:
        host: address to serve; the default is HOST or 127.0.0.1, and 0.0.0.0 serves the network
        port: port to serve; the default is PORT or 7860
    """
    number = whole_number("port", port or os.environ.get("PORT") or str(DEFAULT_PORT), 1, 65535)
    # Gradio and the page take a second to import, so only this command pays for them.
    from explorer.web.server import serve

    serve(host or os.environ.get("HOST") or "127.0.0.1", number)
    return iter(())


def export_page(store: RunStore, name: str, path: Path) -> None:
    """Write a run or a shipped model as one HTML file."""
    from explorer.web.onefile import write_run

    write_run(store, name, path)


def site(*, out: Path, only: str = "") -> Document:
    """Write the app as one index.html that works without a server.

    Args:
        out: folder to write to
        only: write only this view with what it needs, for a frame: bench, inside, evidence, ask, scene, things,
            open, repeat, lesson or about
    """
    from explorer.web.onefile import write_site

    path = write_site(out, only)
    return {"file": str(path.resolve()), "bytes": path.stat().st_size}
