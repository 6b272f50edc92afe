// The Workbench's state and when it is drawn; acts.js has what a person can do.
//
//   const store = new BenchStore(page, { policy, paint });     // paint(state, acts) is called once a frame at most
//   await store.open();                                   // what the address asks for
//
// `policy` is that of dials/dials.js: state(wish) is a promise of what the columns show. `page` is that of app.js.

import { isOwnWorld } from "../../engine/world.js";
import { ASKER, withoutEmpty, overridesOf } from "../recipe.js";
import { Latest, onceAFrame, Store, Timers } from "../store.js";
import { actsOf } from "./acts.js";
import { recallGuesses } from "./guesses.js";
import { readOptions } from "./link.js";
import { Places, RETRY_MS } from "./places.js";
import { BenchRuns } from "./runs.js";
import { shownOf, worldOf } from "./shown.js";
import { emptyBench } from "./state.js";

export class BenchStore extends Store {
  constructor(page, { policy, paint }) {
    super();
    this.page = page;
    this.policy = policy;
    const linkTo = (view, parts) => page.address.link(view, parts);
    this.state = { ...emptyBench(page.catalog, page.backend.kind === "static", linkTo), guesses: recallGuesses() };
    this.worlds = {};
    this.moves = new Latest(); // of the dials
    this.wish = null; // the newest of those that wait for the answer to the one before
    /** @type {Promise<void> | null} */ this.dialing = null; // until the last wish is answered
    this.timers = new Timers();
    this.draw = onceAFrame(() => {
      this.choosePairs();
      paint(this.state, this.acts);
    });
    this.runs = new BenchRuns(this);
    this.places = new Places(this);
    this.acts = actsOf(this);
  }

  get backend() {
    return this.page.backend;
  }

  /** What the address asks for: dials, a run with its dials, the options of a teacher. */
  read() {
    const query = this.page.address.query(),
      dialed = this.policy.read(query),
      { run, dials, question, notes } = readOptions(query, this.page.catalog);
    this.change({
      options: { dials, question },
      notes: [...new Set([...dialed.notes, ...notes])],
      isFramed: query.get("only") === "outcome",
    });
    return { run, dialed: { preset: dialed.preset, values: dialed.values } };
  }

  /**
   * Show what the address asks for. Data that another view `brought` take the place of its own from the first: Train
   * must not be pressed with other data.
   */
  async open(brought = undefined) {
    const { run, dialed } = this.read();
    await Promise.all([
      this.loadAsker(),
      this.loadPairs(worldOf(null)),
      this.dial(brought ? { preset: brought.preset, values: brought.values } : dialed),
      run ? this.runs.open(run, { isDialed: !brought }) : null,
    ]);
  }

  /**
   * The model that asks until a run is open, with the list of runs; both are asked for again where they do not come.
   */
  async loadAsker() {
    try {
      const { compare, ...rest } = await this.backend.view("run", { compare: ASKER });
      this.runs.receiveListing(rest);
      this.change({ asker: compare });
    } catch {
      this.timers.poll("asker", RETRY_MS, () => this.loadAsker());
    }
  }

  /**
   * Show what the address says now: another run, other dials. One that names neither data nor another run, as a link to
   * the Workbench, leaves all as it is, and says it from now on.
   */
  async reopen() {
    const query = this.page.address.query(),
      isDialed = this.policy.isIn(query),
      wanted = query.get("run") ?? "",
      shown = this.state.run?.name ?? "";
    if (this.state.isOpening && wanted === shown && (wanted || isDialed)) this.runs.leave({ isOpening: false });
    if (!isDialed && ["", shown].includes(wanted)) return this.write({ isStep: false });
    const { run, dialed } = this.read();
    if (run !== shown) {
      if (run) return this.runs.open(run);
      this.runs.close();
    }
    const parts = this.policy.addressOf(dialed),
      now = this.state.dialed && this.policy.addressOf(this.state.dialed);
    return JSON.stringify(parts) === JSON.stringify(now) ? undefined : this.dial(dialed);
  }

  /** Show the pairs of the world that the run was trained on, once they have come. */
  choosePairs() {
    const world = worldOf(shownOf(this.state).run),
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

  /** @returns {Promise<void>} until it, or a wish that came after it, is answered */
  dial(parts) {
    const { state } = this,
      wish = { moved: "", start: state.data?.samples.start ?? 0, ...state.dialed, ...parts };
    this.moves.begin();
    this.change({
      dialed: {
        preset: wish.preset,
        values: { ...this.valuesOfRecipe(wish.preset), ...withoutEmpty(wish.values), seed: wish.values.seed ?? null },
      },
    });
    this.wish = wish;
    return (this.dialing ??= this.askDials());
  }

  /** The values of a recipe. */
  valuesOfRecipe(preset) {
    return this.policy.recipe(preset).values;
  }

  async askDials() {
    while (this.wish) {
      const { wish } = this,
        isNewest = this.moves.current();
      this.wish = null;
      try {
        const value = await this.policy.state(wish);
        if (isNewest()) this.receiveDials(value);
      } catch (error) {
        if (isNewest()) this.change({ why: { [error.field ?? ""]: error.message }, isBad: true });
      }
    }
    this.dialing = null;
  }

  receiveDials(value) {
    if (value.problem) return void this.change({ why: { [value.problem.field]: value.problem.sentence }, isBad: true });
    const dialed = { preset: value.preset, values: value.values };
    this.change({ data: value, dialed, why: value.why, isBad: false, measured: null });
    this.page.dialed.set(dialed);
    this.places.time();
    this.write();
  }

  /** The address of the dials and of the run; another run is a step that the browser's Back takes back. */
  write({ isStep = true } = {}) {
    const { address } = this.page,
      { dialed, run } = this.state;
    if (!dialed || !this.page.isShown("bench")) return;
    const name = run?.name ?? "";
    address.write(
      { ...this.policy.addressOf(dialed), tab: address.get("only") ? "" : "bench", run: name, share: "" },
      { isStep: isStep && Boolean(name) && name !== address.get("run") },
    );
  }

  /** Ask what the dialed data show of their dials. */
  async measure() {
    const { preset, values } = this.state.dialed,
      isNewest = this.moves.current();
    try {
      const request = { preset, overrides: overridesOf(this.valuesOfRecipe(preset), values) },
        { measured } = await this.backend.view("facts", request);
      if (isNewest()) this.change({ measured: { rows: this.policy.rows(values, measured) } });
    } catch (error) {
      if (isNewest()) this.change({ measured: { problem: error.message } });
    }
  }
}

const sideOf = ({ image, seen, pixels, words }) => ({ image, seen, pixels, caption: words });
