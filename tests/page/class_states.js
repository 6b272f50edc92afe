// States of the lesson, the class and About by name, and what they compute without a page.

import assert from "node:assert/strict";

import { About } from "../../assets/page/about.js";
import { ClassView, classState } from "../../assets/page/class/page.js";
import { shortName } from "../../assets/page/class/climb.js";
import { foolingWords } from "../../assets/page/class/learned.js";
import { wallTable } from "../../assets/page/class/wall.js";
import { csvOf } from "../../assets/page/save-file.js";
import { Device, landingOf } from "../../assets/page/class/device.js";
import { Pictures } from "../../assets/page/class/pictures.js";
import { neighborOf } from "../../assets/page/class/train.js";
import { inRows } from "../../assets/page/class/rows.js";
import { findTwins } from "../../assets/page/class/things.js";
import { countsOf, rememberLandings, chanceOf } from "../../assets/page/class/wall.js";
import { countBoth, Lesson, refusal } from "../../assets/page/lesson/steps.js";
import { lessonState } from "../../assets/page/lesson/page.js";
import { describeReplay, describeRun } from "../../assets/page/lesson/run.js";
import { say } from "../../assets/page/words.js";
import { sayFrom } from "../../assets/page/texts.js";

const LINKS = {
  class: "class",
  workbench: "./",
  study: "?tab=study",
  probe: "?tab=probe",
  order: "?tab=study&part=order",
  plan: "class?plan=1",
  lesson: "lesson",
  teach: "teach",
};
const TIMED = { seconds: 24, batch: 256 };
const PROBED = {
  captions: ["a red bus", "a blue bus"],
  cosine: [[0.61, 0.42]],
  probabilities: [[0.93, 0.07]],
  order_free: { spread: [0.05] },
  warnings: [],
};

export function classStates(sent) {
  return [...lessons(sent), ...classes(sent), ...abouts(sent)];
}

function lessons({ lessons: texts, facts, recording }) {
  const page = { canTrain: true, hasServer: true, hasClass: true, links: LINKS },
    copy = { ...page, hasServer: false, hasClass: false },
    refused = { ...page, canTrain: false };
  const of = (name, kept, changes = {}, where = page) => ({
    name: `lesson-${name}`,
    component: Lesson,
    state: { ...lessonState(texts, facts, { ...where, kept }), ...changes },
  });
  const running = {
    ...recording,
    status: "running",
    final: null,
    curve: recording.curve.slice(0, 3),
    step: recording.curve[2].step,
    eta_words: "",
    place: 0,
    has_model: false,
    preset: "binding-friendly",
  };
  const run = (changes) => describeRun({ ...running, ...changes }, "?run=x"),
    done = run({
      status: "finished",
      step: recording.steps,
      final: recording.final,
      curve: recording.curve,
      phase: null,
      has_model: true,
    });
  const inTab = (changes) =>
    run({ in_tab: changes, device: "browser tab, Firefox 140", eta_words: say`about ${"20 s"} left` });
  const all = ["see", "guess", "dial", "form", "train", "probe", "order"],
    probe = lessonState(texts, facts, page).probe;
  return [
    of("1-see", {}),
    of("1-wrong", {}, { chosen: [1] }),
    of("1-right", { done: ["see"] }),
    of("2-guess", { open: "guess" }, { guessing: 30 }),
    of("2-guessed", { open: "guess", done: ["see", "guess"], guess: 30 }),
    of("3-dial", { open: "dial" }),
    of("3-between", { open: "dial" }, { dial: 5 }),
    of("3-reached", { open: "dial", done: ["dial"] }),
    of("4-form", { open: "form" }),
    of("4-one", { open: "form" }, { forms: ["long"] }),
    of("4-both", { open: "form", done: ["form"] }),
    of("5-train", { open: "train" }, TIMED),
    of("5-slow", { open: "train" }, { ...TIMED, seconds: 260 }),
    of("5-unknown", { open: "train" }, {}, { ...page, canTrain: null }),
    of("5-refused", { open: "train" }, { steps: "0" }),
    of("5-gone", { open: "train" }, { isGone: true, ...TIMED }),
    of("5-running", { open: "train" }, { ...TIMED, run: inTab({ isPaused: false, said: "" }) }),
    of("5-paused", { open: "train" }, { ...TIMED, run: inTab({ isPaused: true, said: "" }) }),
    of(
      "5-hidden",
      { open: "train" },
      { ...TIMED, run: inTab({ isPaused: false, said: say`Paused while hidden, going on at step ${71}.` }) },
    ),
    of("5-finished", { open: "train", done: ["train"] }, { run: done }),
    of("5-failed", { open: "train" }, { run: run({ status: "failed", reason: "" }) }),
    of("5-copy", { open: "train" }, TIMED, copy),
    of("5-cannot", { open: "train" }, {}, refused),
    of("5-replay", { open: "train" }, { run: describeReplay(recording, 4, "?preset=x") }, refused),
    of("6-probe", { open: "probe" }, { run: done }),
    of("6-answered", { open: "probe", done: ["probe"] }, { probe: { ...probe, answer: PROBED } }),
    of("7-order", { open: "order" }),
    of("7-measured", { open: "order", done: ["order"], order: "fresh" }, { run: done }),
    of("8-end", { open: "order", order: "after", done: all, guess: 75, binding: 98 }),
    of("8-copy", { open: "order", order: "after", done: all, guess: 75, binding: 98 }, {}, copy),
    of("8-watched", { open: "order", order: "after", done: all, guess: 75, binding: 98 }, {}, refused),
  ];
}

