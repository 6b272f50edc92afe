// Where the next training runs: in this tab, or on the server. The sooner one is chosen until a person chooses.
//
//   const places = new Places(runs);
//   places.watch(() => draw());
//   places.dialed(spec, { seconds: 25, why: "", device: "CPU" });      // null in place of a server that there is none
//   places.state                     // what tab/place.js draws
//   places.choose("tab")

import { SERVER_ONLY } from "../../engine/server_only.js";
import { untimed } from "./place.js";

const OF_WORLD = ["world", ...Object.keys(SERVER_ONLY)],
  OF_START = ["init", "tune"];

export class Places {
  constructor(runs) {
    Object.assign(this, { runs, wanted: "", asked: 0, changed: () => {} });
    this.state = untimed(null);
  }

  watch(fn) {
    this.changed = fn;
  }

  /** Take the spec of the dials, and what the server says of it; rejects where a file that trains did not come. */
  async dialed(spec, server) {
    const number = ++this.asked;
    this.state = { ...this.state, server };
    const canTrain = Boolean(await this.runs.measured());
    const why = canTrain ? await this.runs.why(spec) : "",
      seconds = canTrain && !why ? await this.runs.seconds(spec) : null;
    if (number !== this.asked) return; // the dials were moved meanwhile
    this.state = { ...this.state, canTrain, tab: { seconds, why, short: shortOf(why) } };
    this.settle();
  }

  choose(place) {
    this.wanted = place;
    this.settle();
  }

  /** The place that a person chose, where it can train; else the sooner one. */
  settle() {
    const { tab, server } = this.state,
      can = { tab: tab.seconds !== null, server: Boolean(server) && !server.why };
    const sooner = can.tab && (!can.server || tab.seconds < (server.seconds ?? Infinity)) ? "tab" : "server";
    this.state = { ...this.state, chosen: !server ? "tab" : can[this.wanted] ? this.wanted : sooner, sooner };
    this.changed();
  }
}

/** A refusal in three words; the whole sentence stands in the title. */
function shortOf(why) {
  const field = why.slice(0, why.indexOf("="));
  return !why
    ? ""
    : OF_WORLD.includes(field)
      ? "not this world"
      : OF_START.includes(field)
        ? "not this start"
        : "not this model";
}
