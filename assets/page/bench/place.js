// The place of the next training, of the Workbench: the server, or this tab, whose trainings come once they are asked
// for. tab/places.js decides between the two.
//
//   const place = new BenchPlace(store);
//   await place.mountTab();                     // once the tab was timed, or could not be had
//   await place.time({ preset, values });      // after every move of a dial: state.places has the seconds of both
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
    if (state.dialed) await this.tab.time(state.dialed);
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

  /** What the server says of a training of these dials; null where there is none. */
  async askServer({ preset, values }) {
    if (this.state.isStatic) return null;
    const { seconds, why_not: why } = await this.store.policy.plans.forecast(preset, values);
    return {
      seconds: seconds && (seconds[0] + seconds[1]) / 2,
      why: why ?? "",
      waiting: 0,
      device: this.state.device?.name ?? "",
    };
  }

  /** A page without a server has this tab alone. */
  async ready() {
    const { isStatic, places } = this.state;
    if (isStatic || places?.chosen === "tab") await this.mountTab();
    await this.timing;
    if (isStatic && !this.tab) throw new Refused("", say(LOST.why));
  }

  async time(dialed) {
    if (this.tab) return (this.timing = this.tab.time(dialed).catch(() => this.retry()));
    const server = await this.askServer(dialed),
      { places } = this.state;
    if (server && !this.tab)
      this.store.change({ places: { ...untimedPlaces(server), ...(places && { tab: places.tab }) } });
  }

  /** Until the tab has come, with an act of its own for this. */
  choose(chosen) {
    this.store.change({ places: { ...this.state.places, chosen } });
    return (this.timing = this.mountTab().then(() => this.tab && this.store.acts.choosePlace(chosen)));
  }
}
