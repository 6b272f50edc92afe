"""*Ask a real CLIP*: models, questions and pictures within limits, answers, downloads, captions of one's own."""

import base64
import io
import json
import shutil
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub.constants
import numpy as np
import pytest
import torch
from huggingface_hub import file_download
from PIL import Image
from safetensors.torch import load_file, save_file

from explorer.api import models, score
from explorer.clip import zoo
from explorer.clip.names import shipped_names
from explorer.clip.pixels import UPLOADS, png_uri
from explorer.codec import decode as decode_json
from explorer.codec import encode
from explorer.errors import UserError
from explorer.evaluation.user_probe import ScoredPictures
from explorer.runs.store import RunFolder, RunStore
from explorer.settings import LOCAL, SHARED
from explorer.tools import ask_examples
from explorer.views import probe, questions
from explorer.views.questions import MOST_CAPTIONS, MOST_IMAGES, decode, from_data_uri, read_file
from explorer.views.registry import entries
from explorer.views.service import Service
from tests.unit.clip import hub_server
from tests.unit.clip.hub_server import HubServer
from tests.unit.toys import CAPTIONS as TOY
from tests.unit.toys import tiny_clip, tiny_folder, tiny_spec

WEIGHTS = "open_clip_model.safetensors"
CAPTIONS = ["a red bus and a blue car", "a blue bus and a red car"]
GOLDEN = Path(__file__).with_name("score_document.json")
"""Document of `score` without what differs between computers; the numbers are compared with a tolerance."""


@pytest.fixture
def here(tmp_path: Path) -> Service:
    questions.MODELS.clear()
    return Service.of(RunStore(tmp_path / "runs"), LOCAL)


def answer(here: Service, view: str, /, **given: Any) -> Any:
    found = entries()[view].answer(here, given)
    return list(found)[-1] if entries()[view].kind == "job" else found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("HOST", raising=False)
    questions.MODELS.clear()
    folder = RunStore(tmp_path / "runs").create(tiny_spec())
    tiny_folder(folder.model, seed=1)
    return folder


@pytest.fixture
def shared(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """The same on a server that others use."""
    monkeypatch.setenv("HOST", "0.0.0.0")
    return run


def encoded(width: int = 8, height: int = 6, *, mode: str = "RGB", format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), 1).save(file, format)
    return file.getvalue()


def uri(seed: int = 0, **options: Any) -> str:
    values = np.random.default_rng(seed).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG" if options else "PNG", **options)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


