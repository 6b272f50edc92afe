/**
 * The twin of the app in one file: views by the address, the columns of the Workbench, replays in place of training.
 *
 *     index.html?tab=scene&lang=zh        index.html?only=scene      (one view without the header, for a frame)
 */

import { World } from "../../engine/world.js";
import { MODELS, mountScene } from "../scene/scene.js";
import { sayIn } from "../scene/texts.js";
import { columns } from "../workbench/bench.js";
import { Dialed } from "./dialed.js";
import { embeddedEngine, embeddedJson } from "./embedded.js";
import { lessonEngine } from "./lesson_engine.js";

const VIEWS = ["workbench", "scene", "study", "lesson"];
const REPLAY_MS = 8000;
const data = embeddedJson("site-data"), engine = embeddedEngine(data), language = window.explorerLanguage || "en";
const asked = new URLSearchParams(location.search), only = VIEWS.includes(asked.get("only")) ? asked.get("only") : "";
const started = new Set();

// ---- Views

function show(view) {
  for (const each of VIEWS) document.getElementById(`site-${each}`).hidden = each !== view;
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.body.dataset.tab = view;
  if (started.has(view)) return;
  started.add(view);
  ({ workbench: startWorkbench, scene: startScene, lesson: startLesson, study: () => {} })[view]();
}

/** Write parts of the address; a part of "" goes. */
function write(parts, isStep = false) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(parts)) value === "" ? query.delete(name) : query.set(name, value);
  try {
    history[isStep ? "pushState" : "replaceState"](null, "", `?${query}`);
  } catch { /* a frame that may not: the view turns all the same */ }
}

const viewOf = (query) => only || (VIEWS.includes(query.get("tab")) ? query.get("tab") : VIEWS[0]);

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-view], [data-language], [data-act=dark]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.view) {
    write({ tab: link.dataset.view }, true);
    show(link.dataset.view);
  } else if (link.dataset.language) {
    const query = new URLSearchParams(location.search);
    query.set("lang", link.dataset.language);
    location.search = query;
  } else {
    const isDark = document.body.classList.toggle("dark");
    write(isDark ? { dark: "1", light: "" } : { dark: "", light: "1" });
  }
});
window.addEventListener("popstate", () => show(viewOf(new URLSearchParams(location.search))));

// ---- Workbench

/** A host of a column: the column asks it for its value, and tells it wishes. */
function hostOf(send, more = {}) {
  const listeners = [];
  let value = null;
  return {
    settings: { pairs: "", poll_ms: 60_000, is_static: true },
    translate: (text) => window.explorerWords?.(text) ?? text,
    value: () => value,
    watch: (listener) => void listeners.push(listener),
    send,
    put(next) {
      value = next;
      for (const listener of listeners) listener();
    },
    ...more,
  };
}

async function startWorkbench() {
  for (const part of ["[data-more=dials]", ".wb-from", "[data-act=runs]"]) document.querySelector(`#bench ${part}`).hidden = true; // of trainings of one's own
  const facts = await engine.loadWorld("things"), world = new World(facts.description), dialed = new Dialed(data, engine, world, facts);
  const wishes = { dialed: dial, started: (wish) => replay(wish.preset), opposite: (wish) => { void dial({ ...wish, moved: "", seq: 0, start: 0 }); replay(wish.preset); },
    compared: ({ compare }) => training.put({ ...shown, compare: data.static.models[compare] ?? null }), tried: () => turn("scene") };
  const send = (name, wish) => wishes[name]?.(wish);
  const first = hostOf(send), training = hostOf(send), outcome = hostOf(send, { pairs: async () => data.static, typed: { engine } });
  const listing = { runs: data.recordings.map((name) => [data.static.models[name].label, name]), starts: [] };
  let shown = { run: null, compare: null, missing: null, known: "recorded", listing }, timer = 0;

  async function dial(wish) {
    const state = await dialed.state({ start: 0, ...wish });
    write({ preset: state.preset, ...Object.fromEntries(data.main.map((name) => [name, same(state, name) ? "" : String(state.values[name])])) });
    first.put(state);
  }

  const same = (state, name) => state.values[name] === data.presets[state.preset].values[name];

  /** Show a recorded training step by step, as if it ran. */
  function replay(preset) {
    const whole = data.static.models[preset];
    if (!whole || !data.recordings.includes(preset)) return;
    clearInterval(timer);
    write({ run: preset });
    let at = 0;
    const next = () => {
      const isDone = at >= whole.checkpoints.length - 1, step = whole.checkpoints[Math.min(at, whole.checkpoints.length - 1)].step;
      put(isDone ? whole : cut(whole, step));
      if (isDone) clearInterval(timer);
      at += 1;
    };
    next();
    timer = setInterval(next, REPLAY_MS / whole.checkpoints.length);
  }

  function put(run) {
    shown = { ...shown, run: { ...run, first: 0, is_own: false, mine: false, differs: [] }, compare: training.value()?.compare ?? null };
    training.put(shown);
  }

  columns.mountData(document.querySelector("#workbench-data"), first);
  columns.mountTraining(document.querySelector("#workbench-training"), training);
  columns.mountOutcomeColumn(document.querySelector("#workbench-outcome"), outcome);
  training.put(shown);
  const preset = Object.hasOwn(data.presets, asked.get("preset") ?? "") ? asked.get("preset") : data.opens_with;
  const values = Object.fromEntries(data.main.filter((name) => asked.has(name) && Number.isFinite(Number(asked.get(name)))).map((name) => [name, within(name, Number(asked.get(name)))]));
  await dial({ preset, values, moved: "", seq: 0 });
  if (data.recordings.includes(asked.get("run"))) put(data.static.models[asked.get("run")]);
}

/** A number of the address within the range of its dial. */
function within(name, value) {
  const { min, max } = document.querySelector(`input[type=range][data-dial=${name}]`);
  const inside = Math.min(Number(max), Math.max(Number(min), value));
  return name === "objects_in_image" ? Math.round(inside) : inside;
}

/** A recording as it stood at a step. */
function cut(run, step) {
  const until = (list) => list.filter((each) => each.step <= step);
  return { ...run, status: "running", step, phase: "training", phase_done: step / run.steps, final: null, eta_words: "",
    curve: until(run.curve), checkpoints: until(run.checkpoints), bound_at: run.bound_at !== null && run.bound_at <= step ? run.bound_at : null };
}

function turn(view) {
  write({ tab: view }, true);
  show(view);
}

// ---- Your own scene, and the lesson

function startScene() {
  const place = document.getElementById("own-scene");
  let writing = 0;
  place.addEventListener("scenechange", ({ detail }) => {
    clearTimeout(writing);
    writing = setTimeout(() => write({ scene: detail.text }), 250);
  });
  mountScene(place, asked.get("scene"), engine, { models: MODELS, language })
    .then((scene) => Object.assign(window, { ownScene: scene }), (error) => { place.textContent = error.message; });
}

function startLesson() {
  Object.assign(window, { lessonEngine: lessonEngine(engine, data.worlds.things, sayIn(language)) }); // for the frame
  const frame = document.createElement("iframe");
  Object.assign(frame, { title: "Lesson", srcdoc: data.lessons[language] ?? data.lessons.en });
  document.getElementById("site-lesson").replaceChildren(frame);
}

document.body.classList.toggle("site-only", Boolean(only));
for (const link of document.querySelectorAll("[data-language]")) {
  if (link.dataset.language === language) link.setAttribute("aria-current", "true");
}
show(viewOf(asked));
