/**
 * Fresh weights as a pure function of the seed, bit for bit those of `tests/engine/fresh_weights.py`.
 *
 *     const weights = freshWeights(kernels, shape, tensors, { names: world.description, seed: 3, logits });
 *     weights["visual.proj"]         // Float32Array
 *
 * The distributions are open_clip's. The numbers come from the counter RNG: the tensors take blocks of 4,096 in the
 * order of their names.
 */

import { Stream } from "../counter_rng.js";
import { sizeOf } from "./shards.js";

/**
 * @typedef {import("../architecture.js").ClipShape} ClipShape
 * @typedef {import("./shards.js").Tensor} Tensor
 * @typedef {{value: number} | {deviation: number} | {bound: number}} Rule a constant, a normal or an even distribution
 */

const BLOCK = 4096,
  TWO_32 = 2 ** 32,
  SLOT = "weights";

/** @param {Tensor} tensor @param {ClipShape} shape @param {(x: number) => number} root @returns {Rule} */
function ruleOf([name, sides], { vision, text }, root) {
  const isVision = name.startsWith("visual."),
    { width, layers, hidden } = isVision ? vision : text;
  const ends = (/** @type {string[]} */ ...parts) => parts.some((part) => name.endsWith(part));
  if (/ln_\w+\.weight$/.test(name)) return { value: 1 };
  if (ends("c_fc.bias", "c_proj.bias")) return { bound: 1 / root(ends("c_fc.bias") ? width : hidden) };
  if (ends("bias")) return { value: 0 };
  if (name === "token_embedding.weight") return { deviation: 0.02 };
  if (name === "positional_embedding") return { deviation: 0.01 };
  if (isVision && ends("in_proj_weight")) return { bound: root(6 / (4 * width)) };
  if (isVision && ends("weight")) return { bound: 1 / root(sizeOf(sides.slice(1))) };
  if (ends("c_fc.weight")) return { deviation: 1 / root(2 * width) };
  if (ends("out_proj.weight", "c_proj.weight")) return { deviation: 1 / root(2 * layers * width) };
  return { deviation: 1 / root(width) };
}

/**
 * @param {import("./kernels.js").Kernels} kernels @param {ClipShape} shape @param {Tensor[]} tensors
 * @param {{names: {streams: string[], slots: string[]}, seed: number, logits: Record<string, number>}} options `logits`
 *   are the first values of logit_scale and logit_bias
 * @returns {Record<string, Float32Array>}
 */
export function freshWeights(kernels, shape, tensors, { names, seed, logits }) {
  const { root, normal_quantile: quantile } = kernels.run,
    stream = new Stream(names, { seed, name: "world" });
  // The generator prepares the words of a slot for as many numbers as are asked for at once.
  stream.at(0).list(SLOT, BLOCK);
  let block = 0;
  return Object.fromEntries(
    [...tensors]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map((tensor) => {
        const [name, sides] = tensor,
          numbers = new Float32Array(sizeOf(sides));
        const rule = name in logits ? { value: logits[name] } : ruleOf(tensor, shape, root);
        if ("value" in rule) return [name, numbers.fill(rule.value)];
        for (let first = 0; first < numbers.length; first += BLOCK, block++) {
          const draws = stream.at(block);
          for (let i = 0; i < BLOCK && first + i < numbers.length; i++) {
            const chance = (draws.bits(SLOT, i) + 0.5) / TWO_32;
            numbers[first + i] = "bound" in rule ? rule.bound * (2 * chance - 1) : rule.deviation * quantile(chance);
          }
        }
        return [name, numbers];
      }),
  );
}