# ---- A person's picture is decoded within limits that hold before its pixels are, and nothing else is opened


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    made = [struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def test_each_format_and_mode_is_read_as_it_is() -> None:
    assert {decode(encoded(format=format), "x").size for format in UPLOADS.formats} == {(8, 6)}
    for mode in ("1", "L", "LA", "P", "RGBA"):
        assert decode(encoded(10, 400, mode=mode), "x").mode == mode


REFUSED: dict[str, list[bytes]] = {
    # By its header: the largest would take exabytes.
    "pixels": [claims(100_000, 100_000), claims(5001, 5000), claims(2**31 - 1, 2**31 - 1)],
    # A model that resizes the short side to 224 pixels would make 224 x 900,000 of it.
    "50 times the other": [claims(1, 4000)],
    "no picture of a kind that is read": [encoded(format=each) for each in ("TIFF", "PPM", "ICO", "PDF", "EPS")],
    "": [b"", b"GIF89a", b"<svg/>", encoded()[:50], encoded(format="JPEG")[:-200], claims(20, 6)],
    "8 bits a color": [encoded(mode="I;16")],
}


@pytest.mark.parametrize(("words", "data"), [(words, each) for words, several in REFUSED.items() for each in several])
def test_what_is_refused_is_a_sentence(words: str, data: bytes) -> None:
    with pytest.raises(UserError) as caught:
        decode(data, "images[0]")
    sentence = str(caught.value)
    assert words in sentence and sentence.startswith("images[0]: ") and "\n" not in sentence and len(sentence) < 200


def test_bytes_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.png").write_bytes(encoded())
    assert read_file(tmp_path / "x.png", "image=x.png") == encoded()
    monkeypatch.setattr(questions, "UPLOADS", replace(UPLOADS, megabytes=0))
    for opened in (lambda: read_file(tmp_path / "x.png", "x"), lambda: decode(encoded(), "x"),
                   lambda: from_data_uri("data:image/png;base64," + "A" * 100, "x")):  # fmt: skip
        with pytest.raises(UserError, match="^x: it has more than 0 MB"):
            opened()


@pytest.mark.parametrize("name", ["nothing.png", ".", "\0", "x" * 5000], ids=range(4))
def test_files_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^image=\.\.\.: (there is no such file|it is not a file|it cannot be read)"):
        read_file(tmp_path / name, "image=...")


def test_of_an_address_nothing_but_a_data_uri_is_opened() -> None:
    assert from_data_uri("data:image/png;base64," + base64.b64encode(encoded()).decode(), "x") == encoded()
    for other in ("/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x.png", "data:text/html;base64,AAAA", "", 5,
                  "data:image/png,AAAA", None, ["data:image/png;base64,AAAA"], "data:image/png;base64,A*A=",
                  "data:image/png;base64,é"):  # fmt: skip
        with pytest.raises(UserError, match=r"^images\[3\]"):
            from_data_uri(other, "images[3]")


# ---- Which models, and their answers


def test_the_list_has_shipped_models_runs_and_pretrained_ones(run: RunFolder) -> None:
    found = models("")
    assert [model["name"] for model in found if model["kind"] == "shipped"] == list(shipped_names())
    assert [model["name"] for model in found if model["kind"] == "run"] == [run.run]
    assert {"name", "kind", "parameters", "bytes", "on_disk"} == set(found[0])
    assert [model["name"] for model in models("b-32-quickgelu openai")] == ["ViT-B-32-quickgelu/openai"]
    with pytest.raises(UserError, match="search="):
        models("x" * 101)


def test_a_run_scores_pictures_and_is_read_anew_once_it_has_trained_on(run: RunFolder) -> None:
    exif = Image.Exif()
    exif[274] = 6
    images = [uri(0), uri(1, exif=exif)]
    found = score(run.run, images, ["a\nred  bus ", f"  {TOY[1]} "])
    assert np.shape(found["cosine"]) == (2, 2) and found["captions"] == ["a red bus", TOY[1]]
    assert found["images"] == ["image-1.png", "image-2.png"] and str(run.model) in found["snippet"]
    assert found["warnings"] == ["image-2.png is turned by a tag in its file, which open_clip ignores."]
    save_file(tiny_clip(seed=2).model.state_dict(), run.model / WEIGHTS)
    assert score(run.run, images, ["a red bus", TOY[1]])["cosine"] != found["cosine"]


def test_a_shared_server_scores_its_runs_tells_no_folder_and_opens_nothing_else(shared: RunFolder) -> None:
    found = score(shared.run, [uri()], [TOY[0]])
    assert str(shared.path.parent) not in json.dumps(found) and "local-dir:FOLDER" in found["snippet"]
    # Runs are known by their link, as elsewhere on the page.
    assert [model["name"] for model in models("")] == list(shipped_names())
    for form in ("local-dir:{0}", "{0}", "hf-hub:a/b", "ViT-B-32/openai", "nothing", ""):
        with pytest.raises(UserError, match="choose a shipped model or a run"):
            score(form.format(shared.model), [uri()], ["a"])


def test_one_s_own_computer_opens_what_lies_there_and_of_a_run_safetensors_alone(
    run: RunFolder, tmp_path: Path
) -> None:
    """A person put the folder there; a run may have come as a zip of somebody's."""
    folder = tiny_folder(tmp_path / "other")
    found = score(str(folder), [uri()], ["a"])
    assert found["model"] == str(folder)
    for each in (folder, run.model):
        torch.save(load_file(each / WEIGHTS), each / "open_clip_pytorch_model.bin")
        (each / WEIGHTS).unlink()
    assert score(str(folder), [uri()], ["a"])["cosine"][0] == pytest.approx(found["cosine"][0])
    with pytest.raises(UserError, match="only safetensors"):
        score(run.run, [uri()], ["a"])


ASKED: dict[str, tuple[Any, Any, Any, str]] = {
    "a number": (5, ["x"], ["a"], "model=5"),
    "no model": ("nothing-here", ["x"], ["a"], "no such model"),
    "no picture": ("M", [], ["a"], "images: give 1 to 16"),
    "too many": ("M", ["x"] * (MOST_IMAGES + 1), ["a"], "images: give 1 to 16"),
    "pictures that are none": ("M", "data:image/png;base64,AAAA", ["a"], "images: give 1 to 16"),
    "too large": ("M", ["x" * 70_000_000], ["a"], "at most 64 MB"),
    "a path": ("M", ["/etc/passwd"], ["a"], r"images\[0\]"),
    "no image inside": ("M", ["data:image/png;base64,AAAA"], ["a"], r"images\[0\]: it is no picture"),
    "no caption": ("M", ["x"], [], "captions: give 1 to 32"),
    "one text": ("M", ["x"], "a", "captions: give 1 to 32"),
    "too many captions": ("M", ["x"], ["a"] * (MOST_CAPTIONS + 1), "captions: give 1 to 32"),
    "a long caption": ("M", ["x"], ["a", "a" * 301], "^caption 2: give a text of 1 to 300 characters, not aaa"),
    "an empty caption": ("M", ["x"], [" "], "^caption 1: give a text .* not an empty one"),
    "no text": ("M", ["x"], [None], "^caption 1: give a text .* not an empty one"),
}


@pytest.mark.parametrize("case", ASKED)
def test_bad_input_is_one_sentence(case: str, run: RunFolder) -> None:
    model, images, captions, words = ASKED[case]
    with pytest.raises(UserError, match=words) as caught:
        score(run.run if model == "M" else model, images, captions)
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_the_document_keeps_its_keys_and_values(run: RunFolder) -> None:
    files = {f"image {seed}": base64.b64decode(uri(seed).partition(",")[2]) for seed in range(2)}
    captions = ["a red bus and a blue car", "a blue bus and a red car", "a red bus and a red car"]
    clip = questions.load_model(run.run, store=RunStore(run.path.parent), only_safe=True)
    question = questions.question_of(files, ["0.png", "1.png"], captions)
    found = json.loads(json.dumps(encode(questions.score_pictures(clip, question, hide_folder=True, mapped=2))))
    assert encode(decode_json(ScoredPictures, found)) == found
    jpeg = "data:image/jpeg;base64,"
    assert found["model"] == run.run and [each[:23] for each in found["relevance"]["seen"]] == [jpeg, jpeg]
    assert list(found["versions"])[:2] == ["python", "torch"] and "local-dir:FOLDER" in found["snippet"]
    found["relevance"]["seen"], found["model"] = [jpeg, jpeg], "a run"
    found |= {"device": "a device", "versions": {}, "snippet": "a script"}
    assert_alike(found, json.loads(GOLDEN.read_text()))


def assert_alike(found: Any, kept: Any) -> None:
    """The same keys, and the same values, numbers within a tolerance."""
    if isinstance(kept, dict):
        assert found.keys() == kept.keys()
        for key, each in kept.items():
            assert_alike(found[key], each)
    elif isinstance(kept, list):
        assert len(found) == len(kept)
        for one, other in zip(found, kept, strict=True):
            assert_alike(one, other)
    else:
        assert found == (pytest.approx(kept, abs=1e-3) if isinstance(kept, float) else kept)


# ---- Word orders, words never read, corrections, examples


def test_the_control_of_a_score_is_that_of_its_caption(here: Service) -> None:
    orders, other = answer(here, "word_orders", captions=CAPTIONS)
    assert orders == other and len(set(orders)) > 6
    assert all(sorted(each.split()) == sorted("a a red bus blue car and".split()) for each in orders)
    assert answer(here, "word_orders", captions=CAPTIONS[::-1])[0] != orders
    image = png_uri(np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8))
    found = answer(here, "score", model="things-web", images=[image], captions=CAPTIONS, maps=2)
    each = answer(here, "score", model="things-web", images=[image], captions=orders)["cosine"][0]
    assert found["order_free"]["spread"][0] == pytest.approx(np.std(each, ddof=1), rel=1e-3)
    assert found["relevance"]["captions"] == 2 and len(found["relevance"]["maps"][0]) == 2
    with pytest.raises(UserError, match="maps"):
        answer(here, "score", model="things-web", images=[image], captions=CAPTIONS, maps=5)


