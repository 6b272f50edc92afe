"""Settings that all tests share: sleeping threads, one core per worker, long files first, and the same examples.

The variables are set before torch is imported, which reads them once. With threads that spin, tests that train took
ten times as long on a busy computer. Workers of pytest-xdist share the cores already, so each gets one thread.
"""

import gc
import os
from collections.abc import Iterator

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After a file, exempt what it left from collection: modules and caches, such as the syntax trees of all code.

    With them each full collection took a second, and a board of the product makes one after each model.
    """
    yield
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()


SLOWEST = ("runs/test_supervisor", "engine/test_train", "web/test_space", "oracles/test_hostile")
"""Files that take a minute or more. A worker takes a whole file, so the last one to begin must not be one of these."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first, with those of a browser evenly among them.

    A browser leaves a core free now and then, which another one beside it would not use. The order within a file stays.
    """
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path.as_posix().removesuffix(".py"), []).append(item)
    in_browsers, slow, fast = list[str](), list[str](), list[str]()
    for file, tests in files.items():
        if any(each.get_closest_marker("browser") for each in tests):
            in_browsers.append(file)
        elif any(each.get_closest_marker("slow") for each in tests):
            slow.append(file)
        else:
            fast.append(file)
    slow.sort(key=lambda file: not file.endswith(SLOWEST))
    places = {file: place / len(group) for group in (in_browsers, slow) for place, file in enumerate(group)}
    items[:] = [each for file in [*sorted(places, key=places.__getitem__), *fast] for each in files[file]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show why a first try failed: what the second one meets may be another fault."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first try of {report.nodeid}")
        terminalreporter.write_line(report.longreprtext[-6000:])
