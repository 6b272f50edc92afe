/**
 * Random numbers as a pure function of (seed, stream, index, slot), bit for bit those of `explorer.world.counter_rng`.
 *
 *     const draws = new Stream(world, { seed: 3, name: "train" }).at(17);
 *     draws.bits("nouns", 4)             // uniform over 0 .. 2 ** 32 - 1
 *     draws.below("offset", 10, 0)       // uniform over 0 .. 9
 */

import { mix, mixWord, result, roundHalfEven } from "./integers.js";

const GOLDEN = 0x9e3779b97f4a7c15n;
const SUBSLOTS = 4096;
const TWO_32 = 2 ** 32;

/**
 * The mixed words of each slot, as many as were asked for.
 *
 * @type {Map<number, {high: Uint32Array, low: Uint32Array}>}
 */
const slotWords = new Map();

/**
 * @param {number} slot the index of the slot's name
 * @param {number} count how many words are needed
 */
function wordsOf(slot, count) {
  const cached = slotWords.get(slot);
  if (cached && cached.high.length >= count) return cached;
  const words = { high: new Uint32Array(count), low: new Uint32Array(count) };
  for (let j = 0; j < count; j++) {
    const word = mixWord(BigInt(slot * SUBSLOTS + j + 1) * GOLDEN);
    words.high[j] = Number(word >> 32n);
    words.low[j] = Number(word & 0xffffffffn);
  }
  slotWords.set(slot, words);
  return words;
}

/**
 * The number of a draw that is called after a later dial: FNV-1a of its name, behind those that a description lists.
 * @param {string} slot @returns {number}
 */
export function slotOfDial(slot) {
  let number = 0x811c9dc5;
  for (const letter of slot) number = Math.imul(number ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return TWO_32 + number;
}

/** The random numbers of one named stream. */
export class Stream {
  /**
   * @param {{streams: string[], slots: string[]}} names the names of streams and slots, of a world's description
   * @param {{seed: number, name: string}} which
   */
  constructor(names, { seed, name }) {
    const index = names.streams.indexOf(name);
    if (index < 0) throw new Error(`stream=${name}: choose ${names.streams.join(", ")}`);
    const first = mixWord(BigInt(seed) * BigInt(names.streams.length) + BigInt(index) + 1n);
    const key = mixWord(first + GOLDEN);
    this.keyHigh = Number(key >> 32n);
    this.keyLow = Number(key & 0xffffffffn);
    /** @type {Map<string, number>} */
    this.slots = new Map(names.slots.map((slot, number) => [slot, number]));
  }

  /** @param {number} index @returns {Draws} the numbers of one scene */
  at(index) {
    const low = this.keyLow + (index % TWO_32);
    mix((this.keyHigh + Math.floor(index / TWO_32) + (low >= TWO_32 ? 1 : 0)) >>> 0, low >>> 0);
    return new Draws(this.slots, result.high, result.low);
  }
}

/** The random numbers of one index of a stream. */
export class Draws {
  /** @param {Map<string, number>} slots @param {number} high @param {number} low */
  constructor(slots, high, low) {
    this.slots = slots;
    this.high = high;
    this.low = low;
  }

  /** @param {string} slot of a description's list, or called after a dial @returns {number} */
  numberOf(slot) {
    return this.slots.get(slot) ?? slotOfDial(slot);
  }

  /** @param {string} slot @param {number} [subslot] @returns {number} uniform over 0 .. 2 ** 32 - 1 */
  bits(slot, subslot = 0) {
    const words = wordsOf(this.numberOf(slot), subslot + 1);
    mix((this.high ^ words.high[subslot]) >>> 0, (this.low ^ words.low[subslot]) >>> 0);
    return result.high;
  }

  /** @param {string} slot @param {number} count @returns {number[]} the first `count` numbers of a slot */
  list(slot, count) {
    wordsOf(this.numberOf(slot), count);
    return Array.from({ length: count }, (_, index) => this.bits(slot, index));
  }

  /**
   * @param {string} slot
   * @param {number} limit at most 2 ** 21
   * @param {number} [subslot]
   * @returns {number} 0 .. limit - 1
   */
  below(slot, limit, subslot = 0) {
    // The product stays below 2 ** 53 and the division is by a power of two: both are exact.
    return Math.floor((this.bits(slot, subslot) * limit) / TWO_32);
  }

  /** @param {string} slot @param {number} probability @param {number} [subslot] @returns {boolean} */
  chance(slot, probability, subslot = 0) {
    return this.bits(slot, subslot) < roundHalfEven(probability * TWO_32);
  }
}

/**
 * The order that sorts `keys`, equal keys by index.
 * @param {number[]} keys @returns {number[]}
 */
export function orderOf(keys) {
  return keys.map((_, index) => index).sort((a, b) => keys[a] - keys[b] || a - b);
}

/**
 * The rank of each key, 0 for the smallest, equal keys by index.
 * @param {number[]} keys @returns {number[]}
 */
export function rankOf(keys) {
  const ranks = new Array(keys.length);
  orderOf(keys).forEach((index, rank) => {
    ranks[index] = rank;
  });
  return ranks;
}
