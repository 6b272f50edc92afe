"""Components that a handler skips are not sent and not built anew; all else equals the answer of Gradio's own page."""

import asyncio
from copy import deepcopy
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import StateHolder

from explorer.pages.server.fast_blocks import BareSession, SkippingBlocks, defaults_of, num_required


def answer(kind: type[gr.Blocks], predictions: Any, outputs: int = 3) -> tuple[list[Any], dict[str, bool]]:
    """Return the updates of a slider, a box and text for the browser, and True for each that the page still has."""
    with kind(analytics_enabled=False) as app:
        parts: list[Any] = [gr.Slider(0, 1), gr.Textbox(), gr.HTML()][:outputs]
        gr.Button().click(lambda: None, None, parts)
    (listener,) = app.fns.values()
    state = BareSession(app)
    # Gradio takes apart what it is given.
    told = asyncio.run(app.postprocess_data(listener, deepcopy(predictions), state))
    # An HTML that is skipped gets {"props": {"__type__": "update"}} from Gradio, which changes nothing in the browser.
    for each in told:
        if isinstance(each, dict):
            each.pop("props", None)
    return told, {part.get_block_name(): state[part._id] is part for part in parts}


@pytest.mark.parametrize(
    "predictions",
    [
        (0.5, "words", "<p>html</p>"),
        (gr.skip(), gr.skip(), gr.skip()),
        (gr.skip(), "words", gr.skip()),
        (0.5, gr.skip(), "<p>html</p>"),
        (gr.update(value=0.5, interactive=False), gr.skip(), None),
        [gr.skip(), gr.Textbox("words", label="other"), "x"],
        gr.skip(),
    ],
)
def test_the_browser_is_told_the_same(predictions: Any) -> None:
    assert answer(SkippingBlocks, predictions)[0] == answer(gr.Blocks, predictions)[0]


@pytest.mark.slow
@pytest.mark.parametrize("named", [{1: "words"}, {0: 0.5, 2: "<p>html</p>"}, {0: 0.5, 1: "words", 2: "x"}])
def test_values_by_component_are_told_as_gradio_does_and_the_others_are_skipped(named: dict[int, Any]) -> None:
    def told(kind: type[gr.Blocks]) -> tuple[list[Any], dict[str, bool]]:
        with kind(analytics_enabled=False) as app:
            parts: list[Any] = [gr.Slider(0, 1), gr.Textbox(), gr.HTML()]
            gr.Button().click(lambda: None, None, parts)
        (listener,) = app.fns.values()
        state = BareSession(app)
        answer = {parts[place]: value for place, value in named.items()}
        found = asyncio.run(app.postprocess_data(listener, answer, state))
        for each in found:
            if isinstance(each, dict):
                each.pop("props", None)
        return found, {part.get_block_name(): state[part._id] is part for part in parts}

    assert told(SkippingBlocks)[0] == told(gr.Blocks)[0]
    assert all(told(SkippingBlocks)[1].values())  # nothing was built anew for what is skipped


def test_a_component_that_is_no_output_is_gradios_to_tell() -> None:
    with SkippingBlocks(analytics_enabled=False) as app:
        parts: list[Any] = [gr.Textbox(), gr.HTML()]
        other = gr.Textbox()
        gr.Button().click(lambda: None, None, parts)
    (listener,) = app.fns.values()
    with pytest.raises(ValueError, match="not specified"):
        asyncio.run(app.postprocess_data(listener, {other: "x"}, BareSession(app)))


def test_one_output_is_skipped_as_gradio_does() -> None:
    assert answer(SkippingBlocks, gr.skip(), outputs=1)[0] == answer(gr.Blocks, gr.skip(), outputs=1)[0]


def test_what_is_skipped_is_not_kept_for_the_visitor() -> None:
    told, is_pages = answer(SkippingBlocks, (gr.skip(), gr.update(value="x"), gr.skip()))
    assert told[0] == told[2] == {"__type__": "update"} and told[1]["value"] == "x"
    assert is_pages == {"slider": True, "textbox": False, "html": True}


def test_a_wrong_number_of_answers_is_gradios_to_tell() -> None:
    with pytest.raises(ValueError, match="values"):
        answer(SkippingBlocks, (gr.skip(), gr.skip()))


def test_values_of_a_visitor_are_not_kept() -> None:
    with SkippingBlocks(analytics_enabled=False) as app:
        box, other = gr.Textbox(), gr.Textbox()
        gr.Button().click(lambda text: text, box, other)
    (listener,), state = app.fns.values(), BareSession(app)
    assert asyncio.run(app.preprocess_data(listener, ["words"], state)) == ["words"]
    assert asyncio.run(app.postprocess_data(listener, "words", state)) == ["words"]
    assert "words" not in str(list(state.components))


def test_a_session_holds_the_states_of_its_page_and_no_config() -> None:
    with SkippingBlocks(analytics_enabled=False) as app:
        count, box = gr.State(3), gr.Textbox()
        gr.Button().click(lambda number: (number + 1, "words"), count, [count, box])
    (listener,), holder = app.fns.values(), StateHolder()
    holder.set_blocks(app)
    first, second = holder["a"], holder["b"]
    assert asyncio.run(app.preprocess_data(listener, [None], first)) == [3]
    asyncio.run(app.postprocess_data(listener, (4, "words"), first))
    assert (first[count._id], second[count._id]) == (4, 3)
    assert isinstance(first, BareSession) and len(first.config_values) == 0 and not list(first.components)


@pytest.mark.parametrize("kind", [gr.Slider, gr.Image])
def test_a_value_that_no_page_sends_is_a_sentence(kind: type[Any]) -> None:
    with SkippingBlocks(analytics_enabled=False) as app:
        gr.Button().click(lambda value: None, kind(), None)
    (listener,) = app.fns.values()
    with pytest.raises(gr.Error, match="data: the event lambda takes no such values") as caught:
        asyncio.run(app.preprocess_data(listener, [{"path": "/etc/passwd"}], BareSession(app)))
    assert not caught.value.print_exception


def test_a_published_function_fills_in_what_a_request_leaves_out() -> None:
    def scaled(number: int, factor: int = 3, unit: str = "m") -> str:
        return f"{number * factor} {unit}"

    with SkippingBlocks(analytics_enabled=False) as app:
        gr.api(scaled, api_name="scaled")
        slider = gr.Slider(0, 1)
        gr.Button().click(lambda value: value, slider, slider)
    published, event = app.fns.values()
    assert defaults_of(published)[1:] == [3, "m"] and num_required(published) == 1
    assert defaults_of(event) == [] and num_required(event) == 1

    def given(*values: Any) -> list[Any]:
        return asyncio.run(app.preprocess_data(published, list(values), BareSession(app)))

    assert given(2) == [2, 3, "m"] and given(2, 5) == [2, 5, "m"] and given(2, 5, "km") == [2, 5, "km"]
    with pytest.raises(gr.Error):
        given()
