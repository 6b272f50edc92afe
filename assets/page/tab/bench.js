// Trainings in the tab on a page: `addTab` gives them to the page, a TabBench gives their buttons to the Workbench.
//
//   const made = await addTab({ engine, catalog, backend, ... }); // made.backend also answers for runs of made.tab
//   const tab = made.tab.mount(store);                          // adds its acts to those of the store
//   tab.time({ preset, values }, server);                       // after every answer about the dials
//   state.places, state.tabSaid                                 // what bench/in-tab.js draws

import { saveFile } from "../save-file.js";
import { OwnWorlds } from "../own-worlds.js";
import { TabBackend } from "./backend.js";
import { Cores } from "./cores.js";
import { RunFiles } from "./files.js";
import { Orders } from "./orders.js";
import { Places } from "./places.js";
import { TabRuns } from "./runs.js";
import { Trainings } from "./trainings.js";
import { ASKER, specOf } from "../recipe.js";
import { say } from "../words.js";

const SHIPPED = `runs/${ASKER}.html`;
const HTML = "text/html",
  ZIP = "application/zip",
  WEIGHTS = "application/octet-stream";

export async function addTab(page) {
  const tab = makeTab(page),
    places = new Places(tab),
    isStatic = page.backend.kind === "static", // then there is one place, before it was timed too
    backend = new TabBackend(page.backend, tab, () => (isStatic ? "tab" : places.state.chosen));
  await tab.runs.ready; // dials know the worlds of its runs from now on
  return { backend, tab: { ...tab, mount: (store) => new TabBench(store, tab, places) } };
}

/**
 * The parts of a tab that trains: what a training takes (`orders`, `cores`), the runs that are here, their files, and
 * the training that is under way.
 */
export function makeTab(page) {
  const { engine, catalog, shelf, cores = new Cores() } = page,
    parts = { engine, catalog, cores, worlds: OwnWorlds.of(page) },
    orders = new Orders(parts),
    runs = new TabRuns({ ...parts, orders, shelf }),
    files = new RunFiles({ ...parts, orders, runs }),
    trainings = new Trainings({ ...parts, orders, runs });
  return { cores, orders, runs, files, trainings };
}

class TabBench {
  constructor(store, { runs, files, trainings }, places) {
    this.store = store;
    this.runs = runs;
    this.files = files;
    this.trainings = trainings;
    this.places = places;
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
  time({ preset, values }, server) {
    return this.places.time(specOf(this.store.page.catalog, { preset, values, seed: 0 }), server);
  }

  acts() {
    const { store, runs, files, trainings } = this,
      name = () => store.state.run.name;
    return {
      choosePlace: (place) => this.places.choose(place),
      chooseCores: (count) => this.places.useCores(count),
      pause: () => trainings.pause(name()),
      resume: () => trainings.resume(name()),
      saveRun: () =>
        this.attempt(async () => saveFile(await files.page(name(), await this.source()), `${name()}.html`, HTML)),
      saveZip: () => this.attempt(async () => saveFile(await files.zip(name()), `${name()}.zip`, ZIP)),
      saveModel: () => this.attempt(async () => saveFile(await runs.model(name()), `${name()}.safetensors`, WEIGHTS)),
      // a second press while the first is under way would give a second copy
      handOver: () => !store.state.isHanding && this.attempt(() => this.handOver(name())),
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
    const { name } = this.store.state.run;
    this.store.change({ tabSaid: "" });
    try {
      await act();
    } catch (error) {
      if (this.store.state.run?.name === name) this.store.change({ tabSaid: error.message });
    }
  }

  async handOver(name) {
    this.store.change({ isHanding: true, tabSaid: say("Handing it over …") });
    try {
      const { run } = await this.store.backend.bring(await this.files.zip(name));
      await this.runs.markHanded(name, run);
      this.store.change({ tabSaid: "" });
    } finally {
      this.store.change({ isHanding: false });
    }
  }
}
