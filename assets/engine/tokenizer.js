/**
 * The word-level tokenizer of a `tokenizer.json`: lowercase, split at white space, one token a word, [BOS] and [EOS].
 *
 *     const tokenizer = readTokenizer(json, 33);
 *     tokenizer.read("a red bus")      // {ids: [1, 4, 21, 8, 2], unknown: [], isCut: false}
 */

import { WeightsError } from "./safetensors.js";

/** Unicode's white space, at which the server's tokenizer splits; the \s of JavaScript is another set. */
const WHITE_SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;
const MAX_WORDS = 200_000;

export class Tokenizer {
  /** @param {Map<string, number>} vocabulary @param {number} contextLength @param {[number, number, number]} special */
  constructor(vocabulary, contextLength, [bos, eos, unk]) {
    this.vocabulary = vocabulary;
    this.contextLength = contextLength;
    /** @type {number} */ this.bos = bos;
    /** @type {number} */ this.eos = eos;
    /** @type {number} */ this.unk = unk;
  }

  /**
   * @param {string} text
   * @returns {{ids: number[], unknown: string[], isCut: boolean}} the tokens, the words that the model never read, and
   *   whether the text is longer than what the model reads
   */
  read(text) {
    const words = text.toLowerCase().split(WHITE_SPACE).filter(Boolean);
    const ids = words.slice(0, this.contextLength - 2).map((word) => this.vocabulary.get(word) ?? this.unk);
    return {
      ids: [this.bos, ...ids, this.eos],
      unknown: words.filter((word) => !this.vocabulary.has(word)),
      isCut: words.length > this.contextLength - 2,
    };
  }
}

/**
 * @param {any} json the content of tokenizer.json @param {number} contextLength
 * @returns {Tokenizer} throws WeightsError where the tokenizer is of another kind
 */
export function readTokenizer(json, contextLength) {
  const kinds = [json?.model?.type, json?.normalizer?.type, json?.pre_tokenizer?.type, json?.post_processor?.type];
  if (kinds.join() !== "WordLevel,Lowercase,WhitespaceSplit,TemplateProcessing") {
    throw new WeightsError(
      `its tokenizer is ${kinds[0] ?? "missing"}; the browser reads tokenizers of one token a word only`,
    );
  }
  const entries = Object.entries(json.model.vocab ?? {});
  const isVocabulary = entries.length <= MAX_WORDS && entries.every(([, id]) => Number.isSafeInteger(id) && id >= 0);
  const vocabulary = new Map(isVocabulary ? entries : []);
  const special = ["[BOS]", "[EOS]", json.model.unk_token].map((word) => vocabulary.get(word));
  if (special.includes(undefined)) throw new WeightsError("its tokenizer lacks [BOS], [EOS] or the unknown word");
  return new Tokenizer(vocabulary, contextLength, /** @type {[number, number, number]} */ (special));
}
