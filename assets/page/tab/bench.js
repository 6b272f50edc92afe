// Trainings in the tab on a page: `addTab` gives them to the page, a TabBench gives their buttons to the Workbench.
//
//   const made = await addTab({ engine, catalog, backend, ... }); // made.backend also answers for runs of made.tab
//   const tab = made.tab.mount(store);                          // adds its acts to those of the store
//   await tab.time({ preset, values });                         // {canTrain, tab: {seconds, why, short, cores}}

import { saveFile } from "../save-file.js";
import { OwnWorlds } from "../own-worlds.js";
import { TabBackend } from "./backend.js";
import { Cores } from "./cores.js";
import { RunFiles } from "./files.js";
import { Orders } from "./orders.js";
import { TabRuns } from "./runs.js";
import { Trainings } from "./trainings.js";
import { ASKER, specOf } from "../recipe.js";
import { say } from "../words.js";

const SHIPPED = `runs/${ASKER}.html`;
const HTML = "text/html",
  ZIP = "application/zip",
  WEIGHTS = "application/octet-stream";
const OF_DATA = ["images", "captions"],
  OF_START = ["init", "tune"];

export async function addTab(page) {
  let where = () => (page.backend.kind === "static" ? "tab" : "server"); // until the Workbench chooses
  const tab = makeTab(page),
    backend = new TabBackend(page.backend, tab, () => where());
  await tab.runs.ready; // dials know the worlds of its runs from now on
  const mount = (store) => {
    where = () => store.state.places.chosen;
    return new TabBench(store, tab);
  };
  return { backend, tab: { ...tab, mount } };
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
  constructor(store, { orders, cores, runs, files, trainings }) {
    this.store = store;
    this.orders = orders;
    this.cores = cores;
    this.runs = runs;
    this.files = files;
    this.trainings = trainings;
    Object.assign(store.acts, this.acts());
    store.change({ isShared: Boolean(store.page.catalog.is_shared) });
    // A person chose other cores, or the device came to its battery.
    cores.notify = () => store.state.data && store.places.time();
    runs.watch(() => this.follow());
  }

  /** The columns follow every step of the tab, not only when they would ask. */
  follow() {
    if (this.store.state.run?.in_tab) void this.store.runs.follow();
    else this.store.draw();
  }

  /** How long a training of these dials takes here, or why it cannot be; rejects where a file for it did not come. */
  async time({ preset, values }) {
    const { orders, cores: all } = this,
      { count } = all,
      spec = specOf(this.store.page.catalog, { preset, values, seed: 0 });
    const canTrain = Boolean(await orders.measureSpeed()),
      why = canTrain ? await orders.refusalOf(spec) : "",
      secondsWith = async (cores) => (canTrain && !why ? orders.seconds(spec, cores) : null),
      seconds = await secondsWith(count);
    const choices = await Promise.all(
        all.choices().map(async (each) => ({ ...each, seconds: await secondsWith(each.count) })),
      ),
      cores = { count, why: all.why(), choices };
    return { canTrain, tab: { seconds, why, short: shortOf(why, orders.catalog.dials), cores } };
  }

  acts() {
    const { store, runs, files, trainings } = this,
      name = () => store.state.run.name;
    return {
      chooseCores: (count) => trainings.chooseCores(count),
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

/** A refusal in three words; the whole sentence stands in the title. */
function shortOf(why, dials) {
  if (!why) return "";
  const field = why.slice(0, why.indexOf("="));
  if (OF_DATA.includes(dials[field]?.stage)) return "not this world";
  return OF_START.includes(field) ? "not this start" : "not this model";
}
