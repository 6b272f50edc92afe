/**
 * The challenge: the picture with the smallest margin for the true caption, kept in the browser, in three classes.
 *
 *     const challenge = new Challenge(storage, "things-bound");
 *     challenge.offer("trained", { margin, probability, scene });      // true where it is a new best
 *
 * A record is {margin, probability, scene}; the scene is the text of `writeState`, so a record can be shown again.
 */

/**
 * @typedef {{margin: number, probability: number, scene: string}} Best
 * @typedef {"any" | "quarters" | "trained"} Class
 */

export const CLASSES = /** @type {Class[]} */ (["any", "quarters", "trained"]);
/** Of a named object, so that the question is a fair one. */
export const LEAST_VISIBLE = 0.5;
const PREFIX = "clip-binding-challenge:";

export class Challenge {
  /** @param {Storage | null} storage null keeps the records as long as the page @param {string} model */
  constructor(storage, model) {
    this.storage = storage;
    this.key = PREFIX + model;
    /** @type {Partial<Record<Class, Best>>} */ this.bests = this.read();
  }

  /** @returns {Partial<Record<Class, Best>>} what was kept; whatever else stands there is left out */
  read() {
    try {
      const kept = JSON.parse(this.storage?.getItem(this.key) ?? "{}");
      return Object.fromEntries(CLASSES.filter((each) => isBest(kept?.[each])).map((each) => [each, kept[each]]));
    } catch {
      return {};
    }
  }

  /** @param {Class} which @param {Best} found @returns {boolean} */
  offer(which, found) {
    const best = this.bests[which];
    if (best && best.margin <= found.margin) return false;
    this.bests[which] = found;
    try {
      this.storage?.setItem(this.key, JSON.stringify(this.bests));
    } catch {
      // A browser may forbid storage: the record then lasts as long as the page.
    }
    return true;
  }
}

/** @param {any} found @returns {boolean} */
function isBest(found) {
  return Boolean(found) && Number.isFinite(found.margin) && Number.isFinite(found.probability) && typeof found.scene === "string";
}
