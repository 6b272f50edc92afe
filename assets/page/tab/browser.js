// The browser in which a tab trains.

/** Random digits of a name. */
export const digits = () =>
  [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The browser by its name and version, as its own string tells it. */
export function browserName() {
  const said = globalThis.navigator?.userAgent ?? "",
    browser = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(said);
  return browser
    ? `${{ Edg: "Edge", Chrome: "Chromium", Version: "Safari" }[browser[1]] ?? browser[1]} ${browser[2]}`
    : "another browser";
}
