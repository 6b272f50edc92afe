// The runs that trainings in this tab leave, and those that a file brought: this browser holds them, and the columns
// draw them as they draw a server's.
//
//   const runs = new TabRuns({ engine, catalog, worlds, orders });
//   runs.run(name, have)          // as the view `run` has it, null where there is none
//   runs.rows()                   // as the view `runs` has them, the newest first
//   runs.list()                   // [[title, name], ...]
//   runs.starts()                 // those that a training may start from, [[words, name], ...]
//   runs.watch(() => {})          // called after every change
//   await runs.importFile(file)        // a run's zip that a person chose
//   await runs.model(name); await runs.remove(name);

import { readPicked } from "../picked-file.js";
import { Refused } from "../refused.js";
import { isOwnWorld } from "../../engine/world.js";
import { percent, say, shownText } from "../words.js";
import { TabInside } from "./inside.js";
import { checkDigest, checkSize, readZip } from "./open.js";
import {
  differencesOf,
  endRun,
  hasWeights,
  isTraining,
  newName,
  ownCurve,
  recordOf,
  rowOf,
  wholeSpec,
} from "./record.js";
import { Shelf, trainedElsewhere } from "./shelf.js";
import { joinTitle, RUN_NAME, runTitle } from "./title.js";
import { isWhole } from "./whole.js";

/** What is said where the weights of a run are not here. */
export const unopenedModel = () => new Refused("init", say("This model could not be opened. It can be trained again."));

export class TabRuns {
  constructor({ engine, catalog, worlds, orders, shelf = new Shelf() }) {
    this.engine = engine;
    this.catalog = catalog;
    this.worlds = worlds;
    this.orders = orders;
    this.shelf = shelf;
    this.runs = new Map();
    this.weights = new Map(); // those that are in memory, by name
    this.passing = new Set(); // runs that nobody has asked this browser to keep
    this.watchers = new Set();
    this.inside = new TabInside(engine);
    this.ready = this.open();
  }

  /** Runs of an earlier visit. One that was under way then broke off with its page, unless another tab trains it. */
  async open() {
    const all = await this.shelf.all().catch(() => []),
      isElsewhere = await trainedElsewhere();
    if (all.some((tabRun) => tabRun?.world)) await this.worlds.ready().catch(() => {});
    for (const tabRun of all) {
      if (!isWhole(tabRun) || !this.takesWorld(tabRun)) continue; // another version of the page may read it
      tabRun.isKept = true;
      tabRun.spec = wholeSpec(this.catalog, tabRun.spec);
      tabRun.origin ??= tabRun.label.endsWith("from a file") ? "file" : "here"; // as version 1.0 told the two apart
      tabRun.title = runTitle(this.catalog, tabRun.spec, tabRun.origin);
      if (isTraining(tabRun))
        endRun(tabRun, "interrupted", isElsewhere(tabRun.name) ? "it goes on in another tab" : "its page was closed");
      this.runs.set(tabRun.name, tabRun);
    }
    this.notify();
  }

  /** Take the world of one's own that lies beside a run. @returns whether the page draws what the run names */
  takesWorld({ spec, world = null }) {
    try {
      return !isOwnWorld(spec.data.world) || this.worlds.keep(world) === spec.data.world;
    } catch {
      return false;
    }
  }

  watch(watcher) {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
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
    const tabRun = this.runs.get(name);
    if (!tabRun) return null;
    const record = recordOf(tabRun, have);
    record.in_tab.hasStart = this.runs.has(tabRun.before?.name);
    return compare ? { ...record, differs: differencesOf(this.catalog, tabRun.spec, compare.spec) } : record;
  }

  /** The run at its saved steps, as the view `inspect_steps` has them. */
  async inspect(name, request) {
    await this.ready;
    return this.inside.steps(this.requireRun(name), request);
  }

  requireRun(name) {
    const tabRun = this.runs.get(name);
    if (!tabRun) throw new Refused("run", say("This run is not in this browser any more."));
    return tabRun;
  }

  /** The newest run of this spec that left a model, "" where there is none. */
  nameOf(spec) {
    const wanted = JSON.stringify(spec);
    return (
      [...this.runs.values()].findLast((tabRun) => hasWeights(tabRun) && JSON.stringify(tabRun.spec) === wanted)
        ?.name ?? ""
    );
  }

  /** The evaluations of a run in captions of its own form, [{step, value, low}]. */
  ownCurve(name) {
    return ownCurve(this.runs.get(name));
  }

