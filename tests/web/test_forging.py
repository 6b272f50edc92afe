"""What one person sends over HTTP to confirm a training that nobody else has trained: forms, copies, addresses, floods.

Each case is a new server. Afterwards nothing is confirmed, nothing was answered by an error of the server, each refusal
was a sentence, and two people who do not know each other still confirm the training.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from explorer.runs.store import RunStore
from explorer.settings import LOCAL, SHARED, Settings
from explorer.views.service import Service
from explorer.web.server import build_server
from tests.unit.replication.conftest import LIST
from tests.unit.toys import slow

TINY = LIST.replace("steps = 40, batch_size = 64", "steps = 2, batch_size = 16").replace("seeds = 3", "seeds = 1")
KEY, XFF = "X-Owner-Key", "X-Forwarded-For"
HOME, VICTIM = "5.5.5.5", "7.7.7.7"
HONEST = ("9.9.9.1", "9.9.10.2", "9.9.11.3")
PROXY = "52.84.1.1"
MY_KEYS = ("11" * 16, "22" * 16)
Headers = Sequence[tuple[str, str]]


class Stage:
    """A server with a list of one training, and what it answered; a person is the headers and peer of a request."""

    def __init__(self, folder: Path, settings: Settings, runner: asyncio.Runner) -> None:
        (folder / "open.toml").write_text(TINY, encoding="utf-8")
        self.state = folder / "state"
        settings = replace(settings, open_list=str(folder / "open.toml"), open_folder=str(self.state))
        self._app = build_server(Service(store=RunStore(folder / "runs"), settings=settings))
        self._runner = runner
        self.answers: list[httpx.Response] = []

    def request(self, method: str, path: str, *, peer: str = PROXY, **content: Any) -> httpx.Response:
        """One request of a connection from `peer`, without a socket."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(peer, 40_000), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", trust_env=False) as client:
                return await client.request(method, path, **content)

        answer = self._runner.run(ask())
        self.answers.append(answer)
        return answer

    def post(self, act: str, body: bytes | dict[str, Any], headers: Headers, peer: str = PROXY) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = [("Content-Type", "application/json"), *headers]
        return self.request("POST", f"/a/{act}", peer=peer, content=content, headers=sent)

    def take(self, headers: Headers, peer: str = PROXY) -> dict[str, Any]:
        answer = self.post("take_open", {}, headers, peer)
        return answer.json() if answer.status_code == 200 else {}

    def send(
        self, key: str, headers: Headers, bits: str = "f", *, peer: str = PROXY, **changes: Any
    ) -> httpx.Response | None:
        """Take the training, and send a possible result with some changes."""
        headers = [*headers, (KEY, key)] if key else headers
        lent = self.take(headers, peer)
        if not lent:
            return None
        headers = headers if key else [*headers, (KEY, lent["owner_key"])]
        body = {"lease": lent["lease"], "result": possible(lent, bits) | changes}
        return self.post("give_open", body, headers, peer)

    def training(self) -> dict[str, Any]:
        [training] = self.request("GET", "/v/open_questions.json").json()["questions"][0]["trainings"]
        return dict(training)


def possible(lent: dict[str, Any], bits: str) -> dict[str, Any]:
    """A result that a device could send for what it was lent."""
    return {
        "entry": lent["entry"],
        "list_digest": lent["list_digest"],
        "engine_version": 1,
        "digests": [f"{bits}{lent['entry'][-1]}{step:062x}" for step in lent["saved"]],
        "curve": [0.5] * len(lent["evaluated"]),
        "scenes": 100,
    }


OpenStage = Callable[[Settings], Stage]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def open_stage(tmp_path: Path, runner: asyncio.Runner) -> OpenStage:
    return lambda settings: Stage(tmp_path, settings, runner)


def via(address: str) -> Headers:
    return [(XFF, address)]


FREE = replace(LOCAL, is_shared=True, forwarded=True)
"""A public server behind a declared proxy, without limits on how often somebody asks."""
BARE = replace(FREE, forwarded=False)


