"""Twin of the app as one HTML file: Workbench, Your own scene, the evidence and the lesson, without a server.

    path = write_site(Path("site"))          # site/index.html, at most MOST_BYTES
    twin_page()                              # its text

The browser's engine draws the samples and answers scenes and captions. Nothing trains: recorded trainings of the main
recipes are replayed in its place, on the Workbench and in the lesson, and the page says so.

    lesson_document("zh")    # "<!doctype html>...", for the attribute srcdoc of a frame

In the lesson step five replays a recorded training, and step six asks a shipped model by the browser's engine. Its
script is the app's own: `assets/js/site/lesson_answers.js` answers its requests.

    evidence_html()          # trusted HTML, made of the words of the tab Study
"""

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from explorer.clip.names import shipped_names
from explorer.errors import UserError
from explorer.evaluation.sweep_evidence import Evidence
from explorer.pages.i18n.translator import LANGUAGES, TAGS
from explorer.pages.lesson.view import (
    DIAL,
    LEAST,
    OFFERED,
    Texts,
    asked_pictures,
    dial_scenes,
    lesson_page,
    measured,
    measured_at_end,
)
from explorer.pages.shared.dial_values import KINDS_IN_TURN, MAIN, plain_name
from explorer.pages.shared.templates import rendered
from explorer.pages.shared.url_state import OPENS_WITH, values_of
from explorer.pages.site.embed import packed_atlas, packed_weights, script_json, whole_page, world_description
from explorer.pages.study.view import below_html, said_html
from explorer.pages.workbench.dialed import bracket_words
from explorer.pages.workbench.pairs_route import document
from explorer.pages.workbench.view import catalog
from explorer.presets import PRESETS, Preset
from explorer.resources import CHECKPOINTS, asset_text
from explorer.runs.store import RunStore
from explorer.service.outcome import recording, recording_names
from explorer.service.outcome_types import OutcomeState, key_of_spec
from explorer.service.study_bracket import study_bracket
from explorer.spec import DATA_FIELDS, DIALS, fit, override, saved_steps
from explorer.study.evidence_store import evidence_folder, file_of, load
from explorer.study.table import SWEEPS
from explorer.web.engine_files import WEIGHTS, model_record

MOST_BYTES = 20_000_000
WORLD = "things"
FILE = "index.html"
_DOWNLOADS = re.compile(r"<p>Download: .*?</p>")
"""Links to files of a server."""
ALL_EFFECTS = "forest.svg"
COPY = "copy."
"""Texts under this name stand in place of those that speak of a server: "copy.train.text" for "train.text"."""
SEEN = 64
"""Pixels on a side of what the shipped models see."""
_TRAIN = {"train": "site/lesson_train.html"}
_STYLES = re.compile(r'<link rel="stylesheet" href="explorer-assets/([^"]+)">')
_THEME = '<script src="explorer-assets/js/theme.js"></script>'
_SCRIPT = '<script type="module" src="explorer-assets/js/lesson.js"></script>'


def write_site(folder: Path) -> Path:
    """Write the page into a folder; return its path."""
    page = twin_page()
    if len(page.encode()) > MOST_BYTES:
        raise UserError("out", folder, f"the page would have {len(page.encode()) / 1e6:.1f} MB, at most 20 fit")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError("out", folder, f"cannot be written ({error.strerror})") from None
    return folder / FILE


def twin_page() -> str:
    """Return the whole page."""
    with TemporaryDirectory(prefix="site-") as made:
        static, cards = _answers(RunStore(Path(made)))
    return whole_page(
        "twin.html",
        entry="js/site/twin.js",
        data={
            "worlds": {WORLD: world_description(WORLD)},
            "models": cards,
            "catalog": catalog(),
            "static": static,
            "recordings": list(recording_names()),
            "opens_with": OPENS_WITH,
            "presets": {name: _recipe(recipe) for name, recipe in PRESETS.items()},
            "main": list(MAIN),
            "data_fields": sorted(DATA_FIELDS),
            "plain": {name: plain_name(name) for name in DIALS},
            "kinds_in_turn": list(KINDS_IN_TURN),
            "lessons": {language: lesson_document(language) for language in LANGUAGES},
        },
        packed=(
            packed_atlas(WORLD),
            *(packed_weights(name, CHECKPOINTS / name / WEIGHTS) for name in shipped_names()),
        ),
        title="CLIP Binding Explorer",
        evidence=evidence_html(),
        languages=LANGUAGES,
        tags=TAGS,
    )


def _answers(store: RunStore) -> tuple[dict[str, object], dict[str, dict[str, object]]]:
    """Return the pairs with the answers of shipped and recorded models, and the cards of the shipped ones."""
    records = {name: model_record(name, find_run=store.find_model) for name in shipped_names()}
    cards = {name: {part: each[part] for part in each if part != "weights"} for name, each in records.items()}
    return document(store), cards


def _recipe(recipe: Preset) -> dict[str, object]:
    """Return a preset for the script: its dials, its words, and what the study measured at it and next to it."""
    spec = recipe.spec
    return {
        "title": recipe.title,
        "told": recipe.told,
        "values": values_of(spec) | {"attribute_kinds": list(spec.data.attribute_kinds)},
        "key": key_of_spec(spec),
        "planned": [0, *sorted(saved_steps(spec.train.steps))],
        "study": _measured(recipe.name),
    }


