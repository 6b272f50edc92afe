// Trainings in this tab, and the runs that they leave: the columns draw them as they draw a server's.
//
//   const runs = new TabRuns({ engine, catalog });
//   const name = runs.train({ preset: "salient", values: {}, seed: null });
//   runs.pause(name); runs.resume(name); runs.stop(name);
//   runs.run(name, have)          // as the view `run` has it, null where there is none
//   runs.list()                   // [[label, name], ...], the newest first
//   runs.watch(() => {})          // called after every change
//   await runs.seconds(spec)      // how long it takes here; null where it cannot
//   await runs.why(spec)          // why this browser cannot, "" where it can
//   await runs.zip(name); await runs.model(name); await runs.remove(name);
//
// Nothing begins by itself: only `train` starts a worker.

import { readConfig } from "../../engine/architecture.js";
import { TabTraining } from "../../engine/train/client.js";
import { modelFiles } from "../../engine/train/model_files.js";
import { refusalOf } from "../../engine/train/refusal.js";
import { estimatedSeconds, multiplyAdds } from "../../engine/train/speed.js";
import { Refused } from "../refused.js";
import { browserName, digits, keepPace, recalledPace, workers } from "./browser.js";
import { Inside } from "./inside.js";
import { Shelf } from "./shelf.js";
import {
  begun,
  differences,
  end,
  hasWeights,
  isTraining,
  labelOf,
  ownOf,
  recordOf,
  rowOf,
  specOf,
  take,
} from "./record.js";
import { openedZip } from "./open.js";
import { runPage } from "./page.js";
import { NO_WEBASSEMBLY } from "./place.js";
import { isWhole } from "./whole.js";
import { runZip } from "./zip.js";
import { percent, say } from "../words.js";

const CORRECTED_AFTER = 5,
  STALLED_MS = 3000;
/** How much longer than promised a training takes, from which on it says so. */
const BUSY = 1.3;

export class TabRuns {
  constructor({ engine, catalog, shelf = new Shelf() }) {
    Object.assign(this, { engine, catalog, shelf });
    this.runs = new Map();
    this.files = new Map(); // weights that are in memory, by name
    this.watchers = new Set();
    this.live = null; // {name, training, at: [performance.now of each step], pausedMs}
    this.speed = null;
    this.said = ""; // what happened while the page was hidden
    this.lock = null;
    this.inside = new Inside(engine);
    this.ready = this.open();
    // The engine finds the models of the tab under their names, beside those of its source.
    const { source } = engine;
    engine.source = {
      ...source,
      model: async (name) => {
        await this.ready;
        return this.has(name) ? this.card(name) : source.model(name);
      },
    };
    globalThis.document?.addEventListener("visibilitychange", () => this.turned());
    globalThis.addEventListener?.("beforeunload", (event) => {
      if (this.live) event.preventDefault();
    });
  }

  /** Runs of an earlier visit. One that was under way then broke off with its page. */
  async open() {
    for (const kept of await this.shelf.all().catch(() => [])) {
      if (!isWhole(kept)) continue; // another version of the page may read it
      kept.isKept = true;
      if (isTraining(kept)) end(kept, "interrupted", "its page was closed");
      this.runs.set(kept.name, kept);
    }
    this.changed();
  }

  watch(fn) {
    this.watchers.add(fn);
    return () => this.watchers.delete(fn);
  }

  changed() {
    for (const each of this.watchers) each();
  }

  // ---- What is here

  has(name) {
    return this.runs.has(name);
  }

  /** @param {{spec: any}} [compare] the run beside it, for the dials in which they differ */
  run(name, have = 0, compare = null) {
    const kept = this.runs.get(name);
    if (!kept) return null;
    const record = recordOf(kept, have);
    record.in_tab.said = this.live?.name === name ? this.said : "";
    return compare ? { ...record, differs: this.differences(kept.spec, compare.spec) } : record;
  }

  /** The run at its saved steps, as the view `inspect_steps` has them. */
  async inspect(name, asked) {
    await this.ready;
    return this.inside.steps(this.kept(name), asked);
  }

  kept(name) {
    const kept = this.runs.get(name);
    if (!kept) throw new Refused("run", say("This run is not in this browser any more."));
    return kept;
  }

