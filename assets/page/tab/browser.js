// The browser in which a tab trains.

/** The browser by its name and version, as its own string tells it. */
export function browserName() {
  const said = globalThis.navigator?.userAgent ?? "",
    browser = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(said);
  return browser
    ? `${{ Edg: "Edge", Chrome: "Chromium", Version: "Safari" }[browser[1]] ?? browser[1]} ${browser[2]}`
    : "another browser";
}
