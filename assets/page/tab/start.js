// What a training of the tab starts from in place of fresh weights: a shipped model, a run that this browser holds, or
// one of the server. The optimizer and the schedule begin anew, as on the server.
//
//   const starts = new Starts(engine);
//   const start = await starts.load(spec)    // {name, config, tokenizer, weights}, null for fresh weights
//   whyUnfit(start, spec, training)        // what the server says of such a start, "" where it fits
//   await weightsOf(start)                 // {"visual.proj": Float32Array, ...}
//
// Weights are taken as this page asks them, those of others in half precision: so a page with a server and one without
// start from the same bits.

import { checkTensors, readConfig } from "../../engine/architecture.js";
import { download } from "../../engine/download.js";
import { loadOnce } from "../../engine/once.js";
import { parseHeader, readTensors } from "../../engine/safetensors.js";
import { readTokenizer } from "../../engine/tokenizer.js";
import { moreWords } from "../../engine/grammar.js";
import { modelFiles } from "../../engine/train/model_files.js";
import { say } from "../words.js";

export class Starts {
  constructor(engine) {
    this.engine = engine;
    this.cards = new Map(); // name -> promise of its card
  }

  async load({ train: { init: name } }) {
    if (name === "scratch") return null;
    const { config, tokenizer, weights } = await loadOnce(this.cards, name, () => this.engine.source.model(name));
    return { name, config, tokenizer, weights: weights.fp16 };
  }

  forget(name) {
    this.cards.delete(name);
  }
}

/** The same checks, and the same sentences, as `check_start` of explorer/clip/tuning.py. */
export function whyUnfit({ name, config, tokenizer }, spec, training) {
  const { data, train } = spec,
    { files, config: usual } = modelFiles(training, spec);
  if (train.loss === "siglip" && config.model_cfg.init_logit_bias === undefined)
    return say`loss=siglip: ${name} has no logit_bias, so it was not trained with this loss; choose loss=clip`;
  const words = (content) => JSON.stringify([...readTokenizer(content, 1).vocabulary]);
  if (words(tokenizer) !== words(files["tokenizer.json"])) {
    const more = Object.values(moreWords(data)).map((dial) => `, ${dial}=${data[dial]}`);
    return say`init=${name}: its vocabulary is not that of the world ${data.world}${more.join("")}`;
  }
  const [side, drawn] = [config, usual].map((each) => readConfig(each).vision.imageSize);
  return side === drawn
    ? ""
    : say`init=${name}: takes images of ${side} pixels, a tab draws ${drawn}; train this on the server`;
}

/** The numbers of the start's tensors by name; throws where the file is not the model of its config. */
export async function weightsOf({ config, weights }) {
  const bytes =
      weights instanceof ArrayBuffer
        ? new Uint8Array(weights)
        : await download(weights, { signal: new AbortController().signal }),
    header = parseHeader(bytes, bytes.length);
  checkTensors(readConfig(config), header.tensors);
  return readTensors(header, bytes);
}
