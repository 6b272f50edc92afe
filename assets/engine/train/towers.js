/**
 * The image and the text tower in training: features of length 1 of a batch, and from their gradients those of all
 * weights.
 *
 *     const tower = new ImageTower(kernels, shape, parameters, background);
 *     const features = tower.forward(pixels, 256);       // the address of 256 x embed
 *     tower.backward(d);                                 // of the same shape; sets the gradients of the parameters
 *
 * What samples have in common is computed once: patches of even background, and the beginnings of captions, as a token
 * sees only those before it. Memory is given back by who called, with `kernels.release`.
 */

import { makeLayout, Transformer, upTo } from "./transformer.js";

/**
 * @typedef {import("./kernels.js").Kernels} Kernels
 * @typedef {import("./parameters.js").Addresses} Addresses
 * @typedef {import("../architecture.js").ClipShape} ClipShape
 */

/** The norm, the projection and the division by the length behind the blocks. */
class Head {
  /**
   * @param {Kernels} kernels @param {Addresses} parameters
   * @param {{norm: string, projection: string, width: number, embed: number}} names
   */
  constructor(kernels, parameters, { norm, projection, width, embed }) {
    this.kernels = kernels;
    this.width = width;
    this.embed = embed;
    const both = (/** @type {string} */ name) => ({
      weight: parameters.weight(name),
      gradient: parameters.gradient(name),
    });
    this.gain = both(`${norm}.weight`);
    this.bias = both(`${norm}.bias`);
    this.projection = both(projection);
  }

  /** @param {number} x @param {number} rows @returns {number} */
  forward(x, rows) {
    const { kernels: k, width, embed, gain, bias, projection } = this;
    const stats = k.rows(rows, 2),
      normed = k.rows(rows, width),
      projected = k.rows(rows, embed);
    const features = k.rows(rows, embed),
      lengths = k.rows(rows, 1);
    k.run.norm(x, rows, width, gain.weight, bias.weight, normed, stats);
    k.product(projected, normed, projection.weight, [rows, embed, width]);
    k.run.unit(projected, rows, embed, features, lengths);
    this.cache = { x, rows, stats, normed, features, lengths };
    return features;
  }

  /** @param {number} d @returns {number} */
  backward(d) {
    const { kernels: k, width, embed, gain, bias, projection } = this;
    const { x, rows, stats, normed, features, lengths } = /** @type {NonNullable<typeof this.cache>} */ (this.cache);
    const dx = k.zeros(rows, width),
      dprojected = k.rows(rows, embed);
    k.run.unit_back(features, rows, embed, lengths, d, dprojected);
    k.productOfTransposed(projection.gradient, normed, dprojected, [width, embed, rows]);
    const dnormed = k.linear(dprojected, rows, projection.weight, 0, embed, width);
    k.run.norm_back(x, rows, width, gain.weight, stats, dnormed, dx, gain.gradient, bias.gradient);
    return dx;
  }
}

export class ImageTower {
  /**
   * @param {Kernels} kernels
   * @param {ClipShape} shape
   * @param {Addresses} parameters
   * @param {number} background gray
   */
  constructor(kernels, { vision, embed }, parameters, background) {
    this.kernels = kernels;
    this.parameters = parameters;
    this.shape = vision;
    this.background = background;
    this.positions = (vision.imageSize / vision.patch) ** 2;
    this.blocks = new Transformer(kernels, parameters, "visual.transformer", vision);
    const names = { norm: "visual.ln_post", projection: "visual.proj" };
    this.head = new Head(kernels, parameters, { ...names, width: vision.width, embed });
  }

  /** @param {Uint8Array} pixels count x 3 x size x size @param {number} count @returns {number} count x embed */
  forward(pixels, count) {
    const {
      kernels: k,
      parameters: p,
      shape: { width, imageSize, patch, mean, std },
      positions,
    } = this;
    const inputs = 3 * patch * patch;
    const numbers = k.integers(new Int32Array(count * positions)),
      cut = k.rows(count * positions + 1, inputs);
    const [factor, shift] = [1 / (255 * std[0]), mean[0] / std[0]];
    const patches = k.run.cut(k.bytes(pixels), count, imageSize, patch, this.background, factor, shift, cut, numbers);
    const embedded = k.linear(cut, patches, p.weight("visual.conv1.weight"), 0, inputs, width);
    const { from, patchOf, positionOf } = shareTokens(
      new Int32Array(k.memory.buffer, numbers, count * positions),
      count,
      positions,
    );
    const rows = patchOf.length,
      patchAt = k.integers(patchOf),
      positionAt = k.integers(positionOf);
    const sums = k.zeros(rows, width),
      x = k.rows(rows, width),
      stats = k.rows(rows, 2);
    // Row 0 is the class token, which is no patch.
    k.floats(sums, width).set(k.floats(p.weight("visual.class_embedding"), width));
    k.run.gather(embedded, patchAt + 4, rows - 1, width, sums + 4 * width);
    const positional = k.rows(rows, width);
    k.run.gather(p.weight("visual.positional_embedding"), positionAt, rows, width, positional);
    k.run.scatter(positional, k.integers(upTo(rows)), rows, width, sums);
    k.run.norm(sums, rows, width, p.weight("visual.ln_pre.weight"), p.weight("visual.ln_pre.bias"), x, stats);
    this.cache = { patches, inputs, cut, rows, patchAt, positionAt, sums, stats };
    return this.head.forward(this.blocks.forward(x, this.layouts(from, rows, count)), count);
  }