def holds(stage: Stage, *, people: Callable[[str], dict[str, Any]] = lambda at: {"headers": via(at)}) -> None:
    """Nothing is confirmed, refusals are sentences, and honest people confirm the training all the same."""
    assert stage.training()["state"] != "confirmed"
    for answer in stage.answers:
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert re.fullmatch(r"[^\n]{12,300}", answer.json()["error"]["sentence"]), answer.text
    for number, address in enumerate(HONEST):
        answer = stage.send(f"{number}{'e' * 31}", bits="a", **people(address))
        assert answer is not None, "whoever is honest is given the training"
        if answer.json()["standing"]["state"] == "confirmed":
            return
    raise AssertionError(f"honest people do not confirm it: {answer.text}")


def test_two_people_confirm_what_they_have_in_common(open_stage: OpenStage) -> None:
    stage = open_stage(FREE)
    stage.send("", via(HOME))
    assert stage.training()["state"] == "one"
    stage.send("", via(VICTIM))
    assert stage.training()["state"] == "confirmed"


# ---- Wrong lengths and types, sent by two people, so that they would be confirmed if they were taken.

D = [f"f{step:063x}" for step in range(3)]
FORMS: dict[str, dict[str, Any]] = {
    "no digests": {"digests": []},
    "one digest too few": {"digests": D[:2]},
    "one digest too many": {"digests": [*D, "e" * 64]},
    "ten thousand digests": {"digests": ["e" * 64] * 10_000},
    "digests as one text": {"digests": "".join(D)},
    "digests as an object": {"digests": dict(enumerate(D))},
    "digests of numbers": {"digests": [1, 2, 3]},
    "digests of nothing": {"digests": [None] * 3},
    "digests as nothing": {"digests": None},
    "digests in lists": {"digests": [[digest] for digest in D]},
    "digests in capitals": {"digests": [digest.upper() for digest in D]},
    "digests a letter short": {"digests": [digest[:-1] for digest in D]},
    "digests a letter long": {"digests": [digest + "0" for digest in D]},
    "digests with an end of line": {"digests": [digest + "\n" for digest in D]},
    "digests with a space": {"digests": [" " + digest[1:] for digest in D]},
    "digests of other letters": {"digests": ["g" + digest[1:] for digest in D]},
    "digests of wide letters": {"digests": ["ａ" * 64, "ｂ" * 64, "ｃ" * 64]},
    "digests of other digits": {"digests": ["١" + digest[1:] for digest in D]},
    "digests with 0x": {"digests": ["0x" + digest[2:] for digest in D]},
    "digests that are equal": {"digests": [D[0]] * 3},
    "digests of which two are equal": {"digests": [D[0], D[1], D[1]]},
    "empty digests": {"digests": [""] * 3},
    "a curve of nothing": {"curve": []},
    "a curve too short": {"curve": [0.5] * 2},
    "a curve too long": {"curve": [0.5] * 4},
    "a curve of ten thousand": {"curve": [0.5] * 10_000},
    "a curve of texts": {"curve": ["0.5"] * 3},
    "a curve of truths": {"curve": [True] * 3},
    "a curve as nothing": {"curve": None},
    "a curve as a number": {"curve": 0.5},
    "a curve with gaps": {"curve": [0.5, None, 0.5]},
    "a curve below 0": {"curve": [-0.01, 0.5, 0.5]},
    "a curve above 1": {"curve": [0.5, 0.5, 1.01]},
    "a curve without number": {"curve": [float("nan")] * 3},
    "a curve without end": {"curve": [float("inf")] * 3},
    "a curve of huge numbers": {"curve": [1e308] * 3},
    "a curve between its scenes": {"curve": [1 / 3] * 3},
    "a curve of another number of scenes": {"scenes": 100, "curve": [0.5, 0.5, 0.503]},
    "no scenes": {"scenes": 0},
    "fewer than no scenes": {"scenes": -100},
    "very many scenes": {"scenes": 10**9},
    "more scenes than a number holds": {"scenes": 10**40},
    "scenes as text": {"scenes": "100"},
    "scenes as a fraction": {"scenes": 100.5},
    "scenes as truth": {"scenes": True},
    "scenes as nothing": {"scenes": None},
    "an engine as text": {"engine_version": "1"},
    "an engine as truth": {"engine_version": True},
    "an engine as a fraction": {"engine_version": 1.5},
    "an engine as nothing": {"engine_version": None},
    "a list as a number": {"list_digest": 1},
    "a training as a number": {"entry": 1},
    "a training as a list": {"entry": ["half/half/1"]},
    "a browser of markup": {"browser": "<script>alert(1)</script>"},
    "a browser of two lines": {"browser": 'a"}\n{"result'},
    "a browser too long": {"browser": "a" * 41},
    "a browser as a number": {"browser": 1},
    "an architecture of no character": {"architecture": "\ud800"},
    "an architecture too long": {"architecture": "a" * 500_000},
}


