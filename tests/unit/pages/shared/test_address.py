"""A place survives its address, for any legal spec; a bad address falls back, part by part, with a sentence each."""

from dataclasses import fields, replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.clip.names import config_names
from explorer.pages.shared.url_state import (
    FIRST_PRESET,
    TABS,
    Place,
    StudyPlace,
    changed,
    read,
    read_study,
    write,
    write_study,
)
from explorer.presets import PRESETS, preset
from explorer.service.endpoints import resolve
from explorer.spec import DIALS, DataSpec, fit, override
from explorer.world.worlds import kind_names

NAMES = {"world": list(kind_names()), "model": list(config_names())}


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(address.removeprefix("?"), keep_blank_values=True).items()}


def values_for(name: str) -> st.SearchStrategy[Any]:
    """Legal values of one dial."""
    dial = DIALS[name]
    choices = dial.choices or NAMES.get(name)
    if choices:
        return st.sampled_from(list(choices))
    if name == "attribute_kinds":
        return st.lists(st.sampled_from(kind_names()["things"]), min_size=1, unique=True)
    if name == "init":
        return st.sampled_from(["scratch", "web-like-0c4f9a12e6b7"])
    if name == "mask_false_negatives":
        return st.booleans()
    assert dial.low is not None and dial.high is not None
    if name in ("objects_in_image", "batch_size", "steps", "seed"):
        return st.integers(int(dial.low), int(dial.high))
    return st.floats(dial.low, dial.high).map(lambda number: float(f"{number:.10g}"))


@st.composite
def places(draw: st.DrawFn) -> Place:
    base = PRESETS[draw(st.sampled_from(list(PRESETS)))].spec
    names = draw(st.lists(st.sampled_from(list(DIALS)), max_size=4, unique=True))
    spec = override(base, {name: draw(values_for(name)) for name in names})
    # A world has its own kinds, and an address of others is answered with a note.
    kinds = [kind for kind in spec.data.attribute_kinds if kind in kind_names()[spec.data.world]]
    spec = fit(override(spec, {"attribute_kinds": kinds or ["color"]}))[0]
    # 1/3 and the like have no short text; what a slider or a person writes has.
    data = override(spec, {"caption_completeness": float(f"{spec.data.caption_completeness:.10g}")})
    data = fit(data)[0]
    run = draw(st.sampled_from(["", "web-like-0c4f9a12e6b7"]))
    study = StudyPlace(**{name: draw(st.text(max_size=40).map(str.strip)) for name in ("claim", "form", "metric")})
    return Place(tab=draw(st.sampled_from(TABS)), spec=data, run=run, study=study)


@given(places())
def test_a_place_survives_its_address(place: Place) -> None:
    found, notes = read(query_of(write(place)))
    assert found.tab == place.tab and found.run == place.run and found.study == place.study
    assert found.spec.train == place.spec.train and found.spec.preset == place.spec.preset
    for field in fields(DataSpec):
        was, now = getattr(place.spec.data, field.name), getattr(found.spec.data, field.name)
        assert now == pytest.approx(was, abs=1e-9) if isinstance(was, float) else now == was
    assert [note for note in notes if "completeness is now" not in note] == []


def test_a_run_of_a_preset_that_is_none_here_differs_from_the_first() -> None:
    assert changed(replace(preset(FIRST_PRESET).spec, preset="<b>")) == {}


def test_only_what_differs_from_the_preset_is_written() -> None:
    spec = resolve("web-like", {"saliency_bias": 0.5, "objects_in_image": 4})
    assert changed(spec) == {"saliency_bias": 0.5}
    place = Place(tab="inspect", spec=spec, run="a-run")
    assert write(place) == "?tab=inspect&preset=web-like&saliency_bias=0.5&run=a-run"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"preset": "nope"}, "preset=nope"),
        ({"tab": "nowhere"}, "tab=nowhere"),
        ({"saliency_bias": "7"}, "saliency_bias=7"),
        ({"saliency_bias": "much"}, "saliency_bias=much"),
        ({"steps": "0"}, "steps=0"),
        ({"attribute_kinds": "color,smell"}, "smell"),
        ({"objects_in_image": "4", "caption_completeness": "0.1"}, "caption_completeness is now 1/4"),
        ({"color": "red"}, "color"),
        ({"lang": "xx"}, "lang=xx"),
        ({"attribute_density": "3"}, "attribute_density is now 1"),
    ],
)
def test_a_bad_part_falls_back_with_a_sentence(query: dict[str, str], sentence: str) -> None:
    place, notes = read(query)
    assert any(sentence in note for note in notes), notes
    assert len(notes) == 1
    resolve(place.spec.preset or "", changed(place.spec))


def test_good_parts_are_kept_beside_bad_ones() -> None:
    place, notes = read({"preset": "web-like", "saliency_bias": "9", "seed": "7", "tab": "study"})
    assert (place.tab, place.spec.train.seed, place.spec.data.saliency_bias) == ("study", 7, 1.0)
    assert len(notes) == 1


@pytest.mark.parametrize("old", ["play", "train"])
def test_links_of_the_pages_that_were_lead_to_the_workbench(old: str) -> None:
    place, notes = read({"tab": old, "preset": "salient", "steps": "90", "run": "salient-0c4f9a12e6b7"})
    assert (place.tab, place.run, place.spec.preset, place.spec.train.steps, notes) == (
        "workbench", "salient-0c4f9a12e6b7", "salient", 90, [],
    )  # fmt: skip


def test_gradios_own_parts_are_no_mistake() -> None:
    assert read({"__theme": "dark"}) == (Place(), [])


def test_fields_that_need_each_other_are_read_together() -> None:
    place, notes = read({"attribute_density": "2", "attribute_kinds": "color,pattern"})
    assert place.spec.data.attribute_density == 2 and notes == []


def test_study_writes_its_own_parts_alone() -> None:
    place = StudyPlace(claim="density", form="own")
    assert write_study(place) == "&claim=density&form=own&metric="
    assert read_study(query_of(write_study(place).removeprefix("&"))) == place
    assert read({"claim": "density", "form": "own"}) == (Place(study=place), [])


def test_a_name_of_study_is_cut() -> None:
    assert read_study({"claim": "x" * 99, "preset": "web-like"}) == StudyPlace(claim="x" * 40)