  /**
   * @param {number[]} from the row of each token in the first block
   * @param {number} rows there
   * @param {number} count pictures
   */
  layouts(from, rows, count) {
    const {
        kernels: k,
        shape: { layers },
      } = this,
      tokens = this.positions + 1,
      all = upTo(count * tokens);
    const pooled = upTo(count).map((picture) => picture * tokens),
      own = k.integers(all),
      shared = k.integers(from);
    return upTo(layers).map((layer) => {
      const isLast = layer === layers - 1,
        asking = isLast ? pooled : all;
      return makeLayout(k, {
        rows: layer ? all.length : rows,
        from: layer ? asking : asking.map((token) => from[token]),
        start: asking.map((token) => token - (token % tokens)),
        counts: asking.map(() => tokens),
        list: layer ? own : shared,
        isPooled: isLast,
      });
    });
  }

  /** @param {number} d count x embed */
  backward(d) {
    const {
      kernels: k,
      parameters: p,
      shape: { width },
      positions,
    } = this;
    const { patches, inputs, cut, rows, patchAt, positionAt, sums, stats } =
      /** @type {NonNullable<typeof this.cache>} */ (this.cache);
    const dx = this.blocks.backward(this.head.backward(d)),
      dsums = k.zeros(rows, width),
      dpatches = k.zeros(patches, width);
    k.run.norm_back(
      sums,
      rows,
      width,
      p.weight("visual.ln_pre.weight"),
      stats,
      dx,
      dsums,
      p.gradient("visual.ln_pre.weight"),
      p.gradient("visual.ln_pre.bias"),
    );
    k.floats(p.gradient("visual.class_embedding"), width).set(k.floats(dsums, width));
    k.floats(p.gradient("visual.positional_embedding"), (positions + 1) * width).fill(0);
    k.run.scatter(dsums, positionAt, rows, width, p.gradient("visual.positional_embedding"));
    k.run.scatter(dsums + 4 * width, patchAt + 4, rows - 1, width, dpatches);
    k.productOfTransposed(p.gradient("visual.conv1.weight"), dpatches, cut, [width, inputs, patches]);
  }
}

/**
 * The distinct tokens of pictures: all share the class token, row 0, and an even patch is that of others at its
 * position.
 * @param {Int32Array} numbers the patch of each picture and position, 0 where it is even
 * @param {number} count @param {number} positions
 * @returns {{from: number[], patchOf: number[], positionOf: number[]}} the row of each token; patch and
 *   position of each row
 */
function shareTokens(numbers, count, positions) {
  const from = [],
    even = new Array(positions).fill(0),
    patchOf = [0],
    positionOf = [0];
  for (let picture = 0; picture < count; picture++) {
    from.push(0);
    for (let position = 0; position < positions; position++) {
      const patch = numbers[picture * positions + position];
      const row = patch === 0 && even[position] ? even[position] : patchOf.length;
      if (patch === 0) even[position] = row;
      if (row === patchOf.length) {
        patchOf.push(patch);
        positionOf.push(position + 1);
      }
      from.push(row);
    }
  }
  return { from, patchOf, positionOf };
}

export class TextTower {
  /** @param {Kernels} kernels @param {ClipShape} shape @param {Addresses} parameters */
  constructor(kernels, { text, embed }, parameters) {
    this.kernels = kernels;
    this.parameters = parameters;
    this.shape = text;
    this.blocks = new Transformer(kernels, parameters, "transformer", text);
    this.head = new Head(kernels, parameters, {
      norm: "ln_final",
      projection: "text_projection",
      width: text.width,
      embed,
    });
  }

