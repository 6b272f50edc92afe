/**
 * The image and the text tower of a plain CLIP, as `explorer.clip.towers`: the last block asks from the pooled token
 * alone.
 *
 *     const model = new Clip(shape, (name) => Float32Array);
 *     model.encodeImage(pixels)       // uint8 3 x S x S to a unit vector
 *     model.encodeIds(ids)            // token ids up to [EOS] to a unit vector
 */

import {
  applyAttention,
  applyGelu,
  applyLinear,
  applyNorm,
  applyQuickGelu,
  normalize,
  packLinear,
  packProjection,
} from "./kernels.js";

/**
 * @typedef {import("./architecture.js").ClipShape} ClipShape
 * @typedef {import("./architecture.js").TowerShape} TowerShape
 * @typedef {import("./kernels.js").Linear} Linear
 * @typedef {import("./kernels.js").Norm} Norm
 * @typedef {(name: string) => Float32Array} Weights
 * @typedef {{first: Norm, second: Norm, queries: Linear, keysValues: Linear, out: Linear, up: Linear, down: Linear}}
 *   Block
 */

/** @param {Weights} weights @param {string} name @returns {Norm} */
const readNorm = (weights, name) => ({ weight: weights(`${name}.weight`), bias: weights(`${name}.bias`) });

/** The blocks of one tower, with memory to work in. */
class Transformer {
  /**
   * @param {Weights} weights @param {string} prefix @param {TowerShape} shape @param {number} most the most rows
   * @param {{isCausal: boolean, isQuickGelu: boolean}} kind
   */
  constructor(weights, prefix, shape, most, kind) {
    this.shape = shape;
    this.kind = kind;
    /** @type {Block[]} */
    this.blocks = Array.from({ length: shape.layers }, (_, layer) =>
      readBlock(weights, `${prefix}.resblocks.${layer}`, shape),
    );
    this.hidden = new Float32Array(most * shape.width);
    this.normed = new Float32Array(most * shape.width);
    this.queries = new Float32Array(most * shape.width);
    this.keysValues = new Float32Array(most * 2 * shape.width);
    this.attended = new Float32Array(most * shape.width);
    this.wide = new Float32Array(most * shape.hidden);
  }

  /**
   * Run the blocks on the first `rows` rows of `hidden`, for the output of one of them.
   * @param {number} rows @param {number} pooled
   * @returns {Float32Array} width
   */
  run(rows, pooled) {
    const { width } = this.shape,
      last = this.blocks.length - 1;
    this.blocks.forEach((block, layer) => {
      applyNorm(this.hidden, rows, block.first, this.normed);
      applyLinear(this.normed, rows, block.keysValues, this.keysValues);
      if (layer < last) {
        this.finish(block, this.hidden, this.normed, rows, rows);
      } else {
        const start = pooled * width;
        this.finish(
          block,
          this.hidden.subarray(start, start + width),
          this.normed.subarray(start, start + width),
          1,
          rows,
        );
      }
    });
    return this.hidden.slice(pooled * width, (pooled + 1) * width);
  }

  /**
   * Attention and the layer behind it for the `asking` rows, added to them.
   * @param {Block} block @param {Float32Array} hidden @param {Float32Array} normed @param {number} asking
   * @param {number} rows
   */
  finish(block, hidden, normed, asking, rows) {
    const { width, heads, hidden: wide } = this.shape,
      { isCausal, isQuickGelu } = this.kind;
    applyLinear(normed, asking, block.queries, this.queries);
    applyAttention(this.queries, this.keysValues, this.attended, { asking, rows, width, heads, isCausal });
    applyLinear(this.attended, asking, block.out, hidden, true);
    applyNorm(hidden, asking, block.second, normed);
    applyLinear(normed, asking, block.up, this.wide);
    (isQuickGelu ? applyQuickGelu : applyGelu)(this.wide, asking * wide);
    applyLinear(this.wide, asking, block.down, hidden, true);
  }
}

/** @param {Weights} weights @param {string} name @param {TowerShape} shape @returns {Block} */
function readBlock(weights, name, { width, hidden }) {
  const joint = weights(`${name}.attn.in_proj_weight`),
    bias = weights(`${name}.attn.in_proj_bias`);
  const linear = (/** @type {string} */ part, /** @type {number} */ outputs) =>
    packLinear(weights(`${name}.${part}.weight`), weights(`${name}.${part}.bias`), outputs);
  return {
    first: readNorm(weights, `${name}.ln_1`),
    second: readNorm(weights, `${name}.ln_2`),
    queries: packLinear(joint.subarray(0, width * width), bias.subarray(0, width), width),
    keysValues: packLinear(joint.subarray(width * width), bias.subarray(width), 2 * width),
    out: linear("attn.out_proj", width),
    up: linear("mlp.c_fc", hidden),
    down: linear("mlp.c_proj", width),
  };
}

