"""Every string that is declared has its words in every language, and a table changes nothing that is no interface."""

import json
import re
from collections import Counter

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.clip.names import config_names, shipped_names
from explorer.errors import UserError
from explorer.evaluation.metrics import METRICS
from explorer.evaluation.user_probe import VERDICTS
from explorer.pages.app import TITLES, build_app
from explorer.pages.i18n.translator import LANGUAGES, PLACEHOLDER, TAGS, language_head, language_of, script_words, table
from explorer.pages.info.light_pages import about_route, teach_route
from explorer.pages.inspect.build import EMPTY, NOT_YET
from explorer.pages.lesson.routes import WORDS, card
from explorer.pages.probe.build import OF_EXAMPLE
from explorer.pages.probe.events import NOT_ASKED
from explorer.pages.probe.example import CAPTIONS, files
from explorer.pages.probe.question import CHANGED, STAGES
from explorer.pages.workbench.sheet import COLUMNS
from explorer.presets import PRESETS
from explorer.resources import ASSETS
from explorer.runs.store import RunStore
from explorer.service.service import Service
from explorer.settings import LOCAL, SHARED, Settings
from explorer.spec import DIALS
from explorer.study.claims import LEADS
from explorer.study.evidence_store import load_all
from explorer.study.table import SWEEPS
from explorer.world.worlds import kind_names
from tests.unit.pages.i18n.shown_words import lacking, other, words_of, words_of_app

ASKED = (
    "Going from “2 objects: 1” to “2 objects: 0.5” (caption completeness), does binding accuracy in own captions rise, "
    "fall or stay?",
    "Over the last third of the 1,440 steps of “web-like”, does binding accuracy in own captions rise, fall or stay?",
    "Right, it falls: 98 % (96 to 100) to 51 % (49 to 53), −47 points (−49 to −45).",
    "You said that it rises, but it falls: 98 % (96 to 100) to 51 % (49 to 53), −47 points (−49 to −45).",
    "Measured: it stays: 98 % (96 to 100) to 98 % (96 to 100), 0 points (−1 to 1).",
    "canonical captions",
    ", 7 comparisons:",
    ", 1 comparison:",
)
"""A question about the study, the replies to a guess, and how comparisons are counted."""
OTHERS = [language for language in LANGUAGES if language != "en"]


def declared() -> dict[str, str]:
    """{text: where}: what tables of the code hold for people to read."""
    found = {dial.label: f"label of {name}" for name, dial in DIALS.items()}
    found |= {dial.help: f"help of {name}" for name, dial in DIALS.items()}
    found |= {f"{dial.label.lower()} 0.5": f"a changed {name}" for name, dial in DIALS.items()}
    found |= {preset.sentence: f"preset {name}" for name, preset in PRESETS.items()}
    found |= {metric.label: f"metric {name}" for name, metric in METRICS.items()}
    found |= {metric.definition: f"definition of {name}" for name, metric in METRICS.items()}
    found |= {title: f"title of tab {name}" for name, title in TITLES.items()}
    found |= {words: f"status {name}" for name, words in WORDS.items()}
    found |= {words: f"verdict {name}" for name, words in VERDICTS.items()}
    found |= {words: f"stage {name}" for name, words in STAGES.items()}
    found |= {column: "column of runs" for column in COLUMNS}
    found |= {words: f"claim {name}" for name, sweep in SWEEPS.items() for words in (sweep.claim, sweep.paper)}
    found |= {lead: f"before the question about {name}" for name, lead in LEADS.items()}
    frozen = (each.word for evidence in load_all().values() if evidence for each in evidence.contrasts)
    found |= {f"{word} in 3": "what comparisons came to" for word in frozen}
    found |= {asked: "a question" for asked in ASKED}
    found |= {text: "said on a tab" for html in (EMPTY, NOT_YET, card(None)) for text in words_of(html)}
    return found | {NOT_ASKED: "Probe", OF_EXAMPLE: "Probe", CHANGED: "Probe"}


def names() -> set[str]:
    """Return the names that are the same in every language: of worlds, kinds, choices, presets and models."""
    choices = {choice for dial in DIALS.values() for choice in dial.choices or ()}
    return {*kind_names(), *(kind for kinds in kind_names().values() for kind in kinds), *choices, *PRESETS} | {
        *shipped_names(), *config_names()
    }  # fmt: skip


