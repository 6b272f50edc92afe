"""Views and jobs of *Ask a real CLIP*: word orders, words never read, examples, downloads, captions of one's own."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub.constants
import numpy as np
import pytest
from huggingface_hub import file_download
from PIL import Image

from explorer.clip import zoo
from explorer.clip.pixels import png_uri
from explorer.errors import UserError
from explorer.runs.store import RunStore
from explorer.settings import LOCAL, SHARED
from explorer.tools import ask_examples
from explorer.views import probe
from explorer.views import questions as probing
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.unit.clip import hub_server
from tests.unit.clip.hub_server import HubServer
from tests.unit.toys import tiny_folder

CAPTIONS = ["a red bus and a blue car", "a blue bus and a red car"]


@pytest.fixture
def here(tmp_path: Path) -> Service:
    probing.MODELS.clear()
    return Service.of(RunStore(tmp_path / "runs"), LOCAL)


def answer(here: Service, view: str, /, **given: Any) -> Any:
    found = entries()[view].answer(here, given)
    return list(found)[-1] if entries()[view].kind == "job" else found


def test_a_caption_has_the_same_random_orders_everywhere(here: Service) -> None:
    own, other = answer(here, "word_orders", captions=CAPTIONS)
    assert own == other and len(set(own)) > 6
    assert all(sorted(each.split()) == sorted("a a red bus blue car and".split()) for each in own)
    assert answer(here, "word_orders", captions=CAPTIONS)[0] == own
    assert answer(here, "word_orders", captions=CAPTIONS[::-1])[0] != own


def test_the_control_of_a_score_is_that_of_its_caption(here: Service) -> None:
    image = png_uri(np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8))
    orders = answer(here, "word_orders", captions=CAPTIONS)[0]
    found = answer(here, "score", model="things-web", images=[image], captions=CAPTIONS, maps=2)
    each = answer(here, "score", model="things-web", images=[image], captions=orders)["cosine"][0]
    assert found["order_free"]["spread"][0] == pytest.approx(np.std(each, ddof=1), rel=1e-3)
    assert found["relevance"]["captions"] == 2 and len(found["relevance"]["maps"][0]) == 2
    with pytest.raises(UserError, match="maps"):
        answer(here, "score", model="things-web", images=[image], captions=CAPTIONS, maps=5)


def test_words_that_a_model_never_read(here: Service) -> None:
    found = answer(here, "never_read", models=["things-web", "ViT-B-32/openai", "x"], captions=["a red mug, a book"])
    assert found == {"things-web": ["mug", "book"]}


def test_swaps_take_corrections(here: Service) -> None:
    found = answer(here, "swaps", caption="a large red bus and an old car", corrections={"off": [8]})
    assert found["swaps"][0]["caption"] == "an old red bus and a large car"
    assert set(answer(here, "swaps", caption=CAPTIONS[0])) == {"pairs", "swaps", "unsure", "why"}
    for wrong in ({"off": ["x"]}, {"added": [[0]]}, {"thing": "a"}):
        with pytest.raises(UserError):
            answer(here, "swaps", caption=CAPTIONS[0], corrections=wrong)
    with pytest.raises(UserError, match="is the object itself"):
        answer(here, "swaps", caption=CAPTIONS[0], corrections={"word": "bus"})


@pytest.mark.slow
def test_examples_are_what_the_models_answer(here: Service) -> None:
    kept, found = answer(here, "examples"), json.loads(json.dumps(ask_examples.compute()))
    for one, other in zip(kept["models"], found["models"], strict=True):
        assert {name: one[name] for name in ("name", "title", "parameters")} == {
            name: other[name] for name in ("name", "title", "parameters")
        }
        assert one["ladder"]["scenes"] == other["ladder"]["scenes"]
        for mine, theirs in zip(one["answers"], other["answers"], strict=True):
            assert (mine is None) == (theirs is None)
            if mine is not None:
                assert mine["cosine"][0] == pytest.approx(theirs["cosine"][0], abs=1e-3)
                assert mine["order_free"]["spread"] == pytest.approx(theirs["order_free"]["spread"], abs=1e-3)


def test_examples_show_what_is_drawn_now(here: Service) -> None:
    shown = ask_examples.pictures()
    assert [each["captions"] for each in shown] == [each["captions"] for each in answer(here, "examples")["pictures"]]
    with Image.open(ask_examples.PHOTO) as photo:
        assert photo.size == (360, 360)


# ---- Downloads


@pytest.fixture
def made(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """With `toys/made`, whose weights count as large."""
    hub.repositories["toys/made"] = tiny_folder(tmp_path / "made", seed=7)
    monkeypatch.setattr(probe, "LARGE", 10_000)
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    monkeypatch.setattr(zoo, "LARGE", 10_000)
    monkeypatch.setattr(file_download, "time", SimpleNamespace(sleep=lambda _: None))
    return hub


def fetched(here: Service) -> list[dict[str, Any]]:
    return list(entries()["fetch_model"].answer(here, {"model": "hf-hub:toys/made"}))


def test_a_download_goes_on_where_it_broke_off(made: HubServer, here: Service) -> None:
    made.breaks_after = 40_000
    with pytest.raises(UserError, match="broke off"):
        fetched(here)
    made.breaks_after = None
    *steps, last = fetched(here)
    assert last["model"] == "hf-hub:toys/made" and last["parameters"] > 1000 and last["pixels"] == 32
    assert 40_000 in made.resumed
    assert all(set(each) == {"text", "done", "left_s"} for each in steps)
    assert answer(here, "leaderboard", models=["hf-hub:toys/made"], count=20)["rows"][0]["on_disk"]


def test_a_canceled_download_goes_on_where_it_was(
    made: HubServer, here: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.pause_s = 0.2
    monkeypatch.setattr(hub_server, "PIECE", 10_000)
    steps = entries()["fetch_model"].bound(here)(model="hf-hub:toys/made")
    assert any("MB" in each.text for each in steps)  # ends at the first, as a page that is closed
    steps.close()
    made.pause_s = 0.0
    before = len(made.asked)
    assert fetched(here)[-1]["pixels"] == 32
    assert len(made.resumed) == 1 and made.resumed[0] >= 10_000
    assert any(each.startswith("GET") for each in made.asked[before:])


def test_a_full_disk_is_told_with_both_sizes(made: HubServer, here: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5000))
    with pytest.raises(UserError, match=r"MB do not fit: 0 MB are free"):
        fetched(here)


def test_without_network_it_says_what_to_do(made: HubServer, here: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        UserError, match="no network here; if you have the file, name it, or .* `hf download toys/made`"
    ):
        fetched(here)


def test_a_shared_server_fetches_no_model_and_opens_no_file(here: Service) -> None:
    shared = replace(here, settings=SHARED)
    with pytest.raises(UserError, match="this server fetches no models; on your computer: make run"):
        answer(shared, "fetch_model", model="ViT-B-32/openai")
    with pytest.raises(UserError, match="choose a shipped model or a run"):
        answer(shared, "fetch_model", model="hf-hub:toys/made")
    with pytest.raises(UserError, match="this server opens no files"):
        answer(shared, "benchmark_file", name="table", path="/etc", model="things-web")
    assert answer(shared, "benchmarks")["is_closed"]


# ---- Files


def test_captions_of_ones_own_are_counted_and_placed(here: Service) -> None:
    def sentence_of(content: str) -> str:
        return str(answer(here, "captions_placed", content=content)["sentence"])

    content = "caption\na red bus and a blue car\na dog\na big dog\n\n"
    found = answer(here, "captions_placed", content=content)
    assert found["counts"] == {"none": 1, "one": 1, "several": 1, "swapped": 1}
    assert "1 (33 %) describe two or more; 1 (33.3 %) allow a sound exchange" in found["sentence"]
    long = "A red bus stands by a blue car. " + "The bus is old. " * 20
    assert "; of the 3 of at most 300 characters 1 (33.3 %) allow a sound exchange" in sentence_of(content + long)
    assert "; all are longer than 300 characters, so none was tried" in sentence_of(f"caption\n{long}")
    assert "between the measured 0.5, where binding accuracy was" in found["place"] and ", and 1, " in found["place"]
    assert found["lines"][0]["found"]["value"] == pytest.approx(3 / 4)
    assert found["lines"][2]["found"] is None and {"plotly", "sentence", "table"} == set(found["figure"])
    assert "COCO" in [each["label"] for each in found["corpora"]]
    nothing = answer(here, "captions_placed", content="caption\nof with\n")
    assert nothing["figure"] is None and nothing["sentence"].startswith("None of your captions could be read")


@pytest.mark.parametrize(
    "given",
    [
        {"content": "words\na\n"},
        {"content": "caption\na\n", "curve": "nothing"},
        {"content": "a", "name": "x.exe"},
    ],
)
def test_a_wrong_file_or_curve_is_a_sentence(here: Service, given: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        answer(here, "captions_placed", **given)


def test_a_table_of_ones_own_is_scored(here: Service, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 0, 0)).save(tmp_path / "one.png")
    (tmp_path / "items.csv").write_text("image,caption,negative_caption\none.png,a red bus,a blue bus\n")
    given = {"name": "table", "path": str(tmp_path / "items.csv"), "model": "things-web"}
    columns = "image=image,caption=caption,negative=negative_caption"
    found = answer(here, "benchmark_file", **given, columns=columns, limit=1)
    assert found["n"] == 1 and found["accuracy"] in (0.0, 1.0)
    with pytest.raises(UserError):
        answer(here, "benchmark_file", **given | {"path": str(tmp_path / "nothing.csv")}, columns=columns)
