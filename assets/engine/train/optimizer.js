/**
 * Muon on the matrices of the blocks and AdamW on the rest, as `explorer.training.optimizer`: the part of one worker,
 * which moves the parameters of its own shard.
 *
 *     const optimizer = new Optimizer(parameters, train);
 *     const squares = optimizer.squares();                     // of each tensor of the shard; all give the norm
 *     optimizer.move(step, norm);                              // along the gradients
 *
 * Of a product that is symmetric half is computed: Gram matrices, and products of polynomials of one matrix.
 */

import { roundHalfEven } from "../integers.js";

// Constants of version 1 of the arithmetic. explorer/training has the same, which tests/engine asks.
export const NEWTON_SCHULZ = [3.4445, -4.775, 2.0315];
const [A, B, C] = NEWTON_SCHULZ;
export const NEWTON_SCHULZ_STEPS = 5,
  GRAM_STEPS = [3, 2];
export const MUON_RATIO = 10,
  WEIGHT_DECAY = 0.1,
  BETAS = [0.9, 0.95];
export const WARMUP_SHARE = 0.15,
  MAX_WARMUP_STEPS = 50,
  FINAL_SHARE = 0.05;
export const MAX_LOGIT_SCALE = Math.fround(4.605170185988092),
  MAX_GRADIENT_NORM = 1;

export class Optimizer {
  /**
   * @param {import("./parameters.js").Parameters} parameters
   * @param {{optimizer: string, learning_rate: number, learning_rate_schedule: string, steps: number}} train
   */
  constructor(parameters, train) {
    this.parameters = parameters;
    this.kernels = parameters.kernels;
    this.train = train;
    /** The powers of the betas, by repeated products: Math.pow differs by browser. */ this.powers = [1, 1];
  }

  /** @param {number} step from 0 @returns {number} the rate of AdamW */
  rateAt(step) {
    const { steps, learning_rate: peak, learning_rate_schedule: schedule } = this.train;
    const warmup = Math.min(MAX_WARMUP_STEPS, Math.max(1, roundHalfEven(WARMUP_SHARE * steps)));
    if (step < warmup) return peak * ((step + 1) / warmup);
    if (schedule === "constant") return peak;
    const cosine = this.kernels.run.cosine_of_pi((step - warmup) / Math.max(1, steps - warmup));
    return peak * (FINAL_SHARE + ((1 - FINAL_SHARE) * (1 + cosine)) / 2);
  }

  /** The gradients of numbers that are no sums over slices. @param {Record<string, number>} values by name */
  set(values) {
    const { parameters: p } = this;
    for (const { name, offset } of p.own.tensors) {
      if (name in values) this.kernels.floats(p.gradients + offset, 1)[0] = values[name];
    }
  }

  /** @returns {Float64Array} the sum of the squares of the gradients of each tensor */
  squares() {
    const { kernels: k, parameters: p } = this;
    return Float64Array.from(p.own.tensors, ({ offset, floats }) => k.run.squares(p.gradients + offset, floats));
  }

  /** As if so many steps had been made. @param {number} steps */
  skip(steps) {
    for (let step = 0; step < steps; step++) this.count();
  }

  /** One step more. */
  count() {
    this.powers = this.powers.map((power, which) => power * BETAS[which]);
  }

  /** @param {number} step from 0 @param {number} norm of the gradients of all shards */
  move(step, norm) {
    const { kernels: k, parameters: p } = this,
      rate = this.rateAt(step),
      clip = Math.min(1, MAX_GRADIENT_NORM / (norm + 1e-6));
    this.count();
    const [first, second] = this.powers.map((power) => 1 / (1 - power));
    for (const { name, offset, shape, floats, isMatrix, decays } of p.own.tensors) {
      if (isMatrix) this.moveMatrix(offset, shape[0], shape[1], MUON_RATIO * rate, clip);
      else {
        const [w, g, m, v] = [p.weights, p.gradients, p.means, p.squares].map((each) => each + offset);
        k.run.adamw(w, g, m, v, floats, clip, rate, decays ? WEIGHT_DECAY : 0, first, second);
      }
      if (name !== "logit_scale") continue;
      const scale = k.floats(p.weights + offset, 1);
      scale[0] = Math.max(0, Math.min(MAX_LOGIT_SCALE, scale[0]));
    }
  }

