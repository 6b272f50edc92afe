// Numbers that the page shares with the server. They stand in `explorer/contract.toml`; the catalog brings them before any
// view is drawn, and a page in one file carries the catalog.
//
//   contract.binding.level, contract.z       // 0.75, 1.96: read them where they are used, never while a module loads
//   hasBound(run)

/**
 * @type {{binding: {level: number, in_a_row: number}, z: number, score: {knows_words: number, reliable: number},
 *   sureness: {leans: number, fairly_sure: number, sure: number}, percent: Record<string, {near: number, digits: number}>}}
 */
export const contract = /** @type {any} */ ({});

export const takeContract = (given) => Object.assign(contract, given);

/** Whether a run is bound; of a model that came without its training one check is all that is known. */
export const hasBound = (run) =>
  run.curve.length > 0 ? run.bound_at !== null : (run.final?.binding.low ?? 0) > contract.binding.level;