@pytest.fixture(scope="module", params=[LOCAL, SHARED], ids=["local", "shared"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """{text: where}: what the built page shows before anybody touches it."""
    settings: Settings = request.param
    app = build_app(Service.of(RunStore(tmp_path_factory.mktemp("runs")), settings))
    captions = (*CAPTIONS, *files())
    found = ((text, where) for text, where in words_of_app(app) if not any(caption in text for caption in captions))
    return {text: where for text, where in found if text not in names()}


@pytest.mark.parametrize("language", OTHERS)
def test_every_declared_string_has_its_words(language: str) -> None:
    missing = lacking(declared(), table(language))
    assert not missing, f"add to assets/i18n/{language}.json:\n" + "\n".join(missing)


@pytest.mark.parametrize("language", OTHERS)
def test_every_string_of_the_page_has_its_words(language: str, shown: dict[str, str]) -> None:
    assert len(shown) > 100
    missing = lacking(shown, table(language))
    assert not missing, f"add to assets/i18n/{language}.json:\n" + "\n".join(missing)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("settings", [LOCAL, SHARED], ids=["local", "shared"])
def test_every_string_of_the_plain_pages_has_its_words(language: str, settings: Settings) -> None:
    client = TestClient(Starlette(routes=[about_route(settings), teach_route()]), base_url="http://127.0.0.1")
    pages = ("/about", "/teach", "/teach?preset=web-like&saliency_bias=0.5&run=a-run-000000000000")
    shown = {text: page for page in pages for text in words_of(client.get(page).text) if text not in names()}
    missing = lacking(shown, table(language) | {name: name for name in ("English", "arXiv 2507.07985")})
    assert not missing, f"add to assets/i18n/{language}.json:\n" + "\n".join(missing)


@pytest.mark.parametrize("language", OTHERS)
def test_words_keep_the_placeholders_and_are_no_keys_themselves(language: str) -> None:
    words = table(language)
    for english, said in words.items():
        assert Counter(PLACEHOLDER.findall(english)) == Counter(PLACEHOLDER.findall(said)), english
        assert said.strip(), english
        assert said == english or other(said, words) in (None, said), f"{english} would be replaced twice"


@pytest.mark.parametrize("language", OTHERS)
def test_a_pattern_has_words_of_its_own(language: str) -> None:
    """One that is little more than placeholders would change captions and names."""
    for english in table(language):
        if PLACEHOLDER.search(english):
            assert re.search("[A-Za-z/]", PLACEHOLDER.sub("", english)), english


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("caption", ["a red bus and a blue submarine", "a striped key", "a bus", "a plain tilted tree"])
def test_captions_stay(language: str, caption: str) -> None:
    assert other(caption, table(language)) is None


@pytest.mark.parametrize(
    "text", ["A run as a file to take home", "a bus to the left", "all 3 of the 4 models", "a note of mine in 5 min"]
)
def test_a_short_pattern_takes_no_sentence(text: str) -> None:
    words = {"{low} to {high}": "{low} 到 {high}", "{n} of {all}": "{all} 之 {n}", "{n} min": "{n} 分钟"}
    assert other(text, words) is None
    assert other("0.1 to 0.2", words) == "0.1 到 0.2" and other("3 min to 4 min", words) == "3 分钟 到 4 分钟"


def test_a_table_holds_no_string_twice() -> None:
    for language in OTHERS:
        text = (ASSETS / "i18n" / f"{language}.json").read_text(encoding="utf-8")
        pairs: list[tuple[str, str]] = json.loads(text, object_pairs_hook=list)
        assert [key for key, count in Counter(key for key, _ in pairs).items() if count > 1] == []


def test_sentences_are_matched_with_their_numbers() -> None:
    words = {"{n} steps of {batch} pairs": "{n} 步，每步 {batch} 对", "{n} pairs": "{n} 对"}
    assert other("180 steps of 256 pairs", words) == "180 步，每步 256 对"
    assert other("256 pairs", words) == "256 对"
    assert other("256 pairs and more", words) is None


def test_texts_of_html_are_found_whole_and_less_what_is_untouched() -> None:
    html = "<p title='More'>A  <b>bus</b> is\n here</p><p class='right x'>a red bus</p><code>run</code><p>7 %</p>"
    assert words_of(html) == ["More", "bus", "is here"]
    assert words_of("<p translate='no'>one <b>two</b></p><p>three</p><textarea>four</textarea>") == ["three"]


def test_missing_strings_are_listed_ready_to_be_filled_in() -> None:
    assert lacking({"Say “so”": "Button ask", "7": "n", "Ask": "Button"}, {"Ask": "提问"}) == [
        '"Say “so”": "",   <- Button ask'
    ]


def test_the_head_brings_the_texts_that_scripts_make() -> None:
    assert language_head("en") == ""
    for language in OTHERS:
        head, words = language_head(language), script_words(language)
        assert head.startswith("<script>") and head.count("<script>") == 1 and json.dumps(TAGS[language]) in head
        assert len(words) > 50 and not any(re.search(r"\{\D", text) for text in words.values())


def test_the_language_is_that_of_the_address() -> None:
    assert [language_of(query) for query in ({"lang": "zh"}, {"lang": "xx"}, {})] == ["zh", "en", "en"]


def test_a_table_of_no_language_is_refused() -> None:
    assert table("en") == {}
    with pytest.raises(UserError, match="lang=../x: choose en, zh"):
        table("../x")


def texts_of_scripts() -> set[str]:
    """Return the sentences that the page looks up: say`Step ${step}.` as "Step {}."."""
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (ASSETS / "page").glob("*.js"))
    code = re.sub(r"^\s*(//|\*|/\*).*$", "", scripts, flags=re.MULTILINE)
    value = re.compile(r"\$\{[^{}]*\}")
    found = {value.sub("{}", text) for text in re.findall(r"say`([^`]*)`", code)}
    return found | set(re.findall(r'say\("([^"]*)"\)', code))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_scripts_has_its_words(language: str) -> None:
    texts = texts_of_scripts()
    assert len(texts) > 60
    assert sorted(texts - script_words(language).keys()) == []
