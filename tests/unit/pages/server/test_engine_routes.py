"""The routes of the browser engine: what is there, in which form, kept how long, and what is no model."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.numpy import load
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.clip.card import SHIPPED
from explorer.pages.server.static_files import PREFIX
from explorer.runs.store import RunFolder, RunStore
from explorer.web import engine_files
from explorer.web.engine_files import engine_routes

BASE = "/explorer-assets/"


@pytest.fixture
def client(store: RunStore, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=engine_routes(store, PREFIX, tmp_path / "cache"))) as client:
        yield client


def test_a_shipped_model_comes_with_its_weights_in_both_precisions(client: TestClient) -> None:
    found = client.get(f"{BASE}engine/models/things-bound.json").json()
    assert found["config"]["model_cfg"]["embed_dim"] == 128 and found["tokenizer"]["model"]["type"] == "WordLevel"
    assert found["trained_on"]["attribute_kinds"] == ["color", "pattern", "tilt"]
    assert found["binding_accuracy"]["value"] > 0.9 and found["preset"] == "binding-friendly"
    sizes = {}
    for precision, place in found["weights"].items():
        answer = client.get(BASE + place["url"])
        assert answer.headers["content-encoding"] in ("br", "gzip") and "immutable" in answer.headers["cache-control"]
        assert len(answer.content) == place["bytes"]
        sizes[precision] = {name: (tensor.shape, str(tensor.dtype)) for name, tensor in load(answer.content).items()}
        again = client.get(BASE + place["url"], headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304 and not again.content
    assert sizes["fp16"].keys() == sizes["fp32"].keys() and sizes["fp16"]["visual.proj"] == ((128, 128), "float16")


def test_a_run_is_served_as_a_shipped_model_is(client: TestClient, done: RunFolder) -> None:
    found = client.get(f"{BASE}engine/models/{done.run}.json").json()
    assert found["trained_on"] == done.spec_record()["data"]
    assert len(client.get(BASE + found["weights"]["fp16"]["url"]).content) == found["weights"]["fp16"]["bytes"]


def test_the_index_names_the_shipped_models_and_the_worlds(client: TestClient) -> None:
    found = client.get(f"{BASE}engine/models.json").json()
    assert [each["name"] for each in found["models"]] == list(SHIPPED) and found["worlds"] == ["things"]


def test_an_atlas_is_packed_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"size": 64, "box": 20, "sides": [1000], "trained_sides": [1000]}
    head = json.dumps(sizes).encode()
    packed = len(head).to_bytes(4, "little") + head + b"things" * 1000
    monkeypatch.setattr(engine_files, "_packed", lambda _: packed)
    found = client.get(f"{BASE}engine/worlds/things.json").json()
    place = found["atlas"]
    assert found["sprites"] == {"size": 64, "box": 20, "sides": [1000], "trainedSides": [1000]}
    assert place["bytes"] == len(packed) and client.get(BASE + place["url"]).content == packed
    monkeypatch.setattr(engine_files, "_packed", lambda name: pytest.fail("packed again"))
    assert client.get(f"{BASE}engine/worlds/things.json").json()["atlas"] == place


@pytest.mark.parametrize("name", ["no-such-run", "%2e%2e", "..%2f..%2fsecret", "x" * 3000, "ViT-B-32%2Fopenai", "%00"])
def test_other_names_get_a_sentence(client: TestClient, name: str) -> None:
    answer = client.get(f"{BASE}engine/models/{name}.json")
    assert answer.status_code == 404 or "there is no such model here" in answer.json()["error"]
    assert client.get(f"{BASE}engine/weights/{name}/0.fp16.safetensors").status_code == 404
    assert client.get(f"{BASE}engine/weights/things-bound/{name}").status_code == 404
    assert client.get(f"{BASE}engine/atlas/{name}").status_code == 404


def test_a_world_that_is_not_there_gets_a_sentence(client: TestClient) -> None:
    assert client.get(f"{BASE}engine/worlds/moon.json").json() == {"error": "world=moon: choose things"}


def test_damaged_files_get_a_sentence(client: TestClient, done: RunFolder) -> None:
    (done.model / "tokenizer.json").write_text("{")
    address = f"{BASE}engine/models/{done.run}.json"
    assert client.get(address).json()["error"] == f"model={done.run}: its tokenizer.json cannot be read"
    (done.model / "tokenizer.json").write_text(json.dumps({}))
    weights = done.model / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    assert "cut off or too long" in client.get(address).json()["error"]
    weights.unlink()
    assert "one is missing" in client.get(address).json()["error"]
