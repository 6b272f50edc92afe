"""Settings that all tests share: sleeping threads, one core per worker, long files first, and the same examples.

The variables are set before torch is imported, which reads them once. With threads that spin, tests that train took
ten times as long on a busy computer. Workers of pytest-xdist share the cores already, so each gets one thread.
"""

import gc
import os

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples in every run, so that a change is judged and not the draw; `--hypothesis-profile=default` draws new
# ones. No deadline: a computer with other work is slow, not wrong.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")

# Imports and the collection leave millions of objects and no garbage: neither they nor the tests pay for looking there.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    gc.freeze()
    gc.enable()


SLOWEST = ("runs/test_supervisor",)
"""Files that take minutes. A worker takes a whole file, so the last one to begin must not be one of these."""
LONG = ("page/test_states", "runs/test_worker", "web/test_onefile")
"""Files whose fast tests take seconds together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files and those with slow tests first; the order within a file stays."""
    weights: dict[str, int] = {}
    for item in items:
        file = item.path.as_posix().removesuffix(".py")
        is_long = file.endswith(LONG) or item.get_closest_marker("slow")
        weight = 2 if file.endswith(SLOWEST) else int(bool(is_long))
        weights[file] = max(weights.get(file, 0), weight)
    items.sort(key=lambda item: -weights[item.path.as_posix().removesuffix(".py")])
