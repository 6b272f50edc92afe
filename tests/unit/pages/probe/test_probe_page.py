"""Probe: a typed caption is read to chips and swaps, pictures are checked, and models answer beside the page."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.clip.catalog import Listed
from explorer.clip.loading import Progress
from explorer.clip.names import shipped_names
from explorer.errors import UserError
from explorer.evaluation.user_probe import RelevanceMaps, ScoredPictures
from explorer.pages.app import build_app
from explorer.pages.probe import example
from explorer.pages.probe.build import choices, example_answer, model_text
from explorer.pages.probe.caption_chips import corrected, read_caption_of, with_confusions
from explorer.pages.probe.events import AnswerProgress, answers
from explorer.pages.probe.question import (
    CHANGED,
    OpenQuestions,
    Question,
    answered_text,
    paths_of,
    pictures_html,
    progress_html,
    progress_text,
    question,
    since,
)
from explorer.pages.probe.view import EMPTY, answer_html
from explorer.runs.store import RunFolder, RunStore
from explorer.service import probing
from explorer.service.service import Service
from explorer.settings import LOCAL, SHARED
from tests.unit.pages.visits import KEY, Visit
from tests.unit.toys import tiny_folder, tiny_spec

CAPTION, SWAP = "a red bus and a blue cat", "a blue bus and a red cat"


@pytest.fixture
def picture(tmp_path: Path) -> str:
    values = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    path = tmp_path / "my <bus>.png"
    Image.fromarray(values).save(path)
    return str(path)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    (tmp_path / "bad.png").write_text("no picture")
    return str(tmp_path / "bad.png")


@pytest.fixture
def run(store: RunStore) -> RunFolder:
    """A run with a tiny model."""
    probing.MODELS.clear()
    folder = store.create(tiny_spec(), owner_key=KEY)
    tiny_folder(folder.model)
    return folder


# --- the caption ---


def test_a_caption_is_read_to_chips_and_swaps() -> None:
    chips, others, kept = read_caption_of(CAPTION)
    assert chips.count("aria-pressed='true'") == 2 and "<b>red</b> bus" in chips and others == SWAP
    assert json.loads(kept) == {"caption": CAPTION, "off": [], "added": []}
    assert "<option value='1'>cat</option>" in chips


def test_an_attribute_that_is_taken_away_stays_with_its_noun() -> None:
    three = "a red bus, a blue cat and a green dog"
    caption, chips, others, kept = corrected(three, "", {"place": three.index("blue")})
    assert caption == three and others == "a green bus, a blue cat and a red dog"
    assert chips.count("aria-pressed='false'") == 1
    # Pressed once more it counts again.
    _, chips, others, kept = corrected(three, kept, {"place": three.index("blue")})
    assert len(others.splitlines()) == 3 and json.loads(kept)["off"] == []
    _, chips, others, _ = corrected("a red metal bus and a blue cat", "", {"place": 2})
    assert others == "a blue red bus and a metal cat"
    both = corrected(CAPTION, corrected(CAPTION, "", {"place": 2})[3], {"place": 16})
    assert both[2] == "" and "None of its objects has an attribute: write the other caption by hand" in both[1]


def test_a_missed_attribute_is_added_and_the_swaps_follow() -> None:
    missed = "a fire truck and a red car"
    caption, chips, others, kept = corrected(missed, "", {"word": "fire", "thing": 0})
    assert (caption, others) == (missed, "a red truck and a fire car") and "<b>fire</b> truck" in chips
    # The same word may be taken away again, and then it is part of the noun as before.
    assert corrected(missed, kept, {"place": 2})[2] == "a red fire truck and a car"
    caption, chips, others, kept = corrected("a bus and a blue cat", "", {"word": "red", "thing": 0})
    assert (caption, others) == (CAPTION, SWAP)
    # The box of the caption tells of its change too, and the corrections are of the new one.
    assert read_caption_of(caption, kept)[1] == SWAP
    _, chips, others, _ = corrected(CAPTION, "", {"word": "bus", "thing": 0})
    assert "“bus”: is the object itself." in chips and others == SWAP


def test_corrections_before_an_inserted_word_move_with_it() -> None:
    kept = corrected("a bus and a large blue cat", "", {"place": 12})[3]
    caption, _, others, _ = corrected("a bus and a large blue cat", kept, {"word": "old", "thing": 0})
    assert caption == "an old bus and a large blue cat" and others == "a blue bus and an old large cat"


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("a bus", "fewer than two objects, so there is nothing to exchange: write the other caption by hand"),
        ("a black dog and cat", "may belong to both: press what is wrong, or write the other caption by hand"),
        ("", ""),
    ],
)
def test_a_caption_without_a_swap_says_why(caption: str, words: str) -> None:
    chips, others, _ = read_caption_of(caption)
    assert words in chips and others == ""


@pytest.mark.parametrize("caption", ["x" * 301, None, 7, ["a"], "<img src=x onerror=y> bus and a red cat"])
def test_what_is_no_caption_is_text_and_no_markup(caption: Any) -> None:
    assert "<img" not in read_caption_of(caption)[0]


def test_many_swaps_are_cut_with_a_word() -> None:
    nouns = zip("red blue green black white".split(), "bus cat dog car cup".split(), strict=True)
    chips, others, _ = read_caption_of(" and ".join(f"a {color} {noun}" for color, noun in nouns))
    assert "It has 10 swaps; the first 7 are filled in." in chips and len(others.splitlines()) == 7


@pytest.mark.parametrize(
    "kept",
    [
        None, 5, "{", "[]", '{"caption": "another", "off": [2]}', "x" * 5000,
        json.dumps({"caption": CAPTION, "off": ["2", None, 99], "added": [[0], [0, 5], ["0", "x"], [9, "x"]]}),
    ],
)  # fmt: skip
def test_corrections_that_the_browser_made_up_are_left_out(kept: Any) -> None:
    assert read_caption_of(CAPTION, kept)[1] == SWAP


@pytest.mark.parametrize("said", [None, 5, {}, {"place": "2"}, {"place": 7}, {"word": 5, "thing": 0}, {"word": "x"}])
def test_what_a_chip_did_not_send_changes_nothing(said: Any) -> None:
    assert corrected(CAPTION, "", said)[2] == SWAP


# --- what is asked ---


def test_the_example_is_asked_where_nothing_is_uploaded() -> None:
    found = question(None, CAPTION, f"{SWAP}\n\n{CAPTION}", ["things-bound"])
    assert found.captions == (CAPTION, SWAP) and found.names == ("example-1.png", "example-2.png")
    assert "alt='a yellow submarine and a blue bus'" in pictures_html(None)


def test_uploads_are_read_and_shown(picture: str) -> None:
    found = question([picture, picture], CAPTION, None, ["a", "b", "a"])
    assert len(found.files) == 2 and found.models == ("a", "b") and found.thumbnails[0].startswith("data:image/jpeg")
    html = pictures_html([picture])
    assert "data:image/jpeg" in html and "<bus>" not in html and "my &lt;bus&gt;.png" in html


def test_bad_pictures_are_a_sentence_in_their_place(picture: str, bad: str) -> None:
    html = pictures_html([picture, bad])
    assert html.count("<figure>") == 2 and "picture bad.png: it is no picture of a kind" in html
    with pytest.raises(UserError, match=r"^picture 2, bad\.png: it is no picture"):
        question([picture, bad], CAPTION, "", ["a"])
    assert "5 were given, the most is 4" in pictures_html([picture] * 5)
    with pytest.raises(UserError, match="5 were given"):
        question([picture] * 5, CAPTION, "", ["a"])
    with pytest.raises(UserError, match="there is no such file"):
        question([f"{picture}.gone"], CAPTION, "", ["a"])


@pytest.mark.parametrize("models", [[], None, "things-bound", [*"abcdefghi"], [5], [None], [["a"]]])
def test_models_are_one_to_eight_names(models: Any) -> None:
    with pytest.raises(UserError, match="^models: choose 1 to 8"):
        question(None, CAPTION, "", models)


@pytest.mark.parametrize(("caption", "others"), [("", ""), (None, SWAP), ("x" * 301, ""), (CAPTION, "x" * 301)])
def test_captions_are_checked(caption: Any, others: str) -> None:
    with pytest.raises(UserError, match=r"^caption [12]: give a text of 1 to 300"):
        question(None, caption, others, ["a"])


def test_files_are_a_list() -> None:
    assert paths_of(None) == paths_of("/etc/passwd") == paths_of({"path": "/etc/passwd"}) == []


# --- the list of models ---


def test_models_to_choose_from(store: RunStore, run: RunFolder) -> None:
    found = {name: text for text, name in choices(store, LOCAL, "", KEY)}
    assert set(shipped_names()) | {run.run, "ViT-B-32/openai"} <= set(found)
    assert "M parameters · on disk" in found[shipped_names()[0]] and "to be fetched" in found["ViT-B-32/openai"]


def test_a_shared_server_offers_shipped_models_and_own_runs(store: RunStore, run: RunFolder) -> None:
    assert {name for _, name in choices(store, SHARED, "", KEY)} == {*shipped_names(), run.run}
    assert {name for _, name in choices(store, SHARED, "", "f" * 32)} == set(shipped_names())
    assert {name for _, name in choices(store, SHARED, run.run, "f" * 32)} == {*shipped_names(), run.run}


def test_a_model_in_one_line() -> None:
    model = Listed(name="a/b", kind="pretrained", parameters=None, bytes=None, on_disk=False)
    assert model_text(model) == "a/b · to be fetched"
    here = replace(model, parameters=151_277_313, bytes=605_000_000, on_disk=True)
    assert model_text(here) == "a/b · 151.3 M parameters · on disk, 605 MB"


# --- the answer ---


def asked(*models: str) -> Question:
    return Question(
        files=example.files(),
        names=("1.png", "<2>.png"),
        thumbnails=example.uris(),
        captions=(CAPTION, SWAP),
        models=models,
    )


def steps(found: Iterator[AnswerProgress]) -> list[AnswerProgress]:
    return list(found)


def test_models_answer_one_after_another_and_a_wrong_name_is_a_sentence(store: RunStore, run: RunFolder) -> None:
    found = steps(answers(store, asked("nothing-here", run.run), threading.Event(), closed=False, own=True))
    shown = [step.answer for step in found if step.answer is not None]
    assert len(shown) == 1 and f"data-model='{run.run}'" in shown[0] and "&lt;2&gt;.png" in shown[0]
    last = found[-1]
    assert "model=nothing-here: no such model here" in str(last.notes) and [step.busy for step in found[-2:]] == [
        True,
        False,
    ]
    assert "2 pictures, 2 captions, 1 model; answered in" in str(last.progress)
    assert [step.said for step in found if step.said is not None] == [last.said] and "answered" in str(last.said)
    assert "1 could not answer, see the notice." in str(last.progress)
    assert any(f"{run.run}: " in str(step.progress) and "data-busy='true'" in str(step.progress) for step in found)


def test_a_shared_server_asks_no_other_model(store: RunStore, run: RunFolder) -> None:
    found = steps(answers(store, asked(str(run.model), "ViT-B-32/openai"), threading.Event(), closed=True, own=True))
    assert "No model could answer." in str(found[-1].progress) and found[-1].said is None
    assert str(found[-1].notes).count("choose a shipped model or a run") == 2
    found = steps(answers(store, asked(run.run), threading.Event(), closed=True, own=True))
    assert str(store.root) not in "".join(str(step.answer) for step in found)


def test_a_question_is_called_off(store: RunStore, run: RunFolder) -> None:
    waiting = OpenQuestions()
    gone = waiting.begin("me")
    waiting.cancel("you")
    assert not gone.is_set()
    waiting.cancel("me")
    found = steps(answers(store, asked(run.run), gone, closed=False, own=True))
    assert len(found) == 1 and "Cancelled." in str(found[0].progress)
    waiting.end("me", gone)
    assert waiting.waiting == {}


def test_a_second_question_calls_the_first_off() -> None:
    waiting = OpenQuestions()
    first, second = waiting.begin("me"), waiting.begin("me")
    assert first.is_set() and not second.is_set()
    waiting.end("me", first)
    waiting.cancel("me")
    assert second.is_set()


def test_progress_in_words() -> None:
    assert progress_text("m", Progress(stage="fetch", done=5 * 10**7, total=10**8)) == (
        "m: fetching, 50 of 100 MB",
        0.5,
    )
    assert progress_text("m", Progress(stage="fetch"))[1] is None
    assert "width:50%" in progress_html("m", busy=True, share=0.5) and "&lt;" in progress_html("<")


def test_maps_are_asked_for_and_shown(store: RunStore, run: RunFolder) -> None:
    gone = threading.Event()
    found = steps(answers(store, asked(run.run), gone, closed=False, own=True, looks=True))
    html = next(step.answer for step in found if step.answer is not None)
    assert html.count("class='map'") == 4 and html.count("data-picture=") == 2 and "2 × 2 patches" in html
    assert "aria-label='1.png, 1. a red bus and a blue cat: " in html and "<2>" not in html
    without = steps(answers(store, asked(run.run), threading.Event(), closed=False, own=True))
    assert "class='map'" not in str(next(step.answer for step in without if step.answer is not None))


# --- a question that has changed ---

ASKED = (["/tmp/a.png"], CAPTION, SWAP, ["things-bound"], True, True)


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, None), (0, ["/tmp/b.png"]), (1, SWAP), (2, f"{SWAP}\na cat"), (3, []), (4, False), (5, False)],
)
def test_an_answer_to_another_question_is_told(place: int, value: Any) -> None:
    kept = answered_text(ASKED, "1 picture; answered.")
    assert since(ASKED, kept) == ("1 picture; answered.", False)
    assert since([value if n == place else each for n, each in enumerate(ASKED)], kept) == (CHANGED, True)


def test_spaces_around_captions_make_no_other_question() -> None:
    kept = answered_text(ASKED, "said")
    assert since((ASKED[0], f" {CAPTION} ", f"\n {SWAP}\n\n", *ASKED[3:]), kept) == ("said", False)


@pytest.mark.parametrize("kept", ["", None, 3, "no JSON", "[]", "{}", '{"of": "x"}'])
def test_where_nothing_was_answered_nothing_is_told(kept: Any) -> None:
    assert since(ASKED, kept) == ("", False)


# --- the example ---


def test_the_example_is_answered_by_what_is_here() -> None:
    html = example_answer()
    assert html.count("<details class='model'") == len(shipped_names()) and "data-verdict='beyond'" in html
    assert html.count("class='map'") == 4 * len(shipped_names())
    assert "/checkpoints" not in example.FILE.read_text() and answer_html([], (), own=True) == EMPTY


def changed(scored: ScoredPictures, **fields: Any) -> ScoredPictures:
    """The same with other fields of the answer."""
    return replace(scored, answer=replace(scored.answer, **fields))


def test_a_phone_finds_the_caption_in_each_cell_and_no_caption_breaks_out() -> None:
    found = changed(example.answers()[0], captions=("a 'red' <b> & bus", "a blue bus"))
    html = answer_html([found], example.uris(), own=True)
    assert html.count("data-label='1. a &#39;red&#39; &lt;b&gt; &amp; bus'") == 2
    assert html.count("data-label='Verdict'") == html.count("data-label='Margin'") == 2
    assert "class='facts cosines stacked'" in html


def test_one_caption_alone_is_neither_right_nor_wrong() -> None:
    alone = changed(
        example.answers()[0], captions=("a bus",), cosine=((-0.25,), (-0.5,)), probabilities=((1.0,), (1.0,)),
        order_free=None, pair_scores=None, relevance=None,
    )  # fmt: skip
    html = answer_html([alone], example.uris(), own=True)
    assert "<td class='said' data-label='1. a bus'>−0.2500</td>" in html and "✓" not in html
    assert "One caption has nothing to be compared with: add another." in html


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ([0.52, 0.48], "Practically a coin toss: 52 to 48"),
        ([0.3, 0.7], "Leans to the wrong caption"),
        ([0.9, 0.1], "Fairly sure of its own caption"),
        ([0.001, 0.999], "Sure of the wrong caption"),
        ([0.9, 0.05, 0.05], "Fairly sure of its own caption"),
    ],
)
def test_an_answer_is_told_in_plain_words(shares: list[float], words: str) -> None:
    one = changed(
        example.answers()[0], captions=("x",) * len(shares), cosine=(tuple(shares),), probabilities=(tuple(shares),),
        order_free=None, pair_scores=None, relevance=None,
    )  # fmt: skip
    assert words in re.sub("<[^>]+>", "", answer_html([one], example.uris(), own=False))


def test_words_that_were_never_read_are_told_while_one_types(store: RunStore, run: RunFolder) -> None:
    visit = Visit(build_app(Service.of(store, LOCAL)))
    asked = {
        "probe-caption": "a red zebra",
        "probe-others": "a blue bus",
        "probe-models": ["things-web", "ViT-B-32/openai"],
    }
    visit.send("reading", **asked)
    assert (
        "<b translate='no'>zebra</b>: <span>never read in training by things-web.</span>" in visit.shows["probe-unread"]
    )
    visit.send("reading", **asked | {"probe-caption": "a red bus."})
    assert visit.shows["probe-unread"].strip() == ""


def test_the_example_of_other_weights_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = json.loads(example.FILE.read_text())
    found["of"]["weights"]["things-bound"] = "0"
    (tmp_path / "other.json").write_text(json.dumps(found))
    example.answers.cache_clear()
    for path in (tmp_path / "other.json", tmp_path / "none.json"):
        monkeypatch.setattr(example, "FILE", path)
        assert example.answers() == ()
        example.answers.cache_clear()


def test_the_answer_in_the_file_is_what_the_models_say() -> None:
    example.answers.cache_clear()
    fresh = example.compute()
    assert example.answers(), "run python -m explorer.pages.probe.example"
    for kept, now in zip(example.answers(), fresh, strict=True):
        was, is_now = kept.answer, now.answer
        assert was.model == is_now.model and kept.snippet == now.snippet and was.notes == is_now.notes
        for name in ("cosine", "margin", "probabilities"):
            assert np.allclose(getattr(was, name), getattr(is_now, name), atol=2e-3), name
        assert was.pair_scores == is_now.pair_scores
        assert isinstance(was.relevance, RelevanceMaps) and isinstance(is_now.relevance, RelevanceMaps)
        assert np.allclose(was.relevance.maps, is_now.relevance.maps, atol=2e-2)


# --- the listeners ---


def test_the_page_reads_a_caption_and_a_chip(store: RunStore) -> None:
    visit = Visit(build_app(Service.of(store, LOCAL)))
    visit.send("typed", **{"probe-caption": CAPTION})
    assert json.loads(visit.shows["probe-offered"]) == {"caption": CAPTION, "swaps": SWAP}
    visit.shows["probe-caption"] = CAPTION
    visit.send("pressed", data={"place": 2})
    assert visit.shows["probe-others"] == "a blue red bus and a cat"
    assert "aria-pressed='false'" in visit.shows["probe-chips"]
    # Gradio tells of one change up to three times: told again, the press stays.
    assert visit.send("typed") == {} and "aria-pressed='false'" in visit.shows["probe-chips"]
    visit.send("typed", **{"probe-caption": "a green bus and a blue cat"})
    assert json.loads(visit.shows["probe-offered"])["swaps"] == "a blue bus and a green cat"
    visit.send("example_shown")
    assert visit.shows["probe-caption"] == example.CAPTIONS[0] and visit.shows["probe-models"] == list(shipped_names())
    found = visit.send("offered")["probe-models"]
    assert set(shipped_names()) <= {name for _, name in found["choices"]}


def test_the_page_tells_what_is_wrong_with_a_question(store: RunStore) -> None:
    visit = Visit(build_app(Service.of(store, LOCAL)))
    visit.send("ask", **{"probe-models": []})
    assert visit.notes == ["models: choose 1 to 8"]
    assert "Not asked, see the notice." in visit.shows["probe-progress"]


def test_an_arrival_on_probe_shows_it(store: RunStore) -> None:
    visit = Visit(build_app(Service.of(store, LOCAL)))
    assert visit.send("arrive", query={"tab": "probe"})["tabs"]["selected"] == "probe"


def test_confusions_are_added_once_and_keep_what_was_written() -> None:
    added = with_confusions("a red bus and a blue car", "", "my own caption")
    assert added.splitlines() == ["my own caption", "a red bus and a red car", "a blue bus and a blue car"]
    assert with_confusions("a red bus and a blue car", "", added) == added
    assert with_confusions(None, "", "mine") == "mine" and with_confusions("a bus", "", "") == ""
