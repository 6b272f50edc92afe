/**
 * The blocks of a tower, forward and backward, on rows that several samples may share.
 *
 * A layout says for one block which rows go on and what they look at: output row a goes on from the input row from[a]
 * and attends to the rows list[start[a]] ..., counts[a] of them. Captions share the rows of common beginnings in all
 * blocks; pictures share class token and even background in the first one. In the last block only the pooled rows go
 * on.
 */

/**
 * @typedef {import("./kernels.js").Kernels} Kernels
 * @typedef {import("./parameters.js").Addresses} Addresses
 * @typedef {{layers: number, width: number, heads: number, hidden: number}} Shape
 * @typedef {{weight: number, gradient: number}} Part addresses of a parameter and its gradient
 * @typedef {{w: Part, b: Part}} Layer a matrix or a gain, and a bias
 * @typedef {{rows: number, asking: number, isSame: boolean, isPooled: boolean, from: number, query: number, start:
 *   number, counts: number, list: number, keys: number}} Layout from, query, start, counts and list are addresses of
 *   integers. `isSame`: row a goes on from row a. `isPooled`: so few go on that queries are computed of them alone.
 *   `query`: the row of the queries of each. `keys`: the sum of the counts
 */

/** @param {number} count @returns {number[]} 0, 1, 2 ... */
export const upTo = (count) => Array.from({ length: count }, (_, index) => index);

/**
 * @param {Kernels} kernels @param {{rows: number, from: number[], start: number[], counts: number[], list: number,
 *   isPooled?: boolean}} parts
 * @returns {Layout}
 */
export function makeLayout(kernels, { rows, from, start, counts, list, isPooled = false }) {
  const fromAt = kernels.integers(from);
  return {
    rows,
    asking: from.length,
    isPooled,
    list,
    isSame: from.length === rows && from.every((row, index) => row === index),
    from: fromAt,
    query: isPooled ? kernels.integers(upTo(from.length)) : fromAt,
    start: kernels.integers(start),
    counts: kernels.integers(counts),
    keys: counts.reduce((sum, count) => sum + count, 0),
  };
}

export class Transformer {
  /** @param {Kernels} kernels @param {Addresses} parameters @param {string} prefix @param {Shape} shape */
  constructor(kernels, parameters, prefix, shape) {
    this.blocks = upTo(shape.layers).map(
      (layer) => new Block(kernels, parameters, `${prefix}.resblocks.${layer}`, shape),
    );
  }

  /**
   * @param {number} x
   * @param {Layout[]} layouts one a block
   * @returns {number} the rows that go on from the last block
   */
  forward(x, layouts) {
    return this.blocks.reduce((rows, block, layer) => block.forward(rows, layouts[layer]), x);
  }

  /**
   * @param {number} d the gradient of what `forward` returned; it is overwritten
   * @returns {number} the gradient of x
   */
  backward(d) {
    return this.blocks.reduceRight((rows, block) => block.backward(rows), d);
  }
}

class Block {
  /** @param {Kernels} kernels @param {Addresses} parameters @param {string} name @param {Shape} shape */
  constructor(kernels, parameters, name, shape) {
    this.kernels = kernels;
    this.shape = shape;
    /** @param {string} suffix @param {number} [first] number of the part that is meant @returns {Part} */
    const part = (suffix, first = 0) => ({
      weight: parameters.weight(`${name}.${suffix}`) + 4 * first,
      gradient: parameters.gradient(`${name}.${suffix}`) + 4 * first,
    });
    /** @param {string} layer @returns {Layer} */
    const pair = (layer) => ({ w: part(`${layer}weight`), b: part(`${layer}bias`) });
    const { width } = shape;
    this.layers = {
      first: pair("ln_1."),
      second: pair("ln_2."),
      query: pair("attn.in_proj_"),
      keyValue: { w: part("attn.in_proj_weight", width * width), b: part("attn.in_proj_bias", width) },
      out: pair("attn.out_proj."),
      up: pair("mlp.c_fc."),
      down: pair("mlp.c_proj."),
    };
  }

