"""*Ask a real CLIP*: models, questions and pictures within limits, answers, downloads, captions of one's own."""

import base64
import io
import json
import shutil
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
from explorer.clip.names import shipped_names
from explorer.clip.pixels import png_uri
from explorer.codec import decode as decode_json
from explorer.codec import encode
from explorer.errors import BusyError, UserError
from explorer.evaluation.answers.picture_answer import ScoredPictures
from explorer.evaluation.answers.question import make_picture_question
from explorer.runs.folder import RunFolder
from explorer.runs.store import RunStore
from explorer.settings import LOCAL, SHARED
from explorer.tools import ask_examples
from explorer.views import ask, asked_models
from explorer.views.rate_limit import BUCKETS
from explorer.views.registry import STAGE_WORDS, entries
from explorer.views.service import Service
from explorer.world import caption_measures
from tests.unit.clip.hub_server import HubServer
from tests.unit.toys import CAPTIONS as TOY
from tests.unit.toys import tiny_clip, tiny_folder, tiny_spec

WEIGHTS = "open_clip_model.safetensors"
CAPTIONS = ["a red bus and a blue car", "a blue bus and a red car"]
GOLDEN = Path(__file__).with_name("score_document.json")
"""Document of `score` without what differs between computers; the numbers are compared with a tolerance."""


@pytest.fixture
def service(tmp_path: Path) -> Service:
    asked_models.MODEL_CACHE.clear()
    return Service(store=RunStore(tmp_path / "runs"), settings=LOCAL)


def answer(service: Service, view: str, /, **given: Any) -> Any:
    answer = entries()[view].answer(service, given)
    return list(answer)[-1] if entries()[view].kind == "job" else answer


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("HOST", raising=False)
    asked_models.MODEL_CACHE.clear()
    folder = RunStore(tmp_path / "runs").create(tiny_spec())
    tiny_folder(folder.model, seed=1)
    return folder