@pytest.mark.slow
def test_wrong_forms(open_stage: OpenStage) -> None:
    stage = open_stage(FREE)
    for name, changes in FORMS.items():
        for key, address in zip(MY_KEYS, (HOME, VICTIM), strict=True):
            answer = stage.send(key, via(address), **changes)
            assert answer is not None and answer.status_code == 422, (name, answer and answer.text)
    assert stage.training()["num_results"] == 0
    holds(stage)


BODIES: dict[str, Any] = {
    "nothing": b"",
    "no JSON": b"{",
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "a text": b'"a"',
    "a number": b"1",
    "null": b"null",
    "NaN": b"NaN",
    "very deep": b"[" * 100_000,
    "too long": b" " * 1_100_000,
    "a form": b"lease=1&result=2",
    "a result that is a text": {"lease": "LEASE", "result": "a"},
    "a result that is a list": {"lease": "LEASE", "result": []},
    "a result that is nothing": {"lease": "LEASE", "result": None},
    "an empty result": {"lease": "LEASE", "result": {}},
    "no result": {"lease": "LEASE"},
    "no lease": {"result": "RESULT"},
    "a lease that is a number": {"lease": 1, "result": "RESULT"},
    "a lease that is nothing": {"lease": None, "result": "RESULT"},
    "a lease that is a list": {"lease": ["LEASE"], "result": "RESULT"},
    "a lease in spaces": {"lease": " LEASE ", "result": "RESULT"},
    "an invented lease": {"lease": "0" * 32, "result": "RESULT"},
    "a lease of no character": {"lease": "\ud800\0", "result": "RESULT"},
    "a very long lease": {"lease": "a" * 900_000, "result": "RESULT"},
    "a result of a result": {"lease": "LEASE", "result": {"result": "RESULT"}},
    "two results": {"lease": "LEASE", "result": ["RESULT", "RESULT"]},
    "an address": {"lease": "LEASE", "result": "RESULT", "address": VICTIM},
    "that it is known": {"lease": "LEASE", "result": "RESULT", "is_known": True},
}


@pytest.mark.slow
def test_wrong_bodies(open_stage: OpenStage) -> None:
    stage = open_stage(FREE)
    for name, body in BODIES.items():
        for key, address in zip(MY_KEYS, (HOME, VICTIM), strict=True):
            mine = [*via(address), (KEY, key)]
            lent = stage.take(mine)
            sent = body
            if isinstance(body, dict):
                text = json.dumps(body).replace("LEASE", lent["lease"])
                sent = text.replace('"RESULT"', json.dumps(possible(lent, "f"))).encode()
            answer = stage.post("give_open", sent, mine)
            assert 400 <= answer.status_code < 500, (name, answer.text)
    assert stage.training()["num_results"] == 0
    holds(stage)


# ---- Keys that are none, of one person at two addresses.

KEYS = {
    "none": "",
    "empty": "  ",
    "short": "1",
    "a letter short": "1" * 31,
    "a letter long": "1" * 33,
    "in capitals": "A" * 32,
    "very long": "1" * 5_000,
    "of a path": "../../../etc/passwd/0000000000aa",
    "of markup": "<b>" + "1" * 29,
    "of latin letters": "é" * 32,
}


def test_wrong_keys(open_stage: OpenStage) -> None:
    stage = open_stage(FREE)
    lent = stage.take([*via(HOME), (KEY, MY_KEYS[0])])
    result = possible(lent, "f")
    for name, key in KEYS.items():
        for address in (HOME, VICTIM):
            headers = [*via(address), (KEY, key.encode("latin-1"))]  # type: ignore[list-item]
            stage.post("give_open", {"lease": lent["lease"], "result": result}, headers)
            assert stage.training()["num_results"] == 0, name
    holds(stage)


# ---- What the server tells of a result that is not confirmed: nothing that another could send as its own.


