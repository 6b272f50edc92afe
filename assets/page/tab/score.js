// What the job `score` answers, by a small model in this tab.
//
//   const score = new TabScore(engine);
//   await score.answer({ model: "things-web", images: [uri], captions: ["a red bus", "a blue bus"] });

import { TabModels } from "../ask/tab.js";
import { Refused } from "../refused.js";
import { withoutSigns } from "../texts.js";
import { say } from "../words.js";
import { bagOrders } from "./word-orders.js";

export const NOT_HERE = "This run is not in this file.";

export class TabScore {
  constructor(engine) {
    this.engine = engine;
    this.models = new TabModels(engine);
  }

  /** The control of `score`: how much a model follows the order of words alone. */
  orders({ captions }) {
    return captions.map(bagOrders);
  }

  /** The words of captions that a model has never read, by model; one that read them all is left out. */
  async unread({ models, captions }) {
    const unread = {};
    for (const model of models) {
      if (!(await this.models.canAnswer(model))) continue;
      const words = (await this.engine.embed({ model, texts: captions.map(withoutSigns) })).flatMap(
        ({ unknown }) => unknown,
      );
      if (words.length) unread[model] = [...new Set(words)];
    }
    return unread;
  }

  /**
   * What Ask reads of the server's document: without other wordings, a script, and what names files and versions.
   */
  async answer({ model, images, captions, maps = 0 }, { signal = new AbortController().signal } = {}) {
    const typed = captions.map((text) => withoutSigns(text).trim());
    if (typed.some((text) => !text)) throw new Refused("captions", say("Type both captions."));
    if (!(await this.models.canAnswer(model))) throw new Refused("model", say(NOT_HERE));
    const { config } = await this.engine.loadModel(model),
      { cosines, scale, spread } = await this.models.answer(
        model,
        { pictures: images.map((uri) => ({ uri })), captions: typed, orders: this.orders({ captions }) },
        signal,
      );
    const unread = [...new Set((await this.engine.embed({ model, texts: typed })).flatMap(({ unknown }) => unknown))];
    return {
      model,
      preprocessing: config.preprocess_cfg,
      activation: config.model_cfg.quick_gelu ? "QuickGELU" : "GELU",
      logit_scale: scale,
      captions,
      cosine: cosines,
      probabilities: cosines.map((row) => softmax(row.map((cosine) => cosine * scale))),
      order_free: { spread },
      relevance: maps ? { why: say("A server draws these maps: hand the run over first.") } : null,
      warnings: unread.length ? [say`Words that it has never read: ${unread.join(", ")}.`] : [],
    };
  }
}

function softmax(values) {
  const most = Math.max(...values),
    parts = values.map((value) => Math.exp(value - most)),
    sum = parts.reduce((one, other) => one + other);
  return parts.map((part) => part / sum);
}
