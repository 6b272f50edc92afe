// The challenge: the picture with the smallest margin for the true caption, kept in the browser, in three classes.
//
//   const challenge = new Challenge(localStorage, "things-bound");
//   challenge.offer(["any", "trained"], { margin, probability, scene });      // `scene` is the text of `writeState`
//   challenge.bests.any

export const CLASSES = ["any", "quarters", "trained"];
/** The share of a named object that has to be seen, so that the question is a fair one. */
export const MIN_VISIBLE = 0.5;

export class Challenge {
  /** @param storage null keeps the records as long as the page */
  constructor(storage, model) {
    this.storage = storage;
    this.model = model;
    this.key = `clip-binding-challenge:${model}`;
    this.bests = this.read();
  }

  /** What was kept; whatever else stands there is left out. */
  read() {
    try {
      const stored = JSON.parse(this.storage?.getItem(this.key) ?? "{}");
      return Object.fromEntries(CLASSES.filter((each) => isBest(stored?.[each])).map((each) => [each, stored[each]]));
    } catch {
      return {};
    }
  }

  offer(classes, attempt) {
    for (const [each, best] of Object.entries(this.read())) // another view or tab may have kept a better one since
      if (!(this.bests[each]?.margin <= best.margin)) this.bests[each] = best;
    const better = classes.filter((each) => !(this.bests[each]?.margin <= attempt.margin));
    if (!better.length) return;
    better.forEach((each) => {
      this.bests[each] = attempt;
    });
    try {
      this.storage?.setItem(this.key, JSON.stringify(this.bests));
    } catch {
      /* the storage is full: the record lasts as long as the page */
    }
  }
}

const isBest = (best) =>
  Boolean(best) && Number.isFinite(best.margin) && Number.isFinite(best.probability) && typeof best.scene === "string";
