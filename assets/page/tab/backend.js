// A backend that answers for the runs of this tab and passes the rest on, so that views need not know where a run
// trained.
//
//   const backend = new TabBackend(server, tab, () => "tab");      // the last says where the next training goes
//   await backend.act("train", { preset, overrides, init, tune, steps, seed })       // {run: "tab-..."}
//   await backend.view("run", { name: "tab-..." })

import { Refused } from "../refused.js";
import { repeatLink } from "../repeat-link.js";
import { TabScore } from "./score.js";
import { say } from "../words.js";
import { differencesOf } from "./record.js";

/**
 * Between the digests of the server's list and of the tab's. A run that was handed over has one name in both; the tab's
 * is shown.
 */
const BETWEEN = "~";

/** How long what the server said of a run that has ended is taken for true: it may be evaluated, or go on. */
const KEPT_MS = 5000;

export class TabBackend {
  constructor(backend, { runs, trainings }, where) {
    this.backend = backend;
    this.runs = runs;
    this.trainings = trainings;
    this.where = where;
    this.kind = backend.kind;
    this.listing = { runs: [], starts: [] };
    this.ended = new Map(); // what the server said of runs that have ended, by name
  }

  has(name) {
    return this.backend.has(name);
  }

  get score() {
    return (this.tabScore ??= new TabScore(this.runs.engine));
  }

  /** A model of this tab is on no server, so the tab answers for it. */
  async job(name, values, onProgress, options) {
    await this.runs.ready;
    const { model = values.models?.[0] } = values;
    if (!this.runs.has(model)) return this.backend.job(name, values, onProgress, options);
    if (name === "score") return this.score.answer(values, options);
    if (name === "fetch_model") return this.fetchModel(model, options);
    throw new Refused("model", say("A server answers this: hand the run over first."));
  }

  /** Load a model of this tab, as the job `fetch_model` loads one of the server. */
  async fetchModel(model, options) {
    const { imageSize } = await this.runs.engine.loadModel(model, options).catch((error) => {
      if (error.name === "AbortError") throw error;
      throw new Refused("model", error.message);
    });
    return { model, parameters: null, pixels: imageSize, in_tab: true };
  }

  json(path) {
    return this.backend.json(path);
  }

  bring(zip) {
    return this.backend.bring(zip);
  }

  handIn(code, key, weights) {
    return this.backend.handIn(code, key, weights);
  }

  async view(name, values = {}, options = {}) {
    await this.runs.ready;
    if (name === "run") return this.run(values, options);
    if (name === "runs") return this.listRuns(values, options);
    if (name === "inspect_steps" && this.runs.has(values.name)) return this.runs.inspect(values.name, values);
    if (name === "inspect_figures" && this.runs.has(values.name))
      return { step: values.step, figures: {}, why: say("A server makes these figures: hand the run over first.") };
    if (name === "never_read") return this.unread(values, options);
    return this.backend.view(name, values, options);
  }

  /** The words that models have never read: the server knows those of its models, and the tab those of its own. */
  async unread({ models, captions }, options) {
    const [mine, theirs] = [true, false].map((isMine) => models.filter((model) => this.runs.has(model) === isMine));
    return {
      ...(await this.backend.view("never_read", { models: theirs, captions }, options)),
      ...(await this.score.unread({ models: mine, captions })),
    };
  }

  async act(name, values = {}, options = {}) {
    const { run = "" } = values;
    await this.runs.ready;
    if (name === "train" && (this.where() === "tab" || this.runs.has(values.init))) {
      const { preset, overrides, seed, ...more } = values,
        wish = { preset, values: { ...overrides, ...more }, seed };
      return { run: this.trainings.train(wish, await this.startOf(values.init)), place: 0 };
    }
    if (!this.runs.has(run)) return this.backend.act(name, values, options);
    if (name === "stop") this.trainings.stop(run);
    else if (name === "delete") await this.runs.remove(run);
    else throw new Refused("run", say("A run of this tab can go on only in this tab."));
    return { run };
  }