/** A CLIP that is ready to answer. */
export class Clip {
  /** @param {ClipShape} shape @param {Weights} weights */
  constructor(shape, weights) {
    this.shape = shape;
    const { vision, text, embed, isQuickGelu } = shape;
    this.side = vision.imageSize / vision.patch;
    this.patches = packLinear(weights("visual.conv1.weight"), null, vision.width);
    this.classToken = weights("visual.class_embedding");
    this.imagePositions = weights("visual.positional_embedding");
    this.imagePre = readNorm(weights, "visual.ln_pre");
    this.imagePost = readNorm(weights, "visual.ln_post");
    this.imageProjection = packProjection(weights("visual.proj"), embed);
    this.tokens = weights("token_embedding.weight");
    this.textPositions = weights("positional_embedding");
    this.textPost = readNorm(weights, "ln_final");
    this.textProjection = packProjection(weights("text_projection"), embed);
    this.logitScale = Math.exp(weights("logit_scale")[0]);
    const positions = this.side ** 2 + 1;
    this.vision = new Transformer(weights, "visual.transformer", vision, positions, { isCausal: false, isQuickGelu });
    this.text = new Transformer(weights, "transformer", text, text.contextLength, { isCausal: true, isQuickGelu });
    this.cut = new Float32Array(this.side ** 2 * 3 * vision.patch ** 2);
    /** The patches of the last picture and what the first layer made of them: while one thing is dragged few change. */
    this.lastCut = new Float32Array(this.cut.length).fill(NaN);
    this.embedded = new Float32Array(this.side ** 2 * vision.width);
  }

  /** @returns {number} multiply-adds of one image, so that a caller knows whether to share its thread meanwhile */
  get imageWork() {
    const { width, layers, hidden } = this.shape.vision,
      positions = this.side ** 2 + 1;
    return this.cut.length * width + positions * layers * (4 * width * width + 2 * width * hidden);
  }

  /**
   * @param {Uint8Array} pixels 3 x S x S
   * @returns {Float32Array} image_features of length 1
   */
  encodeImage(pixels) {
    const { width } = this.shape.vision,
      count = this.side ** 2,
      { hidden } = this.vision;
    this.cutPatches(pixels);
    this.embedChanged(count);
    hidden.set(this.classToken);
    hidden.set(this.embedded, width);
    for (let i = 0; i < (count + 1) * width; i++) hidden[i] += this.imagePositions[i];
    applyNorm(hidden, count + 1, this.imagePre, hidden);
    return project(this.vision.run(count + 1, 0), this.imagePost, this.imageProjection);
  }

  /**
   * @param {number[]} ids [BOS] to [EOS]; what stands behind [EOS] changes nothing under the causal mask
   * @returns {Float32Array} text_features of length 1
   */
  encodeIds(ids) {
    const { width, pool, eosId } = this.shape.text,
      { hidden } = this.text;
    const end = pool === "eos" ? Math.max(0, ids.indexOf(eosId)) : ids.indexOf(Math.max(...ids));
    for (let position = 0; position <= end; position++) {
      for (let i = 0; i < width; i++) {
        hidden[position * width + i] =
          this.tokens[ids[position] * width + i] + this.textPositions[position * width + i];
      }
    }
    return project(this.text.run(end + 1, end), this.textPost, this.textProjection);
  }

  /** @param {number} count embed those of the patches in `cut` that differ from the last picture's, run by run */
  embedChanged(count) {
    const inputs = this.patches.inputs,
      { width } = this.shape.vision;
    const isChanged = (/** @type {number} */ row) => {
      for (let i = row * inputs; i < (row + 1) * inputs; i++) if (this.cut[i] !== this.lastCut[i]) return true;
      return false;
    };
    for (let row = 0; row < count; row++) {
      const first = row;
      while (row < count && isChanged(row)) row++;
      const changed = this.cut.subarray(first * inputs, row * inputs);
      if (row > first) applyLinear(changed, row - first, this.patches, this.embedded.subarray(first * width));
    }
    [this.cut, this.lastCut] = [this.lastCut, this.cut];
  }

  /** @param {Uint8Array} pixels into `cut`: patches x (channel, row, column), normalized as in training */
  cutPatches(pixels) {
    const { patch, imageSize, mean, std } = this.shape.vision,
      area = patch * patch;
    for (let channel = 0; channel < 3; channel++) {
      const factor = 1 / (255 * std[channel]),
        shift = mean[channel] / std[channel];
      for (let y = 0; y < imageSize; y++) {
        const row = Math.floor(y / patch) * this.side,
          inside = channel * area + (y % patch) * patch;
        for (let x = 0; x < imageSize; x++) {
          const target = (row + Math.floor(x / patch)) * 3 * area + inside + (x % patch);
          this.cut[target] = pixels[(channel * imageSize + y) * imageSize + x] * factor - shift;
        }
      }
    }
  }
}

/**
 * @param {Float32Array} pooled @param {Norm} norm @param {Linear} projection
 * @returns {Float32Array} of length 1
 */
function project(pooled, norm, projection) {
  const features = new Float32Array(projection.outputs);
  applyNorm(pooled, 1, norm, pooled);
  applyLinear(pooled, 1, projection, features);
  return normalize(features);
}
