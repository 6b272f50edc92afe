"""Command `site`: the twin of the app as one HTML file that needs no server.

    python -m explorer site --out DIR
    export_page(store, "things-bound", Path("tidy.html"))       # a run as one file, for `runs export`

add_site_command(command)               # registers it with the parser of cli
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from explorer.cli.options import Document, folder
from explorer.resources import CHECKOUT
from explorer.runs.store import RunStore


def add_site_command(command: Callable[..., Any]) -> None:
    """Register `site`; `command(name, run, show, help)` makes a command of the command line."""
    added = command("site", _site, _show, "write the app as one index.html that works without a server")
    added.add_argument("--out", required=True, type=folder, metavar="DIR", help="folder to write to")


def export_page(store: RunStore, name: str, path: Path) -> int:
    """Write a run or a shipped model as one HTML file; return its size in bytes."""
    # Templates and scripts belong to the pages, which take a second to import.
    from explorer.pages.site.run_file import write_run

    return write_run(store, name, path)


@contextmanager
def staged_site() -> Iterator[Path]:
    """Make the upload of a static Space in a temporary folder, as a context manager."""
    from explorer.pages.site.twin import write_site
    from explorer.space.upload import write_static_front

    with TemporaryDirectory(prefix="site-") as made:
        write_site(Path(made))
        write_static_front(CHECKOUT, Path(made))
        yield Path(made)


def _site(options: Any) -> Document:
    from explorer.pages.site.twin import write_site

    path = write_site(options.out)
    return {"file": str(path.resolve()), "bytes": path.stat().st_size}


def _show(document: Document) -> str:
    return f"{document['file']}, {document['bytes'] / 1e6:.1f} MB"
