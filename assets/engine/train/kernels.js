/**
 * The kernels of `kernels.c` with a memory of their own. Matrices are addresses in bytes; 0 stands for none.
 *
 *     const kernels = new Kernels(new WebAssembly.Module(bytes));
 *     const mark = kernels.top, x = kernels.rows(5, 128);       // reserved until
 *     kernels.release(mark);
 *     kernels.linear(x, 5, weight, bias, 128, 512);             // the address of x weight' + bias
 */

const PAGE = 65536,
  GROWTH_PAGES = 64;

export class Kernels {
  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.memory = new WebAssembly.Memory({ initial: GROWTH_PAGES });
    /** @type {Record<string, any>} */
    this.run = new WebAssembly.Instance(module, { env: { memory: this.memory } }).exports;
    /** @type {number} the first free byte */ this.top = this.run.__heap_base.value;
  }

  /** @param {number} length in bytes @returns {number} the address of memory that holds whatever was there before */
  reserve(length) {
    const address = 16 * Math.ceil(this.top / 16),
      missing = address + length - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE) + GROWTH_PAGES);
    this.top = address + length;
    return address;
  }

  /** @param {number} mark an earlier `top`: all that was reserved since then is free again */
  release(mark) {
    this.top = mark;
  }

  /**
   * @param {number} rows
   * @param {number} width
   * @returns {number} of memory for rows; zeros fill it up to a multiple of eight
   */
  rows(rows, width) {
    const padded = 8 * Math.ceil(rows / 8),
      address = this.reserve(4 * padded * width);
    this.floats(address + 4 * rows * width, (padded - rows) * width).fill(0);
    return address;
  }

  /** @param {number} rows @param {number} width @returns {number} */
  zeros(rows, width) {
    const address = this.rows(rows, width);
    this.floats(address, rows * width).fill(0);
    return address;
  }

  /** @param {ArrayLike<number>} numbers @returns {number} */
  integers(numbers) {
    const address = this.reserve(4 * numbers.length);
    new Int32Array(this.memory.buffer, address, numbers.length).set(numbers);
    return address;
  }

  /** @param {Uint8Array} bytes @returns {number} */
  bytes(bytes) {
    const address = this.reserve(bytes.length);
    new Uint8Array(this.memory.buffer, address, bytes.length).set(bytes);
    return address;
  }

  /** @param {number} address @param {number} count @returns {Float32Array} a view, valid until memory grows */
  floats(address, count) {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /**
   * C = alpha A B + beta S + bias. A is m x k, or packed; B is k x n, or n x k if it is transposed; n is a multiple of
   * 8.
   * @param {number} c m x n @param {number} a @param {number} b @param {[number, number, number]} sizes m, n and k
   * @param {{isPacked?: boolean, isTransposed?: boolean, isSymmetric?: boolean, alpha?: number, s?: number, beta?:
   *   number, bias?: number}} [options] of a symmetric C half is computed
   * @returns {number} c
   */
  product(c, a, b, [m, n, k], { isPacked, isTransposed, isSymmetric, alpha = 1, s = 0, beta = 1, bias = 0 } = {}) {
    const mark = this.top,
      panel = this.reserve(32 * k);
    this.run.multiply(c, a, isPacked, b, isTransposed, m, n, k, alpha, s, beta, bias, isSymmetric, panel);
    this.release(mark);
    return c;
  }

  /**
   * C = alpha A' B, and the sums of the columns of A.
   * @param {number} c m x n @param {number} a k x m @param {number} b k x n
   * @param {[number, number, number]} sizes m, n and k
   * @param {{isSymmetric?: boolean, alpha?: number, sums?: number}} [options]
   * @returns {number} c
   */
  productOfTransposed(c, a, b, [m, n, k], { isSymmetric, alpha, sums = 0 } = {}) {
    const mark = this.top,
      packed = this.rows(m, k);
    this.run.pack(a, m, k, packed, sums);
    this.product(c, packed, b, [m, n, k], { isPacked: true, isSymmetric, alpha });
    this.release(mark);
    return c;
  }

  /**
   * X W' + bias + S.
   * @param {number} x rows x inputs @param {number} rows @param {number} w outputs x inputs @param {number} bias
   * @param {number} inputs @param {number} outputs @param {number} [s] rows x outputs
   * @returns {number} rows x outputs
   */
  linear(x, rows, w, bias, inputs, outputs, s = 0) {
    return this.product(this.rows(rows, outputs), x, w, [rows, outputs, inputs], { isTransposed: true, bias, s });
  }
}