@lru_cache
def _measured(name: str) -> dict[str, object]:
    """Return the measured point at the preset ("") and at each place of one main dial ("saliency_bias=0.35")."""
    spec = PRESETS[name].spec
    found = {"": study_bracket(spec)}
    for dial in MAIN:
        for value in _places(dial):
            moved, _ = fit(override(spec, {dial: value}))
            if values_of(moved)[dial] == value:
                found[f"{dial}={value:g}"] = study_bracket(moved)
    return {place: bracket_words(bracket) for place, bracket in found.items() if bracket is not None}


def _places(dial: str, least: float | None = None) -> list[float | int]:
    """Return the places of a slider, from `least` on."""
    low, high, step = (DIALS[dial].low if least is None else least, DIALS[dial].high, DIALS[dial].step)
    if low is None or high is None or step is None:
        raise ValueError(f"dial={dial}: is no slider")
    places = [round(low + place * step, 6) for place in range(round((high - low) / step) + 1)]
    return [int(place) for place in places] if dial == "objects_in_image" else places


def evidence_html() -> str:
    """Return the section; claims without evidence are left out."""
    found = {name: evidence for name in SWEEPS if (evidence := load(name)) is not None}
    claims = "".join(_claim(name, evidence) for name, evidence in found.items())
    return f"{_all_effects()}{claims}"


def _all_effects() -> str:
    path = evidence_folder() / ALL_EFFECTS
    if not path.is_file():
        return ""
    words = "Effect of each property on binding accuracy, by form of caption and setting"
    return f"<figure class='site-figure'>{_picture(path.read_bytes(), words)}<figcaption>{words}.</figcaption></figure>"


def _claim(name: str, evidence: Evidence) -> str:
    """Return one claim: the paper's statement, the measurement, the picture, and the verdicts in each form."""
    path = file_of(name, "svg")
    picture = (
        "" if path is None else f"<figure class='site-figure'>{_picture(path.read_bytes(), evidence.claim)}</figure>"
    )
    verdicts = "".join(
        f"<details><summary>Details: {escape(form)} captions</summary>{_DOWNLOADS.sub('', below_html(evidence, form))}"
        "</details>"
        for form in evidence.forms
    )
    return f"<section id='claim-{escape(name)}'>{said_html(evidence, '')}{picture}{verdicts}</section>"


def _picture(svg: bytes, words: str) -> str:
    data = base64.b64encode(svg).decode()
    return f"<img alt='{escape(words)}' src='data:image/svg+xml;base64,{data}' loading='lazy'>"


def lesson_document(language: str) -> str:
    """Return the page in one language, with the answers to the requests of its script."""
    texts = _copy(Texts.load(language))
    page = lesson_page(texts, [], templates=_TRAIN)
    page = _STYLES.sub(lambda found: f"<style>{asset_text(found[1])}</style>", page)
    page = page.replace(_THEME, f"<script>{asset_text('js/theme.js')}</script>")
    answers = {
        "scenes": {f"{place:g}": dial_scenes(place) for place in _places(DIAL, least=LEAST)},
        "runs": {name: list(_replay(name, texts)) for name in OFFERED},
        "seen": [each["uri"] for each in asked_pictures(SEEN)],
    }
    inside = (
        f'<base target="_top"><script type="application/json" id="answers">{script_json(answers)}</script>'
        f"<script>{asset_text('js/site/lesson_answers.js')}</script><script>{asset_text('js/lesson.js')}</script>"
    )
    note = f"</header><p class='quiet' id='offline'>{texts.say('offline')}</p>"
    page = page.replace("</header>", note, 1)
    # Links to pages of the app lead to views of the file around the frame.
    page = (
        page.replace("'lesson?lang=", "'?tab=lesson&lang=")
        .replace("./?lang=", "?tab=workbench&lang=")
        .replace("./?tab=probe", "?tab=scene")
        .replace("./?tab=", "?tab=")
    )
    return page.replace(_SCRIPT, inside)


def _copy(texts: Texts) -> Texts:
    """Return the texts in which nothing speaks of a server."""
    own = {key.removeprefix(COPY): text for key, text in texts.all.items() if key.startswith(COPY)}
    return Texts(language=texts.language, all={**texts.all, **own})


def _replay(name: str, texts: Texts) -> Iterator[dict[str, object]]:
    """Yield what the route of a run would answer at each measured step of a recorded training."""
    state = recording(name)
    for point in state.curve:
        is_last = point is state.curve[-1]
        end = measured_at_end(state.final) if is_last else None
        yield {
            "card": _card(state, point.step, texts),
            "measured": measured(point, texts, end=end),
            "binding": round(100 * (end.binding.value if end else point.binding)),
            "active": not is_last,
            "ended": is_last,
            "stopping": True,
            "has_model": False,
            "place": f"?tab=workbench&preset={name}&run={name}&lang={texts.language}",
        }


def _card(state: OutcomeState, step: int, texts: Texts) -> str:
    return rendered(
        "site/lesson_card.html", say=texts.say, step=step, steps=state.steps, pairs=state.pairs_seen, seed=state.seed
    )
