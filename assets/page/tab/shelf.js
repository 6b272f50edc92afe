// Runs of the tab that stay in this browser: IndexedDB, where the page has an origin of its own. On file:// nothing is
// kept.
//
//   const shelf = new Shelf();
//   await shelf.all()                 // the runs without their weights
//   await shelf.put(tabRun, file);   // the oldest others make room
//   await shelf.weights(name); await shelf.remove(name);

const NAME = "clip-binding-explorer",
  VERSION = 1,
  RUNS = "runs",
  WEIGHTS = "weights";
const MAX_RUNS = 12,
  MAX_BYTES = 150_000_000;
const OPENED_MS = 3000;

/** Seconds since 1970; version 1.0 kept only when a run was made. */
const putAt = ({ put, created }) => put ?? created;
const inOrder = (runs) => runs.sort((one, two) => putAt(one) - putAt(two));

/** The names of the kept runs that have to go if a run is put beside the others. */
function makingRoom(runs, tabRun) {
  const others = inOrder(runs.filter((each) => each.name !== tabRun.name)),
    size = (list) => list.reduce((sum, each) => sum + each.bytes, tabRun.bytes),
    gone = [];
  while (others.length >= MAX_RUNS || (others.length > 0 && size(others) > MAX_BYTES)) gone.push(others.shift().name);
  return gone;
}

const lockOf = (name) => `${NAME}-training-${name}`;

/**
 * Tell the other tabs of this browser that a run trains here, until `ended`. A page that is closed tells nothing more;
 * one that came over plain HTTP cannot tell it at all.
 */
export const holdTraining = (name, ended) =>
  void globalThis.navigator?.locks?.request(lockOf(name), () => ended).catch(() => undefined);

/** @returns {Promise<(name: string) => boolean>} whether another tab of this browser trains a run */
export async function trainedElsewhere() {
  const { held } = (await globalThis.navigator?.locks?.query().catch(() => null)) ?? { held: [] };
  return (name) => held.some((each) => each.name === lockOf(name));
}

export class Shelf {
  constructor(factory = globalThis.indexedDB) {
    this.isOpen = Boolean(factory) && globalThis.location?.protocol !== "file:";
    this.opening = this.isOpen
      ? openShelf(factory, () => this.close()).catch(() => {
          this.close();
          return null;
        })
      : Promise.resolve(null);
  }

  /** From now on nothing is kept, nor read again. */
  close() {
    this.isOpen = false;
  }

  /** One transaction; null where nothing can be kept. */
  async use(mode, act) {
    const database = await this.opening;
    if (!this.isOpen || !database) return null;
    const transaction = database.transaction([RUNS, WEIGHTS], mode);
    const request = act(transaction.objectStore(RUNS), transaction.objectStore(WEIGHTS));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request?.result ?? null);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }

  /** The runs, those first that were put here first: one that came from a file may have been made long before. */
  async all() {
    return inOrder((await this.use("readonly", (runs) => runs.getAll())) ?? []);
  }

  weights(name) {
    return this.use("readonly", (_, weights) => weights.get(name));
  }

  remove(name) {
    return this.use("readwrite", (runs, weights) => {
      weights.delete(name);
      return runs.delete(name);
    });
  }

  /**
   * Keep a run. Returns the names of those that made room, null where it could not be kept. It is one transaction, so a
   * run that is removed meanwhile does not come back.
   */
  async put(tabRun, file = null) {
    const gone = [];
    try {
      await this.use("readwrite", (runs, weights) => {
        const reading = runs.getAll();
        reading.onsuccess = () => {
          try {
            gone.push(...makingRoom(reading.result, tabRun));
            for (const name of gone) {
              weights.delete(name);
              runs.delete(name);
            }
            if (file) weights.put(file, tabRun.name);
            runs.put({ ...tabRun, put: Date.now() / 1000 });
          } catch {
            reading.transaction.abort(); // nothing makes room for what cannot be kept
          }
        };
      });
    } catch {
      // no room on the disk, or storage is off or damaged
      return null;
    }
    return this.isOpen ? gone : null;
  }
}

/**
 * The storage; it fails where a browser stalls, or another tab keeps an older version open. It is given back, and
 * `onClose` called, once another tab asks for a newer version.
 */
function openShelf(factory, onClose) {
  let timer = 0,
    isLate = false;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new Error("the storage does not open"));
    }, OPENED_MS);
  });
  const opened = new Promise((resolve, reject) => {
    const request = factory.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RUNS, { keyPath: "name" });
      request.result.createObjectStore(WEIGHTS);
    };
    request.onsuccess = () => {
      const database = request.result;
      database.onversionchange = () => {
        onClose();
        database.close();
      };
      if (isLate) database.close(); // or it would stand in another tab's way
      resolve(database);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab keeps an older version open"));
  });
  return Promise.race([opened, late]).finally(() => clearTimeout(timer));
}
