"""Gradio, imported without what no server of ours uses: every module of `explorer.web` takes its names from here.

    from explorer.web.gradio_import import LocalContext, gr

An import of Gradio writes a stub file for each of its components, for which it parses their sources: a second of the
CPU, a third of the server's start. It also imports pandas, which loads pyarrow where that is installed: 37 MB.
"""

import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from explorer.lean_imports import in_place_of
from explorer.settings import GRADIO_NUMBERS, faulty_gradio_numbers


@contextmanager
def _without_stubs() -> Iterator[None]:
    """Let the classes of Gradio have no file meanwhile, as those that are made at a prompt: they get no stub file."""
    file_of = inspect.getfile

    def file_unless_of_gradio(thing: Any) -> str:
        if inspect.isclass(thing) and thing.__module__.startswith("gradio."):
            raise OSError(f"no stub file for {thing.__module__}")
        return file_of(thing)

    inspect.getfile = file_unless_of_gradio  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = file_of


@contextmanager
def _without_faulty_numbers() -> Iterator[None]:
    """Unset variables meanwhile that Gradio would read as numbers and are none: the server names them when it starts.

    Those that are empty stay unset.
    """
    for name in GRADIO_NUMBERS:
        if os.environ.get(name) == "":
            del os.environ[name]
    faulty = {error.field: os.environ.pop(error.field) for error in [*faulty_gradio_numbers(os.environ)]}
    try:
        yield
    finally:
        os.environ.update(faulty)


with _without_stubs(), in_place_of("pyarrow", None), _without_faulty_numbers():
    import gradio as gr
    from gradio import http_server
    from gradio.context import LocalContext

__all__ = ["LocalContext", "gr", "http_server"]
