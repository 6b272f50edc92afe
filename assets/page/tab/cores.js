// How many cores a training of this tab uses, and how fast they are. The model is the same with any number of them.
//
//   const cores = new Cores();
//   cores.count                 // of those that may be used: what a person chose, else what the device gives
//   cores.choices()             // [{count, about}], the most first
//   cores.choose(1)             // kept in this browser
//   const trial = cores.trial(steps)       // null where it is known how many are quicker
//   trial.addStep(seconds)         // of a step; how many to go on with, null to go on as before
//   cores.pace(4), cores.keepPace(4, 1.2)  // how much slower than one timed product says

import { SLICES } from "../../engine/train/slices.js";
import { keep, recall } from "../kept.js";
import { say } from "../words.js";
import { median } from "../numbers.js";

const CHOSEN = "clip-binding-explorer-tab-cores",
  TRIED = "clip-binding-explorer-tab-cores-tried",
  PACE = "clip-binding-explorer-tab-paces",
  FASTEST = 0.2,
  SLOWEST = 30;
/** Steps of a trial that nobody times, those that are timed, and of how many in all a training must have. */
const WARM = 3,
  TIMED = 5,
  MIN_STEPS = 6 * (WARM + TIMED);
/** Twice as many cores count as quicker where a step takes this share of its time or less. */
const GAIN = 0.95;

const isCount = (value) => Number.isInteger(value) && value >= 1;

export class Cores {
  constructor(navigator = globalThis.navigator) {
    this.available = Math.max(1, navigator?.hardwareConcurrency ?? 1);
    this.isOnBattery = false;
    this.notify = () => {};
    navigator
      ?.getBattery?.()
      .then((battery) => {
        const look = () => {
          this.isOnBattery = !battery.charging;
          this.notify();
        };
        battery.addEventListener("chargingchange", look);
        look();
      })
      .catch(() => {}); // a browser that does not tell
  }

  /** One core is left free where there are more than two; a worker has a slice of a batch at the least. */
  get most() {
    return Math.min(SLICES, this.available > 2 ? this.available - 1 : this.available);
  }

  /** Without a choice: all that were quicker here, and half of them on a battery. */
  get usual() {
    const { of, best } = recall(TRIED) ?? {},
      quickest = of === this.available && isCount(best) ? Math.min(best, this.most) : this.most;
    return this.isOnBattery ? Math.max(1, Math.floor(quickest / 2)) : quickest;
  }

  get count() {
    const chosen = recall(CHOSEN);
    return isCount(chosen) ? Math.min(chosen, this.most) : this.usual;
  }

  choose(count) {
    keep(CHOSEN, JSON.stringify(count === this.usual ? null : count));
    this.notify();
  }

  /** What a person may choose from: all, what is usual here, and one. */
  choices() {
    const { most, usual } = this;
    return [...new Set([most, usual, 1])].map((count) => ({ count, about: this.about(count) }));
  }

  about(count) {
    const { available, most, usual } = this,
      left = available - count;
    if (count === 1 && available > 1) return say("This keeps the computer cool and free for other work.");
    if (count === usual && count < most)
      return this.isOnBattery
        ? say("Half of the cores, while the device runs on its battery.")
        : say("More cores were not quicker when they were tried.");
    if (left === 0) return available === 1 ? say("This device has one core.") : say("This uses both cores.");
    return left === 1
      ? say`This leaves one of your ${available} cores for everything else.`
      : say`This leaves ${left} of your ${available} cores for everything else.`;
  }

  /** Why fewer than all are used, "" where all are. */
  why() {
    const { count, most, usual } = this;
    if (most === 1) return say("This device has one core.");
    if (count === most) return "";
    if (count !== usual) return say("You chose fewer cores; the model is the same.");
    return this.isOnBattery
      ? say("On its battery this device uses half of its cores; the model is the same.")
      : say("More cores were not quicker here.");
  }

  /** A trial of the first steps, where a training is long enough and it is not known yet how many cores are quicker. */
  trial(steps) {
    const { count } = this,
      { of, best, isSettled } = recall(TRIED) ?? {},
      isKnown = of === this.available && best === count && isSettled === true;
    if (count === 1 || count !== this.usual || this.isOnBattery || isKnown || steps < MIN_STEPS) return null;
    return new Trial(count, (quicker) =>
      keep(TRIED, JSON.stringify({ of: this.available, best: quicker, isSettled: quicker === count || quicker === 1 })),
    );
  }

  pace(count) {
    const pace = Number(recall(PACE)?.[count]);
    return pace > FASTEST && pace < SLOWEST ? pace : 1;
  }

  keepPace(count, pace) {
    const paces = recall(PACE);
    keep(PACE, JSON.stringify({ ...(typeof paces === "object" ? paces : {}), [count]: Number(pace.toFixed(3)) }));
  }
}

/** Times steps with all cores, then with half of them, and takes the quicker number. */
class Trial {
  constructor(count, found) {
    this.count = count;
    this.found = found;
    this.seconds = [];
    this.whole = null;
    this.isOver = false;
    this.half = Math.floor(count / 2);
  }

  /** @param {number} seconds of a step @returns {number | null} workers to go on with, null for as many as now */
  addStep(seconds) {
    if (this.isOver) return null;
    this.seconds.push(seconds);
    if (this.seconds.length < WARM + TIMED) return null;
    const usual = median(this.seconds.slice(WARM));
    this.seconds = [];
    if (this.whole === null) {
      this.whole = usual;
      return this.half;
    }
    const quicker = this.whole <= GAIN * usual ? this.count : this.half;
    this.isOver = true;
    this.found(quicker);
    return quicker;
  }
}
