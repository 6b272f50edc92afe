"""Commands that serve the page: `app` here, `space` as a Hugging Face Space, `site` as one HTML file without a server.

python -m explorer app [--host HOST] [--port PORT]
python -m explorer space --check [--quick] [--json]
python -m explorer space --push OWNER/NAME [--private] [--hardware KIND] [--static] [--dry-run]
python -m explorer site --out DIR
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from explorer.codec import whole_number
from explorer.errors import NO_VALUE, UserError
from explorer.resources import CHECKOUT
from explorer.runs.store import RunStore
from explorer.settings import PORT
from explorer.tools.options import Document


def space(
    *,
    check: bool = False,
    push: str | None = None,
    quick: bool = False,
    private: bool = False,
    hardware: str | None = None,
    static: bool = False,
    dry_run: bool = False,
) -> Iterator[Document]:
    """Check that this repository runs as a Hugging Face Space, or upload it.

    Args:
        check: print a table of checks; exit status 1 if one fails
        push: upload it as the Space NAME or OWNER/NAME
        quick: with --check: do not start the app
        private: with --push: make a private Space
        hardware: with --push: for a new Space, for example zero-a10g
        static: with --push: the page of `site`, which needs no server
        dry_run: with --push: only list the files of the upload
    """
    if check == (push is not None):
        raise UserError("arguments", NO_VALUE, "one of --check and --push REPO is required")
    of_push = {"--private": private, "--hardware": hardware, "--static": static, "--dry-run": dry_run}
    for name, value in of_push.items() if check else {"--quick": quick}.items():
        if value:
            raise UserError(name, NO_VALUE, f"goes with {'--push' if check else '--check'} only")
    from huggingface_hub import HfApi, get_token

    from explorer import space as hub

    if push is None:
        with hub.staged(CHECKOUT) as folder:
            document = hub.check(folder, quick=quick)
        yield document  # which the caller prints before it asks for the next
        if not document["ok"]:
            sys.exit(1)
        return
    hub.check_target(push, hardware)
    if static and hardware is not None:
        raise UserError("--hardware", hardware, "a static Space has none; leave it out")
    if not dry_run and get_token() is None:
        raise UserError("--push", push, "there is no token; log in with `hf auth login` or set HF_TOKEN")
    with staged_site() if static else hub.staged(CHECKOUT, push) as folder:
        files, url = hub.sizes(folder), None
        if not dry_run:
            sdk: Literal["gradio", "static"] = "static" if static else "gradio"
            url = hub.push(folder, push, HfApi(), private=private, hardware=hardware, sdk=sdk)
    yield {"repo": push, "url": url, "private": private, "files": files, "bytes": sum(files.values())}


def app(*, host: str | None = None, port: str | None = None) -> Iterator[Document]:
    """Serve the page until it is interrupted.

    Args:
        host: address to serve, default HOST or 127.0.0.1; 0.0.0.0 serves the network
        port: port to serve, default PORT or 7860
    """
    number = whole_number("port", port or os.environ.get("PORT") or str(PORT), 1, 65535)
    # Gradio and the page take a second to import, so only this command pays for them.
    from explorer.web.server import serve

    serve(host or os.environ.get("HOST") or "127.0.0.1", number)
    return iter(())


def export_page(store: RunStore, name: str, path: Path) -> None:
    """Write a run or a shipped model as one HTML file."""
    from explorer.web.onefile import write_run

    write_run(store, name, path)


@contextmanager
def staged_site() -> Iterator[Path]:
    """Make the upload of a static Space in a temporary folder, as a context manager."""
    from explorer.space import write_static_front
    from explorer.web.onefile import write_site

    with TemporaryDirectory(prefix="site-") as made:
        write_site(Path(made))
        write_static_front(CHECKOUT, Path(made))
        yield Path(made)


def site(*, out: Path, only: str = "") -> Document:
    """Write the app as one index.html that works without a server.

    Args:
        out: folder to write to
        only: one view with what it needs, for a frame: workbench, inspect, study, scene, lesson or about
    """
    from explorer.web.onefile import write_site

    path = write_site(out, only)
    return {"file": str(path.resolve()), "bytes": path.stat().st_size}