  /** @param {number} offset @param {number} rows @param {number} columns @param {number} rate @param {number} clip */
  moveMatrix(offset, rows, columns, rate, clip) {
    const { kernels: k, parameters: p } = this,
      mark = k.top,
      size = rows * columns,
      u = k.rows(rows, columns);
    k.run.momentum(p.gradients + offset, p.means + offset, u, size, clip);
    k.run.scale(u, size, 1 / Math.max(k.run.root(k.run.squares(u, size)), 1e-7));
    const moved = this.orthogonal(u, rows, columns);
    k.run.move(
      p.weights + offset,
      moved,
      size,
      1 - rate * WEIGHT_DECAY,
      rate * k.run.root(Math.max(1, rows / columns)),
    );
    k.release(mark);
  }

  /**
   * @param {number} x rows x columns; it is overwritten
   * @param {number} rows
   * @param {number} columns
   * @returns {number}
   */
  orthogonal(x, rows, columns) {
    const { kernels: k } = this,
      side = Math.min(rows, columns),
      gram = k.rows(side, side),
      factor = k.rows(side, side);
    let y = k.rows(rows, columns);
    const step = (/** @type {number} */ f, /** @type {number} */ beta) => {
      this.apply(f, x, rows, columns, beta, y);
      [x, y] = [y, x];
    };
    if (Math.max(rows, columns) >= 2 * side) {
      for (const iterations of GRAM_STEPS) step(this.factor(this.gram(x, rows, columns, gram), side, iterations), 0);
    } else {
      for (let iteration = 0; iteration < NEWTON_SCHULZ_STEPS; iteration++) {
        this.gram(x, rows, columns, gram);
        step(this.symmetric(factor, gram, gram, side, { alpha: C, s: gram, beta: B }), A);
      }
    }
    return x;
  }

  /**
   * X X' or X' X, whichever is smaller.
   * @param {number} x @param {number} rows @param {number} columns @param {number} gram
   */
  gram(x, rows, columns, gram) {
    const isSymmetric = true;
    if (rows > columns) return this.kernels.productOfTransposed(gram, x, x, [columns, columns, rows], { isSymmetric });
    return this.kernels.product(gram, x, x, [rows, rows, columns], { isTransposed: true, isSymmetric });
  }

  /**
   * Y = F X + beta X, or X F + beta X where X is tall.
   * @param {number} f @param {number} x @param {number} rows @param {number} columns @param {number} beta
   * @param {number} y
   */
  apply(f, x, rows, columns, beta, y) {
    const options = { s: beta ? x : 0, beta };
    if (rows > columns) this.kernels.product(y, x, f, [rows, columns, columns], options);
    else this.kernels.product(y, f, x, [rows, columns, rows], options);
  }

  /**
   * C = alpha A B + beta S of matrices that commute, so that C is symmetric as they are.
   * @param {number} c @param {number} a @param {number} b @param {number} side
   * @param {{alpha?: number, s?: number, beta?: number}} [options]
   */
  symmetric(c, a, b, side, options) {
    return this.kernels.product(c, a, b, [side, side, side], { isSymmetric: true, ...options });
  }

  /**
   * F with which F X is X after `iterations`.
   * @param {number} gram of X
   * @param {number} side
   * @param {number} iterations
   */
  factor(gram, side, iterations) {
    const { kernels: k } = this,
      square = () => k.rows(side, side);
    let whole = 0,
      last = 0;
    for (let iteration = 0; iteration < iterations; iteration++) {
      if (last) gram = this.symmetric(square(), this.symmetric(square(), last, gram, side), last, side);
      last = this.symmetric(square(), gram, gram, side, { alpha: C, s: gram, beta: B });
      k.run.add_diagonal(last, side, A);
      whole = whole ? this.symmetric(square(), whole, last, side) : last;
    }
    return whole;
  }
}
