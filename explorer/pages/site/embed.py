"""Parts of a page in one file: JSON, compressed data, scripts and styles, each escaped for the element that holds it.

Packed(name="things.atlas", data=...)          # base64 of gzip, which the browser's DecompressionStream reads
rendered("run.html", packed=[...], data={...}, entry="js/site/run_file.js", title="Tidy, seed 3")

    joined("js/site/run_file.js")          # "(() => { const $m = {}; ... })();"
    worker_source()                     # the engine's worker, for a Blob

A page from `file://` may import no ES modules, so they are joined into one classic script. Modules keep to one form:
named imports from relative paths on top, `export` in front of a declaration, or one list of exports at the end. Each
becomes a function that returns its exports, in the order of dependencies; an `import()` becomes the exports of a module
that is already there. Comments are left out.
"""

import base64
import gzip
import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explorer.clip.checked_files import half_weights
from explorer.pages.i18n.translator import LANGUAGES, UNTOUCHED, table
from explorer.pages.shared.templates import rendered
from explorer.resources import ASSETS, asset_text
from explorer.web.engine_files import atlas_asset, world_record
from explorer.web.files import compressed

GZIP_LEVEL = 6
"""9 takes eight times as long for 3 % less."""
STYLES = ("css/roles.css", "css/header.css", "css/workbench_before.css", "css/scene.css", "css/site.css")
WORKER = "engine/worker.js"
_BLOCK_COMMENT = re.compile(r"/\*\*.*?\*/", re.DOTALL)
_LINE_COMMENT = re.compile(r"^[ \t]*//[^\n]*\n", re.MULTILINE)
_IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"([^"]+)";\n?', re.MULTILINE)
_DYNAMIC = re.compile(r'\bimport\("([^"]+)"\)')
_EXPORT = re.compile(r"^export ((?:async function|function|class|const|let) (\w+))", re.MULTILINE)
_LIST = re.compile(r"\bexport\s*\{([^}]*)\};?\s*\Z")
_SEVERAL = re.compile(r'^export const (\w+ = [\w."-]+(?:, \w+ = [\w."-]+)+);', re.MULTILINE)
_ENDS_SCRIPT = re.compile(r"</script|<!--", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """Data under a name, as base64 of gzip."""

    name: str
    text: str

    @classmethod
    def of(cls, name: str, data: bytes) -> "Packed":
        """Compress and encode the data."""
        return cls(name=name, text=base64.b64encode(gzip.compress(data, GZIP_LEVEL, mtime=0)).decode())


@lru_cache(maxsize=4)
def packed_atlas(world: str) -> Packed:
    """Return the sprites of a world; the description is in `worlds`."""
    return Packed.of(f"{world}.atlas", compressed(atlas_asset(world), "identity").read_bytes())


@lru_cache(maxsize=8)
def packed_weights(name: str, path: Any) -> Packed:
    """Return weights in 16 bits."""
    return Packed.of(f"{name}.weights", half_weights(path))


def world_description(name: str) -> dict[str, Any]:
    """Return the JSON with which the engine draws a world."""
    description: dict[str, Any] = world_record(name)["description"]
    return description


def whole_page(template: str, *, entry: str, data: Any, packed: Sequence[Packed], **values: Any) -> str:
    """Return the page of a template with everything inside that it needs, notices of vendored code among it."""
    tables = {language: table(language) for language in LANGUAGES if table(language)}
    page = rendered(
        f"site/{template}",
        style="\n".join(asset_text(name) for name in STYLES),
        script=joined(entry),
        worker=worker_source(),
        words=asset_text("js/words.js"),
        notices=asset_text("page/vendor/NOTICES").replace("--", "- -"),
        data=script_json(data),
        tables=script_json(tables),
        untouched=UNTOUCHED,
        packed=packed,
        **values,
    )
    return str(page)


def script_json(value: Any) -> str:
    """Return JSON for a script element, escaped so that no text ends the element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """A module as the body of a function that returns `exports`.

    `needs` are the names that it imports from each module before it, `later` the modules that it calls `import()` for.
    """

    body: str
    exports: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]]
    later: tuple[str, ...]


def joined(entry: str) -> str:
    """Return the script that runs the module `entry` of `assets` with all that it imports."""
    modules: dict[str, Module] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in modules:
            modules[name] = read_module(name, (ASSETS / name).read_text(encoding="utf-8"))
            waiting += [*modules[name].needs, *modules[name].later]
    for name, module in modules.items():
        for need, names in module.needs.items():
            if missing := set(names) - set(modules[need].exports):
                raise ValueError(f"{name}: {need} exports no {', '.join(sorted(missing))}")
    bodies = "\n".join(f'$m["{name}"] = (() => {{\n{modules[name].body}}})();' for name in _in_order(modules, entry))
    return f'(() => {{\n"use strict";\nconst $m = {{}};\n{bodies}\n}})();'


def worker_source() -> str:
    """Return the engine's worker as one classic script."""
    return joined(WORKER)


def read_module(name: str, source: str) -> Module:
    """Turn a module into the body of a function; raise ValueError for a form that this module does not know."""
    text = _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", source))
    needs: dict[str, tuple[str, ...]] = {}
    later: list[str] = []

    def imported(found: re.Match[str]) -> str:
        target = _target(name, found[2])
        names = [" ".join(each.split()) for each in found[1].split(",") if each.strip()]
        needs[target] = (*needs.get(target, ()), *(each.partition(" as ")[0] for each in names))
        return f'const {{ {", ".join(names).replace(" as ", ": ")} }} = $m["{target}"];\n'

    def imported_later(found: re.Match[str]) -> str:
        later.append(_target(name, found[1]))
        return f'Promise.resolve($m["{later[-1]}"])'

    body = _DYNAMIC.sub(imported_later, _IMPORT.sub(imported, text)).replace("import.meta.url", "document.baseURI")
    several = [each.partition(" = ")[0] for found in _SEVERAL.finditer(body) for each in found[1].split(", ")]
    # Name of each export and what it is called inside.
    exports = {name: name for name in [*several, *(found[2] for found in _EXPORT.finditer(body))]}
    if listed := _LIST.search(body):
        pairs = [each.strip().partition(" as ") for each in listed[1].split(",")]
        exports |= {outside or inside: inside for inside, _, outside in pairs}
        body = body[: listed.start()]
    body = _EXPORT.sub(r"\1", body).strip()
    left = re.search(r"^(import|export)\b", body, re.MULTILINE) or _ENDS_SCRIPT.search(body)
    if left:
        raise ValueError(f"{name}: {left[0]!r} is of a form that cannot be joined")
    returned = ", ".join(name if name == inside else f"{name}: {inside}" for name, inside in exports.items())
    return Module(body=f"{body}\nreturn {{ {returned} }};\n", exports=tuple(exports), needs=needs, later=tuple(later))


def _target(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _in_order(modules: dict[str, Module], entry: str) -> list[str]:
    """Sort so that each module follows those it needs; the entry is the last."""
    order: list[str] = []

    def place(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"{name}: imports itself by way of {' and '.join(above)}")
        if name not in order:
            for need in modules[name].needs:
                place(need, (*above, name))
            order.append(name)

    for name in [*(name for name in modules if name != entry), entry]:
        place(name, ())
    return order