function classes({ classroom: texts, plan_of_class: lesson, catalog, views, questions, places, things, own, same }) {
  const first = classState(texts, lesson, catalog, LINKS),
    named = (name, changes) => ({ name: `class-${name}`, component: ClassView, state: { ...first, ...changes } });
  const room = (role, at, changes = {}) =>
    named(`${role}-${at}`, {
      at: "room",
      code: "KRTM",
      isTeacher: role === "teacher",
      deviceLink: "https://school.example/class?room=KRTM#key=…",
      view: views[role][at],
      question: questions[at] ?? null,
      checked: [],
      ...changes,
    });
  const stops = Object.keys(views.teacher),
    fooled = { checked: [{ pupil: 0, nickname: "Ada", margin: -0.02, again: { margin: -0.018, pixels: [] } }] };
  return [
    named("doors", {}),
    named("doors-own", { own: "KRTM" }),
    named("doors-refused", { refused: { code: "ZZZZ", sentence: sayFrom(texts)("enter.unknown", { code: "ZZZZ" }) } }),
    named("join", { at: "join", code: "KRTM" }),
    named("over", { at: "over", over: "over" }),
    named("plan", { at: "plan" }),
    ...["teacher", "pupil"].flatMap((role) =>
      stops.map((at) =>
        room(
          role,
          at,
          at === "fool" || at === "learned"
            ? fooled
            : at === "join" && role === "teacher"
              ? { places: places.network }
              : {},
        ),
      ),
    ),
    ...devices(room),
    ...ownThings({ room, things, own }),
    ...oneTraining(room, same),
    { ...room("teacher", "join", { places: places.loopback }), name: "class-teacher-join-loopback" },
    { ...room("pupil", "vote", { isLost: true }), name: "class-pupil-lost" },
    { ...room("teacher", "train", { isNarrow: true }), name: "class-teacher-train-narrow" },
  ];
}

