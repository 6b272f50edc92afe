"""Models come from a server that speaks the Hub's protocol, with progress; 404s, breaks and cancels are sentences."""

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from huggingface_hub import file_download
from safetensors.torch import load_file

from explorer.clip.loading import Cancelled, Progress
from explorer.clip.names import ModelError
from explorer.clip.zoo import load_clip
from explorer.runs.store import RunStore
from explorer.runs.worker import start_model
from explorer.views.background_work import BackgroundWork
from tests.unit.clip.folders import WEIGHTS, assert_is_seven, change_config, no_run, open_model, refusal_of
from tests.unit.clip.hub_server import COMMIT, HubServer, serving
from tests.unit.toys import GRAMMAR, tiny_folder, tiny_spec


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """With `toys/made`, and a cache that is empty."""
    folder = tiny_folder(tmp_path / "made", seed=7)
    with serving({"toys/made": folder}) as server:
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.address)
        template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield server


def test_a_model_is_fetched_once_with_progress(server: HubServer) -> None:
    progress: list[Progress] = []
    assert_is_seven(load_clip("hf-hub:toys/made", find_run_model=no_run, tell=progress.append))
    fetched = [each for each in progress if each.stage == "fetch"]
    size = sum(path.stat().st_size for path in server.repositories["toys/made"].iterdir())
    assert (fetched[-1].done, fetched[-1].total) == (size, size)
    assert [each.done for each in fetched] == sorted(each.done for each in fetched)
    assert [each.stage for each in progress if each.stage != "fetch"] == ["find", "build", "check"]
    before = len([path for path in server.asked if path.startswith("GET") and "resolve" in path])
    assert_is_seven(load_clip(f"hf-hub:toys/made@{COMMIT}", find_run_model=no_run, is_safe_only=True))
    assert len([path for path in server.asked if path.startswith("GET") and "resolve" in path]) == before


@pytest.mark.parametrize(
    ("name", "words"),
    [("hf-hub:toys/nothing", "has no such repository"), ("hf-hub:toys/made@v9", "no such branch, tag or commit")],
)
def test_what_the_server_does_not_have(server: HubServer, name: str, words: str) -> None:
    assert words in refusal_of(name)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("hf-hub:toys/made@dev", "`hf download toys/made --revision dev`"),
        ("hf-hub:toys/made", "`hf download toys/made`"),
        ("ViT-B-32/openai", "`hf download timm/vit_base_patch32_clip_224.openai`"),
    ],
)
def test_without_network_it_says_how_to_get_it(
    server: HubServer, monkeypatch: pytest.MonkeyPatch, name: str, command: str
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    words = refusal_of(name)
    assert "cannot be fetched" in words and words.endswith(command)


def test_pickles_are_not_even_fetched_for_a_browser(server: HubServer) -> None:
    folder = server.repositories["toys/made"]
    torch.save(load_file(folder / WEIGHTS), folder / "open_clip_pytorch_model.bin")
    (folder / WEIGHTS).unlink()
    assert "has no weights" in refusal_of("hf-hub:toys/made", is_safe_only=True)
    assert not any(path.endswith(".bin") for path in server.asked)
    assert_is_seven(open_model("hf-hub:toys/made"))


def test_a_download_that_breaks_off_midway(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, leaves nothing that looks like a model, and works when the server does."""
    monkeypatch.setattr(file_download.time, "sleep", lambda _: None)
    server.breaks_after = 20_000
    assert "broke off" in refusal_of("hf-hub:toys/made")
    server.breaks_after = None
    assert_is_seven(open_model("hf-hub:toys/made"))


def test_a_download_that_is_cancelled(server: HubServer) -> None:
    def tell(progress: Progress) -> None:
        if progress.stage == "fetch":
            raise Cancelled

    with pytest.raises(Cancelled):
        load_clip("hf-hub:toys/made", find_run_model=no_run, tell=tell)
    work = BackgroundWork(lambda tell: load_clip("hf-hub:toys/made", find_run_model=no_run, tell=tell))
    assert_is_seven(work.result(100))


@pytest.mark.parametrize(
    ("tower", "field", "value"),
    [("text_cfg", "hf_model_name", "toys/made"), ("vision_cfg", "timm_model_name", "hf-hub:toys/made")],
)
def test_a_run_asks_the_hub_for_nothing(server: HubServer, tmp_path: Path, tower: str, field: str, value: str) -> None:
    """A run in the store may have come as a zip of somebody's, before zips of such models were refused."""
    folder = tiny_folder(tmp_path / "run")
    change_config(folder, tower, **{field: value})
    for is_safe_only in (False, True):
        with pytest.raises(ModelError, match="^model=a-run: "):
            load_clip("a-run", find_run_model=lambda _: folder, is_safe_only=is_safe_only)
    assert server.asked == []
    assert huggingface_hub.constants.HF_HUB_OFFLINE is False


def test_a_run_of_a_page_fetches_no_start(server: HubServer, tmp_path: Path) -> None:
    """One that came as a zip names anything, and may be resumed."""
    spec, store = tiny_spec(init="hf-hub:toys/made"), RunStore(tmp_path / "runs")
    with pytest.raises(ModelError, match="^init=hf-hub:toys/made: it is not wholly on this computer"):
        start_model(spec, GRAMMAR, store, is_safe_only=True)
    assert server.asked == []
    start_model(spec, GRAMMAR, store)
    asked = len(server.asked)
    assert_is_seven(start_model(spec, GRAMMAR, store, is_safe_only=True))
    assert len(server.asked) == asked > 0, "what was fetched before is here"
