// What the engine needs to train a spec in this tab, whether this browser can, and how long it takes.
//
//   const orders = new Orders({ engine, catalog, worlds, cores });
//   await orders.order(spec)      // what the engine trains, but for its sprites and the weights of a start
//   await orders.refusalOf(spec)  // why this browser cannot, "" where it can
//   await orders.seconds(spec)    // how long it takes here; null where it cannot
//   await orders.starts.load(spec)  // what it starts from, null for fresh weights

import { readConfig } from "../../engine/architecture.js";
import { loadOnce } from "../../engine/once.js";
import { modelFiles } from "../../engine/train/model_files.js";
import { refusalOf } from "../../engine/train/refusal.js";
import { estimatedSeconds, multiplyAdds } from "../../engine/train/speed.js";
import { say } from "../words.js";
import { NO_WEBASSEMBLY } from "../dials/plan.js";
import { wholeSpec } from "./record.js";
import { Starts, whyUnfit } from "./start.js";

export class Orders {
  constructor({ engine, catalog, worlds, cores }) {
    this.engine = engine;
    this.catalog = catalog;
    this.worlds = worlds;
    this.cores = cores;
    this.loads = new Map(); // the speed of this device, timed once
    this.starts = new Starts(engine);
  }

  /** What the engine trains; a spec that was published before a dial came gets its default. */
  async order(given) {
    const spec = wholeSpec(this.catalog, given),
      training = await this.trainingFiles(spec),
      { world, kernels, evaluation } = training,
      start = await this.starts.load(spec);
    return { world, kernels, evaluation, config: (start ?? modelFiles(training, spec)).config, spec };
  }

  /** What trainings need, with the description, the questions and the words of a world of one's own. */
  async trainingFiles({ data: { world: name } }) {
    const training = await this.engine.loadTraining();
    if (!this.worlds.document(name)) return training;
    const own = await this.worlds.training(name);
    return { ...training, ...own, own: own.world.words };
  }

  async refusalOf(spec) {
    if (!(await this.measureSpeed())) return say(NO_WEBASSEMBLY);
    try {
      const { config, world } = await this.order(spec),
        start = await this.starts.load(spec);
      return (
        refusalOf(spec, config, world, say) ?? (start ? whyUnfit(start, spec, await this.trainingFiles(spec)) : "")
      );
    } catch (error) {
      if (spec.train.init === "scratch") throw error;
      return error.message; // the start is gone, or no browser reads it
    }
  }

  /** Multiply-adds a second, timed once; null where the browser refuses WebAssembly. */
  measureSpeed() {
    return loadOnce(this.loads, "speed", async () => {
      const { kernels } = await this.engine.loadTraining();
      try {
        return multiplyAdds(await WebAssembly.compile(kernels));
      } catch {
        return null;
      }
    });
  }

  /** Time the next training anew: this device may have been busy. */
  forgetSpeed() {
    this.loads.delete("speed");
  }

  /** @param {number} [count] of cores */
  async seconds(spec, count = this.cores.count) {
    if (!(await this.measureSpeed()) || (await this.refusalOf(spec))) return null;
    return this.cores.pace(count) * (await this.predict(spec, count));
  }

  /** Seconds as one timed product tells, before any training of this browser has corrected them. */
  async predict(spec, workers) {
    const rate = await this.measureSpeed(),
      { config } = await this.order(spec);
    return estimatedSeconds(spec, readConfig(config), { rate, workers });
  }
}
