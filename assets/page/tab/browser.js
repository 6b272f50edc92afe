// The browser in which a tab trains, and what it tells of the processor.

/** The browser by its name and version, as its own string tells it. */
export function browserName() {
  const said = globalThis.navigator?.userAgent ?? "",
    browser = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(said);
  return browser
    ? `${{ Edg: "Edge", Chrome: "Chromium", Version: "Safari" }[browser[1]] ?? browser[1]} ${browser[2]}`
    : "another browser";
}

/** What a browser tells of the processor: "architecture" and "bitness" by name; nothing where it tells nothing. */
export const processorHints = async (names, navigator = globalThis.navigator) =>
  (await navigator?.userAgentData?.getHighEntropyValues?.(names).catch(() => null)) ?? {};
