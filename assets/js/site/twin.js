/**
 * The twin of the app in one file: views by the address, the columns of the Workbench, replays in place of training.
 *
 *     index.html?tab=scene&lang=zh        index.html?only=scene      (one view without the header, for a frame)
 */

import { World } from "../../engine/world.js";
import { openWorkbench } from "../../page/before/app.js";
import { mountTyped } from "../../page/before/backend.js";
import { MODELS, mountScene } from "../scene/scene.js";
import { sayIn } from "../scene/texts.js";
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

/** A backend of ../../page/before/backend.js: the browser's engine answers the dials, recordings are replayed as if they trained. */
class Recorded {
  constructor(dialed) {
    Object.assign(this, { dialed, catalog: data.catalog, poll_ms: 60_000, isStatic: true, takes: null, timer: 0 });
    const listing = { runs: data.recordings.map((name) => [data.static.models[name].label, name]), starts: [] };
    this.shown = { run: null, compare: null, missing: null, known: "recorded", listing };
    this.wishes = {
      dialed: (wish) => void this.dial(wish), started: ({ preset }) => this.replay(preset), tried: () => turn("scene"),
      opposite: ({ preset }) => { void this.dial({ preset, values: {}, moved: "", seq: 0, start: 0 }); this.replay(preset); },
      compared: ({ compare }) => this.put({ compare: data.static.models[compare] ?? null }),
    };
  }

  send(name, wish) {
    this.wishes[name]?.(wish);
  }

  watch(takes) {
    this.takes = takes;
    this.put({});
  }

  pairs() {
    return Promise.resolve(data.static);
  }

  mountTyped(element) {
    return mountTyped(element, engine);
  }

  async dial(wish) {
    const state = await this.dialed.state({ start: 0, ...wish }), isSame = (name) => state.values[name] === data.presets[state.preset].values[name];
    write({ preset: state.preset, ...Object.fromEntries(data.main.map((name) => [name, isSame(name) ? "" : String(state.values[name])])) });
    this.takes.data(state);
  }

  /** Show a recorded training step by step. */
  replay(preset) {
    const whole = data.static.models[preset];
    if (!whole || !data.recordings.includes(preset)) return;
    clearInterval(this.timer);
    write({ run: preset });
    let at = 0;
    const next = () => {
      const isDone = at >= whole.checkpoints.length - 1;
      this.open(isDone ? whole : cut(whole, whole.checkpoints[at].step));
      if (isDone) clearInterval(this.timer);
      at += 1;
    };
    next();
    this.timer = setInterval(next, REPLAY_MS / whole.checkpoints.length);
  }

  open(run) {
    this.put({ run: { ...run, first: 0, is_own: false, mine: false, differs: [] } });
  }

  put(parts) {
    Object.assign(this.shown, parts);
    this.takes.training({ ...this.shown });
  }
}

async function startWorkbench() {
  const facts = await engine.loadWorld("things"), backend = new Recorded(new Dialed(data, engine, new World(facts.description), facts));
  openWorkbench(Object.fromEntries(["data", "training", "outcome"].map((name) => [name, document.getElementById(`place-${name}`)])), backend);
  const preset = Object.hasOwn(data.presets, asked.get("preset") ?? "") ? asked.get("preset") : data.opens_with;
  const values = Object.fromEntries(data.main.filter((name) => asked.has(name) && Number.isFinite(Number(asked.get(name)))).map((name) => [name, within(name, Number(asked.get(name)))]));
  await backend.dial({ preset, values, moved: "", seq: 0 });
  if (data.recordings.includes(asked.get("run"))) backend.open(data.static.models[asked.get("run")]);
}

/** A number of the address within the range of its dial. */
function within(name, value) {
  const { low, high, step } = data.catalog.main.find((dial) => dial.name === name), inside = Math.min(high, Math.max(low, value));
  return step === 1 ? Math.round(inside) : inside;
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
