// Where the numbers of Look inside come from: the server's views, or the engine in this tab where there is no server.
//
//   const source = sourceOf(page)
//   await source.models(name)                          // [{name, title, kind: "run" | "shipped"}]
//   await source.steps(name, form, have)               // the answer of the view `inspect_steps`
//   await source.figures(name, form, step, scene)      // that of `inspect_figures`
//   // {cosine, unknown}, by the engine if it can run the model
//   await source.caption(name, form, scene, text, shown)

import { loadOnce } from "../../engine/once.js";
import { pixelsOf } from "../pixels.js";
import { withoutSigns } from "../texts.js";
import { say } from "../words.js";

export const sourceOf = (page) => (page.backend.has("inspect_steps") ? new ServerSource(page) : new TabSource(page));

class ServerSource {
  constructor({ backend, engine }) {
    this.backend = backend;
    this.engine = engine;
  }

  async models(name) {
    const { runs, starts } = await this.backend.view("runs", { name });
    return [
      ...runs.map((each) => ({ name: each.run, title: each.title, kind: "run" })),
      ...starts
        .filter((each) => each.kind === "shipped")
        .map((each) => ({ name: each.name, title: each.title, kind: "shipped" })),
    ];
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
      return await score(this.engine, name, text, shown);
    } catch {
      return this.backend.view("inspect_caption", { name, form, scene: scene + 1, caption: text });
    }
  }
}

class TabSource {
  constructor(page) {
    this.page = page;
    this.looked = new Map(); // at models by name: those of a file and those that come with the project stay as they are
  }

  async models() {
    const { listInspectable } = await import("./engine.js");
    return [
      ...this.page.tab.runs.list().map(([title, name]) => ({ name, title, kind: "run" })),
      ...(await listInspectable(this.page)),
    ];
  }

  async steps(name, form, have) {
    if (this.page.tab.runs.has(name)) return this.page.tab.runs.inspect(name, { form, have });
    const { lookInside } = await import("./engine.js"),
      answer = await loadOnce(this.looked, name, () => lookInside(this.page, name));
    return have ? { ...answer, first: answer.steps.length, steps: [], scenes: null, width: null } : answer;
  }

  figures() {
    return Promise.resolve({ figures: {}, why: say("Heat map, breakdown and controls come with the full app.") });
  }

  caption(name, form, scene, text, shown) {
    return score(this.page.engine, name, text, shown);
  }
}

async function score(engine, name, text, { seen, pixels }) {
  const typed = withoutSigns(text);
  await engine.loadModel(name);
  const [{ unknown }] = await engine.embed({ model: name, texts: [typed] });
  const scores = await engine.score({ models: [name], pixels: pixels ?? (await pixelsOf(seen)), texts: [typed] });
  return { cosine: scores[name].cosines[0], unknown: [...new Set(unknown)] };
}
