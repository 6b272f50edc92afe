// The places of the next training, of the Workbench: the server, and this tab, whose trainings come once they are asked
// for. The sooner one is chosen until a person chooses.
//
//   const places = new Places(store);
//   await places.mountTab();                    // once the tab was timed, or could not be had
//   places.time();                              // after every answer about the dials: state.places has both times
//   places.choose("tab");
//   await places.ready();                       // before a training; throws a sentence where nothing can train
//
// What this tab needs may not come. Then the server is taken, and the tab is asked for again and again.

import { Refused } from "../refused.js";
import { Latest } from "../store.js";
import { say } from "../words.js";

export const RETRY_MS = 4000;
/** The places before anything is known of them; `server` stays null where there is none. */
const UNTIMED = {
  chosen: "server",
  sooner: "",
  canTrain: null,
  tab: { seconds: null, why: "", short: "", cores: null },
  server: null,
};
/** What is said of this tab where a file that it trains with did not come. */
export const LOST = {
  seconds: null,
  why: "The files that this tab needs for training could not be loaded. The page tries again by itself.",
  short: "not loaded yet",
  cores: null,
};

export class Places {
  constructor(store) {
    this.store = store;
    this.page = store.page;
    this.state = store.state;
    this.tab = null; // trainings in this tab, once they have come
    this.mounting = null;
    this.timing = null;
    this.timings = new Latest(); // of dials, which may be moved meanwhile
    this.wanted = ""; // what a person chose
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
    this.settle();
    if (state.data) await this.timeTab();
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
    this.settle(this.state.data ? { tab: LOST, server: this.server() } : { tab: LOST });
    this.store.timers.poll("tab", RETRY_MS, () => this.mountTab());
  }

  /** The server as a place for the data that are shown; null where there is none. */
  server() {
    const { isStatic, data, device } = this.state;
    if (isStatic) return null;
    const { seconds, why_not: why } = data.plan;
    return { seconds, why: why ?? "", device: device?.name ?? "" };
  }

  /** The places are those of the newest dials then. A page without a server has this tab alone. */
  async ready() {
    await this.store.dialing; // Train may be pressed in the moment in which a dial was moved
    const { isStatic, places } = this.state;
    if (isStatic || places?.chosen === "tab") await this.mountTab();
    await this.timing;
    if (isStatic && !this.tab) throw new Refused("", say(LOST.why));
  }

  time() {
    const server = this.server();
    if (this.tab) this.timing = this.timeTab().catch(() => this.retry());
    else if (server) this.settle({ server });
  }

  async timeTab() {
    const isNewest = this.timings.begin(),
      server = this.server(),
      timed = await this.tab.time(this.state.data).catch((error) => {
        if (isNewest()) throw error; // of dials that were left nothing is lost
      });
    if (isNewest()) this.settle({ server, ...timed });
  }

  /** @returns {Promise<void>} until the tab has come, or could not be had */
  choose(place) {
    this.wanted = place;
    this.settle();
    return this.mountTab();
  }

  /** Choose the place that a person wants, where it can train; else the sooner one. */
  settle(parts = {}) {
    const places = { ...(this.state.places ?? UNTIMED), ...parts },
      { tab, server, canTrain } = places,
      isTimed = canTrain !== null,
      can = { tab: canTrain !== false && !tab.why, server: Boolean(server) && !server.why };
    const isTabSooner = tab.seconds !== null && (!can.server || tab.seconds < (server.seconds ?? Infinity)),
      sooner = isTabSooner ? "tab" : "server",
      chosen = this.state.isStatic ? "tab" : can[this.wanted] ? this.wanted : sooner;
    this.store.change({ places: { ...places, chosen, sooner: isTimed ? sooner : "" } });
  }
}
