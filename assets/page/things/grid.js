// The picture of a thing as cells: what the pen, the fill and the eraser change, and what a photograph becomes.
//
//   const cells = emptyCells();                     // GRID x GRID labels
//   paintRing(cells, [[10, 10], ...], BODY);        // corners in cells; the pen's outline may cross itself
//   pour(cells, x, y, INK)                          // false where it would run out over the whole pad
//   regionsOf(cells)                                // [{label, cells: indices}]: connected cells of one label
//   boxOf(indices)                                  // {x, y, width, height} around cells

import { crossings } from "../../engine/atlas_from_parts.js";
import { clamp } from "../numbers.js";

export const GRID = 256;
export const OUTSIDE = 0,
  BODY = 1,
  INK = 2,
  LIGHT = 3;
/** The role of a region by its label: what is enclosed and empty is cut out. */
export const ROLES = ["cut", "body", "ink", "light"];

export const emptyCells = () => new Uint8Array(GRID * GRID);

/** Paint what a ring encloses, by the winding rule. */
export function paintRing(cells, ring, label) {
  const rows = ring.map(([, y]) => y),
    first = Math.max(0, Math.floor(Math.min(...rows))),
    last = Math.min(GRID - 1, Math.ceil(Math.max(...rows)));
  for (let row = first; row <= last; row++) {
    let turns = 0,
      from = 0;
    for (const { x, turn } of crossings(ring, row + 0.5)) {
      if (turns !== 0) cells.fill(label, row * GRID + inside(from), row * GRID + inside(x));
      turns += turn;
      from = x;
    }
  }
}

const inside = (x) => clamp(Math.round(x), 0, GRID);

/** Fill the area around a cell; nothing happens, and the answer is false, where it reaches the edge of the pad. */
export function pour(cells, x, y, label) {
  const start = Math.floor(y) * GRID + Math.floor(x),
    before = cells[start],
    area = floodFrom(cells, start);
  if (before === OUTSIDE && area.some(isEdge)) return false;
  for (const at of area) cells[at] = label;
  return true;
}

const isEdge = (at) => at % GRID === 0 || at % GRID === GRID - 1 || at < GRID || at >= GRID * (GRID - 1);

/** Indices of the cells that are connected with one and have its label. */
function floodFrom(cells, start, seen = new Uint8Array(cells.length)) {
  const label = cells[start],
    area = [start];
  function visit(at) {
    if (seen[at] || cells[at] !== label) return;
    seen[at] = 1;
    area.push(at);
  }
  seen[start] = 1;
  for (let next = 0; next < area.length; next++) {
    const at = area[next],
      column = at % GRID;
    if (column > 0) visit(at - 1);
    if (column < GRID - 1) visit(at + 1);
    if (at >= GRID) visit(at - GRID);
    if (at + GRID < cells.length) visit(at + GRID);
  }
  return area;
}

/** The connected areas of one label, without what lies outside of everything. */
export function regionsOf(cells) {
  const seen = new Uint8Array(cells.length),
    regions = [];
  for (let at = 0; at < cells.length; at++) {
    if (seen[at]) continue;
    const area = floodFrom(cells, at, seen);
    if (cells[at] === OUTSIDE && area.some(isEdge)) continue;
    regions.push({ label: cells[at], cells: area });
  }
  return regions;
}

export function boxOf(indices) {
  let [left, top, right, bottom] = [GRID, GRID, 0, 0];
  for (const at of indices) {
    const x = at % GRID,
      y = Math.floor(at / GRID);
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}
