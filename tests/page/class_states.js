// States of the lesson, the class and About by name.

import { About } from "../../assets/page/about.js";
import { ClassView, classState } from "../../assets/page/class/page.js";
import { Pictures } from "../../assets/page/class/pictures.js";
import { Lesson } from "../../assets/page/lesson/steps.js";
import { lessonState } from "../../assets/page/lesson/page.js";
import { describeReplay, describeRun } from "../../assets/page/lesson/run.js";
import { say } from "../../assets/page/words.js";
import { tellFrom } from "../../assets/page/texts.js";

export const LINKS = {
  class: "class",
  bench: "./",
  evidence: "?tab=evidence",
  ask: "?tab=ask",
  order: "?tab=evidence&part=order",
  plan: "class?plan=1",
  lesson: "lesson",
  share: "./?tab=bench&share=class",
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
    state: { ...lessonState(texts, facts, { ...where, stored: kept }), ...changes },
  });
  const running = {
    ...recording,
    status: "running",
    final: null,
    curve: recording.curve.slice(0, 3),
    step: recording.curve[2].step,
    left_words: "",
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
    run({ in_tab: changes, device: "browser tab, Firefox 140", left_words: say`about ${"20 s"} left` });
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
    of("5-failed", { open: "train" }, { run: run({ status: "failed", reason: "the server stopped" }) }),
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

function classes({ classroom: texts, plan_of_class: lesson, catalog, views, questions, addresses, things, own, same }) {
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
    named("doors-own", { ownCode: "KRTM" }),
    named("doors-refused", { refused: { code: "ZZZZ", sentence: tellFrom(texts)("enter.unknown", { code: "ZZZZ" }) } }),
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
              ? { addresses: addresses.network }
              : {},
        ),
      ),
    ),
    ...devices(room),
    ...ownThings({ room, things, own }),
    ...oneTraining(room, same),
    { ...room("teacher", "join", { addresses: addresses.loopback }), name: "class-teacher-join-loopback" },
    { ...room("pupil", "vote", { isLost: true }), name: "class-pupil-lost" },
    { ...room("teacher", "train", { isNarrow: true }), name: "class-teacher-train-narrow" },
  ];
}

/** The class's own world: what the teacher and a phone see while things come, and the wall after the training. */
function ownThings({ room, things, own: { views, drawings } }) {
  const seen = { question: null, loadedWorld: things, drawings },
    giving = {
      thing: { word: "belzo", parts: Object.values(drawings)[0].parts },
      picture: "data:image/svg+xml,x",
      box: () => null,
    };
  const of = (role, at, changes = {}) => ({
    ...room(role, "join", { ...seen, view: views[role][at], ...changes }),
    name: `class-own-${role}-${at}`,
  });
  const trains = { canTrain: true, seconds: 40, run: null, ownBinding: null, why: "", sample: SAMPLE, isKept: false },
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
  const device = { canTrain: true, seconds: 40, run: null, ownBinding: null, why: "", sample: SAMPLE },
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
export const RECORDED = {
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
      left_words: say`about ${"80 s"} left`,
      in_tab: { isPaused: false, said: "" },
    },
    trains = { canTrain: true, seconds: 95, run: null, ownBinding: null, why: "", sample: SAMPLE };
  const of = (at, device, view = "train") => ({
    ...room("pupil", view, { device: { ...trains, ...device } }),
    name: `class-pupil-device-${at}`,
  });
  return [
    of("ready", {}),
    of("training", { run, ownBinding: { step: 60, value: 0.73, low: 0.68 } }, "training"),
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