/** The class's own world: what the teacher and a phone see while things come, and the wall after the training. */
function ownThings({ room, things, own: { views, drawings } }) {
  const seen = { question: null, facts: things, drawings },
    giving = {
      thing: { word: "belzo", parts: Object.values(drawings)[0].parts },
      picture: "data:image/svg+xml,x",
      box: () => null,
    };
  const of = (role, at, changes = {}) => ({
    ...room(role, "join", { ...seen, view: views[role][at], ...changes }),
    name: `class-own-${role}-${at}`,
  });
  const trains = { canTrain: true, seconds: 40, run: null, own: null, why: "", sample: SAMPLE, isKept: false },
    landed = { ...trains, run: { name: "tab-x", status: "finished", pairs_seen: 13_056, in_tab: {} } },
    { given } = views.teacher.shown.things,
    onWall = given.filter(({ state }) => state === "shown"),
    wallOf = (name, people, ...all) => ({
      ...of("teacher", "shown", {
        view: { ...views.teacher.shown, people, things: { ...views.teacher.shown.things, given: all } },
      }),
      name: `class-own-teacher-${name}`,
    });
  return [
    ...["waiting", "given", "shown", "asked", "training", "landed", "closed"].map((at) => of("teacher", at)),
    wallOf("nobody", 0),
    wallOf("alike", 4, ...onWall, { ...onWall[0], pupil: 9, word: "twin" }),
    {
      ...of("teacher", "landed", { pictures: { pupil: 0, list: [], found: [], Box: Pictures } }),
      name: "class-own-teacher-no-pictures",
    },
    {
      ...of("teacher", "landed", {
        pictures: { pupil: 0, list: [[PICTURE, PICTURE]], found: [true, false], Box: Pictures },
      }),
      name: "class-own-teacher-pictures",
    },
    of("pupil", "waiting"),
    {
      ...of("pupil", "waiting", {
        giving,
        view: {
          ...views.pupil.waiting,
          things: {
            ...views.pupil.waiting.things,
            mine: { pupil: 6, word: "bellob", typed: "bello", drawing: "x", state: "shown" },
          },
        },
      }),
      name: "class-own-pupil-numbered",
    },
    { ...of("pupil", "waiting", { giving: { ...giving, thing: null } }), name: "class-own-pupil-empty" },
    {
      ...of("pupil", "waiting", {
        giving: { ...giving, thing: null },
        view: { ...views.pupil.waiting, things: { ...views.pupil.waiting.things, is_full: true } },
      }),
      name: "class-own-pupil-full",
    },
    { ...of("pupil", "waiting", { giving }), name: "class-own-pupil-not-sent" },
    ...["given", "shown", "asked", "closed"].map((at) => of("pupil", at, { giving })),
    of("pupil", "training", { device: trains }),
    of("pupil", "landed", { device: landed }),
    { ...of("pupil", "landed", { device: { ...landed, isKept: true } }), name: "class-own-pupil-kept" },
    {
      ...of("pupil", "training", { device: { ...trains, canTrain: false, seconds: 400 } }),
      name: "class-own-pupil-watching",
    },
  ];
}

/** A class that trains the same: what is waited for, no majority, most with one that differs, and what was learned. */
function oneTraining(room, views) {
  const device = { canTrain: true, seconds: 40, run: null, own: null, why: "", sample: SAMPLE },
    of = (role, at) => ({
      ...room(role === "teacher" ? role : "pupil", "join", { question: null, view: views[role][at], device }),
      name: `class-same-${role}-${at}`,
    });
  return [
    ...["none", "first", "none-most", "most", "learned"].map((at) => of("teacher", at)),
    ...["none", "first", "none-most", "most"].map((at) => of("pupil", at)),
    of("other", "most"),
  ];
}

/** A curve of three evaluations. */
const RECORDED = {
  number: 1,
  seed: 3,
  pairs: 20_480,
  curve: [
    [0, 0.5, 0.45],
    [10_240, 0.61, 0.56],
    [20_480, 0.83, 0.79],
  ],
};

const PICTURE = {
  image: "data:image/svg+xml,x",
  words: [{ text: "a" }, { text: "red", kind: "color", color: "#c2001a" }, { text: "bus" }],
};
const SAMPLE = {
  image: "data:image/png;base64,",
  words: [{ text: "a" }, { text: "red", kind: "color", color: "#c2001a" }, { text: "bus" }],
};

