// The browser in which a tab trains: its name, its cores, and how fast the last training was.

import { keep, recalled } from "../kept.js";

const PACE = "clip-binding-explorer-tab-pace",
  FASTEST = 0.3,
  SLOWEST = 30;

/** So many workers train: two where the device has two cores. */
export const workers = () => ((globalThis.navigator?.hardwareConcurrency ?? 1) > 1 ? 2 : 1);

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

/** How much slower this browser trains than one timed product says, as the last training told. */
export function recalledPace() {
  const pace = Number(recalled(PACE));
  return pace > FASTEST && pace < SLOWEST ? pace : 1;
}

export const keepPace = (pace) => keep(PACE, pace.toFixed(3));
