// The key of this browser where it keeps things, and where it keeps none.

import assert from "node:assert/strict";

import { KEY_PATTERN, ownerKey } from "../../../assets/page/kept.js";

/** Call `ask` in a browser with this storage. */
function withStorage(storage, ask) {
  const before = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
  Object.defineProperty(globalThis, "localStorage", { configurable: true, ...storage });
  try {
    return ask();
  } finally {
    if (before) Object.defineProperty(globalThis, "localStorage", before);
    else delete globalThis.localStorage;
  }
}

const OFF = {
  get() {
    throw new Error("SecurityError");
  },
};

export const keptTests = {
  "the key of a browser that keeps nothing lasts as long as the page": () =>
    withStorage(OFF, () => {
      const key = ownerKey();
      assert.match(key, KEY_PATTERN);
      assert.equal(ownerKey(), key);
    }),
  "a key that is kept is that of the browser, and what is no key is replaced": () => {
    const kept = new Map(),
      key = "0123456789abcdef".repeat(2);
    const value = { getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text) };
    withStorage({ value }, () => {
      kept.set("clip-binding-explorer-owner", "nothing");
      const made = ownerKey();
      assert.match(made, KEY_PATTERN);
      assert.equal(kept.get("clip-binding-explorer-owner"), made);
      kept.set("clip-binding-explorer-owner", key);
      assert.equal(ownerKey(), key);
    });
  },
};
