/**
 * Data that only the server draws, or trains on, by the rows of the dials. The plan refuses the first, and the page
 * asks the server for samples; a training in a tab refuses both.
 *
 *     serverOnly({ placement: "free" }, dials)       // "placement"; null where the engine draws the data
 *     isTrained(dials.placement, "free")             // false; dials.placement.tab.why says why
 */

/**
 * @typedef {{tab: {values: any[], why: string, is_drawn: boolean} | null}} Row of a dial, as `explorer/dials.py` has it
 */

/** @param {Row} row @param {any} [value] which older specs lack @returns {boolean} */
export const isTrained = ({ tab }, value) => !tab || value === undefined || tab.values.includes(value);

/**
 * @param {Record<string, any>} data @param {Record<string, Row>} dials @returns {string | null} the first dial whose
 *   value only the server draws
 */
export function serverOnly(data, dials) {
  return Object.keys(dials).find((name) => !isTrained(dials[name], data[name]) && !dials[name].tab?.is_drawn) ?? null;
}
