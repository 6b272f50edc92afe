"""Imports of large libraries without the parts that these load and we seldom or never use.

with in_place_of("pyarrow", None):
import pandas                     # is told that there is no pyarrow, and loads 37 MB less
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def in_place_of(name: str, module: ModuleType | None) -> Iterator[None]:
    """Answer imports of a module by another meanwhile, or by ImportError, unless it is loaded; later ones load it."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = module  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
