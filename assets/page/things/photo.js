// A photograph of a drawing to cells: lines stay dark, and what they enclose takes the color.
//
//   const cut = cutOut(levels, side, 46);       // levels: side x side grays of a square crop, 0 .. 1
//   cut.cells, cut.outcome                      // "closed", "gap", "paper" or "none"
//   frameOf(levels)                             // {left, top, right, bottom} around the drawing on a sheet, or null
//
// A line is darker than the paper around it by what the slider says, so a shadow is no line. Of all lines and what they
// enclose, the largest connected drawing is kept.

import { BODY, boxOf, emptyCells, GRID, INK, LIGHT, OUTSIDE, regionsOf } from "./grid.js";
import { clamp } from "../numbers.js";

/** Half the side of the square of paper that a place is compared with, as a share of the crop. */
const AROUND = 0.2,
  /** Shares of the crop: lines beyond the first are the paper itself, an inside below the second is a gap. */
  MAX_DARK = 0.34,
  MIN_INSIDE = 0.03,
  MIN_LINE = 0.002,
  MARGIN = 6,
  /**
   * Cells of a mark on the sheet, below which it is a speck; and the paper around a drawing, as a share of its size.
   */
  MIN_MARK = 40,
  AROUND_MARKS = 0.08,
  /** A place on a sheet is at least so bright, as a share of what is around it, and a table beside the sheet is not. */
  MIN_BRIGHT = 0.9;
/** Where the slider stands at first. */
export const USUAL_SLIDER = 46;

export function cutOut(levels, side, slider) {
  const dark = darkOf(levels, side, 0.1 + (slider / 100) * 1.2),
    share = dark.reduce((sum, each) => sum + each, 0) / dark.length;
  if (share < MIN_LINE) return { cells: emptyCells(), outcome: "none" };
  if (share > MAX_DARK) return { cells: emptyCells(), outcome: "paper" };
  const cells = keepLargest(cellsOfLines(dark, side)),
    inside = cells.reduce((sum, label) => sum + Number(label === BODY), 0) / cells.length;
  return { cells: fitSquare(cells), outcome: inside < MIN_INSIDE ? "gap" : "closed" };
}

/**
 * Where the drawing lies on its sheet, as shares of a picture of GRID x GRID grays; null where it is not to be found.
 * The sheet is the region that has most of the light, and the drawing is what it encloses, so a table is outside.
 */
export function frameOf(levels) {
  const regions = regionsOf(darkOf(levels, GRID, MIN_BRIGHT).map((isDark) => (isDark ? INK : LIGHT))),
    lightOf = ({ label, cells }) => (label === LIGHT ? cells.reduce((sum, at) => sum + levels[at], 0) : 0),
    sheet = regions.reduce((most, each) => (lightOf(each) > lightOf(most) ? each : most)),
    cells = emptyCells();
  for (const at of sheet.cells) cells[at] = LIGHT;
  const marks = regionsOf(cells).filter((region) => region.label === OUTSIDE && region.cells.length >= MIN_MARK),
    drawn = marks.flatMap((region) => region.cells);
  if (drawn.length < MIN_LINE * cells.length) return null;
  const { x, y, width, height } = boxOf(drawn),
    margin = AROUND_MARKS * Math.max(width, height),
    shareOf = (coordinate) => clamp(coordinate / GRID, 0, 1);
  return {
    left: shareOf(x - margin),
    top: shareOf(y - margin),
    right: shareOf(x + width + margin),
    bottom: shareOf(y + height + margin),
  };
}

/** Where the level is below `share` of the mean of the paper around it; sums of whole rectangles from one table. */
function darkOf(levels, side, share) {
  const sums = new Float64Array((side + 1) * (side + 1)),
    reach = Math.round(AROUND * side),
    dark = new Uint8Array(side * side),
    wide = side + 1;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = (y + 1) * wide + x + 1;
      sums[at] = levels[y * side + x] + sums[at - 1] + sums[at - wide] - sums[at - wide - 1];
    }
  }
  for (let y = 0; y < side; y++) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(side, y + reach + 1)];
    for (let x = 0; x < side; x++) {
      const [left, right] = [Math.max(0, x - reach), Math.min(side, x + reach + 1)];
      const sum =
        sums[bottom * wide + right] - sums[top * wide + right] - sums[bottom * wide + left] + sums[top * wide + left];
      dark[y * side + x] = Number(levels[y * side + x] < (share * sum) / ((bottom - top) * (right - left)));
    }
  }
  return dark;
}

/** Cells: lines are ink, what the edge of the crop cannot reach is body. */
function cellsOfLines(dark, side) {
  const cells = emptyCells();
  for (let y = 0; y < GRID; y++) {
    for (let x = 0; x < GRID; x++) {
      const [fromX, fromY] = [x, y].map((each) => Math.floor((each * side) / GRID));
      if (dark[fromY * side + fromX]) cells[y * GRID + x] = INK;
    }
  }
  for (const region of regionsOf(cells)) {
    if (region.label === OUTSIDE) for (const at of region.cells) cells[at] = BODY;
  }
  return cells;
}

/** The largest drawing alone: specks and the edge of the table go. */
function keepLargest(cells) {
  const shape = cells.map((label) => Number(label !== OUTSIDE)),
    regions = regionsOf(shape).filter((region) => region.label === 1),
    largest = emptyCells();
  const most = regions.reduce((best, each) => (each.cells.length > (best?.cells.length ?? 0) ? each : best), null);
  for (const at of most?.cells ?? []) largest[at] = cells[at];
  return largest;
}

/** The drawing as large as the pad, but for a margin. */
function fitSquare(cells) {
  const filled = [...cells.keys()].filter((at) => cells[at] !== OUTSIDE);
  if (!filled.length) return cells;
  const { x: left, y: top, width, height } = boxOf(filled),
    scale = Math.max(width, height) / (GRID - 2 * MARGIN),
    shown = emptyCells();
  const [startX, startY] = [left + width / 2, top + height / 2].map((middle) => middle - (scale * GRID) / 2);
  for (let y = 0; y < GRID; y++) {
    for (let x = 0; x < GRID; x++) {
      const [fromX, fromY] = [Math.floor(startX + scale * (x + 0.5)), Math.floor(startY + scale * (y + 0.5))];
      const isIn = fromX >= 0 && fromX < GRID && fromY >= 0 && fromY < GRID;
      if (isIn) shown[y * GRID + x] = cells[fromY * GRID + fromX];
    }
  }
  return shown;
}
