/**
 * Captions made wrong, or only reordered, as `explorer.world.swaps`: swap, replace, reorder, and truth of a scene.
 *
 *     falseSwap(caption, scene, draws)      // {caption, exists}: "a small bus and a red submarine"
 *
 * If there is no such change, `exists` is false and the caption stands unchanged.
 */

import { countOf } from "./grammar.js";

/**
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("./scenes.js").Scene} Scene
 * @typedef {import("./grammar.js").Caption} Caption
 * @typedef {import("./counter_rng.js").Draws} Draws
 * @typedef {{caption: Caption, exists: boolean, objects?: [number, number]}} ChangedCaption objects: of the scene,
 *   the two whose values a false swap exchanges, the one that the caption names first in front
 */

/** @param {number[]} a @param {number[]} b */
const differs = (a, b) => a.some((value, index) => value !== b[index]);

/**
 * Two named objects whose lists differ exchange all their told values.
 * @param {Caption} caption @param {Draws} draws @returns {ChangedCaption}
 */
export function swap(caption, draws) {
  const positions = positionsToSwap(caption, draws);
  return positions ? { caption: exchangeValuesAt(caption, ...positions), exists: true } : { caption, exists: false };
}

/** @param {Caption} caption @param {Draws} draws @returns {[number, number] | null} in the order of the caption */
function positionsToSwap(caption, draws) {
  const pairs = pairsOf(caption.nouns.length);
  const differ = pairs.map(([a, b]) => caption.nouns[b] >= 0 && differs(caption.values[a], caption.values[b]));
  return pairs[choose(differ, draws, "swap")] ?? null;
}

/**
 * The caption with the values at two positions exchanged.
 * @param {Caption} caption @param {number} first @param {number} second @returns {Caption}
 */
export function exchangeValuesAt(caption, first, second) {
  const values = caption.values.slice();
  [values[first], values[second]] = [values[second], values[first]];
  return { ...caption, values };
}

/**
 * The one object named takes, in the kinds told of it, the values of another object of the image that differ.
 * @param {Caption} caption @param {Scene} scene @param {Draws} draws @returns {ChangedCaption}
 */
function swapWithUnnamed(caption, scene, draws) {
  const told = caption.values[0],
    isAlone = countOf(caption) === 1;
  const lent = scene.values.map((row) => row.map((value, k) => (told[k] >= 0 ? value : -1)));
  const possible = lent.map((row, o) => isAlone && scene.nouns[o] !== caption.nouns[0] && differs(row, told));
  const chosen = choose(possible, draws, "swap_other");
  if (chosen < 0) return { caption, exists: false };
  return {
    caption: { ...caption, values: [lent[chosen], ...caption.values.slice(1)] },
    exists: true,
    objects: [scene.nouns.indexOf(caption.nouns[0]), chosen],
  };
}

/**
 * The swap as evaluation takes it: with an object left unnamed where one is named, and never true of the image.
 * @param {Caption} caption @param {Scene} scene @param {Draws} draws @returns {ChangedCaption}
 */
export function falseSwap(caption, scene, draws) {
  const swapped = countOf(caption) === 1 ? swapWithUnnamed(caption, scene, draws) : swapOfScene(caption, scene, draws);
  return { ...swapped, exists: swapped.exists && !isTrue(swapped.caption, scene) };
}

/** @param {Caption} caption @param {Scene} scene @param {Draws} draws @returns {ChangedCaption} with its objects */
function swapOfScene(caption, scene, draws) {
  const positions = positionsToSwap(caption, draws);
  if (!positions) return { caption, exists: false };
  const [first, second] = positions.map((position) => scene.nouns.indexOf(caption.nouns[position]));
  return { caption: exchangeValuesAt(caption, ...positions), exists: true, objects: [first, second] };
}

/**
 * One told value becomes one of its kind that no object of the image has.
 * @param {Plan} plan @param {Caption} caption @param {Scene} scene @param {Draws} draws @returns {ChangedCaption}
 */
export function replaceValue(plan, caption, scene, draws) {
  const kinds = plan.world.numValues.length,
    most = Math.max(...plan.world.numValues);
  const absent = plan.world.numValues.map((size, k) =>
    Array.from({ length: most }, (_, value) => value < size && !scene.values.some((row) => row[k] === value)),
  );
  const possible = caption.values.flatMap((row) => row.map((value, k) => value >= 0 && absent[k].includes(true)));
  const where = choose(possible, draws, "replace_where");
  if (where < 0) return { caption, exists: false };
  const position = Math.floor(where / kinds),
    kind = where % kinds;
  const values = caption.values.map((row) => row.slice());
  values[position][kind] = choose(absent[kind], draws, "replace_value");
  return { caption: { ...caption, values }, exists: true };
}

/**
 * The same objects and values, the order of mention turned on by one to count - 1 positions.
 * @param {Caption} caption @param {Draws} draws @returns {ChangedCaption}
 */
export function reorder(caption, draws) {
  const count = countOf(caption);
  if (count < 2) return { caption, exists: false };
  const turn = 1 + draws.below("reorder", count - 1);
  const order = caption.nouns.map((_, index) => (index < count ? (index + turn) % count : index));
  const turned = { ...caption, nouns: order.map((o) => caption.nouns[o]), values: order.map((o) => caption.values[o]) };
  return { caption: turned, exists: true };
}

/**
 * Check that every object that the caption names is in the scene with the values told of it.
 * @param {Caption} caption @param {{nouns: number[], values: number[][]}} scene @returns {boolean}
 */
export function isTrue(caption, scene) {
  return caption.nouns.every(
    (noun, index) =>
      noun < 0 ||
      scene.nouns.some(
        (shown, o) =>
          shown === noun && caption.values[index].every((value, k) => value < 0 || value === scene.values[o][k]),
      ),
  );
}

/**
 * Say why a caption has no false swap; null where it has one. As `why_no_swap` of explorer.world.swaps does.
 * @param {Caption} caption @param {ChangedCaption} swapped its false swap @param {Scene} scene
 * @returns {string | null}
 */
export function whyNoSwap(caption, swapped, scene) {
  if (swapped.exists) return null;
  const hasValue = caption.values.some((row) => row.some((value) => value >= 0)),
    isAlone = countOf(caption) === 1;
  if (swapped.caption.values.some((row, index) => differs(row, caption.values[index])))
    return "The exchanged caption is true of the image too.";
  if (!hasValue) return isAlone ? "The caption names one object with no value." : "The caption names no value.";
  if (scene.nouns.length === 1) return "The image shows one object: nothing to exchange with.";
  return isAlone
    ? "No other object of the image has other values in the kinds named."
    : "The objects named have the same values.";
}

/** @param {number} count @returns {[number, number][]} the pairs of 0 .. count - 1 in order */
function pairsOf(count) {
  /** @type {[number, number][]} */
  const pairs = [];
  for (let a = 0; a < count; a++) for (let b = a + 1; b < count; b++) pairs.push([a, b]);
  return pairs;
}

/**
 * The index of one that is possible, each as likely; -1 where none is.
 * @param {boolean[]} possible @param {Draws} draws @param {string} slot @returns {number}
 */
function choose(possible, draws, slot) {
  let chosen = -1,
    most = -1;
  possible.forEach((isPossible, index) => {
    const bits = isPossible ? draws.bits(slot, index) : -1;
    if (bits > most) [chosen, most] = [index, bits];
  });
  return chosen;
}
