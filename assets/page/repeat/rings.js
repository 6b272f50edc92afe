// What this browser repeated: "same" or "differs", by the key of a training. It is kept where the page has an origin; a
// page from file:// has none of its own, so there it lasts until the page is closed.
//
//   const rings = new Rings();
//   rings.of("f2a2acbcfc5e3ca6")       // "same", "differs" or ""
//   rings.put("f2a2acbcfc5e3ca6", "same"); rings.isKept

import { keep, recall } from "../kept.js";

const KEY = "clip-binding-explorer-repeats",
  MAX_RINGS = 2000,
  KINDS = ["same", "differs"];

export class Rings {
  constructor(location = globalThis.location) {
    this.isKept = Boolean(location) && location.protocol !== "file:";
    this.rings = new Map(this.readKept());
  }

  readKept() {
    const found = this.isKept ? recall(KEY) : null,
      pairs = found && typeof found === "object" && !Array.isArray(found) ? Object.entries(found) : [];
    return pairs.filter(([, kind]) => KINDS.includes(kind));
  }

  of(key) {
    return this.rings.get(key) ?? "";
  }

  /** The newest comes last; of too many the oldest go. @param {string} key @param {"same" | "differs"} kind */
  put(key, kind) {
    this.rings = new Map([...this.rings, ...this.readKept()]); // another view or tab may have put one since
    this.rings.delete(key);
    this.rings.set(key, kind);
    for (const each of [...this.rings.keys()].slice(0, Math.max(0, this.rings.size - MAX_RINGS)))
      this.rings.delete(each);
    if (this.isKept) keep(KEY, JSON.stringify(Object.fromEntries(this.rings)));
  }
}
