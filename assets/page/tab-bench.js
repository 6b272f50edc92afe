// What the Workbench has for trainings in the tab: where the next one goes, acts for the buttons, and what is said of the last press.
//
//   const tab = new TabBench(store, runs, places);       // adds its acts to those of the store
//   tab.dialed(data);                                    // after every move of a dial
//   state.places, state.tabSaid                          // what train-place.js draws

import { saved } from "./save-file.js";
import { specOf } from "./tab-run-record.js";
import { say } from "./words.js";

const HTML = "text/html", ZIP = "application/zip", WEIGHTS = "application/octet-stream";

export class TabBench {
  constructor(store, runs, places) {
    Object.assign(this, { store, runs, places });
    Object.assign(store.acts, this.acts());
    store.change({ places: places.state, tabSaid: "" });
    places.watch(() => store.change({ places: places.state }));
    runs.watch(() => this.changed());
  }

  /** The columns follow every step of the tab, not only when they would ask. */
  changed() {
    const { run } = this.store.state;
    if (run?.in_tab) void this.store.follow();
  }

  /** Time the training of these dials here, beside what the server says of it. */
  dialed({ preset, values, plan }) {
    const { page } = this.store, server = { seconds: plan.seconds ?? null, why: plan.why_not ?? "", waiting: 0, device: "" };
    void this.places.dialed(specOf(page.catalog, { preset, values, seed: 0 }), page.backend.kind === "server" ? server : null);
  }

  acts() {
    const { store, runs } = this, name = () => store.state.run.name, say = (said) => store.change({ tabSaid: said });
    return {
      place: (place) => this.places.choose(place),
      pause: () => runs.pause(name()),
      resume: () => runs.resume(name()),
      saveRun: () => this.tried(async () => saved(await runs.page(name()), `${name()}.html`, HTML)),
      saveZip: () => this.tried(async () => saved(await runs.zip(name()), `${name()}.zip`, ZIP)),
      saveModel: () => this.tried(async () => saved(await runs.model(name()), `${name()}.safetensors`, WEIGHTS)),
      handOver: () => this.tried(() => this.handOver(name())),
    };
  }

  async tried(act) {
    try {
      await act();
    } catch (error) {
      this.store.change({ tabSaid: error.message });
    }
  }

  async handOver(name) {
    this.store.change({ tabSaid: say("Handing it over …") });
    const { run } = await this.store.backend.bring(await this.runs.zip(name));
    this.runs.handed(name, run);
    this.store.change({ tabSaid: "" });
  }
}
