"""Scripts of the page, read from `assets/js`, with settings in front.

    gr.HTML("", js_on_load=js_on_load("figure", height=340))        # const settings = {"height": 340}; the script
    item.select(None, None, tab, js=js_listener("turned", tab="study"))    # (settings) => (...values) => ...

JavaScript stands in files only; what Python knows reaches it as JSON.
"""

import json
from typing import Any

from explorer.resources import asset_text


def js_on_load(name: str, **settings: Any) -> str:
    """Return a script for `gr.HTML(js_on_load=)`, which finds the settings in a constant of that name."""
    return f"const settings = {json.dumps(settings)};\n{asset_text(f'js/{name}.js')}"


def js_listener(name: str, **settings: Any) -> str:
    """Return a script for `js=`: its file is a function of the settings that returns the listener."""
    return f"({asset_text(f'js/{name}.js').strip()})({json.dumps(settings)})"
