// Trainings in this tab, and the runs that they leave: the columns draw them as they draw a server's.
//
//   const runs = new TabRuns({ engine, catalog });
//   const name = runs.train({ preset: "salient", values: {}, seed: null });
//   runs.lend(spec)               // the same of exactly this spec, for one who removes the run afterwards
//   runs.pause(name); runs.resume(name); runs.stop(name);
//   runs.run(name, have)          // as the view `run` has it, null where there is none
//   runs.list()                   // [[title, name], ...], the newest first
//   runs.watch(() => {})          // called after every change
//   await runs.seconds(spec)      // how long it takes here; null where it cannot
//   await runs.why(spec)          // why this browser cannot, "" where it can
//   runs.starts()                 // those that a training may start from, [[words, name], ...]
//   await runs.zip(name); await runs.model(name); await runs.remove(name);
//
// Nothing begins by itself: only `train` starts a worker.

import { readConfig } from "../../engine/architecture.js";
import { TabTraining } from "../../engine/train/client.js";
import { Kernels } from "../../engine/train/kernels.js";
import { isOwnWorld } from "../../engine/world.js";
import { modelFiles } from "../../engine/train/model_files.js";
import { refusalOf } from "../../engine/train/refusal.js";
import { digestOf } from "../../engine/train/save.js";
import { estimatedSeconds, multiplyAdds } from "../../engine/train/speed.js";
import { OwnWorlds } from "../own-worlds.js";
import { Refused } from "../refused.js";
import { browserName, digits } from "./browser.js";
import { Cores } from "./cores.js";
import { TabInside } from "./inside.js";
import { Shelf } from "./shelf.js";
import { Starts, whyUnfit, weightsOf } from "./start.js";
import {
  beforeOf,
  beginRecord,
  differencesOf,
  endRecord,
  hasWeights,
  isTraining,
  ownOf,
  recordOf,
  rowOf,
  takeTold,
  wholeSpec,
} from "./record.js";
import { specOf } from "../recipe.js";
import { openZip } from "./open.js";
import { runPage } from "./page.js";
import { NO_WEBASSEMBLY } from "./place.js";
import { learnTitle, runTitle, joinTitle } from "./title.js";
import { isWhole } from "./whole.js";
import { runZip } from "./zip.js";
import { percent, say } from "../words.js";

/** A name that no shipped model and no recording has. */
const RUN_NAME = /-[0-9a-f]{12}$/;
const CORRECTED_AFTER = 5,
  STALLED_MS = 3000;
/** How much longer than promised a training takes, from which on it says so. */
const BUSY = 1.3;

export class TabRuns {
  constructor(page) {
    const { engine, catalog, shelf = new Shelf(), cores = new Cores() } = page;
    Object.assign(this, { engine, catalog, shelf, cores, worlds: OwnWorlds.of(page) });
    this.runs = new Map();
    this.files = new Map(); // weights that are in memory, by name
    this.passing = new Set(); // runs that nobody has asked this browser to keep
    this.watchers = new Set();
    this.live = null; // {name, training, at: [performance.now of each step with as many workers as now]}
    this.isHeld = false; // by a training that is no run, see `hold`
    this.speed = null;
    this.said = ""; // what happened while the page was hidden
    this.lock = null;
    this.inside = new TabInside(engine);
    this.origins = new Starts(engine);
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
    globalThis.document?.addEventListener("visibilitychange", () => this.followVisibility());
    globalThis.addEventListener?.("beforeunload", (event) => {
      if (this.live) event.preventDefault();
    });
  }

  /** Runs of an earlier visit. One that was under way then broke off with its page. */
  async open() {
    const all = await this.shelf.all().catch(() => []);
    if (all.some((kept) => kept?.world)) await this.worlds.ready().catch(() => {});
    for (const kept of all) {
      if (!isWhole(kept) || !this.knows(kept)) continue; // another version of the page may read it
      kept.isKept = true;
      kept.spec = wholeSpec(this.catalog, kept.spec);
      kept.origin ??= kept.label.endsWith("from a file") ? "file" : "here"; // as version 1.0 told the two apart
      kept.title = runTitle(this.catalog, kept.spec, kept.origin);
      if (isTraining(kept)) endRecord(kept, "interrupted", "its page was closed");
      this.runs.set(kept.name, kept);
    }
    this.notify();
  }

