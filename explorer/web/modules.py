"""JavaScript modules of the page: what they import, and their texts for Blobs.

    collect_modules(["page/app.js", "page/evidence/page.js"])  # both and all that they import, by name
    collect_modules(["page/app.js"], imports_later=True)       # and what `import()` may ask for
    read_module("page/app.js").needs                   # the modules that must be there before it

In a text for a Blob a static import becomes "@page/ui.js", the address of another Blob, and `import()` asks for one
when it is called.
"""

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from explorer.resources import ASSETS

_BLOCK_COMMENT = re.compile(r"/\*\*.*?\*/", re.DOTALL)
_LINE_COMMENT = re.compile(r"^[ \t]*//[^\n]*\n", re.MULTILINE)
_STATIC = re.compile(r"""^((?:import|export)\b[^;'"]*?\bfrom\s*|import\s*)(["'])(\.{1,2}/[^"']+)\2""", re.MULTILINE)
_LATER = re.compile(r"""\bimport\((["'])(\.[^"']+)\1\)""")


@dataclass(frozen=True, kw_only=True, slots=True)
class PageModule:
    """A module's text for a Blob, the modules that it imports, and those that it may import `later`."""

    text: str
    needs: tuple[str, ...]
    later: tuple[str, ...]


def read_module(name: str) -> PageModule:
    return _parse(name, (ASSETS / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=256)
def _parse(name: str, text: str) -> PageModule:
    text = _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", text))
    needs: list[str] = []
    later: list[str] = []

    def target(path: str, names: list[str]) -> str:
        names.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), path)))
        return names[-1]

    text = _STATIC.sub(lambda match: f'{match[1]}"@{target(match[3], needs)}"', text)
    text = _LATER.sub(lambda match: f'import(oneFile.url("{target(match[2], later)}"))', text)
    # No address of a file is true here: styles are inside, and the engine gets its files from the page.
    text = text.replace("import.meta.url", f'"file:///assets/{name}"')
    return PageModule(text=text, needs=tuple(needs), later=tuple(later))


def collect_modules(
    names: Iterable[str], *, imports_later: bool = False, without: Collection[str] = ()
) -> dict[str, PageModule]:
    """Return modules and all that they import, in the order in which they are found; none `without`."""
    modules: dict[str, PageModule] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        # A view of the table may not be there.
        if name not in modules and name not in without and (ASSETS / name).is_file():
            modules[name] = read_module(name)
            waiting += [*modules[name].needs, *(modules[name].later if imports_later else ())]
    return modules


def check_imports(modules: Mapping[str, PageModule]) -> None:
    """Raise ValueError if a module imports one that is not there, or itself by way of others, which a Blob cannot."""

    def check(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"{name}: imports itself by way of {' and '.join(above)}; a Blob cannot")
        for need in modules[name].needs:
            if need not in modules:
                raise ValueError(f"{name}: imports {need}, which is not there")
            check(need, (*above, name))

    for name in modules:
        check(name, ())