def own_lease(stage: Stage) -> tuple[dict[str, Any], Headers]:
    """The body of an act that names a lease of the attacker's own, and the headers of its holder."""
    mine = [*via(HOME), (KEY, MY_KEYS[0])]
    lent = stage.take(mine)
    return {"entry": lent["entry"], "lease": lent["lease"]}, mine


WAYS: dict[str, Callable[[Stage], Any]] = {
    "reads": lambda s: [
        s.request("GET", path, headers=via(HOME))
        for path in (
            "/v/open_questions.json",
            "/v/open_questions.json?entry=half/half/1",
            "/v/open_questions.json?owner_key=" + "7" * 32,
            "/v/open_questions.json?digests=1",
            "/v/runs.json",
            "/v/open_questions.json?curve=1",
            "/v/keep_open.json?entry=half/half/1&lease=0",
            "/v/give_open.json",
            "/v/take_open.json",
            "/.open",
            "/state",
            "/runs/.open/half.jsonl",
            "/f/.open/half.jsonl",
            "/f/../state/half.jsonl",
            "/assets/../state/half.jsonl",
            "/assets/%2e%2e/state/half.jsonl",
            "/files/.open",
            "/file=state/half.jsonl",
            "/gradio_api/file=state/half.jsonl",
            "/?tab=open",
            "/config",
        )
    ],
    "takes it": lambda s: s.take(via(HOME)),
    "takes everything": lambda s: [s.take([*via(HOME), (KEY, MY_KEYS[0])]) for _ in range(4)],
    "sends other bits": lambda s: s.send("", via(HOME), "e"),
    "sends other bits, and reads": lambda s: (s.send("", via(HOME), "e"), s.training()),
    "sends its own twice": lambda s: [s.send(MY_KEYS[0], via(HOME), "e") for _ in range(2)],
    "sends a wrong form": lambda s: s.send("", via(HOME), digests=D[:1]),
    "sends from nowhere": lambda s: s.send("", via("10.0.0.1"), "e"),
    "sends a curve of its own": lambda s: s.send("", via(HOME), "e", curve=[0.5, 0.9, 1.0]),
    "asks with the key of the victim": lambda s: s.take([*via(HOME), (KEY, "7" * 32)]),
    "keeps it": lambda s: s.post("keep_open", *own_lease(s)),
    "gives it back": lambda s: s.post("give_back_open", *own_lease(s)),
}


@pytest.mark.parametrize("name", WAYS)
def test_nothing_to_copy(open_stage: OpenStage, name: str) -> None:
    stage = open_stage(FREE)
    secret = stage.send("7" * 32, via(VICTIM), "a", curve=[0.5, 0.615, 0.835])
    assert secret is not None
    stage.answers.clear()
    WAYS[name](stage)
    seen = stage.request("GET", "/v/open_questions.json")
    for answer in [*stage.answers, seen]:
        told = answer.text + str(answer.headers)
        assert not any(f"a0{step:062x}" in told for step in range(3))
        assert "0.615" not in told and "0.835" not in told
    assert all(answer.status_code < 500 for answer in stage.answers)
    assert stage.training()["state"] in ("one", "differs") and stage.training()["digest"] is None


# ---- One person with two keys at one address, in one network of IPv6, and as a proxy may write it.