  /** Whether the world of a run is one that the page draws; that of one's own lies beside the run. */
  knows({ spec, world = null }) {
    try {
      return !isOwnWorld(spec.data.world) || this.worlds.keep(world) === spec.data.world;
    } catch {
      return false;
    }
  }

  watch(fn) {
    this.watchers.add(fn);
    return () => this.watchers.delete(fn);
  }

  notify() {
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
    record.in_tab.hasStart = this.runs.has(kept.before?.name);
    return compare ? { ...record, differs: differencesOf(this.catalog, kept.spec, compare.spec) } : record;
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
  nameOf(spec) {
    const wanted = JSON.stringify(spec);
    return (
      [...this.runs.values()].findLast((kept) => hasWeights(kept) && JSON.stringify(kept.spec) === wanted)?.name ?? ""
    );
  }

  /** The evaluations of a run in captions of its own form, [{step, value, low}]. */
  ownOf(name) {
    return ownOf(this.runs.get(name));
  }

  list() {
    return this.rows().map(({ binding, run }) => {
      const { title } = this.runs.get(run);
      return [learnTitle(binding ? joinTitle(...title.parts, percent(binding.value)) : title), run];
    });
  }

  starts() {
    return this.rows()
      .filter(({ has_model: hasModel }) => hasModel)
      .map(({ title, run }) => [say`run: ${title}`, run]);
  }

  /** Changes when the list does. */
  digest() {
    return [...this.runs.values()].map(({ name, status }) => `${name}:${status}`).join();
  }

  /** The runs as rows of the view `runs`. */
  rows() {
    const listed = [...this.runs.values()].filter(({ isLent }) => !isLent);
    return listed.reverse().map((kept) => rowOf(this.catalog, kept));
  }

  // ---- Whether, and how long

  /** What the engine trains; a spec that was published before a dial came gets its default. */
  async order(given) {
    const spec = wholeSpec(this.catalog, given),
      training = await this.training(spec),
      { world, kernels, evaluation } = training,
      start = await this.origins.of(spec);
    return { world, kernels, evaluation, config: (start ?? modelFiles(training, spec)).config, spec };
  }

  /** What trainings need, with the description, the questions and the words of a world of one's own. */
  async training({ data: { world: name } }) {
    const training = await this.engine.loadTraining();
    if (!this.worlds.document(name)) return training;
    const own = await this.worlds.training(name);
    return { ...training, ...own, own: own.world.words };
  }

  async why(spec) {
    if (!(await this.measureSpeed())) return say(NO_WEBASSEMBLY);
    try {
      const { config, world } = await this.order(spec),
        start = await this.origins.of(spec);
      return refusalOf(spec, config, world, say) ?? (start ? whyUnfit(start, spec, await this.training(spec)) : "");
    } catch (error) {
      if (spec.train.init === "scratch") throw error;
      return error.message; // the start is gone, or no browser reads it
    }
  }

  /** Multiply-adds a second, timed once; null where the browser refuses WebAssembly. */
  measureSpeed() {
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

  /** @param {number} [count] of cores */
  async seconds(spec, count = this.cores.count) {
    if (!(await this.measureSpeed()) || (await this.why(spec))) return null;
    return this.cores.pace(count) * (await this.predict(spec, count));
  }

  /** Seconds as one timed product tells, before any training of this browser has corrected them. */
  async predict(spec, workers) {
    const rate = await this.measureSpeed(),
      { config } = await this.order(spec);
    return estimatedSeconds(spec, readConfig(config), { rate, workers });
  }

  // ---- A training

  /**
   * @param {{preset: string, values: any, seed?: number | null}} asked a seed that is null becomes a new one
   * @param {any} [start] the record of the run that it starts from
   * @param {{isKept?: boolean}} [how] whether this browser keeps the run; else `keepRun` does so later
   */
  train(asked, start = null, { isKept = true } = {}) {
    return this.begin(specOf(this.catalog, asked), { start, isKept });
  }

  /** Train exactly this spec. The run is in no list and is not kept: who asked for it removes it when it has ended. */
  lend(spec) {
    const name = this.begin(wholeSpec(this.catalog, spec), { isKept: false });
    this.runs.get(name).isLent = true;
    return name;
  }

  /** Whether something trains in this tab. */
  get isBusy() {
    return this.live !== null || this.isHeld;
  }

  requireFree() {
    if (this.isBusy) throw new Refused("run", say("One training at a time in a tab: stop the other first."));
  }

  /** Keep the tab for a training that is no run, as one that is repeated. @returns {() => void} what lets it go */
  hold() {
    this.requireFree();
    this.isHeld = true;
    void this.keepAwake();
    this.notify();
    return () => {
      this.isHeld = false;
      this.sleep();
      this.notify();
    };
  }

  begin(spec, { start = null, isKept }) {
    this.requireFree();
    const name = newName(spec),
      { init } = spec.train,
      before = init === "scratch" ? null : beforeOf(this.catalog, init, start),
      title = runTitle(this.catalog, spec, "here");
    this.runs.set(name, beginRecord({ name, spec, title, asked: null, device: browserName(), before }));
    if (!isKept) this.passing.add(name);
    this.live = { name, training: null, at: [], control: [] };
    this.said = "";
    this.live.ended = this.follow(name, spec);
    this.notify();
    return name;
  }

  async follow(name, spec) {
    const kept = this.runs.get(name),
      mine = this.live;
    try {
      const refused = await this.why(spec),
        own = this.worlds.document(spec.data.world);
      if (refused) throw new Error(refused);
      kept.world = own;
      kept.asked = (await (own ? this.worlds.pairs(spec.data.world) : this.engine.loadTraining())).asked;
      const start = await this.origins.of(spec);
      if (start) kept.card = { config: start.config, tokenizer: start.tokenizer };
      mine.wanted = this.cores.count;
      await this.promise(mine, spec, mine.wanted);
      mine.trial = this.cores.trial(spec.train.steps);
      const training = new TabTraining(this.engine.createTrainer, {
        workers: mine.workers,
        order: {
          ...(await this.order(spec)),
          atlas: own ? null : await this.engine.loadAtlas(),
          ...(start ? { weights: await weightsOf(start) } : {}),
        },
        tell: (kind, value) => this.takeTold(kept, kind, value),
      });
      mine.training = training;
      mine.control.forEach((each) => training.ask(each));
      void this.keepAwake();
      const { file } = await training.ended;
      this.files.set(name, file);
      await this.keep(kept, file);
    } catch (error) {
      endRecord(kept, "failed", error.message);
      await this.keep(kept);
    } finally {
      this.live = null;
      this.sleep();
      this.notify();
    }
  }

  takeTold(kept, kind, value) {
    takeTold(kept, kind, value);
    if (kind === "record") {
      this.correctPace(kept);
      this.tryWorkers(kept, value.seconds);
    }
    if (kind === "evaluation" && value.inspected) void this.keep(kept);
    this.notify();
  }

  /** What a step with so many workers takes, as expected from here on; their steps are counted anew. */
  async promise(mine, spec, workers) {
    Object.assign(mine, { workers, at: [], predicted: 0 });
    const predicted = (await this.predict(spec, workers)) / spec.train.steps;
    if (mine.workers === workers) Object.assign(mine, { predicted, promised: predicted * this.cores.pace(workers) });
  }

  /** Time the first steps with all cores and with half of them; see that as many work as were asked for. */
  tryWorkers(kept, seconds) {
    const mine = this.live,
      { workers: count } = mine.training;
    if (count !== mine.workers) {
      if (count !== mine.wanted) {
        this.said = say`A part of the training broke off. It goes on with ${count} of ${mine.wanted} cores.`;
        Object.assign(mine, { trial: null, wanted: count });
      }
      return void this.promise(mine, kept.spec, count);
    }
    const next = mine.trial?.take(seconds) ?? null;
    if (next !== null) this.use(next);
  }

  /** Go on with another number of workers. */
  use(workers) {
    this.live.wanted = workers;
    this.live.training.use(workers);
  }

  /** Use so many cores from now on, in a training under way too. */
  chooseCores(count) {
    this.cores.choose(count);
    if (!this.live?.training) return;
    this.live.trial = null;
    this.use(this.cores.count);
  }

  /** The seconds left, from the steps so far; the first five correct what was expected, here and of later trainings. */
  correctPace(kept) {
    const { at, predicted, promised, workers } = this.live,
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
    this.cores.keepPace(workers, mean / 1000 / predicted);
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
    this.notify();
  }

  resume(name) {
    this.pause(name, false);
  }

  stop(name) {
    this.ask(name, "stop");
  }

  /** @returns a promise that is kept once this training, if it is the one under way, has left its model */
  async whenEnded(name) {
    if (this.live?.name === name) await this.live.ended;
  }

  // ---- A hidden page

  followVisibility() {
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
    this.notify();
  }

  async keepAwake() {
    try {
      this.lock = (await globalThis.navigator?.wakeLock?.request("screen")) ?? null;
    } catch {
      /* a battery that is low, or a page that is hidden: it trains all the same */
    }
  }

  sleep() {
    this.lock?.release().catch(() => {});
    this.lock = null;
  }

  // ---- What it leaves

  /** Keep a run that was trained without being kept. */
  async keepRun(name) {
    this.passing.delete(name);
    await this.keep(this.kept(name), this.files.get(name));
    this.notify();
  }

  async keep(kept, file = null) {
    if (this.passing.has(kept.name)) return;
    const gone = await this.shelf.put(kept, file);
    for (const name of gone ?? []) {
      this.runs.delete(name);
      this.files.delete(name);
    }
    kept.isKept = gone !== null;
  }

  /**
   * Take a run's zip into this browser; returns its name, which takes the place of no shipped model, no recording and no
   * run that was trained here.
   * @param {Uint8Array} bytes
   */
  async take(bytes) {
    await this.worlds.ready();
    const { kept, weights } = openZip(bytes, this.catalog, this.worlds);
    if (weights) await this.checkDigest(kept, weights);
    if (this.live?.name === kept.name) throw new Refused("file", say("This run is training here."));
    if (!RUN_NAME.test(kept.name) || this.runs.get(kept.name)?.origin === "here") kept.name = newName(kept.spec);
    this.runs.set(kept.name, kept);
    if (weights) this.files.set(kept.name, weights);
    await this.keep(kept, weights);
    this.notify();
    return kept.name;
  }

  /** Refuse weights that are not those of the run's last digest: a bit of them fell over, or somebody changed them. */
  async checkDigest({ card, engine, step }, bytes) {
    const told = engine.digests.at(-1);
    if (told?.step !== step) return; // of a server, or of a page that told none
    const { kernels } = await this.engine.loadTraining(),
      weights = await weightsOf({ config: card.config, place: bytes.slice().buffer }),
      digest = await digestOf(weights, new Kernels(await WebAssembly.compile(kernels)));
    if (digest !== told.digest)
      throw new Refused(
        "file",
        say("The model in this file does not have the digest that the file states. Save the run again."),
      );
  }

  /** The server has taken the run under this name. */
  async markHanded(name, run) {
    const kept = this.runs.get(name);
    kept.handed = run;
    await this.keep(kept);
    this.notify();
  }

  async remove(name) {
    if (this.live?.name === name) throw new Refused("run", say("Stop the training first."));
    this.runs.delete(name);
    this.files.delete(name);
    this.passing.delete(name);
    this.origins.forget(name);
    await this.shelf.remove(name);
    this.notify();
  }

  /** The weights as a safetensors file, which open_clip reads; null where the run has none. */
  async model(name) {
    await this.ready;
    if (!hasWeights(this.kept(name))) return null;
    if (!this.files.has(name)) this.files.set(name, await this.shelf.weights(name));
    return this.files.get(name);
  }

  /** The config of a run's model, and the files of its tokenizer. */
  async describe(name) {
    const { spec, card } = this.kept(name),
      here = modelFiles(await this.training(spec), spec);
    return card ? { config: card.config, files: { ...here.files, "tokenizer.json": card.tokenizer } } : here;
  }

  /** What the engine loads: its card and its weights. */
  async card(name) {
    const weights = await this.model(name),
      { spec } = this.kept(name),
      { config, files } = await this.describe(name);
    if (!weights) throw new Refused("init", say("This model could not be opened. It can be trained again."));
    return {
      config,
      tokenizer: files["tokenizer.json"],
      trained_on: spec.data,
      weights: { fp16: weights.slice().buffer },
    };
  }

  /** The run as one HTML file; `source` is a document of one, whose place it takes. */
  async page(name, source) {
    const kept = this.kept(name),
      title = runTitle(this.catalog, kept.spec, kept.origin === "here" ? "tab" : kept.origin);
    return runPage({ kept, title, card: await this.card(name), weights: await this.model(name), source });
  }

  /** The run as the zip that a server imports. */
  async zip(name) {
    return runZip(this.kept(name), { weights: await this.model(name), ...(await this.describe(name)) });
  }
}

const newName = ({ preset }) => `tab-${preset}-${digits()}`;
