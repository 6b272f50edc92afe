"""The table of views: its functions read their values once, count who asks, and report how far they are."""

import inspect
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest

from explorer import api
from explorer.cli import app
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.tools.docs import DOCS_FOLDER, render_docs
from explorer.views import registry
from explorer.views.registry import (
    MODULES,
    Entry,
    JobProgress,
    act,
    encode_answer,
    entries,
    final_answer,
    follow_work,
    in_range,
    job,
    view,
)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> dict[str, Entry]:
    """An empty table."""
    empty_table: dict[str, Entry] = {}
    monkeypatch.setattr(registry, "_table", empty_table)
    return empty_table


def test_values_are_read_as_their_types(table: dict[str, Entry]) -> None:
    @view()
    def asked(
        count: Annotated[int, in_range(1, 9)], names: list[str], form: Literal["own", "canonical"] = "own"
    ) -> Any:
        return count, names, form

    assert asked("7", ["a"]) == (7, ["a"], "own")  # type: ignore[arg-type]
    for given, sentence in (
        ({"count": 10, "names": []}, "count=10: give a whole number from 1 to 9"),
        ({"count": True, "names": []}, "count=True: give a whole number from 1 to 9"),
        ({"count": 1, "names": "a"}, "names=a: give a list"),
        ({"count": 1, "names": ["a", 3]}, "names[1]=3: give text"),
        ({"count": 1, "names": [], "form": "odd"}, "form=odd: choose own or canonical"),
    ):
        with pytest.raises(UserError) as caught:
            asked(**given)  # type: ignore[arg-type]
        assert str(caught.value) == sentence


def test_a_key_is_not_quoted(table: dict[str, Entry]) -> None:
    @act()
    def change(owner_key: str) -> None: ...

    with pytest.raises(UserError, match="^owner_key: give text$"):
        change(["secret"])  # type: ignore[arg-type]
    assert table["change"].has_secret and table["change"].kind == "act"


def test_only_right_values_are_counted(table: dict[str, Entry]) -> None:
    counted: list[str] = []

    class FakeService:
        count_call = staticmethod(counted.append)

    @view(counts_as="questions")
    def asked(service: Any, name: str) -> str:
        return name

    with pytest.raises(UserError):
        asked(FakeService(), 3)  # type: ignore[arg-type]
    assert counted == [] and asked(FakeService(), "a") == "a" and counted == ["questions"]
    assert list(table["asked"].parameters) == ["name"] and table["asked"].bind(FakeService())("b") == "b"


def test_answers_become_json() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Found:
        rows: tuple[tuple[float, ...], ...]
        share: float

    encoded = encode_answer({"a": Found(rows=((1.0, float("nan")),), share=float("inf")), "b": (1, 2)})
    assert encoded == {"a": {"rows": [[1.0, None]], "share": None}, "b": [1, 2]}


@pytest.mark.slow
def test_a_job_says_how_far_it_is_before_it_answers(table: dict[str, Entry]) -> None:
    @job(at_once=3)
    def long() -> Iterator[JobProgress | str]:
        def work(tell: Any) -> str:
            tell(JobProgress(text="half", done=0.5))
            time.sleep(0.3)
            return "done"

        return follow_work(work)

    steps = list(table["long"].answer(None, {}))
    assert {"text": "half", "done": 0.5, "left_s": None, "stage": None} in steps and steps[-1] == "done"
    assert table["long"].at_once == 3 and final_answer(long()) == "done"


def test_who_leaves_a_job_cancels_its_work() -> None:
    ended = threading.Event()

    def work(tell: Any) -> None:
        try:
            for place in range(1000):
                tell(JobProgress(text=str(place)))
                time.sleep(0.02)
        finally:
            ended.set()

    steps = follow_work(work)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert ended.wait(5)


def test_an_error_of_the_work_is_the_error_of_the_job() -> None:
    def work(tell: Any) -> None:
        raise UserError("model", "x", "is not here")

    with pytest.raises(UserError, match="model=x"):
        list(follow_work(work))


# ---- What is made from the table


def test_notebooks_have_every_view_with_its_parameters() -> None:
    for name, entry in entries().items():
        if entry.is_of_page:
            continue
        assert list(inspect.signature(getattr(api, name)).parameters) == list(entry.parameters), name
        assert getattr(api, name).__doc__ == entry.function.__doc__


def test_an_argument_stands_on_one_line_for_who_reads_by_lines() -> None:
    for name, entry in entries().items():
        _, _, arguments = inspect.getdoc(entry.function).partition("Args:\n")  # type: ignore[union-attr]
        lines = [line for line in arguments.partition("\n\n")[0].splitlines() if line.strip()]
        assert all(re.match(r" {4}\w+: \S", line) for line in lines), name


def test_help_says_limits_by_their_values() -> None:
    limits = CONTRACT.question
    assert f"1 to {limits.captions} captions of at most {limits.caption_length} characters" in (api.score.__doc__ or "")
    assert not [name for name, each in entries().items() if re.search(r"\{[a-z_]+\}", each.function.__doc__ or "")]


def test_the_pages_on_calls_and_commands_are_those_of_the_code() -> None:
    for name, text in render_docs(app).items():
        assert (DOCS_FOLDER / name).read_text(encoding="utf-8") == text, "run python -m explorer docs"


def test_every_module_of_views_is_in_the_table() -> None:
    assert {each.function.__module__.rpartition(".")[2] for each in entries().values()} == set(MODULES)
    assert all(each.parameters.keys() & {"service"} == set() for each in entries().values())
