/**
 * Worlds of one's own, described as the server describes `things`, of documents that `page/own-document.js` has
 * checked.
 *
 *     const description = describeOwn(things, document, name);     // things: what `Engine.loadWorld("things")` gives
 *     openWorld(description)                                       // a World; of a built-in one too
 */

import { placeDots, sizeFactor } from "./atlas_from_parts.js";
import { World } from "./world.js";

/**
 * @typedef {{role: string, points: number[][]}} OwnPart
 * @typedef {{word: string, parts: OwnPart[]}} OwnNoun
 * @typedef {{nouns: OwnNoun[]}} WorldDocument
 * @typedef {{size: number, box: number, sides: number[], trainedSides: number[]}} Sprites
 */

/**
 * @param {{description: any} & Sprites} things the built-in world, whose kinds and constants it has
 * @param {WorldDocument} document @param {string} name
 * @returns {any} the description of the world, which says by `sprites` that it is drawn from its parts
 */
export function describeOwn({ description, size, box, sides, trainedSides }, { nouns }, name) {
  const first = description.words.indexOf(description.nouns[0].word),
    after = first + description.nouns.length;
  const words = [
    ...description.words.slice(0, first),
    ...nouns.map((noun) => noun.word),
    ...description.words.slice(after),
  ];
  return { ...description, name, nouns, words, sprites: { size, box, sides, trainedSides } };
}

/**
 * What a training of a world is asked, made from that of `things`: the first pair is of the first two things.
 * @param {import("./train/evaluation.js").EvaluationOrder} evaluation @param {any} description
 * @returns {typeof evaluation}
 */
export function evaluationOf(evaluation, { name, nouns }) {
  const [one, other] = nouns;
  return {
    ...evaluation,
    first: { ...evaluation.first, nouns: [one.word, other.word] },
    canonical: { ...evaluation.canonical, world: name },
  };
}

/** @param {any} description @returns {World} whose nouns know their size and their dots */
export function openWorld(description) {
  const world = new World(description);
  if (description.sprites) world.nouns = world.nouns.map((noun) => measure(noun, description));
  return world;
}

/**
 * What was measured of nouns, by their parts: a page draws the same things again and again.
 * @type {WeakMap<import("./world.js").Part[], {factor?: number, dots?: import("./world.js").Part[]}>}
 */
const measures = new WeakMap();

/** @param {any} noun @param {any} description @returns {import("./world.js").Noun} measured when it is first drawn */
function measure({ word, parts }, { drawing, dots }) {
  const cached = measures.get(parts) ?? {};
  measures.set(parts, cached);
  return {
    word,
    parts,
    get factor() {
      cached.factor ??= sizeFactor(parts, drawing);
      return cached.factor;
    },
    get dots() {
      cached.dots ??= placeDots(parts, this.factor, dots);
      return cached.dots;
    },
  };
}
