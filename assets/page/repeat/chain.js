// A chain of trainings made once more in this tab, and where its digests part from the published ones.
//
//   const running = new ChainAgain({ engine, orders }, { phases, scenes, form }, { workers: 4, tell: () => draw() });
//   running.togglePause(); running.stop();
//   running.curves                     // [[[step, value, low], ...], ...] of each phase, as far as it is
//   await running.ended                // true at its end, false where it was stopped; throws one sentence
//   running.difference                 // {phase, step, before} of the first other digest, null while all are equal
//   running.same                       // how many saved steps had the published digests until then
//
// A phase is {spec, digests: [[step, digest], ...]}. Each phase begins with the final float32 weights of the one
// before, a fresh optimizer and its own schedule, as the published one did; `scenes` is the seed of the scenes that are
// asked, and `form` that of the captions in which the curve is read.

import { parseHeader, readTensors } from "../../engine/safetensors.js";
import { TabTraining } from "../../engine/train/client.js";
import { bindingStep } from "../../engine/train/evaluation.js";
import { contract, isAboveLevel } from "../contract.js";

/**
 * @typedef {{spec: any, digests: [number, string][]}} Phase
 * @typedef {{phase: number, step: number, before: number | null}} Difference the first saved step whose digest is
 *   another one, and the last one before it whose digest is equal, null where there is none in this phase
 * @typedef {[number, number, number][]} Curve step, share and lower end of binding
 * @typedef {{phases: Phase[], scenes: number, form: string}} Chain
 */

/**
 * The chain of one training of a tab from fresh weights, of which only the last digest is known.
 * @param {any} engine of the page @param {any} spec @param {string} digest @param {string} form
 * @returns {Promise<Chain>}
 */
export async function chainOfOne(engine, spec, digest, form) {
  const { evaluation } = await engine.loadTraining();
  return { phases: [{ spec, digests: [[spec.train.steps, digest]] }], scenes: evaluation.seed, form };
}

export class ChainAgain {
  /**
   * @param {{engine: any, orders: any}} tab the page's engine, and what tells what a spec needs
   * @param {Chain} chain
   * @param {{workers: number, tell?: () => void}} options
   */
  constructor(tab, { phases, scenes, form }, { workers, tell = () => {} }) {
    this.tab = tab;
    this.phases = phases;
    this.scenes = scenes;
    this.form = form;
    this.workers = workers;
    this.tell = tell;
    /** @type {Curve[]} */ this.curves = [];
    /** @type {[number, string][][]} */ this.digests = [];
    /** @type {Difference | null} */ this.difference = null;
    /** Saved steps whose digests are the published ones. */ this.same = 0;
    /** Steps of all phases, and those that are done. */
    this.steps = phases.reduce((sum, { spec }) => sum + spec.train.steps, 0);
    this.step = 0;
    /** The number of all weights. */ this.numbers = 0;
    this.seconds = 0;
    this.isPaused = false;
    this.isStopped = false;
    /** @type {TabTraining | null} */ this.training = null;
    /** @type {(isWhole: boolean) => void} */ this.halt = () => {};
    this.ended = this.train();
  }

  togglePause() {
    this.isPaused = !this.isPaused;
    this.training?.ask(this.isPaused ? "pause" : "go");
    this.tell();
  }

  /** Break off at once; nothing is kept of it. */
  stop() {
    this.isStopped = true;
    this.training?.close();
    this.halt(false);
  }

  get digest() {
    return this.digests.at(-1)?.at(-1)?.[1] ?? "";
  }

  async train() {
    const atlas = await this.tab.engine.loadAtlas();
    /** @type {Record<string, Float32Array> | undefined} */ let weights;
    for (const [index, { spec }] of this.phases.entries()) {
      const order = await this.tab.orders.order(spec),
        evaluation = { ...order.evaluation, seed: this.scenes };
      if (this.isStopped) return false;
      this.curves.push([]);
      this.digests.push([]);
      this.training = new TabTraining(this.tab.engine.createTrainer, {
        workers: this.workers,
        order: { ...order, atlas, evaluation, ...(weights ? { weights } : {}) },
        tell: (kind, value) => this.receive(index, kind, value),
      });
      if (this.isPaused) this.training.ask("pause");
      const stopped = new Promise((resolve) => {
          this.halt = resolve;
        }),
        end = await Promise.race([this.training.ended, stopped]);
      if (!end) return false;
      weights = readTensors(parseHeader(end.file, end.file.length), end.file);
      this.workers = this.training.workers;
      this.numbers = Object.values(weights).reduce((sum, each) => sum + each.length, 0);
    }
    return true;
  }

  /** @param {number} index of the phase @param {string} kind @param {any} value */
  receive(index, kind, value) {
    if (kind === "record") {
      this.step += 1;
      this.seconds += value.seconds;
    } else if (kind === "evaluation") {
      const { value: share, low } = value.scores[this.form].binding_accuracy;
      this.curves[index].push([value.step, share, low]);
      if (value.digest) this.compare(index, value.step, value.digest);
    }
    this.tell();
  }

  compare(index, step, digest) {
    const own = this.digests[index],
      published = this.phases[index].digests;
    own.push([step, digest]);
    if (this.difference) return;
    this.difference = firstDifference(index, published, own);
    if (!this.difference && published.some(([at]) => at === step)) this.same += 1;
  }
}

/**
 * Where the digests of a phase part from the published ones; null while they are equal. A step that only one of them
 * has tells nothing.
 * @param {number} phase @param {[number, string][]} published @param {[number, string][]} own those so far
 * @returns {Difference | null}
 */
export function firstDifference(phase, published, own) {
  const digestAt = new Map(published),
    both = own.filter(([step]) => digestAt.has(step)),
    at = both.findIndex(([step, digest]) => digestAt.get(step) !== digest);
  return at < 0 ? null : { phase, step: both[at][0], before: at ? both[at - 1][0] : null };
}

/**
 * What a curve says of binding: whether, and at which step of its last phase.
 * @param {Curve} curve of the last phase @param {"time" | "end"} judges of the sweep
 * @returns {{isBound: boolean, step: number | null}} step: null where the sweep asks only for the end
 */
export function boundOf(curve, judges) {
  if (judges === "end") return { isBound: isAboveLevel(curve.at(-1)?.[2] ?? null), step: null };
  const lows = curve.map(([step, , low]) => /** @type {[number, number]} */ ([step, low])),
    step = bindingStep(lows, true, contract.binding);
  return { isBound: step !== null, step };
}