def test_words_that_a_model_never_read_and_swaps_with_corrections(here: Service) -> None:
    found = answer(here, "never_read", models=["things-web", "ViT-B-32/openai", "x"], captions=["a red mug, a book"])
    assert found == {"things-web": ["mug", "book"]}
    found = answer(here, "swaps", caption="a large red bus and an old car", corrections={"off": [8]})
    assert found["swaps"][0]["caption"] == "an old red bus and a large car"
    assert [each["kind"] for each in answer(here, "swaps", caption="a red bus and a bed", kinds="move")["swaps"]] == [
        "move"
    ]
    for wrong in ({"off": ["x"]}, {"added": [[0]]}, {"thing": "a"}):
        with pytest.raises(UserError):
            answer(here, "swaps", caption=CAPTIONS[0], corrections=wrong)
    with pytest.raises(UserError, match="is the object itself"):
        answer(here, "swaps", caption=CAPTIONS[0], corrections={"word": "bus"})


@pytest.mark.slow
def test_examples_are_what_the_models_answer(here: Service) -> None:
    kept, found = answer(here, "examples"), json.loads(json.dumps(ask_examples.compute()))
    for one, other in zip(kept["models"], found["models"], strict=True):
        for part in ("name", "title", "parameters"):
            assert one[part] == other[part]
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


