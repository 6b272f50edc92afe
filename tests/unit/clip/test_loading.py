"""Models are kept under a bound, loaded one at a time."""

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from explorer.clip.loading import (
    Cancelled,
    ModelCache,
    Progress,
    ProgressCallback,
    no_progress,
    progress_bar_class,
)
from explorer.views.background_work import BackgroundWork


def of(size: int) -> Any:
    """A function that makes a model of so many bytes, half of them in a buffer."""

    def load(_: ProgressCallback = no_progress) -> Any:
        model = torch.nn.Module()
        model.register_parameter("p", torch.nn.Parameter(torch.zeros(size // 8)))
        model.register_buffer("b", torch.zeros(size // 8))
        return SimpleNamespace(model=model)

    return load


def test_what_was_used_longest_ago_goes_first() -> None:
    cache = ModelCache(max_bytes=240)
    first = cache.get("a", of(80))
    cache.get("b", of(80))
    cache.get("c", of(80))
    assert cache.get("a", of(0)) is first
    cache.get("d", of(80))
    assert cache.keys() == ("c", "a", "d")
    cache.get("big", of(1000))
    assert cache.keys() == ("big",)
    cache.get("e", of(8))
    assert cache.keys() == ("e",)
    cache.clear()
    assert cache.keys() == ()


def test_a_failure_is_not_kept() -> None:
    cache = ModelCache()
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda tell: 1 // 0)
    assert cache.get("a", of(8)) is cache.get("a", of(16))


def test_one_is_loaded_at_a_time_and_once() -> None:
    cache, at_once, most, loads = ModelCache(), [0], [0], []

    def load(tell: ProgressCallback) -> Any:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        loads.append(1)
        time.sleep(0.05)
        at_once[0] -= 1
        return of(8)()

    works = [BackgroundWork(lambda tell, key=key: cache.get(key, load, tell=tell)) for key in "aabbcc"]
    loaded = [work.result(20) for work in works]
    assert loaded[0] is loaded[1] and loaded[2] is loaded[3] and loaded[0] is not loaded[2]
    assert (most[0], len(loads)) == (1, 3)


def test_who_waits_for_a_turn_can_be_cancelled() -> None:
    cache, started, go = ModelCache(), threading.Event(), threading.Event()

    def slow(tell: ProgressCallback) -> Any:
        started.set()
        go.wait(20)
        return of(8)()

    first = BackgroundWork(lambda tell: cache.get("a", slow, tell=tell))
    assert started.wait(20)
    second = BackgroundWork(lambda tell: cache.get("b", of(8), tell=tell))
    second.cancel()
    with pytest.raises(Cancelled):
        second.result(20)
    go.set()
    assert first.result(20) is cache.get("a", of(8))
    assert cache.keys() == ("a",)


@pytest.mark.parametrize("disable", [True, False])
def test_a_bar_tells_of_bytes_whether_it_is_drawn_or_not(disable: bool, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[Progress] = []
    bar = progress_bar_class(seen.append)(total=10, unit="B", disable=disable)
    bar.update(4)
    bar.update(6)
    bar.close()
    files = progress_bar_class(seen.append)(total=3, disable=disable)
    files.update()
    files.close()
    assert [(each.done, each.total) for each in seen][-1][0] == 10 and len(seen) == 2
    if not disable:
        assert seen[0] == Progress(stage="fetch", done=4, total=10)
