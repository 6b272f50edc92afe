"""Parts of a page in one file: JSON, compressed data, scripts and styles, each escaped for the element that holds it.

Packed(name="things.atlas", data=...)          # base64 of gzip, which the browser's DecompressionStream reads
rendered("run.html", packed=[...], data={...}, entry="site/run_file.js", title="Tidy, seed 3")
"""

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jinja2

from explorer.clip.checked_files import half_weights
from explorer.pages.i18n.translations import LANGUAGES, table
from explorer.pages.i18n.translator import UNTOUCHED
from explorer.pages.server.compressed import compressed
from explorer.pages.server.engine_files import atlas_asset, world_record
from explorer.pages.site.modules import joined, worker_source
from explorer.resources import asset_text

LEVEL = 6
"""Of gzip: 9 takes eight times as long for 3 % less."""
STYLES = ("css/roles.css", "css/workbench.css", "css/scene.css", "css/site.css")


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """Data under a name, as base64 of gzip."""

    name: str
    text: str

    @classmethod
    def of(cls, name: str, data: bytes) -> "Packed":
        """Compress and encode the data."""
        return cls(name=name, text=base64.b64encode(gzip.compress(data, LEVEL, mtime=0)).decode())


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


def rendered(template: str, *, entry: str, data: Any, packed: Sequence[Packed], **values: Any) -> str:
    """Return the page of a template with everything inside that it needs."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("explorer.pages"),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    tables = {language: table(language) for language in LANGUAGES if table(language)}
    return environment.get_template(f"site/{template}").render(
        style="\n".join(asset_text(name) for name in STYLES),
        script=joined(entry),
        worker=worker_source(),
        words=asset_text("js/words.js"),
        data=script_json(data),
        tables=script_json(tables),
        untouched=UNTOUCHED,
        packed=packed,
        **values,
    )


def script_json(value: Any) -> str:
    """Return JSON for a script element, escaped so that no text ends the element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
