// What a page without a server answers by itself: scenes and captions by the engine, recorded trainings as runs.
//
//   const tab = new TabAnswers(carried, engine);       // see frozen.js
//   await tab.view("scenes", { preset: "salient", count: 1 });
//   await tab.act("replay", { preset: "salient" });    // its recorded training, from the start

import { valuesOf } from "../recipe.js";
import { Refused } from "../refused.js";
import { Samples } from "../samples.js";
import { NOT_HERE, TabScore } from "./score.js";
import { say } from "../words.js";

const REPLAY_MS = 8000,
  LISTED = "recordings";

export class TabAnswers {
  constructor({ answers, records, listed, models, worlds }, engine) {
    this.records = Object.assign(Object.create(null), records); // an address may name a run "constructor"
    this.listed = listed;
    this.engine = engine;
    this.samples = new Samples(engine, null);
    this.presets = answers.catalog.found[""].presets;
    this.started = null;
    this.nouns = new Set(Object.values(worlds).flatMap(({ nouns }) => nouns.map(({ word }) => word)));
    this.kinds = new Map(
      Object.values(worlds).flatMap(({ kinds }) =>
        kinds.flatMap((kind) => kind.values.map((value) => [value.word, kind.name])),
      ),
    );
    const score = new TabScore(engine),
      views = {
        run: (request) => this.run(request),
        runs: () => this.runs(),
        scenes: (request) => this.scenes(request),
        swaps: (request) => this.swaps(request),
      };
    /** What the training of a tab may start from, [words, name], as the server words it. */
    this.starts = [
      ["fresh weights, knows nothing", "scratch"],
      ...Object.keys(models)
        .filter((name) => name in records)
        .map((name) => [this.startWords(records[name]), name]),
    ];
    this.answers = {
      ...views,
      ...(Object.keys(models).length
        ? {
            score: (request, options) => score.answer(request, options),
            word_orders: (request) => score.orders(request),
            never_read: (request) => score.unread(request),
          }
        : {}),
    };
  }

  startWords({ kind, title, preset }) {
    const recipe = this.presets.find(({ name }) => name === preset);
    return kind === "shipped" && recipe ? say`the shipped ${recipe.title.toLowerCase()} model` : say`run: ${title}`;
  }

  has(name) {
    return Object.hasOwn(this.answers, name);
  }

  async view(name, values, options) {
    return this.answers[name](values, options);
  }

  // ---- Runs: recordings, which are replayed as if they trained

  run({ name = "", compare = "", have = 0, listing_digest: listingDigest = "", answers = true }) {
    const run = name ? this.recordOf(name) : null,
      first = run ? Math.min(answers ? have : Infinity, run.checkpoints.length) : 0;
    const listing = { runs: this.listed.map((each) => [this.records[each].title, each]), starts: this.starts };
    return {
      run: run && {
        ...run,
        first,
        checkpoints: run.checkpoints.slice(first),
        is_own: false,
        may_change: false,
        differs: [],
      },
      compare: this.records[compare] ?? null,
      missing: name && !run ? say(NOT_HERE) : null,
      listing_digest: LISTED,
      listing: listingDigest === LISTED ? null : listing,
    };
  }

  runs() {
    return {
      runs: this.listed.map((name) => ({ run: name, ...this.records[name] })),
      starts: [],
    };
  }

  /** A record as it stands now: whole, or as far as its replay is. */
  recordOf(name) {
    const whole = this.records[name] ?? null,
      { started } = this;
    if (!whole || started?.name !== name) return whole;
    const share = (performance.now() - started.at) / REPLAY_MS,
      index = Math.floor(share * whole.checkpoints.length);
    return share < 1 ? cut(whole, whole.checkpoints[index].step) : whole;
  }

  /** Replay a recorded training, or show it whole. */
  async act(name, { preset = "", run = preset }) {
    if (name === "stop" && run === this.started?.name) this.started = null;
    else if (name === "replay" && this.listed.includes(run)) this.started = { name: run, at: performance.now() };
    else throw new Refused("run", say(NOT_HERE));
    return { run };
  }

  // ---- Scenes and captions

  async scenes({ preset, overrides = {}, count = 12, seed = 0, size = 96 }) {
    const recipe = this.presets.find((each) => each.name === preset);
    if (!recipe)
      throw new Refused("preset", `preset=${preset}: choose ${this.presets.map(({ name }) => name).join(", ")}`);
    const values = { ...valuesOf(recipe.spec), ...overrides },
      data = Object.fromEntries(Object.keys(recipe.spec.data).map((name) => [name, values[name]])),
      marker = await this.samples.world(values.world);
    const drawn = await this.engine.draw({
      world: values.world,
      data,
      seed,
      stream: "train",
      first: 0,
      count,
      pixels: false,
    });
    return drawn.map((each) => marker.record(each, size));
  }

  /**
   * The first two values of a kind that differ and count, exchanged. English beyond the words of a scene is read by the
   * full app.
   */
  swaps({ caption = "", corrections = {} }) {
    const words = caption.split(/\s+/),
      { off = [] } = corrections,
      indices = [...words.keys()].filter((index) => this.kinds.has(words[index])),
      counted = indices.filter((index) => !off.includes(index));
    const pairs = indices.map((index) => ({
      place: index,
      attribute: words[index],
      noun: words.slice(index + 1).find((word) => this.nouns.has(word)) ?? "",
      kind: this.kinds.get(words[index]),
      counts: !off.includes(index),
    }));
    const differ = (a, b) => a < b && words[a] !== words[b] && this.kinds.get(words[a]) === this.kinds.get(words[b]);
    const a = counted.find((one) => counted.some((other) => differ(one, other))),
      b = counted.find((other) => differ(a, other));
    const swapped = words.map((word, index) => (index === a ? words[b] : index === b ? words[a] : word)).join(" "),
      isFound = a !== undefined;
    return {
      caption,
      corrections,
      things: [],
      pairs,
      swaps: isFound ? [{ caption: swapped }] : [],
      confusions: [],
      unsure: !isFound,
      why: isFound ? "" : say("This copy reads only the words of its scenes."),
    };
  }
}

/** A record as it stood at a step. */
function cut(run, step) {
  const until = (list) => list.filter((each) => each.step <= step);
  return {
    ...run,
    status: "running",
    step,
    phase: "training",
    phase_done: step / run.steps,
    final: null,
    left_words: "",
    curve: until(run.curve),
    checkpoints: until(run.checkpoints),
    bound_at: run.bound_at !== null && run.bound_at <= step ? run.bound_at : null,
  };
}
