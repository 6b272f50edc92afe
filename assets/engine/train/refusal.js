/**
 * What a tab does not train, in a sentence that names the server; null where it trains the spec.
 *
 *     refusalOf({ data, train }, config, world.description)
 *         // "placement=free: a tab draws each object in its quarter; train this on the server"
 */

import { readConfig } from "../architecture.js";
import { isTrained } from "../server_only.js";

const WORLD = "things",
  MAX_TOKENS = 128,
  WIDTH_STEP = 8,
  MAX_MB = 512;

/**
 * A sentence with its values, of which a page has the words in its language; explorer/sentences.py says what it is.
 * @typedef {{id: string, values: Record<string, any>, text: string}} Sentence
 */

/** What ends a training however often, and with however many workers, it is tried. */
export class Refusal extends Error {
  /** @param {string | Sentence} sentence in English */
  constructor(sentence) {
    super(typeof sentence === "string" ? sentence : sentence.text);
    this.sentence = sentence;
  }
}

/**
 * @param {string} id @param {string} english with a {name} for each value @param {Record<string, any>} values
 * @returns {Sentence}
 */
const keySentence = (id, english, values) => ({
  id,
  values,
  text: english.replace(/\{(\w+)\}/g, (_, name) => values[name].text ?? values[name]),
});

/**
 * A value that ends a training, in the words of `UserError` of explorer/errors.py.
 * @param {string} field @param {number} value @param {string} rule with a {name} for each of `values`
 * @param {Record<string, any>} values @returns {Refusal}
 */
export const refuseValue = (field, value, rule, values) =>
  new Refusal(
    keySentence("error.value", "{field}={value}: {reason}", {
      field,
      value: String(value),
      reason: keySentence(rule, rule, values),
    }),
  );

/**
 * A text, or a tag of templates.
 * @typedef {(text: string | TemplateStringsArray, ...values: (string | number)[]) => string} Say
 * @type {Say}
 */
const english = (text, ...values) => (typeof text === "string" ? text : String.raw({ raw: text }, ...values));

/**
 * @param {{data: any, train: any}} spec the fields of DataSpec and TrainSpec @param {any} config of the model, which is
 *   that of the start unless it has fresh weights
 * @param {{name: string, dials: Record<string, import("../server_only.js").Row>}} world the description that a tab has
 *   of it
 * @param {Say} say of the page, which looks texts up @returns {string | null}
 */
export function refusalOf({ data, train }, config, world, say = english) {
  const values = { ...data, ...train },
    refuse = (/** @type {string} */ field, /** @type {string} */ reason) =>
      say`${`${field}=${values[field]}`}: ${reason}; train this on the server`;
  if (data.world !== world.name) return refuse("world", say`a tab draws only the world ${WORLD}`);
  for (const [dial, row] of Object.entries(world.dials)) {
    if (row.tab && !isTrained(row, values[dial])) return refuse(dial, say(row.tab.why));
  }
  const unfit = modelReason(config, say),
    field = train.init === "scratch" ? "model" : "init",
    name = values[field];
  if (unfit) return refuse(field, unfit);
  const megabytes = Math.ceil(memoryOf(readConfig(config), train.batch_size) / 1e6);
  if (megabytes <= MAX_MB) return null;
  return refuse("batch_size", say`a step of the model ${name} takes ${megabytes} MB, a tab gives it ${MAX_MB}`);
}

/** @param {any} config @param {Say} say @returns {string | null} */
function modelReason(config, say) {
  try {
    const { vision, text, embed, isQuickGelu } = readConfig(config);
    const widths = [embed, vision.width, vision.hidden, text.width, text.hidden];
    if (isQuickGelu) return say`a tab trains GELU, not QuickGELU`;
    if (Math.max((vision.imageSize / vision.patch) ** 2 + 1, text.contextLength) > MAX_TOKENS) {
      return say`a tab trains up to ${MAX_TOKENS} tokens a sample`;
    }
    return widths.every((width) => width % WIDTH_STEP === 0)
      ? null
      : say`a tab trains widths of a multiple of ${WIDTH_STEP}`;
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

/**
 * About the bytes that the pictures of a step take: what each block keeps of a token, the gradients of one, the
 * patches.
 * @param {import("../architecture.js").ClipShape} shape @param {number} batch @returns {number}
 */
function memoryOf({ vision: { imageSize, patch, width, hidden, layers } }, batch) {
  const tokens = batch * ((imageSize / patch) ** 2 + 1);
  return 4 * tokens * ((layers + 1) * (8 * width + 2 * hidden) + 3 * patch * patch);
}
