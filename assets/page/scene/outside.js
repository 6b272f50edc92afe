/**
 * Parts of a scene that a model has not met in training: counts, sizes, places, values.
 *
 *     outsideOf(world, atlas, state, trainedOn)      // [{key: "outside.size", values: {noun: "bus"}}]
 */

import { middleRange } from "../../engine/compositor.js";
import { levelsOf } from "../../engine/plan.js";
import { SIZE } from "./state.js";

/**
 * @typedef {import("../../engine/world.js").World} World
 * @typedef {import("./state.js").SceneState} SceneState
 * @typedef {{size: number, box: number, sides: number[], trainedSides: number[]}} AtlasFacts
 * @typedef {{objects_in_image: number, attribute_kinds: string[], size_contrast?: number}} TrainedOn the dials of the model's data
 * @typedef {{key: string, values: Record<string, string | number>}} Sentence
 */

/**
 * @param {World} world @param {AtlasFacts} atlas @param {SceneState} state objects in whole pixels
 * @param {TrainedOn | null} trainedOn null where nobody knows
 * @returns {Sentence[]}
 */
export function outsideOf(world, atlas, state, trainedOn) {
  if (!trainedOn) return [];
  /** @type {Sentence[]} */ const found = [];
  const word = (/** @type {number} */ place) => world.nouns[state.objects[place].noun].word;
  if (state.objects.length !== trainedOn.objects_in_image) {
    found.push({ key: "outside.count", values: { count: state.objects.length, trained: trainedOn.objects_in_image } });
  }
  const sides = trainedSides(world, trainedOn), quarters = state.objects.map((object) => quarterOf(object));
  state.objects.forEach((object, place) => {
    if (!sides.includes(object.side)) found.push({ key: "outside.size", values: { noun: word(place) } });
    const where = whereOf(world, atlas, object);
    if (where) found.push({ key: where, values: { noun: word(place) } });
    const other = quarters.indexOf(quarters[place]);
    if (other < place) found.push({ key: "outside.quarter", values: { noun: word(other), other: word(place) } });
    object.values.forEach((value, k) => {
      const kind = world.kinds[k];
      if (value > 0 && !isSizeKind(world, k) && !trainedOn.attribute_kinds.includes(kind.name)) {
        found.push({ key: "outside.value", values: { value: kind.values[value].word } });
      }
    });
  });
  return found;
}

/**
 * The kind whose values only scale an object, such as "size"; a side on a canvas decides it.
 * @param {World} world @param {number} kind @returns {boolean}
 */
export function isSizeKind(world, kind) {
  return world.kinds[kind].values.every((value) => Object.keys(value.paints).join() === "scale");
}

/**
 * The value of a size kind that an object of this side has: the one whose sides in training come nearest.
 * @param {World} world @param {number} kind @param {number} side @returns {number}
 */
export function sizeValueOf(world, kind, side) {
  const distance = (/** @type {{paints: Partial<import("../../engine/world.js").Look>}} */ value) => Math.min(
    ...levelsOf(world).map((level) => Math.abs(level * /** @type {number} */ (value.paints.scale) - side)));
  const distances = world.kinds[kind].values.map(distance);
  return distances.indexOf(Math.min(...distances));
}

/** @param {World} world @param {TrainedOn} trainedOn @returns {number[]} in permille */
function trainedSides(world, trainedOn) {
  const scales = world.kinds.flatMap((kind, k) => (isSizeKind(world, k) && trainedOn.attribute_kinds.includes(kind.name)
    ? kind.values.map((value) => Math.round(1000 * /** @type {number} */ (value.paints.scale))) : []));
  return (scales.length ? scales : [1000]).flatMap((scale) =>
    levelsOf(world, trainedOn.size_contrast).map((level) => Math.floor((level * scale) / 1000)));
}

/** @param {{x: number, y: number}} object @returns {number} 0 1 over 2 3 */
function quarterOf({ x, y }) {
  return 2 * Number(y >= SIZE / 2) + Number(x >= SIZE / 2);
}

/**
 * Compare the place of an object with training, in which each lies near the middle of a quarter.
 * @param {World} world @param {AtlasFacts} atlas @param {{x: number, y: number, side: number}} object
 * @returns {string} the key of a sentence, "" where nothing is
 */
function whereOf(world, atlas, { x, y, side }) {
  const half = (atlas.box * side) / 2000, cell = atlas.size / 2, places = [x, y];
  if (places.some((place) => place - half < 0 || place + half > atlas.size)) return "outside.edge";
  if (places.some((place) => place - half < cell && place + half > cell)) return "outside.across";
  const { low, room } = middleRange(world, /** @type {any} */ (atlas), side);
  const isNear = places.every((place) => place % cell >= low && place % cell <= low + room);
  return isNear ? "" : "outside.place";
}

/** The sentences of scenes in which something is cut by a border or shares a quarter. */
const OF_QUARTERS = ["outside.edge", "outside.across", "outside.quarter"];

/** @param {Sentence[]} found @returns {boolean} whether each object lies in a quarter of its own */
export function isInQuarters(found) {
  return !found.some(({ key }) => OF_QUARTERS.includes(key));
}
