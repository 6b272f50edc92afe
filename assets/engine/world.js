/**
 * A world as the server describes it (`explorer.world.browser_world`), with what follows from its values: looks and
 * codes.
 *
 *     const world = new World(description);
 *     world.lookOf([3, 0, 0, 0, 0]).fill      // [25, 180, 111]
 *
 * A combination of values is coded as one mixed-radix number, whatever the kinds are.
 */

import { roundHalfEven } from "./integers.js";

/** Name of a world of one's own: a digest of its document, see own_world.js. */
const OWN_WORLD = /^own-[0-9a-f]{16}$/;

/** @param {any} name @returns {boolean} */
export const isOwnWorld = (name) => typeof name === "string" && OWN_WORLD.test(name);

/** The article before a word. @param {string} word @returns {string} */
export const articleOf = (word) => ("aeiou".includes(word[0]) ? "an" : "a");

/**
 * @typedef {{fill: number[], accent: number, scale: number, texture: string, outline: number, angle: number}} Look
 * @typedef {{role: string, points?: number[][], box?: number[]}} Part
 * @typedef {{word: string, factor: number, parts: Part[], dots: Part[]}} Noun
 * @typedef {{word: string, paints: Partial<Look>}} Value
 * @typedef {{name: string, values: Value[]}} Kind
 */

export class World {
  /** @param {any} description the JSON of the server */
  constructor(description) {
    this.description = description;
    /** @type {string} */ this.name = description.name;
    /** @type {Noun[]} */ this.nouns = description.nouns;
    /** @type {Kind[]} */ this.kinds = description.kinds;
    /** @type {{background: number, ink: number, light: number}} */ this.grays = description.grays;
    /** @type {number[]} */ this.numValues = this.kinds.map((kind) => kind.values.length);
    /** @type {number[]} */ this.radix = this.numValues.map((_, k) => product(this.numValues.slice(k + 1)));
    /** @type {Look[]} */ this.looks = Array.from({ length: product(this.numValues) }, (_, code) => this.paint(code));
    /** @type {number[]} */ this.scales = this.looks.map((look) => roundHalfEven(1000 * look.scale));
  }

  /** @param {number} code @returns {Look} */
  paint(code) {
    const values = this.numValues.map((_, k) => this.valueIn(code, k));
    return Object.assign({}, this.description.look, ...values.map((v, k) => this.kinds[k].values[v].paints));
  }

  /** @param {number} code @param {number} kind @returns {number} the value of a code in a kind */
  valueIn(code, kind) {
    return Math.floor(code / this.radix[kind]) % this.numValues[kind];
  }

  /** @param {number[]} values the value in each kind @returns {number} */
  codeOf(values) {
    return values.reduce((sum, value, k) => sum + value * this.radix[k], 0);
  }

  /** @param {number[]} values @returns {Look} */
  lookOf(values) {
    return this.looks[this.codeOf(values)];
  }
}

/**
 * @param {any} description of a built-in world, or of one's own, whose nouns measure themselves
 * @returns {Promise<World>}
 */
export async function worldFrom(description) {
  if (!description.sprites) return new World(description);
  const { openWorld } = await import("./own_world.js"); // nobody needs it who has no things of their own
  return openWorld(description);
}

/** @param {number[]} numbers @returns {number} */
function product(numbers) {
  return numbers.reduce((total, number) => total * number, 1);
}
