/**
 * Training pairs of scenes as a batch sees them, with hard negatives and the rates of the batch:
 * `explorer.world.swaps`.
 *
 *     const pairs = drawPairs(plan, grammar, indices.map((i) => stream.at(i)), { hardNegatives: 0.5, check: "none" });
 *     pairs.hard         // the swapped caption of each image that gets one, else null
 *     pairs.truths       // by image, then by caption with the hard ones last: 1 where the caption is true of the image
 *     pairs.rates        // {hard_negatives, hard_negatives_true, duplicate_captions, false_negatives, ...}
 */

import { drawScene } from "./scenes.js";
import { writeCaption } from "./sentences.js";
import { isTrue, swap } from "./swaps.js";

/**
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("./grammar.js").Grammar} Grammar
 * @typedef {import("./counter_rng.js").Draws} Draws
 * @typedef {import("./scenes.js").Scene} Scene
 * @typedef {import("./sentences.js").Sentence} Sentence
 * @typedef {{scenes: Scene[], said: Sentence[], hard: (Sentence | null)[], captions: Sentence[], truths: Uint8Array,
 *   rates: Record<string, number>, swappable: number}} Pairs captions: those said, then those of `hard` that there are;
 *   swappable: the share of captions that have a swap
 */

/** They follow from the next word, so two captions with the same other words have the same words. */
const ARTICLES = ["a", "an"];

/**
 * @param {Plan} plan @param {Grammar} grammar @param {Draws[]} batch
 * @param {{hardNegatives: number, check: string}} options the share of images that get a swapped caption if one exists;
 *   with the check "false-of-image" those that are true of their image are left out
 * @returns {Pairs}
 */
export function drawPairs(plan, grammar, batch, { hardNegatives, check }) {
  const scenes = batch.map((draws) => drawScene(plan, draws));
  const said = batch.map((draws, i) => writeCaption(plan, scenes[i], draws));
  const swaps = batch.map((draws, i) => swap(said[i], draws));
  const hard = batch.map((draws, i) => {
    const swap = swaps[i];
    if (!swap.exists || !draws.chance("hard_negative", hardNegatives)) return null;
    return check === "false-of-image" && isTrue(swap.said, scenes[i]) ? null : swap.said;
  });
  const captions = [...said, ...hard.flatMap((each) => each ?? [])],
    truths = truthsOf(scenes, captions);
  const swappable = swaps.filter(({ exists }) => exists).length / batch.length;
  return { scenes, said, hard, captions, truths, rates: ratesOf(grammar, scenes, said, hard, truths), swappable };
}

/** @param {Scene[]} scenes @param {Sentence[]} captions @returns {Uint8Array} scenes x captions */
function truthsOf(scenes, captions) {
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
 * The shares that each step of training logs.
 * @param {Grammar} grammar @param {Scene[]} scenes @param {Sentence[]} said @param {(Sentence | null)[]} hard
 * @param {Uint8Array} truths
 * @returns {Record<string, number>}
 */
function ratesOf(grammar, scenes, said, hard, truths) {
  const size = said.length,
    others = Math.max(1, size * (size - 1)),
    words = said.map((each) => grammar.wordsOf(each));
  const chosen = hard.flatMap((negative, i) => (negative ? [isTrue(negative, scenes[i])] : []));
  const bags = words.map((each) =>
    each
      .filter((word) => !ARTICLES.includes(word))
      .sort()
      .join(" "),
  );
  const kinds = new Map([...new Set(bags)].map((bag, number) => [bag, number])),
    kindOf = bags.map((bag) => kinds.get(bag));
  let falseNegatives = 0,
    implicit = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0, at = i * (truths.length / size); j < size; j++, at++) {
      if (i === j) continue;
      falseNegatives += truths[at];
      implicit += Number(kindOf[i] === kindOf[j] && !truths[at]);
    }
  }
  return {
    hard_negatives: chosen.length / size,
    hard_negatives_true: chosen.filter(Boolean).length / Math.max(1, chosen.length),
    duplicate_captions: (size - new Set(words.map((each) => each.join(" "))).size) / size,
    false_negatives: falseNegatives / others,
    implicit_hard_negatives: implicit / others,
  };
}
