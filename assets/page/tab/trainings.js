// Trainings in this tab, one at a time; each leaves a run.
//
//   const trainings = new Trainings({ engine, catalog, worlds, cores, orders, runs });
//   const name = trainings.train({ preset: "salient", values: {}, seed: null });
//   trainings.lend(spec)          // the same of exactly this spec, for one who removes the run afterwards
//   trainings.pause(name); trainings.resume(name); trainings.stop(name);
//   await trainings.whenEnded(name);
//   await trainings.whenStopped();       // the tab is free of a training that was told to stop
//   const letGo = trainings.hold();      // keep the tab for a training that is no run
//
// Only `train` and `lend` start workers: a run that is read from the browser's storage does not go on by itself.

import { TabTraining } from "../../engine/train/client.js";
import { specOf } from "../recipe.js";
import { Refused } from "../refused.js";
import { reasonOf, say } from "../words.js";
import { browserName } from "./browser.js";
import { LiveTraining } from "./live.js";
import { beforeOf, beginRun, endRun, newName, addTold, wholeSpec } from "./record.js";
import { holdTraining } from "./shelf.js";
import { weightsOf } from "./start.js";
import { runTitle } from "./title.js";

export class Trainings {
  constructor({ engine, catalog, worlds, cores, orders, runs }) {
    this.engine = engine;
    this.catalog = catalog;
    this.worlds = worlds;
    this.cores = cores;
    this.orders = orders;
    this.runs = runs;
    /** @type {LiveTraining | null} */ this.live = null;
    this.isHeld = false; // by a training that is no run, see `hold`
    this.lock = null;
    globalThis.document?.addEventListener("visibilitychange", () => this.followVisibility());
    globalThis.addEventListener?.("beforeunload", (event) => {
      if (this.live) event.preventDefault();
    });
  }

  // ---- Begin

  /**
   * @param {{preset: string, values: any, seed?: number | null}} wish a seed that is null becomes a new one
   * @param {any} [start] the record of the run that it starts from
   * @param {{isKept?: boolean}} [how] whether this browser keeps the run; else `runs.keepRun` does so later
   */
  train(wish, start = null, { isKept = true } = {}) {
    return this.begin(specOf(this.catalog, wish), { start, isKept });
  }

  /** Train exactly this spec. The run is in no list and is not kept: who asked for it removes it when it has ended. */
  lend(spec) {
    return this.begin(wholeSpec(this.catalog, spec), { isKept: false, isLent: true });
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
    this.runs.notify();
    return () => {
      this.isHeld = false;
      this.sleep();
      this.runs.notify();
    };
  }

  begin(spec, { start = null, isKept, isLent = false }) {
    this.requireFree();
    const { init } = spec.train,
      name = newName(spec),
      title = runTitle(this.catalog, spec, "here"),
      before = init === "scratch" ? null : beforeOf(this.catalog, init, start),
      tabRun = beginRun({ name, spec, title, questionDigest: null, device: browserName(), before });
    this.runs.add(tabRun, { isKept, isLent });
    this.live = new LiveTraining(tabRun, this);
    this.live.ended = this.follow(this.live);
    holdTraining(name, this.live.ended);
    this.runs.notify();
    return name;
  }

  /** Train to the end; whatever comes, the run has ended then. */
  async follow(live) {
    const { tabRun } = live;
    try {
      const order = await this.prepare(tabRun);
      await live.begin(
        (workers) =>
          new TabTraining(this.engine.createTrainer, {
            workers,
            order,
            tell: (kind, value) => this.receive(live, kind, value),
          }),
      );
      void this.keepAwake();
      const last = await live.training.ended,
        ended = { ...tabRun };
      addTold(ended, "weights", last);
      await this.runs.keep(tabRun, last.file, ended);
    } catch (error) {
      endRun(tabRun, "failed", reasonOf(error));
      await this.runs.keep(tabRun);
    } finally {
      this.live = null;
      this.sleep();
      this.runs.notify();
    }
  }

  /** The whole order of a training; its run gets what it keeps of its world and of its start. */
  async prepare(tabRun) {
    const { catalog, engine, orders, worlds } = this,
      { spec } = tabRun,
      { init } = spec.train;
    // A run of the server may have gone on since its card was read.
    if (!Object.hasOwn(catalog.shipped, init)) orders.starts.forget(init);
    const refused = await orders.refusalOf(spec),
      own = worlds.document(spec.data.world);
    if (refused) throw new Error(refused);
    tabRun.world = own;
    tabRun.asked = own ? (await worlds.pairs(spec.data.world)).questionDigest : (await engine.loadTraining()).asked;
    const start = await orders.starts.load(spec);
    if (start) tabRun.card = { config: start.config, tokenizer: start.tokenizer };
    return {
      ...(await orders.order(spec)),
      atlas: own ? null : await engine.loadAtlas(),
      ...(start ? { weights: await weightsOf(start) } : {}),
    };
  }

  receive(live, kind, value) {
    if (kind === "weights") return; // `follow` waits for them
    addTold(live.tabRun, kind, value);
    if (kind === "record") live.addStep(value.seconds);
    if (kind === "evaluation" && value.inspected) void this.runs.keep(live.tabRun);
    this.runs.notify();
  }

  // ---- While it trains

  /** The training of this run while it is under way; else null. */
  liveOf(name) {
    return this.live?.tabRun.name === name ? this.live : null;
  }

  pause(name) {
    this.setPaused(name, true);
  }

  resume(name) {
    this.setPaused(name, false);
  }

  setPaused(name, isPaused) {
    const live = this.liveOf(name);
    if (!live) return;
    live.ask(isPaused ? "pause" : "go");
    live.tabRun.isPaused = isPaused;
    this.runs.notify();
  }

  stop(name) {
    const live = this.liveOf(name);
    if (!live) return;
    live.ask("stop");
    live.isStopped = true;
  }

  /** @returns a promise that is kept once this training, if it is the one under way, has left its model */
  async whenEnded(name) {
    await this.liveOf(name)?.ended;
  }

  /** @returns a promise that is kept once a training that was told to stop, if there is one, has left the tab */
  async whenStopped() {
    if (this.live?.isStopped) await this.live.ended;
  }

  /** Use so many cores from now on, in a training under way too. */
  chooseCores(count) {
    this.cores.choose(count);
    this.live?.useChosen();
  }

  // ---- A hidden page

  followVisibility() {
    if (!this.isBusy) return;
    if (document.hidden) {
      if (this.live) this.live.tabRun.said = "";
    } else {
      void this.keepAwake(); // a browser takes the lock from a hidden page
      this.live?.sayStalled();
    }
    this.runs.notify();
  }

  async keepAwake() {
    try {
      const lock = await globalThis.navigator?.wakeLock?.request("screen");
      this.sleep(); // the lock before
      this.lock = lock ?? null;
      if (!this.isBusy) this.sleep(); // what trained has ended meanwhile
    } catch {
      /* a battery that is low, or a page that is hidden: it trains all the same */
    }
  }

  sleep() {
    this.lock?.release().catch(() => {});
    this.lock = null;
  }
}
