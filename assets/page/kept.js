// What this browser keeps. Where it keeps nothing, or holds something else, a thing lasts as long as the page.

/** What a key that the server made, or takes, looks like: `KEY_PATTERN` of `explorer/views/service.py`. */
export const KEY = /^[0-9a-f]{32}$/;

/** What stands at a key, null for nothing that can be read. */
export function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
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

/** @param {string} text */
export function keep(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    /* it is full or off */
  }
}