  /** The newest run of this spec that left a model, "" where there is none. */
  named(spec) {
    const wanted = JSON.stringify(spec);
    return (
      [...this.runs.values()].findLast((kept) => hasWeights(kept) && JSON.stringify(kept.spec) === wanted)?.name ?? ""
    );
  }

  /** The evaluations of a run in captions of its own form, [{step, value, low}]. */
  own(name) {
    return ownOf(this.runs.get(name));
  }

  list() {
    return this.rows().map(({ label, binding, run }) => [binding ? `${label}, ${percent(binding.value)}` : label, run]);
  }

  /** Changes when the list does. */
  digest() {
    return [...this.runs.values()].map(({ name, status }) => `${name}:${status}`).join();
  }

  /** The runs as rows of the view `runs`. */
  rows() {
    return [...this.runs.values()].reverse().map((kept) => rowOf(this.catalog, kept));
  }

  differences(spec, other) {
    return differences(this.catalog, spec, other);
  }

  // ---- Whether, and how long

  async order(spec) {
    const training = await this.engine.loadTraining(),
      { world, kernels, evaluation } = training;
    return { world, kernels, evaluation, config: modelFiles(training, spec).config, spec };
  }

  async why(spec) {
    if (!(await this.measured())) return say(NO_WEBASSEMBLY);
    const { config, world } = await this.order(spec);
    return refusalOf(spec, config, world) ?? "";
  }

  /** Multiply-adds a second, timed once; null where the browser refuses WebAssembly. */
  measured() {
    this.speed ??= (async () => {
      const { kernels } = await this.engine.loadTraining();
      try {
        return multiplyAdds(await WebAssembly.compile(kernels));
      } catch {
        return null;
      }
    })();
    this.speed.catch(() => {
      this.speed = null;
    });
    return this.speed;
  }

  /** Time the next training anew: this device may have been busy. */
  forgetSpeed() {
    this.speed = null;
  }

  async seconds(spec) {
    const rate = await this.measured();
    if (!rate || (await this.why(spec))) return null;
    const { config } = await this.order(spec);
    return recalledPace() * estimatedSeconds(spec, readConfig(config), { rate, workers: workers() });
  }

  // ---- A training

  /** @param {{preset: string, values: any, seed?: number | null}} asked a seed that is null becomes a new one */
  train(asked) {
    if (this.live) throw new Refused("run", say("One training at a time in a tab: stop the other first."));
    const spec = specOf(this.catalog, asked),
      name = `tab-${spec.preset}-${digits()}`;
    this.runs.set(name, begun({ name, spec, label: labelOf(this.catalog, spec), asked: null, device: browserName() }));
    this.live = { name, training: null, at: [], control: [] };
    this.said = "";
    this.live.ended = this.follow(name, spec);
    this.changed();
    return name;
  }

  async follow(name, spec) {
    const kept = this.runs.get(name),
      mine = this.live;
    try {
      const refused = await this.why(spec),
        { asked } = await this.engine.loadTraining();
      if (refused) throw new Error(refused);
      kept.asked = asked;
      mine.promised = (await this.seconds(spec)) / spec.train.steps;
      mine.predicted = mine.promised / recalledPace();
      const training = new TabTraining(this.engine.createTrainer, {
        workers: workers(),
        order: { ...(await this.order(spec)), atlas: await this.engine.loadAtlas() },
        tell: (kind, value) => this.told(kept, kind, value),
      });
      mine.training = training;
      mine.control.forEach((each) => training.ask(each));
      void this.keepAwake();
      const { file } = await training.ended;
      this.files.set(name, file);
      await this.keep(kept, file);
    } catch (error) {
      end(kept, "failed", error.message);
      await this.keep(kept);
    } finally {
      this.live = null;
      this.lock?.release().catch(() => {});
      this.lock = null;
      this.changed();
    }
  }

  told(kept, kind, value) {
    take(kept, kind, value);
    if (kind === "record") this.paced(kept);
    if (kind === "evaluation" && value.inspected) void this.keep(kept);
    this.changed();
  }

