"""Commands that serve the page: `app` here, `space` as a Hugging Face Space, `site` as one HTML file without a server.

python -m explorer app [--host HOST] [--port PORT]
python -m explorer space --check [--quick] [--json]
python -m explorer space --push OWNER/NAME [--private] [--hardware KIND] [--static] [--dry-run]
python -m explorer site --out DIR
export_page(store, "things-bound", Path("tidy.html"))       # a run as one file, for `runs export`
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from explorer.cli.options import Document, folder
from explorer.errors import NO_VALUE, UserError
from explorer.resources import CHECKOUT
from explorer.runs.store import RunStore
from explorer.service.endpoints import whole_number
from explorer.settings import PORT


def add_space_command(command: Callable[..., Any]) -> None:
    """Register `space`; `command(name, run, show, help)` makes a command of the command line."""
    added = command("space", _space, _show, "check that this repository runs as a Hugging Face Space, or upload it")
    asked = added.add_mutually_exclusive_group(required=True)
    asked.add_argument("--check", action="store_true", help="print a table of checks; exit status 1 if one fails")
    asked.add_argument("--push", metavar="REPO", help="upload it as the Space NAME or OWNER/NAME")
    added.add_argument("--quick", action="store_true", help="with --check: do not start the app")
    added.add_argument("--private", action="store_true", help="with --push: make a private Space")
    added.add_argument("--hardware", metavar="KIND", help="with --push: for a new Space, for example zero-a10g")
    words = "with --push: the page of `site`, which needs no server"
    added.add_argument("--static", action="store_true", help=words)
    added.add_argument("--dry-run", action="store_true", help="with --push: only list the files of the upload")


def _space(options: argparse.Namespace) -> Iterator[Document]:
    of_push = {
        "--private": options.private,
        "--hardware": options.hardware,
        "--static": options.static,
        "--dry-run": options.dry_run,
    }
    for name, value in of_push.items() if options.check else {"--quick": options.quick}.items():
        if value:
            raise UserError(name, NO_VALUE, f"goes with {('--push' if options.check else '--check')} only")
    return _check(options) if options.check else _push(options)


def _check(options: argparse.Namespace) -> Iterator[Document]:
    """Yield the table, then exit with the status: the caller prints each document before asking for the next."""
    from explorer.space.space_checks import check
    from explorer.space.upload import staged

    with staged(CHECKOUT) as folder:
        document = check(folder, quick=options.quick)
    yield document
    if not document["ok"]:
        sys.exit(1)


def _push(options: argparse.Namespace) -> Iterator[Document]:
    from huggingface_hub import HfApi, get_token

    from explorer.space.upload import Sdk, check_target, kept, push, staged

    check_target(options.push, options.hardware)
    if options.static and options.hardware is not None:
        raise UserError("--hardware", options.hardware, "a static Space has none; leave it out")
    if not options.dry_run and get_token() is None:
        raise UserError("--push", options.push, "there is no token; log in with `hf auth login` or set HF_TOKEN")
    with staged_site() if options.static else staged(CHECKOUT, options.push) as folder:
        sizes = {name: (folder / name).stat().st_size for name in kept(folder)}
        url = None
        if not options.dry_run:
            sdk: Sdk = "static" if options.static else "gradio"
            url = push(folder, options.push, HfApi(), private=options.private, hardware=options.hardware, sdk=sdk)
    yield {"repo": options.push, "url": url, "private": options.private, "files": sizes, "bytes": sum(sizes.values())}


def _show(document: Document) -> str:
    if "checks" in document:
        return _show_checks(document)
    lines = [f"{size:>10,}  {name}" for name, size in document["files"].items()]
    done = f"uploaded to {document['url']}" if document["url"] else f"would be uploaded to {document['repo']}"
    return "\n".join([*lines, f"{len(lines)} files, {document['bytes'] / 1e6:.1f} MB, {done}"])


def _show_checks(document: Document) -> str:
    rows = document["checks"]
    lines = [f"{'ok' if row['ok'] else 'NO':4}{row['name']:16}{row['sentence']}" for row in rows]
    wrong = sum(not row["ok"] for row in rows)
    return "\n".join([*lines, "", f"{wrong} of {len(rows)} are wrong" if wrong else f"all {len(rows)} are right"])


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


def _app(options: argparse.Namespace) -> Iterator[Document]:
    """Serve until interrupted; yields nothing."""
    text = options.port or os.environ.get("PORT") or str(PORT)
    port = whole_number("port", text, 1, 65535)
    # Gradio and the page take a second to import, so only this command pays for them.
    from explorer.pages.app import serve

    serve(options.host or os.environ.get("HOST") or "127.0.0.1", port)
    yield from ()


def add_site_command(command: Callable[..., Any]) -> None:
    """Register `site`; `command(name, run, show, help)` makes a command of the command line."""
    added = command("site", _site, _show_site, "write the app as one index.html that works without a server")
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


def _site(options: argparse.Namespace) -> Document:
    from explorer.pages.site.twin import write_site

    path = write_site(options.out)
    return {"file": str(path.resolve()), "bytes": path.stat().st_size}


def _show_site(document: Document) -> str:
    return f"{document['file']}, {document['bytes'] / 1e6:.1f} MB"
