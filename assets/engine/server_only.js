/**
 * Data that only the server draws, or trains on. The plan refuses the first, and the page asks the server for samples;
 * a training in a tab refuses both.
 *
 *     serverOnly({ placement: "free" })         // "placement"; null where the engine draws the data
 *     SERVER_ONLY.placement.why(world, english)      // "a tab draws each object in its quarter"
 */

/**
 * A tag of templates: `english`, or the page's own, which looks them up.
 * @typedef {(parts: TemplateStringsArray, ...values: (string | number)[]) => string} Say
 * @type {Say}
 */
export const english = (parts, ...values) => String.raw({ raw: parts }, ...values);

/**
 * @typedef {{size_contrast: number}} Description of the world
 * @type {Record<string, {isDrawn: (value: any) => boolean, isTrained?: (value: any, world: Description) => boolean,
 *   why: (world: Description, say: Say) => string}>} dials of the data; older specs lack some, and what is drawn is trained on
 */
export const SERVER_ONLY = {
  placement: {
    isDrawn: (value = "quarters") => value === "quarters",
    why: (_, say) => say`a tab draws each object in its quarter`,
  },
  size_contrast: {
    isDrawn: () => true, // the same integers and captions; the sprites of other sizes are not in the atlas
    isTrained: (value, { size_contrast: usual }) => [undefined, usual].includes(value),
    why: ({ size_contrast: usual }, say) => say`a tab draws only objects of size contrast ${usual}`,
  },
};

/** @param {Record<string, any>} data @returns {string | null} the first dial whose value only the server draws */
export function serverOnly(data) {
  return Object.keys(SERVER_ONLY).find((name) => !SERVER_ONLY[name].isDrawn(data[name])) ?? null;
}
