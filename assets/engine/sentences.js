/**
 * Captions as integers: which objects a caption names, in which order, and which values, as `explorer.world.grammar`.
 *
 *     const said = writeCaption(plan, scene, draws);
 *     said.nouns      // the noun at each place, -1 beyond the last object named
 *     said.values     // the value named in each kind, -1 where none is named
 */

import { orderOf, rankOf } from "./counter_rng.js";

/**
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("./scenes.js").Scene} Scene
 * @typedef {import("./counter_rng.js").Draws} Draws
 * @typedef {{nouns: number[], values: number[][]}} Sentence
 */

const TWO_32 = 2 ** 32;

/** @param {Plan} plan @param {Scene} scene @param {Draws} draws @returns {Sentence} */
export function writeCaption(plan, scene, draws) {
  const named = namedObjects(plan, scene, draws),
    kinds = namedKinds(plan, draws);
  const keys = draws.list("mention", named.length).map((bits, o) => bits * named.length + o);
  // Keys stay below 2 ** 35, so that what is not named comes last.
  const order = orderOf(keys.map((key, o) => (named[o] ? key : key + 2 ** 40)));
  return {
    nouns: order.map((o) => (named[o] ? scene.nouns[o] : -1)),
    values: order.map((o) => scene.values[o].map((value, k) => (named[o] && kinds[o][k] ? value : -1))),
  };
}

/** @param {Sentence} said @returns {number} how many objects the caption names */
export function countOf(said) {
  return said.nouns.filter((noun) => noun >= 0).length;
}

/**
 * Draw the number of objects that the caption names: the mean completeness times n, at least one.
 * @param {Plan} plan @param {Draws} draws @returns {number}
 */
function numNamed(plan, draws) {
  const n = plan.numObjects,
    mean = plan.data.caption_completeness * n;
  if (plan.data.caption_lengths === "mixed" && n > 1) {
    const places = Array.from({ length: n - 1 }, (_, place) => place);
    return 1 + places.filter((place) => draws.chance("count", (mean - 1) / (n - 1), place)).length;
  }
  return Math.floor(mean) + (draws.chance("count", mean - Math.floor(mean)) ? 1 : 0);
}

/**
 * With the dialed chance the k largest objects, ties at random, else any k.
 * @param {Plan} plan @param {Scene} scene @param {Draws} draws @returns {boolean[]}
 */
function namedObjects(plan, scene, draws) {
  const n = plan.numObjects,
    isSalient = draws.chance("is_salient", plan.data.saliency_bias);
  const keys = isSalient
    ? draws.list("area_ties", n).map((bits, o) => scene.side[o] * scene.side[o] * TWO_32 + bits)
    : draws.list("chosen", n);
  const least = n - numNamed(plan, draws);
  return rankOf(keys).map((rank) => rank >= least);
}

/**
 * Floor or ceiling of the density of the kinds that may be named, any of them, for each object.
 * @param {Plan} plan @param {Draws} draws @returns {boolean[][]}
 */
function namedKinds(plan, draws) {
  const kinds = plan.named.length,
    density = plan.data.attribute_density,
    whole = Math.floor(density);
  return Array.from({ length: plan.numObjects }, (_, o) => {
    const count = whole + (draws.chance("num_values", density - whole, o) ? 1 : 0);
    const keys = plan.named.map((isNamed, k) => (isNamed ? draws.bits("named_kinds", o * kinds + k) : -1));
    return rankOf(keys).map((rank, k) => rank >= kinds - count && plan.named[k]);
  });
}
