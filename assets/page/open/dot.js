// The mark of a training: its shape says how it ended, its filling whether a second computer got the same bits.

import { thousands } from "../numbers.js";
import { html } from "../vendor/preact.js";
import { say } from "../words.js";

const CIRCLE = "M8 2.4a5.6 5.6 0 1 0 0 11.2a5.6 5.6 0 1 0 0-11.2z",
  TRIANGLE = "M8 1.8 14.6 13.4H1.4z",
  HALVES = { circle: "M8 2.4a5.6 5.6 0 1 0 0 11.2z", triangle: "M8 1.8V13.4H1.4z" };

/** @param {{isBound: boolean, filling: "hollow" | "half" | "full" | "dashed"}} props */
export const DotShape = ({
  isBound,
  filling,
}) => html`<svg class=${`op-mark op-${filling} ${isBound ? "op-bound" : "op-late"}`}
  viewBox="0 0 16 16" aria-hidden="true"><path class="op-line" d=${isBound ? CIRCLE : TRIANGLE} />${
    filling === "half" && html`<path class="op-half" d=${HALVES[isBound ? "circle" : "triangle"]} />`
  }</svg>`;

/** What its filling tells of a training. */
export function fillingOf({ state }, isMine) {
  if (state === "differs") return "dashed";
  if (state === "confirmed") return "full";
  return isMine ? "half" : "hollow";
}

/** "bound after 12,032 pairs" */
export const outcomeOf = ({ bound_at: pairs, pairs: budget }) =>
  pairs === null ? say`not bound after ${thousands(budget)} pairs` : say`bound after ${thousands(pairs)} pairs`;

/** What each filling says. */
export const STANDINGS = {
  dashed: "two computers got different bits",
  full: "confirmed by a second computer",
  half: "trained once, by you",
  hollow: "trained once",
};

/** A button that opens a training, whose key is `training`; `number` counts the dots of its figure. */
export function Dot({ entry, training, isMine, isNew, number, count, left, lane, onOpen }) {
  const isBound = entry.bound_at !== null,
    filling = fillingOf(entry, isMine),
    said = say`${outcomeOf(entry)}, ${STANDINGS[filling]}, dot ${number} of ${count}`;
  return html`<button type="button" class=${isMine ? "op-dot op-mine" : "op-dot"} data-entry=${entry.name}
    data-training=${training} data-filling=${filling} data-bound=${String(isBound)} tabindex=${number === 1 ? 0 : -1}
    aria-label=${said} title=${said} style=${{ left: `${left}%`, "--lane": lane }}
    onClick=${({ currentTarget }) => onOpen(currentTarget)}>
    <${DotShape} isBound=${isBound} filling=${filling} />${isNew && html`<${Yours} />`}</button>`;
}

export const Yours = () => html`<span class="op-yours">${say("yours")}</span>`;
