/**
 * Gradients on the way to the worker that moves their parameters, and new weights on the way back, in the same buffers:
 * nothing is allocated after the first step.
 *
 *     parcels.addSlices("image", 2);                            // behind the backward of the third own slice
 *     links.give("gradients", parcels.gradients());             // sums of own slices, each shard to its owner
 *     const came = await links.takeAll("gradients");
 *     parcels.sum(came);                                        // the own shard over all slices, in the one tree
 *     links.give("weights", parcels.weights(came));
 *     parcels.setWeights(await links.takeAll("weights"));
 */

import { TOWERS } from "./shards.js";
import { SLICES } from "./slices.js";

/**
 * @typedef {import("./shards.js").TowerName} TowerName
 * @typedef {(Float32Array | undefined)[]} ByWorker undefined at the rank of this one
 * @typedef {Record<TowerName, import("./slices.js").Stack>} Stacks
 */

export class Parcels {
  /**
   * @param {import("./parameters.js").Parameters} parameters @param {Stacks[]} stacks by worker
   * @param {number} rank of this worker
   */
  constructor(parameters, stacks, rank) {
    this.parameters = parameters;
    this.kernels = parameters.kernels;
    this.rank = rank;
    this.stacks = stacks;
    this.zero = this.kernels.integers([0]);
    /** They are away between gradients and weights. @type {ByWorker} */
    this.buffers = parameters.shards.map(({ towers, start, end }, other) => {
      if (other === rank) return undefined;
      const floats = TOWERS.map((tower) => {
        const [first, last] = towers[tower];
        return (this.stacks[rank][tower].nodes.length * (last - first)) / 4;
      });
      return new Float32Array(Math.max(floats[0] + floats[1], (end - start) / 4));
    });
  }

  /** x += d. @param {number} x @param {number} d @param {number} floats a multiple of 4 */
  add(x, d, floats) {
    this.kernels.run.scatter(d, this.zero, 1, floats, x);
  }

  /**
   * Call with each piece of the parameters of a tower.
   * @param {TowerName} tower @param {(start: number, floats: number) => void} act
   */
  eachPiece(tower, act) {
    for (const { towers } of this.parameters.shards) {
      const [start, end] = towers[tower];
      if (end > start) act(start, (end - start) / 4);
    }
  }

  /** The gradients of an empty slice. @param {TowerName} tower @param {number} n of the own slices */
  clear(tower, n) {
    const address = this.parameters.sums[this.stacks[this.rank][tower].sums[n]];
    this.eachPiece(tower, (start, floats) => {
      this.kernels.floats(address + start, floats).fill(0);
    });
  }

  /**
   * Behind the gradients of the n-th own slice: add the sums of neighbors.
   * @param {TowerName} tower @param {number} n
   */
  addSlices(tower, n) {
    const { sums: ownSums, adds } = this.stacks[this.rank][tower],
      { sums } = this.parameters;
    for (let count = 0, from = ownSums[n]; count < adds[n]; count++, from--) {
      this.eachPiece(tower, (start, floats) => {
        this.add(sums[from - 1] + start, sums[from] + start, floats);
      });
    }
  }

  /** @returns {import("./links.js").Gift} the sums of own slices in the shard of each other worker */
  gradients() {
    const { kernels: k, parameters: p } = this;
    return (other) => {
      const parcel = /** @type {Float32Array} */ (this.buffers[other]);
      let at = 0;
      for (const tower of TOWERS) {
        const [start, end] = p.shards[other].towers[tower],
          floats = (end - start) / 4;
        this.stacks[this.rank][tower].nodes.forEach((_, index) => {
          parcel.set(k.floats(p.sums[index] + start, floats), at);
          at += floats;
        });
      }
      return [parcel, [parcel.buffer]];
    };
  }

  /** The sums of all slices, in the own shard. @param {ByWorker} came what the others gave */
  sum(came) {
    const { kernels: k, parameters: p } = this,
      read = came.map(() => 0),
      mark = k.top;
    for (const tower of TOWERS) {
      const [start, end] = p.own.towers[tower],
        floats = (end - start) / 4;
      if (!floats) continue;
      /** @type {Map<string, number>} addresses by node */ const nodes = new Map();
      this.stacks.forEach((stacks, worker) => {
        stacks[tower].nodes.forEach(([first, last], index) => {
          let address = p.sums[index] + start;
          if (worker !== this.rank) {
            const parcel = /** @type {Float32Array} */ (came[worker]);
            address = k.rows(floats, 1);
            k.floats(address, floats).set(parcel.subarray(read[worker], (read[worker] += floats)));
          }
          nodes.set(`${first} ${last}`, address);
        });
      });
      const sum = this.sumOf(nodes, 0, SLICES, floats),
        goal = p.gradients + start;
      if (sum !== goal) k.floats(goal, floats).set(k.floats(sum, floats));
    }
    k.release(mark);
  }

  /**
   * @param {Map<string, number>} nodes @param {number} first slice @param {number} last the one behind the last
   * @param {number} floats
   * @returns {number} the address of the sum
   */
  sumOf(nodes, first, last, floats) {
    const cached = nodes.get(`${first} ${last}`),
      middle = (first + last) / 2;
    if (cached) return cached;
    const left = this.sumOf(nodes, first, middle, floats);
    this.add(left, this.sumOf(nodes, middle, last, floats), floats);
    return left;
  }

  /** @param {ByWorker} came the parcels of gradients @returns {import("./links.js").Gift} own weights, in them */
  weights(came) {
    const { kernels: k, parameters: p } = this,
      { start, end } = p.own;
    return (other) => {
      const parcel = /** @type {Float32Array} */ (came[other]);
      parcel.set(k.floats(p.weights + start, (end - start) / 4));
      return [parcel, [parcel.buffer]];
    };
  }

  /** @param {ByWorker} came the weights of the others */
  setWeights(came) {
    const { kernels: k, parameters: p } = this;
    came.forEach((parcel, other) => {
      if (!parcel) return;
      const { start, end } = p.shards[other],
        floats = (end - start) / 4;
      k.floats(p.weights + start, floats).set(parcel.subarray(0, floats));
    });
    this.buffers = came;
  }
}
