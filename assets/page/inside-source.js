// Where the numbers of Look inside come from: the server's views, or the engine in this tab where there is no server.
//
//   const source = sourceOf(page)
//   await source.models(name)                          // [{name, title, kind: "run" | "shipped"}]
//   await source.steps(name, form, have)               // the answer of the view `inspect_steps`
//   await source.figures(name, form, step, scene)      // that of `inspect_figures`
//   await source.caption(name, form, scene, text, shown)        // {cosine, unknown}, by the engine if it can run the model

import { say } from "./words.js";

/** Signs that end no word: a word is a token, and none that a model reads holds one. */
const SIGNS = /[.,;:!?]/g;

export const sourceOf = (page) => (page.backend.has("inspect_steps") ? new Server(page) : new Tab(page));

class Server {
  constructor({ backend, engine }) {
    Object.assign(this, { backend, engine });
  }

  async models(name) {
    const { runs, starts } = await this.backend.view("runs", { name });
    return [...runs.map((each) => ({ name: each.run, title: each.title, kind: "run" })), ...starts.filter((each) => each.kind === "shipped").map((each) => ({ name: each.name, title: each.title, kind: "shipped" }))];
  }

  steps(name, form, have) {
    return this.backend.view("inspect_steps", { name, form, have });
  }

  figures(name, form, step, scene) {
    return this.backend.view("inspect_figures", { name, form, step, scene });
  }

  /** By the engine in the tab; by the server a model that it cannot run. */
  async caption(name, form, scene, text, shown) {
    try {
      return await scored(this.engine, name, text, shown);
    } catch {
      return this.backend.view("inspect_caption", { name, form, scene: scene + 1, caption: text });
    }
  }
}

class Tab {
  constructor(page) {
    this.page = page;
  }

  async models() {
    const { inspectable } = await import("./inside-engine.js");
    return [...this.page.tab.runs.list().map(([title, name]) => ({ name, title, kind: "run" })), ...inspectable(this.page)];
  }

  async steps(name, form, have) {
    if (this.page.tab.runs.has(name)) return this.page.tab.runs.inspect(name, { form, have });
    const { looked } = await import("./inside-engine.js");
    return looked(this.page, name);
  }

  figures() {
    return Promise.resolve({ figures: {}, why: say("Heat map, breakdown and controls come with the full app.") });
  }

  caption(name, form, scene, text, shown) {
    return scored(this.page.engine, name, text, shown);
  }
}

async function scored(engine, name, text, { seen, pixels }) {
  const typed = text.replace(SIGNS, " ");
  await engine.loadModel(name);
  const [{ unknown }] = await engine.embed({ model: name, texts: [typed] });
  const found = await engine.score({ models: [name], pixels: pixels ?? await pixelsOf(seen), texts: [typed] });
  return { cosine: found[name].cosines[0], unknown: [...new Set(unknown)] };
}

/** @param {string} uri of a picture without loss @returns {Promise<Uint8Array>} 3 x S x S */
async function pixelsOf(uri) {
  const image = Object.assign(new Image(), { src: uri });
  await image.decode();
  const side = image.naturalWidth, area = side * side, canvas = Object.assign(document.createElement("canvas"), { width: side, height: side }), pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, side, side), pixels = new Uint8Array(3 * area);
  for (let at = 0; at < area; at++) for (let channel = 0; channel < 3; channel++) pixels[channel * area + at] = data[4 * at + channel];
  return pixels;
}
