// What the three columns share: the dials' state, the open run, and the checkpoint at which it is looked at.

import { guessed } from "./guess.js";
import { measuredAt } from "./phrases.js";

const LIVE = ["queued", "running", "stopping"];

export const state = {
  data: null, run: null, compare: null, runs: [], known: "", listed: "", missing: null, problem: null, static: null,
  at: null, pair: 0, swinging: 0, isStarting: false, furthest: { run: "", share: 0 },
};
/**
 * Each mounted column puts its function here: `training` and `outcome` draw anew, `dialed` returns what is dialed.
 * `waiting` is what was pressed before the dials had come.
 */
export const views = { dialed: null, training: null, outcome: null, waiting: null };
let scheduled = 0;

/** Draw the columns anew with the next frame. */
export function redraw() {
  if (scheduled) return;
  scheduled = requestAnimationFrame(() => {
    scheduled = 0;
    views.training?.();
    views.outcome?.();
  });
}

/** What the columns show: the open run, else the recorded or shipped model of the recipe. */
export function shown() {
  const { run, data, static: known } = state;
  if (run) return { run, isOwn: true };
  const model = known && data && (known.models[known.by_preset[data.preset]] ?? known.models[known.usual]);
  return { run: model ?? null, isOwn: false };
}

/** The index of the checkpoint that is looked at: the last one until a person chooses. */
export function place() {
  const last = Math.max(0, (shown().run?.checkpoints.length ?? 1) - 1);
  return state.at === null ? last : Math.min(state.at, last);
}

export const isAsking = () => !state.run && Boolean(shown().run) && !guessed(shown().run.name, state.pair) && !state.swinging;

export const isLive = (run) => LIVE.includes(run.status);

export function answersOf(run, at) {
  const found = run?.checkpoints[at];
  return found?.cosines ? { answers: found.cosines, scale: found.logit_scale } : { answers: null, scale: 1 };
}

/** The full evaluation at the end, before it the quick one of that step. */
export function numberOf(run, at) {
  if (!run) return null;
  const isLast = at >= run.checkpoints.length - 1;
  if (isLast && run.final) return run.final.binding;
  const point = measuredAt(run, run.checkpoints[at]?.step ?? run.curve.at(-1)?.step);
  return point ? { value: point.binding, low: point.low, high: point.high, n: point.n } : null;
}

export function whyNoNumber(run, at) {
  if (!run) return "";
  return run.checkpoints[at]?.step === 0 ? "not measured before the first step" : "not measured yet";
}

/** Boxes that were opened over the page close by Escape and by a press beside them. */
export function closeOutside(section) {
  const open = () => [...section.querySelectorAll("details.wb-more[open]")];
  document.addEventListener("pointerdown", (event) => { for (const each of open()) if (!each.contains(event.target)) each.open = false; });
  section.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const each of open()) { each.open = false; each.querySelector("summary").focus(); }
    section.querySelector(".wb-sharing")?.replaceChildren();
  });
}
