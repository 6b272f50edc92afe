// Axes of shares: that of binding, which curves share (a coin toss, the level of binding, all right), and that between
// two captions.
//
//   const y = shareAxis({ high: 1.02, from: 280, to: 14 });                // y(0.5) is a number of pixels
//   html`<${ShareRules} y=${y} left=${46} right=${400} />`
//   leanOf(0.5), leanOf(1)                                                 // 0, 1
//   path([[0, 0.5], [46080, 0.97]], x, y)                                  // "M46.0 233.7L400.0 38.1"

import { contract } from "./contract.js";
import { html } from "./vendor/preact.js";
import { percent } from "./words.js";

/**
 * Where a share lies: `low` at the pixel `from`, as what is below it does, and `high` at `to`. In a curve `from` is the
 * foot. Without `low` the axis begins where those of binding do, which an axis learns late: modules make it as they
 * load.
 */
export const shareAxis =
  ({ low: given, high = 1, from, to }) =>
  (share) => {
    const low = given ?? contract.min_axis_share;
    return to + (1 - (Math.max(share, low) - low) / (high - low)) * (from - to);
  };

/** From -1 for a share of nothing to 1 for all, 0 for a coin toss: stretched near the toss, where most answers are. */
export function leanOf(share) {
  const lean = 2 * share - 1;
  return Math.sign(lean) * Math.abs(lean) ** 0.75;
}

/**
 * Three rules from `left` to `right`, with their percents `gap` pixels before them; `rule` and `chance` are classes.
 */
export const ShareRules = ({ y, left, right, gap = 7, rule = "ev-rule", chance = "ev-chance" }) =>
  [0.5, contract.binding.level, 1].map(
    (each) => html`<path class=${each === 0.5 ? `${rule} ${chance}` : rule} d=${`M${left} ${y(each)}H${right}`} />
      <text x=${left - gap} y=${y(each) + 4} text-anchor="end">${each === 1 ? percent(1) : Math.round(100 * each)}</text>`,
  );

/** An SVG path through points. */
export const path = (points, x, y) =>
  points.map(([at, value], index) => `${index ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
