// What the tests of the tab have in common: runs as a training makes them, and a tab around an engine that does
// nothing.

import { readFileSync } from "node:fs";

import { Cores } from "../../../assets/page/tab/cores.js";
import { makeTab } from "../../../assets/page/tab/bench.js";
import { beforeOf, beginRun, recordOf, addTold } from "../../../assets/page/tab/record.js";
import { ORIGINS, runTitle, joinTitle } from "../../../assets/page/tab/title.js";
import { runZip } from "../../../assets/page/tab/zip.js";
import { readZip } from "../../../assets/page/tab/open.js";
import { specOf } from "../../../assets/page/recipe.js";
import { fixtures } from "../told.js";

const { catalog, things } = fixtures;

export const SHELF = { all: async () => [], put: async () => [], remove: async () => null, weights: async () => null };
export const KERNELS = readFileSync(new URL("../../../assets/engine/train/kernels.wasm", import.meta.url));
export const FILE = new Uint8Array([1, 2, 3]);

/** An engine that has the files of a training, and trains nothing. */
export const engine = {
  source: { world: async (name) => ({ name }) },
  loadWorld: async () => things,
  forgetModel: () => undefined,
  loadTraining: async () => ({ kernels: KERNELS, world: {}, configs: {} }),
};

/** A tab of that engine; `parts` replaces an argument of `makeTab`. */
export const tabOf = (parts = {}) => makeTab({ engine: { ...engine }, catalog, shelf: SHELF, ...parts });

/** The spec of the tidy recipe with some dials moved. */
export const spec = (values = {}, seed = 3) => specOf(catalog, { preset: "binding-friendly", values, seed });

/** Cores of a device whose browser keeps things in `kept`. */
export function coresOf(there, kept = {}, changes = {}) {
  globalThis.localStorage = {
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => {
      kept[key] = value;
    },
  };
  return Object.assign(new Cores({ hardwareConcurrency: there }), changes);
}

const estimate = (value, low = value - 0.05) => ({ value, n: 343, low, high: Math.min(1, value + 0.05), chance: 0.5 });
const scores = (binding, low) => ({
  canonical: { binding_accuracy: estimate(binding, low), recognition_accuracy: estimate(0.9) },
  own: { binding_accuracy: estimate(0.6), recognition_accuracy: estimate(0.8) },
});
const digestAt = (step) => step.toString(16).padStart(64, "0");
const evaluation = (step, binding, isSaved = true, low = undefined) => ({
  step,
  scores: scores(binding, low),
  cosines: Array.from({ length: 24 }, () => [0.2, 0.1]),
  logit_scale: 14.5,
  digest: isSaved ? digestAt(step) : null,
  inspected: isSaved
    ? { canonical: { images: new Float32Array(48), captions: new Float32Array(48), swapped: new Float32Array(48) } }
    : null,
});
const record = (step) => ({
  step,
  loss: 5,
  chance_loss: 5.5,
  learning_rate: 0.001,
  logit_scale: 14,
  gradient_norm: 1,
  seconds: 0.1,
  rates: {},
});

/** A run that has made so many steps; `bindings` by step, where it was evaluated. */
export function trained(spec, steps, bindings, status = null) {
  const kept = beginRun({
    name: "tab-binding-friendly-0123456789ab",
    spec,
    title: joinTitle("Tidy", "seed 3", ORIGINS.here),
    questionDigest: "0123456789abcdef",
    device: "a browser",
  });
  addTold(kept, "evaluation", evaluation(0, 0.5));
  for (let step = 1; step <= steps; step++) {
    addTold(kept, "record", record(step));
    if (bindings[step] !== undefined)
      addTold(kept, "evaluation", evaluation(step, bindings[step], true, bindings[step] - 0.05));
  }
  if (status) addTold(kept, "weights", { step: steps, status, digest: "d", file: FILE });
  return kept;
}

/** Runs of the tab: one under way, one that ended and went on from another, and one that a zip brought. */
export function runsOf() {
  const of = (changes) => specOf(catalog, { preset: "binding-friendly", values: { steps: 12, ...changes }, seed: 3 }),
    ended = trained(of({}), 12, { 6: 0.55, 12: 0.9 }, "finished"),
    brought = readZip(runZip(trained(of({}), 12, { 12: 0.9 }, "stopped"), { weights: null }), catalog).tabRun;
  const before = beforeOf(catalog, ended.name, recordOf(ended)),
    after = { ...trained(of({ init: ended.name }), 9, { 6: 0.8 }), before };
  return [ended, brought, after, trained(of({}), 0, {})].map((kept) => ({
    ...kept,
    title: runTitle(catalog, kept.spec, "here"),
  }));
}

/** The zip of a short run, for Python to read. */
export const zip = () =>
  Buffer.from(
    runZip(
      trained(
        specOf(catalog, { preset: "binding-friendly", values: { steps: 12 }, seed: 3 }),
        12,
        { 6: 0.55, 12: 0.9 },
        "finished",
      ),
      { weights: null, config: null, files: {} },
    ),
  ).toString("base64");