  /** The seconds left, from the steps so far; the first five correct what was expected, here and of later trainings. */
  paced(kept) {
    const { at, predicted, promised } = this.live,
      { steps } = kept.spec.train;
    at.push(performance.now());
    if (at.length < 2) return;
    // A step that a pause or a hidden page stretched tells nothing.
    const gaps = at
        .slice(1)
        .map((time, index) => time - at[index])
        .sort((one, two) => one - two),
      usual = gaps.slice(0, Math.ceil(0.95 * gaps.length)),
      mean = usual.reduce((sum, each) => sum + each) / usual.length;
    kept.left = (mean / 1000) * (steps - kept.step);
    if (gaps.length < CORRECTED_AFTER || !predicted) return;
    keepPace(mean / 1000 / predicted);
    kept.isSlow = mean / 1000 > BUSY * promised;
  }

  ask(name, kind) {
    if (this.live?.name !== name) return;
    if (this.live.training) this.live.training.ask(kind);
    else this.live.control.push(kind);
  }

  /** Pause the training under way, or let it go on. */
  pause(name, isPaused = true) {
    if (this.live?.name !== name) return;
    this.ask(name, isPaused ? "pause" : "go");
    this.runs.get(name).isPaused = isPaused;
    this.changed();
  }

  resume(name) {
    this.pause(name, false);
  }

  stop(name) {
    this.ask(name, "stop");
  }

  /** @returns a promise that is kept once this training, if it is the one under way, has left its model */
  async ended(name) {
    if (this.live?.name === name) await this.live.ended;
  }

  // ---- A hidden page

  turned() {
    if (!this.live) return;
    const kept = this.runs.get(this.live.name);
    if (document.hidden) {
      this.said = "";
    } else {
      void this.keepAwake();
      const last = this.live.at.at(-1) ?? performance.now();
      if (!kept.isPaused && performance.now() - last > STALLED_MS)
        this.said = say`Paused while hidden, going on at step ${kept.step + 1}.`;
    }
    this.changed();
  }

  async keepAwake() {
    try {
      this.lock = (await globalThis.navigator?.wakeLock?.request("screen")) ?? null;
    } catch {
      /* a battery that is low, or a page that is hidden: it trains all the same */
    }
  }

  // ---- What it leaves

  async keep(kept, file = null) {
    const gone = await this.shelf.put(kept, file);
    for (const name of gone ?? []) {
      this.runs.delete(name);
      this.files.delete(name);
    }
    kept.isKept = gone !== null;
  }

  /** Take a run's zip into this browser; returns its name. @param {Uint8Array} bytes */
  async take(bytes) {
    const training = await this.engine.loadTraining(),
      { kept, weights } = openedZip(bytes, { catalog: this.catalog, training });
    if (this.live?.name === kept.name) throw new Refused("file", say("This run is training here."));
    this.runs.set(kept.name, kept);
    if (weights) this.files.set(kept.name, weights);
    await this.keep(kept, weights);
    this.changed();
    return kept.name;
  }

  /** The server has taken the run under this name. */
  async handed(name, run) {
    const kept = this.runs.get(name);
    kept.handed = run;
    await this.keep(kept);
    this.changed();
  }

  async remove(name) {
    if (this.live?.name === name) throw new Refused("run", say("Stop the training first."));
    this.runs.delete(name);
    this.files.delete(name);
    await this.shelf.remove(name);
    this.changed();
  }

  /** The weights as a safetensors file, which open_clip reads; null where the run has none. */
  async model(name) {
    await this.ready;
    if (!hasWeights(this.kept(name))) return null;
    if (!this.files.has(name)) this.files.set(name, await this.shelf.weights(name));
    return this.files.get(name);
  }

  /** What the engine loads: its card and its weights. */
  async card(name) {
    const weights = await this.model(name),
      { spec } = this.kept(name),
      { config, files } = modelFiles(await this.engine.loadTraining(), spec);
    return {
      config,
      tokenizer: files["tokenizer.json"],
      trained_on: spec.data,
      weights: { fp16: weights.slice().buffer },
    };
  }

  /** The run as one HTML file; `source` is a document of one, whose place it takes. */
  async page(name, source) {
    return runPage({ kept: this.kept(name), card: await this.card(name), weights: await this.model(name), source });
  }

  /** The run as the zip that a server imports. */
  async zip(name) {
    const kept = this.runs.get(name),
      training = await this.engine.loadTraining();
    return runZip(kept, { weights: await this.model(name), ...modelFiles(training, kept.spec) });
  }
}
