"""What Python sends to the Workbench, as one JSON document for `states.js`: catalog, pairs with answers, dialed states.

Pictures and outlines are left out, and what depends on the computer stands still: how long a training takes here.
"""

import re
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.pages.i18n.translator import script_words, translator
from explorer.pages.workbench.dialed import DialedSpec, dialed_state, problem
from explorer.pages.workbench.pairs_route import document
from explorer.pages.workbench.view import catalog
from explorer.runs.store import RunStore
from explorer.service.outcome import TRAINED_BEFORE
from explorer.settings import LOCAL
from explorer.views.runs import GONE

DIALED = {
    "web-like": {"preset": "web-like", "values": {}},
    "binding-friendly": {"preset": "binding-friendly", "values": {}},
    "changed": {"preset": "web-like", "values": {"saliency_bias": 0.4, "steps": 30}, "moved": "saliency_bias"},
    "bounded": {"preset": "incomplete", "values": {"caption_completeness": 0.1}, "moved": "caption_completeness"},
    "one-object": {"preset": "one-object", "values": {"attribute_density": 0.0}},
}
"""Events of the browser, by the name of the state that answers them."""
TEXTS = {
    "fresh": "fresh weights, knows nothing",
    "shipped": "the shipped tidy model",
    "tidy": "Tidy, seed 3",
    "web": "Web-like, seed 4",
    "tidy_listed": "Tidy, seed 3, 100 %",
    "web_listed": "Web-like, seed 4, 51 %",
    "now": "starts at once",
    "later": "starts in about 2 min",
    "left": "about 40 s left",
    "gone": GONE,
    "refused": "steps=5000: this server allows at most 2000",
    "earlier": TRAINED_BEFORE,
    "replay": "Replay its training",
}
"""What the server says of runs."""
_PICTURE = re.compile(r"^data:image/[^,]+,.*", re.DOTALL)


def fixtures(folder: Path) -> dict[str, Any]:
    """Return the document; the store in `folder` is empty."""
    store = RunStore(folder)
    dialed = {name: _dialed(store, event) for name, event in DIALED.items()}
    bad = {"preset": "web-like", "values": {"steps": 0}, "seq": 1}
    recipes = catalog() | {"nouns": {"bus": [{"kind": "body", "points": "0,0 1,0 1,1"}]}}
    said = {"problem": _refused(bad), "texts": TEXTS}
    found = {"catalog": recipes, "answers": document(store), "dialed": dialed, **said}
    other = {part: translator("zh").state(found[part]) for part in ("catalog", "dialed", "problem", "texts")}
    plain: dict[str, Any] = _without_pictures(found | {"zh": other | {"words": script_words("zh")}})
    return plain


def _dialed(store: RunStore, event: dict[str, Any]) -> dict[str, Any]:
    found = dialed_state(store, LOCAL, DialedSpec.from_event({**event, "seq": 0, "start": 0}))
    plan: Any = found["plan"]
    here = {"time": "About 2 min on this computer", "basis": "measured on 3 runs of small here, 640 to 700 pairs/s"}
    return found | {"plan": plan | here}


def _refused(event: dict[str, Any]) -> dict[str, Any]:
    try:
        DialedSpec.from_event(event)
    except UserError as error:
        return problem(event, error)
    raise AssertionError("a training of no steps")


def _without_pictures(value: Any) -> Any:
    if isinstance(value, str):
        return _PICTURE.sub("picture.png", value)
    if isinstance(value, dict):
        return {name: _without_pictures(each) for name, each in value.items()}
    return [_without_pictures(each) for each in value] if isinstance(value, list | tuple) else value
