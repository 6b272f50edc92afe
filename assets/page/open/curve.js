// The curve of a training: the share of right answers at each check.

import { contract } from "../contract.js";
import { html } from "../vendor/preact.js";
import { bare, percent, say } from "../words.js";

const WIDE = 280,
  HIGH = 92,
  LEFT = 36,
  FOOT = 84,
  LEAST = 0.4;

/**
 * Over the pairs of the whole training.
 * @param {{points: {pairs: number, binding: number}[], budget: number}} props
 */
export function Curve({ points, budget }) {
  const x = (pairs) => LEFT + ((WIDE - LEFT - 6) * pairs) / budget,
    y = (share) => 8 + ((1 - Math.max(LEAST, share)) / (1 - LEAST)) * (FOOT - 8),
    placed = points.map(({ pairs, binding }) => [x(pairs), y(binding)].map((each) => each.toFixed(1))),
    last = points.at(-1);
  return html`<svg class="op-curve" viewBox=${`0 0 ${WIDE} ${HIGH}`} role="img"
    aria-label=${last ? say`Its curve so far, at ${percent(last.binding)}` : say("Its curve, before the first check")}>
    ${[1, contract.binding.level, LEAST].map((share) => html`<path class="op-grid" d=${`M${LEFT} ${y(share)}H${WIDE}`} />`)}
    <path class="op-chance" d=${`M${LEFT} ${y(0.5)}H${WIDE}`} />
    ${[1, contract.binding.level, 0.5].map((share) => html`<text x=${LEFT - 6} y=${y(share) + 4} text-anchor="end">${share === 1 ? percent(1) : bare(share)}</text>`)}
    ${
      last &&
      html`<path class="op-so-far" d=${`M${placed.map((each) => each.join(" ")).join("L")}`} />
      <circle class="op-last" cx=${placed.at(-1)[0]} cy=${placed.at(-1)[1]} r="4" />`
    }</svg>`;
}
