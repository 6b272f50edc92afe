// Step five of the lesson: a training in this tab, or a recorded one where this browser trains nothing.
//
//   const run = new LessonRun(lesson);       // of page.js
//   run.measure();                           // whether it trains here, and how long it takes
//   run.start(); run.turn("pause"); run.stop(); run.replay();
//   run.watch(); run.rest();                 // while the page is shown, and while it is not

import { specOf } from "../recipe.js";
import { mayRepeat } from "../refused.js";
import { Latest, Timers } from "../store.js";
import { isLive } from "../words.js";
import { refusal } from "./steps.js";

const POLL_MS = 1000,
  AGAIN_MS = 4000,
  REPLAY_MS = 700;

/** A run of the view `run` as step five shows it. */
export function describeRun(run, link) {
  const point = run.curve.at(-1),
    final = run.final?.binding,
    isMeasured = final && final.value !== null && final.low !== null;
  return {
    ...run,
    link,
    isActive: isLive(run),
    isReplay: false,
    final: isMeasured ? final : null,
    point: point ? { value: point.binding, low: point.low, high: point.high, n: point.n, step: point.step } : null,
  };
}

/** A recorded training at its measured step `at`; after the last one it has ended. */
export function describeReplay(record, at, link) {
  const points = record.curve,
    isOver = at >= points.length - 1,
    point = points[Math.min(at, points.length - 1)];
  const run = describeRun(
    {
      ...record,
      curve: [point],
      final: isOver ? record.final : null,
      step: isOver ? record.steps : point.step,
      phase: null,
      has_model: false,
    },
    link,
  );
  return {
    ...run,
    isReplay: true,
    isActive: !isOver,
    status: isOver ? "finished" : "running",
    pairs: record.pairs_seen,
    place: 0,
    left_words: "",
    device: "",
    pairs_per_s: null,
  };
}

export class LessonRun {
  constructor(lesson) {
    this.lesson = lesson;
    this.page = lesson.page;
    this.timers = new Timers();
    this.moves = new Latest(); // of the training that would begin
    this.listingDigest = "";
    this.watches = new Latest(); // over once the page is hidden, or the lesson begins again
  }

  get preset() {
    return this.lesson.state.preset ?? this.lesson.state.content.offered[0];
  }

  /** Whether this browser trains, and how long these steps take in it; asked again where a file of it did not come. */
  async measure() {
    const isNewest = this.moves.begin(),
      { orders } = this.page.tab;
    this.timers.stop("measure");
    try {
      const canTrain = Boolean(await orders.measureSpeed());
      if (!canTrain || refusal(this.lesson.state, this.lesson.tell)) return this.lesson.change({ canTrain });
      const spec = specOf(this.page.catalog, this.wish),
        seconds = await orders.seconds(spec);
      if (isNewest()) this.lesson.change({ canTrain, seconds, batch: spec.train.batch_size });
    } catch {
      if (isNewest()) this.timers.poll("measure", AGAIN_MS, () => this.measure());
    }
  }

  get wish() {
    return { preset: this.preset, values: { steps: Number(this.lesson.state.steps) }, seed: 0 };
  }

  async start() {
    const { state } = this.lesson;
    this.lesson.change({ note: "" });
    if (refusal(state, this.lesson.tell)) return document.getElementById("train-steps").focus();
    if (!state.canTrain) return this.replay();
    this.lesson.change({ isStarting: true });
    try {
      this.lesson.change({
        runName: this.page.tab.trainings.train(this.wish),
        run: null,
        binding: null,
        isGone: false,
      });
      this.lesson.keep();
      await this.watch();
    } catch (error) {
      this.lesson.showError(error);
    }
    this.lesson.change({ isStarting: false });
  }

  async stop() {
    const isWatched = this.watches.current();
    try {
      await this.page.backend.act("stop", { run: this.lesson.state.runName });
      if (isWatched()) await this.watch();
    } catch (error) {
      if (isWatched()) this.lesson.showError(error);
    }
  }

  turn(act) {
    this.page.tab.trainings[act](this.lesson.state.runName);
    return this.watch();
  }

  /** Ask how the run is, again and again until it has ended. */
  async watch() {
    const { state } = this.lesson,
      isWatched = this.watches.current();
    this.timers.stop("run");
    if (!state.runName) return;
    if (state.content.offered.includes(state.runName)) return this.replay(Infinity);
    let answer;
    try {
      answer = await this.page.backend.view("run", {
        name: state.runName,
        answers: false,
        listing_digest: this.listingDigest,
      });
    } catch (error) {
      if (!isWatched()) return;
      if (mayRepeat(error))
        this.timers.poll("run", POLL_MS, () => this.watch()); // the server may be starting anew
      else this.lesson.showError(error);
      return;
    }
    if (!isWatched()) return;
    this.listingDigest = answer.listing_digest;
    if (!answer.run) {
      this.lesson.change({ run: null, runName: "", isGone: true });
      this.lesson.keep();
      return;
    }
    const run = describeRun(answer.run, this.page.address.link("bench", { run: state.runName }));
    this.show(run, ["finished", "stopped"].includes(run.status));
    if (run.isActive) this.timers.poll("run", POLL_MS, () => this.watch());
    else this.measure(); // it rests on one more run now
  }

  show(run, isOver) {
    const last = run.final ?? run.point;
    this.lesson.change({
      run,
      binding: last ? Math.round(100 * last.value) : null,
    });
    if (isOver) this.lesson.finish("train");
    else this.lesson.keep();
  }

  /** Show a recorded training from its measured step `at` on. */
  async replay(at = 0) {
    this.timers.stop("run");
    const name = at === 0 ? this.preset : this.lesson.state.runName,
      isWatched = this.watches.current();
    try {
      const { compare: record } = await this.page.backend.view("run", { name: "", compare: name });
      if (!isWatched()) return;
      this.lesson.change({ runName: name });
      const step = (index) => {
        const run = describeReplay(record, index, this.page.address.link("bench", { preset: name }));
        this.show(run, !run.isActive);
        if (run.isActive) this.timers.after("run", REPLAY_MS, () => step(index + 1));
      };
      step(at);
    } catch (error) {
      if (isWatched()) this.lesson.showError(error);
    }
  }

  rest() {
    this.watches.begin();
    this.timers.stop("run");
  }
}
