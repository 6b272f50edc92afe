/**
 * Captions as integers: which objects a caption names, in which order, and which values, as `explorer.world.grammar`.
 *
 *     const caption = writeCaption(plan, scene, draws);
 *     caption.nouns      // the noun at each place, -1 beyond the last object named
 *     caption.values     // the value named in each kind, -1 where none is named
 */

import { orderOf, rankOf } from "./counter_rng.js";
import { roundHalfEven } from "./integers.js";
import { planOfPair } from "./plan.js";

/**
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("./scenes.js").Scene} Scene
 * @typedef {import("./counter_rng.js").Draws} Draws
 * @typedef {{nouns: number[], values: number[][]}} Caption
 */

const TWO_32 = 2 ** 32;

/** @param {Plan} mixed @param {Scene} scene @param {Draws} draws @returns {Caption} */
export function writeCaption(mixed, scene, draws) {
  const plan = planOfPair(mixed, draws),
    named = namedObjects(plan, scene, draws),
    kinds = namedKinds(plan, draws, named);
  const keys = draws.list("mention", named.length).map((bits, o) => bits * named.length + o);
  // Keys stay below 2 ** 35, so that what is not named comes last.
  const order = orderOf(keys.map((key, o) => (named[o] ? key : key + 2 ** 40)));
  const nouns = order.map((o) => (named[o] ? scene.nouns[o] : -1)),
    values = order.map((o) => scene.values[o].map((value, k) => (named[o] && kinds[o][k] ? value : -1)));
  const isWrong = plan.data.wrong_values && draws.chance("is_wrong", plan.data.wrong_values);
  return { nouns, values: isWrong ? wrongValues(plan, values, draws) : values };
}

/**
 * Another value of its kind in place of each told one.
 * @param {Plan} plan @param {number[][]} values by place and kind @param {Draws} draws @returns {number[][]}
 */
function wrongValues({ world: { numValues } }, values, draws) {
  return values.map((row, index) =>
    row.map((value, k) => {
      const step = 1 + draws.below("wrong_value", numValues[k] - 1, index * numValues.length + k);
      return value < 0 ? value : (value + step) % numValues[k];
    }),
  );
}

/** @param {Caption} caption @returns {number} how many objects the caption names */
export function countOf(caption) {
  return caption.nouns.filter((noun) => noun >= 0).length;
}

/**
 * Draw the number of objects that the caption names: the mean completeness times n, at least one.
 * @param {Plan} plan @param {Draws} draws @returns {number}
 */
function numNamed(plan, draws) {
  const n = plan.numObjects,
    mean = plan.data.caption_completeness * n;
  if (plan.data.caption_lengths === "mixed" && n > 1) {
    const places = Array.from({ length: n - 1 }, (_, index) => index);
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
 * @param {Plan} plan @param {Draws} draws @param {boolean[]} named the objects that the caption names
 * @returns {boolean[][]}
 */
function namedKinds(plan, draws, named) {
  const kinds = plan.named.length,
    counts = numValues(plan, draws, named);
  return counts.map((count, o) => {
    const keys = plan.named.map((isNamed, k) => (isNamed ? draws.bits("named_kinds", o * kinds + k) : -1));
    return rankOf(keys).map((rank, k) => rank >= kinds - count && plan.named[k]);
  });
}

/**
 * How many values are told of each object if it is named.
 * @param {Plan} plan @param {Draws} draws @param {boolean[]} named @returns {number[]}
 */
function numValues({ data: { attribute_density: density, told_together: arrangement } }, draws, named) {
  if (arrangement === "at-most-one") {
    // One number a caption lies in the first object's part, in the second one's, or in none.
    const part = roundHalfEven(density * TWO_32),
      number = draws.bits("num_values");
    let place = -1;
    return named.map((isNamed) => {
      if (isNamed) place += 1;
      return Number(isNamed && number >= place * part && number < (place + 1) * part);
    });
  }
  const whole = Math.floor(density);
  return named.map((_, o) => {
    const drawn = arrangement === "both-or-neither" ? 0 : o;
    return whole + Number(draws.chance("num_values", density - whole, drawn));
  });
}
