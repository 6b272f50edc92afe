// Trainings in the tab on a page: `withTab` gives them to the page, a TabBench gives their buttons to the Workbench.
//
//   const page = withTab({ engine, catalog, backend, ... });    // page.tab, and a backend that answers for its runs
//   const tab = page.tab.mount(store);                          // adds its acts to those of the store
//   tab.time({ preset, values });                               // after every move of a dial
//   state.places, state.tabSaid                                 // what tab/place.js draws

import { saveFile } from "../save-file.js";
import { TabBackend } from "./backend.js";
import { checkSize } from "./open.js";
import { Places } from "./places.js";
import { TabRuns } from "./runs.js";
import { specOf } from "../recipe.js";
import { say } from "../words.js";

const SHIPPED = "runs/things-web.html";
const HTML = "text/html",
  ZIP = "application/zip",
  WEIGHTS = "application/octet-stream";

export async function withTab(page) {
  const runs = new TabRuns(page),
    places = new Places(runs),
    isStatic = page.backend.kind === "static", // then there is one place, before it was timed too
    backend = new TabBackend(page.backend, runs, () => (isStatic ? "tab" : places.state.chosen));
  await runs.ready; // dials know the worlds of its runs from now on
  return { backend, tab: { runs, mount: (store) => new TabBench(store, runs, places) } };
}

class TabBench {
  constructor(store, runs, places) {
    Object.assign(this, { store, runs, places });
    Object.assign(store.acts, this.acts());
    places.state = store.state.places ?? places.state; // what the columns show already
    Object.assign(store.state, { places: places.state, isShared: Boolean(store.page.catalog.is_shared) });
    places.watch(() => store.change({ places: places.state }));
    runs.watch(() => this.follow());
  }

  /** The columns follow every step of the tab, not only when they would ask. */
  follow() {
    if (this.store.state.run?.in_tab) void this.store.runs.follow();
    else this.store.draw();
  }

  /** Time the training of these dials here, beside what the server says of it. */
  async time({ preset, values }) {
    const { store } = this,
      spec = specOf(store.page.catalog, { preset, values, seed: 0 });
    return this.places.time(spec, await store.place.askServer({ preset, values }));
  }

  acts() {
    const { store, runs } = this,
      name = () => store.state.run.name;
    return {
      place: (place) => this.places.choose(place),
      cores: (count) => this.places.useCores(count),
      pause: () => runs.pause(name()),
      resume: () => runs.resume(name()),
      saveRun: () =>
        this.attempt(async () => saveFile(await runs.page(name(), await this.source()), `${name()}.html`, HTML)),
      saveZip: () => this.attempt(async () => saveFile(await runs.zip(name()), `${name()}.zip`, ZIP)),
      saveModel: () => this.attempt(async () => saveFile(await runs.model(name()), `${name()}.safetensors`, WEIGHTS)),
      openSaved: ({ target }) =>
        this.attempt(async () => {
          const [file] = target.files;
          checkSize(file.size);
          const name = await runs.take(new Uint8Array(await file.arrayBuffer()));
          await store.runs.open(name);
        }),
      handOver: () => this.attempt(() => this.handOver(name())),
    };
  }

  /** A page in one file, whose run another takes the place of: that of a shipped model, or this page itself. */
  async source() {
    if (this.store.backend.kind === "static") return document.cloneNode(true);
    this.store.change({ tabSaid: say("Packing it …") });
    const answer = await fetch(SHIPPED);
    if (!answer.ok) throw new Error(say("The server does not give the page that the run would stand in."));
    this.store.change({ tabSaid: "" });
    return new DOMParser().parseFromString(await answer.text(), HTML);
  }

  async attempt(act) {
    try {
      await act();
    } catch (error) {
      this.store.change({ tabSaid: error.message });
    }
  }

  async handOver(name) {
    this.store.change({ tabSaid: say("Handing it over …") });
    const { run } = await this.store.backend.bring(await this.runs.zip(name));
    await this.runs.markHanded(name, run);
    this.store.change({ tabSaid: "" });
  }
}
