"""A teacher's link: its parts survive the address, what is bad is left out with a sentence, markup stays text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.pages.shared.dial_values import MAIN, has_choice
from explorer.pages.shared.url_state import DRAWER as DRAWER_PLACE
from explorer.pages.shared.url_state import (
    LONGEST_QUESTION,
    USUAL,
    Place,
    View,
    read,
    read_view,
    view_html,
    write,
    write_view,
)
from explorer.pages.workbench.view import DRAWER, catalog
from explorer.spec import DIALS
from tests.unit.pages.shared.test_address import query_of

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=LONGEST_QUESTION)
VIEWS = st.builds(
    View,
    dials=st.none() | st.lists(st.sampled_from(list(DIALS)), unique=True).map(
        lambda names: tuple(name for name in DIALS if name in names)
    ),
    question=TEXT,
    is_projected=st.booleans(),
)  # fmt: skip


@given(VIEWS)
def test_a_view_survives_its_address(view: View) -> None:
    place, notes = read(query_of(write(Place(view=view))))
    assert place.view == view and notes == []


def test_the_parts_are_short_and_nothing_is_written_of_the_usual_view() -> None:
    view = View(dials=("saliency_bias", "steps"), question="Which one binds?", is_projected=True)
    assert write_view(view) == {"dials": "saliency_bias,steps", "question": "Which one binds?", "view": "projector"}
    assert write(Place(view=view)).endswith("&dials=saliency_bias,steps&question=Which+one+binds%3F&view=projector")
    assert write(Place()) == write(Place(view=USUAL)) and "dials" not in write(Place())
    assert write_view(View(dials=()))["dials"] == "none"


@pytest.mark.parametrize(
    ("query", "view", "sentence"),
    [
        ({"dials": "steps,color"}, View(dials=("steps",)), "dials=color: is no dial; it was left out"),
        ({"dials": "color"}, USUAL, "dials=color: is no dial"),
        ({"dials": ",,"}, USUAL, None),
        ({"dials": "none"}, View(dials=()), None),
        ({"dials": "steps, steps ,objects_in_image"}, View(dials=("objects_in_image", "steps")), None),
        ({"view": "cinema"}, USUAL, "view=cinema: choose projector"),
        ({"question": "x" * 201}, View(question="x" * 200), "question: has more than 200 characters"),
        ({"question": "a\x00b\n\u202ec "}, View(question="a b c"), None),
    ],
)
def test_a_bad_part_falls_back_with_a_sentence(query: dict[str, str], view: View, sentence: str | None) -> None:
    found, notes = read_view(query)
    assert found == view
    assert len(notes) == (sentence is not None) and all(note.startswith(sentence or "") for note in notes)


def test_the_page_is_told_what_to_hide_and_what_to_open() -> None:
    html = view_html(View(dials=("saliency_bias", "batch_size")), DRAWER)
    hidden = re.findall(r"#bench \[data-row=(\w+)\]", html)
    assert hidden == [name for name in DIALS if name not in ("saliency_bias", "batch_size")]
    assert f"data-open='{DRAWER_PLACE}'" in html and f"{DRAWER_PLACE} {{" not in html
    assert "only “Only the big things told”, “Pairs in a batch”;" in html
    assert "only no dial" not in html and "no dial" in view_html(View(dials=()), DRAWER)
    assert f"{DRAWER_PLACE} {{ display: none" in view_html(View(dials=("saliency_bias",)), DRAWER), "an empty drawer"
    assert view_html(USUAL, DRAWER) == ""


def test_every_dial_is_in_sight_or_in_the_drawer() -> None:
    found = catalog()
    rows = [dial["name"] for dial in (*found["main"], *found["others"])]
    assert rows == [*MAIN, *DRAWER] and len(set(rows)) == len(rows)
    assert set(DIALS) - set(rows) == {"init", *(name for name in DIALS if not has_choice(name))}


def test_markup_in_a_question_is_text() -> None:
    html = view_html(View(question="<img src=x onerror=alert(1)>'\""), DRAWER)
    assert "<img" not in html and "&lt;img src=x" in html


def test_a_link_to_a_run_opens_where_it_is_watched() -> None:
    assert read({"run": "a-run"})[0].tab == "workbench"
    assert read({"run": "a-run", "tab": "inspect"})[0].tab == "inspect"
    assert read({})[0].tab == "workbench"
