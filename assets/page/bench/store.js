// The Workbench's state and when it is drawn. Components only read it, and call the acts of acts.js.
//
//   const store = new Store(page, { dials, paint });     // paint(state, acts) is called once a frame at most
//   await store.open();                                   // what the address asks for
//
// `dials` is the policy of dials.js: state(wish) is a promise of what the columns show. `page` is that of app.js.

import { isOwnWorld } from "../../engine/world.js";
import { actsOf } from "./acts.js";
import { valuesOf } from "../recipe.js";
import { keep, recalled } from "../kept.js";
import { readOptions } from "./link.js";
import { Refused } from "../refused.js";
import { answersOf, guessed, isLive, savedIndex, shown, worldOf } from "./shown.js";
import { emptyBench, joined, reached } from "./state.js";
import { Timers } from "../timers.js";
import { LOST, untimed } from "../tab/place.js";
import { isCalm } from "../ui.js";
import { say } from "../words.js";

const SWING_MS = 2200,
  CALM_MS = 350,
  RETRY_MS = 4000,
  SLOWER = 8;
const GUESSES = "clip-binding-explorer-guesses",
  MOST_GUESSES = 200;
/** The model that asks before anything is trained; it learned from web-like captions, and does not bind. */
const ASKER = "things-web";

export class Store {
  constructor(page, { dials, paint }) {
    Object.assign(this, { page, dials, paint });
    this.state = { ...emptyBench(page.catalog, page.backend.kind === "static"), guesses: loaded() };
    this.poll_ms = 1000 * (page.catalog.limits?.page_poll_s ?? 1);
    this.worlds = {};
    this.sent = 0; // moves of the dials so far
    this.wish = null; // the newest of those that wait for the answer to the one before
    this.isDialing = false;
    this.frame = 0;
    this.timers = new Timers();
    this.questions = 0; // questions about the run so far
    this.listingDigest = ""; // digest of the list of runs
    this.acts = actsOf(this);
    this.tab = null; // trainings in this tab, once they have come
    this.placing = null;
    this.next = null; // what is trained from the model of the run, see goOnWith
  }

  get backend() {
    return this.page.backend;
  }

  /**
   * Train in this tab from now on, where a person chooses that; done once the tab has been timed, or could not be had.
   */
  withTab() {
    return (this.mounting ??= this.mount().catch(() => this.lost()));
  }

  async mount() {
    await this.page.withTab?.();
    const { tab } = this.page;
    if (!tab) return;
    this.tab ??= tab.mount(this);
    if (this.state.dialed) await this.tab.dialed(this.state.dialed);
    await tab.runs.ready;
    if (tab.runs.list().length)
      await this.ask().then(
        (answer) => this.takeListing(answer),
        () => undefined,
      );
    this.draw();
  }

  /** A file of what trains here did not come: say so, and try again. */
  lost() {
    this.mounting = null;
    this.change({ places: { ...(this.state.places ?? untimed(null)), chosen: "server", tab: LOST } });
    this.timers.poll("tab", RETRY_MS, () => this.withTab());
  }

  /** What the server says of a training of these dials; null where there is none. */
  async onServer({ preset, values }) {
    if (this.state.isStatic) return null;
    const { seconds, why_not: why } = await this.dials.plans.forecast(preset, values);
    return {
      seconds: seconds && (seconds[0] + seconds[1]) / 2,
      why: why ?? "",
      waiting: 0,
      device: this.state.device?.name ?? "",
    };
  }

  /** Done once the place that was chosen can train; a page without a server has this tab alone. */
  async placed() {
    const { isStatic } = this.state;
    if (isStatic || this.state.places?.chosen === "tab") await this.withTab();
    await this.placing;
    if (isStatic && !this.tab) throw new Refused("", say(LOST.why));
  }

  /** Where the next training of these dials may run. This tab is timed once it can train. */
  async time(dialed) {
    if (this.tab) return (this.placing = this.tab.dialed(dialed).catch(() => this.lost()));
    const server = await this.onServer(dialed);
    if (server && !this.tab)
      this.change({ places: { ...untimed(server), ...(this.state.places && { tab: this.state.places.tab }) } });
  }

