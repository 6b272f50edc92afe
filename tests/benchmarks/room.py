"""`room`: a lesson of the class page in compressed time, with thirty phones and a projector in a real browser.

Phones are threads that do what the page's script does: load the page, join by code, hold a long poll, pause, answer.
The projector is Chromium; an observer in its page notes when the number of answers on it changes. The server has the
limits of a network (EXPLORER_PUBLIC=1), and all phones share one address, as behind one router.

In the step of the class's own things each phone gives one, which the projector shows at once. The world stays open: in
the next step each phone tells the recorded training of its deal in compressed time, and hands in that training's model
from the folder that `python -m tests.engine.deals` has filled. Nothing trains meanwhile; that two tabs of a browser
train and land is a nightly test.

- vote_shown: from a phone's request with a vote until the projector shows that many votes;
- told, thing, model: from a phone's request with its progress, its thing or its model until the answer; of things and
  models, which are too few for a percentile, the longest; models: those checked; things: those on the wall;
- stop: from the teacher's press until a phone has the next stop; join: from opening the page until the seat is taken;
- errors: answers of another status, sentences of refusal, exceptions on the projector, a lesson that was not over
  within `LONGEST_S`. What the benchmark is at is printed as it goes.
"""

import random
import re
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import psutil
from playwright.sync_api import Page

from explorer.classroom.deal import NUM_DATA_SETS, recorded_training
from explorer.classroom.stops import OWN_STEP, STOPS_WITH_THINGS, first_stop
from explorer.contract import CONTRACT
from explorer.world.own import MAX_NOUNS
from tests.benchmarks.machine import percentiles, show_rows
from tests.benchmarks.server import Person, Server, app_server, browser, wait_for_spare
from tests.engine.deals import WEIGHTS
from tests.own_worlds import made_up

KEYS = (
    "pupils", "vote_shown_p50_ms", "vote_shown_p95_ms", "stop_p95_ms", "join_p95_ms", "told_p95_ms", "thing_max_ms",
    "model_max_ms", "models", "things", "errors", "votes",
)  # fmt: skip
PUPILS, QUICK_PUPILS = 30, 3
THINGS = made_up(MAX_NOUNS, seed=4)
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
LATE = ("is not open for answers", "scenes count while")
"""Refusals of who answers when the teacher has gone on."""
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


@dataclass
class Phone(Person):
    """One pupil and what it met; `votes` are (stop, time of the request), `stops` the first time of each stop."""

    room: str = ""
    seed: int = 0
    votes: list[tuple[int, float]] = field(default_factory=list)
    stops: dict[int, float] = field(default_factory=dict)

    def live(self, ended: threading.Event, open_s: float, train_s: float) -> None:
        """Attend the lesson until it has ended."""
        rng, tag, answered = random.Random(self.seed), "", -1
        self._join()
        while not ended.is_set():
            query = urlencode({"code": self.room, "since": tag})
            seen_view = self.met("poll", "GET", f"v/room.json?{query}") or {"tag": "", "view": {}}
            tag, view = seen_view["tag"], seen_view["view"]
            stop = view.get("stop", -1)
            self.stops.setdefault(stop, time.time())
            if view.get("question") and not view["is_revealed"] and answered != stop:
                answered = stop
                time.sleep(rng.uniform(0.1, 0.6) * open_s)
                self.votes.append((stop, time.time()))
                self._act("vote", "answer", question=view["question"], choice=rng.randrange(len(view["counts"])))
            elif view.get("step") == OWN_STEP and not self.waits["thing"] and self.seed < MAX_NOUNS:
                time.sleep(rng.uniform(0.1, 0.6) * open_s)
                thing = THINGS["nouns"][self.seed]
                self.met("thing", "POST", "a/give_thing", {"code": self.room, **thing})
            elif view.get("step") == "train" and not self.waits["told"]:
                self._train(view["me"]["number"], view["deal"]["values"].get("world", ""), train_s)
            elif view.get("step") == "fool":
                x, y = rng.randrange(8, 56), rng.randrange(8, 56)
                scene = f"submarine,yellow@{x},{y},700;bus,blue@{64 - x},{64 - y},700"
                self._act("fool", "hand_in_scene", margin=rng.uniform(0, 0.5), scene=scene)
            time.sleep(PAUSE_S)

    def _join(self) -> None:
        start = time.perf_counter()
        for path in re.findall(r'href="(page/[^"]+)"', self.met("page", "GET", "class") or ""):
            self.met("file", "GET", path)
        joined = self.met("seat", "POST", "a/join", {"code": self.room, "nickname": f"pupil {self.seed}"})
        self.key = joined["key"] if joined else ""
        self.waits["join"].append(time.perf_counter() - start)

    def _act(self, kind: str, name: str, **values: Any) -> None:
        self.met(kind, "POST", f"a/{name}", {"code": self.room, **values})

    def _train(self, number: int, world: str, train_s: float) -> None:
        """Tell a training that was recorded before, and hand in its model."""
        row, weights = recorded_training(number), WEIGHTS / f"{number % NUM_DATA_SETS}.safetensors"
        curve = [point for point in row["curve"] if row["pairs"] is None or point[0] <= row["pairs"]] if row else []
        for pairs, share, _ in curve:
            is_last = pairs == curve[-1][0]
            state = "training" if not is_last else "landed" if row and row["pairs"] else "ended"
            self._act("told", "tell_training", training=state, pairs=pairs, accuracy=share, world=world)
            time.sleep(TRAINING_SHARE * train_s / len(curve))
        if row and row["pairs"] and weights.exists():
            reply = self.met("model", "POST", f"class/model?code={self.room}", weights.read_bytes())
            if reply and reply["share"] <= CONTRACT.binding.level:
                self.errors[f"a model that landed scores {reply['share']}"] += 1


