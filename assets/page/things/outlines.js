// Cells to the parts of a noun: each connected region becomes its outer outline, and the smaller one lies on top. A
// region within another has the smaller outline, so the outlines give the picture back. `explorer.world.cutouts` does
// the same for a folder of pictures.
//
//   cellsOf(parts)       // the cells again, to go on with a picture on the pad
//   partsOf(cells)       // [{role: "body", points: [[0.2, 0.1], ...]}, ...] in the unit square, [] for an empty pad

import { contract } from "../contract.js";
import { maxNounPoints } from "../own-document.js";
import { contours } from "../vendor/contour.js";
import { boxOf, emptyCells, GRID, paintRing, regionsOf, ROLES } from "./grid.js";

const STEPS = 1000,
  /** Empty cells around a region, so that its softened border ends within its mask. */
  SPARE = 2;

export function partsOf(cells) {
  const { min_cells: minCells, tolerance: first, growth, noun_bytes: most } = contract.outline;
  const outlines = regionsOf(cells)
    .filter((region) => region.cells.length >= minCells)
    .map((region) => ({ role: ROLES[region.label], ...outlineOf(region.cells) }))
    .filter(({ ring }) => ring.length) // a seam of one cell between two regions has none
    .sort((one, other) => other.area - one.area)
    .slice(0, contract.own_world.noun_parts);
  for (let tolerance = first; ; tolerance *= growth) {
    const parts = outlines
      .map(({ role, ring }) => ({ role, points: unitPoints(simplify(ring, tolerance)) }))
      .filter(({ points }) => points.length > 2);
    const count = parts.reduce((sum, { points }) => sum + points.length, 0);
    if (count <= maxNounPoints() && JSON.stringify(parts).length <= most) return parts;
  }
}

/** The outer outline of connected cells, and the area within it. */
function outlineOf(cells) {
  const box = boxOf(cells),
    [left, top] = [box.x - SPARE, box.y - SPARE],
    [width, height] = [box.width + 2 * SPARE, box.height + 2 * SPARE];
  const mask = new Uint8Array(width * height);
  for (const at of cells) mask[(Math.floor(at / GRID) - top) * width + (at % GRID) - left] = 1;
  const [shape] = contours().size([width, height]).thresholds([0.5])(soften(mask, width)),
    rings = shape.coordinates.map(([outer]) => outer),
    ring = rings.reduce((most, each) => (Math.abs(areaOf(each)) > Math.abs(areaOf(most)) ? each : most), []);
  return { ring: ring.slice(0, -1).map(([x, y]) => [x + left, y + top]), area: Math.abs(areaOf(ring)) };
}

/** The mean of each cell and its eight neighbors, nearer ones more: a border in steps becomes a line. */
function soften(mask, width) {
  const across = new Float32Array(mask.length),
    soft = new Float32Array(mask.length);
  for (let at = 1; at < mask.length - 1; at++) across[at] = (mask[at - 1] + 2 * mask[at] + mask[at + 1]) / 4;
  for (let at = width; at < mask.length - width; at++)
    soft[at] = (across[at - width] + 2 * across[at] + across[at + width]) / 4;
  return soft;
}

const areaOf = (ring) =>
  ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);

/** A ring with fewer corners, none of the others farther than `tolerance` (Douglas and Peucker, 1973). */
function simplify(ring, tolerance) {
  const [x, y] = ring[0],
    gaps = ring.map(([ringX, ringY]) => (ringX - x) ** 2 + (ringY - y) ** 2),
    far = gaps.indexOf(Math.max(...gaps)),
    corners = new Set([0, far]),
    open = [
      [0, far],
      [far, ring.length],
    ];
  while (open.length) {
    const [from, to] = open.pop(),
      [x0, y0] = ring[from],
      [x1, y1] = ring[to % ring.length],
      length = Math.hypot(x1 - x0, y1 - y0) || 1;
    let most = tolerance,
      middle = -1;
    for (let at = from + 1; at < to; at++) {
      const distance = Math.abs((ring[at][0] - x0) * (y1 - y0) - (ring[at][1] - y0) * (x1 - x0)) / length;
      if (distance > most) [most, middle] = [distance, at];
    }
    if (middle < 0) continue;
    corners.add(middle);
    open.push([from, middle], [middle, to]);
  }
  return [...corners].sort((one, other) => one - other).map((at) => ring[at]);
}

/** Corners of the grid as points of the unit square, in steps of a thousandth, none twice. */
function unitPoints(corners) {
  const points = corners.map((corner) => corner.map((each) => Math.round((each / GRID) * STEPS) / STEPS));
  return [...new Map(points.map((point) => [point.join(), point])).values()];
}

/** Cells of parts, to go on with a picture on the pad. */
export function cellsOf(parts) {
  const cells = emptyCells();
  for (const { role, points } of parts) {
    const ring = points.map((point) => point.map((each) => each * GRID));
    paintRing(cells, ring, ROLES.indexOf(role));
  }
  return cells;
}
