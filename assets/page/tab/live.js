// The training that is under way: how many cores work on it, and how quick they are.
//
//   const live = new LiveTraining(tabRun, { orders, cores });
//   await live.begin((workers) => new TabTraining(...));
//   live.addStep(seconds);              // after each step
//   live.ask("pause"); live.ask("go"); live.ask("stop");
//   live.useChosen();                    // as many cores as a person has chosen meanwhile

import { say } from "../words.js";

const CORRECTED_AFTER = 5,
  STALLED_MS = 3000;
/** How much longer than promised a training takes, from which on it says so. */
const BUSY = 1.3;

export class LiveTraining {
  /** @param tabRun the record of the run, which is told what comes of it */
  constructor(tabRun, { orders, cores }) {
    this.tabRun = tabRun;
    this.orders = orders;
    this.cores = cores;
    this.training = null; // a TabTraining of the engine, once it has begun
    this.control = []; // what was asked before that
    this.isStopped = false; // it was told to
    this.trial = null;
    this.wanted = 0; // workers that were asked for
    this.workers = 0; // those that `promised` and `at` are of
    this.at = []; // when each step of theirs ended, in milliseconds
    this.predicted = 0; // seconds of a step, as one timed product tells
    this.promised = 0; // `predicted`, corrected by earlier trainings
    /** @type {Promise<void>} of whoever follows it */ this.ended = Promise.resolve();
  }

  /** @param {(workers: number) => any} start makes the training of the engine */
  async begin(start) {
    this.wanted = this.cores.count;
    await this.promise(this.wanted);
    this.trial = this.cores.trial(this.tabRun.spec.train.steps);
    this.training = start(this.workers);
    this.control.forEach((each) => this.training.ask(each));
  }

  ask(kind) {
    if (this.training) this.training.ask(kind);
    else this.control.push(kind);
  }

  /** @param {number} seconds of a step that has just ended */
  addStep(seconds) {
    this.correctPace();
    this.tryWorkers(seconds);
  }

  // ---- How many cores

  /** Time the first steps with all cores and with half of them; see that as many work as were asked for. */
  tryWorkers(seconds) {
    const { workers: count } = this.training;
    if (count !== this.workers) {
      if (count !== this.wanted) {
        this.tabRun.said = say`A part of the training broke off. It goes on with ${count} of ${this.wanted} cores.`;
        Object.assign(this, { trial: null, wanted: count });
      }
      return void this.promise(count);
    }
    const next = this.trial?.addStep(seconds) ?? null;
    if (next !== null) this.useWorkers(next);
  }

  /** Go on with another number of workers. */
  useWorkers(workers) {
    this.wanted = workers;
    this.training.useWorkers(workers);
  }

  useChosen() {
    if (!this.training) return;
    this.trial = null;
    this.useWorkers(this.cores.count);
  }

  // ---- How quick

  /** What a step with so many workers takes, as expected from here on; their steps are counted anew. */
  async promise(workers) {
    const { spec } = this.tabRun;
    Object.assign(this, { workers, at: [], predicted: 0 });
    const predicted = (await this.orders.predict(spec, workers)) / spec.train.steps;
    if (this.workers === workers) Object.assign(this, { predicted, promised: predicted * this.cores.pace(workers) });
  }

  /** The seconds left, from the steps so far; the first five correct what was expected, here and of later trainings. */
  correctPace() {
    const { tabRun, at, predicted, promised, workers } = this,
      { steps } = tabRun.spec.train;
    at.push(performance.now());
    if (at.length < 2) return;
    // A step that a pause or a hidden page stretched tells nothing.
    const gaps = at
        .slice(1)
        .map((time, index) => time - at[index])
        .sort((one, two) => one - two),
      usual = gaps.slice(0, Math.ceil(0.95 * gaps.length)),
      mean = usual.reduce((sum, each) => sum + each) / usual.length;
    tabRun.left = (mean / 1000) * (steps - tabRun.step);
    if (gaps.length < CORRECTED_AFTER || !predicted) return;
    this.cores.keepPace(workers, mean / 1000 / predicted);
    tabRun.isSlow = mean / 1000 > BUSY * promised;
  }

  /** The page was hidden, and is seen again. */
  sayStalled() {
    const { tabRun } = this,
      last = this.at.at(-1) ?? performance.now();
    if (!tabRun.isPaused && performance.now() - last > STALLED_MS)
      tabRun.said = say`Paused while hidden, going on at step ${tabRun.step + 1}.`;
  }
}
