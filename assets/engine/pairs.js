/**
 * Training pairs of scenes as a batch sees them, with hard negatives and the rates of the batch, as
 * `explorer.world.pairs`.
 *
 *     const pairs = drawPairs(plan, grammar, indices.map((i) => stream.at(i)), { hardNegatives: 0.5, check: "none" });
 *     pairs.hard         // the swapped caption of each image that gets one, else null
 *     pairs.rates        // {hard_negatives, hard_negatives_true, duplicate_captions, false_negatives, ...}
 */

import { drawScene } from "./scenes.js";
import { writeCaption } from "./grammar.js";
import { isTrue, swap } from "./swaps.js";

/**
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("./grammar.js").Grammar} Grammar
 * @typedef {import("./counter_rng.js").Draws} Draws
 * @typedef {import("./scenes.js").Scene} Scene
 * @typedef {import("./grammar.js").Caption} Caption
 * @typedef {{hardNegatives: number, check: string}} Options the share of images that get a swapped caption if one
 *   exists; with the check "false-of-image" those that are true of their image are left out
 * @typedef {{scene: Scene, caption: Caption, hard: Caption | null, isSwappable: boolean}} Pair
 * @typedef {{captions: Caption[], hard: (Caption | null)[], rates: Record<string, number>, swappable: number}} Pairs
 *   swappable: the share of captions that have a swap
 */

/** They follow from the next word, so two captions with the same other words have the same words. */
const ARTICLES = ["a", "an"];

/** @param {Plan} plan @param {Grammar} grammar @param {Draws[]} batch @param {Options} options @returns {Pairs} */
export function drawPairs(plan, grammar, batch, options) {
  const pairs = batch.map((draws) => drawPair(plan, draws, options));
  const scenes = pairs.map(({ scene }) => scene),
    captions = pairs.map(({ caption }) => caption),
    hard = pairs.map((each) => each.hard),
    words = captions.map((each) => grammar.wordsOf(each));
  const pictures = pairs.map((_, index) => index),
    owners = [...pictures, ...pictures.filter((picture) => hard[picture])];
  const truths = truthsOf(scenes, [...captions, ...hard.flatMap((each) => each ?? [])]),
    counts = countPairs(truths, pictures, owners, words.map(bagOf)),
    numDistinct = new Set(words.map((each) => each.join(" "))).size;
  const swappable = pairs.filter(({ isSwappable }) => isSwappable).length / pairs.length;
  return { captions, hard, rates: ratesOf(counts, pairs.length, numDistinct), swappable };
}

/** @param {Plan} plan @param {Draws} draws @param {Options} options @returns {Pair} */
export function drawPair(plan, draws, { hardNegatives, check }) {
  const scene = drawScene(plan, draws),
    caption = writeCaption(plan, scene, draws),
    swapped = swap(caption, draws);
  const isAsked = swapped.exists && draws.chance("hard_negative", hardNegatives),
    isLeftOut = isAsked && check === "false-of-image" && isTrue(swapped.caption, scene);
  return { scene, caption, hard: isAsked && !isLeftOut ? swapped.caption : null, isSwappable: swapped.exists };
}

/** @param {string[]} words of a caption @returns {string} the same for captions that differ in order alone */
export function bagOf(words) {
  return words
    .filter((word) => !ARTICLES.includes(word))
    .sort()
    .join(" ");
}

/** @param {Scene[]} scenes @param {Caption[]} captions @returns {Uint8Array} scenes x captions: 1 where it is true */
export function truthsOf(scenes, captions) {
  // Few captions name only nouns that another scene shows; one word of bits rules out the rest.
  const nounsOf = (/** @type {number[]} */ nouns) =>
    nouns.reduce((bits, noun) => (noun < 0 ? bits : bits | (1 << noun)), 0);
  const shown = scenes.map((scene) => nounsOf(scene.nouns)),
    named = captions.map((each) => nounsOf(each.nouns));
  const truths = new Uint8Array(scenes.length * captions.length);
  scenes.forEach((scene, i) =>
    captions.forEach((caption, j) => {
      if (!(named[j] & ~shown[i])) truths[i * captions.length + j] = Number(isTrue(caption, scene));
    }),
  );
  return truths;
}

/**
 * What the rates of a batch are made of, for some of its pictures: counts of parts add up to those of the whole.
 * @param {Uint8Array} truths these pictures x captions @param {number[]} pictures their indices in the batch
 * @param {number[]} owners the picture of each caption, hard negatives last @param {string[]} bags of the others
 * @returns {number[]} hard negatives, those of them that are true, other captions that are true of a picture, and
 *   captions of the words of its own that are not
 */
export function countPairs(truths, pictures, owners, bags) {
  const size = bags.length,
    kinds = new Map([...new Set(bags)].map((bag, number) => [bag, number])),
    kindOf = bags.map((bag) => kinds.get(bag));
  let hard = 0,
    hardTrue = 0,
    falseNegatives = 0,
    implicit = 0;
  pictures.forEach((picture, row) => {
    const first = row * owners.length;
    for (let j = 0; j < size; j++) {
      if (j === picture) continue;
      falseNegatives += truths[first + j];
      implicit += Number(kindOf[picture] === kindOf[j] && !truths[first + j]);
    }
    for (let j = size; j < owners.length; j++) {
      if (owners[j] !== picture) continue;
      hard++;
      hardTrue += truths[first + j];
    }
  });
  return [hard, hardTrue, falseNegatives, implicit];
}

/**
 * The shares that each step of training logs.
 * @param {number[]} counts of `countPairs`, of all pictures @param {number} size of them
 * @param {number} numDistinct distinct captions but for hard negatives
 * @returns {Record<string, number>}
 */
export function ratesOf([hard, hardTrue, falseNegatives, implicit], size, numDistinct) {
  const others = Math.max(1, size * (size - 1));
  return {
    hard_negatives: hard / size,
    hard_negatives_true: hardTrue / Math.max(1, hard),
    duplicate_captions: (size - numDistinct) / size,
    false_negatives: falseNegatives / others,
    implicit_hard_negatives: implicit / others,
  };
}
