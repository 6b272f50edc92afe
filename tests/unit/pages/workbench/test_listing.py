"""The table of runs is known to have changed, once a moment for all who watch, and to each by the runs that are his."""

from dataclasses import replace
from typing import Any

import pytest

from explorer.runs.store import RunFolder, RunStatus, RunStore
from explorer.service.endpoints import resolve
from explorer.service.run_list import visible
from explorer.settings import LOCAL, SHARED, Settings
from explorer.views import runs as opened_run
from explorer.views.runs import is_any_active, listing_digest
from tests.unit.pages.visits import KEY, OTHER

SPEC = resolve("web-like", {})
NOW = replace(LOCAL, page_poll_s=1e-6)
NOW_SHARED = replace(SHARED, page_poll_s=1e-6)


@pytest.mark.parametrize("settings", [NOW, NOW_SHARED], ids=["local", "shared"])
def test_it_tells_the_runs_that_are_visible(settings: Settings, store: RunStore) -> None:
    runs = [store.create(SPEC, owner_key=key) for key in (KEY, OTHER, None)]
    for run in ("", runs[1].run):
        told = [name for name, *_ in opened_run._states(store, settings, run, KEY)]
        assert told == [folder.run for folder in visible(store, settings, run, KEY)]


@pytest.mark.parametrize("change", [{"status": "running"}, {"step": 90}, {"status": "failed"}], ids=str)
def test_it_changes_with_what_the_table_shows(change: dict[str, Any], store: RunStore) -> None:
    folder = store.create(SPEC, owner_key=KEY)
    before = listing_digest(store, NOW, "", KEY)
    assert listing_digest(store, NOW, "", KEY) == before != listing_digest(store, NOW, folder.run, KEY), (
        "another run is marked"
    )
    folder.set_status(**change)
    assert listing_digest(store, NOW, "", KEY) != before
    after = listing_digest(store, NOW, "", KEY)
    folder.set_status(heartbeat=1.0)
    assert listing_digest(store, NOW, "", KEY) == after


def test_on_a_shared_server_only_ones_own_runs_matter(store: RunStore) -> None:
    before = listing_digest(store, NOW_SHARED, "", KEY)
    theirs = store.create(SPEC, owner_key=OTHER)
    assert listing_digest(store, NOW_SHARED, "", KEY) == before and not is_any_active(store, NOW_SHARED, "", KEY)
    assert is_any_active(store, NOW_SHARED, theirs.run, KEY) and is_any_active(store, NOW, "", KEY)


def test_the_store_is_read_once_for_all_who_ask_in_a_moment(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[RunStore] = []
    real = RunStore.statuses

    def count(self: RunStore) -> list[tuple[RunFolder, RunStatus]]:
        read.append(self)
        return real(self)

    monkeypatch.setattr(RunStore, "statuses", count)
    monkeypatch.setattr(opened_run.time, "monotonic", lambda: 5e8)
    for key in (KEY, OTHER, "c" * 32):
        listing_digest(store, SHARED, "", key)
        is_any_active(store, SHARED, "", key)
    assert len(read) == 1
