"""A page on which what a handler skips costs nothing.

    with SkippingBlocks(title="...") as app: ...

For a skipped output Gradio builds the component anew and keeps it for the visitor: a millisecond or two each, and a
handler here skips up to a dozen. With a class of thirty that was two fifths of the server's time.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any

import gradio as gr
from gradio.blocks import Block

SKIP = gr.skip()


class SkippingBlocks(gr.Blocks):
    """`gr.Blocks`, which answers for the outputs that a handler skips without looking at them."""

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """What the browser is told of each output; as Gradio's own for those that are not skipped."""
        predictions = _by_position(predictions, block_fn.outputs)
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


def _by_position(predictions: Any, outputs: Sequence[Any]) -> Any:
    """{component: value} as a list of one value an output, the others skipped; anything else as it is.

    A component that is no output is left to Gradio, which says so.
    """
    is_by_component = (
        isinstance(predictions, dict) and predictions and all(isinstance(key, Block) for key in predictions)
    )
    if not is_by_component or len(outputs) < 2 or not set(predictions) <= set(outputs):
        return predictions
    return [predictions.get(output, dict(SKIP)) for output in outputs]


def _skipped(predictions: Any, count: int) -> Sequence[bool]:
    """Which of the outputs a handler skips; none where its answer is no list of as many values."""
    if count < 2 or not isinstance(predictions, list | tuple) or len(predictions) != count:
        return ()
    return [isinstance(each, dict) and each == SKIP for each in predictions]
