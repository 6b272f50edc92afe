"""The page and its files: one digest, kept for a year, compressed once; a wrong address is a page for a person."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from explorer.contract import CONTRACT
from explorer.resources import ASSETS
from explorer.web import page
from explorer.web.guard import VIEW_PATHS
from explorer.web.page import FIRST_VIEW, MEDIA_TYPES, read_site
from tests.web.conftest import client

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_STATIC = re.compile(r"""(?:from|^import)\s*["'](\.[^"']+)["']""", re.MULTILINE)


def address(name: str) -> str:
    return f"/page/{read_site().digest}/{name}"


@pytest.mark.slow
@pytest.mark.parametrize("place", ["", *VIEW_PATHS])
def test_the_page_stands_at_each_address(web: TestClient, place: str) -> None:
    answer = web.get(f"/{place}")
    assert answer.status_code == 200 and "<!doctype html>" in answer.text.lower()
    head = web.head(f"/{place}")
    assert (head.status_code, head.content) == (200, b"") and head.headers["etag"] == answer.headers["etag"]
    # The addresses of its files are relative, as a proxy may serve it below a prefix.
    files = re.findall(r'(?:src|href)="(page/[^"]+)"', answer.text)
    assert files and all(web.get(answer.url.join(each)).status_code == 200 for each in files)
    moved = web.get(f"/{place}/?lang=zh", follow_redirects=True) if place else answer
    assert moved.status_code == 200 and moved.url.path == f"/{place}", "a slash too much is taken away"


def test_the_page_imports_the_views_of_the_contract() -> None:
    """A script has to name what it imports, and the page imports a view before it has the contract."""
    script = (ASSETS / "page" / "address.js").read_text(encoding="utf-8")
    imported = re.findall(r'^  (\w+): \(\) => import\("\./(.+)"\),$', script, re.MULTILINE)
    assert imported == [(name, view.module.removeprefix("page/")) for name, view in CONTRACT.views.items()]
    assert all(view.module in (f"page/{name}/page.js", f"page/{name}.js") for name, view in CONTRACT.views.items())
    earlier = re.findall(r'^  (\w+): "(\w+)",$', script, re.MULTILINE)
    assert earlier == [(name, view) for view, row in CONTRACT.views.items() for name in row.old_names]
    marked = {view.part_of for view in CONTRACT.views.values()} - {""}
    assert all(CONTRACT.views[name].header == "bar" for name in marked)


def test_the_header_links_the_views(web: TestClient) -> None:
    page = web.get("/").text
    assert "<!--" not in page
    for name, view in CONTRACT.views.items():
        links = re.findall(rf'<a href="([^"]+)" data-view="{name}"[^>]*>([^<]*)</a>', page)
        assert len(links) == {"bar": 2, "menu": 1, "": 0}[view.header]  # a narrow screen has the bar in the menu
        assert set(links) <= {(name if view.has_address else f"?tab={name}", view.label or view.title)}


def test_it_is_compressed_and_known_again(web: TestClient) -> None:
    answer = web.get("/", headers={"accept-encoding": "br"})
    assert answer.headers["content-encoding"] == "br" and answer.headers["cache-control"] == "no-cache"
    assert answer.content == read_site().pages[FIRST_VIEW, ""]
    again = web.get("/", headers={"accept-encoding": "br", "if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = web.get("/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.headers["etag"] != answer.headers["etag"]


def test_a_file_is_kept_for_a_year_below_the_newest_digest_only(web: TestClient) -> None:
    newest = web.get(address("page/app.js"))
    assert newest.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert newest.headers["content-type"].startswith("text/javascript")
    older = web.get("/page/0123456789ab/page/app.js")
    assert older.content == newest.content and older.headers["cache-control"] == "no-cache"


def test_large_files_are_compressed_once_and_kept(web: TestClient, tmp_path: Path) -> None:
    answer = web.get(address(page.PLOTLY_FILE), headers={"accept-encoding": "br"})
    assert answer.headers["content-encoding"] == "br" and len(answer.content) > 4_000_000
    assert web.head(address(page.PLOTLY_FILE)).status_code == 200
    world = web.get(address("engine/worlds/things.json")).json()
    atlas = web.get(address(world["atlas"]["url"]), headers={"accept-encoding": "gzip"})
    assert atlas.headers["content-encoding"] == "gzip" and len(atlas.content) == world["atlas"]["bytes"]
    assert "immutable" in atlas.headers["cache-control"]


def test_nothing_else_is_served(web: TestClient) -> None:
    for name in ("../app.py", "..%2f..%2fapp.py", "page", "", "study/claims.json", "page/index.html", "PAGE/app.js"):
        answer = web.get(address(name))
        assert answer.status_code == 404 and "import" not in answer.text


def test_every_file_of_a_served_folder_has_a_kind_or_stays_here() -> None:
    folders = {path.suffix for folder in page.ASSET_FOLDERS for path in (ASSETS / folder).rglob("*") if path.is_file()}
    assert folders - set(MEDIA_TYPES) <= {".html", "", ".md", ".c", ".mjs"}, "files that the page could miss"


def test_the_page_announces_what_its_view_imports(web: TestClient) -> None:
    """By following the import statements anew: a module that is not announced is found a round trip later."""
    for at, view in (("/", "bench"), ("/?tab=evidence", "evidence"), ("/?tab=x", "bench"), ("/lesson", "lesson")):
        names, waiting = set(), {"page/app.js", CONTRACT.views[view].module}
        while waiting:
            name = waiting.pop()
            names.add(name)
            for each in _STATIC.findall((ASSETS / name).read_text(encoding="utf-8")):
                waiting |= {((ASSETS / name).parent / each).resolve().relative_to(ASSETS).as_posix()} - names
        announced = re.findall(r'rel="modulepreload" href="page/[^/]+/([^"]+)"', web.get(at).text)
        assert sorted(announced) == sorted(names)
    chinese = web.get("/about?lang=zh").text
    assert "/i18n/zh.json" in chinese and "/page/translate.js" in chinese and "/page/about.js" in chinese
    assert "/i18n/" not in web.get("/about?lang=xx").text


@pytest.mark.parametrize(
    ("name", "view"), [(name, view) for view, row in CONTRACT.views.items() for name in row.old_names]
)
def test_the_page_announces_the_same_for_a_name_of_an_earlier_version(name: str, view: str, web: TestClient) -> None:
    assert web.get(f"/{name}").text == web.get(f"/?tab={name}").text == web.get(f"/?tab={view}").text


def test_a_changed_file_is_another_digest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text('<head></head><script src="assets/page/app.js"></script>')
    (tmp_path / "page" / "app.js").write_text('import "./one.js";')
    monkeypatch.setattr(page, "ASSETS", tmp_path)
    monkeypatch.setattr(page, "ASSET_FOLDERS", ("page",))
    first = read_site()
    assert f'src="page/{first.digest}/page/app.js"'.encode() in first.pages[FIRST_VIEW, ""]
    assert read_site() is first
    (tmp_path / "page" / "app.js").write_text('import "./other.js";')
    assert read_site().digest != first.digest


def test_a_person_who_went_wrong_gets_a_page_with_a_link_home(web: TestClient) -> None:
    answer = web.get("/class/plam/<b>", headers=BROWSER)
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
    assert '<a href="/">' in answer.text and "<b>" not in answer.text and "&lt;b&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    chinese = web.get("/nothing?lang=zh", headers=BROWSER).text
    assert "这个地址没有页面" in chinese and 'href="/?lang=zh"' in chinese
    for path in ("/runs/no-such-run.zip", address("nothing.js")):
        assert web.get(path, headers=BROWSER).headers["content-type"].startswith("text/html")


def test_a_program_gets_json(web: TestClient) -> None:
    answer = web.get("/nothing", headers={"accept": "application/json"})
    assert answer.status_code == 404
    error, said = answer.json()["error"], "address: there is nothing here"
    assert (error["field"], error["sentence"], answer.json()["detail"]) == ("address", said, said)


def test_a_prefix_of_a_proxy_is_no_part_of_the_address(tmp_path: Path) -> None:
    behind = TestClient(client(tmp_path).app, root_path="/sub", base_url="http://127.0.0.1")
    for prefix in ("", "/sub"):
        assert behind.get(f"{prefix}/lesson").status_code == 200
        assert behind.get(f"{prefix}/nothing", headers=BROWSER).text.count('href="/sub/"') == 1
