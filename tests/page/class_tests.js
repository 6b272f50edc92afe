// What the lesson and the class compute without a page.

import assert from "node:assert/strict";

import { pressKey } from "../../assets/page/class/acts.js";
import { shortName } from "../../assets/page/class/climb.js";
import { Connection } from "../../assets/page/class/connection.js";
import { lackedBy, storageOf } from "../../assets/page/class/fool.js";
import { foolingWords } from "../../assets/page/class/learned.js";
import { csvOf } from "../../assets/page/save-file.js";
import { Device, landingOf } from "../../assets/page/class/device.js";
import { Loads } from "../../assets/page/class/loads.js";
import { ClassPage } from "../../assets/page/class/page.js";
import { keepSeat, keptOf, seatOf } from "../../assets/page/class/seat.js";
import { draftOf, keep } from "../../assets/page/kept.js";
import { Challenge } from "../../assets/page/scene/challenge.js";
import { neighborOf } from "../../assets/page/class/train.js";
import { inRows } from "../../assets/page/class/rows.js";
import { findTwins } from "../../assets/page/class/things.js";
import { spreadOfTimes, countsOf, rememberLandings, wallTable } from "../../assets/page/class/wall.js";
import { countBoth, refusal } from "../../assets/page/lesson/steps.js";
import { LessonPage, lessonState } from "../../assets/page/lesson/page.js";
import { describeReplay } from "../../assets/page/lesson/run.js";
import { Refused } from "../../assets/page/refused.js";
import { tellFrom } from "../../assets/page/texts.js";
import { classStates, LINKS, RECORDED } from "./class_states.js";
import { drawn, fixtures } from "./told.js";

/** A tab whose three parts are played by one object. */
const tabOf = (parts) => ({
  orders: parts,
  runs: Object.assign(parts, { ready: Promise.resolve(), nameOf: () => "", ...parts }),
  trainings: { whenStopped: async () => {}, ...parts },
});

/** What a browser keeps. */
class Kept {
  getItem(key) {
    return this[key] ?? null;
  }

  setItem(key, text) {
    this[key] = text;
  }

  removeItem(key) {
    delete this[key];
  }
}

const SEAT = { code: "KRTM", key: "0".repeat(32) },
  listens = { addEventListener: () => {}, removeEventListener: () => {} };

/** A connection to a room whose network is down, the acts that the server then gets, and what mends the network. */
function disconnected() {
  Object.assign(globalThis, { document: { ...listens, visibilityState: "visible" }, window: listens });
  const got = [],
    troubles = [];
  let isDown = true;
  const act = async (name, { pupil, question, choice, stop }) => {
    if (isDown) throw new TypeError("Failed to fetch");
    got.push([name, pupil ?? question ?? stop, ...(choice === undefined ? [] : [choice])]);
    return {};
  };
  const connection = new Connection({ act }, SEAT.code, SEAT.key, {
    onTrouble: (isLost) => troubles.push(isLost),
    onEnd: () => {},
  });
  return { connection, got, troubles, mend: () => (isDown = false) };
}

/** What a page of `SEAT` that is loaded again sends before anybody presses anything. */
async function sentAfterReload(answer = () => null) {
  const { connection } = disconnected(),
    sent = [];
  connection.backend = {
    view: () => new Promise(() => {}),
    act: async (name, values) => (sent.push([name, values]), answer()),
  };
  void connection.start();
  await later();
  connection.close();
  return sent;
}

/** Act on a pupil's page with a seat in two rooms, in which `page.code` is the address; nothing is drawn. */
async function seated(act, parts = {}) {
  const calls = [],
    watchers = new Set(),
    seats = Object.fromEntries(["KRTM", "BWTS"].map((code, at) => [code, { key: `${at}`.repeat(32), role: "pupil" }]));
  Object.assign(globalThis, {
    document: { ...listens, documentElement: { classList: { toggle: () => {} } }, visibilityState: "visible" },
    window: listens,
    history: { state: null, replaceState: () => {} },
    localStorage: Object.assign(new Kept(), { "clip-binding-class": JSON.stringify(seats) }),
  });
  const runs = {
    worlds: { ready: async () => {}, keep: () => calls.push(["world"]) },
    ready: Promise.resolve(),
    seconds: async () => 9,
    train: () => calls.push(["train"]) && "tab-x",
    watch: (watcher) => watchers.add(watcher) && (() => watchers.delete(watcher)),
    run: () => ({ status: "finished", step: 60, pairs_seen: 60 * 256, in_tab: {} }),
    ownCurve: () => [{ step: 60, value: 0.6, low: 0.5 }],
    stop: (name) => calls.push(["stop", name]),
    ...parts,
  };
  const page = {
    code: "KRTM",
    catalog: fixtures.catalog,
    address: { get: (name) => (name === "room" ? page.code : ""), link: () => "" },
    backend: {
      view: (name, _, { signal } = {}) =>
        new Promise((resolve, reject) => {
          if (name === "class_world") resolve({ nouns: Object.values(fixtures.own.drawings) });
          signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
        }),
      act: async (name, { code, training }) => calls.push([name, code, training]),
    },
    loadTab: async () => {},
    tab: tabOf(runs),
  };
  class Undrawn extends ClassPage {
    draw() {}
  }
  const room = new Undrawn(null, page, fixtures.classroom, fixtures.plan_of_class);
  try {
    await act({ page, calls, watchers, room });
  } finally {
    room.leave();
  }
}

