// The key of this browser for a room, kept in its storage and in the history entry of the page.
//
//   keepSeat("KRTM", { key, role: "pupil" });
//   seatOf("KRTM")?.key
//
// A browser that forbids storage keeps the entry over a reload. The key never stands in the address.

import { keep, recalled } from "../kept.js";

const STORED = "clip-binding-class", KEY = /^[0-9a-f]{32}$/;

/** What is kept; it may be anybody's writing. */
function stored() {
  const seats = recalled(STORED);
  return seats && typeof seats === "object" ? seats : {};
}

export function seatOf(room) {
  const seat = stored()[room] ?? (history.state?.room === room ? history.state : null);
  return seat && KEY.test(seat.key) ? { key: seat.key, role: String(seat.role) } : null;
}

/** @param seat {key, role} or null, which forgets it */
export function keepSeat(room, seat) {
  history.replaceState(seat && { room, ...seat }, "");
  const { [room]: _old, ...others } = stored();
  keep(STORED, JSON.stringify(seat ? { ...others, [room]: seat } : others));
}
