// Runs on the Workbench: the open one, which is followed while it trains, the one beside it, and those that are listed.
//
//   const runs = new BenchRuns(store);
//   await runs.open("tidy-3"); runs.close(); await runs.openFile(file);
//   await runs.train({ preset, values }, "tidy-2");              // and compare it with another; the name of what began
//   await runs.doAndShow(() => backend.act("stop", { run }));    // do something, then show how it is
//   runs.goOnWith("tab-3", { preset, values });                  // once this training of this tab has ended

import { isOwnWorld } from "../../engine/world.js";
import { withoutEmpty, newSeed, overridesOf, valuesOf } from "../recipe.js";
import { Refused } from "../refused.js";
import { Latest, SLOWER } from "../store.js";
import { isLive, say } from "../words.js";
import { LOST } from "./places.js";
import { worldOf } from "./shown.js";
import { joinSavedSteps, advance } from "./state.js";

/** Whether something of a run is still to come: steps, the scores of an evaluation, answers that it lacks. */
const awaitsNews = (run) => isLive(run) || Boolean(run?.is_evaluated_now || run?.is_asked_now);

export class BenchRuns {
  constructor(store) {
    const { page, timers } = store;
    this.store = store;
    this.page = page;
    this.timers = timers;
    this.state = store.state;
    this.poll_ms = 1000 * (page.catalog.limits?.page_poll_s ?? 1);
    this.opens = new Latest(); // another run, or none, takes the place of the one before
    this.questions = new Latest(); // about the run that a person wants to see
    this.listingDigest = "";
  }

  /** @param {string} name @param {{isDialed?: boolean}} [how] whether the dials take the run's values */
  async open(name, { isDialed = true } = {}) {
    const isWanted = this.leave({ isOpening: true });
    try {
      const answer = await this.ask({ name, have: 0 });
      if (answer.run && isOwnWorld(worldOf(answer.run)))
        await (await this.store.ownWorlds()).ofRun(answer.run.spec, name);
      if (!isWanted()) return;
      const dialed = isDialed && answer.run && this.dialsOf(answer.run);
      this.questions.begin();
      void this.receive(answer);
      if (dialed) await this.store.dial(dialed);
    } catch (error) {
      if (isWanted()) this.store.change({ problem: error.message });
    } finally {
      if (isWanted()) this.store.change({ isOpening: false });
    }
  }

  /** Open a saved run as a run of this tab, or say why the file is none. */
  async openFile(file) {
    this.store.change({ unopened: "" });
    try {
      await this.store.places.mountTab();
      if (!this.page.tab) throw new Refused("file", say(LOST.why));
      await this.open(await this.page.tab.runs.importFile(file));
    } catch (error) {
      this.store.change({ unopened: error.message });
    }
  }

  close() {
    this.leave({ isOpening: false });
    this.timers.stop("run");
    this.store.change({ run: null, compare: null, at: null, missing: null, Share: null });
    this.store.write();
  }

  /** What was asked or done before is not shown any more. @returns {() => boolean} whether nothing else was opened */
  leave(parts) {
    this.questions.begin();
    this.store.change({ isStarting: false, wanted: null, unopened: "", tabSaid: "", ...parts });
    return this.opens.begin();
  }

  /** The dials that a run was trained with, and no seed, so that Train again takes a new one. */
  dialsOf({ spec }) {
    const { catalog } = this.page,
      preset = catalog.presets.some((each) => each.name === spec.preset) ? spec.preset : catalog.presets[0].name;
    return { preset, values: { ...valuesOf(spec), seed: null } };
  }

  async ask({
    name = this.state.run?.name ?? "",
    compare = this.state.compare?.name ?? "",
    have = this.state.run?.checkpoints.length ?? 0,
  } = {}) {
    const view = (first) =>
        this.store.backend.view("run", { name, compare, have: first, listing_digest: this.listingDigest }),
      answer = await view(have);
    // An evaluation replaces answers that the page has.
    return answer.run?.first && answer.run.evaluated !== this.state.run?.evaluated ? view(0) : answer;
  }