@pytest.fixture
def shared(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """The same on a server that others use."""
    monkeypatch.setenv("HOST", "0.0.0.0")
    return run


def uri(seed: int = 0, **options: Any) -> str:
    values = np.random.default_rng(seed).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG" if options else "PNG", **options)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


# ---- Which models, and their answers


def test_the_list_has_shipped_models_runs_and_pretrained_ones(run: RunFolder) -> None:
    listed = models("")
    assert [model["name"] for model in listed if model["kind"] == "shipped"] == list(shipped_names())
    assert [model["name"] for model in listed if model["kind"] == "run"] == [run.run]
    assert {"name", "kind", "parameters", "bytes", "on_disk"} == set(listed[0])
    assert [model["name"] for model in models("b-32-quickgelu openai")] == ["ViT-B-32-quickgelu/openai"]
    with pytest.raises(UserError, match="search="):
        models("x" * 101)


def test_a_run_scores_pictures_and_is_read_anew_once_it_has_trained_on(run: RunFolder) -> None:
    exif = Image.Exif()
    exif[274] = 6
    images = [uri(0), uri(1, exif=exif)]
    answer = score(run.run, images, ["a\nred  bus ", f"  {TOY[1]} "])
    assert np.shape(answer["cosine"]) == (2, 2) and answer["captions"] == ["a red bus", TOY[1]]
    assert answer["images"] == ["image-1.png", "image-2.png"] and str(run.model) in answer["snippet"]
    assert answer["warnings"] == ["image-2.png is turned by a tag in its file, which open_clip ignores."]
    save_file(tiny_clip(seed=2).model.state_dict(), run.model / WEIGHTS)
    assert score(run.run, images, ["a red bus", TOY[1]])["cosine"] != answer["cosine"]


def test_a_shared_server_scores_its_runs_tells_no_folder_and_opens_nothing_else(shared: RunFolder) -> None:
    answer = score(shared.run, [uri()], [TOY[0]])
    assert str(shared.path.parent) not in json.dumps(answer) and "local-dir:FOLDER" in answer["snippet"]
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
    answer = score(str(folder), [uri()], ["a"])
    assert answer["model"] == str(folder)
    for each in (folder, run.model):
        torch.save(load_file(each / WEIGHTS), each / "open_clip_pytorch_model.bin")
        (each / WEIGHTS).unlink()
    assert score(str(folder), [uri()], ["a"])["cosine"][0] == pytest.approx(answer["cosine"][0])
    with pytest.raises(UserError, match="only safetensors"):
        score(run.run, [uri()], ["a"])


def test_looking_inside_opens_what_a_question_opens(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file by the same rule, on a page, on the command line and on a server that others use."""
    own = Service.from_environment()
    score("things-bound", [uri()], ["a"])
    answer(own, "inspect_caption", name="things-bound", scene=1, caption="a red bus")
    assert len(asked_models.MODEL_CACHE.keys()) == 1, "the model of the question is the one that is asked"
    torch.save(load_file(run.model / WEIGHTS), run.model / "open_clip_pytorch_model.bin")
    (run.model / WEIGHTS).unlink()
    monkeypatch.setenv("HOST", "0.0.0.0")
    for service in (own, Service.from_environment()):
        for view, given in (("inspect_thousand", {}), ("inspect_caption", {"scene": 1, "caption": "a red bus"})):
            with pytest.raises(UserError, match="only safetensors"):
                answer(service, view, name=run.run, **given)
    command = replace(own, is_safe_only=False)
    assert answer(command, "inspect_caption", name=run.run, scene=1, caption="a red bus")["own"]


def test_the_document_keeps_its_keys_and_values(run: RunFolder) -> None:
    files = {f"image {seed}": base64.b64decode(uri(seed).partition(",")[2]) for seed in range(2)}
    captions = ["a red bus and a blue car", "a blue bus and a red car", "a red bus and a red car"]
    clip = asked_models.load_model(run.run, store=RunStore(run.path.parent), is_safe_only=True)
    question = make_picture_question(files, ["0.png", "1.png"], captions)
    shown = asked_models.show_question(clip, question)
    scored = asked_models.score_pictures(clip, question, shown, hides_folder=True, mapped=2)
    document = json.loads(json.dumps(encode(scored)))
    assert encode(decode_json(ScoredPictures, document)) == document
    jpeg = "data:image/jpeg;base64,"
    assert document["model"] == run.run and [each[:23] for each in document["relevance"]["seen"]] == [jpeg, jpeg]
    assert list(document["versions"])[:2] == ["python", "torch"] and "local-dir:FOLDER" in document["snippet"]
    document["relevance"]["seen"], document["model"] = [jpeg, jpeg], "a run"
    document |= {"device": "a device", "versions": {}, "snippet": "a script"}
    assert_alike(document, json.loads(GOLDEN.read_text()))


def assert_alike(value: Any, kept: Any) -> None:
    """The same keys, and the same values, numbers within a tolerance."""
    if isinstance(kept, dict):
        assert value.keys() == kept.keys()
        for key, each in kept.items():
            assert_alike(value[key], each)
    elif isinstance(kept, list):
        assert len(value) == len(kept)
        for one, other in zip(value, kept, strict=True):
            assert_alike(one, other)
    else:
        assert value == (pytest.approx(kept, abs=1e-3) if isinstance(kept, float) else kept)


@pytest.mark.slow
def test_a_thousand_scenes_are_asked_of_a_model_that_binds(service: Service) -> None:
    reply = answer(service, "inspect_thousand", name="things-bound", first=1000)
    odds = [each for each in reply["odds"] if each is not None]
    assert len(reply["odds"]) == 1000 and 800 < len(odds) < 1000
    assert sum(each > 0 for each in odds) / len(odds) > 0.97
    with pytest.raises(UserError, match="first"):
        answer(service, "inspect_thousand", name="things-bound", first=-1)


@pytest.mark.slow
def test_what_measures_a_model_says_it_in_a_case_that_can_be_read(service: Service) -> None:
    reply = answer(service, "inspect_caption", name="things-bound", scene=1, caption="a pink zebra")
    assert reply["unknown"] == ["zebra"] and reply["own"] > max(reply["cosine"], reply["swapped"])
    assert answer(service, "bias", model="things-bound", count=20)["biases"].keys() == {
        "size_bias",
        "mention_bias",
        "larger_first_bias",
    }
    rows = answer(service, "leaderboard", models=["things-web", "things-bound"], count=100)["rows"]
    assert [row["model"] for row in rows] == ["things-bound", "things-web"], "best binding first"
    assert rows[0]["half_truths"] is None
    [row] = answer(service, "leaderboard", models=["things-bound"], count=40, half_truths=True)["rows"]
    assert {name: (each["n"], each["chance"]) for name, each in row["half_truths"].items()} == {
        "fooled": (40, 0.5), "longer": (40, 0.5),
    }  # fmt: skip


def test_of_a_drawn_scene_it_is_known_which_details_are_false(service: Service) -> None:
    drawn, *_, photo = answer(service, "examples")["pictures"]
    asked = {"model": "things-bound", "images": [drawn["image"]], "captions": drawn["captions"], "details": True}
    known = answer(service, "score", **asked, middles=drawn["middles"])["half_truths"]
    assert len(known) == 5 and all(each["counts"] for each in known)
    assert [each["kind"] for each in known if each["longer"]] == ["attribute"], "the others have words it never read"
    assert not all(each["counts"] for each in answer(service, "score", **asked)["half_truths"])
    assert photo["middles"] is None
    endless = [[0, 0], [0, 10**400]]
    for wrong in (
        [[0.1, 0.2]],
        [[0.1, 0.2], [0.3, 1.2]],
        [["a", 0], [0, 0]],
        "x",
        3,
        [[0, 0], [0, float("nan")]],
        endless,
    ):
        with pytest.raises(UserError, match="middles"):
            answer(service, "score", **asked, middles=wrong)


# ---- Word orders, words never read, corrections, examples


def test_the_control_of_a_score_is_that_of_its_words(service: Service) -> None:
    orders, other = answer(service, "word_orders", captions=CAPTIONS)
    assert orders == other and len(set(orders)) > 6
    assert all(sorted(each.split()) == sorted("a a red bus blue car and".split()) for each in orders)
    assert answer(service, "word_orders", captions=CAPTIONS[::-1])[0] == orders, "nothing but the words counts"
    image = png_uri(np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8))
    reply = answer(service, "score", model="things-web", images=[image], captions=CAPTIONS, maps=2)
    each = answer(service, "score", model="things-web", images=[image], captions=orders)["cosine"][0]
    assert reply["order_free"]["spread"][0] == pytest.approx(np.std(each, ddof=1), rel=1e-3)
    assert reply["relevance"]["captions"] == 2 and len(reply["relevance"]["maps"][0]) == 2
    with pytest.raises(UserError, match="maps"):
        answer(service, "score", model="things-web", images=[image], captions=CAPTIONS, maps=5)


def test_words_that_a_model_never_read_and_swaps_with_corrections(service: Service) -> None:
    reply = answer(service, "never_read", models=["things-web", "ViT-B-32/openai", "x"], captions=["a red mug, a book"])
    assert reply == {"things-web": ["mug", "book"]}
    reply = answer(service, "swaps", caption="a large red bus and an old car", corrections={"off": [8]})
    assert reply["swaps"][0]["caption"] == "an old red bus and a large car"
    assert [
        each["kind"] for each in answer(service, "swaps", caption="a red bus and a bed", kinds="move")["swaps"]
    ] == ["move"]
    for wrong in ({"off": ["x"]}, {"added": [[0]]}, {"thing": "a"}):
        with pytest.raises(UserError):
            answer(service, "swaps", caption=CAPTIONS[0], corrections=wrong)
    with pytest.raises(UserError, match="is the object itself"):
        answer(service, "swaps", caption=CAPTIONS[0], corrections={"word": "bus"})


@pytest.mark.slow
def test_examples_are_what_the_models_answer(service: Service) -> None:
    kept, document = answer(service, "examples"), json.loads(json.dumps(ask_examples.compute_examples()))
    for one, other in zip(kept["models"], document["models"], strict=True):
        for part in ("name", "title", "parameters"):
            assert one[part] == other[part]
        assert one["leaderboard"]["scenes"] == other["leaderboard"]["scenes"]
        assert one["leaderboard"]["half_truths"] == other["leaderboard"]["half_truths"]
        for mine, theirs in zip(one["answers"], other["answers"], strict=True):
            assert (mine is None) == (theirs is None)
            if mine is not None:
                assert mine["cosine"][0] == pytest.approx(theirs["cosine"][0], abs=1e-3)
                assert mine["order_free"]["spread"] == pytest.approx(theirs["order_free"]["spread"], abs=1e-3)


def test_examples_show_what_is_drawn_now(service: Service) -> None:
    shown, kept = ask_examples.example_pictures(), answer(service, "examples")["pictures"]
    for part in ("captions", "middles"):
        assert [each[part] for each in shown] == [each[part] for each in kept]
    with Image.open(ask_examples.PHOTO_FILE) as photo:
        assert photo.size == (360, 360)


# ---- Downloads


@pytest.fixture
def made(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """With `toys/made`, whose weights count as large."""
    hub.repositories["toys/made"] = tiny_folder(tmp_path / "made", seed=7)
    monkeypatch.setattr(ask, "LARGE_FILE_BYTES", 10_000)
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    monkeypatch.setattr("explorer.clip.hub.RESUMABLE_FILE_BYTES", 10_000)
    monkeypatch.setattr(file_download, "time", SimpleNamespace(sleep=lambda _: None))
    return hub


def fetch_steps(service: Service) -> list[dict[str, Any]]:
    return list(entries()["fetch_model"].answer(service, {"model": "hf-hub:toys/made"}))


def test_a_download_goes_on_where_it_broke_off(made: HubServer, service: Service) -> None:
    made.breaks_after = 40_000
    with pytest.raises(UserError, match="broke off"):
        fetch_steps(service)
    made.breaks_after = None
    *steps, last = fetch_steps(service)
    assert last["model"] == "hf-hub:toys/made" and last["parameters"] > 1000 and last["pixels"] == 32
    assert 40_000 in made.resumed
    assert all(set(each) == {"text", "done", "left_s", "stage"} for each in steps)
    assert {each["stage"] for each in steps} <= set(STAGE_WORDS)
    assert answer(service, "leaderboard", models=["hf-hub:toys/made"], count=20)["rows"][0]["on_disk"]


def test_a_full_disk_and_a_missing_network_say_what_to_do(
    made: HubServer, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5000))
        with pytest.raises(UserError, match=r"MB do not fit: 0 MB are free"):
            fetch_steps(service)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    words = "no network here; if you have the file, name it, or .* `hf download toys/made`"
    with pytest.raises(UserError, match=words):
        fetch_steps(service)


def test_a_shared_server_fetches_no_model_and_opens_no_file(service: Service) -> None:
    shared = replace(service, settings=SHARED)
    with pytest.raises(UserError, match="this server fetches no models; on your computer: make run"):
        answer(shared, "fetch_model", model="ViT-B-32/openai")
    with pytest.raises(UserError, match="choose a shipped model or a run"):
        answer(shared, "fetch_model", model="hf-hub:toys/made")
    with pytest.raises(UserError, match="this server opens no files"):
        answer(shared, "benchmark_file", name="table", path="/etc", model="things-web")
    assert not answer(shared, "benchmarks")["any_start"]


# ---- Files


def test_captions_of_ones_own_are_counted_and_placed(service: Service) -> None:
    def found_of(content: str, **more: str) -> Any:
        return answer(service, "captions_placed", content=content, **more)

    content = "caption\na red bus and a blue car\na dog\na big dog\n\n"
    placed = found_of(content)
    assert placed["counts"] == {"none": 1, "one": 1, "several": 1, "swapped": 1}
    assert "1 (33 %) describe two or more; 1 (33.3 %) allow a sound exchange" in placed["sentence"]
    assert "between the measured 0.5, where binding accuracy was" in placed["place"] and ", and 1, " in placed["place"]
    assert placed["lines"][0]["found"]["value"] == pytest.approx(3 / 4) and placed["lines"][2]["found"] is None
    assert {"plotly", "sentence", "table"} == set(placed["figure"])
    assert "COCO" in [each["label"] for each in placed["corpora"]]
    long = "A red bus stands by a blue car. " + "The bus is old. " * 20
    for text, words in (
        ("caption\na red bus and a blue car\na red cat and a big dog\n", "2 (100 %) allow a sound exchange"),
        (content + long, "; of the 3 of at most 300 characters 1 (33.3 %) allow a sound exchange"),
        (f"caption\n{long}", "; all are longer than 300 characters, so none was tried"),
        ("caption\nof with\n", "None of your captions could be read"),
    ):
        assert words in found_of(text)["sentence"]
    assert found_of("caption\nof with\n")["figure"] is None
    endless = f'{{"caption": "a", "objects": [{{"noun": "b", "area": 1{"0" * 400}}}]}}'
    for text, more in (
        ("words\na\n", {}),
        ("caption\na\n", {"curve": "x"}),
        ("a", {"name": "x.exe"}),
        ("caption\n\ud800\n", {}),
        (endless, {"name": "x.jsonl"}),
    ):
        with pytest.raises(UserError):
            found_of(text, **more)


def test_a_table_of_ones_own_is_scored(service: Service, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 0, 0)).save(tmp_path / "one.png")
    (tmp_path / "items.csv").write_text("image,caption,negative_caption\none.png,a red bus,a blue bus\n")
    given = {"name": "table", "path": str(tmp_path / "items.csv"), "model": "things-web"}
    columns = "image=image,caption=caption,negative=negative_caption"
    reply = answer(service, "benchmark_file", **given, columns=columns, limit=1)
    assert reply["n"] == 1 and reply["accuracy"] in (0.0, 1.0)
    with pytest.raises(UserError):
        answer(service, "benchmark_file", **given | {"path": str(tmp_path / "nothing.csv")}, columns=columns)


def transparent(side: int) -> str:
    """A picture of few bytes and many pixels."""
    file = io.BytesIO()
    Image.new("RGBA", (side, side)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def as_somebody(service: Service, monkeypatch: pytest.MonkeyPatch, address: str = "9.9.9.9") -> None:
    BUCKETS.forget()
    monkeypatch.setattr(type(service), "address", lambda _: address)


@pytest.mark.slow
def test_pixels_of_a_question_and_of_a_minute_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Service(store=RunStore(tmp_path), settings=replace(SHARED, most_megapixels=3, megapixels_per_minute=5))
    as_somebody(few, monkeypatch)
    monkeypatch.setattr(ask, "follow_work", lambda work: iter([{"decoded": True}]))
    monkeypatch.setattr(ask, "rank_models", lambda *_, **__: iter([{"decoded": True}]))
    asked = {"model": "things-bound", "captions": ["a"]}
    with pytest.raises(UserError, match="^images: give pictures of together at most 3 million pixels$"):
        answer(few, "score", images=[transparent(1000)] * 4, **asked)
    assert answer(few, "score", images=[transparent(1000)] * 3, **asked)["decoded"]
    with pytest.raises(BusyError, match="decodes 5 million pixels a minute from one address; wait 12 s"):
        answer(few, "score", images=[transparent(1000)] * 3, **asked)
    assert answer(few, "score", images=[transparent(1000)] * 2, **asked)["decoded"]
    as_somebody(few, monkeypatch)
    models = list(shipped_names())[:3]
    asked = {"models": models, "images": [transparent(1000)], "captions": ["a"]}
    assert answer(few, "leaderboard", **asked)["decoded"]
    with pytest.raises(BusyError, match="million pixels"):
        answer(few, "leaderboard", **asked)  # each model decodes it
    as_somebody(few, monkeypatch)
    assert answer(few, "leaderboard", **asked | {"models": models[:1]})["decoded"]


def test_objects_of_captions_are_compared_so_often_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal captions are parsed once, and compared with the objects of each of their rows."""
    many = json.dumps({"caption": "a dog and a cat. " * 500, "objects": [f"thing {n}" for n in range(100)]})
    monkeypatch.setattr(caption_measures, "ends_alike", lambda *_: pytest.fail("they were compared"))
    for view in ("captions", "captions_placed"):
        with pytest.raises(UserError, match="more than 2,000,000 pairs are compared; give a part of it"):
            answer(Service(store=RunStore(tmp_path), settings=SHARED), view, content=f"{many}\n" * 20, name="own.jsonl")


@pytest.mark.slow
def test_equal_captions_are_parsed_once_and_words_that_differ_are_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    real = caption_measures.count_caption
    monkeypatch.setattr(caption_measures, "count_caption", lambda text: parsed.append(text) or real(text))
    shared = Service(store=RunStore(tmp_path), settings=SHARED)
    text = ("a red bus and a blue car, " * 100)[:290]
    counts = answer(shared, "captions", content=f"caption\n{f'{chr(34)}{text}{chr(34)}{chr(10)}' * 5000}")["counts"]
    assert len(parsed) == 1 and counts["several"] == counts["swapped"] == 5000
    many = "\n".join(f"{text} {number}" for number in range(2000))
    with pytest.raises(UserError, match="its different captions have more than 100,000 words together"):
        answer(shared, "captions", content=many, name="captions.txt")
    assert len(parsed) == 1