  /** Take a place that a person chose before this tab could train. */
  place(chosen) {
    this.change({ places: { ...this.state.places, chosen } });
    this.placing = this.withTab().then(() => this.tab && this.acts.place(chosen));
  }

  /** What the address asks for: dials, a run with its dials, the options of a teacher. */
  read() {
    const query = this.page.address.query(),
      dialed = this.dials.read(query),
      { run, dials, question, notes } = readOptions(query, this.page.catalog);
    this.change({
      options: { dials, question },
      notes: [...new Set([...dialed.notes, ...notes])],
      isFramed: query.get("only") === "outcome",
    });
    return { run, dialed: { preset: dialed.preset, values: dialed.values } };
  }

  async open() {
    const { run, dialed } = this.read();
    const asker = this.backend.view("run", { compare: ASKER }).then(({ compare, ...rest }) => {
      this.takeListing(rest);
      this.change({ asker: compare });
    });
    await Promise.all([asker, this.loadPairs(worldOf(null)), this.dial(dialed), run ? this.openRun(run) : null]);
  }

  /** The browser went back or forward: another run, other dials. */
  async reopen() {
    const { run, dialed } = this.read();
    if (run !== (this.state.run?.name ?? "")) {
      if (run) return this.openRun(run);
      this.closeRun();
    }
    const parts = this.dials.written(dialed),
      now = this.state.dialed && this.dials.written(this.state.dialed);
    return JSON.stringify(parts) === JSON.stringify(now) ? undefined : this.dial(dialed);
  }

