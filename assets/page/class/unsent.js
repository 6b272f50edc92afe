// What a pupil has chosen or given and the server has not answered yet, kept in this browser until it does or the seat
// is forgotten.
//
//   const unsent = new Unsent({ code, key });
//   const act = unsent.keep(about, { name: "answer", values });   // in place of one about the same
//   await act.settle(send);                                        // forgets it once it is answered or refused
//   act.isWanted();                                                // another tab may have kept or sent a newer one
//   unsent.take();                                                 // [{ name, values }, ...] of an earlier page

import { forget, keep, recall } from "../kept.js";
import { mayRepeat } from "../refused.js";
import { keptOf } from "./seat.js";

const NAMES = ["answer", "give_thing"],
  STORED = "clip-binding-class-unsent";

/** @param {string} name of an act @returns whether it is kept until it is answered */
export const outlivesPage = (name) => NAMES.includes(name);

export class Unsent {
  /** @param seat {code, key} */
  constructor(seat) {
    this.storageKey = keptOf(STORED, seat);
  }

  /** What stands there, by what it is about; it may be anybody's writing. */
  read() {
    const acts = recall(this.storageKey);
    return new Map(Object.entries(acts ?? {}));
  }

  write(acts) {
    if (acts.size) keep(this.storageKey, JSON.stringify(Object.fromEntries(acts)));
    else forget(this.storageKey);
  }

  take() {
    const acts = [...this.read().values()];
    forget(this.storageKey);
    return acts.filter((act) => outlivesPage(act?.name) && act.values);
  }

  keep(about, act) {
    const text = JSON.stringify(act),
      isThere = () => JSON.stringify(this.read().get(about)) === text,
      drop = () => {
        const acts = this.read();
        if (isThere() && acts.delete(about)) this.write(acts);
      };
    this.write(this.read().set(about, act));
    const isKept = isThere(); // a browser may keep nothing
    return {
      isWanted: () => !isKept || isThere(),
      settle: (send) => {
        const answer = send();
        answer.then(drop, (error) => mayRepeat(error) || drop());
        return answer;
      },
    };
  }
}
