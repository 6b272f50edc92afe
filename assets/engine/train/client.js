/**
 * The page's side of a training in the tab, by one worker or by up to eight: the weights that come out are the same.
 *
 *     const training = new TabTraining(() => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }), {
 *       workers: 4, order: { world, atlas, kernels, config, evaluation, spec },
 *       tell: (kind, value) => {},          // evaluation, record, weights; see `Member.train`
 *     });
 *     training.ask("pause")                   // or go, stop, save
 *     training.useWorkers(2)                  // go on with two workers, a step later
 *     training.workers                        // how many train now
 *     await training.ended                    // {step, status, file, digest, memory}; throws one clause
 *     training.close()                        // end it at once; `ended` stays open
 *
 * In an order, `weights` {name: Float32Array} are those to start from, in place of fresh ones.
 *
 * The workers exchange what they compute by the page, see `links.js`: nothing is shared, so no header is needed, and a
 * page on file:// may train.
 *
 * Behind each saved step the page gets the state of the training. When a worker dies, as those of a device without
 * memory do, the training goes on from there with one worker less, and nothing is told twice. A worker says so itself,
 * or its browser does; and one that is silent while others wait for it is taken for dead.
 */

import { Exchange } from "./links.js";
import { Refusal } from "./refusal.js";
import { giveBack } from "./save.js";
import { SLICES } from "./slices.js";
import { trainedAtlas } from "./sprites.js";

/** How long others wait for a silent worker, in ticks of a clock that stands still while the computer sleeps. */
const PATIENCE = 20,
  TICK_MS = 1000;

/**
 * @typedef {import("./job.js").Order} Order
 * @typedef {import("./job.js").State} State
 * @typedef {{step: number, status: string, file: Uint8Array, digest: string, memory: number}} Ended digest: 64 hex
 *   digits of all weights; memory: bytes of the kernels of all workers
 * @typedef {{postMessage: (message: any, moved?: any[]) => void, terminate: () => void,
 *   onmessage: ((event: any) => void) | null, onerror: ((event: any) => void) | null}} AnyWorker of a page or of Node
 */

export class TabTraining {
  /**
   * @param {() => AnyWorker} createWorker
   * @param {{workers: number, order: Order, tell?: (kind: string, value: any) => void, tickMs?: number}} options
   *   workers: from 1 to 8
   */
  constructor(createWorker, { workers, order, tell = () => {}, tickMs = TICK_MS }) {
    this.createWorker = createWorker;
    this.order = order;
    this.tell = tell;
    this.workers = countOf(workers);
    /** What `useWorkers` asked for last. */ this.wanted = this.workers;
    /** @type {AnyWorker[]} */ this.team = [];
    /** @type {Exchange | null} */ this.exchange = null;
    /** @type {State | null} behind the last step whose state came whole */ this.state = null;
    /** @type {State[]} what came of the next one, by worker */ this.parts = [];
    /** The last steps that were told. */ this.told = { record: 0, evaluation: -1 };
    this.isPaused = false;
    this.isStopped = false;
    /** Copies of the weights that were asked for and have not come. */ this.saves = 0;
    this.silence = 0;
    this.isClosed = false;
    /** @type {(ended: Ended) => void} */ this.resolve = () => {};
    /** @type {(error: Error) => void} */ this.reject = () => {};
    /** @type {Promise<Ended>} */
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.clock = setInterval(() => this.tick(), tickMs);
    this.ended.catch(() => {}).finally(() => this.close());
    this.prepare().catch(this.reject);
  }

  /** Compile the kernels once, and choose the sprites, for all workers. */
  async prepare() {
    const { kernels } = this.order,
      module = kernels instanceof WebAssembly.Module ? kernels : await WebAssembly.compile(kernels);
    this.order = { ...this.order, kernels: module, atlas: trainedAtlas(this.order) };
    if (!this.isClosed) this.start();
  }

  /** @param {"pause" | "go" | "stop" | "save"} kind */
  ask(kind) {
    this.isPaused = kind === "pause" || (this.isPaused && kind !== "go");
    this.isStopped ||= kind === "stop";
    this.saves += Number(kind === "save");
    this.team[0]?.postMessage({ kind });
  }