  change(parts) {
    Object.assign(this.state, parts);
    this.draw();
  }

  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.choosePairs();
      this.paint(this.state, this.acts);
    });
  }

  /** Show the pairs of the world that the run was trained on, once they have come. */
  choosePairs() {
    const world = worldOf(shown(this.state).run),
      { worlds, state } = this;
    if (world === state.pairs.world) return;
    if (worlds[world]) state.pairs = { world, list: worlds[world] };
    else if (!(world in worlds)) void this.loadPairs(world);
  }

  async loadPairs(world) {
    this.worlds[world] = null;
    try {
      const answer = await this.pairsOf(world);
      this.worlds[world] = answer.map(([a, b]) => ({ a: sideOf(a), b: sideOf(b) }));
      this.draw();
    } catch {
      delete this.worlds[world];
    }
  }

  /** The pairs of a world; this tab draws those of one's own. */
  async pairsOf(world) {
    if (!isOwnWorld(world)) return this.backend.view("pairs", { world }, { isPublic: true });
    const { list } = await (await this.ownWorlds()).pairs(world);
    return list;
  }

  async ownWorlds() {
    const { OwnWorlds } = await import("../own-worlds.js"); // nobody needs it who has no things of their own
    return OwnWorlds.of(this.page);
  }

  // ---- Dials: one question at a time; of those that come meanwhile only the last is asked

  dial(parts) {
    const { state } = this,
      wish = { moved: "", start: state.data?.samples.start ?? 0, ...state.dialed, ...parts, seq: ++this.sent };
    this.change({
      dialed: {
        preset: wish.preset,
        values: { ...this.usual(wish.preset), ...given(wish.values), seed: wish.values.seed ?? null },
      },
    });
    this.wish = wish;
    return this.isDialing ? undefined : this.dialing();
  }

  /** The values of a recipe. */
  usual(preset) {
    return valuesOf(this.page.catalog.presets.find(({ name }) => name === preset).spec);
  }

  /** The fields in which values differ from a recipe's. */
  overrides({ preset, values }) {
    const usual = this.usual(preset),
      isOther = ([name, value]) => name in usual && JSON.stringify(value) !== JSON.stringify(usual[name]);
    return Object.fromEntries(Object.entries(given(values)).filter(isOther));
  }

  async dialing() {
    this.isDialing = true;
    while (this.wish) {
      const { wish } = this;
      this.wish = null;
      try {
        this.takeDials(await this.dials.state(wish));
      } catch (error) {
        this.change({ why: { [error.field ?? ""]: error.message }, isBad: true });
      }
    }
    this.isDialing = false;
  }

  takeDials(value) {
    if (value.seq && value.seq < this.sent) return; // an answer to a move before the last one
    if (value.problem) return void this.change({ why: { [value.problem.field]: value.problem.sentence }, isBad: true });
    const dialed = { preset: value.preset, values: value.values };
    this.change({ data: value, dialed, why: value.why, isBad: false, measured: null });
    this.page.dials.set(dialed);
    void this.time(dialed);
    this.write();
  }

  /** The address of the dials and of the run; another run is a step that the browser's Back takes back. */
  write() {
    const { address } = this.page,
      { dialed, run } = this.state;
    if (!dialed || document.body.dataset.view !== "workbench") return;
    const name = run?.name ?? "";
    address.write(
      { ...this.dials.written(dialed), tab: address.get("only") ? "" : "workbench", run: name },
      { isStep: Boolean(name) && name !== address.get("run") },
    );
  }

  // ---- The run

  async openRun(name) {
    this.change({ isOpening: true });
    try {
      const answer = await this.ask({ name, have: 0 });
      if (answer.run && isOwnWorld(worldOf(answer.run))) await (await this.ownWorlds()).ofRun(answer.run.spec, name);
      const dialed = answer.run && this.dialsOf(answer.run);
      this.takeRun(answer);
      if (dialed) await this.dial(dialed);
    } catch (error) {
      this.change({ problem: error.message });
    } finally {
      this.change({ isOpening: false });
    }
  }

  closeRun() {
    this.timers.stop("run");
    this.change({ run: null, compare: null, at: null, missing: null, Share: null });
    this.write();
  }

  /** The dials that a run was trained with, and no seed, so that Train again takes a new one. */
  dialsOf({ spec }) {
    const { catalog } = this.page,
      preset = catalog.presets.some((each) => each.name === spec.preset) ? spec.preset : catalog.presets[0].name;
    return { preset, values: { ...valuesOf(spec), seed: null } };
  }

  ask({
    name = this.state.run?.name ?? "",
    compare = this.state.compare?.name ?? "",
    have = this.state.run?.checkpoints.length ?? 0,
  } = {}) {
    this.questions += 1;
    return this.backend.view("run", { name, compare, have, known: this.listingDigest });
  }

  takeRun(value) {
    const { state } = this,
      run = joined(state.run, value.run),
      isOther = run?.name !== state.run?.name;
    Object.assign(state, {
      isStarting: false,
      wanted: null,
      problem: null,
      run,
      compare: value.compare,
      missing: value.missing,
      furthest: reached(state.furthest, run),
    });
    this.takeListing(value);
    if (isOther) Object.assign(state, { at: null, Share: null });
    this.draw();
    if (isOther) this.write();
    this.timers.stop("run");
    if (isLive(run) || isLive(state.compare) || run?.is_evaluated_now)
      this.timers.poll("run", this.poll_ms, () => this.follow());
    this.goOn();
  }

  /** Once the training that runs in this tab has ended, train its model on these data, without another press. */
  goOnWith(dialed) {
    const { run } = this.state;
    this.next = isLive(run) && run.in_tab ? { run: run.name, dialed } : null;
  }

  goOn() {
    const { next, state } = this,
      { run } = state;
    if (!next || (run?.name === next.run && isLive(run))) return;
    this.next = null; // another run was opened, or it ended; a stopped one is its reader's to go on with
    if (run?.name !== next.run || run.status !== "finished" || !run.has_model) return;
    void this.dial(next.dialed);
    this.acts.trainFrom(run.name);
  }

  takeListing({ known, listing }) {
    if (known) this.listingDigest = known;
    if (listing) Object.assign(this.state, { runs: listing.runs, starts: listing.starts });
  }

  /** Ask how the run is. A page that nobody looks at does not ask. */
  async follow() {
    const isSeen = !document.hidden && document.getElementById("workbench-training")?.offsetParent,
      asked = this.questions + 1;
    this.timers.poll("run", (isSeen ? SLOWER : 1) * this.poll_ms, () => this.follow()); // in case that no answer comes
    if (!isSeen) return;
    const answer = await this.ask().catch(() => null);
    if (answer && asked === this.questions) this.takeRun(answer);
  }

  /** Do something to a run, then show how it is. */
  async changed(act, { name = this.state.run?.name, compare } = {}) {
    try {
      const done = await act();
      const run = done?.run ?? name;
      this.takeRun(await this.ask({ name: run, compare, have: run === this.state.run?.name ? undefined : 0 }));
    } catch (error) {
      this.change({ isStarting: false, wanted: null, problem: error.message });
    }
  }

  train(dialed, compare) {
    const { preset, values: dials } = dialed,
      { init, tune, steps, seed: _, ...values } = { ...this.usual(preset), ...given(dials) };
    this.change({ isStarting: true });
    const wish = {
      preset,
      overrides: this.overrides({ preset, values }),
      init,
      tune,
      steps,
      seed: dials.seed ?? Math.floor(SEEDS * Math.random()),
    };
    return this.changed(
      async () => {
        await this.placed();
        return this.backend.act("train", { ...wish, ...(await this.ownWorld(values.world)) });
      },
      { compare },
    );
  }

  /** What a server needs of a world of one's own; a built-in one is known there. */
  async ownWorld(name) {
    return isOwnWorld(name) && this.state.places?.chosen === "server" && !this.state.isStatic
      ? { world: (await this.ownWorlds()).document(name) }
      : {};
  }

  // ---- What a person can do

  /** Lead to the two starts, once what they take was timed. */
  async offerStarts() {
    await this.placing;
    this.draw();
    requestAnimationFrame(() => {
      const column = document.getElementById("workbench-training");
      if (this.state.isNarrow) column.scrollIntoView({ block: "start" });
      column.querySelector("#go-on, #train")?.focus({ preventScroll: true });
    });
  }

  async measure() {
    const { preset, values } = this.state.dialed,
      seq = this.sent;
    try {
      const { measured } = await this.backend.view("facts", { preset, overrides: this.overrides({ preset, values }) });
      if (seq === this.sent) this.change({ measured: { rows: this.dials.rows(values, measured) } });
    } catch (error) {
      this.change({ measured: { problem: error.message } });
    }
  }

  async openScene() {
    const { run } = this.state,
      { openScene } = await import("../scene/dialog.js");
    const dialog = await openScene({
      run: run.name,
      title: run.label,
      shipped: this.page.catalog.shipped,
      held: this.page.models,
      engine: this.page.engine,
      world: isOwnWorld(worldOf(run)) ? worldOf(run) : undefined,
      onProbe: !this.page.lacks("probe") && ((question) => askReal(this.page, { ...question, models: [run.name] })),
    });
    dialog.scrollTop = 0; // the object that has the focus scrolled itself into sight
  }

  guess(said) {
    const { state } = this,
      { run } = shown(state),
      { answers } = answersOf(run, savedIndex(state)),
      { pair } = state;
    const binds = answers.slice(2 * pair, 2 * pair + 2).every(([own, other]) => own > other);
    const guesses = [
      ...state.guesses.filter((each) => each.model !== run.name || each.pair !== pair),
      { model: run.name, pair, guess: said, binds },
    ].slice(-MOST_GUESSES);
    keep(GUESSES, JSON.stringify(guesses));
    this.change({ guesses, isSwinging: said !== "skip" });
    if (said !== "skip") setTimeout(() => this.change({ isSwinging: false }), isCalm() ? CALM_MS : SWING_MS);
  }

  /** The next pair about which nothing was guessed. */
  another() {
    const {
        pairs: { list },
        pair,
      } = this.state,
      { run } = shown(this.state);
    const ahead = list.map((_, index) => (pair + 1 + index) % list.length);
    return ahead.find((each) => !guessed(this.state, run.name, each)) ?? ahead[0];
  }
}

const SEEDS = 10_000; // so that a person can say one

/** A picture and two captions of one's own, asked of real models in their view. */
export async function askReal(page, question) {
  const { takeQuestion } = await import("../ask/page.js");
  takeQuestion(question);
  page.go("probe");
}

const sideOf = ({ image, seen, pixels, words }) => ({ image, seen, pixels, caption: words });

/** Those values that say something: an empty box means the recipe's. */
const given = (values) =>
  Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== undefined));

/** Guesses stay in the browser, where anybody may have written something else. */
function loaded() {
  const guesses = recalled(GUESSES);
  return Array.isArray(guesses)
    ? guesses.filter((each) => each && typeof each.model === "string" && Number.isInteger(each.pair))
    : [];
}
