/**
 * The key of this browser for a room, kept in its storage and in the history entry of the page.
 *
 *     keepSeat("KRTM", { key, role: "pupil" });
 *     seatOf("KRTM")?.key
 *
 * A browser that forbids storage keeps the entry over a reload. The key never stands in the address.
 */

/** @typedef {{key: string, role: string}} Seat */

const STORED = "clip-binding-class";
const KEY = /^[0-9a-f]{32}$/;

/** @returns {Record<string, Seat>} what is kept; it may be anybody's writing */
function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

/** @param {string} room @returns {Seat | null} */
export function seatOf(room) {
  const found = stored()[room] ?? (history.state?.room === room ? history.state : null);
  return found && KEY.test(found.key) ? { key: found.key, role: String(found.role) } : null;
}

/** @param {string} room @param {Seat} seat */
export function keepSeat(room, seat) {
  history.replaceState({ room, ...seat }, "");
  try {
    localStorage.setItem(STORED, JSON.stringify({ ...stored(), [room]: seat }));
  } catch {
    // The history entry holds it.
  }
}

/** @param {string} room */
export function forgetSeat(room) {
  history.replaceState(null, "");
  try {
    const { [room]: _gone, ...others } = stored();
    localStorage.setItem(STORED, JSON.stringify(others));
  } catch {
    // Nothing was kept.
  }
}
