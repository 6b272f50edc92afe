// A mark on the axis of steps for each seed that the study measured nearest to the dials of a training.
//
//   html`<${SeedMarks} marks=${marksOf(measured, scale)} scale=${scale} />`      // `measured` of dials/measured.js

import { toThousand } from "../dials/measured.js";
import { html } from "../vendor/preact.js";
import { say } from "../words.js";
import { BOTTOM, LEFT, tenths } from "./chart.js";

const NEAR_PX = 7;

/** [{x, isBound, pairs, lift}]: a circle where a seed was bound, a triangle where its budget ended before it was. */
export function marksOf(measured, scale) {
  if (!measured) return [];
  const { cell, values } = measured,
    last = scale.steps.at(-1),
    marks = [];
  const seeds = cell.seeds.map(({ canonical }) => ({ pairs: canonical ?? cell.pairs, isBound: canonical !== null }));
  for (const { pairs, isBound } of seeds.sort((one, other) => one.pairs - other.pairs)) {
    const step = pairs / values.batch_size;
    if (step > last) continue; // said in the sentence, and not drawn where it is not
    const x = scale.x(step);
    marks.push({ x, isBound, pairs, lift: marks.filter((each) => Math.abs(each.x - x) < NEAR_PX).length });
  }
  return marks;
}

/** The marks of `marksOf` below the curve; `isPast` once a curve stands above them. */
export function SeedMarks({ marks, scale, isPast }) {
  return html`<g class=${isPast ? "wb-seeds wb-past" : "wb-seeds"} data-part="seeds">
    <path d=${`M${LEFT} ${BOTTOM}H${tenths(scale.x(scale.steps.at(-1)))}`} class="wb-rule" />
    ${marks.map(({ x, isBound, pairs, lift }) => {
      const y = BOTTOM - 8 * lift,
        said = isBound
          ? say`a training of the study, bound after ${toThousand(pairs)} pairs`
          : say`a training of the study, not bound within ${toThousand(pairs)} pairs`;
      return isBound
        ? html`<circle cx=${tenths(x)} cy=${tenths(y)} r="4"><title>${said}</title></circle>`
        : html`<path d=${`M${tenths(x)} ${tenths(y - 4.5)}l4.6 8.2h-9.2z`}><title>${said}</title></path>`;
    })}</g>`;
}
