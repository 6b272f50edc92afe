"""The model of a pupil's device: what is taken, what is scored, and what is refused with one sentence and no change."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from safetensors.numpy import load_file, save
from starlette.testclient import TestClient

from explorer.classroom import handed_in
from explorer.classroom.deal import deal_spec
from explorer.classroom.stops import first_stop
from explorer.clip.clip import export
from explorer.clip.fresh import fresh_clip
from explorer.errors import UserError
from explorer.resources import SHIPPED_FOLDER
from explorer.spec import TrainSpec
from explorer.views.rate_limit import RATE_LIMITS, RateLimit
from explorer.web import downloads
from explorer.world.grammar import Grammar
from explorer.world.own import parse_world
from explorer.world.worlds import WORLDS
from tests.own_worlds import made_up

Weights = dict[str, np.ndarray]
PAIRS, LANDED = 22_272, {"training": "landed", "pairs": 22_272, "accuracy": 0.9}


SECOND_AXIS = ("positional_embedding", "token_embedding.weight", "in_proj_weight", "c_fc.weight")
NO_AXIS = ("in_proj_bias", "c_fc.bias", "logit_scale")


def shipped_weights(model: str = "things-bound") -> Weights:
    """A shipped model in half precision."""
    tensors = load_file(SHIPPED_FOLDER / model / handed_in.WEIGHTS_FILE)
    return {name: numbers.astype(np.float16) for name, numbers in tensors.items()}


def weights(model: str = "things-bound") -> Weights:
    """A model as a phone would send it: the function of a shipped one, whose channels stand in another order."""
    order = np.random.default_rng(0).permutation(128)

    def reordered(name: str, numbers: np.ndarray) -> np.ndarray:
        if name.endswith(NO_AXIS):
            return numbers
        return np.ascontiguousarray(np.take(numbers, order, 1 if name.endswith(SECOND_AXIS) else 0))

    return {name: reordered(name, numbers) for name, numbers in shipped_weights(model).items()}


class Class:
    """A room at step three, asked over HTTP as a page asks it."""

    def __init__(self, web: TestClient) -> None:
        self.web = web
        opened = self.act("open_room")
        self.code, self.key = opened["room"], opened["key"]
        self.act("go_to_stop", key=self.key, stop=first_stop("train"))

    def act(self, name: str, key: str = "", **given: Any) -> Any:
        known = {} if name == "open_room" else {"code": self.code}
        answer = self.web.post(f"/a/{name}", json=known | given, headers={"X-Owner-Key": key} if key else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pupil(self, name: str, *, has_landed: bool = True) -> str:
        key = str(self.act("join", nickname=name)["key"])
        if has_landed:
            self.act("tell_training", key, **LANDED)
        return key

    def hand_in(
        self, key: str, body: bytes | Iterator[bytes], code: str | None = None, **headers: str
    ) -> httpx.Response:
        sent = {"X-Owner-Key": key, "Content-Type": "application/octet-stream", **headers}
        return self.web.post(f"/class/model?code={code or self.code}", content=body, headers=sent)

    def found(self, pupil: int, key: str) -> httpx.Response:
        query = f"code={self.code}&pupil={pupil}"
        return self.web.get(f"/v/found_pictures.json?{query}", headers={"X-Owner-Key": key})

    def dots(self) -> dict[str, dict[str, Any]]:
        view = self.web.get(f"/v/room.json?code={self.code}", headers={"X-Owner-Key": self.key}).json()["view"]
        return {dot["nickname"]: dot for dot in view["wall"]["dots"]}


@pytest.fixture
def room(web: TestClient) -> Class:
    return Class(web)


@pytest.mark.slow
def test_a_model_that_binds_is_checked_and_one_that_does_not_leaves_the_dot_hollow(room: Class) -> None:
    honest, boaster, _ = room.pupil("Chen"), room.pupil("Dana"), room.pupil("Ada")
    share = room.hand_in(honest, save(weights())).json()["share"]
    assert share > 0.9, "the first data set has two objects and one kind, all told, which this model knows"
    assert 0.4 < room.hand_in(boaster, save(weights("things-web"))).json()["share"] < 0.6
    dots = room.dots()
    assert dots["Chen"]["is_checked"] and dots["Chen"]["scored"] == round(share, 4)
    assert dots["Chen"]["pairs"] == PAIRS and dots["Chen"]["accuracy"] == LANDED["accuracy"]
    assert dots["Dana"]["scored"] is not None and not dots["Dana"]["is_checked"]
    assert dots["Ada"]["scored"] is None and not dots["Ada"]["is_checked"]
    # Of both pictures of each of the twelve pairs; no phone is told of another's.
    found = {name: room.found(dot["pupil"], room.key).json() for name, dot in dots.items()}
    assert len(found["Chen"]) == len(found["Dana"]) == 24 and found["Ada"] == []
    assert sum(found["Chen"]) >= 22 > sum(found["Dana"])
    assert room.found(99, room.key).json()["detail"] == "pupil=99: is not in this room"
    assert "teacher" in room.found(0, honest).json()["detail"]


@pytest.mark.slow
def test_another_room_has_other_scenes(tmp_path: Path) -> None:
    file, spec = tmp_path / "sent.safetensors", deal_spec("KRTM", 3)
    file.write_bytes(save(weights()))
    first, second = (handed_in.score_model(file, spec, WORLDS["things"], code).share for code in ("KRTM", "ABCD"))
    assert first != second and min(first, second) > 0.9


def test_a_model_of_the_class_s_own_world_has_the_words_of_its_things(tmp_path: Path) -> None:
    world, file = parse_world(made_up(9, seed=1)), tmp_path / "sent.safetensors"
    grammar, spec = Grammar(world), deal_spec("KRTM", 0, world=world.name)
    export(fresh_clip(TrainSpec(), grammar), tmp_path)
    fresh = load_file(tmp_path / handed_in.WEIGHTS_FILE)
    file.write_bytes(save({name: numbers.astype(np.float16) for name, numbers in fresh.items()}))
    assert 0.35 < handed_in.score_model(file, spec, world, "KRTM").share < 0.65, "it has learned nothing"
    file.write_bytes(save(weights()))
    with pytest.raises(UserError, match=f"token_embedding.weight is 36x128 in F16, give {len(grammar.words)}x128"):
        handed_in.score_model(file, spec, world, "KRTM")


def change_weights(name: str, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    whole = weights()
    return save(whole | {name: np.ascontiguousarray(change(whole[name]))})


def drop_weights(name: str) -> bytes:
    return save({each: numbers for each, numbers in weights().items() if each != name})


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no safetensors": (lambda: b"PK\x03\x04" + bytes(5000), "safetensors"),
    "a pickle": (lambda: b"\x80\x04\x95" + b"cos\nsystem\n" * 90, "safetensors"),
    "a header of gigabytes": (lambda: (2**40).to_bytes(8, "little") + b"{}", "safetensors"),
    "cut off": (lambda: save(weights())[:-1000], "cut off or too long"),
    "too long": (lambda: save(weights()) + bytes(8), "cut off or too long"),
    "another shape": (lambda: change_weights("visual.proj", lambda a: a[:, :64]), "visual.proj is 128x64"),
    "the same numbers in another shape": (
        lambda: change_weights("visual.proj", lambda a: a.reshape(64, 256)),
        "64x256",
    ),
    "a layer more": (lambda: save(weights() | {"visual.more": np.zeros(2, np.float16)}), "visual.more"),
    "a strange name": (lambda: save(weights() | {"<img src=x>\n": np.zeros(2, np.float16)}), "<img src=x>"),
    "a layer less": (lambda: drop_weights("ln_final.weight"), "no ln_final.weight"),
    "32 bits": (lambda: change_weights("ln_final.weight", lambda a: a.astype(np.float32)), "in F32"),
    "NaN": (lambda: change_weights("ln_final.weight", lambda a: np.full_like(a, np.nan)), "ln_final.weight"),
    "numbers too large to compute with": (
        lambda: save({name: np.full_like(numbers, 65504) for name, numbers in weights().items()}),
        "answers to scenes are no numbers",
    ),
    "a shipped model": (lambda: save(shipped_weights()), "it is things-bound, which is shipped"),
    "a shipped model that was touched": (
        lambda: save(
            {name: np.asarray(numbers * 1.01, np.float16) for name, numbers in shipped_weights("things-web").items()}
        ),
        "it is things-web, which is shipped",
    ),
    "infinity": (
        lambda: change_weights("visual.proj", lambda a: np.where(a > 0, np.inf, a).astype(a.dtype)),
        "visual.proj",
    ),
}


@pytest.mark.slow
def test_a_hostile_model_is_one_sentence_and_changes_nothing(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RATE_LIMITS, "models", RateLimit(most=100, span_s=60.0))
    key = room.pupil("Ada")
    before = room.dots()
    for case, (make, said) in HOSTILE.items():
        answer = room.hand_in(key, make())
        error = answer.json()["error"]
        assert answer.status_code == 422 and error["field"] == "model", case
        assert said in error["sentence"] and len(error["sentence"]) < 250 and "\n" not in error["sentence"], case
        assert "/tmp" not in error["sentence"] and room.dots() == before, case


def test_who_may_hand_in(room: Class) -> None:
    ada, training = room.pupil("Ada"), room.pupil("Ben", has_landed=False)
    room.act("tell_training", training, training="training", pairs=512)
    other, good = Class(room.web), save(weights())
    for who, sent in {
        "the teacher": room.hand_in(room.key, good),
        "nobody": room.hand_in("0" * 32, good),
        "a pupil of another room": other.hand_in(ada, good),
        "of an unknown room": room.hand_in(ada, good, code="ZZZZ"),
        "before the landing": room.hand_in(training, good),
    }.items():
        assert sent.status_code == 422, who
    assert room.hand_in(ada, good, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert room.hand_in(ada, bytes(handed_in.MAX_MODEL_BYTES + 1)).status_code == 413
    assert room.hand_in(ada, iter([bytes(handed_in.MAX_MODEL_BYTES), b"x"])).status_code == 413, (
        "of a length that is not said"
    )
    assert all(dot["scored"] is None for dot in room.dots().values())


def test_one_pupil_cannot_send_without_end(room: Class) -> None:
    key = room.pupil("Ada")
    most = RATE_LIMITS["models"].most
    statuses = [room.hand_in(key, b"no model").status_code for _ in range(most + 1)]
    assert statuses == [422] * most + [429]
    assert room.hand_in(room.pupil("Ben"), b"no model").status_code == 422


@pytest.mark.slow
def test_one_model_at_a_time_is_scored(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most = threading.Semaphore(1), []

    def scored(path: Path, *_: object) -> handed_in.ModelScore:
        most.append(under_way.acquire(blocking=False))
        threading.Event().wait(0.1)
        under_way.release()
        return handed_in.ModelScore(share=float(path.stat().st_size), found=())

    monkeypatch.setattr(handed_in, "score_model", scored)
    keys = [room.pupil(f"p{number}") for number in range(5)]
    threads = [threading.Thread(target=room.hand_in, args=(key, bytes(1000 + n))) for n, key in enumerate(keys)]
    with room.web:  # one loop for all requests, as on a server
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == [True] * 5
    assert sorted(dot["scored"] for dot in room.dots().values()) == [1000.0 + n for n in range(5)]


@pytest.mark.slow
def test_many_models_of_one_room_keep_no_other_room_waiting(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    scored, other = [], Class(room.web)

    def score(_path: Path, _spec: object, _world: object, code: str) -> handed_in.ModelScore:
        threading.Event().wait(0.1)
        scored.append(code)
        return handed_in.ModelScore(share=1.0, found=())

    monkeypatch.setattr(handed_in, "score_model", score)
    keys = [room.pupil(f"p{number}") for number in range(8)]
    many = [threading.Thread(target=room.hand_in, args=(key, bytes(1000))) for key in keys]
    one = threading.Thread(target=other.hand_in, args=(other.pupil("Ada"), bytes(1000)))
    with room.web:  # one loop for all requests, as on a server
        for thread in many:
            thread.start()
        while not scored:
            threading.Event().wait(0.01)
        one.start()
        for thread in (*many, one):
            thread.join()
    assert len(scored) == 9 and scored.index(other.code) <= 3, "behind the one that is scored and the one that waits"


async def send_slowly(room: Class, key: str) -> int:
    """Send a few bytes of a model now and then; return the status of the answer."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http", "method": "POST", "path": "/class/model", "query_string": f"code={room.code}".encode(),
        "headers": [(b"x-owner-key", key.encode()), (b"content-length", b"3000000"), (b"host", b"127.0.0.1")],
        "http_version": "1.1", "scheme": "http", "root_path": "", "raw_path": b"/class/model",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "app": None,
    }  # fmt: skip

    async def receive() -> Any:
        await asyncio.sleep(0.2)
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    await room.web.app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.slow
def test_phones_that_stall_hold_up_nobody(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in, "score_model", lambda *_: handed_in.ModelScore(share=1.0, found=()))
    slow, quick = [room.pupil(f"p{number}") for number in range(9)], room.pupil("Ada")

    async def both() -> tuple[httpx.Response, list[bool]]:
        stalling = [asyncio.create_task(send_slowly(room, key)) for key in slow]
        await asyncio.sleep(0.5)
        transport = httpx.ASGITransport(app=room.web.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as phone:
            sent = phone.post(f"/class/model?code={room.code}", content=b"x", headers={"X-Owner-Key": quick})
            answer = await asyncio.wait_for(sent, 10)
        are_over = [task.done() for task in stalling]
        for task in stalling:
            task.cancel()
        await asyncio.gather(*stalling, return_exceptions=True)
        return answer, are_over

    answer, are_over = asyncio.run(both())
    assert answer.status_code == 200 and answer.json() == {"share": 1.0}
    assert are_over == [False] * 9
    monkeypatch.setattr(downloads, "MODEL_UPLOAD_S", 0.3)
    assert asyncio.run(send_slowly(room, slow[0])) == 429, "in the end it gives way"
