"""The pages of the app, one folder each.

Gradio is imported here before any page, without two things that its import does and no page uses:

- Gradio parses the source of each component to renew a stub file next to it, half of its import time. It skips a
  component whose file `inspect.getfile` does not find.
- pandas loads pyarrow if it is installed: 34 MB. Arrow's own readers can be imported as ever afterwards.
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _light_imports() -> Iterator[None]:
    """Import without pyarrow and without stub files, then undo both."""
    find_file = inspect.getfile

    def getfile(value: Any) -> str:
        if sys._getframe(1).f_code.co_name == "create_or_modify_pyi":
            raise OSError("no stub file is wanted")
        return find_file(value)

    blocked = "pyarrow" not in sys.modules
    if blocked:
        # An entry of None makes the import statement raise ImportError.
        sys.modules["pyarrow"] = None  # type: ignore[assignment]
    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = find_file
        if blocked:
            del sys.modules["pyarrow"]


with _light_imports():
    import gradio  # noqa: F401