/** A lesson that nobody draws; what it asks for its run or a score is answered by the functions of `answers`. */
function lessonOf() {
  const answers = { run: [], score: [] },
    asked = [],
    held = (name) => new Promise((answer) => answers[name].push(answer));
  class Undrawn extends LessonPage {
    draw() {}
  }
  const lesson = new Undrawn(
    null,
    {
      catalog: fixtures.catalog,
      address: { link: () => "" },
      backend: {
        has: () => true,
        view: (name) => (name === "run" ? held("run") : Promise.resolve(null)),
        job: (_, { model }) => (asked.push(model), held("score")),
      },
      tab: { orders: { measureSpeed: async () => null } },
    },
    fixtures.lessons,
    fixtures.facts,
  );
  return { lesson, answers, asked };
}
const later = () => new Promise((resolve) => setTimeout(resolve));

export const tests = {
  "a pupil's screen reader hears each screen that the teacher goes to, and what came of an answer"() {
    const heard = ({ component, state }) => /id="class-heard">([^<]*)</.exec(drawn(component, { state }))?.[1],
      at = Object.fromEntries(classStates(fixtures).map((each) => [each.name, each]));
    for (const name of Object.keys(at).filter((each) => each.startsWith("class-pupil-")))
      assert.ok(heard(at[name]), name);
    assert.notEqual(heard(at["class-pupil-vote"]), heard(at["class-pupil-vote-0-revealed"]));
    assert.equal(heard(at["class-teacher-vote"]), "");
  },

  "a long name is cut on the wall": () => {
    assert.deepEqual(["Ann", "Late Larry Longestna", "小明的朋友们都来上课"].map(shortName), [
      "Ann",
      "Late Larry L…",
      "小明的朋友们…",
    ]);
  },
  "what a browser kept may be nonsense": () => {
    const page = { canTrain: true, hasServer: true, hasClass: true, links: LINKS };
    for (const kept of [{ done: "x", open: 3, guess: "a", run: 5 }, { done: ["x", "see"], run: "gone" }, {}]) {
      const state = lessonState(fixtures.lessons, fixtures.facts, { ...page, stored: kept });
      assert.deepEqual([state.open, state.guess], ["see", null]);
      assert.deepEqual(state.done, Array.isArray(kept.done) ? ["see"] : []);
    }
  },
  "what two tabs did of the lesson is kept of both": () => {
    const kept = {},
      { localStorage: before } = globalThis;
    globalThis.localStorage = { getItem: (key) => kept[key] ?? null, setItem: (key, text) => (kept[key] = text) };
    try {
      const [one, other] = [lessonOf().lesson, lessonOf().lesson];
      one.acts.guess();
      other.finish("dial");
      const { done, guess } = lessonOf().lesson.state;
      assert.deepEqual([[...done].sort(), guess], [["dial", "guess"], 75]);
    } finally {
      globalThis.localStorage = before;
    }
  },
  "a link with a teacher's key takes the seat of nobody whom the server does not know by it": () =>
    seated(async ({ page, room }) => {
      const before = seatOf("KRTM"),
        key = "e".repeat(32),
        { location: here, history: entry } = globalThis;
      globalThis.location = { hash: `#key=${key}`, pathname: "/class", search: "", href: "" };
      try {
        for (const role of ["none", "teacher"]) {
          room.leave();
          room.read();
          globalThis.location.hash = `#key=${key}`;
          assert.deepEqual([room.connection.key, seatOf("KRTM")], [key, before]);
          if (role === "none") room.end("none");
          else {
            room.shown = "join.0"; // another screen would be scrolled to its top
            room.show({ role, step: "join", part: 0, stop: 0 }, 0);
          }
          assert.equal(room.connection.key, role === "none" ? before.key : key);
        }
        assert.deepEqual(seatOf("KRTM"), { key, role: "teacher" });
      } finally {
        Object.assign(globalThis, { location: here, history: entry });
        page.code = "KRTM";
      }
    }),

  "the code of an address ends where a code does": () =>
    seated(async ({ page, room }) => {
      page.code = "krtm).";
      room.read();
      assert.deepEqual([room.state.code, room.connection?.code], ["KRTM", "KRTM"]);
    }),

  "a key with Ctrl, Alt or Meta is the browser's, and steers no class": () => {
    globalThis.HTMLElement = class {
      closest = () => null;
    };
    const did = [],
      acts = { goBy: (by) => did.push(by), toggleStudy: () => did.push("study") },
      view = { step: "train", wall: {} },
      press = (key, parts = {}) =>
        pressKey(
          { acts, connection: {}, state: { isTeacher: true, view } },
          { key, target: new HTMLElement(), ...parts },
        );
    for (const key of ["ArrowRight", "ArrowLeft", "l"]) press(key);
    assert.deepEqual(did, [1, -1, "study"]);
    press("l", { ctrlKey: true }); // the address bar
    press("ArrowLeft", { altKey: true }); // the page before
    press("ArrowLeft", { metaKey: true });
    assert.equal(did.length, 3);
  },
  "a row of the wall whose pictures come late opens no box over another, nor one that was closed": async () => {
    const answers = [],
      state = { view: { wall: { world: "own-0123456789abcdef" } }, pictures: null },
      room = {
        page: { ownWorlds: {} },
        state,
        connection: { view: (_, { pupil }) => new Promise((done) => (answers[pupil] = () => done([]))) },
        change: (parts) => Object.assign(state, parts),
      };
    const loads = new Loads(room),
      rows = [0, 1, 2].map((pupil) => loads.showPictures(pupil));
    await later();
    answers[2]();
    await rows[2];
    answers[0]();
    await rows[0];
    assert.equal(state.pictures.pupil, 2);
    loads.closePictures();
    answers[1]();
    await rows[1];
    assert.equal(state.pictures, null);
  },
  "a teacher's page asks for its addresses once, whoever joins meanwhile, and again if that failed": async () => {
    const asked = [],
      state = { isTeacher: true, addresses: null },
      errors = [],
      room = {
        page: { address: { get: () => "" } },
        state,
        connection: { view: (name) => new Promise((answer, refuse) => asked.push({ name, answer, refuse })) },
        change: (parts) => Object.assign(state, parts),
        showError: ({ message }) => errors.push(message),
      };
    const loads = new Loads(room),
      { location: here } = globalThis;
    globalThis.location = { href: "http://localhost/class?room=KRTM" };
    const join = () => loads.follow({ step: "join" });
    try {
      join();
      join();
      asked[0].refuse(new Error("too many"));
      await later();
      join();
      join();
      asked[1].answer({ addresses: [] });
      await later();
      join();
    } finally {
      globalThis.location = here;
    }
    assert.deepEqual([asked.length, [...new Set(errors)], state.addresses], [2, ["too many"], { addresses: [] }]);
  },
  "what was asked before a lesson begins again, or before another question, is not shown in it": async () => {
    const { lesson, answers } = lessonOf();
    const ask = () => {
        const asked = lesson.acts.ask();
        return async () => {
          answers.score.pop()({ cosines: [1] });
          await asked;
        };
      },
      { state } = lesson;
    const [, other] = state.content.models;
    const acts = [
      () => lesson.acts.choosePicture(1),
      () => lesson.acts.chooseModel(other),
      () => lesson.acts.type("second", "a cat"),
      () => lesson.acts.beginAgain(),
    ];
    for (const act of acts) {
      await ask()();
      assert.deepEqual([state.probe.answer, state.done, state.probe.isAsking], [{ cosines: [1] }, ["probe"], false]);
      act();
      assert.equal(state.probe.answer, null, "it was of the question before");
      const answer = ask();
      act();
      await answer();
      assert.deepEqual([state.probe.answer, state.probe.isAsking], [null, false]);
    }
    state.runName = "tab-x";
    const watched = lesson.run.watch();
    lesson.acts.beginAgain();
    answers.run.pop()({ run: { ...fixtures.recording, status: "finished" }, listing_digest: "k" });
    await watched;
    assert.deepEqual([state.run, state.binding, state.done], [null, null, []]);
  },
  "one's own model is the run of now, and a lesson that begins again has none": () => {
    const { lesson, asked } = lessonOf(),
      { links } = lesson.state,
      ended = { status: "finished", has_model: true, final: { value: 0.9 } };
    lesson.acts.chooseModel("own");
    for (const name of ["tab-first", "tab-second"]) {
      lesson.run.show({ ...ended, name, link: `?run=${name}` }, true);
      void lesson.acts.ask();
    }
    lesson.acts.beginAgain();
    void lesson.acts.ask();
    assert.deepEqual(asked, ["tab-first", "tab-second", fixtures.facts.models[0]]);
    assert.deepEqual(lesson.state.links, links);
  },
  "a lesson that is hidden while its run is asked for asks no more until it is shown": async () => {
    const { lesson, answers } = lessonOf(),
      polled = [];
    lesson.state.runName = "tab-x";
    lesson.run.timers = { poll: (name) => polled.push(name), stop: () => {} };
    const answer = async (watched) => {
      answers.run.pop()({ run: { ...fixtures.recording, status: "running" }, listing_digest: "k" });
      await watched;
    };
    const watched = lesson.run.watch();
    lesson.run.rest();
    await answer(watched);
    assert.deepEqual(polled, []);
    await answer(lesson.run.watch());
    assert.deepEqual(polled, ["run"]);
  },
  "a browser whose engine is lost on the way is not said to train nothing, and is asked again": async () => {
    const { lesson } = lessonOf(),
      { orders } = lesson.page.tab,
      asks = [];
    lesson.run.timers = { poll: (name, ms, ask) => asks.push(ask), stop: () => {} };
    orders.measureSpeed = async () => Promise.reject(new TypeError("Failed to fetch"));
    await lesson.run.measure();
    assert.equal(lesson.state.canTrain, null);
    Object.assign(orders, { measureSpeed: async () => 1e9, seconds: async () => 90 });
    await asks.pop()();
    assert.deepEqual([lesson.state.canTrain, lesson.state.seconds, asks], [true, 90, []]);
  },
  "a phone says of 255 pictures of 256 that one is left": () => {
    const { component, state } = classStates(fixtures).find(({ name }) => name === "class-pupil-device-training"),
      ownBinding = { ...state.device.ownBinding, value: 255 / 256 };
    const shown = drawn(component, { state: { ...state, device: { ...state.device, ownBinding } } });
    assert.deepEqual([/99\.6\s%/.test(shown), /100\s%/.test(shown)], [true, false]);
  },
  "the dial counts captions that name both": () => {
    const at = (dial) => countBoth({ content: fixtures.facts, dial });
    assert.deepEqual([at(0), at(fixtures.facts.dial_places.length - 1)], [0, 6]);
    assert.ok(at(5) > 0 && at(5) < 6);
  },
  "steps are refused before a server is asked": () => {
    const tell = tellFrom(fixtures.lessons),
      wrong = (steps) => refusal({ steps, content: fixtures.facts, canTrain: true }, tell);
    assert.equal(wrong("0"), "Steps is 0. Give a whole number from 1 to 1,000,000.");
    assert.equal(wrong(""), "Steps is empty. Give a whole number from 1 to 1,000,000.");
    assert.ok(wrong("1.5") && wrong("a") && !wrong(90) && !wrong("1000000"));
  },
  "a replay ends with the final measurement": () => {
    const { curve, final, steps } = fixtures.recording,
      last = describeReplay(fixtures.recording, Infinity, "");
    assert.deepEqual([last.isActive, last.step, last.final.value], [false, steps, final.binding.value]);
    assert.deepEqual(
      [describeReplay(fixtures.recording, 1, "").point.step, describeReplay(fixtures.recording, 1, "").final],
      [curve[1].step, null],
    );
  },
  "a spreadsheet reads no nickname as a formula": () => {
    const dot = (nickname) => ({
      nickname,
      objects: 2,
      kinds: 1,
      density: 1,
      kappa: 0.5,
      pairs: 512,
      accuracy: 0.5,
      state: "training",
      expected: null,
    });
    const [head, one, other, ...rest] = csvOf(wallTable({ dots: [dot("=A1"), dot('a "b", c'), dot("＝A1")] })).split(
      "\r\n",
    );
    assert.ok(
      head.startsWith("nickname,objects") &&
        one.startsWith("'=A1,2,1") &&
        other.startsWith('"a ""b"", c",2') &&
        rest.length === 1 &&
        rest[0].startsWith("'＝A1,"), // where letters are wide, a spreadsheet may read wide signs too
    );
  },
  "a wall counts what trains, landed and watches": () => {
    const dots = ["training", "paused", "landed", "ended", "watching"].map((state) => ({ state })),
      { trains, landed, over, watching } = countsOf({ dots });
    assert.deepEqual([trains.length, landed.length, over, watching], [4, 1, 2, 1]);
  },
  "the wall rings the dot that it saw land last, and none of those that it found landed": () => {
    const landed = (...pupils) => pupils.map((pupil) => ({ pupil })),
      landing = rememberLandings(null, landed(4, 7));
    assert.deepEqual(landing, { order: [4, 7], newest: null });
    const later = rememberLandings(landing, landed(2, 4, 7));
    assert.deepEqual(later, { order: [4, 7, 2], newest: 2 });
    assert.equal(rememberLandings(later, landed(2, 4, 7)).newest, 2);
  },
  "a training lands at the first of three evaluations in a row above 75 %": () => {
    const points = [
      [15, 0.6],
      [30, 0.8],
      [45, 0.7],
      [60, 0.76],
      [75, 0.8],
      [90, 0.9],
    ];
    assert.deepEqual([landingOf(points.slice(0, 5)), landingOf(points), landingOf([])], [null, 60, null]);
  },
  "a device that was busy may train when it is measured again": async () => {
    const given = { deal: fixtures.views.pupil.train.deal, wall: { dots: [] }, me: { number: 0 } },
      told = [],
      speeds = [400, 90],
      ended = { status: "failed", reason: "no memory" };
    const runs = {
      seconds: async () => speeds[0],
      forgetSpeed: () => speeds.shift(),
      train: () => "tab-x",
      watch: () => () => {},
      run: () => ended,
      ownCurve: () => [],
      stop: () => {},
    };
    const device = new Device(
      { catalog: fixtures.catalog, loadTab: async () => {}, tab: tabOf(runs) },
      { tellRoom: async (each) => told.push(each.training), ask: async () => RECORDED, draw: () => {} },
    );
    await device.follow(given);
    assert.deepEqual([device.state.canTrain, device.state.recorded, told], [false, RECORDED, ["watching"]]);
    await device.measureAgain();
    assert.deepEqual([device.state.canTrain, device.state.seconds], [true, 90]);
    device.begin();
    device.followRun();
    assert.deepEqual(
      [device.state.canTrain, device.state.run, device.state.why, told],
      [false, null, "It failed: no memory.", ["watching", "training", "watching"]],
    );
  },
  "a device that lands tells the digests until then, although it has gone on": async () => {
    const digests = [0, 15, 45, 60].map((step) => ({ step, digest: String(step).padStart(64, "0") })),
      points = [15, 30, 45, 50, 60].map((step) => ({ step, value: 0.9, low: step < 30 ? 0.6 : 0.8 })),
      told = [];
    const runs = {
      seconds: async () => 9,
      train: () => "tab-x",
      watch: () => () => {},
      run: () => ({ status: "running", step: 61, pairs_seen: 61 * 256, in_tab: {}, engine: { version: 1, digests } }),
      ownCurve: () => points,
      stop: () => {},
      whenEnded: async () => {},
      model: async () => null,
    };
    const device = new Device(
      { catalog: fixtures.catalog, loadTab: async () => {}, tab: tabOf(runs) },
      { tellRoom: async (each) => told.push(each), ask: async () => null, draw: () => {} },
    );
    await device.follow({ deal: fixtures.same.pupil.none.deal, wall: { dots: [] }, me: { number: 6 } });
    device.begin();
    device.followRun();
    assert.deepEqual(
      told.map(({ training, pairs, digests: { length } }) => [training, pairs, length]),
      [
        ["training", 0, 0],
        ["landed", 30 * 256, 3],
      ],
    );
  },
  "a device tells how it ended until the room has it, also after a reload, and then hands in its model": async () => {
    const told = [],
      given = [],
      header = new TextEncoder().encode('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
    let kept = "",
      hasRoom = false;
    const runs = {
      seconds: async () => 9,
      train: () => "tab-x",
      watch: () => () => {},
      pause: () => told.push("pressed"),
      run: () => ({ status: "running", step: 61, pairs_seen: 61 * 256, in_tab: {} }),
      ownCurve: () => [15, 30, 45].map((step) => ({ step, value: 0.9, low: 0.8 })),
      nameOf: () => kept,
      stop: () => {},
      whenEnded: async () => {},
      model: async (name) =>
        given.push(name) && new Uint8Array([header.length, 0, 0, 0, 0, 0, 0, 0, ...header, 0, 0, 0, 0]),
    };
    const view = { deal: fixtures.views.pupil.train.deal, wall: { dots: [] }, me: { number: 0 } },
      deviceOf = () =>
        new Device(
          { catalog: fixtures.catalog, loadTab: async () => {}, tab: tabOf(runs) },
          {
            tellRoom: async ({ training }) => (told.push(training), hasRoom),
            handIn: async () => {},
            ask: async () => null,
            draw: () => {},
          },
        );
    const device = deviceOf();
    await device.follow(view);
    device.begin();
    device.followRun();
    device.pause();
    await later();
    assert.deepEqual([told, given], [["training", "landed"], []], "the teacher has gone to another step");
    hasRoom = true;
    for (let views = 0; views < 2; views++) {
      await device.follow(view);
      await later();
    }
    assert.deepEqual([told, given], [["training", "landed", "landed"], ["tab-x"]]);
    kept = "tab-kept";
    await deviceOf().follow({ ...view, wall: { dots: [{ pupil: 0, state: "training" }] } });
    await later();
    assert.deepEqual([told.slice(3), given.slice(1)], [["landed"], ["tab-kept"]]);
  },
  "a device that has another deal once the room is told hands in no model of the earlier one": async () => {
    const told = [],
      given = [],
      header = new TextEncoder().encode('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
    let hear = () => {};
    const runs = {
      seconds: async () => 9,
      train: () => "tab-x",
      watch: () => () => {},
      run: () => ({ status: "running", step: 61, pairs_seen: 61 * 256, in_tab: {} }),
      ownCurve: () => [15, 30, 45].map((step) => ({ step, value: 0.9, low: 0.8 })),
      stop: () => {},
      whenEnded: async () => {},
      model: async () => new Uint8Array([header.length, 0, 0, 0, 0, 0, 0, 0, ...header, 0, 0, 0, 0]),
      worlds: { ready: async () => {}, keep: () => {} },
    };
    const device = new Device(
      { catalog: fixtures.catalog, loadTab: async () => {}, tab: tabOf(runs) },
      {
        tellRoom: (each) => {
          told.push(each);
          return each.training === "landed" ? new Promise((resolve) => (hear = resolve)) : Promise.resolve(true);
        },
        handIn: async (weights) => given.push(weights),
        ask: async () => null,
        draw: () => {},
      },
    );
    await device.follow({ deal: fixtures.views.pupil.train.deal, wall: { dots: [] }, me: { number: 0 } });
    device.begin();
    device.followRun();
    const { deal, me } = fixtures.own.views.pupil.training;
    await device.follow({ deal, me, wall: { dots: [] } });
    hear(true);
    await later();
    assert.deepEqual([given, device.state.why], [[], ""]);
    assert.deepEqual(
      told.map(({ training, world }) => [training, world]),
      [
        ["training", ""],
        ["landed", ""],
        ["training", deal.values.world],
      ],
    );
  },
  "a slow device tells where it is before it counts as silent": () => {
    const run = { status: "running", step: 1, pairs_seen: 256, in_tab: { isPaused: true } },
      told = [],
      runs = { train: () => "tab-x", watch: () => () => {}, run: () => run, ownCurve: () => [] },
      now = Date.now;
    const device = Object.assign(new Device({}, { tellRoom: async (each) => told.push(each.pairs), draw: () => {} }), {
      tab: tabOf(runs),
      deal: { values: {} },
      spec: { train: { batch_size: 256 } },
    });
    try {
      Date.now = () => 0;
      device.begin();
      assert.equal(device.state.run, run, "a press is answered at once, not as a page that was loaded again");
      device.followRun();
      Date.now = () => 30_000;
      device.followRun();
      assert.deepEqual(told, [0], "one that is paused is not in training");
      run.in_tab.isPaused = false;
      device.followRun();
      device.followRun();
    } finally {
      Date.now = now;
    }
    assert.deepEqual(told, [0, 256]);
  },
  "rows stand in the order of their landing, then of their pairs, and those that watch have none": () => {
    const dots = ["ended 9", "training 5", "landed 7", "watching 0", "landed 4", "training 8"].map((each, pupil) => {
      const [state, pairs] = each.split(" ");
      return { pupil, state, pairs: Number(pairs) };
    });
    assert.deepEqual(
      inRows(dots).map(({ pupil }) => pupil),
      [4, 2, 5, 1, 0],
    );
  },
  "the line of the study waits for the devices, and for none where all of them only watch": () => {
    const { component, state } = classStates(fixtures).find(({ name }) => name === "class-teacher-train"),
      mayShow = (...states) => {
        const dots = states.map((each, pupil) => ({ ...state.view.wall.dots[0], pupil, state: each })),
          wall = { ...state.view.wall, dots };
        return !/id="class-study"[^>]* disabled/.test(
          drawn(component, { state: { ...state, view: { ...state.view, wall } } }),
        );
      };
    assert.deepEqual(
      [mayShow(), mayShow("training"), mayShow("landed"), mayShow("watching")],
      [false, false, true, true],
    );
  },
  "how far chance spreads is said of three landings or more": () => {
    const landed = [300, 100, 250, 200].map((pairs) => ({ pairs, nickname: `p${pairs}` }));
    assert.deepEqual(spreadOfTimes(landed), { middle: 200, first: "p100", last: "p300", times: 3 });
    assert.equal(spreadOfTimes(landed.slice(0, 2)), null);
  },
  "the two most alike of the wall are named, and none where nothing is alike": () => {
    const nouns = Object.values(fixtures.own.drawings);
    assert.equal(findTwins(fixtures.things, nouns), null);
    assert.deepEqual(findTwins(fixtures.things, [...nouns, { ...nouns[0], word: "twin" }]), {
      one: nouns[0].word,
      other: "twin",
    });
  },
  "a device begins on the class's world by itself, keeps nothing of it, and leaves an earlier deal": async () => {
    const { training } = fixtures.own.views.pupil,
      told = [],
      calls = [],
      document = { nouns: Object.values(fixtures.own.drawings) };
    const runs = {
      worlds: { ready: async () => {}, keep: (world) => calls.push(["world", world]) },
      seconds: async () => 40,
      train: (deal, start, how) => calls.push(["train", deal.values.world ?? "", how.isKept]) && `tab-${calls.length}`,
      watch: () => () => {},
      run: () => ({ status: "running", step: 0, pairs_seen: 0, in_tab: { isPaused: true } }),
      ownCurve: () => [],
      stop: (name) => calls.push(["stop", name]),
    };
    const device = new Device(
      { catalog: fixtures.catalog, loadTab: async () => {}, tab: tabOf(runs) },
      { tellRoom: async (each) => told.push(each.training), ask: async () => document, draw: () => {} },
    );
    const plain = { deal: fixtures.views.pupil.train.deal, wall: { dots: [] }, me: { number: 0 } };
    await device.follow(plain);
    assert.deepEqual(calls, [], "in the lesson without things a pupil presses");
    device.begin();
    const own = { ...training, wall: { dots: [] } };
    await device.follow(own);
    await device.follow(own);
    assert.deepEqual(calls, [
      ["train", "", true],
      ["stop", "tab-1"],
      ["world", document],
      ["train", training.wall.world, false],
    ]);
    assert.deepEqual(told, ["training", "training"]);
    // After a reload one that watched trains if it is fast enough now; one that has ended is done.
    for (const [state, count] of [
      ["watching", 1],
      ["training", 1],
      ["ended", 0],
    ]) {
      device.dealt = null;
      told.length = 0;
      await device.follow({ ...own, wall: { dots: [{ pupil: own.me.number, state, scored: null }] } });
      assert.equal(told.length, count, state);
    }
    // One that was busy is measured again, or trains although it is slow.
    for (const [press, seconds] of [
      ["measureAgain", 40],
      ["trainAnyway", 400],
    ]) {
      runs.seconds = async () => 400;
      runs.forgetSpeed = () => (runs.seconds = async () => seconds);
      device.dealt = null;
      calls.length = told.length = 0;
      await device.follow(own);
      assert.deepEqual([device.state.canTrain, told], [false, ["watching"]]);
      await device[press]();
      assert.deepEqual([calls.at(-1), told.at(-1)], [["train", training.wall.world, false], "training"]);
    }
  },
  "a room that is left takes its device along, and nothing of it goes to the room that is entered next": () =>
    seated(async ({ page, room, calls, watchers }) => {
      room.read();
      const { device } = room;
      await device.follow({ ...fixtures.views.pupil.train, wall: { dots: [] } });
      device.begin();
      page.code = "BWTS";
      room.read();
      watchers.forEach((each) => each()); // the worker has ended a step meanwhile
      await later();
      assert.notEqual(room.device, device);
      assert.deepEqual(calls, [["train"], ["tell_training", "KRTM", "training"], ["stop", "tab-x"]]);
    }),
  "a phone that scanned the QR code asks and joins by its key, and by none from an address that holds something else":
    () =>
      seated(async ({ page, room }) => {
        const asked = [],
          key = "a".repeat(32),
          before = globalThis.location;
        document.getElementById = () => null;
        localStorage.removeItem("clip-binding-class");
        page.backend.view = async (_, { key: sent }) => (asked.push(sent), { view: { role: "none" } });
        page.backend.act = async (_, { key: sent }) => (
          asked.push(sent), Promise.reject(new Refused("nickname", "no"))
        );
        for (const hash of [`#join=${key}`, "#join=", "#join=../../x", ""]) {
          globalThis.location = { ...before, hash };
          page.code = "";
          room.read();
          page.code = "KRTM";
          room.read();
          await later();
          await room.acts.join("Ada");
        }
        globalThis.location = before;
        assert.deepEqual(asked, [key, key, ...Array(6).fill(undefined)]);
      }),
  "a tab at the form for a nickname takes the seat that another tab of its phone has got meanwhile": () =>
    seated(async ({ room, calls }) => {
      room.change({ code: "KRTM", at: "join" });
      await room.acts.join("Ada");
      assert.deepEqual([calls, room.connection.key, room.state.at], [[], "0".repeat(32), "room"]);
    }),
  "who leaves a room whose code is still asked for can press the doors, and what comes late leads nowhere": () =>
    seated(async ({ page, room }) => {
      const answers = [],
        entered = [];
      page.backend.view = () => new Promise((answer) => answers.push(answer));
      page.backend.act = () => new Promise((answer) => answers.push(answer));
      page.code = "XXXX"; // of which this browser has no seat
      room.read();
      assert.deepEqual([room.state.at, room.state.isBusy], ["join", true]);
      room.enter = () => entered.push(room.state.code);
      room.acts.join("Ada");
      page.code = "";
      room.read();
      assert.deepEqual([room.state.at, room.state.isBusy], ["doors", false]);
      for (const answer of answers) answer({ view: { role: "none" }, key: "2".repeat(32) });
      await later();
      assert.deepEqual([room.state.at, room.state.isBusy, entered], ["doors", false, []]);
    }),
  "a tab that hears late that its pupil was removed forgets that seat alone, and takes the one of another tab": () =>
    seated(async ({ page, room }) => {
      for (const key of ["0".repeat(32), "2".repeat(32)]) {
        const seat = { code: "KRTM", key };
        keep(keptOf("thing", seat), "{}");
        keep(draftOf(keptOf("thing", seat)), "{}");
      }
      room.read();
      const { connection } = room,
        vote = () => void connection.act("answer", { question: "vote.0", choice: 0 });
      page.backend.act = () => new Promise(() => {});
      vote();
      keepSeat("KRTM", { key: "2".repeat(32), role: "pupil" }); // by a second tab of this phone
      connection.end("none");
      vote();
      assert.equal(room.connection.key, "2".repeat(32));
      assert.deepEqual(
        Object.keys(localStorage).filter((key) => key.includes("0".repeat(32))),
        [],
      );
      assert.equal(Object.keys(localStorage).length, 3);
      room.connection.end("none");
      assert.deepEqual([room.state.at, room.connection, seatOf("KRTM")], ["join", null, null]);
      assert.deepEqual(Object.keys(localStorage), ["clip-binding-class"]);
    }),
  "how long a deal takes is not said of the next one": async () => {
    const times = [],
      runs = { seconds: () => new Promise((resolve) => times.push(resolve)) },
      device = new Device(
        { catalog: fixtures.catalog, loadTab: async () => {}, tab: tabOf(runs) },
        { tell: async () => true, ask: async () => null, draw: () => {} },
      ),
      given = { ...fixtures.views.pupil.train, wall: { dots: [] } },
      following = [device.follow(given)];
    await later();
    following.push(device.follow({ ...given, deal: { ...given.deal, seed: given.deal.seed + 1 } }));
    await later();
    times[1](9);
    await later();
    times[0](4000);
    await Promise.all(following);
    assert.deepEqual([device.state.seconds, device.state.canTrain], [9, true]);
  },
  "a room that is left while its deal is prepared has no training": () =>
    seated(async ({ page, room, calls }) => {
      let come = () => {};
      const loading = new Promise((resolve) => (come = resolve));
      page.loadTab = () => loading;
      room.read();
      const following = room.device.follow({ ...fixtures.own.views.pupil.training, wall: { dots: [] } });
      room.leave();
      come();
      await following;
      await later();
      assert.deepEqual(calls, []);
    }),
  "a deal begins once the training of the one before has left the tab": () => {
    let end = () => {};
    const ended = new Promise((resolve) => (end = resolve));
    return seated(
      async ({ room, calls }) => {
        room.read();
        const following = room.device.follow({ ...fixtures.own.views.pupil.training, wall: { dots: [] } });
        await later();
        assert.deepEqual(calls, []);
        end();
        await following;
        assert.deepEqual(calls.slice(0, 2), [["world"], ["train"]]);
      },
      { whenStopped: () => ended },
    );
  },
  "acts about different pupils and questions are all repeated, and of one the newest": async () => {
    const { connection, got, troubles, mend } = disconnected();
    const acts = [
      connection.act("remove_pupil", { pupil: 1 }),
      connection.act("remove_pupil", { pupil: 2 }),
      connection.act("answer", { question: "vote.0", choice: 0 }),
      connection.act("answer", { question: "vote.0", choice: 1 }),
      connection.act("answer", { question: "vote.1", choice: 0 }),
      connection.act("go_to_stop", { stop: 3 }),
      connection.act("go_to_stop", { stop: 4 }),
    ];
    await later();
    mend();
    assert.deepEqual(await Promise.all(acts), [{}, {}, null, {}, {}, null, {}]);
    assert.deepEqual(got, [
      ["remove_pupil", 1],
      ["remove_pupil", 2],
      ["answer", "vote.0", 1],
      ["answer", "vote.1", 0],
      ["go_to_stop", 4],
    ]);
    assert.deepEqual([...new Set(troubles)], [true]);
  },
  "what the server refuses is not repeated, but what a limit forbids for a moment": async () => {
    const { connection } = disconnected(),
      answers = [new Refused("acts", "wait 1 s", 429), "done", new Refused("stop", "no"), "never"];
    connection.backend.act = async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    assert.equal(await connection.act("go_to_stop", { stop: 3 }), "done");
    await assert.rejects(connection.act("go_to_stop", { stop: 99 }), { field: "stop" });
    assert.deepEqual(answers, ["never"]);
  },
  "an act is repeated for as long as its page is open": async () => {
    const { connection, got, mend } = disconnected(),
      now = Date.now;
    try {
      const act = connection.act("answer", { question: "vote.0", choice: 1 });
      Date.now = () => now() + 3_600_000;
      await later();
      mend();
      assert.deepEqual(await act, {});
    } finally {
      Date.now = now;
    }
    assert.deepEqual(got, [["answer", "vote.0", 1]]);
  },
  "what a pupil chose and gave is sent once more by a page that is loaded again, unless it was answered": async () => {
    globalThis.localStorage = new Kept();
    const { connection } = disconnected(),
      thing = { word: "bello", parts: [] };
    connection.act("answer", { question: "vote.0", choice: 0 }).catch(() => undefined);
    connection.act("answer", { question: "vote.0", choice: 1 }).catch(() => undefined);
    connection.act("give_thing", thing).catch(() => undefined);
    connection.act("hand_in_scene", { scene: "", margin: 0 }).catch(() => undefined);
    connection.close();
    await later();
    const sent = [
      ["answer", { ...SEAT, question: "vote.0", choice: 1 }],
      ["give_thing", { ...SEAT, ...thing }],
    ];
    assert.deepEqual(await sentAfterReload(() => Promise.reject(new TypeError("Failed to fetch"))), sent);
    const refuse = () => Promise.reject(new Refused("question", "is not open for answers now"));
    assert.deepEqual(await sentAfterReload(refuse), sent);
    assert.deepEqual(await sentAfterReload(), [], "what was answered or refused is not kept");
    assert.deepEqual(Object.keys(localStorage), []);
  },
  "no older choice of another tab overwrites the newest one, which is kept until it is answered itself": async () => {
    globalThis.localStorage = new Kept();
    const [one, other] = [disconnected(), disconnected()],
      answers = [],
      acts = [one.connection.act("answer", { question: "vote.0", choice: 0 })];
    await later();
    other.mend();
    assert.deepEqual(await other.connection.act("answer", { question: "vote.0", choice: 1 }), {});
    one.mend();
    assert.deepEqual([await acts[0], one.got], [null, []]);
    one.connection.backend.act = () => new Promise((answer) => answers.push(answer));
    acts.push(one.connection.act("answer", { question: "vote.0", choice: 0 }));
    await later();
    other.connection.backend.act = () => new Promise(() => {});
    void other.connection.act("answer", { question: "vote.0", choice: 1 });
    answers.pop()(null);
    await acts[1];
    assert.deepEqual(await sentAfterReload(), [["answer", { ...SEAT, question: "vote.0", choice: 1 }]]);
  },
  "whatever stands where unsent acts are kept, a page begins, and acts as nobody else": async () => {
    const place = keptOf("clip-binding-class-unsent", SEAT),
      values = { question: "vote.0", choice: 0 },
      strange = { name: "answer", values: { ...values, code: "BWTS", key: "1".repeat(32) } };
    for (const [text, sent] of [
      ["{", []],
      ["5", []],
      ['"answer"', []],
      ["[null, 5]", []],
      [JSON.stringify([{ name: "end_class", values: {} }, { name: "answer", values: null }, { name: "answer" }]), []],
      [JSON.stringify({ any: strange }), [["answer", { ...SEAT, ...values }]]],
    ]) {
      globalThis.localStorage = Object.assign(new Kept(), { [place]: text });
      assert.deepEqual(await sentAfterReload(), sent, text);
      assert.deepEqual(Object.keys(localStorage), [], text);
    }
  },
  "of two acts about the same the server gets the second once it has answered the first": async () => {
    const { connection } = disconnected(),
      got = [],
      answers = [];
    connection.backend.act = (_, { choice }) => (got.push(choice), new Promise((answer) => answers.push(answer)));
    const [first, , last] = [0, 1, 2].map((choice) => connection.act("answer", { question: "vote.0", choice }));
    await later();
    assert.deepEqual(got, [0]);
    answers.pop()("first");
    await first;
    await later();
    assert.deepEqual(got, [0, 2], "of those that waited, the newest");
    answers.pop()("last");
    assert.equal(await last, "last");
  },
  "a device that watches sees the training most like its own": () => {
    const dots = [
      { pupil: 0, kappa: 0.1, state: "landed" },
      { pupil: 1, kappa: 0.3, state: "training" },
      { pupil: 2, kappa: 0.2, state: "watching" },
    ];
    assert.deepEqual([neighborOf(dots, 0.2).pupil, neighborOf(dots, 0.12).pupil, neighborOf([], 0.2)], [1, 0, null]);
  },
  "a picture is reported also where the browser keeps nothing more": async () => {
    const setItem = () => {
      throw new DOMException("", "QuotaExceededError");
    };
    Object.assign(globalThis, { localStorage: { getItem: () => null, setItem } });
    const reported = await new Promise((resolve) => {
      const challenge = new Challenge(
        storageOf({ code: "KRTM", key: "0".repeat(32) }, (...best) => resolve(best)),
        "things-bound",
      );
      challenge.offer(["any"], { scene: "a scene", margin: -0.1, probability: 0.4 });
    });
    assert.deepEqual(reported, [-0.1, "a scene"]);
  },
  "a picture that is kept and that the room lacks is handed in, and the first one, which is nobody's, is not": () => {
    const any = { scene: "a scene", margin: -0.1234567 },
      lacked = (margin, bests = { any }, fresh = "fresh") => lackedBy(margin, bests, fresh);
    assert.deepEqual([lacked(null), lacked(0.2), lacked(-0.1)], [any, any, any]);
    assert.deepEqual([lacked(-0.123457), lacked(-0.123456), lacked(-0.2)], [null, null, null]);
    assert.deepEqual([lacked(null, {}), lacked(null, { any }, "a scene")], [null, null]);
  },
  "scenes that do not count are not counted": () => {
    const best = [{ margin: -0.5 }, { margin: -0.02 }],
      checked = [{ nickname: "Ada", margin: -0.02, again: { margin: 0.01 } }];
    assert.equal(
      foolingWords({ best, scenes: 4, fooled: 2 }, checked, (key, values) => JSON.stringify(values)),
      JSON.stringify({ margin: "0.010", name: "Ada", fooled: 0, n: 3 }),
    );
  },
};
