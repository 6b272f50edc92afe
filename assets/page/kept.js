// What this browser keeps, or one tab of it. Where it keeps nothing, or holds something else, a thing lasts as long as
// the page.

/** What a key that the server made, or takes, looks like: `KEY_PATTERN` of `explorer/views/service.py`. */
export const KEY_PATTERN = /^[0-9a-f]{32}$/;

const BROWSER = "localStorage";
/** The storage of this tab alone: a reload finds what stands there, and no other tab does. */
export const TAB = "sessionStorage";

const OWNER = "clip-binding-explorer-owner";

/** @param {string} key @returns {string | null} the text that stands there, null for none */
export function recallText(key, storage = BROWSER) {
  try {
    return globalThis[storage].getItem(key);
  } catch {
    return null;
  }
}

/** What stands at a key, null for nothing that can be read. */
export function recall(key, storage = BROWSER) {
  try {
    return JSON.parse(recallText(key, storage));
  } catch {
    return null;
  }
}

/** Where what is under way is kept, beside what is done. @param {string} key */
export const draftOf = (key) => `${key}-draft`;

/** @param {string} key */
export function forget(key, storage = BROWSER) {
  try {
    globalThis[storage].removeItem(key);
  } catch {
    /* it keeps nothing */
  }
}

/** Forget all whose key has this part. @param {string} part */
export function forgetAll(part) {
  for (const storage of [BROWSER, TAB])
    try {
      for (const key of Object.keys(globalThis[storage])) if (key.includes(part)) forget(key, storage);
    } catch {
      /* it keeps nothing */
    }
}

/** @param {string} text */
export function keep(key, text, storage = BROWSER) {
  try {
    globalThis[storage].setItem(key, text);
  } catch {
    /* it is full or off */
  }
}

const typedOf = (view) => `clip-binding-explorer-typed-${view}`;

/**
 * Keep what a person has typed in a view, for the page in another language that takes the place of this one.
 * @returns whether there was room for it
 */
export function keepTyped(view, typed) {
  const text = JSON.stringify(typed);
  keep(typedOf(view), text, TAB);
  return recallText(typedOf(view), TAB) === text;
}

/** What was typed in a view of the page before, {} for nothing: it is told once. */
export function takeTyped(view) {
  const typed = recall(typedOf(view), TAB);
  forget(typedOf(view), TAB);
  return typed && typeof typed === "object" ? typed : {};
}

let madeKey = null;

/** The key of this browser: who has it may stop and delete the runs that were started with it. */
export function ownerKey() {
  const stored = recallText(OWNER);
  if (KEY_PATTERN.test(stored ?? "")) return stored;
  madeKey ??= [...crypto.getRandomValues(new Uint8Array(16))]
    .map((each) => each.toString(16).padStart(2, "0"))
    .join("");
  keep(OWNER, madeKey);
  return madeKey;
}
