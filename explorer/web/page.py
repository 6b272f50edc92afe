"""The page and the files that it reads, all below one digest of their content, so that a browser keeps them for a year.

    page_routes(store)
    # GET /, /lesson, /class, ...        assets/page/index.html, with assets/ replaced by page/<digest>/
    # GET /page/<digest>/page/app.js     assets/page/app.js; the other folders of `ASSET_FOLDERS` likewise
    # GET /page/<digest>/engine/worlds/things.json, engine/models.json, engine/atlas/..., engine/weights/...
    # GET /page/<digest>/plotly.min.js   the script of the Python package

Modules import each other and read data by addresses relative to their own, which inherit the digest. A page that was
opened before an update asks below an older digest: it gets the files of today, not to be kept.
"""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from explorer.contract import CONTRACT, PageView, find_view
from explorer.files import digest_of_file
from explorer.resources import ASSETS, asset_text
from explorer.runs.store import RunStore
from explorer.web.engine_files import engine_routes
from explorer.web.files import CACHE_FOR_A_YEAR, Asset, body_response, compress_once, compressed_response
from explorer.web.guard import VIEW_PATHS, RefusedError, app_path, charged_endpoint
from explorer.web.modules import collect_modules

ASSET_FOLDERS = ("page", "engine", "css", "i18n", "recordings", "lessons", "classroom")
MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
}
INDEX_PAGE = "page/index.html"
PLOTLY_FILE = "plotly.min.js"
SHELL_MODULE, TRANSLATOR_MODULE, FIRST_VIEW = "page/app.js", "page/translate.js", next(iter(CONTRACT.views))
"""The modules that start and translate the page, and the view that it shows where the address names none."""
LONGEST_SHOWN_PATH, RESCAN_S = 80, 10
_LANGUAGE = re.compile(rb"(?:^|&)lang=([a-z-]+)")


@dataclass(frozen=True, kw_only=True)
class SiteFiles:
    """The files of the page as they are now by their names below the assets, their digest, and the HTML.

    The HTML is of a view in a language, "" for English: its head announces their modules and the table of the words.
    """

    files: Mapping[str, Path]
    digest: str
    pages: Mapping[tuple[str, str], bytes]


def page_routes(store: RunStore, cache: Path | None = None) -> list[Route]:
    """Return the routes; `cache` overrides the platform's folder of compressed files."""
    below = "/page/{digest}"
    return [
        # HEAD too, or Gradio's own page answers it.
        *(Route(f"/{path}", charged_endpoint(_index), methods=["GET", "HEAD"]) for path in ("", *VIEW_PATHS)),
        *(Route(f"/{path}", _redirect) for path in ("class/plan", *(f"{each}/" for each in VIEW_PATHS))),
        *engine_routes(store, below, cache),
        Route(
            f"{below}/{PLOTLY_FILE}",
            charged_endpoint(lambda request: compressed_response(request, _plotly_asset(), cache)),
        ),
        Route(f"{below}/{{name:path}}", charged_endpoint(_file)),
    ]


