// Runs that stay in this browser: the shelf itself, on a storage that works and on one that fails.

import assert from "node:assert/strict";

import { holdTraining, Shelf } from "../../../assets/page/tab/shelf.js";
import { FILE, spec, tabOf, trained } from "./runs.js";

/** A browser's IndexedDB with two stores by key; where `fails` says so, a transaction ends with an error. */
function storage({ fails = () => false } = {}) {
  const kept = { runs: new Map(), weights: new Map(), opened: [] };
  const storeOf = (name, transaction) => ({
    getAll: () => ({
      result: [...kept[name].values()],
      transaction,
      set onsuccess(told) {
        told();
      },
    }),
    get: (key) => ({ result: kept[name].get(key) }),
    put(value, key = value.name) {
      if (value.isNoClone) throw new Error("DataCloneError");
      return { result: kept[name].set(key, value) && key };
    },
    delete: (key) => ({ result: void kept[name].delete(key) }),
  });
  const base = {
    close: () => (base.isClosed = true),
    transaction(_, mode) {
      const before = { runs: new Map(kept.runs), weights: new Map(kept.weights) };
      const transaction = {
        objectStore: (name) => storeOf(name, transaction),
        error: new Error("UnknownError"),
        abort() {
          Object.assign(kept, before);
          this.isAborted = true;
        },
      };
      queueMicrotask(() => {
        if (transaction.isAborted) transaction.onabort();
        else if (fails(mode)) transaction.onerror();
        else transaction.oncomplete();
      });
      return transaction;
    },
  };
  const open = () => {
    const request = { result: base };
    kept.opened.push(base);
    queueMicrotask(() => request.onsuccess());
    return request;
  };
  return { kept, factory: { open } };
}
const run = (number, bytes = 1) => ({ name: `tab-${number}`, created: number, bytes });

export const shelfTests = {
  async "the oldest runs make room for a new one, with their weights"() {
    const { kept, factory } = storage(),
      shelf = new Shelf(factory);
    for (let number = 0; number < 12; number++) assert.deepEqual(await shelf.put(run(number), FILE), []);
    assert.deepEqual(await shelf.put(run(3), FILE), [], "it takes its own place");
    assert.deepEqual(await shelf.put(run(12), FILE), ["tab-0"]);
    assert.deepEqual(await shelf.put(run(13, 149_999_990)), ["tab-1", "tab-2"]);
    assert.deepEqual([kept.runs.size, kept.weights.has("tab-0"), await shelf.weights("tab-12")], [11, false, FILE]);
  },

  async "a run that cannot be kept takes no place, and another version of the page may take the storage"() {
    const { kept, factory } = storage(),
      shelf = new Shelf(factory);
    for (let number = 0; number < 12; number++) await shelf.put(run(number), FILE);
    assert.equal(await shelf.put({ ...run(12), isNoClone: true }, FILE), null);
    assert.deepEqual([kept.runs.size, kept.weights.size, kept.runs.has("tab-0")], [12, 12, true]);
    for (const base of kept.opened) base.onversionchange();
    assert.deepEqual([await shelf.all(), shelf.isOpen, kept.opened[0].isClosed], [[], false, true]);
    const silent = new Shelf({ open: () => ({}) });
    assert.deepEqual([await silent.all(), silent.isOpen], [[], false]);
  },

  async "a run that was made long ago and came from a file just now makes room last"() {
    const shelf = new Shelf(storage().factory);
    for (let number = 1; number < 13; number++) await shelf.put(run(number));
    assert.deepEqual(await shelf.put(run(0)), ["tab-1"]);
    assert.deepEqual(await shelf.put(run(13)), ["tab-2"]);
  },

  async "a run that another tab trains has not broken off, and one of a page that was closed has"() {
    const { kept, factory } = storage(),
      held = new Set(),
      locks = {
        request: async (name, whileHeld) => {
          held.add(name);
          await whileHeld();
          held.delete(name);
        },
        query: async () => ({ held: [...held].map((name) => ({ name })) }),
      },
      { navigator: before } = globalThis;
    Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
    try {
      const one = trained(spec(), 15, { 15: 0.6 }),
        lost = { ...trained(spec(), 9, { 9: 0.6 }), name: "tab-binding-friendly-ffffffffffff" };
      let end = () => {};
      holdTraining(one.name, new Promise((resolve) => (end = resolve)));
      const reasons = async () => {
        for (const each of [one, lost]) kept.runs.set(each.name, structuredClone(each));
        const { runs } = tabOf({ shelf: new Shelf(factory) });
        await runs.ready;
        return [one, lost].map(({ name }) => runs.run(name).reason);
      };
      assert.deepEqual(await reasons(), ["it goes on in another tab", "its page was closed"]);
      end();
      await new Promise((done) => setTimeout(done));
      assert.deepEqual(await reasons(), ["its page was closed", "its page was closed"]);
    } finally {
      Object.defineProperty(globalThis, "navigator", { value: before, configurable: true });
    }
  },

  async "a run that is removed while it is put does not come back"() {
    const { kept, factory } = storage(),
      shelf = new Shelf(factory);
    await shelf.put(run(1), FILE);
    await Promise.all([shelf.put({ ...run(1), handed: "web-like-3" }), shelf.remove("tab-1")]);
    assert.deepEqual([kept.runs.size, kept.weights.size], [0, 0]);
  },

  async "a run is not kept where the storage cannot be read or written"() {
    assert.equal(await new Shelf(storage({ fails: () => true }).factory).put(run(1), FILE), null);
    assert.equal(await new Shelf(null).put(run(1), FILE), null);
  },

  async "a training that ends where the storage cannot be read has finished, and its model lasts as long as the page"() {
    const tab = tabOf({ shelf: new Shelf(storage({ fails: () => true }).factory) }),
      kept = trained(spec(), 12, { 12: 0.9 }, "finished");
    await tab.runs.ready;
    tab.runs.add(kept, { isKept: true, isLent: false });
    await tab.runs.keep(kept, FILE);
    assert.deepEqual([tab.runs.run(kept.name).status, kept.isKept], ["finished", false]);
    assert.equal(await tab.runs.model(kept.name), FILE);
    tab.runs.add({ ...kept, name: "tab-lent" }, { isKept: false, isLent: true });
    await tab.runs.remove("tab-lent"); // it was never in the storage
    assert.equal(tab.runs.run("tab-lent"), null);
  },

  async "a run that was deleted while the server took it is no error, and does not come back"() {
    const { runs: mine } = tabOf(),
      kept = trained(spec(), 12, { 12: 0.9 }, "finished");
    await mine.ready;
    mine.add(kept, { isKept: true, isLent: false });
    await mine.remove(kept.name);
    await mine.markHanded(kept.name, "web-like-3");
    assert.equal(mine.run(kept.name), null);
  },

  async "a model that is no longer in the storage is refused in a sentence"() {
    const tab = tabOf(),
      kept = trained(spec(), 12, { 12: 0.9 }, "finished");
    await tab.runs.ready;
    tab.runs.add(kept, { isKept: true, isLent: false });
    await assert.rejects(tab.runs.model(kept.name), /could not be opened/);
  },
};
