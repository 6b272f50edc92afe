"""`gr.Blocks` that does no work for skipped outputs, translates the others, and keeps no values of a visitor.

    with SkippingBlocks(title="...") as app: ...

For a skipped output Gradio builds the component again and keeps it for the visitor: a millisecond or two each, and a
handler here skips up to a dozen. With a class of thirty that was two fifths of the server's time. Gradio also keeps
the config of every component for each visitor and each request, for links to a state of the page (deep links), which
this page does not use: 25 ms of the event loop and 0.4 MB for each. `BareSession` keeps none.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from copy import copy
from inspect import Parameter, signature
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import route_utils, state_holder
from gradio.blocks import Block
from gradio.components.api_component import Api
from gradio.exceptions import InvalidPathError

from explorer.pages.i18n.translator import language_of, translator

SKIP = gr.skip()
LANGUAGE: ContextVar[str] = ContextVar("language", default="en")
"""Language of the event that is handled, from the address of its page."""
_logger = logging.getLogger(__name__)


class NoConfigs(dict[int, Any]):
    """Configs of components, which no one reads: writes are ignored."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: int) -> dict[str, Any]:
        return {}

    def __setitem__(self, key: int, value: Any) -> None:
        pass


class BareSession(state_holder.SessionState):
    """The values of a page's `gr.State` and the components that were built anew for it, without any config."""

    def __init__(self, blocks: gr.Blocks) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]
        self.config_values = NoConfigs()


# Gradio makes sessions by this name: of pages, and of requests without a page.
for module in (state_holder, route_utils):
    module.SessionState = BareSession  # type: ignore[attr-defined]


class SkippingBlocks(gr.Blocks):
    """`gr.Blocks` that does not postprocess skipped outputs.

    `first_values` returns the values of components for the query of an address; see `first_page`.
    """

    first_values: Callable[[Mapping[str, str]], Mapping[Any, Any]] | None = None

    async def process_api(self, *values: Any, **named: Any) -> dict[str, Any]:
        """Process an event; its outputs are translated to the language of its page."""
        request = named.get("request") or (values[3] if len(values) > 3 else None)
        token = LANGUAGE.set(language_of(dict(getattr(request, "query_params", None) or {})))
        try:
            return await super().process_api(*values, **named)
        finally:
            LANGUAGE.reset(token)

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """Return the values for the handler; a value that its component refuses is a sentence, not a traceback."""
        if len(inputs) >= num_required(block_fn):
            inputs = [*inputs, *defaults_of(block_fn)[len(inputs) :]]
        try:
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error:
            raise
        except Exception as error:  # whatever a component makes of a value that no page sends
            _logger.debug("event %s: values refused", block_fn.api_name, exc_info=True)
            raise gr.Error(_refusal(block_fn, error), print_exception=False) from None

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """Return the update of each output; Gradio's own for those that are not skipped."""
        predictions = _by_position(predictions, block_fn.outputs)
        sent = await self._postprocess(block_fn, predictions, state)
        to = translator(LANGUAGE.get())
        return [to.sent(each.get_block_name(), value) for each, value in zip(block_fn.outputs, sent, strict=True)]

    async def _postprocess(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        skipped = _skipped(predictions, len(block_fn.outputs))
        if not any(skipped):
            return await super().postprocess_data(block_fn, predictions, state)
        asked = copy(block_fn)
        asked.outputs = [output for output, skip in zip(block_fn.outputs, skipped, strict=True) if not skip]
        values = [value for value, skip in zip(predictions, skipped, strict=True) if not skip]
        # Gradio takes the answer of a handler with one output as that output's value.
        told = await super().postprocess_data(asked, values[0] if len(values) == 1 else values, state)
        found = iter(told)
        return [dict(SKIP) if skip else next(found) for skip in skipped]


def defaults_of(block_fn: Any) -> list[Any]:
    """Return a value per input of a published function that ends in optional ones, for a list that leaves these out.

    Gradio's clients fill them in, a plain HTTP request does not. Empty if the last input has no default.
    """
    if not all(isinstance(each, Api) for each in block_fn.inputs):
        return []
    parameters = list(signature(block_fn.fn).parameters.values())[: len(block_fn.inputs)]
    values = [parameter.default for parameter in parameters]
    return [] if not values or values[-1] is Parameter.empty else values


def num_required(block_fn: Any) -> int:
    """Return the number of values that a request must give."""
    if values := defaults_of(block_fn):
        return sum(value is Parameter.empty for value in values)
    return sum(not each.skip_api for each in block_fn.inputs)


def _by_position(predictions: Any, outputs: Sequence[Any]) -> Any:
    """Convert {component: value} to a list of one value per output, the others skipped; leave anything else unchanged.

    A component that is not an output is left to Gradio, which reports it.
    """
    is_by_component = (
        isinstance(predictions, dict) and predictions and all(isinstance(key, Block) for key in predictions)
    )
    if not is_by_component or len(outputs) < 2 or not set(predictions) <= set(outputs):
        return predictions
    return [predictions.get(output, dict(SKIP)) for output in outputs]


def _refusal(block_fn: Any, error: Exception) -> str:
    """Return one sentence for values that a component refuses."""
    if isinstance(error, InvalidPathError):
        return "file: was not uploaded to this server; give a picture as a data URI, for example as images[0]"
    return f"data: the event {block_fn.api_name} takes no such values"


def _skipped(predictions: Any, count: int) -> Sequence[bool]:
    """Return which outputs a handler skips; none if its answer is not a list of one value per output."""
    if count < 2 or not isinstance(predictions, list | tuple) or len(predictions) != count:
        return ()
    return [isinstance(each, dict) and each == SKIP for each in predictions]