def read_site() -> SiteFiles:
    """Return the page and its files; they are read again once one of them has changed."""
    every = (path for folder in ASSET_FOLDERS for path in sorted((ASSETS / folder).rglob("*")))
    paths = [path for path in every if path.suffix in MEDIA_TYPES or path == ASSETS / INDEX_PAGE]
    return _build_site(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


def _recent_site() -> SiteFiles:
    """Return the site as it was at the first request of some seconds: a visit asks for fifty files."""
    return _site_of_moment(int(time.monotonic() / RESCAN_S))


@lru_cache(maxsize=1)
def _site_of_moment(_moment: int) -> SiteFiles:
    return read_site()


@lru_cache(maxsize=1)
def _build_site(stats: tuple[tuple[Path, int, int], ...]) -> SiteFiles:
    files = {path.relative_to(ASSETS).as_posix(): path for path, _, _ in stats}
    digest = hashlib.sha256()
    for name, path in files.items():
        digest.update(f"{name} {path.stat().st_size} ".encode() + path.read_bytes())
    tag = digest.hexdigest()[:12]
    html = link_views(files.pop(INDEX_PAGE).read_text(encoding="utf-8")).replace('="assets/', f'="page/{tag}/')
    pages = {}
    for language in ("", *(Path(name).stem for name in files if name.startswith("i18n/"))):
        table = f'<link rel="preload" as="fetch" crossorigin href="page/{tag}/i18n/{language}.json">\n'
        for view, row in CONTRACT.views.items():
            names = collect_modules([*([TRANSLATOR_MODULE] if language else []), SHELL_MODULE, row.module])
            links = "".join(f'<link rel="modulepreload" href="page/{tag}/{name}">\n' for name in names)
            pages[view, language] = html.replace("</head>", f"{table if language else ''}{links}</head>", 1).encode()
    return SiteFiles(files=files, digest=tag, pages=pages)


@lru_cache
def word_tables() -> dict[str, dict[str, str]]:
    """Return the words of each language but English by the English ones."""
    return {path.stem: json.loads(asset_text(f"i18n/{path.name}")) for path in sorted((ASSETS / "i18n").glob("*.json"))}


def link_views(page: str) -> str:
    """Put the links to the views into the header of the page as it is written."""
    for part in ("bar", "menu"):
        links = "".join(_view_link(name, view) for name, view in CONTRACT.views.items() if view.header == part)
        page = page.replace(f"<!-- views of the {part} -->", links)
    return page


def _view_link(name: str, view: PageView) -> str:
    href, label = name if view.has_address else f"?tab={name}", escape(view.label or view.title)
    return f'<a href="{href}" data-view="{name}" data-label="{label}">{label}</a>'


def _index(request: Request) -> Response:
    """Answer the page for the view and the language that the address asks for."""
    pages, query = read_site().pages, request.query_params
    named, language = app_path(request.scope).strip("/") or query.get("tab", ""), query.get("lang", "")
    view = find_view(named) or FIRST_VIEW
    content = pages.get((view, language), pages[view, ""])
    return body_response(request, content, "text/html", "no-cache", compress_once)


def _redirect(request: Request) -> Response:
    """Lead to an address without its slash, and to the plan of a class from that of earlier versions."""
    name, query = request.url.path.rstrip("/").rpartition("/")[2], request.url.query
    plan = ["plan=1"] if name == "plan" else []
    parameters = "&".join(plan + ([query] if query else []))
    return RedirectResponse(f"../{'class' if plan else name}" + (f"?{parameters}" if parameters else ""))


def _file(request: Request) -> Response:
    name, digest = request.path_params["name"], request.path_params["digest"]
    files = _recent_site()
    if files.digest != digest:
        files = read_site()
    if name not in files.files:
        raise RefusedError(404, "file", "there is no such file here; reload the page")
    cache_control = CACHE_FOR_A_YEAR if digest == files.digest else "no-cache"
    path = files.files[name]
    return body_response(request, path.read_bytes(), MEDIA_TYPES[path.suffix], cache_control, compress_once)


def missing_page(scope: Scope) -> Response:
    """Return what a person sees who follows a wrong address, in the language of the address."""
    given = _LANGUAGE.search(scope["query_string"])
    language = given[1].decode() if given else "en"
    words = word_tables().get(language, {})
    title, link = (words.get(text, text) for text in ("There is no page at this address", "To the explorer"))
    root, tag = escape(str(scope.get("root_path") or "")), _recent_site().digest
    html = (
        f'<!doctype html><html lang="{language if words else "en"}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{root}/page/{tag}/css/shell.css"></head><body><main class="view-failed">'
        f"<h1>{title}</h1><p><code>{escape(app_path(scope)[:LONGEST_SHOWN_PATH])}</code></p>"
        f'<p><a href="{root}/{f"?lang={language}" if words else ""}">{link}</a></p></main></body></html>'
    )
    return HTMLResponse(html, status_code=404)


@lru_cache
def _plotly_asset() -> Asset:
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package plotly is not installed.")
    source = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    digest = digest_of_file(source)[:16]
    return Asset(name=f"plotly-{digest}.min.js", media_type="text/javascript", read=source.read_bytes)