SAME: dict[str, tuple[str, str]] = {
    "one address": (HOME, HOME),
    "with spaces": (HOME, f"  {HOME}  "),
    "with a tabulator": (HOME, f"\t{HOME}\t"),
    "in IPv6": (HOME, f"::ffff:{HOME}"),
    "in IPv6, in hexadecimals": (HOME, "::ffff:505:505"),
    "in long IPv6": (HOME, "0:0:0:0:0:ffff:0505:0505"),
    "in IPv6, in capitals": (HOME, "::FFFF:5.5.5.5"),
    "with a port": (HOME, f"{HOME}:41234"),
    "with two ports": (f"{HOME}:1", f"{HOME}:2"),
    "with leading zeros": (HOME, "005.005.005.005"),
    "in octal": (HOME, "05.05.05.05"),
    "as one number": (HOME, "84215045"),
    "in hexadecimals": (HOME, "0x5050505"),
    "with a dot": (HOME, f"{HOME}."),
    "with a comma": (HOME, f"{HOME},"),
    "with two commas": (HOME, f"{HOME},,"),
    "in quotes": (HOME, f'"{HOME}"'),
    "with a mask": (HOME, f"{HOME}/32"),
    "after others": (HOME, f"8.8.8.8, 1.1.1.1, {HOME}"),
    "after one hundred": (HOME, ", ".join(f"8.8.8.{number}" for number in range(100)) + f", {HOME}"),
    "one address of IPv6": ("2606:4700::1", "2606:4700::1"),
    "IPv6 in capitals": ("2606:4700:a::1", "2606:4700:A::1"),
    "IPv6 written out": ("2606:4700::1", "2606:4700:0000:0000:0000:0000:0000:0001"),
    "IPv6 with zeros": ("2606:4700::1", "2606:4700:0:0::01"),
    "IPv6 with the end in dots": ("2606:4700::505:505", "2606:4700::5.5.5.5"),
    "IPv6 in brackets": ("2606:4700::1", "[2606:4700::1]"),
    "IPv6 with ports": ("[2606:4700::1]:1", "[2606:4700::1]:2"),
    "IPv6 with zones": ("2606:4700::1%1", "2606:4700::1%2"),
    "IPv6 with and without a zone": ("2606:4700::1", "2606:4700::1%eth0"),
    "IPv6 with a zone in another network": ("2606:4700::1%1", "2606:4700::2:0:0:0:1%2"),
    **{
        f"one network of 64 bits, host {host}": ("2606:4700:1:2::1", f"2606:4700:1:2{host}")
        for host in (
            "::2",
            "::ffff",
            "::1:1",
            "::5.5.5.5",
            ":8000::",
            ":ffff:ffff:ffff:ffff",
            ":1:2:3:4",
            ":0:0:0:0",
            "::dead:beef",
            ":211:22ff:fe33:4455",
            ":a8bb:ccff:fedd:eeff",
            ":0:5efe:505:505",
            "::1%9",
            ":7fff::1",
            ":fdff:ffff:ffff:ff80",
            ":0:0:1:0",
            "::ffff:5.5.5.5",
            ":1::",
            ":0200::",
            ":00ff:fe00:0",
            "::8888",
            "::53",
            "::64:1",
            ":c0de::1",
            "::b00c",
        )
    },
    **{
        f"one site of 48 bits, network {net}": ("2606:4700:1::1", f"2606:4700:1:{net}::1")
        for net in ("1", "8000", "ffff")
    },
    "one address by 6to4": ("2002:505:505::1", "2002:505:505:ffff::2"),
    "6to4 and what it stands for": (HOME, "2002:505:505::1"),
    "NAT64 and what it stands for": (HOME, "64:ff9b::505:505"),
    "two by NAT64": ("64:ff9b::505:505", "64:ff9b::505:506"),
    "two by Teredo": ("2001:0:4136:e378::1", "2001:0:5136:e378::1"),
    "a private one and one's own": (HOME, f"{HOME}, 10.0.0.1"),
    "nothing": (HOME, ""),
    "a word": (HOME, "unknown"),
    "a hidden one": (HOME, "_hidden"),
    "an address of IPv6": (HOME, "2606:4700::1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAME)
def test_two_keys_at_one_address(open_stage: OpenStage, name: str) -> None:
    stage = open_stage(FREE)
    for key, address in zip(MY_KEYS, SAME[name], strict=True):
        stage.send(key, via(address))
    holds(stage)


# ---- X-Forwarded-For that the attacker writes: before a declared proxy, and where none is declared.

SPOOFS: dict[str, tuple[str, str]] = {
    "two addresses": ("8.8.8.8", "1.1.1.1"),
    "the address of the victim": (VICTIM, "1.1.1.1"),
    "one's own first": (f"{HOME}, 8.8.8.8", f"{HOME}, 1.1.1.1"),
    "ten addresses": (", ".join(["8.8.8.8"] * 10), ", ".join(["1.1.1.1"] * 10)),
    "a thousand addresses": (", ".join(["8.8.8.8"] * 1000), ", ".join(["1.1.1.1"] * 1000)),
    "two of IPv6": ("2606:4700:1::1", "2606:4700:2::1"),
    "IPv4 and IPv6": ("8.8.8.8", "2606:4700:2::1"),
    "IPv4 in IPv6": ("::ffff:8.8.8.8", "::ffff:1.1.1.1"),
    "with ports": ("8.8.8.8:80", "1.1.1.1:80"),
    "in brackets": ("[2606:4700:1::1]:80", "[2606:4700:2::1]:80"),
    "in quotes": ('"8.8.8.8"', '"1.1.1.1"'),
    "in quotes with commas": ('"8.8.8.8, ', '"1.1.1.1, '),
    "as Forwarded has it": ("for=8.8.8.8;proto=https", "for=1.1.1.1;proto=https"),
    "with semicolons": ("8.8.8.8;", "1.1.1.1;"),
    "with commas at the end": ("8.8.8.8,,,", "1.1.1.1,,,"),
    "with a comma before": (",8.8.8.8", ",1.1.1.1"),
    "in spaces": ("   8.8.8.8   ", "   1.1.1.1   "),
    "in tabulators": ("\t8.8.8.8\t", "\t1.1.1.1\t"),
    "with leading zeros": ("008.008.008.008", "001.001.001.001"),
    "with a mask": ("8.8.8.8/0", "1.1.1.1/0"),
    "private ones": ("10.0.0.1", "10.0.0.2"),
    "loopback": ("127.0.0.1", "127.0.0.2"),
    "words": ("unknown", "hidden"),
    "nothing": ("", ""),
    "only one of them": ("8.8.8.8", ""),
    "spaces that do not break": ("8.8.8.8\xa0", "1.1.1.1\xa0"),
    "zones": ("fe80::1%1", "fe80::1%2"),
    "very long": ("8" * 5_000, "1" * 5_000),
}
OTHERS: tuple[str, ...] = (
    "X-Real-IP",
    "Forwarded",
    "CF-Connecting-IP",
    "True-Client-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "Fastly-Client-IP",
    "X-Forwarded",
    "Forwarded-For",
    "X-Original-Forwarded-For",
    "Via",
    "X-Forwarded-Host",
    "Fly-Client-IP",
    "X-ProxyUser-Ip",
    "X-Envoy-External-Address",
    "X-Azure-ClientIP",
    "X_Forwarded_For",
    "Client-IP",
    "Remote-Addr",
    "X-Remote-IP",
    "X-Originating-IP",
    "WL-Proxy-Client-IP",
    "X-Host",
    "DO-Connecting-IP",
    "X-Forwarded-By",
)


def latin(name: str, value: str) -> tuple[str, str]:
    return name, value.encode("latin-1")  # type: ignore[return-value]


@pytest.mark.slow
@pytest.mark.parametrize("name", SPOOFS)
@pytest.mark.parametrize("appends", ["to the line", "a line"])
def test_spoofed_before_a_declared_proxy(open_stage: OpenStage, name: str, appends: str) -> None:
    """The proxy adds the true address to the header that came, in the same line or in one of its own."""
    stage = open_stage(FREE)
    for key, spoof in zip(MY_KEYS, SPOOFS[name], strict=True):
        headers = [latin(XFF, spoof), (XFF, HOME)] if appends == "a line" else [latin(XFF, f"{spoof}, {HOME}")]
        stage.send(key, headers)
    assert stage.training()["num_results"] == 1
    holds(stage)


@pytest.mark.slow
@pytest.mark.parametrize("name", SPOOFS)
def test_spoofed_where_no_proxy_is_declared(open_stage: OpenStage, name: str) -> None:
    stage = open_stage(BARE)
    for key, spoof in zip(MY_KEYS, SPOOFS[name], strict=True):
        stage.send(key, [latin(XFF, spoof)], peer=HOME)
    holds(stage, people=lambda at: {"headers": [], "peer": at})


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_other_headers_name_nobody(open_stage: OpenStage, name: str) -> None:
    stage = open_stage(BARE)
    for key, spoof in zip(MY_KEYS, ("8.8.8.8", "1.1.1.1"), strict=True):
        stage.send(key, [(name, f"for={spoof}" if name == "Forwarded" else spoof)], peer=HOME)
    holds(stage, people=lambda at: {"headers": [], "peer": at})


# ---- Addresses that many people have, or that a proxy has which nobody declared.

NOBODYS: dict[str, tuple[str, str]] = {
    "loopback": ("127.0.0.1", "127.0.0.2"),
    "loopback of IPv6": ("::1", "::1"),
    "at home": ("192.168.1.2", "192.168.1.3"),
    "in a company": ("10.0.0.1", "10.0.0.2"),
    "in a container": ("172.17.0.2", "172.17.0.3"),
    "behind a carrier": ("100.64.0.1", "100.64.0.2"),
    "of the link": ("169.254.1.1", "169.254.1.2"),
    "of this host": ("0.0.0.0", "0.0.0.1"),
    "of documents": ("192.0.2.1", "198.51.100.1"),
    "of tests": ("198.18.0.1", "198.19.0.1"),
    "of many": ("224.0.0.1", "239.1.1.1"),
    "of many, of the world": ("224.0.1.1", "233.252.0.1"),
    "of all": ("255.255.255.255", "255.255.255.255"),
    "of the future": ("240.0.0.1", "250.0.0.1"),
    "private in IPv6": ("::ffff:10.0.0.1", "::ffff:10.0.0.2"),
    "loopback in IPv6": ("::ffff:127.0.0.1", "::ffff:127.0.0.2"),
    "unique of IPv6": ("fc00::1", "fd00:1:2::1"),
    "link of IPv6": ("fe80::1", "fe80:1::1"),
    "documents of IPv6": ("2001:db8::1", "2001:db8:1::1"),
    "many of IPv6": ("ff02::1", "ff0e::1"),
    "nothing of IPv6": ("::", "::"),
    "Teredo": ("2001:0:4136:e378::1", "2001:0:5136:e378::1"),
    "6to4 of private ones": ("2002:a00:1::1", "2002:a00:2::1"),
    "NAT64 of private ones": ("64:ff9b::a00:1", "64:ff9b::a00:2"),
    "NAT64 of one's own": ("64:ff9b:1::1", "64:ff9b:1:1::1"),
    "old addresses of IPv6": ("::8.8.8.8", "::1.1.1.1"),
    "sites of IPv6": ("fec0::1", "fec0:1::1"),
    "one to discard": ("100::1", "100:0:0:1::1"),
    "words": ("testclient", "unknown"),
    "nothing": ("", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NOBODYS)
@pytest.mark.parametrize("settings", [FREE, BARE], ids=["declared", "none"])
def test_addresses_of_nobody(open_stage: OpenStage, name: str, settings: Settings) -> None:
    stage = open_stage(settings)
    for key, address in zip(MY_KEYS, NOBODYS[name], strict=True):
        if settings.forwarded:
            stage.send(key, via(address), peer="127.0.0.1")
        else:
            stage.send(key, [], peer=address)
    assert all(answer.json()["is_counted"] is False for answer in stage.answers if answer.status_code == 200)
    if settings.forwarded:
        holds(stage)
    else:
        holds(stage, people=lambda at: {"headers": [], "peer": at})


# ---- Floods of one address, against the limits of a public server.


def flood(act: str, body: dict[str, Any], *, keys: bool = True) -> Callable[[Stage], None]:
    """Requests with spoofed addresses until the server refuses them; places come back while they are sent."""

    def play(stage: Stage) -> None:
        for number in range(400):
            key = f"{number:032x}" if keys else MY_KEYS[0]
            answer = stage.post(act, body, [*via(f"8.8.{number % 256}.8, {HOME}"), (KEY, key)])
            if answer.status_code == 429:
                return
        raise AssertionError("400 requests of one address are answered")

    return play


LENT = {
    "lease": "0" * 32,
    "result": {
        "entry": "half/half/1",
        "list_digest": "0" * 64,
        "engine_version": 1,
        "digests": D,
        "curve": [0.5] * 3,
        "scenes": 100,
    },
}
FLOODS: dict[str, Callable[[Stage], None]] = {
    "takes": flood("take_open", {}),
    "takes with one key": flood("take_open", {}, keys=False),
    "takes of small ones": flood("take_open", {"most_pairs": 1}),
    "results": flood("give_open", LENT),
    "results with one key": flood("give_open", LENT, keys=False),
    "files": flood("give_saved_open", {"result": LENT["result"]}),
    "files with one key": flood("give_saved_open", {"result": LENT["result"]}, keys=False),
}


@pytest.mark.parametrize("name", [name if name in ("takes", "results") else slow(name) for name in FLOODS])
def test_floods(open_stage: OpenStage, name: str) -> None:
    stage = open_stage(replace(SHARED, forwarded=True))
    FLOODS[name](stage)
    holds(stage)
