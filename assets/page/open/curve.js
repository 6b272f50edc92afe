// The curve of a training: the share of right answers at each check.

import { path, ShareRules, shareAxis } from "../share-axis.js";
import { html } from "../vendor/preact.js";
import { percent, say } from "../words.js";

const WIDE = 280,
  HIGH = 92,
  LEFT = 36,
  TOP = 8,
  FOOT = 84;

/**
 * Over the pairs of the whole training.
 * @param {{points: {pairs: number, binding: number}[], budget: number}} props
 */
export function Curve({ points, budget }) {
  const x = (pairs) => LEFT + ((WIDE - LEFT - 6) * pairs) / budget,
    y = shareAxis({ from: FOOT, to: TOP }),
    last = points.at(-1);
  return html`<svg class="op-curve" viewBox=${`0 0 ${WIDE} ${HIGH}`} role="img"
    aria-label=${last ? say`Its curve so far, at ${percent(last.binding)}` : say("Its curve, before the first check")}>
    <${ShareRules} y=${y} left=${LEFT} right=${WIDE} gap=${6} rule="op-grid" chance="op-chance" />
    <path class="op-grid" d=${`M${LEFT} ${FOOT}H${WIDE}`} />
    ${
      last &&
      html`<path class="op-so-far" d=${path(
        points.map(({ pairs, binding }) => [pairs, binding]),
        x,
        y,
      )} />
      <circle class="op-last" cx=${x(last.pairs).toFixed(1)} cy=${y(last.binding).toFixed(1)} r="4" />`
    }</svg>`;
}
