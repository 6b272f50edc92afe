// Every training of the fourth edition on one figure: a strip for each kind of captions, all on one logarithmic axis.
//
//   drawDots(repeats, container);        // a closed box into `container`, whose strips are drawn once it is opened
//
// A circle stands where a training was bound, counted from its first pair; a triangle at the end of one that was not.

import { nameOf } from "./cell-name.js";
import { isBoundAtEnd } from "../contract.js";
import { lanesOf } from "../lanes.js";
import { isPowerOfTen, logAxis, PAIR_TICKS } from "../log-axis.js";
import { thousands } from "../numbers.js";
import { ARROWS } from "../ui.js";
import { html, render, useState } from "../vendor/preact.js";
import { percent, say } from "../words.js";

const MIN_PAIRS = 5000,
  LANE = 14, // pixels of height
  APART = 3.2; // percent of the width: nearer dots stand below each other

/**
 * Where a training stands: the pairs of all its phases until it was bound in the last one, or all of them.
 * @returns {{pairs: number, isBound: boolean}}
 */
export function pairsToBind({ sweep, cell, training }) {
  const before = training.pairs - cell.pairs,
    bound = training.bound[sweep.form] ?? null,
    isBound = sweep.judges === "end" ? isBoundAtEnd(training, sweep.form) : bound !== null;
  return { pairs: isBound ? before + (bound ?? cell.pairs) : training.pairs, isBound };
}

/** A training as a screen reader says it. */
function spokenOf(dot, at, of) {
  const { cell, training } = dot,
    { pairs, isBound } = pairsToBind(dot);
  return isBound
    ? say`${nameOf(cell)}, seed ${training.seed}, bound after ${thousands(pairs)} pairs, dot ${at} of ${of}`
    : say`${nameOf(cell)}, seed ${training.seed}, not bound after ${thousands(pairs)} pairs, dot ${at} of ${of}`;
}

export function drawDots(repeats, container) {
  render(html`<${EveryTraining} repeats=${repeats} />`, container);
}

function EveryTraining({ repeats }) {
  const [isOpen, open] = useState(false);
  return html`<details class="rp-every" open=${isOpen} onToggle=${({ currentTarget }) => open(currentTarget.open)}>
    <summary><h2>${say("Repeat any training of the fourth edition")}</h2>
      <span class="rp-sub">${say`${repeats.list.length} trainings, each a dot that opens`}</span></summary>
    ${isOpen && html`<${DotStrips} list=${repeats.list} dots=${repeats.dots} show=${(which, dot) => repeats.show(which, dot)} />`}
  </details>`;
}

/** @param {{list: any[], dots: any, show: (which: any, element: Element) => void}} props see repeats.js */
export function DotStrips({ list, dots, show }) {
  if (!dots || !list.length) return html`<p class="rp-sub" role="status">${say("The trainings are not here yet.")}</p>`;
  const most = 1.15 * Math.max(...list.map((each) => pairsToBind(each).pairs)),
    across = logAxis({ low: MIN_PAIRS, high: most, from: 0, to: 100 }),
    at = (pairs) => across(Math.max(pairs, MIN_PAIRS)),
    ticks = PAIR_TICKS.filter((each) => each > MIN_PAIRS && each < most);
  const walk = (event) => {
    const by = ARROWS[event.key],
      key = event.target.dataset.training,
      index = list.findIndex(({ training }) => training.key === key);
    if (!by || index < 0) return;
    event.preventDefault();
    const next = list[(index + by + list.length) % list.length].training.key;
    event.currentTarget.querySelector(`[data-training="${CSS.escape(next)}"]`).focus();
  };
  return html`<div class="rp-strips" data-dots role="group" aria-label=${say("Every training of the fourth edition")}
    onKeyDown=${walk}>
    <p class="rp-legend"><span><i class="rp-dot" aria-hidden="true" /> ${say("bound after so many pairs")}</span>
      <span><i class="rp-dot rp-late" aria-hidden="true"><${Triangle} /></i> ${say("not bound within its pairs")}</span>
      <span><i class="rp-dot" data-ring="same" aria-hidden="true" /> ${say("you repeated it")}</span></p>
    ${dots.sweeps.some(({ is_whole: isWhole }) => !isWhole) && html`<p class="rp-sub">${say("Sweeps still run: a cell has fewer dots than it will have.")}</p>`}
    ${dots.sweeps.map(
      (sweep) => html`<section key=${sweep.name} class="rp-sweep"><h3>${say(sweep.question)}</h3>
      <div class="rp-axis" aria-hidden="true">${ticks.map(
        (each, index) => html`<span class=${index === 0 || isPowerOfTen(each) ? "" : "rp-minor"}
        style=${{ left: `${at(each)}%` }}>
        ${index ? thousands(each) : say`${thousands(each)} pairs`}</span>`,
      )}</div>
      ${sweep.cells.map(
        (cell) => html`<${CellRow} key=${cell.label} ...${{ sweep, cell, list, at, ticks, show }} />`,
      )}</section>`,
    )}</div>`;
}

function CellRow({ sweep, cell, list, at, ticks, show }) {
  const dots = list.filter((each) => each.cell === cell),
    lefts = dots.map((each) => at(pairsToBind(each).pairs)),
    lanes = lanesOf(lefts, APART);
  return html`<div class="rp-row"><span class="rp-label">${nameOf(cell)}</span>
    <div class="rp-strip" style=${{ height: `${LANE * (1 + Math.max(1, ...lanes))}px` }}>
    ${ticks.map((each) => html`<i class="rp-tick" style=${{ left: `${at(each)}%` }} />`)}
    ${dots.map((dot, index) => {
      const { training } = dot,
        { isBound } = pairsToBind(dot),
        which = { sweep: sweep.name, label: cell.label, seed: training.seed };
      return html`<button key=${training.seed} type="button" class=${isBound ? "rp-dot" : "rp-dot rp-late"}
        data-training=${training.key} tabindex=${dot === list[0] ? 0 : -1}
        onClick=${({ currentTarget }) => show(which, currentTarget)}
        aria-label=${spokenOf(dot, list.indexOf(dot) + 1, list.length)}
        title=${say`seed ${training.seed}: ends at ${percent(training.curves.at(-1).at(-1)[1])}`}
        style=${{ left: `${lefts[index]}%`, top: `${LANE * (lanes[index] + 0.5)}px` }}>
        ${!isBound && html`<${Triangle} />`}</button>`;
    })}
    ${dots.length === 0 && html`<small>${say("not trained yet")}</small>`}</div></div>`;
}

const Triangle = () => html`<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M1.4 10.6h9.2L6 1.6z" /></svg>`;