  /** Go on with another number of workers, behind the step under way. @param {number} workers */
  useWorkers(workers) {
    this.wanted = countOf(workers);
    if (this.wanted !== this.workers) this.team[0]?.postMessage({ kind: "keep" });
  }

  /** End the workers at once. */
  close() {
    this.isClosed = true;
    clearInterval(this.clock);
    this.disband();
  }

  // ---- Workers

  /** Begin, or go on from the last state, with new workers. */
  start() {
    const { order, state, workers } = this,
      from = state ? { ...order, weights: undefined, state } : order;
    this.parts = [];
    this.silence = 0;
    this.exchange = new Exchange(workers, (to, value, moved) =>
      this.team[to].postMessage({ kind: "peer", value }, moved),
    );
    this.team = Array.from({ length: workers }, () => this.createWorker());
    this.team.forEach((worker, rank) => {
      worker.onerror = ({ message }) => this.goOnWithout(message || "the training of this page could not start");
      worker.onmessage = ({ data }) => this.receive(rank, data);
      worker.postMessage({ kind: "start", rank, workers, order: from });
    });
    if (this.isPaused) this.team[0].postMessage({ kind: "pause" });
    if (this.saves) this.team[0].postMessage({ kind: "save" });
    if (this.wanted !== workers) this.useWorkers(this.wanted);
    this.stopInTime(state?.step ?? 0);
  }

  /** Stop where it was asked for, but no sooner than at the last step that was told. @param {number} step */
  stopInTime(step) {
    if (this.isStopped && step >= this.told.record) this.team[0].postMessage({ kind: "stop" });
  }

  disband() {
    for (const worker of this.team) {
      worker.onerror = worker.onmessage = null;
      worker.terminate();
    }
    this.team = [];
  }

  /** Go on with fewer workers. @param {string} reason @param {number} [count] of those that are lost */
  goOnWithout(reason, count = 1) {
    this.disband();
    if (this.workers === 1) return this.reject(new Error(reason));
    this.workers = countOf(this.workers - count);
    this.wanted = Math.min(this.wanted, this.workers);
    this.start();
  }

  tick() {
    const missing = this.isPaused ? [] : (this.exchange?.missing ?? []);
    this.silence = missing.length ? this.silence + 1 : 0;
    if (this.silence > PATIENCE) this.goOnWithout("the training of this page does not go on", missing.length);
  }

  // ---- What they tell

  /** @param {number} rank of a worker @param {{kind: string, value: any, isFinal?: boolean}} message */
  receive(rank, { kind, value, isFinal }) {
    this.silence = 0;
    if (kind === "peer") return this.exchange?.receive(rank, value);
    if (kind === "state") return this.receiveState(rank, value);
    if (kind === "failed") return isFinal ? this.reject(new Refusal(value)) : this.goOnWithout(value);
    if (kind === "weights") {
      if (!value.status) this.saves--;
      this.tell(kind, value);
      if (value.status) this.resolve(value);
      return undefined;
    }
    const last = kind === "record" ? "record" : "evaluation";
    if (kind === "record") this.stopInTime(value.step);
    if (value.step <= this.told[last]) return undefined;
    this.told[last] = value.step;
    return this.tell(kind, value);
  }

  /** @param {number} rank @param {State} state the part of a worker */
  receiveState(rank, state) {
    this.parts[rank] = state;
    const { parts, workers } = this;
    for (let each = 0; each < workers; each++) if (parts[each]?.step !== state.step) return;
    const moments = Object.assign({}, ...parts.map((part) => part.moments));
    if (this.state) giveBack([...Object.values(this.state.weights), ...Object.values(this.state.moments).flat()]);
    this.state = { step: state.step, weights: parts[0].weights, moments };
    this.parts = [];
    if (this.wanted === workers) return;
    this.disband();
    this.workers = this.wanted;
    this.start();
  }
}

/** @param {number} workers asked for @returns {number} that may be */
const countOf = (workers) => Math.max(1, Math.min(SLICES, Math.floor(workers)));
