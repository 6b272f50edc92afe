/**
 * Scenes of a plan: what is where in scene i of a stream, the same integers as `explorer.world.scenes`.
 *
 *     const scene = drawScene(plan, stream.at(0));
 *     scene.nouns       // the noun of each object, in drawing order
 *     scene.values      // its value in each kind
 *     scene.side        // the side of its box in permille of the largest
 */

import { orderOf } from "./counter_rng.js";
import { planOfPair } from "./plan.js";

/**
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("./counter_rng.js").Draws} Draws
 * @typedef {{nouns: number[], values: number[][], level: number[], side: number[], cell: number[],
 *   offset: number[][]}} Scene
 */

/** @param {Plan} mixed @param {Draws} draws @returns {Scene} */
export function drawScene(mixed, draws) {
  const plan = planOfPair(mixed, draws),
    { world, numObjects, levels } = plan,
    { num_cells, offset_steps } = world.description;
  const objects = Array.from({ length: numObjects }, (_, o) => o);
  const nouns = randomOrder(draws, "nouns", world.nouns.length).slice(0, numObjects);
  const values = drawValues(plan, draws, nouns);
  const level = objects.map((o) => levels[draws.below("scale", levels.length, o)]);
  return {
    nouns,
    values,
    level,
    side: values.map((row, o) => sideOf(plan, row, level[o])),
    cell: randomOrder(draws, "cells", num_cells).slice(0, numObjects),
    offset: objects.map((o) => [0, 1].map((axis) => draws.below("offset", offset_steps, 2 * o + axis))),
  };
}

/**
 * Permille of the largest side: the drawn level times what the values make of it.
 * @param {Plan} plan @param {number[]} values @param {number} level
 */
function sideOf(plan, values, level) {
  return Math.floor((level * plan.world.scales[plan.world.codeOf(values)]) / 1000);
}

/**
 * The noun's home value with the dialed chance, else any value that the noun may take.
 * @param {Plan} plan @param {Draws} draws @param {number[]} nouns @returns {number[][]}
 */
function drawValues(plan, draws, nouns) {
  const kinds = plan.world.kinds.length,
    correlation = plan.data.attribute_object_correlation;
  return nouns.map((noun, o) =>
    plan.world.kinds.map((_, k) => {
      const subslot = o * kinds + k,
        allowed = plan.allowed[noun][k];
      if (draws.chance("is_home", correlation, subslot)) return plan.home[noun][k];
      return allowed[draws.below("value", allowed.length, subslot)];
    }),
  );
}

/**
 * A random order of 0 .. count - 1; the low bits of the keys rule out ties.
 * @param {Draws} draws @param {string} slot @param {number} count @returns {number[]}
 */
function randomOrder(draws, slot, count) {
  return orderOf(draws.list(slot, count).map((bits, index) => bits * count + index));
}

/**
 * The twin scene: two objects exchange their values in `kinds`, all else alike.
 * @param {Plan} plan @param {Scene} scene @param {number} first @param {number} second @param {boolean[]} kinds
 * @returns {Scene}
 */
export function exchangeValues(plan, scene, first, second, kinds) {
  const from = (/** @type {number} */ o) => (o === first ? second : o === second ? first : o);
  const values = scene.values.map((row, o) => row.map((value, k) => (kinds[k] ? scene.values[from(o)][k] : value)));
  return { ...scene, values, side: values.map((row, o) => sideOf(plan, row, scene.level[o])) };
}
