// The place of the next training, of the Workbench: the server, or this tab, whose trainings come once they are asked
// for. tab/places.js decides between the two.
//
//   const place = new BenchPlace(store);
//   await place.mountTab();                     // once the tab was timed, or could not be had
//   place.time();                              // after every answer about the dials: state.places has both times
//   place.choose("tab");
//   await place.ready();                       // before a training; throws a sentence where nothing can train
//
// What this tab needs may not come. Then the server is taken, and the tab is asked for again and again.

import { Refused } from "../refused.js";
import { LOST, untimedPlaces } from "../dials/plan.js";
import { say } from "../words.js";

export const RETRY_MS = 4000;

export class BenchPlace {
  constructor(store) {
    this.store = store;
    this.page = store.page;
    this.state = store.state;
    this.tab = null; // trainings in this tab, once they have come
    this.mounting = null;
    this.timing = null;
  }

  mountTab() {
    return (this.mounting ??= this.mount().catch(() => this.retry()));
  }

  async mount() {
    await this.page.loadTab?.();
    const { tab } = this.page,
      { store, state } = this;
    if (!tab) return;
    this.tab ??= tab.mount(store);
    if (state.data) await this.tab.time(state.data, this.server());
    await tab.runs.ready;
    if (tab.runs.list().length)
      await store.runs.ask().then(
        (answer) => store.runs.receiveListing(answer),
        () => undefined,
      );
    store.draw();
  }

  retry() {
    this.mounting = null;
    this.store.change({ places: { ...(this.state.places ?? untimedPlaces(null)), chosen: "server", tab: LOST } });
    this.store.timers.poll("tab", RETRY_MS, () => this.mountTab());
  }

  /** The server as a place for the data that are shown; null where there is none. */
  server() {
    const { isStatic, data, device } = this.state;
    if (isStatic) return null;
    const { seconds, why_not: why } = data.plan;
    return { seconds, why: why ?? "", device: device?.name ?? "" };
  }

  /** A page without a server has this tab alone. */
  async ready() {
    const { isStatic, places } = this.state;
    if (isStatic || places?.chosen === "tab") await this.mountTab();
    await this.timing;
    if (isStatic && !this.tab) throw new Refused("", say(LOST.why));
  }

  time() {
    const { data, places } = this.state,
      server = this.server();
    if (this.tab) this.timing = this.tab.time(data, server).catch(() => this.retry());
    else if (server) this.store.change({ places: { ...(places ?? untimedPlaces(null)), server } });
  }

  /** Until the tab has come, with an act of its own for this. */
  choose(chosen) {
    this.store.change({ places: { ...this.state.places, chosen } });
    return (this.timing = this.mountTab().then(() => this.tab && this.store.acts.choosePlace(chosen)));
  }
}
