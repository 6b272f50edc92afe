// What this browser keeps. Where it keeps nothing, or holds something else, a thing lasts as long as the page.

/** What a key that the server made, or takes, looks like: `KEY_PATTERN` of `explorer/views/service.py`. */
export const KEY_PATTERN = /^[0-9a-f]{32}$/;

const OWNER = "clip-binding-explorer-owner";

/** @param {string} key @returns {string | null} the text that stands there, null for none */
export function recallText(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** What stands at a key, null for nothing that can be read. */
export function recall(key) {
  try {
    return JSON.parse(recallText(key));
  } catch {
    return null;
  }
}

/** Where what is under way is kept, beside what is done. @param {string} key */
export const draftOf = (key) => `${key}-draft`;

/** @param {string} key */
export function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    /* it keeps nothing */
  }
}

/** Forget all whose key has this part. @param {string} part */
export function forgetAll(part) {
  try {
    Object.keys(localStorage)
      .filter((key) => key.includes(part))
      .forEach(forget);
  } catch {
    /* it keeps nothing */
  }
}

/** @param {string} text */
export function keep(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    /* it is full or off */
  }
}

let madeKey = null;

/** The key of this browser: who has it may stop and delete the runs that were started with it. */
export function ownerKey() {
  const kept = recallText(OWNER);
  if (KEY_PATTERN.test(kept ?? "")) return kept;
  madeKey ??= [...crypto.getRandomValues(new Uint8Array(16))]
    .map((each) => each.toString(16).padStart(2, "0"))
    .join("");
  keep(OWNER, madeKey);
  return madeKey;
}
