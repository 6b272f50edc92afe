// The model of a run of this tab as the engine loads it, and the files in which a person takes the run along.
//
//   const files = new RunFiles({ engine, orders, runs });     // the engine finds runs by their names from now on
//   await files.card(name);
//   await files.page(name, source); await files.zip(name);    // the weights alone are `runs.model(name)`

import { modelFiles } from "../../engine/train/model_files.js";
import { runPage } from "./page.js";
import { unopenedModel } from "./runs.js";
import { runTitle } from "./title.js";
import { runZip } from "./zip.js";

export class RunFiles {
  constructor({ engine, catalog, orders, runs }) {
    this.catalog = catalog;
    this.orders = orders;
    this.runs = runs;
    const { source } = engine;
    engine.source = {
      ...source,
      model: async (name) => {
        await runs.ready;
        return runs.has(name) ? this.card(name) : source.model(name);
      },
    };
  }

  /** The config of a run's model, and the files of its tokenizer. */
  async describe(name) {
    const { spec, card } = this.runs.requireRun(name),
      here = modelFiles(await this.orders.trainingFiles(spec), spec);
    return card ? { config: card.config, files: { ...here.files, "tokenizer.json": card.tokenizer } } : here;
  }

  /** What the engine loads: its card and its weights. */
  async card(name) {
    const weights = await this.runs.model(name),
      { spec } = this.runs.requireRun(name),
      { config, files } = await this.describe(name);
    if (!weights) throw unopenedModel();
    return {
      config,
      tokenizer: files["tokenizer.json"],
      trained_on: spec.data,
      weights: { fp16: weights.slice().buffer },
    };
  }

  /** The run as one HTML file; `source` is a document of one, whose place it takes. */
  async page(name, source) {
    const tabRun = this.runs.requireRun(name),
      title = runTitle(this.catalog, tabRun.spec, tabRun.origin === "here" ? "tab" : tabRun.origin);
    return runPage({ tabRun, title, card: await this.card(name), weights: await this.runs.model(name), source });
  }

  /** The run as the zip that a server imports. */
  async zip(name) {
    return runZip(this.runs.requireRun(name), { weights: await this.runs.model(name), ...(await this.describe(name)) });
  }
}
