// What the study measured nearest to the dials of a training: sentences on the seeds of that cell.
//
//   const measured = cellAt(state.cells, values);   // null where nothing was measured near these dials
//   html`<${Measured} measured=${measured} link=${address.link("evidence")} />`

import { plainName, dialWords } from "./dial-words.js";
import { isOwnWorld } from "../../engine/world.js";
import { median, thousands } from "../numbers.js";
import { Sentences } from "../ui.js";
import { html } from "../vendor/preact.js";
import { WORLD } from "../recipe.js";
import { joinBySign, percent, say } from "../words.js";

/**
 * The cell that stands for dials: {cell, dial, title, values, isFresh, hasOwnThings, isAlike}; `title` names the dial.
 * `isFresh` is whether the training starts from fresh weights as the cell's did, `hasOwnThings` whether it has things
 * of one's own, which the study has not, and `isAlike` whether captions like its own ask what the curve asks.
 */
export function cellAt(cells, values) {
  if (!cells || !values) return null;
  const hasOwnThings = isOwnWorld(values.world),
    found = cells.near({ ...values, init: "scratch", tune: "all", ...(hasOwnThings ? { world: WORLD } : {}) });
  return (
    found && {
      ...found,
      values,
      hasOwnThings,
      title: found.dial && plainName(cells.dials[found.dial]),
      isFresh: values.init === "scratch",
      isAlike: isAskedAlike(found.cell.values),
    }
  );
}

/** Two objects, the color of each: what the curve of every training asks. */
const isAskedAlike = ({
  objects_in_image: objects,
  attribute_kinds: kinds,
  attribute_density: density,
  caption_completeness: share,
}) => objects === 2 && kinds.join() === "color" && density === 1 && share === 1;

/** Whether some seed of the cell was bound in what the curve asks; of no cell nothing is known. */
export const isTaughtBy = (measured) => !measured || measured.cell.seeds.some((seed) => seed.canonical !== null);

/** The median of the ends of a cell at the same coordinates, null for another. */
export function medianEnd(measured) {
  if (!measured || measured.dial) return null;
  return median(measured.cell.seeds.map(({ end }) => end));
}

// ---- The sentences

/** The pairs after which the bound seeds of a cell were, in a form, the soonest first. */
const timesOf = ({ seeds }, form) =>
  seeds
    .map((seed) => seed[form])
    .filter((pairs) => pairs !== null)
    .sort((one, other) => one - other);

/** To the nearest thousand. @param {number} pairs */
export const toThousand = (pairs) => thousands(1000 * Math.round(pairs / 1000));

/** "after 13,000 and 15,000 pairs", from four on "after 11,000 to 15,000 pairs". */
function timesText(times) {
  const [one, two, three] = times.map(toThousand),
    last = toThousand(times.at(-1));
  if (times.length === 1 || one === last) return say`after ${one} pairs`;
  if (times.length === 2) return say`after ${one} and ${two} pairs`;
  return times.length === 3 ? say`after ${one}, ${two} and ${three} pairs` : say`after ${one} to ${last} pairs`;
}

function outcome(cell) {
  const times = timesOf(cell, "canonical"),
    n = cell.seeds.length,
    most = thousands(cell.pairs);
  if (!times.length) return say`None of ${n} trainings bound within ${most} pairs.`;
  return times.length === n
    ? say`All ${n} trainings bound, ${timesText(times)} of at most ${most}.`
    : say`${times.length} of ${n} trainings bound, ${timesText(times)} of at most ${most}.`;
}

function ownOutcome(cell) {
  const times = timesOf(cell, "own"),
    n = cell.seeds.length;
  if (!times.length) return say("Asked in captions like their own, none did.");
  return times.length === n
    ? say`Asked in captions like their own, all did, ${timesText(times)}.`
    : say`Asked in captions like their own, ${times.length} did, ${timesText(times)}.`;
}

function endsText({ seeds }) {
  const ends = seeds.map(({ end }) => end).sort((one, other) => one - other),
    [low, high] = [percent(ends[0]), percent(ends.at(-1))];
  return low === high ? say`They ended at ${low}.` : say`They ended at ${low} to ${high}.`;
}

function differenceWords({ cell, dial, title, values }) {
  return say`“${title}” was ${dialWords(dial, cell.values)}; here it is ${dialWords(dial, values)}.`;
}

/**
 * [bold, ...plain]: what was measured at the dials, or nearest to them; `hasEnded` tells where the seeds ended too, and
 * `last` is the last step of the training.
 */
export function measuredWords(measured, { hasEnded = false, last = Infinity } = {}) {
  if (!measured) return [say("Nothing was measured near these dials.")];
  const { cell, dial, isFresh, hasOwnThings, isAlike, values } = measured,
    late = timesOf(cell, "canonical").filter((pairs) => pairs / values.batch_size > last).length;
  const head = dial
    ? isFresh
      ? say("Measured nearest to these dials:")
      : say("Measured nearest to these dials, from fresh weights:")
    : isFresh
      ? say("Measured at these dials:")
      : say("Measured at these dials, from fresh weights:");
  return [
    head,
    dial && differenceWords(measured),
    outcome(cell),
    late === 1 && say("One of them comes after the end of this training."),
    late > 1 && say`${late} of them come after the end of this training.`,
    !isAlike && ownOutcome(cell),
    hasEnded && endsText(cell),
    hasOwnThings && say("That was measured with other things."),
  ].filter(Boolean);
}

/** What was measured, and who trained it; `link` leads to the evidence. */
export function Measured({ measured, link, ...about }) {
  const [head, ...rest] = measuredWords(measured, about),
    said = rest.length > 0 && joinBySign(rest, " ");
  return html`<${Sentences}><b>${head}</b>${said && html`<span>${said}</span>`}${
    measured &&
    html`<span>${say("Source:")}</span><a href=${link}>${
      measured.cell.engine === null
        ? say("the study, trained by torch")
        : say("the study, trained by this page’s engine")
    }</a>`
  }<//>${measured && say(".")}`;
}
