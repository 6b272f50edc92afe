// Parts of a scene that a model has not met in training: counts, sizes, places, values.
//
//   outsideOf(world, atlas, state, trainedOn)      // [{about: "size", said: "the size of the bus"}]

import { middleRange } from "../../engine/compositor.js";
import { levelsOf } from "../../engine/plan.js";
import { say } from "../words.js";
import { CANVAS_PIXELS } from "../drawing.js";

/**
 * What of a scene in whole pixels is new to a model.
 * @param {{size: number, box: number}} atlas @param {object | null} trainedOn the dials of its data, null where nobody
 *   knows
 */
export function outsideOf(world, atlas, { objects }, trainedOn) {
  if (!trainedOn) return [];
  const remarks = [],
    word = (index) => new String(world.nouns[objects[index].noun].word),
    sides = trainedSides(world, trainedOn),
    quarters = objects.map(quarterOf);
  // Some runs saw tidy pairs beside those of their dials.
  const tidy = trainedOn.tidy_share ? { counts: [2], kinds: trainedOn.tidy_kinds } : { counts: [], kinds: [] },
    varied = [...trainedOn.attribute_kinds, ...(trainedOn.untold_kinds ?? []), ...tidy.kinds];
  if (![trainedOn.objects_in_image, ...tidy.counts].includes(objects.length))
    remarks.push({ about: "count", said: say`${objects.length} objects (it saw ${trainedOn.objects_in_image})` });
  objects.forEach((object, index) => {
    if (!sides.includes(object.side)) remarks.push({ about: "size", said: say`the size of the ${word(index)}` });
    remarks.push(...whereOf(world, atlas, object, word(index)));
    const other = quarters.indexOf(quarters[index]);
    if (other < index) remarks.push({ about: "quarter", said: say`${word(other)} and ${word(index)} in one quarter` });
    object.values.forEach((value, k) => {
      const { name, values } = world.kinds[k];
      if (value > 0 && !isSizeKind(world, k) && !varied.includes(name))
        remarks.push({ about: "value", said: say`${new String(values[value].word)} things` });
    });
  });
  return remarks;
}

/** Whether the values of a kind only scale an object, such as "size"; a side on a canvas decides it. */
export const isSizeKind = (world, kind) =>
  world.kinds[kind].values.every((value) => Object.keys(value.paints).join() === "scale");

/** The value of a size kind that an object of this side has: the one whose sides in training come nearest. */
export function sizeValueOf(world, kind, side) {
  const distances = world.kinds[kind].values.map(({ paints }) =>
    Math.min(...levelsOf(world).map((level) => Math.abs(level * paints.scale - side))),
  );
  return distances.indexOf(Math.min(...distances));
}

/** Sides of its training, in permille. */
function trainedSides(world, trainedOn) {
  const scales = world.kinds.flatMap(({ name, values }, k) =>
    isSizeKind(world, k) && trainedOn.attribute_kinds.includes(name)
      ? values.map(({ paints }) => Math.round(1000 * paints.scale))
      : [],
  );
  return (scales.length ? scales : [1000]).flatMap((scale) =>
    levelsOf(world, trainedOn.size_contrast).map((level) => Math.floor((level * scale) / 1000)),
  );
}

/** 0 1 over 2 3. */
const quarterOf = ({ x, y }) => 2 * Number(y >= CANVAS_PIXELS / 2) + Number(x >= CANVAS_PIXELS / 2);

/** The place of an object, where no training has it: each lies near the middle of a quarter there. */
function whereOf(world, atlas, { x, y, side }, word) {
  const half = (atlas.box * side) / 2000,
    cell = atlas.size / 2,
    center = [x, y];
  if (center.some((coordinate) => coordinate - half < 0 || coordinate + half > atlas.size))
    return [{ about: "edge", said: say`the ${word} cut by the edge` }];
  if (center.some((coordinate) => coordinate - half < cell && coordinate + half > cell))
    return [{ about: "across", said: say`the ${word} across two quarters` }];
  const { low, slack } = middleRange(world, atlas, side),
    isNear = center.every((coordinate) => coordinate % cell >= low && coordinate % cell <= low + slack);
  return isNear ? [] : [{ about: "place", said: say`the place of the ${word}` }];
}

/** Whether each object lies in a quarter of its own, uncut. */
export const isInQuarters = (remarks) => !remarks.some(({ about }) => ["edge", "across", "quarter"].includes(about));
