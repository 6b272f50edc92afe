"""The page as one HTML file that opens without a server or network: all of it, one view, or a run.

    write_site(Path("site"))          # site/index.html, at most MAX_SITE_BYTES
    site_page(only="evidence")        # its text, with what one view needs
    run_page(store, "web-like-3f2a")  # a run or a shipped model, at most MAX_RUN_BYTES

The file is `assets/page/index.html` with styles, modules, worlds, weights, recordings and frozen answers inside. A page
from file:// can import no file, so `assets/page/file.js` turns the texts of `collect_modules` into Blobs.
"""

import base64
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from explorer.clip.checked_files import ModelFileError, convert_to_half, count_numbers, read_header
from explorer.clip.names import WEIGHTS_FILE, shipped_names
from explorer.contract import CONTRACT, find_view
from explorer.errors import UserError, catch_write_errors
from explorer.evaluation.metrics import SHARE_METRICS
from explorer.evaluation.results import Scores, same_forms
from explorer.resources import ASSETS, asset_text
from explorer.runs.files import replace_named_file
from explorer.runs.state import TrainingState, read_run, recording_names
from explorer.runs.store import RunStore
from explorer.runs.tab_training import describe_tab_training
from explorer.sentences import with_sentences
from explorer.settings import LOCAL
from explorer.study.evidence_store import chain_names
from explorer.views.registry import encode_answer, entries
from explorer.views.run_record import RunRecord, page_record
from explorer.views.service import Service
from explorer.web.engine_files import atlas_asset, model_folder, model_record, world_record
from explorer.web.files import compressed_file
from explorer.web.modules import PageModule, check_imports, collect_modules
from explorer.web.page import link_views, word_tables
from explorer.world.own import noun_record
from explorer.world.things import THINGS
from explorer.world.worlds import WORLDS, get_world

MAX_SITE_BYTES, MAX_ONLY_BYTES, MAX_RUN_BYTES = 20_000_000, 6_200_000, 9_000_000
MAX_RUN_WEIGHTS = 2_300_000
"""Weights of a run that fit next to everything else: two bytes each, a third more as base64."""
SITE_FILE, SITE_WORLD = "index.html", THINGS.name
FIRST_MODEL = "things-web"
"""Model that asks before anything is trained."""
OFFLINE_VIEWS = tuple(name for name, view in CONTRACT.views.items() if not view.needs_server)
ENTRY_MODULES = ("page/app.js", "page/translate.js", "engine/worker.js", "engine/train/worker.js")
GZIP_LEVEL = 6
"""9 takes eight times as long for 3 % less."""
_STYLED = re.compile(r"""\bloadStyles\("([\w-]+)"\)|\[([^\]]*)\]\.(?:map|forEach)\(loadStyles\)""")
_FETCHED = re.compile(r'<(?:link rel="(?:stylesheet|preload)"|script type="module")[^>]*>(?:</script>)?\n?')
_STYLE = re.compile(r'<link rel="stylesheet" href="assets/css/([\w-]+)\.css">')


@dataclass(frozen=True, kw_only=True, slots=True)
class FileContent:
    """The content of a file: see `assets/page/frozen.js`; `models` are names in the store."""

    store: RunStore
    views: tuple[str, ...]
    opens: str
    records: Mapping[str, RunRecord]
    listed: tuple[str, ...]
    models: tuple[str, ...]
    title: str = ""
    world: str = SITE_WORLD
    report: Mapping[str, Any] | None = None

    @property
    def absent(self) -> tuple[str, ...]:
        """The views of the page that are not here."""
        return tuple(view for view in CONTRACT.views if view not in self.views)


def write_site(folder: Path, only: str = "") -> Path:
    """Write the page into a folder; return its path."""
    page = site_page(only)
    _check_size("only" if only else "out", only or str(folder), page, MAX_ONLY_BYTES if only else MAX_SITE_BYTES)
    _write("out", folder, folder / SITE_FILE, page)
    return folder / SITE_FILE


def site_page(only: str = "") -> str:
    """Return the whole page, or one of `OFFLINE_VIEWS` with what it needs."""
    with site_content(only) as content:
        return _render_page(content)


@contextmanager
def site_content(only: str = "") -> Iterator[FileContent]:
    """Return the content of the file of all views, or of one of `OFFLINE_VIEWS`, over an empty store."""
    view = find_view(only) if only else ""
    if only and view not in OFFLINE_VIEWS:
        raise UserError("only", only, "choose {choices}", choices=", ".join(OFFLINE_VIEWS))
    with TemporaryDirectory(prefix="site-") as folder:
        store = RunStore(Path(folder))
        yield FileContent(
            store=store,
            views=(view,) if view else OFFLINE_VIEWS,
            opens=f"?tab={view}&only={view}" if view else "",
            records={name: page_record(read_run(store, name)) for name in (*shipped_names(), *recording_names())},
            listed=recording_names(),
            models=shipped_names() if not view else (shipped_names()[-1],) if CONTRACT.views[view].asks_model else (),
        )