  /**
   * @param {number[][]} captions token ids up to [EOS] @param {boolean} [isStep] whether `backward` follows
   * @returns {number} captions x embed
   */
  forward(captions, isStep = true) {
    const {
      kernels: k,
      parameters: p,
      shape: { width, layers },
    } = this;
    const { ids, positions, paths, starts, ends, captionOf } = shareBeginnings(captions);
    // A token at its position is the same row in the first block. A step does not share it: its gradients have another
    // order.
    const { first, rowOf } = isStep ? { first: upTo(ids.length), rowOf: upTo(ids.length) } : shareFirst(ids, positions);
    const rows = first.length,
      [idAt, positionAt] = [ids, positions].map((list) => k.integers(first.map((row) => list[row])));
    const captionAt = k.integers(captionOf),
      x = k.rows(rows, width),
      positional = k.rows(rows, width);
    k.run.gather(p.weight("token_embedding.weight"), idAt, rows, width, x);
    k.run.gather(p.weight("positional_embedding"), positionAt, rows, width, positional);
    k.run.scatter(positional, k.integers(upTo(rows)), rows, width, x);
    const all = upTo(ids.length),
      counts = positions.map((position) => position + 1);
    const own = k.integers(paths),
      shared = isStep ? own : k.integers(paths.map((row) => rowOf[row]));
    const layouts = upTo(layers).map((layer) => {
      const isLast = layer === layers - 1,
        asking = isLast ? ends : all,
        pick = (/** @type {number[]} */ of) => asking.map((row) => of[row]);
      return makeLayout(k, {
        rows: layer ? all.length : rows,
        from: layer ? asking : pick(rowOf),
        start: pick(starts),
        counts: pick(counts),
        list: layer ? own : shared,
        isPooled: isLast,
      });
    });
    const distinct = this.head.forward(this.blocks.forward(x, layouts), ends.length);
    const features = k.rows(captions.length, this.head.embed);
    k.run.gather(distinct, captionAt, captions.length, this.head.embed, features);
    this.cache = { rows, idAt, positionAt, captionAt, captions: captions.length, distinct: ends.length };
    return features;
  }

  /** @param {number} d captions x embed */
  backward(d) {
    const {
      kernels: k,
      parameters: p,
      shape: { width, vocabulary, contextLength },
    } = this;
    const { rows, idAt, positionAt, captionAt, captions, distinct } = /** @type {NonNullable<typeof this.cache>} */ (
      this.cache
    );
    const ddistinct = k.zeros(distinct, this.head.embed);
    k.run.scatter(d, captionAt, captions, this.head.embed, ddistinct);
    const dx = this.blocks.backward(this.head.backward(ddistinct));
    k.floats(p.gradient("token_embedding.weight"), vocabulary * width).fill(0);
    k.floats(p.gradient("positional_embedding"), contextLength * width).fill(0);
    k.run.scatter(dx, idAt, rows, width, p.gradient("token_embedding.weight"));
    k.run.scatter(dx, positionAt, rows, width, p.gradient("positional_embedding"));
  }
}

/**
 * The distinct tokens at their positions: the first row of each, and for every row which of them it is.
 * @param {number[]} ids @param {number[]} positions
 */
function shareFirst(ids, positions) {
  /** @type {Map<string, number>} */ const numberOf = new Map(),
    /** @type {number[]} */ first = [];
  const rowOf = ids.map((id, row) => {
    const key = `${id} ${positions[row]}`,
      number = numberOf.get(key) ?? first.length;
    if (number === first.length) {
      numberOf.set(key, number);
      first.push(row);
    }
    return number;
  });
  return { first, rowOf };
}

/**
 * The distinct beginnings of captions, one row each: its last token, the position of it, and where its path through the
 * rows from the first token lies in `paths`. `ends` are the rows of whole captions, captionOf[n] is the one of caption
 * n.
 * @param {number[][]} captions
 */
function shareBeginnings(captions) {
  // By token the row that goes on from each row; in front that from the empty beginning.
  /** @type {Map<number, number>[]} */
  const next = [new Map()];
  /** @type {number[]} */ const ids = [],
    /** @type {number[]} */ positions = [];
  /** @type {number[]} */ const starts = [],
    /** @type {number[]} */ paths = [];
  /** @type {Map<number, number>} */ const numberOf = new Map();
  const captionOf = captions.map((tokens) => {
    let row = -1;
    tokens.forEach((id, index) => {
      const found = next[row + 1].get(id),
        before = row;
      row = found ?? ids.length;
      if (found !== undefined) return;
      next[before + 1].set(id, row);
      next.push(new Map());
      ids.push(id);
      positions.push(index);
      starts.push(paths.length);
      for (let at = 0; at < index; at++) paths.push(paths[starts[before] + at]);
      paths.push(row);
    });
    if (!numberOf.has(row)) numberOf.set(row, numberOf.size);
    return /** @type {number} */ (numberOf.get(row));
  });
  return { ids, positions, paths, starts, ends: [...numberOf.keys()], captionOf };
}