  /** @param {number} x rows x width @param {Layout} layout @returns {number} asking x width */
  forward(x, layout) {
    const {
        kernels: k,
        shape: { width, heads, hidden },
        layers,
      } = this,
      { rows, asking } = layout;
    const normed = this.norm(x, rows, layers.first),
      askers = layout.isPooled ? k.rows(asking, width) : normed.y;
    if (layout.isPooled) k.run.gather(normed.y, layout.from, asking, width, askers);
    const queries = layout.isPooled ? asking : rows;
    const q = k.linear(askers, queries, layers.query.w.weight, layers.query.b.weight, width, width);
    const kv = k.linear(normed.y, rows, layers.keyValue.w.weight, layers.keyValue.b.weight, width, 2 * width);
    const attended = k.rows(asking, width),
      shares = k.rows(heads * layout.keys, 1);
    k.run.attend(q, layout.query, kv, layout.start, layout.counts, layout.list, asking, heads, width, attended, shares);
    const own = layout.isSame ? x : k.rows(asking, width);
    if (!layout.isSame) k.run.gather(x, layout.from, asking, width, own);
    const middle = k.linear(attended, asking, layers.out.w.weight, layers.out.b.weight, width, width, own);
    const again = this.norm(middle, asking, layers.second),
      wide = k.rows(asking, hidden);
    const slope = k.linear(again.y, asking, layers.up.w.weight, layers.up.b.weight, width, hidden);
    k.run.gelu(slope, asking * hidden, wide);
    this.cache = { x, layout, normed, askers, queries, q, kv, attended, shares, middle, again, slope, wide };
    return k.linear(wide, asking, layers.down.w.weight, layers.down.b.weight, hidden, width, middle);
  }

  /** @param {number} d asking x width; it is overwritten @returns {number} rows x width */
  backward(d) {
    const {
      kernels: k,
      shape: { width, heads, hidden },
      layers,
    } = this;
    const { x, layout, normed, askers, queries, q, kv, attended, shares, middle, again, slope, wide } =
      /** @type {NonNullable<typeof this.cache>} */ (this.cache);
    const { rows, asking } = layout,
      dx = k.zeros(rows, width),
      mark = k.top;
    const dwide = this.linearBack(d, asking, wide, layers.down, hidden, width);
    k.run.times(dwide, slope, asking * hidden);
    const dagain = this.linearBack(dwide, asking, again.y, layers.up, width, hidden);
    this.normBack(middle, asking, layers.second, again.stats, dagain, d);
    const dattended = this.linearBack(d, asking, attended, layers.out, width, width);
    const dq = k.zeros(queries, width),
      dkv = k.zeros(rows, 2 * width);
    k.run.attend_back(
      q,
      layout.query,
      kv,
      layout.start,
      layout.counts,
      layout.list,
      asking,
      heads,
      width,
      dattended,
      shares,
      dq,
      dkv,
    );
    const dnormed = this.linearBack(dkv, rows, normed.y, layers.keyValue, width, 2 * width);
    const daskers = this.linearBack(dq, queries, askers, layers.query, width, width, layout.isPooled ? 0 : dnormed);
    if (layout.isPooled) k.run.scatter(daskers, layout.from, asking, width, dnormed);
    k.run.scatter(d, layout.from, asking, width, dx);
    this.normBack(x, rows, layers.first, normed.stats, layout.isPooled ? dnormed : daskers, dx);
    k.release(mark);
    return dx;
  }

  /** @param {number} x @param {number} rows @param {Layer} layer */
  norm(x, rows, { w, b }) {
    const {
        kernels: k,
        shape: { width },
      } = this,
      y = k.rows(rows, width),
      stats = k.rows(rows, 2);
    k.run.norm(x, rows, width, w.weight, b.weight, y, stats);
    return { y, stats };
  }

  /**
   * Add the gradient through a norm to dx.
   * @param {number} x @param {number} rows @param {Layer} layer @param {number} stats @param {number} dy
   * @param {number} dx
   */
  normBack(x, rows, { w, b }, stats, dy, dx) {
    this.kernels.run.norm_back(x, rows, this.shape.width, w.weight, stats, dy, dx, w.gradient, b.gradient);
  }

  /**
   * The gradients of a linear layer.
   * @param {number} dy rows x outputs @param {number} rows @param {number} x rows x inputs @param {Layer} layer
   * @param {number} inputs @param {number} outputs
   * @param {number} [s] added @returns {number} the gradient of x, rows x inputs
   */
  linearBack(dy, rows, x, { w, b }, inputs, outputs, s = 0) {
    const { kernels: k } = this;
    k.productOfTransposed(w.gradient, dy, x, [outputs, inputs, rows], { sums: b.gradient });
    return k.product(k.rows(rows, inputs), dy, w.weight, [rows, inputs, outputs], { s });
  }
}
