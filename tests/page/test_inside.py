"""Look inside and the sheet of runs, in Node: every state as HTML, in both languages, and what they compute."""

import json
import re
from pathlib import Path
from typing import Any

from explorer.errors import NO_VALUE, UserError
from explorer.runs.store import RunStore
from explorer.sentences import with_sentences
from explorer.settings import LOCAL
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.oracles.store import CLOCK, KEY, fill_store, stopped_clock
from tests.page.parts import Part, are_names, said

STEPS: dict[str, dict[str, Any]] = {
    "running": {"name": "running"},
    "finished": {"name": "finished"},
    "queued": {"name": "queued"},
    "shipped": {"name": "things-web"},
    "own": {"name": "things-web", "form": "own"},
}
NAMES = {
    *"red bus and blue boat green zebra".split(),
    *"name=nope owner_key metrics.jsonl".replace("=", " ").replace(".", " ").split(),
    "evaluating",
    "fine-tuning-shipped",
    "finished",
    "another-seed",
    "running",
    "things-web",
    "things-bound",
    "JSON",
    "open_clip",
    "PNG",
    "SVG",
    "CSV",
}


def fixtures(folder: Path) -> dict[str, Any]:
    """What Python answers for a store in which a run is in every state."""
    with stopped_clock():
        service = Service(store=RunStore(fill_store(folder / "runs")), settings=LOCAL)

        def answer(view: str, **given: Any) -> Any:
            return entries()[view].answer(service, given)

        runs = answer("runs", owner_key=KEY)
        steps = {name: answer("inspect_steps", **given) for name, given in STEPS.items()}
        shares = [answer("inspect", name=run, step=step) for run in ("running", "finished") for step in (0, 2, 5)]
        return {
            "steps": steps,
            "drawn": {_key(each): each["binding_accuracy"]["value"] for each in shares},
            "models": [{"name": each["run"], "title": each["title"], "kind": "run"} for each in runs["runs"][:3]]
            + [{"name": "things-web", "title": "Web-like captions", "kind": "shipped"}],
            "runs": {**runs, "runs": [each | {"left_s": each["left_s"] and 40.0} for each in runs["runs"][:8]]},
            "compared": answer("compare", names=["finished", "another-seed", "running"]),
            "catalog": {"dials": answer("catalog")["dials"]},
            "clock": CLOCK,
            "said": _said_by_hand(),
        }


def _said_by_hand() -> list[str]:
    """The sentences in the answers of `inside_states.js`."""
    no_owner = "is not that of run {run}; anyone with the link can view it, only its owner can change it"
    unread = "its {file} cannot be read; delete the run or import it again"
    return [
        said("margins.sentence", above=26, n=42, share="62 %", margin="0.002"),
        UserError("name", "nope", "there is no run or shipped model of this name").sentence,
        UserError("caption", NO_VALUE, "give a text of 1 to {most} characters", most=300).sentence,
        UserError("owner_key", NO_VALUE, no_owner, run="finished").sentence,
        UserError("run", "running", unread, file="metrics.jsonl").sentence,
    ]


def _key(inspected: dict[str, Any]) -> str:
    """The step, the number of pairs and the first cosine, by which the page's own count finds that of Python."""
    first = round(inspected["cosines"][0][0], 7)
    return f"{inspected['step']} {inspected['binding_accuracy']['n']} {first}"


def without_pictures(folder: Path) -> dict[str, Any]:
    return dict(
        json.loads(re.sub(r'"data:image/[^"]*"', '"picture.webp"', json.dumps(with_sentences(fixtures(folder)))))
    )


PART = Part(
    name="inside",
    fixtures=without_pictures,
    untranslated=r'<span class="in-words".*?</span>(?=\s*<span class="in-cosine")|<pre.*?</pre>|<code>.*?</code>'
    r'|<p class="in-words".*?</p>|<span><i style.*?</span>|<th scope="row">.*?</th>',
    is_name=are_names(NAMES, r"[\w-]{3,}"),
)