def test_a_full_disk_and_a_missing_network_say_what_to_do(
    made: HubServer, here: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5000))
        with pytest.raises(UserError, match=r"MB do not fit: 0 MB are free"):
            fetched(here)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    words = "no network here; if you have the file, name it, or .* `hf download toys/made`"
    with pytest.raises(UserError, match=words):
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
    assert "2 (100 %) allow a sound exchange" in sentence_of(
        "caption\na red bus and a blue car\na red cat and a big dog\n"
    )
    long = "A red bus stands by a blue car. " + "The bus is old. " * 20
    assert "; of the 3 of at most 300 characters 1 (33.3 %) allow a sound exchange" in sentence_of(content + long)
    assert "; all are longer than 300 characters, so none was tried" in sentence_of(f"caption\n{long}")
    assert "between the measured 0.5, where binding accuracy was" in found["place"] and ", and 1, " in found["place"]
    assert found["lines"][0]["found"]["value"] == pytest.approx(3 / 4)
    assert found["lines"][2]["found"] is None and {"plotly", "sentence", "table"} == set(found["figure"])
    assert "COCO" in [each["label"] for each in found["corpora"]]
    nothing = answer(here, "captions_placed", content="caption\nof with\n")
    assert nothing["figure"] is None and nothing["sentence"].startswith("None of your captions could be read")
    for wrong in (
        {"content": "words\na\n"},
        {"content": "caption\na\n", "curve": "x"},
        {"content": "a", "name": "x.exe"},
    ):
        with pytest.raises(UserError):
            answer(here, "captions_placed", **wrong)


def test_a_table_of_ones_own_is_scored(here: Service, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 0, 0)).save(tmp_path / "one.png")
    (tmp_path / "items.csv").write_text("image,caption,negative_caption\none.png,a red bus,a blue bus\n")
    given = {"name": "table", "path": str(tmp_path / "items.csv"), "model": "things-web"}
    columns = "image=image,caption=caption,negative=negative_caption"
    found = answer(here, "benchmark_file", **given, columns=columns, limit=1)
    assert found["n"] == 1 and found["accuracy"] in (0.0, 1.0)
    with pytest.raises(UserError):
        answer(here, "benchmark_file", **given | {"path": str(tmp_path / "nothing.csv")}, columns=columns)