  /** Show an answer of the view `run`. @returns {Promise<void>} until what follows from it has begun */
  receive(value) {
    const { state } = this,
      run = joinSavedSteps(state.run, value.run),
      isOther = run?.name !== state.run?.name;
    Object.assign(state, {
      wanted: null,
      problem: null,
      run,
      compare: value.compare,
      missing: value.missing,
      furthest: advance(state.furthest, run),
    });
    this.receiveListing(value);
    if (isOther) Object.assign(state, { at: null, Share: null });
    this.store.draw();
    if (isOther) this.store.write();
    this.timers.stop("run");
    if (awaitsNews(run) || awaitsNews(state.compare)) this.timers.poll("run", this.poll_ms, () => this.follow());
    return this.goOn();
  }

  /** Once this training of this tab has ended, train its model on these data, without another press. */
  goOnWith(name, dialed) {
    const { run } = this.state;
    this.store.change({ next: run?.name === name && isLive(run) && run.in_tab ? { run: name, dialed } : null });
  }

  async goOn() {
    const { state } = this,
      { run, next } = state;
    if (!next || (run?.name === next.run && isLive(run))) return;
    // another run was opened, or it ended; a stopped one is its reader's to go on with
    this.store.change({ next: null });
    if (run?.name !== next.run || run.status !== "finished" || !run.has_model) return;
    void this.store.dial(next.dialed);
    await this.store.acts.trainFrom(run.name);
  }

  receiveListing({ listing_digest: listingDigest, listing }) {
    if (listingDigest) this.listingDigest = listingDigest;
    if (listing) Object.assign(this.state, { runs: listing.runs, starts: listing.starts });
  }

  /** Ask how the run is. A page that nobody looks at does not ask. */
  async follow() {
    const isSeen = !document.hidden && document.getElementById("workbench-training")?.offsetParent,
      { run, compare } = this.state;
    this.timers.poll("run", (isSeen ? SLOWER : 1) * this.poll_ms, () => this.follow()); // in case that no answer comes
    if (!isSeen) return;
    const answer = await this.ask().catch(() => null),
      isStillShown = this.state.run === run && this.state.compare === compare;
    if (answer && isStillShown) void this.receive(answer);
  }

  /**
   * Do something to a run, then show how it is, unless another one was opened meanwhile.
   * @returns {Promise<any>} what was done, null where it was refused
   */
  async doAndShow(act, { name = this.state.run?.name, compare } = {}) {
    let isWanted = this.opens.current(),
      done = null;
    try {
      done = await act();
      if (!isWanted()) return done;
      isWanted = this.questions.begin();
      const run = done?.run ?? name,
        answer = await this.ask({ name: run, compare, have: run === this.state.run?.name ? undefined : 0 });
      if (isWanted()) void this.receive(answer);
    } catch (error) {
      if (isWanted()) this.store.change({ wanted: null, problem: error.message });
    }
    return done;
  }

  /** @returns {Promise<string | null>} the name of what began, null where nothing did, as at a second press */
  async train(dialed, compare) {
    if (this.state.isStarting) return null;
    const isWanted = this.opens.current();
    const { preset, values: dialedValues } = dialed,
      usual = this.store.valuesOfRecipe(preset),
      { init, tune, steps, seed: _, ...values } = { ...usual, ...withoutEmpty(dialedValues) };
    this.store.change({ isStarting: true });
    const wish = {
      preset,
      overrides: overridesOf(usual, values),
      init,
      tune,
      steps,
      seed: dialedValues.seed ?? newSeed(),
    };
    const begun = await this.doAndShow(
      async () => {
        await this.store.places.ready();
        return this.store.backend.act("train", { ...wish, ...(await this.ownWorld(values.world)) });
      },
      { compare },
    );
    if (isWanted()) this.store.change({ isStarting: false });
    return begun?.run ?? null;
  }

  /** What a server needs of a world of one's own; a built-in one is known there. */
  async ownWorld(name) {
    return isOwnWorld(name) && this.state.places?.chosen === "server" && !this.state.isStatic
      ? { world: (await this.store.ownWorlds()).document(name) }
      : {};
  }
}