/** The device of a pupil, by what it does; what the room knows of it comes from the fixture. */
function devices(room) {
  const run = {
      name: "tab-x",
      status: "running",
      pairs_seen: 17664,
      eta_words: say`about ${"80 s"} left`,
      in_tab: { isPaused: false, said: "" },
    },
    trains = { canTrain: true, seconds: 95, run: null, own: null, why: "", sample: SAMPLE };
  const of = (at, device, view = "train") => ({
    ...room("pupil", view, { device: { ...trains, ...device } }),
    name: `class-pupil-device-${at}`,
  });
  return [
    of("ready", {}),
    of("training", { run, own: { step: 60, value: 0.73, low: 0.68 } }, "training"),
    of("paused", { run: { ...run, in_tab: { isPaused: true, said: "" } } }, "training"),
    of("landed", {}, "landed"),
    of("checked", {}, "checked"),
    of("not-checked", {}, "not-checked"),
    of("recorded", { canTrain: false, recorded: RECORDED }),
    of("recorded-not-landed", { canTrain: false, recorded: { ...RECORDED, pairs: null } }),
    of("watching", { canTrain: false, seconds: null }),
    of("slow", { canTrain: false, seconds: 400 }),
    of("measured-again", {}, "watching"),
    of("cannot", { why: "One training at a time in a tab: stop the other first." }),
  ];
}

function abouts({ catalog }) {
  const about = (name, changes) => ({
    name: `about-${name}`,
    component: About,
    state: { nouns: 12, kinds: 5, isServer: true, catalog, ...changes },
  });
  return [
    about("server", {}),
    about("shared", { catalog: { ...catalog, is_shared: true, any_start: false } }),
    about("copy", { isServer: false }),
  ];
}

/** A tab whose three parts are played by one object. */
const tabOf = (parts) => ({ orders: parts, runs: parts, trainings: parts });

