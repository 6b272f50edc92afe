"""`room`: a lesson of the class page in compressed time, with thirty phones and a projector in a real browser.

Phones are threads that do what the page's script does: load the page, join by code, hold a long poll, pause, answer.
The projector is Chromium; an observer in its page notes when the number of answers on it changes. The server has the
limits of a network (EXPLORER_PUBLIC=1), and all phones share one address, as behind one router.

At step three each phone tells the recorded training of its deal in compressed time, and hands in that training's model
from the folder that `python -m tests.engine.deals` has filled. Nothing trains meanwhile; that two tabs of a browser
train and land is a nightly test.

- vote_shown: from a phone's request with a vote until the projector shows that many votes;
- told, model: from a phone's request with its progress, and with its model, until the answer; models: those checked;
- stop: from the teacher's press until a phone has the next stop; join: from opening the page until the seat is taken;
- errors: answers of another status, sentences of refusal, exceptions on the projector, a lesson that was not over
  within `LONGEST_S`. What the benchmark is at is printed as it goes.
"""

import http.client
import random
import re
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import psutil
from playwright.sync_api import Page

from explorer.classroom.deal import NUM_SETS, recorded
from explorer.classroom.room import STOPS, stop_of
from explorer.evaluation.results import BINDING_LEVEL
from tests.benchmarks.machine import percentiles, show
from tests.benchmarks.server import App, Person, Refusal, app_server, browser, wait_for_spare
from tests.engine.deals import WEIGHTS

KEYS = (
    "pupils", "vote_shown_p50_ms", "vote_shown_p95_ms", "stop_p95_ms", "join_p95_ms", "told_p95_ms", "model_p95_ms",
    "models", "errors", "votes",
)  # fmt: skip
PUPILS, QUICK_PUPILS = 30, 3
FULL = 4.0, 1.0, 30.0, 10.0
QUICK = 2.0, 0.5, 6.0, 4.0
"""Seconds of a stop with an open question, of its answer, and of the steps in which pupils train and fool."""
LONGEST_S = 300.0
"""Of a lesson; of a computer with other work the figures would be of no use anyway."""
LEAVE_S = 30.0
"""For phones to end the request that they hold."""
PAUSE_S = 0.5
"""Between two polls of a phone, as in class/page.js."""
TRAINING_SHARE = 0.5
"""Of the time of step three, in which the recorded trainings are told; the models follow."""
OBSERVE = """() => {
  window.shownVotes = [];
  const nodes = () => [...document.querySelectorAll('.class-option .class-count')];
  const total = () => nodes().reduce((sum, node) => sum + Number(node.textContent), 0);
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(() => {
    const stop = Number(document.querySelector('#class-screen').dataset.stop);
    window.shownVotes.push([Date.now() / 1000, stop, total()]);
  }).observe(document.querySelector('#class-screen'), all);
}"""
Votes = list[tuple[int, float]]


@dataclass
class Phone(Person):
    """One pupil and what it met; `votes` are (stop, time of the request), `stops` the first time of each stop."""

    room: str = ""
    seed: int = 0
    joined_s: float = 0.0
    votes: Votes = field(default_factory=list)
    stops: dict[int, float] = field(default_factory=dict)
    told: list[float] = field(default_factory=list)
    models: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def live(self, ended: threading.Event, open_s: float, train_s: float) -> None:
        """Attend the lesson until it has ended."""
        rng, tag, answered = random.Random(self.seed), "", -1
        with suppress(StopIteration):
            try:
                self._join()
                while not ended.is_set():
                    query = urlencode({"code": self.room, "since": tag})
                    found = self.ask("GET", f"v/room.json?{query}")
                    tag, view = found["tag"], found["view"]
                    stop = view.get("stop", -1)
                    self.stops.setdefault(stop, time.time())
                    if view.get("question") and not view["revealed"] and answered != stop:
                        answered = stop
                        time.sleep(rng.uniform(0.1, 0.6) * open_s)
                        self._vote(stop, view, rng)
                    elif view.get("step") == "train" and not self.told:
                        self._train(view["me"]["number"], train_s)
                    elif view.get("step") == "fool":
                        self._fool(rng)
                    time.sleep(PAUSE_S)
            except (OSError, http.client.HTTPException, ValueError, Refusal) as error:
                if not ended.is_set():
                    self.errors.append(f"{type(error).__name__}: {error}")

    def _join(self) -> None:
        start = time.perf_counter()
        page = self.ask("GET", "class")
        for path in re.findall(r'href="(page/[^"]+)"', page):
            self.ask("GET", path)
        self.key = self.ask("POST", "a/join", {"code": self.room, "nickname": f"pupil {self.seed}"})["token"]
        self.joined_s = time.perf_counter() - start

    def _vote(self, stop: int, view: dict[str, Any], rng: random.Random) -> None:
        choice = rng.randrange(len(view["counts"]))
        sent = time.time()
        try:
            self.ask("POST", "a/answer", {"code": self.room, "question": view["question"], "choice": choice})
            self.votes.append((stop, sent))
        except Refusal as error:
            if "not open" not in str(error):  # the teacher may have gone on meanwhile
                raise

    def _train(self, number: int, train_s: float) -> None:
        """Tell a training that was recorded before, and hand in its model."""
        row, weights = recorded(number), WEIGHTS / f"{number % NUM_SETS}.safetensors"
        curve = [point for point in row["curve"] if row["pairs"] is None or point[0] <= row["pairs"]] if row else []
        for pairs, share, _ in curve:
            is_last = pairs == curve[-1][0]
            state = "training" if not is_last else "landed" if row and row["pairs"] else "ended"
            values = {"code": self.room, "training": state, "pairs": pairs, "accuracy": share}
            start = time.perf_counter()
            self.ask("POST", "a/answer", values)
            self.told.append(time.perf_counter() - start)
            time.sleep(TRAINING_SHARE * train_s / len(curve))
        if row and row["pairs"] and weights.exists():
            start = time.perf_counter()
            found = self.ask("POST", f"class/model?code={self.room}", weights.read_bytes())
            if found["share"] <= BINDING_LEVEL:
                raise Refusal(f"a model that landed scores {found['share']}")
            self.models.append(time.perf_counter() - start)

    def _fool(self, rng: random.Random) -> None:
        x, y = rng.randrange(8, 56), rng.randrange(8, 56)
        scene = f"submarine,yellow@{x},{y},700;bus,blue@{64 - x},{64 - y},700"
        with suppress(Refusal):
            self.ask("POST", "a/answer", {"code": self.room, "margin": rng.uniform(0, 0.5), "scene": scene})


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    count = QUICK_PUPILS if quick else PUPILS
    with app_server(EXPLORER_PUBLIC="1") as app, browser() as chromium:
        if chromium is None:
            raise SystemExit("room: needs a Chromium")
        _say("the server answers")
        if not quick:
            # On a computer with other work the spare, which gives way to all of it, may take very long.
            with suppress(RuntimeError):
                wait_for_spare(app, patience_s=60)
        page = chromium.new_context(viewport={"width": 1920, "height": 1080}).new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(app.url + "class")
        page.locator("#class-open").click()
        code = page.locator("#class-room").inner_text(timeout=60_000)
        phones = [Phone(url=app.url, room=code, seed=n) for n in range(count)]
        figures = lesson(app, page, phones, quick=quick)
        figures["errors"] += len(faults) + sum(len(phone.errors) for phone in phones)
        show("room", figures)
        for error in [*faults, *(error for phone in phones for error in phone.errors)][:5]:
            print(f"  error: {error}")
    return figures


