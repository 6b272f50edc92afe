// The two hints on a thing: what in it is too thin to be seen, and which other thing looks like it to the model.
//
//   thinOf(cells, factor)                   // {x, y, width, height, pixels} in cells, null where nothing is too thin
//   likenessOf(atlas, world, 0, 3)          // 0 .. 1: how alike two nouns are at the model's size
//
// Outlines that cover each other are a poor measure: a dog's head covers a fish. So the pictures are compared as the
// model sees them, with their dark and light parts.

import { contract } from "../contract.js";
import { TRAINED_SIDE } from "../drawing.js";
import { boxOf, GRID, regionsOf } from "./grid.js";

/** Pixels of a scene below which a line is hardly seen. */
const THIN = 0.7;
/** The level from which two things may be taken for each other; docs/things.md says which trainings it lies between. */
export const ALIKE = 0.85;
const MEAN_SCALE = 0.88;

/** The thinnest region of the pad, if a scene shows it with less than `THIN` pixels. */
export function thinOf(cells, factor, box = 28) {
  const perCell = (box * MEAN_SCALE * factor) / GRID;
  let thinnest = null;
  for (const { label, cells: region } of regionsOf(cells)) {
    if (label === 0 || region.length < contract.outline.min_cells) continue;
    const pixels = widthOf(region, THIN / perCell) * perCell;
    if (pixels < THIN && pixels < (thinnest?.pixels ?? Infinity)) thinnest = { ...boxOf(region), pixels };
  }
  return thinnest;
}

/** Cells across the widest place of a region, or at least `enough`: layers of its edge that can be taken off, twice. */
function widthOf(region, enough) {
  let left = new Set(region),
    layers = 0;
  while (left.size && 2 * layers - 1 < enough) {
    const inner = new Set();
    for (const at of left)
      if (left.has(at - 1) && left.has(at + 1) && left.has(at - GRID) && left.has(at + GRID)) inner.add(at);
    if (inner.size === left.size) break;
    left = inner;
    layers++;
  }
  return 2 * layers - 1;
}

/** How much of the pixels of two nouns is the same: color, dark and light, each as a share of a pixel. */
export function likenessOf(atlas, world, one, other) {
  const [a, b] = [one, other].map((noun) => planesOf(atlas, world, noun));
  let same = 0,
    all = 0;
  for (let at = 0; at < a.length; at++) {
    same += Math.min(a[at], b[at]);
    all += Math.max(a[at], b[at]);
  }
  return all ? same / all : 0;
}

/** What was seen of a noun, by its parts: the other things are compared after each stroke, and do not change. */
const seen = new WeakMap();

/** Body, dark and light of each pixel of the box. */
function planesOf(atlas, world, noun) {
  const { parts } = world.nouns[noun];
  if (!seen.has(parts)) seen.set(parts, drawPlanes(atlas, atlas.sprite(noun, world.looks[0], TRAINED_SIDE)));
  return seen.get(parts);
}

function drawPlanes({ box, subpixels }, { top, left, height, width, counts }) {
  const planes = new Uint8Array(3 * box * box),
    area = height * width;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column,
        [free, dark, light] = [counts[at], counts[area + at], counts[2 * area + at]],
        target = (row + top + box / 2) * box + column + left + box / 2;
      planes[target] = subpixels - free - dark - light;
      planes[box * box + target] = dark;
      planes[2 * box * box + target] = light;
    }
  }
  return planes;
}
