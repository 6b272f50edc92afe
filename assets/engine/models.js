/**
 * Models by name: loaded from a card and its weights, texts embedded once.
 *
 *     const model = await loadModel("things-bound", card, { url, bytes }, { signal });
 *     model.embedText("a red bus")       // {features, unknown, isCut}
 *
 * A card is {config, tokenizer}: the contents of open_clip_config.json and tokenizer.json.
 */

import { checkTensors, readConfig } from "./architecture.js";
import { download } from "./download.js";
import { headerEnd, parseHeader, readTensor } from "./safetensors.js";
import { readTokenizer } from "./tokenizer.js";
import { Clip } from "./towers.js";

/**
 * @typedef {import("./download.js").RemoteFile} RemoteFile
 * @typedef {{features: Float32Array, unknown: string[], isCut: boolean}} Embedded
 */

const MAX_TEXTS = 4096;

export class Model {
  /** @param {string} name @param {Clip} clip @param {import("./tokenizer.js").Tokenizer} tokenizer */
  constructor(name, clip, tokenizer) {
    this.name = name;
    this.clip = clip;
    this.tokenizer = tokenizer;
    /** @type {Map<string, Embedded>} */ this.texts = new Map();
  }

  /** @param {string} text @returns {Embedded} */
  embedText(text) {
    const cached = this.texts.get(text);
    if (cached) return cached;
    const { ids, unknown, isCut } = this.tokenizer.read(text);
    const embedded = { features: this.clip.encodeIds(ids), unknown, isCut };
    if (this.texts.size >= MAX_TEXTS) this.texts.clear();
    this.texts.set(text, embedded);
    return embedded;
  }
}

/**
 * @param {string} name @param {{config: any, tokenizer: any}} card @param {RemoteFile | ArrayBuffer} weights
 * @param {{signal: AbortSignal, onProgress?: (received: number) => void}} options
 * @returns {Promise<Model>} throws one sentence where the browser cannot run the model
 */
export async function loadModel(name, card, weights, options) {
  try {
    const shape = readConfig(card.config),
      tokenizer = readTokenizer(card.tokenizer, shape.text.contextLength);
    if (Math.max(...tokenizer.vocabulary.values()) >= shape.text.vocabulary) {
      throw new Error("its tokenizer has more tokens than its text tower");
    }
    /** @type {import("./safetensors.js").Header | null} */ let header = null;
    const onHead = (/** @type {Uint8Array} */ head, /** @type {number} */ size) => {
      const end = headerEnd(head, size);
      if (end === 0 || head.length < end) return false;
      header = parseHeader(head, size);
      checkTensors(shape, header.tensors);
      return true;
    };
    const bytes =
      weights instanceof ArrayBuffer ? new Uint8Array(weights) : await download(weights, { ...options, onHead });
    if (!header && !onHead(bytes, bytes.length)) throw new Error("its weights are cut off within the header");
    const checked = /** @type {import("./safetensors.js").Header} */ (/** @type {unknown} */ (header));
    return new Model(name, new Clip(shape, (tensor) => readTensor(checked, bytes, tensor)), tokenizer);
  } catch (error) {
    if (/** @type {Error} */ (error).name === "AbortError") throw error;
    throw new Error(`model=${name.slice(0, 80)}: ${/** @type {Error} */ (error).message}`);
  }
}