def run(quick: bool) -> dict[str, Any]:
    """Rows and figures."""
    with app_server(EXPLORER_PUBLIC="1") as app, browser() as chromium:
        if chromium is None:
            raise SystemExit("room: needs a Chromium")
        if not quick:
            # On a computer with other work the spare, which gives way to all of it, may take very long.
            with suppress(RuntimeError):
                wait_for_spare(app, patience_s=60)
        page = chromium.new_context(viewport={"width": 1920, "height": 1080}).new_page()
        errors: Counter[str] = Counter()
        page.on("pageerror", lambda error: errors.update([str(error)]))
        page.goto(app.url + "class")
        page.locator("#class-with-things").check()
        page.locator("#class-open").click()
        code = page.locator("#class-room").inner_text(timeout=60_000)
        count = QUICK_PUPILS if quick else PUPILS
        phones = [Phone(app.url, errors=errors, room=code, seed=number) for number in range(count)]
        figures = play_lesson(app, page, phones, QUICK if quick else FULL)
    errors = Counter({error: times for error, times in errors.items() if not any(late in error for late in LATE)})
    figures["errors"] = errors.total()
    show_rows("room", figures)
    for error, times in errors.most_common(5):
        print(f"  error: {times} x {error}")
    return figures


def play_lesson(app: Server, page: Page, phones: list[Phone], seconds: tuple[float, ...]) -> dict[str, Any]:
    """Go through every stop; figures of votes, stops and joining, in milliseconds."""
    open_s, revealed_s, train_s, fool_s = seconds
    ended, web = threading.Event(), psutil.Process(app.process.pid)
    people = [threading.Thread(target=phone.live, args=(ended, open_s, train_s), daemon=True) for phone in phones]
    for person in people:
        person.start()
    page.locator("#class-people").get_by_text(f"{len(phones)} here").wait_for(timeout=120_000)
    page.evaluate(OBSERVE)
    used, begin, pressed = sum(web.cpu_times()[:2]), time.monotonic(), dict[int, float]()
    own, train, fool = (first_stop(step, STOPS_WITH_THINGS) for step in (OWN_STEP, "train", "fool"))
    waits, things = {own: open_s, train: train_s, fool: fool_s}, 0
    for stop in range(1, len(STOPS_WITH_THINGS)):
        if time.monotonic() - begin > LONGEST_S:
            phones[0].errors[f"the lesson was broken off before its stop {stop}"] += 1
            break
        pressed[stop] = time.time()
        page.locator("#class-next").click()
        page.locator(f"#class-screen[data-stop='{stop}']").wait_for(timeout=60_000)
        if stop == own:
            page.locator("#class-at-once").check()
        now = STOPS_WITH_THINGS[stop]
        is_open = bool(now.question) and not now.is_revealed
        print(f"room: {now.question or now.step}", file=sys.stderr, flush=True)
        page.wait_for_timeout(1000 * waits.get(stop, open_s if is_open else revealed_s))
        if stop == own:
            things = page.locator("#class-grid [data-word]").count()
    took, shown = time.monotonic() - begin, page.evaluate("window.shownVotes")
    ended.set()
    last = time.monotonic() + LEAVE_S
    for person in people:
        person.join(max(0.0, last - time.monotonic()))
    votes = sorted(vote for phone in phones for vote in phone.votes)
    arrived = [(stop, at) for phone in phones for stop, at in phone.stops.items()]
    of_phones = {
        kind: [wait for phone in phones for wait in phone.waits[kind]] for kind in ("join", "told", "thing", "model")
    }
    counts = {"votes": len(votes), "models": len(of_phones["model"]), "things": things}
    longest = {kind: 1000 * max(of_phones.pop(kind), default=0.0) for kind in ("thing", "model")}
    measured = of_phones | {
        "vote_shown": vote_waits(votes, shown),
        "stop": [at - pressed[stop] for stop, at in arrived if pressed.get(stop, at) < at],
    }
    numbers: dict[str, Any] = {"pupils": len(phones), **counts}
    for name, each in measured.items():
        numbers |= percentiles(name, [1000 * wait for wait in each])
    return numbers | {
        **{f"{kind}_max_ms": wait for kind, wait in longest.items()},
        "server_cores": (sum(web.cpu_times()[:2]) - used) / took,
        "lesson_s": took,
        "runs": len(app.store.all()),
    }


def vote_waits(votes: list[tuple[int, float]], shown: list[list[float]]) -> list[float]:
    """Return the seconds from each vote until the projector showed at least as many votes of its stop."""
    waits = []
    ranks: Counter[int] = Counter()
    for stop, sent in votes:
        ranks[stop] += 1
        times = [at for at, of, total in shown if of == stop and total >= ranks[stop] and at >= sent]
        waits += [each - sent for each in times[:1]]
    return waits
