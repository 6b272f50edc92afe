/**
 * All weights in the memory of one worker, sums of the gradients of its slices, and the optimizer's state of the
 * parameters that it moves.
 *
 *     const parameters = new Parameters(kernels, shardsOf(tensors, train, 4), { rank: 1, sums: 3 });    // worker 1
 *     parameters.weight("visual.proj")                 // an address
 *     new TextTower(kernels, shape, parameters.of(0))  // writes its gradients into sum 0
 *     parameters.moments()                             // {"visual.proj": [means, squares], ...} of its own shard
 */

import { sizeOf } from "./shards.js";

/**
 * @typedef {import("./shards.js").Shard} Shard
 * @typedef {import("./shards.js").Owned} Owned
 * @typedef {Record<string, Float32Array>} Weights by name
 * @typedef {Record<string, Float32Array[]>} Moments by name: the running mean of the gradients and, where AdamW moves
 *   the tensor, that of their squares
 * @typedef {{weight: (name: string) => number, gradient: (name: string) => number}} Addresses of a tensor and of its
 *   gradient
 */

export class Parameters {
  /**
   * @param {import("./kernels.js").Kernels} kernels @param {Shard[]} shards by worker
   * @param {{rank: number, sums: number}} options rank: of this worker; sums: of gradients, at once
   */
  constructor(kernels, shards, { rank, sums }) {
    this.kernels = kernels;
    this.shards = shards;
    this.own = shards[rank];
    /** @type {Map<string, Owned>} */
    this.tensors = new Map(shards.flatMap(({ tensors }) => tensors).map((tensor) => [tensor.name, tensor]));
    const floats = shards[shards.length - 1].end / 4,
      { start, end } = this.own,
      reserveOwn = () => kernels.zeros((end - start) / 4, 1) - start;
    this.weights = kernels.zeros(floats, 1);
    this.sums = Array.from({ length: sums }, () => kernels.zeros(floats, 1));
    /** The sums of the gradients of all slices, in the own shard alone. */ this.gradients = this.sums[0];
    this.means = reserveOwn();
    this.squares = reserveOwn();
  }

  /** @param {string} name @returns {number} bytes from the first parameter */
  offsetOf(name) {
    return /** @type {Owned} */ (this.tensors.get(name)).offset;
  }

  /** @param {string} name @returns {number} */
  weight(name) {
    return this.weights + this.offsetOf(name);
  }

  /** What a tower asks for. @param {number} index of the sum that its gradients go to @returns {Addresses} */
  of(index) {
    return {
      weight: (name) => this.weight(name),
      gradient: (name) => this.sums[index] + this.offsetOf(name),
    };
  }

  /** @param {string} name of a number @returns {number} 0 where the model has none */
  number(name) {
    return this.tensors.has(name) ? this.kernels.floats(this.weight(name), 1)[0] : 0;
  }

  /** @param {Weights} weights of all tensors */
  set(weights) {
    for (const { name, shape } of this.tensors.values()) {
      this.kernels.floats(this.weight(name), sizeOf(shape)).set(weights[name]);
    }
  }

  /**
   * @param {number} [start] `weights`, or `gradients` where one worker has all @returns {Weights} views of the memory
   */
  views(start = this.weights) {
    return Object.fromEntries(
      [...this.tensors.values()].map(({ name, shape, offset }) => [
        name,
        this.kernels.floats(start + offset, sizeOf(shape)),
      ]),
    );
  }

  /** @param {Owned} tensor of the own shard @returns {Float32Array[]} views of its moments */
  momentsOf({ offset, shape, isMatrix }) {
    const starts = isMatrix ? [this.means] : [this.means, this.squares];
    return starts.map((start) => this.kernels.floats(start + offset, sizeOf(shape)));
  }

  /** @returns {Moments} copies, of the own shard */
  moments() {
    return Object.fromEntries(
      this.own.tensors.map((tensor) => [tensor.name, this.momentsOf(tensor).map((view) => view.slice())]),
    );
  }

  /** @param {Moments} moments of the own shard, and maybe of others */
  setMoments(moments) {
    for (const tensor of this.own.tensors) {
      this.momentsOf(tensor).forEach((view, which) => {
        view.set(moments[tensor.name][which]);
      });
    }
  }
}
