/**
 * Data that only the server draws: the plan and a training in a tab refuse them, and the page asks the server for
 * samples.
 *
 *     serverOnly({ placement: "free" })         // "placement"; null where the engine draws the data
 *     SERVER_ONLY.placement.why                 // "a tab draws each object in its quarter"
 */

/** @type {Record<string, {isDrawn: (value: any) => boolean, why: string}>} dials of the data; older specs lack some */
export const SERVER_ONLY = {
  placement: { isDrawn: (value = "quarters") => value === "quarters", why: "a tab draws each object in its quarter" },
};

/** @param {Record<string, any>} data @returns {string | null} the first dial whose value only the server draws */
export function serverOnly(data) {
  return Object.keys(SERVER_ONLY).find((name) => !SERVER_ONLY[name].isDrawn(data[name])) ?? null;
}