  list() {
    return this.rows().map(({ binding, run }) => {
      const { title } = this.runs.get(run);
      return [shownText(binding ? joinTitle(...title.parts, percent(binding.value)) : title), run];
    });
  }

  starts() {
    return this.rows()
      .filter(({ has_model: hasModel }) => hasModel)
      .map(({ title, run }) => [say`run: ${title}`, run]);
  }

  /** Changes when the list does. */
  stateText() {
    return [...this.runs.values()].map(({ name, status }) => `${name}:${status}`).join();
  }

  rows() {
    const listed = [...this.runs.values()].filter(({ isLent }) => !isLent);
    return listed.reverse().map((tabRun) => rowOf(this.catalog, tabRun));
  }

  /** The weights as a safetensors file, which open_clip reads; null where the run has none. */
  async model(name) {
    await this.ready;
    if (!hasWeights(this.requireRun(name))) return null;
    const file = this.weights.get(name) ?? (await this.shelf.weights(name));
    if (!file) throw unopenedModel();
    this.weights.set(name, file);
    return file;
  }

  // ---- What comes and goes

  /** A run whose training begins; one that is lent is in no list. */
  add(tabRun, { isKept, isLent }) {
    tabRun.isLent = isLent;
    this.runs.set(tabRun.name, tabRun);
    if (!isKept) this.passing.add(tabRun.name);
  }

  /**
   * Put a run, with its weights where it has any, where it is found at the next visit. `ended` is its record with the
   * end of its training: it becomes the run's once it is kept, so that a page which is left as soon as it says that a
   * training has ended loses no model.
   */
  async keep(tabRun, file = null, ended = tabRun) {
    if (this.runs.get(tabRun.name) !== tabRun) return; // it was removed meanwhile
    if (file) this.weights.set(tabRun.name, file);
    if (!this.passing.has(tabRun.name)) {
      const gone = await this.shelf.put(ended, file);
      for (const name of gone ?? []) {
        this.runs.delete(name);
        this.weights.delete(name);
      }
      ended.isKept = gone !== null;
    }
    Object.assign(tabRun, ended);
  }

  /** Keep a run that was trained without being kept. */
  async keepRun(name) {
    this.passing.delete(name);
    await this.keep(this.requireRun(name), this.weights.get(name));
    this.notify();
  }

  /**
   * Take a saved run into this browser; throws a sentence that says why a file is none.
   * @param {File} file
   * @returns {Promise<string>} the name of the run
   */
  async importFile(file) {
    checkSize(file.size); // before it is read
    try {
      return await this.importZip(await readPicked(file));
    } catch (error) {
      if (error instanceof Refused) throw error;
      console.error(error);
      throw new Refused(
        "file",
        say("This browser could not open the file. Load the page again, or try another browser."),
      );
    }
  }

  /**
   * Take a run's zip into this browser; returns its name, which takes the place of no shipped model, no recording and
   * no run that was trained here.
   * @param {Uint8Array} bytes
   */
  async importZip(bytes) {
    await this.worlds.ready();
    const { tabRun, weights } = readZip(bytes, this.catalog, this.worlds),
      here = this.runs.get(tabRun.name);
    if (weights) await checkDigest(this.engine, tabRun, weights);
    if (here && isTraining(here)) throw new Refused("file", say("This run is training here."));
    if (!RUN_NAME.test(tabRun.name) || here?.origin === "here") tabRun.name = newName(tabRun.spec);
    this.runs.set(tabRun.name, tabRun);
    await this.keep(tabRun, weights);
    this.forgetModel(tabRun.name);
    this.notify();
    return tabRun.name;
  }

  /** The server has taken the run under this name; one that was deleted while it was sent is not marked. */
  async markHanded(name, run) {
    const tabRun = this.runs.get(name);
    if (!tabRun) return;
    tabRun.handed = run;
    await this.keep(tabRun);
    this.notify();
  }

  /** What was read of a model is not that of its run any more. */
  forgetModel(name) {
    this.engine.forgetModel(name);
    this.orders.starts.forget(name);
  }

  async remove(name) {
    const tabRun = this.runs.get(name);
    if (tabRun && isTraining(tabRun)) throw new Refused("run", say("Stop the training first."));
    this.runs.delete(name);
    this.weights.delete(name);
    const wasKept = !this.passing.delete(name);
    this.forgetModel(name);
    if (wasKept) await this.shelf.remove(name);
    this.notify();
  }
}
