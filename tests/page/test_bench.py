"""The Workbench in every state, as HTML, in Node; what a person does is driven there too."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.rules import fill_message
from explorer.runs.queue import SIZE_RULES
from explorer.runs.state import TRAINED_BEFORE
from explorer.runs.store import RunStore
from explorer.sentences import Listed
from explorer.settings import LOCAL
from explorer.views.registry import entries
from explorer.views.run import GONE_SENTENCE
from explorer.views.service import Service
from explorer.wording import format_duration
from explorer.world.worlds import WORLDS
from tests.page.parts import Part, said

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURE = re.compile(r"^data:image/[^,]+,.*", re.DOTALL)
WORDS = [{"text": word, "kind": None, "color": None, "moved": False} for word in ("a", "bus")]
CARD = {"image": "picture.png", "alt": "a bus", "words": WORDS, "untold": [[0.1, 0.1, 0.2, 0.2]], "trick": None,
        "no_trick": "it names one object"}  # fmt: skip
TABLE = json.loads((ROOT / "tests" / "unit" / "study" / "cells.json").read_text(encoding="utf-8"))
"""Cells, and which of them stands for which dials."""
WEB = {"objects_in_image": 4, "attribute_kinds": ["color", "pattern", "tilt"], "attribute_density": 0.5,
       "caption_completeness": 0.55, "caption_lengths": "mixed", "saliency_bias": 1.0}  # fmt: skip
CELLS = [
    {"differs": {}, "edition": 4, "engine": 1,
     "seeds": [[11264, 11264, 0.997], [14848, 14848, 0.986], [11264, 11264, 1.0]]},
    {"differs": {"attribute_density": 0.5, "steps": 720}, "edition": 3, "engine": None,
     "seeds": [[37376, 37376, 0.99], [59136, 51712, 0.97], [None, None, 0.61]]},
    {"differs": {"caption_completeness": 0.5}, "edition": 2, "engine": None,
     "seeds": [[13056, None, 0.6], [14848, None, 0.71], [16896, 41216, 0.74], [13056, None, 0.68]]},
    {"differs": WEB, "edition": 2, "engine": None, "seeds": [[None, None, 0.52], [None, None, 0.5]]},
]  # fmt: skip
"""Few that stay as they are, whatever the study measures."""
SAMPLES = {"caption_levels": {"levels": [2] * 20 + [1] * 3 + [0], "counts": [1, 3, 20]}, "cards": [CARD] * 3}


def fixtures(folder: Path) -> dict[str, Any]:
    """Return what the views answer, and samples: without pictures, and what depends on the computer stands still."""
    service = Service(store=RunStore(folder), settings=LOCAL)

    def view(name: str, **values: Any) -> Any:
        return _without_pictures(entries()[name].answer(service, values))

    catalog = view("catalog") | {"device": "CPU", "mode": said("mode.cpu", place="this computer", cores=2)}
    catalog["cells"] = CELLS
    catalog["nouns"] = {"bus": [{"kind": "body", "points": "0,0 1,0 1,1"}]}
    models = {name: view("run", compare=of)["compare"] for name, of in
              {"asker": "things-web", "tidy": "binding-friendly", "web": "web-like"}.items()}  # fmt: skip
    texts = {"gone": GONE_SENTENCE, "earlier": TRAINED_BEFORE}
    answers = models | {"catalog": catalog, "pairs": view("pairs"), "samples": SAMPLES, "texts": texts}
    return answers | {"said": _said_by_hand(), "cells_table": TABLE}


def _said_by_hand() -> list[str]:
    """The sentences in the answers of `bench_states.js`."""
    tidy, web, first = (
        Listed([recipe, said("run.seed", seed=seed)]) for recipe, seed in (("Tidy", 3), ("Web-like", 4), ("Tidy", 0))
    )
    needs = said("tuning.needs", needed="9.1", free="12.0")
    return [
        tidy,
        web,
        first,
        Listed([tidy, "100 %"]),
        Listed([web, "51 %"]),
        Listed([tidy, "from a file"]),
        said("run.left", time=format_duration(40)),
        said("run.starts", time=format_duration(120)),
        said("start.shipped", recipe="tidy"),
        said("start.pretrained", name="ViT-B-32/openai"),
        said("plan.needs", way="lora", needs=needs),
        UserError("steps", 5000, fill_message(SIZE_RULES[0][1], {"most_steps": 2000})).sentence,
    ]


def _without_pictures(value: Any) -> Any:
    if isinstance(value, str):
        return "picture.png" if PICTURE.match(value) else value
    if isinstance(value, dict):
        return {name: _without_pictures(each) for name, each in value.items()}
    return [_without_pictures(each) for each in value] if isinstance(value, list | tuple) else value


NOUNS = {each.word for each in WORLDS["things"].nouns}


@cache
def names() -> set[str]:
    """The choices of dials, which have their names in every language, and what an address or a start may name."""
    catalog = entries()["catalog"].answer(Service(store=RunStore(Path("nowhere")), settings=LOCAL), {})
    choices = {each for dial in catalog["dials"].values() for each in dial["choices"] or ()}
    return choices | {
        *catalog["kinds"],
        *catalog["architectures"],
        *catalog["kinds"]["things"],
        *NOUNS,
        "openai",
        "things-bound",
        "foo",
    }


def the_question_comes_first_in_the_document_of_a_narrow_window(told: dict[str, Any]) -> None:
    columns, english = ("outcome", "data", "training"), told["english"]
    places = {
        name: [english[name].index(f'id="workbench-{column}"') for column in columns]
        for name in ("a-first-opening", "a-first-opening-narrow")
    }
    outcome, data, training = places["a-first-opening-narrow"]
    assert outcome < data < training
    outcome, data, training = places["a-first-opening"]
    assert data < training < outcome


PART = Part(
    name="bench",
    fixtures=lambda folder: fixtures(folder / "runs"),
    untranslated=r'<figcaption.*?</figcaption>|<p class="wb-cap".*?</p>|<div class="wb-trick">.*?</p>|<code>.*?</code>',
    is_name=lambda text: set(re.findall(r"[a-z][a-z0-9-]+", text)) <= names(),
    rules=(the_question_comes_first_in_the_document_of_a_narrow_window,),
)