def write_run(store: RunStore, name: str, path: Path) -> int:
    """Write the file of a run; return its size in bytes."""
    _write("file", path, path, run_page(store, name))
    return path.stat().st_size


def run_page(store: RunStore, name: str) -> str:
    """Return the file of a run or a shipped model; raise `UserError` if there is none or it would be too large."""
    state = read_run(store, name)
    has_model = _may_carry_model(store, name, state.spec.data.world)
    own = replace(page_record(state), has_model=has_model)
    content = FileContent(
        store=store,
        views=tuple(
            each for each, view in CONTRACT.views.items() if view.is_of_run and (has_model or not view.asks_model)
        ),
        opens=f"?run={name}",
        records={FIRST_MODEL: page_record(read_run(store, FIRST_MODEL)), name: own},
        listed=(state.name,),
        models=(state.name,) if has_model else (),
        title=f"{own.title}: ",
        world=state.spec.data.world,
        report={"name": name, "spec": state.spec.to_json(), "rows": _report_rows(store, state)},
    )
    page = _render_page(content)
    _check_size("model", name, page, MAX_RUN_BYTES)
    return page


def _write(field: str, value: Path, path: Path, page: str) -> None:
    with catch_write_errors(field, value):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_named_file(path, page.encode())


def _report_rows(store: RunStore, state: TrainingState) -> list[dict[str, Any]]:
    """Return every metric of the full evaluation in each form, with interval, n and chance; none without one."""
    folder, final = store.find(state.name), state.final
    report = folder.report_if_any() if folder is not None else None
    kinds = ("binding", "recognition") if final is not None else ()
    scores = report.scores if report else Scores(canonical={f"{name}_accuracy": getattr(final, name) for name in kinds})
    twins = same_forms(scores)
    return [
        {"metric": name.replace("_", " "), "form": form, **encode_answer(each)}
        for form, metrics in scores.by_form()
        if form not in twins
        for name in SHARE_METRICS
        if (each := metrics.get(name)) and each.value is not None and each.chance is not None
    ]


def _check_size(field: str, value: str, page: str, most: int) -> None:
    if (size := len(page.encode())) > most:
        raise UserError(
            field,
            value,
            "its file would have {size} MB, at most {most} fit",
            size=f"{size / 1e6:.1f}",
            most=f"{most / 1e6:g}",
        )


def _may_carry_model(store: RunStore, name: str, world: str) -> bool:
    """Return True if the file can have the run's model: a small one, whose scenes the file draws."""
    if get_world(world).pictures:
        return False
    try:
        model_record(name, find_run_model=store.find_run_model)
        weights = model_folder(name, find_run_model=store.find_run_model) / WEIGHTS_FILE
        return count_numbers(read_header(weights)) <= MAX_RUN_WEIGHTS
    except (UserError, ModelFileError):
        return False


# ---- Answers of views


def _frozen_answers(content: FileContent) -> dict[str, Any]:
    """Return the answers that the views ask for, each view's with the parameters that choose one."""
    with TemporaryDirectory(prefix="site-") as folder:  # nothing of the computer that writes it
        service, views = Service(store=RunStore(Path(folder)), settings=LOCAL), content.views
        catalog = _ask_view("catalog", service) | {"mode": "", "device": "", "speeds": {}}
        answers: dict[str, Any] = {"catalog": _single_answer(catalog)}
        if {"bench", "lesson"} & {*views}:
            pairs = {
                each: _ask_view("pairs", service, world=each) for each in (SITE_WORLD, content.world) if each in WORLDS
            }
            answers["pairs"] = {"by": ["world"], "found": pairs}
        if "lesson" in views:
            answers["lesson"] = _single_answer(_ask_view("lesson", service))
        if "ask" in views:
            answers["examples"] = _single_answer(_ask_view("examples", service))
        if "open" in views:
            answers["open_questions"] = _single_answer(_ask_view("open_questions", service))
        if "evidence" in views:
            line = _ask_view("line", service) | {"pace": None}
            answers["line"] = _single_answer(line)
            answers["dots"] = _single_answer(found := _ask_view("dots", service))
            chains = {name: _ask_view("chains", service, sweep=name) for name in chain_names(found["dots"])}
            answers["chains"] = {"by": ["sweep"], "found": chains}
        return answers


def _single_answer(answer: Any) -> dict[str, Any]:
    return {"by": [], "found": {"": answer}}


