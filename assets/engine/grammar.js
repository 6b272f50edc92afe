/**
 * Captions as integers, and the one grammar that words them, as `explorer.world.grammar`.
 *
 *     const caption = writeCaption(plan, scene, draws);
 *     caption.nouns      // the noun at each position, -1 beyond the last object named
 *     caption.values     // the value told of it in each kind, -1 where none is told
 *
 *     grammar.text(caption)                               // "a red bus and a blue submarine"
 *     grammar.parse("a red bus and a blue submarine")     // the Caption that reads so, null where there is none
 *     new Grammar(world, { bare_word: "certain" }).text(caption)      // "a red bus and a certain submarine"
 *
 *     caption = object ("and" object)*        object = ("a" | "an") value* noun
 */

import { orderOf, rankOf } from "./counter_rng.js";
import { roundHalfEven } from "./integers.js";
import { planOfPair } from "./plan.js";
import { articleOf } from "./world.js";

/**
 * @typedef {import("./world.js").World} World
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("./plan.js").DataSpec} DataSpec
 * @typedef {import("./scenes.js").Scene} Scene
 * @typedef {import("./counter_rng.js").Draws} Draws
 * @typedef {{nouns: number[], values: number[][]}} Caption
 */

const TWO_32 = 2 ** 32,
  NO_BARE_WORD = "none";

/** @param {Plan} mixed @param {Scene} scene @param {Draws} draws @returns {Caption} */
export function writeCaption(mixed, scene, draws) {
  const plan = planOfPair(mixed, draws),
    named = namedObjects(plan, scene, draws),
    kinds = toldKinds(plan, draws, named);
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
 * @param {Plan} plan @param {number[][]} values by position and kind @param {Draws} draws @returns {number[][]}
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
    const others = Array.from({ length: n - 1 }, (_, index) => index);
    return 1 + others.filter((index) => draws.chance("count", (mean - 1) / (n - 1), index)).length;
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
 * Floor or ceiling of the density of the kinds that may be told, any of them, for each object.
 * @param {Plan} plan @param {Draws} draws @param {boolean[]} named the objects that the caption names
 * @returns {boolean[][]}
 */
function toldKinds(plan, draws, named) {
  const kinds = plan.told.length,
    counts = numValues(plan, draws, named);
  return counts.map((count, o) => {
    const keys = plan.told.map((isTold, k) => (isTold ? draws.bits("named_kinds", o * kinds + k) : -1));
    return rankOf(keys).map((rank, k) => rank >= kinds - count && plan.told[k]);
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
    let position = -1;
    return named.map((isNamed) => {
      if (isNamed) position += 1;
      return Number(isNamed && number >= position * part && number < (position + 1) * part);
    });
  }
  const whole = Math.floor(density);
  return named.map((_, o) => {
    const drawn = arrangement === "both-or-neither" ? 0 : o;
    return whole + Number(draws.chance("num_values", density - whole, drawn));
  });
}

export class Grammar {
  /** @param {World} world @param {Partial<DataSpec>} [data] whose dials may ask for further words */
  constructor(world, data = {}) {
    this.world = world;
    /** @type {string[]} */ this.bare = bareWords(data);
    /** @type {string[]} */ this.words = [...world.description.words, ...this.bare];
    /** @type {Map<string, number>} */ this.idOf = new Map(this.words.map((word, id) => [word, id]));
    /** @type {Map<string, [number, number]>} */ this.kindAndValueOf = new Map();
    world.kinds.forEach((kind, k) => kind.values.forEach((value, v) => this.kindAndValueOf.set(value.word, [k, v])));
    /** @type {Map<string, number>} */ this.nounOf = new Map(world.nouns.map((noun, i) => [noun.word, i]));
  }

  /** @param {Caption} caption @returns {string[]} its words */
  wordsOf(caption) {
    const { nouns, kinds } = this.world;
    return caption.nouns.flatMap((noun, index) => {
      if (noun < 0) return [];
      const told = caption.values[index].flatMap((value, k) => (value < 0 ? [] : [kinds[k].values[value].word]));
      const words = [...(told.length ? told : this.bare), nouns[noun].word];
      return [...(index ? ["and"] : []), articleOf(words[0]), ...words];
    });
  }

  /** @param {Caption} caption @returns {string} */
  text(caption) {
    return this.wordsOf(caption).join(" ");
  }

  /** @param {Caption} caption @returns {number[]} token ids with [BOS] and [EOS], 0 up to the context length */
  ids(caption) {
    const words = ["[BOS]", ...this.wordsOf(caption), "[EOS]"];
    const ids = words.map((word) => /** @type {number} */ (this.idOf.get(word)));
    return [...ids, ...new Array(this.world.description.context_length - ids.length).fill(0)];
  }

  /** @param {string} text @returns {Caption | null} null for a text that the grammar does not read */
  parse(text) {
    const parts = text.trim().split(" and "),
      objects = parts.flatMap((part) => this.parseObject(part.split(/\s+/).filter(Boolean)) ?? []);
    if (parts.length > this.world.description.most_objects || objects.length < parts.length) return null;
    const nouns = objects.map(({ noun }) => noun);
    return new Set(nouns).size < nouns.length ? null : { nouns, values: objects.map(({ values }) => values) };
  }

  /** @param {string[]} words @returns {{noun: number, values: number[]} | null} */
  parseObject(words) {
    const noun = this.nounOf.get(words.at(-1) ?? ""),
      told = words.slice(1, -1);
    if (words.length < 2 || noun === undefined || words[0] !== articleOf(words[1])) return null;
    const values = this.world.kinds.map(() => -1),
      isBare = told.length === 1 && told[0] === this.bare[0];
    let last = -1;
    for (const word of isBare ? [] : told) {
      const [kind, value] = this.kindAndValueOf.get(word) ?? [-1, -1];
      if (kind <= last) return null;
      values[kind] = value;
      last = kind;
    }
    return { noun, values };
  }
}

/** @param {Partial<DataSpec>} data @returns {string[]} what stands before a noun without values, if anything */
function bareWords({ bare_word: word = NO_BARE_WORD }) {
  return word === NO_BARE_WORD ? [] : [word];
}

/**
 * @param {Partial<DataSpec>} data
 * @returns {Record<string, string>} the words that stand only in captions of these dials, each with its dial
 */
export const moreWords = (data) => Object.fromEntries(bareWords(data).map((word) => [word, "bare_word"]));
