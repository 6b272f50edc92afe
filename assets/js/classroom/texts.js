/**
 * Sentences of the page by key, from the facts that the server put into it.
 *
 *     const say = sayFrom(facts.texts);
 *     say("answers", { n: 3, all: 28 })      // "3 of 28 answered"
 */

/** @typedef {(key: string, values?: Record<string, string | number>) => string} Say */

/** @param {Record<string, string>} texts @returns {Say} */
export function sayFrom(texts) {
  return (key, values = {}) => (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** @param {number} share @param {number} [digits] @returns {string} a share in percent, without the sign */
export function percent(share, digits = 0) {
  return (100 * share).toFixed(digits);
}

/** @param {number} share @returns {string} a measured share in percent, in tenths unless they are zero */
export function measured(share) {
  return percent(share, 1).replace(/\.0$/, "");
}

/** @param {number} margin @returns {string} with a true minus */
export function signed(margin) {
  return margin.toFixed(3).replace("-", "−");
}

/** @param {number} seconds @returns {string} minutes and seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
