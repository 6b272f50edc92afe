/**
 * The files of a training's model: its config, and those of its tokenizer. The server sends those of the words that all
 * captions have; a word that only captions of one dial have is the last one here, as in `explorer.world.grammar`.
 *
 *     modelFiles({ configs, files }, spec)      // {config, files}: open_clip_config.json, and the others by name
 */

import { moreWords } from "../grammar.js";

const TOKENIZER = "tokenizer.json";

/**
 * @param {{configs: Record<string, Record<string, any>>, files: Record<string, any>, own?: string[]}} training what
 *   `loadTraining` of the engine gives: configs by architecture and loss, the other files by name; and the words of a
 *   world of one's own
 * @param {{data: any, train: any}} spec
 * @returns {{config: any, files: Record<string, any>}} no config of an architecture that a tab does not know
 */
export function modelFiles({ configs, files, own }, { data, train }) {
  const config = configs[train.model]?.[train.loss],
    more = Object.keys(moreWords(data));
  if (!config || (!more.length && !own)) return { config, files };
  const [wider, tokenizer] = structuredClone([config, files[TOKENIZER]]),
    { text_cfg: text } = wider.model_cfg;
  if (own) {
    tokenizer.model.vocab = Object.fromEntries(own.map((word, id) => [word, id]));
    text.vocab_size = own.length;
  }
  for (const word of more) tokenizer.model.vocab[word] = text.vocab_size++;
  return { config: wider, files: { ...files, [TOKENIZER]: tokenizer } };
}