  /** The record of what a training starts from, null of fresh weights and of what nobody knows. */
  async startOf(init) {
    if (init === "scratch") return null;
    if (this.runs.has(init)) return this.runs.run(init);
    const { compare } = await this.backend.view("run", { compare: init }).catch(() => ({ compare: null }));
    return compare;
  }

  // ---- The open run and the list: the server is asked for its own part only

  async run({ name = "", compare = "", have = 0, listing_digest: listingDigest = "", answers = true }, options) {
    // A page that asked before the tab had come has a list that is not kept here yet.
    const [theirs, ours] = listingDigest.includes(BETWEEN) ? listingDigest.split(BETWEEN) : ["", ""],
      isMine = { run: this.runs.has(name), compare: this.runs.has(compare) },
      state = this.runs.stateText(),
      served = await this.askServer({ name, compare, have, listing_digest: theirs, answers }, isMine, options);
    if (served.listing) this.listing = served.listing;
    const beside = isMine.compare ? this.runs.run(compare) : served.compare,
      run = isMine.run ? this.runs.run(name, answers ? have : Infinity, beside) : served.run,
      isMixed = isMine.compare && !isMine.run;
    return {
      ...served,
      run: run && {
        ...run,
        ...(isMixed ? { differs: differencesOf(this.runs.catalog, run.spec, beside?.spec ?? run.spec) } : {}),
        repeat: this.backend.lacks?.("repeat") ? null : repeatLink(this.runs.catalog, run),
      },
      compare: beside,
      listing_digest: `${served.listing_digest}${BETWEEN}${state}`,
      listing: served.listing || state !== ours ? this.wholeListing() : null,
    };
  }

  /**
   * What the server says of a question of the view `run`. `isMine` tells of the run and of the one beside it whether
   * this tab has it; the server is not asked about those.
   */
  async askServer({ name, compare, have, listing_digest: listingDigest, answers }, isMine, options) {
    const ended = this.ended.get(compare);
    // While the tab trains, the page asks several times a second for what is here.
    const here =
      isMine.run && listingDigest && (!compare || isMine.compare || ended)
        ? { run: null, compare: ended?.record ?? null, missing: null, listing_digest: listingDigest, listing: null }
        : null;
    if (here && !(ended?.until < Date.now())) return here;
    const request = {
      name: isMine.run ? "" : name,
      compare: isMine.compare ? "" : compare,
      have: isMine.run ? 0 : have,
      listing_digest: listingDigest,
      answers,
    };
    try {
      const served = await this.backend.view("run", request, options),
        { compare: other } = served;
      if (other?.phase === null && !other.is_evaluated_now)
        this.ended.set(other.name, { record: other, until: Date.now() + KEPT_MS });
      return served;
    } catch (error) {
      if (here) return here; // what is here is shown also where the server does not answer
      throw error;
    }
  }

  /** The server's runs and starts with those of the tab; a run that both have is the tab's. */
  wholeListing() {
    return {
      ...this.listing,
      runs: [...this.runs.list(), ...this.listing.runs.filter(([, name]) => !this.runs.has(name))],
      starts: [...this.listing.starts, ...this.runs.starts()],
    };
  }

  /** The table of runs, those of the tab first. */
  async listRuns(values, options) {
    const answer = await this.backend.view("runs", values, options),
      wanted = (values.words ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const rows = this.runs
      .rows()
      .filter((row) => wanted.every((word) => searchedText(row, this.runs.catalog).includes(word)));
    return { ...answer, runs: [...rows, ...answer.runs.filter((row) => !this.runs.has(row.run))] };
  }
}

/** What a search reads of a run in this tab, as `RunRow.has_words` of explorer/views/runs.py does. */
function searchedText({ run, title, preset, status, changed }, { dials }) {
  const fields = changed.map(({ field, other }) => `${field}=${other} ${dials[field].plain}`);
  return [run, title, preset, status, ...fields].join(" ").toLowerCase();
}