def _ask_view(name: str, service: Service, **values: Any) -> Any:
    return entries()[name].answer(service, values)


# ---- The file


def embedded_data(content: FileContent) -> dict[str, Any]:
    """Return what `assets/page/frozen.js` reads, as JSON."""
    cards = {name: model_record(name, find_run_model=content.store.find_run_model) for name in content.models}
    texts = (ASSETS / "lessons").glob("*.json") if "lesson" in content.views else ()
    fields = {
        "answers": _frozen_answers(content),
        "records": content.records,
        "listed": content.listed,
        "models": {
            name: {part: each for part, each in card.items() if part != "weights"} for name, card in cards.items()
        },
        "worlds": {SITE_WORLD: world_record(SITE_WORLD)["description"]},
        "own": _own_world(content.world),
        "training": describe_tab_training(),
        "files": {f"lessons/{path.name}": json.loads(path.read_text(encoding="utf-8")) for path in texts},
        "absent": content.absent,
        "opens": content.opens,
        "report": content.report,
    }
    return dict(with_sentences(encode_answer(fields)))


def _own_world(name: str) -> dict[str, Any] | None:
    """Return the document of a world of one's own, from which the page draws it; None for a built-in one."""
    return None if name in WORLDS else {"nouns": [noun_record(noun) for noun in get_world(name).nouns]}


def _render_page(content: FileContent) -> str:
    """Return the page with everything inside that it needs, notices of vendored code among it."""
    held = collect_modules(
        ENTRY_MODULES, imports_later=True, without={CONTRACT.views[view].module for view in content.absent}
    )
    check_imports(held)
    page = link_views(asset_text("page/index.html"))
    css = "\n".join(asset_text(f"css/{name}.css") for name in _style_sheets(page, held.values()))
    page = _FETCHED.sub("", page).replace("<title>", f"<title>{escape(content.title)}", 1)
    texts = {name: each.text for name, each in held.items()}
    # The tables of words stand before the first script, which asks for one before the rest of the page is there.
    tables = [
        _packed_script(f"{language}.words", asset_text(f"i18n/{language}.json").encode()) for language in word_tables()
    ]
    head = "\n".join(
        [
            f'<script type="application/json" id="modules">{_script_json(texts)}</script>',
            *tables,
            f"<script>{asset_text('page/file.js')}{asset_text('page/head.js')}</script>",
        ]
    )
    folders = {name: model_folder(name, find_run_model=content.store.find_run_model) for name in content.models}
    packed = {
        "carried": json.dumps(embedded_data(content), ensure_ascii=False).encode(),
        f"{SITE_WORLD}.atlas": compressed_file(atlas_asset(SITE_WORLD), "identity").read_bytes(),
        "kernels.wasm": (ASSETS / "engine/train/kernels.wasm").read_bytes(),
        **{f"{name}.weights": convert_to_half(folder / WEIGHTS_FILE) for name, folder in folders.items()},
    }
    foot = [
        *(_packed_script(name, data) for name, data in packed.items()),
        '<script>import(oneFile.url("page/app.js"));</script>',
        f"<!--\n{_notices(content).replace('--', '- -')}\n-->",
    ]
    # Before the first paint the page has to know what an address would say, as that it shows one view without a header.
    page = page.replace("<html", f'<html data-opens="{escape(content.opens)}"', 1) if content.opens else page
    page = page.replace("</head>", f"<style data-scene>{css}</style>\n</head>", 1)
    page = page.replace('<script src="assets/page/head.js"></script>', head, 1)
    return page.replace("</body>", "\n".join([*foot, "</body>"]), 1)


def _notices(content: FileContent) -> str:
    """Return the notices of what the file holds of others; the icons of things of one's own have theirs in a README."""
    icons = asset_text("worlds/README.md") if "things" in content.views else ""
    return f"{asset_text('page/vendor/NOTICES')}\n{icons}"


def _style_sheets(page: str, held: Iterable[PageModule]) -> tuple[str, ...]:
    """Return the style sheets of the page, those that its modules load, and the file's own."""
    calls = [match for each in held for match in _STYLED.findall(each.text)]
    loaded = [name for one, several in calls for name in (one, *re.findall(r'"([\w-]+)"', several)) if name]
    return tuple(dict.fromkeys((*_STYLE.findall(page), *loaded, "file")))


def _script_json(value: Any) -> str:
    """Return JSON for a script element, escaped so that no text ends the element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _packed_script(name: str, data: bytes) -> str:
    """Return the element from which `oneFile.unpack(name)` reads the data."""
    packed = base64.b64encode(gzip.compress(data, GZIP_LEVEL, mtime=0)).decode()
    return f'<script type="text/plain" data-packed="{name}">{packed}</script>'
