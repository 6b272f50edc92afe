// The key of this browser for a room, kept in its storage and in the history entry of the page.
//
//   keepSeat("KRTM", { key, role: "pupil" });
//   seatOf("KRTM")?.key
//
// A browser that forbids storage keeps the entry over a reload. The key never stands in the address.

import { KEY_PATTERN, forgetAll, keep, recall } from "../kept.js";

const STORED = "clip-binding-class";

/** What is kept; it may be anybody's writing. */
function readSeats() {
  const seats = recall(STORED);
  return seats && typeof seats === "object" ? seats : {};
}

export function seatOf(room) {
  const seat = readSeats()[room] ?? (history.state?.room === room ? history.state : null);
  return seat && KEY_PATTERN.test(seat.key) ? { key: seat.key, role: String(seat.role) } : null;
}

/** The code of the class that this browser started last and may go on with, empty for none. */
export function ownClass() {
  const own = Object.entries(readSeats()).filter(
    ([, seat]) => seat?.role === "teacher" && KEY_PATTERN.test(seat.key) && !seat.isUnknown,
  );
  return own.at(-1)?.[0] ?? "";
}

/**
 * Do not offer a class that the server does not know; its key stays, as the server may come back with its folder of
 * runs.
 */
export function setAside(room) {
  const seat = seatOf(room);
  if (seat) keepSeat(room, { ...seat, isUnknown: true });
}

/** @param seat {key, role} or null, which forgets it */
export function keepSeat(room, seat) {
  history.replaceState(seat && { room, ...seat }, "");
  const { [room]: _old, ...others } = readSeats();
  keep(STORED, JSON.stringify(seat ? { ...others, [room]: seat } : others));
}

/** Where this browser keeps something of a seat until the class is over. @param seat {code, key} */
export const keptOf = (name, { code, key }) => `${name}-${code}-${key}`;

/** Forget a seat and all that is kept of it, but not one that another tab has taken since. @param seat {code, key} */
export function forgetSeat({ code, key }) {
  if (seatOf(code)?.key === key) keepSeat(code, null);
  forgetAll(key);
}