def lesson(app: App, page: Page, phones: list[Phone], *, quick: bool) -> dict[str, Any]:
    """Go through every stop; figures of votes, stops and joining."""
    open_s, revealed_s, train_s, fool_s = QUICK if quick else FULL
    ended = threading.Event()
    people = [threading.Thread(target=phone.live, args=(ended, open_s, train_s), daemon=True) for phone in phones]
    for person in people:
        person.start()
    page.locator("#class-people").get_by_text(f"{len(phones)} here").wait_for(timeout=120_000)
    _say(f"{len(phones)} pupils are here")
    page.evaluate(OBSERVE)
    used, begin, pressed = _used_s(app), time.monotonic(), {}
    waits = {stop_of("train"): train_s, stop_of("fool"): fool_s}
    for stop in range(1, len(STOPS)):
        if time.monotonic() - begin > LONGEST_S:
            _say(f"the lesson is broken off after {LONGEST_S:.0f} s, before its stop {stop}")
            break
        pressed[stop] = time.time()
        page.locator("#class-next").click()
        page.locator(f"#class-screen[data-stop='{stop}']").wait_for(timeout=60_000)
        is_open = bool(STOPS[stop].question) and not STOPS[stop].is_revealed
        _say(f"stop {stop}: {STOPS[stop].question or STOPS[stop].step}")
        page.wait_for_timeout(1000 * waits.get(stop, open_s if is_open else revealed_s))
    took = time.monotonic() - begin
    shown = page.evaluate("window.shownVotes")
    ended.set()
    last = time.monotonic() + LEAVE_S
    for person in people:
        person.join(max(0.0, last - time.monotonic()))
    found = summary(phones, shown, pressed)
    return found | {
        "server_cores": (_used_s(app) - used) / took,
        "lesson_s": took,
        "errors": int(len(pressed) < len(STOPS) - 1),
        "runs": len(app.store.all()),
    }


def _say(words: str) -> None:
    print(f"room: {time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def _used_s(app: App) -> float:
    """Seconds of the CPU that the web process has used."""
    return float(sum(psutil.Process(app.pid).cpu_times()[:2]))


def summary(phones: list[Phone], shown: list[list[float]], pressed: dict[int, float]) -> dict[str, Any]:
    """Percentiles in milliseconds."""
    votes = sorted((stop, sent) for phone in phones for stop, sent in phone.votes)
    models = [wait for phone in phones for wait in phone.models]
    arrived = [(stop, at) for phone in phones for stop, at in phone.stops.items()]
    waits = {
        "vote_shown": vote_waits(votes, shown),
        "stop": [at - pressed[stop] for stop, at in arrived if pressed.get(stop, at) < at],
        "join": [phone.joined_s for phone in phones],
        "told": [wait for phone in phones for wait in phone.told],
        "model": models,
    }
    found: dict[str, Any] = {"pupils": len(phones), "votes": len(votes)}
    for name, seconds in waits.items():
        found |= percentiles(name, [1000 * each for each in seconds])
    return found | {"model_max_ms": 1000 * max(models) if models else None, "models": len(models)}


def vote_waits(votes: Votes, shown: list[list[float]]) -> list[float]:
    """Return the seconds from each vote until the projector showed at least as many votes of its stop."""
    found = []
    ranks: dict[int, int] = {}
    for stop, sent in votes:
        ranks[stop] = rank = ranks.get(stop, 0) + 1
        times = [at for at, of, total in shown if of == stop and total >= rank and at >= sent]
        if times:
            found.append(times[0] - sent)
    return found