export const classTests = (sent) => ({
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
      const state = lessonState(sent.lessons, sent.facts, { ...page, kept });
      assert.deepEqual([state.open, state.guess], ["see", null]);
      assert.deepEqual(state.done, Array.isArray(kept.done) ? ["see"] : []);
    }
  },
  "the dial counts captions that name both": () => {
    const at = (dial) => countBoth({ facts: sent.facts, dial });
    assert.deepEqual([at(0), at(sent.facts.dial_places.length - 1)], [0, 6]);
    assert.ok(at(5) > 0 && at(5) < 6);
  },
  "steps are refused before a server is asked": () => {
    const say = sayFrom(sent.lessons),
      wrong = (steps) => refusal({ steps, facts: sent.facts, canTrain: true }, say);
    assert.equal(wrong("0"), "Steps is 0. Give a whole number from 1 to 1,000,000.");
    assert.equal(wrong(""), "Steps is empty. Give a whole number from 1 to 1,000,000.");
    assert.ok(wrong("1.5") && wrong("a") && !wrong(90) && !wrong("1000000"));
  },
  "a replay ends with the final measurement": () => {
    const { curve, final, steps } = sent.recording,
      last = describeReplay(sent.recording, Infinity, "");
    assert.deepEqual([last.isActive, last.step, last.final.value], [false, steps, final.binding.value]);
    assert.deepEqual(
      [describeReplay(sent.recording, 1, "").point.step, describeReplay(sent.recording, 1, "").final],
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
    const [head, one, other, ...rest] = csvOf(wallTable({ dots: [dot("=A1"), dot('a "b", c')] })).split("\r\n");
    assert.ok(
      head.startsWith("nickname,objects") &&
        one.startsWith("'=A1,2,1") &&
        other.startsWith('"a ""b"", c",2') &&
        rest.length === 0,
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
    const given = { deal: sent.views.pupil.train.deal, wall: { dots: [] }, me: { number: 0 } },
      told = [],
      speeds = [400, 90],
      ended = { status: "failed", reason: "no memory" };
    const runs = {
      seconds: async () => speeds[0],
      forgetSpeed: () => speeds.shift(),
      train: () => "tab-x",
      watch: () => () => {},
      run: () => ended,
      ownOf: () => [],
      stop: () => {},
    };
    const device = new Device(
      { catalog: sent.catalog, withTab: async () => {}, tab: tabOf(runs) },
      { tell: async (each) => told.push(each.training), ask: async () => RECORDED, draw: () => {} },
    );
    await device.follow(given);
    assert.deepEqual([device.state.canTrain, device.state.recorded, told], [false, RECORDED, ["watching"]]);
    await device.again();
    assert.deepEqual([device.state.canTrain, device.state.seconds], [true, 90]);
    device.begin();
    device.followRun();
    assert.deepEqual(
      [device.state.canTrain, device.state.run, device.state.why, told],
      [false, null, "no memory", ["watching", "training", "watching"]],
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
      ownOf: () => points,
      stop: () => {},
      whenEnded: async () => {},
      model: async () => null,
    };
    const device = new Device(
      { catalog: sent.catalog, withTab: async () => {}, tab: tabOf(runs) },
      { tell: async (each) => told.push(each), ask: async () => null, draw: () => {} },
    );
    await device.follow({ deal: sent.same.pupil.none.deal, wall: { dots: [] }, me: { number: 6 } });
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
  "a slow device tells where it is before it counts as silent": () => {
    const run = { status: "running", step: 1, pairs_seen: 256, in_tab: { isPaused: true } },
      told = [],
      runs = { train: () => "tab-x", watch: () => () => {}, run: () => run, ownOf: () => [] },
      now = Date.now;
    const device = Object.assign(new Device({}, { tell: async (each) => told.push(each.pairs), draw: () => {} }), {
      tab: tabOf(runs),
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
  "how far chance spreads is said of three landings or more": () => {
    const landed = [300, 100, 250, 200].map((pairs) => ({ pairs, nickname: `p${pairs}` }));
    assert.deepEqual(chanceOf(landed), { middle: 200, first: "p100", last: "p300", times: 3 });
    assert.equal(chanceOf(landed.slice(0, 2)), null);
  },
  "the two most alike of the wall are named, and none where nothing is alike": () => {
    const nouns = Object.values(sent.own.drawings);
    assert.equal(findTwins(sent.things, nouns), null);
    assert.deepEqual(findTwins(sent.things, [...nouns, { ...nouns[0], word: "twin" }]), {
      one: nouns[0].word,
      other: "twin",
    });
  },
  "a device begins on the class's world by itself, keeps nothing of it, and leaves an earlier deal": async () => {
    const { training } = sent.own.views.pupil,
      told = [],
      calls = [],
      document = { nouns: Object.values(sent.own.drawings) };
    const runs = {
      worlds: { ready: async () => {}, keep: (world) => calls.push(["world", world]) },
      seconds: async () => 40,
      train: (deal, start, how) => calls.push(["train", deal.values.world ?? "", how.isKept]) && `tab-${calls.length}`,
      watch: () => () => {},
      run: () => ({ status: "running", step: 0, pairs_seen: 0, in_tab: { isPaused: true } }),
      ownOf: () => [],
      stop: (name) => calls.push(["stop", name]),
    };
    const device = new Device(
      { catalog: sent.catalog, withTab: async () => {}, tab: tabOf(runs) },
      { tell: async (each) => told.push(each.training), ask: async () => document, draw: () => {} },
    );
    const plain = { deal: sent.views.pupil.train.deal, wall: { dots: [] }, me: { number: 0 } };
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
      ["again", 40],
      ["anyway", 400],
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
  "a device that watches sees the training most like its own": () => {
    const dots = [
      { pupil: 0, kappa: 0.1, state: "landed" },
      { pupil: 1, kappa: 0.3, state: "training" },
      { pupil: 2, kappa: 0.2, state: "watching" },
    ];
    assert.deepEqual([neighborOf(dots, 0.2).pupil, neighborOf(dots, 0.12).pupil, neighborOf([], 0.2)], [1, 0, null]);
  },
  "scenes that do not count are not counted": () => {
    const best = [{ margin: -0.5 }, { margin: -0.02 }],
      checked = [{ nickname: "Ada", margin: -0.02, again: { margin: 0.01 } }];
    assert.equal(
      foolingWords({ best, scenes: 4, fooled: 2 }, checked, (key, values) => JSON.stringify(values)),
      JSON.stringify({ margin: "0.010", name: "Ada", fooled: 0, n: 3 }),
    );
  },
});
