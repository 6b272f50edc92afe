// Where the next training runs: in this tab, or on the server. The sooner one is chosen until a person chooses.
//
//   const places = new Places(tab);     // of bench.js
//   places.watch(() => draw());
//   places.time(spec, { seconds: 25, why: "", device: "CPU" });      // null in place of a server that there is none
//   places.state                     // what bench/in-tab.js draws
//   places.choose("tab"); places.useCores(1)

import { untimedPlaces } from "../dials/plan.js";
import { Latest } from "../store.js";

const OF_DATA = ["images", "captions"],
  OF_START = ["init", "tune"];

export class Places {
  constructor({ orders, cores, trainings }) {
    this.orders = orders;
    this.cores = cores;
    this.trainings = trainings;
    this.wanted = "";
    this.questions = new Latest(); // about the dials, which may be moved meanwhile
    this.notify = () => {};
    this.spec = null;
    this.state = untimedPlaces(null);
    // A person chose other cores, or the device came to its battery.
    cores.notify = () => this.spec && void this.time(this.spec, this.state.server).catch(() => undefined);
  }

  watch(notify) {
    this.notify = notify;
  }

  /** Take the spec of the dials, and what the server says of it; rejects where a file that trains did not come. */
  async time(spec, server) {
    const isNewest = this.questions.begin(),
      { orders, cores: all } = this,
      { count } = all;
    this.spec = spec;
    this.state = { ...this.state, server };
    const canTrain = Boolean(await orders.measureSpeed());
    const why = canTrain ? await orders.refusalOf(spec) : "",
      isTimed = canTrain && !why,
      seconds = isTimed ? await orders.seconds(spec, count) : null;
    const choices = await Promise.all(
      all
        .choices()
        .map(async (each) => ({ ...each, seconds: isTimed ? await orders.seconds(spec, each.count) : null })),
    );
    if (!isNewest()) return;
    const cores = { count, why: all.why(), choices };
    this.state = { ...this.state, canTrain, tab: { seconds, why, short: shortOf(why, orders.catalog.dials), cores } };
    this.settle();
  }

  choose(place) {
    this.wanted = place;
    this.settle();
  }

  useCores(count) {
    this.trainings.chooseCores(count);
  }

  /** The place that a person chose, where it can train; else the sooner one. */
  settle() {
    const { tab, server } = this.state,
      can = { tab: tab.seconds !== null, server: Boolean(server) && !server.why };
    const sooner = can.tab && (!can.server || tab.seconds < (server.seconds ?? Infinity)) ? "tab" : "server";
    this.state = { ...this.state, chosen: !server ? "tab" : can[this.wanted] ? this.wanted : sooner, sooner };
    this.notify();
  }
}

/** A refusal in three words; the whole sentence stands in the title. */
function shortOf(why, dials) {
  if (!why) return "";
  const field = why.slice(0, why.indexOf("="));
  if (OF_DATA.includes(dials[field]?.stage)) return "not this world";
  return OF_START.includes(field) ? "not this start" : "not this model";
}
