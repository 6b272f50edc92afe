// A page without a server: what it carries answers, and the engine in this tab.
//
//   const backend = new FrozenBackend(carried);      // see backend.js for what a backend is
//   backend.engine, backend.models                   // with worlds and models from the file; names of these
//   backend.lacks("class")                           // whether a file holds a view of the page
//
// `carried` is {answers, records, listed, models, worlds, files, absent, opens}: answers of views by the parameters
// that choose one, runs as the view `run` compares them, names of recordings, cards and descriptions for the engine,
// files of ours by path, the views that are not here, and the address that the page opens with.

import { Engine } from "../engine/client.js";
import { Refused } from "./refused.js";
import { TabAnswers } from "./tab/answers.js";
import { say } from "./words.js";

const NO_SERVER = "This copy has no server, so it cannot answer that. The full app does, on your own computer.";

/** Where the engine finds what it draws and asks. */
const sourceOf = ({ worlds, models, training }) => ({
  async world(name) {
    if (!Object.hasOwn(worlds, name)) throw new Error(`world=${name}: it is not in this file`);
    return { description: worlds[name], atlas: await oneFile.unpack(`${name}.atlas`) };
  },
  async model(name) {
    if (!Object.hasOwn(models, name)) throw new Error(`model=${name}: it is not in this file`);
    return { ...models[name], weights: { fp16: await oneFile.unpack(`${name}.weights`) } };
  },
  training: async () => ({ ...training, kernels: await oneFile.unpack("kernels.wasm") }),
});

export class FrozenBackend {
  constructor(carried) {
    this.kind = "static";
    this.carried = carried;
    this.firstQuery = carried.opens;
    this.models = Object.keys(carried.models);
    this.engine = new Engine(
      sourceOf(carried),
      () => oneFile.worker("engine/worker.js"),
      () => oneFile.worker("engine/train/worker.js"),
    );
    this.tab = new TabAnswers(carried, this.engine);
  }

  has(name) {
    return this.tab.has(name) || Object.hasOwn(this.carried.answers, name);
  }

  lacks(view) {
    return this.carried.absent.includes(view);
  }

  /** What the tab works out, else what was written when the file was. */
  async view(name, values = {}, options) {
    if (this.tab.has(name)) return this.tab.view(name, values, options);
    const { by = [], found: answers = {} } = this.carried.answers[name] ?? {},
      key = by.map((each) => values[each] || "").join(" ");
    if (!Object.hasOwn(answers, key)) throw new Refused(by[0] ?? "", say(NO_SERVER));
    return answers[key];
  }

  act(name, values = {}) {
    return this.tab.act(name, values);
  }

  job(name, values = {}, onProgress, options) {
    return this.view(name, values, options);
  }

  async json(path) {
    if (!Object.hasOwn(this.carried.files, path)) throw new Refused("", say(NO_SERVER));
    return this.carried.files[path];
  }
}
